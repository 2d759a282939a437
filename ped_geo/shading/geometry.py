"""
Exact horizons from building geometry.

Every wall and every edge of a roof plane is a straight edge with a height at each end. Seen from a point, an edge covers an arc
of directions; in each direction of that arc the distance to it, and so the elevation of its top, is a division. As a plane is
highest, seen from anywhere, at one of its edges, edges are all there is to look at. They are kept in a grid of cells, so that a
point looks only at cells within the radius, and skips a cell whose tallest edge cannot matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["EdgeIndex", "edge_index", "horizons_of_points", "plane_height"]

CELL_M = 40.0


@dataclass(frozen=True)
class EdgeIndex:
    """
    Edges in a grid of square cells.

    Attributes
    ----------
    edges : array, shape (n, 4)
        Start and end of each edge relative to `origin`, sorted by cell; none is longer than a cell. [m]
    top : array, shape (n, 2)
        Height at start and end. [m]
    groups : array, shape (n_groups, 4)
        Edges of one building in one cell: middle and radius of a circle around them, greatest height; tallest of a cell first. [m]
    group_edges : array of int, shape (n_groups, 2)
        First edge of each group, and the one after its last.
    group_owner : array of int, shape (n_groups,)
        Row of the building.
    level : array of bool, shape (n_groups,)
        Whether the roof is level, so that the far side of the building cannot rise above the near one.
    cells : array of int
        First group of each cell, row by row.
    columns : int
        Cells in a row.
    origin : array, shape (2,)
        South-west corner. [m]
    shapes : array of Polygon, shape (n_shapes,)
        What the edges are of.
    of_shape : array of int, shape (n_shapes,)
        Building of each shape.
    """

    edges: Array
    top: Array
    groups: Array
    group_edges: NDArray[np.int64]
    group_owner: NDArray[np.int64]
    level: NDArray[np.bool_]
    cells: NDArray[np.int64]
    columns: int
    origin: Array
    shapes: NDArray[np.object_]
    of_shape: NDArray[np.int64]


def plane_height(xy: Array, middle: Array, height_m: Array, tilt: Array, azimuth: Array) -> Array:
    """
    Height of points of tilted planes.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Easting and northing. [m]
    middle : array, shape (n, 2)
        Where the plane has the height `height_m`. [m]
    height_m, tilt, azimuth : array, shape (n,)
        m; degrees; downhill is the direction of the azimuth.

    Returns
    -------
    array, shape (n,)
        m.

    Examples
    --------
    >>> one = np.ones(1)
    >>> plane_height(np.array([[0.0, -2.0]]), np.zeros((1, 2)), 10 * one, 45 * one, 180 * one).round(9).tolist()
    [8.0]
    """
    a = np.radians(azimuth)
    step = xy - middle
    return height_m - np.tan(np.radians(tilt)) * (step[:, 0] * np.sin(a) + step[:, 1] * np.cos(a))


def edge_index(
    shapes: NDArray[np.object_],
    height_m: Array,
    *,
    tilt: Array | None = None,
    azimuth: Array | None = None,
    building: NDArray[np.int64] | None = None,
) -> EdgeIndex:
    """
    Index the edges of buildings with level roofs, or of roof planes.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon, shape (n,)
        Footprints or planes in plan, m.
    height_m : array, shape (n,)
        Heights at their centroids.
    tilt, azimuth : array, shape (n,), optional
        Of the planes, degrees; level by default.
    building : array of int, shape (n,), optional
        Row of the building that a shape belongs to; by default each shape is one.
    """
    count = len(shapes)
    tilts = np.zeros(count) if tilt is None else np.asarray(tilt, dtype="float64")
    azimuths = np.zeros(count) if azimuth is None else np.asarray(azimuth, dtype="float64")
    of_shape = np.arange(count) if building is None else building
    polygons, owner = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(shapely.segmentize(rings, CELL_M), return_index=True)
    shape = owner[part[ring]]
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    z = plane_height(xy, middle[shape], np.asarray(height_m, dtype="float64")[shape], tilts[shape], azimuths[shape])
    same = ring[1:] == ring[:-1]
    shape = shape[:-1][same]
    # corners of cells lie at whole cells of the coordinate system: what else stands in the city moves no point against another
    origin = (np.floor(xy.min(axis=0) / CELL_M) - 1.0) * CELL_M if len(xy) else np.zeros(2)
    edges = np.hstack([xy[:-1][same] - origin, xy[1:][same] - origin])
    top = np.column_stack([z[:-1][same], z[1:][same]])
    middle_of = (edges[:, :2] + edges[:, 2:]) / 2.0
    cell = (middle_of // CELL_M).astype(np.int64)
    columns, rows = (int(cell[:, axis].max()) + 2 if len(cell) else 1 for axis in (0, 1))
    key = cell[:, 1] * columns + cell[:, 0]
    order = np.lexsort((shape, of_shape[shape], key))
    edges, top, key, owner_of = edges[order], top[order], key[order], of_shape[shape][order].astype(np.int64)
    begins = np.flatnonzero(np.r_[True, (np.diff(key) != 0) | (np.diff(owner_of) != 0)]) if len(key) else np.zeros(0, dtype=np.int64)
    groups = _circles(edges, top, begins)
    # the tallest of a cell first, so that a point stops at the first that is not above it
    rank = np.lexsort((-groups[:, 3], key[begins]))
    level = np.minimum.reduceat(tilts[shape][order] == 0.0, begins) if len(begins) else np.zeros(0, dtype=bool)
    return EdgeIndex(
        edges=np.ascontiguousarray(edges),
        top=np.ascontiguousarray(top),
        groups=np.ascontiguousarray(groups[rank]),
        group_edges=np.ascontiguousarray(np.column_stack([begins, np.r_[begins[1:], len(key)]])[rank].astype(np.int64)),
        group_owner=owner_of[begins][rank],
        level=level[rank],
        cells=np.searchsorted(key[begins], np.arange(rows * columns + 1)).astype(np.int64),
        columns=columns,
        origin=origin,
        shapes=shapes,
        of_shape=of_shape,
    )


def _circles(edges: Array, top: Array, begins: NDArray[np.int64]) -> Array:
    """A circle around the edges of each group, and their greatest height."""
    if not len(begins):
        return np.zeros((0, 4))
    low = np.minimum.reduceat(np.minimum(edges[:, :2], edges[:, 2:]), begins)
    high = np.maximum.reduceat(np.maximum(edges[:, :2], edges[:, 2:]), begins)
    radius = np.hypot(*(high - low).T) / 2.0 + 1e-6
    return np.ascontiguousarray(np.column_stack([(low + high) / 2.0, radius, np.maximum.reduceat(top.max(axis=1), begins)]))


def _inside(index: EdgeIndex, points: Array, own: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a point stands within the outline of a building that is not its own, as where footprints overlap."""
    found = np.zeros(len(points), dtype=bool)
    point, shape = shapely.STRtree(index.shapes).query(shapely.points(points[:, :2]), predicate="intersects")
    found[point[index.of_shape[shape] != own[point]]] = True
    return found


def _near_cells(radius_m: float) -> NDArray[np.int64]:
    """Columns and rows to cells within a radius, from near to far; an edge reaches half a cell out of the cell of its middle."""
    reach = int(radius_m / CELL_M) + 2
    column, row = (part.ravel() for part in np.meshgrid(*[np.arange(-reach, reach + 1)] * 2))
    least = np.hypot(*(np.maximum(np.abs(np.stack([column, row])) - 1.5, 0.0) * CELL_M))
    order = np.lexsort((np.hypot(column, row), least))
    return np.ascontiguousarray(np.column_stack([column, row])[order[least[order] <= radius_m]])


def horizons_of_points(index: EdgeIndex, points: Array, own: NDArray[np.int64], *, directions: int, radius_m: float) -> Array:
    """
    Horizon of each point in evenly spread directions.

    Parameters
    ----------
    index : EdgeIndex
        The edges.
    points : array, shape (n, 3)
        Easting, northing, height. [m]
    own : array of int, shape (n,)
        Row of the building that a point stands on, which does not shade it; -1 for none.
    directions : int
        Directions, from north over east.
    radius_m : float
        Edges farther away along a direction do not count. [m]

    Returns
    -------
    array, shape (n, directions)
        Elevation of the highest edge, degrees; zero where there is none above the point.
    """
    from ped_geo.shading._kernels import splat_edges

    angle = np.radians(np.arange(directions) * 360.0 / directions)
    local = np.array(points, dtype="float64")
    local[:, :2] -= index.origin
    # neighbours one after the other look at the same edges
    order = np.lexsort((local[:, 0], local[:, 1] // CELL_M, local[:, 0] // CELL_M))
    tangent = np.zeros((len(points), directions))
    splat_edges(
        local[order], np.asarray(own, dtype=np.int64)[order], _inside(index, points, own)[order], index.edges, index.top, index.groups,
        index.group_edges, index.group_owner, index.level, index.cells, index.columns, CELL_M, _near_cells(radius_m), np.sin(angle),
        np.cos(angle), radius_m, tangent,
    )  # fmt: skip
    found = np.empty_like(tangent)
    found[order] = np.degrees(np.arctan(tangent))
    return found
