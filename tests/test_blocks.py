"""Blocks cover the district exactly once, are what a planner would draw, and keep their names."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.blocks import _label_names, adjacency, assign_blocks, block_name, build_blocks, describe_blocks, parking_area
from ped_geo.streets import build_streets
from ped_geo.study import Study

STUDY = Study(name="x")
CRS = 2178
SQUARE = shapely.box(0, 0, 400, 400)


def ways(*rows):
    """Raw ways of (coordinates, tags) pairs."""
    shapes = [shapely.LineString(points) for points, _ in rows]
    tags = [json.dumps(tags) for _, tags in rows]
    index = pd.Index([f"way/{n}" for n in range(1, len(rows) + 1)], dtype="str", name="way_id")
    return gpd.GeoDataFrame(
        {"source": pd.Series(["osm"] * len(rows), dtype="str").to_numpy(), "tags": tags},
        geometry=gpd.GeoSeries(shapes, crs=CRS).to_numpy(),
        crs=CRS,
        index=index,
    )


def street(*points, kind="residential", **tags):
    return list(points), {"highway": kind, **tags}


def houses(*middles):
    shapes = [shapely.Point(x, y).buffer(8, cap_style="square") for x, y in middles]
    count = len(shapes)
    return gpd.GeoDataFrame(
        {
            "in_district": [True] * count, "heated": [True] * count, "footprint_area_m2": 256.0, "gross_floor_area_m2": 1280.0, "reference_area_m2": 1088.0,
            "dwellings": 20.0, "residents": 40.0, "block_id": pd.array([""] * count, dtype="str"),
        },
        geometry=shapes, crs=CRS, index=pd.Index([f"way/{n}" for n in range(100, 100 + count)], dtype="str", name="building_id"),
    )  # fmt: skip


def boundary(shape=SQUARE):
    return gpd.GeoDataFrame({"name": ["x"], "origin": ["bbox"]}, geometry=[shape], crs=CRS)


def blocks_of(raw, buildings=None, shape=SQUARE, study=STUDY):
    buildings = houses((100, 100), (300, 300)) if buildings is None else buildings
    area = boundary(shape)
    return build_blocks(build_streets(raw, area), raw, area, buildings, study)


def test_streets_that_an_extract_cut_off_go_on_to_its_edge():
    """Two streets of a square of 400 m that end 60 m before its edge make four blocks of a quarter each, not one."""
    area = boundary().assign(origin="data_extent")
    raw = ways(street((200, 60), (200, 200)), street((200, 200), (200, 340)), street((60, 200), (200, 200)), street((200, 200), (340, 200)))
    middles = houses((100, 100), (300, 100), (100, 300), (300, 300))
    made = build_blocks(build_streets(raw, area), raw, area, middles, STUDY)
    assert made.area.tolist() == pytest.approx([40_000.0] * 4)
    of_file = boundary()
    assert len(build_blocks(build_streets(raw, of_file), raw, of_file, houses((100, 100)), STUDY)) == 1


def test_a_dead_end_near_the_edge_of_whole_data_divides_nothing():
    area = boundary().assign(origin="data_extent")
    raw = ways(street((200, -20), (200, 420)), street((-20, 200), (420, 200)), street((200, 100), (340, 100)))
    made = build_blocks(build_streets(raw, area), raw, area, houses((100, 100), (300, 50), (300, 150)), STUDY)
    assert sorted(made.area) == pytest.approx([40_000.0] * 4)


CROSS = (street((200, -20), (200, 420), name="Długa"), street((-20, 200), (420, 200), name="Szeroka"))


def assert_covers(blocks, shape):
    assert blocks.area.sum() == pytest.approx(shape.area, rel=1e-9)
    assert shapely.coverage_is_valid(blocks.geometry.to_numpy())
    assert shapely.union_all(blocks.geometry.to_numpy()).symmetric_difference(shape).area == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "shape",
    [SQUARE, SQUARE.difference(shapely.box(150, 150, 170, 170)), shapely.union_all([SQUARE, shapely.box(600, 0, 800, 200)])],
    ids=["plain", "hole", "two parts"],
)
def test_blocks_tile_the_district_without_gap_or_overlap(shape):
    assert_covers(blocks_of(ways(*CROSS), shape=shape), shape)


def test_crossing_streets_make_four_blocks():
    blocks = blocks_of(ways(*CROSS))
    assert blocks.area.round().tolist() == [40_000.0] * 4


@pytest.mark.parametrize(
    "extra",
    [
        street((100, 200), (100, 320)),
        street((0, 100), (200, 100), kind="footway"),
        street((0, 100), (200, 100), kind="service"),
        street((0, 100), (200, 100), tunnel="yes"),
    ],
    ids=["dead end", "footway", "service road", "tunnel"],
)
def test_what_divides_no_block_is_ignored(extra):
    assert len(blocks_of(ways(*CROSS, extra))) == 4


@pytest.mark.parametrize("tags", [{"railway": "rail"}, {"waterway": "river"}])
def test_railways_and_rivers_divide_blocks(tags):
    assert len(blocks_of(ways(*CROSS, ([(0, 100), (200, 100)], tags)), houses((100, 50), (100, 150), (300, 300)))) == 5


def test_median_of_a_dual_carriageway_is_no_block():
    dual = (street((0, 200), (400, 200), kind="primary", oneway="yes"), street((400, 222), (0, 222), kind="primary", oneway="yes"))
    blocks = blocks_of(ways(*dual))
    assert len(blocks) == 2
    assert_covers(blocks, SQUARE)


def test_roundabout_island_is_no_block():
    ring = [(200 + 14 * np.cos(a), 200 + 14 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 13)]
    arms = [street((200, 214), (200, 400)), street((200, 186), (200, 0)), street((214, 200), (400, 200)), street((186, 200), (0, 200))]
    blocks = blocks_of(ways(street(*ring, kind="tertiary", junction="roundabout"), *arms))
    assert len(blocks) == 4
    assert_covers(blocks, SQUARE)
    # all four meet in the middle of the roundabout, none has it as a bump
    assert blocks.area.tolist() == pytest.approx([200.0 * 200.0] * 4, rel=1e-6)


def test_round_face_with_a_house_stays_a_block():
    ring = [(200 + 38 * np.cos(a), 200 + 38 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 25)]
    arms = [street((200, 238), (200, 400)), street((200, 162), (200, 0)), street((238, 200), (400, 200)), street((162, 200), (0, 200))]
    assert len(blocks_of(ways(street(*ring), *arms), houses((200, 200)))) == 5


def test_turning_circle_at_the_end_of_a_street_divides_nothing():
    ring = [(200 + 12 * np.cos(a), 300 + 12 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 13)]
    blocks = blocks_of(ways(street((0, 200), (400, 200)), street((200, 200), (200, 288)), street(*ring)))
    assert blocks.area.tolist() == pytest.approx([400.0 * 200.0] * 2, rel=1e-6)


def test_built_narrow_face_stays_a_block():
    narrow = (street((0, 200), (400, 200)), street((0, 230), (400, 230)))
    assert len(blocks_of(ways(*narrow), houses((200, 215), (200, 100)))) == 3


def test_without_streets_buildings_form_quarters_that_still_cover():
    buildings = houses(*[(x, y) for x in (50, 150, 600, 700) for y in (50, 150, 600, 700)])
    shape = shapely.box(0, 0, 800, 800)
    blocks = blocks_of(ways(), buildings, shape)
    assert 1 < len(blocks) <= 16
    assert_covers(blocks, shape)


def test_where_the_streets_end_buildings_around_form_quarters_and_a_large_block_among_streets_stays():
    """Streets enclose the middle 600 m of 1,600 m, 36 ha; houses stand 100 m apart in it and in the 220 ha around."""
    around = (street((500, 500), (1100, 500), (1100, 1100), (500, 1100), (500, 500)),)
    buildings = houses(*[(x, y) for x in range(50, 1600, 100) for y in range(50, 1600, 100)])
    shape = shapely.box(0, 0, 1600, 1600)
    blocks = blocks_of(ways(*around), buildings, shape)
    assert_covers(blocks, shape)
    inner = blocks[blocks.geometry.contains(shapely.Point(800, 800))]
    assert inner.area.tolist() == pytest.approx([36e4], rel=1e-6)
    # squares of 250 m, but for what their houses' cells add
    assert blocks.drop(inner.index).area.max() < 2 * 250**2
    pairs = adjacency(blocks)
    assert len(pairs[(pairs["block_a"] == inner.index[0]) | (pairs["block_b"] == inner.index[0])]) >= 8


def test_names_come_from_the_place_and_not_from_the_order_of_the_ways():
    rows = [*CROSS, street((0, 320), (200, 320))]
    first, second = blocks_of(ways(*rows)), blocks_of(ways(*rows[::-1]))
    assert first.index.tolist() == second.index.tolist()
    assert first.index.is_unique


def test_every_building_lies_in_exactly_one_block_by_its_largest_share():
    blocks = blocks_of(ways(*CROSS))
    buildings = houses((100, 100), (203, 100), (300, 300))
    told = assign_blocks(buildings, blocks)
    assert (told["block_id"] != "").all()
    east = blocks.index[blocks.contains(shapely.Point(300, 100))][0]
    assert told["block_id"].iloc[1] == east
    assert (buildings["block_id"] == "").all(), "the input was changed"


def test_buildings_outside_the_district_get_no_block():
    buildings = houses((100, 100), (500, 500))
    buildings["in_district"] = [True, False]
    assert assign_blocks(buildings, blocks_of(ways(*CROSS)))["block_id"].tolist()[1] == ""


def test_block_sums_are_those_of_their_buildings():
    raw = ways(*CROSS)
    blocks = blocks_of(raw)
    buildings = assign_blocks(houses((50, 50), (150, 50), (300, 300)), blocks)
    cars = gpd.GeoDataFrame(
        {"tags": ['{"amenity": "parking"}', '{"amenity": "parking", "parking": "underground"}']},
        geometry=[shapely.box(180, 10, 220, 30), shapely.box(0, 0, 10, 10)],
        crs=CRS,
    )
    told = describe_blocks(blocks, buildings, build_streets(raw, boundary()), cars)
    assert told["buildings"].sum() == 3
    assert told["reference_area_m2"].sum() == pytest.approx(3 * 1088.0)
    assert told["parking_area_m2"].sum() == pytest.approx(800.0)
    assert sorted(told["parking_area_m2"].round()) == [0.0, 0.0, 400.0, 400.0]
    assert set(told["street_name"]) <= {"Długa", "Szeroka"}
    assert parking_area(cars.iloc[:0], blocks).sum() == 0.0


NO_AREAS = gpd.GeoDataFrame({"tags": pd.array([], dtype="str")}, geometry=[], crs=CRS)


def test_block_on_no_named_street_is_told_so_in_either_language():
    raw = ways(*CROSS).assign(tags='{"highway": "residential"}')
    blocks = blocks_of(raw)
    told = describe_blocks(blocks, assign_blocks(houses((50, 50)), blocks), build_streets(raw, boundary()), NO_AREAS)
    assert sorted(told["label"]) == ["1", "2", "3", "4"]
    assert block_name("4", "pl") == "kwartał 4"
    assert block_name("4. Długa", "pl") == block_name("4. Długa", "en") == "4. Długa"


def test_neighbours_share_their_edge_and_each_pair_is_told_once():
    pairs = adjacency(blocks_of(ways(*CROSS)))
    assert len(pairs) == 4
    assert pairs["shared_length_m"].to_numpy() == pytest.approx(200.0)
    assert (pairs["block_a"] < pairs["block_b"]).all()


def test_neighbours_equal_those_of_plain_geometry():
    random = np.random.default_rng(4)
    lines = [street((x, -20), (x + random.uniform(-30, 30), 420)) for x in (90, 210, 320)] + [
        street((-20, y), (420, y + random.uniform(-30, 30))) for y in (110, 240, 330)
    ]
    blocks = blocks_of(ways(*lines), houses((50, 50)))
    pairs = adjacency(blocks)
    found = {(a, b): length for a, b, length in pairs[["block_a", "block_b", "shared_length_m"]].itertuples(index=False)}
    shapes = blocks.geometry
    for one in blocks.index:
        for other in blocks.index[blocks.index > one]:
            length = shapes[one].intersection(shapes[other]).length
            assert found.get((one, other), 0.0) == pytest.approx(length, abs=1e-6)


def test_street_pieces_meet_only_at_their_ends():
    streets = build_streets(ways(*CROSS, street((100, -20), (100, 200))), boundary())
    # Długa 2, Szeroka 3, the third street 1
    assert len(streets) == 6
    crosses = streets.sindex.query(streets.geometry, predicate="crosses")
    assert crosses.shape[1] == 0
    assert build_streets(ways(), boundary()).empty


def test_superblock_is_divided_by_its_service_roads_but_not_by_driveways():
    shape = shapely.box(0, 0, 600, 600)
    loop = (street((0, 300), (600, 300), kind="service"), street((300, 0), (300, 300), kind="service", service="driveway"))
    buildings = houses((100, 100), (500, 500))
    divided = blocks_of(ways(*loop), buildings, shape, Study(name="x", blocks={"max_area_m2": 200_000}))
    assert divided.area.round().tolist() == [180_000.0, 180_000.0]
    assert_covers(divided, shape)


def test_a_block_is_called_by_its_commonest_address_and_without_one_by_its_street():
    streets = pd.Series(["Letnia", "aleja Andersa", "", "Zimowa"], index=["a", "b", "c", "d"])
    houses = pd.DataFrame(
        {"block_id": ["a", "b", "b", "b", "c"], "street": ["Boczna", "os. Dywizjonu 303", "Jesienna", "os. Dywizjonu 303", ""]}
    )
    assert _label_names(streets, houses).tolist() == ["Boczna", "os. Dywizjonu 303", "", "Zimowa"]
    assert _label_names(streets, houses[["block_id"]]).tolist() == streets.tolist()
