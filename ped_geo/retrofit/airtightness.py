"""Joints, ducts and hatches sealed: less air leaks through the envelope, as little as its windows allow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.retrofit._measure import MEASURE_TYPES, Level, Measure, MeasureType, RetrofitContext, allowed, floor_cost
from ped_geo.study import Study

__all__ = ["least_infiltration"]

Floats = npt.NDArray[np.float64]


def least_infiltration(u_window: npt.ArrayLike, study: Study) -> Floats:
    """
    Leakage that sealing cannot go below with given windows.

    Parameters
    ----------
    u_window : float or array
        Thermal transmittance, which tells the age of the windows. [W/(m²K)]
    study : Study
        Gives the classes.

    Returns
    -------
    ndarray
        Air change. [1/h]

    Examples
    --------
    >>> least_infiltration([2.6, 1.5, 0.9], Study(name="x")).tolist()
    [0.2, 0.1, 0.0]
    """
    u = np.asarray(u_window, float)
    plain = np.where(u > study.assumed("retrofit.plain_window_u"), study.assumed("retrofit.plain_window_infiltration"), 0.0)
    return np.where(u > study.assumed("retrofit.old_window_u"), study.assumed("retrofit.old_window_infiltration"), plain)


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    reached = case.typology(level.value)[measure.changes].to_numpy(float) if level.rule == "typology" else level.number(case.study)
    possible = np.maximum(reached, least_infiltration(state["u_window"].to_numpy(float), case.study))
    return state.assign(**{measure.changes: np.where(allowed(measure, case.buildings), np.minimum(possible, before), before)})


MEASURE_TYPES.add("airtightness", MeasureType(_apply, floor_cost))
