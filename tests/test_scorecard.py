"""The scorecard: open weights, steps among the blocks of a place, and reasons in words."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from ped_geo.scorecard import PARTS, ScorecardInputs, asking_steps, scorecard
from ped_geo.study import Study

NAMES = pd.Index([f"b{number}" for number in range(5)], name="block_id")


def inputs(**changes):
    ramp = pd.Series(np.arange(5.0), index=NAMES)
    balance = pd.DataFrame({"reference_area_m2": 100.0, "primary_energy_balance_kwh_a": -1000.0 * ramp})
    balance.index = pd.MultiIndex.from_product([NAMES, ["way"]], names=["block_id", "variant"])
    zones = pd.DataFrame(
        {"margin_per_mwh": ramp.to_numpy()}, index=pd.MultiIndex.from_product([NAMES, ["existing"]], names=["block_id", "package"])
    )
    layers = {
        "blocks": gpd.GeoDataFrame(index=NAMES),
        "balance": balance,
        "recommendation": pd.DataFrame(),
        "heat_zones": zones,
        "mobility_blocks": pd.DataFrame({"proximity_min": ramp}),
        "green_blocks": pd.DataFrame({"biologically_active_share": 0.5 - 0.1 * ramp, "heat_island_k": 3.0, "heat_island_step": "step_3"}),
        "public_buildings": pd.DataFrame({"block_id": ["b4"], "reference_area_m2": [500.0]}),
    }
    return ScorecardInputs(**(layers | changes))


@pytest.fixture
def study(monkeypatch):
    monkeypatch.setattr("ped_geo.scorecard.recommended_variant", lambda _table, _study: "way")
    return lambda **more: Study.model_validate({"name": "x", "variants": [{"key": "way", "package": "existing", "pv": False}], **more})


def test_priority_is_the_mean_of_the_steps_that_apply(study):
    table = scorecard(inputs(), study())
    assert table.loc["b4", [f"{part}_step" for part in PARTS]].tolist() == [5.0, 5.0, 5.0, 5.0, 3.0, 3.0]
    # without public buildings five parts count
    assert table.at["b0", "priority"] == pytest.approx((1 + 1 + 1 + 1 + 3) / 5)
    assert np.isnan(table.at["b0", "public_step"])
    assert table.at["b4", "priority"] == pytest.approx(26 / 6)


def test_weights_are_open_and_decide(study):
    only = {f"scorecard.{part}": float(part == "green") for part in PARTS}
    table = scorecard(inputs(), study(assumptions=only))
    assert table["priority"].tolist() == table["green_step"].tolist()


def test_a_changed_part_moves_only_itself_and_the_mean(study):
    before = scorecard(inputs(), study())
    after = scorecard(inputs(mobility_blocks=pd.DataFrame({"proximity_min": [9.0, 1.0, 2.0, 3.0, 4.0]}, index=NAMES)), study())
    moved = [name for name in before if not before[name].equals(after[name])]
    assert set(moved) == {"mobility_value", "mobility_step", "priority", "reason_pl", "reason_en"}


def test_reasons_tell_what_asks_most(study):
    table = scorecard(inputs(), study())
    assert "energy: 40.0 kWh/(m²·a) missing" in table.at["b4", "reason_en"]
    assert "mobilność: średnie dojście 4,0 min" in table.at["b4", "reason_pl"]
    assert table.at["b1", "reason_en"] == ""


def test_what_has_enough_of_all_asks_for_nothing(study):
    """All blocks make a surplus and no network pays: the last fifth of those is no reason."""
    surplus = inputs().balance.assign(primary_energy_balance_kwh_a=lambda rows: rows["primary_energy_balance_kwh_a"] + 5000.0)
    table = scorecard(inputs(balance=surplus, heat_zones=inputs().heat_zones - 9.0), study())
    assert table.at["b4", "energy_step"] == table.at["b4", "network_step"] == 5.0
    assert not table["reason_en"].str.contains("energy|network").any()


def test_warm_nights_have_the_step_of_the_green_chapter(study):
    """Degrees are cut where the formula ends; what lies beyond still differs."""
    steps = [f"step_{number}" for number in (2, 1, 3, 5, 4)]
    table = scorecard(inputs(green_blocks=inputs().green_blocks.assign(heat_island_step=steps)), study())
    assert table["heat_step"].tolist() == [2.0, 1.0, 3.0, 5.0, 4.0]
    assert "warm nights: up to 3.0 K" in table.at["b3", "reason_en"]


def test_blocks_that_are_alike_share_a_step():
    assert asking_steps(pd.Series([2.0, 2.0, 2.0])).tolist() == [3.0, 3.0, 3.0]
    assert asking_steps(pd.Series([np.nan, 1.0])).tolist()[1] == 3.0
