"""Windows and doors replaced by better ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions, typology
from ped_geo.countries import HOME
from ped_geo.retrofit._measure import MEASURE_TYPES, Level, Measure, MeasureType, RetrofitContext, allowed, worth
from ped_geo.study import Study

__all__ = ["window_balance"]

Floats = npt.NDArray[np.float64]


def window_balance(u_window: npt.ArrayLike, g_window: npt.ArrayLike, country: str = HOME) -> Floats:
    """
    Seasonal loss less solar gain of a square metre of window, mean of the four directions.

    Parameters
    ----------
    u_window : float or array
        Thermal transmittance. [W/(m²K)]
    g_window : float or array
        Total solar energy transmittance. [-]
    country : str
        Whose heating season.

    Returns
    -------
    ndarray
        Positive where the window loses more than it lets in. [kWh/(m²a)]

    Notes
    -----
    Climate of the country's TABULA tables, and shading of that method. New glass with less sun may need more heating than the old one; such
    windows are not replaced.
    """
    kilokelvin_hours, let_in = _square_metre(country)
    return np.asarray(kilokelvin_hours * np.asarray(u_window, float) - let_in * np.asarray(g_window, float))


@cache
def _square_metre(country: str) -> tuple[float, float]:
    """Loss per unit of transmittance [kWh·m²K/(W·m²a)] and gain per unit of solar transmittance [kWh/(m²a)]."""
    climate = typology.season(country)
    bounds = assumptions.table("tabula_boundary").set_index("set").loc["multi_unit"]
    kilokelvin_hours = climate["heating_days"] * (bounds["theta_i_c"] - climate["theta_e_c"]) * 24 / 1000
    irradiation = climate[[f"irradiation_{side}_kwh_m2" for side in ("north", "east", "south", "west")]].mean()
    let_in = bounds["shading_vertical"] * (1 - bounds["frame_share"]) * bounds["incidence_factor"] * irradiation
    return float(np.asarray(kilokelvin_hours, float)), float(np.asarray(let_in, float))


def _apply(measure: Measure, state: pd.DataFrame, case: RetrofitContext, level: Level) -> pd.DataFrame:
    before = state[measure.changes].to_numpy(float)
    glazed = measure.part == "window"
    if level.rule == "typology":
        reached = case.typology(level.value)
        after, glass = reached[measure.changes].to_numpy(float), reached["g_window"].to_numpy(float)
    else:
        after = np.full(len(state), level.number(case.study))
        glass = np.full(len(state), measure.g_after)
    done = allowed(measure, case.buildings) & worth(before, after, case.study)
    if not glazed:
        return state.assign(**{measure.changes: np.where(done, after, before)})
    sun = state["g_window"].to_numpy(float)
    glass = np.minimum(glass, sun)
    country = case.study.country or HOME
    done &= window_balance(after, glass, country) < window_balance(before, sun, country)
    return state.assign(u_window=np.where(done, after, before), g_window=np.where(done, glass, sun))


def _cost(
    measure: Measure, before: pd.DataFrame, after: pd.DataFrame, buildings: pd.DataFrame, envelope: pd.DataFrame, study: Study
) -> Floats:
    changed = after[measure.changes].to_numpy(float) < before[measure.changes].to_numpy(float)
    listed = buildings["heritage"].to_numpy(bool) * study.assumed("retrofit.heritage_window_surcharge")
    return changed * envelope[f"{measure.part}_area_m2"].to_numpy(float) * study.assumed(measure.price) * (1 + listed)


MEASURE_TYPES.add("replacement", MeasureType(_apply, _cost))
