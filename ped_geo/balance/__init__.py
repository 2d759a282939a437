"""
Energy accounting by EN ISO 52000-1: carriers, weighting factors, steps A and B, for a block, a group of blocks or a district.

`accounting` is the standard's bookkeeping on arrays, `factors` the named and dated factor sets, `blocks` both applied to the
frames of a district, `groups` to groups of its blocks.
"""

from __future__ import annotations

from ped_geo.balance.accounting import CarrierFlows, WeightedEnergy, carrier_flows, matching_factor, weighted_energy
from ped_geo.balance.blocks import (
    EnergyInputs,
    block_balance,
    block_carriers,
    block_flows,
    carrier_row,
    credit,
    hours_of_blocks,
    variant_named,
    weigh_flows,
)
from ped_geo.balance.factors import METRICS, PERIMETERS, FactorSet, cogeneration_weight, factor_set, factor_set_names, with_cogeneration
from ped_geo.balance.groups import (
    GroupHours,
    balance_of_groups,
    district_balance,
    flows_of_groups,
    group_balance,
    group_flows,
    group_hourly,
    hours_of_groups,
    summed_hours,
)
from ped_geo.flows import HEAT_CARRIERS

__all__ = [
    "HEAT_CARRIERS",
    "METRICS",
    "PERIMETERS",
    "CarrierFlows",
    "EnergyInputs",
    "FactorSet",
    "GroupHours",
    "WeightedEnergy",
    "balance_of_groups",
    "block_balance",
    "block_carriers",
    "block_flows",
    "carrier_flows",
    "carrier_row",
    "cogeneration_weight",
    "credit",
    "district_balance",
    "factor_set",
    "factor_set_names",
    "flows_of_groups",
    "group_balance",
    "group_flows",
    "group_hourly",
    "hours_of_blocks",
    "hours_of_groups",
    "matching_factor",
    "summed_hours",
    "variant_named",
    "weigh_flows",
    "weighted_energy",
    "with_cogeneration",
]
