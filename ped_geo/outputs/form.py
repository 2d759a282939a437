"""The workbook of a place whose country has no pack: blocks and buildings with their form and PV."""

from __future__ import annotations

from pathlib import Path

from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.tables import block_table, building_table
from ped_geo.outputs.workbook import form_workbook

__all__ = ["write_form"]


def write_form(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.xlsx`` with form and PV.

    Returns
    -------
    list of Path
        Empty where the country has a pack: the whole workbook is written then.
    """
    return [] if results.complete else form_workbook(results, block_table(results), building_table(results), folder)


OUTPUTS.add("form", Output("form", "processed", write_form, order=55, needs_pack=False))
