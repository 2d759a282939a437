"""Figures of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, figure, told
from ped_geo.plans import payback_with_grants

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

MILLION, THOUSAND, MONTHS = 1e6, 1e3, 12.0


@figure(
    "investment",
    unit=f"mln {CURRENCY}",
    digits=2,
    label=("Investment", "Nakłady"),
    per=MILLION,
    additive=True,
    band="investment",
)
def investment(amounts: Amounts) -> pd.Series:
    """Money spent once."""
    return amounts["investment"]


@figure("investment_m2", unit=f"{CURRENCY}/m²", label=("Investment", "Nakłady"))
def investment_by_floor(amounts: Amounts) -> pd.Series:
    """Money spent once by heated floor."""
    return amounts.per_floor("investment")


@figure("grant", unit=f"mln {CURRENCY}", digits=2, label=("Grant", "Dotacja"), per=MILLION, additive=True)
def grant(amounts: Amounts) -> pd.Series:
    """Money granted once."""
    return amounts["grant"]


@figure("payback", unit="years", label=("Simple payback with grants", "Prosty okres zwrotu z dotacją"))
def payback(amounts: Amounts) -> pd.Series:
    """Years in which savings repay what grants leave [a]."""
    return payback_with_grants(amounts.frame)


@figure("payback_plain", unit="years", label=("Simple payback without grants", "Prosty okres zwrotu bez dotacji"))
def payback_without_grants(amounts: Amounts) -> pd.Series:
    """Years in which savings repay the whole investment [a]."""
    return payback_with_grants(amounts.frame.assign(grant=0.0))


@figure(
    "npv", unit=f"mln {CURRENCY}", digits=2, label=("Net present value", "Wartość bieżąca netto"), per=MILLION, additive=True, signed=True
)
def net_present_value(amounts: Amounts) -> pd.Series:
    """Savings over the horizon less investment after grants, in today's money."""
    return amounts["npv"]


@figure(
    "network_investment",
    unit=f"mln {CURRENCY}",
    digits=2,
    label=("Investment of the heat company", "Nakłady przedsiębiorstwa ciepłowniczego"),
    per=MILLION,
    additive=True,
)
def network_investment(amounts: Amounts) -> pd.Series:
    """Clean sources and pipes of the heat company, which it earns back from the price of heat [money]."""
    return amounts["network_investment"]


def _of_a_flat(amounts: Amounts, name: str) -> pd.Series:
    flats = amounts["flats"]
    return amounts[name] / flats.where(flats > 0)


@figure(
    "flat_bill",
    unit=f"{CURRENCY}/month",
    label=("Tenant: heat and hot water of a flat", "Lokator: ogrzewanie i ciepła woda mieszkania"),
    per=MONTHS,
)
def flat_bill(amounts: Amounts) -> pd.Series:
    """What the energy for heat and hot water of a flat costs [money/a]."""
    return _of_a_flat(amounts, "flats_bill_a")


@figure(
    "flat_works",
    unit=f"{CURRENCY}/month",
    label=("Owner: works and plant, a flat", "Właściciel: prace i źródło ciepła, na mieszkanie"),
    per=MONTHS,
)
def flat_works(amounts: Amounts) -> pd.Series:
    """Annuity of works and heat supply after grants, by flat [money/a]."""
    return _of_a_flat(amounts, "flats_works_a")


told("programme_amount", unit=f"mln {CURRENCY}", digits=2, label=("Grant", "Dotacja"), per=MILLION)
told("programme_buildings", unit="", label=("Buildings", "Budynki"))
told("party_pays", unit=f"mln {CURRENCY}", digits=2, label=("Pays once", "Płaci jednorazowo"), per=MILLION)
told("party_year", unit=f"1000 {CURRENCY}/a", label=("A year", "Rocznie"), per=THOUSAND)
