"""Hydraulic balancing and control of the heating."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.retrofit._measure import PHYSICS, Level, Measure, Physics, RetrofitContext, allowed, floor_cost

__all__: list[str] = []


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    reached = np.maximum(level.number(case.study), before)
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), reached, before)})


PHYSICS.add("balancing", Physics(_apply, floor_cost))
