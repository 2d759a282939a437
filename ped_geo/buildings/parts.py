"""Mapped building parts speak for the building they stand in: storeys, heights and roofs, as one sees them from above."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ped_geo.buildings.attributes import Draft
from ped_geo.buildings.tags import Bounds, parse_height, parse_number
from ped_geo.buildings.words import meaning, roof_shapes
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["adopt_parts", "parts_inside"]

SOURCE = "inferred: building parts"
COVERED = 0.5
"""Share of a building that parts must cover before they speak for it."""

SPEAKING = ("part_of_building", "inside_another", "too_small")
"""Why a footprint is no building of its own and yet describes the one it lies in."""

ROOF_DETAILS = ("orientation", "direction", "angle")


def parts_inside(footprints: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, aside: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Building parts and the building that each lies in, so that parts can inform heights without being counted.

    Registers draw the storeys of a building as constructions within its outline without calling them parts, so all that lies
    inside another building counts as one.

    Returns
    -------
    GeoDataFrame
        ``row`` (number of the building), ``tags`` and what of the part lies in the building.
    """
    import geopandas as gpd

    parts = footprints.loc[aside["object_id"][aside["reason"].isin(SPEAKING)]]
    number, row = buildings.sindex.query(parts.representative_point(), predicate="within")
    shapes = shapely.make_valid(parts.geometry.to_numpy()[number])
    inside = shapely.intersection(shapes, buildings.geometry.to_numpy()[row])
    return gpd.GeoDataFrame({"row": row, "tags": parts["tags"].to_numpy()[number]}, geometry=inside, crs=footprints.crs)


def adopt_parts(draft: Draft, footprints: gpd.GeoDataFrame, clean: gpd.GeoDataFrame, aside: pd.DataFrame, study: Study) -> None:
    """
    Write what parts say into the tags of their building where the building itself says nothing, with its source.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings; changed in place.
    footprints, clean : GeoDataFrame
        Raw footprints, and the cleaned ones of `draft`.
    aside : DataFrame
        ``object_id`` and ``reason`` of the footprints that are no buildings of their own.
    study : Study
        Bounds of storeys and heights.

    Notes
    -----
    Storeys and heights are the mean over the ground, the tallest part of each spot taken; a part that stands on another one is
    therefore not counted twice. Parts speak where they cover more than half of a building.
    """
    levels = Bounds(study.assumed("building.levels_min"), study.assumed("building.levels_max"))
    heights = Bounds(study.assumed("building.height_min"), study.assumed("building.height_max"))
    rules: tuple[tuple[tuple[str, ...], Callable[[str, Bounds], tuple[float, str]], Bounds], ...] = (
        (("building:levels", "levels"), parse_number, levels),
        (("height", "building:height", "est_height"), parse_height, heights),
        (("roof:levels", "building:roof:levels"), parse_number, Bounds(0.0, 4.0)),
        (("roof:height",), parse_height, Bounds(0.0, heights.high)),
    )
    inside = parts_inside(footprints, clean, aside)
    inside["tags"] = [json.loads(text) for text in inside["tags"]]
    for row, parts in inside.groupby("row"):
        number = int(row)
        shapes, tags = parts.geometry.to_numpy(), parts["tags"].tolist()
        for keys, parse, bounds in rules:
            values = np.array([_first(tag, keys, parse, bounds) for tag in tags])
            _adopt(draft, number, keys, _seen_from_above(values, shapes, float(draft.area[number])))
        _adopt_roof(draft, number, tags, shapes)


def _first(tags: dict[str, str], keys: tuple[str, ...], parse: Callable[[str, Bounds], tuple[float, str]], bounds: Bounds) -> float:
    values = (parse(tags[key], bounds)[0] for key in keys if key in tags)
    return next((value for value in values if math.isfinite(value)), math.nan)


def _adopt(draft: Draft, row: int, keys: tuple[str, ...], value: float) -> None:
    if math.isfinite(value) and not any(key in draft.tags[row] for key in keys):
        draft.tags[row][keys[0]] = f"{value:.4g}"
        draft.tag_sources[row][keys[0]] = SOURCE


def _seen_from_above(values: NDArray[np.float64], shapes: NDArray[np.object_], area: float) -> float:
    """Mean of the parts' values over the ground they cover, the greatest of each spot; NaN where they cover too little."""
    covered: BaseGeometry = shapely.Polygon()
    total = 0.0
    for number in np.argsort(-values, kind="stable"):
        if not math.isfinite(values[number]):
            continue
        grown = covered.union(shapes[number])
        total += float(values[number]) * (grown.area - covered.area)
        covered = grown
    return total / covered.area if covered.area > COVERED * area else math.nan


def _adopt_roof(draft: Draft, row: int, tags: list[dict[str, str]], shapes: NDArray[np.object_]) -> None:
    """The roof of most of the ground, with the details of its largest part."""
    own = draft.tags[row]
    if "roof:shape" in own or "building:roof:shape" in own:
        return
    said = np.array([meaning(tag.get("roof:shape", ""), roof_shapes()).value for tag in tags], dtype=object)
    ground = shapely.area(shapes)
    if ground[said != ""].sum() <= COVERED * draft.area[row]:
        return
    shape = max(sorted(set(said[said != ""])), key=lambda name: float(ground[said == name].sum()))
    largest = int(np.where(said == shape, ground, -1.0).argmax())
    found = {"roof:shape": tags[largest]["roof:shape"]}
    found |= {f"roof:{key}": tags[largest][f"roof:{key}"] for key in ROOF_DETAILS if f"roof:{key}" in tags[largest]}
    for key, value in found.items():
        if key not in own:
            own[key] = value
            draft.tag_sources[row][key] = SOURCE
