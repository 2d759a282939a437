"""
Money over time: annuities, present values, paybacks and levelised costs.

All money is real (without inflation), all rates are per year, payments fall at the end of a year and investments at its start.
Every function takes numbers or arrays of one shape and gives the same back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "annuity_factor",
    "cost_of_saving",
    "discounted_payback",
    "discounted_sum",
    "lcoe",
    "npv",
    "replacements",
    "simple_payback",
]

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike
TINY = 1e-12  # below this a rate is no rate


def annuity_factor(rate: Numbers, years: Numbers) -> Floats:
    r"""
    Yearly payment that repays one unit of money.

    Parameters
    ----------
    rate : float or array
        Discount rate. [1/a]
    years : float or array
        Time over which the money is repaid. [a]

    Returns
    -------
    ndarray
        Annuity factor. [1/a]

    Notes
    -----
    .. math:: a = \frac{i (1 + i)^n}{(1 + i)^n - 1}, \qquad a = 1/n \text{ for } i = 0

    Examples
    --------
    >>> annuity_factor([0.04, 0.07, 0.0], [30, 15, 20]).round(5).tolist()
    [0.05783, 0.10979, 0.05]
    """
    rate, years = np.asarray(rate, float), np.asarray(years, float)
    none = rate < TINY
    safe = np.where(none, 1.0, rate)
    return np.where(none, 1.0 / years, safe / -np.expm1(-years * np.log1p(safe)))


def _power_sum(log_ratio: Floats, terms: Floats) -> Floats:
    """1 + r + r² + … of `terms` terms for the logarithm of r; exact also where r is near 1."""
    same = np.abs(log_ratio) < TINY
    safe = np.where(same, 1.0, log_ratio)
    return np.where(same, terms, np.expm1(terms * safe) / np.expm1(safe))


def discounted_sum(rate: Numbers, years: Numbers, growth: Numbers = 0.0) -> Floats:
    """
    Present value of one unit a year that changes by `growth` each year, the first payment unchanged.

    Parameters
    ----------
    rate, growth : float or array
        Discount rate and yearly change (negative: falls). [1/a]
    years : float or array
        Number of payments. [a]

    Returns
    -------
    ndarray
        Present value per unit of the first payment. [a]

    Examples
    --------
    >>> discounted_sum(0.04, 30).round(3).tolist(), discounted_sum(0.0, 10).tolist()
    (17.292, 10.0)
    """
    rate, years, growth = (np.asarray(value, float) for value in (rate, years, growth))
    return _power_sum(np.log1p(growth) - np.log1p(rate), years) / (1 + rate)


def replacements(cost: Numbers, lifetime_a: Numbers, rate: Numbers, horizon_a: Numbers) -> Floats:
    """
    Present value of renewing a part each time its life ends within the horizon, less what is left of the last one.

    Parameters
    ----------
    cost : float or array
        Price of the part. [PLN]
    lifetime_a, horizon_a : float or array
        Life of the part and length of the calculation. [a]
    rate : float or array
        Discount rate. [1/a]

    Returns
    -------
    ndarray
        Present value of the renewals less the straight-line residual value at the end (EN 15459-1); negative where the part
        outlives the horizon. [PLN]

    Examples
    --------
    >>> replacements(100.0, 20, 0.0, 30).tolist(), replacements(100.0, 40, 0.0, 30).tolist()
    (50.0, -25.0)
    """
    cost, life, rate, horizon = (np.asarray(value, float) for value in (cost, lifetime_a, rate, horizon_a))
    renewals = np.ceil(horizon / life - 1e-9) - 1
    renewed = (1 + rate) ** -life * _power_sum(-life * np.log1p(rate), renewals)
    left = 1 - (horizon - renewals * life) / life
    return cost * (renewed - left * (1 + rate) ** -horizon)


def npv(investment: Numbers, yearly_gain: Numbers, rate: Numbers, years: Numbers, growth: Numbers = 0.0) -> Floats:
    """
    Net present value of an investment.

    Parameters
    ----------
    investment : float or array
        Spent at the start, after grants. [PLN]
    yearly_gain : float or array
        Saved or earned in the first year, less running cost. [PLN/a]
    rate, growth : float or array
        Discount rate and yearly change of the gain. [1/a]
    years : float or array
        Length of the calculation. [a]

    Returns
    -------
    ndarray
        Net present value. [PLN]

    Examples
    --------
    >>> npv(1000.0, 100.0, 0.0, 30).tolist()
    2000.0
    """
    return np.asarray(yearly_gain, float) * discounted_sum(rate, years, growth) - np.asarray(investment, float)


def simple_payback(investment: Numbers, yearly_gain: Numbers) -> Floats:
    """
    Years until the gains sum up to the investment; infinite if they never do.

    Parameters
    ----------
    investment : float or array
        [PLN]
    yearly_gain : float or array
        [PLN/a]

    Returns
    -------
    ndarray
        Payback time, 0 where nothing is spent. [a]

    Examples
    --------
    >>> simple_payback([1000.0, 1000.0, 0.0], [100.0, -5.0, 0.0]).tolist()
    [10.0, inf, 0.0]
    """
    spent, gain = np.broadcast_arrays(np.asarray(investment, float), np.asarray(yearly_gain, float))
    years = np.divide(spent, gain, out=np.full(spent.shape, np.inf), where=gain > 0)
    return np.where(spent <= 0, 0.0, years)


def discounted_payback(investment: Numbers, yearly_gain: Numbers, rate: Numbers) -> Floats:
    """
    Years until the discounted gains sum up to the investment; infinite if they never do.

    Parameters
    ----------
    investment : float or array
        [PLN]
    yearly_gain : float or array
        [PLN/a]
    rate : float or array
        Discount rate. [1/a]

    Returns
    -------
    ndarray
        Payback time. [a]

    Examples
    --------
    >>> discounted_payback([1000.0, 1000.0], [100.0, 40.0], 0.04).round(2).tolist()
    [13.02, inf]
    """
    spent, gain, rate = np.broadcast_arrays(*(np.asarray(value, float) for value in (investment, yearly_gain, rate)))
    plain = simple_payback(spent, gain)
    share = np.where(np.isfinite(plain), plain * rate, 2.0)
    small = rate < TINY
    safe_rate = np.where(small, 1.0, rate)
    years = -np.log1p(-np.where(share < 1, share, 0.0)) / np.log1p(safe_rate)
    return np.where(small, plain, np.where(share < 1, years, np.inf))


def lcoe(
    investment: float,
    yearly_cost: float,
    first_year_yield: float,
    *,
    rate: float,
    years: int,
    degradation: float = 0.0,
    renewals: dict[int, float] | None = None,
) -> float:
    r"""
    Levelised cost of energy: discounted cost over discounted energy.

    Parameters
    ----------
    investment : float
        At the start. [PLN]
    yearly_cost : float
        Operation and maintenance. [PLN/a]
    first_year_yield : float
        Energy of the first year, not yet degraded. [kWh/a]
    rate, degradation : float
        Discount rate and yearly loss of yield. [1/a]
    years : int
        Life of the plant. [a]
    renewals : dict of int to float, optional
        Year → cost of a part that is replaced then. [PLN]

    Returns
    -------
    float
        Levelised cost. [PLN/kWh]

    Notes
    -----
    .. math:: LCOE = \frac{I_0 + \sum_t (A_t + R_t) (1+i)^{-t}}{\sum_t E_1 (1-d)^{t-1} (1+i)^{-t}}

    Examples
    --------
    >>> round(lcoe(3700, 60, 1040, rate=0.04, years=30, degradation=0.005, renewals={13: 350, 26: 350}), 3)
    0.299
    """
    spent = investment + yearly_cost * discounted_sum(rate, years)
    spent += sum(cost * (1 + rate) ** -year for year, cost in (renewals or {}).items())
    return float(spent / (first_year_yield * discounted_sum(rate, years, -degradation)))


def cost_of_saving(investment: Numbers, yearly_cost: Numbers, yearly_saving: Numbers, rate: Numbers, years: Numbers) -> Floats:
    """
    Levelised cost of one saved unit of energy or emission.

    Parameters
    ----------
    investment : float or array
        After grants where these count. [PLN]
    yearly_cost : float or array
        Change of the running cost; negative where it falls. [PLN/a]
    yearly_saving : float or array
        Energy or emissions saved a year. [kWh/a, t/a]
    rate : float or array
        Discount rate. [1/a]
    years : float or array
        Lifetime of what was bought. [a]

    Returns
    -------
    ndarray
        Cost per unit; infinite where nothing is saved, 0 where nothing is spent nor saved. [PLN per unit]

    Examples
    --------
    >>> cost_of_saving(1000.0, 0.0, [100.0, 0.0], 0.0, 10).tolist()
    [1.0, inf]
    """
    annual = np.asarray(investment, float) * annuity_factor(rate, years) + np.asarray(yearly_cost, float)
    annual, saving = np.broadcast_arrays(annual, np.asarray(yearly_saving, float))
    cost = np.divide(annual, saving, out=np.full(saving.shape, np.inf), where=saving > 0)
    return np.where((annual == 0) & (saving <= 0), 0.0, cost)
