"""What the report says of the roadmap: a page for members of the council, and who does what by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ped_geo import assumptions
from ped_geo.language import in_currency, number, text
from ped_geo.outputs.figures import FIGURES, chance_words
from ped_geo.outputs.roadmap import action_title, actor_words, cars_are_counted, has_roadmap, unit_words, works_title
from ped_geo.roadmap.holdings import LEVERS
from ped_geo.roadmap.programmes import MAIN, fixed_programmes

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["planned_rows", "planned_scenario", "roadmap_page"]

COUNCIL_ACTIONS = 5
SUMMED = ("2030", "2040", "2050")


def planned_scenario(results: Results) -> str:
    """The scenario that the action plan follows."""
    table = results.layers["roadmap_scenarios"]
    return str(table.loc[table["planned"].astype(bool), "scenario"].iloc[0])


def _percent(share: float, lang: str) -> str:
    told = FIGURES["co2_change"]
    return told.words(told.told(share), lang)


def _million(figure: str, results: Results, lang: str) -> str:
    return f"{results.figures.words(figure, lang)}\u00a0{text('report.roadmap.million', lang)}\u00a0{in_currency('¤', lang)}"


def _summary(results: Results, lang: str) -> str:
    key, told = planned_scenario(results), results.figures.words
    rows = planned_rows(results)
    whole = results.layers["roadmap_scenarios"].set_index("scenario").loc[key]
    return text(
        "report.roadmap.summary",
        lang,
        scenario=text(f"code.{key}", lang),
        base=told("roadmap_co2_2018", lang),
        middle=told("roadmap_co2_2030", lang),
        end=told("roadmap_co2_2050", lang),
        low=number(float(rows.at[2050, "co2_low_t_a"]), lang),
        high=number(float(rows.at[2050, "co2_high_t_a"]), lang),
        outside=_percent(float(whole["outside_share"]), lang),
        investment=_million("roadmap_investment_2050", results, lang),
    )


def _target_sentences(results: Results, lang: str) -> list[str]:
    table = results.layers["roadmap_targets"]
    if not len(table):
        return [text("report.roadmap.no_target", lang)]
    found = []
    for row in table[table["scenario"] == planned_scenario(results)].itertuples():
        values = {
            "year": str(row.year),
            "asked": _percent(float(row.asked_share), lang),
            "fall": _percent(float(row.fall_share), lang),
            "gap": number(float(row.gap_t_a), lang),
            "chance": chance_words(FIGURES["p_positive"].told(float(row.p_met)), lang),
        }
        sentence = text(f"report.roadmap.target_{'met' if row.met else 'missed'}", lang, **values)
        when = "never" if not row.met_year else "late" if not row.met else "early" if row.met_year < row.year else ""
        found.append(f"{sentence} {text(f'report.roadmap.target_{when}', lang, year=str(row.met_year))}" if when else sentence)
    return found


def _delay_sentence(results: Results, lang: str) -> str:
    values = {"tonnes": results.figures.words("roadmap_delay_co2", lang), "money": _million("roadmap_delay_cost", results, lang)}
    return text("report.roadmap.delay", lang, **values)


def _positive_sentence(results: Results, lang: str) -> str:
    row = results.layers["roadmap_scenarios"].set_index("scenario").loc[planned_scenario(results)]
    first, last = int(row["first_positive_year"]), int(row["last_positive_year"])
    kind = "never" if first == 0 else "stays" if last == 2050 else "loses"
    return text(f"report.roadmap.positive_{kind}", lang, first=str(first), last=str(last))


def _blocks_sentence(results: Results, lang: str) -> str:
    """How many blocks are positive on the recommended way with the factors of today and of later years, and why fewer."""
    told = {name: results.figures.words(f"positive_blocks_{name}", lang) for name in ("today", "2040", "2050")}
    return text("report.roadmap.positive_blocks", lang, now=told["today"], middle=told["2040"], end=told["2050"])


def _money_sentences(results: Results, lang: str) -> list[str]:
    """What bills fall by and running costs, with the bounds of energy prices, and what lighter works bind."""
    told = results.figures.words
    growth = assumptions.scalar("finance.energy_price_growth", results.study.country)
    money = {name: _million(f"roadmap_{name}", results, lang) for name in ("bills", "bills_low", "bills_high", "running")}
    spent = {f"spent_{bound}": _million(f"roadmap_investment_{bound}", results, lang) for bound in ("low", "high")}
    bounds = {"slow": _percent(growth.low, lang), "fast": _percent(growth.high, lang)}
    found = [text("report.roadmap.money", lang, **money, **spent, **bounds)]
    if float(planned_rows(results).at[2050, "area_locked_m2"]) > 0:
        life = number(results.study.assumed("roadmap.envelope_life"), lang)
        words = {"share": told("roadmap_locked_share", lang), "tonnes": told("roadmap_locked_co2", lang), "life": life}
        found.append(text("report.roadmap.locked", lang, **words))
    return found


def planned_rows(results: Results) -> pd.DataFrame:
    """Years of the planned scenario, index ``year``."""
    years = results.layers["roadmap"]
    return years[years["scenario"] == planned_scenario(results)].set_index("year")


def _cars_sentence(results: Results, lang: str) -> str:
    """The cars of the residents beside the buildings, and whether targets count them."""
    table = results.layers["roadmap_cars"]
    rows = table[table["scenario"] == planned_scenario(results)].set_index("year")
    counted = "counted" if cars_are_counted(results) else "beside"
    return text(
        "report.roadmap.cars",
        lang,
        cars=number(float(rows.at[2030, "cars"]), lang),
        middle=number(float(rows.at[2030, "co2_t_a"]), lang),
        end=number(float(rows.at[2050, "co2_t_a"]), lang),
        share=_percent(float(rows.at[2050, "electric_share"]), lang),
        charged=number(float(rows.at[2050, "electricity_mwh_a"]), lang),
        alone=number(float(rows.at[2050, "buildings_balance_mwh_a"]), lang),
        balance=number(float(rows.at[2050, "together_balance_mwh_a"]), lang),
        counted=text(f"report.roadmap.cars_{counted}", lang),
    )


def _action_rows(table: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    money = FIGURES["party_pays"]
    return [
        {
            "title": action_title(row, lang),
            "works": action_title(row, lang, owner=False),
            "who": actor_words(str(row.responsible), lang),
            "partners": actor_words(str(row.partners), lang),
            "years": "–".join(dict.fromkeys((str(row.start), str(row.end)))),
            "quantity": f"{number(float(row.quantity), lang)} {unit_words(str(row.unit), lang)}" if pd.notna(row.quantity) else "–",
            "capex": money.told(float(row.capex)),
            "grant": money.told(float(row.grant)),
            "tonnes": [float(getattr(row, f"co2_saving_{year}_t_a")) for year in SUMMED],
            "cost": float(row.cost_per_t),
        }
        for row in table.itertuples()
    ]


def _scenario_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    years = results.layers["roadmap"]
    money = FIGURES["party_pays"]
    found = []
    for row in results.layers["roadmap_scenarios"].itertuples():
        path = years[years["scenario"] == row.scenario].set_index("year")["co2_t_a"]
        cells = [float(path.at[int(year)]) for year in SUMMED]
        found.append(
            {
                "name": text(f"code.{row.scenario}", lang),
                "cells": cells,
                "cumulative": float(row.co2_cumulative_t),
                "more": float(row.more_co2_t),
                "investment": money.told(float(row.investment)),
                "outside": FIGURES["co2_change"].told(float(row.outside_share)),
            }
        )
    return found


def _target_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    share = FIGURES["co2_change"]
    return [
        {
            "name": text(f"code.{row.scenario}", lang),
            "year": str(row.year),
            "asked": share.told(float(row.asked_share)),
            "fall": share.told(float(row.fall_share)),
            "gap": float(row.gap_t_a),
            "when": str(row.met_year) if row.met_year else text("report.roadmap.after", lang),
            "chance": FIGURES["p_positive"].words(FIGURES["p_positive"].told(float(row.p_met)), lang),
        }
        for row in results.layers["roadmap_targets"].itertuples()
    ]


def _closer_rows(results: Results, lang: str) -> list[dict[str, Any]]:
    table = results.layers["roadmap_closers"]
    money = FIGURES["party_pays"]
    return (
        [
            {
                "year": str(row.year),
                "name": works_title(str(row.lever), str(row.owner), lang),
                "tonnes": float(row.saving_t_a),
                "investment": money.told(float(row.investment)),
                "cost": float(row.cost_per_t),
            }
            for row in table[table["scenario"] == planned_scenario(results)].itertuples()
        ]
        if len(table)
        else []
    )


def _closed_sentences(results: Results, lang: str) -> list[str]:
    """How much of the shortfall of each target the cheapest works would take off."""
    table, targets = results.layers["roadmap_closers"], results.layers["roadmap_targets"]
    if not len(table):
        return []
    key = planned_scenario(results)
    table, targets = table[table["scenario"] == key], targets[targets["scenario"] == key]
    gaps = targets.set_index("year")["gap_t_a"]
    found = []
    for year, saved in table.groupby("year")["saving_t_a"].sum().items():
        gap = float(gaps.get(year, 0.0))
        if gap > 0:
            values = {"year": str(year), "tonnes": number(float(saved), lang), "gap": number(gap, lang)}
            kind = "most" if saved < gap else "all"
            found.append(text(f"report.roadmap.closed_{kind}", lang, share=_percent(min(float(saved) / gap, 1.0), lang), **values))
    return found


def _curve_years(lang: str) -> dict[str, str]:
    """Kind of works → years from a tenth to nine tenths on the curves of the main scenario."""
    paces = fixed_programmes()[MAIN].paces
    return {lever: number(paces[lever].years_10_90, lang) for lever in LEVERS}


def roadmap_page(results: Results, lang: str) -> dict[str, Any] | None:
    """
    Everything that the report says of the roadmap in one language; None where none was made.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    if not has_roadmap(results):
        return None
    actions = results.layers["roadmap_actions"]
    largest = actions.sort_values("co2_saving_2040_t_a", ascending=False, kind="stable").head(COUNCIL_ACTIONS)
    by_actor = actions.sort_values(["responsible", "start"], kind="stable")
    return {
        "sentences": [
            _summary(results, lang),
            *_target_sentences(results, lang),
            _delay_sentence(results, lang),
        ],
        "more": [
            f"{_positive_sentence(results, lang)} {_blocks_sentence(results, lang)}",
            *_money_sentences(results, lang),
            _cars_sentence(results, lang),
        ],
        "scenario": text(f"code.{planned_scenario(results)}", lang),
        "years": SUMMED,
        "five": _action_rows(largest, lang),
        "actions": _action_rows(by_actor, lang),
        "scenarios": _scenario_rows(results, lang),
        "targets": _target_rows(results, lang),
        "closers": _closer_rows(results, lang),
        "closed": _closed_sentences(results, lang),
        "curves": text("report.roadmap.curves", lang, **_curve_years(lang)),
        "counted": text(f"report.roadmap.counted{'_cars' if cars_are_counted(results) else ''}", lang),
        "pilots": bool((actions["stage"] == "pilot").any()),
        "per_tonne": in_currency("¤/t", lang),
    }
