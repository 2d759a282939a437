"""
Storage hour by hour, compiled.

The idea: greedy and blind to the future. A surplus is stored as far as power and room allow, a shortfall is met from what is
stored as far as power and content allow. Every hour depends on the one before, so it is a loop; compiled, a year takes
some tens of microseconds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ped_geo._compiled import njit

__all__ = ["battery_year", "heat_store_year"]

Floats = npt.NDArray[np.float64]


@njit(cache=True)
def battery_year(
    net: Floats, capacity: float, power: float, charging: float, discharging: float, kept: float, start: float
) -> tuple[Floats, Floats, Floats]:
    """Charge, discharge (at the terminals, kW) and content (kWh) of a battery; `net` is load less production, kW."""
    hours = net.size
    charge, discharge, content = np.zeros(hours), np.zeros(hours), np.zeros(hours)
    stored = start
    for hour in range(hours):
        stored *= kept
        if net[hour] < 0:
            charge[hour] = min(-net[hour], power, (capacity - stored) / charging)
            stored += charge[hour] * charging
        elif net[hour] > 0:
            discharge[hour] = min(net[hour], power, stored * discharging)
            stored -= discharge[hour] / discharging
        content[hour] = stored
    return charge, discharge, content


@njit(cache=True)
def heat_store_year(net: Floats, pump: Floats, top: float, capacity: float, cop: float, kept: float, start: float) -> tuple[Floats, Floats]:
    """Electricity of a heat pump (kW) with a store for its heat, and the content (kWh); `net` is load less production, kW."""
    hours = net.size
    power, content = pump.copy(), np.zeros(hours)
    stored = start
    for hour in range(hours):
        stored *= kept
        if net[hour] < 0:
            extra = max(min(-net[hour], top - pump[hour], (capacity - stored) / cop), 0.0)
            power[hour] += extra
            stored += extra * cop
        elif net[hour] > 0:
            saved = min(net[hour], pump[hour], stored / cop)
            power[hour] -= saved
            stored -= saved * cop
        content[hour] = stored
    return power, content
