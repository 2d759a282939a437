"""Heating oil."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["OIL"]

OIL = SUPPLIES.add("oil", HeatSupply("oil", "oil", "taken as the gas boiler PL.B_NC.Gen.01", lifetime="supply.boiler_life"))
