"""
Queues of works: what is done of a fixed order in a year, within what trades can do and payers can pay.

The order never changes and nothing is undone, so what is done by a year is a beginning of the queue: with more money or earlier
the beginning is longer, and nothing that was done before is left out. A part of each year's works meets the natural end of what it
replaces, and costs only the difference.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["money_for", "step"]

Floats = npt.NDArray[np.float64]


def _first(amounts: Floats, limit: Floats) -> Floats:
    """Of amounts in order the beginning that sums to a limit, row by row."""
    before = np.cumsum(amounts, axis=-1) - amounts
    return np.clip(limit[..., None] - before, 0.0, amounts)


def money_for(done: Floats, unit_cost: Floats, *, moment: Floats, anyway: float) -> Floats:
    """
    Money that works take.

    Parameters
    ----------
    done : ndarray, shape (draws, places)
        What is done in the year, in the order of the queue. [size]
    unit_cost : ndarray, shape (draws, places)
        Full price. [money per size]
    moment : ndarray, shape (draws,)
        What comes to its natural end in the year. [size]
    anyway : float
        Part of the price that would be paid anyway at that moment. [-]

    Returns
    -------
    ndarray, shape (draws, places)
        [money]
    """
    return unit_cost * (done - anyway * _first(done, moment))


def _affordable(left: Floats, unit_cost: Floats, money: Floats, moment: Floats, anyway: float) -> Floats:
    """The beginning of what is left that a sum of money pays for."""
    cheap = _first(left, moment)
    reduced = unit_cost * (1.0 - anyway)
    paid = _first(unit_cost * (left - anyway * cheap), money)
    at_moment = np.minimum(paid, reduced * cheap)
    free = unit_cost <= 0
    price, low = np.where(free, 1.0, unit_cost), np.where(free, 1.0, reduced)
    return np.where(free, left, np.minimum(at_moment / low + (paid - at_moment) / price, left))


def step(left: Floats, *, limit: Floats, unit_costs: tuple[Floats, ...], money: tuple[float, ...], moment: Floats, anyway: float) -> Floats:
    """
    What of a queue is done in a year.

    Parameters
    ----------
    left : ndarray, shape (draws, places)
        What is not done yet, in the order of the queue. [size]
    limit : ndarray, shape (draws,)
        What trades can do in the year. [size]
    unit_costs : tuple of ndarray, shape (draws, places)
        What each payer pays for a unit. [money per size]
    money : tuple of float
        What each payer can pay in the year; infinite for no limit. [money/a]
    moment : ndarray, shape (draws,)
        What comes to its natural end in the year. [size]
    anyway : float
        Part of the price that would be paid anyway at that moment. [-]

    Returns
    -------
    ndarray, shape (draws, places)
        A beginning of the queue: the shortest of those that trades and each payer allow. [size]

    Examples
    --------
    >>> two = np.array([[100.0, 100.0]])
    >>> step(two, limit=np.array([150.0]), unit_costs=(np.full((1, 2), 2.0),), money=(220.0,), moment=np.zeros(1), anyway=0.0).tolist()
    [[100.0, 10.0]]
    """
    done = _first(left, limit)
    for unit_cost, sum_ in zip(unit_costs, money, strict=True):
        if np.isfinite(sum_):
            done = np.minimum(done, _affordable(left, unit_cost, np.full(len(left), sum_), moment, anyway))
    return done
