"""Condensing gas boiler."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["GAS_CONDENSING"]

GAS_CONDENSING = SUPPLIES.add(
    "gas_condensing",
    HeatSupply("gas_condensing", "gas", "TABULA PL.B_C.Gen.02", price="supply.gas_boiler_per_kw", lifetime="supply.boiler_life"),
)
