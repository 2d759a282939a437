"""What the council map shows, as plain numbers and texts: blocks, buildings, candidates, indicators, legends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ped_geo.blocks import block_name
from ped_geo.districts import exclusion_words
from ped_geo.outputs import Results
from ped_geo.outputs.styles import AMOUNT, Classes, amount_classes, signed_classes
from ped_geo.outputs.tables import variant_name, weather_words

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["coded_rings", "map_content"]

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


def _rounded(values: pd.Series, digits: int) -> list[float | None]:
    return [None if not np.isfinite(value) else round(float(value), digits) for value in values.to_numpy(dtype="float64")]


def _classes(values: list[list[float | None]], *, signed: bool) -> dict[str, Any]:
    flat = [value for column in values for value in column if value is not None]
    classes = signed_classes(flat) if signed else amount_classes(flat)
    return {"limits": list(classes.limits), "colours": list(classes.colours)}


def _indicator(
    key: str, unit: str, values: list[list[float | None]], *, signed: bool = False, digits: int = 0, fixed: Classes | None = None
) -> dict[str, Any]:
    scale = {"limits": list(fixed.limits), "colours": list(fixed.colours)} if fixed else _classes(values, signed=signed)
    return {"key": key, "unit": unit, "digits": digits, "values": values, **scale}


def _heat_by_block(results: Results, package: str) -> pd.Series:
    need = results.layers["need"].xs(package, level="package")["heat_need_kwh_a"]
    block = results.layers["buildings"]["block_id"].reindex(need.index)
    return need.groupby(block).sum().reindex(results.layers["blocks"].index)


def _indicators(results: Results) -> list[dict[str, Any]]:
    """Values per indicator, variant and block."""
    blocks, balance = results.layers["blocks"], results.layers["balance"]
    area = blocks["reference_area_m2"].where(blocks["reference_area_m2"] > 1.0)
    variants = results.study.variants

    def each(name: str, digits: int) -> list[list[float | None]]:
        return [_rounded(balance.xs(variant.key, level="variant")[name].reindex(blocks.index) / area, digits) for variant in variants]

    found = [
        _indicator("balance", "kWh/(m²·a)", each("primary_energy_balance_kwh_a", 1), signed=True),
        _indicator("heat", "kWh/(m²·a)", [_rounded(_heat_by_block(results, variant.package) / area, 1) for variant in variants]),
        _indicator("co2", "kg/(m²·a)", each("co2_kg_a", 1), digits=1),
        _indicator("pv", "kWh/(m²·a)", each("pv_kwh_a", 1)),
    ]
    if "investment_pln" in balance:
        found.append(_indicator("investment", "PLN/m²", each("investment_pln", 0)))
    chances = results.layers.get("probabilities")
    if chances is not None and "p_positive" in chances:
        values = [_rounded(_chance(chances, variant.key, blocks) * 100.0, 0) for variant in variants]
        found.append(_indicator("probability", "%", values, fixed=Classes((0, 20, 40, 60, 80, 100), AMOUNT)))
    return found


def _chance(chances: pd.DataFrame, variant: str, blocks: pd.DataFrame) -> pd.Series:
    rows = chances[chances["scope"] == "block"].reset_index()
    return rows[rows["variant"] == variant].set_index("group_id")["p_positive"].reindex(blocks.index)


def _candidates(results: Results) -> list[dict[str, Any]]:
    candidates: gpd.GeoDataFrame = results.layers["candidates"]
    if candidates.empty:
        return []
    rings = coded_rings(candidates.to_crs(4326).geometry.to_numpy())
    columns = ("label", "goal", "block_count", "reference_area_m2", "balance_kwh_m2a")
    return [
        {
            "label": str(label),
            "goal": str(goal),
            "blocks": int(count),
            "area": round(float(area)),
            "balance": round(float(balance), 1),
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
            "area": round(area),
            "residents": round(people),
            "buildings": int(count),
            "kwp": round(float(kwp)),
            "parking": round(cars),
            "out": out.get(str(name)),
        }
        for name, label, area, people, count, kwp, cars in zip(
            blocks.index,
            blocks["label"],
            blocks["reference_area_m2"],
            blocks["residents"],
            blocks["buildings"],
            pv,
            blocks["parking_area_m2"],
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
        "blocks": rows,
        "rings": coded_rings(blocks.to_crs(4326).geometry.to_numpy()),
        "buildings": _buildings(results, buildings),
        "candidates": _candidates(results),
        "indicators": _indicators(results),
        "kwh_per_kwp": round(specific * results.study.assumed("carriers.pef_electricity_pl")),
        "m2_per_kwp": round(results.study.assumed("pv.module_area") / results.study.assumed("pv.module_wp") * 1000.0, 2),
    }


def _buildings(results: Results, buildings: gpd.GeoDataFrame) -> dict[str, Any]:
    """Outlines of all buildings; use, storeys and heat need of those that are not single-family houses."""
    need = results.layers["need"].xs("existing", level="package")["heat_need_kwh_m2a"].reindex(buildings.index)
    private = (buildings["use"] == "residential_single").to_numpy()
    simple = buildings.to_crs(4326).geometry.simplify(2e-6).to_numpy()
    uses = sorted(set(buildings["use"]))
    return {
        "rings": coded_rings(simple),
        "uses": uses,
        "use": [uses.index(use) for use in buildings["use"]],
        "block": results.layers["blocks"].index.get_indexer(buildings["block_id"]).tolist(),
        "storeys": [None if hidden else int(count) for hidden, count in zip(private, buildings["storeys_above_ground"], strict=True)],
        "heat": [None if hidden else value for hidden, value in zip(private, _rounded(need, 0), strict=True)],
    }
