"""Which walls stand free: party walls found from the footprints, the rest by the direction it faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ORIENTATIONS", "party_edges", "walls"]

ORIENTATIONS = ("north", "east", "south", "west")


def _edges(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """All outer edges: row of their building, start and end points; rings anticlockwise, holes clockwise."""
    polygons, owner = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return owner[part[ring[:-1][same]]], xy[:-1][same], xy[1:][same]


def walls(buildings: gpd.GeoDataFrame, height_m: NDArray[np.float64], *, gap_m: float) -> pd.DataFrame:
    """
    Free and shared wall lengths of each building.

    Parameters
    ----------
    buildings : GeoDataFrame
        Footprints in metres.
    height_m : array, shape (n,)
        A taller building's wall is shared only as far up as its lower neighbour reaches.
    gap_m : float
        Walls closer than this are one wall, m.

    Returns
    -------
    DataFrame, shape (n, 6)
        ``party_wall_length_m``, ``exposed_perimeter_m`` and ``wall_north_m`` … ``wall_west_m`` [m], indexed as `buildings`;
        shared lengths are weighted by the height they share. Their sum is the perimeter.
    """
    import pandas as pd

    owner, start, end, shared = party_edges(buildings.geometry.to_numpy(), height_m, gap_m=gap_m)
    step = end - start
    length = np.hypot(step[:, 0], step[:, 1])
    # the outer normal of an anticlockwise edge (dx, dy) is (dy, -dx)
    azimuth = np.degrees(np.arctan2(step[:, 1], -step[:, 0])) % 360.0
    sector = ((azimuth + 45.0) // 90.0).astype(int) % 4
    count = len(buildings)
    free = length - shared
    columns = {
        "party_wall_length_m": np.bincount(owner, weights=shared, minlength=count),
        "exposed_perimeter_m": np.bincount(owner, weights=free, minlength=count),
    }
    for number, name in enumerate(ORIENTATIONS):
        facing = sector == number
        columns[f"wall_{name}_m"] = np.bincount(owner[facing], weights=free[facing], minlength=count)
    return pd.DataFrame(columns, index=buildings.index)


def party_edges(
    shapes: NDArray[np.object_], height_m: NDArray[np.float64], *, gap_m: float, rows: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """
    Outer edges of buildings and how much of each is a party wall.

    Parameters
    ----------
    shapes : array of Polygon, shape (n,)
        Footprints in metres.
    height_m : array, shape (n,)
        A taller building's wall is shared only as far up as its lower neighbour reaches.
    gap_m : float
        Walls closer than this are one wall, m.
    rows : array of int, optional
        Buildings whose edges are asked for; by default all.

    Returns
    -------
    owner : array of int, shape (n_edges,)
        Row of the building.
    start, end : array, shape (n_edges, 2)
        m; the building lies to the left.
    shared : array, shape (n_edges,)
        Shared length, m.
    """
    wanted = np.arange(len(shapes)) if rows is None else rows
    owner, start, end = _edges(shapes[wanted])
    owner = wanted[owner]
    return owner, start, end, _shared_lengths(shapes, height_m, owner, start, end, gap_m)


def _shared_lengths(
    shapes: NDArray[np.object_],
    height_m: NDArray[np.float64],
    owner: NDArray[np.int64],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    gap_m: float,
) -> NDArray[np.float64]:
    """Length of each edge that another building stands against, times the share of the height it covers."""
    lines = np.asarray(shapely.linestrings(np.stack([start, end], axis=1)))
    tree = shapely.STRtree(shapes)
    edge, other = tree.query(lines, predicate="dwithin", distance=gap_m)
    foreign = other != owner[edge]
    edge, other = edge[foreign], other[foreign]
    shared = np.zeros(len(lines))
    if not len(edge):
        return shared
    near = shapely.buffer(shapes[other], gap_m, quad_segs=2)
    along = np.asarray(shapely.length(shapely.intersection(lines[edge], near)))
    common = np.where(along > 2.0 * gap_m, along, 0.0)
    reach = np.minimum(height_m[other] / np.maximum(height_m[owner[edge]], 0.1), 1.0)
    np.add.at(shared, edge, common * reach)
    return np.minimum(shared, shapely.length(lines))
