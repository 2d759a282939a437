"""Money: what saving costs and when it pays."""

from __future__ import annotations

import numpy as np

from ped_geo.accounts import NAN, Accounts, Amount, ratio
from ped_geo.finance.annuity import simple_payback
from ped_geo.kpis import kpi

KG_PER_T = 1000


def _years(spent: Amount, accounts: Accounts) -> Amount:
    """Simple payback; not a number where nothing is spent or it never comes back [a]."""
    years = simple_payback(spent, accounts.saving_a)
    return np.where((years > 0) & np.isfinite(years), years, NAN)


@kpi(
    "abate_cost_pe",
    unit="¤/kWh",
    better="lower",
    source="marginal abatement practice [B]",
    formula="annualised cost / primary energy saved",
    label=("Cost of saved primary energy", "Koszt zaoszczędzonej energii pierwotnej"),
    sentence=(
        "Saving a kilowatt-hour of primary energy costs {value} ¤.",
        "Zaoszczędzenie kilowatogodziny energii pierwotnej kosztuje {value} ¤.",
    ),
    digits=2,
)
def cost_of_saved_energy(accounts: Accounts) -> Amount:
    """Yearly cost by primary energy saved [money/kWh]."""
    return ratio(accounts.annual_cost, accounts.before("primary_energy_nren_kwh_a") - accounts.of("primary_energy_nren_kwh_a"))


@kpi(
    "abate_cost_co2",
    unit="¤/t",
    better="lower",
    source="marginal abatement practice [B]",
    formula="annualised cost / CO₂ saved",
    label=("Cost of saved CO₂", "Koszt uniknięcia CO₂"),
    sentence=(
        "Saving a tonne of CO₂ costs {value} ¤.",
        "Uniknięcie tony CO₂ kosztuje {value} ¤.",
    ),
)
def cost_of_saved_co2(accounts: Accounts) -> Amount:
    """Yearly cost by CO₂ saved [money/t]."""
    return KG_PER_T * ratio(accounts.annual_cost, accounts.before("co2_kg_a") - accounts.of("co2_kg_a"))


@kpi(
    "npv",
    unit="¤",
    better="higher",
    source="MVS; REHO; standard",
    formula="Σ_t (savings − costs)_t / (1 + i)^t",
    label=("Net present value", "Wartość bieżąca netto"),
    sentence=(
        "Counted in today's money the plan gains {value} ¤ (below zero: it costs).",
        "W dzisiejszych pieniądzach plan przynosi {value} ¤ (poniżej zera: kosztuje).",
    ),
)
def net_present_value(accounts: Accounts) -> Amount:
    """Net present value [money]."""
    return accounts.net_present_value


@kpi(
    "payback_a",
    unit="a",
    better="lower",
    source="MVS; REHO; standard",
    formula="(investment − grants) / yearly saving",
    label=("Simple payback with grants", "Prosty okres zwrotu z dotacją"),
    sentence=(
        "With grants the savings repay the investment in {value} years.",
        "Z dotacjami oszczędności zwracają nakłady w {value} lat.",
    ),
    digits=1,
)
def payback(accounts: Accounts) -> Amount:
    """Investment after grants by yearly saving [a]."""
    return _years(accounts.investment - accounts.grant, accounts)


@kpi(
    "payback_without_grants_a",
    unit="a",
    better="lower",
    source="MVS; REHO; standard",
    formula="investment / yearly saving",
    label=("Simple payback without grants", "Prosty okres zwrotu bez dotacji"),
    sentence=(
        "Without grants the savings repay the investment in {value} years.",
        "Bez dotacji oszczędności zwracają nakłady w {value} lat.",
    ),
    digits=1,
)
def payback_without_grants(accounts: Accounts) -> Amount:
    """Investment before grants by yearly saving [a]."""
    return _years(accounts.investment, accounts)


@kpi(
    "lcoe",
    unit="¤/kWh",
    better="lower",
    source="MVS; REHO; standard",
    formula="annualised PV cost / E",
    label=("Cost of PV electricity", "Koszt energii z PV"),
    sentence=(
        "A kilowatt-hour from the roofs costs {value} ¤.",
        "Kilowatogodzina z dachów kosztuje {value} ¤.",
    ),
    digits=2,
)
def cost_of_electricity(accounts: Accounts) -> Amount:
    """Yearly PV cost by yield [money/kWh]."""
    return ratio(accounts.pv_annual_cost, accounts.of("pv_kwh_a"))


@kpi(
    "lcoh",
    unit="¤/kWh",
    better="lower",
    source="MVS; REHO; standard",
    formula="annualised heat cost / (Q_h,nd + Q_w,nd)",
    label=("Cost of heat", "Koszt ciepła"),
    sentence=(
        "A kilowatt-hour of heat costs {value} ¤.",
        "Kilowatogodzina ciepła kosztuje {value} ¤.",
    ),
    digits=2,
)
def cost_of_heat(accounts: Accounts) -> Amount:
    """Yearly heat cost by useful heat [money/kWh]."""
    return ratio(accounts.heat_annual_cost, accounts.heat_need_kwh_a + accounts.hot_water_need_kwh_a)
