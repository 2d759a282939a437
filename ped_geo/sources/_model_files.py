"""
Building models as they stand in a file: CityGML 1 and 2, CityJSON, CityJSON text sequences.

Files are streamed building by building, so a large file needs little memory (CityJSON, which lists its points at the end, is held
whole). Document types, and with them entity bombs and external entities, are refused.

References: OGC 12-019 (CityGML 2.0); https://www.cityjson.org/specs/2.0.1/; https://www.cityjson.org/cityjsonseq/.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import one_line, refuse_document_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ring = NDArray[np.float64]

__all__ = ["BuildingModel", "Face", "stream_models"]

BUILDINGS = ("Building", "BuildingPart")
SURFACES = frozenset(
    {
        *("RoofSurface", "WallSurface", "GroundSurface", "ClosureSurface", "OuterFloorSurface", "OuterCeilingSurface"),
        *("FloorSurface", "CeilingSurface", "InteriorWallSurface", "Window", "Door"),
    }
)
ROOF_ATTRIBUTES = ("roofType", "b3_dak_type")
STOREY_ATTRIBUTES = ("storeysAboveGround", "b3_bouwlagen")
MOST_STOREYS = 999
# outer ring first, holes after it; kind of surface, "" where the model does not say
Face = tuple[str, list["Ring"]]


@dataclass
class BuildingModel:
    """
    One building as the file gives it.

    Attributes
    ----------
    name : str
        Id, "" where the file gives none.
    lod : int
        Level of detail that was read, 1 or 2; 0 for an outline without height.
    roof_types : set of str
        Codes of its roof and of those of its parts.
    storeys : int
        Above ground, 0 where not given.
    faces : list
        Kind of surface and rings, x, y, z as stored.
    lost : int
        Faces whose rings cannot be read.
    """

    name: str
    lod: int = 1
    roof_types: set[str] = field(default_factory=set)
    storeys: int = 0
    faces: list[Face] = field(default_factory=list)
    lost: int = 0


def stream_models(path: Path) -> Generator[tuple[str, Any], None, None]:
    """
    ``srs`` with a name of a coordinate system, ``building`` with a `BuildingModel`, as they come.

    Raises
    ------
    SourceError
        If the file is damaged, declares a document type or is of another format.
    """
    with path.open("rb") as file:
        begins = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return _stream_json(path) if begins in {b"{", b"["} or path.suffix.lower() in {".json", ".jsonl"} else _stream_xml(path)


# CityGML --------------------------------------------------------------------------------------------------------------


def _ring(numbers: list[str]) -> Ring | None:
    try:
        xyz = np.array([float(number) for number in numbers])
    except ValueError:
        return None
    if len(xyz) < 9 or len(xyz) % 3 or not np.isfinite(xyz).all():
        return None
    return _closed(xyz.reshape(-1, 3))


def _closed(xyz: Ring) -> Ring | None:
    ring = xyz if (xyz[0] == xyz[-1]).all() else np.vstack([xyz, xyz[:1]])
    return ring if len(ring) >= 4 else None


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attribute(element: Any, name: str) -> str:
    """An attribute of any namespace."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _polygon_rings(polygon: Any) -> list[Ring]:
    rings = []
    for ring in polygon.iter("{*}LinearRing"):
        parts = [part for part in ring if _local(part) in {"pos", "posList", "coordinates"}]
        if any(part.get("srsDimension") == "2" for part in (*parts, ring, polygon)):
            continue
        shape = _ring([number for part in parts for number in (part.text or "").replace(",", " ").split()])
        if shape is not None:
            rings.append(shape)
        elif not rings:
            # a hole is nothing without its outline
            return []
    return rings


def _linked_kinds(building: Any) -> dict[str, str]:
    """Kind of surface of polygons that stand elsewhere in the building, by their id."""
    found = {}
    for member in building.iter("{*}surfaceMember"):
        link = _attribute(member, "href")
        if link.startswith("#"):
            kind = _kind_of(member)
            if kind:
                found[link[1:]] = kind
    return found


def _kind_of(element: Any) -> str:
    return next((name for name in map(_local, element.iterancestors()) if name in SURFACES), "")


def _model_of_xml(building: Any) -> BuildingModel:
    model = BuildingModel(_attribute(building, "id"))
    linked = _linked_kinds(building)
    faces: list[tuple[int, str, list[Ring]]] = []
    for part in building.iter():
        name, text = _local(part), (part.text or "").strip()
        if name == "roofType" and text:
            model.roof_types.add(text)
        elif name == "storeysAboveGround" and text.isdigit():
            model.storeys = max(model.storeys, min(int(text[:4]), MOST_STOREYS))
        elif name == "stringAttribute" and part.get("name") == "buildingId":
            model.name = next((value.text.strip() for value in part if value.text and value.text.strip()), model.name)
        elif name == "Polygon":
            kind = _kind_of(part) or linked.get(_attribute(part, "id"), "")
            above = (_local(parent) for parent in part.iterancestors())
            detail = next((int(tag[3]) for tag in above if tag[:3] == "lod" and tag[3:4].isdigit()), 1)
            faces.append((detail, kind, _polygon_rings(part)))
    # a building may be given in several levels of detail at once; those above 2 have windows and overhangs
    levels = {detail for detail, _, rings in faces if rings}
    best = max((detail for detail in levels if detail < 3), default=min(levels, default=1))
    model.lod = min(best, 2)
    mine = [(kind, rings) for detail, kind, rings in faces if detail == best]
    model.faces = [(kind, rings) for kind, rings in mine if rings]
    model.lost = len(mine) - len(model.faces)
    return model


def _stream_xml(path: Path) -> Generator[tuple[str, Any], None, None]:
    from lxml import etree

    refuse_document_type(path)
    options = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_comments": True}
    try:
        with path.open("rb") as file:
            for event, element in etree.iterparse(file, events=("start", "end"), **options):
                if event == "start":
                    if element.get("srsName"):
                        yield "srs", element.get("srsName")
                elif _local(element) in {"Building", "cityObjectMember", "featureMember", "Envelope"}:
                    if _local(element) == "Building":
                        yield "building", _model_of_xml(element)
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise SourceError(Sentence("error.is_not_whole_citygml_fetch", path=path.name, reason=one_line(error.msg))) from None


# CityJSON -------------------------------------------------------------------------------------------------------------


def _stream_json(path: Path) -> Generator[tuple[str, Any], None, None]:
    try:
        with path.open("rb") as file:
            first = file.readline()
            rest = next((line for line in file if line.strip()), b"")
            alone = not rest or not _is_document(first)
            city = json.loads(path.read_bytes() if alone else first)
            if city["type"] != "CityJSON":
                raise SourceError(Sentence("error.is_json_but_not_cityjson", path=path.name))
            yield "srs", _system_name(city)
            yield from _buildings(city, city)
            while rest:
                if rest.strip():
                    feature = json.loads(rest)
                    if feature["type"] != "CityJSONFeature":
                        raise ValueError(f"a line holds {str(feature['type'])[:40]!r} instead of a CityJSONFeature")
                    yield from _buildings(feature, city)
                rest = file.readline()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise SourceError(
            Sentence("error.is_not_whole_cityjson_fetch", path=path.name, name=type(error).__name__, reason=one_line(error))
        ) from None


def _is_document(line: bytes) -> bool:
    """Whether a line is JSON by itself, as in a text sequence."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _system_name(city: Mapping[str, Any]) -> str:
    return str((city.get("metadata") or {}).get("referenceSystem") or "")


def _buildings(part: Mapping[str, Any], city: Mapping[str, Any]) -> Iterator[tuple[str, BuildingModel]]:
    """Buildings of a document, or of one feature of a sequence, whose scale stands in the first line."""
    transform = city.get("transform") or {}
    scale, shift = (np.array(transform.get(key, default), float) for key, default in (("scale", [1] * 3), ("translate", [0] * 3)))
    vertices = np.array(part["vertices"], float).reshape(-1, 3) * scale + shift
    things = part["CityObjects"]
    for name, thing in things.items():
        if thing["type"] not in BUILDINGS:
            continue
        shapes = thing.get("geometry") or []
        told = dict(thing.get("attributes") or {})
        children = [things[child] for child in thing.get("children") or [] if child in things]
        if thing["type"] == "BuildingPart":
            for parent in thing.get("parents") or []:
                told = {**(things.get(parent, {}).get("attributes") or {}), **told}
        drawn = any(child["type"] == "BuildingPart" and child.get("geometry") for child in children)
        if drawn and all(_lod(shape) < 1 for shape in shapes):
            # its parts are the building; what stands here is its outline at most
            continue
        yield "building", _model_of_json(str(name), told, shapes, vertices)


def _lod(shape: Mapping[str, Any]) -> float:
    return float(shape.get("lod", 1))


def _model_of_json(name: str, attributes: Mapping[str, Any], shapes: list[dict[str, Any]], vertices: NDArray[np.float64]) -> BuildingModel:
    model = BuildingModel(name)
    model.roof_types = {str(attributes[key]) for key in ROOF_ATTRIBUTES if attributes.get(key) not in (None, "")}
    storeys = [attributes.get(key) for key in STOREY_ATTRIBUTES]
    model.storeys = max((int(value) for value in storeys if isinstance(value, int) and 0 <= value <= MOST_STOREYS), default=0)
    drawn = [shape for shape in shapes if shape["type"] in DEPTH]
    if not drawn:
        model.lost = len(shapes)
        return model
    best = max(drawn, key=lambda shape: _lod(shape) if _lod(shape) < 3 else 0.0)
    model.lod = min(int(_lod(best)), 2)
    semantics = best.get("semantics") or {}
    kinds = semantics.get("surfaces") or []
    for faces, marks in _shells(best["boundaries"], semantics.get("values"), DEPTH[best["type"]]):
        for number, face in enumerate(faces):
            mark = marks[number] if marks else None
            rings = [ring for ring in (_ring_of(indices, vertices) for indices in face) if ring is not None]
            if rings and len(rings) == len(face):
                model.faces.append((kinds[mark]["type"] if mark is not None else "", rings))
            else:
                model.lost += 1
    return model


DEPTH = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}
"""Levels of brackets around the faces of each kind of geometry."""


def _shells(boundaries: list[Any], values: list[Any] | None, depth: int) -> Iterator[tuple[list[Any], list[Any] | None]]:
    """Faces of the outer shell of each solid, with the number of their kind of surface."""
    if depth == 0:
        yield boundaries, values
    elif depth == 1:
        # the shells after the first are hollows
        yield boundaries[0], (values or [None])[0]
    else:
        for number, solid in enumerate(boundaries):
            yield from _shells(solid, values[number] if values else None, 1)


def _ring_of(indices: list[int], vertices: NDArray[np.float64]) -> Ring | None:
    if any(index < 0 for index in indices):
        raise ValueError("a face names a point before the first")
    xyz = vertices[np.array(indices, dtype=int)] if indices else np.zeros((0, 3))
    return _closed(xyz) if len(xyz) >= 3 and np.isfinite(xyz).all() else None
