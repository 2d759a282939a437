"""Curves, paths, factors and prices of the roadmap against hand calculations."""

from __future__ import annotations

import numpy as np
import pytest

from ped_geo.finance.annuity import annuity_factor, cost_of_saving, discounted_sum
from ped_geo.roadmap.curves import experience, linear_rates, logistic, price_ratio, steepness, straight_path
from ped_geo.roadmap.parts import CAUSES, shapley
from ped_geo.roadmap.years import BASE_YEAR, FIRST, YEARS, factors_of_years
from ped_geo.scenarios import path_value
from ped_geo.settings import Roadmap
from ped_geo.study import Study

STUDY = Study(name="x", country="PL")


def test_a3_a_tenth_to_nine_tenths_in_25_years_gives_the_published_s_curve():
    """A3."""
    curve = {"share_max": 0.95, "mid_year": 2038, "years_10_90": 25}
    assert steepness(25) == pytest.approx(0.17576, rel=1e-3)
    assert logistic([2025, 2030, 2040, 2050], **curve) == pytest.approx([0.0878, 0.1870, 0.5576, 0.8472], rel=1e-3)
    years = np.arange(2018, 2060)
    assert np.diff(logistic(years, **curve)).max() == pytest.approx(0.0416, rel=5e-3)


def test_a4_a5_rates_are_shares_of_the_original_stock_so_that_they_end():
    """A4 and A5."""
    years = np.arange(2026, 2051)
    done = np.cumsum(linear_rates(years, first=(2026, 0.01), full=(2032, 0.03)))
    assert done[[4, 14, 24]] == pytest.approx([0.0833, 0.380, 0.680], rel=1e-3)
    left_of_remaining = (1 - 0.03) ** 25
    assert left_of_remaining == pytest.approx(0.467, rel=1e-3)
    assert 1 - linear_rates(years, first=(2026, 0.03), full=(2027, 0.03)).sum() == pytest.approx(0.25)


def test_a1_a2_factors_of_2018_and_2030_alone_cut_a_place_on_network_heat_by_two_fifths():
    """A1 and A2: 100 MWh of network heat and 30 MWh of electricity."""
    co2 = factors_of_years(STUDY).co2[:, [0, -1]]
    then, later = co2[0], co2[2030 - BASE_YEAR]
    assert then == pytest.approx([0.34, 0.765])
    assert [100, 30] @ then == pytest.approx(56.95)
    assert [100, 30] @ later == pytest.approx(33.50)
    assert [100, 30] @ later / ([100, 30] @ then) - 1 == pytest.approx(-0.412, rel=1e-3)
    halved = [50, 30] @ later
    assert halved == pytest.approx(22.00)
    assert halved / 56.95 - 1 == pytest.approx(-0.614, rel=1e-3)
    assert halved - 0.2 * 56.95 == pytest.approx(10.61, rel=1e-3)


def test_a6_the_grid_of_2026_lies_straight_between_its_years_and_sums_over_them():
    """A6, with the four years that the check names instead of the country's denser path."""
    path = np.interp(np.arange(2026, 2051), [2023, 2030, 2040, 2050], [0.597, 0.35, 0.13, 0.04])
    assert path[0] == pytest.approx(0.4911, rel=1e-3)
    assert 30 * path.sum() == pytest.approx(155.94, rel=1e-3)
    # the roadmap's own factors are the country's path, year by year
    mine = factors_of_years(STUDY).co2[:, -1]
    assert mine == pytest.approx([path_value("electricity", "co2_kg_kwh", year) for year in YEARS], rel=1e-9)


def test_a7_a8_prices_fall_with_experience_and_as_the_table_tells():
    """A7 and A8."""
    assert experience(8, learning_rate=0.2) == pytest.approx(0.512)
    assert price_ratio("pv", 2040) == pytest.approx(0.640, rel=1e-3)
    assert price_ratio("pv", 2025) == pytest.approx(1.0)


def test_a9_a12_present_values_and_the_cost_of_a_tonne_are_those_of_the_hand_calculation():
    """A9 and A12."""
    assert discounted_sum(0.03, 25) == pytest.approx(17.4131, rel=1e-4)
    yearly = 1000 * float(annuity_factor(0.04, 30))
    assert yearly == pytest.approx(57.83, rel=1e-3)
    assert yearly - 60 * 0.45 == pytest.approx(30.83, rel=1e-3)
    assert cost_of_saving(1000, -27.0, 60 * 0.23 / 1000, 0.04, 30) == pytest.approx(2234, rel=1e-3)


def test_a10_a_network_follows_its_company_s_plan_where_a_city_tells_one():
    """A10: ten engines and the end of the programme at a plant that makes 70 % of the heat."""
    plan = {2028: 0.31 * (1 - 0.7 * 0.28), 2034: 0.31 * (1 - 0.7 * 0.60)}
    assert list(plan.values()) == pytest.approx([0.2492, 0.1798], rel=1e-3)
    own = Study(name="x", country="PL", roadmap=Roadmap(network_co2=plan))
    path, usual = (factors_of_years(study).co2[:, 0] for study in (own, STUDY))
    assert path[[2028 - BASE_YEAR, 2034 - BASE_YEAR]] == pytest.approx(list(plan.values()))
    assert path[2031 - BASE_YEAR] == pytest.approx(np.mean(list(plan.values())))
    assert path[: 2026 - BASE_YEAR] == pytest.approx(usual[: 2026 - BASE_YEAR])
    assert path[-1] == pytest.approx(path[2034 - BASE_YEAR])


def test_a11_a_straight_path_to_a_fifth_passes_two_thirds_in_2023():
    """A11."""
    assert straight_path([2023, 2026, 2030], base_year=2018, target_year=2030, reduction=0.8) == pytest.approx(
        [0.667, 0.467, 0.2], rel=1e-3
    )


def test_a13_shapley_parts_of_two_causes_are_the_means_of_both_orders():
    """A13."""
    heat, factor = (100.0, 50.0), (0.34, 0.23)
    parts = shapley(lambda on: np.array(heat["retrofit" in on] * factor["network" in on]), ("network", "retrofit"))
    assert parts["retrofit"] == pytest.approx(14.25)
    assert parts["network"] == pytest.approx(8.25)


def test_shapley_parts_sum_to_the_whole_and_give_a_cause_without_effect_nothing():
    random = np.random.default_rng(3)
    values = {frozenset(): 0.0}

    def emissions(on: frozenset[str]) -> np.ndarray:
        key = on - {"pv"}
        return np.array(values.setdefault(key, float(random.normal())))

    parts = shapley(emissions)
    whole = emissions(frozenset()) - emissions(frozenset(CAUSES))
    assert sum(parts.values()) == pytest.approx(whole)
    assert parts["pv"] == pytest.approx(0.0, abs=1e-12)


def test_cumulative_years_start_in_2026():
    assert FIRST == 2026
    assert YEARS[0] == 2018
    assert YEARS[-1] == 2050
