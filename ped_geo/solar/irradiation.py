"""
Irradiation of a year on planes and on every pixel of a place.

Light is linear: what reaches a plane is the beam of the hours when the sun stands above the horizon of its direction, the sky
that the horizons leave free, and the ground's reflection. For each class of planes and each direction, both are tabled once
over the height of the horizon; a point or a pixel then costs two look-ups a direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.shading.scene import HILL_STEP, Surroundings, build_scene
from ped_geo.shading.skyview import free_sky
from ped_geo.shading.surface import NOTHING, Surface, blank, drawn_surface, pixels_within, surface_horizons, sweep
from ped_geo.site import Site
from ped_geo.solar.model import PlaneLight, SunHours, sun_hours
from ped_geo.solar.yields import sectors
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "LightTables",
    "irradiation_map",
    "irradiation_pixels",
    "irradiation_surface",
    "light_tables",
    "plane_irradiation",
    "point_irradiation",
]

STEPS = 512
TILT_STEP, AZIMUTH_STEP = 5.0, 10.0
MAP_DIRECTIONS = 36
MARGIN_M = 25.0


@dataclass(frozen=True)
class LightTables:
    """
    A year's light on classes of planes, by direction and height of the horizon.

    Attributes
    ----------
    beam : array, shape (n_classes, n_directions, STEPS + 1)
        Beam and light around the sun. [kWh/m²]
    sky : array, shape (n_classes, n_directions, STEPS + 1)
        Share of the plane's sky; without horizons the sum over directions is 1.
    diffuse : array, shape (n_classes,)
        From the whole sky. [kWh/m²]
    ground : array, shape (n_classes,)
        Reflected by the ground. [kWh/m²]
    """

    beam: Array
    sky: Array
    diffuse: Array
    ground: Array


def light_tables(hours: SunHours, tilt: Array, azimuth: Array, *, directions: int) -> LightTables:
    """
    Table the light on classes of planes.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    tilt, azimuth : array, shape (n,)
        Of the classes, degrees.
    directions : int
        Of the horizons, from north over east.
    """
    light = PlaneLight.on(hours, tilt, azimuth)
    dark, ground = light.diffuse(lit=False), light.ground.sum(axis=0) / 1000.0
    with_sun = (light.beam + light.diffuse() - dark).T / 1000.0
    x = np.linspace(0.0, 1.0, STEPS + 1)
    elevation = np.degrees(np.arctan2(x, 1.0 - x))
    sector = sectors(hours.azimuth, directions)
    beam = np.zeros((len(tilt), directions, STEPS + 1))
    for number in range(directions):
        mine = np.flatnonzero(sector == number)
        mine = mine[np.argsort(hours.elevation[mine])]
        sums = np.concatenate([np.zeros((len(tilt), 1)), np.cumsum(with_sun[:, mine], axis=1)], axis=1)
        beam[:, number] = sums[:, -1:] - sums[:, np.searchsorted(hours.elevation[mine], elevation, side="right")]
    return LightTables(beam, free_sky(elevation, tilt, azimuth, directions), dark.sum(axis=0) / 1000.0 - ground, ground)


def point_irradiation(tables: LightTables, member: NDArray[np.int64], horizon: Array) -> Array:
    """
    Irradiation of a year at points.

    Parameters
    ----------
    tables : LightTables
        Of the classes.
    member : array of int, shape (n,)
        Class of each point.
    horizon : array, shape (n, n_directions)
        Degrees.

    Returns
    -------
    array, shape (n,)
        kWh/m².
    """
    tangent = np.tan(np.radians(np.minimum(horizon, 89.99)))
    at = tangent / (1.0 + tangent) * STEPS
    step = np.minimum(at.astype(np.int64), STEPS - 1)
    weight = at - step
    number = np.arange(horizon.shape[1])[None, :]
    beam, sky = (
        (table[member[:, None], number, step] * (1.0 - weight) + table[member[:, None], number, step + 1] * weight).sum(axis=1)
        for table in (tables.beam, tables.sky)
    )
    return np.asarray(beam + tables.diffuse[member] * sky + tables.ground[member])


def plane_irradiation(planes: gpd.GeoDataFrame, horizons: pd.DataFrame, weather: pd.DataFrame, site: Site, *, albedo: float) -> pd.Series:
    """
    Irradiation of a year on each plane, the mean of its points.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    horizons : DataFrame
        From `ped_geo.shading.plane_horizons`.
    weather : DataFrame
        Hour means.
    site : Site
        Where.
    albedo : float
        Share of light that the ground reflects.

    Returns
    -------
    Series
        kWh/m² of the plane's own area, by plane.
    """
    import pandas as pd

    angles = horizons.filter(regex=r"^h\d{3}$").to_numpy(dtype="float64")
    row = planes.index.get_indexer(horizons["plane_id"])
    tilt, azimuth = (planes[name].to_numpy(dtype="float64") for name in ("surface_tilt", "surface_azimuth"))
    classes, member = np.unique(np.column_stack([tilt, azimuth]).round(), axis=0, return_inverse=True)
    found = np.empty(len(row))
    hours = sun_hours(weather, site, albedo=albedo)
    batch = 64
    for first in range(0, len(classes), batch):
        tables = light_tables(hours, *classes[first : first + batch].T, directions=angles.shape[1])
        of_point = member.ravel()[row] - first
        mine = (of_point >= 0) & (of_point < batch)
        found[mine] = point_irradiation(tables, of_point[mine], angles[mine])
    return pd.Series(found).groupby(horizons["plane_id"].to_numpy()).mean().reindex(planes.index).rename("irradiation_kwh_m2a")


def irradiation_map(
    planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    site: Site,
    study: Study,
    around: Surroundings | None = None,
) -> Surface:
    """
    Irradiation of a year on roofs and ground around them.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    buildings : GeoDataFrame
        Layer ``buildings``, with the ring outside the district, which shades too.
    weather : DataFrame
        Hour means.
    site : Site
        Where.
    study : Study
        ``[solar] raster_m`` and ``radius_m``; the pixel grows where a place has more pixels than ``pv.map_pixels``.
    around : Surroundings, optional
        Surface model; by default a surface is drawn of terrain, roofs and trees. Hills shade as they are seen from the middle.

    Returns
    -------
    Surface
        kWh/m² of the roof's own area, and of level ground between; below zero where the surface is unknown. Its extent is that of
        the district's buildings and a margin.
    """
    from ped_geo.solar._light_kernels import add_light

    around = around or Surroundings()
    most = study.assumed("pv.map_pixels")
    drawn = around.surface.coarser(most) if around.surface is not None else _drawn(planes, buildings, study, around)
    far = _far_horizon(drawn, around.hills, study)
    tilt, azimuth, member = _classes_of_pixels(planes[planes["kind"] == "roof"], drawn)
    hours = sun_hours(weather, site, albedo=study.assumed("climate.albedo"))
    tables = light_tables(hours, tilt, azimuth, directions=MAP_DIRECTIONS)
    beam, sky = np.zeros(drawn.values.shape, np.float32), np.zeros(drawn.values.shape, np.float32)
    for number, tangent in enumerate(sweep(drawn, MAP_DIRECTIONS)):
        from_sun, from_sky = (np.ascontiguousarray(table[:, number], dtype=np.float32) for table in (tables.beam, tables.sky))
        seen = np.maximum(tangent, far[number]) if far[number] > 0.0 else tangent
        add_light(np.ascontiguousarray(seen), member, from_sun, from_sky, STEPS, beam, sky)
    light = beam + sky * tables.diffuse.astype(np.float32)[member] + tables.ground.astype(np.float32)[member]
    light[drawn.values <= NOTHING] = NOTHING
    return _cropped(replace(drawn, values=light), planes.total_bounds + MARGIN_M * np.array([-1.0, -1.0, 1.0, 1.0]))


def irradiation_pixels(light: Surface | None) -> pd.DataFrame:
    """
    A surface as a layer: ``irradiation_kwh_m2a`` of its pixels row by row, north first, and where they lie in the attributes.

    Examples
    --------
    >>> surface = Surface(np.array([[900.0, 1000.0]], dtype=np.float32), west=10.0, north=5.0, pixel_m=0.5)
    >>> irradiation_surface(irradiation_pixels(surface)).values.tolist()
    [[900.0, 1000.0]]
    """
    import pandas as pd

    if light is None:
        return pd.DataFrame({"irradiation_kwh_m2a": np.empty(0, np.float32)})
    frame = pd.DataFrame({"irradiation_kwh_m2a": light.values.ravel()})
    frame.attrs = {
        "columns": light.values.shape[1],
        "west": float(light.west),
        "north": float(light.north),
        "pixel_m": float(light.pixel_m),
    }
    return frame


def irradiation_surface(pixels: pd.DataFrame) -> Surface | None:
    """The surface that `irradiation_pixels` made a layer of; None if there was none."""
    if not len(pixels):
        return None
    values = pixels["irradiation_kwh_m2a"].to_numpy().reshape(-1, pixels.attrs["columns"])
    return Surface(values, *(pixels.attrs[name] for name in ("west", "north", "pixel_m")))


def _far_horizon(drawn: Surface, hills: Surface | None, study: Study) -> NDArray[np.float32]:
    """Tangent of the hills' elevation per direction, seen from the middle of a surface over what lies beyond the buildings' radius."""
    if hills is None:
        return np.zeros(MAP_DIRECTIONS, dtype=np.float32)
    rows, columns = drawn.values.shape
    middle = np.array([[drawn.west + columns / 2.0 * drawn.pixel_m, drawn.north - rows / 2.0 * drawn.pixel_m]])
    height = np.nan_to_num(hills.at(middle), nan=float("inf"))
    x, y = hills.middles()
    near = np.hypot(x[None, :] - middle[0, 0], y[:, None] - middle[0, 1]) < study.solar.radius_m
    beyond = replace(hills, values=np.where(near, NOTHING, hills.values))
    reach = float(np.hypot(*hills.values.shape)) * hills.pixel_m
    seen = surface_horizons(beyond, np.column_stack([middle, height]), directions=MAP_DIRECTIONS, radius_m=reach, growth=HILL_STEP)
    return np.tan(np.radians(seen[0])).astype(np.float32)


def _drawn(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study, around: Surroundings) -> Surface:
    """Terrain, roofs and trees on pixels, as coarse as `pv.map_pixels` asks."""
    west, south, east, north = planes.total_bounds
    radius = study.solar.radius_m
    bounds = (west - radius, south - radius, east + radius, north + radius)
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    pixel = max(study.solar.raster_m, float(np.ceil(np.sqrt(area / study.assumed("pv.map_pixels")) * 2.0) / 2.0))
    exact = study.model_copy(update={"solar": study.solar.model_copy(update={"shading": "exact"})})
    bodies = build_scene(planes, buildings, exact, around).bodies
    ground = blank(bounds, pixel)
    if around.terrain is not None:
        ground = replace(ground, values=_sampled(around.terrain, ground))
    return drawn_surface(bodies.shapes, bodies.height_m, bodies.tilt, bodies.azimuth, ground)


def _sampled(terrain: Surface, grid: Surface) -> NDArray[np.float32]:
    """Heights of the terrain at the pixels of another grid; the usual height where it is unknown."""
    found = terrain.at(np.column_stack([part.ravel() for part in np.meshgrid(*grid.middles())])).reshape(grid.values.shape)
    known = np.isfinite(found)
    return np.where(known, found, np.median(found[known]) if known.any() else 0.0).astype(np.float32)


def _classes_of_pixels(roofs: gpd.GeoDataFrame, surface: Surface) -> tuple[Array, Array, NDArray[np.int32]]:
    """Tilts and azimuths of the classes, and the class of each pixel; the first class is level."""
    tilt = np.round(roofs["surface_tilt"].to_numpy() / TILT_STEP) * TILT_STEP
    azimuth = np.where(tilt > 0, np.round(roofs["surface_azimuth"].to_numpy() / AZIMUTH_STEP) * AZIMUTH_STEP % 360.0, 0.0)
    pairs = np.vstack([np.zeros((1, 2)), np.column_stack([tilt, azimuth])])
    classes, member = np.unique(pairs, axis=0, return_inverse=True)
    of_pixel = np.full(surface.values.shape, member.ravel()[0], dtype=np.int32)
    for shape, row, column in pixels_within(roofs.geometry.to_numpy(), surface):
        of_pixel[row, column] = member.ravel()[1:][shape]
    return classes[:, 0], classes[:, 1], of_pixel


def _cropped(surface: Surface, bounds: Array) -> Surface:
    """The part within bounds (west, south, east, north)."""
    low = np.floor(surface.places(np.array([[bounds[0], bounds[3]]])))[0].astype(int)
    high = np.ceil(surface.places(np.array([[bounds[2], bounds[1]]])))[0].astype(int)
    left, top = np.maximum(low, 0)
    values = np.ascontiguousarray(surface.values[top : high[1], left : high[0]])
    return Surface(values, surface.west + left * surface.pixel_m, surface.north - top * surface.pixel_m, surface.pixel_m)
