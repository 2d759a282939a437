"""What the report says of candidate districts: their list, a page for each, the verdicts, and why other blocks are out."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.blocks import block_name
from ped_geo.districts import failure_words
from ped_geo.figures.amounts import CHOSEN
from ped_geo.language import catalogue, number, text
from ped_geo.outputs.figures import FIGURES, block_figures, chance_words, rows_of
from ped_geo.outputs.report.sharing import open_forms_sentence
from ped_geo.outputs.styles import QUALITATIVE
from ped_geo.outputs.tables import distinct_candidates, variant_name

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

NAMED = 5
"""Blocks that one sentence names."""

CANDIDATE_FIGURES = ("balance", "p_positive", "investment", "grant", "payback")

__all__ = [
    "candidate_pages",
    "candidate_rows",
    "candidates_sentence",
    "closing_sentences",
    "excluded_rows",
    "groups_sentence",
    "setting_words",
    "variant_colours",
    "verdict_rows",
    "words_or",
]


def words_or(key: str, lang: str, fallback: str) -> str:
    """The catalogue's words, or a name as it stands where the catalogue has none."""
    return text(key, lang) if key in catalogue() else fallback


def variant_colours(results: Results) -> dict[str, str]:
    """Colour of each variant where blocks are coloured by it."""
    return {variant.key: QUALITATIVE[place % len(QUALITATIVE)] for place, variant in enumerate(results.study.variants)}


def candidate_rows(results: Results, lang: str) -> tuple[list[dict[str, Any]], str]:
    """One row for each candidate, and the sentence of the verdict."""
    goals, found = distinct_candidates(results), results.figures
    candidates = results.layers["candidates"].loc[list(goals)]
    rows: list[dict[str, Any]] = [
        {
            "label": block_name(str(candidates.at[name, "label"]), lang),
            "goal": _goals(goals[name], lang),
            **{figure: found.value(figure, "", "candidate", name) for figure in ("block_count", "area")},
            **{figure: found.value(figure, CHOSEN, "candidate", name) for figure in CANDIDATE_FIGURES},
        }
        for name in goals
    ]
    positive = sum(float(row["balance"]) >= 0 for row in rows)
    if positive:
        counted = text("report.verdict.candidates", lang, count=number(positive, lang))
        return rows, f"{counted} {candidates_sentence(results, lang)}".strip()
    none = text("report.verdict.none", lang, area=results.figures.words("least_floor", lang))
    return rows, " ".join([none, candidates_sentence(results, lang), *_small_ones(results, lang)]).replace("  ", " ")


def groups_sentence(results: Results, lang: str) -> str:
    """How many candidates keep the floors and which is first; where none does, the nearest and why it fails; empty without any."""
    candidates, places = results.layers["candidates"], results.layers.get("ranking")
    names = [name for name in distinct_candidates(results) if places is not None and name in places.index]
    if not names or places is None:
        return ""
    first, row = candidates.loc[names[0]], places.loc[names[0]]
    label = block_name(str(first["label"]), lang)
    advised = int(places.loc[names, "advised"].sum())
    if not advised:
        return text("ranking.none", lang, label=label, reasons=failure_words(row, first, results.study, lang))
    own = partial(results.figures.words, lang=lang, scope="candidate", identity=names[0])
    figures = {"blocks": own("block_count"), "area": own("area")}
    figures |= {
        "chance": chance_words(results.figures.value("p_positive", CHOSEN, "candidate", names[0]), lang),
        "investment": own("investment", variant=CHOSEN),
    }
    return text("ranking.advised", lang, count=number(advised, lang), label=label, **figures)


def candidates_sentence(results: Results, lang: str) -> str:
    """`groups_sentence`, and the floors that an advised group keeps."""
    said, section = groups_sentence(results, lang), results.study.districts
    if not said:
        return ""
    floors = text(
        "ranking.floors",
        lang,
        area=results.figures.words("least_floor", lang),
        residents=number(section.min_residents, lang),
        chance=FIGURES["p_positive"].words(FIGURES["p_positive"].told(section.min_probability), lang),
    )
    return f"{said} {floors}"


def setting_words(switch: str, value: str, lang: str) -> str:
    """
    The setting of a switch of the verdict in words; blocks of one group may have several.

    Examples
    --------
    >>> setting_words("package", "existing;cost_optimal", "en"), setting_words("supply", "gas_condensing", "en")
    ('as today, cost-optimal retrofit', 'condensing gas boilers')
    """
    return ", ".join(words_or(f"code.{one}", lang, words_or(f"variant.{switch}.{one}", lang, one)) for one in value.split(";"))


def _small_ones(results: Results, lang: str) -> list[str]:
    """The sentence on blocks that are positive by themselves, but smaller than a candidate may be; the widest first."""
    blocks = results.layers["blocks"]
    best = block_figures(results)["balance"].groupby(level="block_id").max().reindex(blocks.index)
    small = blocks[(best >= 0) & (blocks["reference_area_m2"] < results.figures.value("least_floor"))]
    labels = [block_name(str(label), lang) for label in small.sort_values("reference_area_m2", ascending=False)["label"]]
    more = f" + {len(labels) - NAMED}" if len(labels) > NAMED else ""
    return [text("report.verdict.alone", lang, blocks=", ".join(labels[:NAMED]) + more)] if labels else []


def _definition_rows(results: Results, lang: str, scope: str = "district") -> list[dict[str, Any]]:
    """The verdict of each definition on the district or a candidate, with the one change that would flip it."""
    table = results.layers.get("verdicts")
    if table is None:
        return []
    found = []
    for key, row in rows_of(table, "group_id", scope).iterrows():
        flip = str(row.get("flip_switch", "") or "")
        words = text("report.flip.none", lang)
        if flip and flip not in {"nan", "None", "none"}:
            was, becomes = (setting_words(flip, str(row[name]), lang) for name in ("flip_from", "flip_to"))
            words = f"{words_or(f'code.{flip}', lang, flip)}: {was} → {becomes}"
        name = words_or(f"verdicts.{key}", lang, str(key))
        found.append({"name": name, "positive": bool(row["positive"]), "margin": float(row["margin_kwh_m2a"]), "flip": words})
    return found


def verdict_rows(results: Results, lang: str, scope: str = "district") -> list[dict[str, Any]]:
    """
    Verdicts by definition, those with the same answer, margin and flip in one row.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    scope : str
        ``district`` or the ``candidate_id`` of a candidate.

    Returns
    -------
    list of dict
        ``names`` (list), ``positive``, ``margin`` [kWh/(m²·a)] and ``flip``.
    """
    found: dict[tuple[bool, str, str], dict[str, Any]] = {}
    for row in _definition_rows(results, lang, scope):
        same = (row["positive"], FIGURES["margin"].words(row["margin"], lang), row["flip"])
        found.setdefault(same, {**row, "names": []})["names"].append(row.pop("name"))
    return list(found.values())


def closing_sentences(results: Results, lang: str, group: str = "district") -> list[str]:
    """What would close the gap of a group, in sentences, where it is not positive."""
    table = results.layers.get("gap_measures")
    if table is None or table.empty:
        return []
    return [str(sentence) for sentence in table.loc[table["group_id"] == group, f"sentence_{lang}"]]


def excluded_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    """
    Why the blocks that are in no candidate are out: each reason with the number of its blocks and the energy missing with one of them.

    The least and the most of it, because what the candidate lacks itself is part of each, so that their sum is nothing.
    """
    table = results.layers.get("excluded")
    if table is None or table.empty:
        return []
    groups, shortfall = table.groupby("reason", observed=True)["shortfall_kwh_a"], FIGURES["shortfall"]
    return [
        {
            "name": words_or(f"code.{reason}", lang, str(reason)),
            "count": len(part),
            "shortfall": " – ".join(dict.fromkeys(shortfall.words(shortfall.told(edge), lang) for edge in (part.min(), part.max()))),
        }
        for reason, part in sorted(groups, key=lambda pair: -len(pair[1]))
    ]


def candidate_pages(results: Results, lang: str) -> list[dict[str, Any]]:
    """
    All that is known of each candidate: its blocks with the variant chosen for each, chance, verdicts and gap.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    candidates = results.layers["candidates"]
    return [_page(results, name, candidates.loc[name], _goals(goals, lang), lang) for name, goals in distinct_candidates(results).items()]


def _goals(goals: list[str], lang: str) -> str:
    """What was asked, where one group answers several questions all of them."""
    return "; ".join(words_or(f"code.{goal}", lang, goal) for goal in goals)


def _page(results: Results, name: str, row: pd.Series, goal: str, lang: str) -> dict[str, Any]:
    own = partial(results.figures.words, lang=lang, scope="candidate", identity=name)
    reach, gap = FIGURES["reach"], FIGURES["gap_to_bound"]
    figures = {
        "area": own("area"),
        "residents": own("residents"),
        # the middle of a single block is that block
        "reach": text("report.candidate.reach", lang, radius=reach.words(row["radius_m"], lang)) if row["radius_m"] >= 1.0 else "",
        "investment": own("investment", variant=CHOSEN),
        "grant": own("grant", variant=CHOSEN),
        "payback": _payback(results.figures.value("payback", CHOSEN, "candidate", name), lang),
    }
    proof = proof_key(row)
    return {
        "label": block_name(str(row["label"]), lang),
        "goal": goal,
        "sentences": [
            text("report.candidate.text", lang, **figures),
            text(
                proof,
                lang,
                gap=gap.words(gap.told(float(row["gap_to_bound"])), lang),
                least=results.figures.words("least_floor", lang),
                share=FIGURES["p_positive"].words(FIGURES["p_positive"].told(results.study.districts.max_overlap), lang),
            ),
            *_failure_sentence(results, name, row, lang),
            *_chance_sentence(results, name, lang),
            *open_forms_sentence(results, lang, name),
            *closing_sentences(results, lang, name),
        ],
        "blocks": _block_rows(results, json.loads(row["choices"]), lang),
        "definitions": verdict_rows(results, lang, name),
        "picture": f"candidate_{name}",
    }


def _failure_sentence(results: Results, name: str, row: pd.Series, lang: str) -> list[str]:
    """Why a candidate is not advised."""
    places = results.layers.get("ranking")
    reasons = "" if places is None or name not in places.index else failure_words(places.loc[name], row, results.study, lang)
    return [text("report.candidate.fails", lang, reasons=reasons)] if reasons else []


def proof_key(row: pd.Series) -> str:
    """
    Which sentence may tell how good a candidate is among all groups.

    Only the first of its goal can be the best of all, alternatives are the best of those that share little with it; and a group that
    stays negative is the nearest, not the best.

    Parameters
    ----------
    row : Series
        Row of the layer ``candidates``: ``rank``, ``proven``, ``positive``.
    """
    if row["rank"] > 1:
        return "report.candidate.alternative"
    if not row["proven"]:
        return "report.candidate.bound"
    return "report.candidate.proven" if row["positive"] else "report.candidate.nearest"


def _payback(years: float, lang: str) -> str:
    """The end of the sentence on money; empty where the investment never comes back."""
    return text("report.candidate.payback", lang, years=FIGURES["payback"].words(years, lang)) if np.isfinite(years) else ""


def _chance_sentence(results: Results, name: str, lang: str) -> list[str]:
    chance = results.figures.value("p_positive", CHOSEN, "candidate", name)
    edges = results.figures.edges("balance", CHOSEN, "candidate", name)
    if not np.isfinite((chance, *edges)).all():
        return []
    low, high = (FIGURES["balance"].words(edge, lang) for edge in edges)
    return [text("report.candidate.chance", lang, chance=chance_words(chance, lang), low=low, high=high)]


def _block_rows(results: Results, choices: dict[str, str], lang: str) -> list[dict[str, Any]]:
    labels, value = results.layers["blocks"]["label"], partial(results.figures.value, scope="block")
    colours = variant_colours(results)
    names = {variant.key: variant_name(variant, lang) for variant in results.study.variants}
    return [
        {
            "label": block_name(str(labels[block]), lang),
            "variant": names[variant],
            "colour": colours[variant],
            "area": value("area", identity=block),
            "balance": value("balance", variant, identity=block),
            "investment": value("investment", variant, identity=block),
        }
        for block, variant in choices.items()
    ]
