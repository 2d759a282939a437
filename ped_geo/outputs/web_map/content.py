"""What the council map shows, as plain numbers and texts: blocks, buildings, candidates, indicators, legends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo.blocks import block_name
from ped_geo.districts import exclusion_words
from ped_geo.language import LANGUAGES, half_up
from ped_geo.outputs import Results
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, classes_of, decimals, heated_floor, printed
from ped_geo.outputs.report.page_one import page_one
from ped_geo.outputs.tables import distinct_candidates, shown_variant, variant_name, weather_words

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.outputs.styles import Classes

__all__ = ["coded_rings", "indicator", "map_content"]

PRECISION = 1e6


def coded_rings(shapes: NDArray[np.object_]) -> list[list[list[int]]]:
    """
    Rings as differences of whole micro-degrees, latitude first: short text, exact to a decimetre.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        In EPSG:4326.
    """
    found: list[list[list[int]]] = []
    for shape in shapes:
        rings = shapely.get_rings(shapely.get_parts(shape))
        coded = []
        for ring in rings:
            yx = np.round(shapely.get_coordinates(ring)[:-1, ::-1] * PRECISION).astype(np.int64)
            steps = np.diff(yx, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
            coded.append(steps.ravel().tolist())
        found.append(coded)
    return found


SHOWN = {
    "balance": "balance",
    "heat": "heat",
    "co2": "co2",
    "pv": "pv_m2",
    "investment": "investment_m2",
    "probability": "p_positive",
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
    return {"key": key, "unit": about.unit, "digits": about.digits, "values": values, **scale}


def _indicators(results: Results) -> list[dict[str, Any]]:
    """Values per indicator, variant and block."""
    blocks, figures = results.layers["blocks"].index, block_figures(results)
    found = []
    for key, figure in SHOWN.items():
        if figure == "p_positive" and figures[figure].isna().all():
            continue
        by_variant = figures[figure].unstack("variant").reindex(index=blocks)
        columns = [
            by_variant[variant.key] if variant.key in by_variant else by_variant.sum(axis=1) * np.nan for variant in results.study.variants
        ]
        found.append(indicator(key, figure, [printed(column, figure) for column in columns], classes_of(figure, figures[figure])))
    return found


def _candidates(results: Results) -> list[dict[str, Any]]:
    candidates: gpd.GeoDataFrame = results.layers["candidates"]
    if candidates.empty:
        return []
    candidates = candidates.loc[list(distinct_candidates(results))]
    rings = coded_rings(candidates.to_crs(4326).geometry.to_numpy())
    columns = ("label", "goal", "block_count", "reference_area_m2", "balance_kwh_m2a")
    return [
        {
            "label": str(label),
            "goal": str(goal),
            "blocks": int(count),
            "area": half_up(area, 0),
            "balance": half_up(balance, FIGURES["balance"].digits),
            "rings": ring,
        }
        for (label, goal, count, area, balance), ring in zip(candidates[list(columns)].itertuples(index=False), rings, strict=True)
    ]


def _why_out(results: Results) -> dict[str, dict[str, str]]:
    """Block → why it is in no candidate, in both languages."""
    table = results.layers.get("excluded")
    if table is None:
        return {}
    labels = results.layers["candidates"]["label"].to_dict()
    named = {
        lang: table.assign(district_id=[block_name(str(labels.get(name, name)), lang) for name in table["district_id"]])
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
    pv = results.layers["pv_buildings"]["capacity_kwp"].groupby(buildings["block_id"]).sum().reindex(blocks.index).fillna(0.0)
    out = _why_out(results)
    rows = [
        {
            "id": str(name),
            "label": str(label),
            "area": half_up(area, 0),
            "residents": half_up(people, 0),
            "buildings": int(count),
            "kwp": half_up(kwp, decimals("capacity_kwp", "kWp")),
            "out": out.get(str(name)),
        }
        for name, label, area, people, count, kwp in zip(
            blocks.index,
            blocks["label"],
            blocks["reference_area_m2"],
            blocks["residents"],
            blocks["buildings"],
            pv,
            strict=True,
        )
    ]
    yields = results.layers["pv_buildings"]
    specific = yields["annual_yield_kwh_a"].sum() / max(yields["capacity_kwp"].sum(), 1e-9) or results.study.assumed("pv.yield_s15")
    return {
        "title": results.study.title,
        "sample": results.study.sample,
        "abroad": results.study.country != "PL",
        "attribution": str(results.provenance.get("place", {}).get("attribution", "")),
        "weather": weather_words(results.provenance.get("weather", {})),
        "factors": results.study.balance.factor_set,
        "credit": results.study.balance.export_credit,
        "variants": [
            {"key": variant.key, "pl": variant_name(variant, "pl"), "en": variant_name(variant, "en")} for variant in results.study.variants
        ],
        "decision": {lang: page_one(results, lang) for lang in LANGUAGES},
        "blocks": rows,
        "rings": coded_rings(blocks.to_crs(4326).geometry.to_numpy()),
        "buildings": _buildings(results, buildings),
        "candidates": _candidates(results),
        "indicators": _indicators(results),
        "heated": math.isfinite(heated_floor(results)),
        "shown": results.study.variants.index(shown_variant(results)),
        "kwp_digits": decimals("capacity_kwp", "kWp"),
        "kwh_per_kwp": round(specific * results.study.assumed("carriers.pef_electricity_pl")),
        "m2_per_kwp": round(results.study.assumed("pv.module_area") / results.study.assumed("pv.module_wp") * 1000.0, 2),
    }


def _buildings(results: Results, buildings: gpd.GeoDataFrame) -> dict[str, Any]:
    """Outlines of all buildings; use, storeys, heat need and how well they are known of those that are not single-family houses."""
    figures = building_figures(results).reindex(buildings.index)
    need, known = printed(figures["heat"], "heat"), printed(figures["known"], "known")
    private = (buildings["use"] == "residential_single").to_numpy()
    simple = buildings.to_crs(4326).geometry.simplify(2e-6).to_numpy()
    uses = sorted(set(buildings["use"]))
    return {
        "rings": coded_rings(simple),
        "uses": uses,
        "use": [uses.index(use) for use in buildings["use"]],
        "block": results.layers["blocks"].index.get_indexer(buildings["block_id"]).tolist(),
        "storeys": [None if hidden else int(count) for hidden, count in zip(private, buildings["storeys_above_ground"], strict=True)],
        "heat": [None if hidden else value for hidden, value in zip(private, need, strict=True)],
        "known": [None if hidden else value for hidden, value in zip(private, known, strict=True)],
    }
