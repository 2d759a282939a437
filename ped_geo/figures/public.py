"""Figures of public buildings and of street lighting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.balance import factor_set
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures import CURRENCY, PER_FLOOR, fact, place_figure, told
from ped_geo.figures.energy import KWH_PER_MWH

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts, Layers
    from ped_geo.study import Study

NAN = float("nan")

told("priority", unit="", digits=1, label=("Priority", "Priorytet"))
told("asking_step", unit="", label=("Step", "Stopień"))
told("lighting", unit="MWh/a", digits=1, label=("Street lighting", "Oświetlenie ulic"))
told("duty_floor", unit="m²", label=("Floor to be renovated", "Powierzchnia do renowacji"))
told("duty_energy", unit="MWh/a", label=("Energy to be saved", "Energia do zaoszczędzenia"))
told("duty_solar", unit="kWp", label=("Modules on them", "Moduły na nich"))


def _sum(layers: Layers, layer: str, column: str) -> float:
    table = layers.get(layer)
    return NAN if table is None else float(table[column].sum())


@place_figure("public_count", unit="", label=("Public buildings", "Budynki publiczne"))
def public_count(layers: Layers, study: Study) -> float:
    """Heated public buildings."""
    del study
    table = layers.get("public_buildings")
    return NAN if table is None else float(len(table))


@place_figure("public_guessed", unit="", label=("Public by their use alone", "Publiczne tylko z funkcji"))
def public_guessed(layers: Layers, study: Study) -> float:
    """Public buildings for which the use alone speaks."""
    del study
    table = layers.get("public_buildings")
    return NAN if table is None else float(table["public_source"].str.startswith("inferred").sum())


@place_figure("public_audit", unit="", label=("First to audit", "Audyt najpierw"))
def public_audit(layers: Layers, study: Study) -> float:
    """Public buildings above the usual range."""
    del study
    return _sum(layers, "public_buildings", "audit_first")


@place_figure("public_floor", unit="m²", label=("Public floor", "Powierzchnia publiczna"))
def public_floor(layers: Layers, study: Study) -> float:
    """Heated floor of public buildings [m²]."""
    del study
    return _sum(layers, "public_buildings", "reference_area_m2")


@place_figure("public_heat", unit="MWh/a", label=("Heat of public buildings", "Ciepło budynków publicznych"), per=KWH_PER_MWH)
def public_heat(layers: Layers, study: Study) -> float:
    """Final energy for heat of public buildings [kWh/a]."""
    del study
    return _sum(layers, "public_buildings", "heat_final_kwh_a")


@place_figure(
    "public_power", unit="MWh/a", label=("Electricity of public buildings", "Energia elektryczna budynków publicznych"), per=KWH_PER_MWH
)
def public_power(layers: Layers, study: Study) -> float:
    """Other electricity of public buildings [kWh/a]."""
    del study
    return _sum(layers, "public_buildings", "electricity_kwh_a")


@place_figure("public_kwp", unit="kWp", label=("PV on public roofs", "PV na dachach publicznych"))
def public_kwp(layers: Layers, study: Study) -> float:
    """Modules that fit on public roofs [kWp]."""
    del study
    return _sum(layers, "public_buildings", "pv_kwp")


def _share_of_yield(layers: Layers, column: str) -> float:
    table = layers.get("public_buildings")
    if table is None:
        return NAN
    made = table["pv_kwh_a"].where(table[column].notna(), 0.0)
    return float((table[column] * made).sum() / made.sum()) if float(made.sum()) > 0.0 else NAN


@place_figure("public_own_use", unit="%", label=("Own use of public PV", "Zużycie własne PV publicznej"), times=100.0)
def public_own_use(layers: Layers, study: Study) -> float:
    """Share of the yield of public roofs that their buildings use [-]."""
    del study
    return _share_of_yield(layers, "own_use_share")


@place_figure("public_shared_use", unit="%", label=("Use with the flats around", "Zużycie z mieszkaniami obok"), times=100.0)
def public_shared_use(layers: Layers, study: Study) -> float:
    """Share of the yield of public roofs that their blocks use [-]."""
    del study
    return _share_of_yield(layers, "community_use_share")


@fact("luminaires", unit="", label=("Luminaires", "Oprawy"), additive=True)
def luminaires(amounts: Amounts) -> pd.Series:
    """Luminaires of street lighting."""
    return amounts["luminaires"]


@fact("lighting_today", unit="MWh/a", digits=1, label=("Lighting today", "Oświetlenie dziś"), additive=True)
def lighting_today(amounts: Amounts) -> pd.Series:
    """Electricity of street lighting [MWh/a]."""
    return amounts["energy_today_mwh_a"]


@fact("lighting_led", unit="MWh/a", digits=1, label=("Lighting, all LED", "Oświetlenie, same LED"), additive=True)
def lighting_led(amounts: Amounts) -> pd.Series:
    """The same if all were LED [MWh/a]."""
    return amounts["energy_led_mwh_a"]


@fact("lighting_dimmed", unit="MWh/a", digits=1, label=("Lighting, LED dimmed", "Oświetlenie, LED z redukcją"), additive=True)
def lighting_dimmed(amounts: Amounts) -> pd.Series:
    """The same if all were LED and dimmed [MWh/a]."""
    return amounts["energy_dimmed_mwh_a"]


@place_figure("lighting_price", unit=CURRENCY, label=("Price of LED", "Koszt LED"))
def lighting_price(layers: Layers, study: Study) -> float:
    """Price of all luminaires that are not LED; none where the country has no price."""
    del study
    table = layers.get("street_lighting")
    return NAN if table is None else float(table["led_investment"].sum(min_count=1))


@place_figure("lighting_payback", unit="years", digits=1, label=("Payback of LED", "Zwrot LED"))
def lighting_payback(layers: Layers, study: Study) -> float:
    """Years in which LED pays back without dimming."""
    saved = _sum(layers, "street_lighting", "led_saving_a")
    return lighting_price(layers, study) / saved if saved > 0.0 else NAN


@place_figure("lighting_primary", unit=PER_FLOOR, digits=1, label=("Lighting in the balance", "Oświetlenie w bilansie"))
def lighting_primary(layers: Layers, study: Study) -> float:
    """Primary energy that lighting would take from the balance, were it counted in [kWh/(m²·a)]."""
    floor = float(layers["blocks"]["reference_area_m2"].sum())
    energy = (
        _sum(layers, "street_lighting", "energy_today_mwh_a")
        * KWH_PER_MWH
        * float(factor_set(study.factor_set, study).weight("electricity")[1])
    )
    return energy / floor if floor > LEAST_FLOOR_M2 else NAN
