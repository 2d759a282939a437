"""District heat from a network on waste heat, large heat pumps and biomass; its factors differ, not the substation."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["DISTRICT_HEAT_DECARBONISED"]

DISTRICT_HEAT_DECARBONISED = SUPPLIES.add(
    "district_heat_decarbonised",
    HeatSupply(
        "district_heat_decarbonised",
        "district_heat",
        "TABULA PL.TS.Gen.01",
        price="supply.substation_per_kw",
        lifetime="supply.substation_life",
    ),
)
