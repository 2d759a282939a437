"""EPW files: local standard time and end-of-hour labels become UTC hours by their start; gaps are filled and counted, or told."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from pvlib import irradiance, solarposition

from ped_geo.errors import SourceError
from ped_geo.site import Site
from ped_geo.sources._light import light_gap, light_remarks
from ped_geo.sources.epw import read_epw
from ped_geo.sources.pvgis import read_pvgis_file
from ped_geo.sources.weather import load_weather
from ped_geo.study import Study

HEAD = """LOCATION,TESTOWO,-,POL,made by hand,123456,50.00,20.00,{zone},200.0
DESIGN CONDITIONS,0
TYPICAL/EXTREME PERIODS,0
GROUND TEMPERATURES,0
HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0
COMMENTS 1,
COMMENTS 2,
DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31
"""
DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
POSITION = {"temp_air": 6, "ghi": 13, "dni": 14, "dhi": 15, "wind_speed": 21}


def rows():
    """8,760 rows whose temperature is the number of the hour in the day, 1 to 24, and whose light is 100 times it at noon."""
    made = []
    for month, days in enumerate(DAYS, start=1):
        for day in range(1, days + 1):
            for hour in range(1, 25):
                row = ["2001", str(month), str(day), str(hour), "60", "flags", *["0"] * 29]
                row[POSITION["temp_air"]] = str(hour)
                row[POSITION["ghi"]] = "500" if hour == 13 else "0"
                row[POSITION["wind_speed"]] = "3"
                made.append(row)
    return made


@pytest.fixture
def epw(tmp_path):
    def write(made, *, zone="1.0", name="made.epw"):
        path = tmp_path / name
        path.write_text(HEAD.format(zone=zone) + "\n".join(",".join(row) for row in made) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(("zone", "utc_noon"), [("0.0", 12), ("1.0", 11), ("2.0", 10), ("-5.0", 17)])
def test_the_hour_that_ends_at_13_local_time_starts_at_12_less_the_zone_in_utc(epw, zone, utc_noon):
    frame = read_epw(epw(rows(), zone=zone))
    assert set(frame.index[frame["ghi"] > 0].hour) == {utc_noon}
    assert (frame["ghi"] > 0).sum() == 365
    assert set(frame.loc[frame.index.hour == utc_noon, "temp_air"]) == {13.0}


def test_a_year_says_where_it_comes_from(epw):
    frame = read_epw(epw(rows()))
    assert frame.attrs["source"] == "EPW TESTOWO"
    assert frame.attrs["latitude"] == 50.0
    assert frame.attrs["altitude_m"] == 200.0
    assert frame.attrs["filled_hours"] == {}
    assert len(frame.attrs["files"][0]["sha256"]) == 64


def test_short_gaps_are_filled_and_counted(epw):
    made = rows()
    for hour in (100, 101, 102):
        made[hour][POSITION["temp_air"]] = "99.9"
    noon = 24 * 200 + 12
    made[noon][POSITION["ghi"]] = "9999"
    frame = read_epw(epw(made, zone="0.0"))
    assert frame.attrs["filled_hours"] == {"ghi": 1, "temp_air": 3}
    # hours 5, 6, 7 of the day between 4 and 8
    np.testing.assert_allclose(frame["temp_air"].iloc[100:103], [5.0, 6.0, 7.0])
    assert frame["ghi"].iloc[noon] == 500.0


def test_long_gaps_are_told_all_at_once(epw):
    made = rows()
    for hour in range(1000, 1048):
        made[hour][POSITION["dni"]] = "9999"
    for hour in range(2000, 2007):
        made[hour][POSITION["wind_speed"]] = "999"
    with pytest.raises(SourceError) as told:
        read_epw(epw(made))
    assert "made.epw has 2 problems" in str(told.value)
    assert "48 hours of dni are missing, 48 of them in a row" in str(told.value)
    assert "7 hours of wind_speed are missing" in str(told.value)


@pytest.mark.parametrize("missing", [1, 24, 4380])
def test_a_file_without_all_hours_is_refused(epw, missing):
    with pytest.raises(SourceError, match=rf"holds {8760 - missing} hours, a year has 8760"):
        read_epw(epw(rows()[:-missing]))


def test_impossible_values_are_refused_with_their_bound(epw):
    made = rows()
    made[500][POSITION["temp_air"]] = "77"
    with pytest.raises(SourceError, match=r"temp_air is 77\.0 at .*, must lie between -70 and 60"):
        read_epw(epw(made))


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\xff\xfe\x00\x01" * 50, HEAD.format(zone="one").encode()])
def test_what_is_no_epw_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "no.epw"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="no.epw"):
        read_epw(path)


def test_a_missing_file_is_told_with_its_path(tmp_path):
    with pytest.raises(SourceError, match=r"weather_file '.*gone\.epw' is not a file"):
        read_epw(tmp_path / "gone.epw")


# light that was made by the sun --------------------------------------------------------------------------------------

UTC = pd.date_range("2019-01-01", periods=8760, freq="h", tz="UTC")


def sun_of(moments, latitude, longitude):
    """Clear light of a cloudless year: direct light weakens with the way through the air, the rest of the sky gives a share of it."""
    height = np.cos(np.radians(solarposition.get_solarposition(moments, latitude, longitude)["zenith"].to_numpy())).clip(0.0)
    dni = np.where(height > 0.02, 1000.0 * np.exp(-0.15 / np.maximum(height, 0.05)), 0.0)
    dhi = np.where(height > 0.02, 120.0 * height**0.5, 0.0)
    return pd.DataFrame({"ghi": dhi + dni * height, "dni": dni, "dhi": dhi}, index=UTC)


@pytest.fixture
def sunny(tmp_path):
    """An EPW of a cloudless year; `moment` hours after the UTC hour that the first row stands for, rows in local standard time."""

    def write(zone, *, latitude=52.17, longitude=20.97, rows_in=None, moment=0.5, comment="", name="sunny.epw"):
        local = pd.Timedelta(hours=zone if rows_in is None else rows_in)
        light = sun_of(UTC - local + pd.Timedelta(hours=moment), latitude, longitude)
        head = HEAD.format(zone=zone).replace("50.00,20.00", f"{latitude},{longitude}").replace("COMMENTS 2,", f"COMMENTS 2,{comment}")
        made = rows()
        for row, (ghi, dni, dhi) in zip(made, light.round(3).itertuples(index=False), strict=True):
            row[POSITION["ghi"]], row[POSITION["dni"]], row[POSITION["dhi"]] = str(ghi), str(dni), str(dhi)
        path = tmp_path / name
        path.write_text(head + "\n".join(",".join(row) for row in made) + "\n", encoding="utf-8")
        return path

    return write


def on_walls(frame, latitude=52.17, longitude=20.97):
    """Light of the year on east, south and west walls, kWh/m2: an independent account with pvlib and the sun at the hours' middle."""
    sun = solarposition.get_solarposition(UTC + pd.Timedelta(minutes=30), latitude, longitude)
    found = [
        irradiance.get_total_irradiance(
            90, azimuth, sun["zenith"].to_numpy(), sun["azimuth"].to_numpy(), *(frame[name].to_numpy() for name in ("dni", "ghi", "dhi"))
        )["poa_global"]
        for azimuth in (90, 180, 270)
    ]
    return np.nansum(found, axis=1) / 1000.0


def test_a_file_in_the_manner_of_pvgis_gives_east_and_west_walls_what_the_sun_gives(sunny):
    made = read_epw(sunny(1, rows_in=0, moment=0.1742, comment="Irradiance Time Offset (h):-0.8258"))
    right = sun_of(UTC + pd.Timedelta(minutes=30), 52.17, 20.97)
    # read by its header alone, such a file gives east walls 2 to 9 % more and west walls as much less
    np.testing.assert_allclose(on_walls(made), on_walls(right), rtol=0.01)
    assert made["ghi"].sum() == pytest.approx(right["ghi"].sum(), rel=0.001)
    assert made.attrs["remarks"] == []
    # its air is that of the full hour in UTC: 1, 2, ... at 00:00, 01:00, ...
    assert list(made["temp_air"].iloc[:3]) == [1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    ("zone", "latitude", "longitude"),
    [(5.5, 19.07, 72.88), (5.75, 27.7, 85.3), (-3.5, 47.6, -52.7), (9.5, -34.9, 138.6), (12.75, -43.9, -176.5)],
)
def test_light_of_half_and_quarter_hour_zones_fits_the_sun(sunny, zone, latitude, longitude):
    made = read_epw(sunny(zone, latitude=latitude, longitude=longitude))
    right = sun_of(UTC + pd.Timedelta(minutes=30), latitude, longitude)
    assert made.attrs["remarks"] == []
    np.testing.assert_allclose(on_walls(made, latitude, longitude), on_walls(right, latitude, longitude), rtol=0.01)
    assert light_gap(made, make_site(latitude, longitude), 0.5) < 0.002


def test_air_of_a_half_hour_zone_is_the_mean_of_the_two_hours_it_meets(sunny):
    made = read_epw(sunny(5.5, latitude=19.07, longitude=72.88))
    # 05:00 to 06:00 in India holds halves of the hours that end at 5:30 + 0:30 and 6:30: UTC 00:00 to 01:00 is 05:30 to 06:30
    assert made["temp_air"].iloc[24] == pytest.approx((6 + 7) / 2)


def make_site(latitude, longitude):
    from ped_geo.site import Site

    return Site(latitude, longitude)


@pytest.mark.parametrize(("rows_in", "minutes"), [(0, -60), (2, 60), (1.5, 30), (-8, -540)])
def test_light_that_does_not_fit_the_sun_is_told_with_the_minutes_between(sunny, rows_in, minutes):
    found = read_epw(sunny(1, rows_in=rows_in)).attrs["remarks"]
    assert [key for key, _ in found] == ["weather_moment"]
    # rows two hours ahead of UTC in a file that says one: the light came an hour earlier than it says
    assert found[0][1]["minutes"] == -minutes
    assert found[0][1]["value"] > 2.0


def test_columns_of_light_that_do_not_add_up_at_any_moment_are_told(epw):
    made = rows()
    for row in made:
        if 8 < int(row[3]) < 18:
            row[POSITION["ghi"]], row[POSITION["dni"]], row[POSITION["dhi"]] = "500", "0", "100"
    assert [key for key, _ in read_epw(epw(made)).attrs["remarks"]] == ["weather_parts"]


@pytest.mark.shared
@pytest.mark.parametrize("file", ["warsaw_1138443_52.25_21.02_2019.csv", "prague_804583_50.09_14.42_2019.csv"])
def test_satellite_years_close_at_their_own_moments_and_not_an_hour_later(shared_data, file):
    path = shared_data / "weather" / "nsrdb_15min" / file
    about, table = pd.read_csv(path, nrows=1).iloc[0], pd.read_csv(path, skiprows=2)
    hourly = table[table["Minute"] == 0].rename(columns=str.lower)[["ghi", "dni", "dhi"]].set_index(UTC)
    site = make_site(float(about["Latitude"]), float(about["Longitude"]))
    assert light_gap(hourly, site, 0.0) < 0.002
    assert light_remarks(hourly, site, light_at=0.0) == []
    assert light_remarks(hourly, site, light_at=1.0)[0][1]["minutes"] == -60.0


@pytest.mark.shared
def test_the_three_formats_of_pvgis_give_the_same_year(shared_data):
    folder = shared_data / "weather" / "pvgis_example"
    year = read_pvgis_file(folder / "tmy_45.000_8.000_2005_2023.json")
    assert year.attrs["source"] == "PVGIS TMY tmy_45.000_8.000_2005_2023.json (45.00° N, 8.00° E)"
    for other in (read_pvgis_file(folder / "tmy_45.000_8.000_2005_2023.csv"), read_epw(folder / "tmy_45.000_8.000_2005_2023.epw")):
        # the EPW rounds wind to 0.1 m/s
        np.testing.assert_allclose(other, year, atol=0.051)
        assert other.attrs["remarks"] == []


@pytest.mark.shared
@pytest.mark.parametrize("ending", ["json", "csv", "epw"])
def test_a_weather_file_that_an_editor_saved_with_a_byte_order_mark_is_read(shared_data, tmp_path, ending):
    given = shared_data / "weather" / "pvgis_example" / f"tmy_45.000_8.000_2005_2023.{ending}"
    (tmp_path / f"A.{ending.upper()}").write_bytes(b"\xef\xbb\xbf" + given.read_bytes())
    study = Study(name="x", sources={"weather": "epw", "weather_file": tmp_path / f"A.{ending.upper()}"})
    found = load_weather(study, Site(45.0, 8.0, 250.0), tmp_path)
    pd.testing.assert_frame_equal(found, read_pvgis_file(given) if ending != "epw" else read_epw(given))


# letters, dates, damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "country", "city"),
    [("cp1250", "POL", "ŁÓDŹ"), ("cp1252", "ESP", "CÁDIZ ñ"), ("utf-8-sig", "POL", "ŁÓDŹ"), ("utf-8", "DEU", "MÜNCHEN")],
)
def test_a_city_is_read_in_the_encoding_of_its_country(epw, encoding, country, city):
    path = epw(rows())
    text = path.read_text(encoding="utf-8").replace("TESTOWO,-,POL", f"{city},-,{country}")
    path.write_bytes(text.encode(encoding))
    assert read_epw(path).attrs["source"] == f"EPW {city}"


@pytest.mark.parametrize("city", ["unknown", "-", "", "N/A"])
def test_weather_of_a_place_without_a_name_is_told_by_its_file_and_coordinates(epw, city):
    path = epw(rows())
    path.write_text(path.read_text(encoding="utf-8").replace("TESTOWO", city), encoding="utf-8")
    assert read_epw(path).attrs["source"] == "EPW made.epw (50.00° N, 20.00° E)"


def test_29_february_is_left_out_and_told(epw):
    made = rows()
    leap = [[*row] for row in made[24 * 58 : 24 * 59]]
    for row in leap:
        row[2], row[POSITION["temp_air"]] = "29", "50"
    frame = read_epw(epw([*made[: 24 * 59], *leap, *made[24 * 59 :]]))
    pd.testing.assert_frame_equal(frame, read_epw(epw(made)), check_flags=False)
    assert ("weather_leap_day", {"file": "made.epw"}) in frame.attrs["remarks"]


def test_rows_go_by_their_date_not_by_their_number(epw):
    made = rows()
    right = read_epw(epw(made))
    july_first = [*made[24 * 181 :], *made[: 24 * 181]]
    shuffled = random.Random(1).sample(made, len(made))
    for other in (july_first, shuffled):
        pd.testing.assert_frame_equal(read_epw(epw(other)), right, check_flags=False)


def test_four_rows_an_hour_are_averaged(epw):
    made = []
    for row in rows():
        for minute, more in (("15", -1.5), ("30", -0.5), ("45", 0.5), ("60", 1.5)):
            part = [*row]
            part[4], part[POSITION["temp_air"]] = minute, str(float(row[POSITION["temp_air"]]) + more)
            made.append(part)
    pd.testing.assert_frame_equal(read_epw(epw(made)), read_epw(epw(rows())), check_flags=False)


def test_an_hour_that_stands_twice_is_told(epw):
    made = rows()
    with pytest.raises(SourceError, match=r"gives the hour from 00:00 on 2 January 2 times, other hours 1 times"):
        read_epw(epw([*made, made[24]]))


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        (3, "0", "month 1, day 5, hour 0"),
        (1, "13", "month 13, day 5, hour 5"),
        (2, "32", "month 1, day 32, hour 5"),
        (3, "x", "values of hour are no numbers, the first is 'x'"),
        (6, "8\x0c9", "values of temp_air are no numbers"),
        (13, "\x0c", "holds"),
        (13, "n/a", "values of ghi are no numbers, the first is 'n/a'"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_with_what_it_says(epw, column, value, told):
    made = rows()
    made[100][column] = value
    if told == "holds":
        # a form feed alone is an empty cell
        assert read_epw(epw(made)).attrs["filled_hours"] == {"ghi": 1}
        return
    with pytest.raises(SourceError, match="made.epw") as error:
        read_epw(epw(made))
    assert told in str(error.value)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_read_or_refused_in_one_sentence(epw, seed):
    chance = random.Random(seed)
    path = epw(rows())
    content = bytearray(path.read_bytes()[:120_000] if seed % 3 == 0 else path.read_bytes())
    for _ in range(chance.choice([1, 5, 200])):
        where = chance.randrange(700 if seed % 2 else len(content))
        content[where : where + chance.choice([0, 1, 30])] = chance.choice(
            [b"\x0c", b"\x00", b'"', b"\xff\xfe", b"\x85", b",", b"\n", b"\x1a", b"nan", b"1e999"]
        )
    path.write_bytes(bytes(content))
    try:
        told = "made.epw" if len(read_epw(path)) == 8760 else ""
    except SourceError as error:
        told = str(error)
    assert all("made.epw" in line or line.startswith("- ") for line in told.splitlines())
    assert told


def test_the_letter_with_which_old_programs_end_a_text_is_no_row(epw):
    path = epw(rows())
    path.write_bytes(path.read_bytes() + b"\x1a")
    assert len(read_epw(path)) == 8760


@pytest.mark.shared
def test_the_typical_year_of_warsaw_has_its_known_sums(shared_data):
    frame = read_epw(shared_data / "weather" / "POL_Warsaw.123750_IWEC.epw")
    sums = frame[["ghi", "dni", "dhi"]].sum() / 1000.0
    np.testing.assert_allclose(sums, [998.6, 676.5, 619.4], atol=0.06)
    assert frame["temp_air"].mean() == pytest.approx(8.37, abs=0.005)
    assert len(frame) == 8760
    # at Warsaw's longitude the sun stands highest at about 10:36 UTC
    assert frame["ghi"].groupby(frame.index.hour).mean().idxmax() == 10
