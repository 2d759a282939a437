"""Figures of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.figures import CURRENCY, figure, told
from ped_geo.plans import payback_with_grants

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.figures.amounts import Amounts

MILLION, THOUSAND = 1e6, 1e3


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


told("party_pays", unit=f"mln {CURRENCY}", digits=2, label=("Pays once", "Płaci jednorazowo"), per=MILLION)
told("party_year", unit=f"1000 {CURRENCY}/a", label=("A year", "Rocznie"), per=THOUSAND)
