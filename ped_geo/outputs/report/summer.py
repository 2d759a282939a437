"""What the report says of summer: how long rooms are too warm, today and in a hot year of the future, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.demand.summer_costs import measures_of_block
from ped_geo.language import number, text
from ped_geo.outputs.figures import FIGURES, written_unit
from ped_geo.outputs.heat_columns import package_words
from ped_geo.outputs.tables import shown_variant

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["summer_of_block", "summer_page"]

CLIMATES = ("today", "hot_future")
SHOWN = ("adaptive_hours_h", "fixed_hours_h", "fixed_degree_hours_kh", "cooling_need_kwh_m2a")
FIGURE_OF = {
    "adaptive_hours_h": "summer_adaptive",
    "fixed_hours_h": "summer",
    "fixed_degree_hours_kh": "summer_degree_hours",
    "cooling_need_kwh_m2a": "summer_cooling",
}
TODAY, AS_BUILT = "existing", "none"
TYPES = 12


def _cells(rows: pd.DataFrame, lang: str) -> list[str]:
    """Figures of both climates, from a table indexed by climate."""
    return [FIGURES[FIGURE_OF[name]].words(float(rows.at[climate, name]), lang) for name in SHOWN for climate in CLIMATES]


def _cost(rows: pd.DataFrame, lang: str) -> str:
    """What a measure costs, the same in both climates."""
    return FIGURES["summer_cost"].words(float(rows.at["today", "measure_cost_m2"]), lang)


def _heads(lang: str) -> list[dict[str, str]]:
    return [{"name": FIGURES[FIGURE_OF[name]].label(lang), "unit": FIGURES[FIGURE_OF[name]].unit} for name in SHOWN]


def _types(results: Results, lang: str) -> list[dict[str, Any]]:
    """The types with most floor as they stand."""
    table = results.layers["summer"].xs((TODAY, AS_BUILT), level=("package", "measure"))
    areas = table.xs("today", level="climate")["reference_area_m2"].nlargest(TYPES)
    rows = []
    for kind in areas.index:
        code, _, use = str(kind).partition("|")
        rows.append({"name": f"{code} · {text(f'code.{use}', lang)}", "cells": _cells(table.loc[kind], lang)})
    return rows


def _sentences(results: Results, totals: pd.DataFrame, lang: str) -> list[str]:
    study, told = results.study, results.figures.words
    hot = totals.xs((TODAY, "hot_future"), level=("package", "climate"))["fixed_hours_h"].drop("all")
    best = str(hot.idxmin())
    fixed = number(study.assumed("summer.fixed_limit"), lang)
    found = [text("report.summer.text", lang, fixed=fixed, today=told("summer_today", lang), future=told("summer_future", lang))]
    if best != AS_BUILT:
        words = {"before": FIGURES["summer"].words(float(hot[AS_BUILT]), lang), "after": FIGURES["summer"].words(float(hot[best]), lang)}
        found.append(text("report.summer.best", lang, measure=text(f"summer.measure.{best}", lang), **words))
    values = {
        "ach": number(study.assumed("summer.open_window_ach"), lang, 1),
        "warming": number(study.assumed("summer.future_warming"), lang, 1),
        "hot": number(study.assumed("summer.future_hot_summer"), lang, 1),
    }
    return [*found, text("report.summer.method", lang, **values)]


def summer_page(results: Results, lang: str) -> dict[str, Any] | None:
    """
    Everything that the report says of summer, in one language; None where nothing is heated.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    totals = results.layers.get("summer_totals")
    if totals is None or totals.empty or TODAY not in totals.index.get_level_values("package"):
        return None
    packages, measures = totals.index.unique("package"), list(totals.xs(TODAY, level="package").index.unique("measure"))
    order = [AS_BUILT, *(name for name in measures if name not in {AS_BUILT, "all"}), "all"]
    plain = [TODAY, *(name for name in packages if name != TODAY)]
    return {
        "sentences": _sentences(results, totals, lang),
        "climates": [text(f"summer.climate.{climate}", lang) for climate in CLIMATES],
        "heads": _heads(lang),
        "tables": [
            {
                "title": text("report.summer.measures", lang),
                "first": text("report.summer.measure", lang),
                "last": {"name": FIGURES["summer_cost"].label(lang), "unit": written_unit(FIGURES["summer_cost"].unit, lang)},
                "rows": [
                    {
                        "name": text(f"summer.measure.{name}", lang),
                        "cells": [*_cells(totals.loc[(TODAY, name)], lang), _cost(totals.loc[(TODAY, name)], lang)],
                    }
                    for name in order
                ],
            },
            {
                "title": text("report.summer.packages", lang),
                "first": text("report.summer.package", lang),
                "last": None,
                "rows": [{"name": package_words(str(name), lang), "cells": _cells(totals.loc[(name, AS_BUILT)], lang)} for name in plain],
            },
            {
                "title": text("report.summer.types", lang),
                "first": text("report.summer.type", lang),
                "last": None,
                "rows": _types(results, lang),
            },
        ],
    }


def _measures_of_block(results: Results, block: str, lang: str) -> str:
    """What each measure leaves of the hot year's hours in the buildings of a block as they stand, and what it costs."""
    buildings, kinds, types = (results.layers.get(name) for name in ("buildings", "summer_buildings", "summer"))
    if buildings is None or kinds is None or types is None:
        return ""
    unit = written_unit(FIGURES["summer_cost"].unit, lang)
    told = [
        text(
            "report.summer.passport_measure",
            lang,
            measure=text(f"summer.measure.{name}", lang),
            hours=FIGURES["summer"].words(float(hours), lang),
            cost=FIGURES["summer_cost"].words(float(cost), lang),
            unit=unit,
        )
        for name, hours, cost in measures_of_block(types, kinds["summer_type"], buildings, block).itertuples()
    ]
    return " " + text("report.summer.passport_measures", lang, measures="; ".join(told)) if told else ""


def summer_of_block(results: Results, block: str, lang: str) -> str:
    """Summer in a block's passport, and what measures do and cost; empty where its summer is not known."""
    table, package = results.layers.get("summer_blocks"), shown_variant(results).package
    if table is None or (block, package, "today") not in table.index or (block, TODAY, "today") not in table.index:
        return ""
    hours = {
        name: FIGURES["summer"].words(float(table.at[key, "fixed_hours_h"]), lang)
        for name, key in {
            "today": (block, TODAY, "today"),
            "future": (block, TODAY, "hot_future"),
            "after": (block, package, "hot_future"),
        }.items()
    }
    fixed = number(results.study.assumed("summer.fixed_limit"), lang)
    line = text("report.summer.passport", lang, fixed=fixed, package=package_words(package, lang), **hours)
    return line + _measures_of_block(results, block, lang)
