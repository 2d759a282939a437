"""The graph of neighbouring blocks, as arrays: components, walking distances and vertex separators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

__all__ = ["BlockGraph", "build_graph"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class BlockGraph:
    """
    Undirected graph of `n` blocks in compressed rows.

    Attributes
    ----------
    block_ids : tuple of str
        Block of each vertex.
    first : ndarray of int, shape (n + 1,)
        Where the neighbours of each vertex begin in `neighbour`.
    neighbour : ndarray of int, shape (2 m,)
        Neighbours of vertex ``i`` are ``neighbour[first[i]:first[i + 1]]``, ascending.
    distance_m : ndarray of float, shape (2 m,)
        Walking distance to each of them. [m]
    """

    block_ids: tuple[str, ...]
    first: Ints
    neighbour: Ints
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.block_ids)

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Adjacency matrix of walking distances (never zero, so that a stored entry is an edge) [m]."""
        n = len(self)
        tiny = np.finfo(np.float64).tiny
        return sparse.csr_array((np.maximum(self.distance_m, tiny), self.neighbour, self.first), shape=(n, n))

    @cached_property
    def edges(self) -> Ints:
        """Each edge once, shape (m, 2), smaller vertex first."""
        start = np.repeat(np.arange(len(self)), np.diff(self.first))
        once = start < self.neighbour
        return np.column_stack([start[once], self.neighbour[once]])

    def neighbours(self, vertex: int) -> Ints:
        """Neighbours of one vertex."""
        return self.neighbour[self.first[vertex] : self.first[vertex + 1]]

    def border(self, members: Mask) -> Mask:
        """Vertices outside `members` that touch it."""
        touched = np.zeros(len(self), dtype=bool)
        start = np.repeat(members, np.diff(self.first))
        touched[self.neighbour[start]] = True
        return touched & ~members

    def components(self, members: Mask) -> Ints:
        """
        Connected components of the graph that `members` induces.

        Returns
        -------
        ndarray of int, shape (n,)
            Number of the component from 0 in the order of their first vertices, ``-1`` outside `members`.
        """
        from ped_geo.districts._components_kernel import components

        return np.asarray(components(self.first, self.neighbour, members), dtype=np.int64)

    def is_connected(self, members: Mask) -> bool:
        """Whether `members` is one connected piece; the empty set is not."""
        return bool(members.any()) and int(self.components(members).max()) == 0

    def separator(self, piece: Mask, vertex: int) -> Mask:
        """
        Least set of vertices beside `piece` that every path from `vertex` to `piece` meets.

        Of all neighbours of `piece` only those are kept that `vertex` reaches without passing another one, so no member
        can be left out: the set is inclusion-minimal when `piece` is connected.

        Parameters
        ----------
        piece : ndarray of bool, shape (n,)
            A connected set of vertices that `vertex` is neither in nor beside.
        vertex : int
            The other end.
        """
        wall = self.border(piece)
        label = self.components(~wall)
        return wall & self.border(label == label[vertex])

    def walking_distances(self, vertex: int, limit_m: float = np.inf) -> Floats:
        """Length of the shortest way from `vertex` to every vertex along neighbouring blocks, infinite beyond `limit_m` [m]."""
        return np.asarray(csgraph.dijkstra(self.matrix, directed=False, indices=vertex, limit=limit_m), dtype=np.float64)

    def part(self, members: Mask) -> BlockGraph:
        """The graph that `members` induces, vertices renumbered in order."""
        inner = self.matrix[members][:, members].sorted_indices()
        return BlockGraph(
            block_ids=tuple(block for block, kept in zip(self.block_ids, members, strict=True) if kept),
            first=inner.indptr.astype(np.int64),
            neighbour=inner.indices.astype(np.int64),
            distance_m=np.asarray(inner.data, dtype=np.float64),
        )


def build_graph(block_ids: pd.Index | list[str], adjacency: pd.DataFrame) -> BlockGraph:
    """
    Graph of neighbouring blocks.

    Parameters
    ----------
    block_ids : Index or list of str
        The vertices, in order.
    adjacency : DataFrame
        One row per pair of neighbours: ``block_a``, ``block_b``, ``distance_m`` [m]; further columns are ignored, and a
        pair that is listed twice counts once, with its shorter distance.

    Returns
    -------
    BlockGraph

    Raises
    ------
    LayerError
        If a pair names an unknown block, a block is its own neighbour or a distance is missing or negative.

    Examples
    --------
    >>> pairs = pd.DataFrame({"block_a": ["x", "y"], "block_b": ["y", "z"], "distance_m": [80.0, 120.0]})
    >>> graph = build_graph(["x", "y", "z"], pairs)
    >>> graph.walking_distances(0)
    array([  0.,  80., 200.])
    """
    index = pd.Index(block_ids)
    start, end = index.get_indexer(pd.Index(adjacency["block_a"])), index.get_indexer(pd.Index(adjacency["block_b"]))
    distance = adjacency["distance_m"].to_numpy(dtype=np.float64)
    problems = []
    if (unknown := (start < 0) | (end < 0)).any():
        row = adjacency.loc[unknown, ["block_a", "block_b"]].iloc[0]
        problems.append(Sentence("error.pairs_name_block_that_does", count=unknown.sum(), row=row["block_a"], row_2=row["block_b"]))
    if ((start == end) & ~unknown).any():
        problems.append(Sentence("error.blocks_are_their_own_neighbour", count=((start == end) & ~unknown).sum()))
    if not (distance >= 0).all():
        problems.append(Sentence("error.values_distance_m_are_missing_negative", count=(~(distance >= 0)).sum()))
    if problems:
        raise LayerError(Sentence("error.layer_adjacency"), problems)
    both = np.concatenate([np.column_stack([start, end]), np.column_stack([end, start])])
    lengths = np.concatenate([distance, distance])
    order = np.lexsort((lengths, both[:, 1], both[:, 0]))
    both, lengths = both[order], lengths[order]
    once = np.ones(len(both), dtype=bool)
    once[1:] = (both[1:] != both[:-1]).any(axis=1)
    both, lengths = both[once], lengths[once]
    first = np.searchsorted(both[:, 0], np.arange(len(index) + 1)).astype(np.int64)
    return BlockGraph(tuple(map(str, index)), first, both[:, 1].astype(np.int64), lengths)
