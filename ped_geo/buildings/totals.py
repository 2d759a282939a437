"""Dwellings and residents at the totals that are known: of the district file, and of the cells of a population grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["scale_to_totals"]

WHOLE = 0.99
"""Share of a cell's area within the district from which all of its people are taken to live there."""

PARTLY = 0.5
"""Share of a cell's area from which it tells something of the district; what lies mostly elsewhere does not."""

SCALED = "inferred: total of the district file"


def scale_to_totals(
    buildings: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, population: gpd.GeoDataFrame, study: Study
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Buildings with dwellings and residents that add up to the totals that are known; without any, they stay as they are.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    boundary, population : GeoDataFrame
        District, and cells with ``residents`` (NaN where hidden), in the system of the buildings.
    study : Study
        ``buildings.dwellings`` and ``buildings.residents``.

    Returns
    -------
    buildings : GeoDataFrame
    scaling : DataFrame
        One row per total: ``total`` (``dwellings``, ``grid``, ``residents``), ``by_rule`` and ``told`` (sums in the district), ``factor``,
        ``cells`` (those that scaled buildings), ``partial`` (of them, those that reach beyond the district), ``small`` (cells that lie
        mostly elsewhere), ``hidden`` (cells that tell no number) and ``empty`` (cells with people but no dwellings here).

    Notes
    -----
    A total of dwellings moves those that no tag tells, and residents with them. Then every cell of the grid gets its residents:
    cells within the district each by a factor of their own, all that reach beyond it by one, since of their people only the
    share of their area is known to live here. Cells that lie mostly elsewhere, tell no number or hold no dwellings go with
    the others. A total of residents comes last and keeps the pattern of the grid.
    """
    import pandas as pd

    buildings, rows, before = buildings.copy(), [], buildings[["dwellings", "residents"]]
    if study.buildings.dwellings is not None:
        rows.append(_scale_dwellings(buildings, study.buildings.dwellings))
    if len(population):
        rows.append(_scale_cells(buildings, boundary, population))
    if study.buildings.residents is not None:
        rows.append(_scale_residents(buildings, study.buildings.residents))
    _scale_ranges(buildings, before, {str(row["total"]) for row in rows if np.isfinite(float(str(row["factor"])))})
    columns = {"total": "str", "by_rule": "float64", "told": "float64", "factor": "float64"}
    counts = dict.fromkeys(("cells", "partial", "small", "hidden", "empty"), "int64")
    table = pd.DataFrame({name: pd.Series([row.get(name, 0) for row in rows], dtype=kind) for name, kind in (columns | counts).items()})
    return buildings, table.rename_axis("scaling")


def _scale_ranges(buildings: gpd.GeoDataFrame, before: pd.DataFrame, told: set[str]) -> None:
    """Low and high go with their value; where its total is known, nothing is left of them."""
    totals = {"dwellings": {"dwellings"}, "residents": {"residents", "grid"}}
    for name in ("dwellings", "residents"):
        value = buildings[name]
        factor = (value / before[name].where(before[name] > 0)).fillna(1.0)
        for end in ("low", "high"):
            if f"{name}_{end}" in buildings:
                buildings[f"{name}_{end}"] = value if totals[name] & told else buildings[f"{name}_{end}"] * factor


def _here(buildings: gpd.GeoDataFrame, column: str) -> float:
    return float(buildings.loc[buildings["in_district"], column].sum())


def _row(total: str, by_rule: float, told: float, **more: float) -> dict[str, object]:
    return {"total": total, "by_rule": by_rule, "told": told, "factor": told / by_rule if by_rule > 0 else float("nan"), **more}


def _scale_dwellings(buildings: gpd.GeoDataFrame, told: float) -> dict[str, object]:
    """Scale guessed dwellings so that all add up; those of tags move too where tags alone tell more, or all of them."""
    before = buildings["dwellings"].copy()
    row = _row("dwellings", _here(buildings, "dwellings"), told)
    guessed = buildings["dwellings_source"].str.startswith("inferred")
    sure = float(before[buildings["in_district"] & ~guessed].sum())
    rest = float(before[buildings["in_district"] & guessed].sum())
    kept = sure if rest > 0 and told > sure else 0.0
    moved = guessed if kept else guessed | True
    if sure + rest <= 0:
        return row
    factor = (told - kept) / (sure + rest - kept)
    buildings["dwellings"] = before.where(~moved, before * factor)
    buildings["residents"] = buildings["residents"].where(~moved, buildings["residents"] * factor)
    buildings["dwellings_source"] = buildings["dwellings_source"].where(~moved | (before == 0), SCALED)
    return row


def _scale_residents(buildings: gpd.GeoDataFrame, told: float) -> dict[str, object]:
    row = _row("residents", _here(buildings, "residents"), told)
    if row["by_rule"]:
        buildings["residents"] *= row["factor"]
    return row


def _scale_cells(buildings: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, population: gpd.GeoDataFrame) -> dict[str, object]:
    cells = population.geometry.to_numpy()
    cell = _cell_of(buildings, cells)
    shape = boundary.geometry.make_valid().union_all()
    share = shapely.area(shapely.intersection(cells, shape)) / np.maximum(shapely.area(cells), 1e-9)
    inside = buildings["in_district"].to_numpy(dtype=bool) & (cell >= 0)
    people = buildings["residents"].to_numpy(dtype=float)
    by_rule = np.bincount(cell[inside], people[inside], minlength=len(cells))
    told = population["residents"].to_numpy(dtype=float)
    near, known, lived = share >= PARTLY, np.isfinite(told), by_rule > 0
    used = near & known & lived
    wanted = np.where(used, told * np.where(share >= WHOLE, 1.0, share), 0.0)
    # cells that tell nothing of their own go with the others
    factor = np.full(len(cells), wanted.sum() / by_rule[used].sum() if used.any() else 1.0)
    factor[used] = wanted[used] / by_rule[used]
    partial = used & (share < WHOLE)
    if partial.any():
        factor[partial] = wanted[partial].sum() / by_rule[partial].sum()
    buildings["residents"] = people * np.where(cell >= 0, factor[np.maximum(cell, 0)], 1.0)
    counts = {
        "cells": int(used.sum()),
        "partial": int(partial.sum()),
        "small": int(((share > 0) & ~near).sum()),
        "hidden": int((near & ~known).sum()),
        "empty": int((near & known & (told > 0) & ~lived).sum()),
    }
    return _row("grid", float(by_rule[used].sum()), float(wanted.sum()), **counts)


def _cell_of(buildings: gpd.GeoDataFrame, cells: NDArray[np.object_]) -> NDArray[np.int64]:
    """Number of the cell in which a building's middle lies, -1 where in none."""
    found = np.full(len(buildings), -1, dtype=np.int64)
    building, cell = shapely.STRtree(cells).query(buildings.representative_point().to_numpy(), predicate="within")
    # on an edge that two cells share the first counts
    found[building[::-1]] = cell[::-1]
    return found
