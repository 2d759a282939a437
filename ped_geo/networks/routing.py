"""The way that pipes take: one tree of trenches along streets that joins all buildings that are offered a connection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.networks import pipes, steiner
from ped_geo.networks.streets import TrenchGraph, trench_graph

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["TODAY", "RoutedNetwork", "routed_network", "trench_tree"]

TODAY = "high_temperature"
"""Temperature level of today's networks."""


@dataclass(frozen=True)
class RoutedNetwork:
    """
    Tree that joins all offered buildings, in the graph of trenches.

    Attributes
    ----------
    graph : TrenchGraph
        Where trenches may run.
    net : Graph
        Without dead ends and passing nodes; edges with ``weight``, what they are paid like in metres of street. [m]
    tree : RootedTree
        Sections from the leaves to the feed-in.
    edges : ndarray of int, shape (sections,)
        Edge of the graph that each section is.
    paid : ndarray, shape (sections,)
        Lengths of sections as they are paid: shorter in soft ground and where a pipe lies already. [m]
    houses : Series of int
        Node of each joined building.
    steiner : SteinerTree
        With what is known of the shortest.
    feed_in : str
        Where heat enters: a code of the layer ``heat_levels``.
    today : NetworkWater
        Water of today's network: as its pipes tell, else of the table of levels.
    """

    graph: TrenchGraph
    net: nx.Graph
    tree: pipes.RootedTree
    edges: NDArray[np.int64]
    paid: Floats
    houses: pd.Series
    steiner: steiner.SteinerTree
    feed_in: str
    today: pipes.NetworkWater

    def water(self, level: str) -> pipes.NetworkWater:
        """Water of a temperature level, at today's level that of the pipes that are there."""
        return self.today if level == TODAY else pipes.water(level)

    @property
    def nodes(self) -> int:
        """How many nodes the graph has."""
        return len(self.graph.points)

    @property
    def there(self) -> Floats:
        """Diameter of the pipe that lies along each section, 0 where none does. [mm]."""
        return self.graph.there[self.edges]

    def of(self, served: pd.Series) -> RoutedNetwork | None:
        """The part of the tree that some of the houses are fed by, `served` by building; None where nobody is."""
        houses = self.houses[served.reindex(self.houses.index).fillna(False).to_numpy(dtype=bool)]
        here = np.zeros(self.nodes)
        here[houses.to_numpy()] = 1.0
        kept = self.tree.downstream(here) > 0.0
        if not kept.any():
            return None
        old = self.tree
        tree = pipes.RootedTree(old.root, old.parents[kept], old.children[kept], old.lengths[kept], old.soft[kept])
        return replace(self, tree=tree, edges=self.edges[kept], paid=self.paid[kept], houses=houses)

    def at_houses(self, values: pd.Series) -> Floats:
        """Values of buildings at their nodes, 0 elsewhere."""
        found = np.zeros(self.nodes)
        found[self.houses.to_numpy()] = values.reindex(self.houses.index).to_numpy(dtype=np.float64)
        return found


def _feed_in(graph: TrenchGraph, offered: gpd.GeoDataFrame, heat: pd.Series, net: nx.Graph) -> tuple[int, str]:
    """
    Node at which heat enters: that which feeds all pipes that are there, else the crossing nearest to the middle of the heat.

    It lies in the part of the network that most heat can be joined to.
    """
    import networkx as nx
    import shapely

    at_node = {int(node): float(heat[name]) for node, name in zip(graph.houses, offered.index, strict=True) if node >= 0}
    part = max(nx.connected_components(net), key=lambda nodes: (sum(at_node.get(node, 0.0) for node in nodes), -min(nodes)))
    if graph.root in part:
        return graph.root, "mapped_pipe"
    in_street = np.unique(graph.ends[: graph.street_pieces])
    among = in_street[np.isin(in_street, np.fromiter(part, dtype=np.int64))]
    middles = shapely.get_coordinates(shapely.centroid(offered.geometry.to_numpy()))
    weights = heat.reindex(offered.index).to_numpy(dtype=np.float64)
    return graph.nearest_crossing(shapely.Point(*np.average(middles, axis=0, weights=weights)), among), "middle_of_heat"


def _rooted(graph: TrenchGraph, edges: NDArray[np.int64], root: int, lengths: Floats) -> tuple[pipes.RootedTree, NDArray[np.int64]]:
    """Tree of some edges with its sections leaves first, and the edge of each section."""
    import networkx as nx

    tree = nx.Graph()
    tree.add_node(root)
    tree.add_edges_from((*graph.ends[edge].tolist(), {"edge": int(edge)}) for edge in edges)
    order = list(nx.bfs_edges(tree, root))[::-1]
    parents, children = np.array(order, dtype=np.int64).reshape(-1, 2).T
    of_section = np.array([tree[parent][child]["edge"] for parent, child in order], dtype=np.int64)
    return pipes.RootedTree(root, parents, children, lengths[of_section], graph.soft[of_section]), of_section


def routed_network(
    streets: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    heat: pd.Series,
    study: Study,
    known: pd.DataFrame | None = None,
) -> RoutedNetwork | None:
    """
    Join all offered buildings that streets reach.

    Parameters
    ----------
    streets, offered : GeoDataFrame
        Layers of the schema, of the buildings those that are offered a connection.
    ways : GeoDataFrame
        Raw ways.
    heat : Series
        By building. [MWh/a]
    study : Study
        Its assumptions ``heat_network.pipe_reach`` and ``heat_network.existing_share``.
    known : DataFrame, optional
        `trench_tree` of the same input: the tree is not searched again.

    Returns
    -------
    RoutedNetwork or None
        None where there is nothing to route.
    """
    import networkx as nx
    import pandas as pd

    graph = trench_graph(streets, ways, offered, study)
    if graph is None or (graph.houses < 0).all():
        return None
    paid = graph.paid(study)
    whole = graph.as_networkx(paid)
    root, feed_in = _feed_in(graph, offered, heat, whole)
    near = nx.node_connected_component(whole, root)
    houses = pd.Series(graph.houses, index=offered.index)
    houses = houses[houses.isin(near)]
    goals = [root, *sorted(houses.tolist())]
    net = steiner.lean(whole.subgraph(near), goals)
    found = _searched(net, goals) if known is None else _known_tree(known)
    if known is None:
        edges = np.array(sorted(whole[one][other]["edge"] for one, other in steiner.unfolded(net, found.edges)), dtype=np.int64)
    else:
        edges = known.index.to_numpy(dtype=np.int64)
    tree, of_section = _rooted(graph, edges, root, graph.lengths)
    return RoutedNetwork(graph, net, tree, of_section, paid[of_section], houses, found, feed_in, _water_today(graph, study))


def _water_today(graph: TrenchGraph, study: Study) -> pipes.NetworkWater:
    """Of what the pipes that are there tell; a flow no warmer than soil tells nothing of losses."""
    soil = study.assumed("heat_network.soil_c")
    if graph.return_c > soil:
        return pipes.told_water(TODAY, graph.flow_c, graph.return_c, soil)
    return pipes.water(TODAY)


def _searched(net: nx.Graph, goals: list[int]) -> steiner.SteinerTree:
    found = steiner.heuristic_tree(net, goals)
    few = len(goals) <= steiner.EXACT_TERMINALS
    return steiner.exact_tree(net, goals, found) if few else steiner.raised_bound(net, goals, found)


def _known_tree(known: pd.DataFrame) -> steiner.SteinerTree:
    row = known.iloc[0]
    return steiner.SteinerTree(frozenset(), float(row["weight_m"]), float(row["bound_m"]), bool(row["proven"]), str(row["method"]))


def trench_tree(routed: RoutedNetwork | None) -> pd.DataFrame:
    """
    The tree as a table, from which `routed_network` makes it again.

    Returns
    -------
    DataFrame
        Layer ``trench_tree``: a row for each edge of the graph that is dug; no row where nothing was routed.
    """
    import pandas as pd

    names = ["weight_m", "bound_m", "proven", "method"]
    if routed is None:
        return pd.DataFrame({name: [] for name in names}, index=pd.Index([], dtype="int64", name="edge"))
    found = routed.steiner
    told = dict(zip(names, (found.weight, found.bound, found.proven, found.method), strict=True))
    return pd.DataFrame(told, index=pd.Index(np.sort(routed.edges), dtype="int64", name="edge"))
