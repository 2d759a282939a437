"""Weather from an EnergyPlus file (``.epw``) that the user points to."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.assumptions import Assumed, cited
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.site import Site
from ped_geo.sources._files import file_record, one_line
from ped_geo.sources._light import MIDDLE, hour_means, light_remarks
from ped_geo.sources._weather_frame import COLUMNS, as_year, by_date, check_weather, place_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_epw"]

# EPW's codes for "missing" and its columns, EnergyPlus Auxiliary Programs, chapter "EPW CSV format"
MISSING = {"ghi": 9999.0, "dni": 9999.0, "dhi": 9999.0, "temp_air": 99.9, "wind_speed": 999.0}
POSITIONS = {"month": 1, "day": 2, "hour": 3, "temp_air": 6, "ghi": 13, "dni": 14, "dhi": 15, "wind_speed": 21}
DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
LONGEST_GAP = 6
# countries whose older files are in Windows-1250; all others' are in Windows-1252
CENTRAL_EUROPE = {"POL", "CZE", "SVK", "HUN", "SVN", "HRV", "ROU", "ROM", "ALB", "BIH", "SRB", "MNE"}
# what programs write where they know no name
NAMELESS = {"", "-", "n/a", "na", "none", "not available", "unknown", "unnamed"}
PVGIS_OFFSET = re.compile(r"Irradiance Time Offset[^:]*:\s*([-+]?[0-9.]+)", re.IGNORECASE)


@dataclass(frozen=True)
class _Head:
    """
    What an EPW's first lines say.

    Attributes
    ----------
    site : Site
        Where the weather was measured; its altitude is 0 where the file gives none.
    city : str
        Its name.
    zone_h : float
        Local standard time less UTC. [h]
    light_at : float or None
        Moment of the light after the start of the UTC hour of the row, in files of PVGIS; None in all others. [h]
    """

    site: Site
    city: str
    zone_h: float
    light_at: float | None


def read_epw(path: Path, *, assumed: Assumed = cited) -> pd.DataFrame:
    """
    Hourly weather of an EPW file, as means over the hour that starts at the UTC index.

    Parameters
    ----------
    path : Path
        EPW file in local standard time, hours labelled by their end; in UTF-8 or an older Windows encoding.
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s].

    Raises
    ------
    SourceError
        If the file is missing, is no EPW, lacks hours or has gaps that are too long to fill; all of them are told.

    Notes
    -----
    Rows go by their date; 29 February is left out. Gaps of up to six hours are filled, temperature and wind along a line, light
    with the mean of the same hour of the day before and after. ``attrs["filled_hours"]`` counts them by name, ``attrs["remarks"]``
    holds what a user should be told.

    Zones of a half or quarter hour and files of PVGIS, which give in UTC the light of one moment per hour (``Irradiance Time
    Offset`` of a comment, after the hour's label), are carried to the UTC hour by `ped_geo.sources._light.hour_means`.
    """
    if not path.is_file():
        raise SourceError(Sentence("error.sources_weather_file_is_not_file", path=str(path)))
    lines = _text(path.read_bytes()).split("\n")
    head = _head(lines, path.name)
    table, leap_hours = _table(lines, path.name)
    table, filled = _without_gaps(table, path.name)
    frame, remarks = _in_utc(table, head, path.name, assumed)
    remarks += [("weather_leap_day", {"file": path.name})] if leap_hours else []
    remarks += [("weather_filled", {"file": path.name, "count": sum(filled.values())})] if filled else []
    frame.attrs = {
        "source": f"EPW {place_words(path.name, head.site) if head.city.casefold() in NAMELESS else head.city}",
        "confidence": "read",
        "licence": "of the file's provider",
        "files": [file_record(path)],
        "latitude": head.site.latitude,
        "longitude": head.site.longitude,
        "filled_hours": filled,
        "remarks": remarks,
    }
    if not math.isnan(altitude := _number(lines[0], 9)):
        frame.attrs["altitude_m"] = altitude
    return check_weather(frame, subject=path.name)


def _text(content: bytes) -> str:
    """The file's letters: UTF-8 where it is that, else the older encoding of its country."""
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        country = content[:400].decode("ascii", "replace").split(",")[3:4]
        older = "cp1250" if country and country[0].strip().upper() in CENTRAL_EUROPE else "cp1252"
        found = content.decode(older, "replace")
    return found.replace("\r\n", "\n").replace("\r", "\n")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _number(line: str, position: int) -> float:
    """A cell as a number, NaN where it is none."""
    try:
        return float(_cells(line)[position])
    except (ValueError, IndexError):
        return math.nan


def _head(lines: Sequence[str], name: str) -> _Head:
    first = _cells(lines[0]) if lines else []
    if not first or first[0].strip().upper() != "LOCATION" or len(first) < 9:
        raise SourceError(Sentence("error.cannot_be_read_as_epw", name=name))
    bounds = {"latitude": (6, -90.0, 90.0), "longitude": (7, -180.0, 180.0), "time zone": (8, -12.0, 14.0)}
    told = {word: _number(lines[0], position) for word, (position, _, _) in bounds.items()}
    problems = [
        Sentence("error.its_first_line_gives_must", word=word, first=first[position][:40], low=low, high=high)
        for word, (position, low, high) in bounds.items()
        if not low <= told[word] <= high
    ]
    if problems:
        raise SourceError(name, problems)
    altitude = _number(lines[0], 9)
    site = Site(told["latitude"], told["longitude"], 0.0 if math.isnan(altitude) else altitude)
    city = "".join(letter for letter in first[1].strip()[:60] if letter.isprintable())
    return _Head(site, city, told["time zone"], _moment_of_light(lines[:12]))


def _moment_of_light(lines: Sequence[str]) -> float | None:
    """Moment of PVGIS's light after the start of the row's hour; its rows are labelled 1 for 00:00 UTC."""
    found = next((match for line in lines if (match := PVGIS_OFFSET.search(line))), None)
    if found is None:
        return None
    try:
        offset = float(found[1])
    except ValueError:
        return None
    return offset + 1.0 if offset < 0.0 else offset


def _table(lines: Sequence[str], name: str) -> tuple[pd.DataFrame, int]:
    """The hours from 1 January 00:00 of the file's clock, NaN where a cell is empty, and hours of 29 February left out."""
    import pandas as pd

    start = next((number for number, line in enumerate(lines) if line.upper().startswith("DATA PERIODS")), None)
    if start is None:
        raise SourceError(Sentence("error.cannot_be_read_as_epw_it", name=name))
    # old programs end a text with the letter of MS-DOS for it
    body = "\n".join(lines[start + 1 :]).rstrip("\x1a\x00\n ")
    try:
        cells = pd.read_csv(io.StringIO(body), header=None, usecols=list(POSITIONS.values()), dtype="str", keep_default_na=False)
    except (ValueError, IndexError, OverflowError) as error:
        raise SourceError(Sentence("error.cannot_be_read_as_epw_give", name=name, reason=one_line(error))) from None
    cells = cells[sorted(cells.columns)].set_axis(list(POSITIONS), axis=1)
    values = cells.apply(pd.to_numeric, errors="coerce")
    problems = [*_unreadable(cells, values), *_no_dates(values)]
    if problems:
        raise SourceError(name, problems)
    month, day, hour = (values[column].to_numpy(dtype="int64") for column in ("month", "day", "hour"))
    weather = pd.DataFrame({column: values[column].where(values[column] < MISSING[column]).astype("float64") for column in COLUMNS})
    try:
        return by_date(weather, month, day, hour - 1)
    except SourceError as error:
        raise SourceError(Sentence("error.give_whole_year_hours", name=name, reason=error)) from None


def _unreadable(cells: pd.DataFrame, values: pd.DataFrame) -> list[str]:
    """Cells that are neither a number nor empty, the first of each column."""
    found = []
    for column in values:
        wrong = values[column].isna() & ((cells[column].fillna("").str.strip() != "") | (column in ("month", "day", "hour")))
        if wrong.any():
            cell = str(cells[column][wrong].iloc[0])[:40]
            found.append(f"{int(wrong.sum())} values of {column} are no numbers, the first is {cell!r}; correct the file")
    return found


def _no_dates(values: pd.DataFrame) -> list[str]:
    """Rows whose month, day and hour are no date of a year; an hour is named by its end, 1 to 24."""
    known = values[["month", "day", "hour"]].dropna()
    month = known["month"].where(known["month"].isin(range(1, 13)))
    longest = month.map(dict(enumerate(DAYS, start=1)))
    wrong = month.isna() | ~known["day"].between(1, longest.fillna(0)) | ~known["hour"].between(1, 24) | (known % 1 != 0).any(axis=1)
    if not wrong.any():
        return []
    row = known[wrong].iloc[0]
    date = f"month {row['month']:g}, day {row['day']:g}, hour {row['hour']:g}"
    return [f"{int(wrong.sum())} rows have no possible date, the first is {date} (hours count from 1 to 24); correct the file"]


def _in_utc(table: pd.DataFrame, head: _Head, name: str, assumed: Assumed) -> tuple[pd.DataFrame, list[Any]]:
    """Means over UTC hours, and what is to be said of the light."""
    shift = 0 if head.light_at is not None else math.floor(-head.zone_h)
    middle = MIDDLE + (-head.zone_h - shift)
    light_at, air_at = (middle, middle) if head.light_at is None else (head.light_at, 0.0)
    hours = check_weather(as_year(table, first_hour=shift), subject=name)
    remarks = light_remarks(hours, head.site, light_at=light_at)
    if light_at == air_at == MIDDLE:
        return hours, remarks
    return hour_means(hours, head.site, light_at=light_at, air_at=air_at, assumed=assumed), remarks


def _without_gaps(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """The year with short gaps filled, and how many hours of what were."""
    whole, filled, problems = table.copy(), {}, []
    for column in COLUMNS:
        values = whole[column].to_numpy(copy=True)
        gap = ~np.isfinite(values)
        if not gap.any():
            continue
        runs = np.diff(np.flatnonzero(np.diff(np.r_[0, gap.astype(int), 0])))[::2]
        if runs.max() > LONGEST_GAP:
            problems.append(
                Sentence(
                    "error.hours_are_missing_them_in", count=int(gap.sum()), column=column, max=int(runs.max()), longest_gap=LONGEST_GAP
                )
            )
            continue
        hours = np.arange(values.size)
        if column in ("temp_air", "wind_speed"):
            values[gap] = np.interp(hours[gap], hours[~gap], values[~gap], period=values.size)
        else:
            days = [(np.roll(np.where(gap, 0.0, values), by)[gap], np.roll(~gap, by)[gap]) for by in (24, -24)]
            known = days[0][1].astype(int) + days[1][1]
            values[gap] = np.divide(days[0][0] + days[1][0], known, out=np.full(known.size, np.nan), where=known > 0)
        whole[column] = values
        filled[column] = int(gap.sum())
    if problems:
        raise SourceError(name, problems)
    return whole, filled
