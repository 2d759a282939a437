"""Ways become a planar street network: every crossing is a node, every piece between two nodes a row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo import schema

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["BARRIER_CLASSES", "BLOCK_CLASSES", "barriers", "build_streets", "paths", "service_roads"]

BLOCK_CLASSES = frozenset({
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "pedestrian", "road",
    "motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link",
})  # fmt: skip
WALKED_CLASSES = BLOCK_CLASSES | {"service", "footway", "path", "steps", "track", "cycleway"}
# access to single plots and parking lots divides nothing
PLOT_ACCESS = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access", "alley"})
BARRIER_CLASSES = {"railway": frozenset({"rail", "light_rail", "narrow_gauge"}), "waterway": frozenset({"river", "canal"})}


def _below_ground(tags: dict[str, str]) -> bool:
    return tags.get("tunnel", "no") not in {"no", "building_passage"} or tags.get("area") == "yes"


def build_streets(ways: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Planar street network inside and just outside the boundary.

    Parameters
    ----------
    ways : GeoDataFrame
        Raw layer in metres: lines with ``tags``.
    boundary : GeoDataFrame
        The district.

    Returns
    -------
    GeoDataFrame
        Layer ``streets`` of the schema, indexed by ``street_id`` (way and piece): carriageways, service roads and paths, each
        piece between two nodes. Empty where there are no ways.
    """
    import geopandas as gpd
    import pandas as pd

    tags = [json.loads(text) for text in ways["tags"]]
    kinds = np.array([tag.get("highway", "") for tag in tags], dtype=object)
    wanted = np.isin(kinds, list(WALKED_CLASSES)) & ~np.array([_below_ground(tag) for tag in tags], dtype=bool)
    near = boundary.geometry.union_all().buffer(50.0)
    chosen = ways[wanted]
    pieces = _noded(shapely.intersection(chosen.geometry.to_numpy(), near))
    names = np.array([tag.get("name", "")[:200] for tag in tags], dtype=object)[wanted]
    classes = kinds[wanted]
    owner = _owners(pieces, chosen.geometry.to_numpy())
    numbers = pd.Series(owner).groupby(owner).cumcount().to_numpy() if len(owner) else np.array([], dtype=int)
    ids = [f"{chosen.index[way]}#{number}" for way, number in zip(owner, numbers, strict=True)]
    streets = gpd.GeoDataFrame(
        {
            "name": pd.array(names[owner], dtype="str"),
            "highway": pd.array(classes[owner], dtype="str"),
            "length_m": shapely.length(pieces),
        },
        geometry=pieces,
        crs=ways.crs,
        index=pd.Index(ids, dtype="str", name="street_id"),
    )
    return schema.check_layer("streets", streets.sort_index())


def _noded(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    lines = lines[~shapely.is_empty(lines)]
    if not len(lines):
        return np.array([], dtype=object)
    return np.asarray(shapely.get_parts(shapely.union_all(lines)))


def _owners(pieces: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.int64]:
    """Row of the way that each piece was cut from."""
    if not len(pieces):
        return np.array([], dtype=np.int64)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    return np.asarray(tree.nearest(middles), dtype=np.int64)


def _chosen(ways: gpd.GeoDataFrame, wanted: Callable[[dict[str, str]], bool]) -> NDArray[np.object_]:
    mask = np.array([wanted(tags) and not _below_ground(tags) for tags in map(json.loads, ways["tags"])], dtype=bool)
    return np.asarray(ways.geometry.to_numpy()[mask], dtype=object)


def barriers(ways: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Railway tracks and rivers, which divide blocks as streets do."""
    return _chosen(ways, lambda tags: any(tags.get(key) in kinds for key, kinds in BARRIER_CLASSES.items()))


def service_roads(ways: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Service roads through an estate, without driveways and parking aisles: they divide a block that is too large for one."""
    return _chosen(ways, lambda tags: tags.get("highway") == "service" and tags.get("service") not in PLOT_ACCESS)


def paths(ways: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Footways, paths and cycleways: they divide a block that is still too large."""
    return _chosen(ways, lambda tags: tags.get("highway") in {"footway", "path", "cycleway", "track"})
