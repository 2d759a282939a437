"""What stands on roofs and is mapped: lift houses and other parts of a building that begin at its top."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.buildings.tags import Bounds, parse_height, parse_number
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["blocked_by", "roof_obstacles"]


def roof_obstacles(footprints: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """
    Mapped parts that stand on the roof of their building.

    Parameters
    ----------
    footprints : GeoDataFrame
        Raw layer in metres, with ``building:part``.
    buildings : GeoDataFrame
        Layer ``buildings``.
    study : Study
        ``roofs.obstacle_height`` and ``roofs.obstacle_share``.

    Returns
    -------
    GeoDataFrame
        ``building_id`` and polygons: parts that begin (``min_height``, ``building:min_level``) in the upper part of their building,
        or have more storeys than it, and cover less than half of it.
    """
    import geopandas as gpd

    tags = [json.loads(text) for text in footprints["tags"]]
    rows = np.flatnonzero([tag.get("building:part", "no") not in {"no", "roof"} and "building" not in tag for tag in tags])
    shapes = footprints.geometry.to_numpy()[rows]
    part, owner = buildings.sindex.query(shapely.point_on_surface(shapes), predicate="within")
    low, share = study.assumed("roofs.obstacle_height"), study.assumed("roofs.obstacle_share")
    height, levels = (buildings[name].to_numpy(dtype="float64")[owner] for name in ("height_m", "storeys_above_ground"))
    kept = [
        _stands_on_top(tags[rows[one]], float(high), float(count), low) and shapes[one].area < share * buildings.geometry.iloc[of].area
        for one, of, high, count in zip(part, owner, height, levels, strict=True)
    ]
    mask = np.array(kept, dtype=bool)
    names = buildings.index.to_numpy(dtype=object)[owner[mask]]
    return gpd.GeoDataFrame({"building_id": names}, geometry=list(shapes[part[mask]]), crs=buildings.crs)


def _stands_on_top(tags: dict[str, str], height: float, levels: float, low: float) -> bool:
    foot, _ = parse_height(tags.get("min_height", ""), Bounds(0.0, 300.0))
    first, _ = parse_number(tags.get("building:min_level", ""), Bounds(0.0, 100.0))
    own, _ = parse_number(tags.get("building:levels", ""), Bounds(0.0, 100.0))
    if np.isfinite(foot):
        return foot >= low * height
    return first >= low * levels if np.isfinite(first) else bool(own > levels)


def blocked_by(obstacles: gpd.GeoDataFrame, planes: gpd.GeoDataFrame, margin_m: float) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """
    What obstacles take of each plane.

    Parameters
    ----------
    obstacles : GeoDataFrame
        From `roof_obstacles`.
    planes : GeoDataFrame
        Layer ``roof_planes``.
    margin_m : float
        Kept free around them. [m]

    Returns
    -------
    blocked : array of Geometry, shape (n_planes,)
        Obstacles with the margin; empty for most planes.
    share : array, shape (n_planes,)
        Part of the plane, in plan, that they take.
    """
    shapes = planes.geometry.to_numpy()
    blocked = np.full(len(planes), shapely.Polygon(), dtype=object)
    grown = shapely.buffer(obstacles.geometry.to_numpy(), margin_m, join_style="mitre")
    plane, obstacle = shapely.STRtree(grown).query(shapes, predicate="intersects")
    mine = planes["building_id"].to_numpy(dtype=object)[plane] == obstacles["building_id"].to_numpy(dtype=object)[obstacle]
    for row in np.unique(plane[mine]):
        blocked[row] = shapely.union_all(grown[obstacle[mine & (plane == row)]])
    return blocked, shapely.area(shapely.intersection(shapes, blocked)) / np.maximum(shapely.area(shapes), 1e-9)
