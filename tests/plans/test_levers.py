"""What is possible where: rules for single blocks, each seen from both sides of its limit."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from ped_geo import schema
from ped_geo.networks.reach import network_distance_m
from ped_geo.plans.heat_sources import sewage_works
from ped_geo.plans.levers import LEVERS, levers
from ped_geo.study import Study

STUDY = Study(name="x")


def make_place(*, distance=50.0, heritage=False, load=100.0, parking=0.0, roof=20.0):
    """Block a, whose one house of 10 m by 20 m is on the network, and block b, `distance` east of that house, heated by gas."""
    east = 20.0 + distance
    blocks = gpd.GeoDataFrame(
        {"area_m2": [2_000.0] * 2, "footprint_area_m2": [200.0] * 2, "parking_area_m2": [0.0, parking], "reference_area_m2": [800.0] * 2},
        geometry=[box(-20, -20, 20, 30), box(east, -20, east + 40, 30)],
        index=pd.Index(["a", "b"], name="block_id"),
        crs="EPSG:2178",
    )
    houses = gpd.GeoDataFrame(
        {
            "block_id": ["a", "b"],
            "heat_supply": ["district_heat", "gas"],
            "heritage": [False, heritage],
            "reference_area_m2": [800.0, 800.0],
        },
        geometry=[box(10, 0, 20, 20), box(east + 5, 0, east + 15, 20)],
        index=pd.Index(["h1", "h2"], name="building_id"),
        crs="EPSG:2178",
    )
    index = pd.MultiIndex.from_product([houses.index, ["existing", "near_zero"]], names=["building_id", "package"])
    need = pd.DataFrame({"heat_load_kw": [load * 2, load] * 2}, index=index)
    index = pd.MultiIndex.from_tuples([("h1", "facade"), ("h2", "canopy")], names=["building_id", "place"])
    roofs = pd.DataFrame({"capacity_kwp": [30.0, roof], "existing_kwp": 0.0}, index=houses.index)
    return houses, blocks, need, pd.DataFrame({"capacity_kwp": [7.0, 9.0]}, index=index), roofs, make_reach(houses, blocks), []


def make_reach(houses, blocks, answers=("connected", "dense")):
    """Layer ``heat_reach`` with the same answer in each package of the study."""
    packages = sorted({variant.package for variant in STUDY.variants})
    index = pd.MultiIndex.from_product([blocks.index, packages], names=["block_id", "package"])
    told = dict(zip(blocks.index, answers, strict=True))
    far = network_distance_m(houses, blocks)
    density = {"connected": 3.0, "dense": 2.0, "too_loose": 1.0}
    rows = {
        "reach": [told[block] for block, _ in index],
        "linear_density_mwh_m_a": [density[told[block]] for block, _ in index],
        "network_distance_m": [far[block] for block, _ in index],
    }
    return pd.DataFrame(rows, index=index)


def answer(lever, block="b", **place):
    table = levers(*make_place(**place), STUDY)
    schema.check_layer("levers", table)
    return table.loc[(block, lever)]


def test_each_block_has_an_answer_on_each_lever():
    table = levers(*make_place(), STUDY)
    assert set(table.index) == {(block, lever) for block in "ab" for lever in LEVERS}


@pytest.mark.parametrize(("metres", "near"), [(0.0, True), (99.0, True), (101.0, False)])
def test_a_block_is_on_the_network_within_reach_of_a_connected_house_and_burns_wood_beyond(metres, near):
    network, wood = answer("district_heat_decarbonised", distance=metres), answer("biomass", distance=metres)
    assert network["possible"] == near
    assert wood["possible"] == (not near)
    assert network["network_distance_m"] == pytest.approx(metres)
    assert (pd.isna(network["reason"]), pd.isna(wood["reason"])) == (near, not near)


def test_without_any_house_on_a_network_none_is_in_reach():
    houses, blocks, *rest, _, works = make_place()
    gas = houses.assign(heat_supply="gas")
    table = levers(gas, blocks, *rest, make_reach(gas, blocks, ("dense", "dense")), works, STUDY)
    assert not table.xs("district_heat_decarbonised", level="lever")["possible"].any()
    assert table.xs("biomass", level="lever")["possible"].all()


def test_no_outdoor_unit_is_put_up_where_all_is_protected():
    assert answer("heat_pump_air", heritage=True)["reason"] == "protected"
    assert answer("heat_pump_air", heritage=False)["possible"]


def test_boreholes_need_their_ground_after_the_deepest_package():
    """1,800 m² of open ground, 40 % of it to be drilled, at 0.14 kW a square metre: 100.8 kW of heat."""
    assert answer("heat_pump_ground", load=100.7)["possible"]
    assert answer("heat_pump_ground", load=100.9)["reason"] == "no_ground"
    # a car park of 900 m² halves it
    assert answer("heat_pump_ground", load=100.7, parking=900.0)["reason"] == "no_ground"
    assert answer("heat_pump_ground", load=50.0, parking=900.0)["possible"]


def test_what_no_map_shows_is_neither_possible_nor_impossible():
    row = answer("waste_water_heat")
    assert pd.isna(row["possible"])
    assert row["reason"] == "not_mapped"


def test_modules_stand_where_walls_and_car_parks_have_room():
    assert answer("facade", "a")["possible"]
    assert answer("facade", "b")["reason"] == "no_wall"
    assert answer("canopy", "a")["reason"] == "no_car_park"
    assert answer("canopy", "b")["modules_kwp"] == pytest.approx(9.0)


def test_a_battery_asks_for_modules_and_a_heat_store_for_heat_pumps():
    """20 kWp carry a battery of 20 kWh; 50 kW of heat for two hours are 100 kWh, wherever pumps stand: outdoors or in boreholes."""
    assert answer("battery")["storage_kwh"] == pytest.approx(20.0)
    assert answer("battery", roof=0.0)["reason"] == "no_modules"
    assert answer("heat_store", load=50.0)["storage_kwh"] == pytest.approx(100.0)
    assert answer("heat_store", load=50.0, heritage=True)["possible"]
    assert answer("heat_store", load=500.0)["possible"]
    assert answer("heat_store", load=500.0, heritage=True)["reason"] == "no_heat_pump"


def test_boreholes_carry_the_load_of_the_package_that_a_variant_gives_them():
    """At 100.7 kW after the package of the variant they fit, at 100.9 they do not, whatever a deeper package would need."""
    study = Study.model_validate({"name": "x", "variants": [{"key": "g", "package": "usual", "supply": "heat_pump_ground"}]})
    for load, fits in ((100.7, True), (100.9, False)):
        houses, blocks, _, places, roofs, reach, works = make_place()
        index = pd.MultiIndex.from_product([houses.index, ["existing", "near_zero", "usual"]], names=["building_id", "package"])
        need = pd.DataFrame({"heat_load_kw": [200.0, 1.0, 1.0, 200.0, 1.0, load]}, index=index)
        assert levers(houses, blocks, need, places, roofs, reach, works, study).loc[("b", "heat_pump_ground"), "possible"] == fits


def test_a_block_beside_the_network_with_too_little_heat_for_its_trenches_is_not_joined():
    houses, blocks, *rest, _, works = make_place()
    table = levers(houses, blocks, *rest, make_reach(houses, blocks, ("connected", "too_loose")), works, STUDY)
    schema.check_layer("levers", table)
    row = table.loc[("b", "district_heat_decarbonised")]
    assert (bool(row["possible"]), row["reason"]) == (False, "too_loose")
    assert table.loc[("b", "biomass"), "reason"] == "network_near"


@pytest.mark.parametrize(("metres", "possible"), [(999.0, True), (1_001.0, pd.NA)])
def test_sewage_gives_heat_near_a_works_that_the_map_shows_and_elsewhere_nobody_knows(metres, possible):
    """Loose blocks are worth no network of their own, whatever lies beside them."""
    houses, blocks, *rest, _, _ = make_place()
    tags = ['{"man_made": "wastewater_plant"}', '{"man_made": "works", "name": "wastewater_plant"}']
    east = float(blocks.total_bounds[2])
    drawn = gpd.GeoDataFrame({"tags": tags}, geometry=[Point(east + metres, 0), Point(east, 0)], crs=blocks.crs)
    works = sewage_works((drawn,))
    assert len(works) == 1
    for answers, expected, reason in ((("connected", "dense"), possible, "not_mapped"), (("connected", "too_loose"), False, "too_loose")):
        table = levers(houses, blocks, *rest, make_reach(houses, blocks, answers), works, STUDY)
        schema.check_layer("levers", table)
        row = table.loc[("b", "waste_water_heat")]
        assert (row["possible"] is expected) or row["possible"] == expected
        assert pd.isna(row["reason"]) if expected is True else row["reason"] == reason
        assert bool(table.loc[("b", "low_temperature_network"), "possible"]) == (reason == "not_mapped")
