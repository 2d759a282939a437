"""Land cover, rain, sky and warm nights, worked out on paper on a block of one hectare."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.green import heat
from ped_geo.green.cover import COVERS, cover_shares, draw_ground, runoff_and_green
from ped_geo.green.roofs import green_roofs
from ped_geo.green.sky import ground_sky_view
from ped_geo.shading.surface import blank
from ped_geo.study import Study
from tests.hamlet import CRS, make_areas, make_ways

STUDY = Study(name="x")
WEST, SOUTH = 7_430_000.0, 5_550_000.0


def box(x_min, y_min, x_max, y_max):
    return shapely.box(WEST + x_min, SOUTH + y_min, WEST + x_max, SOUTH + y_max)


BLOCK = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS, index=pd.Index(["a"], name="block_id"))
NOTHING = gpd.GeoDataFrame({"height_m": []}, geometry=[], crs=CRS)


def houses(*shapes, height_m=10.0):
    names = pd.Index([f"way/{number}" for number in range(len(shapes))], name="building_id")
    return gpd.GeoDataFrame({"height_m": height_m, "footprint_area_m2": 0.0}, geometry=list(shapes), crs=CRS, index=names)


def ground(areas=(), buildings=NOTHING, ways=None, trees=(), tags=(), blocks=BLOCK, source="osm"):
    drawn = make_areas(*areas) if areas else make_areas()
    footprints = gpd.GeoDataFrame({"tags": [json.dumps(one) for one in tags]}, geometry=list(buildings.geometry[: len(tags)]), crs=CRS)
    footprints.index = buildings.index[: len(tags)]
    crowns = gpd.GeoDataFrame({"height_m": [9.0] * len(trees)}, geometry=list(trees), crs=CRS)
    paths = make_ways(hamlet=False) if ways is None else ways
    return draw_ground(blocks, buildings, drawn.assign(source=source), paths, crowns, footprints.astype({"tags": "str"}), STUDY)


def shares(**given):
    return cover_shares(ground(**given), BLOCK.index).iloc[0]


# the block of the checks: 1500 m² of roof, 1000 m² of green roof, 2500 m² of asphalt, 4000 m² of lawn, a pond of 1000 m²
PARTS = {
    "areas": (
        (box(0, 25, 100, 50), {"amenity": "parking"}),
        (box(0, 50, 100, 90), {"landuse": "grass"}),
        (box(0, 90, 100, 100), {"natural": "water"}),
    ),
    "buildings": houses(box(0, 0, 60, 25), box(60, 0, 100, 25)),
    "tags": ({"building": "yes"}, {"building": "yes", "roof:material": "grass"}),
}


def rain(**given):
    found = cover_shares(ground(**given), BLOCK.index)
    return runoff_and_green(found, pd.Series(0.7, index=found.index)).iloc[0]


def test_biologically_active_share_counts_half_of_the_green_roof_and_the_pond():
    """C4: (4000 + 500 + 1000)/10000."""
    assert rain(**PARTS)["biologically_active_share"] == pytest.approx(0.55)


def test_biotope_area_factor_by_hand():
    """C5: 0.7 of 1000 m² and 1 of 5000 m²."""
    assert rain(**PARTS)["biotope_area_factor"] == pytest.approx(0.57)


def test_runoff_by_hand():
    """C6: (1500·0.95 + 1000·0.5 + 2500·0.9 + 4000·0.1 + 1000)/10000."""
    assert rain(**PARTS)["runoff_coefficient"] == pytest.approx(0.5575)


def test_heat_island_by_hand_and_more_green_cools():
    """C7 and C8: S = 250/1206, (S·12³/2)^¼ = 3.658; (2 - 0.6 - 0.2)·3.658 = 4.39 K; 0.2 more green takes 0.73 K."""
    factor = heat.weather_factor(250.0, 12.0, 2.0)
    assert factor == pytest.approx(3.658, rel=1e-3)
    found = heat.heat_island(pd.Series([0.6, 0.6]), pd.Series([0.2, 0.4]), factor)
    assert found["heat_island_k"].tolist() == pytest.approx([4.39, 3.66], rel=1e-3)
    assert not found["heat_island_clipped"].any()
    assert heat.heat_island(pd.Series([0.95]), pd.Series([0.2]), factor)["heat_island_clipped"].all()


def test_oke_by_hand():
    """C9."""
    assert heat.oke_from_sky(0.4) == pytest.approx(9.72, rel=1e-3)
    assert heat.oke_from_canyon(1.0) == pytest.approx(7.54)


def test_a_long_canyon_as_wide_as_high_sees_the_sky_of_the_formula():
    """C10: cos(atan 2) = 0.4472 on the centre line, √2 - 1 = 0.4142 in the mean; pixels of 0.5 m."""
    wide, long, high = 20.0, 600.0, 20.0
    walls = houses(box(0, 0, long, 30), box(0, 30 + wide, long, 60 + wide), height_m=high)
    level = blank((WEST, SOUTH, WEST + long, SOUTH + 60 + wide), 0.5)
    seen = ground_sky_view(level, walls)
    column = seen[:, seen.shape[1] // 2]
    open_ = column[np.isfinite(column)]
    assert len(open_) == wide / 0.5
    assert open_[len(open_) // 2] == pytest.approx(np.cos(np.arctan(2.0)), abs=0.02)
    assert open_.mean() == pytest.approx(np.sqrt(2.0) - 1.0, abs=0.02)


def test_open_ground_sees_all_of_the_sky():
    assert ground_sky_view(blank((WEST, SOUTH, WEST + 50, SOUTH + 50), 1.0), NOTHING).min() == 1.0


def test_cooling_capacity_by_hand():
    """C11: 0.6·0.3 + 0.2·0.2 + 0.2·0.6."""
    assert heat.cooling_capacity(pd.Series([0.3]), pd.Series([0.2]), pd.Series([0.6])).tolist() == pytest.approx([0.34])


def test_canopy_of_2400_m2_is_24_percent_of_the_hectare():
    """C12: that fails the 30 of the rule."""
    assert shares(trees=(box(0, 0, 60, 40),))["canopy_share"] == pytest.approx(0.24)


def test_shares_sum_to_one_whatever_overlaps():
    """C13."""
    drawn = shares(
        areas=(
            (box(-50, -50, 80, 80), {"leisure": "park"}),
            (box(10, 10, 60, 60), {"natural": "wood"}),
            (box(20, 20, 90, 90), {"amenity": "parking"}),
            (shapely.Polygon([(WEST, SOUTH), (WEST + 50, SOUTH + 50), (WEST + 50, SOUTH), (WEST, SOUTH + 50)]), {"natural": "water"}),
        ),
        buildings=houses(box(30, 30, 70, 70)),
    )
    assert drawn[[f"cover_{name}" for name in COVERS]].sum() == pytest.approx(1.0, abs=1e-12)
    assert drawn["cover_building"] == pytest.approx(0.16)


def test_a_crown_over_asphalt_shades_and_changes_nothing_of_the_ground():
    """C13: adding a tree moves only canopy and evaporation."""
    bare, shaded = rain(**PARTS), rain(**PARTS, trees=(box(0, 25, 50, 50),))
    same = bare.index.drop("evapotranspiration_index")
    pd.testing.assert_series_equal(bare[same], shaded[same])
    assert shaded["evapotranspiration_index"] > bare["evapotranspiration_index"]
    assert shares(**PARTS, trees=(box(0, 25, 50, 50),))["canopy_share"] == pytest.approx(0.125)


def test_sealing_raises_runoff_and_unsealing_a_car_park_lowers_it():
    """C13: 2500 m² from 0.9 to 0.1 is 0.2 of the hectare."""
    green = {**PARTS, "areas": ((box(0, 25, 100, 90), {"landuse": "grass"}), PARTS["areas"][2])}
    assert rain(**PARTS)["runoff_coefficient"] - rain(**green)["runoff_coefficient"] == pytest.approx(0.2)


def test_a_register_goes_before_the_map_and_its_built_up_ground_stays_remainder():
    areas = make_areas((box(0, 0, 100, 100), {"landuse": "grass"}), (box(0, 0, 50, 100), {"natural": "water"}))
    areas["source"] = ["bdot10k", "osm"]
    empty = gpd.GeoDataFrame({"tags": pd.Series(dtype="str")}, geometry=[], crs=CRS)
    crowns = gpd.GeoDataFrame({"height_m": []}, geometry=[], crs=CRS)
    drawn = draw_ground(BLOCK, NOTHING, areas, make_ways(hamlet=False), crowns, empty, STUDY)
    told = cover_shares(drawn, BLOCK.index).iloc[0]
    assert (told["cover_low_green"], told["cover_water"], told["register_share"]) == (1.0, 0.0, 1.0)
    assert shares(areas=((box(0, 0, 100, 100), {"landuse": "residential"}),))["cover_remainder"] == 1.0


def test_a_street_is_as_wide_as_its_tags_say_and_tunnels_are_none():
    line = shapely.LineString([(WEST, SOUTH + 50), (WEST + 100, SOUTH + 50)])

    def road(**tags):
        return shares(ways=make_ways((line, {"highway": "residential"} | tags)))["cover_road"]

    # 6 m for its class, as told, and two lanes of 3.25 m
    assert [road(), road(width="10 m"), road(lanes="2"), road(tunnel="yes")] == pytest.approx([0.06, 0.1, 0.06, 0.0], abs=0.011)
    assert road(width="10 m") == pytest.approx(0.1)


def test_steps_rank_the_blocks_of_a_place():
    steps = heat.heat_steps(pd.Series(np.linspace(0.95, 0.3, 10)), pd.Series(0.3, index=range(10)))
    assert steps.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_flat_roof_holds_rain_and_gives_half_of_its_modules_when_plants_need_room():
    inside = gpd.GeoDataFrame({"block_id": ["a"]}, geometry=[box(0, 0, 10, 10)], crs=CRS, index=pd.Index(["way/1"], name="building_id"))
    planes = gpd.GeoDataFrame(
        {"building_id": ["way/1"], "kind": ["roof"], "surface_tilt": [0.0], "area_m2": [100.0]}, geometry=[box(0, 0, 10, 10)], crs=CRS
    )
    pv = pd.DataFrame({"annual_yield_kwh_a": [14000.0], "module_area_m2": [70.0]}, index=["way/1"])
    found = green_roofs(inside, planes, pv, STUDY).iloc[0]
    # 100 m² · 0.67 m · 0.52; 0.35 of the roof instead of 0.7, and 2 % more each
    assert found["retention_m3_a"] == pytest.approx(34.84)
    assert found["modules_above_plants_kwh_a"] == pytest.approx(14000.0 / 2.0 * 1.02)
    assert found["advice"] == "modules_first"
