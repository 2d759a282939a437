"""Green, water and heat in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.blocks import block_name
from ped_geo.language import number, text
from ped_geo.outputs.block_plans import code_words
from ped_geo.outputs.figures import FIGURES, written_unit

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["green_of_block", "green_part"]

ROWS = 6
SHOWN = ("active_share", "runoff_share", "crown_share")


def green_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, sentences and the table of the warmest blocks; None where the run has no land cover."""
    table, found = results.layers.get("green_blocks"), results.figures
    if table is None or table.empty:
        return None
    percent = FIGURES["active_share"]
    words = {
        "active": found.words("active_share", lang),
        "missing": found.words("active_below", lang),
        "blocks": number(len(table), lang),
        "target": percent.words(percent.told(results.study.assumed("green.active_target")), lang),
        "canopy": found.words("crown_share", lang),
        "unknown": found.words("unmapped_share", lang),
    }
    worst = table.sort_values(["heat_island_k", "biologically_active_share"], ascending=[False, True], kind="stable").index[:ROWS]
    labels = results.layers["blocks"]["label"]
    rows = [
        {
            "name": block_name(str(labels[block]), lang),
            "cells": [found.words(figure, lang, scope="block", identity=block) for figure in SHOWN],
            "words": [
                *(text(f"code.{table.at[block, column]!s}", lang) for column in ("heat_island_step", "lcz")),
                code_words(str(table.at[block, "measures"]), "green.measure", lang),
            ],
        }
        for block in worst
    ]
    heads = [{"name": FIGURES[figure].label(lang), "unit": written_unit(FIGURES[figure].unit, lang)} for figure in SHOWN]
    return {
        "title": text("report.green", lang),
        "sentences": [text("report.green.text", lang, **words), text("report.green.method", lang)],
        "tables": [
            {
                "title": text("report.green.blocks", lang),
                "heads": heads,
                "word_heads": [text(f"report.green.{name}", lang) for name in ("warm", "zone", "help")],
                "rows": rows,
            }
        ],
    }


def green_of_block(results: Results, block: str, lang: str) -> str:
    """One line of a block's passport; empty where its ground is not known."""
    table, found = results.layers.get("green_blocks"), results.figures
    if table is None or block not in table.index:
        return ""
    row = table.loc[block]
    measures = code_words(str(row["measures"]), "green.measure", lang)
    return text(
        "report.green.passport",
        lang,
        active=found.words("active_share", lang, scope="block", identity=block),
        runoff=found.words("runoff_share", lang, scope="block", identity=block),
        zone=text(f"code.{row['lcz']}", lang),
        warm=text(f"code.{row['heat_island_step']}", lang),
        help=text("report.green.passport_help", lang, measures=measures) if measures else "",
    ).strip()
