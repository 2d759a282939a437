"""
Money: prices, annuities, grants, photovoltaics and who pays. What chooses among measures with money stands in `ped_geo.plans`.

Prices, rates and grants are dated assumptions (``assumptions/finance.csv``, and of each country ``assumptions/prices.csv`` and ``grants.csv`` of its pack).
Amounts are real, with value-added tax for works and energy, net for photovoltaics.
"""

from ped_geo.finance.annuity import (
    annuity_factor,
    cost_of_saving,
    discounted_payback,
    discounted_sum,
    lcoe,
    npv,
    replacements,
    simple_payback,
)
from ped_geo.finance.grants import Grant, best_grant, grants, owners
from ped_geo.finance.parties import parties
from ped_geo.finance.prices import CARRIERS, gross_price, price, price_growth, price_per_kwh
from ped_geo.finance.pv import place_economics, pv_economics, pv_investment, pv_money, pv_price
from ped_geo.finance.storage import storage_money, store_money

__all__ = [
    "CARRIERS",
    "Grant",
    "annuity_factor",
    "best_grant",
    "cost_of_saving",
    "discounted_payback",
    "discounted_sum",
    "grants",
    "gross_price",
    "lcoe",
    "npv",
    "owners",
    "parties",
    "place_economics",
    "price",
    "price_growth",
    "price_per_kwh",
    "pv_economics",
    "pv_investment",
    "pv_money",
    "pv_price",
    "replacements",
    "simple_payback",
    "storage_money",
    "store_money",
]
