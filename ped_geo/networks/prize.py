"""
Which buildings are worth connecting: revenue against trenches, pipes, losses and heat.

The exact form is that of one time step with a flow on every edge (topotherm): a trench costs per metre, a pipe per metre and power.
On a tree a recursion from the leaves gives the same answer; for many buildings the tree is that of `steiner.heuristic_tree`, pruned
by the recursion and routed again until nothing changes.

References
----------
.. [1] Lambert, Spliethoff (2024), topotherm: topology and sizing of district heating networks as mixed-integer programme.
.. [2] Johnson, Minkoff, Phillips (2000), "The prize collecting Steiner tree problem", SODA: strong pruning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.networks import steiner

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ped_geo.networks.steiner import SteinerTree

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Chosen", "Consumer", "Terms", "choose_exact", "choose_on_tree", "grow_and_prune"]

NODES = 300
"""Most nodes of one branch and bound: counted, not timed, so that every machine proves as much."""

GAP = 1e-6
REPEATS = 8


@dataclass(frozen=True)
class Consumer:
    """
    One building that may be connected.

    Attributes
    ----------
    power_kw : float
        Power that it draws from the network. [kW]
    prize_a : float
        What connecting it brings in a year, before network and heat. [money/a]
    """

    power_kw: float
    prize_a: float


@dataclass(frozen=True)
class Terms:
    """
    Yearly cost of trenches, pipes and heat.

    Attributes
    ----------
    per_m_a : float
        Of a metre of trench, whatever flows. [money/(m a)]
    per_m_kw_a : float
        Of a metre of pipe per power that enters it. [money/(m kW a)]
    per_kw_a : float
        Of a kilowatt that the source feeds in. [money/(kW a)]
    loss_kw_m : float
        Heat lost in a metre of trench. [kW/m]
    loss_share_m : float
        Share of the power that is lost in a metre besides. [1/m]
    """

    per_m_a: float
    per_m_kw_a: float = 0.0
    per_kw_a: float = 0.0
    loss_kw_m: float = 0.0
    loss_share_m: float = 0.0


@dataclass(frozen=True)
class Chosen:
    """
    Who is connected and by what.

    Attributes
    ----------
    consumers : frozenset of int
        Nodes that are connected.
    edges : frozenset of (node, node)
        Trenches, smaller node first.
    value_a : float
        Prizes less all costs. [money/a]
    bound_a : float
        No choice is worth more; infinite where none is known. [money/a]
    source_kw : float
        Power that the source feeds in. [kW]
    proven : bool
        Whether no choice is worth more.
    """

    consumers: frozenset[int]
    edges: frozenset[tuple[int, int]]
    value_a: float
    bound_a: float
    source_kw: float
    proven: bool


def _order(graph: nx.Graph, source: int) -> list[tuple[int, int]]:
    """Edges of a tree as (parent, child), leaves first."""
    import networkx as nx

    return [(parent, child) for parent, child in nx.bfs_edges(graph, source)][::-1]


def tree_value(graph: nx.Graph, source: int, kept: frozenset[int], consumers: Mapping[int, Consumer], terms: Terms) -> tuple[float, float]:
    """
    Worth of a tree whose kept consumers are supplied, losses on their way included.

    Parameters
    ----------
    graph : Graph
        A tree, edges with ``length``; all of it is dug.
    source : int
        Node that feeds in.
    kept : frozenset of int
        Consumers that are supplied.
    consumers, terms
        See `choose_exact`.

    Returns
    -------
    tuple of float
        Value [money/a], power of the source [kW].
    """
    power = {node: consumers[node].power_kw if node in kept else 0.0 for node in graph}
    value = sum(consumers[node].prize_a for node in sorted(kept))
    for parent, child in _order(graph, source):
        length = graph[parent][child]["length"]
        enters = (power[child] + terms.loss_kw_m * length) / (1.0 - terms.loss_share_m * length)
        value -= length * (terms.per_m_a + terms.per_m_kw_a * enters)
        power[parent] += enters
    return value - terms.per_kw_a * power[source], power[source]


def choose_on_tree(graph: nx.Graph, source: int, consumers: Mapping[int, Consumer], terms: Terms) -> Chosen:
    """
    The best choice on a tree, exactly, from the leaves to the source.

    Parameters
    ----------
    graph : Graph
        A tree, edges with ``length``.
    source : int
        Node that feeds in.
    consumers : mapping of int to Consumer
        By node.
    terms : Terms
        Costs; without a relative loss every kilowatt has one price from the source to its place.

    Returns
    -------
    Chosen

    Examples
    --------
    >>> import networkx as nx
    >>> street = nx.Graph()
    >>> street.add_edge(0, 1, length=10.0)
    >>> street.add_edge(1, 2, length=50.0)
    >>> chosen = choose_on_tree(street, 0, {1: Consumer(5.0, 40.0), 2: Consumer(5.0, 40.0)}, Terms(per_m_a=1.0))
    >>> sorted(chosen.consumers), chosen.value_a
    ([1], 30.0)
    """
    order = _order(graph, source)
    # price of a kilowatt at each node: what the source asks, and its pipes on the way
    price = {source: terms.per_kw_a}
    for parent, child in reversed(order):
        length = graph[parent][child]["length"]
        price[child] = (price[parent] + terms.per_m_kw_a * length) / (1.0 - terms.loss_share_m * length)
    gain = {node: max(0.0, one.prize_a - one.power_kw * price[node]) for node, one in consumers.items() if node in price}
    worth = {node: gain.get(node, 0.0) for node in graph}
    dug: set[tuple[int, int]] = set()
    for parent, child in order:
        length = graph[parent][child]["length"]
        cost = length * terms.per_m_a + terms.loss_kw_m * length * price[child]
        if worth[child] > cost:
            worth[parent] += worth[child] - cost
            dug.add((parent, child))
    reached = {source}
    edges = set()
    for parent, child in reversed(order):
        if (parent, child) in dug and parent in reached:
            reached.add(child)
            edges.add((parent, child) if parent <= child else (child, parent))
    kept = frozenset(node for node in reached if gain.get(node, 0.0) > 0.0)
    part = graph.__class__()
    part.add_node(source)
    part.add_edges_from((one, other, graph[one][other]) for one, other in sorted(edges))
    value, power = tree_value(part, source, kept, consumers, terms)
    return Chosen(kept, frozenset(edges), value, np.inf, power, proven=False)


def grow_and_prune(
    graph: nx.Graph, source: int, consumers: Mapping[int, Consumer], terms: Terms, *, known: dict[frozenset[int], SteinerTree] | None = None
) -> Chosen:
    """
    A good choice for any number of buildings: join all, prune, join those that are left again, until nothing changes.

    Parameters
    ----------
    graph : Graph
        Connected, edges with ``length`` and ``weight``: its dug length, shorter where the ground is soft.
    source : int
        Node that feeds in.
    consumers : mapping of int to Consumer
        By node.
    terms : Terms
        Costs; lengths of trenches are taken from ``weight``.
    known : dict, optional
        Trees of the same graph and source by the consumers that they join; those that are made here are added.

    Returns
    -------
    Chosen
        Without a bound.
    """
    trees = {} if known is None else known
    wanted = frozenset(consumers)
    best = Chosen(frozenset(), frozenset(), 0.0, np.inf, 0.0, proven=False)
    for _ in range(REPEATS):
        if wanted not in trees:
            trees[wanted] = steiner.heuristic_tree(graph, [source, *sorted(wanted)])
        found = choose_on_tree(weighed(graph, trees[wanted].edges, source), source, consumers, terms)
        if found.value_a <= best.value_a + GAP * abs(best.value_a):
            break
        best, wanted = found, found.consumers
    return best


def weighed(graph: nx.Graph, edges: frozenset[tuple[int, int]], source: int) -> nx.Graph:
    """Tree of some edges of a graph, with their ``weight`` as ``length``."""
    import networkx as nx

    tree = nx.Graph()
    tree.add_node(source)
    tree.add_edges_from((one, other, {"length": graph[one][other]["weight"]}) for one, other in sorted(edges))
    return tree


class _Programme:
    """The mixed-integer programme in HiGHS: columns are trenches, flows, consumers and the source."""

    def __init__(self, graph: nx.Graph, source: int, consumers: Mapping[int, Consumer], terms: Terms) -> None:
        import highspy

        self.terms, self.consumers, self.source = terms, consumers, source
        pairs = sorted((min(one, other), max(one, other), float(data["length"])) for one, other, data in graph.edges(data=True))
        self.arcs = [*pairs, *((other, one, length) for one, other, length in pairs)]
        self.names = sorted(consumers)
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options = (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_max_nodes", NODES), ("mip_rel_gap", GAP))
        for option, value in options:
            self.solver.setOptionValue(option, value)
        demand = sum(one.power_kw for one in consumers.values())
        self.most = 1.5 * demand + terms.loss_kw_m * sum(length for _, _, length in pairs) + 1.0
        self._columns()
        self._balances(graph)
        self._logic(len(pairs))

    def _columns(self) -> None:
        """Trench and flow of each arc, consumers, source."""
        arcs, terms = len(self.arcs), self.terms
        lengths = np.array([length for _, _, length in self.arcs])
        prizes = np.array([self.consumers[node].prize_a for node in self.names])
        cost = np.concatenate([lengths * terms.per_m_a, lengths * terms.per_m_kw_a, -prizes, [terms.per_kw_a]])
        upper = np.concatenate([np.ones(arcs), np.full(arcs, self.most), np.ones(len(self.names)), [self.most]])
        count = len(cost)
        self.scale = float(np.abs(cost).max(initial=0.0)) or 1.0
        self.solver.addVars(count, np.zeros(count), upper)
        self.solver.changeColsCost(count, np.arange(count, dtype=np.int32), cost / self.scale)
        whole = np.concatenate([np.arange(arcs), 2 * arcs + np.arange(len(self.names))]).astype(np.int32)
        self.solver.changeColsIntegrality(len(whole), whole, np.ones(len(whole), dtype=np.uint8))

    def _row(self, low: float, high: float, entries: Mapping[int, float]) -> None:
        columns = np.array(list(entries), dtype=np.int32)
        self.solver.addRow(low, high, len(columns), columns, np.array(list(entries.values())))

    def _balances(self, graph: nx.Graph) -> None:
        """What arrives at a node leaves it or is used there; an arc loses a share and, where it is dug, so much a metre."""
        arcs, terms = len(self.arcs), self.terms
        place = {node: number for number, node in enumerate(self.names)}
        into: dict[int, list[int]] = {node: [] for node in graph}
        out: dict[int, list[int]] = {node: [] for node in graph}
        for arc, (tail, head, _) in enumerate(self.arcs):
            out[tail].append(arc)
            into[head].append(arc)
        for node in sorted(graph):
            entries: dict[int, float] = {}
            for arc in into[node]:
                length = self.arcs[arc][2]
                entries |= {arcs + arc: 1.0 - terms.loss_share_m * length, arc: -terms.loss_kw_m * length}
            for arc in out[node]:
                entries[arcs + arc] = -1.0
            if node in place:
                entries[2 * arcs + place[node]] = -self.consumers[node].power_kw
            if node == self.source:
                entries[2 * arcs + len(place)] = 1.0
            self._row(0.0, 0.0, entries)
            if node in place and node != self.source:
                self._row(0.0, np.inf, {**dict.fromkeys(into[node], 1.0), 2 * arcs + place[node]: -1.0})
            if node != self.source:
                self._row(-np.inf, 1.0, dict.fromkeys(into[node], 1.0))
                self._follow(into[node], out[node])

    def _follow(self, into: list[int], out: list[int]) -> None:
        """A trench goes on only from where one arrives, and not back."""
        for arc in out:
            head = self.arcs[arc][1]
            self._row(0.0, np.inf, {**{one: 1.0 for one in into if self.arcs[one][0] != head}, arc: -1.0})

    def _logic(self, pairs: int) -> None:
        arcs = len(self.arcs)
        for arc in range(arcs):
            self._row(-np.inf, 0.0, {arcs + arc: 1.0, arc: -self.most})
        for one in range(pairs):
            self._row(-np.inf, 1.0, {one: 1.0, pairs + one: 1.0})

    def force(self, nodes: frozenset[int]) -> None:
        """Connect some consumers whatever it costs."""
        for number, node in enumerate(self.names):
            if node in nodes:
                self.solver.changeColBounds(2 * len(self.arcs) + number, 1.0, 1.0)

    def run(self) -> Chosen | None:
        """Solve; None where no choice was found."""
        import highspy

        self.solver.run()
        solution = self.solver.getSolution()
        if not solution.value_valid:
            return None
        values, arcs = np.asarray(solution.col_value), len(self.arcs)
        dug = np.flatnonzero(values[:arcs] > 0.5)
        edges = frozenset((min(self.arcs[arc][:2]), max(self.arcs[arc][:2])) for arc in dug)
        kept = frozenset(node for number, node in enumerate(self.names) if values[2 * arcs + number] > 0.5)
        information = self.solver.getInfo()
        value, bound = (-self.scale * float(one) for one in (information.objective_function_value, information.mip_dual_bound))
        proven = bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)
        return Chosen(kept, edges, value, max(bound, value), float(values[-1]), proven)


def choose_exact(
    graph: nx.Graph, source: int, consumers: Mapping[int, Consumer], terms: Terms, *, forced: frozenset[int] = frozenset()
) -> Chosen | None:
    """
    The best choice, proven by HiGHS; or the best found within the counted work and its bound.

    Parameters
    ----------
    graph : Graph
        Edges with ``length``. [m]
    source : int
        Node that feeds in.
    consumers : mapping of int to Consumer
        By node.
    terms : Terms
        Costs and losses.
    forced : frozenset of int
        Consumers that must be connected.

    Returns
    -------
    Chosen or None
        None where nothing was found within the counted work, or the forced ones cannot be reached.
    """
    programme = _Programme(graph, source, consumers, terms)
    programme.force(forced)
    return programme.run()
