"""Holidays, day types and shapes: sums, dates and peaks that can be checked by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from dateutil.easter import easter as easter_elsewhere

from ped_geo import assumptions
from ped_geo.demand.profiles import block_sums, car_profile, day_types, easter, holidays, hot_water_profiles, load_profiles
from ped_geo.demand.uses import certificate_hot_water, electricity, hot_water
from ped_geo.site import Site
from ped_geo.study import Study
from tests.demand.conftest import make_buildings

HOURS = pd.date_range("2025-01-01", periods=8760, freq="h", tz="UTC")
TZ = "Europe/Warsaw"
KRAKOW = Site(50.06, 19.94, tz=TZ)
SYDNEY = Site(-33.95, 151.18, tz="Australia/Sydney")


def test_easter_is_the_one_of_another_implementation_for_four_centuries():
    assert all(easter(year) == easter_elsewhere(year) for year in range(1900, 2300))


def test_polish_holidays_of_2025_are_the_fourteen_of_the_act():
    expected = [
        "01-01",
        "01-06",
        "04-20",
        "04-21",
        "05-01",
        "05-03",
        "06-08",
        "06-19",
        "08-15",
        "11-01",
        "11-11",
        "12-24",
        "12-25",
        "12-26",
    ]
    assert [day.strftime("%m-%d") for day in holidays(2025)] == expected
    assert date(2010, 1, 6) not in holidays(2010)


def test_day_types_follow_weekdays_holidays_and_the_two_eves():
    days = pd.date_range("2025-01-01", "2025-12-31", freq="D", tz=TZ)
    kind = pd.Series(day_types(days), index=days.date)
    assert kind[date(2025, 5, 1)] == 2  # a Thursday
    assert kind[date(2025, 5, 2)] == 0
    assert kind[date(2025, 12, 24)] == kind[date(2025, 12, 31)] == 1  # Wednesdays
    plain = sum((date(2025, 1, 1) + timedelta(days=n)).weekday() == 6 for n in range(365))
    outside_sundays = sum(day.weekday() != 6 and (day.month, day.day) != (12, 24) for day in holidays(2025))
    assert (kind == 2).sum() == plain + outside_sundays


def test_static_household_profile_sums_to_the_published_figure():
    """C35: 998 kWh per 1,000 without holidays and dynamic factor; winter weekday peak at 19 h."""
    table = assumptions.table("load_profiles_bdew").query("profile == 'H0'").set_index(["season", "day_type", "hour"])["value"]
    days = pd.date_range("2025-01-01", periods=365, freq="D")
    starts = [(1, 1, "winter"), (3, 21, "transition"), (5, 15, "summer"), (9, 15, "transition"), (11, 1, "winter")]
    total = 0.0
    for day in days:
        season = [name for month, first, name in starts if (day.month, day.day) >= (month, first)][-1]
        kind = {5: "saturday", 6: "sunday"}.get(day.day_of_week, "weekday")
        total += table.loc[(season, kind)].sum()
    assert total == pytest.approx(998, rel=0.01)
    assert table.loc[("winter", "weekday")].idxmax() == 19


@pytest.mark.parametrize(("day", "factor"), [(1, 1.242), (182, 0.796), (365, 1.257)])
def test_dynamic_factor_is_the_published_polynomial(day, factor):
    """C34."""
    from ped_geo.demand.profiles import _dynamic

    local = pd.DatetimeIndex([pd.Timestamp("2025-01-01") + pd.Timedelta(days=day - 1)])
    assert _dynamic(local, KRAKOW)[0] == pytest.approx(factor, abs=0.001)


def test_every_shape_sums_to_one_and_is_never_negative(study):
    shapes = [load_profiles(HOURS, KRAKOW), hot_water_profiles(HOURS, KRAKOW, study), pd.DataFrame({"cars": car_profile(HOURS, TZ)})]
    for shape in shapes:
        assert np.allclose(shape.sum(), 1.0, rtol=1e-12)
        assert (shape >= 0).all().all()
        assert len(shape) == 8760


def test_households_peak_on_winter_evenings_of_local_time_and_offices_on_working_days(study):
    shapes = load_profiles(HOURS, KRAKOW)
    local = HOURS.tz_convert(TZ)
    january = shapes[local.month == 1]
    by_hour = january["H0"].groupby(january.index.tz_convert(TZ).hour).mean()
    assert by_hour.idxmax() == 19
    assert (
        shapes["G1"][local == pd.Timestamp("2025-06-19 11:00", tz=TZ)].iloc[0]
        < shapes["G1"][local == pd.Timestamp("2025-06-18 11:00", tz=TZ)].iloc[0] / 2
    )


def test_hot_water_swings_by_its_tenth_over_the_year(study):
    shape = hot_water_profiles(HOURS, KRAKOW, study)["dwelling"]
    daily = shape.groupby(HOURS.tz_convert(TZ).day_of_year).sum()
    full = daily.iloc[1:-1]
    assert full.max() / full.min() == pytest.approx(1.1 / 0.9, rel=0.1)
    assert abs(int(full.rolling(7, center=True).mean().idxmax()) - 45) < 10


def test_profile_tables_are_whole():
    assert assumptions.table("hot_water_profile")["share"].sum() == pytest.approx(1.0)
    assert assumptions.table("car_charging_profile")["share"].sum() == pytest.approx(1.0)
    assert len(assumptions.table("load_profiles_bdew")) == 4 * 9 * 24


def test_block_sums_keep_the_annual_sums():
    rng = np.random.default_rng(1)
    shapes = pd.DataFrame({"a": rng.random(8760), "b": rng.random(8760)})
    shapes /= shapes.sum()
    annual = pd.DataFrame({"a": rng.random(50) * 1e4, "b": rng.random(50) * 1e4})
    blocks = pd.Series([f"k{number % 7}" for number in range(50)])
    found = block_sums(annual, blocks, shapes)
    assert np.allclose(found.astype(float).sum(), annual.sum(axis=1).groupby(blocks.to_numpy()).sum(), rtol=1e-6)


def test_certificate_hot_water_is_the_published_figure(study):
    """C28: 27.53 kWh/(m²a)."""
    assert certificate_hot_water(pd.Series([1.6]), pd.Series([0.9]), study).iloc[0] == pytest.approx(27.53, rel=0.002)
    per_area = hot_water(make_buildings(1), study) / 2040
    assert per_area.iloc[0] == pytest.approx(27.53, rel=0.002)


def test_electricity_of_flats_matches_the_hand_calculation():
    study = Study(name="x", demand={"electric_cars_share": 0.25})
    row = electricity(make_buildings(1), study).iloc[0]
    assert row["electricity_household_kwh_a"] == 40 * 1700
    assert row["electricity_common_kwh_a"] == 2040 * 4
    assert row["electricity_service_kwh_a"] == 0
    assert row["electricity_cars_kwh_a"] == pytest.approx(80 * 0.45 * 0.25 * 1600)


def test_electricity_of_services_follows_their_intensity_and_unknown_uses_count_as_other(study):
    buildings = make_buildings(3, use=["school", "supermarket", "spaceport"], dwellings=0.0, residents=0.0)
    found = electricity(buildings, study)["electricity_service_kwh_a"] / 2040
    assert found.tolist() == [20, 300, 40]
    assert hot_water(buildings, study).iloc[1] / 2040 == pytest.approx(5)


def test_seasons_are_those_of_the_hemisphere():
    """The same clock on both sides of the equator: a month has the load that the month half a year away has on the other side."""
    shapes = [load_profiles(HOURS, Site(latitude, 19.94, tz="UTC"), "ZA") for latitude in (34.0, -34.0)]
    north, south = (shape.groupby(HOURS.month).mean().to_numpy() for shape in shapes)
    # months have four or five week-ends
    assert np.allclose(south, np.roll(north, 6, axis=0), rtol=0.1)
    homes = load_profiles(HOURS, SYDNEY, "AU")["H0"]
    by_month = homes.groupby(HOURS.tz_convert(SYDNEY.tz).month).mean()
    assert by_month[[6, 7, 8]].min() > by_month[[12, 1, 2]].max()


@pytest.mark.parametrize(("site", "day"), [(KRAKOW, 45), (SYDNEY, 45 + 182)])
def test_most_hot_water_is_used_late_in_the_winter_of_the_place(study, site, day):
    shape = hot_water_profiles(HOURS, site, study)["dwelling"]
    daily = shape.groupby(HOURS.tz_convert(site.tz).day_of_year).sum().iloc[1:-1]
    assert abs(int(daily.rolling(7, center=True).mean().idxmax()) - day) < 10


def test_holidays_of_poland_are_kept_in_poland_alone():
    corpus_christi, monday = (pd.DatetimeIndex([day], tz=TZ) for day in ("2025-06-19 11:00", "2025-06-16 11:00"))
    assert (day_types(corpus_christi, "PL")[0], day_types(monday, "PL")[0]) == (2, 0)
    assert day_types(corpus_christi, "DE")[0] == day_types(monday, "DE")[0] == 0
    unity = pd.DatetimeIndex(["2025-10-03 11:00"], tz=TZ)
    assert (day_types(unity, "DE")[0], day_types(unity, "PL")[0]) == (2, 0)
    offices = load_profiles(HOURS, KRAKOW, "DE")["G1"]
    assert offices["2025-06-19 09:00"] == pytest.approx(offices["2025-06-18 09:00"])
