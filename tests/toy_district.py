"""Three synthetic blocks with the shapes the accounting expects: a synthetic year of load, sun and heat whose sums are round."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.balance import EnergyInputs
from ped_geo.flows import Group, Groups
from ped_geo.study import Study

HOURS = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
BLOCKS = ["b1", "b2", "b3"]
PACKAGES = {"existing": 1.0, "usual": 0.6, "advanced": 0.4, "near_zero": 0.2, "cost_optimal": 0.45}
SUPPLIES = ("today", "heat_pump_air")


def _shaped(weight: np.ndarray, total: float) -> np.ndarray:
    return weight / weight.sum() * total


def toy_inputs(*, heat_kwh: float = 100_000.0, electricity_kwh: float = 30_000.0, pv_kwh: float = 60_000.0) -> EnergyInputs:
    """Block b1 has two buildings on district heat, b2 one on gas and no roof for PV, b3 one on coal; b3's load is doubled."""
    hour, day = np.asarray(HOURS.hour), np.asarray(HOURS.day_of_year)
    winter = np.clip(np.cos(2 * np.pi * (day - 15) / 365), 0, None) + 0.02
    sun = np.clip(np.sin(np.pi * (hour - 6) / 12), 0, None) * np.where((hour >= 6) & (hour <= 18), 1, 0) * (1.3 - winter)
    daily = 1 + 0.5 * np.sin(2 * np.pi * (hour - 13) / 24)
    buildings = pd.DataFrame(
        {"block_id": ["b1", "b1", "b2", "b3", ""], "reference_area_m2": [400.0, 600.0, 1000.0, 500.0, 999.0]},
        index=pd.Index(["w1", "w2", "w3", "w4", "outside"], name="building_id"),
    )
    carrier = {"w1": "district_heat", "w2": "district_heat", "w3": "gas", "w4": "coal"}
    share = {"w1": 0.4, "w2": 0.6, "w3": 1.0, "w4": 0.5}
    block = {"w1": "b1", "w2": "b1", "w3": "b2", "w4": "b3"}
    rows, heat, supply = {}, {}, {}
    for package, factor in PACKAGES.items():
        for name in BLOCKS:
            total = sum(heat_kwh * factor * share[b] for b in block if block[b] == name)
            heat[package, name] = _shaped(winter, total)
            supply[package, "today", name] = np.zeros(8760)
            supply[package, "heat_pump_air", name] = _shaped(winter, total / 3)
        for building, part in share.items():
            need = heat_kwh * factor * part
            rows[building, package, "today"] = {f"{carrier[building]}_kwh_a": need}
            rows[building, package, "heat_pump_air"] = {"electricity_kwh_a": need / 3, "ambient_kwh_a": need * 2 / 3}
    final = pd.DataFrame.from_dict(rows, orient="index").fillna(0.0)
    final.index = pd.MultiIndex.from_tuples(rows, names=["building_id", "package", "supply"])
    hourly = pd.DataFrame({name: _shaped(daily, electricity_kwh * (2 if name == "b3" else 1)) for name in BLOCKS}, index=HOURS)
    pv = pd.DataFrame({"b1": _shaped(sun, pv_kwh), "b3": _shaped(sun, pv_kwh)}, index=HOURS)
    heat_frame = pd.DataFrame(heat, index=HOURS).rename_axis(columns=["package", "block_id"])
    supply_frame = pd.DataFrame(supply, index=HOURS).rename_axis(columns=["package", "supply", "block_id"])
    return EnergyInputs(buildings, final, hourly, supply_frame, pv, heat_frame, hourly * 0.0)


TOY_VARIANTS = (
    {"key": "today", "package": "existing"},
    {"key": "today_pv", "package": "existing", "pv": True},
    {"key": "usual", "package": "usual"},
    {"key": "usual_pv", "package": "usual", "pv": True},
    {"key": "advanced", "package": "advanced"},
    {"key": "advanced_pv", "package": "advanced", "pv": True},
    {"key": "cost_optimal_pv", "package": "cost_optimal", "pv": True},
    {"key": "near_zero_heat_pump_pv", "package": "near_zero", "supply": "heat_pump_air", "pv": True},
)


def toy_study(**changes: object) -> Study:
    """A study whose variants keep the heat supply or go over to heat pumps; keyword arguments change its balance section."""
    return Study.model_validate({"name": "toy", "variants": TOY_VARIANTS, "balance": changes})


def one_group(choice: dict[str, str]) -> Groups:
    """These blocks, each in this variant."""
    return Groups.of([Group("group", choice)])
