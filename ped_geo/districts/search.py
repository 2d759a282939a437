"""The three questions a planner asks of the block graph, and the search that answers each with a proven bound."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ped_geo.districts import anneal, work_budget
from ped_geo.districts.exact import relaxed_bound, solve_exact
from ped_geo.districts.graph import BlockGraph, Floats, Ints, Mask
from ped_geo.districts.task import Answer, Share, Task

__all__ = [
    "EXACT_BLOCKS",
    "Limits",
    "Options",
    "cheapest",
    "cheapest_upper_bound",
    "closest",
    "closest_upper_bound",
    "solve",
    "widest",
    "widest_upper_bound",
]

EXACT_BLOCKS = 60
"""Up to so many blocks the exact search is quick; beyond, annealing finds a group before HiGHS proves how good it is."""

HEATS = (0.3, 1.0)
"""First temperatures of the walks, in units of the mean gain of a block."""

POLISH_HEATS = (0.05, 0.3)
"""First temperatures of the walks that better a repaired relaxed solution."""

MOVES, FEW_MOVES, POLISH_MOVES = 10_000, 2_000, 1_000
"""Moves per block of a walk: where annealing has to find the group, where it only helps the exact search, and to polish."""

RATIO_ROUNDS = 30
"""Most steps towards the best ratio; the method converges faster than linearly and ends after three to six."""


@dataclass(frozen=True)
class Options:
    """
    What may be done with each block.

    Attributes
    ----------
    balance, investment : ndarray, shape (n, k)
        Surplus (> 0) or deficit [kWh/a] and investment [PLN] of each option.
    area : ndarray, shape (n,)
        Reference area of each block, or its residents. [m² or persons]
    available : ndarray of bool, shape (n, k)
    """

    balance: Floats
    investment: Floats
    area: Floats
    available: Mask

    def part(self, members: Mask) -> Options:
        """The options of some of the blocks."""
        return Options(self.balance[members], self.investment[members], self.area[members], self.available[members])


@dataclass(frozen=True)
class Limits:
    """
    What every candidate must keep.

    Attributes
    ----------
    min_area, max_area : float
        Least and greatest area, as `Options.area`.
    max_blocks : int
    required : ndarray of bool, shape (n,)
        Blocks that must be in it; empty for none.
    shares : tuple of Share
        How much may be shared with earlier candidates, and what a group must hold beside the area.
    """

    min_area: float = 0.0
    max_area: float = np.inf
    max_blocks: int = 1_000_000_000
    required: Mask | None = None
    shares: tuple[Share, ...] = ()


def _task(graph: BlockGraph, options: Options, limits: Limits, gain: Floats, *, balance_needed: bool) -> Task:
    return Task(
        graph=graph,
        gain=gain,
        balance=options.balance,
        area=options.area,
        available=options.available,
        balance_needed=balance_needed,
        min_area=limits.min_area,
        max_area=limits.max_area,
        max_blocks=limits.max_blocks,
        required=np.zeros(len(graph), dtype=bool) if limits.required is None else limits.required,
        shares=limits.shares,
    )


def _best_option_only(options: Options) -> Options:
    """Only the option with the greatest balance, the cheaper one of equals."""
    balance = np.where(options.available, options.balance, -np.inf)
    top = balance == balance.max(axis=1, keepdims=True)
    cost = np.where(top & options.available, options.investment, np.inf)
    kept = np.zeros_like(options.available)
    kept[np.arange(len(cost)), cost.argmin(axis=1)] = True
    return replace(options, available=kept & options.available)


def _widest_task(graph: BlockGraph, options: Options, limits: Limits) -> Task:
    gain = np.broadcast_to(options.area[:, None], options.balance.shape).copy()
    return _task(graph, _best_option_only(options), limits, gain, balance_needed=True)


def _cheapest_task(graph: BlockGraph, options: Options, limits: Limits, *, per_area: float = 0.0) -> Task:
    kept = replace(options, available=options.available & ~_dominated(options))
    return _task(graph, kept, limits, per_area * options.area[:, None] - options.investment, balance_needed=True)


def widest(graph: BlockGraph, options: Options, limits: Limits, *, seconds: float, tolerance: float = 0.0, seed: int = 0) -> Answer:
    """
    (a) The connected group with the most area whose balance is not negative, every block with its best option.

    Parameters
    ----------
    graph : BlockGraph
        `n` blocks.
    options : Options
    limits : Limits
    seconds : float
        Work, see `work_budget`. [s of one ordinary core]
    tolerance : float, default 0
        Relative gap that counts as proven.
    seed : int
        Of the annealing, where it is needed.

    Returns
    -------
    Answer
        Its value is the area.
    """
    return solve(_widest_task(graph, options, limits), seconds=seconds, tolerance=tolerance, seed=seed)


def cheapest(
    graph: BlockGraph,
    options: Options,
    limits: Limits,
    *,
    seconds: float,
    tolerance: float = 0.0,
    seed: int = 0,
    per_area: float = 0.0,
) -> Answer:
    """
    (b) The connected group, with an option for each block, that reaches a balance of at least zero with the least investment.

    Parameters and the answer are as for `widest`; the answer's value is the investment with a minus sign [PLN], plus
    `per_area` [PLN/m²] for the area that is covered: a small amount lets the wider of two equally cheap groups win.
    """
    task = _cheapest_task(graph, options, limits, per_area=per_area)
    return solve(task, seconds=seconds, tolerance=tolerance, seed=seed)


def widest_upper_bound(graph: BlockGraph, options: Options, limits: Limits) -> float:
    """No answer of `widest` is above this."""
    return relaxed_bound(_widest_task(graph, options, limits))


def cheapest_upper_bound(graph: BlockGraph, options: Options, limits: Limits, *, per_area: float = 0.0) -> float:
    """No answer of `cheapest` is above this."""
    return relaxed_bound(_cheapest_task(graph, options, limits, per_area=per_area))


def closest_upper_bound(graph: BlockGraph, options: Options, limits: Limits) -> float:
    """No answer of `closest` is above this: a ratio of sums is never above the best ratio of its parts."""
    balance = np.where(options.available, options.balance, -np.inf).max(axis=1)
    there = np.isfinite(balance)
    if not there.any() or float(options.area[there].sum()) < limits.min_area or not len(graph):
        return -np.inf
    if (balance[there & (options.area <= 0)] > 0).any():
        return np.inf
    some = there & (options.area > 0)
    return float((balance[some] / options.area[some]).max(initial=-np.inf))


def _dominated(options: Options) -> Mask:
    """Options that another one of the same block beats: no less balance for no more money (the first of equals stays)."""
    k = options.balance.shape[1]
    beaten = np.zeros_like(options.available)
    for option in range(k):
        for other in range(k):
            if option == other:
                continue
            no_worse = (options.balance[:, other] >= options.balance[:, option]) & (
                options.investment[:, other] <= options.investment[:, option]
            )
            better = (options.balance[:, other] > options.balance[:, option]) | (
                options.investment[:, other] < options.investment[:, option]
            )
            beaten[:, option] |= options.available[:, other] & no_worse & (better | (other < option))
    return beaten


def closest(graph: BlockGraph, options: Options, limits: Limits, *, seconds: float, tolerance: float = 1e-9, seed: int = 0) -> Answer:
    """
    (c) The connected group with the best balance per area: the one that comes closest to positive where none is.

    A ratio is not linear, so it is approached by Dinkelbach's method: with the best ratio so far as the price of area, the
    group with the greatest ``balance - price · area`` is searched; when none is above zero, the ratio is the best there is.

    Parameters and the answer are as for `widest`; the answer's value is the balance per area [kWh/(m²a)], minus infinity
    if no group keeps the limits. Groups without any area do not count.

    References
    ----------
    .. [1] Dinkelbach (1967), "On nonlinear fractional programming", Management Science 13(7).
    """
    least = max(limits.min_area, float(options.area[options.available.any(axis=1) & (options.area > 0)].min(initial=np.inf)))
    if not np.isfinite(least):
        return Answer(None, -np.inf, -np.inf, proven=True)
    return _Ratio(graph, _best_option_only(options), replace(limits, min_area=least)).rise(seconds, tolerance, seed)


@dataclass
class _Ratio:
    """Dinkelbach's method: the best ratio so far is the price of area at which the next group is searched."""

    graph: BlockGraph
    options: Options
    limits: Limits
    choice: Ints | None = None
    ratio: float = -np.inf
    bound: float = np.inf

    def task(self, price: float) -> Task:
        """Search the group with the greatest ``balance - price · area``."""
        gain = self.options.balance - price * self.options.area[:, None]
        return _task(self.graph, self.options, self.limits, gain, balance_needed=False)

    def take(self, choice: Ints | None) -> bool:
        """Keep a group if its ratio is better."""
        if choice is None:
            return False
        inside = choice >= 0
        ratio = float(self.options.balance[inside, choice[inside]].sum()) / float(self.options.area[inside].sum())
        if better := ratio > self.ratio:
            self.choice, self.ratio = choice, ratio
        return better

    def walk(self, seed: int) -> float:
        """Raise the ratio by annealing alone; the price to go on from."""
        balance = np.where(self.options.available, self.options.balance, 0.0).sum(axis=1)
        price = float(balance.sum() / self.options.area.sum())
        for _ in range(RATIO_ROUNDS):
            task = self.task(price)
            walked = [choice for choice in _walks(task, seed) if choice is not None and task.is_feasible(choice)]
            raised = sum(self.take(choice) for choice in walked)
            if not raised:
                break
            price = self.ratio
        return self.ratio if self.choice is not None else price

    def rise(self, seconds: float, tolerance: float, seed: int) -> Answer:
        """Raise the ratio until it is proven that none is better."""
        end = work_budget.spent() + seconds
        least, rounds, cuts, done = self.limits.min_area, 0, 0, False
        price = self.walk(seed)
        for _ in range(RATIO_ROUNDS):
            task = self.task(price)
            answer = solve(task, seconds=end - work_budget.spent(), seed=seed, start=self.choice)
            rounds, cuts = rounds + answer.rounds, cuts + answer.cuts
            if answer.choice is None:
                return replace(answer, rounds=rounds, cuts=cuts)
            self.bound = min(self.bound, price + max(0.0, answer.bound) / least)
            raised = self.take(answer.choice)
            done = answer.proven and self.ratio - price <= tolerance * max(1.0, abs(price))
            if done or not raised or work_budget.spent() > end:
                break
            price = self.ratio
        return Answer(self.choice, self.ratio, self.ratio if done else max(self.bound, self.ratio), done, rounds, cuts)


def solve(task: Task, *, seconds: float, tolerance: float = 0.0, seed: int = 0, start: Ints | None = None) -> Answer:
    """
    The best group by whatever means its size asks for, always with a proven bound.

    Annealing starts the exact search, and every relaxed solution that falls into pieces is repaired and polished. Up to
    `EXACT_BLOCKS` blocks, where the proof is quick, the walks are short.

    Parameters
    ----------
    task : Task
    seconds : float
        Work, see `work_budget`. [s of one ordinary core]
    tolerance : float, default 0
        Relative gap that counts as proven.
    seed : int
        Of the walks.
    start : ndarray of int, optional
        A group that is known.
    """
    n = len(task.graph)
    end = work_budget.spent() + seconds
    starts = [choice for choice in (start, *_walks(task, seed)) if choice is not None and task.is_feasible(choice)]
    known = max(starts, key=task.value, default=None)

    def improve(relaxed: Ints) -> Ints | None:
        return anneal.polish(task, relaxed, moves=POLISH_MOVES * n, heats=POLISH_HEATS, seed=seed)

    return solve_exact(task, seconds=end - work_budget.spent(), tolerance=tolerance, start=known, improve=improve)


def _walks(task: Task, seed: int) -> list[Ints | None]:
    """Groups found by walks from the block with the best balance; what earlier groups hold is left to them."""
    shared = np.any([share.weight > 0 for share in task.shares], axis=0) & ~task.required if task.shares else task.required & False
    task = replace(task, available=task.available & ~shared[:, None], shares=())
    if task.is_hopeless:
        return []
    best = np.where(task.available, task.balance, -np.inf).max(axis=1)
    origin = int(np.flatnonzero(task.required)[0]) if task.required.any() else int(best.argmax())
    start = anneal.grow(task, origin)
    n = len(task.graph)
    moves = n * (MOVES if n > EXACT_BLOCKS else FEW_MOVES)
    return [anneal.anneal(task, start, moves=moves, heat=heat, seed=seed) for heat in HEATS]
