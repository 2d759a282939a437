"""What the report says of blocks: energy, air and money in every variant, in two tables and a passport for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.blocks import block_name
from ped_geo.finance.grants import owners
from ped_geo.language import number, text
from ped_geo.outputs.figures import FIGURES, building_figures, has_heat, rows_of, written_unit
from ped_geo.outputs.report.plans import plan_lines
from ped_geo.outputs.report.summer import summer_of_block
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.tables import party_name, variant_name

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.study import Variant

__all__ = ["block_rows", "party_rows", "passport_blocks", "passports", "roofs_without", "unit_words"]

PASSPORTS = 40  # as long as there are no more blocks each has a page; else as many as the next line says
LARGEST = 12
TABLED = 60
LISTED = 12
"""Buildings of a passport, those with most heated floor: its page has room for no more."""
FIGURES_OF_BLOCK = (
    *("heat", "final", "primary", "balance", "pv", "p_positive"),
    *("co2", "nox", "pm10", "pm25", "investment", "grant", "payback"),
)
"""Columns of a passport's table, which has a row for every variant: energy, then air and money."""


def _in_order(results: Results, names: pd.Index) -> list[str]:
    """Blocks by the number that begins their label."""
    labels = results.layers["blocks"]["label"].reindex(names)
    return [str(name) for name in labels.str.extract(r"^(\d+)")[0].astype(float).sort_values(kind="stable").index]


def block_rows(results: Results, figures: pd.DataFrame, shown: Variant, lang: str) -> list[dict[str, Any]]:
    """One row for each block, of very many those with most heated floor: every figure today and in the shown variant."""
    today, after = (rows_of(figures, "variant", key) for key in (results.study.variants[0].key, shown.key))
    blocks = results.layers["blocks"]
    return [
        {
            "label": block_name(str(blocks.at[name, "label"]), lang),
            "area": float(blocks.at[name, "reference_area_m2"]),
            **{figure: (float(today.at[name, figure]), float(after.at[name, figure])) for figure in FIGURES_OF_BLOCK},
        }
        for name in _in_order(results, blocks["reference_area_m2"].reindex(today.index).nlargest(TABLED).index)
    ]


def passport_blocks(results: Results) -> list[str]:
    """Blocks with a page of their own: all of a small district, of a large one those with most heated floor."""
    blocks = results.layers["blocks"]
    held = blocks.loc[has_heat(blocks), "reference_area_m2"]
    return _in_order(results, held.index if len(held) <= PASSPORTS else held.nlargest(LARGEST).index)


def roofs_without(left_out: pd.Series, lang: str) -> str:
    """
    Why roofs carry no new modules, as a sentence with a space before it; empty where all do.

    Parameters
    ----------
    left_out : Series of str
        Column of the layer ``pv_buildings``.
    lang : str
        ``pl`` or ``en``.
    """
    counts = left_out[left_out.fillna("") != ""].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    reasons = "; ".join(f"{text(f'code.{reason}', lang)} ({number(count, lang)})" for reason, count in counts.items() if count)
    return f" {text('report.roofs_without', lang, reasons=reasons)}" if reasons else ""


def passports(results: Results, figures: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """
    One page for each block: what stands there, and every figure in every variant.

    Parameters
    ----------
    results : Results
        The run.
    figures : DataFrame
        As `ped_geo.outputs.figures.block_figures` gives them.
    lang : str
        ``pl`` or ``en``.
    """
    blocks = results.layers["blocks"]
    left_out = dict(iter(results.layers["pv_buildings"].groupby(results.layers["buildings"]["block_id"])["left_out"]))
    listed = _building_rows(results, lang)
    found = []
    for name in passport_blocks(results):
        row = blocks.loc[name]
        words = {key: results.figures.words(key, lang, scope="block", identity=name) for key in ("buildings", "residents", "area", "kwp")}
        mine = figures.loc[name].reindex([variant.key for variant in results.study.variants])
        found.append(
            {
                "label": block_name(str(row["label"]), lang),
                "text": text("report.passport.text", lang, **words) + (roofs_without(left_out[name], lang) if name in left_out else ""),
                "summer": summer_of_block(results, name, lang),
                "plans": plan_lines(results, name, lang),
                "table": _passport_table(results, mine, lang),
                "buildings": listed.get(name, [])[:LISTED],
                "all_buildings": len(listed.get(name, [])),
                "picture": f"block_{name}",
            }
        )
    return found


def _building_rows(results: Results, lang: str) -> dict[str, list[dict[str, Any]]]:
    """Heated buildings of each block, those with most heated floor first; houses of one household are left out."""
    buildings, told, money = results.layers["buildings"], building_figures(results), FIGURES["investment"]
    inside = buildings[buildings["in_district"] & (buildings["reference_area_m2"] > 0.0) & ~is_single_household(buildings)]
    inside = inside.sort_values("reference_area_m2", ascending=False, kind="stable")
    owner = owners(inside, results.study.country)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, row in zip(inside.index, inside[["block_id", "street", "housenumber", "use"]].astype("object").itertuples(), strict=True):
        address = " ".join(part for part in (row.street, row.housenumber) if isinstance(part, str) and part)
        found.setdefault(str(row.block_id), []).append(
            {
                "address": address or f"{text('report.building.no_address', lang)} ({name})",
                "owner": text(f"finance.party.{owner[name]}", lang),
                "use": text(f"code.{row.use}", lang),
                "heat": FIGURES["heat"].words(told.at[name, "heat"], lang),
                "works": money.words(told.at[name, "works"], lang),
                "pv": money.words(told.at[name, "modules"], lang),
            }
        )
    return found


def _passport_table(results: Results, figures: pd.DataFrame, lang: str) -> dict[str, Any]:
    """Table of a passport: a column for each figure, a row for each variant."""
    return {
        "heads": [{"name": FIGURES[figure].label(lang), "unit": unit_words(FIGURES[figure].unit, lang)} for figure in FIGURES_OF_BLOCK],
        "rows": [
            {
                "name": variant_name(variant, lang),
                "cells": [FIGURES[figure].words(figures.at[variant.key, figure], lang) for figure in FIGURES_OF_BLOCK],
            }
            for variant in results.study.variants
        ],
    }


def unit_words(unit: str, lang: str) -> str:
    """A unit as people read it: years and taxes in words, powers raised."""
    if unit == "years":
        return text("report.years", lang)
    for tax in ("net", "gross"):
        unit = unit.replace(f" {tax}", f" {text(f'report.{tax}', lang)}")
    return written_unit(unit, lang).replace("degC", "°C").replace("m2", "m²").replace("m3", "m³")


def party_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Who pays and who gains on the recommended way: own money or grants once [millions], bills and cost a year [thousands a year]."""
    table = results.layers.get("parties")
    if table is None:
        return []
    rows, once, yearly = table[(table["pays"] != 0) | (table["gains_a"] != 0)], FIGURES["party_pays"], FIGURES["party_year"]
    return [
        {
            "name": party_name(results, str(row.party), lang),
            "pays": once.told(float(row.pays)),
            **{name: yearly.told(float(getattr(row, name))) for name in ("pays_a", "gains_a", "net_a")},
        }
        for row in rows.itertuples()
    ]
