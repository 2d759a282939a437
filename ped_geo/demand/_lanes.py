"""
Compiled year of many zones (`zone_years`).

The hours of one building depend on each other, those of different buildings do not: so `LANES` buildings advance together and the
innermost loop runs over them, which the compiler turns into vector instructions. The hour is the closed form of
`ped_geo.demand.zone.response`, written in power: some twenty multiplications and additions, no trial, no branch, and less where the
heating is off. Only annual totals and the hourly sums of groups of neighbouring rows are kept; a chunk of hours of all lanes stays
in the processor's first cache until it has been summed, four hours at a time to spare loads. Few arrays per loop, flat, and slices
that begin at nothing: the compiler must see that they lie apart, how far, and that no index counts from the end.
"""

from __future__ import annotations

import numpy as np

from ped_geo._compiled import njit

__all__ = ["LANES", "ROWS", "zone_years"]

LANES = 64
CHUNK = 32

ROWS = (
    *("sun_north", "sun_east", "sun_south", "sun_west", "sun_horizontal"),
    *("outdoor", "change", "idle", "margin"),
    *("kept", "kept_outdoor", "kept_sun", "kept_idle", "kept_power"),
)
"""What `zone_years` wants to know of each zone. Its state is the heating power [W] that the mass temperature asks for, a negative
number: the warmer, the less. Power is asked for per irradiance [m²], per kelvin outdoors and of change of the set-point [W/K], and
in any case [W]; cooling begins when less than minus the margin [W] is asked for. The state of the next hour is `kept` of this one's,
and so much per kelvin outdoors [W/K], per power that the sun and `idle` ask for, in any case [W], and per power given."""

_COUNT = len(ROWS)


@njit(cache=True, fastmath=True, nogil=True)
def _heated(zone, state, drivers, begin, length, power):  # type: ignore[no-untyped-def] # numba infers the types
    """Run all lanes through some hours with the heating on; `power` takes heating (positive) and cooling (negative) [W]."""
    zero = zone.dtype.type(0)
    for h in range(length):
        outdoor = drivers[begin + h, 0]
        north = drivers[begin + h, 1]
        east = drivers[begin + h, 2]
        south = drivers[begin + h, 3]
        west = drivers[begin + h, 4]
        horizontal = drivers[begin + h, 5]
        change = drivers[begin + h, 6]
        for i in range(LANES):
            sun = zone[7 * LANES + i] + zone[i] * north + zone[LANES + i] * east + zone[2 * LANES + i] * south + zone[3 * LANES + i] * west
            sun += zone[4 * LANES + i] * horizontal
            asked = state[i] + (zone[5 * LANES + i] * outdoor + sun)
            used = max(asked + zone[6 * LANES + i] * change, zero) + min(asked + zone[8 * LANES + i], zero)
            state[i] = (
                zone[9 * LANES + i] * state[i]
                + (zone[10 * LANES + i] * outdoor + zone[11 * LANES + i] * sun + zone[12 * LANES + i])
                + zone[13 * LANES + i] * used
            )
            power[h * LANES + i] = used


@njit(cache=True, fastmath=True, nogil=True)
def _unheated(zone, state, drivers, begin, length, cooled):  # type: ignore[no-untyped-def] # numba infers the types
    """Run all lanes through some hours with the heating off; the cooling is added to `cooled` (negative) [Wh]."""
    zero = zone.dtype.type(0)
    for h in range(length):
        outdoor = drivers[begin + h, 0]
        north = drivers[begin + h, 1]
        east = drivers[begin + h, 2]
        south = drivers[begin + h, 3]
        west = drivers[begin + h, 4]
        horizontal = drivers[begin + h, 5]
        for i in range(LANES):
            sun = zone[7 * LANES + i] + zone[i] * north + zone[LANES + i] * east + zone[2 * LANES + i] * south + zone[3 * LANES + i] * west
            sun += zone[4 * LANES + i] * horizontal
            used = min(state[i] + (zone[5 * LANES + i] * outdoor + sun) + zone[8 * LANES + i], zero)
            state[i] = (
                zone[9 * LANES + i] * state[i]
                + (zone[10 * LANES + i] * outdoor + zone[11 * LANES + i] * sun + zone[12 * LANES + i])
                + zone[13 * LANES + i] * used
            )
            cooled[i] += used


@njit(cache=True, fastmath=True, nogil=True)
def _add_totals(power, length, total):  # type: ignore[no-untyped-def] # numba infers the types
    """Add heating, heating less cooling, and the greatest heating of each lane."""
    zero = power.dtype.type(0)
    whole = length - length % 4
    for h in range(0, whole, 4):
        for i in range(LANES):
            a = power[h * LANES + i]
            b = power[(h + 1) * LANES + i]
            c = power[(h + 2) * LANES + i]
            d = power[(h + 3) * LANES + i]
            total[i] += (max(a, zero) + max(b, zero)) + (max(c, zero) + max(d, zero))
            total[LANES + i] += (a + b) + (c + d)
            total[2 * LANES + i] = max(total[2 * LANES + i], a, b, c, d)
    for h in range(whole, length):
        for i in range(LANES):
            a = power[h * LANES + i]
            total[i] += max(a, zero)
            total[LANES + i] += a
            total[2 * LANES + i] = max(total[2 * LANES + i], a)


@njit(cache=True, nogil=True)
def _add_run(power, lane, end, length, so_far, out):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Add the heating of some lanes to what their group has so far, hour by hour.

    One lane after the other, so that a group has the same sum wherever it begins among the lanes: the compiler may not add in
    another order. Eight hours at a time keep the adders busy all the same.
    """
    zero = power.dtype.type(0)
    whole = length - length % 8
    for h in range(0, whole, 8):
        a, b, c, d = np.float64(so_far[h]), np.float64(so_far[h + 1]), np.float64(so_far[h + 2]), np.float64(so_far[h + 3])
        e, f, g, j = np.float64(so_far[h + 4]), np.float64(so_far[h + 5]), np.float64(so_far[h + 6]), np.float64(so_far[h + 7])
        for i in range(lane, end):
            a += max(power[h * LANES + i], zero)
            b += max(power[(h + 1) * LANES + i], zero)
            c += max(power[(h + 2) * LANES + i], zero)
            d += max(power[(h + 3) * LANES + i], zero)
            e += max(power[(h + 4) * LANES + i], zero)
            f += max(power[(h + 5) * LANES + i], zero)
            g += max(power[(h + 6) * LANES + i], zero)
            j += max(power[(h + 7) * LANES + i], zero)
        out[h], out[h + 1], out[h + 2], out[h + 3] = a, b, c, d
        out[h + 4], out[h + 5], out[h + 6], out[h + 7] = e, f, g, j
    for h in range(whole, length):
        a = np.float64(so_far[h])
        for i in range(lane, end):
            a += max(power[h * LANES + i], zero)
        out[h] = a


@njit(cache=True, nogil=True)
def _add_groups(power, group, start, used, begin, length, sums, carry):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Add the heating of each run of lanes of the same group to its hours.

    What a group has so far that goes on in the next lanes is handed on unrounded: `carry` holds it, of the lanes before and for those
    that follow.
    """
    lane = 0
    while lane < used:
        target = group[start + lane]
        end = lane + 1
        while end < used and group[start + end] == target:
            end += 1
        if target >= 0:
            hours = sums[target, begin : begin + length]
            before, beyond = carry[0, begin : begin + length], carry[1, begin : begin + length]
            begun = lane == 0 and start > 0 and group[start - 1] == target
            goes_on = start + end < group.size and group[start + end] == target
            if begun and goes_on:
                _add_run(power, lane, end, length, before, beyond)
            elif begun:
                _add_run(power, lane, end, length, before, hours)
            elif goes_on:
                _add_run(power, lane, end, length, hours, beyond)
            else:
                _add_run(power, lane, end, length, hours, hours)
        lane = end


@njit(cache=True, nogil=True)
def _run_of_hours(drivers, begin, end):  # type: ignore[no-untyped-def] # numba infers the types
    """Number of hours from `begin`, at most `CHUNK` and before `end`, in which the heating stays on or off."""
    length = 1
    while length < CHUNK and begin + length < end and drivers[begin + length, 7] == drivers[begin, 7]:
        length += 1
    return length


@njit(cache=True, fastmath=True, nogil=True)
def zone_years(rows, drivers, first, group, sums, annual):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Heating and cooling of all zones over a year.

    Parameters
    ----------
    rows : array, shape (15, n)
        What each zone is, see `ROWS`, and its state at the beginning; the dtype is the precision of the calculation. All values
        must be finite.
    drivers : array, shape (hours, 8)
        Outdoor temperature, irradiance on north, east, south, west and the horizontal, change of the heating set-point, 1 where the
        heating is on and 0 where not; same dtype.
    first : int
        The year begins at this row of `drivers`; those before warm the buildings up.
    group : array of int, shape (n,)
        Row of `sums` that each zone is added to, -1 for none; equal groups should stand together.
    sums : array, shape (groups, hours - first)
        Changed in place: heating is added [W].
    annual : array of float64, shape (3, n)
        Written: heating, cooling (both positive) [Wh], greatest heating power [W].
    """
    hours = drivers.shape[0]
    zone = np.empty(_COUNT * LANES, rows.dtype)
    state = np.empty(LANES, rows.dtype)
    power = np.empty(CHUNK * LANES, rows.dtype)
    total = np.empty(3 * LANES, rows.dtype)
    exact = np.empty((2, LANES), np.float64)
    carry = np.zeros((2, hours - first), np.float64)
    for start in range(0, rows.shape[1], LANES):
        used = min(LANES, rows.shape[1] - start)
        for i in range(LANES):
            for k in range(_COUNT):
                zone[k * LANES + i] = rows[k, start + min(i, used - 1)]
            state[i] = rows[_COUNT, start + min(i, used - 1)]
        total[:] = 0
        exact[:] = 0
        # a plain 0 is a type of its own to numba, which would compile all that it is handed to once more
        begin = np.int64(0)
        while begin < hours:
            length = _run_of_hours(drivers, begin, first if begin < first else hours)
            if drivers[begin, 7] > 0:
                _heated(zone, state, drivers, begin, length, power)
                if begin >= first:
                    _add_totals(power, length, total)
                    _add_groups(power, group, start, used, begin - first, length, sums, carry)
            else:
                _unheated(zone, state, drivers, begin, length, total[LANES : 2 * LANES])
            if begin >= first:
                for i in range(LANES):
                    exact[0, i] += total[i]
                    exact[1, i] += total[LANES + i]
            total[: 2 * LANES] = 0
            begin += length
        for i in range(used):
            annual[0, start + i] = exact[0, i]
            annual[1, start + i] = exact[0, i] - exact[1, i]
            annual[2, start + i] = total[2 * LANES + i]
        carry[0] = carry[1]
