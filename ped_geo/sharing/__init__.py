"""
Sharing electricity: own use of single buildings, blocks and communities, with storage, and the legal forms for it.

`matching` is own use hour by hour, `forms` Polish law as data, `groups` all of it for candidates.
"""

from __future__ import annotations

from ped_geo.sharing.forms import Community, community_of, forms, usable_forms
from ped_geo.sharing.groups import sharing_of_groups
from ped_geo.sharing.matching import OwnUse, building_shares, buildings_own_use, own_use, sharing_levels

__all__ = [
    "Community",
    "OwnUse",
    "building_shares",
    "buildings_own_use",
    "community_of",
    "forms",
    "own_use",
    "sharing_levels",
    "sharing_of_groups",
    "usable_forms",
]
