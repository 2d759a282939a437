"""Figures of what stands in a group of blocks, whatever the variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import fact
from ped_geo.figures.energy import KWH_PER_MWH

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

M2_PER_KM2 = 1e6


@fact("area", unit="m²", label=("Heated floor", "Powierzchnia ogrzewana"), additive=True)
def area(amounts: Amounts) -> pd.Series:
    """Heated floor [m²]."""
    return amounts["reference_area_m2"]


@fact("residents", unit="", label=("Residents", "Mieszkańcy"), additive=True)
def residents(amounts: Amounts) -> pd.Series:
    """People who live there."""
    return amounts["residents"]


@fact("residents_low", unit="", label=("Residents at least", "Mieszkańcy co najmniej"), additive=True)
def residents_low(amounts: Amounts) -> pd.Series:
    """People who live there if flats are large, households small and many dwellings empty."""
    return amounts["residents_low"]


@fact("residents_high", unit="", label=("Residents at most", "Mieszkańcy co najwyżej"), additive=True)
def residents_high(amounts: Amounts) -> pd.Series:
    """People who live there if flats are small, households large and few dwellings empty."""
    return amounts["residents_high"]


@fact("buildings", unit="", label=("Buildings", "Budynki"), additive=True)
def buildings(amounts: Amounts) -> pd.Series:
    """Buildings."""
    return amounts["buildings"]


@fact("block_count", unit="", label=("Blocks", "Kwartały"), additive=True)
def block_count(amounts: Amounts) -> pd.Series:
    """Blocks."""
    return amounts["block_count"]


@fact("kwp", unit="kWp", digits=1, label=("PV that fits on the roofs", "PV mieszcząca się na dachach"), additive=True)
def kwp(amounts: Amounts) -> pd.Series:
    """Power of all new modules that fit on the roofs [kWp]."""
    return amounts["capacity_kwp"]


@fact("roof_pv", unit="MWh/a", label=("Yield of the roofs", "Uzysk z dachów"), per=KWH_PER_MWH, additive=True)
def roof_pv(amounts: Amounts) -> pd.Series:
    """Electricity of all new modules that fit on the roofs [kWh/a]."""
    return amounts["annual_yield_kwh_a"]


@fact("roof_pv_kwh", unit="kWh/a", label=("Yield of the roofs", "Uzysk z dachów"), additive=True)
def roof_pv_kwh(amounts: Amounts) -> pd.Series:
    """The same, as layers hold it [kWh/a]."""
    return amounts["annual_yield_kwh_a"]


@fact("land", unit="km²", digits=2, label=("Area", "Powierzchnia"), per=M2_PER_KM2, additive=True)
def land(amounts: Amounts) -> pd.Series:
    """Area of the blocks [m²]."""
    return amounts["area_m2"]
