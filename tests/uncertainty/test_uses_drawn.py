"""Odds over uses in the needs, the draws and the sensitivity, against re-runs of the real stages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ped_geo import uncertainty
from ped_geo.uncertainty.use_draws import USE, Uses
from tests.uncertainty import chain
from tests.uncertainty.test_ages_drawn import STUDY, certain


@pytest.fixture(scope="module")
def asked():
    """The services of the place as untyped footprints, with odds that a hand wrote; every year and state is told."""
    layers = chain.run(chain.raw_layers({"building=school": "yes", "building=office": "yes"}), STUDY, money=True)
    drawn = layers["buildings"]
    open_ = drawn["use_odds"] != ""
    assert open_.sum() == 2
    odds = json.dumps({"residential_multi": 0.6, "other": 0.3, "industrial": 0.1})
    told = drawn.assign(
        use=drawn["use"].where(~open_, "residential_multi").astype("str"), use_odds=drawn["use_odds"].where(~open_, odds),
        refurbishment_state_source="register", construction_period_source="osm",
    )  # fmt: skip
    return chain.run({**layers, "buildings": told, "period_odds": certain(told)}, STUDY, "envelope", money=True), drawn.index[open_]


def test_needs_are_the_means_of_the_needs_of_all_uses(asked):
    """Three runs of the real stages, each with the open buildings in one use, weighed by the odds."""
    layers, ids = asked
    expected = dict.fromkeys(("heat_need_kwh_a", "hot_water_need_kwh_a"), 0.0)
    of_use = {}
    for use, chance in {"residential_multi": 0.6, "other": 0.3, "industrial": 0.1}.items():
        changed = layers["buildings"].index.isin(ids)
        told = layers["buildings"].assign(
            use=layers["buildings"]["use"].where(~changed, use), use_odds=layers["buildings"]["use_odds"].where(~changed, "")
        )
        of_use[use] = chain.run({**layers, "buildings": told}, STUDY, "demand")["need"].xs("existing", level="package").loc[ids]
        for name in expected:
            expected[name] = expected[name] + chance * of_use[use][name]
    now = layers["need"].xs("existing", level="package").loc[ids]
    table = layers["use_need"]
    for name, component in zip(expected, ("space_heat", "hot_water"), strict=True):
        assert now[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=0.02), name
        for use, need in of_use.items():
            factor = table.xs(use, level="use")[component].loc[ids]
            # by the season, where the runs go hour by hour
            assert factor.to_numpy() == pytest.approx((need[name] / expected[name]).to_numpy(), rel=0.04), (name, use)
    mean = table[["space_heat", "hot_water", "electricity_use"]].mul(table["chance"], axis=0).groupby(level="building_id").sum()
    assert mean.to_numpy() == pytest.approx(1.0)


def told_of(layers, uses):
    names = ("buildings", "need", "final_energy", "pv_buildings", "packages_cost", "balance")
    modules = layers["variant_costs"]["pv_investment"].reindex(layers["balance"].index)
    components = uncertainty.components_of(
        *({**layers, "balance": layers["balance"].assign(pv_investment=modules)}[name] for name in names), STUDY
    )
    factors, groups = uncertainty.variant_factors(STUDY), uncertainty.groups_of(components)
    return uncertainty.simulate(components, factors, groups, STUDY, periods=layers["period_need"], uses=uses)


def test_an_open_use_widens_the_bands_and_the_sensitivity_names_it(asked):
    layers, ids = asked
    block = layers["buildings"].loc[ids[0], "block_id"]
    open_, sure = (told_of(layers, uses) for uses in (layers["use_need"], None))
    for quantity in ("heat_kwh_a", "electricity_kwh_a"):
        one, other = (told.bands.loc[(block, "today", quantity)] for told in (open_, sure))
        assert one["p95"] - one["p05"] > other["p95"] - other["p05"], quantity
        assert one["central"] == other["central"]
    shares = [
        told.sensitivity.xs(("district", "today", USE), level=("group_id", "variant", "input"))["variance_share"].iloc[0]
        for told in (open_, sure)
    ]
    assert shares[0] > 0.001
    assert shares[1] == 0.0


def test_uses_come_as_often_as_their_odds_and_a_told_one_never_changes():
    index = pd.MultiIndex.from_product([["a"], ["x", "y"]], names=["building_id", "use"])
    table = pd.DataFrame(
        {"chance": [0.3, 0.7], "space_heat": [2.0, 4 / 7], "hot_water": [1.0, 1.0], "electricity_use": [0.0, 10 / 7]}, index=index
    )
    found = Uses.of(table, pd.Index(["a", "b"]))
    assert found.open.tolist() == [True, False]
    places = found.drawn(np.random.default_rng(3).standard_normal((2, 20_000)))
    factor = np.exp(found.of_draws(places, "space_heat"))
    assert (factor[0] == 2.0).mean() == pytest.approx(0.3, abs=0.01)
    assert factor[0].mean() == pytest.approx(1.0, abs=0.02)
    assert (factor[1] == 1.0).all()
