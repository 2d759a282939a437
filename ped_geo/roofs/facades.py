"""Façades as planes for modules: free walls that do not face away from the equator, above a height."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo import schema
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["facade_planes"]

STRIP_M = 0.2


def facade_planes(buildings: gpd.GeoDataFrame, study: Study, equator_azimuth: float = 180.0) -> gpd.GeoDataFrame:
    """
    One plane per free wall to the east, to the west or towards the equator, above ``[solar] facade_min_height_m``.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``, neighbours included: where they stand against a wall, it is not free.
    study : Study
        Settings; the window share and the least length are assumptions.
    equator_azimuth : float
        Direction towards the equator, see `ped_geo.site.Site` [°].

    Returns
    -------
    GeoDataFrame
        Rows of layer ``roof_planes``, ``kind`` ``facade``. The polygon is a strip of 0.2 m outside the wall; the area is that of
        the wall without windows, the height that of the middle of the part above the least height.
    """
    import geopandas as gpd
    import pandas as pd

    foot = study.solar.facade_min_height_m
    eaves = (buildings["height_m"] - buildings["roof_height_m"]).to_numpy(dtype="float64")
    owner, start, end = _walls(buildings.geometry.to_numpy())
    step = end - start
    azimuth = np.degrees(np.arctan2(step[:, 1], -step[:, 0])) % 360.0
    wanted = (
        (np.abs((azimuth - equator_azimuth) % 360.0 - 180.0) > study.assumed("roofs.facade_off_north"))
        & (eaves[owner] > foot)
        & (np.hypot(*step.T) >= study.assumed("pv.least_wall"))
        & ~buildings["heritage"].to_numpy(dtype=bool)[owner]
    )
    owner, start, end, azimuth = owner[wanted], start[wanted], end[wanted], azimuth[wanted]
    free = _free_part(
        np.asarray(shapely.linestrings(np.stack([start, end], axis=1))), owner, buildings, foot, study.assumed("building.party_gap")
    )
    kept = np.flatnonzero(shapely.length(free) >= study.assumed("pv.least_wall"))
    owner, lines, azimuth = owner[kept], free[kept], azimuth[kept]
    above = eaves[owner] - foot
    names = buildings.index.to_numpy(dtype=object)[owner]
    number = pd.Series(names).groupby(names).cumcount().to_numpy() + 1
    found = gpd.GeoDataFrame(
        {
            "building_id": names,
            "kind": "facade",
            "surface_tilt": 90.0,
            "surface_azimuth": azimuth,
            "area_m2": shapely.length(lines) * above * (1.0 - study.assumed("pv.facade_window_share")),
            "height_m": foot + above / 2.0,
            "source": "inferred: walls",
        },
        geometry=_strips(lines),
        crs=buildings.crs,
        index=pd.Index([f"{name}#w{count}" for name, count in zip(names, number, strict=True)], dtype="str", name="plane_id"),
    ).astype({"building_id": "str", "kind": "str", "source": "str"})
    return found[list(schema.columns("roof_planes"))]


def _walls(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], Array, Array]:
    """Row of the building, start and end of each wall; the building lies to the left."""
    polygons, owner = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return owner[part[ring[:-1][same]]], xy[:-1][same], xy[1:][same]


def _free_part(
    lines: NDArray[np.object_], owner: NDArray[np.int64], buildings: gpd.GeoDataFrame, foot: float, gap: float
) -> NDArray[np.object_]:
    """Longest part of each wall against which no other building stands that is higher than the modules' foot."""
    shapes = buildings.geometry.to_numpy()
    tall = (buildings["height_m"] > foot).to_numpy()
    wall, other = shapely.STRtree(shapes).query(lines, predicate="dwithin", distance=gap)
    meets = (other != owner[wall]) & tall[other]
    free = lines.copy()
    for row in np.unique(wall[meets]):
        beside = shapely.union_all(shapely.buffer(shapes[other[meets & (wall == row)]], gap))
        parts = shapely.get_parts(shapely.difference(lines[row], beside))
        free[row] = max(parts, key=shapely.length) if len(parts) else shapely.LineString()
    return free


def _strips(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Thin rectangles to the right of straight lines, that is outside the wall."""
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    step = ends[:, 1] - ends[:, 0]
    out = np.column_stack([step[:, 1], -step[:, 0]]) / np.hypot(*step.T)[:, None] * STRIP_M
    return np.asarray(shapely.polygons(np.stack([ends[:, 0], ends[:, 0] + out, ends[:, 1] + out, ends[:, 1]], axis=1)))
