"""
Timetables as GTFS files: how often which line leaves from which stop area on one weekday.

Several feeds are taken together: what counts is one day on which most of them run, so that files of one day each are not added up.
Times past 24:00 belong to the early hours; trips that run by frequency are counted as often as they run.
"""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Clause, Sentence
from ped_geo.sources._packages import check_zip
from ped_geo.study import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

__all__ = ["read_feeds", "timetable_rows"]

NEEDED: Final = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_type"),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence", "departure_time"),
}
KNOWN: Final = {
    "stops": (*NEEDED["stops"], "stop_name", "parent_station"),
    "routes": (*NEEDED["routes"], "route_short_name", "route_long_name"),
    "trips": (*NEEDED["trips"], "direction_id"),
    "stop_times": (*NEEDED["stop_times"], "arrival_time"),
    "calendar": ("service_id", "start_date", "end_date", *(WEEK := ("monday", "tuesday", "wednesday", "thursday", "friday"))),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
}
DAY_S, HOUR_S = 86_400, 3_600
WORKING: Final = (6 * HOUR_S, 20 * HOUR_S)
PEAK: Final = (8 * HOUR_S + 900, 9 * HOUR_S + 900)
SAME_STOP_M: Final = 200.0
NEAR_M: Final = 2_000.0
"""Stops beyond the place that are kept."""
LONGEST_DAYS: Final = 800
"""Longer calendars are looked at from their beginning."""


def timetable_rows(study: Study, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Departures of ``[sources] timetable``; none where the study names no file.

    Parameters
    ----------
    study : Study
        Names the feeds.
    boundary : GeoDataFrame
        The district in the working system; stops within 2 km of it are kept.

    Returns
    -------
    GeoDataFrame
        Layer ``timetable``, a row for each stop area and line: ``area``, ``name``, ``route``, ``mode`` (``rail``, ``tram``, ``bus``),
        ``departures`` from 6 to 20 h in both directions, ``one_way`` those of the busier one, ``peak_per_hour`` from 8:15 to 9:15 in
        the busier direction [1/h], ``day`` that was counted, and the middle of the stop area.

    Raises
    ------
    SourceError
        With every problem of the files.
    """
    import pandas as pd

    feeds = read_feeds(study.sources.timetable)
    if not feeds:
        return _empty(boundary)
    day, running = _running(feeds)
    tables = {name: pd.concat([feed[name] for feed in feeds], ignore_index=True) for name in NEEDED}
    tables["frequencies"] = pd.concat([feed["frequencies"] for feed in feeds], ignore_index=True)
    areas = _areas(tables["stops"], boundary)
    if areas.empty:
        return _empty(boundary)
    trips = tables["trips"][tables["trips"]["service_id"].isin(running)]
    return _counted(_departures(tables, trips, areas), areas, tables["routes"], day, boundary)


def read_feeds(paths: Sequence[Path]) -> list[dict[str, pd.DataFrame]]:
    """
    Tables of GTFS files, as text.

    Parameters
    ----------
    paths : sequence of Path
        ZIP packages.

    Raises
    ------
    SourceError
        With every problem of all of them.
    """
    feeds, problems = [], []
    for number, path in enumerate(paths):
        try:
            feeds.append(_feed(path, f"{number}:"))
        except SourceError as error:
            problems.append(Clause("error.whole", told=error))
    if problems:
        raise SourceError("timetables", problems)
    return feeds


def _empty(boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    words = {name: pd.Series(dtype="str") for name in ("area", "name", "route", "mode", "day")}
    numbers = {name: pd.Series(dtype="float64") for name in ("departures", "one_way", "peak_per_hour")}
    return gpd.GeoDataFrame(words | numbers, geometry=[], crs=boundary.crs).rename_axis("entry")


def _feed(path: Path, prefix: str) -> dict[str, pd.DataFrame]:
    """Tables of one feed, ids with a prefix of their own; a folder inside of the package is looked into."""
    import pandas as pd

    if not path.is_file():
        raise SourceError(Sentence("error.is_not_file_check_sources_timetable", path=path))
    with path.open("rb") as file:
        names = check_zip(file, path.name)
        found: dict[str, pd.DataFrame] = {}
        with zipfile.ZipFile(file) as package:
            for table, columns in KNOWN.items():
                inside = [name for name in names if name.rpartition("/")[2].lower() == f"{table}.txt" and "__MACOSX" not in name]
                if inside:
                    with package.open(min(inside, key=len)) as member:
                        found[table] = _table(member, columns, f"{table}.txt of {path.name}")
    problems = [
        Sentence("error.has_no_txt", path=path.name, table=table)
        if table not in found
        else Sentence("error.txt_has_no_column", table=table, path=path.name, column=column)
        for table, columns in NEEDED.items()
        for column in columns
        if table not in found or column not in found[table]
    ]
    if problems:
        raise SourceError("; ".join(dict.fromkeys(problems)) + Sentence("error.give_whole_gtfs_file"))
    for table in ("calendar", "calendar_dates", "frequencies"):
        found.setdefault(table, pd.DataFrame(columns=list(KNOWN[table]), dtype="str"))
    for frame in found.values():
        for name in ("stop_id", "parent_station", "route_id", "service_id", "trip_id"):
            if name in frame:
                frame[name] = (prefix + frame[name]).where(frame[name] != "", "")
    return found


def _table(member: IO[bytes], columns: tuple[str, ...], name: str) -> pd.DataFrame:
    """Columns of one table as text, without blanks around names and values."""
    import pandas as pd

    try:
        table = pd.read_csv(
            member,
            dtype="str",
            keep_default_na=False,
            encoding="utf-8-sig",
            skipinitialspace=True,
            usecols=lambda one: one.strip() in columns,
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise SourceError(Sentence("error.is_no_table_in_utf", name=name, reason=str(error).splitlines()[0][:100])) from None
    table.columns = table.columns.str.strip()
    return table.fillna("").apply(lambda column: column.str.strip())


def _days(feed: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Working days on which each service of a feed runs: ``service_id``, ``day``."""
    import pandas as pd

    calendar, dates = feed["calendar"], feed["calendar_dates"]
    parts = []
    for row in calendar.itertuples():
        told = pd.to_datetime(pd.Series([str(row.start_date), str(row.end_date)]), format="%Y%m%d", errors="coerce")
        if told.isna().any():
            continue
        start, end = told
        span = pd.date_range(start, min(end, start + pd.Timedelta(days=LONGEST_DAYS)))
        runs = np.array([getattr(row, day, "0") == "1" for day in WEEK] + [False, False])
        parts.append(pd.DataFrame({"service_id": row.service_id, "day": span[runs[span.day_of_week]]}))
    day = pd.to_datetime(dates["date"], format="%Y%m%d", errors="coerce")
    listed = pd.DataFrame({"service_id": dates["service_id"], "day": day})[(day.dt.day_of_week < len(WEEK)).fillna(False)]
    told = dates["exception_type"].reindex(listed.index)
    whole = pd.concat([*parts, listed[told == "1"]], ignore_index=True).drop_duplicates()
    gone = whole.merge(listed[told == "2"], how="left", indicator=True)
    return whole[(gone["_merge"] == "left_only").to_numpy()]


def _running(feeds: list[dict[str, pd.DataFrame]]) -> tuple[str, set[str]]:
    """
    The day that is counted, and the services that run.

    Of the working days on which most feeds run, the one in the middle by its number of trips: holidays have fewer. A feed of other
    lines that does not run on it counts with its own middle day; a feed without any calendar with all of its trips.
    """
    import pandas as pd

    days = pd.concat([_days(feed).assign(feed=number) for number, feed in enumerate(feeds)], ignore_index=True)
    trips = pd.concat([feed["trips"]["service_id"].value_counts().rename("trips") for feed in feeds])
    days = days.join(trips, on="service_id").dropna(subset=["trips"])
    chosen, running = (
        "",
        {service for feed in feeds if not len(feed["calendar"]) + len(feed["calendar_dates"]) for service in feed["trips"]["service_id"]},
    )
    lines: set[str] = set()
    left = list(range(len(feeds)))
    while left:
        rows = days[days["feed"].isin(left)]
        if rows.empty:
            break
        of_day = rows.groupby("day").agg(feeds=("feed", "nunique"), trips=("trips", "sum"))
        full = of_day[of_day["feeds"] == of_day["feeds"].max()].sort_values("trips", kind="stable")
        day = full.index[len(full) // 2]
        active = rows[rows["day"] == day]
        chosen = chosen or str(day.date())
        running |= set(active["service_id"])
        here = set(active["feed"])
        lines |= {route.partition(":")[2] for number in here for route in feeds[number]["routes"]["route_id"]}
        # files of other days of the same lines are the same timetable
        left = [
            number
            for number in left
            if number not in here and not lines & {one.partition(":")[2] for one in feeds[number]["routes"]["route_id"]}
        ]
    return chosen, running


def _seconds(times: pd.Series) -> pd.Series:
    """Seconds since the day's beginning, past 86400 for the night after; not a number where none is told."""
    import pandas as pd

    parts = times.str.extract(r"^(\d{1,3}):(\d{2})(?::(\d{2}))?$").apply(pd.to_numeric).astype("float64")
    return parts[0] * HOUR_S + parts[1] * 60 + parts[2].fillna(0)


def _areas(stops: pd.DataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Stops near the place, each with its stop area: those of one station, and those of one name within 200 m."""
    import geopandas as gpd
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    x, y = (pd.to_numeric(stops[name], errors="coerce") for name in ("stop_lon", "stop_lat"))
    known = x.between(-180.0, 180.0) & y.between(-90.0, 90.0) & ((x != 0.0) | (y != 0.0))
    frame = gpd.GeoDataFrame(stops[known], geometry=gpd.points_from_xy(x[known], y[known]), crs=4326).to_crs(boundary.crs)
    west, south, east, north = boundary.total_bounds
    near = frame.cx[west - NEAR_M : east + NEAR_M, south - NEAR_M : north + NEAR_M].drop_duplicates("stop_id").reset_index(drop=True)
    if near.empty:
        return near
    name = near["stop_name"] if "stop_name" in near else pd.Series("", index=near.index)
    number = pd.Series(near.index, index=near["stop_id"])
    parent = near["parent_station"].map(number) if "parent_station" in near else pd.Series(np.nan, index=near.index)
    one, other = cKDTree(np.column_stack([near.geometry.x, near.geometry.y])).query_pairs(SAME_STOP_M, output_type="ndarray").T
    same = (name.to_numpy()[one] == name.to_numpy()[other]) & (name.to_numpy()[one] != "")
    child = np.flatnonzero(parent.notna())
    start = np.r_[one[same], child]
    end = np.r_[other[same], parent.to_numpy()[child].astype(np.int64)]
    links = coo_array((np.ones(len(start)), (start, end)), shape=(len(near), len(near)))
    return near.assign(area=connected_components(links, directed=False)[1], name=name)


def _departures(tables: dict[str, pd.DataFrame], trips: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Every departure from the stop areas on the day: ``area``, ``route_id``, ``direction``, ``time`` [s]."""
    import pandas as pd

    calls = tables["stop_times"][tables["stop_times"]["trip_id"].isin(trips["trip_id"])]
    # whole trips are needed to fill times that are left out, and the last call is no departure
    calls = calls.assign(order=pd.to_numeric(calls["stop_sequence"], errors="coerce"))
    calls = calls.sort_values(["trip_id", "order"], kind="stable").reset_index(drop=True)
    trips = trips.assign(direction=_directions(calls, trips, tables["stops"]))
    time = _seconds(calls["departure_time"])
    if "arrival_time" in calls:
        time = time.fillna(_seconds(calls["arrival_time"]))
    told = time.notna().to_numpy()
    if told.any():
        time = pd.Series(np.interp(np.arange(len(time)), np.flatnonzero(told), time.to_numpy()[told]))
    first = time.groupby(calls["trip_id"]).transform("first")
    last = ~calls["trip_id"].duplicated(keep="last")
    calls = calls.assign(time=time, after=time - first)[~last]
    calls = calls.merge(areas[["stop_id", "area"]], on="stop_id").drop_duplicates(["trip_id", "area"])
    calls = calls.merge(trips[["trip_id", "route_id", "direction"]], on="trip_id")
    often = tables["frequencies"]
    by_headway = calls[calls["trip_id"].isin(often["trip_id"])].merge(often, on="trip_id")
    start, end, step = (
        _seconds(by_headway["start_time"]),
        _seconds(by_headway["end_time"]),
        pd.to_numeric(by_headway["headway_secs"], errors="coerce").astype("float64"),
    )
    runs = np.ceil((end - start) / step.where(step > 0)).fillna(0.0).clip(0, DAY_S / 60.0).to_numpy().astype(np.int64)
    repeated = by_headway.loc[by_headway.index.repeat(runs)]
    turn = np.arange(int(runs.sum())) - np.repeat(np.cumsum(runs) - runs, runs)
    repeated = repeated.assign(time=start.reindex(repeated.index) + turn * step.reindex(repeated.index) + repeated["after"])
    plain = calls[~calls["trip_id"].isin(often["trip_id"])]
    every = pd.concat([plain, repeated[plain.columns]], ignore_index=True)
    return every[["area", "route_id", "direction"]].assign(time=every["time"] % DAY_S)


def _directions(calls: pd.DataFrame, trips: pd.DataFrame, stops: pd.DataFrame) -> pd.Series:
    """
    Direction of each trip: as told where a line tells of both, else by the order of its stops.

    A trip runs against the longest one of its line where it calls at more of the same stations the other way round, or at none of them,
    as where the poles of either side have names of their own. A line all of whose trips agree runs one way, as loops do.
    """
    import pandas as pd

    told = trips["direction_id"] if "direction_id" in trips else pd.Series("", index=trips.index)
    known = told.where(told != "").groupby(trips["route_id"]).transform("nunique") > 1
    unknown = trips.loc[~known, ["trip_id", "route_id"]]
    if unknown.empty:
        return told
    table = stops.drop_duplicates("stop_id").set_index("stop_id")
    parent, name = (table.get(column, pd.Series("", index=table.index)) for column in ("parent_station", "stop_name"))
    station = parent.where(parent != "", name).where(lambda one: one != "", table.index.to_series())
    path = calls[["trip_id", "stop_id"]].merge(unknown, on="trip_id")
    path = path.assign(station=path["stop_id"].map(station).fillna(path["stop_id"]))
    length = path.groupby(["route_id", "trip_id"]).size()
    longest = path[path["trip_id"].isin(length.groupby("route_id").idxmax().str[1])].drop_duplicates(["route_id", "station"])
    place = longest.groupby("route_id").cumcount()
    path = path.merge(longest[["route_id", "station"]].assign(place=place), on=["route_id", "station"])
    step = np.sign(path.groupby("trip_id")["place"].diff().fillna(0.0)).groupby(path["trip_id"]).sum()
    onward = trips["trip_id"].map(step).fillna(-1.0) >= 0.0
    return told.where(known, pd.Series(np.where(onward, "onward", "back"), index=trips.index))


def _mode(kinds: pd.Series) -> pd.Series:
    """Mode by GTFS' route types, basic and extended; what floats or hangs counts as a bus."""
    import pandas as pd

    code = pd.to_numeric(kinds, errors="coerce").fillna(3)
    rail = code.isin([1, 2, 12]) | code.between(100, 117) | code.between(400, 405)
    tram = code.isin([0, 5, 7]) | code.between(900, 906)
    return pd.Series(np.select([rail, tram], ["rail", "tram"], "bus"), index=kinds.index)


def _busier(departures: pd.DataFrame) -> pd.Series:
    """Departures of each stop area and line in the busier direction."""
    keys = ["area", "route_id"]
    return departures.groupby([*keys, "direction"]).size().groupby(keys).max().astype("float64")


def _counted(
    departures: pd.DataFrame, areas: gpd.GeoDataFrame, routes: pd.DataFrame, day: str, boundary: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Departures by stop area and line."""
    import geopandas as gpd
    import pandas as pd

    keys = ["area", "route_id"]
    in_day = departures[departures["time"].between(*WORKING, inclusive="left")]
    in_peak = departures[departures["time"].between(*PEAK, inclusive="left")]
    count = in_day.groupby(keys).size().rename("departures").astype("float64")
    # many feeds name the poles of both sides of a street differently, and then each is a stop of one direction
    found = count.to_frame().join([_busier(in_day).rename("one_way"), _busier(in_peak).rename("peak_per_hour")])
    found = found.fillna({"peak_per_hour": 0.0}).reset_index()
    line = routes.drop_duplicates("route_id").set_index("route_id")
    short = line.get("route_short_name", pd.Series("", index=line.index))
    label = short.where(short != "", line.get("route_long_name", short))
    middle = pd.DataFrame({"x": areas.geometry.x, "y": areas.geometry.y}).groupby(areas["area"]).mean().reindex(found["area"])
    name = areas.groupby("area")["name"].first().reindex(found["area"])
    table = {
        "area": ("stop/" + found["area"].astype("str")).astype("str"),
        "name": pd.array(name.to_numpy(), dtype="str"),
        "route": pd.array(found["route_id"].map(label).fillna("").to_numpy(), dtype="str"),
        "mode": pd.array(_mode(found["route_id"].map(line["route_type"])).to_numpy(), dtype="str"),
        "departures": found["departures"],
        "one_way": found["one_way"],
        "peak_per_hour": found["peak_per_hour"].astype("float64"),
        "day": pd.array([day] * len(found), dtype="str"),
    }
    points = gpd.points_from_xy(middle["x"], middle["y"])
    return (
        gpd.GeoDataFrame(table, geometry=points, crs=boundary.crs)
        .sort_values(["area", "route"], kind="stable", ignore_index=True)
        .rename_axis("entry")
    )
