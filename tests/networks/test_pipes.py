"""Pipes: the checks of published tools, and a network solved once more by Colebrook and White and by small steps of cooling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo.networks.pipes import (
    NetworkWater,
    RootedTree,
    annuity,
    capacity_kw,
    friction,
    linear_cost,
    outlet_c,
    pressure_gradient_pa_m,
    pump_share,
    simultaneity,
    size_pipes,
    water,
)
from ped_geo.networks.zones import terms_of
from ped_geo.study import Study
from ped_geo.supply.final import heat_output_kw

STUDY = Study(name="x")
AT_70 = {"density_kg_m3": 977.76, "viscosity_pa_s": 4.041e-4}
DN = [25, 32, 40, 50, 65, 80, 100, 125, 150, 200, 250, 300, 350, 400, 450, 500, 600]


def at(flow, back):
    return NetworkWater(flow, back, flow, back, **AT_70)


def test_d1_two_buildings_of_30_kw_need_48_6_kw():
    """Check D1."""
    assert 60.0 * float(simultaneity(2, STUDY)) == pytest.approx(48.6)


def test_d11_one_megawatt_at_90_60_takes_dn_80_at_250_pa_and_dn_100_at_100_pa_on_a_rough_wall():
    """Check D11: 1093 kW and 1148 kW."""
    smooth = capacity_kw(250.0, 0.01e-3, at(90, 60), 4187.0)
    rough = capacity_kw(100.0, 0.1e-3, at(90, 60), 4187.0)
    assert DN[int(np.searchsorted(smooth, 1000.0))] == 80
    assert smooth[DN.index(80)] == pytest.approx(1093.4, rel=2e-3)
    assert DN[int(np.searchsorted(rough, 1000.0))] == 100
    assert rough[DN.index(100)] == pytest.approx(1148.4, rel=2e-3)


def test_d13_line_through_the_costs_of_all_sizes_is_that_of_topotherm():
    """Check D13: published 0.0174 EUR/(m kW) and 1154 EUR/m."""
    slope, constant = linear_cost(capacity_kw(250.0, 0.01e-3, at(90, 55), 4187.0))
    assert slope == pytest.approx(0.01736, abs=5e-5)
    assert constant == pytest.approx(1153.9, abs=2.0)


def test_d14_outlet_of_the_pipe_of_dhnx():
    """Check D14."""
    found = outlet_c(130.0, 10.0, 200.0, 0.21 * np.pi * 0.125, 0.68, 4190.0)
    assert found == pytest.approx(129.3074, abs=5e-4)
    assert outlet_c(130.0, 10.0, 200.0, 0.1, 0.0, 4190.0) == 10.0


def test_d15_pump_of_one_megawatt():
    """Check D15: 6.79 kW, 0.68 %."""
    assert 1000.0 * pump_share(500e3, 30.0, 977.76, 0.6, 4187.0) == pytest.approx(6.79, abs=0.01)


@pytest.mark.parametrize(("rate", "years", "money", "expected"), [(0.08, 40, 1.0, 0.083860), (0.05, 20, 10_000.0, 802.426)])
def test_d16_annuities_of_published_tools(rate, years, money, expected):
    """Check D16."""
    study = Study(name="x", overrides={"heat_network.discount_rate": rate, "heat_network.lifetime": years})
    assert money * annuity(study) == pytest.approx(expected, rel=1e-5)


def test_d17_full_load_hours_of_heat_alone_at_3544_kelvin_days():
    """Check D17: 24 x 3544 / 40 = 2126 h, designed for -20 degC outside and 20 degC inside."""
    study = Study(name="x", overrides={"supply.heating_limit": 20.0, "climate.t_design": -20.0})
    weather = pd.DataFrame({"temp_air": np.full(8760, 20.0 - 24.0 * 3544.0 / 8760.0)})
    need = pd.DataFrame({"heat_need_kwh_a": [100_000.0]}, index=pd.Index(["b1"], name="building_id"))
    power = float(heat_output_kw(need, weather, study).iloc[0])
    assert 100_000.0 / power == pytest.approx(2126.4, abs=0.1)


def test_d9_pair_of_0_35_w_at_67_k_loses_205_kwh_a_metre():
    """Check D9: 17.0 % at 1.0 and 7.6 % at 2.5 MWh/(m a)."""
    paid = terms_of((0.0, 0.0), 0.35 * 67.0, STUDY).per_m_a
    lost = 1000.0 * paid / STUDY.assumed("heat_network.source_heat")
    assert lost == pytest.approx(205.4, abs=0.1)
    for density, share in ((1.0, 0.170), (2.5, 0.076)):
        assert lost / (1000 * density + lost) == pytest.approx(share, abs=0.001)


def test_d12_pair_of_dn_50_loses_as_in_thermos():
    """Check D12: 23.67 W/m at 90/60 and 8 degC in the soil, where pandapipes' better insulated pipe has 0.353 W/(mK) a pair."""
    tree = RootedTree(0, np.array([0]), np.array([1]), np.array([100.0]), np.array([False]))
    study = Study(name="x", overrides={"heat_network.soil_c": 8.0, "heat_network.pressure_gradient": 250.0, "heat_network.roughness": 0.01})
    found = size_pipes(tree, np.array([0.0, 300.0]), at(90, 60), study).iloc[0]
    assert found["dn"] == 50
    assert found["heat_loss_w_m"] == pytest.approx(2 * 0.2013 * 67.0)
    # standard insulation loses a seventh more than the insulation of THERMOS
    assert found["heat_loss_w_m"] / 23.67 == pytest.approx(0.2013 / 0.1763, rel=0.01)


def colebrook(reynolds, roughness):
    """Friction by the implicit formula, solved by repetition."""
    found = 0.02
    for _ in range(100):
        found = (-2.0 * np.log10(roughness / 3.7 + 2.51 / (reynolds * np.sqrt(found)))) ** -2
    return found


@pytest.mark.parametrize("reynolds", [5e3, 3e4, 2e5, 2e6])
@pytest.mark.parametrize("roughness", [1e-5, 5e-4, 3e-3])
def test_friction_agrees_with_colebrook_within_two_percent(reynolds, roughness):
    assert float(friction(reynolds, roughness)) == pytest.approx(colebrook(reynolds, roughness), rel=0.02)
    assert float(friction(1000.0, roughness)) == pytest.approx(0.064)


def town():
    """A trunk of four sections of 150 m with two houses of 90 kW at each end, by connections of 20 m."""
    parents, children, lengths, power = [], [], [], np.zeros(13)
    house = 5
    for section in range(4):
        parents.append(section)
        children.append(section + 1)
        lengths.append(150.0)
        for _ in range(2):
            parents.append(section + 1)
            children.append(house)
            lengths.append(20.0)
            power[house] = 90.0
            house += 1
    order = np.array([place for section in (3, 2, 1, 0) for place in (3 * section + 1, 3 * section + 2, 3 * section)])
    tree = RootedTree(0, np.array(parents)[order], np.array(children)[order], np.array(lengths)[order], np.zeros(12, dtype=bool))
    return tree, power


def test_d18_flow_is_kept_at_every_node_but_for_simultaneity_and_losses():
    tree, power = town()
    study = Study(name="x", overrides={"heat_network.simultaneity_constant": 1.0})
    fluid = water("high_temperature")
    found = size_pipes(tree, power, fluid, study)
    lost = 2 * found["loss_w_mk"] * ((fluid.design_flow_c + fluid.design_return_c) / 2 - 9.0) * tree.lengths / 1000
    for node in range(1, 5):
        arrives = found["peak_kw"][tree.children == node].sum() - lost[tree.children == node].sum()
        assert arrives == pytest.approx(found["peak_kw"][tree.parents == node].sum() + power[node])
    at_root = found["peak_kw"][tree.parents == 0].sum()
    assert at_root == pytest.approx(power.sum() + lost.sum())


def test_network_agrees_with_an_independent_solution_within_two_percent():
    """Pressure by Colebrook and White, temperature by steps of a metre; and no section drops more than it may."""
    tree, power = town()
    fluid = water("low_temperature")
    found = size_pipes(tree, power, fluid, STUDY)
    inner = {25: 0.0291, 32: 0.0372, 40: 0.0431, 50: 0.0545, 65: 0.0703, 80: 0.0825, 100: 0.1071, 125: 0.1325}
    assert (found["pressure_drop_pa_m"] <= 1.05 * STUDY.assumed("heat_network.pressure_gradient")).all()
    for section, row in found.iterrows():
        width = inner[int(row["dn"])]
        speed = row["flow_kg_s"] / (fluid.density_kg_m3 * np.pi * width**2 / 4)
        number = fluid.density_kg_m3 * speed * width / fluid.viscosity_pa_s
        drop = colebrook(number, 0.05e-3 / width) / width * fluid.density_kg_m3 * speed**2 / 2
        assert row["pressure_drop_pa_m"] == pytest.approx(drop, rel=0.02)
        warm = fluid.design_flow_c
        for _ in range(int(tree.lengths[section])):
            warm -= row["loss_w_mk"] * (warm - 9.0) / (row["flow_kg_s"] * 4187.0)
        cooled = fluid.design_flow_c - outlet_c(fluid.design_flow_c, 9.0, tree.lengths[section], row["loss_w_mk"], row["flow_kg_s"], 4187.0)
        assert cooled == pytest.approx(fluid.design_flow_c - warm, rel=0.02)


def test_half_the_spread_of_temperature_needs_wider_pipes_and_twice_the_flow():
    tree, power = town()
    wide, narrow = (size_pipes(tree, power, at(flow, 40), STUDY) for flow in (60, 80))
    assert (wide["dn"] >= narrow["dn"]).all()
    assert wide["dn"].sum() > narrow["dn"].sum()
    assert wide["flow_kg_s"].sum() == pytest.approx(2 * narrow["flow_kg_s"].sum(), rel=0.05)


def test_pressure_grows_with_speed_and_falls_with_width():
    speeds = np.linspace(0.05, 3.0, 60)
    assert (np.diff(pressure_gradient_pa_m(speeds, 0.1, 5e-5, at(90, 60))) > 0).all()
    assert (np.diff(pressure_gradient_pa_m(1.0, np.linspace(0.03, 0.5, 50), 5e-5, at(90, 60))) < 0).all()


def test_soft_ground_is_cheaper_than_a_street():
    tree, power = town()
    soft = RootedTree(tree.root, tree.parents, tree.children, tree.lengths, np.ones(12, dtype=bool))
    ratio = size_pipes(soft, power, at(90, 60), STUDY)["trench_eur_m"] / size_pipes(tree, power, at(90, 60), STUDY)["trench_eur_m"]
    assert ratio.between(0.45, 0.6).all()


def test_sums_down_and_along_the_tree():
    tree, power = town()
    assert tree.downstream(power)[tree.parents == 0].tolist() == [720.0]
    far = tree.from_root(tree.lengths, 13)
    assert far[4] == 600.0
    assert far[5] == 170.0
