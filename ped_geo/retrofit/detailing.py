"""Thermal bridges that an outside insulation covers; the work is part of the wall's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.retrofit._measure import MEASURE_TYPES, Level, Measure, MeasureType, RetrofitContext, allowed
from ped_geo.study import Study

__all__: list[str] = []

Floats = npt.NDArray[np.float64]


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    reached = case.typology(level.value)[measure.changes].to_numpy(float) if level.rule == "typology" else level.number(case.study)
    wall_done = state["u_wall"].to_numpy(float) < case.today["u_wall"].to_numpy(float)
    done = allowed(measure, case.buildings) & wall_done
    return state.assign(**{measure.changes: np.where(done, np.minimum(reached, before), before)})


def _cost(
    measure: Measure, before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study
) -> Floats:
    del measure, after, buildings, envelope, study
    return np.zeros(len(before))


MEASURE_TYPES.add("detailing", MeasureType(_apply, _cost))
