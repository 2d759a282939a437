"""Candidate districts: for each goal the best group within walking distance, and alternatives that differ from it."""

from __future__ import annotations

import hashlib
import itertools
import json
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.districts import search
from ped_geo.districts.exclusions import excluded_blocks
from ped_geo.districts.graph import BlockGraph, Mask
from ped_geo.districts.search import Limits
from ped_geo.districts.search_areas import Found, Goal, SearchArea, search_areas, search_best_first
from ped_geo.districts.space import SearchSpace, search_space
from ped_geo.districts.task import BALANCE_TOLERANCE, Share
from ped_geo.schema import check_layer
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["candidate_id", "find_candidates"]

TIE_BREAK = 1e-3
"""Of two groups whose investment differs by less than this for each square metre [PLN/m²], the wider one is taken."""

GOALS = {
    "largest_area": Goal(search.widest, search.widest_upper_bound, tolerance=1e-3),
    "least_cost": Goal(
        partial(search.cheapest, per_area=TIE_BREAK), partial(search.cheapest_upper_bound, per_area=TIE_BREAK), tolerance=1e-5
    ),
    "best_ratio": Goal(search.closest, search.closest_upper_bound, tolerance=1e-6),
}


def find_candidates(
    blocks: gpd.GeoDataFrame, adjacency: pd.DataFrame, options: pd.DataFrame, study: Study
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Candidate districts and, for every block that is in none, why it is out.

    A group is positive where the sum of the balances that its blocks keep with ``[districts] min_probability`` is, and it holds at least
    ``min_residents``; where no group does, those that hold fewer are searched. Goal ``least_cost``, the least investment with which a
    connected group of at least the asked area becomes positive, and goal ``largest_area``, the positive group with the most area, are
    searched within walking distance of seed blocks; only where no group can be positive is the one that comes closest (``best_ratio``)
    given. Each goal has several alternatives that share little with each other.

    Parameters
    ----------
    blocks : GeoDataFrame
        Indexed by ``block_id``: ``reference_area_m2`` [m²], ``residents``, ``label`` or ``street_name``, geometry; with
        ``[districts] one_heat_network`` also ``heat_network``, with ``one_owner`` also ``owner``.
    adjacency : DataFrame
        ``block_a``, ``block_b``, ``distance_m`` [m].
    options : DataFrame
        Indexed by (``block_id``, ``variant``): ``balance_kwh_a`` (surplus above zero) [kWh/a], ``investment`` [PLN]; where they were drawn
        ``balance_mean_kwh_a`` and ``balance_sd_kwh_a`` [kWh/a]. Blocks without any row cannot be chosen.
    study : Study
        Its section ``districts``.

    Returns
    -------
    candidates : GeoDataFrame
        Layer ``candidates``, indexed by ``candidate_id``, goals in the order ``least_cost``, ``largest_area``, ``best_ratio``.
    excluded : DataFrame
        Layer ``excluded``, indexed by ``block_id``.

    Raises
    ------
    LayerError
        If a table lacks a column or holds missing or infinite values, or names unknown blocks.
    """
    blocks = blocks.sort_index()  # so that the order of rows decides nothing
    space = search_space(blocks, adjacency, options, study)
    floor = blocks["reference_area_m2"].to_numpy(dtype=np.float64)

    def heated(rows: Iterable[_Row]) -> list[_Row]:
        """A group of sheds under modules exports, but where nothing is heated there is nothing to be judged."""
        return [row for row in rows if floor[row.found.choice >= 0].sum() > LEAST_FLOOR_M2]

    rows = next(filter(None, (heated(part) for part in _asked(space, study))), [])
    candidates = _frame(rows, space, blocks)
    excluded = excluded_blocks(space, candidates, blocks, study)
    return check_layer("candidates", candidates), check_layer("excluded", excluded)


def _asked(space: SearchSpace, study: Study) -> Iterator[Iterable[_Row]]:
    """What is searched, in turn until there is an answer: with the residents that are asked first, and then whoever lives there."""
    seconds = study.districts.seconds
    for residents in dict.fromkeys([study.districts.min_residents, 0.0]):
        yield (row for goal in ("least_cost", "largest_area") for row in _goal(space, goal, study, seconds / 2, residents))
        yield _goal(space, "best_ratio", study, seconds, residents)


@dataclass(frozen=True)
class _Row:
    goal: str
    rank: int
    found: Found


def _goal(space: SearchSpace, goal: str, study: Study, seconds: float, residents: float) -> Iterator[_Row]:
    section = study.districts
    # where no group is positive for sure enough, the one that comes nearest is told by the balance as it is worked out
    options = space.options if goal == "best_ratio" else space.sure
    covered = options.area
    limits = Limits(
        min_area=max(section.min_reference_area_m2 if section.cover == "reference_area_m2" else 0.0, section.min_share * covered.sum()),
        max_area=section.max_reference_area_m2 if section.max_reference_area_m2 is not None else np.inf,
        max_blocks=section.max_blocks,
        required=space.required if space.required.any() else None,
        shares=_inhabited(space, residents),
    )
    places, beyond = _places(space, study)
    answers = search_best_first(
        space.graph, options, limits, places, GOALS[goal], overlap=section.max_overlap, seconds=seconds, beyond=beyond
    )
    for rank, group in enumerate(itertools.islice(answers, section.alternatives), start=1):
        yield _Row(goal, rank, _with_least_investment(space, group) if goal == "largest_area" else group)


def _inhabited(space: SearchSpace, residents: float) -> tuple[Share, ...]:
    """The limit that a group must hold so many residents, above what the search counts as rounding."""
    if residents <= 0:
        return ()
    return (Share(-space.residents, -residents - 2.0 * BALANCE_TOLERANCE * max(1.0, float(space.options.area.sum()))),)


def _places(space: SearchSpace, study: Study) -> tuple[list[SearchArea], list[Mask]]:
    """
    Balls around seeds, per heat network and owner, or the whole place where a share of all area is asked for.

    The second list holds the parts in which other seeds might allow other groups.
    """
    section = study.districts
    areas: list[SearchArea] = []
    beyond: list[Mask] = []
    for number in np.unique(space.groups[space.open_]):
        within = space.open_ & (space.groups == number)
        if not (within | ~space.required).all():
            continue
        if section.min_share > 0:
            origin = int(np.flatnonzero(within)[0])
            areas.append(SearchArea(origin, within, within, np.where(within, space.graph.walking_distances(origin), np.inf)))
            continue
        around, complete = search_areas(space.graph, within, max_walk_m=section.max_walk_m, required=space.required)
        areas += around
        if not complete:
            beyond.append(within)
    return areas, beyond


def _with_least_investment(space: SearchSpace, group: Found) -> Found:
    """The same group with the options that keep it positive for the least money."""
    members = group.choice >= 0
    part, options = space.graph.part(members), space.sure.part(members)
    everyone = Limits(required=np.ones(len(part), dtype=bool))
    answer = search.cheapest(part, options, everyone, seconds=FINE_TUNING_S)
    if answer.choice is None:
        return group
    choice = group.choice.copy()
    choice[members] = answer.choice
    return replace(group, choice=choice)


FINE_TUNING_S = 5.0
"""Work, in seconds of one ordinary core, for choosing the cheapest options of a group that is fixed [s]."""


def candidate_id(goal: str, block_ids: list[str]) -> str:
    """
    Name of a candidate that depends on its goal and blocks alone, so that it stays the same in the next run.

    Examples
    --------
    >>> candidate_id("least_cost", ["block/2", "block/1"]) == candidate_id("least_cost", ["block/1", "block/2"])
    True
    """
    digest = hashlib.sha256("\n".join(sorted(block_ids)).encode()).hexdigest()
    return f"{goal.replace('_', '-')}-{digest[:8]}"


def _frame(rows: list[_Row], space: SearchSpace, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    # a group that answers two questions is one group and has one letter
    letters = dict(zip(dict.fromkeys(row.found.choice.tobytes() for row in rows), _letters(), strict=False))
    records = [_record(row, space, blocks) | {"label": f"{letters[row.found.choice.tobytes()]}: {_label(row, blocks)}"} for row in rows]
    index = pd.Index([record.pop("candidate_id") for record in records], name="candidate_id", dtype="str")
    from ped_geo.schema import columns

    frame = pd.DataFrame(records, index=index, columns=[name for name in columns("candidates") if name != "geometry"])
    if not records:
        frame = frame.astype({name: _EMPTY[column.dtype] for name, column in columns("candidates").items() if name != "geometry"})
    outlines = gpd.GeoSeries([_outline(row, blocks) for row in rows], index=index, crs=blocks.crs)
    return gpd.GeoDataFrame(frame, geometry=outlines, crs=blocks.crs)


_EMPTY = {"float": "float64", "int": "int64", "bool": "bool", "str": "str", "category": "str"}


def _outline(row: _Row, blocks: gpd.GeoDataFrame) -> object:
    return blocks.geometry[row.found.choice >= 0].union_all()


def _record(row: _Row, space: SearchSpace, blocks: gpd.GeoDataFrame) -> dict[str, object]:
    group, options = row.found, space.options
    members = group.choice >= 0
    chosen = group.choice[members]
    ids = [block for block, inside in zip(space.graph.block_ids, members, strict=True) if inside]
    area = float(blocks["reference_area_m2"].to_numpy(dtype=float)[members].sum())
    balance = float(options.balance[members, chosen].sum())
    investment = float(options.investment[members, chosen].sum())
    value, bound = (investment, min(max(0.0, -group.bound), investment)) if row.goal == "least_cost" else (group.value, group.bound)
    apart = abs(bound - value)
    seed = group.area.seed
    return {
        "candidate_id": candidate_id(row.goal, ids),
        "goal": row.goal,
        "rank": row.rank,
        "blocks": ";".join(ids),
        "choices": json.dumps(dict(zip(ids, (space.variants[option] for option in chosen), strict=True)), ensure_ascii=False),
        "block_count": len(ids),
        "reference_area_m2": area,
        "residents": float(blocks["residents"].to_numpy(dtype=float)[members].sum()) if "residents" in blocks else 0.0,
        **{
            name: float(blocks[name].to_numpy(dtype=float)[members].sum()) for name in ("residents_low", "residents_high") if name in blocks
        },
        "balance_kwh_a": balance,
        "balance_kwh_m2a": balance / area if area > 0 else np.nan,
        "gap_kwh_m2a": (max(0.0, -balance) / area if area > 0 else np.nan) if row.goal == "best_ratio" else 0.0,
        "positive": row.goal != "best_ratio" or balance >= 0,
        "investment": investment,
        "investment_per_m2": investment / area if area > 0 else np.nan,
        "radius_m": _radius(space.graph, group),
        "value": value,
        "bound": bound,
        "gap_to_bound": 0.0 if apart <= 0 else (apart / abs(value) if value else np.inf),
        "proven": group.proven or apart <= 0,
        "seed_block": space.graph.block_ids[seed],
    }


def _radius(graph: BlockGraph, group: Found) -> float:
    """Longest way from the most central block of a group [m]; the block the search started from may lie outside of it."""
    members = np.flatnonzero(group.choice >= 0)
    widest = float(group.area.distance_m[members].max())
    return min([widest, *(float(graph.walking_distances(int(member), widest)[members].max()) for member in members)])


def _letters() -> Iterator[str]:
    """A, B, … Z, AA, AB, …: groups of two goals may have the same largest block."""
    return ("".join(letters) for length in itertools.count(1) for letters in itertools.product(string.ascii_uppercase, repeat=length))


def _label(row: _Row, blocks: pd.DataFrame) -> str:
    """Name of the largest block of a group."""
    largest = int(np.where(row.found.choice >= 0, blocks["reference_area_m2"].to_numpy(dtype=np.float64), -1.0).argmax())
    column = next((name for name in ("label", "street_name") if name in blocks), "")
    return str(blocks[column].iloc[largest]) if column else str(blocks.index[largest])
