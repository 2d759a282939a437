"""Trees in graphs: published instances, brute force, and that the proof beats the heuristic where it can."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ped_geo.networks.prize import Consumer, Terms, choose_exact, choose_on_tree, grow_and_prune
from ped_geo.networks.steiner import exact_tree, heuristic_tree, lean, raised_bound, unfolded

INSTANCES = pd.read_csv(Path(__file__).parent / "published_instances.csv", dtype={"id": str, "from_or_x": str, "to_or_y": str})
DHNX = {"P0": 0, "F0": 1, "F1": 2, "F2": 3, "C0": 4, "C1": 5}


def edges_of(name, number):
    rows = INSTANCES[(INSTANCES["instance"] == name) & (INSTANCES["kind"] == "edge")]
    graph = nx.Graph()
    for row in rows.itertuples():
        graph.add_edge(number(row.from_or_x), number(row.to_or_y), length=row.length_m, weight=row.length_m)
    return graph


def topotherm():
    """Edges, consumers with revenue, and costs of the published instance."""
    rows = INSTANCES[(INSTANCES["instance"] == "topotherm-11") & (INSTANCES["kind"] == "consumer")]
    consumers = {int(row.id): Consumer(row.peak_kw, 0.18 * row.peak_kw * row.full_load_h) for row in rows.itertuples()}
    annuity = 0.08 / (1 - 1.08**-40)
    terms = Terms(567.335 * annuity, 0.018377 * annuity, 2418.49 * 0.08, loss_kw_m=0.02189, loss_share_m=4.348e-7)
    return edges_of("topotherm-11", lambda text: int(float(text))), consumers, terms


def length_of(graph, edges):
    return sum(graph[one][other]["length"] for one, other in edges)


def test_d2_topotherm_with_all_five_connected():
    """Check D2: published -990.80, 178.560 m, 46.280 kW."""
    graph, consumers, terms = topotherm()
    found = choose_exact(graph, 6, consumers, terms, forced=frozenset(consumers))
    assert found.proven
    assert found.value_a == pytest.approx(990.80, abs=0.01)
    assert length_of(graph, found.edges) == pytest.approx(178.560, abs=0.001)
    assert found.source_kw == pytest.approx(46.280, abs=0.001)


def test_d3_topotherm_choosing_its_consumers():
    """Check D3: published -1435.88 with nodes 7, 10 and 11 alone."""
    graph, consumers, terms = topotherm()
    found = choose_exact(graph, 6, consumers, terms)
    assert found.proven
    assert found.value_a == pytest.approx(1435.88, abs=0.01)
    assert found.consumers == {7, 10, 11}
    assert length_of(graph, found.edges) == pytest.approx(118.494, abs=0.001)
    assert found.source_kw == pytest.approx(33.875, abs=0.001)


@pytest.mark.parametrize(("nodes", "value"), [((11,), 448.7), ((7, 11), 538.2), ((7, 8, 10, 11), 971.0), ((7, 9, 10, 11), 1066.9)])
def test_d4_topotherm_with_given_consumers(nodes, value):
    """Check D4."""
    graph, consumers, terms = topotherm()
    some = {node: consumers[node] for node in nodes}
    assert choose_exact(graph, 6, some, terms, forced=frozenset(nodes)).value_a == pytest.approx(value, abs=0.1)


def test_recursion_on_the_tree_agrees_with_the_programme():
    graph, consumers, terms = topotherm()
    assert nx.is_tree(graph)
    found = choose_on_tree(graph, 6, consumers, terms)
    assert found.consumers == {7, 10, 11}
    assert found.value_a == pytest.approx(1435.88, abs=0.01)


def test_d5_dhnx_tree():
    """Check D5: 5.662 m by P0-F1, F1-C0, F1-F2, F2-C1; the least tree over all nodes is 7.076 m."""
    graph = edges_of("dhnx-7", DHNX.get)
    found = exact_tree(graph, [DHNX[name] for name in ("P0", "C0", "C1")])
    assert found.proven
    assert found.weight == pytest.approx(5.662)
    assert found.edges == {(0, 2), (2, 4), (2, 3), (3, 5)}
    assert nx.minimum_spanning_tree(graph).size(weight="weight") == pytest.approx(7.076)


def test_d6_dhnx_pipes_paid_by_power_and_length_take_the_shortest_paths():
    """Check D6: 73.173."""
    graph = edges_of("dhnx-7", DHNX.get)
    consumers = {DHNX["C0"]: Consumer(15.0, 0.0), DHNX["C1"]: Consumer(18.0, 0.0)}
    found = choose_exact(graph, 0, consumers, Terms(0.0, 0.5), forced=frozenset(consumers))
    assert -found.value_a == pytest.approx(73.173)


def star():
    graph = nx.Graph()
    for node in (1, 2, 3):
        graph.add_edge(0, node, weight=1.0)
    for one, other in itertools.combinations((1, 2, 3), 2):
        graph.add_edge(one, other, weight=1.9)
    return graph


def test_d7_on_the_star_the_exact_tree_beats_the_heuristic():
    """Check D7: 3.0 against 3.8, within the bound that the heuristic told."""
    quick = heuristic_tree(star(), [1, 2, 3])
    assert quick.weight == pytest.approx(3.8)
    assert quick.bound <= 3.0
    assert not quick.proven
    best = exact_tree(star(), [1, 2, 3], quick)
    assert (best.weight, best.bound, best.proven) == (pytest.approx(3.0), pytest.approx(3.0), True)


def random_streets(rng, size, chance=0.8):
    """Streets of a grid town, some missing, with lengths of their own."""
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(size, size), ordering="sorted")
    for one, other in list(graph.edges()):
        if rng.random() > chance and nx.is_connected(nx.restricted_view(graph, [], [(one, other)])):
            graph.remove_edge(one, other)
    for edge in graph.edges():
        length = float(rng.uniform(20, 120))
        graph.edges[edge].update(weight=length, length=length)
    return graph


def lightest_by_trying(graph, terminals):
    """Every set of further nodes, and the least tree over it."""
    others, best = [node for node in graph if node not in terminals], np.inf
    for count in range(len(others) + 1):
        for more in itertools.combinations(others, count):
            part = graph.subgraph([*terminals, *more])
            if nx.is_connected(part):
                best = min(best, nx.minimum_spanning_tree(part).size(weight="weight"))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_exact_tree_is_the_lightest_of_all_and_bounds_hold(seed):
    rng = np.random.default_rng(seed)
    graph = random_streets(rng, 4)
    terminals = sorted(rng.choice(len(graph), 5, replace=False).tolist())
    truth = lightest_by_trying(graph, terminals)
    quick = heuristic_tree(graph, terminals)
    best = exact_tree(graph, terminals, quick)
    assert best.proven
    assert best.weight == pytest.approx(truth)
    raised = raised_bound(graph, terminals, quick)
    assert quick.bound - 1e-9 <= raised.bound <= truth + 1e-9
    assert raised.edges == quick.edges
    assert quick.bound - 1e-9 <= truth <= quick.weight + 1e-9 <= 2 * truth + 1e-9
    tree = nx.Graph(list(best.edges))
    assert nx.is_tree(tree)
    assert set(terminals) <= set(tree)


@pytest.mark.parametrize("seed", range(4))
def test_dead_ends_and_passing_nodes_may_go_without_changing_the_tree(seed):
    rng = np.random.default_rng(seed)
    graph = random_streets(rng, 4)
    for node in range(4):
        graph.add_edge(node, 100 + node, weight=float(rng.uniform(5, 50)))
        graph.add_edge(100 + node, 200 + node, weight=3.0)
    terminals = [200, 201, 9, 14]
    small = lean(graph, terminals)
    assert len(small) < len(graph)
    best = exact_tree(small, terminals)
    edges = unfolded(small, best.edges)
    assert best.weight == pytest.approx(exact_tree(graph, terminals).weight)
    assert sum(graph[one][other]["weight"] for one, other in edges) == pytest.approx(best.weight)


def best_choice_by_trying(graph, source, consumers, terms):
    """Every set of consumers with its exact cost when forced."""
    best = 0.0
    for count in range(1, len(consumers) + 1):
        for some in itertools.combinations(consumers, count):
            found = choose_exact(graph, source, {node: consumers[node] for node in some}, terms, forced=frozenset(some))
            best = max(best, found.value_a)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_choice_of_consumers_is_the_best_of_all_sets_and_the_heuristic_is_no_better(seed):
    rng = np.random.default_rng(seed)
    graph = random_streets(rng, 4)
    consumers = {
        int(node): Consumer(float(rng.uniform(20, 200)), float(rng.uniform(1000, 9000)))
        for node in rng.choice(np.arange(1, 16), 4, replace=False)
    }
    terms = Terms(30.0, 0.02, 10.0, loss_kw_m=0.02)
    best = choose_exact(graph, 0, consumers, terms)
    quick = grow_and_prune(graph, 0, consumers, terms)
    assert best.value_a == pytest.approx(best_choice_by_trying(graph, 0, consumers, terms), rel=1e-5, abs=0.01)
    assert quick.value_a <= best.value_a + 0.01
    assert best.bound_a >= best.value_a


def test_recursion_agrees_with_the_programme_on_random_trees():
    rng = np.random.default_rng(11)
    for _ in range(5):
        tree = nx.random_labeled_tree(14, seed=int(rng.integers(1000)))
        for edge in tree.edges():
            tree.edges[edge]["length"] = float(rng.uniform(20, 120))
        consumers = {node: Consumer(float(rng.uniform(20, 200)), float(rng.uniform(500, 6000))) for node in range(1, 14, 2)}
        terms = Terms(30.0, 0.02, 10.0, loss_kw_m=0.02, loss_share_m=1e-6)
        exact = choose_exact(tree, 0, consumers, terms)
        assert choose_on_tree(tree, 0, consumers, terms).value_a == pytest.approx(exact.value_a, rel=1e-5, abs=0.01)


def test_d18_a_second_source_never_costs_more():
    """Part of check D18: a source is joined to another by a trench without length."""
    rng = np.random.default_rng(3)
    graph = random_streets(rng, 4)
    consumers = {node: Consumer(50.0, 4000.0) for node in (5, 7, 10, 13)}
    terms = Terms(30.0, 0.02, 10.0)
    alone = choose_exact(graph, 0, consumers, terms).value_a
    graph.add_edge(0, 15, length=0.0, weight=0.0)
    assert choose_exact(graph, 0, consumers, terms).value_a >= alone - 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_heuristic_tree_keeps_its_bound_and_is_about_as_light_as_that_of_networkx(seed):
    rng = np.random.default_rng(seed)
    graph = random_streets(rng, 14)
    for node in range(0, 196, 5):
        # a house may stand on its street, and hang on another house
        graph.add_edge(node, 1000 + node, weight=float(rng.choice([0.0, 4.0, 20.0])))
        graph.add_edge(1000 + node, 2000 + node, weight=float(rng.choice([0.0, 6.0])))
    terminals = sorted(rng.choice(sorted(graph), int(rng.integers(2, 60)), replace=False).tolist())
    found = heuristic_tree(graph, terminals)
    tree = nx.Graph(list(found.edges))
    assert nx.is_tree(tree)
    assert set(terminals) <= set(tree)
    assert all(node in terminals for node in tree if tree.degree(node) == 1)
    assert found.weight == pytest.approx(sum(graph[one][other]["weight"] for one, other in found.edges))
    assert found.bound - 1e-9 <= found.weight <= 2.0 * found.bound + 1e-9
    peer = nx.algorithms.approximation.steiner_tree(graph, terminals, weight="weight", method="mehlhorn")
    assert found.weight <= 1.02 * peer.size(weight="weight")
    assert found.bound <= peer.size(weight="weight") + 1e-9


def test_the_whole_tree_is_taken_where_every_edge_leads_to_a_terminal_alone():
    path = nx.path_graph(6)
    nx.set_edge_attributes(path, 10.0, "weight")
    found = heuristic_tree(path, [0, 2, 5])
    assert (len(found.edges), found.weight, found.bound, found.proven) == (5, 50.0, 50.0, True)
    assert heuristic_tree(path, [3]).edges == frozenset()


@pytest.mark.slow
def test_eight_thousand_terminals_take_less_than_five_seconds():
    rng = np.random.default_rng(0)
    graph = random_streets(rng, 150, chance=1.0)
    terminals = rng.choice(len(graph), 8000, replace=False).tolist()
    start = time.process_time()
    found = heuristic_tree(graph, terminals)
    assert time.process_time() - start < 5
    assert found.weight <= 2 * found.bound
