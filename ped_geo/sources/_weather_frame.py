"""The shape every weather source gives: 8760 hours in UTC, pvlib's names, plausible values; rows go by their date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence
from ped_geo.sources.climate import YEAR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.site import Site

__all__ = ["COLUMNS", "HOURS", "as_year", "by_date", "check_weather", "place_words"]

HOURS = 8760
FIRST_DAYS = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
COLUMNS = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
BOUNDS = {"ghi": (-5.0, 1500.0), "dni": (-5.0, 1500.0), "dhi": (-5.0, 1000.0), "temp_air": (-70.0, 60.0), "wind_speed": (0.0, 75.0)}


def place_words(name: str, site: Site) -> str:
    """
    Where the weather of a file was measured, for files that name no town.

    Examples
    --------
    >>> from ped_geo.site import Site
    >>> place_words("tmy.epw", Site(45.0, -8.25))
    'tmy.epw (45.00° N, 8.25° W)'
    """
    return f"{name} ({position(site.latitude, site.longitude)})"


def by_date(table: pd.DataFrame, month: NDArray[np.int64], day: NDArray[np.int64], hour: NDArray[np.int64]) -> tuple[pd.DataFrame, int]:
    """
    The hours of a year in their order, whatever the order of the rows.

    Parameters
    ----------
    table : DataFrame, shape (n, m)
        One row per hour, or as many for each hour as for any other; those are averaged.
    month, day, hour : array of int
        1 to 12, 1 to 31 and 0 to 23 of each row, valid dates.

    Returns
    -------
    DataFrame, shape (8760, m)
        From 1 January 00:00.
    int
        Hours of 29 February that were left out.

    Raises
    ------
    SourceError
        If hours are missing or stand more often than others.
    """
    leap = (month == 2) & (day == 29)
    position = (FIRST_DAYS[month - 1] + day - 1) * 24 + hour
    counts = np.bincount(position[~leap], minlength=HOURS)
    if counts.min() != counts.max():
        held = int((counts > 0).sum())
        if held < HOURS:
            raise SourceError(Sentence("error.holds_hours_year_has_is", held=held, hours=HOURS, moment=_moment(int(np.argmin(counts)))))
        raise SourceError(
            Sentence("error.gives_times_other_hours_times", moment=_moment(int(np.argmax(counts))), max=counts.max(), min=counts.min())
        )
    return table[~leap].groupby(position[~leap]).mean(), int(leap.sum()) // int(counts.max())


def _moment(position: int) -> str:
    """
    The date of an hour of the year.

    Examples
    --------
    >>> _moment(24 * 59)
    'the hour from 00:00 on 1 March'
    """
    month = int(np.searchsorted(FIRST_DAYS, position // 24, side="right"))
    return Sentence(
        "error.hour_of_year",
        hour=position % 24,
        day=int(position // 24 - FIRST_DAYS[month - 1] + 1),
        month=Sentence(f"error.month.{month}"),
    )


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
            problems.append(Sentence("error.hours_are_missing_fill_replace", count=int(values.isna().sum()), name=name))
        outside = values[(values < low) | (values > high)]
        if len(outside):
            problems.append(
                Sentence(
                    "error.is_at_must_lie_between",
                    name=name,
                    value=outside.iloc[0],
                    index=f"{outside.index[0]:%d %b %H:%M}",
                    low=low,
                    high=high,
                )
            )
    if problems:
        raise SourceError(subject, problems)
    checked = frame.copy()
    checked.attrs = dict(frame.attrs)
    for name in ("ghi", "dni", "dhi"):
        checked[name] = frame[name].clip(lower=0.0)
    return checked
