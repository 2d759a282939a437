"""
A hand-drawn hamlet of a dozen buildings with round dimensions, whose answers can be worked out on paper, and factories of raw layers.

Two streets cross at (200, 150) inside a boundary of 400 m by 300 m, so there are four blocks of 200 m by 150 m. The south-west
block holds two panel slabs, the south-east one a school, a shop and a substation, the north-west one a row of three houses,
the north-east one a detached house, its garage, a petrol station's roof, a building site and a house drawn twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ped_geo.blocks import assign_blocks, build_blocks
from ped_geo.buildings import build_buildings
from ped_geo.streets import build_streets
from ped_geo.study import Study

CRS = "EPSG:2178"
ORIGIN = (7_430_000.0, 5_550_000.0)
"""South-west corner of the hamlet; coordinates below are metres from it."""

SLAB = {"building": "apartments", "building:levels": "5", "start_date": "1974"}
ROW_HOUSE = {"building": "terrace", "building:levels": "2", "roof:shape": "gabled"}
HAMLET: dict[str, tuple[tuple[float, float, float, float], dict[str, str]]] = {
    "way/1": ((20, 20, 80, 30), SLAB | {"building:flats": "50", "addr:street": "Osiedle", "addr:housenumber": "1"}),
    "way/2": ((20, 60, 80, 70), SLAB),
    "way/3": ((240, 20, 280, 50), {"building": "school", "building:levels": "3"}),
    "way/4": ((300, 20, 320, 40), {"building": "yes", "shop": "supermarket"}),
    "way/5": ((340, 20, 343, 23), {"building": "service", "power": "substation"}),
    "way/6": ((20, 200, 28, 210), ROW_HOUSE),
    "way/7": ((28, 200, 36, 210), ROW_HOUSE),
    "way/8": ((36, 200, 44, 210), ROW_HOUSE),
    "way/9": ((240, 200, 250, 210), {"building": "house", "building:levels": "1", "roof:levels": "1", "roof:shape": "gabled"}),
    "way/10": ((255, 200, 261, 206), {"building": "garage"}),
    "way/11": ((300, 200, 320, 210), {"building": "roof"}),
    "way/12": ((340, 200, 360, 220), {"building": "construction", "construction": "apartments"}),
    "way/13": ((280, 240, 290, 250), {"building": "house"}),
    "way/14": ((280.1, 240, 290.1, 250), {"building": "yes"}),
}


def box(x_min: float, y_min: float, x_max: float, y_max: float) -> BaseGeometry:
    """Rectangle, metres from the hamlet's corner."""
    return shapely.box(ORIGIN[0] + x_min, ORIGIN[1] + y_min, ORIGIN[0] + x_max, ORIGIN[1] + y_max)


def line(*points: tuple[float, float]) -> BaseGeometry:
    """Line through points, metres from the hamlet's corner."""
    return shapely.LineString([(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in points])


def make_boundary(shape: BaseGeometry | None = None) -> gpd.GeoDataFrame:
    """One district; by default the hamlet's 400 m by 300 m."""
    return gpd.GeoDataFrame({"name": ["Hamlet"], "origin": ["file"]}, geometry=[shape or box(0, 0, 400, 300)], crs=CRS)


def _raw(rows: Iterable[tuple[str, BaseGeometry, Mapping[str, str]]], index: str, source: str) -> gpd.GeoDataFrame:
    names, shapes, tags = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return gpd.GeoDataFrame(
        {
            "source": pd.array([source] * len(names), dtype="str"),
            "tags": pd.array([json.dumps(tag) for tag in tags], dtype="str"),
            # who told which tag is known of footprints alone
            **({"tag_sources": pd.array(["{}"] * len(names), dtype="str")} if index == "building_id" else {}),
        },
        geometry=shapes,
        crs=CRS,
        index=pd.Index(names, dtype="str", name=index),
    )


def make_footprints(*rows: tuple[BaseGeometry, Mapping[str, str]], source: str = "osm") -> gpd.GeoDataFrame:
    """Raw footprints from shapes and tags, named way/1, way/2 …; without rows the hamlet's own."""
    if not rows:
        return _raw(((name, box(*extent), tags) for name, (extent, tags) in HAMLET.items()), "building_id", source)
    return _raw(((f"way/{number}", shape, tags) for number, (shape, tags) in enumerate(rows, 1)), "building_id", source)


def make_ways(*rows: tuple[BaseGeometry, Mapping[str, str]], hamlet: bool = True) -> gpd.GeoDataFrame:
    """Raw ways from lines and tags; without rows the hamlet's two streets, or none."""
    if not rows and hamlet:
        rows = (
            (line((-50, 150), (450, 150)), {"highway": "residential", "name": "Polna"}),
            (line((200, -50), (200, 350)), {"highway": "tertiary", "name": "Szkolna"}),
        )
    return _raw(((f"way/{number}", shape, tags) for number, (shape, tags) in enumerate(rows, 901)), "way_id", "osm")


def make_areas(*rows: tuple[BaseGeometry, Mapping[str, str]]) -> gpd.GeoDataFrame:
    """Raw areas from shapes and tags."""
    return _raw(((f"way/{number}", shape, tags) for number, (shape, tags) in enumerate(rows, 501)), "area_id", "osm")


def make_places(*rows: tuple[BaseGeometry, Mapping[str, str]]) -> gpd.GeoDataFrame:
    """Raw points from shapes and tags."""
    return _raw(((f"node/{number}", shape, tags) for number, (shape, tags) in enumerate(rows, 1)), "place_id", "osm")


def make_buildings(
    *rows: tuple[BaseGeometry, Mapping[str, str]],
    areas: gpd.GeoDataFrame | None = None,
    points_of_interest: gpd.GeoDataFrame | None = None,
    **settings: object,
) -> gpd.GeoDataFrame:
    """Layer ``buildings`` of the hamlet or of given footprints; keywords change the study's ``[buildings]``."""
    study = Study.model_validate({"name": "hamlet", "buildings": settings})
    bare = make_areas() if areas is None else areas
    points = make_places() if points_of_interest is None else points_of_interest
    footprints = make_footprints(*rows)
    boundary = make_boundary() if not rows else make_boundary(shapely.box(*footprints.total_bounds).buffer(50.0))
    return build_buildings(footprints, boundary, bare, points, study)[0]


def make_blocks(
    ways: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None = None, **settings: object
) -> gpd.GeoDataFrame:
    """Block polygons of given ways; keywords change the study's ``[blocks]``."""
    study = Study.model_validate({"name": "hamlet", "blocks": settings})
    frame = make_boundary() if boundary is None else boundary
    return build_blocks(build_streets(ways, frame), ways, frame, buildings, study)


def assigned(buildings: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings with their blocks."""
    return assign_blocks(buildings, blocks)
