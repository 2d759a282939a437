"""Public buildings and street lighting in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.language import text
from ped_geo.outputs.figures import FIGURES, written_unit

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["lighting_part", "public_part"]

TOLD = {
    "count": "public_count",
    "floor": "public_floor",
    "assumed": "public_guessed",
    "heat": "public_heat",
    "power": "public_power",
    "audit": "public_audit",
    "kwp": "public_kwp",
    "own": "public_own_use",
    "shared": "public_shared_use",
}
DUTIES = {"duty_floor": "renovated_m2", "duty_energy": "energy_fall_mwh_a", "duty_solar": "solar_kwp"}
SHOWN_YEARS = (2026, 2028, 2030, 2035)
LAMPS = {"luminaires": "luminaires", "lighting": "energy_today_mwh_a"}


def _head(figure: str, lang: str) -> dict[str, str]:
    return {"name": FIGURES[figure].label(lang), "unit": written_unit(FIGURES[figure].unit, lang)}


def public_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, sentences and the duties by year; None where nothing is public."""
    table, found = results.layers.get("public_buildings"), results.figures
    if table is None or table.empty:
        return None
    due = results.layers["public_duties"]
    rows = [
        {
            "name": str(year),
            "cells": [
                *(FIGURES[figure].words(float(due.at[year, column]), lang) for figure, column in DUTIES.items()),
                str(int(due.at[year, "solar_buildings"])),
            ],
            "words": [],
        }
        for year in SHOWN_YEARS
    ]
    heads = [*(_head(figure, lang) for figure in DUTIES), {"name": text("report.public.due_solar", lang), "unit": ""}]
    return {
        "title": text("report.public", lang),
        "sentences": [
            text("report.public.text", lang, **{name: found.words(figure, lang) for name, figure in TOLD.items()}),
            text("report.public.law", lang),
        ],
        "tables": [{"title": text("report.public.duties", lang), "heads": heads, "word_heads": [], "rows": rows}],
    }


def lighting_part(results: Results, lang: str) -> dict[str, Any] | None:
    """Title, sentences and luminaires by class of street; None where no street is lit."""
    table, found = results.layers.get("street_lighting_classes"), results.figures
    if table is None or not found.value("luminaires") > 0.0:
        return None
    price = FIGURES["lighting_price"]
    words = {
        "count": found.words("luminaires", lang),
        "today": found.words("lighting_today", lang),
        "led": found.words("lighting_led", lang),
        "dimmed": found.words("lighting_dimmed", lang),
        "price": f"{found.words('lighting_price', lang)} {written_unit(price.unit, lang)}",
        "payback": text("report.lighting.years", lang, years=found.words("lighting_payback", lang)),
        "primary": found.words("lighting_primary", lang),
    }
    rows = [
        {
            "name": text(f"code.{name}", lang),
            "cells": [FIGURES[figure].words(float(table.at[name, column]), lang) for figure, column in LAMPS.items()],
            "words": [],
        }
        for name in table.index[table["luminaires"] > 0.0]
    ]
    heads = [_head(figure, lang) for figure in LAMPS]
    return {
        "title": text("report.lighting", lang),
        "sentences": [text("report.lighting.text", lang, **words)],
        "tables": [{"title": text("report.lighting.classes", lang), "heads": heads, "word_heads": [], "rows": rows}],
    }
