"""District heat from gas engines at the network's plant, or at a block with a network of its own; its factors differ, not the substation."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["DISTRICT_HEAT_COGENERATION"]

DISTRICT_HEAT_COGENERATION = SUPPLIES.add(
    "district_heat_cogeneration",
    HeatSupply(
        "district_heat_cogeneration",
        "district_heat",
        "TABULA PL.TS.Gen.01",
        price="supply.substation_per_kw",
        lifetime="supply.substation_life",
    ),
)
