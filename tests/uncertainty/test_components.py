"""What the draws start from: it adds up to the balance that the accounting makes of the same hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import uncertainty
from ped_geo.balance import EnergyInputs, block_balance
from ped_geo.flows import CARRIERS
from ped_geo.study import Study

HOURS = pd.date_range("2019-06-01", periods=96, freq="h", tz="UTC")
VARIANTS = (
    {"key": "today", "package": "existing"},
    {"key": "today_pv", "package": "existing", "pv": True},
    {"key": "clean_pv", "package": "usual", "supply": "district_heat_decarbonised", "pv": True},
)


def make_layers(seed=0):
    """Three buildings in two blocks, four summer days; supply of the last variant is a cleaner network."""
    rng = np.random.default_rng(seed)
    ids, blocks = pd.Index(["w1", "w2", "w3"], name="building_id"), pd.Index(["b1", "b2"], name="block_id")
    words = dict.fromkeys(("storeys_above_ground_source", "construction_period_source", "refurbishment_state_source"), "inferred: x")
    buildings = pd.DataFrame(
        {
            "block_id": ["b1", "b1", "b2"],
            "in_district": True,
            "reference_area_m2": [900.0, 500.0, 700.0],
            "refurbishment_state": "original",
            "use": "residential_multi",
        },
        index=ids,
    ).assign(**words)
    pairs = [("existing", "today"), ("usual", "district_heat_decarbonised")]
    index = pd.MultiIndex.from_tuples([(one, *pair) for one in ids for pair in pairs], names=["building_id", "package", "supply"])
    final = pd.DataFrame({f"{carrier}_kwh_a": rng.uniform(0, 900, len(index)) for carrier in (*CARRIERS, "ambient")}, index=index)
    final = final.assign(bought_heating_kwh_a=300.0, bought_hot_water_kwh_a=100.0)
    needs = pd.MultiIndex.from_product([ids, ["existing", "usual"]], names=["building_id", "package"])
    need = pd.DataFrame({"heat_need_kwh_a": 300.0, "hot_water_need_kwh_a": 100.0, "electricity_kwh_a": 50.0}, index=needs)
    services = pd.DataFrame(rng.uniform(1.0, 5.0, (96, 2)), index=HOURS, columns=blocks)
    sun = np.maximum(0.0, np.sin((HOURS.hour.to_numpy() - 6) / 12 * np.pi))[:, None] * [20.0, 9.0]
    pv = pd.DataFrame(sun, index=HOURS, columns=blocks)
    heating = (
        final["electricity_kwh_a"]
        .groupby(
            [
                final.index.get_level_values(1),
                final.index.get_level_values(2),
                buildings["block_id"].reindex(final.index.get_level_values(0)).to_numpy(),
            ]
        )
        .sum()
    )
    supply = pd.DataFrame(
        np.tile(heating.to_numpy() / 96, (96, 1)), index=HOURS, columns=heating.index.set_names(["package", "supply", "block_id"])
    )
    yields = pd.DataFrame({"annual_yield_kwh_a": [2.0, 1.0, 1.0]}, index=ids)
    money = pd.DataFrame({"investment": rng.uniform(1e5, 1e6, len(needs))}, index=needs)
    return buildings, need, final, yields, money, EnergyInputs(buildings, final, services, supply, pv)


@pytest.mark.parametrize("credit", [{"k_exp": 1.0}, {"k_exp": 0.4}, {"export_credit": "zero"}], ids=["full", "part", "none"])
def test_central_balance_is_the_one_of_the_accounting(credit):
    study = Study.model_validate({"name": "x", "variants": VARIANTS, "balance": credit, "uncertainty": {"draws": 100}})
    buildings, need, final, yields, money, energy = make_layers()
    spent = pd.DataFrame(
        {"investment": 7e5, "grant": 0.0},
        index=pd.MultiIndex.from_product([["b1", "b2"], [variant["key"] for variant in VARIANTS]], names=["block_id", "variant"]),
    )
    balance = block_balance(energy, study, money=spent).assign(pv_investment=2e5)
    components = uncertainty.components_of(buildings, need, final, yields, money, balance, study)
    told = uncertainty.simulate(components, uncertainty.variant_factors(study), uncertainty.groups_of(components), study, inputs=())
    central = told.bands["central"].unstack("quantity")
    for block, variant in balance.index:
        ours, theirs = central.loc[(block, variant)], balance.loc[(block, variant)]
        assert ours["balance_kwh_a"] == pytest.approx(theirs["primary_energy_balance_kwh_a"], abs=1e-3)
        assert ours["pv_kwh_a"] == pytest.approx(theirs["pv_kwh_a"])
        assert ours["electricity_kwh_a"] == pytest.approx(theirs["electricity_use_kwh_a"])
        assert ours["investment"] == pytest.approx(7e5)
        assert ours["reference_area_m2"] == pytest.approx(theirs["reference_area_m2"])


def test_heat_is_split_as_it_is_bought_for_rooms_and_water():
    study = Study.model_validate({"name": "x", "variants": VARIANTS})
    buildings, need, final, yields, money, energy = make_layers()
    balance = block_balance(energy, study).assign(investment=0.0, pv_investment=0.0)
    components = uncertainty.components_of(buildings, need, final, yields, money, balance, study)
    assert (components["space_heat_share"] == 0.75).all()
    assert components.loc[("w1", "today_pv"), "pv_kwh_a"] == pytest.approx(2 * components.loc[("w2", "today_pv"), "pv_kwh_a"])
    assert (components.xs("today", level="variant")["pv_kwh_a"] == 0).all()
