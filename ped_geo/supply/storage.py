"""Batteries and hot-water tanks under one plain rule: charge what is over, give what lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.errors import StudyError
from ped_geo.study import Study

__all__ = ["Store", "StoreYear", "battery", "run_store", "thermal_store"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Store:
    """
    A store of electricity or heat.

    Attributes
    ----------
    capacity_kwh : float
        Content when full [kWh].
    power_kw : float
        Most that goes in or out [kW].
    charge_efficiency, discharge_efficiency : float
        Share of what goes in that arrives, and of the content that comes out [-].
    loss_per_hour : float
        Share of the content lost each hour [1/h].

    Raises
    ------
    StudyError
        If a value lies outside its bounds.
    """

    capacity_kwh: float
    power_kw: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    loss_per_hour: float = 0.0

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)}, must be 0 or more" for name in ("capacity_kwh", "power_kw") if getattr(self, name) < 0
        ]
        problems += [
            f"{name} is {getattr(self, name)}, must be above 0 and at most 1"
            for name in ("charge_efficiency", "discharge_efficiency")
            if not 0 < getattr(self, name) <= 1
        ]
        if not 0 <= self.loss_per_hour < 1:
            problems.append(f"loss_per_hour is {self.loss_per_hour}, must be 0 or more and below 1")
        if problems:
            raise StudyError("a store cannot be built", problems)


@dataclass(frozen=True)
class StoreYear:
    """
    What a store does.

    Attributes
    ----------
    charge, discharge : ndarray, shape (hours,)
        Taken and given, outside the store [kW].
    content : ndarray, shape (hours,)
        At the end of each hour [kWh].
    start_kwh : float
        Content before the first hour [kWh].
    """

    charge: Floats
    discharge: Floats
    content: Floats
    start_kwh: float

    @property
    def losses_kwh(self) -> float:
        """Energy in less energy out less what the content has grown by. [kWh]."""
        return float(self.charge.sum() - self.discharge.sum() - (self.content[-1] - self.start_kwh))


def battery(capacity_kwh: float, study: Study) -> Store:
    """
    A battery of a given size with the study's efficiencies.

    Parameters
    ----------
    capacity_kwh : float
        [kWh]
    study : Study
        Gives the assumptions.

    Examples
    --------
    >>> battery(100.0, Study(name="x")).power_kw
    50.0
    """
    efficiency = study.assumed("supply.battery_efficiency")
    power = capacity_kwh * study.assumed("supply.battery_c_rate")
    return Store(capacity_kwh, power, efficiency, efficiency, study.assumed("supply.battery_self_discharge"))


def thermal_store(capacity_kwh: float, power_kw: float, study: Study) -> Store:
    """
    A hot-water tank: no loss in going in and out, a share of its content each hour.

    Parameters
    ----------
    capacity_kwh : float
        [kWh]
    power_kw : float
        Of its exchanger. [kW]
    study : Study
        Gives the assumptions.
    """
    return Store(capacity_kwh, power_kw, loss_per_hour=study.assumed("supply.storage_loss"))


def run_store(production: npt.ArrayLike | pd.Series, use: npt.ArrayLike | pd.Series, store: Store, *, steady: bool = True) -> StoreYear:
    """
    A year of a store between production and use.

    Parameters
    ----------
    production, use : array, shape (hours,)
        [kW]
    store : Store
        The store.
    steady : bool
        Whether the year starts with the content with which it ends, so that nothing comes from nowhere.

    Returns
    -------
    StoreYear
        Energy in = energy out + losses + growth of the content.

    Notes
    -----
    Rule: what production exceeds use by is stored up to power and capacity; what lacks is taken out. There is no foresight and
    no exchange with the grid through the store.

    Examples
    --------
    >>> year = run_store([4.0, 0.0], [0.0, 4.0], Store(10.0, 10.0, 0.5, 1.0), steady=False)
    >>> year.charge.tolist(), year.discharge.tolist(), year.losses_kwh
    ([4.0, 0.0], [0.0, 2.0], 2.0)
    """
    from ped_geo.supply._dispatch import dispatch

    surplus = np.ascontiguousarray(np.asarray(production, float) - np.asarray(use, float))
    settings = (store.capacity_kwh, store.power_kw, store.charge_efficiency, store.discharge_efficiency, store.loss_per_hour)
    start = 0.0
    charge, discharge, content = dispatch(surplus, *settings, start)
    if steady:
        start = float(content[-1])
        charge, discharge, content = dispatch(surplus, *settings, start)
    return StoreYear(charge, discharge, content, start)
