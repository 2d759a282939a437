"""
What a heat supply is: one frozen object per file of this package.

A supply turns useful heat and hot water into what is bought and what the surroundings give. Burners and substations have a
constant expenditure (TABULA's delivered over produced heat); heat pumps have a performance that follows source and flow
temperature hour by hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import assumptions
from ped_geo._registry import Registry
from ped_geo.flows import CARRIERS
from ped_geo.study import Study

__all__ = ["CARRIERS", "SUPPLIES", "USES", "HeatPump", "HeatSupply", "system"]

Floats = npt.NDArray[np.float64]

USES: Final = ("heating", "hot_water")


@dataclass(frozen=True)
class HeatPump:
    """
    Performance of a heat pump and the temperature of its source.

    Attributes
    ----------
    cop : callable
        (source [°C], flow [°C], study) → coefficient of performance [-], on arrays that broadcast.
    source_c : callable
        (weather, study) → temperature of the source, hour by hour [°C], shape (hours,).
    central : bool
        Whether it feeds a network, with the network's flow temperature, losses and pumps, instead of one building.
    """

    cop: Callable[[Floats, Floats, Study], Floats]
    source_c: Callable[[pd.DataFrame, Study], Floats]
    central: bool = False


@dataclass(frozen=True)
class HeatSupply:
    """
    One way to supply heat and hot water.

    Attributes
    ----------
    key : str
        Name; the words for people stand in the catalogue as ``variant.supply.<key>``.
    carrier : str
        What is bought; empty where the supply of today says.
    source : str
        Where the numbers come from.
    heat_pump : HeatPump, optional
        Performance where heat is raised from a source.
    solar_share : str
        Key of the share of hot water that the sun makes, empty for none.
    price : str
        Key of the investment per heat output in the assumptions, empty where nothing is built.
    lifetime : str
        Key of its life in the assumptions.
    renewable : bool
        Whether the renewables grant covers it.
    network_price : str
        Key of what the heat company invests in its plant per heat output of new sources, empty where it invests nothing.
    """

    key: str
    carrier: str
    source: str
    heat_pump: HeatPump | None = None
    solar_share: str = ""
    price: str = ""
    lifetime: str = ""
    renewable: bool = False
    network_price: str = ""


SUPPLIES: Registry[HeatSupply] = Registry("ped_geo.supply", "heat supply")


@cache
def _systems() -> Mapping[tuple[str, str], Mapping[str, float]]:
    rows = assumptions.table("heating_systems").to_dict("records")
    return {
        (str(row["supply"]), str(row["use"])): {name: float(row[name]) for name in ("expenditure", "low", "high", "auxiliary_kwh_m2a")}
        for row in rows
    }


def system(supply: str, use: str) -> Mapping[str, float]:
    """
    Numbers of ``tables/heating_systems.csv`` for one supply and use.

    Returns
    -------
    mapping
        ``expenditure`` with ``low`` and ``high`` [-], ``auxiliary_kwh_m2a`` [kWh/(m²a)].

    Examples
    --------
    >>> system("district_heat", "heating")["expenditure"]
    1.01
    """
    return _systems()[supply, use]
