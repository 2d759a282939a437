"""Battery and heat storage by rule-based dispatch without foresight: every surplus is stored, every shortfall met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo.study import Study

__all__ = ["BatteryRun", "HeatStoreRun", "battery", "heat_store"]

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class BatteryRun:
    """
    A year of a battery.

    Attributes
    ----------
    charge, discharge : ndarray, shape (hours,)
        Power at the terminals. [kW]
    content : ndarray, shape (hours,)
        Energy stored at the end of each hour. [kWh]
    net : ndarray, shape (hours,)
        Load less production after the battery; import above zero. [kW]
    start_kwh : float
        Energy stored before the first hour. [kWh]
    """

    charge: Floats
    discharge: Floats
    content: Floats
    net: Floats
    start_kwh: float = 0.0

    @property
    def loss_kwh_a(self) -> float:
        """What is charged and comes back neither as discharge nor as content [kWh/a]."""
        return float(self.charge.sum() - self.discharge.sum() - (self.content[-1] - self.start_kwh))


def battery(net_kw: npt.ArrayLike, *, capacity_kwh: float, study: Study, start_kwh: float = 0.0) -> BatteryRun:
    """
    Dispatch of a battery: it charges from surplus and discharges into shortfall, at once and as far as it can.

    Parameters
    ----------
    net_kw : array_like, shape (hours,)
        Load less production. [kW]
    capacity_kwh : float
        Usable capacity. [kWh]
    study : Study
        Assumptions ``balance.battery_round_trip``, ``balance.battery_power_per_kwh``, ``balance.battery_self_discharge``.
    start_kwh : float
        Energy stored before the first hour; that of the last hour of a first run makes the year one of many alike. [kWh]

    Returns
    -------
    BatteryRun

    Examples
    --------
    >>> run = battery([-10.0, 5.0, 5.0], capacity_kwh=100, study=Study(name="x"))
    >>> run.charge.tolist(), run.discharge.round(2).tolist()
    ([10.0, 0.0, 0.0], [0.0, 5.0, 4.2])
    """
    from ped_geo.storage._kernel import battery_year

    net = np.ascontiguousarray(net_kw, dtype=float)
    each_way = float(np.sqrt(study.assumed("balance.battery_round_trip")))
    kept = 1 - study.assumed("balance.battery_self_discharge")
    power = capacity_kwh * study.assumed("balance.battery_power_per_kwh")
    charge, discharge, content = battery_year(net, float(capacity_kwh), power, each_way, each_way, kept, float(start_kwh))
    return BatteryRun(charge, discharge, content, net + charge - discharge, float(start_kwh))


@dataclass(frozen=True)
class HeatStoreRun:
    """
    A year of a heat pump with a store.

    Attributes
    ----------
    heat_pump : ndarray, shape (hours,)
        Electricity of the heat pump. [kW]
    content : ndarray, shape (hours,)
        Heat stored at the end of each hour. [kWh]
    net : ndarray, shape (hours,)
        Load less production after the shift; import above zero. [kW]
    """

    heat_pump: Floats
    content: Floats
    net: Floats


def heat_store(
    net_kw: npt.ArrayLike, heat_pump_kw: npt.ArrayLike, *, capacity_kwh: float, cop: float, study: Study, start_kwh: float = 0.0
) -> HeatStoreRun:
    """
    Shift of a heat pump into the hours of surplus: it runs ahead while there is surplus and rests while its store lasts.

    Parameters
    ----------
    net_kw : array_like, shape (hours,)
        Load, heat pump included, less production. [kW]
    heat_pump_kw : array_like, shape (hours,)
        Electricity of the heat pump without a store. [kW]
    capacity_kwh : float
        Heat the store holds. [kWh]
    cop : float
        Heat per unit of electricity, taken as constant. [-]
    study : Study
        Assumption ``balance.heat_store_loss``.
    start_kwh : float
        Heat stored before the first hour. [kWh]

    Returns
    -------
    HeatStoreRun
        The heat pump never exceeds its highest power without the store.
    """
    from ped_geo.storage._kernel import heat_store_year

    net = np.ascontiguousarray(net_kw, dtype=float)
    pump = np.ascontiguousarray(heat_pump_kw, dtype=float)
    kept = 1 - study.assumed("balance.heat_store_loss")
    power, content = heat_store_year(net, pump, float(pump.max(initial=0.0)), float(capacity_kwh), float(cop), kept, float(start_kwh))
    return HeatStoreRun(power, content, net + power - pump)
