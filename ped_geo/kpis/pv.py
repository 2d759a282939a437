"""Photovoltaics: how well the modules work and how much of the roof they use."""

from __future__ import annotations

from ped_geo.accounts import Accounts, Amount, ratio
from ped_geo.kpis import kpi

HOURS_PER_YEAR = 8760


@kpi(
    "spec_yield_kwh_kwp",
    unit="kWh/kWp",
    better="higher",
    source="CEA documentation; IEC 61724",
    formula="E / P",
    label=("Specific PV yield", "Uzysk jednostkowy PV"),
    sentence=(
        "Each kilowatt of modules yields {value} kWh a year.",
        "Każdy kilowat modułów daje {value} kWh rocznie.",
    ),
)
def specific_yield(accounts: Accounts) -> Amount:
    """Yearly yield by power [kWh/kWp]."""
    return ratio(accounts.of("pv_kwh_a"), accounts.pv_capacity_kwp)


@kpi(
    "cf",
    unit="-",
    better="higher",
    source="CEA documentation; IEC 61724",
    formula="E / (P · 8760 h)",
    label=("PV capacity factor", "Współczynnik wykorzystania mocy PV"),
    sentence=(
        "The modules work as if at full power {value} of the time.",
        "Moduły pracują tak, jakby przez {value} czasu dawały pełną moc.",
    ),
    digits=3,
)
def capacity_factor(accounts: Accounts) -> Amount:
    """Yearly yield by power at all hours [-]."""
    return ratio(accounts.of("pv_kwh_a"), accounts.pv_capacity_kwp * HOURS_PER_YEAR)


@kpi(
    "pr",
    unit="-",
    better="higher",
    source="IEC 61724",
    formula="E · G_STC / (P · H_poa), G_STC = 1 kW/m²",
    label=("Performance ratio", "Współczynnik wydajności PV"),
    sentence=(
        "Of what the sun would allow at best, {value} reaches the socket.",
        "Z tego, na co w najlepszym razie pozwala słońce, {value} dociera do gniazdka.",
    ),
    digits=2,
)
def performance_ratio(accounts: Accounts) -> Amount:
    """Yield by that under standard conditions [-]."""
    return ratio(accounts.of("pv_kwh_a"), accounts.pv_capacity_kwp * accounts.pv_irradiation_kwh_m2)


@kpi(
    "roof_util",
    unit="-",
    better="higher",
    source="CEA (roof utilisation)",
    formula="A_modules / A_roof",
    label=("Roof utilisation", "Wykorzystanie dachów"),
    sentence=(
        "Modules cover {value} of the roof area.",
        "Moduły pokrywają {value} powierzchni dachów.",
    ),
    digits=2,
)
def roof_utilisation(accounts: Accounts) -> Amount:
    """Module area by roof area [-]."""
    return ratio(accounts.module_area_m2, accounts.roof_area_m2)
