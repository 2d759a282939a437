"""
Compiled annealing of a connected group of blocks.

One move takes a block in, leaves one out or changes its option. A move that would break the group in two is refused: the
group stays connected at all times. Taking in is checked by one look at the neighbours; leaving out by a search that starts
at one neighbour inside the group and ends as soon as all of them are met, which in a street pattern is after a few steps.
A missing balance or area costs a penalty, so that the walk may pass through groups that do not keep the limits.
"""

# ruff: noqa: NPY002, SIM110
# numba compiles numpy's seeded global generator and plain loops, neither Generator objects made outside nor any().

from __future__ import annotations

import math

import numpy as np

from ped_geo._compiled import njit

__all__ = ["anneal", "stays_connected"]


@njit(cache=True, nogil=True)
def stays_connected(first, neighbour, choice, vertex, mark, queue, stamp):  # type: ignore[no-untyped-def]
    """Whether the group still is in one piece without `vertex`; `mark` and `queue` are work space, `stamp` a fresh number."""
    wanted = 0
    seed = -1
    for position in range(first[vertex], first[vertex + 1]):
        if choice[neighbour[position]] >= 0:
            wanted += 1
            seed = neighbour[position]
            mark[seed] = -stamp
    if wanted <= 1:
        return wanted == 1
    mark[vertex] = stamp
    mark[seed] = stamp
    queue[0] = seed
    head, tail, met = 0, 1, 1
    while head < tail:
        here = queue[head]
        head += 1
        for position in range(first[here], first[here + 1]):
            there = neighbour[position]
            if choice[there] < 0 or mark[there] == stamp:
                continue
            if mark[there] == -stamp:
                met += 1
                if met == wanted:
                    return True
            mark[there] = stamp
            queue[tail] = there
            tail += 1
    return False


@njit(cache=True, nogil=True)
def _touches(first, neighbour, choice, vertex):  # type: ignore[no-untyped-def]
    """Whether a neighbour of `vertex` is in the group."""
    for position in range(first[vertex], first[vertex + 1]):
        if choice[neighbour[position]] >= 0:
            return True
    return False


@njit(cache=True, nogil=True)
def anneal(first, neighbour, gain, balance, area, options, required, limits, walk, seed, choice):  # type: ignore[no-untyped-def]
    """
    Walk from `choice` and give back the best group that keeps all limits, and its gain (minus infinity without one).

    Parameters
    ----------
    first, neighbour : ndarray of int
        The graph in compressed rows.
    gain, balance : ndarray, shape (n, k)
        Per block and option; the first ``options[i]`` of a row exist.
    area : ndarray, shape (n,)
    options : ndarray of int, shape (n,)
    required : ndarray of bool, shape (n,)
        Never left out.
    limits : tuple
        Least area, greatest area, most blocks.
    walk : tuple
        Number of moves, first temperature, last temperature, penalty per missing balance, penalty per missing area; gain
        units. A penalty of zero switches the limit off.
    seed : int
    choice : ndarray of int, shape (n,)
        A connected group, changed in place.
    """
    np.random.seed(seed)
    least, greatest, most = limits
    moves, hot, cold, per_balance, per_area = walk
    n = area.size
    # plain loops instead of zeros, full and slices: these take numba seconds to compile
    mark = np.empty(n, np.int64)
    queue = np.empty(n, np.int64)
    best_choice = np.empty(n, np.int64)
    for vertex in range(n):
        mark[vertex] = 0
        best_choice[vertex] = -1
    best = -np.inf
    total, surplus, size, count = 0.0, 0.0, 0.0, 0
    for vertex in range(n):
        if choice[vertex] >= 0:
            total += gain[vertex, choice[vertex]]
            surplus += balance[vertex, choice[vertex]]
            size += area[vertex]
            count += 1
    current = total + per_balance * min(surplus, 0.0) + per_area * min(size - least, 0.0)
    cooling = math.log(cold / hot) / moves
    stamp = 0
    for move in range(moves):
        vertex = np.random.randint(n)
        old = choice[vertex]
        if options[vertex] == 0:
            continue
        if old < 0:
            if count >= most or size + area[vertex] > greatest or not _touches(first, neighbour, choice, vertex):
                continue
            new = np.random.randint(options[vertex])
        elif options[vertex] > 1 and (required[vertex] or np.random.random() < 0.5):
            new = (old + 1 + np.random.randint(options[vertex] - 1)) % options[vertex]
        elif required[vertex]:
            continue
        else:
            new = -1
        next_total, next_surplus, next_size = total, surplus, size
        if old >= 0:
            next_total -= gain[vertex, old]
            next_surplus -= balance[vertex, old]
        else:
            next_size += area[vertex]
        if new >= 0:
            next_total += gain[vertex, new]
            next_surplus += balance[vertex, new]
        else:
            next_size -= area[vertex]
        value = next_total + per_balance * min(next_surplus, 0.0) + per_area * min(next_size - least, 0.0)
        if value < current and np.random.random() >= math.exp((value - current) / (hot * math.exp(cooling * move))):
            continue
        if new < 0:
            stamp += 1
            if not stays_connected(first, neighbour, choice, vertex, mark, queue, stamp):
                continue
            count -= 1
        elif old < 0:
            count += 1
        choice[vertex] = new
        total, surplus, size, current = next_total, next_surplus, next_size, value
        kept = (per_balance == 0.0 or surplus >= 0.0) and size >= least
        if kept and total > best:
            best = total
            for block in range(n):
                best_choice[block] = choice[block]
    return best, best_choice
