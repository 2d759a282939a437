"""Energy accounting: published examples, hand calculations, conservation in every hour, and the same on blocks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ped_geo import assumptions, schema
from ped_geo.balance import (
    FactorSet,
    block_balance,
    block_carriers,
    block_flows,
    carrier_flows,
    cogeneration,
    cogeneration_weight,
    district_balance,
    factor_set,
    factor_set_names,
    group_balance,
    group_flows,
    group_hourly,
    hours_of_blocks,
    matching_factor,
    weigh_flows,
    weighted_energy,
)
from ped_geo.balance.factors import factor_rows
from ped_geo.countries import packs
from ped_geo.errors import LayerError, StudyError
from ped_geo.language import catalogue
from ped_geo.study import Study
from tests.toy_district import BLOCKS, toy_inputs, toy_study

MONTHLY_USE = [200, 160, 100, 90, 50, 60, 80, 70, 50, 80, 120, 160]
MONTHLY_PV = [44, 55, 77, 110, 187, 209, 220, 198, 176, 132, 88, 55]
BIOGAS = "tr52000_2_examples_biogas"

# (name, set, k_exp, {carrier: (use, production, use outside)}, step B or weighted, step A); factors of ISO/TR 52000-2
# CO₂ of step A in J7 and J8 by hand: 258 · 0.22 − 27.4 · 0.495 and 100 · 0.22 + 158 · 0.07 − 27.4 · 0.159
PUBLISHED = [
    ("J1 grid only", "", 1, {"electricity": (100, {}, 0)}, (50, 200, 42), (50, 200, 42)),
    ("J2 half from PV", "", 1, {"electricity": (100, {"on_site": 50}, 0)}, (75, 100, 21), (75, 100, 21)),
    ("J3 PV surplus", "", 1, {"electricity": (100, {"on_site": 140}, 0)}, (120, -80, -16.8), (100, 0, 0)),
    ("J3b PV surplus, no credit", "", 0, {"electricity": (100, {"on_site": 140}, 0)}, (100, 0, 0), (100, 0, 0)),
    (
        "J5 gas boiler, PV for auxiliaries",
        "",
        1,
        {"electricity": (20, {"on_site": 40}, 0), "gas": (190, {}, 0)},
        (30, 169, 33.4),
        (20, 209, 41.8),
    ),
    (
        "J6 heat pump and PV",
        "",
        1,
        {"electricity": (59, {"on_site": 40}, 0), "ambient": (131, {"on_site": 131}, 0)},
        (180.5, 38, 7.98),
        (180.5, 38, 7.98),
    ),
    (
        "J7 gas cogeneration and gas boiler",
        "",
        1,
        {"electricity": (20, {"cogeneration": 47.4}, 0), "gas": (258, {}, 0)},
        (-13.7, 229.0, 45.252),
        (0, 215.3, 43.197),
    ),
    (
        "J8 biogas cogeneration and gas boiler",
        BIOGAS,
        1,
        {"electricity": (20, {"cogeneration": 47.4}, 0), "gas": (100, {}, 0), "biofuel": (158, {}, 0)},
        (144.3, 71.0, 21.552),
        (95.802, 119.498, 28.7034),
    ),
    (
        "J9 monthly, with uses outside the assessment",
        "",
        1,
        {"electricity": (MONTHLY_USE, {"on_site": MONTHLY_PV}, [30] * 12)},
        (1385.5, -662.0, -139.02),
        (1009.5, 842.0, 176.82),
    ),
]


def flows_of(case):
    return [
        carrier_flows(
            name, np.atleast_1d(np.asarray(use, float)), {origin: np.asarray(made, float) for origin, made in made.items()}, non_epb=other
        )
        for name, (use, made, other) in case.items()
    ]


@pytest.mark.parametrize(("name", "factors", "k_exp", "case", "weighted", "step_a"), PUBLISHED, ids=[row[0] for row in PUBLISHED])
def test_published_examples_of_iso_tr_52000_2_come_out_exactly(name, factors, k_exp, case, weighted, step_a):
    found = weighted_energy(flows_of(case), factor_set(factors or "tr52000_2_examples"), k_exp=k_exp)
    assert found.weighted == pytest.approx(weighted, abs=1e-9)
    assert found.step_a == pytest.approx(step_a, abs=1e-9)


SPANISH = [
    ("electricity", {"electricity": (100, {}, 0)}, 1, (41.4, 195.4, 33.1)),
    ("PV", {"electricity": (100, {"on_site": 50}, 0)}, 1, (70.7, 97.7, 16.55)),
    ("PV surplus", {"electricity": (100, {"on_site": 140}, 0)}, 1, (123.44, -78.16, -13.24)),
    ("PV surplus without credit", {"electricity": (100, {"on_site": 140}, 0)}, 0, (100, 0, 0)),
]


@pytest.mark.parametrize(("name", "case", "k_exp", "expected"), SPANISH, ids=[row[0] for row in SPANISH])
def test_spanish_defaults_give_the_published_results(name, case, k_exp, expected):
    found = weighted_energy(flows_of(case), factor_set("es_2014"), k_exp=k_exp)
    assert found.weighted == pytest.approx(expected, abs=1e-9)


def test_spanish_dwelling_with_two_heat_pumps_and_solar_heat_gives_the_published_result():
    """The test file ``cte_test_carriers`` of CteEPBD: 200 m², k_exp 0; ren 24.6, nren 18.9, CO₂ 3.2 per m²."""
    pv = [34.21, 41.94, 64.94, 73.88, 88.44, 88.64, 91.04, 76.15, 52.84, 39.26, 27.43, 26.26]
    electricity = np.array(
        [
            [53.94, 49.74, 47.57, 42.69, 24.37, 34.64, 33.33, 31.08, 54.17, 61.58, 57.66, 68.67],
            [269.05, 167.46, 87.63, 18.85, 12.93, 0.00, 0.00, 0.00, 0.00, 6.19, 60.04, 240.41],
            [0.00, 0.00, 0.00, 0.00, 0.00, 2.04, 23.34, 13.02, 17.72, 0.00, 0.00, 0.00],
            [98.74, 89.18, 98.74, 95.55, 98.74, 95.55, 98.74, 98.74, 95.55, 98.74, 95.55, 98.74],
        ]
    ).sum(axis=0)
    ambient = np.array(
        [
            [41.05, 50.33, 77.92, 88.66, 106.13, 106.36, 109.25, 91.38, 63.40, 47.11, 32.92, 31.51],
            [80.92, 74.61, 71.36, 64.04, 36.56, 51.97, 50.00, 46.62, 81.26, 92.36, 86.48, 103.00],
            [538.10, 334.93, 175.26, 37.69, 25.85, 0.00, 0.00, 0.00, 0.00, 12.37, 120.08, 480.83],
        ]
    ).sum(axis=0)
    flows = flows_of({"electricity": (electricity, {"on_site": pv}, 0), "ambient": (ambient, {"on_site": ambient}, 0)})
    found = weighted_energy(flows, factor_set("es_2014"), k_exp=0).weighted / 200
    assert found.round(1).tolist() == [24.6, 18.9, 3.2]


BOILER = [16.39, 13.11, 8.20, 7.38, 4.10, 4.92, 6.56, 5.74, 4.10, 6.56, 9.84, 13.11]
ENGINE = [25.90, 20.72, 12.95, 11.66, 6.48, 7.77, 10.36, 9.07, 6.48, 10.36, 15.54, 20.72]
ENGINE_POWER = [0.79, 0.99, 1.39, 1.99, 3.38, 3.77, 3.97, 3.57, 3.18, 2.38, 1.59, 0.99]


@pytest.mark.parametrize(
    ("fuel", "expected"), [("gas", (-14.0, 227.8, 45.0)), ("biofuel", (159.8, 69.8, 21.3))], ids=["fossil fuel", "biogas"]
)
def test_monthly_cogeneration_examples_of_fpren_15603_come_out(fuel, expected):
    """Examples 4 and 5 of FprEN 15603:2014 as in the tests of CteEPBD: all electricity is exported."""
    fuels = {"gas": np.add(BOILER, ENGINE) if fuel == "gas" else BOILER, "biofuel": ENGINE if fuel == "biofuel" else np.zeros(12)}
    case = {"electricity": (np.zeros(12), {"cogeneration": ENGINE_POWER}, 0)} | {name: (use, {}, 0) for name, use in fuels.items()}
    found = weighted_energy(flows_of(case), factor_set("tr52000_2_examples"))
    assert found.weighted == pytest.approx(expected, abs=0.1)


def test_polish_district_example_of_the_fact_sheet():
    """Check C33: district heat 100 MWh at 0.8, electricity 30 MWh and PV 60 MWh at 2.5: 5 MWh short of positive."""
    flows = flows_of({"district_heat": (100, {}, 0), "electricity": (30, {"on_site": 60}, 0)})
    found = weighted_energy(flows, factor_set("pl_certificates_2023"))
    assert found.weighted[1] == pytest.approx(100 * 0.8 + 30 * 2.5 - 60 * 2.5)


years = hnp.arrays(float, st.tuples(st.integers(1, 3), st.just(24)), elements=st.floats(0, 1e4, allow_subnormal=False))


@given(st.data())
def test_energy_in_equals_energy_out_in_every_hour(data):
    use = data.draw(years)
    flow = hnp.arrays(float, use.shape, elements=st.floats(0, 1e4, allow_subnormal=False))
    made = {origin: data.draw(flow) for origin in data.draw(st.sets(st.sampled_from(["on_site", "nearby", "cogeneration"])))}
    priority = data.draw(st.permutations(sorted(made)))[: data.draw(st.integers(0, 3))]
    exponent = data.draw(st.sampled_from([None, 0.5, 1, 3]))
    flows = carrier_flows("electricity", use, made, non_epb=data.draw(flow), match_exponent=exponent, priority=priority)
    assert np.abs(flows.residual).max() < 1e-6
    served = flows.delivered + sum(flows.used.values(), start=np.zeros_like(use))
    assert served == pytest.approx(use)
    for origin, energy in made.items():
        assert flows.used[origin] + flows.to_non_epb[origin] + flows.to_grid[origin] == pytest.approx(energy, abs=1e-6)
    for part in (flows.delivered, flows.delivered_non_epb, *flows.used.values(), *flows.to_grid.values(), *flows.to_non_epb.values()):
        assert part.min() >= -1e-9


@given(st.floats(0, 1), st.floats(0, 1e4), st.floats(0, 1e4))
def test_result_runs_straight_from_step_a_to_step_b_with_k_exp(k_exp, use, made):
    flows = [carrier_flows("electricity", [use], {"on_site": [made]})]
    found = weighted_energy(flows, factor_set("pl_certificates_2023"), k_exp=k_exp)
    assert found.weighted == pytest.approx((1 - k_exp) * found.step_a + k_exp * found.step_b, abs=1e-6)


def test_symmetric_credit_makes_the_time_step_irrelevant():
    hourly = weighted_energy(flows_of({"electricity": (MONTHLY_USE, {"on_site": MONTHLY_PV}, 0)}), factor_set("pl_certificates_2023"))
    yearly = weighted_energy(
        flows_of({"electricity": (sum(MONTHLY_USE), {"on_site": sum(MONTHLY_PV)}, 0)}), factor_set("pl_certificates_2023")
    )
    assert hourly.weighted[1] == pytest.approx(yearly.weighted[1])
    assert hourly.step_a[1] > yearly.step_a[1]


def test_renewable_energy_by_perimeter_sums_to_step_a():
    case = {
        "electricity": (59, {"on_site": 80}, 0),
        "ambient": (131, {"on_site": 131}, 0),
        "district_heat": (50, {}, 0),
        "biomass": (9, {}, 0),
    }
    found = weighted_energy(flows_of(case), factor_set("pl_certificates_2023"))
    assert sum(float(part) for part in found.ren_by_perimeter.values()) == pytest.approx(found.step_a[0])
    assert float(found.ren_by_perimeter["on_site"]) == pytest.approx(59 + 131)
    assert float(found.ren_by_perimeter["nearby"]) == pytest.approx(50 * 0.05)


def test_renewable_ratio_of_an_all_renewable_building_is_one_and_of_none_is_not_a_number():
    flows = flows_of({"electricity": (100, {"on_site": 100}, 0)})
    assert weighted_energy(flows, factor_set("pl_certificates_2023")).rer == pytest.approx(1)
    assert np.isnan(weighted_energy(flows_of({"electricity": (0, {}, 0)}), factor_set("pl_certificates_2023")).rer)


def test_two_origins_share_own_use_by_what_they_make_unless_one_goes_first():
    made = {"on_site": np.array([60.0]), "cogeneration": np.array([40.0])}
    shared = carrier_flows("electricity", [50.0], made)
    assert [float(shared.used[origin].item()) for origin in ("on_site", "cogeneration")] == pytest.approx([30, 20])
    first = carrier_flows("electricity", [50.0], made, priority=["on_site"])
    assert [float(first.used[origin].item()) for origin in ("on_site", "cogeneration")] == pytest.approx([50, 0])


@pytest.mark.parametrize(("ratio", "expected"), [(1, 0.5), (2, 0.6), (0.5, 0.6), (1e6, 1.0), (0, 1.0)])
def test_matching_factor_follows_the_standard(ratio, expected):
    assert float(matching_factor(np.array([100.0 * ratio]), np.array([100.0]), 1).item()) == pytest.approx(expected, abs=1e-5)


def test_cogeneration_weight_puts_a_share_of_the_fuel_to_the_electricity():
    assert cogeneration_weight(158, np.array([0, 1.1, 0.22]), 47.4, electricity_share=1 / 3) == pytest.approx((0, 1.1 / 0.9, 0.22 / 0.9))


@pytest.mark.parametrize(("name", "fuel"), [("tr52000_2_examples", "gas"), (BIOGAS, "biofuel")])
def test_exported_power_of_the_examples_carries_the_fuel_of_their_own_set(name, fuel):
    """The same kilowatt-hours of fuel that give the primary energy give the CO₂."""
    factors = factor_set(name)
    exported, burnt = factors.weight("electricity", "cogeneration", "to_grid", "A"), factors.weight(fuel)
    primary = exported[:2].sum() / burnt[:2].sum()
    assert exported[2] / burnt[2] == pytest.approx(primary, rel=0.02)


# --- heat of gas engines ----------------------------------------------------------------------------------------------------------

ENGINES = Study.model_validate({"name": "x", "variants": [{"key": "engines", "package": "usual", "supply": "district_heat_cogeneration"}]})
# one unit of heat delivered: 10 % lost, 70 % of the rest from engines of 0.44 and 0.44, 30 % from boilers of 0.92, 1 % for pumps
FED = 1 / 0.9
ENGINE_GAS, BOILER_GAS, PUMPS = FED * 0.7 / 0.44, FED * 0.3 / 0.92, FED * 0.01


def with_method(method, **overrides):
    return Study.model_validate({"name": "x", "balance": {"cogeneration": method}, "assumptions": overrides})


def test_heat_of_gas_engines_by_the_power_bonus_matches_hand_calculation():
    """2.13 kWh of gas, less the 0.78 kWh of grid electricity that the engines replace, per kWh of heat."""
    found = factor_set("pl_certificates_2023", ENGINES).weight("district_heat_cogeneration")
    primary = 1.1 * (ENGINE_GAS + BOILER_GAS) + 2.5 * (PUMPS - 0.44 * ENGINE_GAS)
    assert found[1] == pytest.approx(primary)
    assert found[1] == pytest.approx(0.426, abs=0.001)
    # the bonus for CO₂ is more than all there is to it
    assert 0.202 * (ENGINE_GAS + BOILER_GAS) + 0.597 * (PUMPS - 0.44 * ENGINE_GAS) < 0
    assert found[2] == 0


def test_heat_of_gas_engines_by_exergy_and_by_separate_production_matches_hand_calculation():
    quality = 1 - 283.15 / 353.15
    for method, share in (
        ("carnot", 0.44 * quality / (0.44 + 0.44 * quality)),
        ("alternative", (0.44 / 0.92) / (0.44 / 0.92 + 0.44 / 0.53)),
    ):
        found = factor_set("pl_certificates_2023", with_method(method)).weight("district_heat_cogeneration")
        assert found[1] == pytest.approx(1.1 * (share * ENGINE_GAS + BOILER_GAS) + 2.5 * PUMPS)
        assert found[2] == pytest.approx(0.202 * (share * ENGINE_GAS + BOILER_GAS) + 0.597 * PUMPS)


def test_an_engine_in_a_block_weighs_as_the_accounting_of_the_standard_says():
    """J7 of ISO/TR 52000-2 with an engine of 0.30 and 0.52: its gas, its power used and exported, against one factor for its heat."""
    own = {
        "supply.chp_electric": 0.30,
        "supply.chp_thermal": 0.52,
        "supply.chp_engine_share": 1.0,
        "supply.network_loss": 0.0,
        "supply.network_pumping": 0.0,
    }
    plant = cogeneration.Plant.of(with_method("power_bonus", **own))
    examples = factor_set("tr52000_2_examples")
    heat = 158 * 0.52
    by_factor = heat * np.array(cogeneration.heat_weight(plant, examples.weight("gas"), examples.weight("electricity"), "power_bonus"))
    by_factor = by_factor + 20 * examples.weight("electricity")
    case = {"electricity": (20, {"cogeneration": 47.4}, 0), "gas": (158, {}, 0)}
    by_accounting = weighted_energy(flows_of(case), examples).weighted
    assert by_factor[1:] == pytest.approx(by_accounting[1:])


def test_a_network_on_gas_engines_is_weighed_in_a_run():
    inputs = toy_inputs()
    old, new = {"today": "district_heat_cogeneration"}, "district_heat_cogeneration"
    hot = inputs.final_energy.xs("today", level="supply", drop_level=False).rename(index=old, level="supply")
    hourly = inputs.supply_electricity_hourly
    today = hourly.loc[:, hourly.columns.get_level_values("supply") == "today"].rename(columns=old, level="supply")
    both = dataclasses.replace(
        inputs, final_energy=pd.concat([inputs.final_energy, hot]), supply_electricity_hourly=pd.concat([hourly, today], axis=1)
    )
    found = block_balance(both, ENGINES).loc[("b1", "engines")]
    factor = factor_set("pl_certificates_2023", ENGINES).weight(new)
    assert found["primary_energy_nren_kwh_a"] == pytest.approx(60_000 * factor[1] + 30_000 * 2.5)


def test_the_bonus_of_engines_fades_as_the_grid_becomes_clean():
    from ped_geo.scenarios import year_factors

    paths = [year_factors(ENGINES, year).weight("district_heat_cogeneration") for year in (2023, 2030, 2050)]
    assert paths[0].tolist() == factor_set("pl_certificates_2023", ENGINES).weight("district_heat_cogeneration").tolist()
    assert paths[0][2] < paths[1][2] < paths[2][2]


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_negative_or_missing_energy_is_refused(bad):
    with pytest.raises(ValueError, match="electricity: use holds a value below zero"):
        carrier_flows("electricity", [1.0, bad])


def test_every_factor_set_has_a_name_for_people():
    assert {f"balance.factor_set.{name}" for name in factor_set_names(examples=True)} <= set(catalogue())


# --- factor sets ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", factor_set_names())
def test_every_factor_set_knows_the_carriers_of_the_project(name):
    factors = factor_set(name, toy_study())
    wanted = {
        "electricity",
        "district_heat",
        "district_heat_decarbonised",
        "district_heat_cogeneration",
        "gas",
        "coal",
        "biomass",
        "oil",
        "ambient",
    }
    assert wanted <= set(factors.carriers)
    assert factors.weight("electricity", "on_site", "to_grid", "B").tolist() == factors.weight("electricity").tolist()
    assert factors.weight("electricity", "on_site").tolist() == [1, 0, 0]


def country_of_set(name):
    """Country that a set of factors belongs to; "" where it has no pack."""
    code = name.partition("_")[0].upper()
    return code if code in packs() else ""


def test_factors_tied_to_an_assumption_equal_it():
    for row in factor_rows().to_dict("records"):
        if isinstance(row["f_nren_key"], str):
            assert assumptions.scalar(row["f_nren_key"], country_of_set(row["set"])).value == row["f_nren"]
        if isinstance(row["co2_key"], str):
            assert assumptions.scalar(row["co2_key"], country_of_set(row["set"])).value / 1000 == pytest.approx(row["co2_kg_kwh"])


def test_the_districts_own_factor_replaces_the_sets_and_is_named():
    study = Study(name="x", overrides={"carriers.pef_district_heat": 0.4, "carriers.co2_district_heat": 100})
    factors = factor_set("pl_certificates_2023", study)
    assert factors.weight("district_heat").tolist() == pytest.approx([0.05, 0.4, 0.1])
    assert factors.own == ("carriers.pef_district_heat", "carriers.co2_district_heat")
    assert factors.label == "pl_certificates_2023+own"
    assert factor_set("pl_certificates_2023", toy_study()).label == "pl_certificates_2023"


def test_asymmetric_credit_is_the_sets_own_value_or_a_share_of_the_grids():
    study = toy_study(export_credit="asymmetric")
    assert factor_set("tabula_eu_2013", study).weight("electricity", "on_site", "to_grid", "B")[1] == 1.6
    assert factor_set("tabula_eu_2013", toy_study()).weight("electricity", "on_site", "to_grid", "B")[1] == 2.3
    assert factor_set("pl_certificates_2023", study).weight("electricity", "on_site", "to_grid", "B")[1] == pytest.approx(0.64 * 2.5)


def test_unknown_set_and_unknown_carrier_are_told_with_what_is_known():
    with pytest.raises(StudyError, match="unknown factor set 'pl'; known: .*pl_certificates_2023"):
        factor_set("pl")
    with pytest.raises(StudyError, match="has no factor for peat"):
        factor_set("pl_certificates_2023").weight("peat")
    bare = FactorSet("bare", {("electricity", "grid", "supply", "A"): (0, 1, 0)})
    with pytest.raises(StudyError, match="cogeneration, to_grid, step A"):
        bare.weight("electricity", "cogeneration", "to_grid", "A")


# --- blocks -----------------------------------------------------------------------------------------------------------------------


def test_block_balance_matches_hand_calculation_and_the_schema():
    balance = schema.check_layer("balance", block_balance(toy_inputs(), toy_study()))
    row = balance.loc[("b1", "today_pv")]
    assert row["primary_energy_nren_kwh_a"] == pytest.approx(100_000 * 0.8 + 2.5 * (30_000 - 60_000))
    assert row["primary_energy_balance_kwh_a"] == -row["primary_energy_nren_kwh_a"]
    assert row["co2_kg_a"] == pytest.approx(100_000 * 0.31 + 0.597 * (30_000 - 60_000))
    assert row["primary_energy_nren_kwh_m2a"] == pytest.approx(row["primary_energy_nren_kwh_a"] / 1000)
    assert balance.loc[("b2", "today"), "primary_energy_nren_kwh_a"] == pytest.approx(100_000 * 1.1 + 30_000 * 2.5)
    heat_pump = balance.loc[("b1", "near_zero_heat_pump_pv")]
    assert heat_pump["primary_energy_nren_kwh_a"] == pytest.approx(2.5 * (30_000 + 20_000 / 3 - 60_000))
    assert heat_pump["ambient_kwh_a"] == pytest.approx(20_000 * 2 / 3)


def test_carriers_by_block_keep_every_kilowatt_hour_of_the_buildings():
    inputs = toy_inputs()
    carriers = block_carriers(inputs)
    assert carriers["district_heat_kwh_a"].sum() == pytest.approx(inputs.final_energy["district_heat_kwh_a"].sum())
    assert set(carriers.index.get_level_values("block_id")) == set(BLOCKS)


def test_energy_in_equals_energy_out_of_every_block_and_variant():
    flows = block_flows(toy_inputs(), toy_study())
    brought = flows["electricity_delivered_kwh_a"] + flows["pv_kwh_a"]
    assert (brought - flows["electricity_use_kwh_a"] - flows["electricity_exported_kwh_a"]).abs().max() < 1e-6


def test_inputs_stay_as_they_were():
    inputs = toy_inputs()
    before = [inputs.final_energy.copy(), inputs.electricity_hourly.copy(), inputs.buildings.copy()]
    block_balance(inputs, toy_study())
    for old, new in zip(before, [inputs.final_energy, inputs.electricity_hourly, inputs.buildings], strict=True):
        assert old.equals(new)


def test_sharing_between_blocks_lowers_import_and_export_alike_and_leaves_the_symmetric_balance():
    inputs, study = toy_inputs(), toy_study()
    alone = block_balance(inputs, study).xs("usual_pv", level="variant").sum()
    shared = group_balance(inputs, study, dict.fromkeys(BLOCKS, "usual_pv"))
    assert shared["electricity_delivered_kwh_a"] < alone["electricity_delivered_kwh_a"]
    saved = alone["electricity_delivered_kwh_a"] - shared["electricity_delivered_kwh_a"]
    assert saved == pytest.approx(alone["electricity_exported_kwh_a"] - shared["electricity_exported_kwh_a"])
    assert shared["primary_energy_nren_kwh_a"] == pytest.approx(alone["primary_energy_nren_kwh_a"])
    assert shared["reference_area_m2"] == 2500


def test_group_of_one_block_is_that_block():
    inputs, study = toy_inputs(), toy_study(k_exp=0.5)
    block = block_balance(inputs, study).loc[("b3", "advanced_pv")]
    group = group_balance(inputs, study, {"b3": "advanced_pv"})
    for name in block.index:
        assert group[name] == pytest.approx(block[name], nan_ok=True), name


def test_group_may_choose_a_variant_per_block():
    inputs, study = toy_inputs(), toy_study()
    mixed = group_balance(inputs, study, {"b1": "usual_pv", "b2": "near_zero_heat_pump_pv"})
    apart = block_balance(inputs, study)
    expected = (
        apart.loc[("b1", "usual_pv"), "primary_energy_nren_kwh_a"]
        + apart.loc[("b2", "near_zero_heat_pump_pv"), "primary_energy_nren_kwh_a"]
    )
    assert mixed["primary_energy_nren_kwh_a"] == pytest.approx(expected)


def test_group_hours_are_load_less_pv_and_a_stranger_is_refused():
    inputs, study = toy_inputs(), toy_study()
    hours = group_hourly(inputs, study, {"b1": "today_pv", "b2": "today"})
    assert hours["pv_kw"].sum() == pytest.approx(60_000)
    assert (hours["net_kw"] - hours["load_kw"] + hours["pv_kw"]).abs().max() < 1e-9
    with pytest.raises(LayerError, match="block 'nowhere' holds no building"):
        group_hourly(inputs, study, {"nowhere": "today"})


def test_district_balance_has_one_row_per_variant():
    study = toy_study()
    found = district_balance(toy_inputs(), study)
    assert found.index.tolist() == [variant.key for variant in study.variants]
    assert found.loc["today", "pv_kwh_a"] == 0


def test_credit_for_exports_orders_the_balances():
    inputs = toy_inputs()
    found = {
        credit: block_balance(inputs, toy_study(export_credit=credit)).loc[("b1", "advanced_pv"), "primary_energy_balance_kwh_a"]
        for credit in ("symmetric", "asymmetric", "zero")
    }
    assert found["zero"] < found["asymmetric"] < found["symmetric"]
    assert found["zero"] == pytest.approx(
        block_balance(inputs, toy_study(k_exp=0)).loc[("b1", "advanced_pv"), "primary_energy_balance_kwh_a"]
    )


def test_coarser_steps_see_more_own_use_and_the_matching_factor_takes_some_back():
    inputs = toy_inputs()
    used = {
        step: block_flows(inputs, toy_study(timestep=step)).loc[("b1", "today_pv"), "pv_used_kwh_a"]
        for step in ("hourly", "monthly", "yearly")
    }
    assert used["hourly"] < used["monthly"] <= used["yearly"] == pytest.approx(30_000)
    matched = block_flows(inputs, toy_study(timestep="yearly", load_matching=True)).loc[("b1", "today_pv"), "pv_used_kwh_a"]
    assert matched == pytest.approx(30_000 * (2 + 1 / 2 - 1) / (2 + 1 / 2))


def test_leaving_household_electricity_out_moves_it_out_of_the_use():
    inputs = toy_inputs()
    row = block_flows(inputs, toy_study(uses="building_services")).loc[("b1", "today_pv")]
    assert row["electricity_use_kwh_a"] == 0
    assert row["electricity_other_uses_kwh_a"] == pytest.approx(30_000)
    assert row["electricity_exported_kwh_a"] == pytest.approx(60_000)


def test_decarbonised_network_is_weighed_with_its_own_factor():
    inputs = toy_inputs()
    hot = inputs.final_energy.xs("today", level="supply", drop_level=False).rename(
        index={"today": "district_heat_decarbonised"}, level="supply"
    )
    hourly = inputs.supply_electricity_hourly
    today = hourly.loc[:, hourly.columns.get_level_values("supply") == "today"].rename(
        columns={"today": "district_heat_decarbonised"}, level="supply"
    )
    import dataclasses

    import pandas as pd

    both = dataclasses.replace(
        inputs, final_energy=pd.concat([inputs.final_energy, hot]), supply_electricity_hourly=pd.concat([hourly, today], axis=1)
    )
    study = Study.model_validate({"name": "x", "variants": [{"key": "clean", "package": "usual", "supply": "district_heat_decarbonised"}]})
    found = block_balance(both, study).loc[("b1", "clean")]
    assert found["primary_energy_nren_kwh_a"] == pytest.approx(60_000 * 0.15 + 30_000 * 2.5)


def test_missing_package_or_supply_is_named():
    study = Study.model_validate({"name": "x", "variants": [{"key": "odd", "package": "igloo"}]})
    with pytest.raises(LayerError, match=r"lacks package 'igloo' with supply 'today' \(variant 'odd'\)"):
        block_balance(toy_inputs(), study)


def test_reweighing_flows_is_all_that_factors_change():
    inputs, study = toy_inputs(), toy_study()
    flows = block_flows(inputs, study)
    old = weigh_flows(flows, study, factors=factor_set("pl_certificates_2015", study)).loc[("b2", "today")]
    assert old["primary_energy_nren_kwh_a"] == pytest.approx(100_000 * 1.1 + 30_000 * 3.0)
    assert group_flows(inputs, study, {"b2": "today"})["gas_delivered_kwh_a"].sum() == pytest.approx(100_000)


def test_pollutants_of_a_coal_block_come_from_its_chimneys():
    row = block_balance(toy_inputs(), toy_study()).loc[("b3", "today")]
    assert row["pm10_local_kg_a"] == pytest.approx(50_000 * 0.0036 * 404 / 1000)
    assert row["pm10_kg_a"] > row["pm10_local_kg_a"]
    assert block_balance(toy_inputs(), toy_study()).loc[("b1", "today"), "pm10_local_kg_a"] == 0


def test_wood_burns_cleaner_in_the_boiler_of_a_variant_than_in_stoves_of_today():
    """760 g of PM10 per gigajoule in stoves, 29 in a pellet boiler (EMEP/EEA)."""
    variants = [{"key": "now", "package": "existing"}, {"key": "pellets", "package": "existing", "supply": "biomass"}]
    study = Study.model_validate({"name": "x", "variants": variants})
    flows = block_flows(toy_inputs(), toy_study()).xs("today", level="variant").iloc[[0, 0]]
    flows = flows.assign(biomass_delivered_kwh_a=100_000.0).set_axis(["now", "pellets"]).rename_axis("variant")
    dust = weigh_flows(flows, study)["pm10_local_kg_a"]
    others = flows.assign(biomass_delivered_kwh_a=0.0)
    dust = dust - weigh_flows(others, study)["pm10_local_kg_a"]
    assert dust["now"] == pytest.approx(360 * 0.760)
    assert dust["pellets"] == pytest.approx(360 * 0.029)


def test_hours_of_blocks_are_those_of_each_block_as_a_group():
    """With arrays of today on one roof, which produce in every variant."""
    plain = toy_inputs()
    inputs = dataclasses.replace(plain, pv_existing_hourly=plain.pv_hourly[["b1"]] * 0.5)
    study = toy_study()
    for key in ("today", "today_pv", "near_zero_heat_pump_pv"):
        variant = next(one for one in study.variants if one.key == key)
        for name, hours in hours_of_blocks(inputs, variant, ["b1", "b2", "b3"]):
            pd.testing.assert_frame_equal(hours, group_hourly(inputs, study, {name: key}), check_freq=False)
