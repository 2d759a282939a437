"""Emissions: greenhouse gases and what comes out of chimneys."""

from __future__ import annotations

from ped_geo.accounts import Accounts, Amount, ratio
from ped_geo.kpis import kpi


@kpi(
    "ghg_op",
    unit="kgCO₂e/m²a",
    better="lower",
    source="SCIS 2.3.1; PEQ",
    formula="Σ E · K_CO2e / A",
    label=("Operational greenhouse gases", "Emisje gazów cieplarnianych z eksploatacji"),
    sentence=(
        "Running the buildings causes {value} kg of CO₂ per square metre and year.",
        "Eksploatacja budynków powoduje {value} kg CO₂ na metr kwadratowy rocznie.",
    ),
    digits=1,
)
def operational_emission(accounts: Accounts) -> Amount:
    """CO₂ of operation by heated area [kg/m²a]."""
    return accounts.per_area(accounts.of("co2_kg_a"))


@kpi(
    "d_ghg_pct",
    unit="%",
    better="higher",
    source="SCIS; CITYkeys",
    formula="100 · (1 − after / before)",
    label=("Greenhouse gas saving", "Ograniczenie emisji gazów cieplarnianych"),
    sentence=(
        "{value} % less CO₂ than today.",
        "O {value}% mniej CO₂ niż dziś.",
    ),
)
def emission_saving(accounts: Accounts) -> Amount:
    """CO₂ saved against today [%]."""
    return 100 * (1 - ratio(accounts.of("co2_kg_a"), accounts.before("co2_kg_a")))


@kpi(
    "d_e_pct",
    unit="%",
    better="higher",
    source="SCIS; CITYkeys",
    formula="100 · (1 − after / before), final energy",
    label=("Energy saving", "Oszczędność energii"),
    sentence=(
        "{value} % less energy than today.",
        "O {value}% mniej energii niż dziś.",
    ),
)
def energy_saving(accounts: Accounts) -> Amount:
    """Final energy saved against today [%]."""
    return 100 * (1 - ratio(accounts.final_energy_kwh_a, accounts.final_energy_before_kwh_a))


@kpi(
    "nox_kg",
    unit="kg/a",
    better="lower",
    source="EMEP/EEA guidebook; KOBiZE; PlanHeat, THERMOS",
    formula="Σ E_cr · EF_cr",
    label=("NOx", "NOx"),
    sentence=(
        "The district's supply emits {value} kg of nitrogen oxides a year.",
        "Zaopatrzenie obszaru powoduje emisję {value} kg tlenków azotu rocznie.",
    ),
)
def nox_emission(accounts: Accounts) -> Amount:
    """Yearly emission of nitrogen oxides [kg/a]."""
    return accounts.of("nox_kg_a")


@kpi(
    "so2_kg",
    unit="kg/a",
    better="lower",
    source="EMEP/EEA guidebook; KOBiZE; PlanHeat, THERMOS",
    formula="Σ E_cr · EF_cr",
    label=("SO₂", "SO₂"),
    sentence=(
        "The district's supply emits {value} kg of sulphur dioxide a year.",
        "Zaopatrzenie obszaru powoduje emisję {value} kg dwutlenku siarki rocznie.",
    ),
)
def so2_emission(accounts: Accounts) -> Amount:
    """Yearly emission of sulphur dioxide [kg/a]."""
    return accounts.of("so2_kg_a")


@kpi(
    "pm10_kg",
    unit="kg/a",
    better="lower",
    source="EMEP/EEA guidebook; KOBiZE; PlanHeat, THERMOS",
    formula="Σ E_cr · EF_cr",
    label=("PM10", "PM10"),
    sentence=(
        "The district's supply emits {value} kg of dust (PM10) a year.",
        "Zaopatrzenie obszaru powoduje emisję {value} kg pyłu (PM10) rocznie.",
    ),
)
def pm10_emission(accounts: Accounts) -> Amount:
    """Yearly emission of dust (PM10) [kg/a]."""
    return accounts.of("pm10_kg_a")


@kpi(
    "pm25_kg",
    unit="kg/a",
    better="lower",
    source="EMEP/EEA guidebook; KOBiZE; PlanHeat, THERMOS",
    formula="Σ E_cr · EF_cr",
    label=("PM2.5", "PM2,5"),
    sentence=(
        "The district's supply emits {value} kg of fine dust (PM2.5) a year.",
        "Zaopatrzenie obszaru powoduje emisję {value} kg drobnego pyłu (PM2,5) rocznie.",
    ),
)
def pm25_emission(accounts: Accounts) -> Amount:
    """Yearly emission of fine dust (PM2.5) [kg/a]."""
    return accounts.of("pm25_kg_a")


@kpi(
    "bap_kg",
    unit="kg/a",
    better="lower",
    source="EMEP/EEA guidebook; KOBiZE; PlanHeat, THERMOS",
    formula="Σ E_cr · EF_cr",
    label=("B(a)P", "B(a)P"),
    sentence=(
        "The district's supply emits {value} kg of benzo(a)pyrene a year.",
        "Zaopatrzenie obszaru powoduje emisję {value} kg benzo(a)pirenu rocznie.",
    ),
    digits=3,
)
def bap_emission(accounts: Accounts) -> Amount:
    """Yearly emission of benzo(a)pyrene [kg/a]."""
    return accounts.of("bap_kg_a")
