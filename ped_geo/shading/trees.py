"""Trees, tree rows and woods of the map as bodies that shade: crowns in plan with a height, opaque all year."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.buildings.tags import Bounds, parse_height
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["tree_crowns"]

# corners of a quarter of a crown
QUARTER = 2


def _is_wood(tags: dict[str, str]) -> bool:
    return tags.get("natural") == "wood" or tags.get("landuse") == "forest"


def tree_crowns(
    points_of_interest: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study
) -> gpd.GeoDataFrame:
    """
    What stands of trees around buildings.

    Parameters
    ----------
    points_of_interest, ways, areas : GeoDataFrame
        Raw layers in metres: ``natural=tree``, ``natural=tree_row``, and ``natural=wood`` or ``landuse=forest``.
    buildings : GeoDataFrame
        Layer ``buildings``; crowns are cut back from them, as they are in towns.
    study : Study
        ``[solar] radius_m``; heights and crowns that no tag says are assumptions ``trees.*``.

    Returns
    -------
    GeoDataFrame
        ``kind`` (``tree``, ``tree_row``, ``wood``), ``height_m`` above ground, ``height_source`` (``osm`` or ``inferred: usual
        height``), polygons in plan.

    Notes
    -----
    Crowns are opaque down to the ground and all year. Bare ones let light through in winter, when the sun is lowest; so the
    shade of leaf trees is the upper bound.
    """
    import geopandas as gpd

    bounds = Bounds(study.assumed("trees.least_height"), study.assumed("trees.most_height"))
    west, south, east, north = buildings.total_bounds if len(buildings) else np.zeros(4)
    radius = study.solar.radius_m
    reach = shapely.box(west - radius, south - radius, east + radius, north + radius)
    rows = []
    for layer, kind in ((points_of_interest, "tree"), (ways, "tree_row"), (areas, "wood")):
        usual = study.assumed("trees.wood_height" if kind == "wood" else "trees.height")
        for shape, text in zip(layer.geometry, layer["tags"], strict=True):
            tags = json.loads(text)
            if not (_is_wood(tags) if kind == "wood" else tags.get("natural") == kind) or not shape.intersects(reach):
                continue
            tagged, flag = parse_height(tags.get("height", ""), bounds)
            known = bool(np.isfinite(tagged)) and not flag
            height = tagged if known else usual
            body = shape if kind == "wood" else _crown(shape, tags, height * study.assumed("trees.crown_share"), bounds)
            rows.append((kind, height, "osm" if known else "inferred: usual height", shapely.intersection(body, reach)))
    table = {name: [row[number] for row in rows] for number, name in enumerate(("kind", "height_m", "height_source", "geometry"))}
    found = gpd.GeoDataFrame(table, geometry="geometry", crs=buildings.crs)
    return _cut_back(found, buildings, study.assumed("trees.clearance"))


def _crown(shape: shapely.Geometry, tags: dict[str, str], usual_m: float, bounds: Bounds) -> shapely.Geometry:
    """Crown of a tree, or the strip of a row's crowns, from the tagged diameter or the usual one."""
    tagged, flag = parse_height(tags.get("diameter_crown", ""), bounds)
    diameter = tagged if np.isfinite(tagged) and not flag else usual_m
    return shapely.buffer(shape, diameter / 2.0, quad_segs=QUARTER, cap_style="round" if shapely.get_type_id(shape) == 0 else "square")


def _cut_back(crowns: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, clearance_m: float) -> gpd.GeoDataFrame:
    """Crowns without what would stand on or against a building, as simple polygons."""
    if crowns.empty:
        return crowns
    shapes, walls = shapely.make_valid(crowns.geometry.to_numpy()), buildings.geometry.to_numpy()
    crown, wall = shapely.STRtree(walls).query(shapes, predicate="dwithin", distance=clearance_m)
    for row in np.unique(crown):
        beside = shapely.buffer(walls[wall[crown == row]], clearance_m, join_style="mitre")
        shapes[row] = shapely.difference(shapes[row], shapely.union_all(beside))
    left = crowns.set_geometry(list(shapes), crs=crowns.crs).explode(ignore_index=True)
    return left[(left.geom_type == "Polygon") & (left.area > 0.5)].reset_index(drop=True)
