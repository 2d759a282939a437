"""
Buildings of Poland's land and building register EGiB, as counties hand them out by WFS: GML, GeoPackage or Shapefile of the user.

The names of the attributes differ from county to county; kinds of buildings are translated into OSM values by
``assumptions/tables/egib_kinds.csv``, storeys above ground become ``building:levels``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ped_geo import assumptions
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._columns import said
from ped_geo.sources._files import file_record
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_footprints, read_streets, unknown_words, unread_columns
from ped_geo.study import Study

__all__ = ["egib_tags", "read_egib"]

LICENCE = "open data of the county's register, free reuse with the source named"
ATTRIBUTION = "EGiB"
LAYERS = ("budynki", "ms:budynki", "EGB_Budynek", "buildings")
# compared in small letters without signs between the words
IDS = ("idbudynku", "idbudynkuegib", "identyfikatorbudynku")
KINDS = ("rodzaj", "rodzajwgkst", "rodzajkst", "rodzajbudynku")
STOREYS = ("kondygnacjenadziemne", "liczbakondygnacjinadziemnych", "kondnadziemne", "kondygn")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    told = {_plain(str(key)): said(value) for key, value in row.items()}
    return next((told[name] for name in names if told.get(name)), "")


@cache
def _kinds() -> dict[str, str]:
    table = assumptions.table("egib_kinds")
    return dict(zip(table["kind"].astype(str), table["building"].astype(str), strict=True))


def egib_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one building of the register.

    Parameters
    ----------
    row : mapping
        Attributes by the names of the county.

    Examples
    --------
    >>> egib_tags({"RODZAJ": "m", "KONDYGNACJE_NADZIEMNE": 5.0})
    {'building': 'residential', 'building:levels': '5'}
    """
    tags = {"building": _kinds().get(_first(row, KINDS).casefold(), "yes")}
    storeys = _first(row, STOREYS).removesuffix(".0")
    # the register writes 0 where nobody counted
    return tags | ({"building:levels": storeys} if storeys not in {"", "0"} else {})


def read_egib(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    """
    The raw place of files of the register.

    Raises
    ------
    SourceError
        If no file is named, or one cannot be read, or they hold no buildings.
    """
    frame = read_footprints(study, LAYERS, "egib")
    named = next((name for wanted in IDS for name in frame.columns if _plain(str(name)) == wanted), None)
    if named is not None:
        frame = frame.rename(columns={named: "building_id"})
    footprints = as_layer(frame, source="egib", index="building_id", default={}, translate=egib_tags)
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    kinds = unknown_words("EGiB", (_first(row, KINDS) for row in rows), _kinds())
    notes = [*kinds, *frame.attrs.get("notes", []), *unread_columns(frame, study.sources.files, {*IDS, *KINDS, *STOREYS})]
    ways, records = read_streets(study)
    files = [*map(file_record, study.sources.files), *records]
    provenance = {"source": "egib", "licence": LICENCE, "attribution": ATTRIBUTION, "files": files, "notes": notes}
    return place_of_layers(study, footprints, ways, provenance)


SOURCES.add("egib", PlaceSource("egib", LICENCE, ATTRIBUTION, read_egib, takes=("files", "streets_files")))
