"""What the report of a city says: sentences of its first page, tables and legends, every number from the scan's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo.blocks import block_name
from ped_geo.language import money_of, number, text
from ped_geo.outputs.block_types import type_categories
from ped_geo.outputs.credits import credit, data_date
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.styles import NO_VALUE
from ped_geo.outputs.tables import variant_name
from ped_geo.plans import recommended_variant
from ped_geo.roadmap.programmes import FIXED
from ped_geo.scan.city.pictures import ALIKE, COLOURS, MAPPED, PILOT, city_classes
from ped_geo.scan.city.replicas import first_groups
from ped_geo.scan.methods import method_sentence
from ped_geo.scan.ranking import TOTALS
from ped_geo.scan.words import form_sentence

if TYPE_CHECKING:
    from ped_geo.scan.city.replicas import CityReplication
    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace

__all__ = ["city_content"]

FIRST_GROUPS: Final = 3
LISTED_BLOCKS: Final = 25
LISTED_GROUPS: Final = 20
LISTED_QUARTERS: Final = 5
YEARS: Final = (2018, 2030, 2040, 2050)
BALANCE: Final = "kWh/(m²a)"
MILLION: Final = 1e6
FORM: Final = "scan_form"
"""Reason of blocks whose country has no pack; a legend names it only where there are any."""
KWH_PER_GWH: Final = 1e6


def city_content(found: Scan, name: str, lang: str, replicas: CityReplication | None) -> dict[str, Any]:
    """
    All that the template tells, in one language.

    Parameters
    ----------
    found : Scan
        The finished scan.
    name : str
        Of the scan.
    lang : str
        ``pl`` or ``en``.
    replicas : CityReplication or None
        Where the first group can be repeated.
    """
    places = [
        {
            "key": place.study.name,
            "title": _title(place),
            "roadmap": _roadmap_rows(found, place, lang),
            "alike": replicas is not None and place.study.name in replicas.about.places,
        }
        for place in found.places
    ]
    return {
        "title": ", ".join(_title(place) for place in found.places),
        "scan": name,
        "page_one": _page_one(found, lang),
        "starts": _starts(found, lang),
        "places": places,
        "many": len(places) > 1,
        "totals": _totals(found, lang),
        "types": _types(found, lang),
        "blocks": _blocks(found, lang),
        "groups": _groups(found, lang),
        "groups_left": _left(len(found.candidates) - LISTED_GROUPS, lang),
        "years": [str(year) for year in YEARS],
        "legends": _legends(found, lang),
        "methods": [method_sentence(place, method, told, lang) for place, (method, told) in found.methods.items()],
        "failed": [*_left_out(found, lang), *(text("scan.failed", lang, tile=tile, reason=why) for tile, why in found.failed.items())],
        "sources": [(_title(place), credit(place, lang)) for place in found.places],
        "dated": max(data_date(place) or place.study.sharing.law_on.isoformat() for place in found.places),
        "replicas": _replicas(found, replicas, lang),
        "floor_finding": _floor_finding(found, lang),
        "unit": {
            "balance": written_unit(BALANCE, lang),
            "density": written_unit("MWh/(m·a)", lang),
            "emissions": written_unit("t/a", lang),
        },
    }


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _title(place: ScanPlace) -> str:
    return place.study.title or place.study.name


def _mean(values: pd.Series, floor: pd.Series) -> float:
    """Mean over the heated floor where there is a value."""
    kept = values.notna() & (floor > 0)
    return float((values[kept] * floor[kept]).sum() / floor[kept].sum()) if kept.any() else float("nan")


def _percent(share: float, lang: str, digits: int = 0) -> str:
    return f"{number(100.0 * share, lang, digits)}%"


def _balance(value: float, lang: str) -> str:
    return f"{number(abs(value), lang, 1)}\u00a0{written_unit(BALANCE, lang)}"


def _money(value: float, country: str, lang: str) -> str:
    with money_of(country):
        return text("city.money", lang, value=number(value / MILLION, lang, 1))


def _page_one(found: Scan, lang: str) -> list[tuple[str, str]]:
    """Head and sentence of each line of the first page, the verdict first."""
    rows = [(place, found.blocks[found.blocks["place"] == place.study.name]) for place in found.places]
    rows = [(place, mine) for place, mine in rows if len(mine)]
    said = [(_title(place), _whole(place, mine, lang)) for place, mine in rows]
    if known := any(place.complete for place in found.places):
        said += _parts(found.blocks, lang)
        said.append((text("city.head.start", lang), _start(found, lang)))
        said.append((text("city.head.sure", lang), _sure(found, lang)))
    said += [(text("city.head.today", lang), _today(place, mine, lang, many=len(rows) > 1)) for place, mine in rows]
    said += [(text("city.head.missing", lang), form_sentence(place.study, lang)) for place, _ in rows if not place.complete]
    if known:
        said.append((text("city.head.next", lang), text("city.next", lang)))
    return said


def _whole(place: ScanPlace, rows: pd.DataFrame, lang: str) -> str:
    """Whether all of a place together is positive, by the recommended way and by the best way of each block."""
    if not place.complete:
        return text("city.whole.form", lang, country=place.study.country or text("error.unknown", lang))
    floor = rows["reference_area_m2"]
    way, best = (_mean(rows[f"{name}_balance_kwh_m2a"], floor) for name in ("way", "best"))
    if not np.isfinite(way):
        return text("city.unheated", lang)
    key = recommended_variant(place.standing()["recommendation"], place.study)
    variant = next(one for one in place.study.variants if one.key == key)
    words = {name: _signed(value, lang) for name, value in (("way", way), ("best", best))}
    said = "yes" if way >= 0 else "best" if best >= 0 else "no"
    return text(f"city.whole.{said}", lang, variant=variant_name(variant, lang), **words)


def _signed(value: float, lang: str) -> str:
    return text(f"city.{'surplus' if value >= 0 else 'short'}", lang, value=_balance(value, lang))


def _today(place: ScanPlace, rows: pd.DataFrame, lang: str, *, many: bool) -> str:
    """What was looked at, and its balance as it is."""
    floor = rows["reference_area_m2"]
    counts = {name: number(float(rows[name].sum()), lang) for name in ("buildings", "residents")}
    what = text("city.place", lang, blocks=number(len(rows), lang), area=number(floor.sum() / 1e3, lang), **counts)
    if not place.complete:
        told = {
            "kwp": number(float(rows["pv_kwp"].sum()), lang),
            "yield": number(float(rows["pv_yield_kwh_a"].sum()) / KWH_PER_GWH, lang, 1),
        }
        now = text("city.today.form", lang, **told)
        return f"{_title(place)}: {what} {now}" if many else f"{what} {now}"
    today = float(rows["balance_today_kwh_a"].sum())
    told = {"total": number(abs(today) / KWH_PER_GWH, lang, 1), "value": _balance(_mean(rows["balance_today_kwh_m2a"], floor), lang)}
    now = text("city.today.surplus" if today >= 0 else "city.today.short", lang, **told)
    return f"{_title(place)}: {what} {now}" if many else f"{what} {now}"


def _parts(blocks: pd.DataFrame, lang: str) -> list[tuple[str, str]]:
    heated = blocks[blocks["best_balance_kwh_m2a"].notna()]
    if heated.empty:
        return []
    floor = heated["reference_area_m2"]
    alone, grouped = heated["positive"].astype(bool), heated["candidate"].astype("str") != ""
    told: dict[str, str] = {"all": number(len(heated), lang)}
    for name, chosen in (("alone", alone), ("grouped", grouped)):
        told |= {name: number(int(chosen.sum()), lang), f"{name}_share": _percent(float(floor[chosen].sum() / floor.sum()), lang)}
    return [(text("city.head.parts", lang), text("city.parts", lang, **told))]


def _start(found: Scan, lang: str) -> str:
    """What the list of first groups is, else the first blocks of the ranking."""
    if len(found.candidates):
        return text("city.start", lang)
    first = found.blocks[found.blocks["best_balance_kwh_m2a"].notna()].head(FIRST_GROUPS)
    names = "; ".join(f"{row.place}, {block_name(str(row.label), lang)}" for row in _rows(first))
    return text("city.start.no_group", lang, blocks=names or "–")


def _starts(found: Scan, lang: str) -> list[str]:
    """The first groups, a line each."""
    if not len(found.candidates):
        return []
    titles = {place.study.name: _title(place) for place in found.places}
    countries = {place.study.name: place.study.country for place in found.places}
    lines = []
    for row in _rows(first_groups(found).head(FIRST_GROUPS)):
        place = str(row.place)
        told = {
            "group": _group_name(titles[place], str(row.label), lang, many=len(titles) > 1),
            "count": number(row.block_count, lang),
            "residents": number(row.residents, lang),
            "value": _signed(row.balance_kwh_m2a, lang),
            "investment": _money(row.investment, countries[place], lang),
        }
        lines.append(text("city.start.group", lang, **told))
    return lines


def _group_name(title: str, label: str, lang: str, *, many: bool) -> str:
    name = block_name(label, lang)
    return f"{title}, {name}" if many else name


def _sure(found: Scan, lang: str) -> str:
    floor = found.blocks["reference_area_m2"]
    known = _mean(found.blocks["known_share"], floor)
    chances = sorted({place.study.districts.min_probability for place in found.places})
    said = [text("city.sure.groups", lang, chance=_percent(chances[0], lang))] if len(found.candidates) and chances[0] > 0 else []
    said.append(text("city.sure.blocks", lang))
    if np.isfinite(known):
        said.append(text("city.sure.known", lang, share=_percent(known, lang)))
    return " ".join(said)


def _totals(found: Scan, lang: str) -> list[dict[str, str]]:
    """Sums of each place beside published ones."""
    titles = {place.study.name: _title(place) for place in found.places}
    rows = []
    for place, figure in ((place, figure) for place in titles for figure in TOTALS):
        if (place, figure) not in found.totals.index:
            continue
        row: pd.Series = found.totals.loc[[(place, figure)]].iloc[0]
        known = bool(np.isfinite(row["known"]))
        rows.append(
            {
                "place": titles[str(place)],
                "figure": text(f"scan.total.{figure}", lang),
                "value": number(float(row["value"]), lang),
                "known": f"{number(float(row['known']), lang)} ({row['source']})" if known else text("scan.not_known", lang),
                "deviation": _percent(float(row["deviation"]), lang, 1) if known else "–",
            }
        )
    return rows


def _types(found: Scan, lang: str) -> list[dict[str, Any]]:
    """Types of blocks, those with most heated floor first."""
    blocks = found.blocks
    whole = float(blocks["reference_area_m2"].sum())
    rows = []
    for value, _, colour in type_categories(blocks["block_type"]):
        mine = blocks[blocks["block_type"].astype("str") == value]
        floor = mine["reference_area_m2"]
        rows.append(
            {
                "order": -float(floor.sum()),
                "name": text(f"code.{value}", lang),
                "colour": colour,
                "blocks": number(len(mine), lang),
                "share": _percent(float(floor.sum()) / whole, lang) if whole > 0 else "–",
                "heat": number(_mean(mine["heat_need_kwh_m2a"], floor), lang, 0),
                "today": number(_mean(mine["balance_today_kwh_m2a"], floor), lang, 0),
                "best": number(_mean(mine["best_balance_kwh_m2a"], floor), lang, 0),
                "positive": number(int(mine["positive"].sum()), lang),
                "kwp": number(float(mine["pv_kwp"].sum()), lang),
            }
        )
    return sorted(rows, key=lambda row: row["order"])


def _blocks(found: Scan, lang: str) -> list[dict[str, str]]:
    """The first blocks of the ranking."""
    titles = {place.study.name: _title(place) for place in found.places}
    ways = {(place.study.name, one.key): variant_name(one, lang, short=True) for place in found.places for one in place.study.variants}
    letters = {str(index): str(label).split(":")[0] for index, label in found.candidates["label"].items()} if len(found.candidates) else {}
    return [
        {
            "rank": str(row.rank),
            "place": titles[str(row.place)],
            "name": block_name(str(row.label), lang),
            "type": text(f"code.{row.block_type}", lang),
            "reason": text(f"code.{row.reason}", lang),
            "today": number(row.balance_today_kwh_m2a, lang),
            "best": number(row.best_balance_kwh_m2a, lang),
            "way": ways.get((str(row.place), str(row.best_way)), "–"),
            "residents": number(row.residents, lang),
            "known": _percent(row.known_share, lang) if np.isfinite(row.known_share) else "–",
            "group": letters.get(f"{row.place}/{row.candidate}", "–"),
        }
        for row in _rows(found.blocks[found.blocks["best_balance_kwh_m2a"].notna()].head(LISTED_BLOCKS))
    ]


def _groups(found: Scan, lang: str) -> list[dict[str, str]]:
    """Candidate groups, the first ones first."""
    if not len(found.candidates):
        return []
    titles = {place.study.name: _title(place) for place in found.places}
    countries = {place.study.name: place.study.country for place in found.places}
    return [
        {
            "place": titles[str(row.place)],
            "label": block_name(str(row.label), lang),
            "goal": text(f"code.{row.goal}", lang),
            "count": number(row.block_count, lang),
            "area": number(row.reference_area_m2, lang),
            "residents": f"{number(row.residents_low, lang)} – {number(row.residents_high, lang)}",
            "balance": number(row.balance_kwh_m2a, lang, 1),
            "investment": _money(row.investment, countries[str(row.place)], lang),
            "payback": number(row.payback_a, lang, 1),
            "gap": text("city.proven", lang)
            if row.proven
            else _percent(row.gap_to_bound, lang)
            if row.gap_to_bound < 1.0
            else text("city.unproven", lang),
        }
        for row in _rows(first_groups(found).head(LISTED_GROUPS))
    ]


def _roadmap_rows(found: Scan, place: ScanPlace, lang: str) -> list[dict[str, Any]]:
    """Emissions in some years and the investment of each scenario."""
    name = place.study.name
    if name not in found.roadmap.index.get_level_values("place"):
        return []
    years = found.roadmap.xs(name, level="place")
    rows = []
    for scenario in FIXED:
        mine = years[years["scenario"] == scenario].set_index("year")
        if mine.empty:
            continue
        co2 = {year: float(mine["co2_t_a"].loc[[year]].iloc[0]) for year in YEARS}
        rows.append(
            {
                "name": text(f"code.{scenario}", lang),
                "co2": [number(co2[year], lang) for year in YEARS],
                "cumulative": number(float(mine["co2_cumulative_t"].iloc[-1]), lang),
                "investment": _money(float(mine["investment"].sum()), place.study.country, lang),
            }
        )
    return rows


def _legends(found: Scan, lang: str) -> dict[str, dict[str, Any]]:
    """Colour and words of each map."""
    classes, counts = city_classes(found.blocks), found.blocks["reason"].value_counts()
    units = {"best": BALANCE, "pv": BALANCE, "density": "MWh/(m·a)", "known": "%"}
    legends: dict[str, dict[str, Any]] = {
        "reason": {
            "unit": "",
            "rows": [
                (colour, f"{text(f'code.{key}', lang)} ({number(int(counts.get(key, 0)), lang)})")
                for key, colour in COLOURS.items()
                if key in counts or key != FORM
            ],
        },
        "type": {
            "unit": "",
            "rows": [(colour, text(f"code.{value}", lang)) for value, _, colour in type_categories(found.blocks["block_type"])],
        },
        "replicas": {"unit": "", "rows": [(PILOT, text("city.pilot", lang)), (ALIKE, text("city.alike", lang))]},
        "groups": {"unit": "", "rows": []},
    }
    for name in MAPPED:
        rows = [*zip(classes[name].colours, classes[name].labels(lang), strict=True), (NO_VALUE, text("figure.none.block", lang))]
        unit = text("city.unit.pv", lang) if name == "pv" else written_unit(units[name], lang)
        legends[name] = {"unit": unit, "rows": rows}
    return legends


def _floor_finding(found: Scan, lang: str) -> str:
    """What the chart of floor by balance shows."""
    blocks = found.blocks[found.blocks["best_balance_kwh_m2a"].notna()]
    if blocks.empty:
        return ""
    floor = blocks["reference_area_m2"]
    whole = float(floor.sum())
    shares = {
        key: _percent(float(floor[blocks[column] >= 0].sum()) / whole, lang) if whole > 0 else "–"
        for key, column in (("today", "balance_today_kwh_m2a"), ("way", "way_balance_kwh_m2a"), ("best", "best_balance_kwh_m2a"))
    }
    return text("city.floor.finding", lang, **shares)


def _replicas(found: Scan, replicas: CityReplication | None, lang: str) -> dict[str, Any] | None:
    """Sentences about look-alikes of the first group, and the likest quarters."""
    from ped_geo.outputs.replication import lead, quarter_lines

    if replicas is None:
        return None
    with money_of(replicas.about.study.country):
        return {
            "sentences": [*lead(replicas.found, replicas.about, lang), *_not_compared(found, replicas, lang)],
            "lines": quarter_lines(replicas.found, replicas.about, lang)[:LISTED_QUARTERS],
        }


def _left_out(found: Scan, lang: str) -> list[str]:
    """Places that this product leaves out."""
    titles = ", ".join(_title(place) for place in found.left)
    return [text("city.left_out", lang, places=titles)] if titles else []


def _left(count: int, lang: str) -> str:
    """How many groups the table leaves to the files; empty where it has all."""
    return text("city.groups.left", lang, count=number(count, lang)) if count > 0 else ""


def _not_compared(found: Scan, replicas: CityReplication, lang: str) -> list[str]:
    """Places that the comparison leaves out, with the reason."""
    left = [_title(place) for place in found.places if place.study.name not in replicas.about.places]
    return [text("city.replicas.left", lang, places=", ".join(left))] if left else []
