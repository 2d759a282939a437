"""The tables of SECAP and NetZeroCities as CSV, the same rows as on the workbook's sheets."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.outputs import OUTPUTS, Output
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.roadmap_sheets import roadmap_sheets

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["write_roadmap_tables"]

FILES = {
    "secap": "roadmap_secap.csv",
    "netzero_b1": "roadmap_netzerocities_b1.csv",
    "netzero_b2": "roadmap_netzerocities_b2.csv",
    "netzero_b3": "roadmap_netzerocities_b3.csv",
}
"""Key of a sheet → name of its file."""


def _cell(value: object) -> object:
    """A value as a table holds it: numbers as they are, none where there is none, words that no spreadsheet takes for a formula."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return safe_text(value) if isinstance(value, str) else value


def write_roadmap_tables(results: Results, folder: Path) -> list[Path]:
    """
    Write the tables that other offices ask for, one file each; nothing where no roadmap was made.

    Returns
    -------
    list of Path
    """
    written = []
    for sheet in roadmap_sheets(results):
        if sheet.key in FILES:
            path = folder / FILES[sheet.key]
            with path.open("w", encoding="utf-8", newline="") as file:
                table = csv.writer(file, lineterminator="\n")
                table.writerow(sheet.heads)
                table.writerows([_cell(value) for value in row] for row in sheet.rows)
            written.append(path)
    return written


OUTPUTS.add("roadmap_tables", Output("roadmap_tables", "processed", write_roadmap_tables, order=36))
