"""
The steps in their order, from the sources to the products.

Read `STEPS` from top to bottom: it is the pipeline. Each step is a pure function of the layers it needs (`stages`); running,
keeping and resuming are the business of `ped_geo.runner`, fetching and writing of `run`. Steps that do not need each other's layers
run side by side.
"""

from __future__ import annotations

from ped_geo.pipeline import stages
from ped_geo.runner import Step

__all__ = ["MODEL_LAYERS", "RAW_LAYERS", "STEPS"]

ENERGY = (
    "buildings", "final_energy", "electricity_hourly", "supply_electricity_hourly", "pv_hourly", "pv_existing_hourly", "heat_hourly",
    "hot_water_hourly",
)  # fmt: skip
RAW_LAYERS = ("boundary", "footprints", "ways", "areas", "places", "surfaces")
MODEL_LAYERS = ("surface_model", "terrain_model", "hills")

STEPS = (
    Step("buildings", ("footprints", "boundary", "areas", "places"), ("buildings_drawn", "set_aside"), stages.buildings, ("buildings",)),
    Step("check", ("buildings_drawn", "footprints", "boundary", "weather", "told"), ("remarks",), stages.check),
    Step("streets", ("ways", "boundary"), ("streets",), stages.streets),
    Step(
        "blocks",
        ("streets", "ways", "boundary", "buildings_drawn", "areas", "registers"),
        ("blocks", "buildings", "adjacency", "metered", "register_report"),
        stages.blocks,
        ("blocks",),
    ),
    Step("access", ("places", "areas", "blocks", "buildings", "streets"), ("access",), stages.access),
    Step("roofs", ("buildings", "surfaces", "footprints"), ("roof_planes", "modules"), stages.roofs, ("solar",)),
    Step(
        "shading",
        ("roof_planes", "buildings", "places", "ways", "areas", *MODEL_LAYERS),
        ("trees", "horizons"),
        stages.shading,
        ("solar",),
    ),
    Step(
        "solar",
        ("modules", "roof_planes", "horizons", "buildings", "weather"),
        ("pv_arrays", "pv_buildings", "pv_hourly", "pv_existing_hourly"),
        stages.solar,
        ("solar",),
    ),
    Step(
        "irradiation",
        ("roof_planes", "buildings", "weather", "trees", *MODEL_LAYERS),
        ("irradiation",),
        stages.irradiation,
        ("solar",),
    ),
    Step(
        "envelope",
        ("buildings", "weather"),
        ("envelope", "elements_listed", "irradiance"),
        stages.envelope,
        ("demand", "retrofit"),
    ),
    Step(
        "packages",
        ("buildings", "envelope", "elements_listed", "weather", "irradiance", "metered"),
        ("elements", "packages_cost"),
        stages.packages,
        ("demand", "retrofit", "finance", "supply", "balance"),
    ),
    Step(
        "demand",
        ("buildings", "envelope", "elements", "weather", "irradiance", "metered"),
        ("need", "heat_hourly", "hot_water_hourly", "electricity_hourly", "calibration"),
        stages.demand,
        ("demand",),
    ),
    Step(
        "supply",
        ("buildings", "need", "elements", "weather", "heat_hourly", "hot_water_hourly"),
        ("final_energy", "supply_electricity_hourly"),
        stages.supply,
        ("supply",),
    ),
    Step(
        "plausibility",
        ("buildings", "need", "pv_buildings", "register_report", "calibration", "surfaces"),
        ("doubts",),
        stages.plausibility,
        ("demand", "solar"),
    ),
    Step(
        "finance",
        ("buildings", "envelope", "elements", "need", "weather", "irradiance", "final_energy", "packages_cost", "pv_buildings"),
        ("economics", "pv_economics", "variant_costs", "abatement", "parties"),
        stages.finance,
        ("finance", "supply", "balance", "demand", "retrofit"),
    ),
    Step("balance", (*ENERGY, "variant_costs"), ("balance",), stages.balance, ("balance",)),
    Step("districts", ("blocks", "adjacency", "balance", "variant_costs"), ("candidates", "excluded"), stages.districts, ("districts",)),
    Step("verdicts", (*ENERGY, "blocks", "balance", "candidates"), ("verdicts", "scenarios"), stages.verdicts, ("balance",)),
    Step(
        "closers",
        ("buildings", "blocks", "balance", "pv_buildings", "candidates"),
        ("gap_closers",),
        stages.closers,
        ("balance", "districts"),
    ),
    Step(
        "uncertainty",
        ("buildings", "final_energy", "need", "balance", "pv_buildings", "packages_cost", "variant_costs", "candidates"),
        ("probabilities", "bands", "sensitivity"),
        stages.uncertainty,
        ("uncertainty", "balance"),
    ),
    Step(
        "kpis",
        (*ENERGY, "blocks", "need", "pv_buildings", "probabilities", "variant_costs", "balance", "candidates"),
        ("kpis", "block_kpis"),
        stages.kpis,
        ("balance",),
    ),
    Step(
        "sharing",
        (*ENERGY, "balance", "pv_buildings", "candidates"),
        ("sharing", "energy_communities"),
        stages.sharing,
        ("balance", "sharing"),
    ),
)
