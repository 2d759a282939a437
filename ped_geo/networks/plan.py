"""The heat network of a place: routed along its streets, sized at several temperatures, with who is worth connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ped_geo import assumptions
from ped_geo.networks import pipes
from ped_geo.networks.books import joins, leaving
from ped_geo.networks.density import block_density, delivered_mwh_a, station_output_mwh_a
from ped_geo.networks.reach import ON_NETWORK, heat_reach
from ped_geo.networks.routing import TODAY, RoutedNetwork, routed_network, trench_tree
from ped_geo.networks.zones import House, block_zones, choose, prizes, terms_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.networks.steiner import SteinerTree
    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["ChosenRoute", "NetworkDemand", "NetworkLayers", "chosen_route", "demand_of", "heat_routes", "heat_zones"]

EXISTING = "existing"
COLD = "cold_loop"


class NetworkLayers(NamedTuple):
    """Layers of the schema of these names."""

    heat_network: gpd.GeoDataFrame
    heat_density: pd.DataFrame
    heat_levels: pd.DataFrame
    heat_joins: pd.DataFrame
    heat_reach: pd.DataFrame
    heat_leaving: pd.DataFrame
    heat_served: pd.DataFrame
    trench_tree: pd.DataFrame


class ChosenRoute(NamedTuple):
    """
    Network of some blocks, at today's temperatures and demand.

    Attributes
    ----------
    pipes : GeoDataFrame
        Layer ``heat_network``; no row where no street or pipe is known.
    level : dict
        The row of the layer ``heat_levels``; empty where nothing was routed.
    density : DataFrame
        Layer ``heat_density`` of the blocks.
    """

    pipes: gpd.GeoDataFrame
    level: dict[str, object]
    density: pd.DataFrame


class NetworkDemand(NamedTuple):
    """
    What buildings ask of a network.

    Attributes
    ----------
    delivered : DataFrame, shape (buildings, packages)
        Heat that the network delivers. [MWh/a]
    own : DataFrame, shape (buildings, packages)
        Heat that a heat pump of the building would give in its place. [MWh/a]
    peak : DataFrame, shape (buildings, packages)
        [kW]
    offered : GeoDataFrame
        Buildings that are offered a connection.
    block : Series
        Block of each building.
    """

    delivered: pd.DataFrame
    own: pd.DataFrame
    peak: pd.DataFrame
    offered: gpd.GeoDataFrame
    block: pd.Series


def _packages(need: pd.DataFrame, study: Study) -> list[str]:
    """Today first, then each package that a variant takes."""
    known = set(need.index.get_level_values("package"))
    return list(dict.fromkeys(name for name in (EXISTING, *(variant.package for variant in study.variants)) if name in known))


def _pln_per_eur(study: Study) -> float:
    return study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")


def _pipe_layer(routed: RoutedNetwork, heat: pd.Series, peak: pd.Series, study: Study, crs: object) -> gpd.GeoDataFrame:
    """Layer ``heat_network``: each section of the tree, sized for all offered buildings today."""
    import geopandas as gpd
    import pandas as pd

    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak), routed.today, study)
    lengths = routed.tree.lengths
    carried = routed.tree.downstream(routed.at_houses(heat))
    laying = sized["trench_eur_m"].to_numpy() * lengths * _pln_per_eur(study)
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = carried / routed.tree.downstream(_at_children(routed, lengths))
    frame = gpd.GeoDataFrame(
        {
            "kind": pd.array(np.where(routed.edges < routed.graph.street_pieces, "trunk", "connection"), dtype="str"),
            "ground": pd.array(np.where(routed.tree.soft, "soft", "hard"), dtype="str"),
            "length_m": lengths,
            "connections": sized["connections"].to_numpy(),
            "heat_mwh_a": carried,
            "peak_kw": sized["peak_kw"].to_numpy(),
            "dn": sized["dn"].to_numpy(),
            "flow_kg_s": sized["flow_kg_s"].to_numpy(),
            "velocity_m_s": sized["velocity_m_s"].to_numpy(),
            "pressure_drop_pa_m": sized["pressure_drop_pa_m"].to_numpy(),
            "heat_loss_mwh_a": sized["heat_loss_w_m"].to_numpy() * lengths * pipes.HOURS / 1e6,
            "linear_density_mwh_m_a": beyond,
            "state": pd.array(_states(routed, sized), dtype="str"),
            "investment": np.where(_is_laid(routed, sized), laying, 0.0),
            **_history(routed, sized, laying, study),
        },
        geometry=list(routed.graph.lines[routed.edges]),
        crs=crs,
    )
    frame = frame.iloc[::-1]
    frame.index = pd.Index([f"pipe-{number}" for number in range(1, len(frame) + 1)], dtype="str", name="pipe_id")
    # a house that touches its street needs a substation and no trench
    return frame[frame["length_m"] > 0.0]


def _is_laid(routed: RoutedNetwork, sized: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a section is laid: no pipe lies there, or one that is too narrow."""
    return np.asarray(sized["dn"].to_numpy() > routed.there, dtype=bool)


def _history(routed: RoutedNetwork, sized: pd.DataFrame, laying: Floats, study: Study) -> dict[str, object]:
    """Year and owner of pipes that are there, and what it costs to lay those anew whose life is over."""
    import pandas as pd

    laid = routed.graph.laid[routed.edges]
    over = laid + study.assumed("heat_network.lifetime") <= study.assumed("heat_network.renewal_by")
    return {
        "laid_year": laid,
        "owner": pd.array(routed.graph.owner[routed.edges].tolist(), dtype="str"),
        "renewal": np.where(over & ~_is_laid(routed, sized), laying, 0.0),
    }


def _states(routed: RoutedNetwork, sized: pd.DataFrame) -> NDArray[np.str_]:
    return np.select([routed.there <= 0.0, _is_laid(routed, sized)], ["new", "too_narrow"], default="there")


def _at_children(routed: RoutedNetwork, values: Floats) -> Floats:
    found = np.zeros(routed.nodes)
    found[routed.tree.children] = values
    return found


def _block_trenches(routed: RoutedNetwork, heat: pd.Series, block: pd.Series) -> pd.DataFrame:
    """Trenches of each block: its connections, and its share of each section of trunk by the heat that it draws through it."""
    import pandas as pd

    trunk = routed.edges < routed.graph.street_pieces
    lengths = routed.tree.lengths
    with np.errstate(divide="ignore", invalid="ignore"):
        per_heat = np.where(trunk, lengths / routed.tree.downstream(routed.at_houses(heat)), 0.0)
    to_house = routed.tree.from_root(np.nan_to_num(per_heat, posinf=0.0), routed.nodes)
    own = _at_children(routed, np.where(trunk, 0.0, lengths))
    nodes = routed.houses.to_numpy()
    table = pd.DataFrame(
        {"trunk_m": to_house[nodes] * heat.reindex(routed.houses.index).to_numpy(dtype=np.float64), "connections_m": own[nodes]},
        index=routed.houses.index,
    )
    return table.groupby(block.reindex(table.index)).sum()


def _level_row(routed: RoutedNetwork, heat: pd.Series, peak: pd.Series, level: str, study: Study) -> dict[str, object]:
    """One row of layer ``heat_levels``: the whole tree at one temperature and demand."""
    fluid = routed.water(level)
    drawn = 1.0 - 1.0 / study.assumed("heat_network.loop_performance") if level == COLD else 1.0
    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak * drawn), fluid, study)
    lengths, delivered = routed.tree.lengths, float(heat.reindex(routed.houses.index).sum())
    water_heat = study.assumed("heat_network.water_heat")
    lost = float((sized["heat_loss_w_m"].to_numpy() * lengths).sum()) * pipes.HOURS / 1e6
    fed = delivered * drawn + lost
    drop = routed.tree.from_root(sized["pressure_drop_pa_m"].to_numpy() * lengths, routed.nodes)
    pressure = 2.0 * float(np.nanmax(drop)) + 1000.0 * (
        study.assumed("heat_network.substation_pressure") + study.assumed("heat_network.plant_pressure")
    )
    spread = fluid.mean_flow_c - fluid.mean_return_c
    pumped = fed * pipes.pump_share(pressure, spread, fluid.density_kg_m3, study.assumed("heat_network.pump_efficiency"), water_heat)
    value = sized["trench_eur_m"].to_numpy() * lengths * _pln_per_eur(study)
    investment = float(value[_is_laid(routed, sized)].sum())
    yearly = investment * pipes.annuity(study) + float(value.sum()) * study.assumed("heat_network.maintenance")
    running = lost * study.assumed("heat_network.source_heat") + pumped * study.assumed("heat_network.pump_electricity")
    return {
        "design_flow_c": fluid.design_flow_c,
        "design_return_c": fluid.design_return_c,
        "delivered_mwh_a": delivered,
        "connections": len(routed.houses),
        "peak_kw": float(sized["peak_kw"].to_numpy()[routed.tree.parents == routed.tree.root].sum()),
        "length_m": float(lengths.sum()),
        "linear_density_mwh_m_a": delivered / float(lengths.sum()),
        "dn_most": int(sized["dn"].max()),
        "heat_loss_mwh_a": lost,
        "heat_loss_share": lost / fed,
        "pump_mwh_a": pumped,
        "pressure_kpa": pressure / 1000.0,
        "last_flow_c": _last_flow(routed, sized, fluid, study),
        "investment": investment,
        "distribution_cost_per_mwh": (yearly + running) / delivered,
        "length_gap": 0.0 if routed.steiner.proven else routed.steiner.gap,
        "feed_in": routed.feed_in,
    }


SERVED = ("connections", "length_m", "delivered_mwh_a", "heat_loss_mwh_a", "heat_loss_share", "pump_mwh_a")


def _served(
    routed: RoutedNetwork | None, buildings: gpd.GeoDataFrame, demand: NetworkDemand, elsewhere: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """Layer ``heat_served``: the part of the tree that feeds those on the network today, and those whom the network reaches."""
    import pandas as pd

    on = buildings["heat_supply"].astype("str") == ON_NETWORK
    rows: dict[tuple[str, str], list[object]] = {}
    for package in demand.delivered:
        heat, peak = demand.delivered[package], demand.peak[package]
        for name, mine in (("today", on), ("reached", elsewhere[package] == "")):
            part = None if routed is None else routed.of(mine & (heat > 0.0))
            if part is not None:
                row = _level_row(part, heat, peak, TODAY, study)
                rows[str(package), name] = [row[column] for column in SERVED]
    table = pd.DataFrame(list(rows.values()), columns=list(SERVED), dtype="float64").astype({"connections": "int64"})
    keys = pd.DataFrame(list(rows), columns=["package", "served"], dtype="str")
    return table.set_axis(pd.MultiIndex.from_frame(keys))


def _last_flow(routed: RoutedNetwork, sized: pd.DataFrame, fluid: pipes.NetworkWater, study: Study) -> float:
    """Coldest flow that arrives at a house on the coldest day."""
    at_node = np.full(routed.nodes, np.nan)
    at_node[routed.tree.root] = fluid.design_flow_c
    soil, heat = study.assumed("heat_network.soil_c"), study.assumed("heat_network.water_heat")
    loss, flow = sized["loss_w_mk"].to_numpy(), sized["flow_kg_s"].to_numpy()
    for section in range(len(routed.edges))[::-1]:
        parent, child = routed.tree.parents[section], routed.tree.children[section]
        at_node[child] = pipes.outlet_c(float(at_node[parent]), soil, routed.tree.lengths[section], loss[section], flow[section], heat)
    return float(np.nanmin(at_node[routed.houses.to_numpy()]))


def _zones(
    routed: RoutedNetwork,
    demand: NetworkDemand,
    package: str,
    index: pd.Index,
    study: Study,
    known: dict[frozenset[int], SteinerTree],
) -> pd.DataFrame:
    """Layer ``heat_zones`` of one package, from the trees that are worth their cost at three prices of laying pipes."""
    import networkx as nx

    heat, own, peak, block = demand.delivered[package], demand.own[package], demand.peak[package], demand.block
    houses = [
        House(int(node), str(block[name]), float(heat[name]), float(own[name]), float(peak[name]))
        for name, node in zip(map(str, routed.houses.index), routed.houses, strict=True)
        if float(heat[name]) > 0.0
    ]
    fluid = routed.today
    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak), fluid, study)
    cost = pipes.linear_cost(pipes.study_capacity(fluid, study), float(sized["peak_kw"].max()))
    loss = float(np.average(sized["heat_loss_w_m"], weights=routed.tree.lengths))
    consumers = prizes(houses, study)
    net = routed.net.copy()
    nx.set_edge_attributes(net, nx.get_edge_attributes(net, "weight"), "length")
    factors = {"cheap": study.assumed("heat_network.cost_cheap"), "central": 1.0, "dear": study.assumed("heat_network.cost_dear")}
    terms = {name: terms_of(cost, loss, study, factor) for name, factor in factors.items()}
    choices = {name: choose(net, routed.tree.root, consumers, one, known) for name, one in terms.items()}
    tree = pipes.RootedTree(routed.tree.root, routed.tree.parents, routed.tree.children, routed.paid, routed.tree.soft)
    return block_zones(index, heat.groupby(block).sum(), houses, tree, choices, consumers, terms["central"])


def _empty(layer: str, index: list[str], crs: object = None) -> Any:
    """A layer without rows, with its declared columns."""
    import geopandas as gpd
    import pandas as pd

    from ped_geo import schema

    names = list(schema.columns(layer))
    labels = pd.Index([], dtype="str", name=index[0]) if len(index) == 1 else pd.MultiIndex.from_arrays([[] for _ in index], names=index)
    if "geometry" in names:
        return gpd.GeoDataFrame({name: [] for name in names}, geometry="geometry", crs=crs, index=labels)
    return pd.DataFrame({name: [] for name in names}, index=labels)


def _unrouted(blocks: pd.DataFrame, heat: pd.Series) -> pd.DataFrame:
    """Zones where no street is known."""
    import pandas as pd

    all_heat = heat.reindex(blocks.index).fillna(0.0)
    zones = pd.DataFrame(
        {"zone": pd.array(["not_routed" if value > 0.0 else "no_heat" for value in all_heat], dtype="str")}, index=blocks.index
    )
    zones["heat_mwh_a"], zones["offered_mwh_a"] = all_heat, 0.0
    return zones.assign(network_share=np.nan, margin_a=np.nan, margin_per_mwh=np.nan)


def demand_of(buildings: gpd.GeoDataFrame, need: pd.DataFrame, study: Study) -> NetworkDemand:
    """
    Heat and peak of each building in each package, and who is large enough for a connection.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``, of the place.
    need : DataFrame
        Layer ``need``.
    study : Study
        Its variants name the packages; its assumption ``heat_network.least_peak``.
    """
    packages = _packages(need, study)
    delivered, own = (
        heat.unstack("package").reindex(buildings.index)[packages] for heat in (delivered_mwh_a(need), station_output_mwh_a(need))
    )
    hot_water = need["hot_water_need_kwh_a"] + need["hot_water_circulation_kwh_a"]
    peak = (need["heat_load_kw"] + hot_water / pipes.HOURS).unstack("package").reindex(buildings.index)[packages]
    can_join = buildings["heated"].astype(bool) & (peak[EXISTING] >= study.assumed("heat_network.least_peak")) & (delivered[EXISTING] > 0.0)
    return NetworkDemand(delivered, own, peak, buildings[can_join.to_numpy()], buildings["block_id"].astype("str"))


def heat_routes(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need: pd.DataFrame,
    study: Study,
) -> NetworkLayers:
    """
    Density, routes and temperatures of a heat network for a whole place, and what joining and leaving it costs.

    Parameters
    ----------
    blocks, buildings, streets : GeoDataFrame
        Layers of the schema; `buildings` are those of the place.
    ways : GeoDataFrame
        Raw ways: bridges, railways, rivers and heat pipes.
    need : DataFrame
        Layer ``need``.
    study : Study
        Its assumptions and variants.

    Returns
    -------
    NetworkLayers
        Where no street is known there are no pipes, and density and the cost of joining follow the effective width.
    """
    import pandas as pd

    demand = demand_of(buildings, need, study)
    delivered, peak, block = demand.delivered, demand.peak, demand.block
    by_block = delivered.groupby(block).sum()
    routed = routed_network(streets, ways, demand.offered, delivered[EXISTING], study) if len(demand.offered) else None
    if routed is None:
        density = block_density(blocks, by_block, study)
        levels = _empty("heat_levels", ["level", "package"])
        pipe_layer = _empty("heat_network", ["pipe_id"], blocks.crs)
    else:
        density = block_density(blocks, by_block, study, _block_trenches(routed, delivered[EXISTING], block))
        pairs = [(str(row.level), name) for row in assumptions.table("heat_network_levels").itertuples() for name in delivered]
        rows = {pair: _level_row(routed, delivered[pair[1]], peak[pair[1]], pair[0], study) for pair in pairs}
        levels = pd.DataFrame.from_dict(rows, orient="index")
        levels.index = pd.MultiIndex.from_tuples(list(rows), names=["level", "package"])
        pipe_layer = _pipe_layer(routed, delivered[EXISTING], peak[EXISTING], study, blocks.crs)
    load = need["heat_load_kw"].unstack("package").reindex(buildings.index)[list(delivered)]
    reach = heat_reach(blocks, buildings, demand.offered.index, delivered, load, density, study)
    joined = joins(routed, buildings, delivered, peak, density, reach.elsewhere, study)
    left = leaving(pipe_layer, levels, study)
    served = _served(routed, buildings, demand, reach.elsewhere, study)
    return NetworkLayers(pipe_layer, density, levels, joined, reach.blocks, left, served, trench_tree(routed))


def chosen_route(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need: pd.DataFrame,
    study: Study,
) -> ChosenRoute:
    """
    A network that joins the buildings of some blocks, as they stand, without temperatures and packages that are not today's.

    Parameters
    ----------
    blocks, buildings : GeoDataFrame
        Layers of the schema: the chosen blocks, and what stands in them.
    streets, ways, need, study
        As in `heat_routes`; streets of the whole place, because a pipe may leave the blocks on its way.

    Returns
    -------
    ChosenRoute
        Pipes in the reference system of `blocks`; none where no street or pipe is known or nothing is large enough to join.
    """
    demand = demand_of(buildings, need, study)
    heat, peak = demand.delivered[EXISTING], demand.peak[EXISTING]
    by_block = demand.delivered[[EXISTING]].groupby(demand.block).sum()
    routed = routed_network(streets, ways, demand.offered, heat, study) if len(demand.offered) else None
    if routed is None:
        return ChosenRoute(_empty("heat_network", ["pipe_id"], blocks.crs), {}, block_density(blocks, by_block, study))
    return ChosenRoute(
        _pipe_layer(routed, heat, peak, study, blocks.crs),
        _level_row(routed, heat, peak, TODAY, study),
        block_density(blocks, by_block, study, _block_trenches(routed, heat, demand.block)),
    )


def heat_zones(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need: pd.DataFrame,
    tree: pd.DataFrame,
    study: Study,
    *,
    package: str,
) -> pd.DataFrame:
    """
    Which blocks a network serves better than heat pumps, today and in one package.

    Parameters
    ----------
    blocks, buildings, streets, ways, need, study
        As in `heat_routes`.
    tree : DataFrame
        Layer ``trench_tree`` of the same input.
    package : str
        Retrofit package of the way that is shown beside today.

    Returns
    -------
    DataFrame
        Layer ``heat_zones``; where no street is known no zone is told.
    """
    import pandas as pd

    demand = demand_of(buildings, need, study)
    routed = routed_network(streets, ways, demand.offered, demand.delivered[EXISTING], study, tree) if len(tree) else None
    # trees that join the same houses are the same at every price and demand
    known: dict[frozenset[int], SteinerTree] = {}
    found = {}
    for name in dict.fromkeys((EXISTING, package)):
        if routed is None:
            found[name] = _unrouted(blocks, demand.delivered[name].groupby(demand.block).sum())
        else:
            found[name] = _zones(routed, demand, name, blocks.index, study, known)
    return pd.concat(found, names=["package"]).reorder_levels(["block_id", "package"]).sort_index()
