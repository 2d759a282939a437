"""Why each block that is in no candidate is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csgraph, csr_array

from ped_geo.districts.graph import BlockGraph, Floats, Mask
from ped_geo.language import number, text
from ped_geo.study import Study

if TYPE_CHECKING:
    from ped_geo.districts.space import SearchSpace

__all__ = ["excluded_blocks", "exclusion_words"]


def excluded_blocks(space: SearchSpace, candidates: pd.DataFrame, blocks: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    For each block outside all candidates the first reason that holds, with regard to the nearest candidate.

    Parameters
    ----------
    space : SearchSpace
        `n` blocks.
    candidates : DataFrame
        Layer ``candidates``.
    blocks : DataFrame
    study : Study
        Its section ``districts``.

    Returns
    -------
    DataFrame
        Layer ``excluded``, indexed by ``block_id``.
    """
    index = pd.Index(space.graph.block_ids, dtype="str", name="block_id")
    groups = [index.isin(listed.split(";")) for listed in candidates["blocks"]]
    seeds = index.get_indexer(pd.Index(candidates["seed_block"]))
    best = np.where(space.sure.available, space.sure.balance, -np.inf).max(axis=1)
    nearest, distance = _nearest(space, groups, seeds)
    shortfall = np.zeros(len(index))
    for number_, group in enumerate(groups):
        nearest_to_it = nearest == number_
        shortfall[nearest_to_it] = _shortfalls(space.graph, best, group)[nearest_to_it]
    near = pd.DataFrame(
        {
            "known": nearest >= 0,
            "positive": _of_nearest(candidates["positive"], nearest, missing=False),
            "size": _of_nearest(candidates["reference_area_m2"], nearest, missing=0.0),
            "count": _of_nearest(candidates["block_count"], nearest, missing=0),
            "group": _of_nearest(space.groups[seeds], nearest, missing=-1),
            "other_owner": _differs(blocks, "owner", seeds, nearest, wanted=study.districts.one_owner),
            "distance": distance,
            "shortfall": shortfall,
        }
    )
    reasons = _reasons(space, near, blocks["reference_area_m2"].to_numpy(dtype=float), study)
    frame = pd.DataFrame(
        {
            "reason": pd.Series(reasons, index=index, dtype="str"),
            "candidate_id": pd.Series(_of_nearest(candidates.index.astype(object), nearest, missing=""), index=index, dtype="str"),
            "distance_m": np.where(np.isfinite(distance), distance, np.nan),
            "balance_kwh_a": np.where(np.isfinite(best), best, np.nan),
            "shortfall_kwh_a": np.where(np.isfinite(shortfall), shortfall, np.nan),
        },
        index=index,
    )
    inside = np.any(groups, axis=0) if groups else np.zeros(len(index), dtype=bool)
    return frame[~inside]


def _of_nearest(values: pd.Series | pd.Index | np.ndarray, nearest: np.ndarray, *, missing: object) -> np.ndarray:
    """A figure of the candidate nearest to each block, `missing` where there is none."""
    return np.append(np.asarray(values), np.array([missing], dtype=np.asarray(values).dtype))[nearest]


def _nearest(space: SearchSpace, groups: list[Mask], seeds: np.ndarray) -> tuple[np.ndarray, Floats]:
    """Candidate whose starting block is nearest to each block (-1 without one), and that distance [m]."""
    if not groups:
        return np.full(len(space.graph), -1), np.full(len(space.graph), np.inf)
    ways = np.array([space.graph.walking_distances(int(seed)) for seed in seeds])
    return ways.argmin(axis=0), ways.min(axis=0)


def _shortfalls(graph: BlockGraph, best: Floats, group: Mask) -> Floats:
    """
    What would be missing if a group took each block in, with what lies between, all with their best option [kWh/a].

    The way between is the one that costs least balance.
    """
    toll = np.maximum(0.0, -np.where(np.isfinite(best), best, -np.inf))
    start = np.repeat(np.arange(len(graph)), np.diff(graph.first))
    passable = np.isfinite(toll[start]) & np.isfinite(toll[graph.neighbour])
    cost = np.where(group[graph.neighbour], 0.0, toll[graph.neighbour]) + np.finfo(float).tiny
    matrix = csr_array((cost[passable], (start[passable], graph.neighbour[passable])), shape=(len(graph),) * 2)
    ways, before, _ = csgraph.dijkstra(matrix, indices=np.flatnonzero(group), min_only=True, return_predecessors=True)
    own = float(best[group].sum())
    gained = np.where(np.isfinite(best), np.maximum(best, 0.0), 0.0)
    total = np.full(len(graph), -np.inf)
    total[group] = own
    for vertex in np.argsort(ways, kind="stable"):
        if np.isfinite(ways[vertex]) and not group[vertex]:
            total[vertex] = total[before[vertex]] - toll[vertex] + gained[vertex]
    return np.maximum(0.0, -total)


def _reasons(space: SearchSpace, near: pd.DataFrame, area: Floats, study: Study) -> np.ndarray:
    """
    First reason that holds for each block.

    Parameters
    ----------
    space : SearchSpace
        `n` blocks.
    near : DataFrame, shape (n, ...)
        Of the nearest candidate: ``known``, ``positive``, ``size``, ``count``, ``group``, ``other_owner``; and
        ``distance`` [m] and ``shortfall`` [kWh/a] of the block with regard to it.
    area : ndarray, shape (n,)
        Reference area of the blocks. [m²]
    study : Study
    """
    section = study.districts
    most = np.inf if section.max_reference_area_m2 is None else section.max_reference_area_m2
    other = near["known"] & (space.groups != near["group"])
    rules = {
        "forbidden": pd.Index(space.graph.block_ids).isin(section.must_not_include),
        "no_figures": ~space.options.available.any(axis=1),
        "searched_elsewhere": ~near["known"],
        "other_owner": other & near["other_owner"],
        "other_heat_network": other,
        "not_connected": np.isinf(near["distance"]) | np.isinf(near["shortfall"]),
        "too_far": (near["distance"] > section.max_walk_m) & (section.min_share == 0),
        "cannot_be_compensated": ~near["positive"] | (near["shortfall"] > 0),
        "size_limit": (near["count"] + 1 > section.max_blocks) | (near["size"] + area > most),
    }
    return np.select([np.asarray(rule, dtype=bool) for rule in rules.values()], list(rules), "not_needed")


def _differs(blocks: pd.DataFrame, column: str, seeds: np.ndarray, nearest: np.ndarray, *, wanted: bool) -> Mask:
    if not wanted or not len(seeds):
        return np.zeros(len(blocks), dtype=bool)
    code = blocks.groupby(column, dropna=False).ngroup().to_numpy()
    return np.asarray(code != np.append(code[seeds], -1)[nearest])


def exclusion_words(row: pd.Series, lang: str) -> str:
    """
    Why a block is out, as a sentence.

    Parameters
    ----------
    row : Series
        A row of the layer ``excluded``.
    lang : str
        ``pl`` or ``en``.
    """
    return text(
        f"districts.excluded.{row['reason']}",
        lang,
        district=row["candidate_id"],
        distance=number(row["distance_m"], lang),
        balance=number(abs(row["balance_kwh_a"]) / 1000, lang),
        shortfall=number(row["shortfall_kwh_a"] / 1000, lang),
    )
