"""
Compiled search for the connected components of a group of blocks.

A search for cuts asks thousands of times for the pieces of a few hundred blocks; to build a sparse matrix each time takes a hundred
times longer than to walk through them.
"""

from __future__ import annotations

import numpy as np

from ped_geo._compiled import njit

__all__ = ["components"]


@njit(cache=True, nogil=True)
def components(first, neighbour, members):  # type: ignore[no-untyped-def] # numba infers the types
    """Number of the component of each vertex within `members`, from 0 in the order of their first vertices, -1 outside."""
    n = len(members)
    label = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    count = 0
    for seed in range(n):
        if not members[seed] or label[seed] >= 0:
            continue
        label[seed] = count
        queue[0] = seed
        head, tail = 0, 1
        while head < tail:
            vertex = queue[head]
            head += 1
            for position in range(first[vertex], first[vertex + 1]):
                other = neighbour[position]
                if members[other] and label[other] < 0:
                    label[other] = count
                    queue[tail] = other
                    tail += 1
        count += 1
    return label
