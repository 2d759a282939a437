"""Cars of the residents: hand calculations, and what a target does with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ped_geo.flows import CARRIERS
from ped_geo.roadmap.actions import action_plan
from ped_geo.roadmap.cars import cars_of, cars_table
from ped_geo.roadmap.draws import drawn
from ped_geo.roadmap.outcome import primary_balance, years_of
from ped_geo.roadmap.programmes import fixed_programmes, programmes
from ped_geo.roadmap.targets import verdict_on_targets
from ped_geo.roadmap.years import BASE_YEAR, YEARS, factors_of_years
from ped_geo.settings import Roadmap
from ped_geo.study import Study
from tests.roadmap.test_courses import CENTRAL, STUDY, outcome

RESIDENTS = 1000.0


def cars(key, study=STUDY, draws=40):
    lots = drawn(study, draws)
    co2 = lots.co2(factors_of_years(study, bound="low"), CENTRAL, factors_of_years(study, bound="high"))
    return cars_of(RESIDENTS, fixed_programmes()[key], lots, co2, CENTRAL, study)


def test_a_thousand_residents_drive_450_cars_that_emit_what_a_hand_calculation_says():
    """450 cars of 9500 km at 0.19 kg/km, electric ones of 1600 kWh; the share of 2040 by 0.95 / (1 + exp(-0.246 (2040 - 2043.3)))."""
    found = cars("vision2050")
    at = 2040 - BASE_YEAR
    share = 0.95 / (1 + np.exp(-0.246 * (2040 - 2043.3)))
    assert found.count == pytest.approx(450)
    assert found.share[at] == pytest.approx(share, rel=5e-3)
    assert share == pytest.approx(0.30, abs=0.02)
    by_hand = 450 * ((1 - found.share[at]) * 9500 * 0.19 + found.share[at] * 1600 * 0.13) / 1000
    assert found.emissions[0, at] == pytest.approx(by_hand)
    assert found.fuel[at] == pytest.approx(450 * (1 - found.share[at]) * 9500 * 0.19 / 0.258)
    assert found.electricity[at] == pytest.approx(450 * found.share[at] * 1600)


def test_paths_of_the_scenarios_meet_the_published_shares():
    """Facts mobility: 2.0, 3.5 and 5.0 % in 2030, 60 to 95 % in 2050."""
    shares = {key: cars(key).share for key in ("reference", "vision2050", "contract")}
    of_2030 = [float(share[2030 - BASE_YEAR]) for share in shares.values()]
    assert 0.01 < of_2030[0] < of_2030[1] < of_2030[2] < 0.075
    of_2050 = [float(share[-1]) for share in shares.values()]
    assert of_2050 == pytest.approx([0.60, 0.80, 0.90], abs=0.05)


def test_what_has_been_is_the_same_in_every_scenario_and_draw():
    """Else the base year of a target would depend on the plan."""
    all_ = [cars(key) for key in ("reference", "contract", "vision2050", "late")]
    until = 2025 - BASE_YEAR + 1
    for one in all_:
        assert one.share[:until] == pytest.approx(all_[0].share[:until])
        assert one.emissions[:, 0] == pytest.approx(all_[0].emissions[:, 0])
        assert (np.diff(one.share) >= 0).all()


@pytest.mark.parametrize("key", ["reference", "contract", "vision2050", "late"])
def test_grid_and_mobility_share_the_fall_of_cars_without_rest(key):
    mine = cars(key)
    table = cars_table(mine, fixed_programmes()[key], np.zeros_like(mine.emissions), np.zeros(len(YEARS)), CENTRAL, counted=False)
    fall = table["co2_t_a"].iloc[0] - table["co2_t_a"]
    assert (table["fall_grid_t_a"] + table["fall_mobility_t_a"]).to_numpy() == pytest.approx(fall.to_numpy(), abs=1e-9)
    assert (table["co2_low_t_a"] <= table["co2_t_a"] + 1e-9).all()
    assert table["electric_share"].is_monotonic_increasing


def test_cars_that_buildings_charge_already_are_not_charged_twice():
    """With half of the cars electric in the need of buildings, only what goes beyond them takes power."""
    half = STUDY.model_copy(update={"demand": STUDY.demand.model_copy(update={"electric_cars_share": 0.5})})
    found = cars("vision2050", half)
    assert found.share.min() == 0.5
    assert found.electricity[2030 - BASE_YEAR] == 0.0
    assert found.electricity[-1] == pytest.approx(450 * (found.share[-1] - 0.5) * 1600)


def test_a_target_counts_cars_only_where_the_city_says_so_and_buildings_stay_what_they_are():
    place = outcome(fixed_programmes()["vision2050"])
    with_cars = replace(place, cars=cars("vision2050", draws=20))
    beside = verdict_on_targets(with_cars, {2050: 0.9}).iloc[0]
    counted = verdict_on_targets(with_cars, {2050: 0.9}, with_cars=True).iloc[0]
    alone = verdict_on_targets(place, {2050: 0.9}).iloc[0]
    assert beside["co2_t_a"] == alone["co2_t_a"]
    assert not beside["with_cars"]
    assert counted["with_cars"]
    at = 2050 - BASE_YEAR
    assert counted["co2_t_a"] == pytest.approx(beside["co2_t_a"] + with_cars.cars.emissions[0, at])
    assert counted["base_t_a"] == pytest.approx(beside["base_t_a"] + with_cars.cars.emissions[0, 0])
    assert place.emissions == pytest.approx(with_cars.emissions)


def test_wedges_of_buildings_and_cars_sum_to_the_fall_of_both_and_the_band_is_that_of_the_sum():
    place, mine = outcome(fixed_programmes()["vision2050"]), cars("vision2050", draws=20)
    table = cars_table(mine, place.programme, place.emissions, primary_balance(place), place.factors, counted=True)
    both = mine.emissions + place.emissions
    parts = sum(place.falls().values()) + sum(mine.falls.values())
    assert parts == pytest.approx(both[0, 0] - both[0], abs=1e-9)
    assert table["together_co2_t_a"].to_numpy() == pytest.approx(both[0])
    assert table["together_co2_low_t_a"].to_numpy() == pytest.approx(np.quantile(both, 0.1, axis=0))


def test_the_level_with_mobility_takes_the_charging_of_the_year_from_the_balance_of_buildings():
    """450 cars of 1600 kWh, those that are electric in 2040, weighed as electricity of the grid of 2040."""
    place, mine = outcome(fixed_programmes()["vision2050"]), cars("vision2050", draws=20)
    table = cars_table(mine, place.programme, place.emissions, primary_balance(place), CENTRAL, counted=False).set_index("year")
    buildings = years_of(place).set_index("year")["primary_energy_balance_kwh_a"]
    by_hand = 450 * mine.share[2040 - BASE_YEAR] * 1600 * CENTRAL.nren[2040 - BASE_YEAR, CARRIERS.index("electricity")]
    assert by_hand > 0
    assert buildings[2040] - 1000 * table.at[2040, "together_balance_mwh_a"] == pytest.approx(by_hand)
    # what charges today already stands in the need of buildings, and is not taken twice
    all_ = STUDY.model_copy(update={"demand": STUDY.demand.model_copy(update={"electric_cars_share": 1.0})})
    held = cars_table(cars("vision2050", all_), place.programme, np.zeros((40, len(YEARS))), primary_balance(place), CENTRAL, counted=False)
    assert (held["charging_primary_mwh_a"] == 0.0).all()


def test_the_action_of_mobility_saves_what_the_fuel_of_the_replaced_cars_emits_less_the_power():
    """450 cars, those that became electric since 2025: 9500 km at 0.19 kg/km less 1600 kWh of the grid of 2040."""
    place = outcome(fixed_programmes()["vision2050"])
    nobody = np.zeros(len(place.stock), dtype=bool)
    assert "mobility" not in set(action_plan(replace(place, cars=cars("vision2050")), nobody)["lever"])
    counted = STUDY.model_copy(update={"roadmap": Roadmap(mobility=True)})
    mine = cars("vision2050")
    plan = action_plan(replace(place, cars=mine, study=counted), nobody)
    row = plan[plan["lever"] == "mobility"].iloc[0]
    turned = 450 * (mine.share[2040 - BASE_YEAR] - mine.share[2025 - BASE_YEAR])
    grid = CENTRAL.co2[2040 - BASE_YEAR, -1]
    assert row["co2_saving_2040_t_a"] == pytest.approx(turned * (9500 * 0.19 - 1600 * grid) / 1000)
    assert row["quantity"] == pytest.approx(450 * (mine.share[-1] - mine.share[2025 - BASE_YEAR]))
    assert np.isnan(row["capex"])


def test_draws_of_buildings_are_those_without_cars():
    """What is drawn for cars comes after, so that figures of buildings stay."""
    random = np.random.default_rng(STUDY.uncertainty.seed)
    first = random.triangular(0.7, 1.0, 1.2, 19)
    assert drawn(STUDY, 20).pace[1:] == pytest.approx(first)


def test_a_city_s_own_scenario_has_cars_too():
    own = programmes(Roadmap(retrofit_rate=0.02))["own"]
    assert own.paces["cars"] == fixed_programmes()["vision2050"].paces["cars"]
    assert len(YEARS) == len(cars("late", Study(name="y", country="PL")).share)
