"""The years of a roadmap, and what a kilowatt-hour of each carrier weighs in each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo.balance import FactorSet
from ped_geo.balance.blocks import credit
from ped_geo.countries import pack
from ped_geo.flows import CARRIERS
from ped_geo.scenarios import year_factors
from ped_geo.study import Study

__all__ = ["BASE_YEAR", "FIRST", "LAST", "SHOWN", "TODAY", "YEARS", "YearFactors", "factors_of_years"]

Floats = npt.NDArray[np.float64]
BASE_YEAR = 2018
"""Year that targets are counted from."""

FIRST, LAST = 2026, 2050
"""First and last year of cumulative emissions."""

TODAY = 2025
"""Last year whose factors are known rather than expected."""

YEARS = np.arange(BASE_YEAR, LAST + 1)
SHOWN = (2025, 2030, 2035, 2040, 2050)
"""Years that maps show."""


@dataclass(frozen=True)
class YearFactors:
    """
    Factors of every year.

    Attributes
    ----------
    co2, nren : ndarray, shape (years, carriers)
        [kg/kWh, kWh/kWh]
    exported : ndarray, shape (years,)
        Non-renewable primary energy that exported electricity is credited with. [kWh/kWh]
    """

    co2: Floats
    nren: Floats
    exported: Floats


def _row(factors: FactorSet, metric: int) -> list[float]:
    return [float(factors.weight(carrier)[metric]) for carrier in CARRIERS]


def factors_of_years(study: Study, *, bound: str = "central") -> YearFactors:
    """
    Factors of each of `YEARS` on one bound of the paths; a network's own plan, where the study has one, goes before its path.

    Parameters
    ----------
    study : Study
        Sections ``balance`` and ``roadmap``.
    bound : str
        ``low``, ``central`` or ``high``.
    """
    told = {int(year) for year in pack(study.country).table("grid_path")["year"]}
    # factors are straight lines between the years of the path
    points = sorted({BASE_YEAR, LAST} | {year for year in told if BASE_YEAR < year < LAST})
    sets = [year_factors(study, year, bound=bound) for year in points]

    def lines(values: Sequence[list[float]]) -> Floats:
        return np.column_stack([np.interp(YEARS, points, column) for column in np.array(values).T])

    co2 = lines([_row(one, 2) for one in sets])
    if study.roadmap.network_co2:
        at = CARRIERS.index("district_heat")
        co2[:, at] = _with_plan(co2[:, at], study.roadmap.network_co2)
    exported = lines([[credit(study) * float(one.weight("electricity", "on_site", "to_grid", "B")[1])] for one in sets])
    return YearFactors(co2, lines([_row(one, 1) for one in sets]), exported[:, 0])


def _with_plan(path: Floats, plan: Mapping[int, float]) -> Floats:
    """A path up to today, and from there straight lines through the years of a plan, level after the last."""
    first = min(plan)
    known = {int(year): float(value) for year, value in zip(YEARS, path, strict=True) if year <= TODAY and year < first}
    points = sorted((known | dict(plan)).items())
    return np.interp(YEARS, [year for year, _ in points], [value for _, value in points])
