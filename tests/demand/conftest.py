"""Demand's own material: the published typology as buildings, envelopes and thermal states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, typology
from ped_geo.study import Study


def published_types() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Buildings and envelope of the 26 types, with the areas that the typology publishes; index building_id is the code."""
    types = typology.types()
    types.index.name = "building_id"
    buildings = types[["reference_area_m2"]].assign(tabula_code=types.index.astype("str"))
    areas = types[[name for name in types if name.endswith("_m2") and name != "reference_area_m2"]].assign(
        volume_m3=types["reference_area_m2"] * 2.5
    )
    return buildings, areas


def published_elements(state: str) -> pd.DataFrame:
    """Elements of the 26 types as published, one package named like the state."""
    codes = pd.Series(typology.types().index, index=pd.Index(typology.types().index, name="building_id")).astype("str")
    found = typology.u_values(codes, state, typology="tabula").assign(ventilation_ach=0.4, heat_recovery=0.0)
    return pd.concat({state: found}, names=["package"]).swaplevel()


@pytest.fixture
def study() -> Study:
    return Study(name="x")


@pytest.fixture
def refurbished() -> pd.DataFrame:
    return assumptions.table("refurbished").set_index(["tabula_code", "state"])


@pytest.fixture(scope="session")
def weather_year() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A plain made-up year: temperature and sun as sines over year and day; irradiance on four walls and the horizontal [W/m²]."""
    index = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    hour, day = np.arange(8760) % 24, np.arange(8760) / 24
    season = -np.cos(2 * np.pi * (day - 20) / 365)
    temperature = 8.5 + 10.5 * season - 3.5 * np.cos(2 * np.pi * (hour - 3) / 24) + 2.0 * np.sin(day * 1.7)
    height = np.maximum(np.sin(np.pi * (hour - 5) / 14), 0.0)
    sun = {"north": 60.0, "east": 190.0, "south": 330.0, "west": 180.0}
    shift = {"north": 0, "east": -3, "south": 0, "west": 3}
    irradiance = {side: top * (0.55 + 0.35 * season) * np.roll(height, shift[side]) for side, top in sun.items()}
    irradiance["horizontal"] = 420.0 * (0.55 + 0.35 * season) * height
    return pd.DataFrame({"temp_air": temperature}, index=index), pd.DataFrame(irradiance, index=index)


def make_buildings(count: int = 3, **changes: object) -> pd.DataFrame:
    """Free-standing five-storey blocks of 40 m x 12 m, alternately in two city blocks; a test states only what differs."""
    ids = pd.Index([f"way/{number}" for number in range(1, count + 1)], name="building_id")
    walls = {"wall_north_m": 40.0, "wall_east_m": 12.0, "wall_south_m": 40.0, "wall_west_m": 12.0, "party_wall_length_m": 0.0}
    frame = {"footprint_area_m2": 480.0, "height_m": 15.0, "roof_height_m": 0.0, "roof_levels": 0.0, "reference_area_m2": 2040.0}
    frame |= {"heated": True, "use": "residential_multi", "tabula_code": "PL.N.MFH.03", "roof_shape": "flat", "dwellings": 40.0}
    frame |= {"residents": 80.0, "refurbishment_state": "original", "heritage": False, **walls}
    frame["block_id"] = [f"k{number % 2}" for number in range(count)]
    return pd.DataFrame({**frame, **changes}, index=ids)


def make_elements(buildings: pd.DataFrame, *states: str) -> pd.DataFrame:
    """Elements of the typology; package and state share their name."""
    frames = {
        state: typology.u_values(buildings["tabula_code"], state).assign(ventilation_ach=0.4, heat_recovery=0.0, circulation_factor=1.5)
        for state in states
    }
    return pd.concat(frames, names=["package"]).swaplevel().sort_index(level=0, sort_remaining=False)
