"""What people find themselves by: addresses of each block, names of streets, estates, parks and rivers, and a place for each number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.outputs import Results

__all__ = ["address_index", "estate_names", "ground_shapes", "label_points", "street_lines"]

GROUND_TOLERANCE_M = 2.0
"""Water and green are drawn as coarsely as this lets nobody see."""
STREET_TOLERANCE_M = 1.0
"""A street is drawn with no more bends than these leave visible."""
PRECISION = 6
"""Decimals of a degree: about a decimetre."""


def address_index(results: Results) -> list[list[Any]]:
    """
    Streets and estates with the blocks that have addresses there: name, then pairs of block and house numbers.

    Parameters
    ----------
    results : Results
        The run.
    """
    buildings = results.layers["buildings"]
    known = buildings[buildings["in_district"] & (buildings["street"].fillna("").astype("str").str.strip() != "")]
    places = results.layers["blocks"].index.get_indexer(known["block_id"])
    streets: dict[str, dict[int, set[str]]] = {}
    for street, block, number in zip(
        known["street"].astype("str"), places.tolist(), known["housenumber"].fillna("").astype("str"), strict=True
    ):
        if block >= 0:
            streets.setdefault(street.strip(), {}).setdefault(block, set()).update(filter(None, [number.strip()]))
    return [
        [street, [[block, sorted(numbers, key=_by_number)] for block, numbers in sorted(blocks.items())]]
        for street, blocks in sorted(streets.items())
    ]


def _by_number(word: str) -> tuple[int, str]:
    digits = re.match(r"\d{1,9}", word)
    return (int(digits[0]) if digits else 0, word)


def label_points(blocks: gpd.GeoDataFrame) -> list[list[float]]:
    """
    A point inside each block [° latitude, ° longitude].

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``.
    """
    points = blocks.geometry.representative_point().to_crs(4326)
    return [_at(point) for point in points]


def estate_names(results: Results) -> list[list[Any]]:
    """
    Estates of the addresses, which are no streets on the map: name, and the middle of their buildings [° latitude, ° longitude].

    Parameters
    ----------
    results : Results
        The run.
    """
    buildings: gpd.GeoDataFrame = results.layers["buildings"]
    inside = buildings[buildings["in_district"]]
    names = inside["street"].fillna("").astype("str").str.strip()
    streets = results.layers.get("streets")
    drawn = set() if streets is None else set(streets["name"].fillna("").astype("str").str.strip())
    kept = inside[(names != "").to_numpy() & ~names.isin(drawn).to_numpy()]
    middles = kept.geometry.centroid
    table = middles.to_frame("geometry").assign(name=names[kept.index], x=middles.x, y=middles.y)
    found = table.groupby("name", sort=True)[["x", "y"]].median()
    points = middles.iloc[:0].set_crs(inside.crs) if found.empty else type(middles).from_xy(found["x"], found["y"], crs=inside.crs)
    return [[str(name), _at(point)] for name, point in zip(found.index, points.to_crs(4326), strict=True)]


def _at(point: shapely.Point) -> list[float]:
    return [round(point.y, PRECISION), round(point.x, PRECISION)]


def ground_shapes(results: Results) -> list[tuple[str, str, list[float], shapely.Geometry]]:
    """
    Water and green: kind, name, a point inside [° latitude, ° longitude], outline in EPSG:4326.

    Parameters
    ----------
    results : Results
        The run.
    """
    ground: gpd.GeoDataFrame | None = results.layers.get("water_and_green")
    if ground is None or ground.empty:
        return []
    shapes = ground.geometry.simplify(GROUND_TOLERANCE_M)
    shapes = shapes.where(~shapes.is_empty, ground.geometry)
    points = ground.geometry.representative_point().to_crs(4326)
    kinds, names = ground["kind"].astype("str"), ground["name"].astype("str")
    return [(kind, name, _at(point), shape) for kind, name, point, shape in zip(kinds, names, points, shapes.to_crs(4326), strict=True)]


def street_lines(results: Results) -> list[list[Any]]:
    """
    Named streets: name, then lines of points [° latitude, ° longitude].

    Parameters
    ----------
    results : Results
        The run.
    """
    streets: gpd.GeoDataFrame | None = results.layers.get("streets")
    if streets is None or streets.empty or "name" not in streets:
        return []
    named = streets[streets["name"].fillna("").astype("str") != ""]
    if named.empty:
        return []
    lines = named.assign(geometry=named.geometry.simplify(STREET_TOLERANCE_M)).to_crs(4326)
    found = []
    for name, rows in lines.groupby(lines["name"].astype("str"), sort=True):
        merged = shapely.line_merge(shapely.multilinestrings(shapely.get_parts(rows.geometry.to_numpy())))
        parts = shapely.get_parts(merged)
        found.append([name, [[[round(y, PRECISION), round(x, PRECISION)] for x, y in shapely.get_coordinates(part)] for part in parts]])
    return found
