"""Own use of buildings, blocks and communities; battery and heat store; the Polish forms of sharing."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo import schema
from ped_geo.accounts import Accounts
from ped_geo.finance import price
from ped_geo.flows import Groups
from ped_geo.language import catalogue, number
from ped_geo.outputs import Results
from ped_geo.outputs.report.sharing import store_sentences
from ped_geo.sharing import (
    Community,
    building_shares,
    buildings_own_use,
    forms,
    own_use,
    sharing_levels,
    sharing_of_groups,
    usable_forms,
)
from ped_geo.site import Site
from ped_geo.storage import battery, heat_store
from ped_geo.study import Study
from tests.toy_district import BLOCKS, one_group, toy_inputs, toy_study

STUDY = Study(name="x")
IDEAL = Study(
    name="x",
    overrides={
        "balance.battery_round_trip": 1.0,
        "balance.battery_self_discharge": 0.0,
        "balance.battery_power_per_kwh": 1.0,
        "balance.heat_store_loss": 0.0,
    },
)
ESTATE = Community(members=400, largest_plant_kw=45, total_kw=900, cover=0.75)

power = st.lists(st.floats(0, 100), min_size=24, max_size=24).map(lambda hours: np.round(hours, 6))
shares = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(lambda parts: np.round(parts, 6))


@given(power, power)
def test_what_is_made_is_used_or_exported_and_what_is_needed_is_made_or_imported(load, made):
    one = own_use(load, made)
    assert one.used_kwh_a + one.exported_kwh_a == pytest.approx(one.generation_kwh_a, abs=1e-6)
    assert one.used_kwh_a + one.imported_kwh_a == pytest.approx(one.load_kwh_a, abs=1e-6)


def test_own_use_without_production_or_load_has_no_ratio():
    assert np.isnan(own_use([1.0], [0.0]).self_consumption)
    assert np.isnan(own_use([0.0], [1.0]).self_sufficiency)


@given(power, power, shares, shares)
def test_own_use_of_buildings_equals_the_plain_hour_by_hour_sum(load, made, part, of_made):
    plain = [np.minimum(load * a, made * b).sum() for a, b in zip(part, of_made, strict=True)]
    assert buildings_own_use(load, made, part, of_made) == pytest.approx(plain, abs=1e-6)


def test_shares_of_a_block_sum_to_one():
    found = building_shares(toy_inputs().buildings, pd.Series({"w1": 10.0, "w2": 30.0, "w4": 5.0}))
    assert found.groupby("block_id")["load_share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert found["made_share"].to_dict() == {"w1": 0.25, "w2": 0.75, "w3": 0.0, "w4": 1.0}


def test_the_wider_the_sharing_the_more_is_used_and_the_lower_the_peaks():
    yields = pd.Series({"w1": 60_000.0, "w2": 0.0, "w4": 60_000.0})
    found = sharing_levels(
        Accounts(toy_inputs(), toy_study(), one_group(dict.fromkeys(BLOCKS, "today_pv"))), pv_yield_kwh_a=yields, battery_kwh=200
    )
    used = found.loc[["building", "block", "community", "battery"], "used_kwh_a"]
    assert used.is_monotonic_increasing
    assert used["building"] < used["block"] < used["community"] < used["battery"]
    assert found.loc["community", "peak_export_kw"] < found.loc["block", "peak_export_kw"]
    assert found.loc["battery", "peak_export_kw"] <= found.loc["community", "peak_export_kw"]
    schema.check_layer("sharing", found)


def plain_battery(net, capacity, rate, each_way, kept):
    """The rule in words, one hour after the other."""
    stored, after = 0.0, []
    for value in net:
        stored = stored * kept
        if value < 0:
            taken = min(-value, rate, (capacity - stored) / each_way)
            stored += taken * each_way
            after.append(value + taken)
        else:
            given_back = min(value, rate, stored * each_way)
            stored -= given_back / each_way
            after.append(value - given_back)
    return after


@settings(max_examples=30, deadline=None)  # the first call may compile
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=48), st.floats(0.1, 100))
def test_compiled_battery_follows_the_rule(net, capacity):
    found = battery(net, capacity_kwh=capacity, study=STUDY)
    assert found.net == pytest.approx(plain_battery(net, capacity, 0.5 * capacity, 0.92**0.5, 1 - 0.00004), abs=1e-6)
    assert found.content.min() >= -1e-9
    assert found.content.max() <= capacity + 1e-9
    assert not ((found.charge > 0) & (found.discharge > 0)).any()


def test_ideal_battery_of_matching_size_makes_an_island():
    net = [-5.0, -5.0, 4.0, 6.0]
    found = battery(net, capacity_kwh=10, study=IDEAL)
    assert found.net == pytest.approx([0, 0, 0, 0])
    assert found.loss_kwh_a == pytest.approx(0)


def test_real_battery_loses_eight_per_cent_on_the_way_round():
    found = battery([-10.0, 20.0], capacity_kwh=100, study=STUDY)
    assert found.discharge[1] == pytest.approx(9.2, rel=1e-3)


def test_battery_without_capacity_does_nothing():
    assert battery([-3.0, 4.0], capacity_kwh=0, study=STUDY).net.tolist() == [-3, 4]


def test_heat_store_moves_the_heat_pump_into_the_sun_and_keeps_the_heat():
    pump = np.array([1.0, 1.0, 3.0, 3.0])
    net = np.array([-9.0, -9.0, 3.0, 3.0])
    found = heat_store(net, pump, capacity_kwh=100, cop=3.0, study=IDEAL)
    assert found.heat_pump == pytest.approx([3, 3, 0, 2])
    assert found.heat_pump.sum() == pytest.approx(pump.sum())
    assert found.net == pytest.approx(net + found.heat_pump - pump)


@settings(max_examples=30, deadline=None)  # the first call may compile
@given(st.lists(st.floats(-50, 50), min_size=6, max_size=48), st.floats(1, 5))
def test_heat_is_neither_made_nor_lost_by_an_ideal_store(net, cop):
    pump = np.linspace(1, 5, len(net))
    found = heat_store(net, pump, capacity_kwh=30, cop=cop, study=IDEAL)
    assert (found.heat_pump.sum() - pump.sum()) * cop == pytest.approx(found.content[-1], abs=1e-6)
    assert found.heat_pump.min() >= -1e-9
    assert found.heat_pump.max() <= 5 + 1e-9


def test_energy_co_operatives_came_to_cities_in_october_2025():
    before, after = (usable_forms(ESTATE, on=day).loc["energy_cooperative"] for day in (date(2025, 10, 8), date(2025, 10, 9)))
    assert before.tolist() == [False, "not_in_cities"]
    assert after["usable"]
    village = Community(400, 45, 900, 0.75, in_city=False)
    assert usable_forms(village, on=date(2025, 6, 1)).loc["energy_cooperative", "usable"]


@pytest.mark.parametrize(
    ("form", "community", "reason"),
    [
        ("energy_cooperative", Community(400, 45, 900, 0.6), "cover_too_low"),
        ("energy_cooperative", Community(1000, 45, 900, 0.8), "too_many_members"),
        ("energy_cooperative", Community(400, 45, 10_001, 0.8), "total_too_large"),
        ("tenant_prosumer", Community(40, 51, 51, 0.8), "plant_too_large"),
        ("tenant_prosumer", Community(40, 45, 45, 0.8, multi_family=False), "not_multi_family"),
        ("prosumer", Community(40, 45, 45, 0.8), "too_many_members"),
        ("citizen_energy_community", Community(40, 45, 45, 0.8, one_network_area=False), "several_network_areas"),
        ("energy_cluster", Community(1, 45, 45, 0.8), "too_few_members"),
    ],
)
def test_each_obstacle_is_named(form, community, reason):
    found = usable_forms(community, on=date(2026, 1, 1)).loc[form]
    assert not found["usable"]
    assert reason in found["reasons"].split(";")


def test_nothing_is_usable_before_the_law():
    assert not usable_forms(ESTATE, on=date(2015, 1, 1))["usable"].any()


@pytest.mark.parametrize("form", forms().index)
def test_every_form_has_words_and_dates(form):
    assert {f"sharing.{form}.{what}" for what in ("name", "condition", "settlement")} <= set(catalogue())
    assert date.fromisoformat(forms().loc[form, "valid_from"])


def test_every_obstacle_has_words():
    bad = Community(0, 1e9, 1e9, 0.0, multi_family=False, one_network_area=False)
    codes = {code for reasons in usable_forms(bad, on=date(2015, 1, 1))["reasons"] for code in reasons.split(";")}
    codes |= {
        code for reasons in usable_forms(Community(5000, 1, 1, 1), on=date(2020, 1, 1))["reasons"] for code in reasons.split(";") if code
    }
    assert {f"sharing.reason.{code}" for code in codes} <= set(catalogue())


def test_groups_share_by_their_own_variants_and_meet_the_law_on_their_own():
    """One block with PV, one without: power, cover and members are those of the group, and storage follows the power."""
    inputs = toy_inputs()
    pv = pd.DataFrame(
        {"capacity_kwp": 60.0, "existing_kwp": 0.0, "annual_yield_kwh_a": 60_000.0, "existing_yield_kwh_a": 0.0},
        index=inputs.buildings.index[inputs.buildings["block_id"] != ""],
    )
    buildings = inputs.buildings.assign(dwellings=20.0, heated=True, use="residential_multi")
    inputs = dataclasses.replace(inputs, buildings=buildings)
    choices = {"district": dict.fromkeys(BLOCKS, "today_pv"), "lone": {BLOCKS[0]: "today"}}
    levels, forms = sharing_of_groups(inputs, toy_study(), Groups.named(choices), pv)
    schema.check_layer("sharing", levels)
    schema.check_layer("energy_communities", forms)
    assert "battery" in levels.loc["district"].index
    assert "battery" not in levels.loc["lone"].index  # no roof of that group carries PV
    assert levels.loc[("lone", "community"), "exported_kwh_a"] == 0
    assert not forms.loc[("lone", "energy_cooperative"), "usable"]
    assert "cover_too_low" in forms.loc[("lone", "energy_cooperative"), "reasons"]
    assert "plant_too_large" in forms.loc[("district", "prosumer"), "reasons"]


def test_a_battery_is_priced_against_the_same_community_without_it_year_by_year():
    """Bought at the price of electricity, not sold at that of exports; laid in at the start and again after fifteen of thirty years."""
    inputs, study = toy_inputs(), toy_study()
    pv = pd.DataFrame(
        {"capacity_kwp": 60.0, "existing_kwp": 0.0, "annual_yield_kwh_a": 60_000.0, "existing_yield_kwh_a": 0.0},
        index=inputs.buildings.index[inputs.buildings["block_id"] != ""],
    )
    inputs = dataclasses.replace(inputs, buildings=inputs.buildings.assign(dwellings=20.0, heated=True, use="residential_multi"))
    rows = sharing_of_groups(inputs, study, Groups.named({"district": dict.fromkeys(BLOCKS, "today_pv")}), pv)[0].loc["district"]
    with_, without = rows.loc["battery"], rows.loc["community"]
    # a kilowatt-hour of battery for each kilowatt of modules, at half its power
    size = 60.0 * len(pv)
    spent = size * (study.assumed("prices.battery_per_kwh") + 0.5 * study.assumed("prices.battery_per_kw"))
    gain = (without["imported_kwh_a"] - with_["imported_kwh_a"]) * price("electricity", study)
    gain -= (without["exported_kwh_a"] - with_["exported_kwh_a"]) * price("electricity_export", study)
    rate = study.finance.discount_rate
    worth = sum(gain / (1 + rate) ** year for year in range(1, 31)) - spent - spent / (1 + rate) ** 15
    assert (study.finance.horizon_a, study.assumed("supply.battery_life")) == (30, 15)
    assert with_["investment"] == pytest.approx(spent)
    assert with_["npv"] == pytest.approx(worth)
    assert rows.loc[["building", "block", "community"], ["investment", "npv"]].isna().all(axis=None)


@pytest.mark.parametrize(("npv", "words"), [(-1.0, ("does not pay", "nie zwraca się")), (0.0, ("it pays for itself", "zwraca się"))])
def test_the_report_says_what_stores_are_worth_and_only_where_no_way_has_one(npv, words):
    rows = pd.DataFrame({"investment": [np.nan, 2e6], "npv": [np.nan, npv * 1e6]}, index=["community", "battery"])
    layers = {"sharing": pd.concat({"district": rows}, names=["group_id", "level"])}
    for lang, word in zip(("en", "pl"), words, strict=True):
        said = store_sentences(Results(Study(name="x"), Site(50.0, 20.0), layers), lang)
        assert word in said
        assert number(2.0, lang, 2) in said
    stored = Study.model_validate({"name": "x", "variants": [{"key": "a", "package": "existing", "pv": True, "storage": "battery"}]})
    assert store_sentences(Results(stored, Site(50.0, 20.0), layers), "en") == ""


def test_heat_stores_never_raise_what_is_bought_by_more_than_they_lose():
    inputs = toy_inputs()
    study = toy_study()
    choice = dict.fromkeys(BLOCKS, "near_zero_heat_pump_pv")
    yields = pd.Series({"w1": 60_000.0, "w2": 0.0, "w4": 60_000.0})
    found = sharing_levels(Accounts(inputs, study, one_group(choice)), pv_yield_kwh_a=yields, heat_store_kwh=200.0, cop=3.0)
    assert found.loc["heat_store", "imported_kwh_a"] <= found.loc["community", "imported_kwh_a"] + 1e-6
    assert found.loc["heat_store", "exported_kwh_a"] <= found.loc["community", "exported_kwh_a"] + 1e-6
