"""The three questions, checked against trying everything on small graphs and against their own bounds on larger ones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ped_geo.districts import anneal, search
from ped_geo.districts.graph import build_graph
from ped_geo.districts.search import Limits, Options
from ped_geo.districts.task import Share, Task
from ped_geo.districts.worth import worth
from tests.districts import exhaustive
from tests.districts.generated import city

CALM = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@st.composite
def small_places(draw, most_blocks=9):
    """A graph of up to `most_blocks` blocks, three options each, and limits; whole numbers, so that sums are exact."""
    count = draw(st.integers(1, most_blocks))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2 * count)) if pairs else []
    ids = [f"block/{number}" for number in range(count)]
    adjacency = pd.DataFrame(
        {"block_a": [ids[a] for a, _ in kept], "block_b": [ids[b] for _, b in kept], "distance_m": [100.0] * len(kept)},
    ).astype({"block_a": "str", "block_b": "str"})
    whole = lambda low, high: st.lists(st.integers(low, high), min_size=count, max_size=count)  # noqa: E731
    balance = np.array([draw(whole(-60, 40)) for _ in range(3)], dtype=float).T
    investment = np.array([draw(whole(0, 50)) for _ in range(3)], dtype=float).T
    available = np.array([draw(st.lists(st.booleans(), min_size=count, max_size=count)) for _ in range(3)]).T
    area = np.array(draw(whole(1, 30)), dtype=float)
    required = np.zeros(count, dtype=bool)
    required[draw(st.lists(st.integers(0, count - 1), max_size=1))] = True
    share = Share(np.where(draw(st.lists(st.booleans(), min_size=count, max_size=count)), area, 0.0), float(draw(st.integers(0, 60))))
    limits = Limits(
        min_area=float(draw(st.sampled_from([0, 0, 20, 60]))),
        max_area=float(draw(st.sampled_from([np.inf, np.inf, 80]))),
        max_blocks=draw(st.sampled_from([10, 10, 3])),
        required=required if required.any() else None,
        shares=(share,) if draw(st.booleans()) else (),
    )
    return build_graph(ids, adjacency), Options(balance, investment, area, available), limits


@CALM
@given(small_places())
def test_widest_group_is_the_one_that_trying_everything_finds(place):
    graph, options, limits = place
    answer = search.widest(graph, options, limits, seconds=30)
    assert answer.proven
    assert answer.value == pytest.approx(exhaustive.widest(graph, options, limits))
    if answer.choice is not None:
        inside = answer.choice >= 0
        assert options.balance[inside, answer.choice[inside]].sum() >= -1e-6
        assert graph.is_connected(inside)


@CALM
@given(small_places())
def test_cheapest_group_is_the_one_that_trying_everything_finds(place):
    graph, options, limits = place
    answer = search.cheapest(graph, options, limits, seconds=30)
    assert answer.proven
    assert -answer.value == pytest.approx(exhaustive.cheapest(graph, options, limits))


@CALM
@given(small_places())
def test_closest_group_is_the_one_that_trying_everything_finds(place):
    graph, options, limits = place
    answer = search.closest(graph, options, limits, seconds=30)
    assert answer.proven
    assert answer.value == pytest.approx(exhaustive.closest(graph, options, limits))


@CALM
@given(small_places())
def test_promises_are_never_below_what_trying_everything_finds(place):
    graph, options, limits = place
    assert search.widest_upper_bound(graph, options, limits) >= exhaustive.widest(graph, options, limits) - 1e-6
    assert search.cheapest_upper_bound(graph, options, limits) >= -exhaustive.cheapest(graph, options, limits) - 1e-6
    assert search.closest_upper_bound(graph, options, limits) >= exhaustive.closest(graph, options, limits) - 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_twelve_blocks_of_a_generated_city_are_solved_as_by_trying_everything(seed):
    graph, blocks, table = city(12, seed)
    options = as_options(blocks, table)
    limits = Limits(min_area=0.3 * options.area.sum())
    assert search.widest(graph, options, limits, seconds=30).value == pytest.approx(exhaustive.widest(graph, options, limits))
    assert -search.cheapest(graph, options, limits, seconds=30).value == pytest.approx(
        exhaustive.cheapest(graph, options, limits), rel=1e-6
    )
    assert search.closest(graph, options, limits, seconds=30).value == pytest.approx(exhaustive.closest(graph, options, limits))


def as_options(blocks, table):
    count = len(blocks)
    return Options(
        table["balance_kwh_a"].to_numpy().reshape(count, -1),
        table["investment"].to_numpy().reshape(count, -1),
        blocks["reference_area_m2"].to_numpy(),
        np.ones((count, 3), dtype=bool),
    )


@pytest.mark.slow
@pytest.mark.parametrize("question", [search.widest, search.cheapest])
def test_two_hundred_blocks_are_within_one_per_cent_of_the_proven_bound(question):
    graph, blocks, table = city(200, 1)
    options = as_options(blocks, table)
    limits = Limits(min_area=0.0 if question is search.widest else 0.7 * options.area.sum())
    if question is search.widest:
        options = Options(options.balance[:, :1], options.investment[:, :1], options.area, options.available[:, :1])
    answer = question(graph, options, limits, seconds=20, tolerance=1e-3)
    assert answer.gap <= 0.01
    inside = answer.choice >= 0
    assert graph.is_connected(inside)
    assert options.balance[inside, answer.choice[inside]].sum() >= 0


def test_search_that_has_no_time_still_gives_a_bound():
    graph, blocks, table = city(200, 2)
    options = as_options(blocks, table)
    answer = search.cheapest(graph, options, Limits(min_area=0.7 * options.area.sum()), seconds=0.0)
    assert not answer.proven
    assert answer.bound >= answer.value


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_search_cut_short_stops_at_the_same_place_however_busy_the_machine_is(seconds):
    graph, blocks, table = city(300, 2)
    options = as_options(blocks, table)
    limits = Limits(min_area=0.7 * options.area.sum())
    calm = search.cheapest(graph, options, limits, seconds=seconds)
    burning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        busy = search.cheapest(graph, options, limits, seconds=seconds)
    finally:
        burning.kill()
        burning.wait()
    assert not calm.proven, "the search must be cut short to show anything"
    assert (calm.value, calm.bound, calm.cuts) == (busy.value, busy.bound, busy.cuts)
    assert (calm.choice == busy.choice).all()


def test_annealing_keeps_the_group_connected_and_within_limits():
    graph, blocks, table = city(80, 3)
    options = as_options(blocks, table)
    task = search._widest_task(graph, options, Limits(min_area=20_000.0, max_blocks=15, max_area=90_000.0))
    origin = int(options.balance.max(axis=1).argmax())
    found = anneal.anneal(task, anneal.grow(task, origin), moves=100_000, heat=1.0, seed=4)
    assert task.is_feasible(found)
    again = anneal.anneal(task, anneal.grow(task, origin), moves=100_000, heat=1.0, seed=4)
    assert (found == again).all()


def test_joining_pieces_takes_the_way_that_costs_least():
    pairs = [("a", "x"), ("x", "b"), ("a", "y"), ("y", "z"), ("z", "b")]
    adjacency = pd.DataFrame(pairs, columns=["block_a", "block_b"]).assign(distance_m=1.0)
    graph = build_graph(["a", "b", "x", "y", "z"], adjacency)
    balance = np.array([[50.0], [50.0], [-90.0], [-10.0], [-10.0]])
    task = Task(graph, np.ones((5, 1)), balance, np.ones(5), np.ones((5, 1), dtype=bool))
    joined = anneal.join_pieces(task, np.array([0, 0, -1, -1, -1]))
    assert (joined >= 0).tolist() == [True, True, False, True, True]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_compiled_connectivity_check_agrees_with_networkx(seed):
    import networkx as nx

    from ped_geo.districts import _anneal_kernel

    graph, _, _ = city(25, seed)
    rng = np.random.default_rng(seed)
    label = graph.components(rng.random(25) < 0.7)
    inside = label == 0
    choice = np.where(inside, 0, -1)
    network = nx.Graph(graph.edges.tolist())
    for stamp, vertex in enumerate(np.flatnonzero(inside), start=1):
        rest = set(np.flatnonzero(inside).tolist()) - {int(vertex)}
        expected = bool(rest) and nx.is_connected(network.subgraph(rest))
        work = np.zeros(25, dtype=np.int64)
        told = _anneal_kernel.stays_connected(graph.first, graph.neighbour, choice, vertex, work, np.empty(25, dtype=np.int64), stamp)
        assert told == expected


@CALM
@given(small_places(7))
def test_promise_of_a_part_is_never_below_what_the_part_can_gain(place):
    graph, options, limits = place
    task = search._widest_task(graph, options, limits)
    whole = np.ones(len(graph), dtype=bool)
    assert worth(task).upper_bound(whole) >= exhaustive.widest(graph, options, limits) - 1e-6
