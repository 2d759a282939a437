"""
What chooses among measures with money: the cost-optimal package, the economics of each package and supply, the abatement curve.

The room stands above `ped_geo.retrofit` (measures and states, no money), `ped_geo.supply` and `ped_geo.finance` (prices,
annuities and grants, no physics), and puts them together.
"""

from ped_geo.plans.abatement import abatement_curve
from ped_geo.plans.cost_optimal import cost_optimal
from ped_geo.plans.economics import candidates_with_money, economics, has_flats, payback_with_grants, supply_investment, variant_costs
from ped_geo.plans.evaluator import PackageEvaluator, heat_need_model, package_evaluator
from ped_geo.plans.grant_programmes import grant_programmes
from ped_geo.plans.heat_company import network_books
from ped_geo.plans.heat_sources import heat_sources, sewage_works
from ped_geo.plans.levers import levers
from ped_geo.plans.package_cost import measure_costs, package_cost
from ped_geo.plans.periods import need_by_period
from ped_geo.plans.recommendation import farthest_listed, quick_wins, recommend, recommended_variant, ways_of_groups
from ped_geo.plans.variant_space import impossible_variants, is_untouched, offered_options

__all__ = [
    "PackageEvaluator",
    "abatement_curve",
    "candidates_with_money",
    "cost_optimal",
    "economics",
    "farthest_listed",
    "grant_programmes",
    "has_flats",
    "heat_need_model",
    "heat_sources",
    "impossible_variants",
    "is_untouched",
    "levers",
    "measure_costs",
    "need_by_period",
    "network_books",
    "offered_options",
    "package_cost",
    "package_evaluator",
    "payback_with_grants",
    "quick_wins",
    "recommend",
    "recommended_variant",
    "sewage_works",
    "supply_investment",
    "variant_costs",
    "ways_of_groups",
]
