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
from pathlib import Path
from typing import Any

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._files import file_record
from ped_geo.sources.footprints_file import as_layer, place_of_layers, read_vector
from ped_geo.study import Study

__all__ = ["eubucco_tags", "overture_tags"]

OVERTURE_LICENCE = "ODbL 1.0"
OVERTURE_ATTRIBUTION = "© OpenStreetMap contributors, Overture Maps Foundation (ODbL)"
EUBUCCO_LICENCE = "ODbL 1.0 (see EUBUCCO for the source of each country)"
EUBUCCO_ATTRIBUTION = "EUBUCCO"
USES = {"residential": "residential", "non-residential": "commercial", "agricultural": "farm_auxiliary", "industrial": "industrial"}
SUBTYPES = {
    "residential": "residential",
    "commercial": "commercial",
    "industrial": "industrial",
    "education": "school",
    "medical": "hospital",
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
    tags = {"building": str(row.get("class") or SUBTYPES.get(str(row.get("subtype")), "yes"))}
    for key, column in (("height", "height"), ("building:levels", "num_floors"), ("roof:height", "roof_height")):
        number = _number(row.get(column))
        if number is not None:
            tags[key] = f"{number:g}"
    shape = row.get("roof_shape")
    if isinstance(shape, str) and shape:
        tags["roof:shape"] = shape
    name = _structure(row.get("names")).get("primary")
    if isinstance(name, str) and name:
        tags["name"] = name
    if str(row.get("is_underground")).casefold() == "true":
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
    tags = {"building": USES.get(str(row.get("type")).casefold(), "yes")}
    for key, columns in (("height", ("height",)), ("building:levels", ("floors",)), ("start_date", ("construction_year", "age"))):
        number = next((found for found in map(_number, map(row.get, columns)) if found is not None), None)
        if number is not None:
            tags[key] = f"{number:g}"
    return tags


def _read(
    source: str, licence: str, attribution: str, translate: Callable[[Mapping[str, Any]], Mapping[str, Any]], study: Study, *_: object
) -> RawPlace:
    if len(study.sources.files) != 1:
        raise SourceError(f"source {source!r} needs one file in [sources] files, got {len(study.sources.files)}.")
    path: Path = study.sources.files[0]
    frame = read_vector(path, ("building", "buildings"))
    footprints = as_layer(frame, source=source, index="building_id", default={}, translate=translate)
    provenance = {"source": source, "licence": licence, "attribution": attribution, "files": [file_record(path)]}
    return place_of_layers(study, footprints, None, provenance)


for _key, _licence, _attribution, _translate in (
    ("overture", OVERTURE_LICENCE, OVERTURE_ATTRIBUTION, overture_tags),
    ("eubucco", EUBUCCO_LICENCE, EUBUCCO_ATTRIBUTION, eubucco_tags),
):
    SOURCES.add(_key, PlaceSource(_key, _licence, _attribution, partial(_read, _key, _licence, _attribution, _translate)))
