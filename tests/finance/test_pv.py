"""Money of photovoltaics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.finance import lcoe, pv_economics, pv_investment, pv_price
from ped_geo.study import Study
from tests.retrofit.houses import houses

STUDY = Study(name="x")


def roofs(capacity: float = 30.0, existing: float = 0.0, specific: float = 950.0) -> pd.DataFrame:
    index = houses().index
    return pd.DataFrame({"capacity_kwp": capacity, "existing_kwp": existing, "annual_yield_kwh_a": capacity * specific}, index=index)


@pytest.mark.parametrize(("low", "high", "wanted"), [(5, 10, 4200), (10, 50, 3700), (50, 150, 3200), (150, 500, 2900)])
def test_price_in_the_middle_of_a_class_is_that_of_the_class(low, high, wanted):
    assert pv_price(np.sqrt(low * high), STUDY) == pytest.approx(wanted)


def test_larger_arrays_cost_more_in_all_and_less_by_the_kilowatt():
    sizes = np.geomspace(1, 2000, 400)
    assert (np.diff(pv_investment(sizes, STUDY)) > 0).all()
    assert (np.diff(pv_price(sizes, STUDY)) <= 0).all()
    assert pv_investment(0.0, STUDY) == 0


def test_lcoe_of_an_array_equals_the_levelised_cost_of_its_parts():
    table = pv_economics(roofs(), houses(height_m=9.0), STUDY)
    wanted = lcoe(
        float(pv_price(30.0, STUDY)), 60, 950, rate=0.04, years=30, degradation=STUDY.assumed("pv.degradation"), renewals={13: 350, 26: 350}
    )
    assert np.allclose(table["lcoe_per_kwh"], wanted)


def test_existing_arrays_are_neither_paid_nor_gained():
    table = pv_economics(roofs(existing=30.0), houses(), STUDY)
    assert (table[["investment", "yield_new_kwh_a", "gain_a", "annual_cost_a"]] == 0).all(axis=None)
    half = pv_economics(roofs(existing=15.0), houses(), STUDY)
    assert np.allclose(half["yield_new_kwh_a"], 15 * 950)


def test_more_own_use_pays_back_sooner():
    little, much = (pv_economics(roofs(), houses(), STUDY, own_use=share)["simple_payback_a"] for share in (0.1, 0.9))
    assert (much < little).all()
    given = pv_economics(roofs(), houses(), STUDY, own_use=pd.Series(0.9, index=houses().index))["simple_payback_a"]
    assert np.allclose(given, much)


def test_high_blocks_pay_for_ballast():
    low, high = (pv_economics(roofs(), houses(height_m=height), STUDY)["investment"] for height in (12.0, 33.0))
    assert np.allclose(high / low, 1.075)


def test_pv_economics_passes_the_schema_and_holds_the_half_grant_of_co_operatives():
    table = pv_economics(roofs(), houses(), STUDY)
    schema.check_layer("pv_economics", table)
    flats = houses()["use"] == "residential_multi"
    assert np.allclose(table["grant"][flats] / table["investment"][flats], 0.5)
