"""Blocks as people correct them: divided by a line, joined with a neighbour, named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from ped_geo.blocks import stable_ids

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["BLOCK_KINDS", "correct_blocks", "name_blocks"]

BLOCK_KINDS = ("block_split", "block_merge", "block_name")
LEAST_PIECE_M2 = 1.0
LEAST_BORDER_M = 0.1


def correct_blocks(blocks: gpd.GeoDataFrame, rows: pd.DataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Blocks divided by lines, then joined; the larger piece, and the block that another is joined to, keep their identifiers.

    Parameters
    ----------
    blocks : GeoDataFrame
        Polygons indexed by ``block_id``, as `ped_geo.blocks.build_blocks` cuts them.
    rows : DataFrame
        Rows of corrections: ``kind``, ``building_id`` (a block, or a point in it as WKT), ``merge_into``, ``wkt``.

    Returns
    -------
    blocks : GeoDataFrame
        They still tile the district.
    report : DataFrame
        ``building_id`` (block that is meant) and ``result`` of each row of blocks, by its index: ``matched``, ``not_found``,
        ``no_cut`` or ``not_neighbours``.
    """
    report = pd.DataFrame({"building_id": "", "result": "not_found"}, index=rows.index[rows["kind"].isin(BLOCK_KINDS)], dtype="str")
    if report.empty:
        return blocks, report
    shapes = dict(zip(blocks.index.astype("str"), blocks.geometry, strict=True))
    moved: dict[str, str] = {}
    for entry, row in rows[rows["kind"] == "block_split"].iterrows():
        report.loc[entry] = _split(shapes, str(row["wkt"]))
    for entry, row in rows[rows["kind"] == "block_merge"].iterrows():
        report.loc[entry] = _merged(shapes, moved, str(row["building_id"]), str(row["merge_into"]))
    for entry, row in rows[rows["kind"] == "block_name"].iterrows():
        block = _meant(shapes, moved, str(row["building_id"]))
        report.loc[entry] = [block, "matched" if block else "not_found"]
    index = pd.Index(sorted(shapes), dtype="str", name=blocks.index.name)
    corrected = type(blocks)(geometry=[shapes[name] for name in index], crs=blocks.crs, index=index)
    return corrected, report


def _meant(shapes: dict[str, shapely.Geometry], moved: dict[str, str], told: str) -> str:
    """The block of an identifier or of a point in it; one that was joined to another is that other."""
    while told in moved:
        told = moved[told]
    if told in shapes:
        return told
    point = shapely.from_wkt(told, on_invalid="ignore") if told.startswith("POINT") else None
    return next((name for name, shape in shapes.items() if shapely.intersects(shape, point)), "") if point is not None else ""


def _split(shapes: dict[str, shapely.Geometry], wkt: str) -> list[str]:
    """Divide the blocks that a line crosses from edge to edge."""
    line = shapely.from_wkt(wkt, on_invalid="ignore") if wkt else None
    if line is None:
        return ["", "not_found"]
    crossed = [name for name, shape in shapes.items() if shapely.intersects(shape, line)]
    cut = []
    for name in crossed:
        faces = shapely.get_parts(shapely.polygonize([shapely.union_all([shapely.boundary(shapes[name]), line])]))
        inside = shapely.intersects(shapes[name], shapely.point_on_surface(faces))
        pieces = sorted(faces[inside & (shapely.area(faces) > LEAST_PIECE_M2)], key=shapely.area, reverse=True)
        if len(pieces) < 2:
            continue
        del shapes[name]
        fresh = stable_ids(np.array(pieces[1:], dtype=object))
        shapes[name] = pieces[0]
        for identity, piece in zip(map(str, fresh), pieces[1:], strict=True):
            free = identity
            while free in shapes:
                free += "s"
            shapes[free] = piece
        cut.append(name)
    return [";".join(cut), "matched"] if cut else [";".join(crossed), "no_cut" if crossed else "not_found"]


def _merged(shapes: dict[str, shapely.Geometry], moved: dict[str, str], told: str, into: str) -> list[str]:
    own, other = _meant(shapes, moved, told), _meant(shapes, moved, into)
    if not own or not other or own == other:
        return [own, "not_found"]
    if shapely.length(shapely.intersection(shapely.boundary(shapes[own]), shapely.boundary(shapes[other]))) < LEAST_BORDER_M:
        return [own, "not_neighbours"]
    shapes[other] = shapely.union_all([shapes[own], shapes[other]])
    del shapes[own]
    moved[own] = other
    return [other, "matched"]


def name_blocks(blocks: gpd.GeoDataFrame, rows: pd.DataFrame, report: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Layer ``blocks`` with the names that people give; each keeps its number.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``.
    rows, report : DataFrame
        As `correct_blocks` takes and gives them.
    """
    named = report[(rows["kind"].reindex(report.index) == "block_name") & (report["result"] == "matched")]
    if named.empty:
        return blocks
    labels, names = blocks["label"].astype("str").copy(), dict(zip(rows.index, map(str, rows["name"]), strict=True))
    for entry, block in named["building_id"].items():
        number = re.match(r"\d+", labels[block])
        labels[block] = f"{number[0]}. {names[entry]}" if number else names[entry]
    return blocks.assign(label=labels)
