"""When buildings of a use are occupied, and what people and appliances give off then: a school is empty at night and in July."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.countries import pack_or_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["by_schedule", "gains_of", "gains_share", "mean_gains", "presence"]

A_YEAR = pd.date_range("2026-01-01", periods=8760, freq="h")
"""Hours of a year in local time: which one matters little to a mean."""

SCHEDULE = ["from_hour", "to_hour", "days", "holidays", "share_empty"]
LAST_DAY = {"weekdays": 4, "saturdays": 5, "all": 6}
"""Last day of the week on which people come, Monday is 0."""


def _table(study: Study) -> pd.DataFrame:
    """Rows of the country's ``occupancy``, else the common ones, by use; homes have the study's gains. ``share_empty`` is what is left of them when nobody is there."""
    return _table_of(study.country, study.assumed("building.internal_gains"))


@lru_cache(maxsize=16)
def _table_of(country: str, homes: float) -> pd.DataFrame:
    table = pack_or_form(country).table("occupancy").set_index("use")
    full = table["gains_w_m2"].astype("float64").fillna(homes)
    return table.assign(gains_w_m2=full, share_empty=table["gains_empty_w_m2"].astype("float64").fillna(homes) / full.where(full > 0, 1.0))


def gains_of(uses: pd.Series, study: Study) -> NDArray[np.float64]:
    """
    Inner heat gains of people and appliances while a building is occupied [W/m²].

    Parameters
    ----------
    uses : Series of str
        Uses of buildings.
    study : Study
        Gives the gains of homes and the assumptions.
    """
    return uses.astype("str").map(_table(study)["gains_w_m2"]).to_numpy(dtype=float)


def mean_gains(uses: pd.Series, study: Study) -> NDArray[np.float64]:
    """
    Inner heat gains of people and appliances as the mean over all hours of a year [W/m²].

    Parameters
    ----------
    uses : Series of str
        Uses of buildings.
    study : Study
        Gives the gains of homes and the assumptions.
    """
    share = {use: float(gains_share(use, presence(use, A_YEAR, study), study).mean()) for use in uses.astype("str").unique()}
    return np.asarray(gains_of(uses, study) * uses.astype("str").map(share).to_numpy(dtype=float))


def by_schedule(uses: pd.Series, study: Study) -> dict[str, NDArray[np.bool_]]:
    """
    Rows that keep the same hours, by a use that stands for them.

    Parameters
    ----------
    uses : Series of str
        Uses of buildings.
    study : Study
        Gives the gains of homes.

    Returns
    -------
    dict of str to array of bool, shape (n,)
        Each row is in one of them.
    """
    table = _table(study)
    labels = table[SCHEDULE].astype("str").agg("|".join, axis=1)
    first = {label: str(use) for use, label in reversed(list(labels.items()))}
    mine = uses.astype("str").map(labels).map(first)
    return {str(use): (mine == use).to_numpy() for use in mine.unique()}


def presence(use: str, hours: pd.DatetimeIndex, study: Study) -> NDArray[np.bool_]:
    """
    Whether people are in a building of a use, shape (hours,).

    Parameters
    ----------
    use : str
        Row of the table ``occupancy``.
    hours : DatetimeIndex
        Hours in local time.
    study : Study
        Its country tells when schools are closed; without a pack they never are.
    """
    country = pack_or_form(study.country)
    row = country.table("occupancy").set_index("use").loc[use].to_dict()
    clock = hours.hour.to_numpy()
    there = (
        (clock >= float(row["from_hour"])) & (clock < float(row["to_hour"])) & (hours.day_of_week.to_numpy() <= LAST_DAY[str(row["days"])])
    )
    if row["holidays"] == "closed" and country.has("school_holidays"):
        date = hours.month.to_numpy() * 100 + hours.day.to_numpy()
        for holiday in country.table("school_holidays").itertuples():
            first, last = (int(getattr(holiday, f"{end}_month")) * 100 + int(getattr(holiday, f"{end}_day")) for end in ("from", "to"))
            there &= ~((date >= first) & (date <= last))
    return there


def gains_share(use: str, present: NDArray[np.bool_], study: Study) -> NDArray[np.float64]:
    """
    Inner heat gains of each hour as a share of those while people are there [-].

    Parameters
    ----------
    use : str
        Row of the table ``occupancy``.
    present : array of bool, shape (hours,)
        `presence`.
    study : Study
        Gives the gains of homes.
    """
    return np.where(present, 1.0, float(_table(study)["share_empty"].loc[use]))
