"""Heat networks of blocks of a scan that somebody asks for: routed along streets, with diameters, cost and linear heat density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from ped_geo import schema
from ped_geo.countries import pack
from ped_geo.districts.candidates import GOALS
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.networks.density import at_stations, density_class
from ped_geo.networks.plan import chosen_route

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["ScanRoutes", "asked_blocks", "place_routes", "refuse_strange", "routes_of"]

LEVEL: Final = (
    "connections",
    "length_m",
    "delivered_mwh_a",
    "peak_kw",
    "linear_density_mwh_m_a",
    "dn_most",
    "heat_loss_share",
    "investment",
    "distribution_cost_per_mwh",
    "length_gap",
    "feed_in",
)
"""Columns of layer ``heat_levels`` that are told of each network."""


class ScanRoutes(NamedTuple):
    """
    Networks that were asked for, in degrees (EPSG:4326).

    Attributes
    ----------
    networks : GeoDataFrame
        Layer ``scan_networks``: one row for each group of neighbouring blocks.
    pipes : GeoDataFrame
        Layer ``heat_network`` of all of them, with ``place`` and ``network_id``.
    """

    networks: gpd.GeoDataFrame
    pipes: gpd.GeoDataFrame


def _names(wanted: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))


def _count(wanted: str) -> int:
    """How many blocks are wanted, 0 where names are."""
    told = wanted.strip()
    if not (told.isascii() and told.isdecimal()):
        return 0
    if not 1 <= int(told[:10]) <= 1_000_000:
        raise StudyError(Sentence("error.route_is_must_be_number", told=told[:40]))
    return int(told)


def refuse_strange(wanted: str, places: Mapping[str, pd.Index]) -> None:
    """
    Refuse what cannot be routed, before hours of work.

    Parameters
    ----------
    wanted : str
        A number of blocks, or names of blocks or candidates parted by commas: ``block`` or ``place/block``.
    places : mapping of str to Index
        Blocks of each place.

    Raises
    ------
    StudyError
        With every name that no block has and that is none of a candidate, or that several places have.
    """
    if not wanted or _count(wanted):
        return
    goals = tuple(goal.replace("_", "-") + "-" for goal in GOALS)
    problems = []
    for name in _names(wanted):
        known = [place for place, blocks in places.items() for block in blocks if name in {str(block), f"{place}/{block}"}]
        bare = next((name.removeprefix(f"{place}/") for place in places if name.startswith(f"{place}/")), name)
        if len(known) > 1:
            problems.append(Sentence("error.several_places_have_block_write", name=name[:80], known=known[0]))
        elif not known and not bare.startswith(goals):
            problems.append(Sentence("error.there_is_no_block_candidate_names", name=name[:80]))
    if problems or not _names(wanted):
        raise StudyError("--route", problems or [Sentence("error.it_names_nothing_give_number")])


def asked_blocks(wanted: str, blocks: pd.DataFrame, candidates: pd.DataFrame) -> pd.Index:
    """
    Blocks of the ranking that are asked for.

    Parameters
    ----------
    wanted : str
        As in `refuse_strange`; a number means the first heated blocks of the ranking.
    blocks, candidates : DataFrame
        As in `ped_geo.scan.run.Scan`.

    Returns
    -------
    Index
        Of `blocks`, in their order.

    Raises
    ------
    StudyError
        If a candidate is named that there is not.
    """
    if count := _count(wanted):
        return blocks.index[blocks["reason"].astype("str") != "scan_empty"][:count]
    names = set(_names(wanted))
    taken, found = set(), set()
    for scan_id, block in zip(blocks.index.astype("str"), blocks["block_id"].astype("str"), strict=True):
        if mine := names & {scan_id, block}:
            taken.add(scan_id)
            found |= mine
    for full, place, members in zip(candidates.index.astype("str"), candidates["place"].astype("str"), candidates["blocks"], strict=True):
        if mine := names & {full, full.removeprefix(f"{place}/")}:
            taken |= {f"{place}/{block}" for block in str(members).split(";")}
            found |= mine
    if strange := sorted(names - found):
        told = ", ".join(map(str, candidates.index)) or "none"
        raise StudyError("--route", [Sentence("error.there_is_no_block_candidate", name=name[:80], told=told) for name in strange])
    return blocks.index[blocks.index.isin(taken)]


def _groups(chosen: list[str], pairs: pd.DataFrame) -> list[list[str]]:
    """Chosen blocks of a place, those that share an edge together."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(chosen)
    both = pairs["block_a"].isin(chosen) & pairs["block_b"].isin(chosen)
    graph.add_edges_from(pairs.loc[both, ["block_a", "block_b"]].astype("str").itertuples(index=False, name=None))
    order = {name: place for place, name in enumerate(chosen)}
    groups = [sorted(group, key=order.__getitem__) for group in nx.connected_components(graph)]
    return sorted(groups, key=lambda group: order[group[0]])


def place_routes(layers: Mapping[str, pd.DataFrame], chosen: list[str], study: Study) -> ScanRoutes:
    """
    Networks of chosen blocks of one place; blocks that share an edge are served by one.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``buildings``, ``blocks``, ``adjacency``, ``streets``, ``ways``, ``need``, ``thermal_state``.
    chosen : list of str
        Blocks of the place, the first ones first.
    study : Study
        Settings.

    Returns
    -------
    ScanRoutes
        A row for each group of neighbouring blocks that has buildings.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    blocks = cast("gpd.GeoDataFrame", layers["blocks"])
    buildings = cast("gpd.GeoDataFrame", layers["buildings"][layers["buildings"]["in_district"]])
    streets, ways = (cast("gpd.GeoDataFrame", layers[name]) for name in ("streets", "ways"))
    need = at_stations(layers["need"], layers["thermal_state"])
    rows: dict[str, dict[str, Any]] = {}
    drawn = []
    for number, group in enumerate(_groups(chosen, layers["adjacency"]), 1):
        name = f"network-{number}"
        mine = buildings[buildings["block_id"].astype("str").isin(group)]
        if mine.empty:
            continue
        part = cast("gpd.GeoDataFrame", blocks.loc[group])
        found = chosen_route(part, mine, streets, ways, need.loc[need.index.get_level_values(0).isin(mine.index)], study)
        rows[f"{study.name}/{name}"] = _row(name, part, found.level, found.density, study) | {
            "geometry": shapely.union_all(part.geometry.to_numpy())
        }
        pipes = found.pipes.assign(place=study.name, network_id=name)
        drawn.append(pipes.set_axis(pd.Index([f"{study.name}/{name}/{pipe}" for pipe in pipes.index], dtype="str", name="pipe_id")))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(schema.columns("scan_networks")))
    networks = gpd.GeoDataFrame(table.rename_axis("scan_id"), geometry="geometry", crs=blocks.crs).to_crs(4326)
    kept = [pipes for pipes in drawn if len(pipes)] or drawn
    return ScanRoutes(networks, cast("gpd.GeoDataFrame", pd.concat(kept)).to_crs(4326) if kept else gpd.GeoDataFrame(geometry=[], crs=4326))


def _row(name: str, blocks: pd.DataFrame, level: dict[str, Any], density: pd.DataFrame, study: Study) -> dict[str, Any]:
    """What is told of one network; where no street is known, the effective width alone speaks."""
    whole = density.xs(1.0, level="connection_rate")
    trench = float(whole["trench_estimated_m"].sum())
    estimated = float(whole["heat_mwh_a"].sum()) / trench if trench > 0.0 else float("nan")
    told = {column: level.get(column, float("nan")) for column in LEVEL}
    known = float(told["linear_density_mwh_m_a"]) if level else estimated
    return {
        "place": study.name,
        "network_id": name,
        "blocks": ";".join(map(str, blocks.index)),
        "labels": "; ".join(blocks["label"].astype("str")),
        **told,
        "connections": int(level.get("connections", 0)),
        "dn_most": int(level.get("dn_most", 0)),
        "feed_in": str(level.get("feed_in", "no_street")),
        "linear_density_estimated_mwh_m_a": estimated,
        "density_class": str(density_class([known])[0]),
        "currency": pack(study.country).currency,
    }


def routes_of(chosen: pd.Index, blocks: pd.DataFrame, places: list[tuple[Study, Mapping[str, pd.DataFrame]]]) -> ScanRoutes:
    """
    Networks of all places.

    Parameters
    ----------
    chosen : Index
        From `asked_blocks`.
    blocks : DataFrame
        Layer ``scan_blocks``.
    places : list of (Study, layers)
        As in `place_routes`.

    Returns
    -------
    ScanRoutes
        Of all places, one below the other.
    """
    import pandas as pd

    mine = blocks.loc[chosen]
    found = [place_routes(layers, mine["block_id"][mine["place"] == study.name].astype("str").tolist(), study) for study, layers in places]
    networks, pipes = (
        cast("gpd.GeoDataFrame", pd.concat([part for part in parts if len(part)] or parts[:1]))
        for parts in ([one.networks for one in found], [one.pipes for one in found])
    )
    return ScanRoutes(networks, pipes)
