"""
Compiled year of many rooms after EN ISO 52016-1 (`room_years`).

The nodes of an element know only what happens at its two surfaces, and that linearly. So what an element remembers is a sum of as many
numbers as it has nodes with a capacity, each of which decays by a factor of its own (its eigenmodes), and no hour needs a matrix. The
inner surface is that sum and what the weather and the room do at once; the room's two temperatures, of the air and of all inner surfaces
together, follow from two equations, and heating and cooling from one division that was done beforehand. That is the exact solution of the
whole set of equations. `LANES` rooms advance together and the innermost loops run over them, which the compiler turns into vector
instructions.
"""

from __future__ import annotations

import numpy as np

from ped_geo._compiled import njit

__all__ = ["CHAINS", "COLUMNS", "DRIVERS", "LANES", "NODES", "PER_CHAIN", "ROWS", "room_years"]

LANES = 24
CHUNK = 24
NODES = 5
CHAINS = ("wall", "roof", "floor", "inner")

PER_CHAIN = (
    *(f"{name}_{node + 1}" for name in ("kept", "of_room", "of_outside", "start") for node in range(NODES)),
    *("share", "coupling", "surfaces_of_outside", "air_of_outside", "convection"),
)
"""What each chain is: the factor that each of its memories decays by [-], what the inner surface takes of it [m²K/W], how much power at the
outer surface counts against power at the inner one [-], and what the memory is at the beginning per temperature [W/(m²K)], slow ones first;
the chain's share of all inner surfaces [-], its coupling to
the air [W/K], both times what power at the outer surface does to the inner one at once, and convection at the inner surface [W/(m²K)]."""

_OUTSIDE = (
    *("wall_outdoor", "wall_still", "wall_north", "wall_east", "wall_south", "wall_west"),
    *("roof_outdoor", "roof_still", "roof_horizontal", "floor_outdoor"),
)
_ROOM = (
    *("surfaces_outdoor", "surfaces_still", "air_outdoor", "air_still"),
    *("sun_north", "sun_east", "sun_south", "sun_west", "sun_horizontal"),
    *("sun_to_surfaces", "sun_to_air", "gains_to_surfaces", "gains_to_air", "air_kept"),
    *("surfaces_by_coupling", "surfaces_of_air", "surfaces_of_radiation", "air_of_surfaces", "air_of_radiation"),
    *("radiation", "air_weight", "power_to_surfaces", "heat_to", "cool_to", "heat_most", "cool_most", "factor"),
)
_MODE = ("ventilation", "answer", "air_of_power", "surfaces_of_power", "power_of_control")

ROWS = (
    *(f"{chain}_{name}" for chain in CHAINS for name in PER_CHAIN),
    *_OUTSIDE,
    *_ROOM,
    *(f"{name}_{mode}" for mode in ("plain", "other") for name in _MODE),
)
"""What `room_years` wants to know of each room, see `ped_geo.demand.iso52016.room_rows`."""

DRIVERS = (
    "outdoor",
    *(f"glass_{side}" for side in ("north", "east", "south", "west", "horizontal")),
    *(f"wall_{side}" for side in ("north", "east", "south", "west", "horizontal")),
    *("change", "may_heat", "may_cool", "other_mode", "first_limit", "second_limit", "gains"),
)
"""What all rooms see in an hour: outdoor temperature [°C], sun on the glass and on opaque elements [W/m²], change of the heating
set-point [K], whether heating and cooling are on, whether ventilation is in its other mode, two limits of comfort [°C], inner gains
as a share of the room's own [-]."""

COLUMNS = ("heat", "cool", "peak", "first_hours", "first_degree_hours", "second_hours", "second_degree_hours", "hottest")

NO_LIMIT = 1e5
"""From here on a limit of comfort is none [°C]."""

GREATEST = (2, 7)
"""Columns that are the greatest of the year, not its sum."""

_COUNT = len(ROWS)
_CHAIN = len(PER_CHAIN)
_OUT = len(CHAINS) * _CHAIN
_IN = _OUT + len(_OUTSIDE)
_VENT = _IN + len(_ROOM)
_STATES = len(CHAINS) * NODES
_FACING = 3


@njit(cache=True, fastmath=True, nogil=True)
def _begin(weather, panes, driver, given, both):  # type: ignore[no-untyped-def] # numba infers the types
    """Power that the weather gives to the outer surfaces, and what it gives through panes to the mean surface and to the air."""
    outdoor = driver[0]
    north, east, south, west, horizontal = driver[6], driver[7], driver[8], driver[9], driver[10]
    for i in range(LANES):
        both[i] = panes[i] * outdoor + panes[LANES + i]
        both[LANES + i] = panes[2 * LANES + i] * outdoor + panes[3 * LANES + i]
    for i in range(LANES):
        sun = (
            weather[2 * LANES + i] * north + weather[3 * LANES + i] * east + weather[4 * LANES + i] * south + weather[5 * LANES + i] * west
        )
        given[i] = weather[i] * outdoor + weather[LANES + i] + sun
        given[LANES + i] = weather[6 * LANES + i] * outdoor + weather[7 * LANES + i] + weather[8 * LANES + i] * horizontal
        given[2 * LANES + i] = weather[9 * LANES + i] * outdoor


@njit(cache=True, fastmath=True, nogil=True)
def _inner_surface(chain, given, memory, both):  # type: ignore[no-untyped-def] # numba infers the types
    """Add to `both` what a chain that faces the weather gives to the mean surface and to the air."""
    for i in range(LANES):
        both[i] += chain[20 * LANES + i] * memory[i] + chain[22 * LANES + i] * given[i]
        both[LANES + i] += chain[21 * LANES + i] * memory[i] + chain[23 * LANES + i] * given[i]


@njit(cache=True, fastmath=True, nogil=True)
def _inner_element(chain, memory, both):  # type: ignore[no-untyped-def] # numba infers the types
    """The same of inner elements, which nothing reaches from outside."""
    for i in range(LANES):
        both[i] += chain[20 * LANES + i] * memory[i]
        both[LANES + i] += chain[21 * LANES + i] * memory[i]


@njit(cache=True, fastmath=True, nogil=True)
def _answer(room, mode, driver, both, inside, power):  # type: ignore[no-untyped-def] # numba infers the types
    """Power that holds the set-points; `inside` takes power to surfaces beside convection [W/m²], operative and air temperature [°C]."""
    zero = room.dtype.type(0)
    one = room.dtype.type(1)
    outdoor, north, east, south, west, horizontal = driver[0], driver[1], driver[2], driver[3], driver[4], driver[5]
    change, may_heat, may_cool, gained = driver[11], driver[12], driver[13], driver[17]
    for i in range(LANES):
        sun = (
            room[4 * LANES + i] * north
            + room[5 * LANES + i] * east
            + room[6 * LANES + i] * south
            + room[7 * LANES + i] * west
            + room[8 * LANES + i] * horizontal
        )
        radiation = room[11 * LANES + i] * gained + room[9 * LANES + i] * sun
        gains = room[12 * LANES + i] * gained + room[10 * LANES + i] * sun
        given = room[13 * LANES + i] * inside[2 * LANES + i] + mode[i] * outdoor + gains + both[LANES + i]
        alone = room[14 * LANES + i] * (both[i] + room[16 * LANES + i] * radiation)
        free = (given + room[17 * LANES + i] * alone + room[18 * LANES + i] * radiation) * mode[LANES + i]
        walls = alone + room[15 * LANES + i] * free
        weight = room[20 * LANES + i]
        felt = weight * free + (one - weight) * walls
        per = mode[4 * LANES + i]
        heat = min(max((room[22 * LANES + i] + change - felt) * per, zero) * may_heat, room[24 * LANES + i])
        cool = min(max((felt - room[23 * LANES + i]) * per, zero) * may_cool, room[25 * LANES + i])
        used = heat - cool
        power[i] = used
        free += mode[2 * LANES + i] * used
        walls += mode[3 * LANES + i] * used
        inside[2 * LANES + i] = free
        inside[i] = radiation + room[21 * LANES + i] * used + room[19 * LANES + i] * walls
        inside[LANES + i] = room.dtype.type(0.5) * (free + walls)


@njit(cache=True, fastmath=True, nogil=True)
def _remember_all(chain, state, given, inside, memory):  # type: ignore[no-untyped-def] # numba infers the types
    """Advance the five memories of a chain by the hour, and sum up what its inner surface keeps."""
    for i in range(LANES):
        power, weather = chain[24 * LANES + i] * inside[2 * LANES + i] + inside[i], given[i]
        one = chain[i] * state[i] + (chain[10 * LANES + i] * weather + power)
        two = chain[LANES + i] * state[LANES + i] + (chain[11 * LANES + i] * weather + power)
        three = chain[2 * LANES + i] * state[2 * LANES + i] + (chain[12 * LANES + i] * weather + power)
        four = chain[3 * LANES + i] * state[3 * LANES + i] + (chain[13 * LANES + i] * weather + power)
        five = chain[4 * LANES + i] * state[4 * LANES + i] + (chain[14 * LANES + i] * weather + power)
        state[i] = one
        state[LANES + i] = two
        state[2 * LANES + i] = three
        state[3 * LANES + i] = four
        state[4 * LANES + i] = five
        slow = chain[5 * LANES + i] * one + chain[6 * LANES + i] * two
        memory[i] = slow + chain[7 * LANES + i] * three + chain[8 * LANES + i] * four + chain[9 * LANES + i] * five


@njit(cache=True, fastmath=True, nogil=True)
def _remember_two(chain, state, given, inside, memory):  # type: ignore[no-untyped-def] # numba infers the types
    """The same of a chain that has two memories or one."""
    for i in range(LANES):
        power, weather = chain[24 * LANES + i] * inside[2 * LANES + i] + inside[i], given[i]
        one = chain[i] * state[i] + (chain[10 * LANES + i] * weather + power)
        two = chain[LANES + i] * state[LANES + i] + (chain[11 * LANES + i] * weather + power)
        state[i] = one
        state[LANES + i] = two
        memory[i] = chain[5 * LANES + i] * one + chain[6 * LANES + i] * two


@njit(cache=True, fastmath=True, nogil=True)
def _remember_inner(chain, state, inside, memory):  # type: ignore[no-untyped-def] # numba infers the types
    """The same of inner elements, which nothing reaches from outside."""
    for i in range(LANES):
        power = chain[24 * LANES + i] * inside[2 * LANES + i] + inside[i]
        one = chain[i] * state[i] + power
        two = chain[LANES + i] * state[LANES + i] + power
        three = chain[2 * LANES + i] * state[2 * LANES + i] + power
        four = chain[3 * LANES + i] * state[3 * LANES + i] + power
        five = chain[4 * LANES + i] * state[4 * LANES + i] + power
        state[i] = one
        state[LANES + i] = two
        state[2 * LANES + i] = three
        state[3 * LANES + i] = four
        state[4 * LANES + i] = five
        slow = chain[5 * LANES + i] * one + chain[6 * LANES + i] * two
        memory[i] = slow + chain[7 * LANES + i] * three + chain[8 * LANES + i] * four + chain[9 * LANES + i] * five


@njit(cache=True, fastmath=True, nogil=True)
def _count(power, total):  # type: ignore[no-untyped-def] # numba infers the types
    """Add the hour's heating and cooling to the totals of the lanes."""
    zero = power.dtype.type(0)
    for i in range(LANES):
        heat = max(power[i], zero)
        total[i] += heat
        total[LANES + i] += heat - power[i]
        total[2 * LANES + i] = max(total[2 * LANES + i], heat)


@njit(cache=True, fastmath=True, nogil=True)
def _feel(driver, inside, total):  # type: ignore[no-untyped-def] # numba infers the types
    """Add the hour's comfort to the totals of the lanes."""
    zero = inside.dtype.type(0)
    one = inside.dtype.type(1)
    first, second = driver[15], driver[16]
    counts = one if second < inside.dtype.type(NO_LIMIT) else zero
    for i in range(LANES):
        felt = inside[LANES + i]
        total[3 * LANES + i] += one if felt > first else zero
        total[4 * LANES + i] += max(felt - first, zero)
        total[5 * LANES + i] += one if felt > second else zero
        total[6 * LANES + i] += max(felt - second, zero)
        total[7 * LANES + i] = max(total[7 * LANES + i], felt * counts)


@njit(cache=True, nogil=True)
def _memories(room, chain):  # type: ignore[no-untyped-def] # numba infers the types
    """Number of memories that some lane's chain has, 2 at least."""
    most = 2
    for node in range(2, NODES):
        for i in range(LANES):
            if room[(chain * _CHAIN + node) * LANES + i] > 0:
                most = node + 1
    return most


@njit(cache=True, nogil=True)
def _add_groups(day, factor, group, start, used, begin, length, sums):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Add the heating of each lane to the hours of its group.

    One lane after the other, so that a group has the same sum wherever it begins among the lanes: the compiler may not add in
    another order.
    """
    zero = day.dtype.type(0)
    for i in range(used):
        target = group[start + i]
        if target >= 0:
            hours = sums[target, begin : begin + length]
            for h in range(length):
                hours[h] += factor[i] * max(day[h * LANES + i], zero)


@njit(cache=True, fastmath=True, nogil=True)
def room_years(rows, drivers, first, group, start_at, sums, annual, kept):  # type: ignore[no-untyped-def] # numba infers the types
    """
    Heating, cooling and comfort of all rooms over a year.

    Parameters
    ----------
    rows : array, shape (len(ROWS), n)
        What each room is; the dtype is the precision of the calculation. All values must be finite.
    drivers : array, shape (hours, len(DRIVERS))
        What all see; same dtype.
    first : int
        The year begins at this row of `drivers`; those before warm the buildings up.
    group : array of int, shape (n,)
        Row of `sums` that each room is added to, -1 for none; equal groups should stand together.
    start_at : array, shape (n,)
        Temperature of all nodes at the beginning [°C].
    sums : array, shape (groups, hours - first)
        Changed in place: heating times factor is added [W].
    annual : array of float64, shape (len(COLUMNS), n)
        Written: heating and cooling [Wh], greatest heating [W], hours [h] and degree hours [Kh] above the two limits, greatest
        operative temperature of the hours that have the second limit, no less than 0 [°C].
    kept : array, shape (3, hours - first, n) or (3, 0, 0)
        Written, if it has room: air and operative temperature [°C], heating less cooling [W] of each hour.
    """
    hours = drivers.shape[0]
    room = np.empty(_COUNT * LANES, rows.dtype)
    state = np.empty(_STATES * LANES, rows.dtype)
    memory = np.empty(len(CHAINS) * LANES, rows.dtype)
    given = np.empty(_FACING * LANES, rows.dtype)
    both = np.empty(2 * LANES, rows.dtype)
    inside = np.empty(3 * LANES, rows.dtype)
    power = np.empty(LANES, rows.dtype)
    day = np.empty(CHUNK * LANES, rows.dtype)
    total = np.empty(len(COLUMNS) * LANES, rows.dtype)
    exact = np.empty((len(COLUMNS), LANES), np.float64)
    many = np.empty(_FACING, np.bool_)
    for start in range(0, rows.shape[1], LANES):
        used = min(LANES, rows.shape[1] - start)
        memory[:] = 0
        for i in range(LANES):
            source = start + min(i, used - 1)
            for k in range(_COUNT):
                room[k * LANES + i] = rows[k, source]
            for k in range(len(CHAINS)):
                for node in range(NODES):
                    begun = rows[k * _CHAIN + 3 * NODES + node, source] * start_at[source]
                    state[(k * NODES + node) * LANES + i] = begun
                    memory[k * LANES + i] += rows[k * _CHAIN + NODES + node, source] * begun
            inside[2 * LANES + i] = start_at[source]
        for k in range(_FACING):
            many[k] = _memories(room, k) > 2
        weather, balance = room[_OUT * LANES :], room[_IN * LANES :]
        plain, other, factor = room[_VENT * LANES :], room[(_VENT + len(_MODE)) * LANES :], balance[26 * LANES :]
        innermost, held, kept_inside = room[_FACING * _CHAIN * LANES :], memory[_FACING * LANES :], state[_FACING * NODES * LANES :]
        total[:] = 0
        exact[:] = 0
        begin = np.int64(0)
        while begin < hours:
            length = min(CHUNK, (first if begin < first else hours) - begin)
            for h in range(length):
                driver = drivers[begin + h]
                _begin(weather, balance, driver, given, both)
                for k in range(_FACING):
                    _inner_surface(room[k * _CHAIN * LANES :], given[k * LANES :], memory[k * LANES :], both)
                _inner_element(innermost, held, both)
                _answer(balance, other if driver[14] > 0 else plain, driver, both, inside, power)
                for k in range(_FACING):
                    remember = k * NODES * LANES
                    if many[k]:
                        _remember_all(room[k * _CHAIN * LANES :], state[remember:], given[k * LANES :], inside, memory[k * LANES :])
                    else:
                        _remember_two(room[k * _CHAIN * LANES :], state[remember:], given[k * LANES :], inside, memory[k * LANES :])
                _remember_inner(innermost, kept_inside, inside, held)
                if begin >= first:
                    _count(power, total)
                    if min(driver[15], driver[16]) < NO_LIMIT:
                        _feel(driver, inside, total)
                    day[h * LANES : (h + 1) * LANES] = power
                    if kept.shape[1] > 0:
                        for i in range(used):
                            kept[0, begin - first + h, start + i] = inside[2 * LANES + i]
                            kept[1, begin - first + h, start + i] = inside[LANES + i]
                            kept[2, begin - first + h, start + i] = power[i]
            if begin >= first:
                _add_groups(day, factor, group, start, used, begin - first, length, sums)
                for k in range(len(COLUMNS)):
                    if k not in GREATEST:
                        for i in range(LANES):
                            exact[k, i] += total[k * LANES + i]
                            total[k * LANES + i] = 0
            begin += length
        for i in range(used):
            for k in range(len(COLUMNS)):
                annual[k, start + i] = total[k * LANES + i] if k in GREATEST else exact[k, i]
