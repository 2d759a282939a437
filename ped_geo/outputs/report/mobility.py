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

ROWS = 6
SHOWN = ("reach_all", "stop_near", "charging_2050", "parking_kwp")
WORDS = {"missing": "missing_kind", "class": "transport_class"}
CARS = {
    "cars": "cars",
    "e2030": "charging_2030",
    "e2035": "charging_2035",
    "e2050": "charging_2050",
    "low": "charging_low",
    "high": "charging_high",
    "peak": "charging_peak",
}
PARKS = {"stalls": "stalls", "kwp": "parking_kwp", "yield_": "parking_yield", "specific": "parking_specific"}


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


def _parks(results: Results, lang: str) -> list[str]:
    """Stalls of the map and canopies over them, with what makes a canopy yield less than a free rack."""
    found, percent = results.figures, FIGURES["reach_all"]
    if results.layers["car_parks"].empty:
        return [text("report.mobility.no_parks", lang)]
    words = {name: found.words(figure, lang) for name, figure in PARKS.items()}
    if not found.value("parking_kwp") > 0.0:
        return [text("report.mobility.stalls", lang, stalls=words["stalls"])]
    shade = percent.words(percent.told(results.study.assumed("districts.carport_shading")), lang)
    return [text("report.mobility.parks", lang, shade=shade, **words), *_canopies(results, lang)]


def _unmapped(results: Results, lang: str) -> str:
    """Kinds that no map of the place has at all, which the layers count as missing; empty where all kinds are mapped."""
    access = results.layers["access"]
    # distances of a kind without any goal are missing in all blocks
    kinds = [kind for kind in KINDS if access[f"{kind}_walk_m"].isna().all()]
    if access[[f"{kind}_walk_m" for kind in KINDS]].isna().all(axis=None):
        return ""
    return ", ".join(text(f"code.reach_{kind}", lang) for kind in kinds)


def _reach(results: Results, lang: str, missing: str) -> str:
    """Who has everything on foot; of a kind that is on no map, nothing is told."""
    found, transport, kinds = results.figures, _transport(results, lang), _unmapped(results, lang)
    if kinds:
        return text("report.mobility.unmapped", lang, kinds=kinds, transport=transport)
    shares = {"reach": found.words("reach_all", lang), "stop": found.words("stop_near", lang)}
    return text("report.mobility.text", lang, missing=missing, transport=transport, **shares)


def mobility_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, sentences and the table of the blocks that walk farthest; None where the run has none."""
    table, found = results.layers.get("mobility_blocks"), results.figures
    if table is None or table.empty:
        return None
    lived = results.layers["blocks"]["residents"].reindex(table.index) > 0.0
    most = table.loc[lived, "missing_kind"].mode()
    missing = text(f"code.{most.iloc[0]}" if len(most) else "code.reach_unknown", lang)
    farthest = table[lived].sort_values(["reach_all_share", "proximity_min"], ascending=[True, False], kind="stable").index[:ROWS]
    labels = results.layers["blocks"]["label"]

    def cell(figure: str, block: str) -> str:
        return found.words(figure, lang, scope="block", identity=block)

    # what all blocks have alike stands in the sentences
    words = [name for name, column in WORDS.items() if table.loc[lived, column].nunique() > 1]
    shown = [figure for figure in SHOWN if len({cell(figure, block) for block in table.index[lived]}) > 1]
    rows = [
        {
            "name": block_name(str(labels[block]), lang),
            "cells": [
                FIGURES["proximity"].words(float(table.at[block, "proximity_min"]), lang),
                *(cell(figure, block) for figure in shown),
            ],
            "words": [text(f"code.{table.at[block, WORDS[name]]!s}", lang) for name in words],
        }
        for block in farthest
    ]
    return {
        "title": text("report.mobility", lang),
        "sentences": [
            _reach(results, lang, missing),
            text("report.mobility.cars", lang, **{name: found.words(figure, lang) for name, figure in CARS.items()}),
            *_parks(results, lang),
            text("report.mobility.rest", lang),
        ],
        "tables": [
            {
                # where all have the same share, the walks alone tell blocks apart
                "title": text("report.mobility.blocks" if "reach_all" in shown else "report.mobility.walks", lang),
                "heads": [
                    {"name": FIGURES[figure].label(lang), "unit": written_unit(FIGURES[figure].unit, lang)}
                    for figure in ("proximity", *shown)
                ],
                "word_heads": [text(f"report.mobility.{name}", lang) for name in words],
                "rows": rows,
            }
        ],
    }


def mobility_of_block(results: Results, block: str, lang: str) -> str:
    """One line of a block's passport; empty where nothing is known."""
    table, found = results.layers.get("mobility_blocks"), results.figures
    if table is None or block not in table.index:
        return ""
    row, kinds = table.loc[block], _unmapped(results, lang)
    words = {
        "transport": text(f"code.{row['transport_class']}", lang),
        "energy": found.words("charging_2050", lang, scope="block", identity=block),
    }
    if kinds:
        return text("report.mobility.passport_unmapped", lang, kinds=kinds, **words)
    reach = found.words("reach_all", lang, scope="block", identity=block)
    return text("report.mobility.passport", lang, reach=reach, missing=text(f"code.{row['missing_kind']}", lang), **words)
