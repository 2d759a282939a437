"""What became of each row of the city's tables, and the factors that metered totals ask for and got."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.language import number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.single_households import is_single_household

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["register_sentences", "write_registers"]


def register_sentences(results: Results, lang: str) -> list[str]:
    """
    One sentence for each table of the city, and one for the calibration with metered totals.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    told = []
    for file, rows in results.layers["register_report"].groupby("file", sort=False):
        counts = rows["result"].value_counts()
        parts = {name: int(counts.get(name, 0)) for name in ("matched", "ambiguous", "not_found")}
        parts |= {"of": len(rows), "rest": len(rows) - sum(parts.values())}
        told.append(text("registers.sentence", lang, file=str(file), **{name: number(count, lang) for name, count in parts.items()}))
    factors = results.layers["calibration"]
    if len(factors):
        metered = {name: len(factors[factors[f"{use}_level"] != ""]) for name, use in (("heat", "space_heat"), ("power", "electricity"))}
        shown = {name: number(count, lang) for name, count in metered.items()}
        shown |= {f"{name}_factor": results.figures.words(f"metered_{name}_factor", lang) for name in metered}
        told.append(text("registers.calibrated", lang, **shown))
    return told


def write_registers(results: Results, folder: Path) -> list[Path]:
    """
    Write ``registers.csv``, one row per row of the city's tables, and ``calibration.csv``, one row per metered building.

    Of a building with one household the first says whether its row was used, and the second nothing.

    Returns
    -------
    list of Path
        Only those that have rows.
    """
    made = []
    for name, layer, words in (
        ("registers", "register_report", ["file", "level", "asked", "said", "building_id"]),
        ("calibration", "calibration", []),
    ):
        table = results.layers.get(layer)
        if table is None:
            continue
        table = _without_households(results, table, layer)
        if table.empty:
            continue
        path = folder / f"{name}.csv"
        written = table.assign(**{word: table[word].map(safe_text) for word in words}).round(4)
        written.to_csv(path, index=layer == "calibration", lineterminator="\n")
        made.append(path)
    return made


def _without_households(results: Results, table: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Rows of which none tells where one household lives or what it burns."""
    buildings = results.layers["buildings"]
    private = buildings.index[is_single_household(buildings)]
    if layer == "calibration":
        return table[~table.index.isin(private)]
    hidden = table["building_id"].isin(private)
    return table.assign(asked=table["asked"].mask(hidden, ""), said=table["said"].mask(hidden, ""))


OUTPUTS.add("registers", Output("registers", "processed", write_registers, order=60, needs_pack=False))
