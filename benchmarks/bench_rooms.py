"""Rooms of EN ISO 52016-1: building-years per second against the same equations solved by a matrix each hour."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks.bench_demand import STUDY, year
from benchmarks.measure import Result, cpu_seconds
from ped_geo import typology
from ped_geo.demand.elements import element_table, rooms_of
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.hourly import set_points
from ped_geo.demand.iso52016 import simulate_rooms
from ped_geo.demand.rooms import Rooms
from ped_geo.demand.seasonal import heating_hours
from tests.demand.dense_room import Piece, Zone, dense_year

ROOMS = 4_000


def elements_of(count: int) -> tuple[pd.DataFrame, pd.Series]:
    """Elements of `count` different buildings of the 26 types, scaled at random, and their blocks of twenty."""
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
    return element_table(thermal_state, areas, buildings, STUDY), pd.Series([f"k{number // 20}" for number in range(count)], index=ids)


def dense_zone(rooms: Rooms, at: int) -> Zone:
    """One room as a list of its elements: four walls, roof, floor, inner elements, windows together, door."""
    places = [(0, side, 4) for side in range(4)] + [(number, 4, 1) for number in (1, 2, 3)]
    pieces = [
        Piece(
            area=rooms.area[number, at] / parts,
            h=rooms.conductance[number, :, at].tolist(),
            kappa=rooms.capacity[number, :, at].tolist(),
            h_ci=rooms.convection[number, at],
            outside=rooms.outside[number, at],
            sky=rooms.sky[number, at],
            # the share of a direction in the walls stands in what they take up
            absorbs=rooms.absorbed[side, at] * parts if number < 2 else 0.0,
            faces=side,
        )
        for number, side, parts in places
    ]
    for pane in range(2):
        h_out, sky = rooms.pane_outside[pane, at], rooms.sky[4 + pane, at]
        pieces.append(Piece(rooms.area[4 + pane, at], [rooms.pane[pane, at]], [0.0, 0.0], rooms.convection[4 + pane, at], h_out, sky))
    return Zone(
        pieces,
        h_ri=rooms.radiation[at],
        ventilation=(rooms.ventilation[0, at], rooms.ventilation[1, at]),
        bridges=rooms.bridges[at],
        c_int=rooms.air_capacity[at],
        apertures=rooms.apertures[:, at].tolist(),
        gains=rooms.gains[at],
        f_int=rooms.gains_convective,
        f_sol=rooms.sun_convective,
        f_hc=rooms.power_convective,
        air_weight=rooms.air_weight[at],
        heat_to=rooms.heat_to[at],
        cool_to=rooms.cool_to[at],
        heat_most=rooms.heat_most[at],
    )


def benchmarks() -> Iterable[Result]:
    """Rate in double and single precision, its ratio to the dense solution in the same run, and 5,000 a second."""
    weather, irradiance = year()
    elements, blocks = elements_of(ROOMS)
    on = heating_hours(weather, base_c=STUDY.assumed("demand.heating_limit"))
    sun = [irradiance[side] for side in APERTURES]
    whole = np.stack([weather["temp_air"], *sun, *sun, np.zeros(len(on)), on, np.ones(len(on)), ~on], axis=1).astype(float)
    rooms = rooms_of(elements.iloc[:1], set_points(elements.iloc[:1], weather, STUDY), STUDY)
    zone, found = dense_zone(rooms, 0), []
    drivers = np.concatenate([whole[-336:], whole])
    peer = cpu_seconds(lambda: found.append(dense_year(zone, drivers, zone.heat_to)[0]), repeats=1, warm_up=False)
    truth = np.maximum(found[0][336:], 0.0).sum() / 1000
    for precision in ("double", "single"):
        ours = cpu_seconds(lambda p=precision: simulate_rooms(elements, blocks, weather, irradiance, STUDY, precision=p)) / ROOMS
        some = simulate_rooms(elements.iloc[:1], blocks, weather, irradiance, STUDY, precision=precision).annual["heat_need_kwh_a"].iloc[0]
        rate = round(1 / ours)
        accuracy = {"max_relative": float(abs(some / truth - 1)), "building_years_per_s": rate}
        yield Result(
            f"rooms of EN ISO 52016-1 with block sums, {precision} precision, against a dense solution each hour",
            ratio=peer / ours,
            goal=1_000.0,
            ours_cpu_s=ours,
            peer_cpu_s=peer,
            accuracy=accuracy,
            note=f"{ROOMS} buildings in blocks of 20; the peer solves 40 nodes with numpy",
        )
        if precision == "double":
            yield Result(
                "rooms of EN ISO 52016-1: building-years per CPU second, double precision",
                ratio=float(rate),
                goal=5_000.0,
                ours_cpu_s=ours,
                peer_cpu_s=0.0,
                accuracy={"dense_solutions_per_s": round(1 / peer, 2)},
                note="an absolute rate of this machine; the machine of the goal makes 4.3 dense solutions of 33 nodes a second",
            )
