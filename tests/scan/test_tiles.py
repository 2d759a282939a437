"""Tiles are groups of whole blocks, and bring all that their blocks depend on."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.study import Study
from ped_geo.tiles import LEAST_BLOCKS, cut_tiles, tile_layers

CRS = "EPSG:2178"


def checkerboard(side=12, empty=0.2, seed=3):
    """Square blocks of 100 m, some without buildings."""
    rng = np.random.default_rng(seed)
    shapes = [shapely.box(100 * x, 100 * y, 100 * x + 100, 100 * y + 100) for x in range(side) for y in range(side)]
    held = rng.integers(1, 40, len(shapes)) * (rng.random(len(shapes)) > empty)
    return gpd.GeoDataFrame({"buildings": held}, geometry=shapes, crs=CRS, index=[f"b{number:03d}" for number in range(len(shapes))])


@pytest.mark.parametrize("most", [1, 60, 200, 100_000])
def test_every_block_lies_in_one_tile_and_tiles_keep_the_bound(most):
    blocks = checkerboard()
    tiles = cut_tiles(blocks, most)
    assert tiles.index.equals(blocks.index)
    assert sorted(set(tiles)) == list(range(tiles.max() + 1))
    for number in set(tiles):
        held = blocks["buildings"][tiles == number]
        populated = held[held > 0]
        assert len(populated) >= LEAST_BLOCKS
        # the last tile may have taken in a lone block
        assert held.sum() <= most or len(populated) <= LEAST_BLOCKS + 1


def test_tiles_do_not_depend_on_the_order_of_the_table_and_are_compact():
    blocks = checkerboard(empty=0.0)
    tiles = cut_tiles(blocks, 250)
    mixed = cut_tiles(blocks.sample(frac=1.0, random_state=1), 250)
    assert mixed.reindex(blocks.index).equals(tiles)
    # a square of n blocks has an outline of 4 √n sides; a strip of n has 2 n + 2
    for number in set(tiles):
        own = blocks[tiles == number]
        outline = own.union_all().length / 100.0
        assert outline <= 1.8 * 4.0 * np.sqrt(len(own))


def test_tiles_are_of_about_the_same_size():
    blocks = checkerboard()
    total = int(blocks["buildings"].sum())
    held = blocks["buildings"].groupby(cut_tiles(blocks, int(total / 1.1))).sum()
    assert len(held) == 2
    assert held.max() - held.min() <= 2 * blocks["buildings"].max()


def test_a_tile_that_may_hold_nothing_is_refused():
    with pytest.raises(ValueError, match="most_buildings is 0"):
        cut_tiles(checkerboard(), 0)


def row_of_houses(count, gap, width=10.0):
    """Houses along the east, each in a block of its own."""
    shapes = [shapely.box(number * (width + gap), 0, number * (width + gap) + width, 10) for number in range(count)]
    names = [f"way/{number}" for number in range(count)]
    buildings = gpd.GeoDataFrame(
        {"in_district": True, "block_id": [f"b{number}" for number in range(count)]}, geometry=shapes, crs=CRS, index=names
    )
    blocks = gpd.GeoDataFrame({"buildings": 1}, geometry=shapes, crs=CRS, index=buildings["block_id"].to_numpy())
    empty = gpd.GeoDataFrame({"building_id": []}, geometry=[], crs=CRS)
    return {
        "buildings": buildings,
        "blocks": blocks,
        "footprints": buildings,
        "surfaces": empty,
        "trees": buildings,
        "period_odds": pd.DataFrame({"P1": 1.0}, index=names),
        "metered": pd.DataFrame({"id": ["way/3", "b0"], "kwh_a": [1.0, 2.0]}),
    }


def test_a_tile_brings_what_shades_it_and_what_stands_against_that():
    study = Study(name="x", solar={"radius_m": 100.0})
    layers = row_of_houses(60, gap=0.0)
    found = tile_layers(layers, pd.Index(["b0"]), study)
    own = found["buildings"][found["buildings"]["in_district"]]
    assert list(own.index) == ["way/0"]
    # house 0 ends at 10 m: those that begin within 105 m of it shade, and the next one stands against the last of them
    assert list(found["buildings"].index) == [f"way/{number}" for number in range(13)]
    assert list(found["period_odds"].index) == ["way/0"]
    assert list(found["metered"]["id"]) == ["b0"]
    assert list(found["footprints"].index) == ["way/0", "way/1"]
    assert list(found["blocks"].index) == ["b0"]


def test_buildings_around_a_tile_keep_their_block_and_the_order_of_the_city():
    layers = row_of_houses(30, gap=5.0)
    found = tile_layers(layers, pd.Index(["b12", "b3"]), Study(name="x"))["buildings"]
    assert list(found.index[found["in_district"]]) == ["way/3", "way/12"]
    assert (found["block_id"] != "").all()
    assert found.index.equals(layers["buildings"].index[layers["buildings"].index.isin(found.index)])
