"""What the report says: every table as rows of plain values in one language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions, schema
from ped_geo.language import catalogue, number, text
from ped_geo.language.place import boundary_words, place_notes
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, heated_floor
from ped_geo.outputs.registers import register_sentences
from ped_geo.outputs.report.blocks import block_rows, party_rows, passports, roofs_without, unit_words
from ped_geo.outputs.report.candidates import candidate_pages, candidate_rows, closing_sentences, excluded_rows, verdict_rows, words_or
from ped_geo.outputs.report.legends import map_legends
from ped_geo.outputs.report.networks import network_page
from ped_geo.outputs.report.sharing import community_rows, level_rows
from ped_geo.outputs.tables import site_words, variant_name, weather_words
from ped_geo.outputs.themes import shown_variant
from ped_geo.remarks import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ped_geo.study import Study


__all__ = ["report_content"]

QUALITY = ("use", "storeys_above_ground", "height_m", "construction_period", "roof_shape", "refurbishment_state", "heat_supply")
# the assumptions that move the verdict most, by the sensitivity of screening studies; the district's own come first
HEADLINE = (
    "carriers.pef_electricity_pl", "carriers.pef_district_heat_krakow", "pv.system_loss", "pv.module_wp", "pv.obstacle_share_flat_low",
    "building.reference_area_share", "building.usable_share", "demand.electricity_per_dwelling_city",
    "building.t_internal", "prices.wall_etics", "prices.windows", "prices.pv_50_150_kwp", "prices.district_heat",
)  # fmt: skip
EXPLAINED = {
    "need": ("heat_need_kwh_a",),
    "balance": (
        "primary_energy_nren_kwh_a", "primary_energy_balance_kwh_a", "pv_kwh_a", "self_consumption", "self_sufficiency", "co2_kg_a", "nox_kg_a",
        "investment", "grant",
    ),
    "blocks": ("reference_area_m2", "residents", "parking_area_m2"),
    "pv_buildings": ("capacity_kwp", "annual_yield_kwh_a", "specific_yield_kwh_kwp_a"),
}  # fmt: skip
"""Columns that the glossary explains."""
KEYS = ("heat", "primary", "balance", "pv", "co2", "nox", "pm10", "investment", "grant", "payback")


def _sum(rows: pd.DataFrame, name: str) -> float:
    return float(rows[name].sum()) if name in rows else float("nan")


def _indicator(results: Results, variant: str, key: str) -> float:
    """
    An indicator of the whole district in a variant.

    What blocks deliver to each other within an hour is not bought, so that the district is less than the sum of its blocks.
    """
    return float(results.layers["kpis"]["value"][variant, key])


def _variant_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    area = heated_floor(results)
    need = results.layers["need"]["heat_need_kwh_a"].groupby(level="package").sum()
    found = []
    for variant in results.study.variants:
        rows = results.layers["balance"].xs(variant.key, level="variant")
        found.append(
            {
                "name": variant_name(variant, lang),
                "heat": float(need.get(variant.package, np.nan)) / area,
                "primary": _sum(rows, "primary_energy_nren_kwh_a") / area,
                "balance": _sum(rows, "primary_energy_balance_kwh_a") / area,
                "pv": _sum(rows, "pv_kwh_a") / 1000.0,
                "co2": _sum(rows, "co2_kg_a") / 1000.0,
                "nox": _indicator(results, variant.key, "nox_kg"),
                "pm10": _indicator(results, variant.key, "pm10_kg"),
                "investment": _sum(rows, "investment") / 1e6,
                "grant": _sum(rows, "grant") / 1e6,
                "payback": results.layers["kpis"]["value"][variant.key, "payback_a"],
            }
        )
    return found


def _scenarios(results: Results, lang: str) -> dict[str, Any]:
    table = results.layers.get("scenarios")
    if table is None:
        return {}
    area = heated_floor(results)
    sums = table["primary_energy_balance_kwh_a"].groupby(level=["variant", "year"]).sum().unstack("year") / area
    names = {variant.key: variant_name(variant, lang) for variant in results.study.variants}
    rows = [{"name": name, "cells": [float(value) for value in sums.loc[key]]} for key, name in names.items() if key in sums.index]
    return {"years": [str(year) for year in sums.columns], "rows": rows}


def _chances(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers.get("probabilities")
    if table is None:
        return []
    names = {variant.key: variant_name(variant, lang) for variant in results.study.variants}
    chance = table[table["scope"] == "district"].reset_index().set_index("variant")["p_positive"]
    rows = [{"name": name, "value": 100.0 * float(chance[key])} for key, name in names.items() if key in chance]
    # a column of zeros is one sentence
    return rows if any(row["value"] >= 1.0 for row in rows) else []


def _sensitivity(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers.get("sensitivity")
    if table is None or table.empty:
        return []
    rows = table[table["scope"] == "district"].reset_index()
    rows = rows[rows["variant"] == shown_variant(results)].nsmallest(3, "rank")
    return [
        {"name": words_or(f"uncertainty.input.{row.input}", lang, row.input), "value": float(row.variance_share) * 100.0}
        for row in rows.itertuples()
    ]


def _field_work(results: Results, lang: str) -> str:
    """Which data would help most: the years of the buildings on the list of field work."""
    visits, buildings = results.layers.get("field_work"), results.layers["buildings"]
    if visits is None or visits.empty:
        return ""
    heated = buildings[buildings["in_district"] & buildings["heated"]]
    undated = int((heated["construction_period_probability"] < 1.0).sum())
    counts = {"undated": number(undated, lang), "heated": number(len(heated), lang), "listed": number(len(visits), lang)}
    return text("report.field_work", lang, **counts, share=number(100.0 * float(visits["doubt_share"].sum()), lang))


def _quality(results: Results, lang: str) -> list[dict[str, Any]]:
    buildings = results.layers["buildings"]
    inside = buildings[buildings["in_district"]]
    declared = schema.columns("buildings")
    found = []
    for name in QUALITY:
        sources = inside[f"{name}_source"]
        guessed = sources.str.startswith("inferred")
        counts = sources[guessed].str.removeprefix("inferred: ").value_counts()
        rules = "; ".join(f"{words_or(f'rule.{rule}', lang, rule)} ({number(count, lang)})" for rule, count in counts.items())
        found.append({"name": declared[name].label(lang), "share": 100.0 * float((~guessed & (sources != "")).mean()), "rules": rules})
    return found


def _assumptions(results: Results, lang: str) -> list[dict[str, Any]]:
    study = results.study
    known = assumptions.scalars()
    keys = [*study.overrides, *(key for key in HEADLINE if key not in study.overrides)]
    found = []
    for key in keys:
        row = known[key]
        own = key in study.overrides
        digits = 0 if abs(row.value) >= 100 else 2
        low_high = f"{number(row.low, lang, digits)} – {number(row.high, lang, digits)}" if row.low < row.high else "–"
        found.append(
            {
                "name": row.meaning_pl if lang == "pl" else row.meaning_en,
                "value": number(study.assumed(key), lang, digits),
                "unit": unit_words(row.unit, lang) if row.unit != "-" else "",
                "range": low_high,
                "confidence": text("report.override", lang) if own else text(f"report.confidence.{row.confidence}", lang),
                "source": words_or(f"source.{key}", lang, row.source),
            }
        )
    return found


def _validation(results: Results, lang: str) -> list[dict[str, str]]:
    layers = results.layers
    arrays = layers["pv_arrays"]
    best = float(arrays["specific_yield_kwh_kwp_a"].max()) if len(arrays) else float("nan")
    hourly, roofs = float(layers["pv_hourly"].to_numpy(dtype="float64").sum()), float(layers["pv_buildings"]["annual_yield_kwh_a"].sum())
    # the reference yields are those of Kraków; a module makes more under more sun
    sun = float(layers["weather"]["ghi"].sum()) / 1000.0 / assumptions.scalar("climate.ghi_year").value
    low, high = sun * assumptions.scalar("pv.yield_ew10").value, sun * assumptions.scalar("pv.yield_s35").high
    cover = float(layers["blocks"].area.sum() / layers["boundary"].area.sum())
    rows = [
        ("pv", f"{number(low, lang)} – {number(high, lang)} kWh/kWp", f"{number(best, lang)} kWh/kWp"),
        ("energy", f"{number(100, lang, 2)} %", f"{number(100.0 * hourly / roofs if roofs else 100.0, lang, 2)} %"),
        ("area", f"{number(100, lang, 4)} %", f"{number(100.0 * cover, lang, 4)} %"),
    ]
    need = layers["need"]
    if "heat_need_seasonal_kwh_a" in need:
        rate = float(need["heat_need_kwh_a"].sum() / max(need["heat_need_seasonal_kwh_a"].sum(), 1e-9))
        rows.append(("hourly", f"{number(80, lang)} – {number(120, lang)} %", f"{number(100 * rate, lang)} %"))
    return [{"name": text(f"report.check.{key}", lang), "expected": expected, "found": found} for key, expected, found in rows]


def _attribution(results: Results, lang: str) -> str:
    """Who made the data, in one language where they are our own."""
    return text("report.sample", lang) if results.study.sample else str(results.provenance.get("place", {}).get("attribution", ""))


def _weather_licence(weather: Mapping[str, Any], lang: str) -> str:
    builtin = str(weather.get("source", "")).startswith("built-in")
    return text("weather.builtin.licence", lang) if builtin else str(weather.get("licence", ""))


def _place_licence(place: Mapping[str, Any], lang: str) -> str:
    """Licences of the place's sources; those that are words, not names, in the reader's language."""
    known = {words["en"]: words[lang] for key, words in catalogue().items() if key.startswith("licence.")}
    return " · ".join(known.get(part, part) for part in str(place.get("licence", "")).split(" · "))


def _sources(results: Results, lang: str) -> list[dict[str, str]]:
    place, weather = results.provenance.get("place", {}), results.provenance.get("weather", {})
    origin = str(results.layers["boundary"]["origin"].iloc[0])
    stamp = f" ({place['timestamp_osm_base']})" if place.get("timestamp_osm_base") else ""
    return [
        {"name": text("report.data", lang), "source": f"{_attribution(results, lang)}{stamp}", "licence": _place_licence(place, lang)},
        {
            "name": text("report.boundary", lang),
            "source": " ".join([boundary_words(place, origin, lang), *place_notes(place, lang)]),
            "licence": "",
        },
        {"name": text("report.weather", lang), "source": weather_words(weather)[lang], "licence": _weather_licence(weather, lang)},
        {"name": text("report.site", lang), "source": site_words(results, lang), "licence": ""},
        {"name": "TABULA / EPISCOPE", "source": "IWU, NAPE; episcope.eu", "licence": "CC BY 4.0"},
    ]


def _glossary(lang: str) -> list[dict[str, str]]:
    """Figures that the report shows, and its abbreviations; all columns of all layers stand in the workbook."""
    declared = [(column, schema.columns(layer)[column]) for layer, columns in EXPLAINED.items() for column in columns]
    rows = [
        {"name": column.label(lang), "unit": column.unit if column.unit != "-" else "", "meaning": column.meaning(lang)}
        for _, column in declared
    ]
    short = {key.removeprefix("glossary."): words[lang] for key, words in catalogue().items() if key.startswith("glossary.")}
    return rows + [{"name": name, "unit": "", "meaning": f"{meaning}."} for name, meaning in short.items()]


def _place(results: Results, lang: str) -> str:
    """What stands there, and abroad what of the figures is Polish."""
    layers = results.layers
    inside = layers["buildings"][layers["buildings"]["in_district"]]
    counts = {
        "buildings": len(inside),
        "blocks": len(layers["blocks"]),
        "area": inside["reference_area_m2"].sum(),
        "residents": inside["residents"].sum(),
        "aside": len(layers["rejected"]),
    }
    words = text("report.place.text", lang, **{key: number(value, lang) for key, value in counts.items()})
    return words if results.study.country == "PL" else f"{words} {text('report.abroad', lang)}"


def _method(study: Study, lang: str) -> str:
    """By which factors and rules the balance was drawn, in one sentence."""
    own = study.balance
    return text(
        "report.method",
        lang,
        factors=words_or(f"balance.factor_set.{own.factor_set}", lang, own.factor_set),
        k_exp=number(own.k_exp, lang, 1),
        credit=text(f"code.credit_{own.export_credit}", lang),
        boundary=words_or(f"code.{own.boundary}", lang, own.boundary),
        horizon=words_or(f"code.{own.horizon}", lang, own.horizon),
    )


def _maps(results: Results, variant: str, lang: str) -> list[tuple[str, str, str]]:
    """Key, caption and what follows it of each map."""
    key = f" ({text('report.map.key', lang)})"
    without = roofs_without(results.layers["pv_buildings"]["left_out"], lang).removesuffix(".")
    return [
        ("map_balance", text("report.map.balance", lang, variant=variant), key),
        ("map_heat", text("report.map.heat", lang), key),
        ("map_pv", text("report.map.pv", lang), f".{without}" if without else ""),
    ]


def report_content(results: Results, lang: str) -> dict[str, Any]:
    """
    Everything the template shows, in one language.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    study, layers = results.study, results.layers
    variants = _variant_rows(results, lang)
    best = max(variants, key=lambda row: row["balance"])
    heated = bool(np.isfinite(heated_floor(results)))
    shown = next(variant for variant in study.variants if variant.key == shown_variant(results))
    candidates, sentence = candidate_rows(results, lang)
    figures = block_figures(results)
    aside = layers["rejected"]["reason"].value_counts()
    judged = {
        "excluded": excluded_rows(results, lang),
        "closing": closing_sentences(results, lang),
        "definitions": verdict_rows(results, lang),
        "scenarios": _scenarios(results, lang),
        "drawn": "probabilities" in layers,
    }
    return {
        # where nothing is heated there is nothing to be judged
        **(judged if heated else dict.fromkeys(judged)),
        "title": study.title,
        "sample": study.sample,
        "verdict": {"positive": best["balance"] >= 0, "variant": best["name"], "value": abs(best["balance"])},
        "heated": heated,
        "nothing_heated": text("figure.nothing_heated", lang),
        "digits": {key: figure.digits for key, figure in FIGURES.items()},
        "candidates_sentence": sentence,
        "candidates": candidates,
        "candidate_pages": candidate_pages(results, lang),
        "sharing": level_rows(results, lang),
        "communities": community_rows(results, lang),
        "law_on": results.study.sharing.law_on.strftime("%d.%m.%Y" if lang == "pl" else "%-d %B %Y"),
        "method": _method(study, lang),
        "place": _place(results, lang),
        "remarks": [
            *sentences(layers["remarks"], lang),
            *sentences(layers["doubts"], lang),
            *register_sentences(results, lang),
        ],
        "variants": variants,
        "shown_variant": variant_name(shown, lang),
        "maps": _maps(results, variant_name(shown, lang), lang),
        "legends": map_legends(results, lang),
        "attribution": _attribution(results, lang),
        "chances": _chances(results, lang),
        "sensitivity": _sensitivity(results, lang),
        "field_work": _field_work(results, lang),
        "blocks": block_rows(results, figures, shown, lang),
        "all_blocks": figures.index.get_level_values("block_id").nunique(),
        "parties": party_rows(results, lang),
        "quality": _quality(results, lang),
        "aside": [{"name": text(f"code.{reason}", lang), "count": int(count)} for reason, count in aside.items()],
        "assumptions": _assumptions(results, lang),
        "validation": _validation(results, lang),
        "sources": _sources(results, lang),
        "glossary": _glossary(lang),
        "network": network_page(results, lang),
        "passports": passports(results, figures, lang),
    }
