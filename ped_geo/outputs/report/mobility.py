"""Mobility in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.access import KINDS
from ped_geo.blocks import block_name
from ped_geo.figures.mobility import canopies_by_payer
from ped_geo.language import in_currency, text
from ped_geo.outputs.figures import FIGURES, written_unit

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["mobility_of_block", "mobility_part"]

ROWS = 8
SHOWN = ("reach_all", "stop_near", "charging_2050", "parking_kwp")
CARS = {
    "cars": "cars",
    "stalls": "stalls",
    "e2030": "charging_2030",
    "e2035": "charging_2035",
    "e2050": "charging_2050",
    "low": "charging_low",
    "high": "charging_high",
    "peak": "charging_peak",
    "kwp": "parking_kwp",
    "yield_": "parking_yield",
}


def _transport(results: Results, lang: str) -> str:
    day = next(iter(results.layers["timetable"]["day"]), "")
    if not day:
        return text("report.mobility.no_timetable", lang)
    return text("report.mobility.transport", lang, share=results.figures.words("transport_ab", lang), day=day)


def _canopies(results: Results, lang: str) -> list[str]:
    """What canopies over car parks cost, and whose they would be, the greatest first; nothing where nothing fits or has a price."""
    parks = results.layers["car_parks"]
    payers = [
        f"{text(f'code.{who}', lang)} {FIGURES['parking_kwp'].words(float(size), lang)} kWp"
        for who, size in canopies_by_payer(parks).items()
    ]
    if not payers or parks["canopy_investment"].isna().all():
        return []
    price = {"price": results.figures.words("parking_price", lang), "currency": in_currency("¤", lang)}
    return [text("report.mobility.canopies", lang, payers=", ".join(payers), **price)]


def _unmapped(results: Results, lang: str) -> list[str]:
    """That no map of the place has a kind at all, which then counts as missing; nothing where all kinds are mapped."""
    access = results.layers["access"]
    # distances of a kind without any goal are missing in all blocks
    kinds = [kind for kind in KINDS if access[f"{kind}_walk_m"].isna().all()]
    if not kinds or access[[f"{kind}_walk_m" for kind in KINDS]].isna().all(axis=None):
        return []
    return [text("report.mobility.unmapped", lang, kinds=", ".join(text(f"code.reach_{kind}", lang) for kind in kinds))]


def mobility_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, sentences and the table of the blocks that walk farthest; None where the run has none."""
    table, found = results.layers.get("mobility_blocks"), results.figures
    if table is None or table.empty:
        return None
    lived = results.layers["blocks"]["residents"].reindex(table.index) > 0.0
    most = table.loc[lived, "missing_kind"].mode()
    missing = text(f"code.{most.iloc[0]}" if len(most) else "code.reach_unknown", lang)
    reach = {"reach": found.words("reach_all", lang), "stop": found.words("stop_near", lang), "missing": missing}
    farthest = table[lived].sort_values(["reach_all_share", "proximity_min"], ascending=[True, False], kind="stable").index[:ROWS]
    labels = results.layers["blocks"]["label"]
    rows = [
        {
            "name": block_name(str(labels[block]), lang),
            "cells": [
                FIGURES["proximity"].words(float(table.at[block, "proximity_min"]), lang),
                *(found.words(figure, lang, scope="block", identity=block) for figure in SHOWN),
            ],
            "words": [text(f"code.{table.at[block, name]!s}", lang) for name in ("missing_kind", "transport_class")],
        }
        for block in farthest
    ]
    return {
        "title": text("report.mobility", lang),
        "sentences": [
            text("report.mobility.text", lang, **reach, transport=_transport(results, lang)),
            *_unmapped(results, lang),
            text("report.mobility.cars", lang, **{name: found.words(figure, lang) for name, figure in CARS.items()}),
            *_canopies(results, lang),
            text("report.mobility.rest", lang),
        ],
        "tables": [
            {
                "title": text("report.mobility.blocks", lang),
                "heads": [
                    {"name": FIGURES[figure].label(lang), "unit": written_unit(FIGURES[figure].unit, lang)}
                    for figure in ("proximity", *SHOWN)
                ],
                "word_heads": [text("report.mobility.missing", lang), text("report.mobility.class", lang)],
                "rows": rows,
            }
        ],
    }


def mobility_of_block(results: Results, block: str, lang: str) -> str:
    """One line of a block's passport; empty where nothing is known."""
    table, found = results.layers.get("mobility_blocks"), results.figures
    if table is None or block not in table.index:
        return ""
    row = table.loc[block]
    return text(
        "report.mobility.passport",
        lang,
        reach=found.words("reach_all", lang, scope="block", identity=block),
        missing=text(f"code.{row['missing_kind']}", lang),
        transport=text(f"code.{row['transport_class']}", lang),
        energy=found.words("charging_2050", lang, scope="block", identity=block),
    )
