"""The path of the factors, and verdicts that turn with it."""

from __future__ import annotations

import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.balance import block_balance, district_balance, factor_set
from ped_geo.emissions import grid_co2
from ped_geo.errors import StudyError
from ped_geo.scenarios import YEARS, cumulative_co2, path_value, scenario_balance, turning_points, year_factors
from ped_geo.study import Study
from tests.toy_district import toy_inputs, toy_study


def test_today_of_the_path_is_the_factor_set():
    study = toy_study()
    today = factor_set("pl_certificates_2023", study)
    for carrier in ("electricity", "district_heat", "gas"):
        assert year_factors(study, 2023).weight(carrier).tolist() == pytest.approx(today.weight(carrier).tolist())


def test_path_meets_what_the_grid_emits_by_the_measured_years_and_their_projection():
    for year in (2023, 2030, 2050):
        assert path_value("electricity", "co2_kg_kwh", year) * 1000 == pytest.approx(grid_co2(year))


def test_grid_and_network_never_get_dirtier_and_bounds_enclose_the_path():
    for carrier in ("electricity", "district_heat"):
        for quantity in ("f_nren", "co2_kg_kwh"):
            path = [path_value(carrier, quantity, year) for year in range(2023, 2051)]
            assert path == sorted(path, reverse=True)
            for year in range(2023, 2051):
                low, high = (path_value(carrier, quantity, year, bound=bound) for bound in ("low", "high"))
                assert low <= path_value(carrier, quantity, year) <= high


def test_fuels_burnt_in_the_building_keep_their_factors():
    assert year_factors(toy_study(), 2050).weight("gas").tolist() == factor_set("pl_certificates_2023").weight("gas").tolist()


def test_a_districts_own_factor_keeps_its_lead():
    own = Study(name="x", overrides={"carriers.pef_district_heat": 0.4})
    assert year_factors(own, 2040).weight("district_heat")[1] == pytest.approx(0.4 * 0.35 / 0.8)


def test_scenarios_match_hand_calculation_and_the_schema():
    study = toy_study()
    flows = block_balance(toy_inputs(), study)
    found = schema.check_layer("scenarios", scenario_balance(flows, study))
    row = found.loc[("b1", "usual_pv", 2040)]
    assert row["primary_energy_balance_kwh_a"] == pytest.approx(-(60_000 * 0.35 + 1.1 * (30_000 - 60_000)))
    assert row["co2_kg_a"] == pytest.approx(60_000 * 0.11 + 0.13 * (30_000 - 60_000))
    today = found.xs(2023, level="year")["primary_energy_balance_kwh_a"]
    assert today.to_numpy() == pytest.approx(flows["primary_energy_balance_kwh_a"].to_numpy())


def test_a_gas_block_that_lives_on_exports_is_positive_today_and_not_in_2040():
    inputs = toy_inputs(heat_kwh=50_000, pv_kwh=60_000)
    study = toy_study()
    flows = block_balance(inputs, study)
    gas = flows.loc[[("b1", "today_pv")]].copy()
    gas["gas_delivered_kwh_a"], gas["district_heat_delivered_kwh_a"] = 50_000.0, 0.0
    course = turning_points(scenario_balance(gas, study)).iloc[0]
    assert (course["course"], course["year"]) == ("loses", 2030)
    heat = flows.loc[[("b1", "today")]]
    assert turning_points(scenario_balance(heat, study)).iloc[0]["course"] == "stays_negative"


def test_a_block_on_district_heat_may_gain_as_the_network_is_cleaned():
    study = toy_study()
    flows = block_balance(toy_inputs(heat_kwh=99_000, pv_kwh=60_000), study).loc[[("b1", "today_pv")]]
    course = turning_points(scenario_balance(flows, study)).iloc[0]
    assert course["course"] in {"gains", "stays_positive"}


def test_district_balances_are_understood_too():
    study = toy_study()
    found = scenario_balance(district_balance(toy_inputs(), study), study)
    assert set(found.index.get_level_values("year")) == set(YEARS)
    assert found.index.names == ["variant", "year"]


def test_cumulative_emission_of_a_level_carrier_is_years_times_emission():
    study = toy_study()
    flows = block_balance(toy_inputs(electricity_kwh=1e-9), study).loc[[("b2", "today")]]
    total = cumulative_co2(flows, study, first=2025, last=2074)
    assert total.iloc[0] == pytest.approx(50 * 100_000 * 0.202, rel=1e-6)
    cleaner = block_balance(toy_inputs(heat_kwh=1e-9), study).loc[[("b2", "today")]]
    assert cumulative_co2(cleaner, study, first=2025, last=2074).iloc[0] < 50 * 30_000 * 0.54


def test_unknown_carrier_or_bound_is_told():
    with pytest.raises(StudyError, match="no path of f_nren for 'peat'"):
        path_value("peat", "f_nren", 2030)
    with pytest.raises(StudyError, match="bounds low, central, high"):
        path_value("electricity", "f_nren", 2030, bound="best")


def test_turning_points_take_the_first_change():
    index = pd.MultiIndex.from_product([["a"], [2023, 2030, 2040, 2050]], names=["variant", "year"])
    frame = pd.DataFrame({"positive": [True, True, False, True]}, index=index)
    assert turning_points(frame).loc["a"].tolist() == ["loses", 2040]
