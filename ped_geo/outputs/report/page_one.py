"""
The decision on one page: verdict with its chance, recommended way, where to start, money, CO₂, quick wins, next step, data.

The same sentences open the report, the council map, the workbook and the console. Nothing is worked out here but the peak of hours that
the layers hold: numbers are those of the layers ``recommendation``, ``ranking``, ``parties``, ``abatement`` and ``probabilities``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ped_geo._version import __version__
from ped_geo.blocks import block_name
from ped_geo.finance import grants
from ped_geo.finance.parties import HEAT_COMPANY
from ped_geo.language import catalogue, number, text
from ped_geo.outputs.data_request import request_sentence
from ped_geo.outputs.figures import FIGURES, is_heated
from ped_geo.outputs.report.candidates import candidates_sentence
from ped_geo.outputs.tables import distinct_candidates, party_name, shown_variant, variant_name
from ped_geo.plans import quick_wins
from ped_geo.plans.grant_programmes import WORST
from ped_geo.plans.recommendation import DISTRICT, QUICK_A, keeps_bound
from ped_geo.plans.variant_space import REASONS

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results
    from ped_geo.study import Variant

__all__ = ["block_address", "page_one", "page_one_size", "programme_name", "programme_rows", "starting_blocks"]

FIRST = 3
"""Blocks that are named as the start."""
NUMBERS = 4
"""House numbers that are named of a block."""
WINS = 4
"""Quick wins that are named."""
PROGRAMMES = 3
"""Grant programmes that are named; the report's chapter of costs lists all."""
SIZE, LEAST_SIZE = 8.6, 6.6
"""Size of the letters of page one as a rule, and where it says most. [pt]"""
LINE, SHEET = 104, 37
"""Letters in a line of the usual size, and lines of that size which one sheet holds below its title."""
REACH = {"network": "reached", "pumps": "pumps", "boreholes": "boreholes"}
"""Shares of the heated floor that are told of a way with heat of the network."""
LEAST_CHANGE = 0.01
"""Share of today's heat of the network below which nothing is said of heat no longer sold. [-]"""


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
    table = results.layers.get("recommendation")
    if table is None or not is_heated(results):
        return [(text("decision.head.verdict", lang), text("figure.nothing_heated", lang))]
    rows = table[table["group_id"] == DISTRICT].set_index("variant")
    way = shown_variant(results)
    parts = {
        "verdict": _verdict(results, rows, lang),
        "way": _way(results, rows, way, lang),
        "start": _start(results, way, lang),
        "money": _money(rows.loc[way.key], lang),
        "payers": _payers(results, lang),
        "grants": _grants(results, lang),
        "co2": _co2(rows.loc[results.study.variants[0].key], rows.loc[way.key], lang),
        "network": _network(results, rows.loc[way.key], way, lang),
        "wins": _wins(results, lang),
        "groups": candidates_sentence(results, lang) or text("decision.groups.none", lang),
        "next": _next(results, rows.loc[way.key], way, lang),
        "ask": request_sentence(results, lang),
        "left_out": _left_out(results, rows, lang),
        "data": _data(results, lang),
    }
    # an ellipsis ends a sentence by itself
    return [(text(f"decision.head.{name}", lang), sentence.replace("….", "…")) for name, sentence in parts.items() if sentence]


def page_one_size(sentences: list[tuple[str, str]]) -> float:
    """
    Size of the letters with which the decision stays on one sheet [pt].

    Parameters
    ----------
    sentences : list of (str, str)
        As `page_one` gives them.

    Examples
    --------
    >>> page_one_size([("Verdict", "Yes.")])
    8.6
    >>> page_one_size([("Verdict", 5_000 * "x")]) < 8.0
    True
    """
    lines = sum(-(-len(head + sentence) // LINE) for head, sentence in sentences)
    # smaller letters give more lines and longer ones
    return max(round(SIZE * min(1.0, (SHEET / max(lines, 1)) ** 0.5), 1), LEAST_SIZE)


def _chance_words(results: Results, variant: str, lang: str) -> str:
    table = results.layers.get("probabilities")
    rows = None if table is None else table[table["scope"] == DISTRICT].xs(variant, level="variant")["p_positive"]
    if rows is None or rows.empty or not np.isfinite(rows.iloc[0]):
        return ""
    figure = FIGURES["p_positive"]
    chance = figure.told(float(rows.iloc[0]))
    kind = "below" if chance < 1.0 else "above" if chance > 99.0 else "about"
    return text(f"decision.chance.{kind}", lang, chance=figure.words(chance, lang))


def _balance(row: pd.Series, lang: str) -> str:
    return FIGURES["balance"].words(abs(row["balance_kwh_m2a"]), lang)


def _verdict(results: Results, rows: pd.DataFrame, lang: str) -> str:
    far = rows[rows["farthest"]].iloc[0]
    name = _named(results, str(far.name), lang)
    key = "decision.verdict.yes" if far["positive"] else "decision.verdict.no"
    return text(key, lang, variant=name, value=_balance(far, lang), chance=_chance_words(results, str(far.name), lang))


def _named(results: Results, key: str, lang: str) -> str:
    return next(variant_name(variant, lang) for variant in results.study.variants if variant.key == key)


def _way(results: Results, rows: pd.DataFrame, way: Variant, lang: str) -> str:
    """The recommended way, why it is, and what cheaper and farther ways would give and cost."""
    row, bound = rows.loc[way.key], results.study.finance.least_npv_per_m2
    why = "reaches" if row["positive"] else "nearest" if keeps_bound(row, results.study) else "cheapest"
    if why == "nearest" and row["cheapest"] and row["farthest"]:
        why = "nearest_both"
    elif why == "nearest" and bound == 0:
        why = f"nearest_{'cheapest' if row['cheapest'] else 'paying'}"
    reason = text(f"decision.way.{why}", lang, bound=number(bound, lang), most=_of_a_kwh(_most(results), lang))
    said = [text("decision.way", lang, variant=variant_name(way, lang), why=reason, balance=_signed(row, lang))]
    said += [_reach(results, way, lang)] if results.figures.printed("network_pumps", way.key) else []
    said += [_modules(results, way, lang)] if way.pv and way.places else []
    said += [_step(results, rows, row, lang)] if np.isfinite(row["step_cost_per_kwh"]) else []
    if not row["cheapest"] and not rows.loc[rows["cheapest"], "worthwhile"].any():
        best = rows[rows["cheapest"]].iloc[0]
        figures = {"npv": _millions(best["npv"], lang), "investment": _millions(best["investment"], lang), "balance": _signed(best, lang)}
        said.append(text("decision.way.cheaper", lang, variant=_named(results, str(best.name), lang), **figures))
    if not row["farthest"]:
        said.append(_farther(results, row, rows[rows["farthest"]].iloc[0], lang))
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


def _step(results: Results, rows: pd.DataFrame, row: pd.Series, lang: str) -> str:
    """What the last step to the goal costs, from the way that would be advised without it, and whether that is dear."""
    near, cost, most = rows[rows["worthwhile"]].iloc[0], row["step_cost_per_kwh"], _most(results)
    figures = {"npv": _millions(near["npv"], lang), "investment": _millions(near["investment"], lang), "balance": _signed(near, lang)}
    figures |= {"variant": _named(results, str(near.name), lang), "most": _of_a_kwh(most, lang), "bound": _whose_bound(results, lang)}
    return text(f"decision.way.step_{'dear' if cost > most else 'fair'}", lang, cost=_of_a_kwh(cost, lang), **figures)


def _whose_bound(results: Results, lang: str) -> str:
    return text(f"decision.bound.{'own' if 'finance.balance_worth' in results.study.overrides else 'assumed'}", lang)


def _modules(results: Results, way: Variant, lang: str) -> str:
    """New modules on roofs and, where there are some, beyond them."""
    figures = {"roofs": "kwp"} | {place: f"{place}_kwp" for place in way.places if results.figures.value(f"{place}_kwp") > 0}
    parts = [text(f"decision.modules.{place}", lang, kwp=results.figures.words(name, lang)) for place, name in figures.items()]
    return text("decision.modules", lang, parts=", ".join(parts))


def _farther(results: Results, row: pd.Series, far: pd.Series, lang: str) -> str:
    """What the farthest way gives and costs beyond the recommended one."""
    more = FIGURES["balance"].told(float(far["balance_kwh_m2a"] - row["balance_kwh_m2a"]))
    loss, dear = not keeps_bound(far, results.study), far["further_cost_per_kwh"] > _most(results)
    kind = "_reached" if row["positive"] else "" if dear and not loss else "_loss"
    figures = {
        "variant": _named(results, str(far.name), lang),
        "more": FIGURES["balance"].words(more, lang),
        "npv": _millions(far["npv"], lang),
    }
    figures |= {"cost": _of_a_kwh(far["further_cost_per_kwh"], lang), "most": _of_a_kwh(_most(results), lang)}
    figures["bound"] = _whose_bound(results, lang)
    if kind != "_loss":
        figures["spent"] = _spent(float(far["investment"] - row["investment"]), lang)
    return text(f"decision.way.farther{kind}", lang, **figures)


def _spent(amount: float, lang: str) -> str:
    """How much more or less than another a way asks to invest."""
    figure = FIGURES["investment"]
    kind = "same" if not figure.printed(figure.told(amount)) else "more" if amount > 0 else "less"
    return text(f"decision.spent.{kind}", lang, investment=_millions(abs(amount), lang))


def _most(results: Results) -> float:
    return results.study.assumed("finance.balance_worth")


def _of_a_kwh(amount: float, lang: str) -> str:
    return number(amount, lang, 2)


def _signed(row: pd.Series, lang: str) -> str:
    return FIGURES["balance"].words(row["balance_kwh_m2a"], lang)


def _millions(amount: float, lang: str) -> str:
    return FIGURES["investment"].words(FIGURES["investment"].told(amount), lang)


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
    figures = {name: _millions(row[name], lang) for name in ("investment", "grant", "npv")}
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
        text("decision.payer", lang, name=party_name(results, str(row.party), lang), amount=_millions(float(row.pays), lang))
        for row in rows.itertuples()
        if FIGURES["investment"].printed(FIGURES["investment"].told(float(row.pays)))
    ]
    return "; ".join(said) + "." if said else ""


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
            amount=_millions(float(row.amount), lang),
            count=number(float(row.buildings), lang),
        )
        for row in named.itertuples()
    ]
    if len(named) < len(table):
        rest = table.iloc[len(named) :]["amount"].sum()
        said.append(text("decision.grants.more", lang, count=number(len(table) - len(named), lang), amount=_millions(float(rest), lang)))
    least = min(table["confidence"].astype(str), key=WORST.index)
    year = f"{study.assumed('finance.base_year'):.0f}"
    return text("decision.grants", lang, programmes="; ".join(said), year=year, confidence=text(f"report.confidence.{least}", lang))


def _co2(today: pd.Series, row: pd.Series, lang: str) -> str:
    if not np.isfinite(row["co2_change"]):
        return ""
    change, mass = FIGURES["co2_change"], FIGURES["co2_year"]
    before, after = (mass.words(mass.told(float(one["co2_kg_a"])), lang) for one in (today, row))
    key = "decision.co2" if row["co2_change"] > -1.0 else "decision.co2.below"
    return text(key, lang, share=change.words(change.told(float(row["co2_change"])), lang), before=before, after=after)


def _network(results: Results, row: pd.Series, way: Variant, lang: str) -> str:
    """What the way means to the heat company and to the electric grid."""
    lost, left = float(row["network_heat_lost_kwh_a"]), float(row["network_heat_kwh_a"])
    today, heat = lost + left, FIGURES["network_heat"]
    said = []
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


def _clean_network(results: Results, row: pd.Series, lang: str) -> str:
    """What the heat company invests, and whether the price of its heat pays for that."""
    parties, figure = results.layers["parties"], FIGURES["party_year"]
    net = parties.loc[parties["party"] == HEAT_COMPANY, "net_a"]
    lacks = "" if net.empty else figure.words(figure.told(float(net.abs().iloc[0])), lang)
    key = "decision.network.clean" if net.empty or net.iloc[0] >= 0 else "decision.network.clean_short"
    return text(key, lang, investment=_millions(row["network_investment"], lang), lacks=lacks)


def _peak(results: Results, variant: Variant) -> float:
    """Greatest import of the whole place within an hour [MW]."""
    return FIGURES["peak_mw"].told(float(results.layers["monthly"].loc[variant.key, "peak_import_kw"].max()))


def _wins(results: Results, lang: str) -> str:
    table = results.layers.get("abatement")
    rows = None if table is None else quick_wins(table)
    if rows is None or rows.empty:
        return text("decision.wins.none", lang, years=number(QUICK_A, lang))
    rows = rows.iloc[:WINS]
    names = [
        text("decision.win", lang, name=_action(str(row.action), lang), amount=_millions(float(row.investment), lang))
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


def _left_out(results: Results, rows: pd.DataFrame, lang: str) -> str:
    """Ways that the place does not allow; those that another way beats are told by the table of variants."""
    said = []
    for reason in REASONS[:-1]:
        names = [_named(results, str(key), lang) for key in rows.index[rows["left_out"] == reason]]
        if names:
            said.append(text(f"decision.left_out.{reason}", lang, variants="; ".join(names)))
    return " ".join(said)


def _data(results: Results, lang: str) -> str:
    stamp = str(results.provenance.get("place", {}).get("timestamp_osm_base", "") or "")[:10]
    dated = text("decision.data.dated", lang, date=stamp) if stamp else text("decision.data.undated", lang)
    prices = f"{results.study.assumed('finance.base_year'):.0f}"
    return text("decision.data", lang, dated=dated, prices=prices, version=__version__)
