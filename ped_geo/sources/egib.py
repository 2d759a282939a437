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
from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._files import file_record
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_vector
from ped_geo.study import Study

__all__ = ["egib_tags", "read_egib"]

LICENCE = "open data of the county's register, free reuse with the source named"
ATTRIBUTION = "EGiB"
LAYERS = ("budynki", "ms:budynki", "EGB_Budynek", "buildings")
# compared in small letters without signs between the words
IDS = ("idbudynku", "idbudynkuegib", "identyfikatorbudynku")
KINDS = ("rodzaj", "rodzajwgkst", "rodzajkst", "rodzajbudynku")
STOREYS = ("kondygnacjenadziemne", "liczbakondygnacjinadziemnych", "kondnadziemne")


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    said = {_plain(str(key)): str(value).strip() for key, value in row.items() if value is not None}
    return next((said[name] for name in names if said.get(name, "") not in {"", "nan", "None"}), "")


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
    The raw place of one file of the register.

    Raises
    ------
    SourceError
        If no file or several are named, or it cannot be read, or holds no buildings.
    """
    if len(study.sources.files) != 1:
        raise SourceError(f"source 'egib' needs one file in [sources] files, got {len(study.sources.files)}.")
    path = study.sources.files[0]
    frame = read_vector(path, LAYERS)
    named = next((name for wanted in IDS for name in frame.columns if _plain(str(name)) == wanted), None)
    if named is not None:
        frame = frame.rename(columns={named: "building_id"})
    footprints = as_layer(frame, source="egib", index="building_id", default={}, translate=egib_tags)
    provenance = {"source": "egib", "licence": LICENCE, "attribution": ATTRIBUTION, "files": [file_record(path)]}
    return place_of_layers(study, footprints, None, provenance)


SOURCES.add("egib", PlaceSource("egib", LICENCE, ATTRIBUTION, read_egib))
