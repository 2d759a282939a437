"""District heat from the network as it is today."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["DISTRICT_HEAT"]

DISTRICT_HEAT = SUPPLIES.add(
    "district_heat",
    HeatSupply(
        "district_heat", "district_heat", "TABULA PL.TS.Gen.01", price="supply.substation_per_kw", lifetime="supply.substation_life"
    ),
)
