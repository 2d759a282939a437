"""The answer by trying everything: every connected group of a small graph, every option of each block."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import networkx as nx
import numpy as np

from ped_geo.districts.graph import BlockGraph
from ped_geo.districts.search import Limits, Options


def connected_groups(graph: BlockGraph, limits: Limits, area: np.ndarray) -> Iterator[list[int]]:
    """Every group that keeps the limits, by networkx and without any cleverness."""
    network = nx.Graph(graph.edges.tolist())
    network.add_nodes_from(range(len(graph)))
    needed = set() if limits.required is None else set(np.flatnonzero(limits.required).tolist())
    for size in range(1, min(len(graph), limits.max_blocks) + 1):
        for group in itertools.combinations(range(len(graph)), size):
            within = limits.min_area - 1e-6 <= area[list(group)].sum() <= limits.max_area + 1e-6
            shared = all(share.weight[list(group)].sum() <= share.most + 1e-6 for share in limits.shares)
            if within and shared and needed <= set(group) and nx.is_connected(network.subgraph(group)):
                yield list(group)


def frontier(options: Options, group: list[int]) -> list[tuple[float, float]]:
    """Every (balance, investment) that some choice of options for the group has and no other one beats."""
    points = [(0.0, 0.0)]
    for block in group:
        there = np.flatnonzero(options.available[block])
        points = [(b + options.balance[block, k], c + options.investment[block, k]) for b, c in points for k in there]
        points.sort(key=lambda point: (-point[0], point[1]))
        kept, cheapest = [], np.inf
        for point in points:
            if point[1] < cheapest:
                kept.append(point)
                cheapest = point[1]
        points = kept
    return points


def widest(graph: BlockGraph, options: Options, limits: Limits) -> float:
    """Greatest area of a group whose balance is not negative; minus infinity without one."""
    top = np.where(options.available, options.balance, -np.inf).max(axis=1)
    groups = connected_groups(graph, limits, options.area)
    return max((options.area[group].sum() for group in groups if top[group].sum() >= 0), default=-np.inf)


def cheapest(graph: BlockGraph, options: Options, limits: Limits) -> float:
    """Least investment of a group whose balance is not negative; infinity without one."""
    found = np.inf
    for group in connected_groups(graph, limits, options.area):
        if options.available[group].any(axis=1).all():
            found = min(found, *(cost for balance, cost in frontier(options, group) if balance >= 0), np.inf)
    return found


def closest(graph: BlockGraph, options: Options, limits: Limits) -> float:
    """Greatest balance per area of a group; minus infinity without one."""
    top = np.where(options.available, options.balance, -np.inf).max(axis=1)
    groups = connected_groups(graph, limits, options.area)
    return max((top[group].sum() / options.area[group].sum() for group in groups if options.area[group].sum() > 0), default=-np.inf)
