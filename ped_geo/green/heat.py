"""Warm nights and cooling: a hint of the heat island in five steps, and the cooling capacity of trees, light ground and water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["cooling_capacity", "heat_island", "heat_steps", "hot_day_factor", "oke_from_canyon", "oke_from_sky", "weather_factor"]

HEAT_CAPACITY: Final = 1.2 * 1005.0
"""Of air, J/(m³·K)."""
SKY_RANGE: Final = (0.2, 0.9)
VEGETATION_RANGE: Final = (0.0, 0.4)
"""Where the formula of Theeuwes et al. (2017) was fitted."""
STEPS: Final = 5


def weather_factor(radiation: float, daily_range: float, wind: float) -> float:
    """
    What the weather of a day gives to the heat island by Theeuwes et al. (2017).

    Parameters
    ----------
    radiation : float
        Mean of the day's global radiation. [W/m²]
    daily_range : float
        Highest less lowest temperature of the day in the country. [K]
    wind : float
        Mean speed at 10 m. [m/s]

    Returns
    -------
    float
        (S·DTR³/U)^¼. [K]

    Examples
    --------
    >>> round(weather_factor(250.0, 12.0, 2.0), 3)
    3.658
    """
    return float((radiation / HEAT_CAPACITY * daily_range**3 / wind) ** 0.25)


def hot_day_factor(weather: pd.DataFrame, study: Study) -> float:
    """
    `weather_factor` of the mean hot day of the weather year; where no day is hot, of the warmest days [K].

    Parameters
    ----------
    weather : DataFrame, shape (8760, ...)
        ``ghi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s], by the hour.
    study : Study
        ``green.hot_day`` and ``green.island_weather_reserve``.
    """
    days = weather[["ghi", "temp_air", "wind_speed"]].to_numpy(dtype="float64")[: len(weather) // 24 * 24].reshape(-1, 24, 3)
    highest = days[:, :, 1].max(axis=1)
    hot = highest >= study.assumed("green.hot_day")
    if not hot.any():
        hot = highest >= np.quantile(highest, 1.0 - study.assumed("green.island_weather_reserve"))
    spread = highest - days[:, :, 1].min(axis=1)
    return weather_factor(float(days[hot, :, 0].mean()), float(spread[hot].mean()), max(float(days[hot, :, 2].mean()), 0.5))


def heat_island(sky_view: pd.Series, vegetation: pd.Series, factor: float) -> pd.DataFrame:
    """
    Greatest heat island of a calm hot day, a hint and no forecast.

    Parameters
    ----------
    sky_view, vegetation : Series
        Sky-view factor, and share of vegetation within 500 m. [-]
    factor : float
        From `weather_factor`. [K]

    Returns
    -------
    DataFrame
        ``heat_island_k`` [K] = (2 − SVF − f)·factor, and ``heat_island_clipped``: whether a value outside of the range in which
        the formula was fitted was set to its end.

    Examples
    --------
    >>> import pandas as pd
    >>> heat_island(pd.Series([0.6, 0.6]), pd.Series([0.2, 0.4]), 3.658)["heat_island_k"].round(2).tolist()
    [4.39, 3.66]
    """
    import pandas as pd

    svf, green = sky_view.clip(*SKY_RANGE), vegetation.clip(*VEGETATION_RANGE)
    return pd.DataFrame({"heat_island_k": (2.0 - svf - green) * factor, "heat_island_clipped": (svf != sky_view) | (green != vegetation)})


def heat_steps(sky_view: pd.Series, vegetation: pd.Series) -> pd.Series:
    """
    The hint in five steps among the blocks of a place: 1 for the coolest fifth, 5 for the warmest.

    Blocks that are alike share a step. Values beyond the range of the formula are ranked too: more sky and more green are cooler.

    Examples
    --------
    >>> import pandas as pd
    >>> heat_steps(pd.Series([0.95, 0.9, 0.6, 0.5, 0.2]), pd.Series([0.4, 0.4, 0.2, 0.1, 0.0])).tolist()
    [1, 2, 3, 4, 5]
    >>> heat_steps(pd.Series([0.8, 0.8]), pd.Series([0.3, 0.3])).tolist()
    [3, 3]
    """
    # differences that no product prints make no rank
    place = (-sky_view - vegetation).round(3).rank(method="average")
    return ((place - 0.5) / max(len(place), 1) * STEPS).astype("int64").clip(0, STEPS - 1) + 1


def oke_from_sky(sky_view: float) -> float:
    """
    Upper bound of the heat island by Oke (1981) [K].

    Examples
    --------
    >>> round(oke_from_sky(0.4), 2)
    9.72
    """
    return 15.27 - 13.88 * sky_view


def oke_from_canyon(height_by_width: float) -> float:
    """
    The same of a street canyon, from its height by its width [K].

    Examples
    --------
    >>> oke_from_canyon(1.0)
    7.54
    """
    return float(7.54 + 3.94 * np.log(height_by_width))


def cooling_capacity(shade: pd.Series, albedo: pd.Series, evapotranspiration: pd.Series) -> pd.Series:
    """
    Cooling capacity of InVEST's urban cooling model: 0.6 shade + 0.2 albedo + 0.2 evapotranspiration index [-].

    Examples
    --------
    >>> import pandas as pd
    >>> cooling_capacity(pd.Series([0.3]), pd.Series([0.2]), pd.Series([0.6])).round(2).tolist()
    [0.34]
    """
    return 0.6 * shade + 0.2 * albedo + 0.2 * evapotranspiration
