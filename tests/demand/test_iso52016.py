"""The method of EN ISO 52016-1 against its equations solved by a matrix each hour, by hand, and at its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ped_geo.demand.elements import element_table, rooms_of
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.hourly import drivers_of, set_points, simulate
from ped_geo.demand.iso52016 import run_rooms, simulate_rooms
from ped_geo.demand.rooms import Rooms, opaque_nodes
from ped_geo.demand.seasonal import heating_hours
from ped_geo.errors import LayerError
from ped_geo.study import Study
from tests.demand.conftest import published_elements, published_types
from tests.demand.dense_room import Piece, Zone, dense_year, steady

BUILDINGS, ENVELOPE = published_types()
BLOCKS = pd.Series([f"k{number % 3}" for number in range(len(BUILDINGS))], index=BUILDINGS.index)
SIDES = ("north", "east", "south", "west")


def table_of(*states: str, study: Study, **changes: float) -> pd.DataFrame:
    thermal_state = pd.concat([published_elements(state) for state in states]).assign(**changes)
    return element_table(thermal_state, ENVELOPE, BUILDINGS, study)


def literal_zone(code: str, state: str, set_point: float, recovery: float = 0.0) -> Zone:
    """The published type as the standard describes it: each wall and each window by itself."""
    u = published_elements(state).loc[(code, state)]
    shown, floor_area = ENVELOPE.loc[code], BUILDINGS.loc[code, "reference_area_m2"]
    pieces = []

    def opaque(area: float, u_value: float, h_ci: float, sky: float, absorbs: float, faces: int) -> None:
        resistance = max(1 / u_value - 1 / (h_ci + 5.13) - 1 / 24.14, 0.02)
        spread = (0, 0, 0, 0, 1) if resistance >= 1.0 else (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)
        h = [part / resistance for part in (6, 3, 3, 6)]
        pieces.append(Piece(area, h, [110_000 * part for part in spread], h_ci, 24.14, sky * 4.14 * 11, absorbs, faces))

    for faces in range(4):
        opaque(shown["wall_area_m2"] / 4, u["u_wall"], 2.5, 0.5, 0.6 * 0.6, faces)
    opaque(shown["roof_area_m2"], u["u_roof"], 5.0, 1.0, 0.6 * 0.8, 4)
    floor = max(1 / u["u_floor"] - 1 / 5.83 - 1 / 24.14, 0.02)
    rest = max(1 / (0.5 * u["u_floor"]) - 1 / 5.83 - floor, 0.02)
    ground = min(0.25, rest / 2)
    kappa = [0, 1e6, 0, 0, 110_000] if floor >= 1.0 else [0, 1e6, 27_500, 55_000, 27_500]
    h = [2 / ground, 1 / (floor / 4 + ground / 2), 2 / floor, 4 / floor]
    pieces.append(Piece(shown["floor_area_m2"], h, kappa, 0.7, 1 / (rest - ground)))
    parts = ("wall", "roof", "floor", "window", "door")
    inner = max(4.5 * floor_area - sum(shown[f"{name}_area_m2"] for name in parts), 0.1 * floor_area)
    pieces.append(Piece(inner, [part / 0.15 for part in (6, 3, 3, 6)], [110_000 * part for part in (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)], 2.5, 0.0))
    for name, u_value in (("window", u["u_window"]), ("door", u["u_door"])):
        resistance = max(1 / u_value - 1 / 7.63 - 1 / 24.14, 0.02)
        areas = [shown[f"window_area_{side}_m2"] for side in SIDES] if name == "window" else [shown["door_area_m2"]]
        # what the four directions of windows do not make up faces nowhere in particular
        pieces += [Piece(area, [1 / resistance], [0.0, 0.0], 2.5, 24.14, 0.5 * 4.14 * 11) for area in areas]
    change = 0.34 * shown["volume_m3"]
    bridges = u["thermal_bridge_surcharge"] * sum(shown[f"{name}_area_m2"] for name in parts)
    glass = 0.6 * u["g_window"] * 0.7 * 0.9
    return Zone(
        pieces,
        h_ri=5.13,
        ventilation=(change * (0.4 * (1 - recovery) + u["infiltration_ach"]), change * (0.4 + u["infiltration_ach"])),
        bridges=bridges,
        c_int=10_000 * floor_area,
        apertures=[*(glass * shown[f"window_area_{side}_m2"] for side in SIDES), 0.0],
        gains=3.0 * floor_area,
        f_int=0.4,
        f_sol=0.1,
        f_hc=0.4,
        air_weight=0.5,
        heat_to=set_point,
        cool_to=26.0,
    )


def literal_drivers(weather: pd.DataFrame, irradiance: pd.DataFrame, study: Study) -> np.ndarray:
    """What the zone sees, the last two weeks first."""
    on = heating_hours(weather, base_c=12.0)
    sun = [irradiance[side] for side in APERTURES]
    night = np.zeros(len(weather))
    if study.demand.intermittency == "night":
        hour = weather.index.tz_convert("Europe/Warsaw").hour
        night[(hour >= 22) | (hour < 5)] = -2.0
    whole = np.stack([weather["temp_air"], *sun, *sun, night, on, np.ones(len(weather)), ~on], axis=1).astype(float)
    return np.concatenate([whole[-336:], whole])


@pytest.mark.parametrize(
    ("code", "state", "intermittency", "recovery"),
    [
        ("PL.N.SFH.01", "original", "tabula", 0.0),
        ("PL.N.TH.05", "usual", "night", 0.0),
        ("PL.N.AB.07", "advanced", "none", 0.8),
    ],
)
def test_need_equals_the_dense_solution_of_the_standards_equations(code, state, intermittency, recovery, weather_year):
    """1e-9 of the annual need, the peak and every hour, each wall and each window solved by itself; heat recovery with its bypass."""
    weather, irradiance = weather_year
    study = Study(name="x", demand={"intermittency": intermittency})
    row = table_of(state, study=study, heat_recovery=recovery).loc[[(code, state)]]
    set_point = set_points(row, weather, study)[0]
    # windows of a type that face no direction are given to the north, in both
    literal = literal_zone(code, state, set_point, recovery)
    power, air, felt = (values[336:] for values in dense_year(literal, literal_drivers(weather, irradiance, study), set_point))
    found = simulate_rooms(row, BLOCKS, weather, irradiance, study)
    heat = np.maximum(power, 0.0)
    assert found.annual["heat_need_kwh_a"].iloc[0] == pytest.approx(heat.sum() / 1000, rel=1e-9)
    assert found.annual["cooling_need_kwh_a"].iloc[0] == pytest.approx((heat - power).sum() / 1000, rel=1e-9)
    assert found.annual["heat_peak_kw"].iloc[0] == pytest.approx(heat.max() / 1000, rel=1e-9)
    hourly = found.heat_hourly.to_numpy().sum(axis=1)
    assert np.abs(hourly - heat / 1000).max() < 1e-6 * heat.max() / 1000  # stored as float32
    years = kept_years(row, weather, irradiance, study)
    assert np.abs(years.power[:, 0] - power).max() < 1e-9 * heat.max()
    assert np.abs(years.air[:, 0] - air).max() < 1e-9
    assert np.abs(years.operative[:, 0] - felt).max() < 1e-9


def kept_years(rows: pd.DataFrame, weather: pd.DataFrame, irradiance: pd.DataFrame, study: Study):
    simple = drivers_of(weather, irradiance, study, "Europe/Warsaw")
    sun, on = simple[:, 1:6], simple[:, 7:8]
    drivers = np.hstack([simple[:, :1], sun, sun, simple[:, 6:7], on, np.ones_like(on), 1 - on, np.full((len(on), 2), 1e6)])
    return run_rooms(rooms_of(rows, set_points(rows, weather, study), study), drivers, warm_up=336, keep=True)
