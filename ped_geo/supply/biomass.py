"""Wood pellets in an automatic boiler."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["BIOMASS"]

BIOMASS = SUPPLIES.add(
    "biomass",
    HeatSupply(
        "biomass",
        "biomass",
        "TABULA PL.B_WP.SUH.02",
        price="supply.biomass_boiler_per_kw",
        lifetime="supply.boiler_life",
        renewable=True,
    ),
)
