"""Arrays that are there today: on the sunniest plane, in every variant of the balance, and never counted twice."""

from __future__ import annotations

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.balance import block_flows, group_flows
from ped_geo.roofs import module_layout, roof_planes
from ped_geo.shading import plane_horizons
from ped_geo.site import Site
from ped_geo.solar import pv_yield
from ped_geo.solar.existing import existing_arrays
from ped_geo.solar.model import sun_hours
from ped_geo.sources.climate import hourly_year
from ped_geo.study import Study
from tests.toy_district import toy_inputs, toy_study

KRAKOW = Site(50.098278, 20.000472, 240.0)
STUDY = Study(name="x")


@pytest.fixture(scope="module")
def weather():
    return hourly_year(KRAKOW)


def houses(roofs, existing):
    """Houses of 20 m by 10 m in a row far apart, with roof shapes and power on the roof today."""
    shapes = [shapely.box(300.0 * number, 0, 300.0 * number + 20, 10) for number in range(len(roofs))]
    frame = {
        "roof_shape": roofs, "roof_tags": json.dumps({}), "height_m": 9.0, "roof_height_m": 0.0, "heritage": False, "in_district": True,
        "use": "house", "storeys_above_ground": 2, "footprint_area_m2": 200.0, "pv_existing_kwp": existing,
        "block_id": [f"b{number}" for number in range(len(roofs))],
    }  # fmt: skip
    index = pd.Index([f"way/{number}" for number in range(len(roofs))], dtype="str", name="building_id")
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=2178, index=index)


def yields(buildings, weather):
    planes = roof_planes(buildings)
    horizons = plane_horizons(planes, buildings, STUDY)
    return pv_yield(module_layout(planes, buildings, KRAKOW, STUDY), planes, horizons, buildings, weather, KRAKOW, STUDY)


def test_an_existing_array_lies_on_the_sunniest_plane(weather):
    buildings = houses(["gabled", "flat", "hipped", "gabled"], [5.0, 8.0, 3.0, 0.0])
    found = existing_arrays(roof_planes(buildings), buildings, sun_hours(weather, KRAKOW, albedo=0.2), STUDY)
    assert found["building_id"].tolist() == ["way/0", "way/1", "way/2"]
    assert found["surface_azimuth"].tolist() == pytest.approx([180.0] * 3)
    assert found["surface_tilt"].tolist() == pytest.approx([35.0, STUDY.solar.flat_tilt, 30.0])
    assert found["capacity_kwp"].tolist() == [5.0, 8.0, 3.0]


def test_south_of_the_equator_arrays_of_today_face_north(weather):
    """Kraków's year put half a year away: the sun at noon stands in the north."""
    sydney = Site(-KRAKOW.latitude, KRAKOW.longitude, KRAKOW.altitude_m)
    turned = pd.DataFrame(np.roll(weather.to_numpy(), 182 * 24, axis=0), index=weather.index, columns=weather.columns)
    buildings = houses(["gabled", "flat"], [5.0, 8.0])
    hours = sun_hours(turned, sydney, albedo=0.2)
    found = existing_arrays(roof_planes(buildings), buildings, hours, STUDY, sydney.equator_azimuth)
    assert found["surface_azimuth"].tolist() == pytest.approx([0.0, 0.0])


def test_its_yield_is_that_of_a_new_array_on_the_same_plane(weather):
    arrays, table, new, today = yields(houses(["gabled", "gabled"], [4.0, 0.0]), weather)
    south = arrays[(arrays["building_id"] == "way/1") & (arrays["surface_azimuth"].round() == 180)]["specific_yield_kwh_kwp_a"].iloc[0]
    assert table["existing_yield_kwh_a"].tolist() == pytest.approx([4.0 * south, 0.0], rel=1e-6)
    assert today.columns.tolist() == ["b0"]
    assert today["b0"].sum() == pytest.approx(4.0 * south, rel=2e-3)
    assert new.columns.tolist() == ["b0", "b1"]


@pytest.mark.parametrize(("roof", "power"), [("flat", 12.0), ("gabled", 6.0), ("hipped", 3.0)])
def test_existing_arrays_take_the_room_of_new_ones(roof, power):
    buildings = houses([roof, roof], [power, 0.0])
    fits = module_layout(roof_planes(buildings), buildings, KRAKOW, STUDY).groupby("building_id")["capacity_kwp"].sum()
    # whole modules on either side of every row
    assert fits["way/0"] + power == pytest.approx(fits["way/1"], abs=2 * 0.45)


def test_existing_arrays_take_the_south_side_first():
    buildings = houses(["gabled", "gabled"], [6.0, 0.0])
    planes = roof_planes(buildings)
    arrays = module_layout(planes, buildings, KRAKOW, STUDY)
    by_side = arrays.set_index([arrays["building_id"], arrays["surface_azimuth"].round()])["capacity_kwp"]
    assert by_side["way/0", 0.0] == by_side["way/1", 0.0]
    assert by_side["way/0", 180.0] == pytest.approx(by_side["way/1", 180.0] - 6.0, abs=0.45)


def test_a_roof_full_of_existing_arrays_gets_no_new_ones():
    buildings = houses(["flat"], [200.0])
    assert module_layout(roof_planes(buildings), buildings, KRAKOW, STUDY).empty


def test_a_place_without_existing_arrays_has_none_in_any_hour(weather):
    _, table, new, today = yields(houses(["flat"], [0.0]), weather)
    assert table["existing_yield_kwh_a"].tolist() == [0.0]
    assert today.shape == (8760, 0)
    assert (today.index == new.index).all()


def with_today(inputs, kwh):
    shape = inputs.pv_hourly[["b1"]] / inputs.pv_hourly["b1"].sum()
    return replace(inputs, pv_existing_hourly=shape * kwh)


def test_existing_arrays_are_in_every_variant_and_new_ones_come_on_top():
    study, plain = toy_study(), toy_inputs()
    before, after = (block_flows(inputs, study)["pv_kwh_a"].unstack("variant") for inputs in (plain, with_today(plain, 7_000.0)))
    added = after - before
    assert added.loc["b1"].to_numpy() == pytest.approx(7_000.0)
    assert added.drop(index="b1").to_numpy() == pytest.approx(0.0)
    assert after.loc["b1", "today"] == pytest.approx(7_000.0)
    assert after.loc["b1", "today_pv"] == pytest.approx(67_000.0)


def test_a_group_has_the_existing_arrays_of_its_blocks():
    study, inputs = toy_study(), with_today(toy_inputs(), 7_000.0)
    for key, new in (("today", 0.0), ("today_pv", 120_000.0)):
        flows = group_flows(inputs, study, dict.fromkeys(("b1", "b2", "b3"), key))
        assert flows["pv_kwh_a"].sum() == pytest.approx(7_000.0 + new, rel=1e-6)
    apart = group_flows(inputs, study, {"b2": "today", "b3": "today"})
    assert apart["pv_kwh_a"].sum() == 0.0


def test_existing_arrays_save_what_they_make_and_export_the_rest():
    study, plain = toy_study(), toy_inputs()
    before, after = (block_flows(inputs, study).loc[("b1", "today")] for inputs in (plain, with_today(plain, 7_000.0)))
    saved = before["electricity_delivered_kwh_a"] - after["electricity_delivered_kwh_a"]
    assert saved + after["electricity_exported_kwh_a"] == pytest.approx(7_000.0, rel=1e-6)
    assert np.isclose(after["pv_used_kwh_a"], saved)
