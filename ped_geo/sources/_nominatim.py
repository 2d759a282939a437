"""
Which of the places that Nominatim finds is meant: an area that people live in, never a chapel or a beach of that name.

Reference: https://nominatim.org/release-docs/latest/api/Output/ (format ``jsonv2``; the server puts the most likely place first)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["FoundPlace", "chosen_place", "parse_nominatim"]

POINT_LIKE: Final = frozenset({"house", "houses", "ocean", "sea", "continent"})
OTHER_BOUNDARIES: Final = frozenset(
    {"protected_area", "national_park", "maritime", "hazard", "forest", "forest_compartment", "aboriginal_lands"}
)
LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class FoundPlace:
    """
    What a name means.

    Attributes
    ----------
    outline : Polygon, MultiPolygon or None
        In EPSG:4326; None where no area of the name can be meant.
    told : dict of str
        ``name``, ``osm`` (``relation/1``), ``kind`` (``boundary=administrative``) of the chosen object or, where none is, of the
        first one found; ``reason`` for none.
    reason : str
        Why there is none, to follow the name in a sentence.
    """

    outline: BaseGeometry | None
    told: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def parse_nominatim(content: bytes) -> list[dict[str, Any]]:
    """
    Places of an answer, the most likely first.

    Raises
    ------
    SourceError
        If it is no list of places.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise SourceError(Sentence("error.it_sent_no_data_about")) from None
    if not isinstance(answer, list):
        raise SourceError(Sentence("error.it_sent_no_list_places"))
    return [found for found in answer if isinstance(found, dict)]


def chosen_place(content: bytes, given: gpd.GeoDataFrame | None) -> FoundPlace:
    """
    The first place, boundary or residential area of an answer, if it has an outline and can be the one that is meant.

    Parameters
    ----------
    content : bytes
        Answer of Nominatim.
    given : GeoDataFrame or None
        The box or circle of the study, which the outline must meet.

    Raises
    ------
    SourceError
        If the outline is damaged.
    """
    import shapely

    found = parse_nominatim(content)
    if not found:
        return FoundPlace(None, {"reason": "nothing"}, Sentence("error.was_not_found"))
    lived_in = [item for item in found if _lived_in(item)]
    if not lived_in:
        return FoundPlace(None, _told(found[0]) | {"reason": "other_kind"}, Sentence("error.is_no_area", kind=_words(found[0])))
    first = _outline(lived_in[0])
    for item in lived_in:
        outline = _outline(item)
        if outline is None or shapely.get_dimensions(outline) < 2:
            continue
        if first is not None and not outline.intersects(first):
            # another place of that name; the most likely one is only a point
            continue
        if given is not None and not given.intersects(outline).any():
            return FoundPlace(None, _told(item) | {"reason": "elsewhere"}, Sentence("error.is_elsewhere", kind=_words(item)))
        return FoundPlace(outline, _told(item))
    return FoundPlace(None, _told(lived_in[0]) | {"reason": "no_area"}, Sentence("error.is_only_a_point", kind=_words(lived_in[0])))


def _kind(item: dict[str, Any]) -> tuple[str, str]:
    return str(item.get("category") or item.get("class") or "")[:LONGEST_NAME], str(item.get("type") or "")[:LONGEST_NAME]


def _lived_in(item: dict[str, Any]) -> bool:
    category, kind = _kind(item)
    return (
        (category == "place" and kind not in POINT_LIKE)
        or (category == "boundary" and kind not in OTHER_BOUNDARIES)
        or (category == "landuse" and kind == "residential")
    )


def _outline(item: dict[str, Any]) -> BaseGeometry | None:
    """Its shape, area or point."""
    import shapely

    given = item.get("geojson")
    if not isinstance(given, dict):
        return None
    shape: BaseGeometry | None = shapely.from_geojson(json.dumps(given), on_invalid="ignore")
    if shape is None or shape.is_empty or not shapely.box(-180, -90, 180, 90).contains(shapely.box(*shape.bounds)):
        raise SourceError(Sentence("error.outline_that_nominatim_gives_for", told=_told(item)["name"]))
    return shape if shape.is_valid else shapely.make_valid(shape)


def _told(item: dict[str, Any]) -> dict[str, str]:
    name = " ".join(str(item.get("display_name") or item.get("name") or "").split())[:LONGEST_NAME]
    printable = "".join(letter for letter in name if letter.isprintable())
    osm = f"{item.get('osm_type') or 'object'}/{item.get('osm_id') or '?'}"[:LONGEST_NAME]
    return {"name": printable, "osm": osm, "kind": "=".join(_kind(item))}


def _words(item: dict[str, Any]) -> str:
    told = _told(item)
    return f"{told['kind']} {told['osm']} ({told['name'][:80]})"
