"""What people correct of single buildings beside what registers tell: storeys, the heated share, and what is no building."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.addresses import find_buildings, told_by
from ped_geo.buildings.tags import Bounds, parse_number

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.buildings.attributes import Draft
    from ped_geo.study import Study

__all__ = ["EXCLUDED", "adopt_storeys", "heated_shares", "shares_told", "storeys_told", "without_excluded"]

EXCLUDED = "excluded_by_correction"
LEVELS_KEY = "building:levels"


def storeys_told(rows: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    What each row tells of storeys above ground.

    Parameters
    ----------
    rows : DataFrame, shape (m, …)
        ``storeys``, as told, and ``building_id``.
    buildings : DataFrame, shape (n, …)
        ``street`` and ``housenumber``, indexed by ``building_id``.
    study : Study
        Bounds of the number.

    Returns
    -------
    DataFrame, shape (m, 3)
        ``building_id``, ``storeys`` (NaN where it is none) and ``result``: as of `ped_geo.buildings.years.years_told`, or
        ``unreadable_storeys``.
    """
    bounds = Bounds(study.assumed("building.levels_min"), study.assumed("building.levels_max"))
    return _numbers(rows, buildings, "storeys", bounds)


def shares_told(rows: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """
    What each row tells of the heated share of a building's floor [0-1].

    Returns
    -------
    DataFrame, shape (m, 3)
        ``building_id``, ``heated_share`` and ``result``, which may be ``unreadable_heated_share``.
    """
    return _numbers(rows, buildings, "heated_share", Bounds(0.0, 1.0))


def _numbers(rows: pd.DataFrame, buildings: pd.DataFrame, column: str, bounds: Bounds) -> pd.DataFrame:
    numbers = rows[column].map(lambda text: parse_number(str(text), bounds)[0]).astype("float64")
    report = find_buildings(rows[["building_id"]], buildings).assign(**{column: numbers})
    matched = report["result"] == "matched"
    differ = report[matched].groupby("building_id")[column].transform("nunique") > 1
    report.loc[differ.index[differ], "result"] = "contradicted"
    report.loc[matched & numbers.isna(), "result"] = f"unreadable_{column}"
    return report


def _used(report: pd.DataFrame, column: str, ids: pd.Index) -> NDArray[np.float64]:
    used = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")[column]
    return used.reindex(ids).to_numpy(dtype="float64")


def adopt_storeys(draft: Draft, ids: pd.Index, registers: pd.DataFrame, study: Study) -> None:
    """
    Give the buildings the storeys that corrections tell, as if they were tagged with them.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings; its tags are changed.
    ids : Index
        Their ``building_id``.
    registers : DataFrame
        Rows of registers and corrections.
    study : Study
    """
    for source, part in told_by(registers[registers["kind"] == "storeys"]):
        told = _used(storeys_told(part, draft.addresses(ids), study), "storeys", ids)
        draft.adopt(LEVELS_KEY, source, [f"{number:g}" if np.isfinite(number) else "" for number in told])


def heated_shares(draft: Draft, ids: pd.Index, registers: pd.DataFrame | None) -> NDArray[np.float64]:
    """Heated share of the floor that corrections tell, 1 where none does. [0-1]."""
    shares = np.ones(len(ids))
    if registers is None:
        return shares
    for _, part in told_by(registers[registers["kind"] == "heated_share"]):
        told = _used(shares_told(part, draft.addresses(ids)), "heated_share", ids)
        shares = np.where(np.isfinite(told), told, shares)
    return shares


def without_excluded(clean: gpd.GeoDataFrame, aside: pd.DataFrame, registers: pd.DataFrame | None) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Cleaned footprints without those that a correction says are none, which are set aside with that reason."""
    if registers is None:
        return clean, aside
    out = clean.index.isin(registers.loc[registers["kind"] == "exclude", "building_id"])
    if not out.any():
        return clean, aside
    told = pd.DataFrame({"object_id": clean.index[out], "layer": "footprints", "reason": EXCLUDED}, dtype="str")
    return clean[~out], pd.concat([aside, told], ignore_index=True)
