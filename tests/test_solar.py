"""Yield: equal to pvlib's own chain, equal hour by hour to the fast sums, and lower with every obstacle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from ped_geo.shading import row_horizon, sky_view
from ped_geo.site import Site
from ped_geo.solar import vertical_irradiance
from ped_geo.solar.classes import mix_classes
from ped_geo.solar.model import PvSystem, incidence_modifier, plane_irradiance, plane_power, sun_hours
from ped_geo.solar.yields import Entries, annual_energy, block_power, reference_energy, sectors
from ped_geo.sources.climate import hourly_year
from ped_geo.study import Study

KRAKOW = Site(50.098278, 20.000472, 240.0)
STUDY = Study(name="x")


@pytest.fixture(scope="module")
def weather():
    return hourly_year(KRAKOW)


@pytest.fixture(scope="module")
def hours(weather):
    return sun_hours(weather, KRAKOW, albedo=0.25)


def chain_of_pvlib(weather, tilt, azimuth, system):
    """AC power of 1 kWp by pvlib's ModelChain, with the sun at the middle of each hour. [kW]"""
    shifted = weather.set_axis(weather.index + pd.Timedelta(minutes=30))
    loss = pvlib.pvsystem.pvwatts_losses()
    assert system.loss == pytest.approx(loss / 100.0)
    array = pvlib.pvsystem.Array(
        pvlib.pvsystem.FixedMount(tilt, azimuth),
        module_parameters={"pdc0": 1.0, "gamma_pdc": system.gamma_pdc},
        temperature_model_parameters={"a": system.a, "b": system.b, "deltaT": system.delta_t},
    )
    rated = 1.0 / (system.dc_ac_ratio * system.inverter_efficiency)
    plant = pvlib.pvsystem.PVSystem([array], inverter_parameters={"pdc0": rated, "eta_inv_nom": system.inverter_efficiency})
    place = pvlib.location.Location(KRAKOW.latitude, KRAKOW.longitude, altitude=KRAKOW.altitude_m)
    chain = pvlib.modelchain.ModelChain.with_pvwatts(plant, place)
    chain.run_model(shifted)
    return chain.results.ac.fillna(0.0).clip(lower=0.0).to_numpy()


@pytest.mark.parametrize(("tilt", "azimuth"), [(0.0, 180.0), (10.0, 90.0), (35.0, 180.0), (40.0, 275.0), (90.0, 120.0), (25.0, 0.0)])
def test_hourly_power_equals_the_model_chain_of_pvlib_to_a_millionth_of_rated_power(weather, hours, tilt, azimuth):
    own = PvSystem.of(STUDY, close=False)
    system = PvSystem(
        own.gamma_pdc, pvlib.pvsystem.pvwatts_losses() / 100.0, own.dc_ac_ratio, own.inverter_efficiency, own.a, own.b, own.delta_t
    )
    ours = np.zeros(8760)
    ours[hours.hour] = plane_power(hours, system, np.array([tilt]), np.array([azimuth]))[:, 0]
    assert np.abs(ours - chain_of_pvlib(weather, tilt, azimuth, system)).max() < 1e-6


def test_incidence_modifier_equals_pvlib():
    angle = np.linspace(0.0, 89.9, 200)
    assert incidence_modifier(np.cos(np.radians(angle))) == pytest.approx(pvlib.iam.physical(angle, n_ar=None), abs=1e-12)


def test_irradiance_on_walls_equals_pvlib(weather):
    ours = vertical_irradiance(weather, KRAKOW, albedo=0.2)
    middle = weather.index + pd.Timedelta(minutes=30)
    sun = pvlib.solarposition.get_solarposition(
        middle, KRAKOW.latitude, KRAKOW.longitude, altitude=KRAKOW.altitude_m, temperature=weather["temp_air"].to_numpy()
    )
    extra = pvlib.irradiance.get_extra_radiation(middle)
    zenith = sun["apparent_zenith"].to_numpy()
    for name, azimuth in (("north", 0.0), ("east", 90.0), ("south", 180.0), ("west", 270.0)):
        theirs = pvlib.irradiance.get_total_irradiance(
            90.0, azimuth, zenith, sun["azimuth"].to_numpy(), weather["dni"].to_numpy(), weather["ghi"].to_numpy(), weather["dhi"].to_numpy(),
            dni_extra=extra.to_numpy(), airmass=pvlib.atmosphere.get_relative_airmass(zenith), albedo=0.2, model="perez",
        )["poa_global"]  # fmt: skip
        assert ours[name].to_numpy() == pytest.approx(np.nan_to_num(theirs), abs=1e-6)
    assert ours["south"].sum() > ours["east"].sum() > ours["north"].sum()


@pytest.mark.parametrize(("tilt", "azimuth", "loss", "expected", "tolerance"), [(35.0, 180.0, 0.14, 1040.0, 0.05)])
def test_specific_yield_of_krakow_is_that_of_the_fact_sheet(hours, tilt, azimuth, loss, expected, tolerance):
    # check C22; measured in south-east Poland 990-1098
    system = PvSystem.of(STUDY, close=False)
    annual = plane_power(hours, system, np.array([tilt]), np.array([azimuth])).sum()
    assert annual == pytest.approx(expected, rel=tolerance)


def test_east_west_racks_yield_what_the_fact_sheet_says_against_the_south(hours):
    # check C23
    system = PvSystem.of(STUDY, close=False)
    east, west, south = plane_power(hours, system, np.array([10.0, 10.0, 35.0]), np.array([90.0, 270.0, 180.0])).sum(axis=0)
    assert (east + west) / 2.0 / south == pytest.approx(0.845, abs=0.02)


def test_a_south_roof_gets_more_light_than_the_ground_by_the_factor_of_the_fact_sheet(weather):
    # check C24, with our sky model; Hay and Davies' on the same hours, which has no bright horizon, gives 2 % less
    hours = sun_hours(weather, KRAKOW, albedo=0.2)
    beam, diffuse = plane_irradiance(hours, np.array([35.0]), np.array([180.0]))
    assert (beam + diffuse).sum() / weather["ghi"].sum() == pytest.approx(1.175, abs=0.02)


@pytest.mark.parametrize(
    ("moment", "elevation", "azimuth"),
    [("2025-06-21T10:41", 63.34, None), ("2025-12-21T10:38", 16.46, None), ("2025-03-20T12:00", 37.60, 203.17)],
)
def test_sun_stands_where_the_almanac_says(moment, elevation, azimuth):
    # checks C12, C13, C14: the middle of an hour that starts half an hour earlier
    index = pd.DatetimeIndex([pd.Timestamp(moment, tz="UTC") - pd.Timedelta(minutes=30)])
    one = pd.DataFrame({"ghi": [100.0], "dni": [100.0], "dhi": [50.0], "temp_air": [12.0], "wind_speed": [1.0]}, index=index)
    sun = sun_hours(one, Site(50.098278, 20.000472, 0.0), albedo=0.2)
    assert sun.elevation[0] == pytest.approx(elevation, abs=0.11)
    if azimuth is not None:
        assert sun.azimuth[0] % 360 == pytest.approx(azimuth, abs=0.1)


def test_nothing_is_made_at_night(hours, weather):
    assert (weather["ghi"].to_numpy()[np.setdiff1d(np.arange(8760), hours.hour)] == 0.0).all()
    assert (plane_power(hours, PvSystem.of(STUDY, close=True), np.array([30.0]), np.array([180.0])) >= 0.0).all()


@pytest.mark.parametrize("count", [1, 50])
def test_shares_of_classes_add_up_and_keep_the_plane(count):
    random = np.random.default_rng(1)
    tilt, azimuth = random.uniform(0, 90, count), random.uniform(0, 360, count)
    mix = mix_classes(tilt, azimuth)
    assert np.bincount(mix.row, weights=mix.share) == pytest.approx(np.ones(count))
    assert np.bincount(mix.row, weights=mix.share * mix.tilt[mix.member]) == pytest.approx(tilt)


def entries(count, directions=72, seed=3):
    random = np.random.default_rng(seed)
    tilt, azimuth = random.choice([0.0, 10.0, 35.0, 45.0], count), random.choice(np.arange(0.0, 360.0, 15.0), count)
    horizon = np.clip(random.gamma(1.5, 6.0, (count, directions)), 0.0, 60.0)
    sky = sky_view(horizon, tilt, azimuth)
    mix = mix_classes(tilt, azimuth)
    weight = random.uniform(2.0, 30.0, count)
    return tilt, azimuth, Entries(mix.tilt, mix.azimuth, mix.member, mix.row, mix.row, weight[mix.row] * mix.share, sky[mix.row], horizon)


def test_prefix_sums_equal_the_sum_over_the_hours(hours):
    system = PvSystem.of(STUDY, close=False)
    tilt, azimuth, many = entries(60)
    fast = annual_energy(hours, system, many, rows=60)[:, 0]
    weight = np.bincount(many.row, weights=many.weight)
    sky = sky_view(many.horizon, tilt, azimuth)
    slow = np.array(
        [reference_energy(hours, system, t, a, h, s).sum() for t, a, h, s in zip(tilt, azimuth, many.horizon, sky, strict=True)]
    )
    error = np.abs(fast / (slow * weight) - 1.0)
    assert np.quantile(error, 0.99) < 1e-3


def test_months_add_up_to_the_year(hours, weather):
    system = PvSystem.of(STUDY, close=False)
    _, _, many = entries(20)
    month = weather.index.month.to_numpy()[hours.hour] - 1
    monthly = annual_energy(hours, system, many, rows=20, slot=month, slots=12)
    assert monthly.sum(axis=1) == pytest.approx(annual_energy(hours, system, many, rows=20)[:, 0], rel=2e-3)
    assert (monthly[:, 5] > monthly[:, 11]).all()


def test_block_hours_equal_the_plain_sum_of_their_arrays(hours):
    system = PvSystem.of(STUDY, close=False)
    tilt, azimuth, many = entries(80, seed=5)
    block_of_array = np.arange(80) % 4
    fast = block_power(hours, system, many, block_of_array[many.row], blocks=4)
    weight = np.bincount(many.row, weights=many.weight)
    sky = sky_view(many.horizon, tilt, azimuth)
    slow = np.zeros((4, 8760))
    for row in range(80):
        slow[block_of_array[row], hours.hour] += weight[row] * reference_energy(
            hours, system, tilt[row], azimuth[row], many.horizon[row], sky[row]
        )
    rated = np.bincount(block_of_array, weights=weight)
    rmse = np.sqrt(((fast - slow) ** 2).mean(axis=1)) / rated
    assert rmse.max() < 1e-3
    assert fast.sum() == pytest.approx(slow.sum(), rel=1e-3)


def test_memory_grows_with_blocks_and_classes_and_not_with_arrays_times_hours(hours):
    import tracemalloc

    system = PvSystem.of(STUDY, close=False)

    def peak(count):
        many = entries(count, seed=1)[2]
        tracemalloc.start()
        annual_energy(hours, system, many, rows=count)
        block_power(hours, system, many, many.row % 5, blocks=5)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(200)
    few, many = peak(500), peak(20_500)
    # hours of 20,000 more arrays would be 700 MB in single precision
    assert many - few < 20_000 * 500


def test_wall_to_the_south_takes_the_beam_exactly_in_the_hours_that_geometry_says(hours):
    system = PvSystem.of(STUDY, close=False)
    height = 20.0
    horizon = np.where(np.abs((np.arange(72) * 5.0 - 180.0 + 180.0) % 360.0 - 180.0) <= 60.0, height, 0.0)
    sky = float(sky_view(horizon[None, :], np.array([30.0]), np.array([180.0]))[0])
    shaded = reference_energy(hours, system, 30.0, 180.0, horizon, sky)
    unlit = plane_power(hours, system, np.array([30.0]), np.array([180.0]), sky_view=sky, lit=False)[:, 0]
    behind = (hours.elevation <= height) & (horizon[sectors(hours.azimuth, 72)] > 0)
    assert shaded[behind] == pytest.approx(unlit[behind])
    lit = plane_power(hours, system, np.array([30.0]), np.array([180.0]), sky_view=sky)[:, 0]
    assert shaded[~behind] == pytest.approx(lit[~behind])
    assert behind.sum() > 500


def test_wall_to_the_north_never_takes_beam_in_krakow(hours):
    system = PvSystem.of(STUDY, close=False)
    horizon = np.zeros(72)
    horizon[[70, 71, 0, 1, 2]] = 60.0
    sky = float(sky_view(horizon[None, :], np.array([30.0]), np.array([180.0]))[0])
    lit = plane_power(hours, system, np.array([30.0]), np.array([180.0]), sky_view=sky)[:, 0]
    assert reference_energy(hours, system, 30.0, 180.0, horizon, sky) == pytest.approx(lit)


@pytest.mark.parametrize("rise", [0.0, 2.0, 10.0])
def test_higher_horizon_never_helps(hours, rise):
    system = PvSystem.of(STUDY, close=False)
    tilt, azimuth, many = entries(30, seed=9)
    higher = np.clip(many.horizon + rise, 0.0, 80.0)
    raised = Entries(
        many.tilt, many.azimuth, many.member, many.point, many.row, many.weight, sky_view(higher, tilt, azimuth)[many.row], higher
    )
    before, after = (annual_energy(hours, system, each, rows=30)[:, 0] for each in (many, raised))
    unshaded = Entries(
        many.tilt, many.azimuth, many.member, np.zeros_like(many.point), many.row, many.weight, np.ones_like(many.sky), np.zeros((1, 72))
    )
    top = annual_energy(hours, system, unshaded, rows=30)[:, 0]
    assert (after <= before * (1 + 1e-9)).all()
    assert (before <= top * (1 + 1e-9)).all()
    assert (after > 0).all()


def test_turning_the_scene_and_the_sun_together_changes_nothing(hours):
    from dataclasses import replace

    system = PvSystem.of(STUDY, close=False)
    tilt, azimuth, many = entries(10, seed=2)
    turned_hours = replace(
        hours, azimuth=(hours.azimuth + 90.0) % 360.0, sun=np.column_stack([hours.sun[:, 1], -hours.sun[:, 0], hours.sun[:, 2]])
    )
    horizon = np.roll(many.horizon, 18, axis=1)
    mix = mix_classes(tilt, azimuth + 90.0)
    weight = np.bincount(many.row, weights=many.weight)
    sky = sky_view(horizon, tilt, azimuth + 90.0)
    turned = Entries(mix.tilt, mix.azimuth, mix.member, mix.row, mix.row, weight[mix.row] * mix.share, sky[mix.row], horizon)
    before, after = annual_energy(hours, system, many, rows=10), annual_energy(turned_hours, system, turned, rows=10)
    assert after == pytest.approx(before, rel=1e-9)


def test_row_in_front_is_as_high_ahead_as_asked_and_nothing_behind():
    found = row_horizon(np.array([180.0]), np.array([15.0]), directions=72)[0]
    assert found[36] == pytest.approx(15.0)
    assert found[0] == 0.0
    assert found[24] == pytest.approx(np.degrees(np.arctan(np.tan(np.radians(15.0)) * np.cos(np.radians(60.0)))))
