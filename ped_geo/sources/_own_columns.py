"""
What the district file says of the columns of the user's own file: which of them is which of ours, and what its words mean.

::

    [sources]
    files = ["budynki.shp"]
    id = "ID_BUD"

    [sources.columns]
    storeys_above_ground = "KONDYGN"
    heat_supply = "CO"

    [sources.words.heat_supply]
    "sieć" = "district_heat"
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ped_geo import schema
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._building_columns import WORDS
from ped_geo.sources._columns import plain, said
from ped_geo.study import Sources

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["OURS", "is_own_product", "mapped", "tag_sources"]

OURS: Final = {
    "use": "use",
    "storeys_above_ground": "building:levels",
    "construction_year": "start_date",
    "heat_supply": "heating",
    "refurbishment_state": "refurbishment_state",
    "street": "addr:street",
    "housenumber": "addr:housenumber",
    "name": "name",
    "height_m": "height",
    "dwellings": "building:flats",
    "roof_shape": "roof:shape",
    "roof_height_m": "roof:height",
    "roof_levels": "roof:levels",
    "heritage": "heritage",
}
"""Attributes of the layer ``buildings`` that a file may tell, and the column under which they are read on."""

USE: Final = "building"
INFERRED: Final = "inferred"
KEYS_OF_SOURCES: Final = {"use": USE}
TOLD_BY: Final = "_source"
OWN_COLUMNS: Final = ("building_id", "in_district", "storeys_above_ground_source", "heat_supply_source")
NAMED = 12
LEAST_DISTINCT = 0.5


def is_own_product(frame: gpd.GeoDataFrame) -> bool:
    """Whether a frame is the layer ``buildings`` of an earlier run, edited or not."""
    return set(OWN_COLUMNS) <= set(frame.columns)


def mapped(frame: gpd.GeoDataFrame, sources: Sources, files: tuple[Path, ...]) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """
    The frame with its columns under the names that are read, as the district file maps them.

    Parameters
    ----------
    frame : GeoDataFrame
        As read from the files.
    sources : Sources
        ``columns``, ``words`` and ``id``.
    files : tuple of Path
        For messages.

    Returns
    -------
    frame : GeoDataFrame
        A column that the mapping names stands instead of others of the same meaning.
    used : dict
        Their column → our name.

    Raises
    ------
    SourceError
        With every column that is not there, name that is none of ours and word that maps to no code.
    """
    problems = [*_problems(frame, sources)]
    if problems:
        raise SourceError(Sentence("error.sources", names=", ".join(path.name for path in files)), problems)
    frame = frame.copy()
    wanted = {theirs: OURS[ours] for ours, theirs in sources.columns.items()}
    names = {key: ours for ours, key in OURS.items()}
    values = {key: _in_our_words(frame[theirs], sources.words.get(names[key], {})) for theirs, key in wanted.items()}
    meanings = {WORDS.get(plain(key), key) for key in values}
    others = [name for name in frame.columns if name in wanted or (name != frame.geometry.name and WORDS.get(plain(str(name))) in meanings)]
    given = {sources.id: "building_id"} if sources.id else {}
    ids = _ids(frame, sources.id) if sources.id else None
    frame = frame.drop(columns=[*others, *(name for name in given if name not in others)]).assign(**values)
    for ours in sources.words.keys() - sources.columns.keys():
        frame = _with_words(frame, OURS[ours], sources.words[ours])
    if ids is not None:
        frame = frame.assign(building_id=ids)
    return frame, {theirs: names[key] for theirs, key in wanted.items()} | given


def _problems(frame: gpd.GeoDataFrame, sources: Sources) -> Iterator[str]:
    there = [str(name) for name in frame.columns.drop(frame.geometry.name)]
    listed = ", ".join(there[:NAMED]) + (f" + {len(there) - NAMED}" if len(there) > NAMED else "")
    for ours, theirs in sources.columns.items():
        if ours not in OURS:
            yield Sentence("error.columns_names_must_be_one", ours=ours, names=", ".join(OURS))
        if theirs not in there:
            yield Sentence("error.columns_is_but_there_is", ours=ours, theirs=theirs, listed=listed)
    if sources.id and sources.id not in there:
        yield Sentence("error.id_is_but_there_is", id=sources.id, listed=listed)
    elif sources.id and frame[sources.id].map(said).nunique() < LEAST_DISTINCT * len(frame):
        yield Sentence("error.id_is_which_says_same", id=sources.id, count=len(frame))
    for ours, words in sources.words.items():
        codes = schema.columns("buildings")[ours].values if ours in OURS else ()
        if not codes:
            coded = [name for name in OURS if schema.columns("buildings")[name].values]
            yield Sentence("error.words_names_must_be_one", ours=ours, names=", ".join(coded))
            continue
        for theirs, code in words.items():
            if code not in codes:
                yield Sentence("error.words_takes_for_must_be", ours=ours, theirs=theirs, code=code, names=", ".join(codes))


def _in_our_words(told: Any, words: dict[str, str]) -> list[str]:
    known = {plain(theirs): ours for theirs, ours in words.items()}
    return [known.get(plain(text), text) for text in map(said, told)]


def _with_words(frame: gpd.GeoDataFrame, key: str, words: dict[str, str]) -> gpd.GeoDataFrame:
    """The frame with the words of its columns of one meaning in ours; the column is recognised by its name."""
    meaning = WORDS.get(plain(key), key)
    same = [name for name in frame.columns if name != frame.geometry.name and WORDS.get(plain(str(name))) == meaning]
    return frame.assign(**{str(name): _in_our_words(frame[name], words) for name in same})


def _ids(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    """Ids of a column; a row without one gets its number."""
    return [text or f"row-{number}" for number, text in enumerate(map(said, frame[column]), start=1)]


def tag_sources(frame: gpd.GeoDataFrame) -> list[str]:
    """Who told each attribute, by key of the tag, as JSON: an own product carries it in ``<attribute>_source``; others tell nothing."""
    if not is_own_product(frame):
        return ["{}"] * len(frame)
    columns = {KEYS_OF_SOURCES.get(ours, key): f"{ours}{TOLD_BY}" for ours, key in OURS.items() if f"{ours}{TOLD_BY}" in frame}
    rows = zip(*(frame[column].map(said) for column in columns.values()), strict=True)
    # a use that was inferred would be inferred again, and an edit of it lost
    told = (
        {key: text for key, text in sorted(zip(columns, row, strict=True)) if text and not (key == USE and text.startswith(INFERRED))}
        for row in rows
    )
    return [json.dumps(one, ensure_ascii=False) for one in told]
