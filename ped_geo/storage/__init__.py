"""
Batteries and heat stores, hour by hour under a stated rule.

`dispatch` is one store over one year, `blocks` those that the variants of a study give to each block.
"""

from __future__ import annotations

from ped_geo.storage.blocks import COLUMNS, block_storage
from ped_geo.storage.dispatch import BatteryRun, HeatStoreRun, battery, heat_store

__all__ = ["COLUMNS", "BatteryRun", "HeatStoreRun", "battery", "block_storage", "heat_store"]
