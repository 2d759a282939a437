"""Joints, ducts and hatches sealed: less air leaks through the envelope."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.retrofit._measure import PHYSICS, Case, Level, Measure, Physics, allowed, floor_cost

__all__: list[str] = []


def _apply(measure: Measure, state: pd.DataFrame, case: Case, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    reached = case.typology(level.value)[measure.changes].to_numpy(float) if level.rule == "typology" else level.number(case.study)
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), np.minimum(reached, before), before)})


PHYSICS.add("airtightness", Physics(_apply, floor_cost))
