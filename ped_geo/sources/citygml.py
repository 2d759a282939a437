"""
Building models in CityGML 1 and 2 (LoD1, LoD2) or CityJSON: heights, roof types and roof surfaces.

What the files hold is the business of `_model_files`, which coordinates they mean that of `_model_systems`. Every building of a file
is used, elsewhere, or rejected with a reason.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions
from ped_geo.assumptions import Assumed, cited
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._model_files import BuildingModel, Face, stream_models
from ped_geo.sources._model_systems import ModelSystem, system_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Ring = NDArray[np.float64]

__all__ = ["BuildingModels", "read_citygml"]

# steeper faces are walls, degrees
WALL_TILT = 80.0
SMALLEST_FACE_M2 = 0.01
# two models of one id are copies where less than this part of either lies beside the other
COPY_SHARE = 0.05


@dataclass(frozen=True)
class BuildingModels:
    """
    The buildings of one file of models.

    Attributes
    ----------
    models : GeoDataFrame
        Index ``model_id`` (the file's, or name of the file and number where it gives none); ``lod``, ``ground_m`` [m above datum],
        ``height_m`` (highest roof point above ground) [m], ``eaves_height_m`` (lowest point above ground of the roof surface in the
        middle of them by area, so that a low annexe or dormer does not speak for the house) [m], ``roof_shape`` (OSM value or ""),
        ``roof_type`` (the file's code where it is not known, else ""), ``storeys`` (0 where not given), footprint polygon.
    surfaces : GeoDataFrame
        Roof surfaces of LoD2: ``model_id``, ``ground_m``, polygon with Z [m above datum].
    vertical_datum : str
        As the file names it, "" where it does not. Heights are above each building's own ground, so it need not be that of the
        terrain model.
    rejected : mapping of str to str
        Why buildings are not used: ``no_geometry``, ``no_height`` or ``duplicate``, by their id.
    elsewhere : int
        Buildings of the file that lie outside the place of interest and were passed over.
    lost_faces : int
        Faces of buildings that cannot be read.
    """

    models: gpd.GeoDataFrame
    surfaces: gpd.GeoDataFrame
    vertical_datum: str
    rejected: Mapping[str, str] = field(default_factory=dict)
    elsewhere: int = 0
    lost_faces: int = 0

    @property
    def given(self) -> int:
        """Buildings of the file."""
        return len(self.models) + len(self.rejected) + self.elsewhere

    @property
    def unknown_roof_types(self) -> Mapping[str, int]:
        """Codes of roofs that no list knows, and how many buildings have them."""
        codes = self.models["roof_type"]
        return dict(sorted(Counter(codes[codes != ""]).items()))


@cache
def _roof_shapes() -> dict[str, str]:
    table = assumptions.table("citygml_roof_types").fillna("")
    return dict(zip(table["code"].astype(str), table["roof_shape"].astype(str), strict=True))


def _roof_shape(codes: Iterable[str]) -> tuple[str, str]:
    """Shape that the codes of a building and its parts name, "" where they name none, and the first code that is not known."""
    found = {code: _roof_shapes().get(_plain(code)) for code in sorted(codes)}
    shapes = {shape for shape in found.values() if shape}
    unknown = next((code for code, shape in found.items() if shape is None), "")
    return (shapes.pop() if len(shapes) == 1 else "many" if shapes else ""), unknown


def _plain(code: str) -> str:
    """A code without the list that it names, as in ``https://…/RoofTypeValue/gabledRoof``."""
    return code.strip().rpartition("/")[2].rpartition("#")[2].casefold().replace(" ", "").replace("_", "-")


def _normal(ring: Ring) -> NDArray[np.float64]:
    """Area vector of a ring by Newell's method, m²."""
    total: NDArray[np.float64] = np.cross(ring[:-1], ring[1:]).sum(axis=0) / 2.0
    return total


def _flat(rings: list[Ring]) -> BaseGeometry:
    import shapely

    shape = shapely.Polygon(rings[0][:, :2], [hole[:, :2] for hole in rings[1:] if len(hole) >= 4])
    return shape if shape.is_valid else shapely.make_valid(shape)


def _tilt(rings: list[Ring]) -> float:
    vector = _normal(rings[0] - rings[0][0])
    return math.degrees(math.acos(min(abs(vector[2]) / max(float(np.linalg.norm(vector)), 1e-12), 1.0)))


def _roofs(faces: list[Face], ground: float) -> list[list[Ring]]:
    """Faces named as roofs; where none is, those without a name that are no walls and lie above the ground."""
    named = [rings for kind, rings in faces if kind == "RoofSurface"]
    if named:
        return named
    return [rings for kind, rings in faces if not kind and _tilt(rings) < WALL_TILT and float(rings[0][:, 2].max()) > ground + 0.5]


def _measured_shape(roofs: list[list[Ring]], assumed: Assumed) -> str:
    """What the surfaces of a roof say where its code does not: flat, or several planes."""
    area = np.array([abs(float(_normal(rings[0] - rings[0][0])[2])) for rings in roofs])
    level = np.array([_tilt(rings) <= assumed("elevation.flat_roof_tilt") for rings in roofs])
    return "flat" if area[level].sum() >= assumed("elevation.flat_roof_share") * area.sum() else "many"


def _eaves(roofs: list[list[Ring]]) -> float:
    """Lowest point of the roof surface in the middle of them by area, m above datum."""
    low = np.array([float(rings[0][:, 2].min()) for rings in roofs])
    area = np.array([abs(float(_normal(rings[0] - rings[0][0])[2])) for rings in roofs])
    order = np.argsort(low, kind="stable")
    share = np.cumsum(area[order])
    return float(low[order][min(np.searchsorted(share, share[-1] / 2.0), len(low) - 1)])


def _measured(model: BuildingModel, assumed: Assumed) -> tuple[dict[str, Any], list[BaseGeometry]] | str:
    """One row of the models and the roof surfaces, or why there is none."""
    import shapely

    every = [rings for _, rings in model.faces]
    if not every:
        return "no_geometry"
    ground_faces = [rings for kind, rings in model.faces if kind == "GroundSurface"]
    ground = min(float(rings[0][:, 2].min()) for rings in ground_faces or every)
    roofs = _roofs(model.faces, ground)
    if not roofs:
        return "no_height"
    outline = shapely.union_all([_flat(rings) for rings in ground_faces or roofs])
    outline = shapely.union_all([part for part in shapely.get_parts([outline]) if part.geom_type == "Polygon"])
    if outline.is_empty or outline.area < SMALLEST_FACE_M2:
        return "no_geometry"
    shape, unknown = _roof_shape(model.roof_types)
    row = {
        "lod": max(model.lod, 1),
        "ground_m": ground,
        "height_m": max(float(rings[0][:, 2].max()) for rings in roofs) - ground,
        "eaves_height_m": _eaves(roofs) - ground,
        "roof_shape": shape or (_measured_shape(roofs, assumed) if model.lod >= 2 else ""),
        "roof_type": unknown,
        "storeys": model.storeys,
        "geometry": outline,
    }
    return row, [shapely.Polygon(rings[0], rings[1:]) for rings in roofs] if model.lod >= 2 else []


@dataclass
class _Found:
    """What a file gives: rows by id, roof surfaces, and why others are not used."""

    assumed: Assumed
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    surfaces: list[dict[str, Any]] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)

    def add(self, model: BuildingModel, name: str) -> None:
        measured = _measured(model, self.assumed)
        if isinstance(measured, str):
            self.rejected[self._free(name)] = measured
            return
        row, roofs = measured
        if name in self.rows and _same(self.rows[name]["geometry"], row["geometry"]):
            self.rejected[self._free(name)] = "duplicate"
            return
        name = self._free(name)
        self.rows[name] = row
        self.surfaces += [{"model_id": name, "ground_m": row["ground_m"], "geometry": shape} for shape in roofs]

    def _free(self, name: str) -> str:
        """The name, with a number where another building has it."""
        number, free = 1, name
        while free in self.rows or free in self.rejected:
            number += 1
            free = f"{name}#{number}"
        return free


def _same(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(one.symmetric_difference(other).area <= COPY_SHARE * max(one.area, other.area))


def _near(path: Path, near: tuple[float, float, float, float] | None, stated: str) -> tuple[list[BuildingModel], int, ModelSystem]:
    """Buildings of a file that lie near, how many lie elsewhere, and the system of their coordinates."""
    if not path.is_file():
        raise SourceError(Sentence("error.is_not_file_check_sources_citygml_files", path=path))
    names: list[str] = []
    models: list[BuildingModel] = []
    elsewhere, system = 0, None
    with closing(stream_models(path)) as stream:
        for kind, item in stream:
            if kind == "srs":
                names += [item] if item not in names else []
                continue
            if system is None:
                system = system_of(names, stated, path.name, near)
            if system.meets(item):
                models.append(item)
            else:
                elsewhere += 1
    if not models and elsewhere:
        raise SourceError(Sentence("error.holds_buildings_but_none_this", path=path.name, elsewhere=elsewhere))
    if not any(model.faces for model in models):
        raise SourceError(Sentence("error.holds_no_building_with_geometry", path=path.name))
    # names that come with later buildings must agree
    return models, elsewhere, system_of(names, stated, path.name, near)


def read_citygml(
    path: Path, *, near: tuple[float, float, float, float] | None = None, stated: str = "", assumed: Assumed = cited
) -> BuildingModels:
    """
    Buildings of a CityGML (``.gml``, ``.xml``) or CityJSON (``.json``, ``.jsonl``) file.

    Parameters
    ----------
    path : Path
        File.
    near : tuple of float, optional
        West, south, east, north in degrees of the place of interest: buildings elsewhere are passed over, so that the file of a
        county needs the memory of a district, and the axis order is decided where the file leaves it open.
    stated : str
        Coordinate system of files that name none, ``[sources] citygml_crs``.
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

    Returns
    -------
    BuildingModels
        In the horizontal system of the file, easting first; in the UTM zone where the file is in degrees.

    Raises
    ------
    SourceError
        If the file is missing, damaged, declares a document type, names no coordinate system, or holds no buildings, or none
        near the place.
    """
    import geopandas as gpd

    models, elsewhere, system = _near(path, near, stated)
    crs = system.to_metres(models)
    found = _Found(assumed)
    for number, model in enumerate(models, start=1):
        found.add(model, model.name or f"{path.name}#{number}")
    if not found.rows:
        raise SourceError(Sentence("error.holds_no_building_with_geometry", path=path.name))
    frame = gpd.GeoDataFrame(list(found.rows.values()), crs=crs, index=list(found.rows)).rename_axis("model_id")
    roofs = gpd.GeoDataFrame(found.surfaces, columns=["model_id", "ground_m", "geometry"], geometry="geometry", crs=crs)
    return BuildingModels(frame, roofs, system.vertical, found.rejected, elsewhere, sum(model.lost for model in models))
