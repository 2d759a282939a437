"""
What stands behind the decision: other ways, modules, grants, networks, data that would narrow the band, and what was left out.

Page one is read in a minute; these sentences follow it in the report, the council map and the workbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.finance import grants
from ped_geo.finance.parties import HEAT_COMPANY
from ped_geo.language import catalogue, number, text
from ped_geo.outputs.data_request import request_sentence
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.report.decision_words import bound_words, district_ways, kwh_price, millions, most_for_a_kwh, way_figures, way_name
from ped_geo.outputs.tables import shown_variant
from ped_geo.plans.grant_programmes import WORST
from ped_geo.plans.recommendation import keeps_bound
from ped_geo.plans.variant_space import REASONS

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.study import Variant

__all__ = ["decision_details", "leaves_network", "network_sentence", "programme_name", "programme_rows"]

PROGRAMMES = 3
"""Grant programmes that are named; the report's chapter of costs lists all."""
REACH = {"network": "reached", "pumps": "pumps", "boreholes": "boreholes"}
"""Shares of the heated floor that are told of a way with heat of the network."""
LEAST_CHANGE = 0.01
"""Share of today's heat of the network below which nothing is said of heat no longer sold. [-]"""


def decision_details(results: Results, lang: str) -> list[tuple[str, str]]:
    """
    Heads and sentences that follow page one, in one language.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    list of (str, str)
        What the sentence is about, and the sentence; empty where nothing is heated.
    """
    rows = district_ways(results)
    if rows is None:
        return []
    way = shown_variant(results)
    parts = {
        "ways": _other_ways(results, rows, rows.loc[way.key], lang),
        "modules": _modules(results, way, lang) if way.pv and way.places else "",
        "grants": _grants(results, lang),
        "network": "" if leaves_network(rows.loc[way.key]) else network_sentence(results, rows.loc[way.key], way, lang),
        "ask": request_sentence(results, lang),
        "left_out": _left_out(results, rows, lang),
    }
    return [(text(f"decision.head.{name}", lang), sentence) for name, sentence in parts.items() if sentence]


def _other_ways(results: Results, rows: pd.DataFrame, row: pd.Series, lang: str) -> str:
    """What cheaper and farther ways would give and cost."""
    said = []
    if not row["cheapest"] and not rows.loc[rows["cheapest"], "worthwhile"].any():
        said.append(text("decision.way.cheaper", lang, **way_figures(results, rows[rows["cheapest"]].iloc[0], lang)))
    if not row["farthest"]:
        said.append(_farther(results, row, rows[rows["farthest"]].iloc[0], lang))
    return " ".join(said)


def _farther(results: Results, row: pd.Series, far: pd.Series, lang: str) -> str:
    """What the farthest way gives and costs beyond the recommended one."""
    more = FIGURES["balance"].told(float(far["balance_kwh_m2a"] - row["balance_kwh_m2a"]))
    loss, dear = not keeps_bound(far, results.study), far["further_cost_per_kwh"] > most_for_a_kwh(results)
    kind = "_reached" if row["positive"] else "" if dear and not loss else "_loss"
    figures = {
        "variant": way_name(results, str(far.name), lang),
        "more": FIGURES["balance"].words(more, lang),
        "npv": millions(far["npv"], lang),
    }
    figures |= {"cost": kwh_price(far["further_cost_per_kwh"], lang), "most": kwh_price(most_for_a_kwh(results), lang)}
    figures["bound"] = bound_words(results, lang)
    if kind != "_loss":
        figures["spent"] = _spent(float(far["investment"] - row["investment"]), lang)
    return text(f"decision.way.farther{kind}", lang, **figures)


def _spent(amount: float, lang: str) -> str:
    """How much more or less than another a way asks to invest."""
    figure = FIGURES["investment"]
    kind = "same" if not figure.printed(figure.told(amount)) else "more" if amount > 0 else "less"
    return text(f"decision.spent.{kind}", lang, investment=millions(abs(amount), lang))


def _modules(results: Results, way: Variant, lang: str) -> str:
    """New modules on roofs and, where there are some, beyond them."""
    figures = {"roofs": "kwp"} | {place: f"{place}_kwp" for place in way.places if results.figures.value(f"{place}_kwp") > 0}
    parts = [text(f"decision.modules.{place}", lang, kwp=results.figures.words(name, lang)) for place, name in figures.items()]
    return text("decision.modules", lang, parts=", ".join(parts))


def programme_name(key: str, country: str, lang: str) -> str:
    """
    Programmes drawn together, each with its ceiling.

    Examples
    --------
    >>> programme_name("res_grant", "PL", "en")
    'Renewables grant for multi-family buildings, at most 50% of the renewables'
    """
    known = grants(country)
    names = [
        text(
            f"decision.grants.name.{known[one].base}",
            lang,
            name=text(f"finance.grant.{one}", lang) if f"finance.grant.{one}" in catalogue() else one,
            share=number(100.0 * known[one].share, lang),
        )
        for one in key.split("+")
    ]
    return " + ".join(names)


def programme_rows(results: Results, lang: str) -> list[dict[str, object]]:
    """
    Grant programmes of the recommended way, each with its ceiling, amount and how well its rate is known.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    table = results.layers.get("grant_programmes")
    return [
        {
            "name": programme_name(str(row.Index), results.study.country, lang),
            "buildings": float(row.buildings),
            "amount": FIGURES["programme_amount"].told(float(row.amount)),
            "confidence": text(f"report.confidence.{row.confidence}", lang),
        }
        for row in (() if table is None else table.itertuples())
    ]


def _grants(results: Results, lang: str) -> str:
    """The programmes that pay most, each with its ceiling, what it pays and how well its rate is known; nothing where none is drawn."""
    table, study = results.layers.get("grant_programmes"), results.study
    if table is None or table.empty:
        return ""
    table = table.sort_values("amount", ascending=False, kind="stable")
    # one that would be left alone is named too: "one more" is no shorter
    named = table if len(table) <= PROGRAMMES + 1 else table.iloc[:PROGRAMMES]
    said = [
        text(
            "decision.grants.programme",
            lang,
            name=programme_name(str(row.Index), study.country, lang),
            amount=millions(float(row.amount), lang),
            count=number(float(row.buildings), lang),
        )
        for row in named.itertuples()
    ]
    if len(named) < len(table):
        rest = table.iloc[len(named) :]["amount"].sum()
        said.append(text("decision.grants.more", lang, count=number(len(table) - len(named), lang), amount=millions(float(rest), lang)))
    least = min(table["confidence"].astype(str), key=WORST.index)
    year = f"{study.assumed('finance.base_year'):.0f}"
    return text("decision.grants", lang, programmes="; ".join(said), year=year, confidence=text(f"report.confidence.{least}", lang))


def leaves_network(row: pd.Series) -> bool:
    """Whether a way takes most of its heat from the heat network, which page one then says."""
    lost, left = float(row["network_heat_lost_kwh_a"]), float(row["network_heat_kwh_a"])
    return np.isfinite(lost) and lost > left


def network_sentence(results: Results, row: pd.Series, way: Variant, lang: str) -> str:
    """How far the heat network reaches, and what the way means to the heat company and to the electric grid."""
    lost, left = float(row["network_heat_lost_kwh_a"]), float(row["network_heat_kwh_a"])
    today, heat = lost + left, FIGURES["network_heat"]
    said = [_reach(results, way, lang)] if results.figures.printed("network_pumps", way.key) else []
    if row["network_investment"] > 0:
        said.append(_clean_network(results, row, lang))
    if np.isfinite(lost) and lost > LEAST_CHANGE * today > 0:
        sold = {name: heat.words(heat.told(amount), lang) for name, amount in (("before", today), ("after", left))}
        said += [text("decision.network.sold", lang, **sold)] if sold["before"] != sold["after"] else []
    peaks = [_peak(results, variant) for variant in (results.study.variants[0], way)]
    said.append(
        text("decision.network.peak", lang, before=FIGURES["peak_mw"].words(peaks[0], lang), after=FIGURES["peak_mw"].words(peaks[1], lang))
    )
    return " ".join(said)


def _reach(results: Results, way: Variant, lang: str) -> str:
    """How far the heat network reaches on a way that asks for its heat, and what heats the rest."""
    shown = {name: results.figures.printed(f"network_{key}", way.key) or 0.0 for name, key in REACH.items()}
    figures = {name: number(value, lang) for name, value in shown.items()}
    kind = "both" if 0.0 < shown["boreholes"] < shown["pumps"] else "ground" if shown["boreholes"] else "air"
    said = [text("decision.network.reach", lang, least=number(results.study.assumed("heat_network.reach_density"), lang, 1), **figures)]
    said.append(text(f"decision.network.beyond.{kind}", lang, **figures))
    if results.figures.printed("network_guessed"):
        said.append(text("decision.network.guessed", lang, assumed=results.figures.words("network_guessed", lang)))
    return " ".join(said)


def _clean_network(results: Results, row: pd.Series, lang: str) -> str:
    """What the heat company invests, and whether the price of its heat pays for that."""
    parties, figure = results.layers["parties"], FIGURES["party_year"]
    net = parties.loc[parties["party"] == HEAT_COMPANY, "net_a"]
    lacks = "" if net.empty else figure.words(figure.told(float(net.abs().iloc[0])), lang)
    key = "decision.network.clean" if net.empty or net.iloc[0] >= 0 else "decision.network.clean_short"
    return text(key, lang, investment=millions(row["network_investment"], lang), lacks=lacks)


def _peak(results: Results, variant: Variant) -> float:
    """Greatest import of the whole place within an hour [MW]."""
    return FIGURES["peak_mw"].told(float(results.layers["monthly"].loc[variant.key, "peak_import_kw"].max()))


def _left_out(results: Results, rows: pd.DataFrame, lang: str) -> str:
    """Ways that the place does not allow; those that another way beats are told by the table of variants."""
    said = []
    for reason in REASONS[:-1]:
        names = [way_name(results, str(key), lang) for key in rows.index[rows["left_out"] == reason]]
        if names:
            said.append(text(f"decision.left_out.{reason}", lang, variants="; ".join(names)))
    return " ".join(said)
