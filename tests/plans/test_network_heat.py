"""Decarbonised district heat as a lever with a price: the heat company's plant, its higher price, its own chimneys, its price path."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import emissions, finance, plans, retrofit, supply
from ped_geo.finance.weights import bill_worth
from ped_geo.study import Study
from tests.retrofit.houses import district, envelopes, houses, needs, year

STUDY = Study(name="x")
CLEAN = "district_heat_decarbonised"


@pytest.fixture(scope="module")
def need():
    return needs(retrofit.envelope_states(houses(), envelopes(), STUDY), houses(), STUDY)


def of(need, study=STUDY):
    state = retrofit.envelope_states(houses(), envelopes(), study)
    energy = supply.final_energy(need, houses(), year(), study, thermal_state=state, options=("today", "heat_pump_air", CLEAN))
    cost = plans.package_cost(houses(), envelopes(), state, study)
    return plans.economics(cost, energy, need, houses(), year(), study, thermal_state=state), energy


def test_the_plant_is_sized_for_the_peak_that_is_left_and_paid_by_the_heat_company(need):
    """By hand: heat output of all houses x 0.62 at once x half of it new x 5,400 a kilowatt."""
    table, _ = of(need)
    rows = table.xs(("usual", CLEAN), level=("package", "supply"))
    output = supply.heat_output_kw(need, year(), STUDY).xs("usual", level="package")
    assert rows["network_investment"].sum() == pytest.approx(float(output.sum()) * 0.62 * 0.5 * 5400)
    shares = finance.parties(table, houses(), STUDY, package="usual", supply=CLEAN).set_index("party")
    assert shares.at["heat_company", "pays"] == pytest.approx(rows["network_investment"].sum())
    assert shares.at["heat_company", "gains_a"] == pytest.approx(rows["network_heat_kwh_a"].sum() * (138 - 125) * 0.0036)


def test_a_house_left_on_todays_network_asks_nothing_of_the_heat_company(need):
    table, _ = of(need)
    for option in ("today", "heat_pump_air"):
        assert (table.xs(option, level="supply")[["network_investment", "network_gain_a"]] == 0).all(axis=None)
        assert "heat_company" not in set(finance.parties(table, houses(), STUDY, package="usual", supply=option)["party"])
    assert (table.xs("heat_pump_air", level="supply")["network_heat_kwh_a"] == 0).all()


def test_the_higher_price_is_the_only_money_of_the_plant_that_owners_and_tenants_see(need):
    """Clean heat changes the bills by its price; the plant is in no investment of the owners of houses on the network."""
    table, energy = of(need)
    on_network = supply.supply_today(houses()) == "district_heat"
    clean, today = (table.xs(("usual", option), level=("package", "supply"))[on_network] for option in (CLEAN, "today"))
    assert np.allclose(clean["investment"], today["investment"])
    heat = energy.xs(("usual", CLEAN), level=("package", "supply"))["district_heat_kwh_a"][on_network]
    assert np.allclose(today["energy_saving_a"] - clean["energy_saving_a"], heat * (138 - 125) * 0.0036)


def test_each_carrier_keeps_to_its_own_price_path():
    """Year by year, by hand: heat of today that grows by a half per cent, electricity that stays."""
    columns = {f"{carrier}_kwh_a": [0.0] for carrier in finance.CARRIERS}
    index = pd.MultiIndex.from_tuples([("b", "existing", "today")], names=["building_id", "package", "supply"])
    bought = pd.DataFrame(columns | {"district_heat_kwh_a": [1000.0], "electricity_kwh_a": [100.0]}, index=index)
    years = np.arange(1, 31)
    heat = (1000.0 * 0.45 * 1.005 ** (years - 1) / 1.04**years).sum()
    power = (100.0 * 1.12 / 1.04**years).sum()
    assert bill_worth(bought, STUDY)[0] == pytest.approx(heat + power)


def test_level_prices_give_the_present_value_of_a_level_saving(need):
    flat = Study(name="x", assumptions={"finance.district_heat_price_growth": 0.0})
    table, _ = of(need, flat)
    worth = table["energy_saving_a"] * float(finance.discounted_sum(0.04, 30))
    assert np.allclose(table["npv_grant"] - table["npv"], table["grant"])
    rows = table.xs(("existing", "today"), level=("package", "supply"))
    assert np.allclose(rows["npv"], 0.0)
    same_plant = table.xs(("existing", CLEAN), level=("package", "supply"))[supply.supply_today(houses()) == "district_heat"]
    assert np.allclose(same_plant["npv"], worth.xs(("existing", CLEAN), level=("package", "supply")).loc[same_plant.index])


def test_clean_heat_has_chimneys_of_its_own_and_less_of_everything_than_todays_network():
    """Wood chips for a quarter and grid electricity for a sixth of the heat are not nothing."""
    heat = pd.DataFrame({"district_heat_kwh_a": [1e6]})
    clean, today = (emissions.air_pollutants(heat, supply=option).iloc[0] for option in (CLEAN, "today"))
    for name in ("nox", "so2", "pm10", "pm25"):
        assert 0 < clean[f"{name}_kg_a"] < today[f"{name}_kg_a"]
    assert clean["nox_kg_a"] == pytest.approx((0.25 * 81 * 3.6e-6 / 0.85 + 0.5 * 0.00046 / 3) / 0.9 * 1e6, rel=0.03)


def test_the_abatement_curve_can_end_with_clean_district_heat():
    curve = plans.abatement_curve(district(STUDY), package="usual", supply=CLEAN)
    assert {"district"} <= set(curve["scope"])
