"""Modules on façades and over car parks: what they yield, cost and do to the balance, by hand and only where a variant has them."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
import shapely

from ped_geo import schema
from ped_geo.balance import block_flows, flows_of_groups
from ped_geo.districts import Situation, gap_measures
from ped_geo.figures.hours import district_hours
from ped_geo.finance import place_economics, price, pv_economics, pv_money
from ped_geo.flows import CANOPY, FACADE
from ped_geo.outputs.tables import variant_name
from ped_geo.site import Site
from ped_geo.solar.model import PvSystem
from ped_geo.solar.places import canopies, facades, places_beyond_roofs
from ped_geo.sources.climate import hourly_year
from ped_geo.study import VARIANTS, Study, Variant
from tests.test_solar import chain_of_pvlib
from tests.toy_district import BLOCKS, HOURS, one_group, toy_inputs

KRAKOW = Site(50.098278, 20.000472, 240.0)
WEATHER = hourly_year(KRAKOW)
EVERY = [{"key": modules, "package": "usual", "pv": True, "modules": modules} for modules in ("roofs", "facades", "canopies")]
STUDY = Study.model_validate({"name": "x", "variants": [{"key": "none", "package": "usual"}, *EVERY]})


def make_houses(*shapes, blocks, floors, heights=12.0):
    frame = {
        "block_id": blocks, "reference_area_m2": floors, "height_m": heights, "roof_height_m": 0.0, "roof_shape": "flat", "roof_tags": "{}",
        "heritage": False, "in_district": True, "use": "residential_multi", "storeys_above_ground": 4, "footprint_area_m2": 200.0,
        "pv_existing_kwp": 0.0,
    }  # fmt: skip
    index = pd.Index([f"h{number}" for number in range(len(shapes))], dtype="str", name="building_id")
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=2178, index=index)


def test_canopies_cover_half_a_car_park_and_go_to_the_houses_of_the_block_by_their_floor():
    """1,000 m² × 0.5 = 500 m² of modules at 0.225 kW each square metre: 112.5 kWp; a block without heated floor gets none."""
    houses = make_houses(*[shapely.box(0, 0, 10, 20)] * 3, blocks=["a", "a", "b"], floors=[300.0, 100.0, 0.0])
    blocks = pd.DataFrame({"parking_area_m2": [1_000.0, 5_000.0]}, index=pd.Index(["a", "b"], name="block_id"))
    modules, hourly = canopies(houses, blocks, WEATHER, KRAKOW, STUDY)
    whole = 1_000.0 * 0.5 * STUDY.assumed("pv.module_wp") / 1000.0 / STUDY.assumed("pv.module_area")
    assert modules["capacity_kwp"].to_dict() == pytest.approx({"h0": 0.75 * whole, "h1": 0.25 * whole})
    assert list(hourly.columns) == ["a"]
    assert hourly["a"].sum() == pytest.approx(modules["annual_yield_kwh_a"].sum())
    specific = modules["annual_yield_kwh_a"].sum() / whole
    # a tenth is lost to shade, of what racks to the east and west yield in Kraków
    assert specific == pytest.approx(0.9 * STUDY.assumed("pv.yield_ew10"), rel=0.01)


def test_a_canopy_that_nothing_shades_yields_880_kwh_per_kwp_as_the_chain_of_pvlib():
    """B10: 281.25 kWp over 2,500 m² make 247.5 MWh; what a car park yields less is the assumed shade and nothing else."""
    houses = make_houses(shapely.box(0, 0, 10, 20), blocks=["a"], floors=[300.0])
    blocks = pd.DataFrame({"parking_area_m2": [2_500.0]}, index=pd.Index(["a"], name="block_id"))
    loss = pvlib.pvsystem.pvwatts_losses() / 100.0
    given = {"pv.system_loss": loss, "pv.module_wp": 450.0, "pv.module_area": 2.0}
    found = {}
    for shade in (0.0, 0.1):
        study = Study.model_validate({"name": "x", "assumptions": given | {"districts.carport_shading": shade}})
        modules, _ = canopies(houses, blocks, WEATHER, KRAKOW, study)
        found[shade] = modules["annual_yield_kwh_a"].sum() / modules["capacity_kwp"].sum()
        assert modules["capacity_kwp"].sum() == pytest.approx(281.25)
    system = PvSystem.of(study, close=False)
    with_albedo = [chain_of_pvlib(WEATHER, 10.0, azimuth, system).sum() for azimuth in (90.0, 270.0)]
    # racks of 10° see hardly any ground: its albedo, which the chain takes as 0.25, moves the year by less than a thousandth
    assert found[0.0] == pytest.approx(np.mean(with_albedo), rel=1e-3)
    assert found[0.0] == pytest.approx(880.0, rel=0.01)
    assert found[0.1] == pytest.approx(0.9 * found[0.0])


def test_a_lone_house_carries_modules_on_the_walls_that_the_sun_reaches_and_a_wall_of_its_own_height_before_them_takes_some():
    house = shapely.box(0, 0, 30, 12)
    alone = make_houses(house, blocks=["a"], floors=[1_000.0])
    walled = make_houses(house, shapely.box(-50, -16, 80, -6), blocks=["a", ""], floors=[1_000.0, 0.0], heights=[12.0, 12.0])
    walled["in_district"] = [True, False]
    study = Study.model_validate({"name": "x", "variants": EVERY, "solar": {"points_per_plane": 4, "min_specific_yield_kwh_kwp_a": 0.0}})
    modules, hourly = facades(alone, alone, WEATHER, None, KRAKOW, study)
    assert modules["capacity_kwp"].iloc[0] > 5.0
    assert hourly["a"].to_numpy(float).sum() == pytest.approx(modules["annual_yield_kwh_a"].sum(), rel=5e-3)
    shaded, _ = facades(walled.iloc[:1], walled, WEATHER, None, KRAKOW, study)
    assert shaded["annual_yield_kwh_a"].sum() < 0.9 * modules["annual_yield_kwh_a"].sum()


def test_nothing_is_laid_out_that_no_variant_asks_for():
    houses = make_houses(shapely.box(0, 0, 30, 12), blocks=["a"], floors=[1_000.0])
    blocks = pd.DataFrame({"parking_area_m2": [1_000.0]}, index=pd.Index(["a"], name="block_id"))
    plain = Study.model_validate({"name": "x", "variants": EVERY[:1]})
    places, walls, parks = places_beyond_roofs(houses, houses, blocks, WEATHER, None, KRAKOW, plain)
    assert (len(places), walls.shape[1], parks.shape[1]) == (0, 0, 0)
    places, walls, parks = places_beyond_roofs(houses, houses, blocks.assign(parking_area_m2=0.0), WEATHER, None, KRAKOW, STUDY)
    assert set(places.index.get_level_values("place")) == {FACADE}
    assert (walls.shape[1], parks.shape[1]) == (1, 0)
    for name, layer in (("pv_places", places), ("pv_facade_hourly", walls), ("pv_canopy_hourly", parks)):
        schema.check_layer(name, layer)


PLACES = pd.DataFrame(
    {"capacity_kwp": [10.0, 20.0], "module_area_m2": [45.0, 90.0], "annual_yield_kwh_a": [6_500.0, 16_000.0]},
    index=pd.MultiIndex.from_tuples([("h0", FACADE), ("h0", CANOPY)], names=["building_id", "place"]),
)


def test_a_canopy_costs_its_own_price_and_sells_all_and_a_facade_costs_half_as_much_again_as_a_roof():
    houses = make_houses(shapely.box(0, 0, 30, 12), blocks=["a"], floors=[1_000.0])
    table = place_economics(PLACES, houses, STUDY)
    schema.check_layer("pv_place_economics", table)
    canopy, wall = table.loc[("h0", CANOPY)], table.loc[("h0", FACADE)]
    assert canopy["investment"] == pytest.approx(20.0 * STUDY.assumed("districts.carport_price"))
    assert canopy["gain_a"] == pytest.approx(16_000.0 * price("electricity_export", STUDY) - 20.0 * STUDY.assumed("prices.pv_opex"))
    roof = pd.DataFrame({"capacity_kwp": [10.0], "existing_kwp": 0.0, "annual_yield_kwh_a": 6_500.0}, index=["h0"])
    as_roof = pv_economics(roof, houses.assign(height_m=5.0), STUDY).loc["h0"]
    assert wall["investment"] == pytest.approx(1.5 * as_roof["investment"])
    assert wall["gain_a"] == pytest.approx(as_roof["gain_a"])


def test_a_variant_pays_for_what_it_has_and_for_nothing_else():
    houses = make_houses(*[shapely.box(0, 0, 30, 12)] * 2, blocks=["a", "a"], floors=[1_000.0] * 2)
    roofs = pv_economics(
        pd.DataFrame({"capacity_kwp": [8.0], "existing_kwp": 0.0, "annual_yield_kwh_a": 7_000.0}, index=["h1"]), houses, STUDY
    )
    beyond = place_economics(PLACES, houses, STUDY)
    own, walls, parks = roofs["investment"].sum(), *(beyond.xs(place, level="place")["investment"].sum() for place in (FACADE, CANOPY))
    ways = {variant.key: pv_money(roofs, beyond, variant)["investment"].sum() for variant in STUDY.variants}
    assert ways == pytest.approx({"none": 0.0, "roofs": own, "facades": own + walls, "canopies": own + walls + parks})


def test_balance_groups_and_months_see_the_modules_of_the_variant_alone():
    """b2 has no roof for PV: all its electricity comes from the wall and the car park, each 1,000 and 500 kWh a year."""
    sun = np.where((np.asarray(HOURS.hour) > 8) & (np.asarray(HOURS.hour) < 16), 1.0, 0.0)
    walls, parks = (pd.DataFrame({"b2": sun / sun.sum() * total}, index=HOURS) for total in (1_000.0, 500.0))
    inputs = dataclasses.replace(toy_inputs(), pv_facade_hourly=walls, pv_canopy_hourly=parks)
    flows = block_flows(inputs, STUDY)["pv_kwh_a"]
    assert flows["b2"].to_dict() == pytest.approx({"none": 0.0, "roofs": 0.0, "facades": 1_000.0, "canopies": 1_500.0})
    assert flows["b1"].to_dict() == pytest.approx({"none": 0.0, "roofs": 60_000.0, "facades": 60_000.0, "canopies": 60_000.0})
    for keys in (("facades", "canopies", "none"), ("canopies", "canopies", "canopies"), ("roofs", "facades", "roofs")):
        group = flows_of_groups(inputs, STUDY, one_group(dict(zip(BLOCKS, keys, strict=True))))
        assert group["pv_kwh_a"].sum() == pytest.approx(sum(flows[block, key] for block, key in zip(BLOCKS, keys, strict=True)))
    layers = {
        "electricity_hourly": inputs.electricity_hourly, "supply_electricity_hourly": inputs.supply_electricity_hourly,
        "pv_hourly": inputs.pv_hourly, "pv_existing_hourly": inputs.pv_hourly * 0.0, "pv_facade_hourly": walls, "pv_canopy_hourly": parks,
    }  # fmt: skip
    made = {variant.key: pv.sum() for variant, _, pv in district_hours(layers, STUDY.variants)}
    assert made == pytest.approx({"none": 0.0, "roofs": 120_000.0, "facades": 121_000.0, "canopies": 121_500.0})


def test_car_parks_that_a_way_covers_are_not_offered_once_more_to_close_its_gap():
    base = Situation("g", 1e6, 1e5, 9_000.0, 900.0, 2.5, 2.5, 0.8, 0.0, 0.0, {}, {})
    options = pd.DataFrame(
        columns=["balance_kwh_a", "investment"], index=pd.MultiIndex.from_arrays([[], []], names=["block_id", "variant"])
    )
    left = {
        covered: gap_measures(dataclasses.replace(base, covered_parking_m2=covered), options, STUDY) for covered in (0.0, 4_500.0, 9_000.0)
    }
    assert left[4_500.0].loc["g/car_park_pv", "available"] == pytest.approx(left[0.0].loc["g/car_park_pv", "available"] / 2)
    assert "g/car_park_pv" not in left[9_000.0].index


def test_the_default_set_holds_the_ways_that_a_planner_expects():
    clean = "district_heat_decarbonised"
    ways = {(variant.package, variant.supply, variant.modules if variant.pv else "") for variant in VARIANTS}
    expected = {
        ("existing", "today", ""), ("existing", "today", "roofs"), ("cost_optimal", "today", "roofs"), ("usual", clean, "roofs"),
        ("advanced", clean, "canopies"), ("near_zero", "heat_pump_air", "roofs"),
    }  # fmt: skip
    assert expected <= ways
    names = {lang: [variant_name(variant, lang) for variant in VARIANTS] for lang in ("en", "pl")}
    assert all(len(set(told)) == len(VARIANTS) for told in names.values())
    assert variant_name(Variant(key="a", package="usual", pv=True, modules="facades"), "pl").endswith("+ PV z elewacjami")
    # no name speaks of car parks, which a place may not have
    assert not any("park" in name for told in names.values() for name in told)
