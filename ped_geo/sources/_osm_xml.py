"""
OSM XML: objects of Overpass answers written as such, and what a file of it tells before its shapes are read.

Reference: https://wiki.openstreetmap.org/wiki/OSM_XML
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import one_line

__all__ = ["XmlFacts", "facts_of_xml", "write_xml"]

NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
RANK: Final = {"node": 0, "way": 1, "relation": 2}
LONGEST_TEXT: Final = 255
"""Characters of a key or value in OpenStreetMap's database."""
OWN_IDS: Final = 1 << 50
"""Nodes that an answer gives only by their place get ids from here; OpenStreetMap is at 2^34."""


@dataclass
class XmlFacts:
    """
    What a file tells beside its shapes.

    Attributes
    ----------
    deleted : set of str
        Objects that an editor has marked as deleted, or the database as no longer visible.
    ordered : bool
        Whether nodes, ways and relations follow each other by rising ids, as the format asks.
    places_in_ways : bool
        Whether ways carry the places of their nodes (``out geom``).
    """

    deleted: set[str] = field(default_factory=set)
    ordered: bool = True
    places_in_ways: bool = False


def facts_of_xml(path: Path) -> XmlFacts:
    """
    What an OSM XML file tells beside its shapes.

    Raises
    ------
    SourceError
        If the file is not OSM XML, or declares a document type: OSM XML has none, so nobody needs entities.
    """
    facts = XmlFacts()
    last = (-1, 0)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal last
        rank = RANK.get(name)
        if rank is not None:
            number = attributes.get("id", "")
            if attributes.get("action") == "delete" or attributes.get("visible") == "false":
                facts.deleted.add(f"{name}/{number}")
            this = (rank, int(number) if number.lstrip("-").isdecimal() else 0)
            facts.ordered = facts.ordered and last < this and this[1] > 0
            last = this
        elif name == "nd" and "lat" in attributes:
            facts.places_in_ways = True

    def first(name: str, _: dict[str, str]) -> None:
        if name != "osm":
            raise SourceError(Sentence("error.starts_with_not_osm_give", path=path.name, name=name[:40]))
        parser.StartElementHandler = start

    def doctype(*_: object) -> None:
        raise SourceError(Sentence("error.declares_document_type_osm_xml", path=path.name))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = first, doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SourceError(Sentence("error.cannot_be_read_as_openstreetmap", path=path.name, reason=one_line(error))) from None
    return facts


def write_xml(elements: Iterable[dict[str, Any]], file: IO[str]) -> None:
    """
    Overpass elements as OSM XML, in their order; an object may come several times, its full form as the newer version.

    Parameters
    ----------
    elements : iterable of dict
        Nodes, ways and relations as in Overpass JSON, as `check_overpass` lets them through; with ``out geom`` too.
    file : text file
        Open for writing.
    """
    own: dict[tuple[float, float], int] = {}

    def placed(points: Iterable[dict[str, float] | None], numbers: list[int]) -> list[int]:
        """Write nodes that are known by their place; their ids."""
        used = []
        for row, point in enumerate(points):
            if point is None:
                # outside the box that was asked: named, and missing
                used.append(numbers[row] if numbers else OWN_IDS - 1)
                continue
            place = (float(point["lat"]), float(point["lon"]))
            number = numbers[row] if numbers else own.setdefault(place, OWN_IDS + len(own))
            file.write(f'<node id="{number}" version="1" lat="{place[0]!r}" lon="{place[1]!r}"/>\n')
            used.append(number)
        return used

    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="ped_geo">\n')
    for element in elements:
        kind, tags = element["type"], element.get("tags") or {}
        inner = []
        if kind == "way":
            numbers = [int(number) for number in element.get("nodes", ())]
            points = element.get("geometry") or ()
            if points:
                numbers = placed(points, numbers if len(numbers) == len(points) else [])
            inner = [f'<nd ref="{number}"/>' for number in numbers]
        elif kind == "relation":
            for member in element.get("members", ()):
                if member["type"] == "way" and member.get("geometry"):
                    _write(file, "way", int(member["ref"]), [f'<nd ref="{number}"/>' for number in placed(member["geometry"], [])], {})
                inner.append(f'<member type={_quoted(member["type"])} ref="{int(member["ref"])}" role={_quoted(member.get("role", ""))}/>')
        place = f' lat="{float(element["lat"])!r}" lon="{float(element["lon"])!r}"' if kind == "node" else ""
        _write(file, kind, int(element["id"]), inner, tags, place)
    file.write("</osm>\n")


def _write(file: IO[str], kind: str, number: int, inner: list[str], tags: dict[str, Any], place: str = "") -> None:
    # the skeleton of an object may come before or after its full form
    version = 2 if tags or (kind == "relation" and inner) else 1
    said = [f"<tag k={_quoted(key)} v={_quoted(value)}/>" for key, value in tags.items()]
    file.write(f'<{kind} id="{number}" version="{version}"{place}>{"".join(inner)}{"".join(said)}</{kind}>\n')


def _quoted(value: object) -> str:
    """An attribute without the characters that XML cannot hold, no longer than OpenStreetMap's are."""
    return quoteattr(NOT_XML.sub("", str(value))[:LONGEST_TEXT], {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
