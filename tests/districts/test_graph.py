"""The graph of neighbouring blocks against networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo.districts.graph import build_graph
from ped_geo.districts.search_areas import search_areas
from ped_geo.errors import LayerError
from tests.districts.generated import city

SOME = settings(max_examples=30, deadline=None, derandomize=True)


def as_networkx(graph):
    network = nx.Graph()
    network.add_nodes_from(range(len(graph)))
    for vertex in range(len(graph)):
        for place in range(graph.first[vertex], graph.first[vertex + 1]):
            network.add_edge(vertex, int(graph.neighbour[place]), weight=float(graph.distance_m[place]))
    return network


@SOME
@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_components_are_those_of_networkx(seed, share):
    graph, _, _ = city(30, seed)
    members = np.random.default_rng(seed).random(30) < share
    label = graph.components(members)
    assert (label >= 0).tolist() == members.tolist()
    ours = {frozenset(np.flatnonzero(label == number).tolist()) for number in range(label.max() + 1)}
    theirs = {frozenset(part) for part in nx.connected_components(as_networkx(graph).subgraph(np.flatnonzero(members).tolist()))}
    assert ours == theirs


@SOME
@given(st.integers(0, 10_000))
def test_separator_cuts_every_way_and_has_no_member_too_many(seed):
    graph, _, _ = city(30, seed)
    rng = np.random.default_rng(seed)
    label = graph.components(rng.random(30) < 0.4)
    if label.max() < 1:
        return
    piece, vertex = label == 0, int(np.flatnonzero(label == 1)[0])
    wall = graph.separator(piece, vertex)
    network = as_networkx(graph)
    target = int(np.flatnonzero(piece)[0])
    assert not wall[vertex]
    rest = network.subgraph(np.flatnonzero(~wall).tolist())
    assert not nx.has_path(rest, vertex, target)
    for spared in np.flatnonzero(wall):
        opened = wall.copy()
        opened[spared] = False
        assert nx.has_path(network.subgraph(np.flatnonzero(~opened).tolist()), vertex, target)


def test_walking_distances_are_those_of_networkx():
    graph, _, _ = city(40, 5)
    theirs = nx.single_source_dijkstra_path_length(as_networkx(graph), 3)
    ours = graph.walking_distances(3)
    assert {int(vertex): ours[vertex] for vertex in np.flatnonzero(np.isfinite(ours))} == pytest.approx(theirs)


@SOME
@given(st.integers(0, 10_000))
def test_every_block_is_in_a_ball_and_every_ball_within_walking_distance(seed):
    graph, _, _ = city(120, seed)
    open_ = np.random.default_rng(seed).random(120) < 0.9
    found, _ = search_areas(graph, open_, max_walk_m=400.0, required=np.zeros(120, dtype=bool))
    assert (np.any([area.members for area in found], axis=0) == open_).all()
    for area in found:
        assert area.members[area.seed]
        assert graph.is_connected(area.members)
        assert area.distance_m[area.members].max() <= 400.0
        assert area.members.sum() <= 60


def test_pair_listed_twice_counts_once_with_the_shorter_distance():
    pairs = pd.DataFrame({"block_a": ["x", "y"], "block_b": ["y", "x"], "distance_m": [80.0, 60.0]})
    graph = build_graph(["x", "y"], pairs)
    assert graph.distance_m.tolist() == [60.0, 60.0]
    assert graph.edges.tolist() == [[0, 1]]


def test_pairs_of_unknown_blocks_loops_and_negative_distances_are_refused_at_once():
    pairs = pd.DataFrame({"block_a": ["x", "x"], "block_b": ["q", "x"], "distance_m": [1.0, -1.0]})
    with pytest.raises(LayerError) as refused:
        build_graph(["x", "y"], pairs)
    assert len(refused.value.problems) == 3
