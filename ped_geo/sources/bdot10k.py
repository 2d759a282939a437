"""
Buildings of Poland's topographic database BDOT10k (class BUBD), from GML or GeoPackage, old and 2021 schema.

Attributes are translated into OSM keys by ``assumptions/tables/bdot10k_functions.csv``; storeys become ``building:levels``.
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

__all__ = ["building_tags", "read_bdot10k"]

LICENCE = "open data of GUGiK, free reuse with the source named"
ATTRIBUTION = "GUGiK, BDOT10k"
LAYERS = ("OT_BUBD_A", "BUBD_A", "buildings", "BUBD")
# new names first, then those of the old schema and of common exports
STOREYS = ("liczba_kondygnacji", "liczbaKondygnacji", "LICZBA_KON", "kondygnacje")
GENERAL = ("funkcja_ogolna", "funkcjaOgolnaBudynku", "funOgolnaBudynku", "FUNOGBUD", "FUNKCJA_OG")
DETAILED = ("funkcja_szczegolowa", "funkcjaSzczegolowaBudynku", "funSzczegolowaBudynku", "FUNSZCZEG")
PHASE = ("faza", "fazaIstnienia", "FAZAISTNIE", "kategoriaIstnienia", "katIstnienia")
HERITAGE = ("czy_zabytek", "zabytek", "ZABYTEK")
PHASES = {
    "under_construction": "construction",
    "w budowie": "construction",
    "destroyed": "destroyed",
    "zniszczony": "destroyed",
    "unoccupied": "abandoned",
    "nieczynny": "abandoned",
}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if value is not None and str(value) not in {"", "nan", "None"}:
            return str(value)
    return ""


@cache
def _functions() -> dict[str, str]:
    table = assumptions.table("bdot10k_functions")
    return dict(zip(table["function"].str.casefold(), table["building"], strict=True))


def building_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one BDOT10k building.

    Parameters
    ----------
    row : mapping
        Attributes by their names in the old schema, the 2021 schema or an export.

    Examples
    --------
    >>> building_tags({"liczba_kondygnacji": 5, "funkcja_ogolna": "office_buildings", "faza": "in_use"})
    {'building': 'office', 'building:levels': '5'}
    """
    functions = _functions()
    detailed, general = _first(row, DETAILED).casefold(), _first(row, GENERAL).casefold()
    tags = {"building": functions.get(detailed) or functions.get(general) or "yes"}
    storeys = _first(row, STOREYS)
    if storeys:
        tags["building:levels"] = storeys.removesuffix(".0")
    phase = PHASES.get(_first(row, PHASE).casefold())
    if phase == "abandoned":
        tags["abandoned"] = "yes"
    elif phase:
        tags["building"] = phase
    if _first(row, HERITAGE).casefold() in {"1", "true", "tak", "yes"}:
        tags["heritage"] = "yes"
    return tags


def read_bdot10k(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    """
    The raw place of a BDOT10k file.

    Raises
    ------
    SourceError
        If no file is named, or it cannot be read, or holds no buildings.
    """
    if not study.sources.files:
        raise SourceError("source 'bdot10k' needs a file in [sources] files: the GML or GeoPackage of class BUBD.")
    path = study.sources.files[0]
    frame = read_vector(path, LAYERS)
    footprints = as_layer(frame, source="bdot10k", index="building_id", default={}, translate=building_tags)
    ways = None
    if study.sources.streets_files:
        lines = read_vector(study.sources.streets_files[0], ("OT_SKJZ_L", "SKJZ_L", "streets", "lines")).explode(ignore_index=True)
        ways = as_layer(lines, source="bdot10k", index="way_id", default={"highway": "residential"})
    provenance = {"source": "bdot10k", "licence": LICENCE, "attribution": ATTRIBUTION, "files": [file_record(path)]}
    return place_of_layers(study, footprints, ways, provenance)


SOURCES.add("bdot10k", PlaceSource("bdot10k", LICENCE, ATTRIBUTION, read_bdot10k))
