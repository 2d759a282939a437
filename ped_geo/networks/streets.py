"""
The graph in which trenches may run: streets cut where houses connect, without those that cross a railway or a river off a bridge.

A house is joined from the edge of its footprint to the nearest street that it reaches without crossing a barrier.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.streets import BARRIER_CLASSES

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Lines = NDArray[np.object_]

__all__ = ["TrenchGraph", "trench_graph"]

NOT_DUG = ("motorway", "trunk", "motorway_link", "trunk_link", "steps")
SOFT = frozenset({"unpaved", "ground", "dirt", "earth", "grass", "gravel", "fine_gravel", "sand", "mud", "compacted"})
"""Values of the tag ``surface`` under which a trench costs as in a green strip."""

HEAT_PIPES = frozenset({"hot_water", "heat", "steam"})
"""Values of the tag ``substance`` of pipelines that belong to a heat network."""

# ends of lines that lie within a centimetre are one crossing, as in the walking network
GRID_M = 0.01


@dataclass(frozen=True)
class TrenchGraph:
    """
    Where trenches may run.

    Attributes
    ----------
    lines : ndarray of LineString, shape (edges,)
        Pieces of streets first, then one connection per house.
    ends : ndarray of int, shape (edges, 2)
        Numbers of the nodes that each joins; the first of a connection lies in the street, the second is the house.
    lengths : ndarray, shape (edges,)
        [m]
    soft : ndarray of bool, shape (edges,)
        Whether the ground is known to be soft.
    street_pieces : int
        How many of the edges are streets.
    points : ndarray, shape (nodes, 2)
        Coordinates of nodes. [m]
    houses : ndarray of int, shape (buildings,)
        Node of each building, in the order in which they were given.
    existing : Geometry or None
        Heat pipes that are mapped.
    """

    lines: Lines
    ends: Ints
    lengths: Floats
    soft: NDArray[np.bool_]
    street_pieces: int
    points: Floats
    houses: Ints
    existing: shapely.Geometry | None = None

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


def trench_graph(streets: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> TrenchGraph | None:
    """
    Graph of streets and house connections.

    Parameters
    ----------
    streets : GeoDataFrame
        Layer ``streets``.
    ways : GeoDataFrame
        Raw ways in the same system: their tags tell bridges, ground, railways, rivers and heat pipes.
    buildings : GeoDataFrame
        Who may be connected, with shapes.

    Returns
    -------
    TrenchGraph or None
        None where there is no street to dig, or no building.
    """
    tags = _tags(ways)
    walls = _walls(ways, tags)
    of_street = [tags.get(str(name).rpartition("#")[0], {}) for name in streets.index]
    bridge = np.array([_is_bridge(tag) for tag in of_street], dtype=bool)
    lines = np.asarray(streets.geometry.to_numpy(), dtype=object)
    kept = ~streets["highway"].isin(NOT_DUG).to_numpy() & (bridge | ~_crosses(lines, walls))
    if not kept.any() or not len(buildings):
        return None
    lines = lines[kept]
    soft = np.array([tag.get("surface", "") in SOFT for tag in of_street], dtype=bool)[kept]
    edges, joins = _connections(np.asarray(buildings.geometry.to_numpy(), dtype=object), lines, walls)
    feet = np.asarray(shapely.get_point(joins, 0), dtype=object)
    along: dict[int, list[float]] = {}
    for house in np.flatnonzero(edges >= 0):
        along.setdefault(int(edges[house]), []).append(float(shapely.line_locate_point(lines[edges[house]], feet[house])))
    pieces = [_cut(line, np.array(along[edge])) if edge in along else np.array([line], dtype=object) for edge, line in enumerate(lines)]
    street = np.concatenate(pieces)
    soft = np.repeat(soft, [len(part) for part in pieces])
    return _numbered(street, soft, joins[edges >= 0], edges >= 0, _pipelines(ways, tags))


def _numbered(
    street: Lines, soft: NDArray[np.bool_], joins: Lines, joined: NDArray[np.bool_], existing: shapely.Geometry | None
) -> TrenchGraph:
    """Number crossings, feet of connections and houses."""
    corners = np.stack([shapely.get_coordinates(shapely.get_point(street, end)) for end in (0, -1)], axis=1)
    unique, numbers = np.unique(np.round(corners.reshape(-1, 2) / GRID_M).astype(np.int64), axis=0, return_inverse=True)
    points = unique * GRID_M
    ends = numbers.reshape(-1, 2)
    # cutting moves a foot by half a centimetre at most, so that its crossing is the nearest node
    feet = np.asarray(
        shapely.STRtree(np.asarray(shapely.points(points), dtype=object).ravel()).nearest(shapely.get_point(joins, 0)), dtype=np.int64
    )
    own = len(points) + np.arange(len(joins))
    houses = np.full(len(joined), -1, dtype=np.int64)
    houses[joined] = own
    return TrenchGraph(
        lines=np.concatenate([street, joins]),
        ends=np.concatenate([ends, np.column_stack([feet, own])]).astype(np.int64),
        lengths=np.concatenate([shapely.length(street), shapely.length(joins)]),
        soft=np.concatenate([soft, np.zeros(len(joins), dtype=bool)]),
        street_pieces=len(street),
        points=np.concatenate([points, shapely.get_coordinates(shapely.get_point(joins, -1))]),
        houses=houses,
        existing=existing,
    )


def _pipelines(ways: gpd.GeoDataFrame, tags: dict[str, dict[str, str]]) -> shapely.Geometry | None:
    mapped = [tag.get("man_made") == "pipeline" and tag.get("substance") in HEAT_PIPES for tag in tags.values()]
    lines = ways.geometry.to_numpy()[np.array(mapped, dtype=bool)]
    return shapely.union_all(lines) if len(lines) else None
