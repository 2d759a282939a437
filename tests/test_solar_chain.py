"""From buildings to yield: walls take the beam in the hours that geometry says, and no obstacle ever helps."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo.roofs import module_layout, roof_planes
from ped_geo.shading import plane_horizons
from ped_geo.site import Site
from ped_geo.solar import pv_yield
from ped_geo.solar.irradiation import light_tables, point_irradiation
from ped_geo.solar.model import plane_irradiance, sun_hours
from ped_geo.solar.yields import sectors
from ped_geo.sources.climate import hourly_year
from ped_geo.study import Study

KRAKOW = Site(50.098278, 20.000472, 240.0)
WEATHER = hourly_year(KRAKOW)
HOURS = sun_hours(WEATHER, KRAKOW, albedo=0.2)
HOUSE = shapely.box(-5, -5, 5, 5)


def scene(*bodies, roof="flat"):
    """The house in the middle and bodies of given heights around it, outside the district."""
    shapes, heights = [HOUSE, *(shape for shape, _ in bodies)], [6.0, *(height for _, height in bodies)]
    frame = {
        "roof_shape": [roof, *("flat" for _ in bodies)], "roof_tags": json.dumps({}), "height_m": heights, "roof_height_m": 0.0,
        "heritage": False, "in_district": [True, *(False for _ in bodies)], "use": "house", "storeys_above_ground": 2,
        "footprint_area_m2": 100.0, "pv_existing_kwp": 0.0, "block_id": ["b", *("" for _ in bodies)],
    }  # fmt: skip
    index = pd.Index([f"way/{number}" for number in range(len(shapes))], dtype="str", name="building_id")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=2178, index=index)


def horizon(buildings, **solar):
    study = Study(name="x", solar={"points_per_plane": 1, "directions": 360, "radius_m": 5000.0, **solar})
    planes = roof_planes(buildings.iloc[:1])
    return plane_horizons(planes, buildings, study).filter(regex=r"^h\d").to_numpy()[0]


def lit(seen):
    return HOURS.elevation > seen[sectors(HOURS.azimuth, len(seen))]


WALLS = {"south": shapely.box(-3000, -31, 3000, -30), "north": shapely.box(-3000, 30, 3000, 31), "east": shapely.box(30, -3000, 31, 3000)}


@pytest.mark.parametrize(("side", "ahead"), [("south", 180.0), ("north", 0.0), ("east", 90.0)])
def test_a_long_wall_takes_the_beam_in_exactly_the_hours_that_geometry_says(side, ahead):
    height, away = 18.0 - 6.1, 30.0
    turn = np.radians(HOURS.azimuth - ahead)
    wall = np.degrees(np.arctan(height / away * np.maximum(np.cos(turn), 0.0)))
    behind = HOURS.elevation < wall
    found = ~lit(horizon(scene((WALLS[side], 18.0)))) & (HOURS.elevation > 0.0)
    # directions are a degree apart, in which the wall's height changes by less than half a degree
    clear = (np.abs(HOURS.elevation - wall) > 0.5) & (HOURS.elevation > 0.0) & (np.cos(turn) > 0.02)
    assert (found == behind)[clear].all()
    assert behind[clear].sum() > (50 if side == "north" else 400)
    assert not found[np.cos(turn) < -0.02].any()


def test_a_wall_to_the_north_takes_no_beam_from_a_south_facing_plane_and_only_sky_from_a_level_one():
    seen = horizon(scene((WALLS["north"], 18.0)))
    beam, _ = plane_irradiance(HOURS, np.array([35.0, 0.0]), np.array([180.0, 180.0]))
    lost = np.where(lit(seen)[:, None], 0.0, beam).sum(axis=0) / beam.sum(axis=0)
    assert lost[0] == 0.0
    assert lost[1] < 0.03  # the sun of midsummer rises and sets north of east and west


def test_a_wall_lowers_the_yield_by_what_it_takes_from_beam_and_sky():
    loss = {}
    for side in WALLS:
        loss[side] = 1.0 - yields(scene((WALLS[side], 18.0)))[0] / yields(scene())[0]
    assert loss["south"] > loss["east"] > loss["north"] > 0.0


def yields(buildings, **solar):
    """Annual yield of the house and its hours."""
    study = Study(name="x", solar={"points_per_plane": 4, "flat_rack": "south", "min_specific_yield_kwh_kwp_a": 0.0, **solar})
    planes = roof_planes(buildings.iloc[:1])
    horizons = plane_horizons(planes, buildings, study)
    _, table, hourly, _ = pv_yield(module_layout(planes, buildings, KRAKOW, study), planes, horizons, buildings, WEATHER, KRAKOW, study)
    return table["annual_yield_kwh_a"].iloc[0], hourly["b"].to_numpy(dtype=float)


NEIGHBOUR = st.tuples(st.floats(-60, 60), st.floats(-60, 60), st.floats(5, 25), st.floats(5, 25), st.floats(0, 25), st.floats(0.5, 20))


@settings(max_examples=12, deadline=None)
@given(st.lists(NEIGHBOUR, min_size=1, max_size=4), st.sampled_from(["flat", "gabled", "hipped"]))
def test_shade_never_helps_and_a_taller_neighbour_helps_least(neighbours, roof):
    def bodies(rise):
        boxes = [(shapely.box(x, y, x + wide, y + deep), low + rise * more) for x, y, wide, deep, low, more in neighbours]
        return [(box, height) for box, height in boxes if box.distance(HOUSE) > 1.0]

    free, free_hours = yields(scene(roof=roof))
    low, low_hours = yields(scene(*bodies(0.0), roof=roof))
    high, _ = yields(scene(*bodies(1.0), roof=roof))
    assert 0.0 <= high <= low * (1 + 1e-9)
    assert low <= free * (1 + 1e-9)
    assert (low_hours >= 0.0).all()
    # hours of blocks are straight over the sky view, so an hour may be off by a thousandth of the rated power
    assert (low_hours <= free_hours + 1e-3 * free_hours.max()).all()


@pytest.mark.parametrize("turn", [30.0, 90.0, 215.0])
@pytest.mark.parametrize("roof", ["flat", "gabled", "hipped"])
def test_turning_town_and_sun_or_moving_the_town_changes_no_light(turn, roof):
    random = np.random.default_rng(7)
    bodies = [
        (shapely.affinity.rotate(shapely.box(x, y, x + 12, y + 8), spin), high)
        for x, y, spin, high in zip(*random.uniform(-70, 60, (2, 25)), random.uniform(0, 180, 25), random.uniform(4, 30, 25), strict=True)
    ]
    bodies = [(shape, high) for shape, high in bodies if shape.distance(HOUSE) > 2.0]
    long = shapely.box(-9, -5, 9, 5)

    def light(angle, shift):
        town = scene(*bodies, roof=roof)
        town = town.set_geometry([long, *town.geometry.iloc[1:]], crs=2178)
        # clockwise, as the compass counts
        town = town.set_geometry(town.rotate(-angle, origin=(0, 0)).translate(*shift), crs=2178)
        planes = roof_planes(town.iloc[:1])
        seen = plane_horizons(planes, town, Study(name="x"))
        radians = np.radians(angle)
        east, north, up = HOURS.sun.T
        sun = np.column_stack([east * np.cos(radians) + north * np.sin(radians), north * np.cos(radians) - east * np.sin(radians), up])
        hours = replace(HOURS, sun=sun, azimuth=(HOURS.azimuth + angle) % 360.0)
        tilt, azimuth = (planes[name].to_numpy() for name in ("surface_tilt", "surface_azimuth"))
        tables = light_tables(hours, tilt, azimuth, directions=72)
        member = planes.index.get_indexer(seen["plane_id"])
        found = point_irradiation(tables, member, seen.filter(regex=r"^h\d").to_numpy(dtype=float))
        return np.sort(pd.Series(found).groupby(member).mean().to_numpy())

    still = light(0.0, (0.0, 0.0))
    assert light(0.0, (1234.5, -987.25)) == pytest.approx(still, rel=1e-6)
    assert light(turn, (0.0, 0.0)) == pytest.approx(still, rel=1e-6)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"heritage": True}, "heritage"),
        ({"use": "worship"}, "worship"),
        ({"footprint_area_m2": 5.0}, "too_small"),
        ({"geometry": shapely.box(-15, -0.6, 15, 0.6)}, "no_room"),
        ({"yield": 3_000.0}, "low_yield"),
        ({"planes": 0}, "no_roof"),
    ],
)
def test_a_roof_without_modules_says_why(changed, reason):
    buildings = scene().assign(**{key: value for key, value in changed.items() if key not in {"geometry", "yield", "planes"}})
    if "geometry" in changed:
        buildings = buildings.set_geometry([changed["geometry"]], crs=2178)
    study = Study(name="x", solar={"points_per_plane": 1, "min_specific_yield_kwh_kwp_a": changed.get("yield", 0.0)})
    planes = roof_planes(buildings).iloc[: changed.get("planes")]
    horizons = plane_horizons(planes, buildings, study)
    _, table, _, _ = pv_yield(module_layout(planes, buildings, KRAKOW, study), planes, horizons, buildings, WEATHER, KRAKOW, study)
    (found,) = table["left_out"]
    assert found == reason if reason else pd.isna(found)
    assert (table["capacity_kwp"].iloc[0] > 0) == (reason is None)
