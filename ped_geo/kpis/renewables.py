"""Renewables: where the energy comes from and how much of it is renewable."""

from __future__ import annotations

from ped_geo.accounts import Accounts, Amount, ratio
from ped_geo.kpis import kpi


@kpi(
    "rer",
    unit="-",
    better="higher",
    source="EN ISO 52000-1",
    formula="E_P,ren / E_P,tot (step A)",
    label=("Renewable energy ratio", "Udział energii odnawialnej"),
    sentence=(
        "Of the primary energy used, {value} is renewable (one would be all).",
        "Z zużytej energii pierwotnej {value} jest odnawialne (jeden oznacza całość).",
    ),
    digits=2,
)
def renewable_ratio(accounts: Accounts) -> Amount:
    """Renewable share of primary energy, step A [-]."""
    return accounts.of("rer")


@kpi(
    "rer_on_site",
    unit="-",
    better="higher",
    source="EN ISO 52000-1, perimeter on site",
    formula="E_P,ren,on-site / E_P,tot (step A)",
    label=("Renewable share made on site", "Udział energii odnawialnej z miejsca"),
    sentence=(
        "Of the primary energy used, {value} is renewable and made on the spot.",
        "Z zużytej energii pierwotnej {value} jest odnawialne i wytworzone na miejscu.",
    ),
    digits=2,
)
def renewable_ratio_on_site(accounts: Accounts) -> Amount:
    """Share of primary energy that is renewable and local [-]."""
    renewable = sum(accounts.of(f"renewable_{perimeter}_kwh_a") for perimeter in ("on_site", "nearby", "distant"))
    total = renewable + accounts.of("primary_energy_nren_step_a_kwh_a")
    return ratio(accounts.of("renewable_on_site_kwh_a"), total)


@kpi(
    "de_el",
    unit="%",
    better="higher",
    source="SCIS KPI guide 2.1.3; formula [B]",
    formula="100 · local RES electricity / electricity use",
    label=("Electricity from local renewables", "Energia elektryczna z lokalnych OZE"),
    sentence=(
        "Over a year local plants make {value}% of the electricity used, whenever it is made.",
        "W skali roku lokalne instalacje wytwarzają {value}% zużywanej energii elektrycznej, niezależnie od pory.",
    ),
)
def electric_self_supply(accounts: Accounts) -> Amount:
    """Local renewable electricity by use [%]."""
    return 100 * ratio(accounts.of("pv_kwh_a"), accounts.of("electricity_use_kwh_a"))


@kpi(
    "de_th",
    unit="%",
    better="higher",
    source="SCIS KPI guide 2.1.3; formula [B]",
    formula="100 · local RES heat / (Q_h,nd + Q_w,nd)",
    label=("Heat from local renewables", "Ciepło z lokalnych OZE"),
    sentence=(
        "{value} % of the heat is taken from air, ground or water on the spot.",
        "{value}% ciepła pobierane jest na miejscu z powietrza, gruntu lub wody.",
    ),
)
def thermal_self_supply(accounts: Accounts) -> Amount:
    """Local renewable heat by need of heat [%]."""
    return 100 * ratio(accounts.of("ambient_kwh_a"), accounts.heat_need_kwh_a + accounts.hot_water_need_kwh_a)


@kpi(
    "oer",
    unit="-",
    better="higher",
    source="IDEAS EPN; formula [B]",
    formula="ΣG / ΣL over all carriers",
    label=("On-site energy ratio", "Wskaźnik energii z miejsca"),
    sentence=(
        "Local renewables yield {value} times the energy used.",
        "Lokalne OZE dostarczają {value} zużywanej energii.",
    ),
    digits=2,
)
def on_site_ratio(accounts: Accounts) -> Amount:
    """Local renewable energy by all energy used [-]."""
    made = accounts.of("pv_kwh_a") + accounts.of("ambient_kwh_a")
    return ratio(made, accounts.final_energy_kwh_a + accounts.of("ambient_kwh_a"))
