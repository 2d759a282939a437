"""Every assumption at its least and at its greatest value is run through the whole chain: nothing breaks, and no verdict is without a number."""

from __future__ import annotations

import numpy as np
import pytest

from ped_geo import assumptions
from ped_geo.bounds import assumption_bounds, assumption_problems
from ped_geo.errors import PedGeoError
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import inputs
from ped_geo.study import Study
from tests.test_settings_run import BASE, hamlet_place

# many assumptions in each of few runs, because nearly all of a run is the same whatever they are
RUNS = 8
KEYS = sorted(assumptions.scalars())
GIVEN = {
    **BASE,
    "country": "PL",
    "demand": {"electric_cars_share": 0.2, "intermittency": "night"},
    "solar": {"facades": True, "points_per_plane": 1, "directions": 36},
    "supply": {"options": ["today", "heat_pump_air", "solar_thermal", "district_heat_cogeneration"]},
    "variants": [
        {"key": "today", "package": "existing"},
        {"key": "pump", "package": "usual", "supply": "heat_pump_air", "pv": True},
        {"key": "sun", "package": "usual", "supply": "solar_thermal", "pv": True},
        {"key": "engine", "package": "usual", "supply": "district_heat_cogeneration"},
    ],
}


def at_bounds(keys, side):
    """Values at one end; what would stand in the wrong order with the others is left as it is."""
    chosen: dict[str, float] = {}
    for key in keys:
        trial = {**chosen, key: assumption_bounds(key)[side]}
        chosen = chosen if list(assumption_problems(trial)) else trial
    return chosen


def whole_run(overrides, folder):
    study = Study.model_validate({**GIVEN, "overrides": overrides})
    site, layers, _ = inputs(study, hamlet_place(), folder, refresh=False)
    return run_steps(STEPS, study, site, layers, store=None)


def refusal(overrides, folder):
    """Why a run is refused, "" where it is not; its results are numbers."""
    try:
        found = whole_run(overrides, folder)
    except PedGeoError as error:
        return str(error)
    # without PV there is no own use of it
    balance = found["balance"].select_dtypes("number").drop(columns="self_consumption")
    assert np.isfinite(balance.to_numpy()).all(), list(balance.columns[~np.isfinite(balance).all()])
    assert np.isfinite(found["verdicts"][["margin_kwh_a", "margin_kwh_m2a"]].to_numpy(dtype=float)).all()
    assert found["probabilities"]["p_positive"].between(0.0, 1.0).all()
    return ""


def run_or_halve(overrides, folder):
    """Of many values one may be refused in a sentence; the others must not be passed over for it."""
    if refusal(overrides, folder) and len(overrides) > 1:
        items = list(overrides.items())
        for half in (items[: len(items) // 2], items[len(items) // 2 :]):
            run_or_halve(dict(half), folder)


@pytest.mark.slow
@pytest.mark.parametrize("side", [0, 1], ids=["least", "greatest"])
@pytest.mark.parametrize("number", range(RUNS))
def test_assumptions_at_their_bounds_run_to_the_last_step(tmp_path, side, number):
    run_or_halve(at_bounds(KEYS[number::RUNS], side), tmp_path)
