"""Hydraulic balancing and control of the heating."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.retrofit._measure import MEASURE_TYPES, Level, Measure, MeasureType, RetrofitContext, allowed, floor_cost

__all__: list[str] = []


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    reached = np.maximum(level.number(case.study), before)
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), reached, before)})


MEASURE_TYPES.add("balancing", MeasureType(_apply, floor_cost))
