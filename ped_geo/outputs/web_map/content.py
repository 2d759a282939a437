"""What the council map shows, as plain numbers and texts: blocks, buildings, candidates, indicators, legends."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo.blocks import block_name
from ped_geo.countries import pack, pack_or_form
from ped_geo.districts import exclusion_words
from ped_geo.figures.amounts import CHOSEN
from ped_geo.language import LANGUAGES, text
from ped_geo.outputs import Results
from ped_geo.outputs.block_plans import plan_indicators
from ped_geo.outputs.block_types import type_indicator, type_reasons_of
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, classes_of, is_heated, printed, written_unit
from ped_geo.outputs.report.decision_details import decision_details
from ped_geo.outputs.report.page_one import page_one, starting_blocks
from ped_geo.outputs.roadmap import has_roadmap
from ped_geo.outputs.single_households import is_single_household
from ped_geo.outputs.styles import DARK_GROUND, GROUND
from ped_geo.outputs.tables import distinct_candidates, shown_variant, variant_name, weather_words
from ped_geo.outputs.web_map.choice import candidate_choice, choice_content
from ped_geo.outputs.web_map.finding import address_index, estate_names, ground_shapes, label_points, street_lines
from ped_geo.outputs.web_map.pipes import pipe_content
from ped_geo.remarks import sentences

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.outputs.styles import Classes

__all__ = ["coded_rings", "indicator", "map_content"]

PRECISION = 1e6
CLOSING = {"kwp": "missing_kwp", "area": "missing_m2"}
"""New modules that would close the gap of a block."""
FACTS = ("area", "residents", "buildings", "kwp")
"""Figures of a block that no variant changes."""


def coded_rings(shapes: NDArray[np.object_]) -> list[list[list[int]]]:
    """
    Rings as differences of whole micro-degrees, latitude first: short text, exact to a decimetre.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        In EPSG:4326.
    """
    parts, shape = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    # the last point of a ring is its first
    kept = np.diff(ring, append=-1) == 0
    yx, ring = np.round(points[kept, ::-1] * PRECISION).astype(np.int64), ring[kept]
    first = np.diff(ring, prepend=-1) != 0
    steps = np.diff(yx, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    steps[first] = yx[first]
    coded = steps.ravel().tolist()
    edges = [*(2 * np.flatnonzero(first)).tolist(), len(coded)]
    found: list[list[list[int]]] = [[] for _ in shapes]
    for owner, (begin, end) in zip(shape[part].tolist(), pairwise(edges), strict=True):
        found[owner].append(coded[begin:end])
    return found


SHOWN = {
    "balance": "balance",
    "heat": "heat",
    "co2": "co2",
    "pv": "pv_m2",
    "investment": "investment_m2",
    "probability": "p_positive",
    "network": "linear_density",
}
"""What the map can show and the figure behind it; words stand in the catalogue as ``map.i.<key>``."""


def indicator(key: str, figure: str, values: list[list[float | None]], classes: Classes) -> dict[str, Any]:
    """
    An indicator as the page reads it.

    Parameters
    ----------
    key : str
        Of the words ``map.i.<key>``.
    figure : str
        In `ped_geo.outputs.figures.FIGURES`.
    values : list of list of float or None
        As they are printed, by variant and block.
    classes : Classes
        Their classes.
    """
    labels = {lang: classes.labels(lang) for lang in LANGUAGES}
    about = FIGURES[figure]
    scale = {"limits": list(classes.limits), "colours": list(classes.colours), "labels": labels}
    return {
        "key": key,
        "unit": {lang: written_unit(about.unit, lang) for lang in LANGUAGES},
        "digits": about.digits,
        "chance": about.chance,
        "values": values,
        **scale,
    }


def _by_variant(results: Results, figure: str) -> list[list[float | None]]:
    """Values of a figure as they are printed, by variant and block."""
    keys = [variant.key for variant in results.study.variants]
    values = block_figures(results)[figure].unstack("variant").reindex(index=results.layers["blocks"].index, columns=keys)
    return [printed(values[key], figure) for key in keys]


def _indicators(results: Results) -> list[dict[str, Any]]:
    """Values per indicator, variant and block."""
    figures, found = block_figures(results), []
    for key, figure in SHOWN.items():
        if figure in {"p_positive", "linear_density"} and figures[figure].isna().all():
            continue
        found.append(indicator(key, figure, _by_variant(results, figure), classes_of(figure, figures[figure])))
    return found + type_indicator(results) + plan_indicators(results, indicator)


def _roadmap(results: Results) -> dict[str, Any]:
    """CO₂ by scenario, year and block; nothing where no roadmap was made."""
    if not has_roadmap(results):
        return {}
    table, blocks = results.layers["roadmap_blocks"], results.layers["blocks"].index
    scenarios, years = list(dict.fromkeys(table["scenario"])), sorted(set(table["year"].tolist()))
    values: list[list[list[float | None]]] = []
    for scenario in scenarios:
        rows = table[table["scenario"] == scenario]
        by_year = [rows[rows["year"] == year].set_index("block_id")["co2_kg_m2a"].reindex(blocks) for year in years]
        values.append([printed(one, "co2") for one in by_year])
    found = indicator("roadmap", "co2", [], classes_of("co2", table["co2_kg_m2a"]))
    return {"roadmap": {**found, "values": values, "scenarios": scenarios, "years": [int(year) for year in years]}}


def _candidates(results: Results) -> list[dict[str, Any]]:
    candidates: gpd.GeoDataFrame = results.layers["candidates"]
    if candidates.empty:
        return []
    candidates = candidates.loc[list(distinct_candidates(results))]
    rings = coded_rings(candidates.to_crs(4326).geometry.to_numpy())
    own = partial(results.figures.printed, scope="candidate")
    return [
        {
            "label": str(row.label),
            "goal": str(row.goal),
            "blocks": own("block_count", identity=str(row.Index)),
            "area": own("area", identity=str(row.Index)),
            "balance": own("balance", CHOSEN, identity=str(row.Index)),
            **candidate_choice(results, str(row.Index)),
            "rings": ring,
        }
        for row, ring in zip(candidates.itertuples(), rings, strict=True)
    ]


def _why_out(results: Results) -> dict[str, dict[str, str]]:
    """Block → why it is in no candidate, in both languages."""
    table = results.layers.get("excluded")
    if table is None:
        return {}
    labels = results.layers["candidates"]["label"].to_dict()
    named = {
        lang: table.assign(candidate_id=[block_name(str(labels.get(name, name)), lang) for name in table["candidate_id"]])
        for lang in ("pl", "en")
    }
    return {str(block): {lang: exclusion_words(rows.loc[block], lang) for lang, rows in named.items()} for block in table.index}


def map_content(results: Results) -> dict[str, Any]:
    """
    Everything the page needs, ready for JSON.

    Returns
    -------
    dict
        ``blocks``, ``buildings``, ``candidates``, ``indicators``, ``variants`` and what is said about the data. Single-family
        houses carry no figures of their own.
    """
    blocks: gpd.GeoDataFrame = results.layers["blocks"]
    buildings: gpd.GeoDataFrame = results.layers["buildings"]
    buildings = buildings[buildings["in_district"]]
    types = type_reasons_of(results)
    out, facts = _why_out(results), results.figures.facts("block", FACTS).reindex(blocks.index)
    rows = [
        {
            "id": str(name),
            "label": str(label),
            "at": point,
            "out": out.get(str(name)),
            "type": types.get(str(name)),
            **dict(zip(FACTS, told, strict=True)),
        }
        for name, label, point, told in zip(
            blocks.index,
            blocks["label"],
            label_points(blocks),
            zip(*(printed(facts[key], key) for key in FACTS), strict=True),
            strict=True,
        )
    ]
    return {
        "title": results.study.title,
        "sample": results.study.sample,
        "lang": pack(results.study.country).language,
        "abroad": not pack(results.study.country).has("grants"),
        "attribution": str(results.provenance.get("place", {}).get("attribution", "")),
        "weather": weather_words(results.provenance.get("weather", {})),
        "factors": results.study.factor_set,
        "credit": results.study.balance.export_credit,
        "variants": [
            {"key": variant.key, "pl": variant_name(variant, "pl"), "en": variant_name(variant, "en")} for variant in results.study.variants
        ],
        "decision": {lang: page_one(results, lang) for lang in LANGUAGES},
        "details": {lang: decision_details(results, lang) for lang in LANGUAGES},
        "starts": blocks.index.get_indexer(starting_blocks(results, shown_variant(results))).tolist() if is_heated(results) else [],
        "addresses": address_index(results),
        "streets": street_lines(results),
        "estates": estate_names(results),
        "ground": _ground(results),
        "notes": {lang: sentences(results.layers["caveats"], lang) for lang in LANGUAGES},
        "blocks": rows,
        "rings": coded_rings(blocks.to_crs(4326).geometry.to_numpy()),
        "buildings": _buildings(results, buildings),
        "candidates": _candidates(results),
        "indicators": _indicators(results),
        **choice_content(results),
        **pipe_content(results),
        **_roadmap(results),
        "heated": is_heated(results),
        "shown": results.study.variants.index(shown_variant(results)),
        "kwp_digits": FIGURES["kwp"].digits,
        "closing": {name: _by_variant(results, figure) for name, figure in CLOSING.items()},
    }


def _ground(results: Results) -> list[dict[str, Any]]:
    """Water and green with their colours, water last so that it lies above."""
    shapes = sorted(ground_shapes(results), key=lambda one: one[:2])
    rings = coded_rings(np.array([shape for *_, shape in shapes], dtype=object))
    return [
        {"kind": kind, "name": name, "at": at, "tone": GROUND[kind], "dark": DARK_GROUND[kind], "rings": ring}
        for (kind, name, at, _), ring in zip(shapes, rings, strict=True)
    ]


TOLD = ("construction_period", "heat_supply")
"""What is said of a building beside its use and storeys."""
GUESSED = ("use", "storeys_above_ground", *TOLD)
"""What is marked where no source tells it, in the order of the bits."""
OUTSIDE = 0b11
"""Bits of what anybody sees from outside: use and storeys."""


def _word(results: Results, name: str, value: str) -> dict[str, str]:
    """A code of a building in both languages."""
    if name == "construction_period":
        periods = {period.code: period for period in pack_or_form(results.study.country).periods}
        return {"en": periods[value].words_en, "pl": periods[value].words_pl} if value in periods else {"en": "–", "pl": "–"}
    return {lang: text(f"code.{value}", lang) for lang in LANGUAGES}


def _guessed(buildings: gpd.GeoDataFrame) -> list[int]:
    """A bit for each of `GUESSED` that was inferred."""
    found = np.zeros(len(buildings), dtype=np.int64)
    for bit, name in enumerate(GUESSED):
        found += buildings[f"{name}_source"].astype("str").str.startswith("inferred").to_numpy(dtype=np.int64) << bit
    return found.tolist()


def _buildings(results: Results, buildings: gpd.GeoDataFrame) -> dict[str, Any]:
    """Outlines, use and storeys of all buildings; what is not seen from outside only of those in which several households live."""
    figures = building_figures(results).reindex(buildings.index)
    need, known = printed(figures["heat"], "heat"), printed(figures["known"], "known")
    private = is_single_household(buildings).to_numpy()
    simple = buildings.to_crs(4326).geometry.simplify(2e-6).to_numpy()
    uses, about = sorted(set(buildings["use"])), {name: buildings[name].astype("str") for name in TOLD}
    words = {name: sorted(set(values[~private])) for name, values in about.items()}
    return {
        "rings": coded_rings(simple),
        "uses": uses,
        "use": [uses.index(use) for use in buildings["use"]],
        "block": results.layers["blocks"].index.get_indexer(buildings["block_id"]).tolist(),
        "words": {name: [_word(results, name, value) for value in values] for name, values in words.items()},
        **{
            name: [-1 if hidden else words[name].index(value) for hidden, value in zip(private, values, strict=True)]
            for name, values in about.items()
        },
        "guessed": [mask & OUTSIDE if hidden else mask for hidden, mask in zip(private, _guessed(buildings), strict=True)],
        "storeys": [int(count) for count in buildings["storeys_above_ground"]],
        "heat": [None if hidden else value for hidden, value in zip(private, need, strict=True)],
        "known": [None if hidden else value for hidden, value in zip(private, known, strict=True)],
    }
