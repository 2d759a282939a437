"""Waste heat of a data centre, raised by a large heat pump and brought by a low-temperature network."""

from ped_geo.supply._heat_pumps import carnot_cop, data_centre_source
from ped_geo.supply._supply import SUPPLIES, HeatPump, HeatSupply

__all__ = ["DATA_CENTRE_HEAT"]

DATA_CENTRE_HEAT = SUPPLIES.add(
    "data_centre_heat",
    HeatSupply(
        "data_centre_heat",
        "electricity",
        "quality grade of large heat pumps, waste heat of air-cooled servers",
        heat_pump=HeatPump(carnot_cop, data_centre_source, central=True),
        price="supply.network_source_per_kw",
        lifetime="supply.heat_pump_ground_life",
    ),
)
