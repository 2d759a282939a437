"""Figures of energy: space-heating demand, final and primary energy, balance, photovoltaics and the chance of a positive balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import PER_FLOOR, figure

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

KWH_PER_MWH = 1000.0


@figure("heat", unit=PER_FLOOR, digits=1, label=("Space-heating demand", "Energia użytkowa do ogrzewania"))
def heat(amounts: Amounts) -> pd.Series:
    """Useful heat by heated floor [kWh/(m²·a)]."""
    return amounts.per_floor("heat_need_kwh_a")


@figure("final", unit=PER_FLOOR, digits=1, label=("Final energy", "Energia końcowa"))
def final(amounts: Amounts) -> pd.Series:
    """Delivered energy and own use of photovoltaics by heated floor [kWh/(m²·a)]."""
    return amounts.per_floor("final_energy_kwh_a")


@figure("primary", unit=PER_FLOOR, digits=1, label=("Non-renewable primary energy", "Nieodnawialna energia pierwotna"))
def primary(amounts: Amounts) -> pd.Series:
    """Non-renewable primary energy by heated floor [kWh/(m²·a)]."""
    return amounts.per_floor("primary_energy_nren_kwh_a")


@figure("balance", unit=PER_FLOOR, digits=1, label=("Balance", "Bilans"), signed=True, band="balance_kwh_m2a")
def balance(amounts: Amounts) -> pd.Series:
    """Credit for exports less weight of what is used, by heated floor [kWh/(m²·a)]."""
    return amounts.per_floor("primary_energy_balance_kwh_a")


@figure("pv", unit="MWh/a", label=("PV", "PV"), per=KWH_PER_MWH, additive=True, band="pv_kwh_a")
def pv(amounts: Amounts) -> pd.Series:
    """Electricity of all modules [kWh/a]."""
    return amounts["pv_kwh_a"]


@figure("pv_m2", unit=PER_FLOOR, digits=1, label=("PV", "PV"))
def pv_by_floor(amounts: Amounts) -> pd.Series:
    """Electricity of all modules by heated floor [kWh/(m²·a)]."""
    return amounts.per_floor("pv_kwh_a")


@figure(
    "p_positive",
    unit="%",
    label=("Chance of a positive balance", "Prawdopodobieństwo dodatniego bilansu"),
    times=100.0,
    limits=(0.0, 20.0, 40.0, 60.0, 80.0, 100.0),
    chance=True,
)
def chance(amounts: Amounts) -> pd.Series:
    """Share of the draws in which the balance is not negative [-]; none where nothing is heated."""
    return amounts["p_positive"].where(amounts.floor_m2.notna())


@figure("missing_kwp", unit="kWp", label=("Modules that would close the gap", "Moduły, które zrównoważyłyby bilans"))
def missing_kwp(amounts: Amounts) -> pd.Series:
    """Power of new modules whose primary energy is what the balance lacks [kWp]; none where it lacks nothing or nothing is heated."""
    lacking = -amounts["primary_energy_balance_kwh_a"].where(amounts.floor_m2.notna())
    return lacking.where(lacking > 0.0) / amounts["primary_per_kwp"]


@figure("missing_m2", unit="m²", label=("Area of modules that would close the gap", "Powierzchnia modułów, które zrównoważyłyby bilans"))
def missing_area(amounts: Amounts) -> pd.Series:
    """Area of those modules [m²]."""
    return missing_kwp(amounts) * amounts["module_m2_per_kwp"]
