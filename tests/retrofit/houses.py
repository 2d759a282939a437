"""Material of the tests of retrofit, supply and finance: the 26 Polish types as buildings, and a plain year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo import demand, plans, retrofit, typology
from ped_geo.demand.losses import loss_coefficients
from ped_geo.study import Study

SINGLE = ("SFH", "TH")


def houses(**changes: object) -> pd.DataFrame:
    """The 26 types as buildings in two blocks: flats on district heat, houses on coal; `changes` replaces columns."""
    types = typology.types()
    single = types["size_class"].isin(SINGLE)
    codes = pd.Index(types.index, name="building_id")
    frame = pd.DataFrame(
        {
            "tabula_code": types.index.astype("str"),
            "refurbishment_state": "original",
            "heritage": False,
            "heated": True,
            "use": np.where(single, "residential_single", "residential_multi"),
            "reference_area_m2": types["reference_area_m2"].to_numpy(float),
            "roof_shape": "flat",
            "construction_period": [f"PL.{code[-2:]}" for code in types.index],
            "heat_supply": np.where(single, "coal", "district_heat"),
            "heat_supply_source": "inferred: test",
            "height_m": types["storeys"].to_numpy(float) * 2.8,
            "block_id": np.where(single, "houses", "blocks"),
            "dwellings": np.where(single, 1.0, 40.0),
            "street": "Polna",
            "housenumber": [str(number) for number in range(1, len(types) + 1)],
        },
        index=codes,
    )
    return frame.assign(**changes)


def envelopes() -> pd.DataFrame:
    """Published areas of the 26 types."""
    types = typology.types()
    names = [name for name in types if name.endswith("_m2") and name != "reference_area_m2"]
    frame = types[names].assign(volume_m3=types["reference_area_m2"] * 2.5, eaves_height_m=types["storeys"] * 2.8)
    frame.index = pd.Index(types.index, name="building_id")
    return frame


def year() -> pd.DataFrame:
    """Temperatures of a plain year, mean 8.5 °C."""
    hours = np.arange(8760)
    air = 8.5 - 10.5 * np.cos(2 * np.pi * (hours / 24 - 20) / 365) - 3.5 * np.cos(2 * np.pi * (hours - 3) / 24)
    return pd.DataFrame({"temp_air": air}, index=pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC"))


def sun() -> pd.DataFrame:
    """Irradiance on the four verticals and the horizontal of the plain year."""
    hours = np.arange(8760)
    height = np.maximum(np.sin(np.pi * (hours % 24 - 5) / 14), 0.0)
    season = 0.55 - 0.35 * np.cos(2 * np.pi * (hours / 24 - 20) / 365)
    tops = {"north": 60.0, "east": 190.0, "south": 330.0, "west": 180.0, "horizontal": 420.0}
    return pd.DataFrame({side: top * season * height for side, top in tops.items()}, index=year().index)


def seasonal_heat(thermal_state: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.Series:
    """Heat need by the TABULA season [kWh/a]."""
    coefficients = loss_coefficients(thermal_state, envelopes(), buildings, study)
    specific = demand.seasonal_need(coefficients, demand.tabula_climate(), study)["heat_need_kwh_m2a"]
    return specific * coefficients["reference_area_m2"]


def needs(thermal_state: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Layer ``need``, as far as supply and finance read it."""
    area = buildings["reference_area_m2"].loc[thermal_state.index.get_level_values("building_id")].to_numpy(float)
    return pd.DataFrame({"heat_need_kwh_a": seasonal_heat(thermal_state, buildings, study), "hot_water_need_kwh_a": 20.0 * area})


def district(study: Study, **changes: object) -> plans.PackageEvaluator:
    """The 26 types as something to be improved."""
    buildings = houses(**changes)
    thermal_state = retrofit.envelope_states(buildings, envelopes(), study, packages=["existing"])
    need = needs(thermal_state, buildings, study)
    model = plans.heat_need_model(need, thermal_state, buildings, envelopes(), sun(), year(), study)
    return plans.package_evaluator(buildings, envelopes(), thermal_state, need, year(), study, heat_need=model)
