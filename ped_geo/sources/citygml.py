"""
Building models in CityGML 1 and 2 (LoD1, LoD2) or CityJSON: heights, roof types and roof surfaces.

Files are streamed building by building, so a large file needs little memory. Document types, and with them entity bombs and
external entities, are refused. Poland's models say EPSG:2180, whose official order is northing, easting, but store easting
first: the stored order is easting first unless only the other order lies where it should.

References: OGC 12-019 (CityGML 2.0); https://www.cityjson.org/specs/1.1.3/; ``facts`` trap T5.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.sources._files import one_line, refuse_document_type

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Ring = NDArray[np.float64]

__all__ = ["BuildingModels", "read_citygml"]

# steeper faces are walls, degrees
WALL_TILT = 80.0
SMALLEST_FACE_M2 = 0.01


@dataclass(frozen=True)
class BuildingModels:
    """
    The buildings of one file of models.

    Attributes
    ----------
    models : GeoDataFrame
        Index ``model_id``; ``lod``, ``ground_m`` [m above datum], ``height_m`` (highest roof point above ground) [m],
        ``eaves_height_m`` (lowest point above ground of the roof surface in the middle of them by area, so that a low annexe or
        dormer does not speak for the house) [m], ``roof_shape`` (OSM value or ""), ``storeys`` (0 where not given), footprint
        polygon.
    surfaces : GeoDataFrame
        Roof surfaces of LoD2: ``model_id``, ``ground_m``, polygon with Z [m above datum].
    vertical_datum : str
        As the file names it, "" where it does not. Heights are above each building's own ground, so it need not be that of the
        terrain model.
    broken : tuple of str
        Ids of buildings without a usable geometry.
    elsewhere : int
        Buildings of the file that lie outside the place of interest and were passed over.
    """

    models: gpd.GeoDataFrame
    surfaces: gpd.GeoDataFrame
    vertical_datum: str
    broken: tuple[str, ...] = ()
    elsewhere: int = 0


@dataclass
class _Model:
    name: str
    lod: int = 1
    roof_type: str = ""
    storeys: int = 0
    # outer ring first, holes after it; by the kind of surface, "" where the model does not say
    faces: list[tuple[str, list[Ring]]] = field(default_factory=list)


@cache
def _roof_shapes() -> dict[str, str]:
    table = assumptions.table("citygml_roof_types").fillna("")
    return dict(zip(table["code"].astype(str), table["roof_shape"].astype(str), strict=True))


def _ring(numbers: list[str]) -> Ring | None:
    try:
        xyz = np.array([float(number) for number in numbers])
    except ValueError:
        return None
    if len(xyz) < 12 or len(xyz) % 3 or not np.isfinite(xyz).all():
        return None
    return xyz.reshape(-1, 3)


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _polygon_rings(polygon: Any) -> list[Ring]:
    rings = []
    for ring in polygon.iter("{*}LinearRing"):
        numbers = [number for part in ring if _local(part) in {"pos", "posList"} for number in (part.text or "").split()]
        shape = _ring(numbers)
        if shape is not None:
            rings.append(shape)
    return rings


def _model_of_xml(building: Any) -> _Model:
    name = next((value for key, value in building.attrib.items() if key.endswith("}id")), "")
    model = _Model(name)
    faces: list[tuple[int, str, list[Ring]]] = []
    for part in building.iter():
        kind = _local(part)
        if kind == "roofType" and part.text:
            model.roof_type = part.text.strip()
        elif kind == "storeysAboveGround" and (part.text or "").strip().isdigit():
            model.storeys = min(int(part.text.strip()[:4]), 999)
        elif kind == "stringAttribute" and part.get("name") == "buildingId":
            model.name = next((value.text.strip() for value in part if value.text and value.text.strip()), model.name)
        elif kind == "Polygon":
            rings = _polygon_rings(part)
            above = {_local(parent) for parent in part.iterancestors()}
            owner = next((surface for surface in ("RoofSurface", "WallSurface", "GroundSurface") if surface in above), "")
            detail = next((int(parent[3]) for parent in above if parent[:3] == "lod" and parent[3:4].isdigit()), 1)
            if rings:
                faces.append((detail, owner, rings))
    # a building may be given in several levels of detail at once; those above 2 have windows and overhangs
    levels = {detail for detail, _, _ in faces}
    best = max((detail for detail in levels if detail < 3), default=min(levels, default=1))
    model.lod = max(1, min(best, 2))
    model.faces = [(owner, rings) for detail, owner, rings in faces if detail == best]
    return model


def _stream_xml(path: Path) -> Iterator[tuple[str, Any]]:
    """``srs`` with a name of a coordinate system, ``building`` with a model, as they come."""
    from lxml import etree

    refuse_document_type(path)
    options = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_comments": True}
    try:
        for event, element in etree.iterparse(str(path), events=("start", "end"), **options):
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
        raise SourceError(f"{path.name} is not whole CityGML ({one_line(error.msg)}); fetch or export it again.") from None


def _stream_json(path: Path) -> Iterator[tuple[str, Any]]:
    """As `_stream_xml`, of a CityJSON file."""
    try:
        city = json.loads(path.read_bytes())
        if city["type"] != "CityJSON":
            raise SourceError(f"{path.name} is JSON but not CityJSON; give CityGML or CityJSON.")
        scale, shift = (
            np.array(city.get("transform", {}).get(key, default), float) for key, default in (("scale", [1] * 3), ("translate", [0] * 3))
        )
        vertices = np.array(city["vertices"], float).reshape(-1, 3) * scale + shift
        yield "srs", str(city.get("metadata", {}).get("referenceSystem", ""))
        for name, thing in city["CityObjects"].items():
            if thing["type"] in {"Building", "BuildingPart"} and thing.get("geometry"):
                yield "building", _model_of_json(str(name), thing, vertices)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SourceError(
            f"{path.name} is not whole CityJSON ({type(error).__name__}: {one_line(error)}); fetch or export it again."
        ) from None


def _model_of_json(name: str, thing: dict[str, Any], vertices: NDArray[np.float64]) -> _Model:
    attributes = thing.get("attributes") or {}
    model = _Model(name, roof_type=str(attributes.get("roofType", "")))
    storeys = attributes.get("storeysAboveGround", 0)
    model.storeys = storeys if isinstance(storeys, int) and 0 <= storeys < 1000 else 0
    best = max(thing["geometry"], key=lambda shape: float(shape["lod"]) if float(shape["lod"]) < 3 else 0.0)
    model.lod = min(int(float(best["lod"])), 2)
    semantics = best.get("semantics") or {}
    kinds, values = semantics.get("surfaces", []), semantics.get("values")
    shells = best["boundaries"] if best["type"] == "Solid" else [best["boundaries"]]
    marks = values if best["type"] == "Solid" else [values]
    for shell, mark in zip(shells[:1], (marks or [None])[:1], strict=False):
        for number, face in enumerate(shell):
            kind = kinds[mark[number]]["type"] if mark and mark[number] is not None else ""
            model.faces.append((kind, [vertices[[*ring, ring[0]]] for ring in face if len(ring) >= 3]))
    return model


def _crs_of(names: list[str], path: Path) -> tuple[Any, str]:
    """Horizontal system and the name of the vertical one."""
    import pyproj

    for name in names:
        code = re.search(r"EPSG[:/]+(?:[\d.]*[:/])?(\d{4,6})", name)
        if code:
            try:
                crs = pyproj.CRS.from_epsg(int(code[1]))
            except pyproj.exceptions.CRSError:
                continue
            vertical = re.search(r"crs:([A-Za-z][\w-]+)\s*$", name)
            return crs.to_2d(), vertical[1] if vertical else (crs.sub_crs_list[1].name if crs.is_compound else "")
    raise SourceError(f"{path.name} names no EPSG coordinate system (srsName); add it to the file.")


def _north_first(crs: Any, bounds: tuple[float, float, float, float], near: tuple[float, float, float, float] | None) -> bool:
    """Whether the stored order must be northing first, because easting first lies elsewhere."""
    import pyproj

    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    area = crs.area_of_use
    west, south, east, north = near or ((area.west, area.south, area.east, area.north) if area else (-180, -90, 180, 90))
    middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)

    def lies_right(x: float, y: float) -> bool:
        longitude, latitude = to_degrees.transform(x, y)
        return bool(west - 0.5 <= longitude <= east + 0.5 and south - 0.5 <= latitude <= north + 0.5)

    if near is not None and lies_right(*middle) and lies_right(*middle[::-1]):
        return False
    return not lies_right(*middle) and lies_right(*middle[::-1])


def _normal(ring: Ring) -> NDArray[np.float64]:
    """Area vector of a ring by Newell's method, m²."""
    total: NDArray[np.float64] = np.cross(ring[:-1], ring[1:]).sum(axis=0) / 2.0
    return total


def _flat(rings: list[Ring]) -> BaseGeometry:
    import shapely

    shape = shapely.Polygon(rings[0][:, :2], [hole[:, :2] for hole in rings[1:] if len(hole) >= 4])
    return shape if shape.is_valid else shapely.make_valid(shape)


def _is_roof(kind: str, rings: list[Ring], ground: float) -> bool:
    if kind:
        return kind == "RoofSurface"
    vector = _normal(rings[0] - rings[0][0])
    tilt = math.degrees(math.acos(min(abs(vector[2]) / max(float(np.linalg.norm(vector)), 1e-12), 1.0)))
    return tilt < WALL_TILT and float(rings[0][:, 2].max()) > ground + 0.5


def _eaves(roofs: list[list[Ring]]) -> float:
    """Lowest point of the roof surface in the middle of them by area, m above datum."""
    low = np.array([float(rings[0][:, 2].min()) for rings in roofs])
    area = np.array([abs(float(_normal(rings[0] - rings[0][0])[2])) for rings in roofs])
    order = np.argsort(low, kind="stable")
    share = np.cumsum(area[order])
    return float(low[order][min(np.searchsorted(share, share[-1] / 2.0), len(low) - 1)])


def _measured(model: _Model) -> tuple[dict[str, Any], list[BaseGeometry]] | None:
    """One row of the models and the roof surfaces; None where no footprint comes out."""
    import shapely

    ground_faces = [rings for kind, rings in model.faces if kind == "GroundSurface"]
    every = [rings for _, rings in model.faces]
    if not every:
        return None
    ground = min(float(rings[0][:, 2].min()) for rings in ground_faces or every)
    roofs = [rings for kind, rings in model.faces if _is_roof(kind, rings, ground)]
    outline = shapely.union_all([_flat(rings) for rings in ground_faces or roofs])
    outline = shapely.union_all([part for part in shapely.get_parts([outline]) if part.geom_type == "Polygon"])
    if not roofs or outline.is_empty or outline.area < SMALLEST_FACE_M2:
        return None
    top = max(float(rings[0][:, 2].max()) for rings in roofs) - ground
    row = {
        "model_id": model.name,
        "lod": model.lod,
        "ground_m": ground,
        "height_m": top,
        "eaves_height_m": _eaves(roofs) - ground,
        "roof_shape": _roof_shapes().get(model.roof_type, ""),
        "storeys": model.storeys,
        "geometry": outline,
    }
    surfaces: list[BaseGeometry] = [shapely.Polygon(rings[0], rings[1:]) for rings in roofs] if model.lod >= 2 else []
    return row, surfaces


class _Window:
    """The place of interest in the coordinates of a file, whichever of its axes comes first."""

    def __init__(self, near: tuple[float, float, float, float], crs: Any) -> None:
        import pyproj

        self.bounds = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform_bounds(*near)

    def meets(self, model: _Model) -> bool:
        """Whether a building may lie within; one without a geometry is not passed over."""
        if not model.faces:
            return True
        xy = np.concatenate([rings[0][:, :2] for _, rings in model.faces])
        (x, y), (right, top) = xy.min(axis=0), xy.max(axis=0)
        west, south, east, north = self.bounds
        return bool(
            (x <= east and right >= west and y <= north and top >= south) or (y <= east and top >= west and x <= north and right >= south)
        )


@dataclass
class _Found:
    """What a file gives, as it comes."""

    systems: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    surfaces: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    elsewhere: int = 0

    def add(self, model: _Model) -> None:
        measured = _measured(model)
        if measured is None:
            self.broken.append(model.name)
            return
        row, roofs = measured
        self.rows.append(row)
        self.surfaces += [{"model_id": model.name, "ground_m": row["ground_m"], "geometry": shape} for shape in roofs]


def _collected(path: Path, near: tuple[float, float, float, float] | None) -> _Found:
    """Buildings of a file that lie near; those elsewhere are only counted."""
    if not path.is_file():
        raise SourceError(f"{path} is not a file; check [sources] citygml_files.")
    found, window = _Found(), None
    for kind, item in _stream_json(path) if path.suffix == ".json" else _stream_xml(path):
        if kind == "srs":
            found.systems += [item] if item not in found.systems else []
            continue
        if near is not None and found.systems and window is None:
            window = _Window(near, _crs_of(found.systems, path)[0])
        if window is not None and not window.meets(item):
            found.elsewhere += 1
        else:
            found.add(item)
    if found.elsewhere and not found.rows:
        raise SourceError(f"{path.name} holds {found.elsewhere:,} buildings but none of this place; give the sheet of the place.")
    if not found.rows:
        raise SourceError(f"{path.name} holds no building with a geometry; give CityGML or CityJSON of LoD1 or LoD2.")
    return found


def read_citygml(path: Path, *, near: tuple[float, float, float, float] | None = None) -> BuildingModels:
    """
    Buildings of a CityGML (``.gml``, ``.xml``) or CityJSON (``.json``) file.

    Parameters
    ----------
    path : Path
        File.
    near : tuple of float, optional
        West, south, east, north in degrees of the place of interest: buildings elsewhere are passed over, so that the file of a
        county needs the memory of a district, and the axis order is decided where the file leaves it open.

    Returns
    -------
    BuildingModels
        In the horizontal system of the file, easting first.

    Raises
    ------
    SourceError
        If the file is missing, damaged, declares a document type, names no coordinate system, or holds no buildings, or none
        near the place.
    """
    import geopandas as gpd
    import shapely

    found = _collected(path, near)
    crs, vertical = _crs_of(found.systems, path)
    models = gpd.GeoDataFrame(found.rows, crs=crs).set_index("model_id")
    models = models[~models.index.duplicated()]
    roofs = gpd.GeoDataFrame(found.surfaces, columns=["model_id", "ground_m", "geometry"], geometry="geometry", crs=crs)
    if _north_first(crs, tuple(models.total_bounds), near):
        for frame in (models, roofs):
            frame.geometry = shapely.transform(
                frame.geometry.to_numpy(), lambda xyz: xyz[:, [1, 0, *range(2, xyz.shape[1])]], include_z=frame is roofs
            )
    return BuildingModels(models, roofs, vertical, tuple(found.broken), found.elsewhere)
