"""What sources make of an assumption: small inputs that sit between its bounds, and what is read from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ped_geo.crs import scale_problem
from ped_geo.engine import frame_key
from ped_geo.pipeline.whereabouts import site_of
from ped_geo.plausibility import check_people
from ped_geo.site import Site
from ped_geo.sources import load_place
from ped_geo.sources._light import hour_means, light_remarks
from ped_geo.sources.citygml import _measured_shape
from ped_geo.sources.climate import hourly_year, nearest_station
from ped_geo.sources.elevation import height_remarks, measured_heights
from ped_geo.sources.weather_file import _near
from ped_geo.study import Study
from tests.sources.test_model_dialects import EAST, NORTH, UTM33, boxed, city
from tests.sources.test_raster_heights import NORTH as TOP
from tests.sources.test_raster_heights import WEST, written
from tests.test_access import build_access, buildings_of, goals_of, streets_of
from tests.test_settings_run import hamlet_place

SITE = Site(50.06, 20.0, 220.0)
FAR_NORTH = Site(64.0, 26.0, 100.0)
"""Some 450 km from the nearest station of the built-in climate."""


def climate(study: Study, folder: Path) -> Any:
    """A year of the built-in climate."""
    del folder
    return frame_key(hourly_year(SITE, assumed=study.assumed))


def station(study: Study, folder: Path) -> Any:
    """Whether a station far away stands for a place."""
    del folder
    return nearest_station(FAR_NORTH, assumed=study.assumed)["station"].iloc[0]


@cache
def _year() -> pd.DataFrame:
    return hourly_year(SITE)


def light(study: Study, folder: Path) -> Any:
    """Light of a moment early in each hour, carried to its middle."""
    del folder
    return frame_key(hour_means(_year(), SITE, light_at=0.2, air_at=0.0, assumed=study.assumed))


def altitude(study: Study, folder: Path) -> Any:
    """Where nothing else tells it."""
    del folder
    return site_of(study, hamlet_place(), pd.DataFrame()).altitude_m


def weather_of_elsewhere(study: Study, folder: Path) -> Any:
    """Remarks on a weather file from 100 km away."""
    del study, folder
    frame = pd.DataFrame()
    frame.attrs |= {"latitude": 50.96, "longitude": 20.0, "remarks": []}
    return str(_near(frame, SITE, "x.epw").attrs["remarks"])


def early_light(study: Study, folder: Path) -> Any:
    """Remarks on light whose three parts do not wholly add up."""
    del study, folder
    return str(light_remarks(_year().assign(dni=_year()["dni"] * 1.02), SITE))


def crowd(study: Study, folder: Path) -> Any:
    """Remarks on a quarter where 50,000 people live on a square kilometre."""
    del study, folder
    homes = pd.DataFrame({"in_district": [True], "residents": [6000.0], "dwellings": [3000.0]})
    scaling = pd.DataFrame(columns=["total"])
    return str(check_people(homes, hamlet_place().boundary, scaling))


def scale(study: Study, folder: Path) -> Any:
    """Whether the zone beside a place's own may be used for it."""
    del study, folder
    return scale_problem(2177, 21.5, 50.1)


def walks(study: Study, folder: Path) -> Any:
    """Walk to a stop where no street is mapped."""
    del folder
    homes = buildings_of((20, 10))
    blocks = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 50, 50)], crs=2178, index=pd.Index(["a"], name="block_id"))
    return frame_key(build_access(blocks, homes, streets_of([(0, 0), (1, 1)]).iloc[:0], goals_of(("stop", (300.0, 10.0))), study))


def _grid(roof: float, rough: float) -> np.ndarray[Any, Any]:
    """Ground that falls by 12 m over 200 m, and houses with rough roofs, one of them tiny, one low and one a tower."""
    random = np.random.default_rng(5)
    grid = 40.0 + np.linspace(0.0, 12.0, 200)[:, None] + random.uniform(0.0, rough, (200, 300))
    for (left, top, width, depth), height in zip(SHAPES, (roof, roof + 2.0, roof, 1.6, 340.0), strict=True):
        grid[top : top + depth, left : left + width] += height
    return grid


SHAPES = ((50, 138, 50, 12), (120, 138, 50, 12), (190, 138, 3, 3), (210, 138, 10, 10), (240, 60, 12, 12))
FOOTPRINTS = gpd.GeoDataFrame(
    geometry=[shapely.box(WEST + a, TOP - b - d, WEST + a + w, TOP - b) for a, b, w, d in SHAPES], crs=25833, index=list("abcde")
)


def heights(study: Study, folder: Path) -> Any:
    """Heights of houses above the ground around them, from a surface model alone."""
    path = folder / "surface.tif"
    if not path.exists():
        written(path, _grid(12.0, 3.0))
    given = study.model_copy(update={"country": "DE", "sources": study.sources.model_copy(update={"surface_model": path})})
    found = measured_heights(FOOTPRINTS, given)
    return found.metres.round(6).to_json(), found.left.to_json(), str(height_remarks(found, given))


def towers(study: Study, folder: Path) -> Any:
    """Remarks on a place whose median house is 50 m high."""
    path = folder / "towers.tif"
    if not path.exists():
        written(path, _grid(50.0, 0.1))
    given = study.model_copy(update={"country": "DE", "sources": study.sources.model_copy(update={"surface_model": path})})
    return str(height_remarks(measured_heights(FOOTPRINTS.iloc[:3], given), given))


def two_grounds(study: Study, folder: Path) -> Any:
    """A surface model whose ground lies 4 m above that of the terrain model."""
    surface, terrain = folder / "above.tif", folder / "below.tif"
    if not surface.exists():
        written(surface, _grid(12.0, 0.0) + 4.0)
        written(terrain, np.broadcast_to(40.0 + np.linspace(0.0, 12.0, 200)[:, None], (200, 300)))
    models = {"surface_model": surface, "terrain_model": terrain}
    given = study.model_copy(update={"country": "DE", "sources": study.sources.model_copy(update=models)})
    return measured_heights(FOOTPRINTS, given).metres.round(6).to_json()


def models(study: Study, folder: Path) -> Any:
    """Heights and roofs of two houses: one overlaps its model by 60 %, one is covered by its model to 87 %."""
    path = folder / "m.gml"
    if not path.exists():
        path.write_text(city(boxed(), boxed('gml:id="B1"', x=EAST + 200), srs=UTM33), encoding="utf-8")
        shapes = [shapely.box(EAST + 20, NORTH, EAST + 70, NORTH + 12), shapely.box(EAST + 200, NORTH, EAST + 257.5, NORTH + 12)]
        gpd.GeoDataFrame({"building": "yes"}, index=range(2), geometry=shapes, crs=25833).to_file(folder / "f.gpkg")
    sources = {"buildings": "footprints_file", "files": [folder / "f.gpkg"], "citygml_files": [path]}
    given = Study(name="x", title="X", country="DE", sources=sources, overrides=study.overrides)
    place = load_place(given, folder)
    return [json.loads(text) for text in place.footprints["tags"]], place.surfaces["building_id"].tolist()


def roof_shape(study: Study, folder: Path) -> Any:
    """The shape of a roof whose planes lean a little, and of one that is flat for the most part."""
    del folder

    def plane(degrees: float, width: float, left: float = 0.0) -> list[Any]:
        rise = np.tan(np.radians(degrees)) * 10.0
        return [
            np.array([[left, 0, 3], [left + width, 0, 3], [left + width, 10, 3 + rise], [left, 10, 3 + rise], [left, 0, 3]], dtype=float)
        ]

    leaning = [[plane(degrees, 10.0)] for degrees in (7.0, 12.0)]
    mixed = [[plane(0.0, 10.0 * flat), plane(40.0, 10.0 * (1 - flat), 20.0)] for flat in (0.7, 0.92)]
    return [_measured_shape(roofs, study.assumed) for roofs in (*leaning, *mixed)]


OF_SOURCES: dict[str, Callable[[Study, Path], Any]] = {
    **{f"climate.{key}": climate for key in ("clearness_autocorrelation", "temperature_autocorrelation", "clearness_limit")},
    **{f"climate.{key}": climate for key in ("daily_range_spread", "wind_speed_city", "wind_autocorrelation")},
    **{f"climate.{key}_{part}": climate for key in ("daily_spread", "daily_skew", "sun_and_warmth") for part in ("winter", "summer")},
    "climate.max_station_distance": station,
    "climate.linke_turbidity": light,
    "climate.altitude": altitude,
    "access.detour": walks,
    **{f"elevation.{key}": heights for key in ("height_percentile", "ground_percentile", "ground_ring", "edge", "min_pixels")},
    **{f"elevation.{key}": heights for key in ("min_height", "max_height")},
    "elevation.median_height_max": towers,
    "elevation.ground_gap": two_grounds,
    "elevation.join_overlap": models,
    "elevation.join_cover": models,
    "elevation.flat_roof_tilt": roof_shape,
    "elevation.flat_roof_share": roof_shape,
    "check.weather_distance": weather_of_elsewhere,
    "check.weather_reach": weather_of_elsewhere,
    "check.light_gap": early_light,
    "check.map_scale": scale,
    "check.quarter_area": crowd,
}
"""Calculations that read an assumption before the first step."""
