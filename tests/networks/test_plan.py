"""A whole network of a drawn street: what is laid, who is connected, what it costs; sums and limits of a plan."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, schema
from ped_geo.bounds import assumption_bounds
from ped_geo.networks.pipes import RootedTree
from ped_geo.networks.plan import chosen_route, heat_routes, heat_zones
from ped_geo.networks.prize import Chosen, Consumer, Terms
from ped_geo.networks.zones import House, block_zones
from ped_geo.streets import build_streets
from ped_geo.study import Study
from tests.hamlet import assigned, box, line, make_blocks, make_boundary, make_buildings, make_ways

STREETS = (
    (line((-50, 150), (450, 150)), {"highway": "residential", "name": "Polna"}),
    (line((200, -50), (200, 350)), {"highway": "residential", "name": "Szkolna"}),
)
SLABS = [box(x, y, x + 40, y + 12) for y in (130, 160) for x in (20, 80, 230, 290)]
FAR = [box(395, 10, 399, 30)]
DELIVERED = 303.0
"""For 300 MWh of rooms, with the station's loss by TABULA PL.TS.Gen.01: 1%. [MWh/a]"""


def layers_of(houses=SLABS, streets=STREETS, heat=300.0, load=120.0, heat_supply=None):
    """Blocks, buildings, streets, ways and need of a drawn place."""
    ways = make_ways(*streets, hamlet=False)
    buildings = make_buildings(*((shape, {"building": "apartments", "building:levels": "5"}) for shape in houses))
    network = build_streets(ways, make_boundary())
    blocks = make_blocks(ways, buildings, make_boundary())
    buildings = assigned(buildings, blocks)
    if heat_supply is not None:
        buildings["heat_supply"] = heat_supply
    packages = {"existing": 1.0, "near_zero": 0.3}
    need = pd.concat(
        {
            name: pd.DataFrame(
                {
                    "heat_need_kwh_a": np.full(len(buildings), 1000.0 * heat * share),
                    "hot_water_need_kwh_a": 0.0,
                    "hot_water_circulation_kwh_a": 0.0,
                    "heat_load_kw": load * share,
                },
                index=buildings.index,
            )
            for name, share in packages.items()
        },
        names=["package"],
    ).reorder_levels(["building_id", "package"])
    if "fsi" not in blocks:
        blocks["fsi"] = 0.5
    for name in ("footprint_area_m2", "parking_area_m2"):
        if name not in blocks:
            blocks[name] = 0.0
    if "area_m2" not in blocks:
        blocks["area_m2"] = blocks.area
    return blocks, buildings, network, ways, need


def plan(houses=SLABS, streets=STREETS, heat=300.0, load=120.0, heat_supply=None, **overrides):
    layers = layers_of(houses, streets, heat, load, heat_supply)
    study = Study(name="x", overrides={f"heat_network.{key}": value for key, value in overrides.items()})
    routes = heat_routes(*layers, study)
    zones = heat_zones(*layers, routes.trench_tree, study, package=study.shown_variant.package)
    return SimpleNamespace(**routes._asdict(), heat_zones=zones)


@pytest.fixture(scope="module")
def drawn():
    return plan()


def test_layers_are_what_the_schema_declares(drawn):
    for name, frame in vars(drawn).items():
        schema.check_layer(name, frame)


def test_d18_pipes_are_a_tree_that_reaches_every_house_once(drawn):
    pipes = drawn.heat_network
    ends = [tuple(map(tuple, np.round(np.array(line.coords)[[0, -1]], 1))) for line in pipes.geometry]
    tree = nx.Graph(ends)
    assert nx.is_tree(tree)
    assert len(tree) == len(pipes) + 1
    assert (pipes["kind"] == "connection").sum() == len(SLABS)
    assert pipes.loc[pipes["kind"] == "connection", "length_m"].tolist() == pytest.approx([8.0, 10.0] * 4, rel=0.3)


def test_lengths_and_trenches_of_blocks_add_up_to_the_network(drawn):
    of_blocks = drawn.heat_density.xs(("existing", 1.0), level=("package", "connection_rate"))["trench_routed_m"]
    total = drawn.heat_network["length_m"].sum()
    assert of_blocks.sum() == pytest.approx(total)
    assert drawn.heat_levels["length_m"].to_numpy() == pytest.approx(total)
    # by hand: from the middle of the westernmost foot to that of the easternmost, the trunk lies once
    trunk = drawn.heat_network.loc[drawn.heat_network["kind"] == "trunk", "length_m"].sum()
    assert 290 - 60 <= trunk <= 330 - 20


def test_heat_carried_beyond_the_feed_in_is_all_the_heat(drawn):
    pipes = drawn.heat_network
    at_root = pipes.sort_values("heat_mwh_a", ascending=False)
    assert at_root["heat_mwh_a"].iloc[0] <= 8 * DELIVERED + 1e-6
    assert pipes.loc[pipes["kind"] == "connection", "heat_mwh_a"].sum() == pytest.approx(8 * DELIVERED)
    assert drawn.heat_levels["delivered_mwh_a"].loc[("high_temperature", "existing")] == pytest.approx(8 * DELIVERED)


def test_d18_losses_and_money_of_pipes_are_those_of_the_whole(drawn):
    today = drawn.heat_levels.loc[("high_temperature", "existing")]
    assert drawn.heat_network["heat_loss_mwh_a"].sum() == pytest.approx(today["heat_loss_mwh_a"])
    assert drawn.heat_network["investment"].sum() == pytest.approx(today["investment"])
    assert today["heat_loss_share"] == pytest.approx(today["heat_loss_mwh_a"] / (8 * DELIVERED + today["heat_loss_mwh_a"]))


def test_d18_losses_of_a_part_are_those_of_its_own_pipes_and_of_all_those_of_the_whole():
    """A tree of four houses on the main: with all of them on the network it is the whole tree, with one the way to it alone."""
    everybody = plan(heat_supply="district_heat")
    columns = ["connections", "length_m", "delivered_mwh_a", "heat_loss_mwh_a", "heat_loss_share", "pump_mwh_a"]
    for package in ("existing", "near_zero"):
        whole = everybody.heat_levels.loc[("high_temperature", package), columns].to_numpy(dtype=float)
        for served in ("today", "reached"):
            assert everybody.heat_served.loc[(package, served), columns].to_numpy(dtype=float) == pytest.approx(whole)
    one = plan(heat_supply=["district_heat", *["gas"] * (len(SLABS) - 1)], reach_density=99.0)
    alone = one.heat_served.loc[("existing", "today")]
    assert alone["connections"] == 1
    assert alone["delivered_mwh_a"] == pytest.approx(DELIVERED)
    # the way from the feed-in to one house, which the layer of pipes has among the others
    path = nx.Graph()
    for line_of, length in zip(one.heat_network.geometry, one.heat_network["length_m"], strict=True):
        ends = [tuple(np.round(line_of.coords[place], 3)) for place in (0, -1)]
        path.add_edge(*ends, weight=length)
    assert alone["length_m"] < one.heat_network["length_m"].sum()
    ways = [nx.dijkstra_path_length(path, *pair) for pair in itertools.combinations(path, 2)]
    assert np.isclose(ways, alone["length_m"], atol=0.01).any()
    assert alone["heat_loss_mwh_a"] < one.heat_levels.loc[("high_temperature", "existing"), "heat_loss_mwh_a"]
    nobody = plan(heat_supply="gas", reach_density=99.0)
    assert nobody.heat_served.empty


def test_colder_water_loses_less_and_a_small_spread_pumps_more(drawn):
    after = drawn.heat_levels.xs("near_zero", level="package")
    assert after["heat_loss_mwh_a"].loc[["cold_loop", "low_temperature", "high_temperature"]].is_monotonic_increasing
    assert after.loc["cold_loop", "pump_mwh_a"] > after.loc["high_temperature", "pump_mwh_a"]
    assert after.loc["cold_loop", "dn_most"] >= after.loc["high_temperature", "dn_most"]
    levels = ["high_temperature", "low_temperature", "cold_loop"]
    assert (after.loc[levels, "last_flow_c"] <= [121.0, 65.0, 15.0]).all()


def test_less_heat_makes_distribution_dearer_per_heat(drawn):
    cost = drawn.heat_levels["distribution_cost_per_mwh"]
    assert cost[("high_temperature", "near_zero")] > 2 * cost[("high_temperature", "existing")]


def test_dense_blocks_go_to_the_network_and_none_does_when_pipes_are_sixteen_times_as_dear(drawn):
    zones = drawn.heat_zones["zone"].xs("existing", level="package")
    assert set(zones) == {"heat_network"}
    dear = plan(price_level=9.0).heat_zones
    assert set(dear["zone"].xs("existing", level="package")) == {"heat_pumps"}
    assert (dear["margin_a"].xs("existing", level="package") < 0).all()


def test_margin_is_positive_in_the_network_and_negative_where_nothing_pays(drawn):
    zones = drawn.heat_zones
    assert (zones.loc[zones["zone"] == "heat_network", "margin_a"] > 0).all()
    poor = plan(heat_pump_performance=3.5, source_heat=400.0).heat_zones
    assert not (poor["zone"] == "heat_network").any()


@pytest.mark.parametrize("seed", range(8))
def test_margin_of_a_block_is_what_the_network_is_worth_with_it_less_without(seed):
    draw = np.random.default_rng(seed)
    parent = [0, *(int(draw.integers(0, node)) for node in range(1, 40))]
    leaves_first, length = np.arange(39, 0, -1), draw.uniform(1.0, 90.0, 40)
    tree = RootedTree(0, np.array(parent)[leaves_first], leaves_first, length[leaves_first], np.zeros(39, dtype=bool))
    places = draw.permutation(np.arange(1, 40))[:15]
    houses = [House(int(node), f"b{draw.integers(4)}", *draw.uniform(1.0, 9.0, 3).tolist()) for node in places]
    kept = frozenset(house.node for house in houses if house.block != "b3" and draw.random() < 0.6)
    consumers = {house.node: Consumer(house.peak_kw, float(draw.uniform(10, 900))) for house in houses}
    terms = Terms(per_m_a=3.0, per_m_kw_a=0.2)

    def way(node):
        return [] if node == 0 else [node, *way(parent[node])]

    def worth(connected):
        dug = {section for node in connected for section in way(node)}
        pipes = sum(consumers[node].power_kw * length[section] for node in connected for section in way(node))
        prize = sum(consumers[node].prize_a for node in connected)
        return prize - terms.per_m_a * sum(length[section] for section in dug) - terms.per_m_kw_a * pipes

    chosen = Chosen(kept, frozenset(), 0.0, 0.0, 0.0, proven=False)
    blocks = pd.Index(sorted({house.block for house in houses}))
    heat = pd.Series(100.0, index=blocks)
    found = block_zones(blocks, heat, houses, tree, dict.fromkeys(("cheap", "central", "dear"), chosen), consumers, terms)
    for block in blocks:
        own = {house.node for house in houses if house.block == block}
        assert found.loc[block, "margin_a"] == pytest.approx(worth(kept | (own & kept or own)) - worth(kept - own))


def test_routes_of_chosen_blocks_are_those_of_a_place_that_has_nothing_else():
    """Streets are the whole place's in both, because a pipe may leave the blocks on its way."""
    blocks, buildings, network, ways, need = layers_of()
    part = sorted(set(buildings["block_id"].astype("str")))[:1]
    mine = buildings[buildings["block_id"].astype("str").isin(part)]
    assert 0 < len(mine) < len(buildings)
    study = Study(name="x")
    asked = need.loc[need.index.get_level_values("building_id").isin(mine.index)]
    found = chosen_route(blocks.loc[part], mine, network, ways, asked, study)
    alone = plan(houses=[shape for shape, inside in zip(SLABS, buildings.index.isin(mine.index), strict=True) if inside])
    row = alone.heat_levels.loc[("high_temperature", "existing")]
    for name in ("connections", "length_m", "delivered_mwh_a", "peak_kw", "dn_most", "heat_loss_mwh_a", "pump_mwh_a", "investment"):
        assert found.level[name] == pytest.approx(row[name]), name
    assert sorted(found.pipes["length_m"]) == pytest.approx(sorted(alone.heat_network["length_m"]))
    columns = ["heat_mwh_a", "trench_routed_m", "linear_density_routed_mwh_m_a", "distribution_cost_per_mwh"]
    there = alone.heat_density.xs("existing", level="package").loc[part, columns]
    assert found.density.xs("existing", level="package")[columns].to_numpy() == pytest.approx(there.to_numpy())


def test_a_far_small_house_is_left_to_its_heat_pump():
    found = plan([*SLABS, *FAR], load=120.0)
    zones = found.heat_zones.xs("existing", level="package")
    assert (zones["zone"] == "heat_network").sum() >= 3
    alone = plan(
        [*SLABS[:4], *FAR], streets=(*STREETS[:1], (line((445, 150), (445, 10)), {"highway": "residential"})), load=21.0, heat=20.0
    )
    assert not (alone.heat_zones["zone"] == "heat_network").any()


def test_small_loads_are_offered_no_connection():
    found = plan(load=15.0)
    assert len(found.heat_network) == 0
    assert set(found.heat_zones["zone"]) == {"not_routed"}
    schema.check_layer("heat_network", found.heat_network)


def test_without_streets_density_follows_the_effective_width_and_no_zone_is_told():
    motorways = tuple((shape, {"highway": "motorway"}) for shape, _ in STREETS)
    found = plan(streets=motorways)
    assert len(found.heat_network) == 0
    assert set(found.heat_zones["zone"]) <= {"not_routed", "no_heat"}
    assert found.heat_density["linear_density_routed_mwh_m_a"].isna().all()
    assert (found.heat_density["linear_density_estimated_mwh_m_a"] > 0).all()
    for name, frame in vars(found).items():
        schema.check_layer(name, frame)


def test_a_mapped_heat_pipe_feeds_in():
    pipe = (line((-40, 155), (-20, 155)), {"man_made": "pipeline", "substance": "hot_water"})
    found = plan(streets=(*STREETS, pipe))
    assert set(found.heat_levels["feed_in"]) == {"mapped_pipe"}
    assert found.heat_network["connections"].max() == len(SLABS)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("number", range(3))
def test_plan_is_made_with_assumptions_at_their_bounds(side, number):
    keys = [key for key in assumptions.scalars() if key.startswith("heat_network.")][number::3]
    found = plan(**{key.removeprefix("heat_network."): assumption_bounds(key)[side] for key in keys})
    for name, frame in vars(found).items():
        schema.check_layer(name, frame)
    assert len(found.heat_zones) == 2 * found.heat_density.index.get_level_values("block_id").nunique()


def test_three_hundred_and_fifty_buildings_are_planned_in_less_than_five_seconds(monkeypatch):
    """A grid of streets with a building in each of its meshes; routes, sizes, accounts and zones."""
    spent = []

    def timed(function):
        def run(*layers, **more):
            start = time.process_time()
            found = function(*layers, **more)
            spent.append(time.process_time() - start)
            return found

        return run

    for name in ("heat_routes", "heat_zones"):
        monkeypatch.setitem(globals(), name, timed(globals()[name]))
    houses = [box(60 * x + 15, 60 * y + 15, 60 * x + 45, 60 * y + 27) for y in range(14) for x in range(25)]
    ends = [*(((-5, 60 * y), (1505, 60 * y)) for y in range(15)), *(((60 * x, -5), (60 * x, 845)) for x in range(26))]
    found = plan(houses, tuple((line(*pair), {"highway": "residential"}) for pair in ends))
    assert (found.heat_network["kind"] == "connection").sum() == 350
    assert sum(spent) < 5.0
    # the gap to the shortest tree is told, and small
    assert 0.0 <= found.heat_levels["length_gap"].max() < 0.1
