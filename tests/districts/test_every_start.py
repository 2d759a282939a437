"""What is called proven, against trying every connected group around every block of small random places."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from ped_geo.districts import find_candidates
from ped_geo.districts.graph import build_graph
from ped_geo.districts.search import Options
from ped_geo.districts.search_areas import EVERY_SEED, search_areas
from tests.districts.exhaustive import frontier
from tests.districts.generated import city
from tests.districts.test_candidates import make_place, make_study

ROWS, ACROSS = 2, 7
WALK = 200.0
LEAST = 5_000.0


def make_small_place(seed):
    """Fourteen blocks along a street, some with a surplus, two variants each."""
    rng = np.random.default_rng(seed)
    today = rng.normal(-15.0, 45.0, (ROWS, ACROSS, 1))
    better = today + rng.uniform(5.0, 60.0, (ROWS, ACROSS, 1))
    cost = np.column_stack([np.zeros(ROWS * ACROSS), rng.uniform(2e5, 3e6, ROWS * ACROSS)])
    return make_place(np.concatenate([today, better], axis=2), cost, areas=rng.uniform(1_000.0, 6_000.0, ROWS * ACROSS))


def every_group(blocks, adjacency):
    """Connected groups with enough area that lie within walking distance of some block, as lists of row numbers."""
    network = nx.Graph()
    network.add_nodes_from(blocks.index)
    network.add_weighted_edges_from(adjacency[["block_a", "block_b", "distance_m"]].itertuples(index=False))
    ways = dict(nx.all_pairs_dijkstra_path_length(network, cutoff=WALK))
    reach = {name: frozenset(near) for name, near in ways.items()}
    row = {name: number for number, name in enumerate(blocks.index)}
    area = blocks["reference_area_m2"]
    seen = {frozenset([name]) for name in blocks.index}
    waiting = list(seen)
    while waiting:
        group = waiting.pop()
        for other in set().union(*(network[name] for name in group)) - group:
            grown = group | {other}
            if grown not in seen and any(grown <= near for near in reach.values()):
                seen.add(grown)
                waiting.append(grown)
    return [[row[name] for name in group] for group in seen if area[list(group)].sum() >= LEAST]


def as_options(blocks, options):
    wide = options.unstack("variant").reindex(blocks.index)
    balance, cost = (wide[name].to_numpy(dtype=float) for name in ("balance_kwh_a", "investment"))
    return Options(balance, cost, blocks["reference_area_m2"].to_numpy(dtype=float), np.isfinite(balance))


@pytest.mark.parametrize("seed", range(42))
def test_proven_candidates_are_the_best_that_brute_force_finds(seed):
    blocks, adjacency, options = make_small_place(seed)
    found, _ = find_candidates(
        blocks, adjacency, options, make_study(max_walk_m=WALK, min_reference_area_m2=LEAST, seconds=20.0, alternatives=1)
    )
    first = found[found["rank"] == 1].set_index("goal")
    given = as_options(blocks, options)
    top = given.balance.max(axis=1)
    groups = every_group(blocks, adjacency)
    positive = [group for group in groups if top[group].sum() >= 0]
    if not positive:
        best = max(top[group].sum() / given.area[group].sum() for group in groups)
        assert first.loc["best_ratio", "value"] == pytest.approx(best, rel=1e-5)
        return
    assert first["proven"].all()
    widest = max(given.area[group].sum() for group in positive)
    assert widest * (1 - 1.1e-3) <= first.loc["largest_area", "value"] <= widest + 1e-6
    cheapest = min(cost for group in positive for balance, cost in frontier(given, group) if balance >= 0)
    # the wider of two equally cheap groups may cost a thousandth of a zloty for each square metre more
    assert cheapest - 1e-3 <= first.loc["least_cost", "investment"] <= cheapest * (1 + 2e-5) + 1e-3 * given.area.sum()
    assert first.loc["least_cost", "bound"] <= cheapest + 1e-3


def test_what_other_seeds_promise_stays_in_the_bound(monkeypatch):
    """With seeds here and there only, nothing is called proven unless even the bound of the whole place cannot beat it."""
    monkeypatch.setattr("ped_geo.districts.search_areas.EVERY_SEED", 0)
    short = 0
    for seed in range(6):
        blocks, adjacency, options = make_small_place(seed)
        found, _ = find_candidates(blocks, adjacency, options, make_study(max_walk_m=WALK, min_reference_area_m2=LEAST, alternatives=1))
        given, groups = as_options(blocks, options), every_group(blocks, adjacency)
        top = given.balance.max(axis=1)
        positive = [group for group in groups if top[group].sum() >= 0]
        if not positive or found.empty:
            continue
        row = found[(found["goal"] == "largest_area") & (found["rank"] == 1)].iloc[0]
        widest = max(given.area[group].sum() for group in positive)
        assert row["bound"] >= widest - 1e-6
        assert not row["proven"] or row["value"] >= widest * (1 - 1.1e-3)
        short += row["value"] < widest * (1 - 1.1e-3)
    # the seeds that are left out do matter
    assert short > 0


def test_a_ball_that_is_cut_off_proves_nothing_about_what_is_cut_off():
    count = 100
    blocks, adjacency, options = make_place([[[-30.0]] * 10 for _ in range(10)], areas=2_000.0)
    graph = build_graph(blocks.index, adjacency)
    around, complete = search_areas(graph, np.ones(count, dtype=bool), max_walk_m=5_000.0, required=np.zeros(count, dtype=bool))
    assert complete
    assert not any(area.whole for area in around)
    assert all(area.reach.all() for area in around)
    # one rich corner carries a strip that is longer than what fits into one area
    rich = options.copy()
    rich.loc[("block/0-0", "v0"), "balance_kwh_a"] = 30_000.0 * 70
    found, _ = find_candidates(blocks, adjacency, rich, make_study(max_walk_m=5_000.0, max_blocks=100))
    row = found[(found["goal"] == "largest_area") & (found["rank"] == 1)].iloc[0]
    assert row["block_count"] <= 71
    assert row["bound"] >= 71 * 2_000.0 - 1e-6
    assert row["proven"] == (row["block_count"] == 71)


def test_large_places_are_searched_around_some_blocks_and_say_so():
    graph, _, _ = city(EVERY_SEED + 40, 1)
    everywhere = np.ones(len(graph), dtype=bool)
    nothing = np.zeros(len(graph), dtype=bool)
    some, complete = search_areas(graph, everywhere, max_walk_m=400.0, required=nothing)
    assert not complete
    assert len({area.seed for area in some}) < len(graph)
    open_ = np.arange(len(graph)) < EVERY_SEED
    assert search_areas(graph, open_, max_walk_m=400.0, required=nothing)[1]
