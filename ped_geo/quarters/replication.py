"""
Where the package of a pilot can be repeated: like blocks of other places, joined to quarters, with what the package does there.

A block is like the pilot if its distance to the nearest blocks of the pilot is no more than most distances within the pilot's own type.
Savings, balance and money are those of the place's own run; what would come of copying the pilot's saving is told beside it, with the
error that such copying makes where both are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.quarters.clusters import Clusters, clusters
from ped_geo.quarters.distance import gower
from ped_geo.quarters.grown import grown_quarters
from ped_geo.quarters.place import ComparedPlace
from ped_geo.quarters.summed import coverage, quarter_rows, totals

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["Replication", "leave_one_out", "replicate"]


@dataclass(frozen=True)
class Replication:
    """
    Look-alikes of a pilot.

    Attributes
    ----------
    quarters : GeoDataFrame
        Layer ``replicas``, the likest first.
    blocks : GeoDataFrame
        Layer ``replica_blocks``: every heated block of the places.
    totals, coverage, errors : DataFrame
        Layers ``replica_totals``, ``replica_coverage`` and ``replica_errors``.
    groups : Clusters
        Of the blocks of all places together.
    limit : float
        Greatest distance of a look-alike. [-]
    pilot_blocks : tuple of str
        Blocks of the pilot.
    """

    quarters: gpd.GeoDataFrame
    blocks: gpd.GeoDataFrame
    totals: pd.DataFrame
    coverage: pd.DataFrame
    errors: pd.DataFrame
    groups: Clusters
    limit: float
    pilot_blocks: tuple[str, ...]


def _mean_of_nearest(distance: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Mean of the least `count` distances of each row, shape (n,)."""
    return np.sort(distance, axis=1)[:, : max(1, count)].mean(axis=1)


def replicate(pilot: ComparedPlace, pilot_blocks: Sequence[str], places: Sequence[ComparedPlace], study: Study) -> Replication:
    """
    Blocks of other places that are like a pilot, and what its package does there.

    Parameters
    ----------
    pilot : ComparedPlace
        Where the pilot lies.
    pilot_blocks : sequence of str
        Its blocks; those where nothing is heated are left out.
    places : sequence of ComparedPlace
        Where look-alikes are sought; the pilot's own place may be one of them, its pilot blocks are none.
    study : Study
        Assumptions of the comparison.

    Raises
    ------
    StudyError
        If the pilot or all places have no heated block.
    """
    mine = [name for name in pilot.held() if name in set(pilot_blocks)]
    if not mine:
        raise StudyError(Sentence("error.none_pilot_s_blocks_has", pilot=pilot.name))
    pool = [(place, name) for place in places for name in place.held() if place.name != pilot.name or name not in set(mine)]
    if not pool:
        raise StudyError(Sentence("error.no_block_has_heated_floor", names=", ".join(place.name for place in places)))
    keys = pd.MultiIndex.from_tuples([(place.name, name) for place, name in pool], names=["place", "block_id"])
    features = _stacked(places, "features").reindex(keys)
    own = pilot.features.loc[mine]
    weight = study.assumed("quarters.inferred_weight")
    count = round(study.assumed("quarters.nearest"))
    to_pilot = gower(features, own, inferred_weight=weight)
    everyone = pd.concat([own, features.reset_index(drop=True)], ignore_index=True)
    among = np.nan_to_num(gower(everyone, everyone, inferred_weight=weight).distance, nan=1.0)
    groups = clusters(among, least_stability=study.assumed("quarters.least_stability"))
    limit = _limit(among, groups, len(own), study.assumed("quarters.accepted_percentile"))
    distance = pd.Series(_mean_of_nearest(to_pilot.distance, count), index=keys)
    effects = _stacked(places, "effects").reindex(keys)
    found = pd.DataFrame(
        {
            "distance": distance,
            "percentile": distance.rank(pct=True) * 100.0,
            "missing_share": pd.Series(_mean_of_nearest(to_pilot.missing, count), index=keys),
            "block_type": _stacked(places, "types")["block_type"].reindex(keys),
            "cluster": groups.labels[len(own) :],
            "alike": (distance <= limit).to_numpy(),
            "allowed": effects["allowed"].astype(bool),
        },
        index=keys,
    )
    found["accepted"] = found["alike"] & found["allowed"]
    nearest = pd.Series([[mine[column] for column in row[:count]] for row in np.argsort(to_pilot.distance, axis=1, kind="stable")], keys)
    floor = _stacked(places, "sums")["reference_area_m2"].reindex(keys)
    size = float(pilot.sums.loc[mine, "reference_area_m2"].sum())
    found["quarter"] = grown_quarters(found, floor, {place.name: place.adjacency for place in places}, size)
    share = _pilot_share(pilot, mine)
    quarters = quarter_rows(found, nearest, pilot, places, share, study)
    return Replication(
        quarters=quarters,
        blocks=_block_rows(found, places, effects),
        totals=totals(found, places),
        coverage=coverage(found["distance"], floor),
        errors=leave_one_out(among, _all_effects(pilot, mine, effects), _all_floor(pilot, mine, floor), found, share, count),
        groups=groups,
        limit=limit,
        pilot_blocks=tuple(mine),
    )


def _stacked(places: Sequence[ComparedPlace], name: str) -> pd.DataFrame:
    return pd.concat({place.name: getattr(place, name) for place in places}, names=["place", "block_id"])


def _limit(among: NDArray[np.float64], groups: Clusters, pilots: int, percentile: float) -> float:
    """Percentile of the distances within the groups of the pilot's blocks; of pairs of the pilot where those stand alone."""
    inside = [np.flatnonzero(groups.labels == group) for group in np.unique(groups.labels[:pilots])]
    pairs = [among[np.ix_(rows, rows)][np.triu_indices(len(rows), 1)] for rows in inside]
    known = np.concatenate(pairs)
    return float(np.percentile(known, percentile)) if len(known) else 0.0


def _pilot_share(pilot: ComparedPlace, mine: Sequence[str]) -> dict[str, float]:
    """Share of today's demand and primary energy that the package saves in the pilot [-]."""
    sums = pilot.effects.loc[list(mine)].select_dtypes("number").sum()
    return {name: _saved(sums, name) for name in ("heat", "primary")}


def _saved(sums: pd.Series, name: str) -> float:
    before = float(sums[f"{name}_today_kwh_a"])
    return (before - float(sums[f"{name}_after_kwh_a"])) / before if before > 0 else np.nan


def _all_effects(pilot: ComparedPlace, mine: Sequence[str], effects: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pilot.effects.loc[list(mine)], effects.reset_index(drop=True)], ignore_index=True)


def _all_floor(pilot: ComparedPlace, mine: Sequence[str], floor: pd.Series) -> NDArray[np.float64]:
    return np.concatenate([pilot.sums.loc[list(mine), "reference_area_m2"].to_numpy(), floor.to_numpy()])


def leave_one_out(
    among: NDArray[np.float64],
    effects: pd.DataFrame,
    floor: NDArray[np.float64],
    found: pd.DataFrame,
    share: dict[str, float],
    count: int,
) -> pd.DataFrame:
    """
    How wrong a block's saving is if it is told by its look-alikes, or by the pilot, instead of being computed.

    Parameters
    ----------
    among : ndarray, shape (n, n)
        Distances of the pilot's blocks and, after them, of all others.
    effects : DataFrame, shape (n, ...)
        What the package does in each.
    floor : ndarray, shape (n,)
        Heated floor. [m²]
    found : DataFrame, shape (n - p, ...)
        Of the others: ``alike``.
    share : dict
        Share that the package saves in the pilot, by quantity. [-]
    count : int
        Nearest look-alikes whose mean share is taken.

    Returns
    -------
    DataFrame, index (``quantity``, ``rule``)
        Layer ``replica_errors``: error told less computed of the blocks of the pilot and those like it, by heated floor
        [kWh/(m²·a)], of the rule ``nearest`` (the mean share of the nearest others) and ``pilot`` (the pilot's share).
    """
    pilots = len(among) - len(found)
    rows = np.concatenate([np.arange(pilots), pilots + np.flatnonzero(found["alike"].to_numpy())])
    part = among[np.ix_(rows, rows)].copy()
    np.fill_diagonal(part, np.inf)
    near = np.argsort(part, axis=1, kind="stable")[:, : min(count, len(rows) - 1)]
    parts = []
    for name in ("heat", "primary"):
        today = effects[f"{name}_today_kwh_a"].to_numpy(dtype="float64")[rows]
        saved = today - effects[f"{name}_after_kwh_a"].to_numpy(dtype="float64")[rows]
        own = np.divide(saved, today, out=np.full(len(rows), np.nan), where=today > 0.0)
        told = {
            "nearest": own[near].mean(axis=1) if near.shape[1] else np.full(len(rows), np.nan),
            "pilot": np.full(len(rows), share[name]),
        }
        for rule, shares in told.items():
            error = (shares * today - saved) / floor[rows]
            error = error[np.isfinite(error)]
            parts.append({"quantity": name, "rule": rule, **_spread(error)})
    return pd.DataFrame(parts).set_index(["quantity", "rule"])


def _spread(error: NDArray[np.float64]) -> dict[str, float]:
    if not len(error):
        return {"blocks": 0, "rmse_kwh_m2a": np.nan, "bias_kwh_m2a": np.nan, "p10_kwh_m2a": np.nan, "p90_kwh_m2a": np.nan}
    low, high = np.percentile(error, [10, 90])
    mean = float(error.mean())
    return {
        "blocks": len(error),
        "rmse_kwh_m2a": float(np.sqrt((error**2).mean())),
        "bias_kwh_m2a": mean,
        "p10_kwh_m2a": float(low),
        "p90_kwh_m2a": float(high),
    }


def _block_rows(found: pd.DataFrame, places: Sequence[ComparedPlace], effects: pd.DataFrame) -> gpd.GeoDataFrame:
    """Layer ``replica_blocks`` in the CRS of the first place."""
    import geopandas as gpd

    epsg = places[0].blocks.crs
    shapes = pd.concat({place.name: place.blocks.geometry.to_crs(epsg) for place in places}, names=["place", "block_id"]).reindex(
        found.index
    )
    # outlines of two places may be in two systems, which cannot be stacked
    labels = pd.concat({place.name: place.blocks["label"] for place in places}, names=["place", "block_id"]).reindex(found.index)
    floor = _stacked(places, "sums")["reference_area_m2"].reindex(found.index)
    primary = (effects["primary_today_kwh_a"] - effects["primary_after_kwh_a"]) / floor
    frame = found.assign(
        label=labels,
        reference_area_m2=floor,
        heat_saving_kwh_m2a=(effects["heat_today_kwh_a"] - effects["heat_after_kwh_a"]) / floor,
        primary_saving_kwh_m2a=primary,
        balance_kwh_m2a=effects["balance_kwh_a"] / floor,
        investment_per_m2=effects["investment"] / floor,
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=epsg), crs=epsg)
