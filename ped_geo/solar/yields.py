"""Energy of many shaded arrays at once: per array and month from prefix grids, per block and hour from sorted hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.solar.model import PvSystem, SunHours, plane_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ClassGrids", "Entries", "annual_energy", "block_power", "class_grids", "reference_energy"]

SKY_LEVELS = 8
LOWEST_SKY = 0.3
STEP_DEG = 0.5
HIGHEST_DEG = 65.0


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


def sectors(azimuth: Array, count: int) -> NDArray[np.int64]:
    """Nearest of `count` directions, from north over east."""
    return np.round(azimuth / (360.0 / count)).astype(np.int64) % count


def _levels() -> Array:
    return np.linspace(LOWEST_SKY, 1.0, SKY_LEVELS)


def _prefix_grids(hours: SunHours, system: PvSystem, entries: Entries, group: NDArray[np.int64], groups: int) -> Array:
    """Energy per kWp of each class, sky level and group of hours, by how high the horizon stands; shape (c, levels, groups, steps)."""
    steps = int(HIGHEST_DEG / STEP_DEG) + 1
    grid = np.zeros((len(entries.tilt), SKY_LEVELS, groups, steps))
    order = np.lexsort((hours.elevation, group))
    edges = np.arange(steps) * STEP_DEG
    sorted_group = group[order]
    start = np.searchsorted(sorted_group, np.arange(groups))
    stop = np.searchsorted(sorted_group, np.arange(groups), side="right")
    # first hour of each group whose sun stands above each step
    above = np.stack([start[g] + np.searchsorted(hours.elevation[order][start[g] : stop[g]], edges, side="right") for g in range(groups)])
    for level, sky in enumerate(_levels()):
        lit = plane_power(hours, system, entries.tilt, entries.azimuth, sky_view=sky)[order].T
        dark = plane_power(hours, system, entries.tilt, entries.azimuth, sky_view=sky, lit=False)[order].T
        lit_sum = np.concatenate([np.zeros((len(lit), 1)), np.cumsum(lit, axis=1)], axis=1)
        dark_sum = np.concatenate([np.zeros((len(lit), 1)), np.cumsum(dark, axis=1)], axis=1)
        grid[:, level] = lit_sum[:, stop][:, :, None] - lit_sum[:, above] + dark_sum[:, above] - dark_sum[:, start][:, :, None]
    return grid


@dataclass(frozen=True)
class ClassGrids:
    """
    Energy of classes by how high the horizon stands, made once and read for any number of roofs.

    Attributes
    ----------
    grid : array, shape (n_classes, sky levels, n_groups, steps)
        kWh per kWp.
    sector, slot : array of int, shape (n_groups,)
        Direction and part of the year of each group of hours.
    """

    grid: NDArray[np.float32]
    sector: NDArray[np.int64]
    slot: NDArray[np.int64]


def class_grids(hours: SunHours, system: PvSystem, entries: Entries, *, slot: NDArray[np.int64] | None = None) -> ClassGrids:
    """
    Grids of the classes of `entries`.

    Parameters
    ----------
    hours, system, entries
        As in `annual_energy`.
    slot : array of int, shape (n_hours,), optional
        Part of the year of each daylight hour.
    """
    count = entries.horizon.shape[1]
    part = np.zeros(len(hours.hour), dtype=np.int64) if slot is None else slot
    used, group = np.unique(part * count + sectors(hours.azimuth, count), return_inverse=True)
    # single precision halves what a look-up reads; the sums behind it were double
    grid = _prefix_grids(hours, system, entries, group.ravel(), len(used)).astype(np.float32)
    return ClassGrids(grid, used % count, used // count)


def annual_energy(
    hours: SunHours,
    system: PvSystem,
    entries: Entries,
    *,
    rows: int,
    slot: NDArray[np.int64] | None = None,
    slots: int = 1,
    grids: ClassGrids | None = None,
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
    grids : ClassGrids, optional
        Of the same classes and parts; made here where not given.

    Returns
    -------
    array, shape (rows, slots)
        kWh.
    """
    from ped_geo.solar._kernels import prefix_sums

    out = np.zeros((rows, slots))
    if grids is not None:
        _read_grids(prefix_sums, entries, grids, out)
        return out
    # grids are made for some classes at a time, so that memory does not grow with their number
    groups = 12 * slots + entries.horizon.shape[1]
    batch = max(1, int(2e7 / (SKY_LEVELS * groups * (HIGHEST_DEG / STEP_DEG + 1))))
    for first in range(0, len(entries.tilt), batch):
        mine = (entries.member >= first) & (entries.member < first + batch)
        if mine.any():
            some = _subset(entries, mine, slice(first, first + batch), first)
            _read_grids(prefix_sums, some, class_grids(hours, system, some, slot=slot), out)
    return out


def _read_grids(prefix_sums: Callable[..., None], entries: Entries, grids: ClassGrids, out: Array) -> None:
    prefix_sums(
        entries.member, entries.point, entries.weight, entries.row, entries.horizon, entries.sky, grids.sector, grids.slot, grids.grid, STEP_DEG,
        LOWEST_SKY, out,
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


def block_power(hours: SunHours, system: PvSystem, entries: Entries, block: NDArray[np.int64], *, blocks: int) -> Array:
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
        kW. Memory grows with blocks and classes, not with arrays times hours.
    """
    from ped_geo.solar._kernels import block_hours

    count = entries.horizon.shape[1]
    sector = sectors(hours.azimuth, count)
    order = np.lexsort((hours.elevation, sector))
    start = np.searchsorted(sector[order], np.arange(count + 1)).astype(np.int64)
    mean_sky = float(np.average(entries.sky, weights=entries.weight)) if len(entries.sky) else 1.0
    lit, slope, base = _linear_tables(hours, system, entries, mean_sky, order)
    key = entries.member * blocks + block
    by_group = np.argsort(key, kind="stable")
    groups, first = np.unique(key[by_group], return_index=True)
    bounds = np.r_[first, len(key)].astype(np.int64)
    # blocks times hours is what fills memory here: single precision
    daylight = np.zeros((blocks, len(order)), dtype=np.float32)
    block_hours(
        by_group, bounds, groups // blocks, groups % blocks, entries.point, entries.weight, entries.sky, entries.horizon, start,
        hours.elevation[order], lit, slope, base, daylight,
    )  # fmt: skip
    out = np.zeros((blocks, hours.count), dtype=np.float32)
    # the straight line over the sky view may pass below zero in the darkest hours
    out[:, hours.hour[order]] = np.maximum(daylight, 0.0)
    return out


def _linear_tables(hours: SunHours, system: PvSystem, entries: Entries, sky: float, order: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Power lit minus unlit, its slope over the sky view, and unlit power without sky, of each class; around the mean sky view."""
    half = 0.05
    low, high = max(sky - half, 0.0), min(sky + half, 1.0)
    dark_low, dark_high = (
        plane_power(hours, system, entries.tilt, entries.azimuth, sky_view=view, lit=False)[order].T for view in (low, high)
    )
    slope = (dark_high - dark_low) / (high - low)
    lit = plane_power(hours, system, entries.tilt, entries.azimuth, sky_view=sky)[order].T
    dark = plane_power(hours, system, entries.tilt, entries.azimuth, sky_view=sky, lit=False)[order].T
    single = [np.ascontiguousarray(table, dtype=np.float32) for table in (lit - dark, slope, dark - sky * slope)]
    return single[0], single[1], single[2]


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
