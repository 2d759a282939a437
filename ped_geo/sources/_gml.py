"""
Objects of a GML file, read one after the other, so that a large file needs little memory.

Document types, and with them entity bombs and external entities, are refused; no schema is fetched and nothing is written beside the
file. Coordinates are kept in the order in which they are stored (`ped_geo.sources._axes` tells which that is).

References: OGC 07-036 (GML 3.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._columns import SEVERAL, plain
from ped_geo.sources._files import one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = ["Feature", "Reading", "stream_features"]

GML = "{http://www.opengis.net/gml"
HREF = "{http://www.w3.org/1999/xlink}href"
MEMBERS = frozenset({"member", "featureMember", "featureMembers", "members"})
TOGETHER = frozenset({"featureMembers", "members"})
HEAD = 1 << 16
SURFACES = frozenset({"Polygon", "PolygonPatch"})
CURVES = frozenset({"LineStringSegment", "LineString"})
POINTS = frozenset({"Point"})
# bent edges, which no register of Poland uses; an object that has them has no usable shape here
BENT = frozenset({"Arc", "ArcString", "ArcByCenterPoint", "Circle", "CircleByCenterPoint", "CubicSpline", "Bezier", "Clothoid"})
GEOMETRIES = SURFACES | CURVES | POINTS | BENT | {
    "MultiSurface", "Surface", "CompositeSurface", "MultiPolygon", "MultiCurve", "Curve", "CompositeCurve", "MultiLineString",
    "MultiPoint", "MultiGeometry",
}  # fmt: skip
# containers of an object's own id and dates; ids in other containers are those of other objects
OWN = frozenset({"idIIP", "x_cyklZycia", "cyklZycia", "identyfikator"})
# a value that long is no attribute
LONGEST_VALUE = 1_000


@dataclass
class Feature:
    """
    One object.

    Attributes
    ----------
    kind : str
        Name of its element, such as ``OT_BUBD_A``.
    values : dict
        What its elements say, by plain name; several values of one name are joined by ``;``, references end in ``href``.
    shape : geometry or None
        In stored order; None where there is none that is usable.
    """

    kind: str
    values: dict[str, str]
    shape: BaseGeometry | None


@dataclass
class Reading:
    """
    What is known of a file besides its objects.

    Attributes
    ----------
    srs_names : dict
        Names of coordinate systems, with how many objects have each.
    timestamp : str
        When a server answered, "" where the file does not say.
    root : str
        Name of the outermost element.
    names : set of str
        Of the attributes that the objects have.
    """

    srs_names: dict[str, int] = field(default_factory=dict)
    timestamp: str = ""
    root: str = ""
    names: set[str] = field(default_factory=set)

    @property
    def srs_name(self) -> str:
        """The commonest name of a coordinate system."""
        return max(self.srs_names, key=lambda name: self.srs_names[name], default="")


class _Names(dict[str, str]):
    """Local names by qualified ones."""

    def __missing__(self, tag: str) -> str:
        self[tag] = name = tag.rpartition("}")[2]
        return name


LOCAL = _Names()


def stream_features(
    file: IO[bytes], name: str, reading: Reading, wanted: Callable[[str], bool], columns: frozenset[str] | None = None
) -> Iterator[Feature]:
    """
    Objects of a GML file.

    Parameters
    ----------
    file : binary file
        Read to its end, never sought in, so that it may lie in a ZIP package.
    name : str
        Name for people.
    reading : Reading
        Is filled on the way.
    wanted : callable
        Says by the name of an object's element whether it is of interest.
    columns : frozenset of str, optional
        Plain names of the attributes to keep; all where none are given.

    Raises
    ------
    SourceError
        If the file is no whole GML or declares a document type.
    """
    from lxml import etree

    options: dict[str, Any] = {
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "huge_tree": False,
        "remove_comments": True,
    }
    head = file.read(HEAD)
    # one element around all objects would have to be kept whole
    together = any(word.encode() in head for word in TOGETHER)
    if not together:
        options["tag"] = [f"{{*}}{name}" for name in (*MEMBERS - TOGETHER, "Envelope")]
    begun, default_srs = False, ""
    try:
        parsed = etree.iterparse(_Replayed(head, file), events=("end",), remove_pis=True, **options)
        for _, element in parsed:
            if not begun:
                begun = _begin(parsed.root if parsed.root is not None else element.getroottree().getroot(), name, reading)
            if LOCAL[element.tag] == "Envelope":
                default_srs = element.get("srsName", default_srs)
                continue
            for part in _objects(element, together=together):
                if wanted(LOCAL[part.tag]):
                    yield _feature(part, reading, default_srs, columns)
                _forget(part)
            if LOCAL[element.tag] in MEMBERS:
                _forget(element)
        if not begun:
            _begin(parsed.root, name, reading)
    except etree.XMLSyntaxError as error:
        raise SourceError(Sentence("error.is_not_whole_gml_fetch", name=name, reason=one_line(error.msg))) from None


def _objects(element: Any, *, together: bool) -> list[Any]:
    """The objects that end with an element: itself where all stand in one, what it holds where each stands in its own."""
    if together:
        parent = element.getparent()
        return [element] if parent is not None and LOCAL[parent.tag] in MEMBERS else []
    return [part for part in element if isinstance(part.tag, str)] if LOCAL[element.tag] in MEMBERS else []


class _Replayed:
    """A file whose beginning was read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self.head, self.rest = head, rest

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece, self.head = self.head, b""
        return piece or self.rest.read(size)


def _begin(root: Any, name: str, reading: Reading) -> bool:
    """Note what the outermost element says; a document type would stand before it."""
    about = root.getroottree().docinfo
    if about.internalDTD is not None or about.doctype:
        raise SourceError(Sentence("error.declares_document_type_which_may_hide", name=name))
    reading.root, reading.timestamp = LOCAL[root.tag], root.get("timeStamp", "")
    if reading.root.casefold() == "html":
        raise SourceError(Sentence("error.is_web_page_not_gml", name=name))
    if reading.root == "ExceptionReport":
        raise SourceError(Sentence("error.is_server_s_refusal_not", name=name))
    return True


def _forget(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _feature(element: Any, reading: Reading, default_srs: str, columns: frozenset[str] | None) -> Feature:
    values: dict[str, list[str]] = {}
    geometry = None
    for part in element:
        tag = part.tag
        if not isinstance(tag, str) or LOCAL[tag] == "boundedBy":
            continue
        local = LOCAL[tag]
        child = part[0] if len(part) else None
        if child is not None and isinstance(child.tag, str) and child.tag.startswith(GML) and LOCAL[child.tag] in GEOMETRIES:
            geometry = child if geometry is None else geometry
            continue
        reading.names.add(local)
        if columns is None or local in OWN or plain(local) in columns:
            _collect(part, values)
    identifier = next((value for key, value in element.attrib.items() if LOCAL[key] == "id"), "")
    values.setdefault("gmlid", [identifier])
    shape = None
    if geometry is not None:
        srs = next((part.get("srsName") for part in geometry.iter() if part.get("srsName")), default_srs)
        reading.srs_names[srs] = reading.srs_names.get(srs, 0) + 1
        shape = _shape(geometry)
    return Feature(LOCAL[element.tag], {key: SEVERAL.join(filter(None, texts)) for key, texts in values.items()}, shape)


def _collect(part: Any, values: dict[str, list[str]]) -> None:
    """Texts and references of an attribute and all below it, by plain name."""
    top = LOCAL[part.tag]
    for leaf in part.iter() if len(part) else (part,):
        if not isinstance(leaf.tag, str):
            continue
        key = plain(top if leaf is part else LOCAL[leaf.tag] if top in OWN else f"{top}_{LOCAL[leaf.tag]}")
        text = leaf.text
        if text and len(leaf) == 0 and (text := text.strip()):
            values.setdefault(key, []).append(text[:LONGEST_VALUE])
        if leaf.attrib and (href := leaf.get(HREF)):
            values.setdefault(f"{key}href", []).append(href[:LONGEST_VALUE])


def _numbers(element: Any, size: int) -> NDArray[np.float64] | None:
    """Corners of one ring or line, shape (n, 2); None where they cannot be read."""
    texts = [part.text or "" for part in element.iter() if isinstance(part.tag, str) and LOCAL[part.tag] in {"pos", "posList"}]
    if not texts:
        # GML 2: tuples divided by blanks, their numbers by commas
        texts = [
            (part.text or "").replace(",", " ") for part in element.iter() if isinstance(part.tag, str) and LOCAL[part.tag] == "coordinates"
        ]
    try:
        flat = np.array(" ".join(texts).split(), dtype="float64")
    except ValueError:
        return None
    if not len(flat) or len(flat) % size or not np.isfinite(flat).all():
        return None
    return flat.reshape(-1, size)[:, :2]


def _polygon(element: Any, size: int) -> BaseGeometry | None:
    import shapely

    rings: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
    for side in element:
        if isinstance(side.tag, str) and LOCAL[side.tag] in {"exterior", "interior", "outerBoundaryIs", "innerBoundaryIs"}:
            ring = _numbers(side, size)
            if ring is None or len(ring) < 4:
                return None
            rings[LOCAL[side.tag] in {"exterior", "outerBoundaryIs"}].append(ring)
    return shapely.Polygon(rings[True][0], rings[False]) if len(rings[True]) == 1 else None


def _shape(geometry: Any) -> BaseGeometry | None:
    """The geometry in stored order, None where any part of it is not usable."""
    import shapely

    size = next((int(part.get("srsDimension")) for part in geometry.iter() if part.get("srsDimension", "").isdigit()), 2)
    if size not in {2, 3}:
        return None
    kinds = [(LOCAL[part.tag], part) for part in geometry.iter() if isinstance(part.tag, str)]
    if any(kind in BENT for kind, _ in kinds):
        return None
    found: list[Any] = [_polygon(part, size) for kind, part in kinds if kind in SURFACES]
    if found:
        return None if None in found else found[0] if len(found) == 1 else shapely.MultiPolygon(found)
    found = [_numbers(part, size) for kind, part in kinds if kind in CURVES]
    if found:
        if any(line is None or len(line) < 2 for line in found):
            return None
        return shapely.LineString(found[0]) if len(found) == 1 else shapely.MultiLineString(found)
    found = [_numbers(part, size) for kind, part in kinds if kind in POINTS]
    return shapely.Point(found[0][0]) if len(found) == 1 and found[0] is not None else None
