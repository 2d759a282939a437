"""Quarters of look-alikes as rows: what stands there, how it differs from the pilot, and what the package does; and sums of a city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ped_geo import schema
from ped_geo.language import LANGUAGES, text
from ped_geo.quarters.distance import contributions
from ped_geo.quarters.features import block_features, feature_table
from ped_geo.quarters.types import value_words

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.quarters.place import ComparedPlace
    from ped_geo.study import Study

__all__ = ["coverage", "quarter_rows", "totals"]

DIFFERENCES = 3
PERCENT = 100.0
STEP: Final = 0.05
"""Distances of the coverage curve. [-]"""

EFFECTS = (
    *("heat_today_kwh_a", "heat_after_kwh_a", "primary_today_kwh_a", "primary_after_kwh_a", "balance_kwh_a"),
    *("co2_today_kg_a", "co2_after_kg_a", "investment", "grant", "saving_a"),
)


def quarter_rows(
    found: pd.DataFrame, nearest: pd.Series, pilot: ComparedPlace, places: Sequence[ComparedPlace], share: dict[str, float], study: Study
) -> gpd.GeoDataFrame:
    """
    Layer ``replicas``: quarters by their distance, the likest first.

    Parameters
    ----------
    found : DataFrame, index (``place``, ``block_id``)
        ``quarter``, ``distance``, ``percentile``, ``missing_share`` of each block.
    nearest : Series of list of str, same index
        The nearest blocks of the pilot.
    pilot : ComparedPlace
    places : sequence of ComparedPlace
    share : dict
        Share that the package saves in the pilot, by quantity. [-]
    study : Study
    """
    import geopandas as gpd

    epsg = places[0].blocks.crs
    by_name = {place.name: place for place in places}
    rows, shapes = [], []
    for _, members in found[found["quarter"] > 0].groupby("quarter", sort=True):
        place = by_name[str(members.index[0][0])]
        ids = [str(block) for _, block in members.index]
        near = sorted({block for blocks in nearest.loc[members.index] for block in blocks})
        rows.append(_quarter(place, ids, members, pilot, near, share, study))
        shapes.append(gpd.GeoSeries([place.blocks.loc[ids].geometry.union_all()], crs=place.blocks.crs).to_crs(epsg).iloc[0])
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=epsg) if rows else _none(epsg)
    frame = frame.sort_values(["distance", "place", "blocks"], kind="stable").reset_index(drop=True)
    frame.index = pd.Index(np.arange(1, len(frame) + 1), name="rank")
    return frame


def _none(epsg: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    names = [name for name in schema.columns("replicas") if name != "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(columns=names), geometry=[], crs=epsg)


def _quarter(
    place: ComparedPlace,
    ids: list[str],
    members: pd.DataFrame,
    pilot: ComparedPlace,
    near: list[str],
    share: dict[str, float],
    study: Study,
) -> dict[str, Any]:
    sums = place.sums.loc[ids].sum()
    floor = float(sums["reference_area_m2"])
    done = place.effects.loc[ids, list(EFFECTS)].sum()
    types = place.sums.loc[ids, "reference_area_m2"].groupby(place.types.loc[ids, "block_type"]).sum()
    owners = place.owners.reindex(ids).sum()
    saved = {name: float(done[f"{name}_today_kwh_a"] - done[f"{name}_after_kwh_a"]) for name in ("heat", "primary")}
    weights = place.sums.loc[ids, "reference_area_m2"].to_numpy()
    mean = {name: float(np.average(members[name], weights=weights)) for name in ("distance", "percentile", "missing_share")}
    return {
        "place": place.name,
        "label": str(place.blocks.loc[place.sums.loc[ids, "reference_area_m2"].idxmax(), "label"]),
        "blocks": ";".join(ids),
        "block_count": len(ids),
        "block_type": str(types.idxmax()),
        **mean,
        "reference_area_m2": floor,
        "residents": float(place.blocks.loc[ids, "residents"].sum()),
        "heat_saving_kwh_m2a": saved["heat"] / floor,
        "primary_saving_kwh_m2a": saved["primary"] / floor,
        "copied_primary_saving_kwh_m2a": share["primary"] * float(done["primary_today_kwh_a"]) / floor,
        "primary_saving_share": saved["primary"] / float(done["primary_today_kwh_a"]) if done["primary_today_kwh_a"] > 0 else np.nan,
        "balance_kwh_m2a": float(done["balance_kwh_a"]) / floor,
        "co2_saving_t_a": float(done["co2_today_kg_a"] - done["co2_after_kg_a"]) / 1000.0,
        "investment": float(done["investment"]),
        "grant": float(done["grant"]),
        "saving_a": float(done["saving_a"]),
        "owner": str(owners.idxmax()),
        "owner_share": float(owners.max() / owners.sum()) if owners.sum() > 0 else np.nan,
        "owner_told_share": float(sums["owner_told_share"]) / floor,
        **_differences(place.sums.loc[ids], pilot.sums.loc[near], study),
    }


def _differences(mine: pd.DataFrame, pilot: pd.DataFrame, study: Study) -> dict[str, str]:
    """The largest differences between a quarter and the pilot's blocks that are nearest to its own, in words."""
    here, there = (block_features(sums.sum().to_frame().T) for sums in (mine, pilot))
    parts = contributions(here, there, inferred_weight=study.assumed("quarters.inferred_weight")).iloc[0]
    largest = parts[parts > 0.0].sort_values(ascending=False, kind="stable").index[:DIFFERENCES]
    table = feature_table()
    names = []
    for group in largest:
        columns = list(table.index[table["group"] == group])
        gaps = (here.iloc[0].reindex(columns) - there.iloc[0].reindex(columns)).abs()
        names.append(str(gaps.idxmax()))
    return {f"differences_{lang}": "; ".join(_difference(name, here.iloc[0], there.iloc[0], lang) for name in names) for lang in LANGUAGES}


def _difference(name: str, here: pd.Series, there: pd.Series, lang: str) -> str:
    column = schema.columns("block_features")[name]
    values = {"here": value_words(name, float(here[name]), lang), "there": value_words(name, float(there[name]), lang)}
    return text("quarter.difference", lang, feature=column.label(lang), **values)


def totals(found: pd.DataFrame, places: Sequence[ComparedPlace]) -> pd.DataFrame:
    """
    Sums of the accepted blocks of each place, by the kind of owner that holds most of the block and over all.

    Returns
    -------
    DataFrame, index (``place``, ``owner``)
        Layer ``replica_totals``; owner ``all`` for the sum.
    """
    rows = []
    for place in places:
        mine = found.xs(place.name, level="place") if place.name in found.index.get_level_values("place") else found.iloc[:0].droplevel(0)
        taken = mine.index[mine["accepted"]]
        whole = float(place.sums["reference_area_m2"].sum())
        holder = place.owners.reindex(taken).fillna(0.0)
        kinds = holder.idxmax(axis=1) if len(taken) else pd.Series(dtype="str")
        for owner in [*sorted(set(kinds)), "all"]:
            ids = taken if owner == "all" else kinds.index[kinds == owner]
            done = place.effects.loc[ids, list(EFFECTS)].sum()
            floor = float(place.sums.loc[ids, "reference_area_m2"].sum())
            rows.append(
                {
                    "place": place.name,
                    "owner": owner,
                    "block_count": len(ids),
                    "reference_area_m2": floor,
                    "floor_share": floor / whole if whole > 0 else np.nan,
                    "residents": float(place.blocks.loc[ids, "residents"].sum()),
                    "heat_saving_mwh_a": float(done["heat_today_kwh_a"] - done["heat_after_kwh_a"]) / 1000.0,
                    "primary_saving_mwh_a": float(done["primary_today_kwh_a"] - done["primary_after_kwh_a"]) / 1000.0,
                    "co2_saving_t_a": float(done["co2_today_kg_a"] - done["co2_after_kg_a"]) / 1000.0,
                    "investment": float(done["investment"]),
                    "grant": float(done["grant"]),
                    "saving_a": float(done["saving_a"]),
                }
            )
    return pd.DataFrame(rows).set_index(["place", "owner"])


def coverage(distance: pd.Series, floor: pd.Series) -> pd.DataFrame:
    """
    Share of the places' heated floor within a distance of the pilot.

    Parameters
    ----------
    distance : Series
        Of each block. [-]
    floor : Series, same index
        Heated floor. [m²]

    Returns
    -------
    DataFrame, index ``distance``
        Layer ``replica_coverage``: ``floor_share`` [-], ``reference_area_m2`` [m²].
    """
    edges = np.round(np.arange(0.0, float(distance.max()) + STEP, STEP), 6)
    within = np.array([float(floor[distance <= edge + 1e-12].sum()) for edge in edges])
    index = pd.Index(edges, name="distance")
    return pd.DataFrame({"reference_area_m2": within, "floor_share": within / float(floor.sum())}, index=index)
