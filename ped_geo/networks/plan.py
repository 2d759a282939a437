"""The heat network of a place: routed along its streets, sized at several temperatures, with who is worth connecting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ped_geo import assumptions
from ped_geo.networks import pipes, steiner
from ped_geo.networks.density import block_density, delivered_mwh_a
from ped_geo.networks.streets import TrenchGraph, trench_graph
from ped_geo.networks.zones import House, block_zones, choose, prizes, terms_of

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["NetworkLayers", "heat_networks"]

EXISTING = "existing"
SHOWN_LEVEL = "high_temperature"
COLD = "cold_loop"


class NetworkLayers(NamedTuple):
    """Layers ``heat_network``, ``heat_density``, ``heat_zones`` and ``heat_levels``."""

    heat_network: gpd.GeoDataFrame
    heat_density: pd.DataFrame
    heat_zones: pd.DataFrame
    heat_levels: pd.DataFrame


@dataclass(frozen=True)
class _Routed:
    """Tree that joins all offered buildings, in the graph of trenches."""

    graph: TrenchGraph
    net: nx.Graph
    tree: pipes.RootedTree
    edges: NDArray[np.int64]
    houses: pd.Series
    steiner: steiner.SteinerTree
    feed_in: str

    @property
    def nodes(self) -> int:
        return len(self.graph.points)

    def at_houses(self, values: pd.Series) -> Floats:
        """Values of buildings at their nodes, 0 elsewhere."""
        found = np.zeros(self.nodes)
        found[self.houses.to_numpy()] = values.reindex(self.houses.index).to_numpy(dtype=np.float64)
        return found


def _packages(need: pd.DataFrame, study: Study) -> list[str]:
    """Today first, then each package that a variant takes."""
    known = set(need.index.get_level_values("package"))
    return list(dict.fromkeys(name for name in (EXISTING, *(variant.package for variant in study.variants)) if name in known))


def _feed_in(graph: TrenchGraph, offered: gpd.GeoDataFrame, heat: pd.Series, net: nx.Graph) -> tuple[int, str]:
    """
    Crossing at which heat enters: at a mapped heat pipe, else nearest to the middle of the heat.

    It lies in the part of the network that most heat can be joined to.
    """
    import networkx as nx
    import shapely

    at_node = {int(node): float(heat[name]) for node, name in zip(graph.houses, offered.index, strict=True) if node >= 0}
    part = max(nx.connected_components(net), key=lambda nodes: (sum(at_node.get(node, 0.0) for node in nodes), -min(nodes)))
    in_street = np.unique(graph.ends[: graph.street_pieces])
    among = in_street[np.isin(in_street, np.fromiter(part, dtype=np.int64))]
    if graph.existing is not None:
        return graph.nearest_crossing(graph.existing, among), "mapped_pipe"
    middles = shapely.get_coordinates(shapely.centroid(offered.geometry.to_numpy()))
    weights = heat.reindex(offered.index).to_numpy(dtype=np.float64)
    return graph.nearest_crossing(shapely.Point(*np.average(middles, axis=0, weights=weights)), among), "middle_of_heat"


def _rooted(graph: TrenchGraph, edges: NDArray[np.int64], root: int, lengths: Floats) -> tuple[pipes.RootedTree, NDArray[np.int64]]:
    """Tree of some edges with its sections leaves first, and the edge of each section."""
    import networkx as nx

    tree = nx.Graph()
    tree.add_node(root)
    tree.add_edges_from((*graph.ends[edge].tolist(), {"edge": int(edge)}) for edge in edges)
    order = list(nx.bfs_edges(tree, root))[::-1]
    parents, children = np.array(order, dtype=np.int64).reshape(-1, 2).T
    of_section = np.array([tree[parent][child]["edge"] for parent, child in order], dtype=np.int64)
    return pipes.RootedTree(root, parents, children, lengths[of_section], graph.soft[of_section]), of_section


def _routed(streets: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, offered: gpd.GeoDataFrame, heat: pd.Series) -> _Routed | None:
    """Join all offered buildings that streets reach; None where there is nothing to route."""
    import networkx as nx
    import pandas as pd

    graph = trench_graph(streets, ways, offered)
    if graph is None or (graph.houses < 0).all():
        return None
    paid = graph.lengths * np.where(graph.soft, pipes.dug_share_soft(), 1.0)
    whole = graph.as_networkx(paid)
    root, feed_in = _feed_in(graph, offered, heat, whole)
    near = nx.node_connected_component(whole, root)
    houses = pd.Series(graph.houses, index=offered.index)
    houses = houses[houses.isin(near)]
    goals = [root, *sorted(houses.tolist())]
    net = steiner.lean(whole.subgraph(near), goals)
    found = steiner.heuristic_tree(net, goals)
    few = len(goals) <= steiner.EXACT_TERMINALS
    found = steiner.exact_tree(net, goals, found) if few else steiner.raised_bound(net, goals, found)
    edges = np.array(sorted(whole[one][other]["edge"] for one, other in steiner.unfolded(net, found.edges)), dtype=np.int64)
    tree, of_section = _rooted(graph, edges, root, graph.lengths)
    return _Routed(graph, net, tree, of_section, houses, found, feed_in)


def _pln_per_eur(study: Study) -> float:
    return study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")


def _pipe_layer(routed: _Routed, heat: pd.Series, peak: pd.Series, study: Study, crs: object) -> gpd.GeoDataFrame:
    """Layer ``heat_network``: each section of the tree, sized for all offered buildings today."""
    import geopandas as gpd
    import pandas as pd

    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak), pipes.water(SHOWN_LEVEL), study)
    lengths = routed.tree.lengths
    carried = routed.tree.downstream(routed.at_houses(heat))
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
            "investment": sized["trench_eur_m"].to_numpy() * lengths * _pln_per_eur(study),
        },
        geometry=list(routed.graph.lines[routed.edges]),
        crs=crs,
    )
    frame = frame.iloc[::-1]
    frame.index = pd.Index([f"pipe-{number}" for number in range(1, len(frame) + 1)], dtype="str", name="pipe_id")
    # a house that touches its street needs a substation and no trench
    return frame[frame["length_m"] > 0.0]


def _at_children(routed: _Routed, values: Floats) -> Floats:
    found = np.zeros(routed.nodes)
    found[routed.tree.children] = values
    return found


def _block_trenches(routed: _Routed, heat: pd.Series, block: pd.Series) -> pd.DataFrame:
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


def _level_row(routed: _Routed, heat: pd.Series, peak: pd.Series, level: str, study: Study) -> dict[str, object]:
    """One row of layer ``heat_levels``: the whole tree at one temperature and demand."""
    fluid = pipes.water(level)
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
    investment = float((sized["trench_eur_m"].to_numpy() * lengths).sum()) * _pln_per_eur(study)
    yearly = investment * (pipes.annuity(study) + study.assumed("heat_network.maintenance"))
    running = lost * study.assumed("heat_network.source_heat") + pumped * study.assumed("heat_network.pump_electricity")
    return {
        "delivered_mwh_a": delivered,
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


def _last_flow(routed: _Routed, sized: pd.DataFrame, fluid: pipes.NetworkWater, study: Study) -> float:
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
    routed: _Routed,
    heat: pd.Series,
    peak: pd.Series,
    block: pd.Series,
    index: pd.Index,
    study: Study,
    known: dict[frozenset[int], steiner.SteinerTree],
) -> pd.DataFrame:
    """Layer ``heat_zones`` of one package, from the trees that are worth their cost at three prices of laying pipes."""
    import networkx as nx

    houses = [
        House(int(node), str(block[str(name)]), float(heat[str(name)]), float(peak[str(name)]))
        for name, node in routed.houses.items()
        if float(heat[str(name)]) > 0.0
    ]
    fluid = pipes.water(SHOWN_LEVEL)
    sized = pipes.size_pipes(routed.tree, routed.at_houses(peak), fluid, study)
    cost = pipes.linear_cost(pipes.study_capacity(fluid, study), float(sized["peak_kw"].max()))
    loss = float(np.average(sized["heat_loss_w_m"], weights=routed.tree.lengths))
    consumers = prizes(houses, study)
    net = routed.net.copy()
    nx.set_edge_attributes(net, nx.get_edge_attributes(net, "weight"), "length")
    factors = {"cheap": study.assumed("heat_network.cost_cheap"), "central": 1.0, "dear": study.assumed("heat_network.cost_dear")}
    terms = {name: terms_of(cost, loss, study, factor) for name, factor in factors.items()}
    choices = {name: choose(net, routed.tree.root, consumers, one, known) for name, one in terms.items()}
    paid = routed.tree.lengths * np.where(routed.tree.soft, pipes.dug_share_soft(), 1.0)
    tree = pipes.RootedTree(routed.tree.root, routed.tree.parents, routed.tree.children, paid, routed.tree.soft)
    return block_zones(index, heat.groupby(block).sum(), houses, tree, choices, consumers, terms["central"])


def _empty(layer: str, index: list[str], crs: object = None) -> pd.DataFrame:
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


def heat_networks(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    need: pd.DataFrame,
    study: Study,
    *,
    package: str,
) -> NetworkLayers:
    """
    Density, routes, zones and temperatures of a heat network for a whole place.

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
    package : str
        Retrofit package of the way that is shown beside today.

    Returns
    -------
    NetworkLayers
        Where no street is known there are no pipes, density follows the effective width, and no zone is told.
    """
    import pandas as pd

    packages, block = _packages(need, study), buildings["block_id"].astype("str")
    delivered = delivered_mwh_a(need).unstack("package").reindex(buildings.index)[packages]
    hot_water = need["hot_water_need_kwh_a"] + need["hot_water_circulation_kwh_a"]
    peak = (need["heat_load_kw"] + hot_water / pipes.HOURS).unstack("package").reindex(buildings.index)[packages]
    by_block = delivered.groupby(block).sum()
    can_join = buildings["heated"].astype(bool) & (peak[EXISTING] >= study.assumed("heat_network.least_peak")) & (delivered[EXISTING] > 0.0)
    offered = buildings[can_join.to_numpy()]
    routed = _routed(streets, ways, offered, delivered[EXISTING]) if len(offered) else None
    shown = list(dict.fromkeys((EXISTING, package)))
    if routed is None:
        zones = pd.concat({name: _unrouted(blocks, by_block[name]) for name in shown}, names=["package"])
        return NetworkLayers(
            _empty("heat_network", ["pipe_id"], blocks.crs),
            block_density(blocks, by_block, study),
            zones.reorder_levels(["block_id", "package"]).sort_index(),
            _empty("heat_levels", ["level", "package"]),
        )
    trench = _block_trenches(routed, delivered[EXISTING], block)
    # trees that join the same houses are the same at every price and demand
    known = {frozenset(map(int, routed.houses)): routed.steiner} if routed.steiner.method == "heuristic" else {}
    zones = pd.concat(
        {name: _zones(routed, delivered[name], peak[name], block, blocks.index, study, known) for name in shown}, names=["package"]
    )
    table = assumptions.table("heat_network_levels")
    pairs = [(str(row.level), name) for row in table.itertuples() for name in (shown if row.level == SHOWN_LEVEL else shown[-1:])]
    rows = {pair: _level_row(routed, delivered[pair[1]], peak[pair[1]], pair[0], study) for pair in pairs}
    levels = pd.DataFrame.from_dict(rows, orient="index")
    levels.index = pd.MultiIndex.from_tuples(list(rows), names=["level", "package"])
    return NetworkLayers(
        _pipe_layer(routed, delivered[EXISTING], peak[EXISTING], study, blocks.crs),
        block_density(blocks, by_block, study, trench),
        zones.reorder_levels(["block_id", "package"]).sort_index(),
        levels,
    )
