"""Years of construction that a register or field work tells: they go before a map's tags, and inform the neighbours."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from ped_geo.addresses import find_buildings, told_by
from ped_geo.buildings.tags import Bounds, parse_year

if TYPE_CHECKING:
    from ped_geo.buildings.attributes import Draft
    from ped_geo.study import Study

__all__ = ["adopt_years", "years_told"]

YEAR_KEY = "start_date"


def years_told(rows: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    What each row of a register of years tells.

    Parameters
    ----------
    rows : DataFrame, shape (m, …)
        ``year``, and ``building_id`` or ``street`` and ``housenumber``.
    buildings : DataFrame, shape (n, …)
        ``street`` and ``housenumber``, indexed by ``building_id``.
    study : Study
        Bounds of a year.

    Returns
    -------
    DataFrame, shape (m, 3)
        ``building_id``, ``year`` (NaN where it is none) and ``result``: ``matched``, ``not_found``, ``ambiguous``,
        ``unreadable_year``, or ``contradicted`` where rows of one building differ and none counts.
    """
    bounds = Bounds(study.assumed("building.year_min"), study.assumed("building.year_max"))
    years = rows["year"].map(lambda text: parse_year(str(text), bounds)[0]).astype("float64")
    report = find_buildings(rows, buildings).assign(year=years)
    matched = report["result"] == "matched"
    differ = report[matched].groupby("building_id")["year"].transform("nunique") > 1
    report.loc[differ.index[differ], "result"] = "contradicted"
    report.loc[matched & report["year"].isna(), "result"] = "unreadable_year"
    return report


def adopt_years(draft: Draft, ids: pd.Index, registers: pd.DataFrame, study: Study) -> None:
    """
    Give the buildings the years of registers, as if they were tagged with them.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings; its tags are changed.
    ids : Index
        Their ``building_id``.
    registers : DataFrame
        See `ped_geo.sources.registers.register_rows`.
    study : Study
    """
    rows = registers[registers["kind"] == "years"]
    if rows.empty:
        return
    for source, part in told_by(rows):
        report = years_told(part, draft.addresses(ids), study)
        used = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")["year"]
        draft.adopt(YEAR_KEY, source, [f"{year:.0f}" if math.isfinite(year) else "" for year in used.reindex(ids)])
