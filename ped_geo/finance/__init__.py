"""
Money: what measures, heat supplies and photovoltaics cost, who gets which grant, and what a saved tonne costs.

Prices, rates and grants are dated assumptions (``assumptions/prices.csv``, ``assumptions/finance.csv``, ``tables/grants.csv``).
Amounts are real, with value-added tax for works and energy, net for photovoltaics.
"""

from ped_geo.finance.abatement import abatement_curve
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
from ped_geo.finance.appraisal import Appraiser, appraiser, heat_need_model
from ped_geo.finance.economics import economics, supply_investment, variant_costs
from ped_geo.finance.grants import Grant, best_grant, grants, owners
from ped_geo.finance.parties import parties
from ped_geo.finance.prices import CARRIERS, gross_price, pln_per_kwh, price
from ped_geo.finance.pv import pv_economics, pv_investment, pv_price

__all__ = [
    "CARRIERS",
    "Appraiser",
    "Grant",
    "abatement_curve",
    "annuity_factor",
    "appraiser",
    "best_grant",
    "cost_of_saving",
    "discounted_payback",
    "discounted_sum",
    "economics",
    "grants",
    "gross_price",
    "heat_need_model",
    "lcoe",
    "npv",
    "owners",
    "parties",
    "pln_per_kwh",
    "price",
    "pv_economics",
    "pv_investment",
    "pv_price",
    "replacements",
    "simple_payback",
    "supply_investment",
    "variant_costs",
]
