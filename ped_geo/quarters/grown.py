"""Look-alikes that lie side by side become quarters, none larger than the pilot needs."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = ["grown_quarters"]


def grown_quarters(found: pd.DataFrame, floor: pd.Series, adjacency: Mapping[str, pd.DataFrame], size: float) -> pd.Series:
    """
    Number of the quarter that each accepted block belongs to.

    The likest block that is left begins a quarter, which takes in its likest neighbour of the same type until it has as much heated floor as the pilot.

    Parameters
    ----------
    found : DataFrame, index (``place``, ``block_id``)
        ``accepted``, ``distance`` and ``block_type``.
    floor : Series, same index
        Heated floor. [m²]
    adjacency : mapping of str to DataFrame
        Layer ``adjacency`` of each place: ``block_a``, ``block_b``.
    size : float
        Heated floor of the pilot. [m²]

    Returns
    -------
    Series of int, same index
        0 for blocks in no quarter; quarters from 1, in the order in which they were begun.
    """
    distance: dict[Any, float] = found["distance"].to_dict()
    held: dict[Any, float] = floor.to_dict()
    free = set(found.index[found["accepted"]])
    beside: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for place, pairs in adjacency.items():
        for one, other in zip(pairs["block_a"].astype("str"), pairs["block_b"].astype("str"), strict=True):
            beside.setdefault((place, one), set()).add((place, other))
            beside.setdefault((place, other), set()).add((place, one))
    kinds = found["block_type"].to_dict()
    beside = {key: {other for other in others if kinds.get(other) == kinds.get(key)} for key, others in beside.items()}
    number, quarters = 0, dict.fromkeys(found.index, 0)
    for begin in sorted(free, key=lambda key: (distance[key], key)):
        if begin not in free:
            continue
        number += 1
        for member in _grown(begin, free, beside, distance, held, size):
            quarters[member] = number
            free.discard(member)
    return pd.Series(quarters).reindex(found.index).astype("int64")


def _grown(
    begin: tuple[str, str],
    free: AbstractSet[tuple[str, str]],
    beside: Mapping[tuple[str, str], set[tuple[str, str]]],
    distance: Mapping[tuple[str, str], float],
    floor: Mapping[tuple[str, str], float],
    size: float,
) -> list[tuple[str, str]]:
    edge, members, seen, held = [(distance[begin], begin)], [], {begin}, 0.0
    while edge and held < size:
        _, block = heapq.heappop(edge)
        members.append(block)
        held += floor[block]
        for other in (beside.get(block, set()) & free) - seen:
            seen.add(other)
            heapq.heappush(edge, (distance[other], other))
    return members
