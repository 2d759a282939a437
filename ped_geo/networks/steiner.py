"""
The shortest tree that joins given nodes of a graph: a heuristic with its bound, and an exact search with HiGHS.

References
----------
.. [1] Mehlhorn (1988), "A faster approximation algorithm for the Steiner problem in graphs", Information Processing Letters 27.
.. [2] Koch, Martin (1998), "Solving Steiner tree problems in graphs to optimality", Networks 32: directed cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["EXACT_TERMINALS", "SteinerTree", "exact_tree", "heuristic_tree", "lean", "raised_bound", "unfolded"]

EXACT_TERMINALS = 100
"""Up to so many terminals the exact search is tried."""

BOUND_TERMINALS, BOUND_ROUNDS = 400, 3
"""Up to so many terminals the bound of the heuristic is raised by so many rounds of cuts."""

NODES = 500
"""Most nodes of one branch and bound: counted, not timed, so that every machine proves as much."""

ROUNDS = 400
VIOLATION = 1e-4
UNITS = 1_000_000  # capacities of the search for cuts are whole numbers


@dataclass(frozen=True)
class SteinerTree:
    """
    A tree and what is known of the best one.

    Attributes
    ----------
    edges : frozenset of (node, node)
        Smaller node first.
    weight : float
        Sum of the edges' weights.
    bound : float
        No tree weighs less.
    proven : bool
        Whether none weighs less than this one.
    method : str
        ``heuristic`` or ``exact``.
    """

    edges: frozenset[tuple[int, int]]
    weight: float
    bound: float
    proven: bool
    method: str

    @property
    def gap(self) -> float:
        """Share by which this tree may at most be heavier than the best one."""
        return self.weight / self.bound - 1.0 if self.bound > 0 else 0.0


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one <= other else (other, one)


def lean(graph: nx.Graph, terminals: Iterable[int]) -> nx.Graph:
    """
    The graph without dead ends and without nodes that only pass on.

    Parameters
    ----------
    graph : Graph
        Edges with ``weight``.
    terminals : iterable of int
        Nodes that stay.

    Returns
    -------
    Graph
        Edges with ``weight`` and ``through``: the nodes of the original that each passes, ends included.
    """
    import networkx as nx

    kept = set(terminals)
    found = nx.Graph()
    for start, stop, data in graph.edges(data=True):
        found.add_edge(start, stop, weight=data["weight"], through=(start, stop))
    found.add_nodes_from(kept)
    loose = [node for node in found if node not in kept and found.degree(node) <= 2]
    while loose:
        node = loose.pop()
        if node not in found or found.degree(node) > 2:
            continue
        around = sorted(found[node])
        if len(around) == 2:
            _bypass(found, node, around)
        found.remove_node(node)
        loose += [one for one in around if one not in kept and found.degree(one) <= 2]
    return found


def _bypass(graph: nx.Graph, node: int, around: Sequence[int]) -> None:
    """Join the two neighbours of a node directly, unless a lighter edge does."""
    one, other = around
    weight = graph[one][node]["weight"] + graph[node][other]["weight"]
    if graph.has_edge(one, other) and graph[one][other]["weight"] <= weight:
        return
    left, right = graph[one][node]["through"], graph[node][other]["through"]
    left = left if left[0] == one else left[::-1]
    right = right if right[0] == node else right[::-1]
    graph.add_edge(one, other, weight=weight, through=(*left, *right[1:]))


def unfolded(graph: nx.Graph, edges: Iterable[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Edges of the original behind edges of a `lean` graph."""
    paths = [graph[one][other]["through"] for one, other in edges]
    return frozenset(_pair(*step) for path in paths for step in pairwise(path))


def _weight(graph: nx.Graph, edges: Iterable[tuple[int, int]]) -> float:
    return float(sum(graph[one][other]["weight"] for one, other in sorted(edges)))


def _peeled(graph: nx.Graph, terminals: Iterable[int]) -> tuple[frozenset[int], list[int], frozenset[tuple[int, int]]]:
    """Nodes that stay and the terminals among them when edges that lead to a terminal alone are taken, which every tree holds."""
    wanted, gone, taken = set(terminals), set[int](), set()
    degree = {node: graph.degree(node) for node in wanted}
    ends = [node for node in sorted(wanted) if degree[node] == 1]
    while ends and len(wanted) > 1:
        node = ends.pop()
        beside = next(other for other in graph[node] if other not in gone)
        taken.add(_pair(node, beside))
        gone.add(node)
        wanted.discard(node)
        wanted.add(beside)
        degree[beside] = degree.get(beside, graph.degree(beside)) - 1
        if degree[beside] == 1:
            ends.append(beside)
    return frozenset(set(graph) - gone), sorted(wanted), frozenset(taken)


def _spanning(count: int, ends: Ints, weights: Floats) -> Ints:
    """Edges of the least tree over all nodes, by number; of equal ones the first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    # the tree depends on the order of the weights alone, and scipy takes a weight of zero for no edge
    order = np.argsort(weights, kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(1.0, len(order) + 1.0)
    tree = minimum_spanning_tree(coo_array((rank, (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr())
    return order[tree.data.astype(np.int64) - 1]


def _pruned(count: int, ends: Ints, wanted: NDArray[np.bool_]) -> Ints:
    """Edges of a tree that are left when no branch ends in a node that nobody wants, by number."""
    left = np.arange(len(ends))
    while True:
        degree = np.bincount(ends[left].ravel(), minlength=count)
        loose = (degree[ends[left]] == 1) & ~wanted[ends[left]]
        if not loose.any():
            return left
        left = left[~loose.any(axis=1)]


def _mehlhorn(count: int, ends: Ints, weights: Floats, terminals: Ints) -> tuple[Ints, float]:
    """
    Edges of a tree over the terminals by number, and the weight of the least tree of shortest paths between them.

    Parameters
    ----------
    count : int
        Nodes of a connected graph, named 0, 1, ...
    ends : ndarray of int, shape (m, 2)
        Of its edges, no two of them alike.
    weights : ndarray, shape (m,)
    terminals : ndarray of int
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    both = np.concatenate([ends, ends[:, ::-1]])
    matrix = coo_array((np.tile(weights, 2), (both[:, 0], both[:, 1])), shape=(count, count)).tocsr()
    far, before, nearest = dijkstra(matrix, indices=terminals, min_only=True, return_predecessors=True)
    beside = np.sort(nearest[ends], axis=1)
    across = far[ends].sum(axis=1) + weights
    order = np.lexsort((across, beside[:, 1], beside[:, 0]))
    order = order[beside[order, 0] != beside[order, 1]]
    lightest = order[np.append(True, (beside[order[1:]] != beside[order[:-1]]).any(axis=1))[: len(order)]]
    joints = lightest[_spanning(count, beside[lightest], across[lightest])]
    within = np.zeros(count, dtype=bool)
    reached = ends[joints].ravel()
    while len(reached):
        within[reached] = True
        reached = np.unique(before[reached])
        reached = reached[reached >= 0]
        reached = reached[~within[reached]]
    # trees of shortest paths may lie beside a shorter edge between their nodes
    inner = np.flatnonzero(within[ends].all(axis=1))
    tree = inner[_spanning(count, ends[inner], weights[inner])]
    wanted = np.zeros(count, dtype=bool)
    wanted[terminals] = True
    return tree[_pruned(count, ends[tree], wanted)], float(across[joints].sum())


def heuristic_tree(graph: nx.Graph, terminals: Sequence[int]) -> SteinerTree:
    """
    A tree that weighs at most twice as much as the best (Mehlhorn 1988).

    Parameters
    ----------
    graph : Graph
        Connected, edges with ``weight``, none of them negative.
    terminals : sequence of int
        Nodes to join.

    Returns
    -------
    SteinerTree
        Its bound is the weight of edges that every tree holds, and the least tree of the shortest paths in the rest divided by
        ``2 (1 - 1/k)`` for k terminals.
    """
    rest, wanted, taken = _peeled(graph, terminals)
    certain = _weight(graph, taken)
    if len(wanted) < 2:
        return SteinerTree(taken, certain, certain, proven=True, method="heuristic")
    nodes = np.array(sorted(rest), dtype=np.int64)
    edges = sorted((*_pair(one, other), weight) for one, other, weight in graph.edges(data="weight") if one in rest and other in rest)
    ends = np.searchsorted(nodes, np.array([edge[:2] for edge in edges], dtype=np.int64))
    weights = np.array([edge[2] for edge in edges], dtype=np.float64)
    chosen, closure = _mehlhorn(len(nodes), ends, weights, np.searchsorted(nodes, wanted))
    weight = float(weights[chosen].sum())
    bound = min(closure / (2.0 * (1.0 - 1.0 / len(wanted))), weight)
    tree = frozenset((int(one), int(other)) for one, other in nodes[ends[chosen]])
    return SteinerTree(tree | taken, weight + certain, bound + certain, proven=len(wanted) == 2, method="heuristic")


class _Cuts:
    """Arcs of the graph in HiGHS, and cuts that are added where a solution does not reach a terminal."""

    def __init__(self, graph: nx.Graph, terminals: Sequence[int]) -> None:
        import highspy

        self.nodes = sorted(graph)
        number = {node: place for place, node in enumerate(self.nodes)}
        self.root, *goals = sorted(number[node] for node in terminals)
        self.goals = goals
        pairs = sorted((number[one], number[other], data["weight"]) for one, other, data in graph.edges(data=True))
        arcs = [(one, other, weight) for one, other, weight in pairs] + [(other, one, weight) for one, other, weight in pairs]
        arcs = [arc for arc in arcs if arc[1] != self.root]
        self.tails = np.array([arc[0] for arc in arcs], dtype=np.int64)
        self.heads = np.array([arc[1] for arc in arcs], dtype=np.int64)
        weights = np.array([arc[2] for arc in arcs])
        self.scale = float(weights.max(initial=0.0)) or 1.0
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_max_nodes", NODES)):
            self.solver.setOptionValue(option, value)
        count = len(arcs)
        self.solver.addVars(count, np.zeros(count), np.ones(count))
        self.solver.changeColsCost(count, np.arange(count, dtype=np.int32), weights / self.scale)
        self._enter()

    def _row(self, low: float, high: float, plus: Ints, minus: Ints) -> None:
        columns = np.concatenate([plus, minus]).astype(np.int32)
        values = np.concatenate([np.ones(len(plus)), -np.ones(len(minus))])
        self.solver.addRow(low, high, len(columns), columns, values)

    def _enter(self) -> None:
        """Each terminal is entered once; another node is left only if it is entered, and entered only if it is left."""
        for node in range(len(self.nodes)):
            into, out = np.flatnonzero(self.heads == node), np.flatnonzero(self.tails == node)
            if node in self.goals:
                self._row(1.0, 1.0, into, np.zeros(0, dtype=np.int64))
            elif node != self.root:
                self._row(-np.inf, 0.0, into, out)
                for arc in out:
                    self._row(0.0, np.inf, into[self.tails[into] != self.heads[arc]], np.array([arc]))

    def solve(self, *, whole: bool) -> float:
        """Solve as it stands; what no tree can weigh less than."""
        import highspy

        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        count = len(self.tails)
        self.solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), np.full(count, int(kind), dtype=np.uint8))
        self.solver.run()
        information = self.solver.getInfo()
        return float(information.mip_dual_bound if whole else information.objective_function_value) * self.scale

    @property
    def finished(self) -> bool:
        """Whether the last run ended with a proof."""
        import highspy

        return bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def values(self) -> Floats:
        """Share by which each arc is used."""
        return np.asarray(self.solver.getSolution().col_value)

    def separate(self, share: Floats) -> int:
        """Add a cut for each terminal that is not wholly reached; how many."""
        known: set[bytes] = set()
        for side in self._unreached(share):
            crossing = np.flatnonzero(side[self.tails] & ~side[self.heads])
            if crossing.tobytes() not in known:
                known.add(crossing.tobytes())
                self._row(1.0, np.inf, crossing, np.zeros(0, dtype=np.int64))
        return len(known)

    def _unreached(self, share: Floats) -> Iterator[NDArray[np.bool_]]:
        """Sides of the root: nodes that what flows from it reaches, or all that cannot reach the terminal."""
        from scipy.sparse import coo_array, csr_array
        from scipy.sparse.csgraph import breadth_first_order, maximum_flow

        size = len(self.nodes)
        # a grain on every arc makes the cut with the fewest arcs win among equals
        room = np.round(np.maximum(share, 0.0) * UNITS).astype(np.int32) + 1
        capacity = csr_array(coo_array((room, (self.tails, self.heads)), shape=(size, size)))
        for goal in self.goals:
            flow = maximum_flow(capacity, self.root, goal)
            if flow.flow_value >= UNITS * (1.0 - VIOLATION):
                continue
            rest = csr_array(capacity - flow.flow)
            rest.eliminate_zeros()
            for start, matrix, near in ((self.root, rest, True), (goal, csr_array(rest.T), False)):
                side = np.zeros(size, dtype=bool)
                side[breadth_first_order(matrix, start, return_predecessors=False)] = True
                yield side if near else ~side

    def chosen(self) -> frozenset[tuple[int, int]]:
        """Edges of the last solution in whole numbers."""
        taken = np.flatnonzero(self.values() > 0.5)
        return frozenset(_pair(self.nodes[self.tails[arc]], self.nodes[self.heads[arc]]) for arc in taken)


def exact_tree(graph: nx.Graph, terminals: Sequence[int], start: SteinerTree | None = None) -> SteinerTree:
    """
    The lightest tree, proven by HiGHS; or the best one known and its bound where the counted work is used up.

    Parameters
    ----------
    graph : Graph
        Connected, edges with ``weight``; `lean` makes it quick.
    terminals : sequence of int
        Nodes to join.
    start : SteinerTree, optional
        A tree that is known.

    Returns
    -------
    SteinerTree
    """
    best = start or heuristic_tree(graph, terminals)
    if best.proven:
        return best
    rest, wanted, taken = _peeled(graph, terminals)
    cuts = _Cuts(graph.subgraph(rest), wanted)
    certain, bound = _weight(graph, taken), best.bound
    for whole in (False, True):
        for _ in range(ROUNDS):
            bound = max(bound, certain + cuts.solve(whole=whole))
            if whole and not cuts.finished:
                return SteinerTree(best.edges, best.weight, min(bound, best.weight), proven=False, method="exact")
            share = cuts.values()
            if cuts.separate(share):
                continue
            if bool((np.abs(share - np.round(share)) < VIOLATION).all()):
                edges = cuts.chosen() | taken
                weight = _weight(graph, edges)
                better = edges if weight < best.weight - 1e-9 * best.weight else best.edges
                weight = _weight(graph, better)
                return SteinerTree(better, weight, weight, proven=True, method="exact")
            break
    return SteinerTree(best.edges, best.weight, min(bound, best.weight), proven=False, method="exact")


def raised_bound(graph: nx.Graph, terminals: Sequence[int], tree: SteinerTree) -> SteinerTree:
    """
    A tree with a better bound, from a few rounds of cuts: what a relaxed problem weighs, no tree can undercut.

    Parameters
    ----------
    graph : Graph
        Connected, edges with ``weight``.
    terminals : sequence of int
        Nodes that the tree joins.
    tree : SteinerTree
        Of `heuristic_tree`.

    Returns
    -------
    SteinerTree
        The same tree.
    """
    if tree.proven or len(set(terminals)) > BOUND_TERMINALS:
        return tree
    rest, wanted, taken = _peeled(graph, terminals)
    cuts, certain, bound = _Cuts(graph.subgraph(rest), wanted), _weight(graph, taken), tree.bound
    for _ in range(BOUND_ROUNDS):
        bound = max(bound, certain + cuts.solve(whole=False))
        if not cuts.separate(cuts.values()):
            break
    return replace(tree, bound=min(bound, tree.weight))
