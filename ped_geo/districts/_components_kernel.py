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
    found = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    count = 0
    for seed in range(n):
        if not members[seed] or found[seed] >= 0:
            continue
        found[seed] = count
        queue[0] = seed
        head, tail = 0, 1
        while head < tail:
            vertex = queue[head]
            head += 1
            for place in range(first[vertex], first[vertex + 1]):
                other = neighbour[place]
                if members[other] and found[other] < 0:
                    found[other] = count
                    queue[tail] = other
                    tail += 1
        count += 1
    return found
