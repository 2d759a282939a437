"""Batteries and heat stores of blocks: no energy is made, nothing is what no store does, and one without end leaves the year's sum."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.balance import block_balance, block_flows, district_balance, flows_of_groups
from ped_geo.errors import StudyError
from ped_geo.figures.hours import district_hours
from ped_geo.finance import annuity_factor, price, storage_money
from ped_geo.flows import Groups
from ped_geo.outputs.tables import variant_name
from ped_geo.plans import recommend, ways_of_groups
from ped_geo.storage import block_storage
from ped_geo.study import Study, parse_study
from tests.plans.test_recommendation import by_plain_search
from tests.toy_district import BLOCKS, HOURS, one_group, toy_inputs

WAYS = (
    {"key": "plain", "package": "usual", "pv": True},
    {"key": "battery", "package": "usual", "pv": True, "storage": "battery"},
    {"key": "pumps", "package": "usual", "supply": "heat_pump_air", "pv": True},
    {"key": "tanks", "package": "usual", "supply": "heat_pump_air", "pv": True, "storage": "heat_store"},
)
IDEAL = {
    "balance.battery_round_trip": 1.0,
    "balance.battery_self_discharge": 0.0,
    "balance.battery_power_per_kwh": 1.0,
    "balance.heat_store_loss": 0.0,
}
INPUTS = toy_inputs()
"""Block b1 and b3 have modules, b2 has none."""

ROOFS = pd.DataFrame(
    {"capacity_kwp": [30.0, 30.0, 0.0, 60.0], "existing_kwp": 0.0}, index=pd.Index(["w1", "w2", "w3", "w4"], name="building_id")
)
PLACES = pd.DataFrame({"capacity_kwp": []}, index=pd.MultiIndex.from_arrays([[], []], names=["building_id", "place"]))


def stored(**assumed):
    """Study, table and hours with some assumptions changed."""
    study = Study.model_validate(
        {"name": "x", "variants": WAYS, "assumptions": {f"balance.{key}": value for key, value in assumed.items()}}
    )
    return study, *block_storage(INPUTS, ROOFS, PLACES, study)


def with_stores(hours):
    return dataclasses.replace(INPUTS, storage_hourly=hours)


def exchange(inputs, study):
    return block_flows(inputs, study)[["electricity_delivered_kwh_a", "electricity_exported_kwh_a"]].unstack("variant")


def test_a_store_makes_no_energy_and_what_it_does_not_give_back_it_lost():
    study, table, hours = stored()
    schema.check_layer("storage", table)
    schema.check_layer("storage_hourly", hours)
    assert (table["loss_kwh_a"] >= -1e-6).all()
    for (block, key), row in table.iterrows():
        # float32 of 8,760 hours
        assert float(hours[key][block].to_numpy(float).sum()) == pytest.approx(-row["loss_kwh_a"], abs=0.5)
    before, after = exchange(INPUTS, study), exchange(with_stores(hours), study)
    for plain, kind in (("plain", "battery"), ("pumps", "tanks")):
        bought, sold = (before[name, plain] - after[name, kind] for name in ("electricity_delivered_kwh_a", "electricity_exported_kwh_a"))
        assert bought.to_numpy() == pytest.approx(table.xs(kind, level="variant")["import_avoided_kwh_a"].to_numpy(), abs=0.5)
        assert sold.to_numpy() == pytest.approx(table.xs(kind, level="variant")["export_avoided_kwh_a"].to_numpy(), abs=0.5)
        assert (bought <= sold + 0.5).all()
        assert bought["b1"] > 1_000.0
        assert bought["b2"] == pytest.approx(0.0, abs=0.5)  # no module, no surplus


def test_what_a_battery_loses_is_a_tenth_of_what_goes_through_it():
    """0.96 each way: of each kWh charged 0.92 come back, so that the loss is 8 % of what is not sold, and little stands idle."""
    _, table, _ = stored()
    row = table.loc[("b1", "battery")]
    assert row["loss_kwh_a"] / row["export_avoided_kwh_a"] == pytest.approx(0.08, abs=0.002)
    assert row["capacity_kwh"] == pytest.approx(60.0)
    assert row["power_kw"] == pytest.approx(30.0)


def test_a_store_without_size_is_no_store():
    study, table, hours = stored(battery_kwh_per_kwp=0.0, heat_store_hours=0.0)
    assert not hours.to_numpy().any()
    assert not table[["capacity_kwh", "import_avoided_kwh_a", "export_avoided_kwh_a"]].to_numpy().any()
    balance = block_balance(with_stores(hours), study).drop(columns=["rer", "self_consumption"]).fillna(0.0)
    for plain, kind in (("plain", "battery"), ("pumps", "tanks")):
        pd.testing.assert_frame_equal(balance.xs(plain, level="variant"), balance.xs(kind, level="variant"))


def test_a_battery_without_end_or_loss_leaves_the_sum_of_the_year():
    """Block b1 makes more than it uses and buys nothing; b3 made to use more buys the difference and sells nothing."""
    changed = dataclasses.replace(INPUTS, pv_hourly=INPUTS.pv_hourly.assign(b3=INPUTS.pv_hourly["b3"] * 0.5))
    ideal = {**IDEAL, "balance.battery_kwh_per_kwp": 100.0}
    study = Study.model_validate({"name": "x", "variants": WAYS[:2], "assumptions": ideal})
    roofs = ROOFS.assign(capacity_kwp=1e6)
    _, hours = block_storage(changed, roofs, PLACES, study)
    after = exchange(dataclasses.replace(changed, storage_hourly=hours), study)
    net = changed.electricity_hourly["b3"].sum() - changed.pv_hourly["b3"].sum()
    assert net > 0
    assert after["electricity_delivered_kwh_a", "battery"]["b3"] == pytest.approx(net, rel=1e-3)
    assert after["electricity_exported_kwh_a", "battery"]["b3"] == pytest.approx(0.0, abs=1.0)
    assert INPUTS.electricity_hourly["b1"].sum() < INPUTS.pv_hourly["b1"].sum()
    assert after["electricity_delivered_kwh_a", "battery"]["b1"] == pytest.approx(0.0, abs=1.0)


def test_a_group_has_the_sum_of_what_its_blocks_stores_do_and_months_show_the_same():
    study, _, hours = stored()
    inputs = with_stores(hours)
    mixed = flows_of_groups(inputs, study, one_group({"b1": "battery", "b2": "plain", "b3": "tanks"})).sum()
    net = sum(
        INPUTS.electricity_hourly[block] + INPUTS.supply_electricity_hourly["usual", supply, block]
        - INPUTS.pv_hourly.get(block, 0.0)
        for block, supply in (("b1", "today"), ("b2", "today"), ("b3", "heat_pump_air"))
    )  # fmt: skip
    net = net - hours["battery"]["b1"].to_numpy(float) - hours["tanks"]["b3"].to_numpy(float)
    assert mixed["electricity_delivered_kwh_a"] == pytest.approx(net.clip(lower=0.0).sum(), rel=1e-6)
    assert mixed["electricity_exported_kwh_a"] == pytest.approx((-net).clip(lower=0.0).sum(), rel=1e-6)
    nothing = INPUTS.pv_hourly * 0.0
    layers = {
        "electricity_hourly": INPUTS.electricity_hourly, "supply_electricity_hourly": INPUTS.supply_electricity_hourly,
        "pv_hourly": INPUTS.pv_hourly, "pv_existing_hourly": nothing, "pv_facade_hourly": nothing, "pv_canopy_hourly": nothing,
        "storage_hourly": hours,
    }  # fmt: skip
    whole = district_balance(inputs, study)
    for variant, use, made in district_hours(layers, study.variants):
        bought = (use - made).clip(lower=0.0).sum()
        assert whole.loc[variant.key, "electricity_delivered_kwh_a"] == pytest.approx(bought, rel=1e-5)
    assert len(flows_of_groups(inputs, study, Groups.together(BLOCKS, ["plain", "battery"]))) == 2


def test_a_store_costs_by_its_size_and_earns_what_bought_electricity_costs_more_than_sold():
    study, table, _ = stored()
    money = storage_money(table, study)
    schema.check_layer("variant_costs", money)
    row, size = money.loc[("b1", "battery")], table.loc[("b1", "battery")]
    spent = 60.0 * study.assumed("prices.battery_per_kwh") + 30.0 * study.assumed("prices.battery_per_kw")
    assert row["investment"] == pytest.approx(spent)
    gain = size["import_avoided_kwh_a"] * price("electricity", study) - size["export_avoided_kwh_a"] * price("electricity_export", study)
    assert row["gain_a"] == pytest.approx(gain)
    assert row["annual_cost_a"] == pytest.approx(spent * annuity_factor(0.04, study.assumed("supply.battery_life")))
    # thirty years, two lives of fifteen: the present value is the one of two batteries and thirty years of gain
    factor = (1 - 1.04**-30) / 0.04
    assert row["npv"] == pytest.approx(gain * factor - spent * (1 + 1.04**-15))
    tank = money.loc[("b1", "tanks")]
    assert tank["investment"] == pytest.approx(table.loc[("b1", "tanks"), "capacity_kwh"] * study.assumed("prices.heat_store_per_kwh"))


SPACE = [
    {"key": f"{package}-{supply}-{storage}", "package": package, "supply": supply, "pv": True, "storage": storage}
    for package in ("existing", "usual", "advanced")
    for supply, stores in (
        ("today", ("none", "battery")),
        ("heat_pump_air", ("none", "heat_store", "battery")),
        ("heat_pump_ground", ("none", "heat_store", "battery")),
    )
    for storage in stores
]
GROUND = 0.75
"""Electricity of ground heat pumps over that of air heat pumps in the constructed district."""


def with_ground(inputs):
    """The same blocks, heat pumps offered with boreholes too."""
    power, energy = inputs.supply_electricity_hourly, inputs.final_energy
    hours = power.xs("heat_pump_air", axis=1, level="supply") * GROUND
    hours.columns = pd.MultiIndex.from_tuples([(package, "heat_pump_ground", block) for package, block in hours.columns])
    rows = energy.xs("heat_pump_air", level="supply", drop_level=False).rename(index={"heat_pump_air": "heat_pump_ground"}, level="supply")
    heat = rows["electricity_kwh_a"] + rows["ambient_kwh_a"]
    rows = rows.assign(electricity_kwh_a=rows["electricity_kwh_a"] * GROUND)
    rows = rows.assign(ambient_kwh_a=heat - rows["electricity_kwh_a"])
    both = pd.concat([power, hours], axis=1).sort_index(axis=1).rename_axis(columns=power.columns.names)
    return dataclasses.replace(inputs, supply_electricity_hourly=both, final_energy=pd.concat([energy, rows]))


@pytest.mark.parametrize("seed", range(3))
def test_the_advice_of_a_district_with_stores_and_boreholes_is_that_of_a_plain_search(seed):
    """Three blocks, 24 ways: balances of real hours, works of drawn prices, stores of their own prices; every way is compared in loops."""
    rng = np.random.default_rng(seed)
    worth, least = float(rng.choice([0.5, 2.5, 20.0])), float(rng.choice([-500.0, 0.0]))
    study = Study.model_validate({
        "name": "x", "variants": SPACE, "finance": {"least_npv_per_m2": least}, "assumptions": {"finance.balance_worth": worth},
    })  # fmt: skip
    inputs = with_ground(INPUTS)
    table, hours = block_storage(inputs, ROOFS, PLACES, study)
    assert set(table.index.get_level_values("variant")) == {way["key"] for way in SPACE if way["storage"] != "none"}
    balance = block_balance(dataclasses.replace(inputs, storage_hourly=hours), study)
    spent = {"existing": 0.0, "usual": 300e3, "advanced": 700e3, "today": 0.0, "heat_pump_air": 200e3, "heat_pump_ground": 350e3}
    saved = {"existing": 0.0, "usual": 250e3, "advanced": 500e3, "today": 0.0, "heat_pump_air": 150e3, "heat_pump_ground": 350e3}
    ways = {way["key"]: way for way in SPACE}
    keys = balance.index.get_level_values("variant")
    money = pd.DataFrame({
        "investment": [spent[ways[key]["package"]] + spent[ways[key]["supply"]] for key in keys],
        "npv": [saved[ways[key]["package"]] + saved[ways[key]["supply"]] for key in keys],
    }, index=balance.index) * rng.uniform(0.7, 1.3, (len(balance), 1))  # fmt: skip
    money["npv"] -= money["investment"]
    stores = storage_money(table, study).reindex(balance.index).fillna(0.0)
    money = money + stores[["investment", "npv"]]
    money = money.assign(grant=0.0, saving_a=0.0, network_investment=0.0)
    blocks = pd.DataFrame({"reference_area_m2": INPUTS.reference_area_m2})
    nothing = pd.DataFrame({"choices": pd.Series(dtype="str")}, index=pd.Index([], name="candidate_id", dtype="str"))
    found = recommend(ways_of_groups(balance, money, blocks, nothing, study), {}, study)
    order = list(ways)
    grids = [
        frame.unstack("variant")[order].to_numpy(float).tolist()
        for frame in (balance["primary_energy_balance_kwh_a"], money["npv"], money["investment"])
    ]
    plain = by_plain_search(*grids, least * float(blocks["reference_area_m2"].sum()), worth)
    told = [found["variant"][found[role]].iloc[0] for role in ("recommended", "farthest", "cheapest", "worthwhile")]
    assert told == [order[int(name.removeprefix("v"))] for name in plain]
    # boreholes draw less than outdoor units and a battery loses: it is never what leads farthest
    assert told[1] == "advanced-heat_pump_ground-none"


def test_a_study_without_storage_has_none_and_a_battery_without_modules_is_refused(tmp_path):
    plain = Study.model_validate({"name": "x", "variants": [WAYS[0]]})
    table, hours = block_storage(INPUTS, ROOFS, PLACES, plain)
    assert (len(table), hours.shape) == (0, (8760, 0))
    schema.check_layer("storage", table)
    schema.check_layer("storage_hourly", hours)
    text = "[[variants]]\nkey = 'b'\npackage = 'usual'\nstorage = 'battery'\n"
    with pytest.raises(StudyError, match="no PV that could charge it"):
        parse_study(text, name="x", folder=tmp_path)


def test_a_variant_with_storage_says_so_in_both_languages():
    study = Study.model_validate({"name": "x", "variants": WAYS})
    names = {lang: [variant_name(variant, lang) for variant in study.variants] for lang in ("en", "pl")}
    assert names["en"][1] == "Standard retrofit + PV + batteries"
    assert names["pl"][3].endswith("+ zasobniki ciepła")
    assert np.all([len(set(told)) == 4 for told in names.values()])
    assert len(HOURS) == 8760
