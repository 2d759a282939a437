"""Compiled loop of a store: what it takes and gives in every hour."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ped_geo._compiled import njit

__all__ = ["dispatch"]

Floats = npt.NDArray[np.float64]


@njit(cache=True)
def dispatch(
    surplus: Floats,
    capacity: float,
    power: float,
    charge_efficiency: float,
    discharge_efficiency: float,
    loss_per_hour: float,
    start: float,
) -> tuple[Floats, Floats, Floats]:
    """
    Charge what is over, give what lacks, hour by hour.

    The content first loses its hourly share; a surplus then charges it up to its power and capacity, a deficit empties it down
    to nothing. One pass, one state.

    Parameters
    ----------
    surplus : ndarray, shape (hours,)
        Production less use; negative where energy lacks [kW].
    capacity : float
        Content when full [kWh].
    power : float
        Most that goes in or out, outside the store [kW].
    charge_efficiency, discharge_efficiency : float
        Share of what goes in that arrives, and of the content that comes out [-].
    loss_per_hour : float
        Share of the content lost each hour [1/h].
    start : float
        Content before the first hour [kWh].

    Returns
    -------
    charge, discharge, content : ndarray, shape (hours,)
        Taken and given outside the store [kW]; content at the end of each hour [kWh].
    """
    hours = surplus.shape[0]
    charge = np.zeros(hours)
    discharge = np.zeros(hours)
    content = np.zeros(hours)
    state = start
    for hour in range(hours):
        state -= state * loss_per_hour
        if surplus[hour] > 0.0:
            room = (capacity - state) / charge_efficiency
            charge[hour] = max(min(surplus[hour], power, room), 0.0)
            state += charge[hour] * charge_efficiency
        else:
            discharge[hour] = min(-surplus[hour], power, state * discharge_efficiency)
            state -= discharge[hour] / discharge_efficiency
        content[hour] = state
    return charge, discharge, content
