"""
What flows and for whom: the carriers of energy, and groups of blocks with a variant each.

Balances, verdicts, indicators and chances are asked of `Groups`: one block, a candidate or the district are groups like any other.
"""

from __future__ import annotations

from ped_geo.flows.carriers import BURNT_CARRIERS, CARRIERS, HEAT_CARRIERS
from ped_geo.flows.groups import Group, Groups
from ped_geo.flows.roofs import CANOPY, FACADE, new_arrays, today_and_new, with_places

__all__ = [
    "BURNT_CARRIERS",
    "CANOPY",
    "CARRIERS",
    "FACADE",
    "HEAT_CARRIERS",
    "Group",
    "Groups",
    "new_arrays",
    "today_and_new",
    "with_places",
]
