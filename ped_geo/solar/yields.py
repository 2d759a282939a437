"""
Energy of many shaded arrays at once: per array and month, and per block and hour.

Daylight hours are put in groups by the direction of the sun (and by month, where months are asked for) and sorted by its height
within each. Behind a horizon the hours that are lit are then the last of each group, and what a group gives is one look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ped_geo.solar.model import PlaneLight, PvSystem, SunHours, plane_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Single = NDArray[np.float32]
    Rows = NDArray[np.int64]

__all__ = ["ClassTables", "Entries", "SortedHours", "annual_energy", "block_power", "class_tables", "reference_energy", "sorted_hours"]

SKY_LEVELS = 5
BIN_DEG = 0.1
BATCH = 20_000_000
SKIES = (0.6, 0.8, 1.0)
"""Sky views through which power is drawn as a curve: those of roofs and walls in towns."""


@dataclass(frozen=True)
class Entries:
    """
    What is summed: an array seen from one point, as far as it belongs to one class.

    Attributes
    ----------
    tilt, azimuth : array, shape (n_classes,)
        Of the classes, degrees.
    member : array of int, shape (n,)
        Class of each entry.
    point : array of int, shape (n,)
        Row in `horizon`.
    row : array of int, shape (n,)
        Row of the array in the result.
    weight : array, shape (n,)
        kWp.
    sky : array, shape (n,)
        Sky view of the array from the point.
    horizon : array, shape (n_points, n_directions)
        Degrees.
    """

    tilt: Array
    azimuth: Array
    member: NDArray[np.int64]
    point: NDArray[np.int64]
    row: NDArray[np.int64]
    weight: Array
    sky: Array
    horizon: Array

    def only(self, mine: NDArray[np.bool_]) -> Entries:
        """Some of the entries."""
        parts = (self.member[mine], self.point[mine], self.row[mine], self.weight[mine], self.sky[mine])
        return Entries(self.tilt, self.azimuth, *parts, self.horizon)


def sectors(azimuth: Array, count: int) -> Rows:
    """Nearest of `count` directions, from north over east."""
    return np.round(azimuth / (360.0 / count)).astype(np.int64) % count


@dataclass(frozen=True)
class SortedHours:
    """
    Daylight hours in groups, from low to high sun in each.

    Attributes
    ----------
    order : array of int, shape (n_hours,)
        Rows of the daylight hours.
    start : array of int, shape (n_groups + 1,)
        First hour of each group in that order.
    sector, slot : array of int, shape (n_groups,)
        Direction and part of the year of each group.
    elevation : array, shape (n_hours + 1,)
        Of the sun in that order, degrees; the last is endless.
    low : array of int, shape (n_groups, n_bins)
        How many hours of a group have the sun no higher than each multiple of `BIN_DEG`.
    """

    order: Rows
    start: Rows
    sector: Rows
    slot: Rows
    elevation: Single
    low: NDArray[np.int16]


def sorted_hours(hours: SunHours, directions: int, slot: Rows | None = None) -> SortedHours:
    """
    Group and sort the daylight hours.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    directions : int
        Of the horizons.
    slot : array of int, shape (n_hours,), optional
        Part of the year of each daylight hour, for example its month.
    """
    part = np.zeros(len(hours.hour), dtype=np.int64) if slot is None else slot
    used, group = np.unique(part * directions + sectors(hours.azimuth, directions), return_inverse=True)
    group = group.ravel()
    order = np.lexsort((hours.elevation, group))
    start = np.searchsorted(group[order], np.arange(len(used) + 1)).astype(np.int64)
    elevation = np.append(hours.elevation[order], np.inf).astype(np.float32)
    edges = np.arange(int(90.0 / BIN_DEG) + 2) * BIN_DEG
    low = [np.searchsorted(elevation[first:last], edges, side="right") for first, last in pairwise(start)]
    return SortedHours(
        order, start, used % directions, used // directions, elevation, np.array(low, dtype=np.int16).reshape(len(used), len(edges))
    )


@dataclass(frozen=True)
class ClassTables:
    """
    Energy of classes, made once and read for any number of roofs.

    Attributes
    ----------
    hours : SortedHours
        Groups of hours.
    lit : array, shape (n_classes, sky levels, slots)
        Energy of a part of the year with nothing before the sun. [kWh/kWp]
    change : array, shape (n_classes, n_hours + n_groups, sky levels)
        Change of a group's energy when its lowest 0, 1, 2 … hours are without sun; single precision halves what a look-up
        reads. [kWh/kWp]
    """

    hours: SortedHours
    lit: Array
    change: Single


def class_tables(
    hours: SunHours, system: PvSystem, tilt: Array, azimuth: Array, *, directions: int, slot: Rows | None = None, slots: int = 1
) -> ClassTables:
    """
    Table the energy of classes of planes.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    system : PvSystem
        Module, mounting, inverter.
    tilt, azimuth : array, shape (n_classes,)
        Degrees.
    directions : int
        Of the horizons.
    slot : array of int, shape (n_hours,), optional
        Part of the year of each daylight hour.
    slots : int
        Number of parts.
    """
    ordered = sorted_hours(hours, directions, slot)
    groups = len(ordered.sector)
    counts = np.diff(ordered.start)
    first = np.repeat(ordered.start[:-1], counts + 1)
    place = np.arange(len(first)) - np.repeat(np.arange(groups), counts + 1)
    lit_sum = np.zeros((len(tilt), SKY_LEVELS, slots))
    change = np.zeros((len(tilt), len(first), SKY_LEVELS), dtype=np.float32)
    light = PlaneLight.on(hours, tilt, azimuth)
    for level, sky in enumerate(np.linspace(0.0, 1.0, SKY_LEVELS)):
        lit, dark = (light.power(hours, system, sky, lit=sun)[ordered.order].T for sun in (True, False))
        of_group = np.add.reduceat(lit, ordered.start[:-1], axis=1) if groups else np.zeros((len(tilt), 0))
        for number in range(slots):
            lit_sum[:, level, number] = of_group[:, ordered.slot == number].sum(axis=1)
        sums = np.concatenate([np.zeros((len(tilt), 1)), np.cumsum(dark - lit, axis=1)], axis=1)
        change[:, :, level] = sums[:, place] - sums[:, first]
    return ClassTables(ordered, lit_sum, change)


def annual_energy(
    hours: SunHours,
    system: PvSystem,
    entries: Entries,
    *,
    rows: int,
    slot: Rows | None = None,
    slots: int = 1,
    tables: ClassTables | None = None,
) -> Array:
    """
    Energy of each array in a year, or in each of several parts of it.

    Parameters
    ----------
    hours : SunHours
        Sun and weather.
    system : PvSystem
        Module, mounting, inverter.
    entries : Entries
        Classes, points and weights.
    rows : int
        Number of arrays.
    slot : array of int, shape (n_hours,), optional
        Part of the year of each daylight hour, for example its month.
    slots : int
        Number of parts.
    tables : ClassTables, optional
        Of the same classes and parts; made here where not given.

    Returns
    -------
    array, shape (rows, slots)
        kWh.
    """
    out = np.zeros((rows, slots))
    if tables is not None:
        _read_tables(entries, tables, out)
        return out
    count = entries.horizon.shape[1]
    # tables are made for some classes at a time, so that memory does not grow with their number
    batch = max(1, BATCH // (SKY_LEVELS * max(len(hours.hour), 1)))
    for first in range(0, len(entries.tilt), batch):
        mine = (entries.member >= first) & (entries.member < first + batch)
        if mine.any():
            some = _subset(entries, mine, slice(first, first + batch), first)
            _read_tables(some, class_tables(hours, system, some.tilt, some.azimuth, directions=count, slot=slot, slots=slots), out)
    return out


def _read_tables(entries: Entries, tables: ClassTables, out: Array) -> None:
    from ped_geo.solar._kernels import shaded_sums

    ordered = tables.hours
    shaded_sums(
        entries.member, entries.point, entries.weight, entries.row, entries.horizon, entries.sky, ordered.start, ordered.sector, ordered.slot,
        ordered.elevation, ordered.low, 1.0 / BIN_DEG, tables.lit, tables.change, out,
    )  # fmt: skip


def _subset(entries: Entries, mine: NDArray[np.bool_], classes: slice, first: int) -> Entries:
    return Entries(
        tilt=entries.tilt[classes],
        azimuth=entries.azimuth[classes],
        member=entries.member[mine] - first,
        point=entries.point[mine],
        row=entries.row[mine],
        weight=entries.weight[mine],
        sky=entries.sky[mine],
        horizon=entries.horizon,
    )


def block_power(hours: SunHours, system: PvSystem, entries: Entries, block: Rows, *, blocks: int) -> Single:
    """
    Hourly power of each block.

    Parameters
    ----------
    hours, system, entries
        As in `annual_energy`.
    block : array of int, shape (n_entries,)
        Block of each entry.
    blocks : int
        Number of blocks.

    Returns
    -------
    array, shape (blocks, 8760)
        kW, in single precision. Memory grows with blocks and classes, not with arrays times hours.

    Notes
    -----
    Power without sun is taken as a parabola over the sky view, and what the sun adds as a straight line over it, both through
    `SKIES`; so all that a block has of it is a sum over its classes. The sun is added as if nothing stood before it, and taken away
    where something does. A block's hours do not depend on the blocks beside it, to the last digit: each is summed alone, class by
    class.
    """
    import scipy.sparse

    from ped_geo.solar._kernels import take_sun

    out = np.zeros((blocks, hours.count), dtype=np.float32)
    if not len(entries.weight):
        return out
    ordered = sorted_hours(hours, entries.horizon.shape[1])
    tables = _sky_tables(hours, system, entries, ordered.order)
    classes = len(entries.tilt)
    key, number = np.unique(block * classes + entries.member, return_inverse=True)
    rows = np.searchsorted(key // classes, np.arange(blocks + 1))
    daylight = np.zeros((blocks, len(ordered.order)), dtype=np.float32)
    power = (tables.dark[0] + tables.sun[0], tables.dark[1] + tables.sun[1], tables.dark[2])
    for exponent, table in enumerate(power):
        summed = np.bincount(number, weights=entries.weight * entries.sky**exponent).astype(np.float32)
        daylight += scipy.sparse.csr_array((summed, key % classes, rows), shape=(blocks, classes)) @ table
    take_sun(
        np.argsort(block, kind="stable"), block, entries.member, entries.point, entries.weight, entries.sky, entries.horizon, ordered.start,
        ordered.sector, ordered.elevation, ordered.low, 1.0 / BIN_DEG, *tables.sun, daylight,
    )  # fmt: skip
    # the parabola over the sky view may pass below zero in the darkest hours
    out[:, hours.hour[ordered.order]] = np.maximum(daylight, 0.0)
    return out


class _SkyTables(NamedTuple):
    """
    Power of each class in each daylight hour by powers of the sky view, shape (n_classes, n_hours) each [kW/kWp].

    Attributes
    ----------
    dark : tuple of array
        Without sun: for the sky view to the power of 0, 1 and 2.
    sun : tuple of array
        What the sun adds: for the power of 0 and 1. It warms the module that the sky lights too.
    """

    dark: tuple[Single, Single, Single]
    sun: tuple[Single, Single]


def _sky_tables(hours: SunHours, system: PvSystem, entries: Entries, order: Rows) -> _SkyTables:
    """Parabola and line through the power under the skies of `SKIES`."""
    low, middle, high = SKIES
    light = PlaneLight.on(hours, entries.tilt, entries.azimuth)
    dark = [light.power(hours, system, view, lit=False)[order].T for view in SKIES]
    sun = [light.power(hours, system, view)[order].T - below for view, below in ((low, dark[0]), (high, dark[2]))]
    second = ((dark[2] - dark[1]) / (high - middle) - (dark[1] - dark[0]) / (middle - low)) / (high - low)
    first = (dark[2] - dark[0]) / (high - low) - second * (high + low)
    slope = (sun[1] - sun[0]) / (high - low)
    tables = (dark[1] - middle * first - middle**2 * second, first, second, sun[1] - high * slope, slope)
    single = [np.ascontiguousarray(table, dtype=np.float32) for table in tables]
    return _SkyTables((single[0], single[1], single[2]), (single[3], single[4]))


def reference_energy(hours: SunHours, system: PvSystem, tilt: float, azimuth: float, horizon: Array, sky: float) -> Array:
    """
    Power of one array hour by hour, the plain way: what the fast sums are tested against.

    Returns
    -------
    array, shape (n_hours,)
        kW per kWp, per daylight hour.
    """
    one, other = np.array([tilt]), np.array([azimuth])
    lit = plane_power(hours, system, one, other, sky_view=sky)[:, 0]
    dark = plane_power(hours, system, one, other, sky_view=sky, lit=False)[:, 0]
    return np.where(hours.elevation > horizon[sectors(hours.azimuth, len(horizon))], lit, dark)
