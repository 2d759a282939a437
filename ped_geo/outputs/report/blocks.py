"""What the report says of blocks: energy, air and money in every variant, in two tables and a passport for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.blocks import block_name
from ped_geo.language import number, text
from ped_geo.outputs.tables import variant_name

if TYPE_CHECKING:
    from ped_geo.outputs import Results
    from ped_geo.study import Variant

__all__ = ["FIGURES", "block_figures", "block_rows", "party_rows", "passport_blocks", "passports", "unit_words"]

PASSPORTS = 40  # as long as there are no more blocks each has a page; else as many as the next line says
LARGEST = 12
TABLED = 60
FIGURES = {
    "heat": ("kWh/(m²·a)", 0),
    "final": ("kWh/(m²·a)", 0),
    "primary": ("kWh/(m²·a)", 0),
    "balance": ("kWh/(m²·a)", 0),
    "pv": ("MWh/a", 0),
    "co2": ("kg/(m²·a)", 1),
    "nox": ("g/(m²·a)", 1),
    "pm10": ("g/(m²·a)", 2),
    "pm25": ("g/(m²·a)", 2),
    "investment": ("mln PLN", 2),
    "grant": ("mln PLN", 2),
    "payback": ("years", 0),
    "p_positive": ("%", 0),
}
"""Figures of a block with their unit and decimals; words stand in the catalogue as ``report.<figure>``."""
PAGES = {
    "energy": ("heat", "final", "primary", "balance", "pv", "p_positive"),
    "air": ("co2", "nox", "pm10", "pm25", "investment", "grant", "payback"),
}
"""The two tables of a passport, each with a row for every variant; titles stand in the catalogue as ``report.blocks.<table>``."""


def block_figures(results: Results) -> pd.DataFrame:
    """
    Figures of every block with heated floor in every variant.

    Returns
    -------
    DataFrame, index (``block_id``, ``variant``)
        The columns of `FIGURES`; the payback is simple, after the grant, and missing where nothing is invested or saved.
    """
    layers, study = results.layers, results.study
    area = layers["blocks"]["reference_area_m2"]
    area = area[area > 1.0]
    rows = layers["balance"][layers["balance"].index.get_level_values("block_id").isin(area.index)]
    per_area = 1.0 / rows.index.get_level_values("block_id").map(area.to_dict()).to_numpy(dtype=float)
    packages = {variant.key: variant.package for variant in study.variants}
    block = layers["buildings"]["block_id"]
    need = layers["need"]["heat_need_kwh_a"].unstack("package").groupby(block).sum().stack()
    wanted = [(name, packages[variant]) for name, variant in rows.index]
    costs = layers["variant_costs"].reindex(rows.index)
    invested, saved = costs["investment_pln"] - costs["grant_pln"], costs["saving_pln_a"]
    delivered = rows[[name for name in rows if str(name).endswith("_delivered_kwh_a")]].sum(axis=1)
    found = pd.DataFrame(
        {
            "heat": need.reindex(pd.MultiIndex.from_tuples(wanted)).to_numpy() * per_area,
            "final": (delivered + rows["pv_used_kwh_a"]) * per_area,
            "primary": rows["primary_energy_nren_kwh_a"] * per_area,
            "balance": rows["primary_energy_balance_kwh_a"] * per_area,
            "pv": rows["pv_kwh_a"] / 1e3,
            "co2": rows["co2_kg_a"] * per_area,
            **{name: rows[f"{name}_kg_a"] * per_area * 1e3 for name in ("nox", "pm10", "pm25")},
            "investment": costs["investment_pln"] / 1e6,
            "grant": costs["grant_pln"] / 1e6,
            "payback": (invested / saved).where((invested > 0) & (saved > 0)),
        },
        index=rows.index,
    )
    chances = layers.get("probabilities")
    blank = np.nan if chances is None else chances["p_positive"].rename_axis(index=["block_id", "variant"]).reindex(rows.index)
    return found.assign(p_positive=100.0 * blank)[list(FIGURES)]


def _in_order(results: Results, names: pd.Index) -> list[str]:
    """Blocks by the number that begins their label."""
    labels = results.layers["blocks"]["label"].reindex(names)
    return [str(name) for name in labels.str.extract(r"^(\d+)")[0].astype(float).sort_values(kind="stable").index]


def block_rows(results: Results, figures: pd.DataFrame, shown: Variant, lang: str) -> list[dict[str, Any]]:
    """One row for each block, of very many those with most heated floor: every figure today and in the shown variant."""
    today, after = (figures.xs(key, level="variant") for key in (results.study.variants[0].key, shown.key))
    blocks = results.layers["blocks"]
    return [
        {
            "label": block_name(str(blocks.at[name, "label"]), lang),
            "area": float(blocks.at[name, "reference_area_m2"]),
            **{figure: (float(today.at[name, figure]), float(after.at[name, figure])) for figure in FIGURES},
        }
        for name in _in_order(results, blocks["reference_area_m2"].reindex(today.index).nlargest(TABLED).index)
    ]


def passport_blocks(results: Results) -> list[str]:
    """Blocks with a page of their own: all of a small district, of a large one those with most heated floor."""
    area = results.layers["blocks"]["reference_area_m2"]
    held = area[area > 1.0]
    return _in_order(results, held.index if len(held) <= PASSPORTS else held.nlargest(LARGEST).index)


def passports(results: Results, figures: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """
    One page for each block: what stands there, and every figure in every variant.

    Parameters
    ----------
    results : Results
        The run.
    figures : DataFrame
        As `block_figures` gives them.
    lang : str
        ``pl`` or ``en``.
    """
    blocks = results.layers["blocks"]
    pv = results.layers["pv_buildings"]["capacity_kwp"].groupby(results.layers["buildings"]["block_id"]).sum()
    found = []
    for name in passport_blocks(results):
        row = blocks.loc[name]
        words = {key: number(row[column], lang) for key, column in (("buildings", "buildings"), ("residents", "residents"))}
        words |= {"area": number(row["reference_area_m2"], lang), "kwp": number(float(pv.get(name, 0.0)), lang)}
        mine = figures.loc[name].reindex([variant.key for variant in results.study.variants])
        tables = [_passport_table(results, mine, title, lang) for title in PAGES]
        found.append(
            {
                "label": block_name(str(row["label"]), lang),
                "text": text("report.passport.text", lang, **words),
                "tables": tables,
                "picture": f"block_{name}",
            }
        )
    return found


def _passport_table(results: Results, figures: pd.DataFrame, title: str, lang: str) -> dict[str, Any]:
    """One table of a passport: a column for each of its figures, a row for each variant."""
    shown = PAGES[title]
    return {
        "title": text(f"report.blocks.{title}", lang),
        "heads": [{"name": text(f"report.{figure}", lang), "unit": unit_words(FIGURES[figure][0], lang)} for figure in shown],
        "rows": [
            {
                "name": variant_name(variant, lang),
                "cells": [number(figures.at[variant.key, figure], lang, FIGURES[figure][1]) for figure in shown],
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
    return unit.replace("degC", "°C").replace("m2", "m²").replace("m3", "m³")


def party_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """Who pays and who gains in the most far-reaching variant: own money or grants once [mln PLN], bills and cost a year [1,000 PLN/a]."""
    table = results.layers.get("parties")
    if table is None:
        return []
    rows = table[(table["pays_pln"] != 0) | (table["gains_pln_a"] != 0)]
    return [
        {
            "name": text(f"finance.party.{row.party}", lang),
            "pays": float(row.pays_pln) / 1e6,
            "pays_a": float(row.pays_pln_a) / 1e3,
            "gains_a": float(row.gains_pln_a) / 1e3,
            "net_a": float(row.net_pln_a) / 1e3,
        }
        for row in rows.itertuples()
    ]
