"""
When the dwellings or buildings of a place were built, as its census tells it: a table by years and kind of building, as CSV.

::

    kind;year_from;year_to;number;place
    multi;;1944;1200;
    multi;1945;1970;3400;
    single;1971;;150;
    multi;1965;1974;1;os. Złotego Wieku

``kind`` is ``single`` (houses), ``multi`` (blocks of flats) or ``other``; a table without it is for all. Empty years are open ends. The
years need not be those of a typology: what spans several construction periods is spread evenly over its years. ``place`` names an estate
or a street whose age is told by itself; its rows hold for the buildings that have it in their address, the other rows for all others.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ped_geo.addresses import street_key
from ped_geo.countries import pack_or_form
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._columns import plain
from ped_geo.sources.registers import amount, table_rows
from ped_geo.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    Told = tuple[str, str, int, int, float]

__all__ = ["COLUMNS", "KINDS", "census_rows"]

COLUMNS: Final = ("kind", "place", "year_from", "year_to", "number")
NEEDED: Final = ("year_from", "year_to", "number")
LAYER: Final = ("place", "kind", "construction_period", "number")
KINDS: Final = ("single", "multi", "other")
WORDS: Final = {
    "": KINDS,
    "single": KINDS[:1],
    "jednorodzinne": KINDS[:1],
    "multi": KINDS[1:2],
    "wielorodzinne": KINDS[1:2],
    "other": KINDS[2:],
    "inne": KINDS[2:],
}
REACH: Final = 100
"""Years that an open beginning reaches back."""


def census_rows(study: Study) -> pd.DataFrame:
    """
    Dwellings or buildings of the place by kind and construction period, from ``[sources] census``; none where the study names no file.

    Parameters
    ----------
    study : Study
        Names the file; its country has the periods.

    Returns
    -------
    DataFrame
        Layer ``census``: ``place`` (an estate or street in one spelling, "" for the whole place), ``kind`` (``single``, ``multi``,
        ``other``), ``construction_period`` and ``number``; every period of each place and kind that the table tells.

    Raises
    ------
    SourceError
        With every problem of the table.
    """
    import pandas as pd

    path, numbers = study.sources.census, pd.DataFrame(columns=list(LAYER))
    if path is not None:
        told, problems = _told(path, study)
        numbers = _by_period(told, study)
        problems += _contradictions(told, numbers)
        if problems:
            raise SourceError(Sentence("error.census", path=path.name), problems)
    return numbers.astype(dict.fromkeys(LAYER[:-1], "str") | {"number": "float64"}).rename_axis("entry")


def _told(path: Path, study: Study) -> tuple[list[Told], list[str]]:
    """What each readable row says, of each kind it is for, and what is wrong with the others."""
    import pandas as pd

    rows, lines = table_rows(path, study.country)
    missing = [name for name in NEEDED if name not in rows[0]]
    if missing:
        raise SourceError(Sentence("error.has_no_column_give_year_from", path=path.name, missing=missing[0]))
    last = int(study.assumed("building.year_max"))
    told: list[Told] = []
    problems: list[str] = []
    places = street_key(pd.Series([row.get("place", "") for row in rows], dtype="str"))
    for line, row, place in zip(lines, rows, places, strict=True):
        kinds, years, number = WORDS.get(plain(row.get("kind", ""))), _years(row, last), amount(row["number"])
        if kinds is None:
            problems.append(Sentence("error.kind_is_in_line_must", row=row["kind"][:40], line=line, names=", ".join(KINDS)))
        elif years is None:
            span = f"{row['year_from'][:20]!r} to {row['year_to'][:20]!r}"
            problems.append(Sentence("error.years_are_in_line_must", span=span, line=line, last=last))
        elif not 0 <= number < 1e9:
            problems.append(Sentence("error.number_is_in_line_must", row=row["number"][:40], line=line))
        else:
            told += [(place, kind, *years, number) for kind in kinds]
    return told, problems


def _by_period(told: list[Told], study: Study) -> pd.DataFrame:
    """Numbers spread evenly over the years of their rows, by place, kind and period."""
    import pandas as pd

    periods = pack_or_form(study.country).periods
    rows = [
        (place, kind, period.code, number * max(0.0, min(last, period.last) - max(first, period.first) + 1) / (last - first + 1))
        for place, kind, first, last, number in told
        for period in periods
    ]
    table = pd.DataFrame(rows, columns=list(LAYER))
    return table.groupby(list(LAYER[:-1]), sort=False)["number"].sum().reset_index()


def _contradictions(told: list[Told], numbers: pd.DataFrame) -> list[str]:
    """Kinds of which a year stands in two rows, or of which there are none."""
    problems: list[str] = []
    for place, kind in dict.fromkeys(row[:2] for row in told):
        whose = f"{kind} in {place[:40]!r}" if place else kind
        spans = sorted(row[2:4] for row in told if row[:2] == (place, kind))
        twice = next((late for early, late in pairwise(spans) if late[0] <= early[1]), None)
        if twice:
            problems.append(Sentence("error.years_to_are_also_in", year=twice[0], year_2=twice[1], whose=whose))
        elif not numbers.loc[(numbers["place"] == place) & (numbers["kind"] == kind), "number"].sum():
            problems.append(Sentence("error.all_numbers_are_0_give", whose=whose))
    return problems


def _years(row: dict[str, str], last: int) -> tuple[int, int] | None:
    """First and last year of a row, open ends filled; none where they are no years."""
    told = [row[name].strip() for name in ("year_from", "year_to")]
    if not all(text == "" or (text.isdigit() and len(text) <= 4) for text in told) or told == ["", ""]:
        return None
    to = int(told[1]) if told[1] else last
    start = int(told[0]) if told[0] else to - REACH
    return (start, to) if start <= to <= last else None
