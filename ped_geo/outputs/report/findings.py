"""What each picture of the report shows, in a sentence: the text that stands for it where it cannot be seen."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ped_geo.language import number, text
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, rows_of, written_unit
from ped_geo.outputs.tables import shown_variant

__all__ = ["picture_findings"]


def picture_findings(results: Results, lang: str, roadmap: dict[str, Any] | None) -> dict[str, str]:
    """
    Findings by picture.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    roadmap : dict or None
        The chapter of the roadmap, whose leading sentences are those of its charts.

    Returns
    -------
    dict
        Name of the picture → sentence; only of pictures that have something to show.
    """
    of_blocks, labels = block_figures(results), results.layers["blocks"]["label"].astype("str")
    balance = rows_of(of_blocks, "variant", shown_variant(results).key)["balance"].rename(index=labels).dropna()
    heat = rows_of(of_blocks, "variant", results.study.variants[0].key)["heat"].rename(index=labels).dropna()
    roofs = building_figures(results)["roof_yield"].dropna()
    found = {}
    if len(balance):
        counts = {"count": number(int((balance >= 0.0).sum()), lang), "of": number(len(balance), lang)}
        found["map_balance"] = text("report.finding.balance", lang, **counts, **_ends(balance, "balance", lang))
    if len(heat):
        found["map_heat"] = text("report.finding.heat", lang, **_ends(heat, "heat", lang))
    if len(roofs):
        ends = {name: _said(float(value), "roof_yield", lang) for name, value in (("low", roofs.min()), ("high", roofs.max()))}
        found["map_pv"] = text("report.finding.pv", lang, count=number(len(roofs), lang), **ends)
    return found | _year(results, lang) | _of_roadmap(roadmap)


def _said(value: float, key: str, lang: str) -> str:
    """A value with its unit, kept on one line."""
    figure = FIGURES[key]
    return f"{figure.words(value, lang)}\u00a0{written_unit(figure.unit, lang)}"


def _ends(values: pd.Series, key: str, lang: str) -> dict[str, str]:
    """Lowest and highest value of the blocks, with the blocks' names."""
    low, high = str(values.idxmin()), str(values.idxmax())
    ends = {"low": _said(float(values.min()), key, lang), "high": _said(float(values.max()), key, lang)}
    return {"lowest": low, "highest": high, **ends}


def _year(results: Results, lang: str) -> dict[str, str]:
    """What months and hours come to."""
    monthly, energy = results.layers["monthly"].loc[shown_variant(results).key], FIGURES["month_energy"]
    more = int((monthly["pv_kwh"] > monthly["use_kwh"]).sum())
    months = {
        f"{name}_month": text(f"chart.month.{int(monthly[column].idxmax())}", lang)
        for name, column in (("use", "use_kwh"), ("pv", "pv_kwh"))
    }
    peaks = {
        name: _said(float(energy.told(monthly[column]).max()), "month_energy", lang)
        for name, column in (("use", "use_kwh"), ("pv", "pv_kwh"))
    }
    net = results.layers["load_duration"]["net_kw"]
    hours = {"hours": number(int((net < 0.0).sum()), lang), "of": number(len(net), lang)}
    kilowatts = {"bought": number(max(float(net.max()), 0.0), lang), "sold": number(max(-float(net.min()), 0.0), lang)}
    return {
        "months": text("report.finding.months", lang, more=number(more, lang), **months, **peaks),
        "duration": text("report.finding.duration", lang, **hours, **kilowatts),
    }


def _of_roadmap(roadmap: dict[str, Any] | None) -> dict[str, str]:
    return {"roadmap_wedges": " ".join(roadmap["sentences"][:2])} if roadmap and roadmap["sentences"] else {}
