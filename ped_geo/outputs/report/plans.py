"""What the report says of the plans beside energy: two pages, and lines of the passports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.outputs.report.green import green_of_block, green_part
from ped_geo.outputs.report.mobility import mobility_of_block, mobility_part
from ped_geo.outputs.report.public import lighting_part, public_part
from ped_geo.outputs.report.scorecard import scorecard_part

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["plan_lines", "plan_parts"]


def plan_parts(results: Results, lang: str) -> list[dict[str, Any]]:
    """
    Parts of the chapter: title, sentences, and tables with heads and rows; those that the run has.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    parts = [part(results, lang) for part in (scorecard_part, mobility_part, green_part, public_part, lighting_part)]
    return [part for part in parts if part is not None]


def plan_lines(results: Results, block: str, lang: str) -> list[str]:
    """Lines of a block's passport."""
    lines = [mobility_of_block(results, block, lang), green_of_block(results, block, lang)]
    return [line for line in lines if line]
