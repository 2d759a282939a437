"""Timetables: two lines written by hand with the faults of real feeds, and two real feeds."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo.errors import SourceError
from ped_geo.mobility.plan import MobilityInputs, _Homes, _transport, stop_areas
from ped_geo.sources.timetable import timetable_rows
from ped_geo.study import Study

# two stops of the tram, 14 km of longitude apart from nothing: at 20.0 E, 50.0 N and 400 m to the east
STOPS = """stop_id, stop_name , stop_lat,stop_lon
R1,Rynek,50.0,20.0
R2,Rynek,50.0005,20.0
D1,Dworzec,50.0,20.0056
"""
ROUTES = "route_id,route_short_name,route_type\nT,1,0\nB,100,3\n"
CALENDAR = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nWK,1,1,1,1,1,0,0,20260901,20260930\nWE,0,0,0,0,0,1,1,20260901,20260930\n"


def times(trip, start, minutes=5):
    hour, minute = divmod(start, 60)
    later = start + minutes
    return f"{trip},{hour:02d}:{minute:02d}:00,{hour:02d}:{minute:02d}:00,R1,1\n{trip},{later // 60:02d}:{later % 60:02d}:00,{later // 60:02d}:{later % 60:02d}:00,D1,2\n"


def tables(*, calendar=CALENDAR, dates="", frequencies="", extra_trips="", extra_times=""):
    """Tram every 15 minutes from 6 to 20 h one way, a bus at 10 h, one on Saturdays, and one at 25:30."""
    trips = "route_id,service_id,trip_id,direction_id\n" + "".join(f"T,WK,t{number},0\n" for number in range(56))
    trips += "B,WK,b1,0\nB,WE,b2,0\nB,WK,night,0\n" + extra_trips
    calls = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    calls += (
        "".join(times(f"t{number}", 360 + 15 * number) for number in range(56)) + times("b1", 600) + times("b2", 660) + times("night", 1530)
    )
    found = {"stops": STOPS, "routes": ROUTES, "trips": trips, "stop_times": calls + extra_times}
    found |= {name: text for name, text in (("calendar", calendar), ("calendar_dates", dates), ("frequencies", frequencies)) if text}
    return found


def feed(path, folder="", **changes):
    with zipfile.ZipFile(path, "w") as package:
        for name, text in tables(**changes).items():
            package.writestr(f"{folder}{name}.txt", "\ufeff" + text)
    return path


PLACE = gpd.GeoDataFrame(geometry=[shapely.box(19.99, 49.99, 20.02, 50.01)], crs=4326).to_crs(2178)


def read(*paths, place=PLACE):
    rows = timetable_rows(Study.model_validate({"name": "x", "sources": {"timetable": [str(path) for path in paths]}}), place)
    return rows.set_index(["name", "route"])


def test_two_lines_by_hand(tmp_path):
    rows = read(feed(tmp_path / "a.zip"))
    # the last call is no departure, so that nothing leaves from Dworzec
    assert rows.index.tolist() == [("Rynek", "1"), ("Rynek", "100")]
    assert rows["departures"].tolist() == [56.0, 1.0]
    # 8:15, 8:30, 8:45 and 9:00
    assert rows["peak_per_hour"].tolist() == [4.0, 0.0]
    assert rows["mode"].tolist() == ["tram", "bus"]
    assert pd.Timestamp(rows["day"].iloc[0]).day_of_week < 5


@pytest.mark.parametrize("names", [("Rynek", "Rynek"), ("Rynek P", "Rynek E")])
def test_poles_of_either_side_have_the_headway_of_their_direction(tmp_path, names):
    """B1 from a feed: 112 trams each way from 6 to 20 h are one every 7.5 minutes, whether both poles have one name or two."""
    package, order = tmp_path / "a.zip", ("R1", "D1", "R2")
    trips = "".join(f"T,WK,{way}{number},{way}\n" for way in (0, 1) for number in range(112))
    calls = ""
    for way in (0, 1):
        for number in range(112):
            for place, stop in enumerate(order[:2] if way == 0 else order[1:]):
                second = 21_600 + 450 * number + 60 * place
                clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
                calls += f"{way}{number},{clock},{clock},{stop},{place}\n"
    # the second pole is where the way back passes on, so that it has departures
    calls += "".join(f"1{number},21:00:00,21:00:00,X,9\n" for number in range(112))
    stops = STOPS.replace("R1,Rynek", f"R1,{names[0]}").replace("R2,Rynek", f"R2,{names[1]}") + "X,Pętla,50.02,20.0\n"
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("stops.txt", stops)
        file.writestr("routes.txt", ROUTES)
        file.writestr("calendar.txt", CALENDAR)
        file.writestr("trips.txt", "route_id,service_id,trip_id,direction_id\n" + trips)
        file.writestr("stop_times.txt", "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + calls)
    rows = read(package).reset_index()
    found = stop_areas(MobilityInputs(None, None, None, None, None, None, rows, None, None))
    here = found[found["name"].str.startswith("Rynek")]
    assert here["departures"].sum() == 224.0
    assert here["headway_min"].tolist() == [7.5] * len(set(names))
    assert set(here["category"]) == {2}


def test_trips_of_the_night_count_in_the_early_hours(tmp_path):
    early = times("late", 24 * 60 + 7 * 60)
    rows = read(feed(tmp_path / "a.zip", extra_trips="B,WK,late,0\n", extra_times=early))
    # 31:00 is 7 h of the next day, 25:30 half past one
    assert rows.at[("Rynek", "100"), "departures"] == 2.0


def test_frequencies_repeat_a_trip(tmp_path):
    rows = read(feed(tmp_path / "a.zip", frequencies="trip_id,start_time,end_time,headway_secs\nb1,07:00:00,09:00:00,600\n"))
    # every ten minutes for two hours instead of once; 8:20, 8:30, 8:40 and 8:50 in the peak
    assert rows.loc[("Rynek", "100"), ["departures", "peak_per_hour"]].tolist() == [12.0, 4.0]


def test_dates_alone_are_a_calendar_and_holidays_are_taken_out(tmp_path):
    only_dates = "service_id,date,exception_type\nWK,20260908,1\nWE,20260912,1\n"
    assert read(feed(tmp_path / "a.zip", calendar="", dates=only_dates))["day"].unique().tolist() == ["2026-09-08"]
    one_day = CALENDAR.replace("20260901,20260930", "20260908,20260909")
    gone = "service_id,date,exception_type\nWK,20260908,2\n"
    assert read(feed(tmp_path / "b.zip", calendar=one_day, dates=gone))["day"].unique().tolist() == ["2026-09-09"]


def test_a_feed_without_any_calendar_is_one_day(tmp_path):
    rows = read(feed(tmp_path / "a.zip", calendar=""))
    assert rows["departures"].tolist() == [56.0, 2.0]


def test_files_of_one_day_each_are_not_added_up_and_other_lines_are(tmp_path):
    days = [CALENDAR.replace("20260901,20260930", f"2026090{day},2026090{day}") for day in (8, 9)]
    first, second = (feed(tmp_path / f"{number}.zip", calendar=one) for number, one in enumerate(days))
    assert read(first, second)["departures"].tolist() == [56.0, 1.0]
    other = feed(tmp_path / "other.zip")
    with zipfile.ZipFile(other) as package:
        texts = {name: package.read(name).decode("utf-8") for name in package.namelist()}
    with zipfile.ZipFile(other, "w") as package:
        for name, text in texts.items():
            package.writestr(
                name, text.replace("T,1,0", "T9,9,0").replace("T,WK", "T9,WK").replace("B,100", "B9,109").replace("B,W", "B9,W")
            )
    assert sorted(read(first, other).index.get_level_values("route").unique()) == ["1", "100", "109", "9"]


def test_files_may_lie_in_a_folder_of_the_package(tmp_path):
    assert read(feed(tmp_path / "a.zip", folder="gtfs 2026/"))["departures"].tolist() == [56.0, 1.0]


def test_what_is_wrong_is_said_in_one_sentence_each(tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no package")
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(bare, "w") as package:
        package.writestr("stops.txt", "stop_id\n1\n")
    with pytest.raises(SourceError) as told:
        read(broken, bare, tmp_path / "gone.zip")
    message = str(told.value)
    for words in (
        "broken.zip is damaged",
        "stops.txt of bare.zip has no column stop_lat",
        "bare.zip has no trips.txt",
        "gone.zip is not a file",
    ):
        assert words in message


def transport(rows, *homes_m):
    """Class of homes so many metres north of the middle of the first stop area, where no way is mapped."""
    from tests.test_access import buildings_of, streets_of

    at = rows.geometry.iloc[0]
    homes = buildings_of(*((at.x, at.y + distance) for distance in homes_m), block_id=[f"b{n}" for n in range(len(homes_m))])
    blocks = gpd.GeoDataFrame(
        geometry=[at.buffer(1)] * len(homes_m), crs=2178, index=pd.Index([f"b{n}" for n in range(len(homes_m))], name="block_id")
    )
    given = MobilityInputs(blocks, homes, streets_of(), None, None, None, rows, None, None)
    return _transport(_Homes.of(homes, blocks), stop_areas(given), given, Study(name="x"))


def test_classes_follow_from_the_feed_to_the_block(tmp_path):
    rows = read(feed(tmp_path / "a.zip")).reset_index()
    # 28 departures each way are every 30 minutes: tram of category 4; straight distances with 1.3 are 130, 455 and 1170 m walked
    found = transport(rows, 100.0, 350.0, 900.0)
    assert found["transport_class"].tolist() == ["class_c", "class_d", "class_none"]
    assert (found["ptal_index"].iloc[0] > found["ptal_index"].iloc[1] > 0.0, found["ptal_index"].iloc[2]) == (True, 0.0)


def test_without_a_timetable_nothing_is_guessed():
    from tests.test_access import buildings_of, streets_of

    homes = buildings_of((0, 0), block_id=["b0"])
    blocks = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0).buffer(1)], crs=2178, index=pd.Index(["b0"], name="block_id"))
    given = MobilityInputs(blocks, homes, streets_of(), None, None, None, timetable_rows(Study(name="x"), PLACE), None, None)
    found = _transport(_Homes.of(homes, blocks), PLACE, given, Study(name="x")).iloc[0]
    assert (found["transport_class"], found["ptal_band"]) == ("class_unknown", "ptal_unknown")
    assert pd.isna(found["transport_ab_share"])


@pytest.mark.parametrize(
    ("file", "place", "mode"),
    [
        ("wkd-warsaw_pl_2023.zip", (20.98, 52.22, 21.01, 52.235), "rail"),
        ("kuopio_fi_2016.zip", (27.66, 62.88, 27.70, 62.90), "bus"),
    ],
)
def test_real_feeds_give_classes(shared_data, file, place, mode):
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(*place)], crs=4326).to_crs(2178 if mode == "rail" else 3067)
    rows = read(shared_data / "cities" / "gtfs" / file, place=boundary).reset_index()
    assert set(rows["mode"]) == {mode}
    assert rows["departures"].between(0, 1000).all()
    given = MobilityInputs(None, None, None, None, None, None, rows, None, None)
    assert stop_areas(given)["category"].between(0, 7).all()
    assert (stop_areas(given)["category"] > 0).any()
    # headways of a mean day cannot be shorter than if all went one way, nor longer than if each second one did
    stops = stop_areas(given)
    assert stops["headway_min"].between(840.0 / stops["departures"], 2.0 * 840.0 / stops["departures"]).all()


def test_the_timetable_of_the_wkd_is_that_of_its_stop_times(shared_data):
    """Counted another way: trips of working days by the standard library alone."""
    import csv
    import io

    path = shared_data / "cities" / "gtfs" / "wkd-warsaw_pl_2023.zip"
    with zipfile.ZipFile(path) as package:
        read_ = lambda name: list(csv.DictReader(io.TextIOWrapper(package.open(name), "utf-8-sig")))  # noqa: E731
        trips = {row["trip_id"] for row in read_("trips.txt") if row["service_id"] == "D"}
        calls = [row for row in read_("stop_times.txt") if row["trip_id"] in trips and row["stop_id"] == "wsrod"]
    first = [row for row in calls if row["stop_sequence"] == "0" and "06:00:00" <= row["departure_time"] < "20:00:00"]
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(20.99, 52.22, 21.01, 52.235)], crs=4326).to_crs(2178)
    rows = read(path, place=boundary)
    assert rows.xs("Warszawa Śródmieście WKD", level="name")["departures"].sum() == len(first) > 0
