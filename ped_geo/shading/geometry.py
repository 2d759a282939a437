"""
Exact horizons from building geometry.

Every wall is a straight edge with a height. Seen from a point, an edge covers an arc of directions; in each direction of that
arc the distance to it, and so the elevation of its top, is a division. Edges are kept in a grid of cells, so that a point
looks only at cells within the radius, and skips a cell whose tallest edge cannot matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["EdgeIndex", "edge_index", "horizons_of_points"]

CELL_M = 25.0


@dataclass(frozen=True)
class EdgeIndex:
    """
    Walls in a grid of square cells.

    Attributes
    ----------
    edges : array, shape (n, 4)
        Start and end of each edge relative to `origin`, sorted by cell; none is longer than a cell. [m]
    top : array, shape (n,)
        Height of the wall. [m]
    building : array of int, shape (n,)
        Row of the building.
    start : array of int
        First edge of each cell, row by row.
    tallest : array
        Tallest edge of each cell. [m]
    shape : tuple of int
        Rows and columns of cells.
    origin : array, shape (2,)
        South-west corner. [m]
    """

    edges: Array
    top: Array
    building: NDArray[np.int64]
    start: NDArray[np.int64]
    tallest: Array
    shape: tuple[int, int]
    origin: Array


def edge_index(shapes: NDArray[np.object_], height_m: Array) -> EdgeIndex:
    """
    Index the walls of buildings.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, shape (n,)
        Footprints, m.
    height_m : array, shape (n,)
        Heights above ground.
    """
    polygons, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(shapely.segmentize(rings, CELL_M), return_index=True)
    same = ring[1:] == ring[:-1]
    start, end = xy[:-1][same], xy[1:][same]
    building = owner[part[ring[:-1][same]]]
    origin = xy.min(axis=0) - CELL_M if len(xy) else np.zeros(2)
    edges = np.hstack([start - origin, end - origin])
    middle = (edges[:, :2] + edges[:, 2:]) / 2.0
    cell = (middle // CELL_M).astype(np.int64)
    columns = int(cell[:, 0].max()) + 2 if len(cell) else 1
    rows = int(cell[:, 1].max()) + 2 if len(cell) else 1
    key = cell[:, 1] * columns + cell[:, 0]
    order = np.argsort(key, kind="stable")
    top = height_m[building].astype("float64")
    tallest = np.zeros(rows * columns)
    np.maximum.at(tallest, key, top)
    starts = np.searchsorted(key[order], np.arange(rows * columns + 1)).astype(np.int64)
    return EdgeIndex(
        edges=np.ascontiguousarray(edges[order]),
        top=top[order],
        building=building[order].astype(np.int64),
        start=starts,
        tallest=tallest,
        shape=(rows, columns),
        origin=origin,
    )


def horizons_of_points(index: EdgeIndex, points: Array, own: NDArray[np.int64], *, directions: int, radius_m: float) -> Array:
    """
    Horizon of each point in evenly spread directions.

    Parameters
    ----------
    index : EdgeIndex
        The walls.
    points : array, shape (n, 3)
        Easting, northing, height above ground. [m]
    own : array of int, shape (n,)
        Row of the building that a point stands on, whose walls do not shade it; -1 for none.
    directions : int
        Directions, from north over east.
    radius_m : float
        Walls farther away along a direction do not count. [m]

    Returns
    -------
    array, shape (n, directions)
        Elevation of the highest wall, degrees; zero where there is none above the point.
    """
    from ped_geo.shading._kernels import splat_edges

    angle = np.radians(np.arange(directions) * 360.0 / directions)
    local = np.ascontiguousarray(points, dtype="float64").copy()
    local[:, :2] -= index.origin
    tangent = np.zeros((len(points), directions))
    splat_edges(
        local, np.ascontiguousarray(own, dtype=np.int64), index.edges, index.top, index.building, index.start, index.tallest,
        index.shape[0], index.shape[1], CELL_M, radius_m, np.sin(angle), np.cos(angle), tangent,
    )  # fmt: skip
    return np.asarray(np.degrees(np.arctan(tangent)))
