"""
Cases of ASHRAE Standard 140-2020, section 7 (building thermal envelope and fabric load), as rooms of EN ISO 52016-1.

Weather is the standard's own station and year, Denver International Airport TMY3 725650 (NREL, public domain): hourly temperature,
global, direct and diffuse irradiance and the sky's infrared radiation in ``denver_725650_tmy3.csv.gz``. What six detailed programs found
stands in `PROGRAMS` (their results of 2020: BSIMAC, CSE, DeST, EnergyPlus, ESP-r, TRNSYS).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib

from ped_geo.demand.rooms import UNLIMITED_W, Rooms, opaque_nodes
from ped_geo.study import Study

SIDES = ("north", "east", "south", "west")
LATITUDE, LONGITUDE, ALTITUDE = 39.83, -104.65, 1650.0

PROGRAMS = {
    # least and most of annual heating, of annual sensible cooling [MWh]
    "600": (3.993, 4.504, 5.432, 6.162),
    "610": (4.066, 4.592, 4.117, 4.382),
    "620": (4.094, 4.719, 3.841, 4.404),
    "630": (4.356, 5.139, 2.573, 3.074),
    "640": (2.403, 2.682, 5.237, 5.893),
    "650": (0.0, 0.0, 4.186, 4.945),
    "900": (1.379, 1.814, 2.267, 2.714),
    "910": (1.648, 2.163, 1.191, 1.490),
    "920": (2.956, 3.607, 2.549, 3.128),
    "930": (3.524, 4.384, 1.654, 2.161),
    "940": (0.863, 1.389, 2.203, 2.613),
    "950": (0.0, 0.0, 0.586, 0.707),
}
"""Least and most that the programs found: heating, sensible cooling [MWh/a]; tables B8-1 and B8-2."""

FLOATING = {
    "600FF": (62.4, 68.4, -13.8, -9.9, 24.3, 26.1),
    "900FF": (43.3, 46.0, 0.6, 2.2, 24.5, 25.7),
}
"""Least and most of the greatest, the least and the mean hourly air temperature [°C]; table B8-5."""

INNER = {"wall": 1.8, "roof": 1.7, "floor": 3.7, "window": 4.5}
"""Combined inner surface coefficients that the standard derives from detailed programs, cases 450 and 460 (table 5-46) [W/(m²K)]."""
OUTER = {"wall": 21.6, "roof": 21.8, "floor": 5.2, "window": 17.8}
"""The same outside, cases 450 and 470."""
SUN_LOST = 0.035
"""Share of the sun that leaves again through the glass of case 600 (informative annex on interior solar distribution)."""
SKY = 15.03
"""How much colder than the air the sky of this weather is in the mean, by the file's infrared radiation [K]; held by a test."""
GLASS = 5.048
"""Conductance of the double pane from surface to surface [W/(m²K)]."""
GLASS_G = 0.769
AIR_HEAT = 1.2041 * 0.8217 * 1006 / 3600
"""Heat capacity of the thin air at 1,650 m [Wh/(m³K)]."""
NIGHT_AIR = 1703.16
"""What the fan moves at night [m³/h]."""

# layers from outside inwards: conductivity [W/(mK)], thickness [m], density [kg/m³], specific heat [J/(kgK)]
LIGHT = {
    "wall": [(0.14, 0.009, 530, 900), (0.04, 0.066, 12, 840), (0.16, 0.012, 950, 840)],
    "roof": [(0.14, 0.019, 530, 900), (0.04, 0.1118, 12, 840), (0.16, 0.010, 950, 840)],
    "floor": [(0.04, 1.003, 0, 0), (0.14, 0.025, 650, 1200)],
}
HEAVY = {
    "wall": [(0.14, 0.009, 530, 900), (0.04, 0.0615, 10, 1400), (0.51, 0.100, 1400, 1000)],
    "roof": LIGHT["roof"],
    "floor": [(0.04, 1.007, 0, 0), (1.13, 0.080, 1400, 1000)],
}
CLASSES = {
    "light": {"wall": "both_sides", "roof": "both_sides", "floor": "inside"},
    "heavy": {"wall": "inside", "roof": "both_sides", "floor": "inside"},
}


@dataclass(frozen=True)
class Case:
    """A case: its mass, the windows by direction [m²], what shades them, and what the thermostat does."""

    mass: str
    windows: tuple[float, float, float, float] = (0.0, 0.0, 12.0, 0.0)
    shade: str = ""
    control: str = "20/27"


CASES = {
    number + kind: Case(mass, *rest)
    for mass, first in (("light", "6"), ("heavy", "9"))
    for number, kind, rest in (
        (first + "00", "", ()),
        (first + "10", "", ((0.0, 0.0, 12.0, 0.0), "overhang")),
        (first + "20", "", ((0.0, 6.0, 0.0, 6.0),)),
        (first + "30", "", ((0.0, 6.0, 0.0, 6.0), "fins")),
        (first + "40", "", ((0.0, 0.0, 12.0, 0.0), "", "setback")),
        (first + "50", "", ((0.0, 0.0, 12.0, 0.0), "", "night")),
        (first + "00", "FF", ((0.0, 0.0, 12.0, 0.0), "", "none")),
    )
}


@cache
def denver() -> pd.DataFrame:
    """Weather by the hour, local standard time, with the sun's place in the middle of each hour."""
    table = pd.read_csv(Path(__file__).with_name("denver_725650_tmy3.csv.gz"))
    hours = pd.date_range("2023-01-01", periods=8760, freq="h", tz="Etc/GMT+7")
    sun = pvlib.solarposition.get_solarposition(hours + pd.Timedelta(minutes=30), LATITUDE, LONGITUDE, ALTITUDE)
    table.index = hours
    return table.assign(zenith=sun["apparent_zenith"].to_numpy(), azimuth=sun["azimuth"].to_numpy())


def incidence(cosine: np.ndarray) -> np.ndarray:
    """Transmission of the clear double pane over that at right angles (optical table of case 600, as a polynomial of the angle)."""
    angle = np.arccos(np.clip(cosine, 0.0, 1.0))
    return np.clip(1.0 - 0.189 * angle + 0.644 * angle**2 - 0.596 * angle**3, 0.0, 1.0)


def diffuse_incidence() -> float:
    """The same for light that comes from all sides alike."""
    angle = (np.arange(900) + 0.5) * np.pi / 1800
    weight = np.sin(angle) * np.cos(angle)
    return float((incidence(np.cos(angle)) * weight).sum() / weight.sum())


def shades(kind: str, side: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rectangles before a window's wall: corner and two edges; x along the wall to the right seen from outside, y outwards, z up [m]."""
    if kind == "overhang" and side == "south":
        return [(np.array([0.0, 0.0, 2.7]), np.array([8.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))]
    if kind == "fins" and side in ("east", "west"):
        return [
            (np.array([1.5, 0.0, 2.7]), np.array([3.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])),
            (np.array([1.5, 0.0, 0.0]), np.array([0.0, 0.0, 2.7]), np.array([0.0, 1.0, 0.0])),
            (np.array([4.5, 0.0, 0.0]), np.array([0.0, 0.0, 2.7]), np.array([0.0, 1.0, 0.0])),
        ]
    return []


def panes(side: str) -> np.ndarray:
    """Points on the windows of a side, shape (n, 3): two of 3 m x 2 m in the south, one elsewhere, their sill at 0.2 m."""
    starts = (0.5, 4.5) if side == "south" else (1.5,)
    x = np.concatenate([start + (np.arange(12) + 0.5) / 4 for start in starts])
    z = 0.2 + (np.arange(8) + 0.5) / 4
    grid = np.stack(np.meshgrid(x, z), axis=-1).reshape(-1, 2)
    return np.stack([grid[:, 0], np.zeros(len(grid)), grid[:, 1]], axis=1)


def reached(points: np.ndarray, directions: np.ndarray, rectangles: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """Share of the points from which nothing stands in each direction, shape (m,)."""
    free = np.ones((len(directions), len(points)), dtype=bool)
    for corner, one, two in rectangles:
        normal = np.cross(one, two)
        facing = directions @ normal
        # a ray along the rectangle's plane never meets it
        far = ((corner - points) @ normal)[None, :] / np.where(np.abs(facing) < 1e-9, 1e-9, facing)[:, None]
        hit = points[None] + far[..., None] * directions[:, None] - corner
        u, v = hit @ one / (one @ one), hit @ two / (two @ two)
        free &= ~((far > 1e-9) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1))
    return free.mean(axis=1)


@cache
def sun_on(side: str, shade: str) -> tuple[np.ndarray, np.ndarray]:
    """Sun on the outside of a wall, and through its panes as if at right angles [W/m²], Perez sky, albedo 0.2."""
    weather = denver()
    tilt, azimuth = (0.0, 180.0) if side == "up" else (90.0, 90.0 * SIDES.index(side))
    extra = pvlib.irradiance.get_extra_radiation(weather.index)
    sky = pvlib.irradiance.get_total_irradiance(
        tilt,
        azimuth,
        weather["zenith"],
        weather["azimuth"],
        weather["dni"],
        weather["ghi"],
        weather["dhi"],
        extra,
        model="perez",
        albedo=0.2,
    ).fillna(0.0)
    outside = sky["poa_global"].to_numpy()
    if side == "up":
        return outside, np.zeros(len(outside))
    cosine = np.clip(pvlib.irradiance.aoi_projection(tilt, azimuth, weather["zenith"], weather["azimuth"]).to_numpy(), 0.0, 1.0)
    beam, open_sky, ground = (sky[name].to_numpy() for name in ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse"))
    lit, sky_lit, ground_lit = np.ones(len(beam)), 1.0, 1.0
    rectangles, points = shades(shade, side), panes(side)
    if rectangles:
        zenith, turn = np.radians(weather["zenith"].to_numpy()), np.radians(weather["azimuth"].to_numpy() - azimuth)
        # seen from outside, right is counterclockwise
        towards = np.stack([-np.sin(zenith) * np.sin(turn), np.sin(zenith) * np.cos(turn), np.cos(zenith)], axis=1)
        up = (cosine > 0) & (weather["zenith"].to_numpy() < 90)
        lit[up] = reached(points, towards[up], rectangles)
        height, around = (grid.ravel() for grid in np.meshgrid((np.arange(36) - 17.5) * 5, (np.arange(36) - 17.5) * 5))
        height, around = np.radians(height), np.radians(around)
        rays = np.stack([np.cos(height) * np.sin(around), np.cos(height) * np.cos(around), np.sin(height)], axis=1)
        weight, seen = np.cos(height) ** 2 * np.cos(around), reached(points, rays, rectangles)
        sky_lit, ground_lit = (float((seen * weight)[half].sum() / weight[half].sum()) for half in (height > 0, height < 0))
    through = incidence(cosine) * beam * lit + diffuse_incidence() * (open_sky * sky_lit + ground * ground_lit)
    return outside, through


def room_of(case: Case, *, sky_difference: float = 11.0) -> Rooms:
    """The case as one room."""
    layers = LIGHT if case.mass == "light" else HEAVY
    glass = sum(case.windows)
    gross = np.array([21.6, 16.2, 21.6, 16.2])
    walls = gross - np.array(case.windows)
    area = np.array([walls.sum(), 48.0, 48.0, 0.0, glass, 0.0])
    conductance, capacity = [], []
    for name in ("wall", "roof", "floor"):
        resistance = np.array([sum(layer[1] / layer[0] for layer in layers[name])])
        heat = np.array([sum(layer[1] * layer[2] * layer[3] for layer in layers[name])], dtype=float)
        nodes = opaque_nodes(resistance, heat, np.array([CLASSES[case.mass][name]]))
        conductance.append(nodes[0])
        capacity.append(nodes[1])
    conductance.append(np.ones((4, 1)))
    capacity.append(np.ones((5, 1)))
    outer = 24.14
    air = 129.6 * AIR_HEAT
    column = lambda *values: np.array(values, dtype=float)[:, None]  # noqa: E731
    return Rooms(
        area=area[:, None],
        convection=column(2.5, 5.0, 0.7, 2.5, 2.5, 2.5),
        conductance=np.stack(conductance),
        capacity=np.stack(capacity),
        outside=column(outer, outer, outer, 0.0),
        pane=column(GLASS, 1.0),
        pane_outside=column(outer, outer),
        sky=column(0.5, 1.0, 0.0, 0.0, 0.5, 0.0) * 4.14 * sky_difference,
        absorbed=column(*(0.6 * walls / walls.sum()), 0.6),
        apertures=column(*case.windows, 0.0) * GLASS_G,
        radiation=np.array([5.13]),
        ventilation=column(0.5 * air, 0.5 * air + NIGHT_AIR * AIR_HEAT),
        bridges=np.zeros(1),
        air_capacity=np.array([129.6 * AIR_HEAT * 3600.0]),
        gains=np.array([200.0]),
        gains_convective=0.4,
        sun_convective=0.1,
        power_convective=1.0,
        air_weight=np.ones(1),
        heat_to=np.array([20.0]),
        cool_to=np.array([27.0]),
        heat_most=np.array([UNLIMITED_W]),
        cool_most=np.array([UNLIMITED_W]),
    )


def with_inner_coefficients(rooms: Rooms) -> Rooms:
    """The room with the combined inner coefficients of cases 450 and 460."""
    combined = np.array([INNER["wall"], INNER["roof"], INNER["floor"], 1.0, INNER["window"], 1.0])
    return replace(rooms, radiation=np.array([1e-9]), convection=combined[:, None])


def with_outer_coefficients(rooms: Rooms) -> Rooms:
    """The room with the combined outer coefficients of cases 450 and 470, which leave no sky of its own."""
    outside = np.array([OUTER["wall"], OUTER["roof"], OUTER["floor"], 0.0])
    return replace(rooms, outside=outside[:, None], pane_outside=np.array([[OUTER["window"]], [1.0]]), sky=0.0 * rooms.sky)


def with_sun_lost(rooms: Rooms) -> Rooms:
    """The room whose windows let a little of the sun out again."""
    return replace(rooms, apertures=rooms.apertures * (1.0 - SUN_LOST))


def simple_of(case: Case) -> tuple[pd.DataFrame, pd.DataFrame, Study]:
    """The case for the simple method of EN ISO 13790: loss coefficients, irradiance through glass, settings."""
    layers = LIGHT if case.mass == "light" else HEAVY
    glass = sum(case.windows)
    area = {"wall": 75.6 - glass, "roof": 48.0, "floor": 48.0}
    films = {"wall": 1 / 7.63 + 1 / 24.14, "roof": 1 / 10.13 + 1 / 24.14, "floor": 1 / 5.83 + 1 / 24.14}
    opaque = sum(area[name] / (sum(layer[1] / layer[0] for layer in layers[name]) + films[name]) for name in area)
    # mass inside of the insulation (EN ISO 13790, 12.3.1.2)
    capacity = sum(area[name] * layers[name][-1][1] * layers[name][-1][2] * layers[name][-1][3] for name in area) / 3600 / 48
    row = {
        "h_opaque": opaque,
        "h_glazed": glass / (1 / GLASS + films["wall"]),
        "h_ventilation": 0.5 * 129.6 * AIR_HEAT,
        **{f"aperture_{side}": pane * GLASS_G for side, pane in zip(SIDES, case.windows, strict=True)},
        "aperture_horizontal": 0.0,
        "reference_area_m2": 48.0,
        "single_unit": True,
    }
    index = pd.MultiIndex.from_tuples([("case", "x")], names=["building_id", "package"])
    through = {side: sun_on(side, case.shade)[1] for side in SIDES}
    values = {"demand.heat_capacity": capacity, "building.internal_gains": 200 / 48, "demand.t_cooling": 27.0, "demand.heating_limit": 30.0}
    values |= {"demand.night_setback": 10.0, "demand.night_start": 23.0, "demand.night_end": 7.0}
    values["demand.mass_area"] = 2.5 if case.mass == "light" else 3.0
    study = Study(name="x", demand={"intermittency": "night" if case.control == "setback" else "none"}, overrides=values)
    return pd.DataFrame(row, index=index), pd.DataFrame(through | {"horizontal": 0.0}, index=denver().index), study


def drivers_for(case: Case) -> np.ndarray:
    """What the room sees, columns as the compiled year wants them."""
    weather = denver()
    hour = weather.index.hour.to_numpy()
    count = len(weather)
    sides = [sun_on(side, case.shade) for side in SIDES] + [sun_on("up", "")]
    change, heat, cool, other = np.zeros(count), np.ones(count), np.ones(count), np.zeros(count)
    night = (hour >= 23) | (hour < 7)
    if case.control == "setback":
        change[night] = -10.0
    if case.control == "night":
        fan = (hour >= 18) | (hour < 7)
        other[fan], cool[fan], heat[:] = 1.0, 0.0, 0.0
    if case.control == "none":
        heat[:], cool[:] = 0.0, 0.0
    glass, walls = [through for _, through in sides], [outside for outside, _ in sides]
    limit = np.full(count, 1e6)
    return np.stack([weather["temp_air"].to_numpy(), *glass, *walls, change, heat, cool, other, limit, limit, np.ones(count)], axis=1)
