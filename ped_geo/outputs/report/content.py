"""What the report says: every table as rows of plain values in one language."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions, schema
from ped_geo.countries import pack
from ped_geo.demand.method_band import small_need_band
from ped_geo.language import catalogue, in_currency, number, spoken, text
from ped_geo.language.place import boundary_words, place_notes
from ped_geo.outputs import Results
from ped_geo.outputs.figures import COST_FIGURES, FIGURES, block_figures, is_heated, written_unit
from ped_geo.outputs.registers import register_sentences
from ped_geo.outputs.report.blocks import block_rows, party_rows, passports, roofs_without, unit_words
from ped_geo.outputs.report.candidates import candidate_pages, candidate_rows, closing_sentences, excluded_rows, verdict_rows, words_or
from ped_geo.outputs.report.decision_details import decision_details, programme_rows
from ped_geo.outputs.report.findings import picture_findings
from ped_geo.outputs.report.legends import map_legends
from ped_geo.outputs.report.networks import network_page
from ped_geo.outputs.report.page_one import page_one
from ped_geo.outputs.report.plans import plan_parts
from ped_geo.outputs.report.roadmap import roadmap_page
from ped_geo.outputs.report.sharing import community_rows, level_rows, store_sentences
from ped_geo.outputs.report.summer import summer_page
from ped_geo.outputs.source_words import INFERRED, rule_words
from ped_geo.outputs.tables import shown_variant, site_words, variant_name, weather_words
from ped_geo.remarks import sentences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ped_geo.study import Study


__all__ = ["glossary", "report_content"]

# the assumptions that move the verdict most, by the sensitivity of screening studies; the district's own come first
HEADLINE = (
    "carriers.pef_electricity", "carriers.pef_district_heat", "pv.system_loss", "pv.module_wp", "pv.obstacle_share_flat_low",
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
VARIANTS = ("heat", "primary", "balance", "pv", "co2_total", "nox_total", "pm10_total", "investment", "grant", "payback")
"""Figures of the first page's table, a row for each variant."""


def _variant_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    found = results.figures
    return [
        {"name": variant_name(variant, lang), **{figure: found.value(figure, variant.key) for figure in (*VARIANTS, *COST_FIGURES)}}
        for variant in results.study.variants
    ]


def _scenarios(results: Results, lang: str) -> dict[str, Any]:
    table = results.layers.get("outlook")
    if table is None:
        return {}
    names = {variant.key: variant_name(variant, lang) for variant in results.study.variants}
    rows = [{"name": name, "cells": table.loc[key].tolist()} for key, name in names.items() if key in table.index]
    return {"years": list(table.columns), "rows": rows}


def _chances(results: Results, lang: str) -> list[dict[str, Any]]:
    values = {variant: results.figures.value("p_positive", variant.key) for variant in results.study.variants}
    rows = [{"name": variant_name(variant, lang), "value": value} for variant, value in values.items() if np.isfinite(value)]
    # a column of zeros is one sentence
    return rows if any(row["value"] >= 1.0 for row in rows) else []


def _sensitivity(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers.get("sensitivity")
    if table is None or table.empty:
        return []
    rows = table[table["scope"] == "district"].reset_index()
    rows = rows[rows["variant"] == shown_variant(results).key].nsmallest(3, "rank")
    return [
        {
            "name": words_or(f"uncertainty.input.{row.input}", lang, row.input),
            "value": FIGURES["variance_share"].told(float(row.variance_share)),
        }
        for row in rows.itertuples()
    ]


def _field_work(results: Results, lang: str) -> str:
    """Which data would help most: the years of the buildings on the list of field work."""
    visits, found = results.layers.get("field_work"), results.figures
    if visits is None or visits.empty:
        return ""
    counts = {"undated": found.words("undated", lang), "heated": found.words("heated_buildings", lang), "listed": number(len(visits), lang)}
    return text("report.field_work", lang, **counts, share=found.words("field_work_share", lang))


def _quality(results: Results, lang: str) -> list[dict[str, Any]]:
    buildings = results.layers["buildings"]
    inside = buildings[buildings["in_district"]]
    declared = schema.columns("buildings")
    found = []
    for name, share in results.layers["attribute_sources"]["from_data"].items():
        sources = inside[f"{name}_source"]
        counts = sources[sources.str.startswith(INFERRED)].str.removeprefix(INFERRED).value_counts()
        rules = "; ".join(f"{rule_words(str(rule), lang)} ({number(count, lang)})" for rule, count in counts.items())
        found.append({"name": declared[str(name)].label(lang), "share": FIGURES["from_data"].told(share), "rules": rules})
    return found


def _assumptions(results: Results, lang: str) -> list[dict[str, Any]]:
    study = results.study
    known = assumptions.scalars(results.study.country)
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
                # words for a source are those of the home country's number
                "source": words_or(f"source.{key}", lang, row.source) if row == assumptions.scalar(key) else row.source,
            }
        )
    return found


def _validation(results: Results, lang: str) -> list[dict[str, str]]:
    told = partial(results.figures.words, lang=lang)
    rows = [
        ("pv", f"{told('yield_least_expected')} – {told('yield_most_expected')} kWh/kWp", f"{told('yield_best')} kWh/kWp"),
        ("energy", f"{number(100, lang, 2)}%", f"{told('check_energy')}%"),
        ("area", f"{number(100, lang, 4)}%", f"{told('check_area')}%"),
    ]
    if np.isfinite(results.figures.value("check_seasonal")):
        rows.append(("hourly", f"{number(80, lang)} – {number(120, lang)}%", f"{told('check_seasonal')}%"))
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


def glossary(lang: str) -> list[dict[str, str]]:
    """Figures that the report shows, and its abbreviations; all columns of all layers stand in the workbook."""
    declared = [(column, schema.columns(layer)[column]) for layer, columns in EXPLAINED.items() for column in columns]
    rows = [
        {"name": column.label(lang), "unit": written_unit(column.unit, lang), "meaning": column.meaning(lang)} for _, column in declared
    ]
    short = {
        in_currency(key.removeprefix("glossary.")).replace("2.5", number(2.5, lang, 1)): text(key, lang) for key in spoken("glossary.")
    }
    return rows + [{"name": written_unit(name, lang), "unit": "", "meaning": f"{meaning}."} for name, meaning in short.items()]


def _closed(results: Results) -> set[str]:
    """Variants that the place does not allow."""
    table = results.layers.get("recommendation")
    return set() if table is None else set(table.loc[~table["left_out"].isin(["", "dominated"]), "variant"])


def _place(results: Results, lang: str) -> str:
    """What stands there, and whether the country's pack knows grants."""
    told = {
        "buildings": "buildings",
        "blocks": "block_count",
        "area": "area",
        "residents": "residents",
        "low": "residents_low",
        "high": "residents_high",
    }
    counts = {key: results.figures.words(figure, lang) for key, figure in told.items()}
    words = text("report.place.text", lang, **counts, aside=number(len(results.layers["rejected"]), lang))
    return words if pack(results.study.country).has("grants") else f"{words} {text('report.abroad', lang)}"


def _method(study: Study, lang: str) -> str:
    """By which factors and rules the balance was drawn, and what the method of heat is known to miss."""
    own = study.balance
    small = any(variant.package == "near_zero" for variant in study.variants)
    said = text(
        "report.method",
        lang,
        factors=words_or(f"balance.factor_set.{study.factor_set}", lang, study.factor_set),
        k_exp=number(own.k_exp, lang, 1),
        credit=text(f"code.credit_{own.export_credit}", lang),
        boundary=words_or(f"code.{own.boundary}", lang, own.boundary),
    )
    if not small:
        return said
    least, most = small_need_band(study).percent
    return f"{said} {text('report.method.small_needs', lang, least=number(least, lang), most=number(most, lang))}"


def _maps(results: Results, variant: str, lang: str) -> list[tuple[str, str, str]]:
    """Key, caption and what follows it of each map."""
    key = f" ({text('report.map.key', lang)})"
    without = roofs_without(results.layers["pv_buildings"]["left_out"], lang).removesuffix(".")
    return [
        ("map_balance", text("report.map.balance", lang, variant=variant), key),
        ("map_heat", text("report.map.heat", lang), key),
        ("map_pv", text("report.map.pv", lang), f".{without}" if without else ""),
    ]


def _judged(results: Results, lang: str) -> dict[str, Any]:
    """Variants, the best of those that the place allows, and what definitions say; where nothing is heated there is nothing to be judged."""
    variants = _variant_rows(results, lang)
    open_ = {variant_name(variant, lang) for variant in results.study.variants if variant.key not in _closed(results)}
    best = max((row for row in variants if row["name"] in open_), key=lambda row: row["balance"])
    heated = is_heated(results)
    judged = {
        "excluded": excluded_rows(results, lang),
        "closing": closing_sentences(results, lang),
        "definitions": verdict_rows(results, lang),
        "scenarios": _scenarios(results, lang),
        "drawn": "probabilities" in results.layers,
    }
    return {
        **(judged if heated else dict.fromkeys(judged)),
        "verdict": {"positive": best["balance"] >= 0, "variant": best["name"], "value": abs(best["balance"])},
        "heated": heated,
        "variants": variants,
    }


def _day(day: date, lang: str) -> str:
    return text("date.day", lang, day=day.day, month=text(f"date.month.{day.month}", lang), year=day.year)


def _aside(results: Results, lang: str) -> list[dict[str, Any]]:
    """Footprints that were set aside, by the reason."""
    counts = results.layers["rejected"]["reason"].value_counts()
    return [{"name": text(f"code.{reason}", lang), "count": int(count)} for reason, count in counts.items()]


def _chapters(results: Results, lang: str) -> dict[str, Any]:
    """Chapters that stand in modules of their own; None where there is nothing to say."""
    return {
        "network": network_page(results, lang),
        "summer": summer_page(results, lang) if is_heated(results) else None,
        "roadmap": roadmap_page(results, lang),
        "plans": plan_parts(results, lang),
    }


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
    shown = shown_variant(results)
    candidates, sentence = candidate_rows(results, lang)
    figures, chapters = block_figures(results), _chapters(results, lang)
    return {
        **_judged(results, lang),
        "page_one": page_one(results, lang),
        "decision_details": decision_details(results, lang),
        "caveats": sentences(layers["caveats"], lang),
        "title": study.title,
        "sample": study.sample,
        "nothing_heated": text("figure.nothing_heated", lang),
        "digits": {key: figure.digits for key, figure in FIGURES.load().items()},
        "variant_figures": VARIANTS,
        "cost_figures": COST_FIGURES,
        "programmes": programme_rows(results, lang),
        "candidates_sentence": sentence,
        "candidates": candidates,
        "candidate_pages": candidate_pages(results, lang),
        "sharing": level_rows(results, lang),
        "stores": store_sentences(results, lang),
        "communities": community_rows(results, lang),
        "law_on": _day(results.study.sharing.law_on, lang),
        "method": _method(study, lang),
        "place": _place(results, lang),
        "remarks": [
            *sentences(layers["remarks"], lang),
            *sentences(layers["doubts"], lang),
            *register_sentences(results, lang),
        ],
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
        "aside": _aside(results, lang),
        "assumptions": _assumptions(results, lang),
        "validation": _validation(results, lang),
        "sources": _sources(results, lang),
        "glossary": glossary(lang),
        **chapters,
        "findings": picture_findings(results, lang, roadmap=chapters["roadmap"], network=chapters["network"]),
        "passports": passports(results, figures, lang),
    }
