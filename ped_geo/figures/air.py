"""Figures of what goes into the air: by heated floor, and in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import figure

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

G_PER_KG, KG_PER_T = 1000.0, 1000.0


@figure("co2", unit="kg/(m²·a)", digits=1, label=("CO₂", "CO₂"))
def co2(amounts: Amounts) -> pd.Series:
    """Carbon dioxide by heated floor [kg/(m²·a)]."""
    return amounts.per_floor("co2_kg_a")


@figure("co2_total", unit="t/a", label=("CO₂", "CO₂"), per=KG_PER_T, additive=True)
def co2_in_all(amounts: Amounts) -> pd.Series:
    """Carbon dioxide [kg/a]."""
    return amounts["co2_kg_a"]


@figure("nox", unit="g/(m²·a)", digits=1, label=("NOx", "NOx"), times=G_PER_KG)
def nox(amounts: Amounts) -> pd.Series:
    """Nitrogen oxides by heated floor [kg/(m²·a)]."""
    return amounts.per_floor("nox_kg_a")


@figure("nox_total", unit="kg/a", label=("NOx", "NOx"))
def nox_in_all(amounts: Amounts) -> pd.Series:
    """Nitrogen oxides [kg/a]."""
    return amounts["nox_kg_a"]


@figure("pm10", unit="g/(m²·a)", digits=2, label=("PM10", "PM10"), times=G_PER_KG)
def pm10(amounts: Amounts) -> pd.Series:
    """Dust up to 10 µm by heated floor [kg/(m²·a)]."""
    return amounts.per_floor("pm10_kg_a")


@figure("pm10_total", unit="kg/a", label=("PM10", "PM10"))
def pm10_in_all(amounts: Amounts) -> pd.Series:
    """Dust up to 10 µm [kg/a]."""
    return amounts["pm10_kg_a"]


@figure("pm25", unit="g/(m²·a)", digits=2, label=("PM2.5", "PM2,5"), times=G_PER_KG)
def pm25(amounts: Amounts) -> pd.Series:
    """Dust up to 2.5 µm by heated floor [kg/(m²·a)]."""
    return amounts.per_floor("pm25_kg_a")


@figure("pm25_total", unit="kg/a", label=("PM2.5", "PM2,5"))
def pm25_in_all(amounts: Amounts) -> pd.Series:
    """Dust up to 2.5 µm [kg/a]."""
    return amounts["pm25_kg_a"]
