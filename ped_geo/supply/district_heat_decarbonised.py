"""
District heat from a network on waste heat, large heat pumps and biomass.

The substation stays; factors, price, chimneys and the plant of the heat company differ. The company pays for the plant and asks a
higher price for the heat, so that the two are never added: the price is the consumer's side of the same money.
"""

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
        network_price="supply.network_clean_source_per_kw",
    ),
)
