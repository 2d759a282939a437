"""The shape every weather source gives: 8760 hours in UTC, pvlib's names, plausible values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.sources.climate import YEAR

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "as_year", "check_weather"]

COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
BOUNDS = {"ghi": (-5.0, 1500.0), "dni": (-5.0, 1500.0), "dhi": (-5.0, 1000.0), "temp_air": (-70.0, 60.0), "wind_speed": (0.0, 75.0)}


def as_year(table: pd.DataFrame, *, first_hour: float) -> pd.DataFrame:
    """
    Set 8760 consecutive hours onto the UTC hours of the reference year.

    Parameters
    ----------
    table : DataFrame, shape (8760, n)
        Hours in order, the first one starting at `first_hour`.
    first_hour : float
        UTC hour of the first row, relative to 1 January 00:00; hours outside the year wrap around.
    """
    import pandas as pd

    shift = round(first_hour)
    values = np.roll(table.to_numpy(dtype="float64"), shift, axis=0)
    index = pd.date_range(f"{YEAR}-01-01", periods=8760, freq="h", tz="UTC", name="time")
    return pd.DataFrame(values, index=index, columns=list(table.columns))


def check_weather(frame: pd.DataFrame, *, subject: str) -> pd.DataFrame:
    """
    Refuse a year with gaps or impossible values; give it back otherwise, small negative irradiance set to zero.

    Raises
    ------
    SourceError
        With all problems at once.
    """
    problems = []
    for name, (low, high) in BOUNDS.items():
        values = frame[name]
        if values.isna().any():
            problems.append(f"{int(values.isna().sum())} hours of {name} are missing; fill or replace the file")
        outside = values[(values < low) | (values > high)]
        if len(outside):
            problems.append(f"{name} is {outside.iloc[0]:.1f} at {outside.index[0]:%d %b %H:%M}, must lie between {low:g} and {high:g}")
    if problems:
        raise SourceError(subject, problems)
    checked = frame.copy()
    checked.attrs = dict(frame.attrs)
    for name in ("ghi", "dni", "dhi"):
        checked[name] = frame[name].clip(lower=0.0)
    return checked
