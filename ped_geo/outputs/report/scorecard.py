"""The scorecard of blocks in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.blocks import block_name
from ped_geo.language import number, text
from ped_geo.outputs.figures import FIGURES
from ped_geo.scorecard import PARTS

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["scorecard_part"]

ROWS = 8


def scorecard_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, a sentence with the weights, and the blocks that ask most; None where there is no scorecard."""
    table = results.layers.get("scorecard")
    if table is None or table.empty:
        return None
    names = {part: text(f"scorecard.part.{part}", lang) for part in PARTS}
    weights = ", ".join(f"{names[part]} {number(results.study.assumed(f'scorecard.{part}'), lang)}" for part in PARTS)
    labels = results.layers["blocks"]["label"]
    rows = [
        {
            "name": block_name(str(labels[block]), lang),
            "cells": [
                *(FIGURES["asking_step"].words(float(table.at[block, f"{part}_step"]), lang) for part in PARTS),
                FIGURES["priority"].words(float(table.at[block, "priority"]), lang),
            ],
            "words": [str(table.at[block, f"reason_{lang}"])],
        }
        for block in table["priority"].dropna().sort_values(ascending=False, kind="stable").index[:ROWS]
    ]
    heads = [{"name": name, "unit": ""} for name in (*names.values(), FIGURES["priority"].label(lang))]
    return {
        "title": text("report.scorecard", lang),
        "sentences": [text("report.scorecard.text", lang, weights=weights)],
        "tables": [
            {
                "title": text("report.scorecard.blocks", lang),
                "heads": heads,
                "word_heads": [text("report.scorecard.why", lang)],
                "rows": rows,
            }
        ],
    }
