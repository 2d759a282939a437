"""
Footprints of Overture Maps and of EUBUCCO, from GeoParquet or GeoPackage extracts of the user.

Their columns are translated into OSM keys. Both hold modelled heights beside mapped ones, so that they lose against measured and
mapped values where they serve as second source (``assumptions/tables/source_precedence.csv``).

References: https://docs.overturemaps.org/schema/reference/buildings/building; Milojevic-Dupont et al. 2023,
doi:10.1038/s41597-023-02040-2 (EUBUCCO).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._columns import said
from ped_geo.sources._files import file_record
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_footprints, read_streets, unknown_words
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["eubucco_tags", "overture_tags", "segment_tags"]

OVERTURE_LICENCE = "ODbL 1.0"
OVERTURE_ATTRIBUTION = "© OpenStreetMap contributors, Overture Maps Foundation (ODbL)"
EUBUCCO_LICENCE = "ODbL 1.0 (see EUBUCCO for the source of each country)"
EUBUCCO_ATTRIBUTION = "EUBUCCO"
TAKES = ("files", "streets_files")
LAYERS = ("building", "buildings")
COLUMNS = {
    "overture": frozenset({"subtype", "class", "height", "num_floors", "names", "roof_shape", "sources", "has_parts"}),
    "eubucco": frozenset({"height", "age", "construction_year", "type", "floors", "id_source", "type_source"}),
}
SEGMENT_COLUMNS = frozenset({"subtype", "class", "names", "sources", "bbox", "version", "subclass", "connectors", "routes"})
UNTOLD_SEGMENTS = {"highway": "residential", "railway": "rail", "waterway": "stream"}
USES = {"residential": "residential", "non-residential": "commercial", "agricultural": "farm_auxiliary", "industrial": "industrial"}
SUBTYPES = {
    "residential": "residential",
    "commercial": "commercial",
    "industrial": "industrial",
    "education": "school",
    "medical": "hospital",
    "military": "military",
    "religious": "church",
    "civic": "civic",
    "service": "service",
    "transportation": "train_station",
    "outbuilding": "outbuilding",
    "agricultural": "farm_auxiliary",
    "entertainment": "civic",
}


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _structure(value: object) -> Mapping[str, Any]:
    """A nested column, which some formats hand over as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def overture_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one Overture building.

    Parameters
    ----------
    row : mapping
        ``height`` [m], ``num_floors``, ``subtype``, ``class``, ``names``, ``roof_shape``, ``roof_height`` [m], ...

    Examples
    --------
    >>> overture_tags({"height": 12.5, "num_floors": 4, "subtype": "residential", "class": "apartments", "names": {"primary": "A"}})
    {'building': 'apartments', 'height': '12.5', 'building:levels': '4', 'name': 'A'}
    """
    tags = {"building": said(row.get("class")) or SUBTYPES.get(said(row.get("subtype")), "yes")}
    for key, column in (("height", "height"), ("building:levels", "num_floors"), ("roof:height", "roof_height")):
        number = _number(row.get(column))
        if number is not None:
            tags[key] = f"{number:g}"
    words = {"roof:shape": said(row.get("roof_shape")), "name": said(_structure(row.get("names")).get("primary"))}
    tags |= {key: text for key, text in words.items() if text}
    if said(row.get("is_underground")).casefold() in {"true", "1"}:
        tags["location"] = "underground"
    return tags


def eubucco_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one EUBUCCO building.

    Parameters
    ----------
    row : mapping
        ``height`` [m], ``age`` or ``construction_year``, ``type``, ``floors``.

    Examples
    --------
    >>> eubucco_tags({"height": 9.1, "age": 1974.0, "type": "residential", "floors": None})
    {'building': 'residential', 'height': '9.1', 'start_date': '1974'}
    """
    tags = {"building": USES.get(said(row.get("type")).casefold(), "yes")}
    for key, columns in (("height", ("height",)), ("building:levels", ("floors",)), ("start_date", ("construction_year", "age"))):
        number = next((found for found in map(_number, map(row.get, columns)) if found is not None), None)
        if number is not None:
            tags[key] = f"{number:g}"
    return tags


def segment_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one Overture segment, whose classes of roads are OSM's.

    Parameters
    ----------
    row : mapping
        ``subtype`` (``road``, ``rail``, ``water``), ``class``, ``names``; or the columns of another file of streets.

    Examples
    --------
    >>> segment_tags({"subtype": "road", "class": "tertiary", "names": {"primary": "A"}}), segment_tags({"highway": "service"})
    ({'highway': 'tertiary', 'name': 'A'}, {'highway': 'service'})
    """
    kind, word = said(row.get("subtype")), said(row.get("class"))
    key = {"rail": "railway", "water": "waterway"}.get(kind, "highway")
    told = {str(name): text for name, value in row.items() if name not in SEGMENT_COLUMNS and (text := said(value))}
    tags = told if key in told else {key: UNTOLD_SEGMENTS[key] if word in {"", "unknown"} else word} | told
    name = said(_structure(row.get("names")).get("primary"))
    return tags | ({"name": name} if name else {})


def _unknown_words(frame: gpd.GeoDataFrame, source: str) -> list[dict[str, Any]]:
    column, known = {"overture": ("subtype", SUBTYPES), "eubucco": ("type", USES)}[source]
    told = map(said, frame[column]) if column in frame else []
    return unknown_words(f"{source} {column}", told, [*known, "unknown"])


def _read(
    source: str, licence: str, attribution: str, translate: Callable[[Mapping[str, Any]], Mapping[str, Any]], study: Study, *_: object
) -> RawPlace:
    frame = read_footprints(study, LAYERS, source)
    _refuse_strange(frame, source)
    footprints = as_layer(frame, source=source, index="building_id", default={}, translate=translate)
    ways, records = read_streets(study, segment_tags)
    provenance = {
        "source": source,
        "licence": licence,
        "attribution": attribution,
        "files": [*map(file_record, study.sources.files), *records],
        "notes": [*frame.attrs.get("notes", []), *_unknown_words(frame, source)],
    }
    return place_of_layers(study, footprints, ways, provenance)


def _refuse_strange(frame: gpd.GeoDataFrame, source: str) -> None:
    """A file none of whose columns is the provider's would lose all that it says in silence."""
    if not set(map(str, frame.columns)) & COLUMNS[source]:
        told = ", ".join(map(str, frame.columns.drop(frame.geometry.name)[:8])) or "none"
        raise SourceError(Sentence("error.file_source_has_none_its", source=source, told=told))


for _key, _licence, _attribution, _translate in (
    ("overture", OVERTURE_LICENCE, OVERTURE_ATTRIBUTION, overture_tags),
    ("eubucco", EUBUCCO_LICENCE, EUBUCCO_ATTRIBUTION, eubucco_tags),
):
    SOURCES.add(_key, PlaceSource(_key, _licence, _attribution, partial(_read, _key, _licence, _attribution, _translate), TAKES))
