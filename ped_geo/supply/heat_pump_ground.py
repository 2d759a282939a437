"""Ground heat pump with boreholes."""

from ped_geo.supply._heat_pumps import ground_source, regression_cop_ground
from ped_geo.supply._supply import SUPPLIES, HeatPump, HeatSupply

__all__ = ["HEAT_PUMP_GROUND"]

HEAT_PUMP_GROUND = SUPPLIES.add(
    "heat_pump_ground",
    HeatSupply(
        "heat_pump_ground",
        "electricity",
        "Staffell et al. 2012, Ruhnau et al. 2019",
        heat_pump=HeatPump(regression_cop_ground, ground_source),
        price="supply.heat_pump_ground_per_kw",
        lifetime="supply.heat_pump_ground_life",
        renewable=True,
    ),
)
