"""Waste-water heat pump feeding a low-temperature network."""

from ped_geo.supply._heat_pumps import carnot_cop, waste_water_source
from ped_geo.supply._supply import SUPPLIES, HeatPump, HeatSupply

__all__ = ["WASTE_WATER_HEAT"]

WASTE_WATER_HEAT = SUPPLIES.add(
    "waste_water_heat",
    HeatSupply(
        "waste_water_heat",
        "electricity",
        "quality grade of large heat pumps, sewage of Central Europe",
        heat_pump=HeatPump(carnot_cop, waste_water_source, central=True),
        price="supply.network_source_per_kw",
        lifetime="supply.heat_pump_ground_life",
    ),
)
