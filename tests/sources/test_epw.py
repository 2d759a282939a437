"""EPW files: local standard time and end-of-hour labels become UTC hours by their start; gaps are filled and counted, or told."""

from __future__ import annotations

import numpy as np
import pytest

from ped_geo.errors import SourceError
from ped_geo.sources.epw import read_epw

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


@pytest.mark.shared
def test_the_typical_year_of_warsaw_has_its_known_sums(shared_data):
    frame = read_epw(shared_data / "weather" / "POL_Warsaw.123750_IWEC.epw")
    sums = frame[["ghi", "dni", "dhi"]].sum() / 1000.0
    np.testing.assert_allclose(sums, [998.6, 676.5, 619.4], atol=0.06)
    assert frame["temp_air"].mean() == pytest.approx(8.37, abs=0.005)
    assert len(frame) == 8760
    # at Warsaw's longitude the sun stands highest at about 10:36 UTC
    assert frame["ghi"].groupby(frame.index.hour).mean().idxmax() == 10
