"""Cars of the residents: how many drive on electricity in each year, what fuel and power they take, and the CO₂ of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.flows import CARRIERS
from ped_geo.roadmap.draws import Draws
from ped_geo.roadmap.parts import shapley
from ped_geo.roadmap.programmes import MAIN, Programme, fixed_programmes
from ped_geo.roadmap.years import TODAY, YEARS, YearFactors
from ped_geo.study import Study

__all__ = ["CARS", "CAR_CAUSES", "Cars", "cars_of", "cars_table"]

Floats = npt.NDArray[np.float64]
CARS = "cars"
CAR_CAUSES = ("grid", "mobility")
KG_PER_T = 1000.0
KWH_PER_MWH = 1000.0
ELECTRICITY = CARRIERS.index("electricity")


@dataclass(frozen=True)
class Cars:
    """
    Cars of a place under one scenario.

    Attributes
    ----------
    count : float
        Cars, the same in all years.
    share : ndarray, shape (years,)
        Part of them that drives on electricity, in the central draw. [-]
    fuel, electricity : ndarray, shape (years,)
        Energy of the central draw; electricity without what the need of buildings holds already. [kWh/a]
    fuel_co2 : float
        CO₂ of the fuel. [kg/kWh]
    emissions : ndarray, shape (draws, years)
        CO₂ of both. [t/a]
    falls : dict of str to ndarray, shape (years,)
        Fall of the central emissions against the base year by the cleaner grid and by mobility. [t/a]
    """

    count: float
    share: Floats
    fuel: Floats
    electricity: Floats
    fuel_co2: float
    emissions: Floats
    falls: dict[str, Floats]


def _shares(programme: Programme, shift: Floats) -> Floats:
    """
    Part of the cars that drives on electricity in each draw and year; a draw moves the whole curve by years.

    Up to today all scenarios share the central path: what has been does not depend on what is planned.
    """
    path = programme.paces[CARS].ceiling(YEARS[None, :] - shift[:, None])
    been = fixed_programmes()[MAIN].paces[CARS].ceiling(YEARS)
    return np.maximum.accumulate(np.where(YEARS <= TODAY, been, path), axis=1)


def cars_of(residents: float, programme: Programme, draws: Draws, co2: Floats, factors: YearFactors, study: Study) -> Cars:
    """
    Cars of the residents of a place.

    Parameters
    ----------
    residents : float
        People who live there.
    programme : Programme
        Scenario, whose pace ``cars`` is the S-curve of electric cars.
    draws : Draws
        Cars per resident, and years by which the curve is moved.
    co2 : ndarray, shape (draws, years, carriers)
        Factors of every draw. [kg/kWh]
    factors : YearFactors
        Central factors.
    study : Study
        Distance, consumption and fuel; ``demand.electric_cars_share``, which the need of buildings holds already.

    Notes
    -----
    The fall is that of the cars alone. Emissions of buildings and cars add up, and so do their Shapley parts.
    """
    count = residents * draws.cars_per_resident
    held = study.demand.electric_cars_share
    share = np.maximum(_shares(programme, draws.cars_shift), held)
    per_car = study.assumed("roadmap.car_distance") * study.assumed("roadmap.car_fuel_co2")
    charged = study.assumed("demand.ev_kwh_per_year")
    burnt, power = count[:, None] * (1.0 - share) * per_car, count[:, None] * (share - held) * charged

    def emissions(on: frozenset[str]) -> Floats:
        grid = factors.co2[:, ELECTRICITY] if "grid" in on else np.full(len(YEARS), factors.co2[0, ELECTRICITY])
        fuel, electricity = (table[0] if "mobility" in on else np.full(len(YEARS), table[0, 0]) for table in (burnt, power))
        return np.asarray((fuel + electricity * grid) / KG_PER_T)

    return Cars(
        float(count[0]),
        share[0],
        burnt[0] / study.assumed("roadmap.motor_fuel_co2"),
        power[0],
        study.assumed("roadmap.motor_fuel_co2"),
        (burnt + power * co2[:, :, ELECTRICITY]) / KG_PER_T,
        shapley(emissions, CAR_CAUSES),
    )


def cars_table(
    cars: Cars, programme: Programme, buildings: Floats, balance: Floats, factors: YearFactors, *, counted: bool
) -> pd.DataFrame:
    """
    Layer ``roadmap_cars``: one row a year.

    Parameters
    ----------
    cars : Cars
        Cars of a place under the scenario.
    programme : Programme
        Scenario.
    buildings : ndarray, shape (draws, years)
        CO₂ of the buildings in the same draws, to which that of the cars is added. [t/a]
    balance : ndarray, shape (years,)
        Primary energy balance of the buildings, from which that of charging is taken. [kWh/a]
    factors : YearFactors
        Central factors.
    counted : bool
        Whether targets count them.

    Notes
    -----
    Charging is weighed as electricity from the grid: cars charge in the evening, and what modules made at noon has been credited as
    export by then.
    """
    together = cars.emissions + buildings
    charging = cars.electricity * factors.nren[:, ELECTRICITY]
    (low, high), (all_low, all_high) = (np.percentile(draws, [10.0, 90.0], axis=0) for draws in (cars.emissions, together))
    table = pd.DataFrame(
        {
            "scenario": programme.key,
            "year": YEARS.astype("int64"),
            "cars": cars.count,
            "electric_share": cars.share,
            "fuel_mwh_a": cars.fuel / KWH_PER_MWH,
            "electricity_mwh_a": cars.electricity / KWH_PER_MWH,
            "co2_t_a": cars.emissions[0],
            "co2_low_t_a": low,
            "co2_high_t_a": high,
            **{f"fall_{cause}_t_a": part for cause, part in cars.falls.items()},
            "together_co2_t_a": together[0],
            "together_co2_low_t_a": all_low,
            "together_co2_high_t_a": all_high,
            "charging_primary_mwh_a": charging / KWH_PER_MWH,
            "buildings_balance_mwh_a": balance / KWH_PER_MWH,
            "together_balance_mwh_a": (balance - charging) / KWH_PER_MWH,
            "counted": counted,
        }
    )
    table.index = pd.Index(table["scenario"] + "/" + table["year"].astype("str"), name="entry", dtype="str")
    return table
