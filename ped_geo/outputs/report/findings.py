"""What each picture of the report shows, in a sentence: the text that stands for it where it cannot be seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ped_geo.blocks import block_name
from ped_geo.language import catalogue, in_currency, number, text
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, rows_of, written_unit
from ped_geo.outputs.report.blocks import passport_blocks
from ped_geo.outputs.report.roadmap import planned_scenario
from ped_geo.outputs.roadmap import action_title, actor_words
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.tables import shown_variant, variant_name

__all__ = ["action_name", "picture_findings"]

NAMED = 5
"""Blocks that one picture's text names."""


def action_name(action: str, lang: str) -> str:
    """
    A measure of the abatement curve in words.

    Examples
    --------
    >>> action_name("photovoltaics", "en"), action_name("window", "en")
    ('Photovoltaics', 'Windows and sealing')
    """
    short = "pv" if action == "photovoltaics" else action
    keys = (f"retrofit.part.{short}", f"finance.action.{short}", f"code.{short}")
    name = next((text(key, lang) for key in keys if key in catalogue()), action)
    return name[:1].upper() + name[1:]


def picture_findings(
    results: Results, lang: str, *, roadmap: Mapping[str, Any] | None, network: Mapping[str, Any] | None
) -> dict[str, str]:
    """
    Findings by picture.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    roadmap, network : mapping or None
        The chapters of the roadmap and of heat networks, whose rows and leading sentences are those of their pictures.

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
    return (
        found
        | _year(results, lang)
        | _of_abatement(results, lang)
        | _of_roadmap(results, lang, roadmap)
        | _of_network(results, lang, network)
        | _of_candidates(results, lang)
        | _of_passports(results, lang)
    )


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


def _of_abatement(results: Results, lang: str) -> dict[str, str]:
    """The cheapest and the dearest measure by the tonne, and the one that saves most."""
    table = results.layers.get("abatement")
    if table is None or table.empty or "cost_per_t" not in table:
        return {}
    rows = table[(table["group_id"] == "district") & (table["co2_saving_t_a"] > 0)].set_index("action")
    if rows.empty:
        return {}
    cost, saved, unit = rows["cost_per_t"], rows["co2_saving_t_a"], in_currency("¤/t", lang)
    names = {"cheapest": cost.idxmin(), "dearest": cost.idxmax(), "most": saved.idxmax()}
    ends = {name: f"{number(float(value), lang)}\u00a0{unit}" for name, value in (("low", cost.min()), ("high", cost.max()))}
    said = {name: action_name(str(action), lang) for name, action in names.items()}
    tonnes = f"{number(float(saved.max()), lang)}\u00a0{written_unit('t/a', lang)}"
    return {"abatement": text("report.finding.abatement", lang, tonnes=tonnes, **said, **ends)}


def _of_roadmap(results: Results, lang: str, roadmap: Mapping[str, Any] | None) -> dict[str, str]:
    """What emissions come to, who invests most and when most is invested, and who has most to do."""
    if not roadmap:
        return {}
    found = {"roadmap_wedges": " ".join(roadmap["sentences"][:2])}
    table = results.layers["roadmap_payers"]
    rows = table[table["scenario"] == planned_scenario(results)]
    of_payers, of_years = (rows.groupby(by, observed=True)["pays"].sum() for by in ("payer", "year"))
    if of_years.max() > 0.0:
        found["roadmap_budget"] = text(
            "report.finding.budget",
            lang,
            payer=actor_words(str(of_payers.idxmax()), lang),
            paid=_money(float(of_payers.max()), lang),
            year=str(of_years.idxmax()),
            most=_money(float(of_years.max()), lang),
        )
    actions = results.layers["roadmap_actions"]
    if len(actions):
        first, last = (actions.sort_values(by, kind="stable").iloc[place] for by, place in (("start", 0), ("end", -1)))
        counts = actions["responsible"].astype("str").value_counts().sort_index().sort_values(ascending=False, kind="stable")
        found["roadmap_gantt"] = text(
            "report.finding.gantt",
            lang,
            count=number(len(actions), lang),
            start=str(first["start"]),
            first=action_title(first, lang),
            end=str(last["end"]),
            last=action_title(last, lang),
            who=actor_words(str(counts.index[0]), lang),
            mine=number(int(counts.iloc[0]), lang),
        )
    return found


def _money(value: float, lang: str) -> str:
    figure = FIGURES["party_pays"]
    return f"{figure.words(figure.told(value), lang)}\u00a0{text('report.roadmap.million', lang)}\u00a0{in_currency('¤', lang)}"


def _of_network(results: Results, lang: str, network: Mapping[str, Any] | None) -> dict[str, str]:
    """Which zone or class the blocks are in, and how much heat lies in which class of density."""
    if not network:
        return {}
    package = network["packages"][-1]
    drawn = network["zones"] if len(results.layers["heat_network"]) else network["classes"]
    counted = "; ".join(f"{row['name']}: {number(row['cells'][-2], lang)}" for row in drawn if row["cells"][-2])
    said = text("report.finding.network", lang, package=package, counted=counted)
    blocks = results.layers["blocks"]["label"].astype("str")
    margins = results.layers["heat_zones"]["margin_per_mwh"].xs(_shown_package(results), level="package").reindex(blocks.index)
    margins = FIGURES["network_margin"].told(margins.rename(index=blocks).dropna())
    if len(margins):
        said = f"{said} {text('report.finding.network_ends', lang, **_ends(margins, 'network_margin', lang))}"
    shares = (
        f"{name}: " + ", ".join(f"{row['name']} {number(row['cells'][2 * place + 1], lang)}%" for row in network["classes"])
        for place, name in enumerate(network["packages"])
    )
    return {"heat_network": said, "density": text("report.finding.density", lang, shares="; ".join(shares))}


def _shown_package(results: Results) -> str:
    return shown_variant(results).package


def _of_candidates(results: Results, lang: str) -> dict[str, str]:
    """Which blocks have which variant in each candidate."""
    labels, names = results.layers["blocks"]["label"], {one.key: variant_name(one, lang) for one in results.study.variants}
    found = {}
    for candidate, row in results.layers["candidates"].iterrows():
        of_variants: dict[str, list[str]] = {}
        for block, variant in json.loads(row["choices"]).items():
            of_variants.setdefault(names[variant], []).append(block_name(str(labels[block]), lang))
        parts = [f"{variant}: {_listed(blocks, lang)}" for variant, blocks in of_variants.items()]
        found[f"candidate_{candidate}"] = f"{block_name(str(row['label']), lang)}. {'; '.join(parts)}."
    return found


def _listed(names: list[str], lang: str) -> str:
    more = len(names) - NAMED
    said = ", ".join(names[:NAMED])
    return f"{said} {text('report.finding.more', lang, count=number(more, lang))}" if more > 0 else said


def _of_passports(results: Results, lang: str) -> dict[str, str]:
    """What the buildings of each block with a passport need, and on how many roofs modules lie."""
    buildings, heat = results.layers["buildings"], building_figures(results)["heat"]
    fitted = set(results.layers["pv_arrays"]["building_id"])
    block_of, labels = buildings["block_id"].astype("str"), results.layers["blocks"]["label"]
    found = {}
    for name in passport_blocks(results):
        mine = buildings[block_of == name]
        told = heat.reindex(mine.index[~is_single_household(mine)]).dropna()
        roofs = number(int(mine.index.isin(fitted).sum()), lang)
        counts = {"label": block_name(str(labels[name]), lang), "of": number(len(mine), lang), "roofs": roofs}
        if len(told):
            low, high = (_said(float(value), "heat", lang) for value in (told.min(), told.max()))
            between = low if low == high else text("report.finding.between", lang, low=low, high=high)
            said = text("report.finding.passport", lang, count=number(len(told), lang), between=between, **counts)
        else:
            said = text(f"report.finding.passport_{'none' if len(mine) else 'empty'}", lang, **counts)
        found[f"block_{name}"] = said
    return found
