"""
Compiled year of many zones (`zone_years`).

The hours of one building depend on each other, those of different buildings do not: so `LANES` buildings advance together and the
innermost loop runs over them, which the compiler turns into vector instructions. The hour is the closed form of
`ped_geo.demand.zone.response`: about twenty multiplications, no trial, no branch. Only annual sums and the hourly sums of groups
of neighbouring rows are kept; a chunk of hours of all lanes stays in the processor's cache until it has been summed.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["COEFFICIENTS", "LANES", "zone_years"]

LANES = 64
CHUNK = 64

COEFFICIENTS = 19
"""Rows of `rows`: air and mass response to mass, outdoor, sun, internal gains and heating (10); four apertures; internal gains;
set-points of heating and cooling; greatest heating power; factor of the sums."""


@numba.njit(cache=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"}, nogil=True)
def zone_years(rows, drivers, first, group, sums, annual):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Heating and cooling of all zones over a year.

    Parameters
    ----------
    rows : array, shape (19, n)
        Coefficients, see `COEFFICIENTS`; its dtype is the precision of the calculation.
    drivers : array, shape (hours, 8)
        Outdoor temperature, irradiance on north, east, south, west, share of internal gains, change of the heating set-point,
        1 where heating may run else 0; same dtype.
    first : int
        The year begins at this row of `drivers`; those before warm the buildings up.
    group : array of int, shape (n,)
        Row of `sums` that each zone is added to, -1 for none; equal groups should stand together.
    sums : array, shape (groups, hours - first)
        Changed in place: heating times the zone's factor [W].
    annual : array of float64, shape (4, n)
        Written: heating, cooling (positive) [Wh], greatest heating power [W], mass temperature at the end [°C].
    """
    count = rows.shape[1]
    hours = drivers.shape[0]
    zero = rows.dtype.type(0)
    mass = np.empty(LANES, rows.dtype)
    peak = np.empty(LANES, rows.dtype)
    warm = np.empty(LANES, rows.dtype)
    cold = np.empty(LANES, rows.dtype)
    heated = np.empty(LANES, np.float64)
    cooled = np.empty(LANES, np.float64)
    c = np.empty((COEFFICIENTS, LANES), rows.dtype)
    power = np.empty((CHUNK, LANES), rows.dtype)
    for start in range(0, count, LANES):
        used = min(LANES, count - start)
        for lane in range(LANES):
            source = start + min(lane, used - 1)
            for k in range(COEFFICIENTS):
                c[k, lane] = rows[k, source]
            mass[lane] = c[15, lane]
            peak[lane] = zero
            heated[lane] = 0.0
            cooled[lane] = 0.0
        for begin in range(0, hours, CHUNK):
            length = min(CHUNK, hours - begin)
            for lane in range(LANES):
                warm[lane] = zero
                cold[lane] = zero
            for h in range(length):
                outdoor = drivers[begin + h, 0]
                north = drivers[begin + h, 1]
                east = drivers[begin + h, 2]
                south = drivers[begin + h, 3]
                west = drivers[begin + h, 4]
                share = drivers[begin + h, 5]
                change = drivers[begin + h, 6]
                allowed = drivers[begin + h, 7]
                counted = rows.dtype.type(1) if begin + h >= first else zero
                for lane in range(LANES):
                    sun = c[10, lane] * north + c[11, lane] * east + c[12, lane] * south + c[13, lane] * west
                    inner = c[14, lane] * share
                    air = c[0, lane] * mass[lane] + (c[1, lane] * outdoor + c[2, lane] * sun + c[3, lane] * inner)
                    heat = min(max((c[15, lane] + change - air) * c[4, lane], zero), c[17, lane] * allowed)
                    cool = min((c[16, lane] - air) * c[4, lane], zero)
                    mass[lane] = (
                        c[5, lane] * mass[lane]
                        + (c[6, lane] * outdoor + c[7, lane] * sun + c[8, lane] * inner)
                        + c[9, lane] * (heat + cool)
                    )
                    heat = heat * counted
                    warm[lane] += heat
                    cold[lane] -= cool * counted
                    peak[lane] = max(peak[lane], heat)
                    power[h, lane] = heat * c[18, lane]
            for lane in range(LANES):
                heated[lane] += warm[lane]
                cooled[lane] += cold[lane]
            _add_groups(power, group, start, used, begin - first, length, sums)
        for lane in range(used):
            annual[0, start + lane] = heated[lane]
            annual[1, start + lane] = cooled[lane]
            annual[2, start + lane] = peak[lane]
            annual[3, start + lane] = mass[lane]


@numba.njit(cache=True, fastmath={"nsz", "arcp", "contract", "afn", "reassoc"}, nogil=True)
def _add_groups(power, group, start, used, begin, length, sums):  # type: ignore[no-untyped-def] # numba infers the types
    """Add each run of lanes of the same group to its hours."""
    lane = 0
    while lane < used:
        target = group[start + lane]
        end = lane + 1
        while end < used and group[start + end] == target:
            end += 1
        if target >= 0:
            for h in range(max(0, -begin), length):
                total = power.dtype.type(0)
                for one in range(lane, end):
                    total += power[h, one]
                sums[target, begin + h] += total
        lane = end
