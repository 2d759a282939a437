"""Walking reach, worked out on paper on a small grid of streets, and against networkx on a random one."""

from __future__ import annotations

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo import assumptions
from ped_geo.access import KINDS, build_access, destinations, walking_distances
from ped_geo.study import Study

STUDY = Study(name="x")


def streets_of(*lines, highway="residential"):
    kinds = highway if isinstance(highway, list) else [highway] * len(lines)
    shapes = [shapely.LineString(line) for line in lines]
    return gpd.GeoDataFrame({"highway": pd.array(kinds, dtype="str")}, geometry=shapes, crs=2178)


def buildings_of(*points, **columns):
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(point) for point in points], crs=2178)
    frame.index = pd.Index([f"way/{number}" for number in range(len(points))], name="building_id")
    rest = {"use": "residential_multi", "heated": True, "residents": 10.0, "block_id": "a"} | columns
    return frame.assign(**rest)


def goals_of(*rows):
    kinds, shapes = [row[0] for row in rows], [shapely.Point(row[1]) if isinstance(row[1], tuple) else row[1] for row in rows]
    return gpd.GeoDataFrame({"kind": pd.array(kinds, dtype="str")}, geometry=shapes, crs=2178)


def walk(buildings, streets, goals, kind="stop"):
    return walking_distances(buildings, streets, goals, detour=1.3)[f"{kind}_walk_m"].to_numpy()


# an L of streets: 100 m east, then 200 m north
CORNER = streets_of([(0, 0), (100, 0)], [(100, 0), (100, 200)])


def test_a_walk_goes_to_the_street_along_it_round_the_corner_and_to_the_goal():
    # 10 m to the street, 80 m to the corner, 150 m north, 5 m to the stop
    assert walk(buildings_of((20, 10)), CORNER, goals_of(("stop", (105, 150)))) == pytest.approx([10 + 80 + 150 + 5])


def test_a_goal_on_the_same_street_is_reached_without_passing_a_crossing():
    assert walk(buildings_of((20, 10)), CORNER, goals_of(("stop", (60, -5)))) == pytest.approx([10 + 40 + 5])


def test_the_nearest_of_several_goals_counts_and_kinds_do_not_mix():
    goals = goals_of(("stop", (100, 190)), ("stop", (90, 0)), ("school", (30, 0)))
    home = buildings_of((20, 10))
    assert walk(home, CORNER, goals) == pytest.approx([10 + 70])
    assert walk(home, CORNER, goals, "school") == pytest.approx([10 + 10])
    assert np.isnan(walk(home, CORNER, goals, "green")).all()


def test_of_parallel_streets_the_shorter_is_walked():
    around = streets_of([(0, 0), (50, 60), (100, 0)], [(0, 0), (100, 0)], [(100, 0), (200, 0)], [(-100, 0), (0, 0)])
    assert walk(buildings_of((-50, 0)), around, goals_of(("stop", (150, 0)))) == pytest.approx([50 + 100 + 50])


def test_motorways_are_not_walked():
    roads = streets_of([(0, 0), (100, 0)], [(0, 5), (100, 5)], highway=["motorway", "footway"])
    assert walk(buildings_of((0, 10)), roads, goals_of(("stop", (100, 10)))) == pytest.approx([5 + 100 + 5])


def test_where_no_way_is_mapped_the_straight_distance_with_detour_stands_in_and_says_so():
    apart = streets_of([(0, 0), (100, 0)], [(0, 500), (100, 500)])
    found = walking_distances(buildings_of((50, 0)), apart, goals_of(("stop", (50, 500))), detour=1.3)
    assert found["stop_walk_m"].tolist() == [650.0]
    assert found["stop_guessed"].tolist() == [True]
    none = walking_distances(buildings_of((0, 0)), streets_of(), goals_of(("stop", (30, 40))), detour=1.3)
    assert none["stop_walk_m"].tolist() == [65.0]


def test_a_park_is_entered_from_the_near_side():
    park = shapely.box(150, -100, 400, 300)
    ring = streets_of([(0, 0), (150, 0)], [(150, 0), (400, -100)], [(150, 0), (150, 300)])
    assert walk(buildings_of((0, 0)), ring, goals_of(("green", park)), "green") == pytest.approx([150.0], abs=25.0)


def test_no_walk_is_shorter_than_the_straight_line():
    random = np.random.default_rng(3)
    homes = buildings_of(*map(tuple, random.uniform(0, 400, (60, 2))))
    goals = goals_of(*[("stop", tuple(point)) for point in random.uniform(0, 400, (5, 2))])
    straight = shapely.distance(homes.geometry.to_numpy()[:, None], goals.geometry.to_numpy()[None, :]).min(axis=1)
    assert (walk(homes, grid_streets(), goals) >= straight - 1e-9).all()


def grid_streets(step=100, count=5):
    lines = []
    for i in range(count):
        for j in range(count - 1):
            lines += [[(i * step, j * step), (i * step, (j + 1) * step)], [(j * step, i * step), ((j + 1) * step, i * step)]]
    return streets_of(*lines)


def test_walks_on_a_grid_are_those_of_networkx():
    random = np.random.default_rng(5)
    streets = grid_streets()
    graph = nx.Graph()
    for line in streets.geometry:
        first, last = (tuple(map(float, line.coords[end])) for end in (0, -1))
        graph.add_edge(first, last, weight=line.length)
    # homes and goals on crossings, where the answer needs no joining to edges
    homes = [tuple(map(float, point)) for point in random.integers(0, 5, (12, 2)) * 100]
    goals = [tuple(map(float, point)) for point in random.integers(0, 5, (3, 2)) * 100]
    expected = [min(nx.dijkstra_path_length(graph, home, goal) for goal in goals) for home in homes]
    found = walk(buildings_of(*homes), streets, goals_of(*[("stop", goal) for goal in goals]))
    np.testing.assert_allclose(found, expected, atol=0.01)


def layer_of(*rows):
    return gpd.GeoDataFrame({"tags": [json.dumps(tags) for _, tags in rows]}, geometry=[shape for shape, _ in rows], crs=2178)


def test_destinations_are_known_by_tags_and_by_the_use_of_buildings():
    point, park = shapely.Point(0, 0), shapely.box(0, 0, 50, 50)
    places = layer_of(
        (point, {"highway": "bus_stop"}), (point, {"shop": "hairdresser"}), (point, {"amenity": "pharmacy", "name": "=CMD()"})
    )
    found = destinations(places, layer_of((park, {"leisure": "park"})), buildings_of((1, 1), (2, 2), use=["school", "office"]))
    assert sorted(found["kind"]) == ["green", "health", "school", "stop"]


def test_an_object_counts_once_for_a_kind_however_often_it_is_tagged():
    stop = layer_of((shapely.Point(0, 0), {"highway": "bus_stop", "public_transport": "platform"}))
    assert destinations(stop, layer_of(), buildings_of())["kind"].tolist() == ["stop"]


def blocks_of(*names):
    return gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)] * len(names), crs=2178, index=pd.Index(names, name="block_id"))


def test_a_block_has_the_mean_walk_of_its_residents_and_counts_what_is_within_reach():
    homes = buildings_of((0, 0), (100, 0), (100, 200), residents=[30.0, 10.0, 0.0], block_id=["a", "a", "b"])
    goals = goals_of(("stop", (0, 0)), ("school", (100, 200)))
    access = build_access(blocks_of("a", "b", "empty"), homes, CORNER, goals, STUDY)
    assert access.loc["a", "stop_walk_m"] == pytest.approx((30 * 0 + 10 * 100) / 40, abs=0.01)
    assert access.loc["a", "school_walk_m"] == pytest.approx((30 * 300 + 10 * 200) / 40, abs=0.01)
    # nobody is known to live in b: its buildings count alike
    assert access.loc["b", "stop_walk_m"] == pytest.approx(300.0, abs=0.01)
    assert access["kinds_in_reach"].tolist() == [2, 2, 0]
    assert access.loc["a", "residents_near_stop"] == 1.0
    assert access.loc["empty"].filter(like="_walk_m").isna().all()


def test_a_shorter_reach_in_the_district_file_counts():
    homes = buildings_of((0, 0), (100, 200), residents=[30.0, 10.0])
    strict = Study(name="x", overrides={"access.reach_stop_m": 200})
    access = build_access(blocks_of("a"), homes, CORNER, goals_of(("stop", (0, 0))), strict)
    assert access.loc["a", "residents_near_stop"] == pytest.approx(0.75)


def test_a_place_without_anything_gives_an_empty_answer():
    nothing = goals_of()
    access = build_access(blocks_of("a"), buildings_of(), streets_of(), nothing, STUDY)
    assert access["kinds_in_reach"].tolist() == [0]


def test_inputs_are_left_unchanged():
    homes, goals = buildings_of((0, 0), (50, 0)), goals_of(("stop", (100, 0)))
    copies = homes.copy(), CORNER.copy(), goals.copy()
    build_access(blocks_of("a"), homes, CORNER, goals, STUDY)
    for before, after in zip(copies, (homes, CORNER, goals), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after))


def test_every_kind_has_rules_and_a_reach():
    assert set(assumptions.table("access_kinds")["kind"]) == set(KINDS)
    assert all(STUDY.assumed(f"access.reach_{kind}_m") > 0 for kind in KINDS)
