"""Air heat pump in the building."""

from ped_geo.supply._heat_pumps import air_source, regression_cop_air
from ped_geo.supply._supply import SUPPLIES, HeatPump, HeatSupply

__all__ = ["HEAT_PUMP_AIR"]

HEAT_PUMP_AIR = SUPPLIES.add(
    "heat_pump_air",
    HeatSupply(
        "heat_pump_air",
        "electricity",
        "Staffell et al. 2012, Ruhnau et al. 2019",
        heat_pump=HeatPump(regression_cop_air, air_source),
        price="supply.heat_pump_air_per_kw",
        lifetime="supply.heat_pump_air_life",
        renewable=True,
    ),
)
