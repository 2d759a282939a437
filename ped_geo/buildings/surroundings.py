"""What stands in and around a building: places inside it, the grounds it belongs to, solar arrays on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.buildings.tags import parse_power_kw
from ped_geo.buildings.words import grounds_kinds, use_of_tags, word

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["existing_pv", "tags_around", "tags_inside"]


def _rows_within(points: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers of points and of the polygons that hold them."""
    point, polygon = polygons.sindex.query(points.geometry, predicate="within")
    return point, polygon


def tags_inside(buildings: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame) -> list[list[dict[str, str]]]:
    """Tags of the shops, offices, surgeries and other places inside each building."""
    found: list[list[dict[str, str]]] = [[] for _ in range(len(buildings))]
    if points_of_interest.empty:
        return found
    for point, row in zip(*_rows_within(points_of_interest, buildings), strict=True):
        tags = json.loads(points_of_interest["tags"].iloc[point])
        # a hotel or a museum is what the building is, a piece of art in its hall is not
        if {"amenity", "shop", "office", "healthcare", "leisure"} & set(tags) or ("tourism" in tags and use_of_tags(tags).use):
            found[row].append(tags)
    return found


def tags_around(buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> list[dict[str, str]]:
    """Tags of the school, hospital or church grounds that a building stands on."""
    found: list[dict[str, str]] = [{} for _ in range(len(buildings))]
    if areas.empty:
        return found
    grounds = areas[[word(json.loads(text).get("amenity", "")) in grounds_kinds() for text in areas["tags"]]] if len(areas) else areas
    if grounds.empty:
        return found
    middles = buildings.set_geometry(buildings.representative_point())
    for point, row in zip(*_rows_within(middles, grounds), strict=True):
        found[point] = {"amenity": json.loads(grounds["tags"].iloc[row])["amenity"]}
    return found


def existing_pv(
    buildings: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, points_of_interest: gpd.GeoDataFrame, kwp_per_m2: float
) -> NDArray[np.float64]:
    """
    Power of solar arrays mapped on each building.

    Parameters
    ----------
    buildings, areas, points_of_interest : GeoDataFrame
        Layers in metres; arrays are ``power=generator`` with ``generator:source=solar``.
    kwp_per_m2 : float
        Power of a mapped array without a power tag, kWp/m².

    Returns
    -------
    array, shape (n_buildings,)
        kWp.
    """
    power = np.zeros(len(buildings))
    for layer in (areas, points_of_interest):
        solar = [_is_roof_array(json.loads(text)) for text in layer["tags"]]
        arrays = layer[np.array(solar, dtype=bool)] if len(layer) else layer
        if arrays.empty:
            continue
        middles = arrays.set_geometry(arrays.representative_point())
        for point, row in zip(*_rows_within(middles, buildings), strict=True):
            tags = json.loads(arrays["tags"].iloc[point])
            tagged = parse_power_kw(tags.get("generator:output:electricity", ""))
            power[row] += tagged if np.isfinite(tagged) else arrays.geometry.iloc[point].area * kwp_per_m2
    return power


def _is_roof_array(tags: dict[str, str]) -> bool:
    place = word(tags.get("location", "roof"))
    return word(tags.get("power", "")) == "generator" and word(tags.get("generator:source", "")) == "solar" and place in {"roof", "rooftop"}
