"""The scenarios: how fast each kind of works may go, from when, in which order, and with which money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions
from ped_geo.roadmap.curves import logistic
from ped_geo.roadmap.years import YEARS
from ped_geo.settings import Roadmap

__all__ = ["FIXED", "MAIN", "OWN", "Pace", "Programme", "fixed_programmes", "programmes"]

Floats = npt.NDArray[np.float64]
FIXED = ("reference", "contract", "vision2050", "late")
OWN = "own"
MAIN = "vision2050"


@dataclass(frozen=True)
class Pace:
    """
    How fast one kind of works goes; shares are of the original stock.

    Attributes
    ----------
    rate_cap : float
        Greatest share in a year. [1/a]
    share_max, mid_year, years_10_90 : float
        S-curve that the share done never passes; no curve where `mid_year` is not a number.
    """

    rate_cap: float
    share_max: float = 1.0
    mid_year: float = math.nan
    years_10_90: float = math.nan

    def ceiling(self, year: npt.ArrayLike) -> Floats:
        """Share that may be done by the end of a year."""
        at = np.asarray(year, float)
        if math.isnan(self.mid_year):
            return np.full(at.shape, self.share_max)
        return logistic(at, share_max=self.share_max, mid_year=self.mid_year, years_10_90=self.years_10_90)


@dataclass(frozen=True)
class Programme:
    """
    One scenario.

    Attributes
    ----------
    key : str
        Name.
    order : str
        ``social`` or ``owner``.
    first_year : int
        First year of works.
    paces : mapping
        Lever → `Pace`.
    budgets : mapping
        Kind of owner, or ``state`` for grants → what it can pay in a year. [money/a]
    """

    key: str
    order: str
    first_year: int
    paces: Mapping[str, Pace]
    budgets: Mapping[str, float] = field(default_factory=dict)

    def ceilings(self, lever: str, pace: Floats) -> Floats:
        """Share of a lever that may be done by each of `YEARS` in each draw, where works go `pace` times as fast."""
        years = self.first_year + (YEARS[None, :] - self.first_year) * pace[:, None]
        return np.where(YEARS[None, :] < self.first_year, 0.0, self.paces[lever].ceiling(years))


def fixed_programmes() -> dict[str, Programme]:
    """The scenarios of the table ``roadmap_scenarios.csv`` by name."""
    found = {}
    for key, rows in assumptions.table("roadmap_scenarios").groupby("scenario", sort=False):
        numbers = rows[["rate_cap", "share_max", "mid_year", "years_10_90"]].to_numpy(float)
        paces = {str(lever): Pace(*map(float, row)) for lever, row in zip(rows["lever"], numbers, strict=True)}
        found[str(key)] = Programme(str(key), str(rows["order"].iloc[0]), int(rows["first_year"].iloc[0]), paces)
    return found


def programmes(settings: Roadmap) -> dict[str, Programme]:
    """
    The fixed scenarios, and the city's own where it has one: as ``vision2050`` but for what the city sets.

    Parameters
    ----------
    settings : Roadmap
        Section ``[roadmap]`` of the district file.
    """
    found = fixed_programmes()
    if not settings.own:
        return found
    like = found[MAIN]
    rates = {"retrofit": settings.retrofit_rate, "heat_supply": settings.heat_supply_rate, "pv": settings.pv_rate}
    # a rate that a city sets is what it will do, so that no curve holds it back
    paces = dict(like.paces) | {lever: Pace(rate) for lever, rate in rates.items() if rate is not None}
    first = settings.first_year or like.first_year
    return found | {
        OWN: replace(like, key=OWN, order=settings.order, first_year=first, paces=paces, budgets=dict[str, float](settings.budgets.items()))
    }
