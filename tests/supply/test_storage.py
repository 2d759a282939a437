"""Stores: energy in = energy out + losses + growth of the content, whatever comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ped_geo.errors import StudyError
from ped_geo.study import Study
from ped_geo.supply import Store, battery, run_store, thermal_store

STUDY = Study(name="x")
POWERS = arrays.arrays(np.float64, st.integers(1, 60), elements=st.floats(-50, 50, allow_nan=False, width=32))


def plain(surplus, store, start):
    """The rule, hour by hour in plain Python."""
    state, taken, given_, content = start, [], [], []
    for power in surplus:
        state = state * (1 - store.loss_per_hour)
        charge = discharge = 0.0
        if power > 0:
            charge = min(power, store.power_kw, (store.capacity_kwh - state) / store.charge_efficiency)
            charge = max(charge, 0.0)
            state = state + charge * store.charge_efficiency
        else:
            discharge = min(-power, store.power_kw, state * store.discharge_efficiency)
            state = state - discharge / store.discharge_efficiency
        taken.append(charge)
        given_.append(discharge)
        content.append(state)
    return np.array(taken), np.array(given_), np.array(content)


@settings(deadline=None, max_examples=60)
@given(POWERS, st.floats(0, 200), st.floats(0, 80), st.floats(0.5, 1), st.floats(0.5, 1), st.floats(0, 0.2), st.booleans())
def test_store_keeps_the_balance_and_its_bounds(surplus, capacity, power, into, out, loss, steady):
    store = Store(capacity, power, into, out, loss)
    year = run_store(np.maximum(surplus, 0), np.maximum(-surplus, 0), store, steady=steady)
    assert (year.content >= -1e-9).all()
    assert (year.content <= capacity + 1e-9).all()
    assert (year.charge <= np.maximum(surplus, 0) + 1e-9).all()
    assert (year.discharge <= np.maximum(-surplus, 0) + 1e-9).all()
    assert (np.maximum(year.charge, year.discharge) <= power + 1e-9).all()
    before = np.concatenate([[year.start_kwh], year.content[:-1]])
    explained = (before * loss).sum() + (1 - into) * year.charge.sum() + (1 / out - 1) * year.discharge.sum()
    assert year.losses_kwh == pytest.approx(explained, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(POWERS, st.floats(0, 100))
def test_compiled_loop_equals_the_plain_rule(surplus, start):
    from ped_geo.supply._dispatch import dispatch

    store = Store(100.0, 30.0, 0.9, 0.95, 0.01)
    found = dispatch(surplus, store.capacity_kwh, store.power_kw, 0.9, 0.95, 0.01, start)
    for one, other in zip(found, plain(surplus, store, start), strict=True):
        assert np.allclose(one, other, atol=1e-9)


def test_day_of_sun_by_hand():
    year = run_store([6.0, 6.0, 0.0, 0.0], [0.0, 0.0, 4.0, 9.0], Store(10.0, 5.0, 0.8, 1.0), steady=False)
    assert year.charge.tolist() == [5.0, 5.0, 0.0, 0.0]
    assert year.content.tolist() == [4.0, 8.0, 4.0, 0.0]
    assert year.discharge.tolist() == [0.0, 0.0, 4.0, 4.0]
    assert year.losses_kwh == pytest.approx(2.0)


def test_store_without_capacity_does_nothing():
    year = run_store(np.full(5, 3.0), np.zeros(5), Store(0.0, 10.0))
    assert year.charge.sum() == year.discharge.sum() == 0


def test_battery_has_the_round_trip_of_its_two_inverters_and_a_tank_loses_by_the_hour():
    store = battery(40.0, STUDY)
    assert store.charge_efficiency * store.discharge_efficiency == pytest.approx(0.955**2)
    tank = thermal_store(100.0, 50.0, STUDY)
    year = run_store([100.0, 0, 0, 0], [0.0, 0, 0, 0], tank, steady=False)
    assert year.content[-1] == pytest.approx(50 * (1 - 0.005) ** 3)


def test_impossible_stores_are_refused_with_all_reasons():
    with pytest.raises(StudyError, match="has 3 problems"):
        Store(-1.0, 1.0, 1.5, 1.0, 1.0)
