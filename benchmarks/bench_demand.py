"""Hourly demand: building-years per second against a literal Python solver of the same equations, and memory."""

from __future__ import annotations

import importlib.util
import tracemalloc
from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks.literal_zone import LiteralZone
from benchmarks.measure import Result, cpu_seconds
from ped_geo import typology
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.hourly import set_points, simulate
from ped_geo.demand.losses import loss_coefficients
from ped_geo.demand.seasonal import heating_hours
from ped_geo.study import Study
from tests.demand.literal import literal_year

STUDY = Study(name="benchmark")
ZONES = 20_000


def year() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A made-up year of temperature and sun."""
    index = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    hour, day = np.arange(8760) % 24, np.arange(8760) / 24
    season = -np.cos(2 * np.pi * (day - 20) / 365)
    noise = np.random.default_rng(4).normal(0, 1.5, 8760)
    temperature = 8.5 + 10.5 * season - 3.5 * np.cos(2 * np.pi * (hour - 3) / 24) + noise
    height = np.maximum(np.sin(np.pi * (hour - 5) / 14), 0.0)
    sun = {side: top * (0.55 + 0.35 * season) * height for side, top in zip(APERTURES, (60.0, 190.0, 330.0, 180.0, 420.0), strict=True)}
    return pd.DataFrame({"temp_air": temperature}, index=index), pd.DataFrame(sun, index=index)


def district(count: int) -> tuple[pd.DataFrame, pd.Series]:
    """Loss coefficients of `count` different buildings of the 26 types, scaled at random, and their blocks of twenty."""
    types = typology.types()
    random = np.random.default_rng(5)
    chosen = types.iloc[random.integers(0, len(types), count)].copy()
    chosen["tabula_code"] = chosen.index.astype("str")
    ids = pd.Index([f"way/{number}" for number in range(count)], name="building_id")
    buildings = chosen[["reference_area_m2", "tabula_code"]].set_axis(ids)
    areas = chosen[[name for name in chosen if str(name).endswith("_m2") and name != "reference_area_m2"]].set_axis(ids)
    areas = areas.mul(random.uniform(0.8, 1.2, count), axis=0).assign(volume_m3=buildings["reference_area_m2"] * 2.5)
    thermal_state = typology.u_values(buildings["tabula_code"]).assign(ventilation_ach=0.4, heat_recovery=0.0)
    thermal_state = pd.concat({"existing": thermal_state}, names=["package"]).swaplevel()
    coefficients = loss_coefficients(thermal_state, areas, buildings, STUDY)
    return coefficients, pd.Series([f"k{number // 20}" for number in range(count)], index=ids)


def inputs(row: pd.Series, weather: pd.DataFrame, irradiance: pd.DataFrame) -> tuple[list[float], list[float], list[bool]]:
    """Outdoor temperature, solar gains [W] and heating hours of one building as plain lists, warmed up as the engine is."""
    solar = sum(row[f"aperture_{side}"] * irradiance[side].to_numpy() for side in APERTURES)
    on = heating_hours(weather, base_c=STUDY.assumed("demand.heating_limit"))
    outdoor, sun, allowed = (np.concatenate([values[-336:], values]).tolist() for values in (weather["temp_air"].to_numpy(), solar, on))
    return outdoor, sun, allowed


def literal_object(row: pd.Series, weather: pd.DataFrame, irradiance: pd.DataFrame, set_point: float) -> float:
    """Annual heat of one building by an object whose properties are the standard's equations [kWh/a]."""
    outdoor, sun, allowed = inputs(row, weather, irradiance)
    area = float(row["reference_area_m2"])
    parts = (float(row[name]) for name in ("h_opaque", "h_glazed", "h_ventilation"))
    zone = LiteralZone(area, *parts, c_m=45 * 3600 * area, theta_m=set_point)
    power = [zone.hour(t, s, 3.0 * area, set_point, 26.0, on) for t, s, on in zip(outdoor, sun, allowed, strict=True)]
    return sum(value for value in power[336:] if value > 0) / 1000


def literal_function(row: pd.Series, weather: pd.DataFrame, irradiance: pd.DataFrame, set_point: float) -> float:
    """The same by one function on plain floats, with all that is constant taken out of the hour [kWh/a]."""
    outdoor, sun, allowed = inputs(row, weather, irradiance)
    area = float(row["reference_area_m2"])
    power, _, _ = literal_year(
        floor_area=area,
        h_opaque=float(row["h_opaque"]),
        h_glazed=float(row["h_glazed"]),
        h_ventilation=float(row["h_ventilation"]),
        outdoor=outdoor,
        solar=sun,
        internal=[3.0 * area] * len(outdoor),
        set_heating=[set_point] * len(outdoor),
        set_cooling=26.0,
        may_heat=allowed,
        capacity_j_k=45 * 3600 * area,
        start=set_point,
    )
    return float(np.maximum(power[336:], 0).sum() / 1000)


PEERS = (
    ("one object per building, every equation a property", literal_object, {"double": 10_000.0, "single": 10_000.0}),
    ("one function per building, constants taken out of the hour", literal_function, {"double": 1_000.0, "single": 1_000.0}),
)


def benchmarks() -> Iterable[Result]:
    """Rates in double and single precision against two literal solvers, and memory with ten times the buildings."""
    weather, irradiance = year()
    coefficients, blocks = district(ZONES)
    some = coefficients.iloc[:3]
    points = set_points(some, weather, STUDY).tolist()
    ours, accuracy = {}, {}
    for precision in ("double", "single"):
        ours[precision] = cpu_seconds(lambda p=precision: simulate(coefficients, blocks, weather, irradiance, STUDY, precision=p)) / ZONES
    for words, solve, goals in PEERS:
        truth = np.array([solve(some.iloc[n], weather, irradiance, points[n]) for n in range(3)])
        peer = cpu_seconds(lambda f=solve: [f(some.iloc[n], weather, irradiance, points[n]) for n in range(3)], warm_up=False) / 3
        for precision, goal in goals.items():
            found = simulate(some, blocks, weather, irradiance, STUDY, precision=precision).annual["heat_need_kwh_a"].to_numpy()
            accuracy = {"max_relative": float(np.abs(found / truth - 1).max()), "building_years_per_s": round(1 / ours[precision])}
            yield Result(
                f"hourly demand with block sums, {precision} precision, against {words}",
                ratio=peer / ours[precision],
                goal=goal,
                ours_cpu_s=ours[precision],
                peer_cpu_s=peer,
                accuracy=accuracy,
                note=f"{ZONES} buildings in blocks of 20; the same equations",
            )
    yield memory(weather, irradiance)
    yield from published_package(ours["double"])


def memory(weather: pd.DataFrame, irradiance: pd.DataFrame) -> Result:
    """Peak memory of 5,000 over 500 buildings in the same 25 blocks."""
    peaks = []
    for count in (500, 5_000):
        coefficients, _ = district(count)
        ids = coefficients.index.get_level_values(0)
        blocks = pd.Series([f"k{number % 25}" for number in range(count)], index=ids)
        tracemalloc.start()
        simulate(coefficients, blocks, weather, irradiance, STUDY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return Result(
        "memory of ten times the buildings in the same blocks",
        ratio=peaks[1] / peaks[0],
        goal=2.0,
        ours_cpu_s=0.0,
        peer_cpu_s=0.0,
        accuracy={"peak_mb": [round(peak / 1e6, 1) for peak in peaks], "naive_mb": round(5_000 * 8760 * 8 / 1e6)},
        goal_is_upper=True,
        note="only block sums are kept",
    )


def published_package(ours: float) -> Iterable[Result]:
    """The published ``iso52016`` package, where it is installed: other equations (EN ISO 52016-1), so reported without a goal."""
    if importlib.util.find_spec("iso52016") is None:
        return
    peer = cpu_seconds(iso52016_year, repeats=1, warm_up=False)
    yield Result(
        "hourly demand, double precision, against the iso52016 package (other equations)",
        ratio=peer / ours,
        goal=0.0,
        ours_cpu_s=ours,
        peer_cpu_s=peer,
        note="a box of four walls, roof and floor by EN ISO 52016-1: 34 nodes and their matrix, against our five resistances",
    )


def iso52016_year() -> None:
    """One building-year of the ``iso52016`` package: a box of 10 m x 10 m x 3 m without sun."""
    from iso52016 import Building, Layer, Material, OpaqueElement, Orientation, Weather, Zone

    weather, _ = year()
    layers = [Layer(0.2, Material(2300, 880, 1.7)), Layer(0.1, Material(20, 1450, 0.035))]
    sides = [Orientation(90, turn) for turn in (0, 90, 180, 270)] + [Orientation(0, 0), Orientation(180, 0)]
    walls = [
        OpaqueElement(area=area, orientation=side, layers=layers) for area, side in zip((30, 30, 30, 30, 100, 100), sides, strict=True)
    ]
    zone = Zone(
        opaque_elements=walls,
        usable_floor_area=100,
        internal_gains=[np.full(8760, 300.0)],
        lower_temperature_limit=20,
        upper_temperature_limit=26,
    )
    Building(zones=zone, weather=Weather(air_temperature=weather["temp_air"].to_numpy(), wind=np.full(8760, 2.0))).calculate()
