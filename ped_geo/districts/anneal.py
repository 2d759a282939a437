"""
Search without proof: annealing from several starts, and the repair of relaxed solutions that fell into pieces.

Bounds come from `ped_geo.districts.exact`; the two work together in `ped_geo.districts.search`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from ped_geo.districts import work_budget
from ped_geo.districts.graph import Floats, Ints
from ped_geo.districts.task import Task
from ped_geo.districts.worth import break_ratio

__all__ = ["anneal", "grow", "join_pieces", "polish"]

PENALTY = 1.5
"""Penalty for a missing balance as a multiple of what balance is worth at the margin (`break_ratio`): with 1.05 the walk
stays outside the limits, with 3 it freezes (both measured on generated cities)."""

FINAL = 0.01
"""Last temperature as a share of the first."""


@dataclass(frozen=True)
class _Arrays:
    """A task with the options that exist moved to the front of each row, as the kernel wants it."""

    gain: Floats
    balance: Floats
    count: Ints
    order: Ints

    @classmethod
    def of(cls, task: Task) -> _Arrays:
        order = np.argsort(~task.available, axis=1, kind="stable")
        return cls(
            np.ascontiguousarray(np.take_along_axis(task.gain, order, axis=1)),
            np.ascontiguousarray(np.take_along_axis(task.balance, order, axis=1)),
            task.available.sum(axis=1).astype(np.int64),
            order.astype(np.int64),
        )

    def packed(self, choice: Ints) -> Ints:
        """Option numbers of the task as positions in the rows here."""
        rank = np.argsort(self.order, axis=1)
        return np.where(choice >= 0, np.take_along_axis(rank, np.maximum(choice, 0)[:, None], axis=1)[:, 0], -1)

    def unpacked(self, choice: Ints) -> Ints:
        """Positions in the rows here as option numbers of the task."""
        return np.where(choice >= 0, np.take_along_axis(self.order, np.maximum(choice, 0)[:, None], axis=1)[:, 0], -1)


def anneal(task: Task, start: Ints, *, moves: int, heat: float, seed: int) -> Ints | None:
    """
    The best group met on one walk from `start`; None if none kept the limits.

    Parameters
    ----------
    task : Task
        Its `shares` are not seen here.
    start : ndarray of int, shape (n,)
        A connected group (option per block, ``-1`` outside) that holds the required blocks.
    moves : int
        Length of the walk.
    heat : float
        First temperature, in units of the mean gain of one block.
    seed : int
        Same seed, same walk.
    """
    from ped_geo.districts import _anneal_kernel

    work_budget.spend(work_budget.walk_s(moves))
    arrays = _Arrays.of(task)
    unit = float(np.abs(task.gain[task.available]).mean()) or 1.0
    price = break_ratio(task) if task.balance_needed else 0.0
    per_area = PENALTY * max(_gain_per_area(task), price * _balance_per_area(task)) if task.min_area > 0 else 0.0
    best, choice = _anneal_kernel.anneal(
        task.graph.first,
        task.graph.neighbour,
        arrays.gain,
        np.where(np.isfinite(arrays.balance), arrays.balance, 0.0),
        np.ascontiguousarray(task.area, dtype=np.float64),
        arrays.count,
        task.required,
        (float(task.min_area), float(task.max_area), int(task.max_blocks)),
        (int(moves), heat * unit, heat * unit * FINAL, PENALTY * price, per_area),
        seed,
        arrays.packed(start),
    )
    return arrays.unpacked(choice) if np.isfinite(best) else None


def _gain_per_area(task: Task) -> float:
    """Greatest mean loss of gain that a square metre can cost."""
    worst = np.where(task.available, task.gain, np.inf).min(axis=1)
    there = task.available.any(axis=1) & (task.area > 0)
    return float(np.abs(worst[there]).sum() / task.area[there].sum()) if there.any() else 0.0


def _balance_per_area(task: Task) -> float:
    worst = np.where(task.available, task.balance, np.inf).min(axis=1)
    there = task.available.any(axis=1) & (task.area > 0)
    return float(np.abs(worst[there]).sum() / task.area[there].sum()) if there.any() else 0.0


def grow(task: Task, vertex: int) -> Ints:
    """A connected group grown from one block by the best balance per area, required blocks joined."""
    choice = np.full(len(task.graph), -1, dtype=np.int64)
    option = np.where(task.available, task.balance, -np.inf).argmax(axis=1)
    choice[vertex] = option[vertex]
    choice[task.required] = option[task.required]
    return join_pieces(task, choice, keep=vertex)


def join_pieces(task: Task, choice: Ints, keep: int | None = None) -> Ints:
    """
    Join the pieces of a group by the cheapest ways between them; pieces that cannot be reached are left out.

    A way costs what its blocks lack in balance at the marginal price, less the gain they bring.
    """
    graph, choice = task.graph, choice.copy()
    toll, option = _tolls(task)
    while True:
        label = graph.components(choice >= 0)
        if label.max() < 1:
            return choice
        sizes = np.bincount(label[label >= 0], task.area[label >= 0])
        main = int(label[keep]) if keep is not None else int(sizes.argmax())
        way = _cheapest_way(task, label, main, toll)
        if way is None:
            choice[label != main] = -1
            return choice
        choice[way] = option[way]


def _tolls(task: Task) -> tuple[Floats, Ints]:
    """Least cost of passing through each block, and by which option."""
    price = PENALTY * break_ratio(task) if task.balance_needed else 0.0
    worth = np.where(task.available, task.gain + price * np.where(task.available, task.balance, 0.0), -np.inf)
    option = worth.argmax(axis=1)
    return np.maximum(0.0, -worth.max(axis=1)), option.astype(np.int64)


def _cheapest_way(task: Task, label: Ints, main: int, toll: Floats) -> Ints | None:
    """Blocks outside all pieces on the cheapest way from the main piece to another one."""
    graph = task.graph
    cost = np.full(len(graph), np.inf)
    before = np.full(len(graph), -1, dtype=np.int64)
    cost[label == main] = 0.0
    queue = [(0.0, int(vertex)) for vertex in np.flatnonzero(label == main)]
    step = 1e-6 * float(toll[np.isfinite(toll)].mean()) if np.isfinite(toll).any() else 0.0
    while queue:
        reached, vertex = heapq.heappop(queue)
        if reached > cost[vertex]:
            continue
        if label[vertex] not in (-1, main):
            return _way_back(before, label, int(before[vertex]))
        for other in graph.neighbours(vertex):
            through = reached + step + (toll[other] if label[other] < 0 else 0.0)
            if through < cost[other]:
                cost[other], before[other] = through, vertex
                heapq.heappush(queue, (through, int(other)))
    return None


def _way_back(before: Ints, label: Ints, vertex: int) -> Ints:
    way = []
    while vertex >= 0 and label[vertex] < 0:
        way.append(vertex)
        vertex = int(before[vertex])
    return np.array(way, dtype=np.int64)


def polish(task: Task, relaxed: Ints, *, moves: int, heats: tuple[float, ...], seed: int) -> Ints | None:
    """Repair a relaxed solution and better it by walks that start cool; the best group, or None if none keeps the limits."""
    start = join_pieces(task, relaxed)
    groups = [start] if task.is_feasible(start) else []
    for number, heat in enumerate(heats):
        better = anneal(task, start, moves=moves, heat=heat, seed=seed + number)
        if better is not None and task.is_feasible(better):
            groups.append(better)
    return max(groups, key=task.value, default=None)
