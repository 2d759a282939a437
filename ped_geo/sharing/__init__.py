"""
Sharing electricity: own use of single buildings, blocks and communities, storage under a stated rule, and the legal forms for it.

`matching` is own use hour by hour, `storage` battery and heat store, `forms` Polish law as data, `groups` all of it for candidates.
"""

from __future__ import annotations

from ped_geo.sharing.forms import Community, community_of, forms, usable_forms
from ped_geo.sharing.groups import sharing_of_groups
from ped_geo.sharing.matching import OwnUse, building_shares, buildings_own_use, own_use, sharing_levels
from ped_geo.sharing.storage import BatteryRun, HeatStoreRun, battery, heat_store

__all__ = [
    "BatteryRun",
    "Community",
    "HeatStoreRun",
    "OwnUse",
    "battery",
    "building_shares",
    "buildings_own_use",
    "community_of",
    "forms",
    "heat_store",
    "own_use",
    "sharing_levels",
    "sharing_of_groups",
    "usable_forms",
]
