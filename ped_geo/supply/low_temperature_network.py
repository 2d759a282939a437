"""Large air heat pump feeding a low-temperature network of the place's own."""

from ped_geo.supply._heat_pumps import air_source, carnot_cop
from ped_geo.supply._supply import SUPPLIES, HeatPump, HeatSupply

__all__ = ["LOW_TEMPERATURE_NETWORK"]

LOW_TEMPERATURE_NETWORK = SUPPLIES.add(
    "low_temperature_network",
    HeatSupply(
        "low_temperature_network",
        "electricity",
        "quality grade of large heat pumps, outdoor air",
        heat_pump=HeatPump(carnot_cop, air_source, central=True),
        price="supply.network_source_per_kw",
        lifetime="supply.heat_pump_air_life",
    ),
)
