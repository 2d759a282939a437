"""Energy: final, useful and primary energy, the balance of the district."""

from __future__ import annotations

import numpy as np

from ped_geo.accounts import NAN, Accounts, Amount, ratio
from ped_geo.kpis import kpi


@kpi(
    "fec",
    unit="kWh/m²a",
    better="lower",
    source="MAKING-CITY D5.2 KPI 1; SCIS 2.1.1",
    formula="(Σ_cr E_del,cr + own use of G) / A",
    label=("Final energy consumption", "Zużycie energii końcowej"),
    sentence=(
        "Each square metre of heated floor takes {value} kWh of energy a year.",
        "Każdy metr kwadratowy powierzchni ogrzewanej zużywa {value} kWh energii rocznie.",
    ),
)
def final_energy(accounts: Accounts) -> Amount:
    """Final energy by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.final_energy_kwh_a)


@kpi(
    "ued_h",
    unit="kWh/m²a",
    better="lower",
    source="TABULA q_h_nd; PlanHeat",
    formula="Q_h,nd / A",
    label=("Space heating need", "Zapotrzebowanie na ciepło do ogrzewania"),
    sentence=(
        "To stay warm, a square metre needs {value} kWh of heat a year.",
        "Aby utrzymać ciepło, metr kwadratowy potrzebuje {value} kWh ciepła rocznie.",
    ),
)
def heat_need(accounts: Accounts) -> Amount:
    """Useful heat by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.heat_need_kwh_a)


@kpi(
    "ued_w",
    unit="kWh/m²a",
    better="lower",
    source="TABULA q_w_nd; PlanHeat",
    formula="Q_w,nd / A",
    label=("Hot water need", "Zapotrzebowanie na ciepłą wodę"),
    sentence=(
        "Hot water needs {value} kWh of heat per square metre and year.",
        "Ciepła woda wymaga {value} kWh ciepła na metr kwadratowy rocznie.",
    ),
)
def hot_water_need(accounts: Accounts) -> Amount:
    """Useful heat for hot water by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.hot_water_need_kwh_a)


@kpi(
    "ued_c",
    unit="kWh/m²a",
    better="lower",
    source="TABULA; PlanHeat",
    formula="Q_c,nd / A",
    label=("Cooling need", "Zapotrzebowanie na chłód"),
    sentence=(
        "Keeping cool needs {value} kWh per square metre and year.",
        "Utrzymanie chłodu wymaga {value} kWh na metr kwadratowy rocznie.",
    ),
    digits=1,
)
def cooling_need(accounts: Accounts) -> Amount:
    """Useful cooling by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.cooling_need_kwh_a)


@kpi(
    "overheat",
    unit="h/a",
    better="lower",
    source="EN 16798-1, annex B",
    formula="Σ_t 1(θ_op > θ_max) today, A-weighted",
    label=("Rooms too warm today", "Za ciepło w pomieszczeniach dziś"),
    sentence=(
        "Without cooling, rooms are warmer than the fixed limit for {value} hours a year.",
        "Bez chłodzenia w pomieszczeniach jest cieplej niż stała granica przez {value} godzin w roku.",
    ),
)
def overheating(accounts: Accounts) -> Amount:
    """Hours above the fixed limit, mean over heated area [h/a]."""
    return accounts.per_area(accounts.warm_m2h_today)


@kpi(
    "overheat_hot",
    unit="h/a",
    better="lower",
    source="EN 16798-1, annex B",
    formula="Σ_t 1(θ_op > θ_max) in a hot future year, A-weighted",
    label=("Rooms too warm in a hot future year", "Za ciepło w przyszłym gorącym roku"),
    sentence=(
        "In a hot year of the middle of the century, rooms are warmer than the fixed limit for {value} hours.",
        "W gorącym roku połowy stulecia w pomieszczeniach jest cieplej niż stała granica przez {value} godzin.",
    ),
)
def overheating_hot(accounts: Accounts) -> Amount:
    """The same in a hot year of the future [h/a]."""
    return accounts.per_area(accounts.warm_m2h_hot_future)


@kpi(
    "ued_el",
    unit="kWh/m²a",
    better="lower",
    source="PlanHeat; SCIS 2.1.1",
    formula="E_el,use / A",
    label=("Electricity use", "Zużycie energii elektrycznej"),
    sentence=(
        "Electricity use is {value} kWh per square metre and year.",
        "Zużycie energii elektrycznej wynosi {value} kWh na metr kwadratowy rocznie.",
    ),
)
def electricity_use(accounts: Accounts) -> Amount:
    """Electricity used by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.of("electricity_use_kwh_a"))


@kpi(
    "ep_nren",
    unit="kWh/m²a",
    better="lower",
    source="EN ISO 52000-1; SCIS 2.3.2",
    formula="(Σ_cr E_del,cr · f_nren,cr − credited exports) / A",
    label=("Non-renewable primary energy", "Nieodnawialna energia pierwotna"),
    sentence=(
        (
            "Counted back to mine and well, {value} kWh of non-renewable energy per square metre are used in a year; below zero the "
            "district saves more than it uses."
        ),
        (
            "Licząc od kopalni i odwiertu, rocznie zużywa się {value} kWh energii nieodnawialnej na metr kwadratowy; poniżej zera "
            "obszar oszczędza więcej, niż zużywa."
        ),
    ),
)
def primary_energy_nren(accounts: Accounts) -> Amount:
    """Non-renewable primary energy by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.of("primary_energy_nren_kwh_a"))


@kpi(
    "ep_tot",
    unit="kWh/m²a",
    better="lower",
    source="EN ISO 52000-1; SCIS 2.3.2",
    formula="(Σ_cr E_del,cr · f_tot,cr − credited exports) / A",
    label=("Total primary energy", "Całkowita energia pierwotna"),
    sentence=(
        "Renewable and non-renewable primary energy together are {value} kWh per square metre and year.",
        "Odnawialna i nieodnawialna energia pierwotna to łącznie {value} kWh na metr kwadratowy rocznie.",
    ),
)
def primary_energy_total(accounts: Accounts) -> Amount:
    """Total primary energy by heated area [kWh/m²a]."""
    return accounts.per_area(accounts.of("primary_energy_tot_kwh_a"))


@kpi(
    "peb_nren",
    unit="kWh/a",
    better="higher",
    source="MAKING-CITY, Environ. Sci. Proc. 2021 11 18",
    formula="Σ X · f_exp − Σ I · f_imp",
    label=("PED balance", "Bilans PED"),
    sentence=(
        "Over a year the balance is {value} kWh of non-renewable primary energy; above zero the district is positive.",
        "W skali roku bilans wynosi {value} kWh nieodnawialnej energii pierwotnej; powyżej zera obszar jest dodatni.",
    ),
)
def ped_balance(accounts: Accounts) -> Amount:
    """Credit for exports less weight of imports [kWh/a]."""
    return accounts.export_primary_kwh_a - accounts.import_primary_kwh_a


@kpi(
    "peb_nren_m2",
    unit="kWh/m²a",
    better="higher",
    source="MAKING-CITY, Environ. Sci. Proc. 2021 11 18",
    formula="(Σ X · f_exp − Σ I · f_imp) / A",
    label=("PED balance per area", "Bilans PED na powierzchnię"),
    sentence=(
        "Per square metre the balance is {value} kWh of non-renewable primary energy a year.",
        "Na metr kwadratowy bilans wynosi {value} kWh nieodnawialnej energii pierwotnej rocznie.",
    ),
)
def ped_balance_per_area(accounts: Accounts) -> Amount:
    """The PED balance by heated area [kWh/m²a]."""
    return accounts.per_area(ped_balance(accounts))


@kpi(
    "ped_ratio",
    unit="-",
    better="higher",
    source="TU Wien PED dispatch, PED_status",
    formula="Σ X · f_exp / Σ I · f_imp",
    label=("PED ratio", "Wskaźnik PED"),
    sentence=(
        "Exports make up {value} of the primary energy used; one or more means a positive district.",
        "Eksport równoważy {value} zużytej energii pierwotnej; jeden lub więcej oznacza dystrykt dodatni.",
    ),
    digits=2,
)
def ped_ratio(accounts: Accounts) -> Amount:
    """Credit for exports by weight of imports [-]."""
    return ratio(accounts.export_primary_kwh_a, accounts.import_primary_kwh_a)


@kpi(
    "dynamic_balance",
    unit="kWh/a",
    better="higher",
    source="PEDso",
    formula="Σ_t (X · f_marg − I_base · f_avg − I_flex · f_marg) − fuel primary energy",
    label=("Dynamic PED balance", "Dynamiczny bilans PED"),
    sentence=(
        "With exports and movable loads valued by the power station that follows the load, the balance is {value} kWh a year.",
        "Gdy eksport i odbiory przesuwalne wycenia się według elektrowni krańcowej, bilans wynosi {value} kWh rocznie.",
    ),
)
def dynamic_balance(accounts: Accounts) -> Amount:
    """Balance with exports and flexible imports at the marginal factor [kWh/a]."""
    if not accounts.hourly:
        return NAN
    exported, imported = accounts.export_kwh_a, accounts.import_kwh_a
    flexible = accounts.of_hours(np.minimum(accounts.import_kw, accounts.flexible_kw))
    marginal, average = accounts.factor_marginal, accounts.factor_average
    return (exported - flexible) * marginal - (imported - flexible) * average - accounts.fuel_primary_kwh_a


@kpi(
    "lhd",
    unit="MWh/(m·a)",
    better="higher",
    source="Persson, Werner, Applied Energy 88 (2011) 568; Fonds Chaleur asks for 1.5",
    formula="Q / L_trench",
    label=("Linear heat density", "Liniowa gęstość ciepła"),
    sentence=(
        "Were all heat taken from a network, each metre of trench would deliver {value} MWh a year; from 1.5 on France supports a network.",
        "Gdyby całe ciepło brano z sieci, metr wykopu dostarczałby {value} MWh rocznie; Francja wspiera sieci od 1,5.",
    ),
    digits=2,
)
def linear_heat_density(accounts: Accounts) -> Amount:
    """Heat by trenches, routed along streets or by the effective width [MWh/(m·a)]."""
    return ratio(accounts.connected_heat_mwh_a, accounts.trench_m)
