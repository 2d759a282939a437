"""Water and green of maps, measured on rectangles."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ped_geo.green.surroundings import water_and_green

BOUNDARY = gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(0, 0, 400, 300)], crs=2180)


def raw(*rows):
    shapes = np.array([shape for shape, _ in rows], dtype=object)
    return gpd.GeoDataFrame({"tags": [json.dumps(tags) for _, tags in rows]}, geometry=shapes, crs=2180)


def areas_of(found):
    return dict(zip(zip(found["kind"].astype(str), found["name"].astype(str), strict=True), found.area, strict=True))


def test_parks_and_ponds_keep_their_names_and_water_lies_above_green():
    park = (shapely.box(0, 0, 100, 100), {"leisure": "park", "name": "Park Jordana"})
    pond = (shapely.box(50, 50, 70, 70), {"natural": "water", "name": "Staw"})
    wood = (shapely.box(200, 0, 300, 50), {"landuse": "forest"})
    lawn = (shapely.box(250, 0, 320, 50), {"landuse": "grass"})
    told = areas_of(water_and_green(raw(park, pond, wood, lawn), raw(), BOUNDARY))
    assert told == pytest.approx({("green", "Park Jordana"): 9600.0, ("water", "Staw"): 400.0, ("green", ""): 6000.0})


def test_a_lawn_bears_no_name_but_a_park_of_grass_does():
    """In the zoo of Hoyerswerda lawns are called by the animals on them."""
    emus = (shapely.box(0, 0, 100, 100), {"landuse": "grass", "attraction": "animal", "name": "Bennettkänguru, Emu Hilde"})
    park = (shapely.box(200, 0, 300, 100), {"landuse": "grass", "leisure": "park", "name": "Zentralpark"})
    assert set(areas_of(water_and_green(raw(emus, park), raw(), BOUNDARY))) == {("green", ""), ("green", "Zentralpark")}


def test_a_river_is_as_wide_as_told_and_under_ground_it_is_not_drawn():
    line = shapely.LineString([(0, 150), (400, 150)])
    river = (line, {"waterway": "river", "name": "Dłubnia", "width": "12"})
    below = (shapely.LineString([(0, 50), (400, 50)]), {"waterway": "stream", "name": "Rów", "tunnel": "culvert"})
    street = (shapely.LineString([(0, 250), (400, 250)]), {"highway": "residential", "name": "Polna"})
    found = water_and_green(raw(), raw(river, below, street), BOUNDARY)
    assert list(found["name"]) == ["Dłubnia"]
    # 400 m of 12 m and round ends of a radius of 6 m
    assert found.area.iloc[0] == pytest.approx(4800.0 + np.pi * 36.0, rel=0.01)


def test_the_ground_ends_50_m_beyond_the_boundary_and_roads_are_none():
    forest = (shapely.box(-1000, 100, 1000, 200), {"natural": "wood"})
    asphalt = (shapely.box(0, 0, 50, 50), {"amenity": "parking"})
    found = water_and_green(raw(forest, asphalt), raw(), BOUNDARY)
    assert found.area.sum() == pytest.approx(500.0 * 100.0)
    assert water_and_green(raw(asphalt), raw(), BOUNDARY).empty
    assert water_and_green(raw(), raw(), BOUNDARY).empty
