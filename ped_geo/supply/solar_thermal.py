"""Solar collectors for hot water beside the supply of today."""

from ped_geo.supply._supply import SUPPLIES, HeatSupply

__all__ = ["SOLAR_THERMAL"]

SOLAR_THERMAL = SUPPLIES.add(
    "solar_thermal",
    HeatSupply(
        "solar_thermal",
        "",
        "TABULA PL.Gas.B_C+Solar.SUH.01",
        solar_share="supply.solar_fraction_hot_water",
        price="supply.solar_thermal_per_m2",
        lifetime="supply.heat_pump_ground_life",
        renewable=True,
    ),
)
