"""Linear heat density: by hand, by published figures and by what must fall or rise."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions
from ped_geo.networks.density import (
    at_stations,
    block_density,
    delivered_mwh_a,
    density_class,
    distribution_cost_eur_mwh,
    effective_density,
    effective_width_m,
    station_output_mwh_a,
)
from ped_geo.study import Study
from ped_geo.supply import final_energy

STUDY = Study(name="x")


def blocks(area, ratio):
    return pd.DataFrame({"area_m2": [area], "fsi": [ratio]}, index=pd.Index(["b1"], name="block_id"))


def heat(**packages):
    return pd.DataFrame(packages, index=pd.Index(["b1"], name="block_id"))


def trench(trunk, connections):
    return pd.DataFrame({"trunk_m": [trunk], "connections_m": [connections]}, index=pd.Index(["b1"], name="block_id"))


def test_d8_ten_blocks_of_600_mwh_on_2400_m_of_trunk_and_250_m_of_connections():
    """Check D8."""
    found = block_density(blocks(160_000.0, 1.0), heat(existing=[6000.0]), STUDY, trench(2400.0, 250.0))
    assert found.loc[("b1", "existing", 1.0), "linear_density_routed_mwh_m_a"] == pytest.approx(6000 / 2650)
    without = block_density(blocks(160_000.0, 1.0), heat(existing=[6000.0]), STUDY, trench(2400.0, 0.0))
    assert without.loc[("b1", "existing", 1.0), "linear_density_routed_mwh_m_a"] == pytest.approx(2.5)


def test_d10_persson_and_werner_for_plot_ratio_1_and_500_mwh_per_hectare():
    """Check D10: width 60 m, 10.8 GJ/m, 0.1163 m, 731.4 EUR/m, 15.86 EUR/MWh."""
    width = float(effective_width_m(1.0, STUDY))
    density = 500.0 / 1e4 * width
    assert (width, density * 3.6) == (60.0, pytest.approx(10.8))
    annuity = 0.05 / (1 - 1.05**-30)
    cost = float(distribution_cost_eur_mwh(density, annuity, STUDY))
    assert cost == pytest.approx(15.86, abs=0.01)
    assert cost * density / annuity == pytest.approx(731.4, abs=0.1)


def test_width_is_steady_where_the_two_rules_meet_and_grows_up_to_there():
    ratios = np.linspace(0.0, 0.4, 50)
    assert (np.diff(effective_width_m(ratios, STUDY)) > 0).all()
    assert effective_width_m(0.4, STUDY) == effective_width_m(0.400001, STUDY)


def test_halved_heat_halves_the_density_in_the_same_trenches():
    found = block_density(blocks(20_000.0, 0.9), heat(existing=[800.0], usual=[400.0]), STUDY, trench(300.0, 60.0))
    for column in ("linear_density_estimated_mwh_m_a", "linear_density_routed_mwh_m_a"):
        assert found.loc[("b1", "usual", 1.0), column] == pytest.approx(found.loc[("b1", "existing", 1.0), column] / 2)


def test_with_fewer_connected_the_trunk_stays_and_density_falls_less_than_where_connections_were_all():
    rate = STUDY.assumed("heat_network.connection_rate")
    found = block_density(blocks(20_000.0, 0.9), heat(existing=[800.0]), STUDY, trench(300.0, 60.0))
    part = found.loc[("b1", "existing", rate)]
    assert part["trench_routed_m"] == pytest.approx(300 + rate * 60)
    assert part["linear_density_routed_mwh_m_a"] == pytest.approx(rate * 800 / (300 + rate * 60))
    assert part["linear_density_routed_mwh_m_a"] < found.loc[("b1", "existing", 1.0), "linear_density_routed_mwh_m_a"]


def test_d18_density_falls_when_a_longer_connection_is_added():
    """Part of check D18."""
    found = [
        block_density(blocks(20_000.0, 0.9), heat(existing=[800.0]), STUDY, trench(300.0, length)).iloc[-1]["linear_density_routed_mwh_m_a"]
        for length in (10.0, 60.0, 200.0)
    ]
    assert found == sorted(found, reverse=True)


def test_block_without_streets_is_classed_by_its_effective_width():
    found = block_density(blocks(20_000.0, 0.9), heat(existing=[800.0]), STUDY)
    row = found.loc[("b1", "existing", 1.0)]
    assert math.isnan(row["linear_density_routed_mwh_m_a"])
    assert row["linear_density_estimated_mwh_m_a"] == pytest.approx(800 / (20_000 / 60))
    assert row["density_class"] == "good"


def test_every_threshold_belongs_to_the_class_above_it_and_no_heat_to_the_lowest():
    table = assumptions.table("heat_density_classes")
    assert density_class(table["least_mwh_m_a"]).tolist() == table["class"].tolist()
    assert density_class([0.0, np.nan, 1.4999, 100.0]).tolist() == ["very_low", "very_low", "low", "very_good"]


def test_denser_heat_costs_less_to_distribute():
    costs = distribution_cost_eur_mwh(np.linspace(0.5, 8.0, 30), 0.06, STUDY)
    assert (np.diff(costs) < 0).all()
    assert np.isnan(distribution_cost_eur_mwh(0.0, 0.06, STUDY))


def test_network_delivers_what_rooms_need_and_what_the_house_and_its_station_lose():
    index = pd.MultiIndex.from_tuples([("a", "existing"), ("a", "usual")], names=["building_id", "package"])
    need = pd.DataFrame(
        {"heat_need_kwh_a": [790.0, 500.0], "hot_water_need_kwh_a": 100.0, "hot_water_circulation_kwh_a": 50.0}, index=index
    )
    state = pd.DataFrame({"heating_efficiency": [0.79, 1.0]}, index=index)
    at_station = at_stations(need, state)
    assert station_output_mwh_a(at_station).tolist() == pytest.approx([1.15, 0.65])
    # TABULA PL.TS.Gen.01: 1.01 for rooms, 1.15 for hot water
    assert delivered_mwh_a(at_station).tolist() == pytest.approx([1.1825, 0.6775])


def test_network_delivers_what_the_accounts_say_is_bought():
    """One heat for pipes and for bills: what `final_energy` buys of district heat, with circulation as a factor of hot water."""
    index = pd.MultiIndex.from_product([["a", "b"], ["existing", "usual"]], names=["building_id", "package"])
    water = pd.Series([30_000.0, 30_000.0, 8_000.0, 8_000.0], index=index)
    need = pd.DataFrame({"heat_need_kwh_a": [90_000.0, 40_000.0, 20_000.0, 9_000.0], "hot_water_need_kwh_a": water}, index=index)
    state = pd.DataFrame(
        {"heating_efficiency": [0.77, 0.93, 0.8, 0.95], "circulation_factor": [1.5, 1.3, 1.0, 1.0], "heat_recovery": 0.0}, index=index
    )
    need["hot_water_circulation_kwh_a"] = water * (state["circulation_factor"] - 1.0)
    buildings = pd.DataFrame(
        {"reference_area_m2": 900.0, "heat_supply": "district_heat", "refurbishment_state": "original"},
        index=pd.Index(["a", "b"], name="building_id"),
    )
    weather = pd.DataFrame({"temp_air": np.linspace(-15.0, 30.0, 8760)})
    bought = final_energy(need, buildings, weather, STUDY, thermal_state=state, options=["today"]).xs("today", level="supply")
    found = delivered_mwh_a(at_stations(need, state))
    assert (1000.0 * found).to_numpy() == pytest.approx(bought["district_heat_kwh_a"].reindex(index).to_numpy())


def city(count):
    rng = np.random.default_rng(3)
    index = pd.Index([f"k{number}" for number in range(count)], name="block_id")
    area = pd.Series(rng.uniform(2_000.0, 120_000.0, count), index=index)
    return area, pd.Series(rng.uniform(0.0, 3.0, count), index=index), area * rng.uniform(0.0, 0.12, count)


def test_eight_thousand_blocks_of_a_city_take_well_under_a_second():
    area, ratio, heat = city(8_000)
    start = time.process_time()
    found = effective_density(area, ratio, heat, STUDY)
    assert time.process_time() - start < 0.3
    # by the definition: heat by land times width, block by block
    width = np.where(ratio <= 0.4, 137.5 * ratio + 5.0, 60.0)
    assert found["linear_density_estimated_mwh_m_a"].to_numpy() == pytest.approx((heat / area * width).to_numpy())
    assert set(found["density_class"]) == {"very_low", "low", "borderline", "good", "very_good"}


def test_a_district_without_streets_has_the_values_of_the_city():
    area, ratio, packages = city(300)
    shapes = pd.DataFrame({"area_m2": area, "fsi": ratio})
    district = block_density(shapes, pd.DataFrame({"existing": packages}), STUDY).xs(
        ("existing", 1.0), level=("package", "connection_rate")
    )
    found = effective_density(area, ratio, packages, STUDY).sort_index()
    pd.testing.assert_frame_equal(district[list(found)], found)


def test_no_land_has_no_density_and_no_heat_the_lowest_class():
    index = pd.Index(["square", "nothing"], name="block_id")
    found = effective_density(pd.Series([0.0, 10_000.0], index), pd.Series([0.0, 0.0], index), pd.Series([5.0, 0.0], index), STUDY)
    assert np.isnan(found["linear_density_estimated_mwh_m_a"].iloc[0])
    assert found["linear_density_estimated_mwh_m_a"].iloc[1] == 0.0
    assert found["density_class"].iloc[1] == "very_low"
