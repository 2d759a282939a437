"""
The language of the Overpass API: the question about a place, the check of the answer, and its objects one by one.

Reference: https://wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._http import server_words

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["KINDS", "check_overpass", "overpass_elements", "overpass_query", "seconds_to_slot"]

KINDS: Final = ("node", "way", "relation")
# what the stages read, and no more: the server reserves memory for all of it
BUILDING_WAYS: Final = ("way[building]", "way['building:part']")
GROUND: Final = (
    "forest|industrial|recreation_ground|village_green|grass|meadow|orchard|allotments|cemetery|farmland|flowerbed|greenery|basin|reservoir|"
    "construction|brownfield|railway|garages|retail|commercial"
)
SELECTORS: Final = (
    "relation[building]", "relation['building:part']",
    "way[highway]", "way[railway~'^(rail|light_rail|narrow_gauge)$']", "way[waterway~'^(river|canal)$']",
    "way[amenity]", "relation[amenity][type=multipolygon]", "way[shop]", "relation[shop][type=multipolygon]",
    "way[healthcare]", "relation[healthcare][type=multipolygon]", "way[public_transport]", "way[railway~'^(station|subway_entrance)$']",
    f"way[landuse~'^({GROUND})$']", f"relation[landuse~'^({GROUND})$'][type=multipolygon]",
    "way[man_made=pipeline][substance~'^(heat|hot_water|steam)$']", "way[man_made=wastewater_plant]", "way[telecom=data_center]",
    "way[power=plant]",
    "way[leisure]", "relation[leisure][type~'^(multipolygon|boundary)$']",
    "way[natural~'^(wood|tree_row|water|grassland|scrub|heath|wetland|sand)$']",
    "relation[natural~'^(wood|water|grassland|scrub|heath|wetland|sand)$'][type=multipolygon]", "way[place=square]",
    "way[power=generator]", "relation[power=generator][type=multipolygon]",
    "node[amenity]", "node[shop]", "node[public_transport]", "node[highway=bus_stop]", "node[railway~'^(tram_stop|station|halt|subway_entrance)$']",
    "node[power=generator]", "node[leisure]", "node[office]", "node[healthcare]", "node[tourism]", "node[natural=tree]",
    "node[highway=street_lamp]",
)  # fmt: skip
# a relation that only has a name may hold the court of a building whose tags stand on its outer way
OLD_STYLE: Final = "relation(bw.buildings)[type=multipolygon]"

SMALLEST_MIB, MIB_PER_KM2 = 32, 2.7
"""Memory that is reserved for a query; a real server of version 0.7.62 answers 25 km² of a town within 100 MB."""
LARGEST_MIB: Final = 512
"""What a server reserves when it is told nothing."""

SPACE: Final = re.compile(r"[ \t\r\n]*")
SLOT: Final = re.compile(r"in\s+(-?\d+)\s+seconds")


def overpass_query(shape: Polygon, timeout_s: float, *, area_km2: float = 25.0, doublings: int = 0) -> str:
    """
    Overpass QL for everything that ped_geo reads inside a polygon.

    Parameters
    ----------
    shape : Polygon
        In EPSG:4326.
    timeout_s : float
        Seconds that the server may take, at least 1.
    area_km2 : float
        Area of the polygon, to which the reserved memory is fitted. [km²]
    doublings : int
        How often the server ran out of that memory before.
    """
    corners = " ".join(f"{y:.7f} {x:.7f}" for x, y in shape.exterior.coords[:-1])
    here = f"(poly:'{corners}')"
    buildings, others = ("".join(f"{selector}{here};" for selector in some) for some in (BUILDING_WAYS, SELECTORS))
    mib = min((SMALLEST_MIB + math.ceil(MIB_PER_KM2 * area_km2)) << doublings, LARGEST_MIB)
    settings = f"[out:json][timeout:{max(math.ceil(timeout_s), 1)}][maxsize:{mib << 20}];"
    return f"{settings}({buildings})->.buildings;(.buildings;{others}{OLD_STYLE};);out body;>;out skel qt;"


def seconds_to_slot(status: bytes) -> float | None:
    """
    Seconds until the server has a slot for this address, of its page ``/api/status``; None where it does not say.

    Examples
    --------
    >>> seconds_to_slot(b"Rate limit: 2\\nSlot available after: 2026-01-02T03:04:05Z, in 41 seconds.\\nCurrently running queries")
    41.0
    >>> seconds_to_slot(b"Rate limit: 2\\n1 slots available now.\\nSlot available after: 2026-01-02T03:04:05Z, in 9 seconds.")
    0.0
    """
    text = status.decode("utf-8", "replace")
    if re.search(r"[1-9]\d* slots? available now", text) or re.search(r"Rate limit:\s*0\b", text):
        return 0.0
    waits = [float(found) for found in SLOT.findall(text)]
    return max(min(waits), 0.0) if waits else None


def check_overpass(content: bytes) -> dict[str, Any]:
    """
    What a whole Overpass answer says of itself, without its elements.

    Raises
    ------
    SourceError
        If it is HTML, cut off, holds a ``remark`` (the server gave up and sent a part), no list of elements, or an element that
        is not as OpenStreetMap's objects are.
    """
    if content.lstrip()[:1] == b"<":
        raise SourceError(
            Sentence("error.it_sent_web_page_instead", server_words=server_words(content[: 1 << 16].decode("utf-8", "replace")))
        )
    head: dict[str, Any] = {}
    for element in _elements(content, head):
        if not _well_formed(element):
            raise SourceError(Sentence("error.its_data_hold_object_that", element=str(element)[:80]))
    if head.get("remark"):
        raise SourceError(Sentence("error.it_sent_only_part_data", head=str(head["remark"])[:120]))
    return head


def overpass_elements(content: bytes) -> Iterator[dict[str, Any]]:
    """Nodes, ways and relations of an answer that `check_overpass` has let through, one at a time: whole answers fill memories."""
    return (element for element in _elements(content, {}) if element["type"] in KINDS)


def _elements(content: bytes, head: dict[str, Any]) -> Iterator[Any]:
    """Elements of an answer, one at a time; `head` gets the other members."""
    try:
        # an editor that saved the answer puts a byte order mark before it
        text = content.decode("utf-8-sig")
        yield from _members(text, head)
    except (ValueError, RecursionError, IndexError):
        raise SourceError(Sentence("error.its_data_are_cut_off")) from None


def _members(text: str, head: dict[str, Any]) -> Iterator[Any]:
    decode, at, lists = json.JSONDecoder().raw_decode, _next(text, 0), 0
    if text[at] != "{":
        decode(text, at)
        raise SourceError(Sentence("error.its_data_hold_no_list"))
    at = _next(text, at + 1)
    while text[at] != "}":
        key, at = decode(text, at)
        at = _next(text, at)
        if text[at] != ":":
            raise ValueError(at)
        at = _next(text, at + 1)
        if key == "elements" and text[at] == "[":
            lists += 1
            at = yield from _items(text, at, decode)
        else:
            head[str(key)], at = decode(text, at)
        at = _separated(text, at, "}")
    if _next(text, at + 1) != len(text):
        raise ValueError(at)
    if not lists:
        raise SourceError(Sentence("error.its_data_hold_no_list"))


def _items(text: str, at: int, decode: Any) -> Generator[Any, None, int]:
    """Items of the list that opens at `at`; returns the place after it."""
    at = _next(text, at + 1)
    while text[at] != "]":
        item, at = decode(text, at)
        yield item
        at = _separated(text, at, "]")
    return at + 1


def _next(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


def _separated(text: str, at: int, end: str) -> int:
    """The place of the next item, or of the bracket that ends them."""
    at = _next(text, at)
    if text[at] == ",":
        at = _next(text, at + 1)
        if text[at] == end:
            raise ValueError(at)
    elif text[at] != end:
        raise ValueError(at)
    return at


def _well_formed(element: object) -> bool:
    if not isinstance(element, dict) or not isinstance(element.get("tags", {}), dict):
        return False
    kind = element.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        return isinstance(kind, str)
    if not _is_number(element.get("id")):
        return False
    if kind == "node":
        return _within(element.get("lat"), 90.0) and _within(element.get("lon"), 180.0)
    parts = element.get("nodes" if kind == "way" else "members", [])
    whole = isinstance(parts, list) and all(_is_number(part) if kind == "way" else _is_member(part) for part in parts)
    return whole and _is_outline(element.get("geometry", []))


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 48


def _within(value: object, bound: float) -> bool:
    return isinstance(value, int | float) and -bound <= value <= bound


def _is_member(part: object) -> bool:
    known = isinstance(part, dict) and str(part.get("type")) in KINDS and _is_number(part.get("ref"))
    return known and isinstance(part, dict) and _is_outline(part.get("geometry", []))


def _is_outline(points: object) -> bool:
    """Points that ``out geom`` adds; None stands for one outside the box that was asked."""
    if not isinstance(points, list):
        return False
    return all(
        point is None or (isinstance(point, dict) and _within(point.get("lat"), 90.0) and _within(point.get("lon"), 180.0))
        for point in points
    )
