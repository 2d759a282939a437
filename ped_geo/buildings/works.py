"""States of refurbishment that a register of works tells: they go before what type and age suggest."""

from __future__ import annotations

from functools import cache

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.addresses import find_buildings, plain_words, told_by

__all__ = ["state_words", "states_told", "works_told"]


@cache
def state_words() -> dict[str, str]:
    """Word in small letters without accents → state of refurbishment."""
    table = assumptions.table("refurbishment_words")
    words = dict(zip(plain_words(table["word"]), table["refurbishment_state"].astype("str"), strict=True))
    return words | {code: code for code in schema.columns("buildings")["refurbishment_state"].values}


def works_told(rows: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """
    What each row of a register of works tells.

    Parameters
    ----------
    rows : DataFrame, shape (m, …)
        ``refurbishment_state`` (a code, or words of ``tables/refurbishment_words.csv``), and ``building_id`` or ``street`` and
        ``housenumber``.
    buildings : DataFrame, shape (n, …)
        ``street`` and ``housenumber``, indexed by ``building_id``.

    Returns
    -------
    DataFrame, shape (m, 3)
        ``building_id``, ``refurbishment_state`` (missing where unknown) and ``result``: ``matched``, ``not_found``, ``ambiguous``,
        ``unknown_state``, or ``contradicted`` where rows of one building differ and none counts.
    """
    report = find_buildings(rows, buildings).assign(refurbishment_state=plain_words(rows["refurbishment_state"]).map(state_words()))
    matched = report["result"] == "matched"
    differ = report[matched].groupby("building_id")["refurbishment_state"].transform("nunique") > 1
    report.loc[differ.index[differ], "result"] = "contradicted"
    report.loc[matched & report["refurbishment_state"].isna(), "result"] = "unknown_state"
    return report


def states_told(buildings: pd.DataFrame, registers: pd.DataFrame | None) -> pd.DataFrame:
    """State of each building that a register or a correction tells, missing for all others, and ``source``, by ``building_id``."""
    rows = registers[registers["kind"] == "works"] if registers is not None else pd.DataFrame()
    found = pd.DataFrame({"refurbishment_state": None, "source": ""}, index=buildings.index, dtype="object")
    for source, part in told_by(rows) if len(rows) else ():
        report = works_told(part, buildings)
        used = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")
        found.loc[used.index, "refurbishment_state"] = used["refurbishment_state"]
        found.loc[used.index, "source"] = source
    return found
