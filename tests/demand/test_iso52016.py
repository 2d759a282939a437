"""The method of EN ISO 52016-1 against its equations solved by a matrix each hour, by hand, and at its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ped_geo.demand.elements import element_table, rooms_of
from ped_geo.demand.envelope import APERTURES
from ped_geo.demand.hourly import drivers_of, set_points
from ped_geo.demand.iso52016 import run_rooms, simulate_rooms
from ped_geo.demand.rooms import Rooms, opaque_nodes
from ped_geo.demand.seasonal import heating_hours, seasonal_climate, seasonal_need
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


def mass_of(code: str) -> float:
    """Table B.14 as the Polish pack takes it: brick until 1966 and blocks of flats until 1992 heavy, panels very heavy, else medium [J/(m²K)]."""
    size, period = code.split(".")[2:]
    if size == "AB" and period in ("03", "04"):
        return 250_000
    return 175_000 if period in ("01", "02") or (size == "MFH" and period in ("03", "04")) else 110_000


def literal_zone(code: str, state: str, set_point: float, recovery: float = 0.0) -> Zone:
    """The published type as the standard describes it: each wall and each window by itself."""
    u = published_elements(state).loc[(code, state)]
    shown, floor_area = ENVELOPE.loc[code], BUILDINGS.loc[code, "reference_area_m2"]
    pieces, mass = [], mass_of(code)

    def opaque(area: float, u_value: float, h_ci: float, sky: float, absorbs: float, faces: int) -> None:
        resistance = max(1 / u_value - 1 / (h_ci + 5.13) - 1 / 24.14, 0.02)
        spread = (0, 0, 0, 0, 1) if resistance >= 1.0 else (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)
        h = [part / resistance for part in (6, 3, 3, 6)]
        pieces.append(Piece(area, h, [mass * part for part in spread], h_ci, 24.14, sky * 4.14 * 11, absorbs, faces))

    for faces in range(4):
        opaque(shown["wall_area_m2"] / 4, u["u_wall"], 2.5, 0.5, 0.6 * 0.6, faces)
    opaque(shown["roof_area_m2"], u["u_roof"], 5.0, 1.0, 0.6 * 0.8, 4)
    floor = max(1 / u["u_floor"] - 1 / 5.83 - 1 / 24.14, 0.02)
    rest = max(1 / (0.5 * u["u_floor"]) - 1 / 5.83 - floor, 0.02)
    ground = min(0.25, rest / 2)
    kappa = [0, 1e6, 0, 0, mass] if floor >= 1.0 else [0, 1e6, mass / 4, mass / 2, mass / 4]
    h = [2 / ground, 1 / (floor / 4 + ground / 2), 2 / floor, 4 / floor]
    pieces.append(Piece(shown["floor_area_m2"], h, kappa, 0.7, 1 / (rest - ground)))
    parts = ("wall", "roof", "floor", "window", "door")
    inner = max(4.5 * floor_area - sum(shown[f"{name}_area_m2"] for name in parts), 0.1 * floor_area)
    pieces.append(
        Piece(inner, [part / 0.15 for part in (6, 3, 3, 6)], [mass * part for part in (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)], 2.5, 0.0)
    )
    for name, u_value in (("window", u["u_window"]), ("door", u["u_door"])):
        resistance = max(1 / u_value - 1 / 7.63 - 1 / 24.14, 0.02)
        areas = [shown[f"window_area_{side}_m2"] for side in SIDES] if name == "window" else [shown["door_area_m2"]]
        # what the four directions of windows do not make up faces nowhere in particular
        pieces += [Piece(area, [1 / resistance], [0.0, 0.0], 2.5, 24.14, 0.5 * 4.14 * 11) for area in areas]
    change = 0.34 * shown["volume_m3"]
    bridges = u["thermal_bridge_surcharge"] * sum(shown[f"{name}_area_m2"] for name in parts)
    glass = 0.6 * u["g_window"] * 0.7 * 0.9
    # at -20 °C outdoors and 20 °C in the rooms, half of the difference at the floor
    lost = bridges + sum(shown[f"{name}_area_m2"] * u[f"u_{name}"] * (0.5 if name == "floor" else 1.0) for name in parts)
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
        heat_most=40.0 * (lost + change * (0.4 * (1 - recovery) + u["infiltration_ach"])),
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
    # a month of spring and one of summer: heating, cooling, and days without heating
    weather, irradiance = (table.iloc[np.r_[2160:2880, 4320:5040]] for table in weather_year)
    study = Study(name="x", demand={"intermittency": intermittency}, overrides={"demand.t_cooling": 20.5})
    row = table_of(state, study=study, heat_recovery=recovery).loc[[(code, state)]]
    set_point = set_points(row, weather, study)[0]
    literal = replace(literal_zone(code, state, set_point, recovery), cool_to=20.5)
    power, air, felt = (values[336:] for values in dense_year(literal, literal_drivers(weather, irradiance, study), set_point))
    found = simulate_rooms(row, BLOCKS, weather, irradiance, study)
    heat = np.maximum(power, 0.0)
    assert heat.max() > 0
    assert power.min() < 0
    assert found.annual["heat_need_kwh_a"].iloc[0] == pytest.approx(heat.sum() / 1000, rel=1e-9)
    assert found.annual["cooling_need_kwh_a"].iloc[0] == pytest.approx((heat - power).sum() / 1000, rel=1e-9)
    assert found.annual["heat_peak_kw"].iloc[0] == pytest.approx(heat.max() / 1000, rel=1e-9)
    hourly = found.heat_hourly.to_numpy().sum(axis=1)
    assert np.abs(hourly - heat / 1000).max() < 1e-6 * heat.max() / 1000  # stored as float32
    years = kept_years(row, weather, irradiance, study)
    assert np.abs(years.power[:, 0] - power).max() < 1e-9 * heat.max()
    assert np.abs(years.air[:, 0] - air).max() < 1e-9
    assert np.abs(years.operative[:, 0] - felt).max() < 1e-9


def test_a_school_equals_the_dense_solution_with_gains_that_come_and_go(weather_year):
    """Weekdays from 8 to 16 but not in July: 15 W/m² then, 1 W/m² else, told hour by hour to the dense solution."""
    weather, irradiance = (table.iloc[np.r_[2160:2880, 4320:4700]] for table in weather_year)
    study = Study(name="x", demand={"intermittency": "none"})
    row = table_of("original", study=study).loc[[("PL.N.AB.07", "original")]].assign(use="school")
    local = weather.index.tz_convert("Europe/Warsaw")
    there = (local.hour >= 8) & (local.hour < 16) & (local.day_of_week < 5) & (local.month != 7)
    assert 0 < there.sum() < 720 / 3
    set_point = set_points(row, weather, study)[0]
    plain = literal_zone("PL.N.AB.07", "original", set_point)
    share = np.where(there, 1.0, 1.0 / 15.0)
    drivers = np.column_stack([literal_drivers(weather, irradiance, study), np.zeros((len(there) + 336, 2)), np.r_[share[-336:], share]])
    area = row["reference_area_m2"].iloc[0]
    power = dense_year(replace(plain, gains=15.0 * area), drivers, set_point)[0][336:]
    found = simulate_rooms(row, BLOCKS, weather, irradiance, study).annual.iloc[0]
    assert found["heat_need_kwh_a"] == pytest.approx(np.maximum(power, 0).sum() / 1000, rel=1e-9)
    assert found["cooling_need_kwh_a"] == pytest.approx(np.maximum(-power, 0).sum() / 1000, rel=1e-9)


def test_mass_is_that_of_the_types_construction_unless_the_district_says_another():
    table = table_of("original", study=Study(name="x"))
    codes = table.index.get_level_values(0)
    assert table["heat_capacity"].tolist() == [mass_of(code) for code in codes]
    own = table_of("original", study=Study(name="x", overrides={"demand.element_heat_capacity": 90_000.0}))
    assert (own["heat_capacity"] == 90_000.0).all()
    assert (table_of("original", study=Study(name="x", country="DE"))["heat_capacity"] == 110_000.0).all()


def kept_years(rows: pd.DataFrame, weather: pd.DataFrame, irradiance: pd.DataFrame, study: Study):
    simple = drivers_of(weather, irradiance, study, "Europe/Warsaw")
    sun, on = simple[:, 1:6], simple[:, 7:8]
    drivers = np.hstack(
        [simple[:, :1], sun, sun, simple[:, 6:7], on, np.ones_like(on), 1 - on, np.full((len(on), 2), 1e6), np.ones_like(on)]
    )
    return run_rooms(rooms_of(rows, set_points(rows, weather, study), study), drivers, warm_up=336, keep=True)


def constant_weather(celsius: float, watts: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    hours = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    return pd.DataFrame({"temp_air": celsius}, index=hours), pd.DataFrame(dict.fromkeys(APERTURES, watts), index=hours)


def plain_box(u_value: float, convective: float) -> Rooms:
    """A room of one kind of wall alone, 100 m²: no window, no air change, no sky."""
    one = np.ones(1)
    resistance = np.array([1 / u_value - 1 / 7.63 - 1 / 24.14])
    nodes = opaque_nodes(resistance, np.array([110_000.0]), np.array(["even"]))
    empty = opaque_nodes(one, one, np.array(["even"]))
    return Rooms(
        area=np.array([[100.0], [0.0], [0.0], [0.0], [0.0], [0.0]]),
        convection=np.full((6, 1), 2.5),
        conductance=np.stack([nodes[0], *(empty[0],) * 3]),
        capacity=np.stack([nodes[1], *(empty[1],) * 3]),
        outside=np.full((4, 1), 24.14),
        pane=np.ones((2, 1)),
        pane_outside=np.ones((2, 1)),
        sky=np.zeros((6, 1)),
        absorbed=np.zeros((5, 1)),
        apertures=np.zeros((5, 1)),
        radiation=5.13 * one,
        ventilation=np.zeros((2, 1)),
        bridges=np.zeros(1),
        air_capacity=1e6 * one,
        gains=np.zeros(1),
        gains_convective=0.4,
        sun_convective=0.1,
        power_convective=convective,
        air_weight=0.5 * one,
        heat_to=20.0 * one,
        cool_to=26.0 * one,
        heat_most=1e12 * one,
        cool_most=1e12 * one,
    )


def steady_drivers(celsius: float, *, may_heat: float = 1.0, may_cool: float = 1.0, hours: int = 8760) -> np.ndarray:
    row = [celsius, *(0.0,) * 10, 0.0, may_heat, may_cool, 0.0, 1e6, 1e6, 1.0]
    return np.tile(row, (hours, 1))


@pytest.mark.parametrize("u_value", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("convective", [0.4, 1.0])
def test_steady_room_loses_what_its_wall_lets_through(u_value, convective):
    """
    By hand: all walls are alike, so that radiation between them is nothing and only convection takes heat to them.

    Per area, :math:`q = (\\vartheta_s - \\vartheta_e) / (1/U - R_{si})` and air above surface by :math:`f q / h_c`; half of it is felt.
    """
    found = run_rooms(plain_box(u_value, convective), steady_drivers(0.0), warm_up=720, keep=True)
    by_hand = 100.0 * 20.0 / (1 / u_value - 1 / 7.63 + 0.5 * convective / 2.5)
    assert found.power[-1, 0] == pytest.approx(by_hand, rel=1e-6)
    assert found.operative[-1, 0] == pytest.approx(20.0, abs=1e-9)
    # U times area times the difference of temperature, but for how the room is felt
    assert found.power[-1, 0] == pytest.approx(u_value * 100.0 * 20.0, rel=0.16)


def test_weather_as_warm_as_the_rooms_needs_neither_heat_nor_cold():
    study = Study(name="x", overrides={"building.internal_gains": 0.0, "demand.sky_difference": 0.0})
    found = simulate_rooms(table_of("original", study=study), BLOCKS, *constant_weather(20.0), study)
    assert np.abs(found.annual.to_numpy()).max() < 1e-6
    assert np.abs(found.heat_hourly.to_numpy()).max() < 1e-6


def test_building_without_any_loss_needs_no_heat(weather_year):
    study = Study(name="x", demand={"intermittency": "none"}, overrides={"demand.sky_difference": 0.0})
    elements = table_of("original", study=study)
    sealed = elements.assign(
        **dict.fromkeys(("u_wall", "u_roof", "u_floor", "u_window", "u_door", "h_ventilation", "h_bypass", "h_bridges"), 0.0)
    )
    found = simulate_rooms(sealed, BLOCKS, *weather_year, study).annual
    assert (found["heat_need_kwh_a"] < 0.05 * elements["reference_area_m2"]).all()
    assert np.isfinite(found.to_numpy()).all()


def test_year_that_repeats_itself_balances_in_the_mean(weather_year):
    """
    Energy: over a year that begins as it ends nothing is stored, so that mean power, weather and temperatures are a steady state.

    The year's mean weather and the mean power that the engine found, put into the standard's equations without any time, must end at
    the engine's mean temperatures. The ground keeps most, so the year is run after itself.
    """
    weather, irradiance = weather_year
    study = Study(name="x", demand={"intermittency": "none"})
    row = table_of("original", study=study).loc[[("PL.N.MFH.03", "original")]]
    simple = drivers_of(weather, irradiance, study, "Europe/Warsaw")
    sun, on = simple[:, 1:6], simple[:, 7:8]
    plain = np.zeros_like(on)
    drivers = np.hstack([simple[:, :1], sun, sun, plain, on, np.ones_like(on), plain, np.full((len(on), 2), 1e6), np.ones_like(on)])
    years = run_rooms(rooms_of(row, np.array([20.0]), study), drivers, warm_up=8760, keep=True)
    air, felt = steady(literal_zone("PL.N.MFH.03", "original", 20.0), drivers.mean(axis=0), float(years.power.mean()))
    assert years.air.mean() == pytest.approx(air, abs=1e-4)
    assert years.operative.mean() == pytest.approx(felt, abs=1e-4)


def test_symmetric_buildings_under_a_symmetric_sun_need_the_same(weather_year, study):
    weather, irradiance = weather_year
    same = irradiance.assign(north=irradiance["south"], west=irradiance["east"])
    elements = table_of("original", study=study).assign(wall_north=0.4, wall_east=0.3, wall_south=0.1, wall_west=0.2)
    swap = {"north": "south", "south": "north", "east": "west", "west": "east"}
    turned = elements.assign(**{f"{kind}_{one}": elements[f"{kind}_{two}"] for one, two in swap.items() for kind in ("aperture", "wall")})
    first = simulate_rooms(elements, BLOCKS, weather, same, study).annual
    assert np.allclose(first, simulate_rooms(turned, BLOCKS, weather, same, study).annual, rtol=1e-10)


def test_twice_the_building_needs_twice_the_heat(weather_year, study):
    elements = table_of("original", study=study)
    scaled = [name for name in elements if name.startswith(("h_", "aperture_", "area_", "reference_"))]
    one = simulate_rooms(elements, BLOCKS, *weather_year, study).annual
    two = simulate_rooms(elements.assign(**{name: elements[name] * 2 for name in scaled}), BLOCKS, *weather_year, study).annual
    assert np.allclose(two, 2 * one, rtol=1e-9)


@pytest.mark.parametrize("element", ["wall", "roof", "floor", "window", "door"])
def test_better_insulation_never_raises_heating(element, weather_year):
    """U-values of one element from 2 to 0.1 W/(m²K), all 26 types, across the resistance at which the mass comes to lie inside."""
    study = Study(name="x", demand={"intermittency": "none"})
    elements = table_of("original", study=study)
    before = None
    for u_value in (2.0, 1.4, 1.0, 0.9, 0.8, 0.7, 0.5, 0.3, 0.2, 0.1):
        heat = simulate_rooms(elements.assign(**{f"u_{element}": u_value}), BLOCKS, *weather_year, study).annual["heat_need_kwh_a"]
        assert before is None or (heat <= before * (1 + 1e-9)).all(), u_value
        before = heat


def test_limited_power_is_never_exceeded_and_leaves_the_room_colder(weather_year, study):
    weather, irradiance = weather_year
    rows = table_of("original", study=study).iloc[:5]
    simple = drivers_of(weather, irradiance, study, "Europe/Warsaw")
    sun, on = simple[:, 1:6], simple[:, 7:8]
    drivers = np.hstack(
        [simple[:, :1], sun, sun, simple[:, 6:7], on, np.ones_like(on), 1 - on, np.full((len(on), 2), 1e6), np.ones_like(on)]
    )
    rooms = rooms_of(rows, set_points(rows, weather, study), study)
    free = run_rooms(rooms, drivers, warm_up=336, keep=True)
    most = 0.5 * free.annual[2]
    held = run_rooms(replace(rooms, heat_most=most, cool_most=np.zeros(5)), drivers, warm_up=336, keep=True)
    assert (held.power <= most * (1 + 1e-12)).all()
    assert (held.power >= 0).all()
    assert np.isclose(held.annual[2], most).all()
    assert (held.annual[0] < free.annual[0]).all()
    assert (held.operative.min(axis=0) < free.operative.min(axis=0)).all()


def test_hours_and_degree_hours_are_those_of_the_kept_temperatures(weather_year, study):
    weather, irradiance = weather_year
    rows = table_of("original", "advanced", study=study)
    simple = drivers_of(weather, irradiance, study, "Europe/Warsaw")
    sun, on = simple[:, 1:6], simple[:, 7:8]
    limits = np.tile([[24.0, 27.0]], (len(on), 1))
    drivers = np.hstack([simple[:, :1], sun, sun, simple[:, 6:7], on, np.zeros_like(on), 1 - on, limits, np.ones_like(on)])
    years = run_rooms(rooms_of(rows, set_points(rows, weather, study), study), drivers, warm_up=336, keep=True)
    for at, limit in ((3, 24.0), (5, 27.0)):
        assert (years.annual[at] == (years.operative > limit).sum(axis=0)).all()
        assert np.allclose(years.annual[at + 1], np.maximum(years.operative - limit, 0).sum(axis=0), rtol=1e-9)
    assert years.annual[3].max() > 100
    assert np.allclose(years.annual[7], years.operative.max(axis=0), rtol=1e-12)


def test_single_precision_stays_within_its_promise(weather_year, study):
    elements = table_of("original", "advanced", study=study)
    double = simulate_rooms(elements, BLOCKS, *weather_year, study).annual
    single = simulate_rooms(elements, BLOCKS, *weather_year, study, precision="single").annual
    assert np.allclose(single["heat_need_kwh_a"], double["heat_need_kwh_a"], rtol=1e-4)


def test_block_sums_are_the_sums_of_their_buildings_whatever_the_order_and_factors_scale_heating_alone(weather_year, study):
    elements = table_of("original", "usual", study=study)
    factors = pd.Series(np.linspace(0.5, 1.5, len(elements)), index=elements.index)
    plain = simulate_rooms(elements, BLOCKS, *weather_year, study)
    found = simulate_rooms(elements, BLOCKS, *weather_year, study, factors=factors)
    assert np.allclose(found.annual["heat_need_kwh_a"], plain.annual["heat_need_kwh_a"] * factors, rtol=1e-12)
    assert np.allclose(found.annual["cooling_need_kwh_a"], plain.annual["cooling_need_kwh_a"], rtol=1e-12)
    by_hand = found.annual["heat_need_kwh_a"].groupby([lambda key: key[1], lambda key: BLOCKS[key[0]]]).sum()
    assert np.allclose(found.heat_hourly.sum().astype(float).sort_index(), by_hand.sort_index(), rtol=1e-5)
    mixed = elements.sample(frac=1, random_state=3)
    again = simulate_rooms(mixed, BLOCKS, *weather_year, study, factors=factors[mixed.index])
    assert np.allclose(again.annual.loc[elements.index], found.annual, rtol=1e-12)


def test_unheated_buildings_leave_no_hours_and_weather_that_does_not_fit_is_refused(weather_year, study):
    weather, irradiance = weather_year
    elements = table_of("original", study=study).assign(reference_area_m2=0.0)
    assert (simulate_rooms(elements, BLOCKS, weather, irradiance, study).annual.to_numpy() == 0).all()
    with pytest.raises(LayerError, match="must be the same"):
        simulate_rooms(elements, BLOCKS, weather, irradiance.iloc[:-1], study)


@pytest.mark.parametrize(("state", "most"), [("original", 1.15), ("usual", 1.05), ("advanced", 1.05)])
def test_need_agrees_with_the_seasonal_method_within_a_stated_band(state, most, weather_year, study):
    """
    26 types, same weather, days and set-points: 1.01 to 1.14 times the seasonal need as published, 1.01 to 1.05 once insulated.

    Most of the difference is the cold sky, which TABULA leaves out and whose loss the sun on walls does not make up. Without both the
    two methods agree within 3 %, and 10 % for the walls of solid brick.
    """
    weather, irradiance = weather_year
    elements = table_of(state, study=study)
    season = seasonal_climate(weather, irradiance, base_c=12.0)
    seasonal = seasonal_need(elements, season, study)["heat_need_kwh_m2a"] * elements["reference_area_m2"]
    ratio = simulate_rooms(elements, BLOCKS, weather, irradiance, study).annual["heat_need_kwh_a"] / seasonal
    assert ratio.between(1.0, most).all(), ratio.describe()
    bare = Study(name="x", overrides={"demand.sky_difference": 0.0, "demand.absorptance": 0.0})
    ratio = simulate_rooms(elements, BLOCKS, weather, irradiance, bare).annual["heat_need_kwh_a"] / seasonal
    assert ratio.between(0.97, 1.11 if state == "original" else 1.03).all(), ratio.describe()
