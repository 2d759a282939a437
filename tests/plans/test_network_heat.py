"""Decarbonised district heat as a lever with a price: the heat company's plant, its higher price, its own chimneys, its price path."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import emissions, finance, plans, retrofit, supply
from ped_geo.finance.weights import bill_worth
from ped_geo.study import Study, Variant
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
    assert {"district"} <= set(curve["group_id"])


def joined(need, pipes, *, on_network=None):
    """Layer ``heat_joins``: the same money for each house and package."""
    on = supply.supply_today(houses()) == "district_heat" if on_network is None else on_network
    rows = need.index.get_level_values("building_id")
    return pd.DataFrame(
        {"on_network": on.loc[rows].to_numpy(), "elsewhere": "", "pipes_today": np.where(on.loc[rows], 0.0, pipes), "pipes_own": pipes},
        index=need.index,
    )


def with_pipes(need, options, *, levels=None, pipes=1000.0):
    state = retrofit.envelope_states(houses(), envelopes(), STUDY)
    energy = supply.final_energy(need, houses(), year(), STUDY, thermal_state=state, options=options, network=supply.HeatNetwork(levels))
    cost = plans.package_cost(houses(), envelopes(), state, STUDY)
    joins = None if pipes is None else joined(need, pipes)
    return plans.economics(cost, energy, need, houses(), year(), STUDY, thermal_state=state, joins=joins), energy


def test_pipes_for_new_customers_are_the_heat_companys_and_in_no_bill(need):
    """Only houses that are not on the network get pipes; owners' money is what it was without them; the margin is of their heat."""
    options = ("today", CLEAN)
    (with_, _), (without, _) = with_pipes(need, options), with_pipes(need, options, pipes=None)
    new = supply.supply_today(houses()) != "district_heat"
    rows = with_.xs(("usual", CLEAN), level=("package", "supply"))
    assert rows["network_pipes"].tolist() == pytest.approx(np.where(new, 1000.0, 0.0).tolist())
    for name in ("investment", "energy_saving_a", "npv", "energy_cost_a"):
        assert np.allclose(with_[name], without[name])
    more = rows["network_gain_a"] - without.xs(("usual", CLEAN), level=("package", "supply"))["network_gain_a"]
    # 125 a gigajoule less tax of 23 %, less 290 a megawatt hour at the plant
    assert np.allclose(more, np.where(new, rows["network_heat_kwh_a"] * (125 * 0.0036 / 1.23 - 0.29), 0.0))


def test_pipes_of_an_own_network_are_charged_by_the_year(need):
    """Annuity of 5 % over 40 years and 1.5 % for upkeep of 1,000: paid by the house, had by the company."""
    options = ("today", "waste_water_heat")
    (with_, _), (without, _) = with_pipes(need, options), with_pipes(need, options, pipes=None)
    own, plain = (table.xs(("usual", "waste_water_heat"), level=("package", "supply")) for table in (with_, without))
    charge = 1000.0 * (0.05 / (1 - 1.05**-40) + 0.015)
    assert np.allclose(own["network_charge_a"], charge)
    assert np.allclose(plain["energy_saving_a"] - own["energy_saving_a"], charge)
    assert np.allclose(own["energy_cost_a"] - plain["energy_cost_a"], charge)
    assert np.allclose(plain["npv"] - own["npv"], charge * float(finance.discounted_sum(0.04, 30)))
    shares = finance.parties(with_, houses(), STUDY, package="usual", supply="waste_water_heat").set_index("party")
    assert shares.at["heat_company", "pays"] == pytest.approx(1000.0 * len(own))
    assert shares.at["heat_company", "gains_a"] == pytest.approx(charge * len(own))


def test_an_own_network_loses_and_pumps_what_its_routed_pipes_do(need):
    """A fifth lost instead of the assumed tenth: nine eighths of the electricity; factors of the large network know nothing of it."""
    packages = need.index.unique(level="package")
    levels = pd.DataFrame(
        {"delivered_mwh_a": 800.0, "heat_loss_mwh_a": 200.0, "heat_loss_share": 0.2, "pump_mwh_a": 20.0},
        index=pd.MultiIndex.from_product([["low_temperature"], packages], names=["level", "package"]),
    )
    options = ("today", "waste_water_heat", "district_heat_decarbonised")
    (_, routed), (_, assumed) = with_pipes(need, options, levels=levels), with_pipes(need, options)
    of = {name: frame.xs("waste_water_heat", level="supply") for name, frame in (("routed", routed), ("assumed", assumed))}
    names = ["electricity_heating_kwh_a", "electricity_hot_water_kwh_a", "ambient_kwh_a"]
    assert np.allclose(of["routed"][names], of["assumed"][names] * 0.9 / 0.8)
    fed = of["assumed"][names].sum(axis=1)
    assert np.allclose(of["routed"]["auxiliary_kwh_a"] - of["assumed"]["auxiliary_kwh_a"], fed * (0.9 / 0.8 * 0.02 - 0.01))
    for option in ("today", "district_heat_decarbonised"):
        pd.testing.assert_frame_equal(routed.xs(option, level="supply"), assumed.xs(option, level="supply"))


def test_the_books_tell_each_variants_network_and_where_losses_are_counted(need):
    table, energy = with_pipes(need, ("today", "heat_pump_air", CLEAN, "waste_water_heat"))
    variants = tuple(
        Variant(key=f"v{place}", package="usual", supply=supply)
        for place, supply in enumerate(("today", "heat_pump_air", CLEAN, "waste_water_heat"))
    )
    study = Study(name="x", variants=variants)
    untold = pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []]))
    books = plans.network_books(energy, table, (untold, untold), houses(), study)
    assert books["network"].tolist() == ["district_heat", "without_network", "district_heat", "own_network"]
    assert books["counted"].tolist() == ["in_price_and_factor", "nothing", "in_price_and_factor", "in_balance"]
    assert books.at["v1", "heat_mwh_a"] == 0.0
    assert (books["heat_loss_mwh_a"] / (books["heat_mwh_a"] + books["heat_loss_mwh_a"])).dropna().tolist() == pytest.approx([0.1] * 3)
    assert books.at["v3", "pipes"] == pytest.approx(1000.0 * len(houses()))
    rows = table.xs(("usual", CLEAN), level=("package", "supply"))
    assert books.at["v2", "pipes"] + books.at["v2", "plant"] == pytest.approx(rows["network_investment"].sum())


def test_the_books_lose_heat_in_the_pipes_of_those_whom_the_variant_serves(need):
    """By hand: a fifth in the pipes of those on the network today, a tenth with those in reach, a third in an own network for all."""
    table, energy = with_pipes(need, ("today", CLEAN, "waste_water_heat"))
    row = {"delivered_mwh_a": 80.0, "heat_loss_mwh_a": 20.0, "heat_loss_share": 0.2, "pump_mwh_a": 1.0}
    more = {"delivered_mwh_a": 180.0, "heat_loss_mwh_a": 20.0, "heat_loss_share": 0.1, "pump_mwh_a": 4.0}
    whole = {"delivered_mwh_a": 200.0, "heat_loss_mwh_a": 100.0, "heat_loss_share": 1 / 3, "pump_mwh_a": 9.0}
    served = pd.DataFrame([row, more], index=pd.MultiIndex.from_tuples([("usual", "today"), ("usual", "reached")]))
    levels = pd.DataFrame([whole] * 2, index=pd.MultiIndex.from_tuples([("high_temperature", "usual"), ("low_temperature", "usual")]))
    variants = tuple(Variant(key=name, package="usual", supply=name) for name in ("today", CLEAN, "waste_water_heat"))
    books = plans.network_books(energy, table, (levels, served), houses(), Study(name="x", variants=variants))
    fed = books["heat_mwh_a"] + books["heat_loss_mwh_a"]
    assert (books["heat_loss_mwh_a"] / fed).tolist() == pytest.approx([0.2, 0.1, 1 / 3])
    assert (books["pump_mwh_a"] / fed).tolist() == pytest.approx([0.01, 0.02, 0.03])


def test_beyond_the_network_a_house_has_the_energy_and_money_of_the_heat_pump_that_it_gets(need):
    """Each house under clean heat is the same as under the supply that serves it; those that are reached are as without any limit."""
    options = ("today", CLEAN, "heat_pump_ground", "heat_pump_air")
    state = retrofit.envelope_states(houses(), envelopes(), STUDY)
    cost = plans.package_cost(houses(), envelopes(), state, STUDY)
    ids = houses().index
    other = pd.Series([("", "heat_pump_ground", "heat_pump_air")[number % 3] for number in range(len(ids))], index=ids)
    joins = joined(need, 1000.0).assign(elsewhere=other.loc[need.index.get_level_values("building_id")].to_numpy())
    tables = []
    for layer in (joins, joins.assign(elsewhere="")):
        energy = supply.final_energy(
            need, houses(), year(), STUDY, thermal_state=state, options=options, network=supply.HeatNetwork(joins=layer)
        )
        money = plans.economics(cost, energy, need, houses(), year(), STUDY, thermal_state=state, joins=layer)
        tables.append(pd.concat([energy, money], axis=1))
    limited, free = tables
    served = other.where(other != "", CLEAN)
    rows = limited.xs(CLEAN, level="supply")
    names = [name for name in rows if not str(name).startswith("network_pipes") and name not in ("network_investment", "network_gain_a")]
    wanted = pd.MultiIndex.from_tuples([(one, package, served[one]) for one, package in rows.index], names=free.index.names)
    expected = free.loc[wanted, names].droplevel("supply")
    pd.testing.assert_frame_equal(rows[names], expected)
    assert (rows.loc[rows.index.get_level_values("building_id").isin(ids[other != ""]), "network_heat_kwh_a"] == 0.0).all()
    pd.testing.assert_frame_equal(limited.drop(index=CLEAN, level="supply"), free.drop(index=CLEAN, level="supply"))


def test_the_hours_of_a_house_beyond_the_network_are_those_of_its_heat_pump(need):
    """The whole curve can end with clean heat of which a part is heat pumps: its last step is the sum of both."""
    stock = district(STUDY)
    ids = stock.today.index
    half = pd.DataFrame({"elsewhere": ["heat_pump_air" if number % 2 else "" for number in range(len(ids))]}, index=ids)
    spent = {}
    for name, option, joins in (("mixed", CLEAN, half), ("network", CLEAN, half.assign(elsewhere="")), ("air", "heat_pump_air", None)):
        curve = plans.abatement_curve(stock, package="usual", supply=option, joins=joins)
        rows = curve[(curve["group_id"] != "district") & (curve["action"] == option)]
        spent[name] = rows["investment"].sum()
    assert spent["network"] < spent["mixed"] < spent["air"]
