"""Compiled loops of the yield; each is tested against the plain hour-by-hour sum."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["block_hours", "prefix_sums"]


@njit(cache=True, nogil=True, fastmath=True)
def prefix_sums(entry_class, entry_point, weight, row, horizon, sky, group_sector, group_slot, grid, step, lowest, out):  # type: ignore[no-untyped-def]
    """
    Energy of each entry from the class's prefix grids.

    Hours are grouped (by direction of the sun, or by month and direction) and, within a group, summed from the highest sun
    down in steps of elevation: `grid[class, sky level, group, k]` is the group's energy when the horizon stands at k steps.
    So an entry's year is one look-up per group, linear between steps and between sky levels, instead of one per hour.
    """
    levels, groups, steps = grid.shape[1], grid.shape[2], grid.shape[3]
    for e in range(entry_class.size):
        p = entry_point[e]
        level = (sky[e] - lowest) / (1.0 - lowest) * (levels - 1)
        level = min(max(level, 0.0), levels - 1.0)
        j = min(int(level), levels - 2)
        f = level - j
        lower = grid[entry_class[e], j]
        upper = grid[entry_class[e], j + 1]
        total = 0.0
        for g in range(groups):
            at = min(max(horizon[p, group_sector[g]] / step, 0.0), steps - 1.0)
            k = min(int(at), steps - 2)
            w = at - k
            low = lower[g, k] * (1.0 - w) + lower[g, k + 1] * w
            high = upper[g, k] * (1.0 - w) + upper[g, k + 1] * w
            total += low * (1.0 - f) + high * f
            if g + 1 == groups or group_slot[g + 1] != group_slot[g]:
                out[row[e], group_slot[g]] += weight[e] * total
                total = 0.0


@njit(cache=True, nogil=True)
def block_hours(  # type: ignore[no-untyped-def]
    order, group_start, group_class, group_block, entry_point, weight, sky, horizon, sector_start, elevation, lit, diffuse, base, out
):
    """
    Hourly power of each block.

    Hours are sorted by direction of the sun and by its elevation. For one point the lit hours of a direction are those from
    some place on to the end of that direction, so its contribution is a step up and a step down in a row of differences. All
    entries of one class in one block are marked first and summed once: power(t) = a(t) + b(t) * sky for unlit hours plus the
    lit part, weighted by how much power is lit in that hour.
    """
    hours = elevation.size
    sectors = sector_start.size - 1
    marks = np.zeros(hours + 1)
    for g in range(group_class.size):
        c = group_class[g]
        marks[:] = 0.0
        total = 0.0
        clear = 0.0
        for q in range(group_start[g], group_start[g + 1]):
            e = order[q]
            w = weight[e]
            total += w
            clear += w * sky[e]
            p = entry_point[e]
            for s in range(sectors):
                first, last = sector_start[s], sector_start[s + 1]
                if first == last:
                    continue
                limit = horizon[p, s]
                low, high = first, last
                while low < high:
                    middle = (low + high) // 2
                    if elevation[middle] > limit:
                        high = middle
                    else:
                        low = middle + 1
                if low < last:
                    marks[low] += w
                    marks[last] -= w
        if total <= 0.0:
            continue
        mean = clear / total
        running = 0.0
        block = out[group_block[g]]
        for t in range(hours):
            running += marks[t]
            dark = base[c, t] + mean * diffuse[c, t]
            block[t] += total * dark + running * lit[c, t]
