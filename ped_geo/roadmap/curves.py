"""How a share grows over the years: S-curves, yearly rates, straight paths to a target, and prices that fall with experience."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions

__all__ = ["carbon_shadow_price", "experience", "linear_rates", "logistic", "price_ratio", "steepness", "straight_path"]

Floats = npt.NDArray[np.float64]
NINTH_LOG = 2.0 * math.log(9.0)


def steepness(years_10_90: npt.ArrayLike) -> Floats:
    """
    Steepness of a logistic curve from the years between a tenth and nine tenths of its end.

    Parameters
    ----------
    years_10_90 : float or array
        [a]

    Returns
    -------
    ndarray
        [1/a]

    Examples
    --------
    >>> round(float(steepness(25.0)), 5)
    0.17578
    """
    return NINTH_LOG / np.asarray(years_10_90, float)


def logistic(year: npt.ArrayLike, *, share_max: float, mid_year: float, years_10_90: float) -> Floats:
    r"""
    Share that an S-curve has reached in a year.

    Parameters
    ----------
    year : float or array
        Calendar year.
    share_max : float
        Share at the end of the curve. [-]
    mid_year : float
        Year of half of it.
    years_10_90 : float
        Years from a tenth of it to nine tenths. [a]

    Notes
    -----
    .. math:: F(t) = F_{max} / (1 + \exp(-k (t - t_m))), \qquad k = 2 \ln 9 / t_{10-90}
    """
    return share_max / (1.0 + np.exp(-steepness(years_10_90) * (np.asarray(year, float) - mid_year)))


def linear_rates(years: npt.ArrayLike, *, first: tuple[int, float], full: tuple[int, float]) -> Floats:
    """
    Yearly rates that rise straight from one year to another and stay there; shares of the original stock.

    Parameters
    ----------
    years : array of int
        Calendar years.
    first, full : tuple
        Year and rate [1/a] of the start and of the plateau; before the start the rate is zero.
    """
    at = np.asarray(years, float)
    return np.where(at < first[0], 0.0, np.interp(at, (first[0], full[0]), (first[1], full[1])))


def straight_path(year: npt.ArrayLike, *, base_year: int, target_year: int, reduction: float) -> Floats:
    """
    Share of the base year's emissions that a straight path to a target leaves in a year.

    Parameters
    ----------
    year : float or array
        Calendar year.
    base_year, target_year : int
        Ends of the path.
    reduction : float
        Fall against the base year at its end. [-]

    Examples
    --------
    >>> straight_path([2023, 2026, 2030], base_year=2018, target_year=2030, reduction=0.8).round(3).tolist()
    [0.667, 0.467, 0.2]
    """
    return np.interp(np.asarray(year, float), (base_year, target_year), (1.0, 1.0 - reduction))


def experience(times: npt.ArrayLike, *, learning_rate: float) -> Floats:
    """
    Price against today's when `times` as much has been built, if each doubling takes `learning_rate` off.

    Examples
    --------
    >>> round(float(experience(8.0, learning_rate=0.2)), 3)
    0.512
    """
    return np.asarray(times, float) ** math.log2(1.0 - learning_rate)


def _series(key: str, year: npt.ArrayLike) -> Floats:
    rows = assumptions.table("roadmap_prices")
    rows = rows[rows["key"] == key].sort_values("year")
    return np.interp(np.asarray(year, float), rows["year"], rows["value"])


def price_ratio(key: str, year: npt.ArrayLike, *, base_year: int = 2025) -> Floats:
    """
    Real price of a technology in a year over that of the base year, by the table ``roadmap_prices.csv``.

    Parameters
    ----------
    key : str
        ``pv`` or ``heat_pump_air``.
    year : float or array
        Calendar year; straight between the years of the table.
    base_year : int
        Year of the project's unit prices.

    Examples
    --------
    >>> round(float(price_ratio("pv", 2040)), 2)
    0.64
    """
    return _series(key, year) / _series(key, base_year)


def carbon_shadow_price(year: npt.ArrayLike) -> Floats:
    """What a tonne of CO₂ costs society in a year, as public investors count it [EUR/t]."""
    return _series("carbon_shadow", year)
