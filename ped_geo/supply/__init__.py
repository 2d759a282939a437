"""
What buildings are supplied with, today and as options: one file per supply, each a frozen object in `SUPPLIES`.

A new supply is a file that adds a `Supply`, with its numbers in ``tables/heating_systems.csv`` and ``assumptions/supply.csv``.
"""

from ped_geo.supply._heat_pumps import flow_temperature
from ped_geo.supply._supply import CARRIERS, SUPPLIES, HeatPump, Supply
from ped_geo.supply.final import final_energy, heat_output_kw, load_left, study_options, supply_today
from ped_geo.supply.hourly import electricity_hourly, variant_pairs
from ped_geo.supply.register import apply_register, heat_supply_word
from ped_geo.supply.storage import Store, StoreYear, battery, run_store, thermal_store

__all__ = [
    "CARRIERS",
    "SUPPLIES",
    "HeatPump",
    "Store",
    "StoreYear",
    "Supply",
    "apply_register",
    "battery",
    "electricity_hourly",
    "final_energy",
    "flow_temperature",
    "heat_output_kw",
    "heat_supply_word",
    "load_left",
    "run_store",
    "study_options",
    "supply_today",
    "thermal_store",
    "variant_pairs",
]
