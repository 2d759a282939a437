"""Which footprints are buildings: repaired, freed of parts, duplicates and overlaps; what is left out is kept with a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.buildings.words import building_reasons, is_said, word
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["clean_footprints"]
# of the larger outline, courts filled
SAME_OUTLINE = 0.8


def _repaired(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Valid polygons; lines and points that a repair leaves over are dropped."""
    broken = ~shapely.is_valid(shapes)
    shapes = shapes.copy()
    shapes[broken] = shapely.make_valid(shapes[broken])
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    shapes[mixed] = [
        shapely.union_all([part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 2]) for shape in shapes[mixed]
    ]
    flat = shapely.get_dimensions(shapes) < 2
    shapes[flat] = shapely.Polygon()
    return shapes


def _overlaps(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of footprints that share area, the smaller first, with the shared area [m²]."""
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="intersects")
    area = shapely.area(shapes)
    keep = (area[a] < area[b]) | ((area[a] == area[b]) & (a > b))
    a, b = a[keep], b[keep]
    shared = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    return a[shared > 0], b[shared > 0], shared[shared > 0]


def _reasons(tags: list[dict[str, str]], shapes: NDArray[np.object_], study: Study) -> NDArray[np.object_]:
    """Why a footprint is no building; "" where it is one."""
    area = shapely.area(shapes)
    reasons = np.full(len(tags), "", dtype=object)
    for index, tag in enumerate(tags):
        kind = word(tag.get("building", ""))
        reason = building_reasons().get(kind, "")
        if area[index] <= 0:
            reasons[index] = "no_area"
        elif not tag.get("building") or ("building:part" in tag and kind in {"no", ""}):
            reasons[index] = "part_of_building"
        elif reason == "not_standing" or is_said(tag, "ruins") or "demolished:building" in tag:
            reasons[index] = "not_standing"
        elif reason == "roof_only" or word(tag.get("location", "")) == "underground":
            reasons[index] = "roof_only"
        elif area[index] < study.buildings.min_area_m2:
            reasons[index] = "too_small"
    return reasons


def _parts_alone(tags: list[dict[str, str]], shapes: NDArray[np.object_], reasons: NDArray[np.object_]) -> NDArray[np.int64]:
    """Parts of buildings whose outline nobody mapped: they stand, so they are buildings themselves."""
    parts = np.array(
        [row for row in np.flatnonzero(reasons == "part_of_building") if tags[row].get("building:part", "no") != "no"], dtype=int
    )
    outlines = np.array([row for row, tag in enumerate(tags) if tag.get("building")], dtype=int)
    part, _ = shapely.STRtree(shapes[outlines]).query(shapely.point_on_surface(shapes[parts]), predicate="intersects")
    return np.setdiff1d(parts, parts[part])


def clean_footprints(footprints: gpd.GeoDataFrame, study: Study) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Standing buildings, each piece of ground counted once.

    Parameters
    ----------
    footprints : GeoDataFrame
        Raw layer in a projected CRS.
    study : Study
        ``[buildings] min_area_m2``.

    Returns
    -------
    buildings : GeoDataFrame
        Valid polygons that overlap by no more than ``building.overlap_share`` of the smaller, with ``source``, ``tags``, ``tag_sources`` and ``flags``.
    rejected : DataFrame
        ``object_id``, ``layer``, ``reason`` of all others.
    """
    import pandas as pd

    shares = {name: study.assumed(f"building.{name}") for name in ("duplicate_share", "overlap_share")}
    original = footprints.geometry.to_numpy()
    shapes = _repaired(original)
    tags = [json.loads(text) for text in footprints["tags"]]
    sources = [json.loads(text) for text in footprints["tag_sources"]]
    reasons = _reasons(tags, shapes, study)
    flags = np.where(~shapely.is_valid(original), "geometry_repaired", "").astype(object)
    alone = _parts_alone(tags, shapes, reasons)
    reasons[alone], flags[alone] = "", "part_without_outline"
    standing = np.flatnonzero(reasons == "")
    small, large, shared = _overlaps(shapes[standing])
    area = shapely.area(shapes[standing])
    for a, b, common in zip(standing[small], standing[large], shared / area[small], strict=True):
        if reasons[a] or reasons[b]:
            continue
        if common > shares["duplicate_share"]:
            if _same_outline(shapes[a], shapes[b]):
                kept, lost = (a, b) if _described(tags[a], shapes[a]) > _described(tags[b], shapes[b]) else (b, a)
                reasons[lost] = "duplicate"
                _learn(tags, sources, kept, lost, footprints)
            else:
                reasons[a] = "inside_another"
        elif common > shares["overlap_share"]:
            shapes[a] = _largest(shapely.difference(shapes[a], shapes[b]))
            flags[a] = ";".join(filter(None, [flags[a], "overlap_cut"]))
    used_up = (reasons == "") & (shapely.area(shapes) < study.buildings.min_area_m2)
    reasons[used_up] = "inside_another"
    kept = reasons == ""
    clean = footprints[kept].copy()
    clean.geometry = shapes[kept]
    clean["flags"] = flags[kept]
    for column, told in (("tags", tags), ("tag_sources", sources)):
        clean[column] = [json.dumps(dict(sorted(told[row].items())), ensure_ascii=False) for row in np.flatnonzero(kept)]
    aside = pd.DataFrame({"object_id": footprints.index[~kept], "layer": "footprints", "reason": reasons[~kept]}, dtype="str")
    return clean, aside


def _filled(shape: shapely.Geometry) -> float:
    """Area within the outer rings, m²."""
    return float(shapely.area(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(shape)))).sum())


def _same_outline(small: shapely.Geometry, large: shapely.Geometry) -> bool:
    """Whether one building was drawn twice, be it with its court and without."""
    return _filled(small) > SAME_OUTLINE * _filled(large)


def _described(tags: dict[str, str], shape: shapely.Geometry) -> tuple[int, int]:
    """How much is told of a building: its tags, a said use and its courts."""
    said = sum(1 for key, value in tags.items() if not (key == "building" and value == "yes"))
    return said, int(shapely.get_num_interior_rings(shapely.get_parts(shape)).sum())


def _learn(tags: list[dict[str, str]], sources: list[dict[str, str]], kept: int, lost: int, footprints: gpd.GeoDataFrame) -> None:
    """Give a building what only its copy tells."""
    for key, value in tags[lost].items():
        if key not in tags[kept] or (key == "building" and tags[kept][key] == "yes"):
            tags[kept][key] = value
            origin = sources[lost].get(key, str(footprints["source"].iloc[lost]))
            if origin != str(footprints["source"].iloc[kept]):
                sources[kept][key] = origin


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    return parts[int(areas.argmax())] if len(parts) else shapely.Polygon()
