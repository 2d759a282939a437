"""
Compiled year of many zones (`zone_years`).

The hours of one building depend on each other, those of different buildings do not: so `LANES` buildings advance together and the
innermost loop runs over them, which the compiler turns into vector instructions. The hour is the closed form of
`ped_geo.demand.zone.response`: some thirty multiplications and additions, no trial, no branch. Only annual totals and the hourly
sums of groups of neighbouring rows are kept; a chunk of hours of all lanes stays in the processor's first cache until it has been
summed, four hours at a time to spare loads. Few arrays per loop: with more, the compiler gives up on proving them apart.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["LANES", "ROWS", "zone_years"]

LANES = 64
CHUNK = 32

ROWS = (
    *("aperture_north", "aperture_east", "aperture_south", "aperture_west"),
    *("air_to_mass", "air_to_outdoor", "air_to_sun", "air_by_gains", "set_point", "power_per_kelvin"),
    *("mass_to_mass", "mass_to_outdoor", "mass_to_sun", "mass_by_gains", "mass_to_power"),
)
"""What `zone_years` wants to know of each zone: responses of air and mass temperature per kelvin and per watt, temperature rise by
internal gains [K], the set-point [°C] and the power that warms the air by a kelvin [W/K]."""

_COUNT = len(ROWS)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _advance(zone, mass, drivers, begin, length, top, power):  # type: ignore[no-untyped-def] # numba infers the types
    """Run all lanes through some hours; `power` takes heating (positive) and cooling (negative) [W]."""
    zero = zone.dtype.type(0)
    for h in range(length):
        outdoor = drivers[begin + h, 0]
        north = drivers[begin + h, 1]
        east = drivers[begin + h, 2]
        south = drivers[begin + h, 3]
        west = drivers[begin + h, 4]
        change = drivers[begin + h, 5]
        most = drivers[begin + h, 6]
        for i in range(LANES):
            sun = zone[0, i] * north + zone[1, i] * east + zone[2, i] * south + zone[3, i] * west
            air = zone[4, i] * mass[i] + (zone[5, i] * outdoor + zone[6, i] * sun + zone[7, i])
            heat = min(max((zone[8, i] + change - air) * zone[9, i], zero), most)
            used = heat + min((top - air) * zone[9, i], zero)
            mass[i] = zone[10, i] * mass[i] + (zone[11, i] * outdoor + zone[12, i] * sun + zone[13, i]) + zone[14, i] * used
            power[h, i] = used


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_totals(power, length, total):  # type: ignore[no-untyped-def] # numba infers the types
    """Add heating, heating less cooling, and the greatest heating of each lane."""
    zero = power.dtype.type(0)
    whole = length - length % 4
    for h in range(0, whole, 4):
        for i in range(LANES):
            a = power[h, i]
            b = power[h + 1, i]
            c = power[h + 2, i]
            d = power[h + 3, i]
            total[0, i] += (max(a, zero) + max(b, zero)) + (max(c, zero) + max(d, zero))
            total[1, i] += (a + b) + (c + d)
            total[2, i] = max(total[2, i], a, b, c, d)
    for h in range(whole, length):
        for i in range(LANES):
            a = power[h, i]
            total[0, i] += max(a, zero)
            total[1, i] += a
            total[2, i] = max(total[2, i], a)


@numba.njit(cache=True, fastmath=True, nogil=True)
def _add_groups(power, group, start, used, begin, length, sums):  # type: ignore[no-untyped-def] # numba infers the types
    """Add the heating of each run of lanes of the same group to its hours."""
    zero = power.dtype.type(0)
    whole = length - length % 4
    lane = 0
    while lane < used:
        target = group[start + lane]
        end = lane + 1
        while end < used and group[start + end] == target:
            end += 1
        if target >= 0:
            for h in range(0, whole, 4):
                a = b = c = d = zero
                for i in range(lane, end):
                    a += max(power[h, i], zero)
                    b += max(power[h + 1, i], zero)
                    c += max(power[h + 2, i], zero)
                    d += max(power[h + 3, i], zero)
                sums[target, begin + h] += a
                sums[target, begin + h + 1] += b
                sums[target, begin + h + 2] += c
                sums[target, begin + h + 3] += d
            for h in range(whole, length):
                a = zero
                for i in range(lane, end):
                    a += max(power[h, i], zero)
                sums[target, begin + h] += a
        lane = end


@numba.njit(cache=True, fastmath=True, nogil=True)
def zone_years(rows, drivers, first, top, group, sums, annual):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Heating and cooling of all zones over a year.

    Parameters
    ----------
    rows : array, shape (15, n)
        What each zone is, see `ROWS`; the dtype is the precision of the calculation. All values must be finite.
    drivers : array, shape (hours, 7)
        Outdoor temperature, irradiance on north, east, south, west, change of the heating set-point, greatest heating power;
        same dtype.
    first : int
        The year begins at this row of `drivers`; those before warm the buildings up.
    top : number of the same dtype
        Air temperature above which is cooled [°C].
    group : array of int, shape (n,)
        Row of `sums` that each zone is added to, -1 for none; equal groups should stand together.
    sums : array, shape (groups, hours - first)
        Changed in place: heating is added [W].
    annual : array of float64, shape (3, n)
        Written: heating, cooling (both positive) [Wh], greatest heating power [W].
    """
    hours = drivers.shape[0]
    zone = np.empty((_COUNT, LANES), rows.dtype)
    mass = np.empty(LANES, rows.dtype)
    power = np.empty((CHUNK, LANES), rows.dtype)
    total = np.empty((3, LANES), rows.dtype)
    exact = np.empty((2, LANES), np.float64)
    for start in range(0, rows.shape[1], LANES):
        used = min(LANES, rows.shape[1] - start)
        for i in range(LANES):
            for k in range(_COUNT):
                zone[k, i] = rows[k, start + min(i, used - 1)]
            mass[i] = zone[8, i]
        total[:] = 0
        exact[:] = 0
        begin = 0
        while begin < first:
            length = min(CHUNK, first - begin)
            _advance(zone, mass, drivers, begin, length, top, power)
            begin += length
        while begin < hours:
            length = min(CHUNK, hours - begin)
            _advance(zone, mass, drivers, begin, length, top, power)
            _add_totals(power, length, total)
            _add_groups(power, group, start, used, begin - first, length, sums)
            for i in range(LANES):
                exact[0, i] += total[0, i]
                exact[1, i] += total[1, i]
                total[0, i] = 0
                total[1, i] = 0
            begin += length
        for i in range(used):
            annual[0, start + i] = exact[0, i]
            annual[1, start + i] = exact[0, i] - exact[1, i]
            annual[2, start + i] = total[2, i]
