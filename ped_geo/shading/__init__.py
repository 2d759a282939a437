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
from ped_geo.shading.scene import Scene, Surroundings, build_scene
from ped_geo.shading.skyview import row_horizon, sky_view
from ped_geo.shading.surface import Surface, drawn_surface, owners, surface_horizons, sweep
from ped_geo.shading.trees import tree_crowns

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = [
    "EdgeIndex",
    "Scene",
    "Surface",
    "Surroundings",
    "build_scene",
    "drawn_surface",
    "edge_index",
    "horizons_of_points",
    "owners",
    "plane_height",
    "plane_horizons",
    "plane_points",
    "row_horizon",
    "sky_view",
    "surface_horizons",
    "sweep",
    "tree_crowns",
]

ABOVE_ROOF_M = 0.1
# a pixel is drawn as building when its middle lies within, so a wall stands at most half a diagonal too far out
HALF_DIAGONAL = 0.5**0.5


def plane_points(planes: gpd.GeoDataFrame, count: int, *, foot_m: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Points spread over each plane.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    count : int
        Points per plane; fewer where the grid meets a narrow plane, never none.
    foot_m : float
        Where the modules of façades begin. [m above ground]

    Returns
    -------
    plane : array, shape (n,)
        Row of each point's plane.
    points : array, shape (n, 3)
        Easting, northing and height above ground, just above the plane. [m]
    """
    side = max(round(count**0.5), 1)
    facade = (planes["kind"] == "facade").to_numpy()
    rows, points = [], []
    for part, spread in ((np.flatnonzero(~facade), _over_roofs), (np.flatnonzero(facade), _over_walls)):
        if len(part):
            row, found = spread(planes.iloc[part], side, foot_m)
            rows.append(part[row])
            points.append(found)
    row, all_points = np.concatenate([*rows, np.zeros(0, dtype=np.int64)]), np.concatenate([*points, np.zeros((0, 3))])
    order = np.argsort(row, kind="stable")
    return row[order], all_points[order]


def _over_roofs(planes: gpd.GeoDataFrame, side: int, _foot_m: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A grid over each plane in its own axes, as far as it lies within; else one point within."""
    shapes = planes.geometry.to_numpy()
    turn = _axis(planes)
    cosine, sine = np.cos(turn), np.sin(turn)
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    u, v = corners[:, 0] * cosine[of] + corners[:, 1] * sine[of], corners[:, 1] * cosine[of] - corners[:, 0] * sine[of]
    first = np.searchsorted(of, np.arange(len(shapes)))
    steps = (np.arange(side) + 0.5) / side
    u, v = (
        low[:, None] + (high - low)[:, None] * share
        for low, high, share in (
            (np.minimum.reduceat(u, first), np.maximum.reduceat(u, first), np.tile(steps, side)),
            (np.minimum.reduceat(v, first), np.maximum.reduceat(v, first), np.repeat(steps, side)),
        )
    )
    x, y = u * cosine[:, None] - v * sine[:, None], u * sine[:, None] + v * cosine[:, None]
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
    height, tilt, azimuth = (planes[name].to_numpy(dtype="float64")[row] for name in ("height_m", "surface_tilt", "surface_azimuth"))
    centre = shapely.get_coordinates(shapely.centroid(shapes))[row]
    return row, np.column_stack([xy, plane_height(xy, centre, height, tilt, azimuth) + ABOVE_ROOF_M])


def _axis(planes: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Angle of each plane's axis against the east: level along a slope, along the longer side of a flat roof; radians."""
    flat = (planes["surface_tilt"] == 0.0).to_numpy()
    turn = np.radians(-planes["surface_azimuth"].to_numpy(dtype="float64"))
    box, row = shapely.get_coordinates(shapely.minimum_rotated_rectangle(planes.geometry.to_numpy()[flat]), return_index=True)
    first = np.searchsorted(row, np.arange(int(flat.sum())))
    one, two = box[first + 1] - box[first], box[first + 2] - box[first + 1]
    longer = np.where((np.hypot(*one.T) >= np.hypot(*two.T))[:, None], one, two)
    turn[flat] = np.arctan2(longer[:, 1], longer[:, 0])
    return turn


def _over_walls(planes: gpd.GeoDataFrame, side: int, foot_m: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Points along the strip of each façade and up from its foot, as far above the middle as below."""
    corners = shapely.get_coordinates(planes.geometry.to_numpy()).reshape(len(planes), -1, 2)
    start, end = (corners[:, 0] + corners[:, 1]) / 2.0, (corners[:, 3] + corners[:, 2]) / 2.0
    steps = (np.arange(side) + 0.5) / side
    along, up = np.tile(steps, side), np.repeat(steps, side)
    xy = start[:, None, :] + (end - start)[:, None, :] * along[None, :, None]
    high = 2.0 * (planes["height_m"].to_numpy(dtype="float64") - foot_m)
    z = foot_m + high[:, None] * up[None, :]
    return np.repeat(np.arange(len(planes)), side * side), np.column_stack([xy.reshape(-1, 2), z.ravel()])


def plane_horizons(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study, around: Surroundings | None = None) -> pd.DataFrame:
    """
    Horizons of points on each plane, from buildings, terrain and trees around it.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``; those of the ring only shade.
    buildings : GeoDataFrame
        Layer ``buildings``, with the ring outside the district, which shades too.
    study : Study
        ``[solar] shading``: ``exact`` from the roof planes' edges, ``raster`` from the surface, or from one that is drawn of the
        roof planes, ``none``; ``directions``, ``points_per_plane``, ``radius_m`` and ``raster_m``.
    around : Surroundings, optional
        Surface model: with ``exact`` it adds what is no building. Terrain: buildings stand on it, and it shades as far as it
        reaches, as hills do. Trees of the map.

    Returns
    -------
    DataFrame
        One row per point: ``plane_id``, ``x_m``, ``y_m``, ``z_m`` and ``h000`` … [degrees], directions from north over east.
    """
    import pandas as pd

    count = study.solar.directions
    asked = np.flatnonzero(buildings["in_district"].reindex(planes["building_id"]).to_numpy(dtype=bool))
    row, points = plane_points(planes.iloc[asked], study.solar.points_per_plane, foot_m=study.solar.facade_min_height_m)
    row = asked[row]
    if study.solar.shading == "none" or not len(points):
        angles = np.zeros((len(points), count))
    else:
        scene = build_scene(planes, buildings, study, around)
        angles = _seen(scene, planes, row, points, study)
    frame = pd.DataFrame(angles.astype("float32"), columns=[f"h{number:03d}" for number in range(count)])
    frame.insert(0, "plane_id", planes.index.to_numpy()[row])
    frame.insert(1, "x_m", points[:, 0])
    frame.insert(2, "y_m", points[:, 1])
    frame.insert(3, "z_m", points[:, 2])
    return frame


def _seen(scene: Scene, planes: gpd.GeoDataFrame, row: NDArray[np.int64], points: NDArray[np.float64], study: Study) -> NDArray[np.float64]:
    """Highest of what buildings, surface and hills make of the horizon."""
    count, radius = study.solar.directions, study.solar.radius_m
    building = scene.buildings.get_indexer(planes["building_id"])[row]
    above_datum = points + np.column_stack([np.zeros((len(points), 2)), scene.ground_m[building]])
    # façades and measured roofs are shaded by their own building too; an inferred roof is not trusted that far
    facade = (planes["kind"] == "facade").to_numpy()[row]
    trusted = facade | (planes["source"] == "lod2").to_numpy()[row]
    own = np.where(trusted, -1, building)
    if study.solar.shading == "exact":
        angles = horizons_of_points(scene.edges, above_datum, own, directions=count, radius_m=radius)
    else:
        angles = np.zeros((len(points), count))
        azimuth = np.radians(planes["surface_azimuth"].to_numpy(dtype="float64")[row])
        out = np.where(facade, HALF_DIAGONAL * study.solar.raster_m, 0.0)[:, None]
        above_datum[:, :2] += out * np.column_stack([np.sin(azimuth), np.cos(azimuth)])
    for layer, reach, growth, owner in scene.surfaces(radius):
        seen = surface_horizons(layer, above_datum, directions=count, radius_m=reach, own=own, owner=owner, growth=growth)
        angles = np.maximum(angles, seen)
    return angles
