"""Compiled loops of the yield; each is tested against the plain hour-by-hour sum."""

from __future__ import annotations

import numpy as np

from ped_geo._compiled import njit

__all__ = ["shaded_sums", "take_sun"]


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _first_lit(horizon, start, stop, elevation, low, per_deg):  # type: ignore[no-untyped-def]
    """First hour of a group whose sun stands above the horizon: begin where the horizon's bin does, then step."""
    at = start + low[min(int(horizon * per_deg), low.size - 1)]
    # bins are so narrow that one step, taken without a branch, is nearly always enough
    at += (at < stop) & (elevation[at] <= horizon)
    while at < stop and elevation[at] <= horizon:
        at += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def shaded_sums(  # type: ignore[no-untyped-def]
    member, point, weight, row, horizon, sky, start, sector, slot, elevation, low, per_deg, lit, change, out
):
    """
    Energy of each entry from the tables of its class.

    Hours are grouped (by direction of the sun, or by month and direction) and sorted by its height. A horizon takes the sun from
    the lowest hours of a group: how many is found once for a point, for all entries that look from it. `change[class, start
    + group + k, sky level]` is what taking the sun from the k lowest hours changes, so an entry's year is one look-up per group and
    two neighbouring sky levels, straight between them, instead of one per hour.
    """
    levels = lit.shape[1]
    groups = sector.size
    taken = np.empty(groups, np.int64)
    known = -1
    for e in range(member.size):
        p = point[e]
        if p != known:
            for g in range(groups):
                taken[g] = g + _first_lit(horizon[p, sector[g]], start[g], start[g + 1], elevation, low[g], per_deg)
            known = p
        level = min(max(sky[e], 0.0), 1.0) * (levels - 1)
        j = min(int(level), levels - 2)
        upper_share = level - j
        of_class = change[member[e]]
        w, r = weight[e], row[e]
        total = 0.0
        for g in range(groups):
            total += of_class[taken[g], j] * (1.0 - upper_share) + of_class[taken[g], j + 1] * upper_share
            if g + 1 == groups or slot[g + 1] != slot[g]:
                s = slot[g]
                whole = lit[member[e], j, s] * (1.0 - upper_share) + lit[member[e], j + 1, s] * upper_share
                out[r, s] += w * (whole + total)
                total = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def take_sun(order, block, member, point, weight, sky, horizon, start, sector, elevation, low, per_deg, sun, slope, out):  # type: ignore[no-untyped-def]
    """
    Take from each block's power what horizons take of the sun: `sun`, and `slope` for each part of the sky that is seen.

    Hours are sorted as in `shaded_sums`, so the hours that a horizon takes from a group are its first ones: a short run in the
    table of the class, subtracted at once. `order` visits entries block by block, so that a block's hours stay at hand.
    """
    for q in range(order.size):
        e = order[q]
        w, p = np.float32(weight[e]), point[e]
        seen = np.float32(weight[e] * sky[e])
        of_block, added, steeper = out[block[e]], sun[member[e]], slope[member[e]]
        for g in range(sector.size):
            at = _first_lit(horizon[p, sector[g]], start[g], start[g + 1], elevation, low[g], per_deg)
            for t in range(start[g], at):
                of_block[t] -= w * added[t] + seen * steeper[t]
