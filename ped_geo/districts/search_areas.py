"""Where candidates are looked for: within walking distance of a seed block, and the best of many such places in turn."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ped_geo.districts import work_budget
from ped_geo.districts.graph import BlockGraph, Floats, Mask
from ped_geo.districts.search import EXACT_BLOCKS, Limits, Options
from ped_geo.districts.task import Answer, Share

__all__ = ["Found", "Goal", "SearchArea", "search_areas", "search_best_first"]

EVERY_SEED = 300
"""Up to so many blocks each of them is tried as a seed; beyond, only some are, and what the others might give stays in the bound."""

SEED_SPACING = 0.5
"""Where not every block is a seed, each is within this share of the walking limit of one."""

SHARE_OF_TIME = 0.5
"""Share of the work left that one place may use, so that others get their turn."""


@dataclass(frozen=True)
class SearchArea:
    """
    A seed and the blocks within walking distance of it, nearest first up to `EXACT_BLOCKS`.

    Attributes
    ----------
    seed : int
        Vertex of the whole graph.
    members : ndarray of bool, shape (n,)
        Blocks that are searched.
    reach : ndarray of bool, shape (n,)
        All blocks within walking distance, those beyond `EXACT_BLOCKS` too.
    distance_m : ndarray of float, shape (n,)
        Walking distance from the seed, infinite outside. [m]
    """

    seed: int
    members: Mask
    reach: Mask
    distance_m: Floats

    @property
    def whole(self) -> bool:
        """Whether all within walking distance is searched."""
        return bool((self.members == self.reach).all())


@dataclass(frozen=True)
class Found:
    """A group found in an area: members of the whole graph, option of each, and what is proven within all areas."""

    area: SearchArea
    choice: np.ndarray
    value: float
    bound: float
    proven: bool


def search_areas(graph: BlockGraph, open_: Mask, *, max_walk_m: float, required: Mask) -> tuple[list[SearchArea], bool]:
    """
    Places to search: around every block, or every block that reaches the required ones; in large graphs around some.

    In large graphs seeds are taken farthest first, starting from the block in the middle of each connected part, so that no
    block is far from one. An area inside another one is left out.

    Parameters
    ----------
    graph : BlockGraph
        `n` blocks.
    open_ : ndarray of bool, shape (n,)
        Blocks that may be chosen; ways lead through these only.
    max_walk_m : float
        Radius, along neighbouring blocks. [m]
    required : ndarray of bool, shape (n,)
        Blocks every group must hold.

    Returns
    -------
    search_areas : list of SearchArea
    complete : bool
        Whether no other seed allows a group that fits into none of them.
    """
    inner = graph.part(open_)
    vertices = np.flatnonzero(open_)
    if not len(vertices):
        return [], True
    needed = required[open_]
    if needed.any():
        around = [inner.walking_distances(int(vertex), max_walk_m) for vertex in np.flatnonzero(needed)]
        inside = np.isfinite(np.max(around, axis=0))
        complete = bool(inside.any())
        origins = np.flatnonzero(inside) if complete else np.flatnonzero(needed)
    else:
        complete = len(vertices) <= EVERY_SEED
        origins = np.arange(len(vertices)) if complete else _spread(inner, SEED_SPACING * max_walk_m)
    areas = [_search_area(inner, int(origin), max_walk_m, vertices, len(graph), needed) for origin in origins]
    return _largest(areas), complete


def _search_area(inner: BlockGraph, origin: int, max_walk_m: float, vertices: np.ndarray, n: int, needed: Mask) -> SearchArea:
    near = inner.walking_distances(origin, max_walk_m)
    order = np.lexsort((np.arange(len(near)), near, ~needed))
    kept = order[: min(EXACT_BLOCKS, int(np.isfinite(near).sum()))]
    distance = np.full(n, np.inf)
    distance[vertices[kept]] = near[kept]
    reach = np.zeros(n, dtype=bool)
    reach[vertices[np.isfinite(near)]] = True
    return SearchArea(int(vertices[origin]), np.isfinite(distance), reach, distance)


def _spread(graph: BlockGraph, spacing_m: float) -> np.ndarray:
    """Vertices so that each vertex is within `spacing_m` of one: farthest-first."""
    far = np.full(len(graph), np.inf)
    picked: list[int] = []
    while (far > spacing_m).any():
        unreached = np.isinf(far)
        origin = int(np.flatnonzero(unreached)[0]) if unreached.any() else int(far.argmax())
        if unreached.any():
            origin = _middle(graph, origin)
        picked.append(origin)
        far = np.minimum(far, graph.walking_distances(origin))
    return np.array(picked, dtype=np.int64)


def _middle(graph: BlockGraph, vertex: int) -> int:
    """The vertex of a connected part that is nearest to the middle of one of its longest ways."""
    reach = graph.walking_distances(vertex)
    one = int(np.where(np.isfinite(reach), reach, -1.0).argmax())
    from_one = graph.walking_distances(one)
    other = int(np.where(np.isfinite(from_one), from_one, -1.0).argmax())
    both = np.maximum(from_one, graph.walking_distances(other))
    return int(both.argmin())


def _largest(areas: list[SearchArea]) -> list[SearchArea]:
    """Balls whose reach is in that of no other one that is searched whole; of equal ones the first."""
    kept: list[SearchArea] = []
    for area in sorted(areas, key=lambda area: -int(area.members.sum())):
        if not any((area.reach <= other.members).all() for other in kept):
            kept.append(area)
    return sorted(kept, key=lambda area: area.seed)


@dataclass(frozen=True)
class Goal:
    """
    One of the three questions, asked of a part of the graph.

    Attributes
    ----------
    search : callable
        `widest`, `cheapest` or `closest`.
    upper_bound : callable
        An upper limit of the value in a part, quickly had.
    tolerance : float
        Share of the value by which another group might be better and the search still counts as finished.
    """

    search: Callable[..., Answer]
    upper_bound: Callable[[BlockGraph, Options, Limits], float]
    tolerance: float


def search_best_first(
    graph: BlockGraph,
    options: Options,
    limits: Limits,
    places: list[SearchArea],
    goal: Goal,
    *,
    overlap: float,
    seconds: float,
    beyond: Iterable[Mask] = (),
) -> Iterator[Found]:
    """
    The best group over all places, then the best that shares little with those before, and so on.

    A place is searched only when its upper bound is above everything found, so most are never touched; the order is exact.

    Parameters
    ----------
    graph, options, limits
        The whole graph, `n` blocks.
    places : list of SearchArea
    goal : Goal
    overlap : float
        Greatest share of its own area, and of the other's, that a group may share with an earlier one. [0-1]
    seconds : float
        Work for all, see `work_budget`. [s of one ordinary core]
    beyond : iterable of ndarray of bool, shape (n,)
        Parts of the graph in which groups may lie that fit into none of the places; they are not searched, but what they
        upper bound stays in the bound.

    Yields
    ------
    Found
        Its bound holds for all places and what lies beyond, the limits of overlap included.
    """
    end = work_budget.spent() + seconds
    earlier: list[Mask] = []
    unsearched = max((_upper_bound(graph, options, limits, part, goal) for part in beyond), default=-np.inf)
    queue: list[_Entry] = []
    for number, search_area in enumerate(places):
        upper_bound = _upper_bound(graph, options, limits, search_area.reach, goal)
        if upper_bound > -np.inf:
            heapq.heappush(queue, _Entry(-upper_bound, number))
    while queue:
        entry = heapq.heappop(queue)
        group = entry.found
        if group is not None and _apart(group, earlier[entry.seen :], options.area, overlap):
            bound = max([group.bound, unsearched, *(other.bound for other in queue)])
            yield replace(group, bound=bound, proven=group.proven and bound - group.value <= goal.tolerance * abs(group.value))
            earlier.append(group.choice >= 0)
            continue
        left = end - work_budget.spent()
        if left <= 0:
            unsearched = max(unsearched, entry.bound)
            continue
        search_area = places[entry.number]
        again = _search(
            graph, options, _limits_in(limits, search_area, earlier, options.area, overlap), search_area, goal, SHARE_OF_TIME * left
        )
        if not search_area.whole:
            unsearched = max(unsearched, _upper_bound(graph, options, limits, search_area.reach, goal))
        if again.value > -np.inf:
            heapq.heappush(queue, _Entry(-again.value, entry.number, len(earlier), again))
        else:
            unsearched = max(unsearched, again.bound)


@dataclass(order=True)
class _Entry:
    """A place in the queue: best upper bound or value first; what was found there when `seen` earlier groups were known."""

    negative: float
    number: int
    seen: int = 0
    found: Found | None = field(default=None, compare=False)

    @property
    def bound(self) -> float:
        return -self.negative if self.found is None else self.found.bound


def _upper_bound(graph: BlockGraph, options: Options, limits: Limits, part: Mask, goal: Goal) -> float:
    """An upper limit of the value of any group in a part of the graph."""
    required = None if limits.required is None else limits.required[part]
    return goal.upper_bound(graph.part(part), options.part(part), replace(limits, required=required, shares=()))


def _apart(group: Found, earlier: list[Mask], area: Floats, overlap: float) -> bool:
    inside = group.choice >= 0
    own = float(area[inside].sum())
    return all(float(area[inside & members].sum()) <= overlap * min(own, float(area[members].sum())) for members in earlier)


def _limits_in(limits: Limits, search_area: SearchArea, earlier: list[Mask], area: Floats, overlap: float) -> Limits:
    """The limits for the blocks of one place, with the shares of earlier groups that reach into it beside the given ones."""
    inside = search_area.members
    shares = [Share(share.weight[inside], share.most) for share in limits.shares]
    for members in earlier:
        if (members & inside).any():
            common = np.where(members, area, 0.0)
            shares.append(Share(common[inside], overlap * float(common.sum())))
            shares.append(Share((common - overlap * area)[inside], 0.0))
    required = None if limits.required is None else limits.required[inside]
    return replace(limits, required=required, shares=tuple(shares))


def _search(graph: BlockGraph, options: Options, limits: Limits, search_area: SearchArea, goal: Goal, seconds: float) -> Found:
    answer = goal.search(
        graph.part(search_area.members), options.part(search_area.members), limits, seconds=seconds, tolerance=goal.tolerance
    )
    choice = np.full(len(graph), -1, dtype=np.int64)
    if answer.choice is not None:
        choice[search_area.members] = answer.choice
    return Found(search_area, choice, answer.value, answer.bound, answer.proven)
