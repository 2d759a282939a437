"""Trees of the map: crowns with the heights of their tags, cut back from buildings, and shade as geometry says."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.roofs import roof_planes
from ped_geo.shading import Surroundings, plane_horizons, sky_view, tree_crowns
from ped_geo.shading.surface import blank
from ped_geo.sources._overpass import overpass_query
from ped_geo.sources.osm_file import read_osm
from ped_geo.study import Study

STUDY = Study(name="x", solar={"points_per_plane": 1})


def layer(*objects):
    """A raw layer of geometries with their tags."""
    return gpd.GeoDataFrame({"tags": [json.dumps(tags) for _, tags in objects]}, geometry=[shape for shape, _ in objects], crs=2178)


def house(*shapes, height=6.0):
    frame = {
        "roof_shape": "flat", "roof_tags": "{}", "height_m": height, "roof_height_m": 0.0, "heritage": False, "in_district": True,
    }  # fmt: skip
    index = pd.Index([f"way/{number}" for number in range(len(shapes))], dtype="str", name="building_id")
    return gpd.GeoDataFrame({name: [value] * len(shapes) for name, value in frame.items()}, geometry=list(shapes), crs=2178, index=index)


HOUSE = house(shapely.box(-5, -5, 5, 5))
NOTHING = layer()


def crowns(points_of_interest=NOTHING, ways=NOTHING, areas=NOTHING, buildings=HOUSE, study=STUDY):
    return tree_crowns(points_of_interest, ways, areas, buildings, study)


def horizon(trees, study=STUDY, buildings=HOUSE, **given):
    return (
        plane_horizons(roof_planes(buildings.iloc[:1]), buildings, study, Surroundings(trees=trees, **given))
        .filter(regex=r"^h\d")
        .to_numpy()[0]
    )


def test_a_tagged_tree_has_its_own_height_and_crown_and_another_the_usual_ones():
    found = crowns(
        layer(
            (shapely.Point(20, 0), {"natural": "tree", "height": "18 m", "diameter_crown": "8"}),
            (shapely.Point(40, 0), {"natural": "tree", "height": "tall"}),
            (shapely.Point(60, 0), {"natural": "peak"}),
        )
    )
    assert found["height_m"].tolist() == [18.0, 10.0]
    assert found["height_source"].tolist() == ["osm", "inferred: usual height"]
    widths = found.bounds["maxx"] - found.bounds["minx"]
    assert widths.tolist() == pytest.approx([8.0, 4.0])


def test_overridden_assumptions_reach_the_crowns():
    tall = Study(name="x", overrides={"trees.height": 15.0, "trees.crown_share": 0.6})
    found = crowns(layer((shapely.Point(20, 0), {"natural": "tree"})), study=tall).iloc[0]
    assert (found["height_m"], found.geometry.bounds[2] - found.geometry.bounds[0]) == pytest.approx((15.0, 9.0))


def test_rows_are_strips_and_woods_are_areas_with_their_own_height():
    row = layer(
        (shapely.LineString([(20, -30), (20, 30)]), {"natural": "tree_row"}), (shapely.LineString([(9, 0), (9, 9)]), {"highway": "path"})
    )
    wood = layer(
        (shapely.box(50, 0, 90, 40), {"landuse": "forest"}),
        (shapely.box(50, 60, 90, 80), {"natural": "wood", "height": "12"}),
        (shapely.box(0, 60, 40, 80), {"landuse": "grass"}),
    )
    found = crowns(ways=row, areas=wood)
    assert found["kind"].tolist() == ["tree_row", "wood", "wood"]
    assert found["height_m"].tolist() == [10.0, 20.0, 12.0]
    assert found.area.tolist() == pytest.approx([4.0 * 64.0, 1600.0, 800.0])


def test_crowns_are_cut_back_from_buildings():
    found = crowns(areas=layer((shapely.box(-50, -50, 50, 50), {"natural": "wood"})))
    assert found.distance(HOUSE.geometry.iloc[0]).min() == pytest.approx(2.0)
    assert found.area.sum() == pytest.approx(100.0**2 - 14.0**2)
    inside = crowns(layer((shapely.Point(0, 0), {"natural": "tree"})))
    assert inside.empty


def test_trees_far_away_are_left_out():
    assert crowns(layer((shapely.Point(300, 0), {"natural": "tree"}))).empty


@pytest.mark.parametrize("method", ["exact", "raster"])
@pytest.mark.parametrize(("x", "y", "direction"), [(0.0, -30.0, 36), (30.0, 0.0, 18), (0.0, 30.0, 0)])
def test_a_tree_stands_as_high_as_geometry_says_and_in_its_direction_only(method, x, y, direction):
    study = Study(name="x", solar={"points_per_plane": 1, "shading": method})
    tags = {"natural": "tree", "height": "16", "diameter_crown": "8"}
    seen = horizon(crowns(layer((shapely.Point(x, y), tags))), study)
    # its crown begins four metres before the trunk, its top stands 9.9 m above the middle of the roof
    assert seen[direction] == pytest.approx(np.degrees(np.arctan2(16.0 - 6.1, 26.0)), abs=0.05 if method == "exact" else 0.8)
    behind = (np.arange(27) + direction + 23) % 72
    assert (seen[behind] == 0.0).all()


def test_a_tree_lower_than_the_roof_hides_nothing():
    assert (horizon(crowns(layer((shapely.Point(0, -12), {"natural": "tree", "height": "6"})))) == 0.0).all()


def test_a_higher_or_wider_tree_never_lets_more_sky_through():
    sky = []
    for height, crown in ((8, 4), (12, 4), (12, 9), (25, 12)):
        tags = {"natural": "tree", "height": str(height), "diameter_crown": str(crown)}
        sky.append(sky_view(horizon(crowns(layer((shapely.Point(0, -15), tags))))[None, :], np.array([30.0]), np.array([180.0]))[0])
    assert sky == sorted(sky, reverse=True)
    assert sky[0] < 1.0
    assert sky[-1] < sky[0]


def test_trees_stand_on_the_terrain():
    terrain = blank((-200.0, -200.0, 200.0, 200.0), 1.0)
    terrain.values[:, :180] = 8.0  # the west half lies higher, and the tree with it
    tree = crowns(layer((shapely.Point(-40, 0), {"natural": "tree", "height": "10", "diameter_crown": "4"})))
    assert horizon(tree, terrain=terrain)[54] == pytest.approx(np.degrees(np.arctan2(18.0 - 6.1, 38.0)), abs=0.1)


def test_a_surface_model_takes_the_place_of_mapped_trees():
    surface = blank((-60.0, -60.0, 60.0, 60.0), 1.0)
    surface.values[55:65, 55:65] = 6.0
    tree = crowns(layer((shapely.Point(0, -30), {"natural": "tree", "height": "30"})))
    assert (horizon(tree, surface=surface) == 0.0).all()


def test_trees_are_asked_for_and_read(tmp_path):
    query = overpass_query(shapely.box(20, 50, 21, 51), 5)
    assert all(part in query for part in ("node[natural=tree]", "way[natural~'^(wood|tree_row|", "relation[natural~'^(wood|"))
    nodes = [(1, 50.0, 20.0), (2, 50.001, 20.0), (3, 50.001, 20.001), (4, 50.0, 20.001)]
    points = "".join(
        f'<node id="{number}" version="1" lat="{lat}" lon="{lon}">{"" if number > 1 else tag("tree")}</node>' for number, lat, lon in nodes
    )
    ways = f'<way id="1" version="1">{refs(1, 2)}{tag("tree_row")}</way><way id="2" version="1">{refs(1, 2, 3, 4, 1)}{tag("wood")}</way>'
    path = tmp_path / "trees.osm"
    path.write_text(f'<osm version="0.6">{points}{ways}</osm>')
    layers, _ = read_osm(path)
    metric = {name: layers[name].to_crs(2178) for name in ("points_of_interest", "ways", "areas")}
    around = house(metric["areas"].geometry.iloc[0].centroid.buffer(5.0))
    found = tree_crowns(metric["points_of_interest"], metric["ways"], metric["areas"], around, STUDY)
    assert sorted(found["kind"]) == ["tree", "tree_row", "wood"]


def tag(kind):
    return f'<tag k="natural" v="{kind}"/>'


def refs(*numbers):
    return "".join(f'<nd ref="{number}"/>' for number in numbers)
