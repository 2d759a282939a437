"""
Heat pipes that lie in the ground already: noded, with diameter, year and owner, and where streets and houses meet them.

Files and maps draw them as they please: lines end a little before the main that they branch from, and cross streets without a node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Lines = NDArray[np.object_]

__all__ = ["UNKNOWN_WIDTH", "ExistingPipes", "existing_pipes", "feeds", "meetings"]

HEAT_PIPES = frozenset({"hot_water", "heat", "steam"})
"""Values of the tag ``substance`` of pipelines that belong to a heat network."""

UNKNOWN_WIDTH = np.inf
"""Diameter of a pipe whose own is not told: it counts as wide enough."""

JOINED_M = 1.0
"""Ends that lie so near to another pipe are joined to it."""


@dataclass(frozen=True)
class ExistingPipes:
    """
    Pieces of pipe between nodes.

    Attributes
    ----------
    lines : ndarray of LineString, shape (pieces,)
        [m]
    dn : ndarray, shape (pieces,)
        Nominal diameter, `UNKNOWN_WIDTH` where it is not told. [mm]
    laid : ndarray, shape (pieces,)
        Year in which it was laid, not a number where that is not told.
    owner : ndarray of str, shape (pieces,)
        Whose it is, empty where that is not told.
    flow_c, return_c : float
        Temperatures on the coldest day, medians by length of what pipes tell; not a number where none tells both. [°C]
    """

    lines: Lines
    dn: Floats
    laid: Floats
    owner: NDArray[np.object_]
    flow_c: float
    return_c: float


def _amount(tag: dict[str, str], key: str) -> float:
    """A positive number of a tag, not a number where there is none."""
    try:
        told = float(tag.get(key, ""))
    except ValueError:
        return np.nan
    return told if 0.0 < told < np.inf else np.nan


def _laid(tag: dict[str, str]) -> float:
    """OpenStreetMap writes dates of construction beginning with the year."""
    told = re.match(r"\d{4}\b", tag.get("start_date", ""))
    return float(told[0]) if told else np.nan


def _usual(drawn: Lines, tags: list[dict[str, str]]) -> tuple[float, float]:
    """Medians by length of flow and return, of the pipes that tell both and whose flow is the warmer one."""
    told = np.array([(_amount(tag, "temperature:flow"), _amount(tag, "temperature:return")) for tag in tags]).reshape(-1, 2)
    both = told[:, 0] > told[:, 1]
    if not both.any():
        return np.nan, np.nan
    told, length = told[both], shapely.length(drawn)[both]

    def middle(values: Floats) -> float:
        order = np.argsort(values, kind="stable")
        along = np.cumsum(length[order])
        return float(values[order][np.searchsorted(along, along[-1] / 2.0)])

    return middle(told[:, 0]), middle(told[:, 1])


def existing_pipes(ways: gpd.GeoDataFrame, tags: dict[str, dict[str, str]]) -> ExistingPipes:
    """
    Heat pipes among the ways.

    Parameters
    ----------
    ways : GeoDataFrame
        Raw ways in metres.
    tags : dict
        Tags of each of them.
    """
    is_pipe = [tag.get("man_made") == "pipeline" and tag.get("substance") in HEAT_PIPES for tag in tags.values()]
    mapped = np.array(is_pipe, dtype=bool)
    drawn = np.asarray(ways.geometry.to_numpy()[mapped], dtype=object)
    told = [tag for tag, one in zip(tags.values(), is_pipe, strict=True) if one]
    dn = np.array([_amount(tag, "diameter") for tag in told], dtype=np.float64)
    dn = np.where(np.isnan(dn), UNKNOWN_WIDTH, dn)
    laid = np.array([_laid(tag) for tag in told], dtype=np.float64)
    owner = np.array([tag.get("operator", "").strip() for tag in told], dtype=object)
    usual = _usual(drawn, told)
    if not len(drawn):
        return ExistingPipes(drawn, dn, laid, owner, *usual)
    parts, way = shapely.get_parts(drawn, return_index=True)
    # two-dimensional: registers keep heights of pipes, which no length here counts
    parts = shapely.force_2d(parts)
    noded = np.asarray(shapely.get_parts(shapely.union_all(np.r_[parts, _closed_gaps(parts)])), dtype=object)
    noded = noded[shapely.length(noded) > 0.0]
    middles = shapely.line_interpolate_point(noded, 0.5, normalized=True)
    own = way[shapely.STRtree(parts).nearest(middles)]
    return ExistingPipes(noded, dn[own], laid[own], owner[own], *usual)


def _closed_gaps(lines: Lines) -> Lines:
    """Short lines from ends of pipes to the pipes that they nearly touch."""
    ends = np.r_[shapely.get_point(lines, 0), shapely.get_point(lines, -1)]
    own = np.tile(np.arange(len(lines)), 2)
    end, other = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=JOINED_M)
    apart = (own[end] != other) & (shapely.distance(ends[end], lines[other]) > 0.0)
    return np.asarray(shapely.shortest_line(ends[end[apart]], lines[other[apart]]), dtype=object)


def meetings(streets: Lines, pipes: Lines, reach_m: float) -> tuple[Ints, Ints, Lines]:
    """
    Where a new pipe in a street may be joined to one that is there: at crossings, and from ends and branches of pipes.

    Parameters
    ----------
    streets, pipes : ndarray of LineString
        Noded.
    reach_m : float
        Ends and branches farther from all streets are left out. [m]

    Returns
    -------
    streets, pipes : ndarray of int, shape (meetings,)
        Rows of both.
    lines : ndarray of LineString, shape (meetings,)
        From street to pipe; of no length where they cross.
    """
    if not len(streets) or not len(pipes):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0, dtype=object)
    tree = shapely.STRtree(streets)
    pipe, street = tree.query(pipes, predicate="intersects")
    # where both run in one line, they meet at the ends of what they share
    points, of = shapely.get_coordinates(shapely.intersection(pipes[pipe], streets[street]), return_index=True)
    ends = np.r_[shapely.get_point(pipes, 0), shapely.get_point(pipes, -1)]
    _, first = np.unique(shapely.get_coordinates(ends), axis=0, return_index=True)
    ends, owner = ends[first], np.tile(np.arange(len(pipes)), 2)[first]
    near = np.asarray(tree.nearest(ends), dtype=np.int64)
    far = shapely.distance(ends, streets[near])
    chosen = (far > 0.0) & (far <= reach_m)
    return (
        np.concatenate([street[of], near[chosen]]),
        np.concatenate([pipe[of], owner[chosen]]),
        np.concatenate([shapely.linestrings(np.stack([points, points], axis=1)), shapely.shortest_line(streets[near], ends)[chosen]]),
    )


def feeds(ends: Ints, dn: Floats, points: Floats, middle: Floats) -> Ints:
    """
    One node of each connected part of the pipes, at which heat enters it.

    Parameters
    ----------
    ends : ndarray of int, shape (pieces, 2)
        Nodes of each piece.
    dn : ndarray, shape (pieces,)
        Nominal diameters. [mm]
    points : ndarray, shape (nodes, 2)
        Coordinates of nodes. [m]
    middle : ndarray, shape (2,)
        Of the houses. [m]

    Returns
    -------
    ndarray of int
        The node at the widest pipe that is told, of several the farthest from the houses, because heat comes from outside.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes, local = np.unique(ends, return_inverse=True)
    local = local.reshape(-1, 2)
    graph = coo_array((np.ones(len(local)), (local[:, 0], local[:, 1])), shape=(len(nodes), len(nodes)))
    part = connected_components(graph, directed=False)[1]
    width = np.zeros(len(nodes))
    np.maximum.at(width, local.ravel(), np.repeat(np.where(np.isfinite(dn), dn, 0.0), 2))
    far = np.hypot(*(points[nodes] - middle).T)
    order = np.lexsort((nodes, -far, -width, part))
    return np.asarray(nodes[order[np.unique(part[order], return_index=True)[1]]], dtype=np.int64)
