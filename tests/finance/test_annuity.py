"""Money over time against checks, hand calculations and plain sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ped_geo.finance import (
    annuity_factor,
    cost_of_saving,
    discounted_payback,
    discounted_sum,
    lcoe,
    npv,
    replacements,
    simple_payback,
)

RATES = st.floats(0.0, 0.15)


@pytest.mark.parametrize(("rate", "years", "wanted"), [(0.04, 30, 0.05783), (0.07, 15, 0.10979), (0.03, 40, 0.04326)])
def test_annuity_factor_equals_check_c31(rate, years, wanted):
    assert annuity_factor(rate, years) == pytest.approx(wanted, abs=1e-5)


@given(RATES, st.integers(1, 60))
def test_annuity_repays_exactly_one(rate, years):
    paid = sum(float(annuity_factor(rate, years)) / (1 + rate) ** year for year in range(1, years + 1))
    assert paid == pytest.approx(1.0, rel=1e-9)
    assert float(annuity_factor(rate, years) * discounted_sum(rate, years)) == pytest.approx(1.0, rel=1e-9)


@given(RATES, st.integers(1, 50), st.floats(-0.1, 0.1))
def test_discounted_sum_equals_the_payments_one_by_one(rate, years, growth):
    plain = sum((1 + growth) ** (year - 1) / (1 + rate) ** year for year in range(1, years + 1))
    assert float(discounted_sum(rate, years, growth)) == pytest.approx(plain, rel=1e-8)


def test_lcoe_of_pv_equals_check_c32_with_and_without_inverter():
    common = {"rate": 0.04, "years": 30, "degradation": 0.005}
    assert lcoe(3700, 60, 1040, renewals={13: 350, 26: 350}, **common) == pytest.approx(0.299, rel=0.01)
    assert lcoe(3700, 60, 1040, **common) == pytest.approx(0.279, rel=0.01)


def test_lcoe_equals_the_years_summed_one_by_one():
    spent = 1000 + sum(20 / 1.05**year for year in range(1, 11)) + 100 / 1.05**4
    made = sum(500 * 0.99 ** (year - 1) / 1.05**year for year in range(1, 11))
    assert lcoe(1000, 20, 500, rate=0.05, years=10, degradation=0.01, renewals={4: 100}) == pytest.approx(spent / made)


def test_price_at_lcoe_makes_the_net_present_value_zero():
    cost = lcoe(3000, 50, 1000, rate=0.04, years=25)
    assert npv(3000, cost * 1000 - 50, 0.04, 25) == pytest.approx(0, abs=1e-8)


@given(st.floats(1, 1e6), st.floats(0.01, 1e6), RATES)
def test_discounted_payback_is_when_the_net_present_value_turns_zero(spent, gain, rate):
    years = float(discounted_payback(spent, gain, rate))
    assert years >= float(simple_payback(spent, gain)) * (1 - 1e-9)
    if math.isfinite(years) and years < 500:
        assert float(npv(spent, gain, rate, years)) == pytest.approx(0, abs=1e-6 * spent)
    if not math.isfinite(years):
        assert gain / rate <= spent * (1 + 1e-9)


def test_payback_of_nothing_is_zero_and_of_no_gain_never():
    assert simple_payback([0.0, 5.0, 5.0], [1.0, 0.0, -1.0]).tolist() == [0.0, math.inf, math.inf]
    assert discounted_payback([0.0, 5.0], [1.0, 0.0], 0.04).tolist() == [0.0, math.inf]


@pytest.mark.parametrize(("life", "wanted"), [(30, 0.0), (15, 1.0), (40, -0.25), (20, 1 - 0.5), (10, 2.0)])
def test_replacements_without_interest_are_renewals_less_what_is_left(life, wanted):
    assert replacements(1.0, life, 0.0, 30) == pytest.approx(wanted)


def test_replacements_with_interest_by_hand():
    assert replacements(1000.0, 20, 0.04, 30) == pytest.approx(1000 * (1.04**-20 - 0.5 * 1.04**-30))


def test_cost_of_saving_is_infinite_without_saving_and_negative_where_it_pays():
    assert cost_of_saving([100.0, 0.0, 0.0], [0.0, 0.0, -5.0], [0.0, 0.0, 1.0], 0.04, 10).tolist() == [math.inf, 0.0, -5.0]


def test_functions_take_arrays_and_leave_them_alone():
    spent = np.array([1.0, 2.0])
    simple_payback(spent, 1.0)
    assert spent.tolist() == [1.0, 2.0]
