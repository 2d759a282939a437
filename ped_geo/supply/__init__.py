"""
What buildings are supplied with, today and as options: one file per supply, each a frozen object in `SUPPLIES`.

A new supply is a file that adds a `HeatSupply`, with its numbers in ``tables/heating_systems.csv`` and ``assumptions/supply.csv``.
"""

from ped_geo.supply._heat_pumps import flow_temperature
from ped_geo.supply._supply import CARRIERS, SUPPLIES, HeatPump, HeatSupply, system
from ped_geo.supply.final import (
    HeatNetwork,
    beyond_network,
    final_energy,
    heat_output_kw,
    load_ratio,
    plant_of,
    study_options,
    supply_today,
)
from ped_geo.supply.hourly import electricity_hourly, heat_profile, variant_pairs
from ped_geo.supply.register import apply_register, heat_supply_word

__all__ = [
    "CARRIERS",
    "SUPPLIES",
    "HeatNetwork",
    "HeatPump",
    "HeatSupply",
    "apply_register",
    "beyond_network",
    "electricity_hourly",
    "final_energy",
    "flow_temperature",
    "heat_output_kw",
    "heat_profile",
    "heat_supply_word",
    "load_ratio",
    "plant_of",
    "study_options",
    "supply_today",
    "system",
    "variant_pairs",
]
