"""The package that costs each building least over its life: works and bills together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo._rows import row_products
from ped_geo.finance.annuity import annuity_factor
from ped_geo.plans.evaluator import merged
from ped_geo.plans.package_cost import measure_costs
from ped_geo.retrofit import PARTS, Level, RetrofitContext, measure, measures, package_steps, stacked

if TYPE_CHECKING:
    from ped_geo.plans.evaluator import PackageEvaluator

__all__ = ["alternatives", "annual_cost", "cost_optimal"]

Floats = npt.NDArray[np.float64]
Choice = tuple[tuple[str, Level], ...]
Picks = dict[str, npt.NDArray[np.int_]]
PACKAGES = ("wt2021", "near_zero")
SWEEPS = 6  # the choice settles after two or three


def alternatives() -> dict[str, tuple[Choice, ...]]:
    """
    What can be done to each part: nothing, or the levels of the packages that aim at values.

    Examples
    --------
    >>> [len(choices) for part, choices in alternatives().items() if part in ("wall", "heating")]
    [3, 2]
    """
    found: dict[str, tuple[Choice, ...]] = {}
    for part in PARTS:
        aims: list[Choice] = [
            tuple((key, level) for key, level in package_steps(package) if measure(key).part == part) for package in PACKAGES
        ]
        found[part] = tuple(dict.fromkeys([(), *aims]))
    return found


def _ends_of_parts(stock: PackageEvaluator) -> dict[str, list[pd.DataFrame]]:
    """
    Elements after each alternative of each part, from today.

    Measures of a part read and change the columns of that part alone, so that alternatives of several parts can be put together
    column by column; the tests hold every package to it.
    """
    case = RetrofitContext(stock.buildings, stock.today, stock.study)
    found: dict[str, list[pd.DataFrame]] = {}
    for part, choices in alternatives().items():
        found[part] = []
        for choice in choices:
            after = stock.today
            for key, level in choice:
                after = measure(key).apply(after, case, level)
            found[part].append(after)
    return found


@dataclass(frozen=True)
class _Parts:
    """
    Alternatives of all parts of a district, to be put together.

    Attributes
    ----------
    values : dict
        Part → columns that it changes, and their values, shape (alternatives, n, columns).
    works : dict
        Part → works as annuities, shape (alternatives, n) [money/a].
    """

    stock: PackageEvaluator
    values: dict[str, tuple[list[str], Floats]]
    works: dict[str, Floats]

    @classmethod
    def of(cls, stock: PackageEvaluator) -> _Parts:
        ends, today = _ends_of_parts(stock), stock.today
        names = {
            part: [str(name) for name in today if any(not np.array_equal(end[name], today[name]) for end in states)]
            for part, states in ends.items()
        }
        values = {part: (names[part], np.stack([end[names[part]].to_numpy(float) for end in states])) for part, states in ends.items()}
        return cls(stock, values, {part: np.stack([_works(end, stock) for end in states]) for part, states in ends.items()})

    def state(self, picks: Picks) -> pd.DataFrame:
        """Elements of each building under its own picks."""
        state, rows = self.stock.today.copy(), np.arange(len(self.stock.today))
        for part, (names, values) in self.values.items():
            if names:
                state[names] = values[picks[part], rows]
        return state

    def costs(self, trials: list[Picks], supply: str) -> list[Floats]:
        """Yearly cost of each building under several picks: `annual_cost`, with the works of each part known beforehand [money/a]."""
        rows = np.arange(len(self.stock.today))
        bills = self.stock.weighted_all([self.state(picks) for picks in trials], supply)
        works = [np.sum([each[picks[part], rows] for part, each in self.works.items()], axis=0) for picks in trials]
        return [each + bill["bill_a"].to_numpy(float) for each, bill in zip(works, bills, strict=True)]


def _works(state: pd.DataFrame, stock: PackageEvaluator) -> Floats:
    annuities = annuity_factor(stock.study.finance.discount_rate, [each.lifetime_a for each in measures().values()])
    costs = measure_costs(stock.today, state, stock.buildings, stock.envelope, stock.study)
    return row_products(costs.to_numpy(float), annuities)


def annual_cost(state: pd.DataFrame, stock: PackageEvaluator, *, supply: str = "today") -> Floats:
    """
    Works as annuities over their lives, and energy bills, of each building.

    Parameters
    ----------
    state : DataFrame, shape (n, 12)
        Elements, indexed as the stock's buildings.
    stock : PackageEvaluator
        The district.
    supply : str
        Heat supply that makes the bills.

    Returns
    -------
    ndarray, shape (n,)
        [money/a]
    """
    return _works(state, stock) + stock.weighted(state, supply)["bill_a"].to_numpy(float)


def _improved(picks: Picks, best: Floats, parts: _Parts, supply: str) -> tuple[Picks, Floats, bool]:
    """One pass over all parts: each building takes whatever alternative lowers its cost, the other parts as they are."""
    moved = False
    for part, (names, values) in parts.values.items():
        if not names:
            continue
        trials = [{**picks, part: np.full_like(picks[part], number)} for number in range(len(values))]
        for number, cost in enumerate(parts.costs(trials, supply)):
            better = cost < best - 1e-9 * np.abs(best)
            moved |= bool((better & (picks[part] != number)).any())
            picks = {**picks, part: np.where(better, number, picks[part])}
            best = np.where(better, cost, best)
    return picks, best, moved


def cost_optimal(stock: PackageEvaluator, *, supply: str = "today") -> pd.DataFrame:
    """
    Elements of each building after the works that make its yearly cost least.

    Parameters
    ----------
    stock : PackageEvaluator
        The district, see `ped_geo.plans.package_evaluator`.
    supply : str
        Heat supply that makes the bills.

    Returns
    -------
    DataFrame, shape (n, 12)
        Rows of the layer ``thermal_state`` with package ``cost_optimal``, to be put below the other packages.

    Notes
    -----
    Yearly cost is the annuity of each measure over its own life, without grants, and the energy bill. All buildings are led at
    once, each on its own: from doing nothing and from doing everything, part by part, until no single change of a part saves
    money; the cheaper end counts. The tests compare it with all combinations.
    """
    number, parts = len(stock.today), _Parts.of(stock)
    ends = []
    for start in (0, 1):
        picks = {part: np.full(number, min(start, len(choices) - 1)) for part, choices in alternatives().items()}
        best = parts.costs([picks], supply)[0]
        for _ in range(SWEEPS):
            picks, best, moved = _improved(picks, best, parts, supply)
            if not moved:
                break
        ends.append((parts.state(picks), best))
    (first, cost_first), (second, cost_second) = ends
    state = merged(cost_first <= cost_second, first, second)
    return stacked({"cost_optimal": state})
