"""
The graph in which trenches may run: streets cut where houses connect, without those that cross a railway or a river off a bridge.

A house is joined from the edge of its footprint to the nearest street that it reaches without crossing a barrier.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo.networks import pipes
from ped_geo.networks.existing import UNKNOWN_WIDTH, ExistingPipes, existing_pipes, feeds, meetings
from ped_geo.streets import BARRIER_CLASSES

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Lines = NDArray[np.object_]

__all__ = ["TrenchGraph", "trench_graph"]

NOT_DUG = ("motorway", "trunk", "motorway_link", "trunk_link", "steps")
SOFT = frozenset({"unpaved", "ground", "dirt", "earth", "grass", "gravel", "fine_gravel", "sand", "mud", "compacted"})
"""Values of the tag ``surface`` under which a trench costs as in a green strip."""

# ends of lines that lie within a centimetre are one crossing, as in the walking network
GRID_M = 0.01


@dataclass(frozen=True)
class TrenchGraph:
    """
    Where trenches may run.

    Attributes
    ----------
    lines : ndarray of LineString, shape (edges,)
        Pieces of streets and of pipes that are there, where these meet, then one connection per house, then feeds of no length.
    ends : ndarray of int, shape (edges, 2)
        Numbers of the nodes that each joins; the first of a connection lies in the street or pipe, the second is the house.
    lengths : ndarray, shape (edges,)
        [m]
    soft : ndarray of bool, shape (edges,)
        Whether the ground is known to be soft.
    there : ndarray, shape (edges,)
        Nominal diameter of the pipe that lies there, infinite where it is not told, 0 where none lies. [mm]
    laid : ndarray, shape (edges,)
        Year in which that pipe was laid, not a number where that is not told.
    owner : ndarray of str, shape (edges,)
        Whose that pipe is, empty where that is not told.
    street_pieces : int
        How many of the edges are no connection of a house and no feed.
    points : ndarray, shape (nodes, 2)
        Coordinates of nodes. [m]
    houses : ndarray of int, shape (buildings,)
        Node of each building, in the order in which they were given.
    root : int
        Node from which every connected part of the pipes that are there is fed; -1 where no pipe is known.
    flow_c, return_c : float
        Temperatures of those pipes on the coldest day; not a number where they are not told. [°C]
    """

    lines: Lines
    ends: Ints
    lengths: Floats
    soft: NDArray[np.bool_]
    there: Floats
    laid: Floats
    owner: NDArray[np.object_]
    street_pieces: int
    points: Floats
    houses: Ints
    root: int = -1
    flow_c: float = np.nan
    return_c: float = np.nan

    def paid(self, study: Study) -> Floats:
        """Lengths as they are paid: shorter where the ground is soft, and where a pipe lies already. [m]."""
        share = np.where(self.soft, pipes.dug_share_soft(), 1.0)
        lies = self.lengths * np.where(self.there > 0.0, study.assumed("heat_network.existing_share"), share)
        # an edge without weight is none to some searches
        return np.where((self.there > 0.0) | (self.lengths <= 0.0), np.maximum(lies, GRID_M), lies)

    def as_networkx(self, weights: Floats) -> nx.Graph:
        """Graph of the nodes with the least ``weight`` of parallel edges, and the ``edge`` that has it."""
        import networkx as nx

        graph = nx.Graph()
        graph.add_nodes_from(range(len(self.points)))
        for edge, ((start, stop), weight) in enumerate(zip(self.ends.tolist(), weights.tolist(), strict=True)):
            if start != stop and (not graph.has_edge(start, stop) or graph[start][stop]["weight"] > weight):
                graph.add_edge(start, stop, weight=weight, edge=edge)
        return graph

    def nearest_crossing(self, place: shapely.Geometry, among: Ints) -> int:
        """That of some nodes which lies nearest to a place."""
        return int(among[np.argmin(shapely.distance(shapely.points(self.points[among]), place))])


def _tags(ways: gpd.GeoDataFrame) -> dict[str, dict[str, str]]:
    return {str(name): json.loads(text) for name, text in zip(ways.index, ways["tags"], strict=True)}


def _is_bridge(tags: dict[str, str]) -> bool:
    return tags.get("bridge", "no") != "no"


def _walls(ways: gpd.GeoDataFrame, tags: dict[str, dict[str, str]]) -> Lines:
    """Railways and rivers on the ground."""
    stands = np.array(
        [
            any(tag.get(key) in kinds for key, kinds in BARRIER_CLASSES.items()) and not _is_bridge(tag) and tag.get("tunnel", "no") == "no"
            for tag in tags.values()
        ],
        dtype=bool,
    )
    return np.asarray(ways.geometry.to_numpy()[stands], dtype=object)


def _crosses(lines: Lines, walls: Lines) -> NDArray[np.bool_]:
    found = np.zeros(len(lines), dtype=bool)
    if len(walls) and len(lines):
        found[np.unique(shapely.STRtree(walls).query(lines, predicate="intersects")[0])] = True
    return found


def _connections(houses: Lines, streets: Lines, walls: Lines) -> tuple[Ints, Lines]:
    """Street of each house, -1 where a barrier lies before all of them, and the line from that street to the footprint's edge."""
    if not len(streets):
        return np.full(len(houses), -1, dtype=np.int64), np.full(len(houses), shapely.LineString(), dtype=object)
    edges = np.asarray(shapely.STRtree(streets).nearest(houses), dtype=np.int64)
    lines = np.asarray(shapely.shortest_line(streets[edges], houses), dtype=object)
    for house in np.flatnonzero(_crosses(lines, walls)):
        far = shapely.distance(streets, houses[house])
        edges[house] = -1
        for edge in np.argsort(far, kind="stable"):
            line = shapely.shortest_line(streets[edge], houses[house])
            if not _crosses(np.array([line], dtype=object), walls)[0]:
                edges[house], lines[house] = edge, line
                break
    return edges, lines


def _cut(line: shapely.LineString, along: Floats) -> Lines:
    """Pieces of a line between its start, the places along it and its end."""
    from shapely.ops import substring

    places = np.unique(np.round(np.clip(np.r_[0.0, along, line.length], 0.0, line.length) / GRID_M) * GRID_M)
    places[-1] = line.length
    return np.array([substring(line, low, high) for low, high in pairwise(places.tolist())], dtype=np.object_)


def _to_pipes(houses: Lines, edges: Ints, joins: Lines, there: Lines, walls: Lines, reach_m: float, first: int) -> None:
    """
    Join houses to pipes that are there instead of a street, where one is nearer than the street or within reach.

    A way by the street to a pipe is never shorter than the straight connection. `edges` and `joins` are changed.
    """
    if not len(there):
        return
    near = np.asarray(shapely.STRtree(there).nearest(houses), dtype=np.int64)
    lines = np.asarray(shapely.shortest_line(there[near], houses), dtype=object)
    by_street = np.where(edges >= 0, shapely.length(joins), np.inf)
    taken = (shapely.length(lines) <= np.maximum(by_street, reach_m)) & ~_crosses(lines, walls)
    edges[taken], joins[taken] = first + near[taken], lines[taken]


def trench_graph(streets: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> TrenchGraph | None:
    """
    Graph of streets, of pipes that are there, and of house connections.

    Parameters
    ----------
    streets : GeoDataFrame
        Layer ``streets``.
    ways : GeoDataFrame
        Raw ways in the same system: their tags tell bridges, ground, railways, rivers and heat pipes.
    buildings : GeoDataFrame
        Who may be connected, with shapes.
    study : Study
        Its assumption ``heat_network.pipe_reach``.

    Returns
    -------
    TrenchGraph or None
        None where there is no street to dig and no pipe, or no building.
    """
    tags = _tags(ways)
    walls = _walls(ways, tags)
    of_street = [tags.get(str(name).rpartition("#")[0], {}) for name in streets.index]
    bridge = np.array([_is_bridge(tag) for tag in of_street], dtype=bool)
    lines = np.asarray(streets.geometry.to_numpy(), dtype=object)
    kept = ~streets["highway"].isin(NOT_DUG).to_numpy() & (bridge | ~_crosses(lines, walls))
    existing = existing_pipes(ways, tags)
    if not (kept.any() or len(existing.lines)) or not len(buildings):
        return None
    lines = lines[kept]
    soft = np.array([tag.get("surface", "") in SOFT for tag in of_street], dtype=bool)[kept]
    houses = np.asarray(buildings.geometry.to_numpy(), dtype=object)
    edges, joins = _connections(houses, lines, walls)
    reach = study.assumed("heat_network.pipe_reach")
    _to_pipes(houses, edges, joins, existing.lines, walls, reach, len(lines))
    at_street, at_pipe, links = meetings(lines, existing.lines, reach)
    open_ = ~_crosses(links, walls) | (shapely.length(links) <= 0.0)
    return _numbered(lines, soft, existing, joins, edges, (at_street[open_], at_pipe[open_], links[open_]))


def _pieces(lines: Lines, feet: list[tuple[Ints, Lines]]) -> tuple[Lines, Ints]:
    """Lines cut at the feet of what is joined to them, and the line of each piece."""
    along: dict[int, list[float]] = {}
    for edges, points in feet:
        for edge, point in zip(edges.tolist(), points, strict=True):
            along.setdefault(edge, []).append(float(shapely.line_locate_point(lines[edge], point)))
    parts = [_cut(line, np.array(along[edge])) if edge in along else np.array([line], dtype=object) for edge, line in enumerate(lines)]
    return np.concatenate(parts), np.repeat(np.arange(len(lines)), [len(part) for part in parts])


def _nodes_at(places: Lines, ends: Ints, points: Floats) -> Ints:
    """Nodes of some pieces at places; cutting moves a foot by half a centimetre at most, so that they are the nearest."""
    some = np.unique(ends)
    if not len(places):
        return np.zeros(0, dtype=np.int64)
    spots = np.asarray(shapely.points(points[some]), dtype=object)
    return np.asarray(some[shapely.STRtree(spots).nearest(places)], dtype=np.int64)


def _numbered(
    streets: Lines, soft: NDArray[np.bool_], existing: ExistingPipes, joins: Lines, edges: Ints, met: tuple[Ints, Ints, Lines]
) -> TrenchGraph:
    """Number crossings, feet of connections and houses."""
    at_street, at_pipe, links = met
    link_ends = [np.asarray(shapely.get_point(links, end), dtype=object) for end in (0, -1)]
    joined = edges >= 0
    joins, edges = joins[joined], edges[joined]
    feet = np.asarray(shapely.get_point(joins, 0), dtype=object)
    cuts = [(edges, feet), (at_street, link_ends[0]), (len(streets) + at_pipe, link_ends[1])]
    pieces, owner = _pieces(np.concatenate([streets, existing.lines]), cuts)
    corners = np.stack([shapely.get_coordinates(shapely.get_point(pieces, end)) for end in (0, -1)], axis=1)
    unique, numbers = np.unique(np.round(corners.reshape(-1, 2) / GRID_M).astype(np.int64), axis=0, return_inverse=True)
    points: Floats = unique * np.float64(GRID_M)
    ends = numbers.reshape(-1, 2).astype(np.int64)
    of_streets, of_pipes = ends[owner < len(streets)], ends[owner >= len(streets)]
    own = len(points) + np.arange(len(joins))
    houses = np.full(len(joined), -1, dtype=np.int64)
    houses[joined] = own
    foot = np.empty(len(joins), dtype=np.int64)
    for among, by in ((of_pipes, edges >= len(streets)), (of_streets, edges < len(streets))):
        foot[by] = _nodes_at(feet[by], among, points)
    met_at = np.column_stack([_nodes_at(link_ends[0], of_streets, points), _nodes_at(link_ends[1], of_pipes, points)])
    rest = len(links) + len(joins)

    def by_edge(of_pipe: NDArray[Any], blank: Any) -> NDArray[Any]:
        none = np.full(len(streets) + rest, blank, dtype=of_pipe.dtype)
        return np.append(np.append(none[: len(streets)], of_pipe)[owner], none[len(streets) :])

    graph = TrenchGraph(
        lines=np.concatenate([pieces, links, joins]),
        ends=np.concatenate([ends, met_at, np.column_stack([foot, own])]),
        lengths=np.concatenate([shapely.length(pieces), shapely.length(links), shapely.length(joins)]),
        soft=np.append(np.append(soft, np.zeros(len(existing.lines), dtype=bool))[owner], np.zeros(rest, dtype=bool)),
        there=by_edge(existing.dn, 0.0),
        laid=by_edge(existing.laid, np.nan),
        owner=by_edge(existing.owner, ""),
        street_pieces=len(pieces) + len(links),
        points=np.concatenate([points, shapely.get_coordinates(shapely.get_point(joins, -1))]),
        houses=houses,
        flow_c=existing.flow_c,
        return_c=existing.return_c,
    )
    return _fed(graph, of_pipes, graph.there[: len(pieces)][owner >= len(streets)]) if len(of_pipes) and len(joins) else graph


def _fed(graph: TrenchGraph, pipe_ends: Ints, dn: Floats) -> TrenchGraph:
    """A root from which each connected part of the pipes that are there is fed, by edges of no length."""
    root, middle = len(graph.points), graph.points[graph.houses[graph.houses >= 0]].mean(axis=0)
    fed = feeds(pipe_ends, dn, graph.points, middle)
    spots = graph.points[fed]
    return replace(
        graph,
        lines=np.append(graph.lines, np.asarray(shapely.linestrings(np.stack([spots, spots], axis=1)), dtype=object)),
        ends=np.concatenate([graph.ends, np.column_stack([np.full(len(fed), root), fed])]),
        lengths=np.append(graph.lengths, np.zeros(len(fed))),
        soft=np.append(graph.soft, np.zeros(len(fed), dtype=bool)),
        there=np.append(graph.there, np.full(len(fed), UNKNOWN_WIDTH)),
        laid=np.append(graph.laid, np.full(len(fed), np.nan)),
        owner=np.append(graph.owner, np.full(len(fed), "", dtype=object)),
        points=np.concatenate([graph.points, middle[None, :]]),
        root=root,
    )
