"""Mechanical ventilation with heat recovery."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.retrofit._measure import PHYSICS, Level, Measure, Physics, RetrofitContext, allowed, floor_cost

__all__: list[str] = []


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    if level.rule == "typology":  # no state of the typology recovers heat
        return state.copy()
    reached = np.maximum(level.number(case.study), before)
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), reached, before)})


PHYSICS.add("ventilation", Physics(_apply, floor_cost))
