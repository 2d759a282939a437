"""Candidates as tables: limits, alternatives, names that stay, and a reason for every block that is out."""

from __future__ import annotations

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely import box

from ped_geo.blocks import block_name
from ped_geo.districts import candidate_id, exclusion_words, find_candidates
from ped_geo.errors import LayerError, StudyError
from ped_geo.language import LANGUAGES
from ped_geo.study import Study

STEP = 100.0


def make_place(balances, investments=None, areas=3_000.0, **columns):
    """A rectangle of square blocks, 100 m apart; `balances` (rows, columns, variants) in MWh/a, areas in m²."""
    balances = np.asarray(balances, dtype=float) * 1000.0
    rows, across, variants = balances.shape
    ids = [f"block/{row}-{column}" for row in range(rows) for column in range(across)]
    shapes = [box(column * STEP, -row * STEP, (column + 1) * STEP, (1 - row) * STEP) for row in range(rows) for column in range(across)]
    pairs = [(row, column, row, column + 1) for row in range(rows) for column in range(across - 1)]
    pairs += [(row, column, row + 1, column) for row in range(rows - 1) for column in range(across)]
    adjacency = pd.DataFrame(
        {
            "block_a": [f"block/{a}-{b}" for a, b, _, _ in pairs],
            "block_b": [f"block/{c}-{d}" for _, _, c, d in pairs],
            "shared_length_m": STEP,
            "distance_m": STEP,
        }
    ).astype({"block_a": "str", "block_b": "str"})
    names = [f"v{number}" for number in range(variants)]
    cost = np.broadcast_to(np.arange(variants) * 1e6 if investments is None else np.asarray(investments, dtype=float), (len(ids), variants))
    options = pd.DataFrame(
        {"balance_kwh_a": balances.reshape(-1), "investment": cost.reshape(-1)},
        index=pd.MultiIndex.from_product([ids, names], names=["block_id", "variant"]),
    )
    area = np.broadcast_to(areas, len(ids)).astype(float)
    table = {"reference_area_m2": area, "residents": area / 30.0, "label": [f"{name} Street" for name in ids], **columns}
    return gpd.GeoDataFrame(table, geometry=shapes, index=pd.Index(ids, name="block_id", dtype="str"), crs="EPSG:2178"), adjacency, options


def make_study(**changes):
    return Study.model_validate({"name": "x", "districts": {"min_reference_area_m2": 6_000.0, "seconds": 8.0, **changes}})


def test_no_group_without_the_residents_that_are_asked_while_one_with_them_is_positive():
    """Two halls alone would do for the least money; the street beside them has people, and only where nobody lives are halls told."""
    balances = [[[40.0], [40.0], [-50.0], [-60.0]]]
    blocks, adjacency, options = make_place(balances, [[1e6]] * 4, residents=[0.0, 0.0, 120.0, 200.0])
    asked = find_candidates(blocks, adjacency, options, make_study(min_residents=100.0))[0]
    assert (asked["residents"] >= 100.0).all()
    assert set(asked["blocks"]) == {"block/0-0;block/0-1;block/0-2"}
    anyone = find_candidates(blocks, adjacency, options, make_study(min_residents=0.0))[0]
    assert "block/0-0;block/0-1" in set(anyone["blocks"])
    nobody = find_candidates(blocks.assign(residents=0.0), adjacency, options, make_study(min_residents=100.0))[0]
    assert (nobody["residents"] == 0.0).all()
    assert nobody["positive"].all()


def test_a_group_is_positive_as_surely_as_it_is_asked():
    """
    Four blocks of 3,000 m² in a row with 50, −10, −20 and −25 MWh: all but the last would be positive by the balance as it is worked out.

    The draws have a mean 8 MWh lower and a deviation of 4 MWh in each. With a chance of 50% and 10,000 draws z = 0.0246, so a block is worth
    8.1 MWh less: 41.9 − 18.1 − 28.1 is negative, the first two stay. With 99% z = 2.407: 17.6 MWh less, 32.4 − 27.6 is still 4.7 MWh; with 99.9%
    z = 3.367 leaves 28.5 − 31.5, so that no group of two is sure, and the one that comes nearest by the balance as it is worked out is told.
    """
    blocks, adjacency, options = make_place([[[50.0], [-10.0], [-20.0], [-25.0]]])
    drawn = options.assign(balance_mean_kwh_a=options["balance_kwh_a"] - 8_000.0, balance_sd_kwh_a=4_000.0)

    def widest(options, **changes):
        study = make_study(**changes).model_copy(update={"uncertainty": Study(name="x").uncertainty.model_copy(update={"draws": 10_000})})
        found, _ = find_candidates(blocks, adjacency, options, study)
        return found.iloc[-1]

    assert widest(options)["block_count"] == 3
    assert widest(drawn)["block_count"] == 2
    assert widest(drawn)["balance_kwh_a"] == pytest.approx(40_000.0)
    assert widest(drawn, min_probability=0.99)["block_count"] == 2
    nearest = widest(drawn, min_probability=0.999)
    assert nearest["goal"] == "best_ratio"
    assert nearest["balance_kwh_a"] == pytest.approx(40_000.0)


def test_surplus_of_a_school_carries_its_neighbours_up_to_the_walking_limit():
    """One block with 100 MWh surplus in a street of nine with −30 each: it carries three of them, not four."""
    blocks, adjacency, options = make_place([[[-30.0]] * 4 + [[100.0]] + [[-30.0]] * 4])
    candidates, excluded = find_candidates(blocks, adjacency, options, make_study())
    widest = candidates[(candidates["goal"] == "largest_area") & (candidates["rank"] == 1)].iloc[0]
    assert widest["block_count"] == 4
    assert widest["balance_kwh_a"] == pytest.approx(10_000)
    assert "block/0-4" in widest["blocks"].split(";")
    assert widest["proven"]
    assert widest["gap_to_bound"] <= 1e-3
    reasons = set(excluded["reason"])
    assert reasons <= {"cannot_be_compensated", "not_needed", "too_far"}
    assert (excluded["shortfall_kwh_a"] >= 0).all()


def test_least_investment_retrofits_no_more_than_needed():
    """Two blocks of 3,000 m²: −10 and +4 as they are; the first becomes −3 for one million, the second +14 for one."""
    blocks, adjacency, options = make_place([[[-10.0, -3.0], [4.0, 14.0]]])
    candidates, excluded = find_candidates(blocks, adjacency, options, make_study())
    best = candidates[candidates["goal"] == "least_cost"].iloc[0]
    assert best["investment"] == pytest.approx(1e6)
    assert sorted(json.loads(best["choices"]).values()) == ["v0", "v1"]
    assert best["positive"]
    assert excluded.empty


def test_of_equally_cheap_groups_the_wider_one_is_taken():
    blocks, adjacency, options = make_place([[[5.0]] * 5])
    best = find_candidates(blocks, adjacency, options, make_study())[0].query("goal == 'least_cost'").iloc[0]
    assert best["block_count"] == 5
    assert best["investment"] == 0.0


def test_where_none_is_positive_the_closest_group_and_its_gap_are_given():
    blocks, adjacency, options = make_place([[[-30.0], [-12.0], [-6.0], [-60.0]]])
    candidates, excluded = find_candidates(blocks, adjacency, options, make_study())
    assert set(candidates["goal"]) == {"best_ratio"}
    best = candidates.iloc[0]
    assert best["blocks"] == "block/0-1;block/0-2"
    assert best["gap_kwh_m2a"] == pytest.approx(18_000 / 6_000)
    assert not best["positive"]
    assert set(excluded["reason"]) == {"cannot_be_compensated"}


@pytest.mark.parametrize("seed", range(3))
def test_the_walking_radius_is_that_around_the_middle_of_the_group(seed):
    """As networkx has it, and 0 for a single block, wherever the search started."""
    blocks, adjacency, options = make_random_place(seed)
    candidates, _ = find_candidates(blocks, adjacency, options, make_study(min_reference_area_m2=1_000.0, alternatives=6))
    network = nx.Graph()
    network.add_weighted_edges_from(adjacency[["block_a", "block_b", "distance_m"]].itertuples(index=False))
    lengths = dict(nx.all_pairs_dijkstra_path_length(network))
    for row in candidates.itertuples():
        members = row.blocks.split(";")
        assert row.radius_m == pytest.approx(min(max(lengths[middle][other] for other in members) for middle in {*members, row.seed_block}))
    assert (candidates.loc[candidates["block_count"] == 1, "radius_m"] == 0.0).all()


def test_candidates_with_the_same_largest_block_have_different_names():
    """One block of 20,000 m² with 10 MWh to spare and sheds around it: the cheapest group and the widest are named after it."""
    areas = np.full(9, 1_000.0)
    areas[4] = 20_000.0
    blocks, adjacency, options = make_place([[[-3.0, -3.0]] * 4 + [[-1.0, 10.0]] + [[-3.0, -3.0]] * 4], areas=areas, label=[*"123456789"])
    labels = find_candidates(blocks, adjacency, options, make_study(max_overlap=1.0))[0]["label"]
    assert len(labels) > 1
    assert set(labels.str.partition(": ")[2]) == {"5"}
    assert labels.is_unique
    # of one block that is positive as it is the cheapest group is the widest too
    both = find_candidates(*make_place([[[5.0]]], areas=9_000.0), make_study())[0]
    assert both["goal"].tolist() == ["least_cost", "largest_area"]
    assert both["label"].tolist() == ["A: block/0-0 Street"] * 2
    assert block_name(labels.iloc[0], "pl") == "A: kwartał 5"


def make_random_place(seed=0, rows=5, across=6):
    rng = np.random.default_rng(seed)
    today = rng.normal(-40.0, 60.0, (rows, across, 1))
    gains = np.cumsum(rng.uniform(5.0, 40.0, (rows, across, 2)), axis=2)
    return make_place(np.concatenate([today, today + gains], axis=2), areas=rng.uniform(1_000, 6_000, rows * across))


@pytest.mark.parametrize("seed", range(2))
def test_candidates_keep_every_limit(seed):
    blocks, adjacency, options = make_random_place(seed)
    study = make_study(max_blocks=8, max_walk_m=300.0, max_reference_area_m2=30_000.0, max_overlap=0.2, must_not_include=("block/2-2",))
    candidates, excluded = find_candidates(blocks, adjacency, options, study)
    assert len(candidates)
    network = nx.Graph(adjacency[["block_a", "block_b"]].itertuples(index=False))
    for _, row in candidates.iterrows():
        members = row["blocks"].split(";")
        choices = json.loads(row["choices"])
        chosen = options.loc[list(choices.items())]
        assert nx.is_connected(network.subgraph(members))
        assert sorted(choices) == sorted(members)
        assert row["block_count"] == len(members) <= 8
        assert row["radius_m"] <= 300.0
        assert 6_000 - 1e-6 <= row["reference_area_m2"] <= 30_000
        assert row["reference_area_m2"] == pytest.approx(blocks.loc[members, "reference_area_m2"].sum())
        assert row["balance_kwh_a"] == pytest.approx(chosen["balance_kwh_a"].sum())
        assert row["investment"] == pytest.approx(chosen["investment"].sum())
        assert row["balance_kwh_a"] >= -1e-3
        assert row.geometry.area == pytest.approx(blocks.loc[members].area.sum())
        assert "block/2-2" not in members
    assert excluded.loc["block/2-2", "reason"] == "forbidden"
    inside = set(";".join(candidates["blocks"]).split(";"))
    assert inside | set(excluded.index) == set(blocks.index)
    assert not inside & set(excluded.index)


@pytest.mark.parametrize("seed", range(2))
def test_alternatives_share_no_more_than_allowed_and_are_ranked(seed):
    blocks, adjacency, options = make_random_place(seed)
    candidates, _ = find_candidates(blocks, adjacency, options, make_study(max_overlap=0.25, alternatives=4))
    area = blocks["reference_area_m2"]
    for goal, rows in candidates.groupby("goal"):
        groups = [set(listed.split(";")) for listed in rows.sort_values("rank")["blocks"]]
        for number, group in enumerate(groups):
            for earlier in groups[:number]:
                shared = area[list(group & earlier)].sum()
                assert shared <= 0.25 * min(area[list(group)].sum(), area[list(earlier)].sum()) + 1e-6
        values = rows.sort_values("rank")["value"].to_numpy()
        assert (np.diff(values) >= -10.0).all() if goal == "least_cost" else (np.diff(values) <= 1e-3 * values[:-1]).all()


def test_required_block_is_in_every_candidate():
    blocks, adjacency, options = make_random_place(1)
    candidates, _ = find_candidates(blocks, adjacency, options, make_study(must_include=("block/3-3",), max_overlap=1.0))
    assert len(candidates)
    assert all("block/3-3" in listed.split(";") for listed in candidates["blocks"])


def test_one_heat_network_is_kept_and_named_as_the_reason():
    networks = ["north"] * 3 + ["south"] * 3
    blocks, adjacency, options = make_place([[[20.0], [-5.0], [-5.0], [-50.0], [-50.0], [-50.0]]], heat_network=networks)
    candidates, excluded = find_candidates(blocks, adjacency, options, make_study(one_heat_network=True, max_walk_m=5_000.0))
    network = blocks["heat_network"]
    assert all(network[listed.split(";")].nunique() == 1 for listed in candidates["blocks"])
    assert set(excluded.loc[["block/0-3", "block/0-4", "block/0-5"], "reason"]) == {"other_heat_network"}


def test_share_of_all_area_is_searched_over_the_whole_place():
    blocks, adjacency, options = make_place([[[-5.0, 3.0]] * 12])
    candidates, _ = find_candidates(blocks, adjacency, options, make_study(min_share=0.75, max_walk_m=200.0))
    assert (candidates["reference_area_m2"] >= 0.75 * 36_000 - 1e-6).all()


def test_residents_can_be_covered_instead_of_area():
    blocks, adjacency, options = make_place([[[10.0], [-10.0], [-1.0]]])
    blocks = blocks.assign(residents=[0.0, 500.0, 1.0])
    candidates, _ = find_candidates(blocks, adjacency, options, make_study(cover="residents"))
    assert candidates.query("goal == 'largest_area'").iloc[0]["residents"] == pytest.approx(500.0)


def test_islands_and_blocks_without_figures_say_so():
    blocks, adjacency, options = make_place([[[10.0], [10.0], [-1.0], [-1.0], [-1.0]]])
    adjacency = adjacency[adjacency["block_a"] != "block/0-3"]
    candidates, excluded = find_candidates(blocks, adjacency, options.drop(index="block/0-2", level="block_id"), make_study())
    assert len(candidates)
    assert excluded.loc["block/0-2", "reason"] == "no_figures"
    assert excluded.loc["block/0-4", "reason"] == "not_connected"


def test_place_without_any_group_has_no_candidate_but_reasons():
    blocks, adjacency, options = make_place([[[-1.0], [-1.0]]], areas=1_000.0)
    candidates, excluded = find_candidates(blocks, adjacency, options, make_study())
    assert candidates.empty
    assert candidates.crs == blocks.crs
    assert set(excluded["reason"]) == {"searched_elsewhere"}


def test_results_do_not_depend_on_the_order_of_rows_and_names_stay():
    blocks, adjacency, options = make_random_place(2)
    one, out_one = find_candidates(blocks, adjacency, options, make_study())
    shuffled = blocks.sample(frac=1.0, random_state=3)
    two, out_two = find_candidates(shuffled, adjacency.iloc[::-1], options.sample(frac=1.0, random_state=4), make_study())
    assert one.index.tolist() == two.index.tolist()
    assert one["value"].to_numpy() == pytest.approx(two["value"].to_numpy())
    assert out_one.index.tolist() == out_two.index.tolist()
    assert all(name == candidate_id(row["goal"], row["blocks"].split(";")) for name, row in one.iterrows())


def test_inputs_of_the_search_are_not_changed():
    blocks, adjacency, options = make_random_place(2)
    before = blocks.copy(), adjacency.copy(), options.copy()
    find_candidates(blocks, adjacency, options, make_study())
    for now, then in zip((blocks, adjacency, options), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(then))


def test_wrong_tables_are_refused_with_every_problem_at_once():
    blocks, adjacency, options = make_random_place(0)
    broken = options.assign(balance_kwh_a=np.nan).rename(index={"block/0-0": "block/99"})
    with pytest.raises(LayerError) as refused:
        find_candidates(blocks.drop(columns="reference_area_m2"), adjacency, broken, make_study(must_include=("block/98",)))
    for words in ("'reference_area_m2'", "missing or infinite", "block/99", "block/98"):
        assert words in str(refused.value)
    with pytest.raises(LayerError, match="name a block that does not exist"):
        find_candidates(blocks, adjacency.assign(block_b="block/77"), options, make_study())


def test_required_blocks_that_no_group_can_hold_are_refused_with_what_would_do():
    """A row of six blocks: the first and the fourth have two between them; one that is forbidden parts the row."""
    place = make_place([[[20.0]] * 6])
    apart = {"must_include": ("block/0-0", "block/0-3")}
    with pytest.raises(StudyError, match="at least 2 other blocks, where max_blocks lets 2 into a candidate; set it to 4 or more"):
        find_candidates(*place, make_study(**apart, max_blocks=2))
    with pytest.raises(StudyError, match="at least 2 other blocks"):
        find_candidates(*place, make_study(**apart, max_blocks=3))
    assert len(find_candidates(*place, make_study(**apart, max_blocks=4))[0])
    with pytest.raises(StudyError, match="names 3 blocks where max_blocks lets 2"):
        find_candidates(*place, make_study(must_include=("block/0-0", "block/0-1", "block/0-2"), max_blocks=2))
    with pytest.raises(StudyError, match="no way along neighbouring blocks joins"):
        find_candidates(*place, make_study(**apart, must_not_include=("block/0-1",), max_blocks=6))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_sentence(lang):
    from ped_geo.schema import columns

    for reason in columns("excluded")["reason"].values:
        row = pd.Series({"reason": reason, "candidate_id": "b-1", "distance_m": 700.0, "balance_kwh_a": -1e5, "shortfall_kwh_a": 5e4})
        assert len(exclusion_words(row, lang)) > 20
