"""Places beyond Central Europe: a mirrored place gives mirrored results, and the sun of the far north never rises or never sets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pvlib import irradiance, location

from ped_geo import Place
from ped_geo.site import Site
from ped_geo.sources.climate import hourly_year

NORTH = Site(50.0983, 20.0005, 215.0)
HALF_YEAR_D = 182
FALSE_NORTHING_M = 10_000_000.0
"""What UTM adds to northings south of the equator, so that the mirror image of y is this less y."""


def houses(epsg, place):
    """A slab, a gabled house and a tower north of them, whose shade falls away from the equator."""
    boxes = [shapely.box(0, 0, 60, 12), shapely.box(20, 30, 32, 40), shapely.box(70, 40, 90, 60)]
    shapes = shapely.transform(boxes, place)
    columns = {"storeys": [5, 2, 11], "year": [1974, 1930, 1980], "roof:shape": ["flat", "gabled", "flat"]}
    return gpd.GeoDataFrame({**columns, "use": "apartments"}, geometry=shapes, crs=epsg, index=pd.Index(list("abc"), name="id"))


@pytest.fixture(scope="module")
def mirrored():
    """The same houses at 50° north and 50° south, with the same weather half a year apart."""
    x, y = gpd.GeoSeries.from_xy([NORTH.longitude], [NORTH.latitude], crs=4326).to_crs(32634).iloc[0].coords[0]
    weather = hourly_year(NORTH)
    turned = pd.DataFrame(np.roll(weather.to_numpy(), HALF_YEAR_D * 24, axis=0), columns=weather.columns, index=weather.index)
    north = houses(32634, lambda at: at + np.array([x, y]))
    south = houses(32734, lambda at: at * np.array([1, -1]) + np.array([x, FALSE_NORTHING_M - y]))
    here = {"country": "PL", "solar": {"shading": "exact", "flat_rack": "south"}}
    return tuple(Place.from_frames(buildings=frame, weather=year, **here) for frame, year in ((north, weather), (south, turned)))


def test_the_mirrored_place_lies_south_and_its_modules_face_north(mirrored):
    north, south = mirrored
    assert (north.site.southern, south.site.southern) == (False, True)
    assert south.site.latitude == pytest.approx(-north.site.latitude, abs=1e-3)
    ahead, behind = (place.pv("array").groupby("building_id")["surface_azimuth"].agg(set) for place in mirrored)
    assert {key: {round(azimuth) % 360 for azimuth in found} for key, found in ahead.items()} == {"a": {180}, "b": {180}, "c": {180}}
    assert {key: {round(azimuth) % 360 for azimuth in found} for key, found in behind.items()} == {"a": {0}, "b": {0}, "c": {0}}


def test_a_mirrored_place_makes_the_same_electricity_half_a_year_later(mirrored):
    """The orbit is not round and the clock of the sun wanders, which leaves a few per cent."""
    north, south = (place.pv() for place in mirrored)
    assert south["capacity_kwp"].to_dict() == north["capacity_kwp"].to_dict()
    assert south["annual_yield_kwh_a"].to_numpy() == pytest.approx(north["annual_yield_kwh_a"].to_numpy(), rel=0.02)
    ahead, behind = (place.pv("hour").sum(axis="columns") for place in mirrored)
    months = [hours.groupby(np.arange(8760) // 730).sum().to_numpy() for hours in (ahead, behind)]
    assert np.argmax(months[0]) in (5, 6)
    assert np.argmax(months[1]) in (11, 0)
    assert np.roll(months[1], 6) == pytest.approx(months[0], rel=0.08)


def test_a_mirrored_place_needs_the_same_heat_in_the_other_half_of_the_year(mirrored):
    north, south = (place.demand()["heat_need_kwh_a"] for place in mirrored)
    assert south.to_numpy() == pytest.approx(north.to_numpy(), rel=0.03)
    ahead, behind = (place.demand(by="hour").sum(axis="columns").to_numpy() for place in mirrored)
    back = np.roll(behind, -HALF_YEAR_D * 24)
    assert np.abs(back - ahead).mean() < 0.03 * ahead.mean()
    winter = np.arange(8760) // 730 % 11 < 2
    assert ahead[winter].sum() > 0.3 * ahead.sum()
    assert behind[winter].sum() < 0.02 * behind.sum()


TROMSO = Site(69.65, 18.96, 10.0)


def clear_year(site):
    """A cloudless year of a place, at the mean of 3 °C of Tromsø."""
    index = pd.date_range("2018-01-01", periods=8760, freq="h", tz="UTC")
    middle = index + pd.Timedelta(minutes=30)
    sky = location.Location(site.latitude, site.longitude, altitude=site.altitude_m).get_clearsky(middle, model="haurwitz")
    zenith = location.Location(site.latitude, site.longitude).get_solarposition(middle)["zenith"].to_numpy()
    parts = irradiance.erbs(sky["ghi"].to_numpy(), zenith, middle.day_of_year)
    values = {"ghi": sky["ghi"].to_numpy(), "dni": parts["dni"], "dhi": parts["dhi"], "temp_air": 3.0, "wind_speed": 3.0}
    return pd.DataFrame(values, index=index)


def test_in_the_polar_night_there_is_no_light_and_at_midsummer_the_sun_stays():
    x, y = gpd.GeoSeries.from_xy([TROMSO.longitude], [TROMSO.latitude], crs=4326).to_crs(32634).iloc[0].coords[0]
    place = Place.from_frames(
        buildings=houses(32634, lambda at: at + np.array([x, y])), weather=clear_year(TROMSO), solar={"shading": "none"}
    )
    assert place.site.tz == "Europe/Oslo"
    power = place.pv("hour").sum(axis="columns")
    assert np.isfinite(power.to_numpy()).all()
    days = np.asarray(power).reshape(365, 24)
    # the sun stays below the horizon from 27 November to 15 January; twilight is no light for modules
    assert days[list(range(333, 365)) + list(range(10))].max() == 0.0
    # 21 June: light in each hour of the day, most about noon of the sun, which is 10:45 UTC
    midsummer = days[171]
    assert midsummer.min() > 0.0
    assert np.argmax(midsummer) in (10, 11)
