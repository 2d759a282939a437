"""
Buildings of Poland's land and building register EGiB, as counties hand them out by WFS: GML, GeoPackage or Shapefile of the user.

The names of the attributes and the words for kinds differ from county to county; kinds are translated into OSM values by
``assumptions/tables/egib_kinds.csv``, storeys above ground become ``building:levels``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._columns import Unknown, first, plain, unique_ids, words
from ped_geo.sources._content import Request, near_place, nothing_there
from ped_geo.sources._packages import read_content
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_streets
from ped_geo.study import Study

__all__ = ["egib_tags", "read_egib"]

LICENCE = "open data of the county's register, free reuse with the source named"
ATTRIBUTION = "EGiB"
LAYERS = ("budynki", "ms:budynki", "EGB_Budynek", "buildings")
# elements and layers of the register's buildings are named so
CLASS = "BUDYN"
IDS = ("idbudynku", "idbudynkuegib", "identyfikatorbudynku", "buildingid", "gmlid", "id", "fid")
KINDS = ("rodzaj", "rodzajwgkst", "rodzajkst", "rodzajbudynku", "rodzajwedlugkst", "kst", "kodkst", "funkcja", "funkcjabudynku")
STOREYS = ("kondygnacjenadziemne", "liczbakondygnacjinadziemnych", "kondnadziemne", "kondygnacj")
COLUMNS = frozenset({*IDS, *KINDS, *STOREYS})
# counties add a digit or letter of their own to the letter of the kind: "mj", "m2", "b."
LETTER = re.compile(r"([a-z])[a-z]?\d?\.?")


@cache
def _kinds() -> dict[str, str]:
    table = assumptions.table("egib_kinds")
    return dict(zip(table["kind"].astype("str").map(plain), table["building"].astype("str"), strict=True))


def _kind(word: str) -> str:
    """
    OSM value of one word for a kind, "" where it is none.

    Examples
    --------
    >>> _kind("m"), _kind("m - budynki mieszkalne (110)"), _kind("110"), _kind("mj2"), _kind("ognioodporny")
    ('residential', 'residential', 'residential', 'residential', '')
    """
    kinds = _kinds()
    for part in (word, word.partition(" - ")[0], word.partition("(")[0]):
        if plain(part) in kinds:
            return kinds[plain(part)]
    letter = LETTER.fullmatch(word.casefold().strip())
    return kinds.get(letter[1], "") if letter else ""


def egib_tags(row: Mapping[str, Any], unknown: Unknown | None = None) -> dict[str, str]:
    """
    OSM tags of one building of the register.

    Parameters
    ----------
    row : mapping
        Attributes by the names of the county.
    unknown : Unknown, optional
        Counts kinds that the vocabulary lacks.

    Examples
    --------
    >>> egib_tags({"RODZAJ": "m", "KONDYGNACJE_NADZIEMNE": 5.0}), egib_tags({"RODZAJ": "ognioodporny", "FUNKCJA": "b"})
    ({'building': 'residential', 'building:levels': '5'}, {'building': 'office'})
    """
    row = {plain(str(name)): value for name, value in row.items()}
    told = words(row, KINDS)
    building = next((found for word in told if (found := _kind(word))), "")
    if told and not building and unknown is not None:
        unknown.add("kind", told[0])
    storeys = first(row, STOREYS)
    # the register writes 0 where nobody counted
    return {"building": building or "yes"} | ({"building:levels": storeys} if storeys not in {"", "0"} else {})


def read_egib(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    """
    The raw place of files of the register.

    Raises
    ------
    SourceError
        If no file is named, or one cannot be read, or they hold no buildings.
    """
    files = study.sources.files
    if not files:
        raise SourceError(Sentence("error.source_egib_needs_files_register"))
    content = read_content(
        files, Request((CLASS,), COLUMNS, near_place(study), study.sources.teryt, CLASS, LAYERS, study.sources.files_crs)
    )
    names = content.names.get(CLASS, set())
    if names and not {plain(name) for name in names} & {*KINDS, *STOREYS, *IDS[:3]}:
        raise SourceError(Sentence("error.has_none_attributes_egib_it", name=files[0].name, names=", ".join(sorted(names)[:8])))
    frame, unknown = content.frames.get(CLASS), Unknown()
    if frame is None:
        raise SourceError(nothing_there(study, content, CLASS))
    told = [egib_tags(row, unknown) for row in frame.drop(columns="geometry").to_dict("records")]
    drawn = frame[["geometry"]].assign(building_id=unique_ids(frame, IDS), told=told)
    footprints = as_layer(drawn, source="egib", index="building_id", default={}, translate=lambda row: row["told"])
    date = content.timestamp[:10]
    ways, records = read_streets(study)
    provenance = {
        "source": "egib",
        "licence": LICENCE,
        "attribution": ATTRIBUTION + (f" ({date})" if date else ""),
        "data_date": date,
        "notes": content.notes + unknown.notes({"kind": len(frame)}),
        "files": [*content.files, *records],
    }
    return place_of_layers(study, footprints, ways, provenance)


SOURCES.add("egib", PlaceSource("egib", LICENCE, ATTRIBUTION, read_egib, takes=("files", "streets_files")))
