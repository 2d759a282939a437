"""Figures of mobility in each group of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, fact, told
from ped_geo.figures.money import MILLION

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

KWH_PER_MWH = 1000.0

told("proximity", unit="min", digits=1, label=("Mean walk", "Średnie dojście"))


def _of_people(amounts: Amounts, name: str) -> pd.Series:
    """People by all residents; none where nobody lives."""
    return amounts[name] / amounts["residents"].where(amounts["residents"] > 0.0)


@fact("reach_all", unit="%", label=("Everything within 15 minutes", "Wszystko w 15 minut"), times=100.0)
def reach_all(amounts: Amounts) -> pd.Series:
    """Residents with all six kinds within 15 minutes on foot [-]."""
    return _of_people(amounts, "reach_people")


@fact("stop_near", unit="%", label=("Stop within 500 m", "Przystanek do 500 m"), times=100.0)
def stop_near(amounts: Amounts) -> pd.Series:
    """Residents with a stop within 500 m [-]."""
    return _of_people(amounts, "stop_people")


@fact("transport_ab", unit="%", label=("Public transport, classes A and B", "Transport publiczny, klasy A i B"), times=100.0)
def transport_ab(amounts: Amounts) -> pd.Series:
    """Residents in the classes A and B of public transport [-]."""
    return _of_people(amounts, "class_people")


@fact("cars", unit="", label=("Cars", "Samochody"), additive=True)
def cars(amounts: Amounts) -> pd.Series:
    """Cars of the residents."""
    return amounts["cars"]


@fact("stalls", unit="", label=("Mapped stalls", "Miejsca postojowe z mapy"), additive=True)
def stalls(amounts: Amounts) -> pd.Series:
    """Stalls of mapped car parks."""
    return amounts["stalls_mapped"]


@fact("charging_2030", unit="MWh/a", label=("Charging 2030", "Ładowanie 2030"), additive=True)
def charging_2030(amounts: Amounts) -> pd.Series:
    """Electricity of electric cars in 2030 [MWh/a]."""
    return amounts["charging_2030_mwh_a"]


@fact("charging_2035", unit="MWh/a", label=("Charging 2035", "Ładowanie 2035"), additive=True)
def charging_2035(amounts: Amounts) -> pd.Series:
    """Electricity of electric cars in 2035 [MWh/a]."""
    return amounts["charging_2035_mwh_a"]


@fact("charging_2050", unit="MWh/a", label=("Charging 2050", "Ładowanie 2050"), additive=True)
def charging_2050(amounts: Amounts) -> pd.Series:
    """Electricity of electric cars in 2050 [MWh/a]."""
    return amounts["charging_2050_mwh_a"]


@fact("charging_low", unit="MWh/a", label=("Charging 2050, low", "Ładowanie 2050, nisko"), additive=True)
def charging_low(amounts: Amounts) -> pd.Series:
    """The same on the slow path [MWh/a]."""
    return amounts["charging_2050_low_mwh_a"]


@fact("charging_high", unit="MWh/a", label=("Charging 2050, high", "Ładowanie 2050, wysoko"), additive=True)
def charging_high(amounts: Amounts) -> pd.Series:
    """The same on the fast path [MWh/a]."""
    return amounts["charging_2050_high_mwh_a"]


@fact("charging_peak", unit="kW", label=("Charging at once 2050", "Szczyt ładowania 2050"), additive=True)
def charging_peak(amounts: Amounts) -> pd.Series:
    """Power of charging at once in 2050, blocks added up [kW]."""
    return amounts["charging_peak_2050_kw"]


@fact("parking_kwp", unit="kWp", label=("PV over car parks", "PV nad parkingami"), additive=True)
def parking_kwp(amounts: Amounts) -> pd.Series:
    """Modules that fit over open car parks, whatever the variants ask for [kWp]."""
    return amounts["canopy_kwp"]


@fact("parking_yield", unit="MWh/a", label=("Yield over car parks", "Uzysk nad parkingami"), additive=True)
def parking_yield(amounts: Amounts) -> pd.Series:
    """Electricity of these modules [MWh/a]."""
    return amounts["canopy_mwh_a"]


@fact("parking_specific", unit="kWh/kWp", label=("Yield over car parks by power", "Uzysk nad parkingami z jednostki mocy"))
def parking_specific(amounts: Amounts) -> pd.Series:
    """Electricity of these modules by their power; none where none fit [kWh/kWp]."""
    return KWH_PER_MWH * amounts["canopy_mwh_a"] / amounts["canopy_kwp"].where(amounts["canopy_kwp"] > 0.0)


@fact("parking_price", unit=f"mln {CURRENCY}", digits=2, label=("Price over car parks", "Koszt nad parkingami"), per=MILLION, additive=True)
def parking_price(amounts: Amounts) -> pd.Series:
    """Price of these modules with their steel, before grants [money]."""
    return amounts["canopy_investment"]


def canopies_by_payer(car_parks: pd.DataFrame) -> pd.Series:
    """
    Power of modules over car parks by who would pay for them, the greatest first.

    Parameters
    ----------
    car_parks : DataFrame
        Layer ``car_parks``: ``canopy_kwp`` [kWp] and ``payer``.

    Returns
    -------
    Series
        Index of payers [kWp]; none whose power is zero.
    """
    power = car_parks["canopy_kwp"].groupby(car_parks["payer"]).sum().sort_index().sort_values(ascending=False, kind="stable")
    return power[power > 0.0]
