"""Prices and grants: the checks, the rules that exclude and need each other, and their dates."""

from __future__ import annotations

import numpy as np
import pytest

from ped_geo import assumptions
from ped_geo.errors import StudyError
from ped_geo.finance import CARRIERS, best_grant, grants, gross_price, owners, price, price_per_kwh
from ped_geo.language import catalogue
from ped_geo.study import Study
from tests.retrofit.houses import houses

STUDY = Study(name="x")
MILLION = 1e6


def one(envelope, renewable, owner="cooperative", study=STUDY, **more):
    amount, names = best_grant([envelope], [renewable], [owner], study, **more)
    return float(amount[0]), names[0]


def test_maximum_electricity_price_equals_check_c29():
    # 500 PLN/MWh, excise of 5 PLN/MWh, VAT of 23 %
    cap = gross_price(0.5, excise=0.005, vat=0.23)
    assert cap == pytest.approx(0.6212, abs=1e-4)


def test_units_of_heat_equal_check_c30():
    assert price_per_kwh(125) == pytest.approx(0.45)
    assert pytest.approx(8333, rel=1e-3) == 30 / 0.0036


@pytest.mark.parametrize("carrier", [*CARRIERS, "electricity_export", "district_heat_decarbonised"])
def test_every_carrier_has_a_price_that_the_district_may_replace(carrier):
    assert 0.1 < price(carrier, STUDY) < 2


def test_prices_follow_the_district_file_and_unknown_carriers_are_named():
    assert price("district_heat", Study(name="x", overrides={"prices.district_heat": 250})) == pytest.approx(0.9)
    with pytest.raises(StudyError, match="no price is known for carrier 'steam'; known: district_heat"):
        price("steam", STUDY)


def test_grants_equal_check_c37():
    assert one(MILLION, 0.2 * MILLION) == (pytest.approx(372_000), "thermo_premium_res")
    chosen = [grants()[key] for key in ("thermo_premium", "res_grant")]
    summed = sum(grant.amount(np.array([MILLION]), np.array([0.2 * MILLION]), 0.08)[0] for grant in chosen)
    assert summed == pytest.approx(360_000)


def test_premium_with_renewables_needs_a_tenth_of_the_cost():
    assert one(MILLION, 0.05 * MILLION)[1] == "thermo_premium+res_grant"
    assert one(0.9 * MILLION, 0.1 * MILLION)[1] in {"thermo_premium_res", "thermo_premium+res_grant"}
    assert one(0.0, MILLION) == (pytest.approx(500_000), "res_grant")


def test_deep_retrofit_adds_a_tenth_of_the_net_cost():
    plain, deep = one(1.08 * MILLION, 0.0), one(1.08 * MILLION, 0.0, deep=True)
    assert plain == (pytest.approx(0.26 * 1.08 * MILLION), "thermo_premium")
    assert deep[0] - plain[0] == pytest.approx(100_000)
    assert deep[1] == "thermo_premium+thermo_grant"


def test_clean_air_is_for_houses_that_burn_fuel():
    assert one(100_000, 0.0, "household", supply=["coal"]) == (pytest.approx(40_000 / 1.08), "clean_air")
    assert one(100_000, 0.0, "household", supply=["district_heat"]) == (pytest.approx(26_000), "thermo_premium")


def test_companies_get_none_and_a_district_may_count_none():
    assert one(MILLION, MILLION, "company") == (0.0, "")
    assert one(MILLION, 0.0, study=Study(name="x", finance={"grants": False})) == (0.0, "")


def test_programmes_have_dates():
    early = Study(name="x", overrides={"finance.base_year": 2022})
    assert one(MILLION, 0.0, study=early) == (0.0, "")
    assert (
        one(100_000, 0.0, "household", study=Study(name="x", overrides={"finance.base_year": 2024}), supply=["coal"])[1] == "thermo_premium"
    )


def test_municipal_housing_has_its_own_programme_and_no_grant_exceeds_the_cost():
    amount, names = one(MILLION, 0.0, "municipality")
    assert names == "municipal_premium+municipal_grant"
    assert amount == pytest.approx(550_000 + 0.3 * MILLION / 1.08)
    assert one(1.0, 0.0, "municipality")[0] <= 1.0


@pytest.mark.parametrize("key", list(grants()))
def test_every_grant_is_named_in_both_languages_and_refers_to_grants_that_exist(key):
    grant = grants()[key]
    assert f"finance.grant.{key}" in catalogue()
    assert set(grant.needs) | set(grant.excludes) <= set(grants())
    assert 0 < grant.share <= 1
    assert grant.year_from >= 2020
    assert grant.base in {"envelope", "renewable", "all"}


def test_every_use_has_an_owner_and_a_payer():
    from ped_geo import schema

    table = assumptions.table("owners")
    assert set(table["use"]) == set(schema.columns("buildings")["use"].values)
    for party in set(table["owner"]) | set(table["pays_bills"]):
        assert f"finance.party.{party}" in catalogue()
    assert owners(houses()).value_counts().to_dict() == {"household": 14, "cooperative": 12}
