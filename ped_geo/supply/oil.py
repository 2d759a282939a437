"""Heating oil."""

from ped_geo.supply._supply import SUPPLIES, Supply

__all__ = ["OIL"]

OIL = SUPPLIES.add("oil", Supply("oil", "oil", "taken as the gas boiler PL.B_NC.Gen.01", lifetime="supply.boiler_life"))
