"""Space heating and summer by the hour after EN ISO 52016-1: all buildings and packages at once, kept as block sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from ped_geo.demand.elements import rooms_of
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.hourly import HourlyNeed, check_weather, drivers_of, groups_of, hours_of, set_points
from ped_geo.demand.occupancy import by_schedule, gains_share, presence
from ped_geo.demand.rooms import Rooms, room_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["RoomYears", "run_rooms", "simulate_rooms"]

GAINS: Final = 17
"""Column of the drivers for inner gains."""


@dataclass(frozen=True)
class RoomYears:
    """
    Years of n rooms.

    Attributes
    ----------
    annual : array, shape (8, n)
        Heating and cooling [Wh], greatest heating [W], hours [h] and degree hours [Kh] above two limits of comfort, greatest operative
        temperature [°C].
    air, operative, power : array, shape (hours, n) or (0, 0)
        Air and operative temperature [°C], heating less cooling [W] of each hour, where they were asked for.
    """

    annual: NDArray[np.float64]
    air: NDArray[np.float64]
    operative: NDArray[np.float64]
    power: NDArray[np.float64]


def run_rooms(
    rooms: Rooms,
    drivers: NDArray[np.float64],
    *,
    warm_up: int,
    factor: NDArray[np.float64] | None = None,
    groups: NDArray[np.int64] | None = None,
    sums: NDArray[np.float32] | None = None,
    keep: bool = False,
    precision: Literal["double", "single"] = "double",
) -> RoomYears:
    """
    Run rooms through a year that is preceded by its own last hours.

    Parameters
    ----------
    rooms : Rooms
        The rooms.
    drivers : array, shape (hours, 18)
        What all see; columns ``ped_geo.demand._iso52016_kernel.DRIVERS``.
    warm_up : int
        Hours of the year's end that go first.
    factor : array, shape (n,), optional
        That the heating counts with in `sums`.
    groups : array of int, shape (n,), optional
        Row of `sums` of each room, -1 for none.
    sums : array, shape (groups, hours), optional
        Heating is added [W].
    keep : bool
        Whether temperatures and power of each hour are wanted.
    precision : {"double", "single"}
        Of the calculation.

    Returns
    -------
    RoomYears
    """
    from ped_geo.demand._iso52016_kernel import COLUMNS, room_years

    count, hours = len(rooms.gains), len(drivers)
    dtype: type[np.floating] = np.float64 if precision == "double" else np.float32
    annual = np.zeros((len(COLUMNS), count))
    kept = np.zeros((3, hours, count) if keep else (3, 0, 0), dtype)
    if count:
        warm_up = min(warm_up, hours)
        whole = np.concatenate([drivers[hours - warm_up :], drivers]).astype(dtype)
        rows = room_rows(rooms, np.ones(count) if factor is None else factor).astype(dtype)
        group = np.full(count, -1, dtype=np.int64) if groups is None else groups
        target = np.zeros((0, hours), dtype=np.float32) if sums is None else sums
        room_years(rows, whole, warm_up, group, rooms.heat_to.astype(dtype), target, annual, kept)
    return RoomYears(annual, *kept)


def simulate_rooms(
    elements: pd.DataFrame,
    block_ids: pd.Series,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    study: Study,
    *,
    factors: pd.Series | None = None,
    precision: Literal["double", "single"] = "double",
    tz: str = "Europe/Warsaw",
) -> HourlyNeed:
    """
    The method of EN ISO 52016-1 on elements; takes and gives what `ped_geo.demand.hourly.simulate` takes and gives.

    Parameters
    ----------
    elements : DataFrame, index (building_id, package)
        `ped_geo.demand.elements.element_table`.
    block_ids, weather, irradiance, study, factors, precision, tz
        As for `ped_geo.demand.hourly.simulate`.

    Returns
    -------
    HourlyNeed

    Notes
    -----
    Days, set-points and nights are those of the simple method, so that a difference between the two is one of the building's physics;
    inner gains follow the hours of each use (`ped_geo.demand.occupancy`), and are even in homes.
    Heat recovery is bypassed on days without heating. Glass lets the share of the sun in that 6.5.13.2 and annex B allow for, the factor
    of incidence of TABULA.
    """
    check_weather(weather, irradiance)
    heated = elements["reference_area_m2"].to_numpy() > 0
    factor = np.ones(len(elements)) if factors is None else factors.to_numpy(dtype=float)
    groups, labels = groups_of(elements.index, block_ids)
    order = np.flatnonzero(heated)
    order = order[np.argsort(groups[order], kind="stable")]
    sums = np.zeros((len(labels), len(weather)), dtype=np.float32)
    whole = np.zeros((3, len(elements)))
    drivers, local = _drivers(drivers_of(weather, irradiance, study, tz)), pd.DatetimeIndex(weather.index).tz_convert(tz)
    for use, mine in by_schedule(elements["use"].iloc[order], study).items():
        rows = order[mine]
        chosen = elements.iloc[rows]
        drivers[:, GAINS] = gains_share(use, presence(use, local, study), study)
        years = run_rooms(
            rooms_of(chosen, set_points(chosen, weather, study), study),
            drivers,
            warm_up=int(study.assumed("demand.warm_up")),
            factor=factor[rows],
            groups=groups[rows],
            sums=sums,
            precision=precision,
        )
        whole[:, rows] = years.annual[:3] / 1000.0
    whole[[0, 2]] *= factor
    annual = pd.DataFrame({"heat_need_kwh_a": whole[0], "cooling_need_kwh_a": whole[1], "heat_peak_kw": whole[2]}, index=elements.index)
    return HourlyNeed(hours_of(sums, labels, weather.index), annual)


def _drivers(simple: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of the compiled year out of those of the simple method: outdoor temperature, sun, change of the set-point, heating."""
    outdoor, change, on = simple[:, :1], simple[:, 6:7], simple[:, 7:8]
    sun = simple[:, 1 : 1 + len(APERTURES)]
    always, never = np.ones_like(outdoor), np.full_like(outdoor, 1e6)
    return np.hstack([outdoor, sun, sun, change, on, always, 1.0 - on, never, never, always])
