"""The package that costs each building least over its life: works and bills together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.appraisal import merged
from ped_geo.retrofit._measure import PARTS, Case, Level, measure, measures
from ped_geo.retrofit.cost import measure_costs
from ped_geo.retrofit.states import package_steps, stacked

if TYPE_CHECKING:
    from ped_geo.finance.appraisal import Appraiser

__all__ = ["alternatives", "annual_cost", "cost_optimal"]

Floats = npt.NDArray[np.float64]
Choice = tuple[tuple[str, Level], ...]
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


def _state(picks: dict[str, npt.NDArray[np.int_]], subject: Appraiser) -> pd.DataFrame:
    """Elements of each building under its own picks, part by part in the order of `PARTS`."""
    case = Case(subject.buildings, subject.today, subject.study)
    state = subject.today
    for part, choices in alternatives().items():
        before = state
        for number, choice in enumerate(choices):
            after = before
            for key, level in choice:
                after = measure(key).apply(after, case, level)
            state = merged(picks[part] == number, after, state)
    return state


def annual_cost(state: pd.DataFrame, subject: Appraiser, *, supply: str = "today") -> Floats:
    """
    Works as annuities over their lives, and energy bills, of each building.

    Parameters
    ----------
    state : DataFrame, shape (n, 12)
        Elements, indexed as the subject's buildings.
    subject : Appraiser
        The district.
    supply : str
        Heat supply that makes the bills.

    Returns
    -------
    ndarray, shape (n,)
        [PLN/a]
    """
    return _annual_costs([state], subject, supply)[0]


def _annual_costs(states: list[pd.DataFrame], subject: Appraiser, supply: str) -> list[Floats]:
    annuities = annuity_factor(subject.study.finance.discount_rate, [each.lifetime_a for each in measures().values()])
    found = []
    for state, weights in zip(states, subject.weighed_all(states, supply), strict=True):
        costs = measure_costs(subject.today, state, subject.buildings, subject.envelope, subject.study)
        found.append(np.asarray(costs.to_numpy(float) @ annuities + weights["bill_pln_a"].to_numpy(float)))
    return found


def _improved(
    picks: dict[str, npt.NDArray[np.int_]], best: Floats, subject: Appraiser, supply: str
) -> tuple[dict[str, npt.NDArray[np.int_]], Floats, bool]:
    """One pass over all parts: each building takes whatever alternative lowers its cost, the other parts as they are."""
    moved = False
    for part, choices in alternatives().items():
        trials = [_state({**picks, part: np.full_like(picks[part], number)}, subject) for number in range(len(choices))]
        for number, cost in enumerate(_annual_costs(trials, subject, supply)):
            better = cost < best - 1e-9 * np.abs(best)
            moved |= bool((better & (picks[part] != number)).any())
            picks = {**picks, part: np.where(better, number, picks[part])}
            best = np.where(better, cost, best)
    return picks, best, moved


def cost_optimal(subject: Appraiser, *, supply: str = "today") -> pd.DataFrame:
    """
    Elements of each building after the works that make its yearly cost least.

    Parameters
    ----------
    subject : Appraiser
        The district, see `ped_geo.finance.appraiser`.
    supply : str
        Heat supply that makes the bills.

    Returns
    -------
    DataFrame, shape (n, 12)
        Rows of the layer ``elements`` with package ``cost_optimal``, to be put below the other packages.

    Notes
    -----
    Yearly cost is the annuity of each measure over its own life, without grants, and the energy bill. All buildings are led at
    once, each on its own: from doing nothing and from doing everything, part by part, until no single change of a part saves
    money; the cheaper end counts. The tests compare it with all combinations.
    """
    number = len(subject.today)
    ends = []
    for start in (0, 1):
        picks = {part: np.full(number, min(start, len(choices) - 1)) for part, choices in alternatives().items()}
        best = annual_cost(_state(picks, subject), subject, supply=supply)
        for _ in range(SWEEPS):
            picks, best, moved = _improved(picks, best, subject, supply)
            if not moved:
                break
        ends.append((_state(picks, subject), best))
    (first, cost_first), (second, cost_second) = ends
    state = merged(cost_first <= cost_second, first, second)
    return stacked({"cost_optimal": state})
