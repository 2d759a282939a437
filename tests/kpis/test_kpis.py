"""Indicators: a contract for every entry of the registry, and hand-calculated values on four hours and a small balance."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

from ped_geo import schema
from ped_geo.accounts import Accounts, Need
from ped_geo.balance import block_balance
from ped_geo.flows import Groups
from ped_geo.kpis import BETTER, KPIS, block_kpis, kpi_frame, kpi_table, kpi_values, schema_rows
from ped_geo.kpis.groups import GroupLayers, _trenches, accounts_of_groups, kpis_of_groups
from ped_geo.language import catalogue
from tests.toy_district import BLOCKS, one_group, toy_inputs, toy_study

ENTRIES = KPIS.load()

# four hours: load 1, 2, 3, 4; made 0, 2, 6, 2  →  matched 0+2+3+2 = 7 of 10 load and 10 made; import 1, 0, 0, 2; export 0, 0, 3, 0
HOURS = {"load_kw": np.array([1.0, 2.0, 3.0, 4.0]), "generation_kw": np.array([0.0, 2.0, 6.0, 2.0]), "month": np.array([1, 1, 2, 2])}
BALANCE = {
    "district_heat_delivered_kwh_a": 300.0,
    "gas_delivered_kwh_a": 100.0,
    "coal_delivered_kwh_a": 0.0,
    "biomass_delivered_kwh_a": 0.0,
    "oil_delivered_kwh_a": 0.0,
    "electricity_delivered_kwh_a": 60.0,
    "electricity_exported_kwh_a": 20.0,
    "electricity_use_kwh_a": 100.0,
    "pv_kwh_a": 60.0,
    "pv_used_kwh_a": 40.0,
    "ambient_kwh_a": 50.0,
    "primary_energy_nren_kwh_a": 450.0,
    "primary_energy_tot_kwh_a": 600.0,
    "primary_energy_nren_step_a_kwh_a": 500.0,
    "renewable_on_site_kwh_a": 90.0,
    "renewable_nearby_kwh_a": 15.0,
    "renewable_distant_kwh_a": 20.0,
    "rer": 0.2,
    "co2_kg_a": 120.0,
    "nox_kg_a": 1.0,
    "so2_kg_a": 2.0,
    "pm10_kg_a": 3.0,
    "pm25_kg_a": 4.0,
    "bap_kg_a": 0.005,
}
TODAY = BALANCE | {"primary_energy_nren_kwh_a": 950.0, "co2_kg_a": 240.0, "district_heat_delivered_kwh_a": 800.0}

ACCOUNTS = Accounts.of_numbers(
    reference_area_m2=10.0,
    balance=BALANCE,
    baseline=TODAY,
    **HOURS,
    flexible_kw=np.array([0.5, 0.0, 1.0, 3.0]),
    import_primary_kwh_a=500.0,
    export_primary_kwh_a=50.0,
    fuel_primary_kwh_a=350.0,
    factor_average=2.5,
    factor_marginal=2.8,
    heat_need_kwh_a=400.0,
    hot_water_need_kwh_a=100.0,
    cooling_need_kwh_a=5.0,
    connected_heat_mwh_a=300.0,
    trench_m=120.0,
    warm_m2h_today=1500.0,
    warm_m2h_hot_future=8000.0,
    pv_capacity_kwp=0.06,
    pv_irradiation_kwh_m2=1250.0,
    module_area_m2=3.0,
    roof_area_m2=6.0,
    investment=9000.0,
    grant=3600.0,
    annual_cost=600.0,
    saving_a=450.0,
    net_present_value=-1234.0,
    pv_annual_cost=18.0,
    heat_annual_cost=250.0,
    peq_kwh_m2a=-3.0,
    probability_positive=0.4,
)

BY_HAND = {
    "fec": (300 + 100 + 60 + 40) / 10,
    "ued_h": 40.0,
    "ued_w": 10.0,
    "ued_c": 0.5,
    "lhd": 2.5,
    "overheat": 150.0,
    "overheat_hot": 800.0,
    "ued_el": 10.0,
    "ep_nren": 45.0,
    "ep_tot": 60.0,
    "peb_nren": -450.0,
    "peb_nren_m2": -45.0,
    "ped_ratio": 0.1,
    "dynamic_balance": (3 - 2.5) * 2.8 - (3 - 2.5) * 2.5 - 350,
    "rer": 0.2,
    "rer_on_site": 90 / 625,
    "de_el": 60.0,
    "de_th": 10.0,
    "oer": 110 / 550,
    "amr": (1 + 0 + 0 + 0.5) / 4,
    "mhs": 1.0,
    "mhd": 1.0,
    "rpl": 2.0,
    "scf": 0.7,
    "lcf": 0.7,
    "da": 0.7,
    "dnze": 1.0,
    "oef": 0.7,
    "oem": 0.7,
    "lolp": 0.5,
    "gii": np.std([-1 / 3, 0, 1, -2 / 3]),
    "gm": 1.5,
    "p_imp_max": 2.0,
    "p_exp_max": 3.0,
    "cf_conn": (1 + 0 + 3 + 2) / (3 * 4),
    "spec_yield_kwh_kwp": 1000.0,
    "cf": 1000 / 8760,
    "pr": 0.8,
    "roof_util": 0.5,
    "ghg_op": 12.0,
    "d_ghg_pct": 50.0,
    "d_e_pct": 50.0,
    "nox_kg": 1.0,
    "so2_kg": 2.0,
    "pm10_kg": 3.0,
    "pm25_kg": 4.0,
    "bap_kg": 0.005,
    "abate_cost_pe": 600 / 500,
    "abate_cost_co2": 600 / 120 * 1000,
    "npv": -1234.0,
    "payback_a": 12.0,
    "payback_without_grants_a": 20.0,
    "lcoe": 0.3,
    "lcoh": 0.5,
    "peq_balance": -3.0,
    "p_ped": 0.4,
}


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_every_indicator_has_unit_direction_formula_source_and_words(key):
    entry = ENTRIES[key]
    assert entry.unit
    assert entry.better in BETTER
    assert len(entry.source) > 3
    assert len(entry.formula) > 2
    assert entry.label_en != entry.label_pl or key in {"nox_kg", "so2_kg", "pm10_kg", "bap_kg"}
    for lang in ("en", "pl"):
        said = entry.sentence(1234.5, lang)
        assert said.endswith(".")
        assert "{" not in said
        assert any(character.isdigit() for character in said)
    assert f"kpis.family.{entry.family}" in catalogue()
    assert entry.value.__doc__


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_every_indicator_matches_hand_calculation(key):
    assert ENTRIES[key].value(ACCOUNTS) == pytest.approx(BY_HAND[key])


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_every_indicator_is_not_a_number_without_data(key):
    assert np.isnan(ENTRIES[key].value(Accounts.of_numbers(reference_area_m2=0.0)))


def test_the_table_of_indicators_is_complete():
    """Rows 1 to 33 of the domain's table, some of several keys."""
    assert set(BY_HAND) == set(ENTRIES)
    assert len(ENTRIES) >= 33


def test_self_consumption_and_self_sufficiency_are_not_swapped():
    sunny = Accounts.of_numbers(reference_area_m2=1.0, load_kw=np.array([1.0]), generation_kw=np.array([4.0]), month=np.array([1]))
    assert ENTRIES["scf"].value(sunny) == 0.25
    assert ENTRIES["lcf"].value(sunny) == 1.0


def test_schema_of_blocks_is_what_the_registry_says():
    with (schema.resources.files("ped_geo.schema") / "layers" / "block_kpis.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert written == schema_rows(), "run scripts/write_kpi_layer.py"


def test_table_and_block_frames_pass_the_schema():
    schema.check_layer("kpis", kpi_table(kpi_frame(ACCOUNTS, pd.Index(["today", "usual"]))))
    both = pd.concat([kpi_frame(ACCOUNTS, pd.Index(["b1"])), kpi_frame(Accounts.of_numbers(reference_area_m2=5.0), pd.Index(["b2"]))])
    wide = schema.check_layer("block_kpis", block_kpis(both, "today"))
    assert wide.index.names == ["block_id", "variant"]
    assert np.isnan(wide.loc[("b2", "today"), "scf"])


def test_accounts_of_a_case_agree_with_its_balance():
    inputs, study = toy_inputs(), toy_study()
    today = Accounts(inputs, study, one_group(dict.fromkeys(BLOCKS, "today")))
    case = Accounts(inputs, study, one_group(dict.fromkeys(BLOCKS, "usual_pv")))
    found = kpi_values(case.with_known(baseline=today.balance, pv_capacity_kwp=120.0))
    assert found["peb_nren"] == pytest.approx(case.weighted_balance())
    assert found["peb_nren_m2"] == pytest.approx(-found["ep_nren"])
    assert found["spec_yield_kwh_kwp"] == pytest.approx(1000)
    assert found["scf"] == pytest.approx(case.annual("pv_used_kwh_a") / 120_000)
    assert found["d_ghg_pct"] > 0
    assert found["p_imp_max"] == pytest.approx(case.of("peak_import_kw"))
    assert found["dnze"] == pytest.approx(1.0)


def test_unknown_field_of_accounts_is_refused():
    case = Accounts(toy_inputs(), toy_study(), one_group({"b1": "today"}))
    with pytest.raises(TypeError, match="trench_km"):
        case.with_known(trench_km=1.0)


def test_sentences_write_numbers_as_the_language_does():
    said = {lang: ENTRIES["fec"].sentence(1234.0, lang) for lang in ("en", "pl")}
    assert "1,234 kWh" in said["en"]
    assert "1\u00a0234 kWh" in said["pl"]


def test_values_come_as_one_series_by_key():
    found = kpi_values(ACCOUNTS)
    assert found.index.name == "kpi"
    assert found.to_dict() == pytest.approx(BY_HAND)
    assert isinstance(found, pd.Series)


def test_accounts_of_blocks_equal_those_of_each_block_as_a_group():
    """The quick way reads layers; the slow way groups one block at a time."""
    inputs, study = toy_inputs(), toy_study()
    variant = study.shown_variant
    balance = block_balance(inputs, study)
    ids = inputs.final_energy.index.unique("building_id")
    index = pd.MultiIndex.from_product([ids, [variant.package]], names=["building_id", "package"])
    need = pd.DataFrame({"heat_need_kwh_a": 1.0, "hot_water_need_kwh_a": 2.0, "cooling_need_kwh_a": 3.0}, index=index)
    sizes = {"capacity_kwp": 4.0, "existing_kwp": 0.5, "module_area_m2": 5.0, "roof_area_m2": 6.0}
    pv = pd.DataFrame({**sizes, "annual_yield_kwh_a": 3_600.0, "performance_ratio": 0.9}, index=ids)
    money = (
        "investment",
        "grant",
        "saving_a",
        "npv",
        "annual_cost_a",
        "pv_annual_cost_a",
        "heat_annual_cost_a",
    )
    costs = pd.DataFrame(1.0, index=balance.index, columns=list(money))
    chances = pd.DataFrame({"scope": "block", "p_positive": 0.25}, index=balance.index)
    # 120 hours today and 700 in the hot year, on a tenth of a square metre for each building, so that the toy's floor thins them
    names = pd.MultiIndex.from_product([BLOCKS, [variant.package], ["today", "hot_future"]], names=["block_id", "package", "climate"])
    warm = pd.DataFrame({"fixed_hours_h": [120.0, 700.0] * len(BLOCKS), "reference_area_m2": 0.1}, index=names)
    rows = pd.MultiIndex.from_product([BLOCKS, [variant.package], [1.0]], names=["block_id", "package", "connection_rate"])
    density = pd.DataFrame({"heat_mwh_a": 6.0, "trench_routed_m": 3.0, "trench_estimated_m": 9.0}, index=rows)
    layers = GroupLayers(balance, None, need, pv, costs, chances, heat_density=density, summer_blocks=warm)
    found = kpis_of_groups(inputs, study, Groups.alone(BLOCKS, variant.key), layers)
    # what other stages have to say is said of every group
    stated = {name for name, one in vars(Accounts).items() if isinstance(one, Need) and one.function is None}
    for _, accounts in accounts_of_groups(inputs, study, Groups.alone(BLOCKS, variant.key), layers):
        assert all(np.isfinite(vars(accounts)[name]).all() for name in stated - {"baseline"})
        assert set(accounts.baseline) == set(accounts.balance)
    assert set(found.index) == set(BLOCKS)
    for name in BLOCKS:
        case, today = (Accounts(inputs, study, one_group({name: key})) for key in (variant.key, study.variants[0].key))
        buildings = int((inputs.buildings["block_id"] == name).sum())
        known = {
            "heat_need_kwh_a": 1.0,
            "hot_water_need_kwh_a": 2.0,
            "cooling_need_kwh_a": 3.0,
            # new arrays and those of today: 0.5 kWp of modules of 450 W and 2 m²
            "pv_capacity_kwp": 4.0 + 0.5,
            "module_area_m2": 5.0 + 0.5 * 2.0 / 0.45,
        }
        known = {key: value * buildings for key, value in (known | {"roof_area_m2": 6.0}).items()}
        others = {"investment": 1.0, "grant": 1.0, "saving_a": 1.0, "net_present_value": 1.0, "pv_annual_cost": 1.0}
        # 3,600 kWh at nine tenths of what 4 kWp would give under standard conditions: 1,000 kWh/m²
        others |= {"annual_cost": 1.0, "heat_annual_cost": 1.0, "pv_irradiation_kwh_m2": 1_000.0}
        others |= {"warm_m2h_today": 12.0, "warm_m2h_hot_future": 70.0, "connected_heat_mwh_a": 6.0, "trench_m": 3.0}
        slow = case.with_known(baseline=today.balance, **known, **others, probability_positive=0.25)
        pd.testing.assert_series_equal(found.loc[name], kpi_values(slow), rtol=1e-9, check_names=False)
    schema.check_layer("block_kpis", block_kpis(found, variant.key))


def test_linear_heat_density_of_a_group_is_its_heat_over_its_trenches():
    """Three blocks: one routed, one by the effective width, and one without heat, whose street counts nowhere."""
    index = pd.MultiIndex.from_product([["b1", "b2", "b3"], ["existing"], [1.0]], names=["block_id", "package", "connection_rate"])
    density = pd.DataFrame(
        {"heat_mwh_a": [600.0, 100.0, 0.0], "trench_routed_m": [200.0, np.nan, 0.0], "trench_estimated_m": [999.0, 80.0, 500.0]},
        index=index,
    )
    rows = _trenches(density, "existing", pd.Index(["b1", "b2", "b3"]))
    assert rows["connected_heat_mwh_a"].sum() / rows["trench_m"].sum() == pytest.approx(700.0 / 280.0)
