"""Heat supplies: energy is conserved, performance follows temperatures, hours add up to years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, retrofit, schema, supply
from ped_geo.errors import LayerError, StudyError
from ped_geo.language import catalogue
from ped_geo.study import Study
from ped_geo.supply import CARRIERS, SUPPLIES
from ped_geo.supply._heat_pumps import (
    air_source,
    carnot_cop,
    flow_temperature,
    ground_source,
    regression_cop_air,
    regression_cop_ground,
    waste_water_source,
)
from tests.retrofit.houses import envelopes, houses, needs, year

STUDY = Study(name="x")
OPTIONS = sorted(SUPPLIES.load())
BOUGHT = [f"{carrier}_kwh_a" for carrier in CARRIERS]


@pytest.fixture(scope="module")
def thermal_state() -> pd.DataFrame:
    return retrofit.envelope_states(houses(), envelopes(), STUDY)


@pytest.fixture(scope="module")
def need(thermal_state) -> pd.DataFrame:
    return needs(thermal_state, houses(), STUDY)


@pytest.fixture(scope="module")
def energy(need, thermal_state) -> pd.DataFrame:
    return supply.final_energy(need, houses(), year(), STUDY, thermal_state=thermal_state, options=OPTIONS)


def made(need: pd.DataFrame, thermal_state: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return need["heat_need_kwh_a"] / thermal_state["heating_efficiency"], need["hot_water_need_kwh_a"] * thermal_state["circulation_factor"]


@pytest.mark.parametrize("key", OPTIONS)
def test_every_supply_has_words_numbers_and_a_carrier_that_is_bought(key):
    assert f"variant.supply.{key}" in catalogue()
    own = SUPPLIES[key]
    assert own.key == key
    assert own.carrier in (*CARRIERS, "")
    assert len(own.source) > 5
    if own.carrier:
        rows = assumptions.table("heating_systems").query("supply == @key")
        assert set(rows["use"]) == {"heating", "hot_water"}
        assert set(rows["carrier"]) == {own.carrier}
    if own.price:
        assert STUDY.assumed(own.price) > 0
        assert 10 <= STUDY.assumed(own.lifetime) <= 40


def test_every_heat_supply_of_buildings_is_a_supply():
    codes = set(schema.columns("buildings")["heat_supply"].values) - {"none"}
    assert codes <= set(OPTIONS)


@pytest.mark.parametrize("key", OPTIONS)
def test_final_energy_conserves_energy(key, energy, need, thermal_state):
    rows = energy.xs(key, level="supply")
    heat, water = made(need, thermal_state)
    given = rows[BOUGHT].sum(axis=1) + rows["ambient_kwh_a"] - rows["auxiliary_kwh_a"]
    machine = SUPPLIES[key].heat_pump
    if machine is not None:
        factor = 1.0 if not machine.central else 1 / (1 - STUDY.assumed("supply.network_loss"))
        expected = heat * (1.01 if machine.central else 1) * factor + water * (1.15 if machine.central else 1) * factor
        assert np.allclose(given, expected, rtol=1e-12)
    else:
        assert (given >= (heat + water) * (1 - 1e-12)).all()
    assert (rows[[*BOUGHT, "ambient_kwh_a", "auxiliary_kwh_a"]] >= 0).all(axis=None)


def test_boilers_and_substations_deliver_by_their_expenditure_factors(energy, need, thermal_state):
    heat, water = made(need, thermal_state)
    gas = energy.xs("gas_condensing", level="supply")
    assert np.allclose(gas["gas_kwh_a"], heat * 1.08 + water * 1.12)
    network = energy.xs("district_heat", level="supply")
    assert np.allclose(network["district_heat_kwh_a"], heat * 1.01 + water * 1.15)
    coal = energy.xs("coal", level="supply")
    assert np.allclose(coal["coal_kwh_a"], (heat + water) * 1.67)


def test_today_equals_the_supply_of_each_building(energy):
    today = energy.xs("today", level="supply")
    for key in ("coal", "district_heat"):
        ids = houses().index[houses()["heat_supply"] == key]
        pd.testing.assert_frame_equal(today.loc[ids], energy.xs(key, level="supply").loc[ids])


def test_nothing_known_means_direct_electric_heaters(need, thermal_state):
    bare = supply.final_energy(need, houses(heat_supply="none"), year(), STUDY, thermal_state=thermal_state, options=["today", "electric"])
    pd.testing.assert_frame_equal(bare.xs("today", level="supply"), bare.xs("electric", level="supply"))


def test_sun_takes_its_share_of_hot_water_from_the_supply_of_today(energy, need, thermal_state):
    plain, sunny = energy.xs("today", level="supply"), energy.xs("solar_thermal", level="supply")
    water = made(need, thermal_state)[1]
    assert np.allclose(sunny["ambient_kwh_a"], 0.4 * water)
    flats = houses().index[houses()["heat_supply"] == "district_heat"]
    saved = (plain - sunny)["district_heat_kwh_a"].loc[flats]
    assert np.allclose(saved, 0.4 * 1.15 * water.loc[flats])


def test_fans_of_heat_recovery_are_counted(energy):
    rows = energy.xs("district_heat", level="supply")["auxiliary_kwh_a"].unstack()
    extra = (rows["near_zero"] - rows["wt2021"]) / houses()["reference_area_m2"]
    assert len(extra) == 26
    assert np.allclose(extra, 2.3)


def test_final_energy_passes_the_schema_and_is_zero_without_need(need, thermal_state, energy):
    schema.check_layer("final_energy", energy)
    empty = supply.final_energy(need * 0, houses(), year(), STUDY, thermal_state=thermal_state.assign(heat_recovery=0.0), options=OPTIONS)
    assert (empty[[*BOUGHT, "ambient_kwh_a"]] == 0).all(axis=None)


def test_errors_name_what_is_missing(need, thermal_state):
    with pytest.raises(StudyError, match="unknown heat supply 'fusion'; known: biomass, coal"):
        supply.final_energy(need, houses(), year(), STUDY, thermal_state=thermal_state, options=["fusion"])
    with pytest.raises(LayerError, match="'hot_water_need_kwh_a' is missing"):
        supply.final_energy(need[["heat_need_kwh_a"]], houses(), year(), STUDY, thermal_state=thermal_state)
    with pytest.raises(LayerError, match="not in layer 'buildings'"):
        supply.final_energy(need, houses().iloc[:5], year(), STUDY, thermal_state=thermal_state)


# heat pumps


def test_regressions_equal_the_published_curves_times_the_field_factor():
    assert regression_cop_air(np.array(2.0), np.array(37.0), STUDY) == pytest.approx(0.85 * (6.81 - 0.121 * 35 + 0.00063 * 35**2))
    assert regression_cop_ground(np.array(5.0), np.array(40.0), STUDY) == pytest.approx(0.85 * (8.77 - 0.15 * 35 + 0.000734 * 35**2))


@pytest.mark.parametrize(("kind", "cop"), [("air", regression_cop_air), ("ground", regression_cop_ground)])
def test_a_curve_without_curvature_is_a_straight_line(kind, cop):
    study = Study(name="x", overrides={f"supply.cop_{kind}_c0": 6.0, f"supply.cop_{kind}_c1": -0.1, f"supply.cop_{kind}_c2": 0.0})
    found = [float(cop(np.array(10.0), np.array(10.0 + lift), study)) for lift in (20.0, 40.0)]
    assert found == pytest.approx([study.assumed("supply.cop_field_factor") * value for value in (4.0, 2.0)])


@pytest.mark.parametrize("cop", [regression_cop_air, regression_cop_ground, carnot_cop])
def test_performance_rises_with_the_source_and_falls_with_the_flow(cop):
    source = np.linspace(-30, 20, 101)
    assert (np.diff(cop(source, np.full(101, 50.0), STUDY)) >= -1e-12).all()
    assert (np.diff(cop(np.full(101, 0.0), np.linspace(25, 90, 101), STUDY)) <= 1e-12).all()
    assert (cop(source[:, None], np.linspace(25, 90, 50)[None, :], STUDY) >= 1.0).all()


def test_no_heat_pump_beats_carnot():
    source, flow = np.meshgrid(np.linspace(-20, 15, 36), np.linspace(30, 70, 41))
    limit = (flow + 273.15) / (flow - source)
    for cop in (regression_cop_air, regression_cop_ground, carnot_cop):
        assert (cop(source, flow, STUDY) < limit).all()


def test_flow_temperature_is_the_design_flow_at_design_cold_and_falls_with_retrofit():
    cold = np.array([-20.0])
    assert flow_temperature(cold, np.array([1.0]), STUDY) == pytest.approx(70.0)
    loads = np.linspace(0.05, 1, 20)
    assert (np.diff(flow_temperature(np.full(20, -5.0), loads, STUDY)) >= 0).all()
    assert flow_temperature(np.array([30.0]), np.array([1.0]), STUDY) == 30.0


def test_radiators_at_half_load_need_half_the_heat_by_en_442():
    flow = flow_temperature(np.array([-20.0]), np.array([0.5]), STUDY)[0]
    assert ((flow - 20) / (70 - 20)) ** 1.3 == pytest.approx(0.5)


def test_retrofit_raises_the_performance_of_heat_pumps(energy):
    heating = energy.xs("heat_pump_air", level="supply")["flow_design_c"].unstack()
    assert (heating["existing"] > heating["usual"]).all()
    assert (heating["existing"] > heating["near_zero"]).all()


def test_tabulas_performance_lies_between_that_of_old_and_of_refurbished_houses(need, thermal_state):
    dry = need.assign(hot_water_need_kwh_a=0.0)
    found = supply.final_energy(dry, houses(), year(), STUDY, thermal_state=thermal_state, options=["heat_pump_air", "heat_pump_ground"])
    used = (
        found["electricity_heating_kwh_a"]
        / (dry["heat_need_kwh_a"] / thermal_state["heating_efficiency"]).reindex(found.index.droplevel("supply")).to_numpy()
    )
    typical = (1 / used).groupby(level=["supply", "package"]).median()
    for key, tabula in (("heat_pump_air", 1 / 0.38), ("heat_pump_ground", 1 / 0.29)):
        assert typical[key, "existing"] < tabula < typical[key, "usual"] * 1.05
        assert typical[key, "usual"] < tabula * 1.25


def test_interpolated_performance_equals_the_hours_summed_one_by_one(need, thermal_state):
    dry = need.assign(hot_water_need_kwh_a=0.0)
    found = supply.final_energy(dry, houses(), year(), STUDY, thermal_state=thermal_state, options=["heat_pump_air"])
    air = year()["temp_air"].to_numpy()
    weight = np.maximum(15 - air, 0)
    heat, _ = made(dry, thermal_state)
    for key in [("PL.N.MFH.03", "usual"), ("PL.N.SFH.05", "near_zero")]:
        load = supply.load_ratio(dry, houses(), STUDY)[dry.index.get_loc(key)]
        drawn = sum(
            w / float(regression_cop_air(np.array(t), flow_temperature(np.array(t), np.array(load), STUDY), STUDY))
            for t, w in zip(air, weight, strict=True)
        )
        assert found.loc[(*key, "heat_pump_air"), "electricity_heating_kwh_a"] == pytest.approx(heat[key] * drawn / weight.sum(), rel=2e-3)


def test_ground_and_sewage_are_warmer_in_winter_and_colder_in_summer_than_air():
    weather = year()
    air, ground, sewage = (source(weather, STUDY) for source in (air_source, ground_source, waste_water_source))
    assert air.min() < ground.min() < sewage.min()
    assert ground.max() < sewage.max() < air.max()
    assert ground.mean() == pytest.approx(air.mean() - 5)
    assert abs(np.argmax(sewage) - 8760 * 0.55) < 8760 * 0.1


# hours


def hours(blocks: tuple[str, ...] = ("blocks", "houses")) -> tuple[pd.DataFrame, pd.DataFrame]:
    cold = np.maximum(15 - year()["temp_air"].to_numpy(), 0)
    columns = pd.MultiIndex.from_product([retrofit.package_names(), blocks], names=["package", "block_id"])
    shape = np.tile(cold[:, None], len(columns)) * np.arange(1, len(columns) + 1)
    heat = pd.DataFrame(shape.astype(np.float32), index=year().index, columns=columns)
    water = np.ones((len(cold), len(blocks)), dtype=np.float32)
    return heat, pd.DataFrame(water, index=year().index, columns=pd.Index(blocks, name="block_id"))


PAIRS = [
    ("existing", "today"),
    ("usual", "heat_pump_air"),
    ("near_zero", "heat_pump_ground"),
    ("wt2021", "waste_water_heat"),
    ("usual", "solar_thermal"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="/".join)
def test_hours_sum_to_the_annual_electricity_of_each_block(pair, energy):
    mixed = houses(heat_supply=["coal", "electric", "heat_pump_air", "district_heat"] * 6 + ["gas", "none"])
    states = retrofit.envelope_states(mixed, envelopes(), STUDY)
    need_ = needs(states, mixed, STUDY)
    final = supply.final_energy(need_, mixed, year(), STUDY, thermal_state=states, options=[pair[1]])
    found = supply.electricity_hourly(final, *hours(), mixed, year(), STUDY, pairs=[pair])
    annual = final.xs(pair, level=("package", "supply"))["electricity_kwh_a"].groupby(mixed["block_id"]).sum()
    assert found.dtypes.unique().tolist() == [np.dtype("float32")]
    sums = found[pair].astype(float).sum()
    assert np.allclose(sums, annual.loc[sums.index], rtol=1e-6)
    assert (found >= 0).all(axis=None)


def test_heat_pumps_draw_more_in_cold_hours_than_their_heat_alone_would_say(energy):
    heat, water = hours()
    found = supply.electricity_hourly(
        energy, heat, water, houses(), year(), STUDY, pairs=[("existing", "heat_pump_air"), ("existing", "electric")]
    )
    pump, direct = (found["existing", key]["blocks"].to_numpy(float) for key in ("heat_pump_air", "electric"))
    cold, mild = year()["temp_air"].to_numpy() < 0, (year()["temp_air"].to_numpy() > 8) & (year()["temp_air"].to_numpy() < 12)
    assert pump[cold].mean() / pump[mild].mean() > direct[cold].mean() / direct[mild].mean() * 1.1


def test_hours_cover_the_pairs_of_the_variants_and_leave_out_buildings_beyond_the_blocks(energy):
    outside = houses()
    outside["block_id"] = np.where(outside.index == "PL.N.SFH.01", "", outside["block_id"])
    listed = Study(name="x", variants=[variant for variant in STUDY.variants if variant.package in retrofit.package_names()])
    found = supply.electricity_hourly(energy, *hours(), outside, year(), listed)
    assert set(found.columns.droplevel("block_id")) == set(supply.variant_pairs(listed))
    assert set(found.columns.get_level_values("block_id")) == {"blocks", "houses"}


def test_hours_are_the_same_however_many_blocks_are_worked_on_at_a_time(energy, monkeypatch):
    pairs = [("usual", "today"), ("existing", "today"), ("near_zero", "heat_pump_air")]
    at_once = supply.electricity_hourly(energy, *hours(), houses(), year(), STUDY, pairs=pairs)
    monkeypatch.setattr("ped_geo.supply.hourly.BLOCKS_AT_ONCE", 1)
    one_by_one = supply.electricity_hourly(energy, *hours(), houses(), year(), STUDY, pairs=pairs)
    pd.testing.assert_frame_equal(one_by_one, at_once, rtol=1e-6)
    assert at_once.columns.is_monotonic_increasing


def test_hours_name_what_is_missing(energy):
    heat, water = hours()
    with pytest.raises(LayerError, match="lacks package 'usual' with supply 'fusion'"):
        supply.electricity_hourly(energy, heat, water, houses(), year(), STUDY, pairs=[("usual", "fusion")])
    with pytest.raises(LayerError, match="lacks package 'usual'"):
        supply.electricity_hourly(energy, heat.drop(columns="usual", level=0), water, houses(), year(), STUDY, pairs=[("usual", "today")])
