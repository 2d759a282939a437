"""What heats each building today; see the column ``heat_supply`` of the layer ``buildings``."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["TODAY"]

TODAY = SUPPLIES.add("today", HeatSupply("today", "", "tags, rules and registers; see heat_supply_source"))
