"""Coal in stoves and old boilers."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["COAL"]

COAL = SUPPLIES.add("coal", HeatSupply("coal", "coal", "TABULA PL.Stove_S.Gen.01", lifetime="supply.boiler_life"))
