"""Uses that a register or field work tells: they go before a map's tags, and inform the neighbours."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.addresses import find_buildings, plain_words, told_by
from ped_geo.buildings.words import use_of_tags
from ped_geo.language import LANGUAGES, text

if TYPE_CHECKING:
    from ped_geo.buildings.attributes import Draft

__all__ = ["SOURCES", "USE_KEY", "adopt_uses", "uses_told"]

SOURCES: Final = ("register", "corrected: ")
"""How the sources begin that may tell a use in that tag."""
USE_KEY: Final = "register:use"
"""Tag of a draft that holds what a register tells; a map's own tag of that name does not count."""


@cache
def _known() -> dict[str, str]:
    """Word → use: functions of BDOT10k, kinds of EGiB, values of ``building``, codes of the layer and their names in both languages."""
    found: dict[str, str] = {}
    for name, column in (("bdot10k_functions", "function"), ("egib_kinds", "kind")):
        table = assumptions.table(name).fillna("")
        found |= dict(zip(plain_words(table[column].astype("str")), table["building"].astype("str"), strict=True))
    table = assumptions.table("osm_building_uses").fillna("")
    kinds = table.loc[table["key"] == "building", "value"].astype("str")
    found |= {kind: kind for kind in kinds}
    uses = {word: use_of_tags({"building": kind}).use for word, kind in found.items()}
    codes = schema.columns("buildings")["use"].values
    names = {name: code for code in codes for name in plain_words(pd.Series([text(f"code.{code}", lang) for lang in LANGUAGES]))}
    return {word: use for word, use in (uses | names | {code: code for code in codes}).items() if word and use}


def uses_told(rows: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """
    What each row of a register of uses tells.

    Parameters
    ----------
    rows : DataFrame, shape (m, …)
        ``use`` (a code of the layer ``buildings``, its name, a function of BDOT10k or a kind of EGiB), and ``building_id`` or ``street``
        and ``housenumber``.
    buildings : DataFrame, shape (n, …)
        ``street`` and ``housenumber``, indexed by ``building_id``.

    Returns
    -------
    DataFrame, shape (m, 3)
        ``building_id``, ``use`` (missing where unknown) and ``result``: ``matched``, ``not_found``, ``ambiguous``, ``unknown_use``, or
        ``contradicted`` where rows of one building differ and none counts.
    """
    report = find_buildings(rows, buildings).assign(use=plain_words(rows["use"]).map(_known()))
    matched = report["result"] == "matched"
    differ = report[matched].groupby("building_id")["use"].transform("nunique") > 1
    report.loc[differ.index[differ], "result"] = "contradicted"
    report.loc[matched & report["use"].isna(), "result"] = "unknown_use"
    return report


def adopt_uses(draft: Draft, ids: pd.Index, registers: pd.DataFrame) -> None:
    """
    Give the buildings the uses of registers.

    Parameters
    ----------
    draft : Draft
        Cleaned buildings; its tags are changed.
    ids : Index
        Their ``building_id``.
    registers : DataFrame
        See `ped_geo.sources.registers.register_rows`.
    """
    rows = registers[registers["kind"] == "building_uses"]
    if rows.empty:
        return
    for source, part in told_by(rows):
        report = uses_told(part, draft.addresses(ids))
        used = report[report["result"] == "matched"].drop_duplicates("building_id").set_index("building_id")["use"]
        draft.adopt(USE_KEY, source, [use if isinstance(use, str) else "" for use in used.reindex(ids)])
