"""
The decision on one page: verdict with its chance, recommended way, where to start, money, CO₂, quick wins, next step, data.

It is read in a minute; what stands behind it follows in `decision_details`. The same sentences open the report, the council map, the
workbook and the console. Nothing is worked out here: numbers are those of the layers ``recommendation``, ``ranking``, ``parties``,
``abatement`` and ``probabilities``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ped_geo._version import __version__
from ped_geo.blocks import block_name
from ped_geo.countries import pack
from ped_geo.language import catalogue, number, text
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.report.candidates import groups_sentence
from ped_geo.outputs.report.decision_details import leaves_network, network_sentence
from ped_geo.outputs.report.decision_words import (
    balance_words,
    bound_words,
    district_ways,
    kwh_price,
    millions,
    most_for_a_kwh,
    way_figures,
    way_name,
)
from ped_geo.outputs.tables import distinct_candidates, party_name, shown_variant, variant_name
from ped_geo.plans import quick_wins
from ped_geo.plans.recommendation import DISTRICT, QUICK_A, keeps_bound

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.study import Study, Variant

__all__ = ["block_address", "page_one", "starting_blocks"]

FIRST = 3
"""Blocks that are named as the start."""
NUMBERS = 4
"""House numbers that are named of a block."""
WINS = 4
"""Quick wins that are named."""


def page_one(results: Results, lang: str) -> list[tuple[str, str]]:
    """
    Heads and sentences of the first page, in one language.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    list of (str, str)
        What the sentence is about, and the sentence; the verdict alone where nothing is heated.
    """
    rows = district_ways(results)
    if rows is None:
        return [(text("decision.head.verdict", lang), text("figure.nothing_heated", lang))]
    way = shown_variant(results)
    parts = {
        "verdict": _verdict(results, rows, rows.loc[way.key], lang),
        "way": _way(results, rows, way, lang),
        "start": _start(results, way, lang),
        "money": _money(rows.loc[way.key], lang),
        "payers": _payers(results, lang),
        "co2": _co2(rows.loc[results.study.variants[0].key], rows.loc[way.key], lang),
        "network": network_sentence(results, rows.loc[way.key], way, lang) if leaves_network(rows.loc[way.key]) else "",
        "wins": _wins(results, lang),
        "groups": groups_sentence(results, lang) or text("decision.groups.none", lang),
        "next": _next(results, rows.loc[way.key], way, lang),
        "data": _data(results, lang),
    }
    # an ellipsis ends a sentence by itself
    return [(text(f"decision.head.{name}", lang), sentence.replace("….", "…")) for name, sentence in parts.items() if sentence]


def _chance_words(results: Results, variant: str, lang: str) -> str:
    table = results.layers.get("probabilities")
    rows = None if table is None else table[table["scope"] == DISTRICT].xs(variant, level="variant")["p_positive"]
    if rows is None or rows.empty or not np.isfinite(rows.iloc[0]):
        return ""
    figure = FIGURES["p_positive"]
    chance = figure.told(float(rows.iloc[0]))
    kind = figure.beyond(chance) or "about"
    return text(f"decision.chance.{kind}", lang, chance=figure.words(chance, lang))


def _balance(row: pd.Series, lang: str) -> str:
    return FIGURES["balance"].words(abs(row["balance_kwh_m2a"]), lang)


def _verdict(results: Results, rows: pd.DataFrame, way: pd.Series, lang: str) -> str:
    """Of the recommended way, which reaches the goal if any does, so that verdict, chance and money are those of one way; else of the farthest."""
    row = way if way["positive"] else rows[rows["farthest"]].iloc[0]
    said = {"value": _balance(row, lang), "chance": _chance_words(results, str(row.name), lang)}
    if way["positive"]:
        return text("decision.verdict.yes", lang, **said)
    return text("decision.verdict.no", lang, variant=way_name(results, str(row.name), lang), **said)


def _way(results: Results, rows: pd.DataFrame, way: Variant, lang: str) -> str:
    """The recommended way, why it is, and what its last step to the goal costs."""
    row, bound = rows.loc[way.key], results.study.finance.least_npv_per_m2
    why = "reaches" if row["positive"] else "nearest" if keeps_bound(row, results.study) else "cheapest"
    if why == "nearest" and row["cheapest"] and row["farthest"]:
        why = "nearest_both"
    elif why == "nearest" and bound == 0:
        why = f"nearest_{'cheapest' if row['cheapest'] else 'paying'}"
    reason = text(f"decision.way.{why}", lang, bound=number(bound, lang), most=kwh_price(most_for_a_kwh(results), lang))
    said = [text("decision.way", lang, variant=variant_name(way, lang), why=reason, balance=balance_words(row, lang))]
    said += [_step(results, rows, row, lang)] if np.isfinite(row["step_cost_per_kwh"]) else []
    return " ".join(said)


def _step(results: Results, rows: pd.DataFrame, row: pd.Series, lang: str) -> str:
    """What the last step to the goal costs, from the way that would be advised without it, and whether that is dear."""
    near, cost, most = rows[rows["worthwhile"]].iloc[0], row["step_cost_per_kwh"], most_for_a_kwh(results)
    prices = {"cost": kwh_price(cost, lang), "most": kwh_price(most, lang), "bound": bound_words(results, lang)}
    return text(f"decision.way.step_{'dear' if cost > most else 'fair'}", lang, **prices, **way_figures(results, near, lang))


def block_address(results: Results, block: str, lang: str) -> str:
    """
    Name of a block as maps and tables have it, with its most frequent address; the name alone where no building has one.

    Parameters
    ----------
    results : Results
        The run.
    block : str
        ``block_id``.
    lang : str
        ``pl`` or ``en``.
    """
    name = block_name(str(results.layers["blocks"].at[block, "label"]), lang)
    buildings = results.layers["buildings"]
    known = buildings[(buildings["block_id"] == block) & (buildings["street"].fillna("") != "")]
    if known.empty:
        return name
    street = str(known["street"].value_counts().sort_index().idxmax())
    numbers = {str(one) for one in known.loc[known["street"] == street, "housenumber"].fillna("") if str(one)}
    ordered = sorted(numbers, key=lambda one: (int(re.sub(r"\D.*", "", one) or 0), one))
    more = "…" if len(ordered) > NUMBERS else ""
    listed = f"{', '.join(ordered[:NUMBERS])}{more}"
    # the name is that of maps and tables; an address of another street stands beside it
    return f"{name} {listed}".rstrip() if name.endswith(f" {street}") else f"{name} ({f'{street} {listed}'.rstrip()})"


def starting_blocks(results: Results, way: Variant) -> list[str]:
    """
    Blocks to start with: those of the first advised candidate, then all; the most present value first, so that gains pay for the rest.

    Parameters
    ----------
    results : Results
        The run.
    way : Variant
        The recommended way.
    """
    costs, blocks = results.layers["variant_costs"], results.layers["blocks"]
    value = costs.xs(way.key, level="variant")["npv"]
    value = value[(blocks["reference_area_m2"].reindex(value.index) > 0) & (costs.xs(way.key, level="variant")["investment"] > 0)]
    advised = _advised(results)
    if advised:
        first = value.index.isin(str(results.layers["candidates"].at[advised, "blocks"]).split(";"))
    else:
        first = np.zeros(len(value), dtype=bool)
    order = np.lexsort((-value.to_numpy(float), ~first))
    return [str(name) for name in value.index[order[:FIRST]]]


def _start(results: Results, way: Variant, lang: str) -> str:
    blocks = starting_blocks(results, way)
    key = "decision.start" if _advised(results) else "decision.start.worth"
    return text(key, lang, blocks="; ".join(block_address(results, block, lang) for block in blocks)) if blocks else ""


def _advised(results: Results) -> str:
    """First candidate, if it is advised; empty if none is."""
    ranked, names = results.layers.get("ranking"), list(distinct_candidates(results))
    return names[0] if names and ranked is not None and names[0] in ranked.index and ranked.at[names[0], "advised"] else ""


def _money(row: pd.Series, lang: str) -> str:
    if not row["investment"] > 0:
        return text("decision.money.none", lang)
    figures = {name: millions(row[name], lang) for name in ("investment", "grant", "npv")}
    years = FIGURES["payback"].words(row["payback_a"], lang)
    back = np.isfinite(row["payback_a"])
    if not row["grant"] > 0:
        return text("decision.money.no_grants" if back else "decision.money.no_grants_never", lang, years=years, **figures)
    return text("decision.money" if back else "decision.money.never", lang, years=years, **figures)


def _payers(results: Results, lang: str) -> str:
    table = results.layers.get("parties")
    rows = None if table is None else table[table["pays"] > 0].sort_values("pays", ascending=False, kind="stable")
    if rows is None or rows.empty:
        return ""
    said = [
        text("decision.payer", lang, name=party_name(results, str(row.party), lang), amount=millions(float(row.pays), lang))
        for row in rows.itertuples()
        if FIGURES["investment"].printed(FIGURES["investment"].told(float(row.pays)))
    ]
    return "; ".join(said) + "." if said else ""


def _co2(today: pd.Series, row: pd.Series, lang: str) -> str:
    if not np.isfinite(row["co2_change"]):
        return ""
    change, mass = FIGURES["co2_change"], FIGURES["co2_year"]
    before, after = (mass.words(mass.told(float(one["co2_kg_a"])), lang) for one in (today, row))
    key = "decision.co2" if row["co2_change"] > -1.0 else "decision.co2.below"
    return text(key, lang, share=change.words(change.told(float(row["co2_change"])), lang), before=before, after=after)


def _wins(results: Results, lang: str) -> str:
    table = results.layers.get("abatement")
    rows = None if table is None else quick_wins(table)
    if rows is None or rows.empty:
        return text("decision.wins.none", lang, years=number(QUICK_A, lang))
    rows = rows.iloc[:WINS]
    names = [
        text("decision.win", lang, name=_action(str(row.action), lang), amount=millions(float(row.investment), lang))
        for row in rows.itertuples()
    ]
    saved = number(rows["co2_saving_t_a"].sum(), lang)
    return text("decision.wins", lang, names=", ".join(names), co2=saved, years=number(QUICK_A, lang))


def _action(action: str, lang: str) -> str:
    keys = (f"retrofit.part.{action}", f"finance.action.{action}", f"variant.supply.{action}", f"code.{action}")
    name = next((text(key, lang) for key in keys if key in catalogue()), action)
    return name[:1].lower() + name[1:]


def _next(results: Results, row: pd.Series, way: Variant, lang: str) -> str:
    from ped_geo.finance import owners

    blocks = starting_blocks(results, way)
    said = []
    if blocks:
        buildings = results.layers["buildings"]
        mine = buildings[buildings["block_id"] == blocks[0]]
        floor = mine["reference_area_m2"].groupby(owners(mine, results.study.country).to_numpy()).sum()
        owner = text(f"finance.party.{floor.idxmax()}", lang)
        kind = "audit" if way.package != "existing" else "roofs"
        said.append(text(f"decision.next.{kind}", lang, block=block_address(results, blocks[0], lang), owner=owner))
    if row["network_investment"] > 0:
        said.append(text("decision.next.network", lang))
    return " ".join(said) or text("decision.next.none", lang)


def _data(results: Results, lang: str) -> str:
    stamp = str(results.provenance.get("place", {}).get("timestamp_osm_base", "") or "")[:10]
    dated = text("decision.data.dated", lang, date=stamp) if stamp else text("decision.data.undated", lang)
    return " ".join(
        [text("decision.data", lang, dated=dated, prices=_prices(results.study, lang), version=__version__), *_lacks(results.study, lang)]
    )


def _prices(study: Study, lang: str) -> str:
    """Year of the prices, and how many of them nobody has read in a source or given."""
    own = pack(study.country)
    assumed = sum(row.confidence == "assumed" for key, row in own.prices.items() if key not in study.overrides)
    counts = {"assumed": number(assumed, lang), "count": number(len(own.prices), lang), "year": f"{study.assumed('finance.base_year'):.0f}"}
    return text("decision.data.prices_and_grants" if own.has("grants") else "decision.data.prices", lang, **counts)


def _lacks(study: Study, lang: str) -> list[str]:
    """What the country's pack leaves out, and what stands in for it."""
    own = pack(study.country)
    names = ", ".join(text(f"report.lacks.{name}", lang) for name in own.lacks)
    country = own.name_pl if lang == "pl" else own.name_en
    return [text("decision.data.lacks", lang, country=country, missing=names)] if names else []
