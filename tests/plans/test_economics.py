"""Economics of packages and supplies, the split between parties, the abatement curve and the cost-optimal package."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from ped_geo import finance, plans, retrofit, schema, supply
from ped_geo.errors import LayerError
from ped_geo.finance.weights import weighted
from ped_geo.plans.cost_optimal import _Parts, alternatives, annual_cost
from ped_geo.retrofit import RetrofitContext, measure
from ped_geo.study import Study
from tests.retrofit.houses import district, envelopes, houses, needs, year
from tests.toy_district import TOY_VARIANTS

STUDY = Study(name="x", variants=TOY_VARIANTS)
OPTIONS = ("today", "heat_pump_air", "district_heat_decarbonised")


@pytest.fixture(scope="module")
def thermal_state():
    return retrofit.joined_states(retrofit.envelope_states(houses(), envelopes(), STUDY), plans.cost_optimal(district(STUDY)))


@pytest.fixture(scope="module")
def need(thermal_state):
    return needs(thermal_state, houses(), STUDY)


@pytest.fixture(scope="module")
def energy(need, thermal_state):
    return supply.final_energy(need, houses(), year(), STUDY, thermal_state=thermal_state, options=OPTIONS)


@pytest.fixture(scope="module")
def table(need, thermal_state, energy):
    cost = plans.package_cost(houses(), envelopes(), thermal_state, STUDY)
    return plans.economics(cost, energy, need, houses(), year(), STUDY, thermal_state=thermal_state)


@pytest.fixture(scope="module")
def roofs():
    index = houses().index
    frame = pd.DataFrame({"capacity_kwp": 20.0, "existing_kwp": 0.0, "annual_yield_kwh_a": 19_000.0}, index=index)
    return finance.pv_economics(frame, houses(), STUDY)


@pytest.fixture(scope="module")
def curve(roofs):
    return plans.abatement_curve(district(STUDY), pv_economics=roofs)


def test_today_costs_and_saves_nothing(table):
    today = table.xs(("existing", "today"), level=("package", "supply"))
    saved = today.drop(columns=["energy_cost_a", "network_heat_kwh_a"])
    assert np.allclose(saved, 0)
    assert (today["energy_cost_a"] > 0).all()


def test_economics_of_a_panel_block_by_hand(table, energy):
    row = table.loc[("PL.N.MFH.03", "usual", "today")]
    before, after = (energy.loc[("PL.N.MFH.03", name, "today")] for name in ("existing", "usual"))
    bill = (before - after)["district_heat_kwh_a"] * 0.45 + (before - after)["electricity_kwh_a"] * 1.12
    assert row["energy_saving_a"] == pytest.approx(bill)
    assert row["co2_saving_kg_a"] == pytest.approx(
        (before - after)["district_heat_kwh_a"] * 0.31 + (before - after)["electricity_kwh_a"] * 0.597
    )
    assert row["simple_payback_a"] == pytest.approx(row["investment"] / bill)
    assert row["simple_payback_grant_a"] == pytest.approx((row["investment"] - row["grant"]) / bill)
    assert row["npv_grant"] - row["npv"] == pytest.approx(row["grant"])


def test_economics_passes_the_schema_and_needs_today(table, energy, need, thermal_state):
    schema.check_layer("economics", table)
    cost = plans.package_cost(houses(), envelopes(), thermal_state, STUDY)
    with pytest.raises(LayerError, match="lacks package 'existing' with supply 'today'"):
        plans.economics(cost, energy.drop("today", level="supply"), need, houses(), year(), STUDY)


def test_cleaner_network_needs_no_new_substation_and_other_plants_are_sized_after_the_works(table):
    rows = table["supply_investment"].unstack(["package", "supply"])
    flats = houses().index[houses()["heat_supply"] == "district_heat"]
    assert (rows["usual", "district_heat_decarbonised"].loc[flats] == 0).all()
    assert (rows["usual", "today"] == 0).all()
    pumps = rows.xs("heat_pump_air", axis=1, level="supply")
    assert (pumps["near_zero"] < pumps["usual"]).all()
    assert (pumps["usual"] < pumps["existing"]).all()


def test_without_grants_only_grants_change(need, thermal_state, energy):
    bare = Study(name="x", finance={"grants": False})
    cost = plans.package_cost(houses(), envelopes(), thermal_state, bare)
    without = plans.economics(cost, energy, need, houses(), year(), bare, thermal_state=thermal_state)
    assert (without["grant"] == 0).all()
    assert np.allclose(without["npv"], without["npv_grant"])


def test_variant_costs_sum_buildings_to_blocks(table, roofs):
    costs = plans.variant_costs(table, roofs, houses(), STUDY)
    assert set(costs.index.get_level_values("variant")) == {variant.key for variant in STUDY.variants}
    usual = table.xs(("usual", "today"), level=("package", "supply"))["investment"].sum()
    assert costs["investment"].xs("usual", level="variant").sum() == pytest.approx(usual)
    assert costs["investment"].xs("usual_pv", level="variant").sum() == pytest.approx(usual + roofs["investment"].sum())
    assert (costs.xs("today", level="variant")[["investment", "annual_cost_a", "saving_a"]] == 0).all(axis=None)
    with pytest.raises(LayerError, match="of variant 'near_zero_heat_pump_pv'"):
        plans.variant_costs(table.drop("near_zero", level="package"), roofs, houses(), STUDY)


def test_payback_of_a_block_is_its_left_cost_over_what_is_saved_after_upkeep(table, roofs):
    """By hand: PV alone pays back as its arrays do, and blocks together as their sums, never as the mean of their years."""
    blocks = houses()["block_id"].astype("str")
    costs = plans.variant_costs(table, roofs, houses(), STUDY)
    shown = plans.payback_with_grants(costs)
    last, modules = STUDY.variants[-1], costs.xs("today_pv", level="variant")
    heat = table.xs((last.package, last.supply), level=("package", "supply"))
    left = heat["investment"] - heat["grant"] + roofs["investment"] - roofs["grant"]
    sold = roofs["gain_a"] + roofs["running_cost_a"]
    saved = heat["energy_saving_a"] + sold - roofs["capacity_new_kwp"] * STUDY.assumed("prices.pv_opex")
    for name, ids in blocks.groupby(blocks).groups.items():
        assert shown[name, last.key] == pytest.approx(left[ids].sum() / saved[ids].sum())
        assert shown[name, "today_pv"] == pytest.approx(
            (roofs["simple_payback_a"] * roofs["gain_a"])[ids].sum() / roofs["gain_a"][ids].sum()
        )
    assert modules["saving_a"].sum() == pytest.approx(roofs["gain_a"].sum())
    # the cost of a year less what is saved does not hang on where the upkeep is put
    whole = heat["annual_cost_a"] + roofs["annual_cost_a"] - heat["energy_saving_a"] - sold
    assert costs.xs(last.key, level="variant")["net_cost_a"].sum() == pytest.approx(whole.sum())
    assert shown.xs("today", level="variant").isna().all()


def test_parties_pay_the_investment_together_and_gain_the_saved_bills(table):
    found = finance.parties(table, houses(), STUDY, package="wt2021")
    schema.check_layer("parties", found)
    rows = table.xs(("wt2021", "today"), level=("package", "supply"))
    assert found["pays"].sum() == pytest.approx(rows["investment"].sum())
    assert found["gains_a"].sum() == pytest.approx(rows["energy_saving_a"].sum())
    by_party = found.set_index("party")
    assert by_party.loc["cooperative", "gains_a"] == 0
    assert by_party.loc["tenants", "pays"] == 0
    assert by_party.loc["state", "pays"] == pytest.approx(rows["grant"].sum())


# the evaluator: the quick way equals the full way


@pytest.mark.parametrize("option", ["today", "heat_pump_air", "heat_pump_ground", "solar_thermal", "waste_water_heat", "biomass"])
def test_quick_weights_equal_the_weights_of_the_final_energy(option, thermal_state):
    stock = district(STUDY, heat_supply=["coal", "electric", "heat_pump_air", "district_heat"] * 6 + ["gas", "none"])
    for package in ("existing", "near_zero"):
        state = thermal_state.xs(package, level="package")
        quick, full = stock.weighted(state, option), weighted(stock.final_energy(state, option), STUDY)
        assert np.allclose(quick, full[quick.columns], rtol=1e-10)


# abatement


def test_abatement_steps_of_a_block_add_up_to_what_the_whole_package_saves(curve):
    stock = district(STUDY)
    case = RetrofitContext(stock.buildings, stock.today, STUDY)
    state = stock.today
    for key, level in sorted(retrofit.package_steps("near_zero"), key=lambda step: step[0] != "windows"):
        state = measure(key).apply(state, case, level)
    saved = (stock.weighted(stock.today) - stock.weighted(state, "heat_pump_air")).groupby(stock.buildings["block_id"]).sum()
    steps = curve[(curve["action"] != "pv") & (curve["group_id"] != "district")].groupby("group_id").sum(numeric_only=True)
    assert np.allclose(steps["co2_saving_t_a"] * 1000, saved["co2_kg_a"].loc[steps.index])
    assert np.allclose(steps["bill_saving_a"], saved["bill_a"].loc[steps.index])
    assert np.allclose(steps["primary_saving_kwh_a"], saved["primary_kwh_a"].loc[steps.index])


def test_abatement_takes_the_cheapest_tonne_first_and_the_heat_pump_after_the_works(curve):
    schema.check_layer("abatement", curve)
    for scope in ("blocks", "houses"):
        rows = curve[curve["group_id"] == scope]
        works = rows[~rows["action"].isin(["pv", "heat_pump_air"])]
        assert (np.diff(rows["step"]) > 0).all()
        assert works["cost_per_t"].iloc[0] == works["cost_per_t"].min()
        assert rows["action"].tolist()[-2:] == ["heat_pump_air", "pv"]
    whole = curve[curve["group_id"] == "district"]
    assert (np.diff(whole["cost_per_t"]) >= 0).all()


def test_first_step_is_the_cheapest_of_all_measures_tried_alone(curve):
    stock = district(STUDY)
    case = RetrofitContext(stock.buildings, stock.today, STUDY)
    levels = dict(retrofit.package_steps("near_zero"))
    before = stock.weighted(stock.today)
    alone = {}
    for key in ("wall_insulation", "roof_insulation", "cellar_ceiling", "hydraulic_balancing", "hot_water_circulation", "heat_recovery"):
        state = measure(key).apply(stock.today, case, levels[key])
        saved = (before - stock.weighted(state)).groupby(stock.buildings["block_id"]).sum()
        spent = measure(key).cost(stock.today, state, stock.buildings, stock.envelope, STUDY).groupby(stock.buildings["block_id"]).sum()
        annual = spent * finance.annuity_factor(STUDY.finance.discount_rate, measure(key).lifetime_a)
        alone[key] = ((annual - saved["bill_a"]) / saved["co2_kg_a"] * 1000).replace([np.inf, -np.inf], np.nan)
    for scope in ("blocks", "houses"):
        first = curve[(curve["group_id"] == scope) & (curve["step"] == 1)]["cost_per_t"].iloc[0]
        assert first <= min(values[scope] for values in alone.values() if np.isfinite(values[scope])) * (1 - 1e-9 * np.sign(first)) + 1e-6


def test_heat_pump_is_cheaper_after_the_works(curve):
    bare = plans.abatement_curve(district(STUDY), package="existing")
    after = curve.loc["blocks/heat_pump_air", "investment"]
    assert bare["action"].tolist() == ["heat_pump_air"] * 3
    assert after < bare.loc["blocks/heat_pump_air", "investment"] * 0.5


def test_district_curve_is_the_sum_of_its_blocks(curve):
    sums = ["investment", "annual_cost_a", "bill_saving_a", "final_saving_kwh_a", "primary_saving_kwh_a", "co2_saving_t_a"]
    parts = curve[curve["group_id"] != "district"].groupby("action")[sums].sum()
    whole = curve[curve["group_id"] == "district"].set_index("action")[sums]
    assert np.allclose(parts, whole.loc[parts.index])
    assert curve[curve["group_id"] == "district"]["co2_cumulative_t_a"].iloc[-1] == pytest.approx(whole["co2_saving_t_a"].sum())


def test_nothing_to_do_gives_an_empty_curve():
    empty = plans.abatement_curve(district(STUDY), package="existing", supply="today")
    schema.check_layer("abatement", empty)
    assert len(empty) == 0


def test_pv_saves_less_where_exports_are_not_credited(roofs, curve):
    strict = plans.abatement_curve(
        district(Study(name="x", balance={"k_exp": 0.0})), package="existing", supply="today", pv_economics=roofs
    )
    assert strict.loc["blocks/pv", "co2_saving_t_a"] == pytest.approx(0.35 * curve.loc["blocks/pv", "co2_saving_t_a"])


# cost-optimal package


def test_cost_optimal_is_never_dearer_than_any_package_or_than_nothing():
    stock = district(STUDY)
    best = annual_cost(plans.cost_optimal(stock).xs("cost_optimal", level="package"), stock)
    thermal_state = retrofit.envelope_states(houses(), envelopes(), STUDY)
    for package in ("existing", "wt2021", "near_zero"):
        other = annual_cost(thermal_state.xs(package, level="package"), stock)
        assert (best <= other * (1 + 1e-9)).all(), package


def test_parts_put_together_give_every_listed_package():
    """The search for the cheapest package relies on it: no part's measures touch or read another part's columns."""
    stock = district(STUDY)
    listed = retrofit.envelope_states(houses(), envelopes(), STUDY)
    for level, package in ((1, "wt2021"), (2, "near_zero")):
        picks = {part: np.full(len(stock.today), min(level, len(choices) - 1)) for part, choices in alternatives().items()}
        if package == "wt2021":
            picks["ventilation"][:] = 0  # the one part that only the deeper package has
        together = _Parts.of(stock).state(picks)
        pd.testing.assert_frame_equal(together, listed.xs(package, level="package"), check_exact=False, rtol=1e-12)


@pytest.mark.slow
def test_cost_optimal_equals_the_best_of_all_combinations():
    stock = district(STUDY)
    best = annual_cost(plans.cost_optimal(stock).xs("cost_optimal", level="package"), stock)
    case = RetrofitContext(stock.buildings, stock.today, STUDY)
    parts = {
        part: choices for part, choices in alternatives().items() if part in ("wall", "roof", "floor", "window", "heating", "hot_water")
    }
    states = []
    for combination in product(*parts.values()):
        state = stock.today
        for choice in combination:
            for key, level in choice:
                state = measure(key).apply(state, case, level)
        states.append(state)
    assert len(states) == 3**4 * 2**2
    least = np.min([annual_cost(state, stock) for state in states], axis=0)
    assert (best <= least * 1.002).all()
