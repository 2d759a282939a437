"""
What stands between a roof and the sky: horizons and sky-view factors, from building geometry or from a surface model.

A horizon is the elevation of the highest obstacle in each of a number of directions, seen from one point. The sun of an hour
lights the point when it stands above the horizon of its direction; diffuse light falls by the sky that is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.shading.geometry import EdgeIndex, edge_index, horizons_of_points, plane_height
from ped_geo.shading.skyview import row_horizon, sky_view

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["EdgeIndex", "edge_index", "horizons_of_points", "plane_height", "plane_horizons", "plane_points", "row_horizon", "sky_view"]

ABOVE_ROOF_M = 0.1


def plane_points(planes: gpd.GeoDataFrame, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Points spread over each plane.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    count : int
        Points per plane; fewer where the grid meets a narrow plane, never none.

    Returns
    -------
    plane : array, shape (n,)
        Row of each point's plane.
    points : array, shape (n, 3)
        Easting, northing and height above ground, just above the plane. [m]
    """
    shapes = planes.geometry.to_numpy()
    side = max(round(count**0.5), 1)
    bounds = shapely.bounds(shapes)
    steps = (np.arange(side) + 0.5) / side
    x = bounds[:, 0, None] + (bounds[:, 2] - bounds[:, 0])[:, None] * np.tile(steps, side)
    y = bounds[:, 1, None] + (bounds[:, 3] - bounds[:, 1])[:, None] * np.repeat(steps, side)
    row = np.repeat(np.arange(len(shapes)), side * side)
    xy = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(shapes)
    inside = shapely.contains_xy(shapes[row], xy[:, 0], xy[:, 1])
    bare = np.setdiff1d(np.arange(len(shapes)), row[inside])
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes[bare]))
    row = np.concatenate([row[inside], bare])
    xy = np.concatenate([xy[inside], middle])
    order = np.lexsort((xy[:, 1], xy[:, 0], row))
    row, xy = row[order], xy[order]
    height = planes["height_m"].to_numpy()[row] + _rise(planes, row, xy) + ABOVE_ROOF_M
    return row, np.column_stack([xy, height])


def _rise(planes: gpd.GeoDataFrame, row: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of points of a tilted plane above the plane's middle; downhill is the direction of its azimuth."""
    if "kind" in planes and (planes["kind"] == "facade").any():
        roof = (planes["kind"] == "roof").to_numpy()
    else:
        roof = np.ones(len(planes), dtype=bool)
    middle = shapely.get_coordinates(shapely.centroid(planes.geometry.to_numpy()))
    azimuth = np.radians(planes["surface_azimuth"].to_numpy())[row]
    slope = np.where(roof, np.tan(np.radians(np.minimum(planes["surface_tilt"].to_numpy(), 80.0))), 0.0)[row]
    step = xy - middle[row]
    return -slope * (step[:, 0] * np.sin(azimuth) + step[:, 1] * np.cos(azimuth))


def plane_horizons(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> pd.DataFrame:
    """
    Horizons of points on each plane, from the buildings around it.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    buildings : GeoDataFrame
        Layer ``buildings``, with the ring outside the district, which shades too.
    study : Study
        ``[solar] directions``, ``points_per_plane``, ``radius_m`` and ``shading``.

    Returns
    -------
    DataFrame
        One row per point: ``plane_id``, ``x_m``, ``y_m``, ``z_m`` and ``h000`` … [degrees], directions from north over east.
    """
    import pandas as pd

    count = study.solar.directions
    row, points = plane_points(planes, study.solar.points_per_plane)
    if study.solar.shading == "none":
        angles = np.zeros((len(points), count))
    else:
        own = buildings.index.get_indexer(planes["building_id"])[row]
        index = edge_index(buildings.geometry.to_numpy(), buildings["height_m"].to_numpy(dtype="float64"))
        angles = horizons_of_points(index, points, own, directions=count, radius_m=study.solar.radius_m)
    frame = pd.DataFrame(angles.astype("float32"), columns=[f"h{number:03d}" for number in range(count)])
    frame.insert(0, "plane_id", planes.index.to_numpy()[row])
    frame.insert(1, "x_m", points[:, 0])
    frame.insert(2, "y_m", points[:, 1])
    frame.insert(3, "z_m", points[:, 2])
    return frame
