"""What a scan says when it is done, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.language import number, text
from ped_geo.roadmap.programmes import MAIN
from ped_geo.scan.methods import method_sentence

if TYPE_CHECKING:
    from pathlib import Path

    from ped_geo.scan.finished import Scan
    from ped_geo.study import Study

__all__ = ["form_sentence", "scan_summary"]


def scan_summary(found: Scan, folder: Path, lang: str) -> dict[str, Any]:
    """
    Sentences about a scan, and the same as numbers.

    Parameters
    ----------
    found : Scan
        The finished scan.
    folder : Path
        Where its files are.
    lang : str
        ``pl`` or ``en``.
    """
    blocks, reasons = found.blocks, found.blocks["reason"].value_counts()
    positive, grouped = (int(reasons.get(name, 0)) for name in ("scan_positive", "scan_in_group"))
    places = list(dict.fromkeys(blocks["place"]))
    counts = {"places": len(places), "tiles": found.tiles, "buildings": int(blocks["buildings"].sum()), "blocks": len(blocks)}
    found_words = {
        name: number(count, lang) for name, count in (("positive", positive), ("grouped", grouped), ("candidates", len(found.candidates)))
    }
    sentences = [
        text("scan.done", lang, **{name: number(count, lang) for name, count in counts.items()}),
        *([text("scan.positive", lang, **found_words)] if any(place.complete for place in found.places) else []),
        *_bound(found, lang),
    ]
    sentences += [form_sentence(place.study, lang) for place in found.places if not place.complete]
    first = blocks.iloc[0]
    if np.isfinite(first["best_balance_kwh_m2a"]):
        told = {"label": str(first["label"]), "place": str(first["place"]), "balance": number(float(first["best_balance_kwh_m2a"]), lang)}
        sentences.append(text("scan.first_block", lang, **told))
    sentences += _totals(found, places, lang)
    sentences += [method_sentence(place, method, told, lang) for place, (method, told) in found.methods.items()]
    sentences += _roadmaps(found, lang)
    sentences += _networks(found, lang)
    sentences += [text("scan.failed", lang, tile=tile, reason=why) for tile, why in found.failed.items()]
    sentences.append(text("scan.files", lang, folder=folder))
    return {"sentences": sentences, **counts, "positive": positive, "in_groups": grouped, "failed": found.failed}


def form_sentence(study: Study, lang: str) -> str:
    """What is missing of a place whose country has no pack."""
    return text("scan.form_only", lang, place=study.title or study.name, country=study.country or text("error.unknown", lang))


def _bound(found: Scan, lang: str) -> list[str]:
    """How far candidates may be from the best ones."""
    if not len(found.candidates):
        return []
    proven = found.candidates["proven"].astype(bool)
    if proven.all():
        return [text("scan.all_proven", lang)]
    gap = float(found.candidates["gap_to_bound"].where(~proven, 0.0).fillna(0.0).max())
    return [text("scan.bound", lang, count=number(int(proven.sum()), lang), gap=f"{number(100.0 * gap, lang, 1)}%")]


def _roadmaps(found: Scan, lang: str) -> list[str]:
    """Where the main scenario leads each place."""
    rows = found.roadmap[found.roadmap["scenario"] == MAIN]
    sentences = []
    for place, years in rows.groupby(level="place", sort=False):
        tonnes = years.set_index("year")["co2_t_a"].astype("float64").to_dict()
        told = {name: number(tonnes[year], lang) for name, year in (("base", 2018), ("middle", 2030), ("end", 2050))}
        sentences.append(text("scan.roadmap", lang, place=str(place), scenario=text(f"code.{MAIN}", lang), **told))
    return sentences


def _networks(found: Scan, lang: str) -> list[str]:
    """Heat networks that were asked for, one sentence each."""
    if found.routes is None:
        return []
    sentences = []
    for row in found.routes.networks.drop(columns="geometry").to_dict("records"):
        estimated = number(float(row["linear_density_estimated_mwh_m_a"]), lang, 2)
        words = {"labels": str(row["labels"]), "place": str(row["place"]), "estimated": estimated}
        if row["feed_in"] == "no_street":
            sentences.append(text("scan.network_unrouted", lang, **words))
            continue
        told = {
            "length": (row["length_m"] / 1000.0, 2),
            "density": (row["linear_density_mwh_m_a"], 2),
            "cost": (row["distribution_cost_per_mwh"], 0),
        }
        told |= {"count": (row["connections"], 0), "dn": (row["dn_most"], 0), "investment": (row["investment"] / 1e6, 2)}
        numbers = {name: number(float(value), lang, digits) for name, (value, digits) in told.items()}
        sentences.append(text("scan.network", lang, **words, **numbers, currency=str(row["currency"])))
    return sentences


def _totals(found: Scan, places: list[str], lang: str) -> list[str]:
    sentences = []
    for place in places:
        rows = found.totals.xs(place, level="place")
        known = rows[rows["known"].notna()]
        if known.empty:
            sentences.append(text("scan.total_unknown", lang, place=place))
        for figure, row in known.iterrows():
            told = {name: number(float(row[name]), lang) for name in ("value", "known")}
            label, deviation = text(f"scan.total.{figure}", lang), number(100.0 * float(row["deviation"]), lang, 1)
            words = {"place": place, "figure": label, "source": str(row["source"]), "deviation": deviation}
            sentences.append(text("scan.total_known", lang, **told, **words))
    return sentences
