"""What blocks are worth when the limits are turned into prices: quick upper limits of what a part of the graph can gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ped_geo.districts.graph import Floats, Mask
from ped_geo.districts.task import Task

__all__ = ["Worth", "break_ratio", "worth"]

LEAST_BALANCE_KWH_A = 1e-6
"""Balance that is none, as it is left by rounding."""

HALVINGS = 60
"""Steps of the bisection: as many as a float has binary places, and a few."""


def break_ratio(task: Task) -> float:
    """
    What one kWh/a of balance is worth at the margin, in units of gain: the dual price of the balance without connectivity.

    The relaxed problem (every block may be chosen in part) is solved by bisection on the price.
    """
    gain, balance = task.gain[task.available], task.balance[task.available]
    most, widest = float(np.abs(gain).max(initial=0.0)), float(np.abs(balance).max(initial=0.0))
    # any price bounds the gain; where nothing weighs anything, as with factors of nought, none is better than another
    if most == 0.0 or widest < LEAST_BALANCE_KWH_A:
        return 1.0
    low, high = 0.0, most / widest
    for _ in range(HALVINGS):
        if _surplus_at(task, high) >= 0:
            break
        high *= 2.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if _surplus_at(task, middle) >= 0 else (middle, high)
    return high


def _surplus_at(task: Task, price: float) -> float:
    """Balance of the best relaxed choice when a kWh/a is worth `price`, size limits aside."""
    worth = np.where(task.available, task.gain + price * task.balance, -np.inf)
    option = worth.argmax(axis=1)
    rows = np.arange(len(option))
    forced = worth[rows, option] > 0 if task.min_area <= 0 else np.isfinite(worth[rows, option])
    return float(task.balance[rows, option][forced].sum())


@dataclass(frozen=True)
class Worth:
    """
    Gain of each block with its balance paid at the marginal price.

    Attributes
    ----------
    best : ndarray, shape (n,)
        Over the options of the block; minus infinity without any.
    area : ndarray, shape (n,)
    least : float
        Area that a group needs.
    order : ndarray of int, shape (n,)
        Blocks by falling `best` per area.
    """

    best: Floats
    area: Floats
    least: float
    order: np.ndarray

    def upper_bound(self, part: Mask) -> float:
        """
        No group within `part` gains more than this, connected or not.

        All blocks of positive worth, and then, if they lack area, the least costly ones, the last of them in part.
        """
        taken = part & (self.best > 0)
        total, missing = float(self.best[taken].sum()), self.least - float(self.area[taken].sum())
        if missing <= 0:
            return total
        rest = self.order[(part & ~taken & np.isfinite(self.best))[self.order]]
        filled = np.cumsum(self.area[rest])
        if not len(rest) or filled[-1] < missing:
            return -np.inf
        full = int(np.searchsorted(filled, missing))
        total += float(self.best[rest[:full]].sum())
        before = float(filled[full - 1]) if full else 0.0
        size = float(self.area[rest[full]])
        return total + float(self.best[rest[full]]) * ((missing - before) / size if size > 0 else 0.0)


def worth(task: Task) -> Worth:
    """
    Worth of the blocks of a task.

    The balance is worth `break_ratio` where it must not be negative. Any price gives a valid limit (weak duality), this
    one a tight one.
    """
    price = break_ratio(task) if task.balance_needed else 0.0
    best = np.where(task.available, task.gain + price * task.balance, -np.inf).max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_area = np.where(np.isfinite(best), best / np.where(task.area > 0, task.area, np.nan), -np.inf)
    per_area = np.where(np.isnan(per_area), -np.inf, per_area)
    return Worth(best, task.area, task.min_area, np.argsort(-per_area, kind="stable"))
