"""
The language of the Overpass API: the question about a place, the check of the answer, and the answer as an OSM file.

Reference: https://wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["check_overpass", "overpass_query", "overpass_to_xml"]

ORDER = {"node": 0, "way": 1, "relation": 2}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SELECTORS = (
    "way[building]", "relation[building][type=multipolygon]", "way['building:part']", "relation['building:part'][type=multipolygon]",
    "way[highway]", "way[railway]", "way[waterway]", "way[barrier~'^(wall|fence|city_wall)$']",
    "way[amenity]", "relation[amenity][type=multipolygon]", "way[landuse]", "relation[landuse][type=multipolygon]", "way[leisure]",
    "way[natural=water]", "relation[natural=water][type=multipolygon]", "way[shop]", "way[power=generator]",
    "node[amenity]", "node[shop]", "node[public_transport]", "node[highway=bus_stop]", "node[railway~'^(tram_stop|station|halt)$']",
    "node[power=generator]", "node[leisure]", "node[office]", "node[healthcare]",
    "node[natural=tree]", "way[natural=tree_row]", "way[natural=wood]", "relation[natural=wood][type=multipolygon]",
)  # fmt: skip


def overpass_query(shape: Polygon, timeout_s: float) -> str:
    """
    Overpass QL for everything that ped_geo reads inside a polygon.

    Parameters
    ----------
    shape : Polygon
        In EPSG:4326.
    timeout_s : float
        Seconds that the server may take.
    """
    corners = " ".join(f"{y:.7f} {x:.7f}" for x, y in shape.exterior.coords[:-1])
    parts = "".join(f"{selector}(poly:'{corners}');" for selector in SELECTORS)
    return f"[out:json][timeout:{int(timeout_s)}];({parts});out body;>;out skel qt;"


def check_overpass(content: bytes) -> dict[str, Any]:
    """
    A whole Overpass answer.

    Raises
    ------
    SourceError
        If it is HTML, cut off, holds a ``remark`` (the server gave up and sent a part), no list of elements, or an element that
        is not as OpenStreetMap's objects are.
    """
    if content.lstrip()[:1] == b"<":
        raise SourceError("it sent a web page instead of data")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise SourceError("its data are cut off") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise SourceError("its data hold no list of elements")
    if answer.get("remark"):
        raise SourceError(f"it sent only a part of the data ({str(answer['remark'])[:120]!r})")
    for element in answer["elements"]:
        if not _well_formed(element):
            raise SourceError(f"its data hold an object that is none of OpenStreetMap's ({str(element)[:80]!r})")
    return answer


def _well_formed(element: object) -> bool:
    if not isinstance(element, dict) or not isinstance(element.get("tags", {}), dict):
        return False
    kind = element.get("type")
    if not isinstance(kind, str) or kind not in ORDER:
        return isinstance(kind, str)
    if not _is_number(element.get("id")):
        return False
    if kind == "node":
        return _within(element.get("lat"), 90.0) and _within(element.get("lon"), 180.0)
    parts = element.get("nodes" if kind == "way" else "members", [])
    return isinstance(parts, list) and all(_is_number(part) if kind == "way" else _is_member(part) for part in parts)


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _within(value: object, bound: float) -> bool:
    return isinstance(value, int | float) and -bound <= value <= bound


def _is_member(part: object) -> bool:
    return isinstance(part, dict) and str(part.get("type")) in ORDER and _is_number(part.get("ref"))


def overpass_to_xml(elements: Iterable[dict[str, Any]]) -> bytes:
    """
    OSM XML of Overpass elements, each object once, sorted by kind and id as the file format asks.

    Parameters
    ----------
    elements : iterable of dict
        Nodes, ways and relations as in Overpass JSON, as `check_overpass` lets them through.
    """
    from lxml import etree

    unique: dict[tuple[int, int], dict[str, Any]] = {}
    for element in elements:
        if element["type"] in ORDER:
            key = (ORDER[element["type"]], int(element["id"]))
            # the skeleton of an object may follow its full version
            if key not in unique or ("tags" in element and "tags" not in unique[key]):
                unique[key] = element
    root = etree.Element("osm", version="0.6", generator="ped_geo")
    for (_, number), element in sorted(unique.items(), key=lambda item: item[0]):
        node = etree.SubElement(root, element["type"], id=str(number), version="1")
        if element["type"] == "node":
            node.set("lat", repr(float(element["lat"])))
            node.set("lon", repr(float(element["lon"])))
        for reference in element.get("nodes", ()) if element["type"] == "way" else ():
            etree.SubElement(node, "nd", ref=str(int(reference)))
        for member in element.get("members", ()) if element["type"] == "relation" else ():
            etree.SubElement(node, "member", type=_clean(member["type"]), ref=str(int(member["ref"])), role=_clean(member.get("role", "")))
        for key, value in (element.get("tags") or {}).items():
            etree.SubElement(node, "tag", k=_clean(key), v=_clean(value))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _clean(value: object) -> str:
    """Text without the characters that XML cannot hold."""
    return NOT_XML.sub("", str(value))
