"""The council map of a scan: every block in one page that works offline, with the sentences, classes and colours of the city's report."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ped_geo.countries import pack_or_form
from ped_geo.language import LANGUAGES, half_up, money_of
from ped_geo.outputs import Results
from ped_geo.outputs.escapes import plain_layers
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.tables import variant_name
from ped_geo.outputs.web_map import PageParts, page_script, render
from ped_geo.outputs.web_map.content import coded_rings
from ped_geo.outputs.web_map.finding import address_index, estate_names, label_points, street_lines
from ped_geo.outputs.web_map.pipes import coded_lines
from ped_geo.scan.city.content import city_content
from ped_geo.scan.city.networks import network_table
from ped_geo.scan.city.pictures import MAPPED, block_colours, city_classes
from ped_geo.scan.city.replicas import first_groups
from ped_geo.schema import columns

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.scan.finished import Scan
    from ped_geo.scan.place import ScanPlace

__all__ = ["council_map", "council_map_content"]

SHARED: Final = ("helpers", "labels", "search")
"""Parts of the district map's script that this one uses too."""

WORDS: Final = ("map.", "code.", "city.", "scan.map.", "scan.head.", "scan.networks")

TOLD: Final = {
    "buildings": 0,
    "residents": 0,
    "reference_area_m2": 0,
    "balance_today_kwh_m2a": 0,
    "way_balance_kwh_m2a": 0,
    "best_balance_kwh_m2a": 0,
    "heat_need_kwh_m2a": 0,
    "linear_density_mwh_m_a": 1,
    "pv_kwp": 0,
    "pv_yield_kwh_a": 0,
    "investment": 0,
    "investment_per_kwh": 2,
    "cost_rank": 0,
    "co2_today_kg_a": 0,
    "co2_best_kg_a": 0,
}
"""Columns that the card of a block tells, in their order, and the decimals of each."""

NOTHING_AT_0: Final = ("cost_rank",)
PER_CENT: Final = "known_share"
PER_AREA: Final = "pv_yield_kwh_m2"
DIGITS: Final = TOLD | {PER_CENT: 0, PER_AREA: 0}
THEMES: Final = ("reason", "best", "type", "pv", "density", "known")


def council_map(found: Scan, name: str) -> str:
    """
    The page as HTML, in Polish and English.

    Parameters
    ----------
    found : Scan
        The finished scan.
    name : str
        Of the scan.
    """
    place = resources.files("ped_geo") / "scan" / "city"
    body, style, script, start = ((place / file).read_text(encoding="utf-8") for file in ("map.html", "map.css", "map.js", "map_start.js"))
    parts = PageParts(f"<style>{style}</style>{body}", "\n".join((script, page_script(*SHARED), start)), WORDS)
    with money_of(found.places[0].study.country):
        return render(council_map_content(found, name), found.blocks.total_bounds.tolist(), parts)


def council_map_content(found: Scan, name: str) -> dict[str, Any]:
    """
    Everything the page needs, ready for JSON.

    Parameters
    ----------
    found : Scan
        The finished scan.
    name : str
        Of the scan.

    Returns
    -------
    dict
        Blocks stand in the order of the ranking; sentences and tables are those of `ped_geo.scan.city.content.city_content`.
    """
    layers = plain_layers({"blocks": found.blocks, "candidates": found.candidates})
    found = replace(found, blocks=layers["blocks"], candidates=layers["candidates"])
    said = {lang: city_content(found, name, lang, None) for lang in LANGUAGES}
    shown = set(found.blocks["place"].astype("str"))
    verdicts = [place.study.name for place in found.places if place.study.name in shown]
    titles = [place["title"] for place in said["pl"]["places"]]
    return {
        "title": said["pl"]["title"],
        "scan": name,
        "lang": pack_or_form(found.places[0].study.country).language,
        "sample": any(place.study.sample for place in found.places),
        "places": titles,
        "verdicts": len(verdicts),
        "said": {lang: _said(one, verdicts) for lang, one in said.items()},
        "themes": _themes(found, said),
        "columns": _columns(found.blocks),
        "table": {**_blocks(found), "ways": _ways(found)},
        "heat": any(place.complete for place in found.places),
        "rings": coded_rings(found.blocks.geometry.to_numpy()),
        "candidates": _groups(found),
        "attribution": {lang: [": ".join(pair) for pair in one["sources"]] for lang, one in said.items()},
        **_whereabouts(found),
        **_pipes(found),
        "networks": {lang: network_table(found.routes, lang) for lang in LANGUAGES},
    }


def _said(content: dict[str, Any], verdicts: list[str]) -> dict[str, Any]:
    """Sentences and tables of the report that the page shows too, and which sentence is the verdict of each place."""
    kept = ("page_one", "starts", "totals", "groups", "groups_left", "methods", "failed", "floor_finding")
    places = [place["key"] for place in content["places"]]
    return {**{name: content[name] for name in kept}, "verdict_of": [verdicts.index(place) if place in verdicts else 0 for place in places]}


def _themes(found: Scan, said: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Legend of each map of the report, and the class of each block in it."""
    known = any(place.complete for place in found.places)
    tones = block_colours(found.blocks, city_classes(found.blocks))
    themes = []
    for theme in THEMES:
        if theme in MAPPED and not found.blocks[MAPPED[theme]].notna().any():
            continue
        if theme in {"reason", "type"} and not known:
            continue
        legends = {lang: said[lang]["legends"][theme] for lang in LANGUAGES}
        palette = [colour for colour, _ in legends["pl"]["rows"]]
        themes.append(
            {
                "key": theme,
                "column": MAPPED.get(theme, ""),
                "colours": palette,
                "labels": {lang: [words for _, words in legends[lang]["rows"]] for lang in LANGUAGES},
                "unit": {lang: legends[lang]["unit"] for lang in LANGUAGES},
                "tone": [palette.index(colour) for colour in tones[theme]],
            }
        )
    return themes


def _columns(blocks: gpd.GeoDataFrame) -> dict[str, dict[str, Any]]:
    """Amounts of all blocks as they are printed, with their names and units."""
    declared, found = columns("scan_blocks"), {}
    for name, digits in DIGITS.items():
        per_cent, about = name == PER_CENT, declared[name]
        values = blocks[name].to_numpy(dtype="float64") * (100.0 if per_cent else 1.0)
        found[name] = {
            "digits": digits,
            "label": {lang: about.label(lang) for lang in LANGUAGES},
            "unit": {lang: _unit(about.unit, lang, per_cent=per_cent) for lang in LANGUAGES},
            "values": [
                half_up(value, digits) if np.isfinite(value) and (value or name not in NOTHING_AT_0) else None for value in values.tolist()
            ],
            "card": name in TOLD,
        }
    return found


def _unit(unit: str, lang: str, *, per_cent: bool) -> str:
    """Unit as it is written; that of money stays a sign, for which the page puts the currency of the block."""
    if per_cent:
        return "%"
    if "¤" in unit:
        return unit.replace("/a)", "/rok)") if lang == "pl" else unit
    return written_unit(unit, lang)


def _blocks(found: Scan) -> dict[str, list[Any]]:
    """Names and codes of all blocks."""
    blocks = found.blocks
    names = [place.study.name for place in found.places]
    groups = list(first_groups(found).index.astype("str")) if len(found.candidates) else []
    letters = {name: number for number, name in enumerate(groups)}
    keys = {key: number for number, key in enumerate(_way_keys(found))}
    return {
        "id": list(map(str, blocks.index)),
        "label": blocks["label"].astype("str").tolist(),
        "at": label_points(blocks),
        "place": [names.index(str(place)) for place in blocks["place"]],
        "type": blocks["block_type"].astype("str").tolist(),
        "reason": blocks["reason"].astype("str").tolist(),
        "currency": blocks["currency"].astype("str").tolist(),
        "group": [letters.get(f"{place}/{one}", -1) for place, one in zip(blocks["place"], blocks["candidate"], strict=True)],
        "way": [keys.get((str(place), str(way)), -1) for place, way in zip(blocks["place"], blocks["best_way"], strict=True)],
    }


def _way_keys(found: Scan) -> list[tuple[str, str]]:
    return [(place.study.name, variant.key) for place in found.places for variant in place.study.variants]


def _ways(found: Scan) -> list[dict[str, str]]:
    """Names of the ways of all places, in the order of `_way_keys`."""
    return [{lang: variant_name(one, lang) for lang in LANGUAGES} for place in found.places for one in place.study.variants]


def _groups(found: Scan) -> list[dict[str, Any]]:
    """Outlines of candidate groups, the first ones first."""
    if not len(found.candidates):
        return []
    order = first_groups(found).index
    shapes = found.candidates.loc[order]
    rings = coded_rings(shapes.geometry.to_numpy())
    return [{"label": str(label), "rings": one} for label, one in zip(shapes["label"], rings, strict=True)]


def _whereabouts(found: Scan) -> dict[str, list[Any]]:
    """Addresses, streets and estates of all places by name."""
    addresses: list[Any] = []
    streets: list[Any] = []
    estates: list[Any] = []
    for place in found.places:
        own = _results(place)
        known = found.blocks.index.get_indexer([f"{place.study.name}/{block}" for block in own.layers["blocks"].index]).tolist()
        for street, blocks in address_index(own):
            kept = [[known[block], numbers] for block, numbers in blocks if known[block] >= 0]
            addresses += [[street, kept]] if kept else []
        streets += street_lines(own)
        estates += estate_names(own)
    return {"addresses": addresses, "streets": streets, "estates": estates}


def _results(place: ScanPlace) -> Results:
    """What finds places by their names, of one place."""
    layers = place.standing()
    return Results(place.study, place.site, {name: layers[name] for name in ("blocks", "buildings", "streets")})


def _pipes(found: Scan) -> dict[str, Any]:
    """Pipes of the networks that were asked for."""
    if found.routes is None or not len(found.routes.pipes):
        return {}
    pipes = found.routes.pipes.sort_values("dn", kind="stable")
    return {"pipes": {"lines": coded_lines(pipes.geometry.to_numpy()), "dn": pipes["dn"].astype(int).tolist()}}
