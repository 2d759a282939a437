"""Blocks of a place in their order, with the reason of each, and its totals beside known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo import schema
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.countries import pack
from ped_geo.figures.houses import known_share
from ped_geo.plans import offered_options, recommended_variant
from ped_geo.plans.variant_space import is_untouched
from ped_geo.quarters.types import NO_HEAT, NO_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["REASONS", "TOTALS", "form_blocks", "place_blocks", "place_totals", "ranked"]

REASONS: Final = ("scan_positive", "scan_in_group", "scan_short", "scan_form", "scan_empty")
"""Why a block stands where it does, from the first to the last."""

TOTALS: Final = {
    "buildings": "-",
    "dwellings": "-",
    "residents": "-",
    "gross_floor_area_m2": "m2",
    "reference_area_m2": "m2",
    "heat_need_kwh_a": "kWh/a",
    "pv_kwp": "kWp",
    "pv_yield_kwh_a": "kWh/a",
    "balance_today_kwh_a": "kWh/a",
    "co2_today_kg_a": "kg/a",
}
"""Columns that are summed over a place, with their units as an input table names them."""


def place_blocks(layers: Mapping[str, pd.DataFrame], tile_of_block: Mapping[str, str], study: Study) -> gpd.GeoDataFrame:
    """
    What a scan tells of each block of one place, not yet ranked.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``buildings``, ``blocks``, ``need``, ``pv_buildings``, ``balance``, ``levers``, ``heat_density``, ``candidates``, ``recommendation``,
        ``block_types``.
    tile_of_block : mapping of str to str
        Name of the tile of each block.
    study : Study
        Variants, country.

    Returns
    -------
    GeoDataFrame, index ``scan_id``
        Columns of layer ``scan_blocks`` without ``rank`` and ``reason``; metres, in the place's own system.
    """
    blocks, balance = layers["blocks"], layers["balance"]
    area = blocks["reference_area_m2"].where(blocks["reference_area_m2"] > LEAST_FLOOR_M2)
    today = _untouched(balance, study).reindex(blocks.index)
    shown = recommended_variant(layers["recommendation"], study)
    best = _best(layers, study).reindex(blocks.index)
    gained = best["balance_kwh_a"] - today["primary_energy_balance_kwh_a"]
    per_kwh = (best["investment"] / gained.where(gained > 0)).where(area.notna())
    member = _members(layers["candidates"])
    columns: dict[str, Any] = {
        "place": study.name,
        "block_id": blocks.index.astype("str"),
        "label": blocks["label"],
        "tile": [tile_of_block[str(name)] for name in blocks.index],
        "block_type": layers["block_types"]["block_type"].reindex(blocks.index).fillna(NO_HEAT),
        "cost_rank": per_kwh.rank(method="first").fillna(0).astype("int64"),
        "candidate": [member.get(str(name), "") for name in blocks.index],
        **{name: blocks[name] for name in ("area_m2", "buildings", "dwellings", "residents", "gross_floor_area_m2", "reference_area_m2")},
        **{name: blocks[name] for name in ("fsi", "gsi")},
        **_of_buildings(layers, blocks.index),
        "balance_today_kwh_a": today["primary_energy_balance_kwh_a"].fillna(0.0),
        "balance_today_kwh_m2a": today["primary_energy_balance_kwh_a"] / area,
        "way": shown,
        "way_balance_kwh_m2a": balance["primary_energy_balance_kwh_a"].xs(shown, level="variant").reindex(blocks.index) / area,
        "best_way": best["variant"].fillna(""),
        "best_balance_kwh_m2a": best["balance_kwh_a"] / area,
        "positive": (best["balance_kwh_a"] >= 0).where(area.notna(), other=False).astype(bool),
        "investment": best["investment"].fillna(0.0),
        "investment_per_m2": best["investment"] / area,
        "investment_per_kwh": per_kwh,
        "currency": pack(study.country).currency,
        "linear_density_mwh_m_a": _linear_density(layers["heat_density"]).reindex(blocks.index),
        "co2_today_kg_a": today["co2_kg_a"].fillna(0.0),
        "co2_best_kg_a": best["co2_kg_a"].fillna(0.0),
    }
    found = blocks[["geometry"]].assign(**columns)
    found["pv_yield_kwh_m2"] = found["pv_yield_kwh_a"] / found["area_m2"].where(found["area_m2"] > 0)
    found["heat_need_kwh_m2a"] = found["heat_need_kwh_a"] / area
    texts = [name for name, column in schema.columns("scan_blocks").items() if column.dtype in {"str", "category"} and name in found]
    found = found.astype(dict.fromkeys(texts, "str"))
    return found.set_axis(pd.Index([f"{study.name}/{name}" for name in blocks.index], dtype="str", name="scan_id"))


def form_blocks(layers: Mapping[str, pd.DataFrame], tile_of_block: Mapping[str, str], study: Study) -> gpd.GeoDataFrame:
    """
    What a scan tells of each block of a place whose country has no pack: form and photovoltaics; the rest is missing.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``buildings``, ``blocks``, ``pv_buildings``.
    tile_of_block, study
        As in `place_blocks`.

    Returns
    -------
    GeoDataFrame, index ``scan_id``
        As `place_blocks` gives it; no block has a way, which tells that heat is not known.
    """
    blocks = layers["blocks"]
    modules = _modules(layers, blocks.index)
    known: dict[str, Any] = {
        "place": study.name,
        "block_id": blocks.index.astype("str"),
        "label": blocks["label"],
        "tile": [tile_of_block[str(name)] for name in blocks.index],
        "block_type": NO_TYPE,
        "cost_rank": 0,
        "positive": False,
        **{name: blocks[name] for name in ("area_m2", "buildings", "dwellings", "residents", "gross_floor_area_m2", "reference_area_m2")},
        **{name: blocks[name] for name in ("fsi", "gsi")},
        **modules,
    }
    known["pv_yield_kwh_m2"] = modules["pv_yield_kwh_a"] / blocks["area_m2"].where(blocks["area_m2"] > 0)
    declared = {name: column for name, column in schema.columns("scan_blocks").items() if name not in {"rank", "reason", "geometry"}}
    texts = [name for name, column in declared.items() if column.dtype in {"str", "category"}]
    missing = {name: "" if name in texts else np.nan for name in declared if name not in known}
    found = blocks[["geometry"]].assign(**known, **missing).astype(dict.fromkeys(texts, "str"))
    return found.set_axis(pd.Index([f"{study.name}/{name}" for name in blocks.index], dtype="str", name="scan_id"))


def _untouched(balance: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Balance of each block as it is; nothing where no variant leaves it so."""
    names = [variant.key for variant in study.variants if is_untouched(variant)]
    mine = balance[balance.index.get_level_values("variant").isin(names[:1])]
    return pd.DataFrame(mine.droplevel("variant"))


def _best(layers: Mapping[str, pd.DataFrame], study: Study) -> pd.DataFrame:
    """Variant with the best balance of those that the place and the block allow; of equal ones the cheaper."""
    balance = layers["balance"]
    options = balance[["primary_energy_balance_kwh_a", "investment", "co2_kg_a"]].rename(
        columns={"primary_energy_balance_kwh_a": "balance_kwh_a"}
    )
    offered = offered_options(options, layers["levers"], layers["blocks"], study).reset_index()
    order = offered.sort_values(["block_id", "balance_kwh_a", "investment", "variant"], ascending=[True, False, True, True])
    return order.drop_duplicates("block_id").set_index("block_id")


def _of_buildings(layers: Mapping[str, pd.DataFrame], blocks: pd.Index) -> dict[str, pd.Series]:
    """Sums over the buildings of each block, and how well they are known."""
    buildings = layers["buildings"]
    inside = buildings[buildings["in_district"]]
    block = inside["block_id"].astype("str")
    need = layers["need"]["heat_need_kwh_a"].xs("existing", level="package").reindex(inside.index).fillna(0.0)
    floor = inside["reference_area_m2"].where(inside["heated"].astype(bool), 0.0)
    known = (known_share(inside).fillna(0.0) * floor).groupby(block).sum() / floor.groupby(block).sum().replace(0.0, np.nan)
    return {
        "known_share": known.reindex(blocks),
        "heat_need_kwh_a": need.groupby(block).sum().reindex(blocks).fillna(0.0),
        **_modules(layers, blocks),
    }


def _modules(layers: Mapping[str, pd.DataFrame], blocks: pd.Index) -> dict[str, pd.Series]:
    """New modules on the roofs of each block."""
    buildings = layers["buildings"]
    inside = buildings[buildings["in_district"]]
    block = inside["block_id"].astype("str")
    modules = layers["pv_buildings"].reindex(inside.index)[["capacity_kwp", "annual_yield_kwh_a"]].fillna(0.0)
    return {
        "pv_kwp": modules["capacity_kwp"].groupby(block).sum().reindex(blocks).fillna(0.0),
        "pv_yield_kwh_a": modules["annual_yield_kwh_a"].groupby(block).sum().reindex(blocks).fillna(0.0),
    }


def _linear_density(density: pd.DataFrame) -> pd.Series:
    """Linear heat density by effective width, as the block stands and with all of its heat connected."""
    today = density.xs("existing", level="package")["linear_density_estimated_mwh_m_a"].reset_index("connection_rate")
    return today[today["connection_rate"] == today["connection_rate"].max()]["linear_density_estimated_mwh_m_a"]


def _members(candidates: pd.DataFrame) -> dict[str, str]:
    """Candidate of each block: the first that holds it."""
    found: dict[str, str] = {}
    for name, row in candidates["blocks"].items():
        for block in str(row).split(";"):
            found.setdefault(block, str(name))
    return found


def ranked(places: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """
    Blocks of all places in one order.

    Parameters
    ----------
    places : list of GeoDataFrame
        From `place_blocks`.

    Returns
    -------
    GeoDataFrame
        Layer ``scan_blocks`` in degrees (EPSG:4326): first blocks whose best way is positive, then those that a positive group
        takes in, then those that fall short, then those whose country has no pack by the yield of new modules per area, then those
        without heated floor; within each of the others by the balance per heated floor area.
        Money does not decide, for places may have different currencies; ``cost_rank`` tells the order by cost within a place.
    """
    found = pd.concat([place.to_crs(4326) for place in places])
    heated = found["best_balance_kwh_m2a"].notna()
    formed = (found["way"] == "") & (found["buildings"] > 0)
    place = np.select([found["positive"], heated & (found["candidate"] != ""), heated, formed], [0, 1, 2, 3], 4)
    value = found["best_balance_kwh_m2a"].where(~formed, found["pv_yield_kwh_m2"]).fillna(0.0).to_numpy()
    found["reason"] = pd.array(np.array(REASONS, dtype=object)[place], dtype="str")
    order = np.lexsort((found.index.to_numpy().astype(str), -value, place))
    found = found.iloc[order]
    found["rank"] = np.arange(1, len(found) + 1)
    return schema.check_layer("scan_blocks", found[list(schema.columns("scan_blocks"))])


def place_totals(blocks: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """
    Sums of each place, beside what is published of it.

    Parameters
    ----------
    blocks : DataFrame
        Layer ``scan_blocks``.
    known : DataFrame
        ``place``, ``figure`` (one of `TOTALS`), ``value``, ``source``; may have no rows.

    Returns
    -------
    DataFrame, index (``place``, ``figure``)
        ``value``; ``known``, ``source`` and ``deviation`` (value over known, less 1), missing where nothing is known.
    """
    wide = blocks.groupby("place")[list(TOTALS)].sum(min_count=1).rename_axis(columns="figure")
    sums = pd.DataFrame({"value": wide.stack().dropna()})
    told = known.set_index(["place", "figure"]).reindex(sums.index)
    sums["known"] = told["value"].astype("float64")
    sums["source"] = told["source"].astype("str").where(told["source"].notna(), "")
    sums["deviation"] = sums["value"] / sums["known"].where(sums["known"] != 0) - 1.0
    return sums.sort_index()
