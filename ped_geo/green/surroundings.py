"""Water and green as a quiet ground of maps, with their names: what lets people find their home without a map of somebody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import schema
from ped_geo.green.cover import COVERS, area_covers, width_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["water_and_green"]

KINDS: Final = {"low_green": "green", "wood": "green", "water": "water"}
"""Classes of land cover that are drawn, and as what."""
WATERWAY_M: Final = {"river": 10.0, "canal": 10.0, "stream": 2.0}
"""Width at which a waterway is drawn whose own is not told; of a picture, and no result rests on it. [m]"""
AROUND_M: Final = 50.0
"""How far beyond the boundary the ground is drawn, as streets are. [m]"""
LAWNS: Final = {"landuse": {"grass", "meadow", "farmland"}, "natural": {"grassland", "heath", "scrub", "shrubbery"}}
"""Covers by whose names people do not find their home."""
LEAST_M2: Final = 100.0
"""Smaller patches would only make a map restless."""


def water_and_green(areas: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Water and green inside and just outside the boundary: one row for each name, and one of each kind for all that has none.

    Parameters
    ----------
    areas, ways : GeoDataFrame
        Raw layers in metres with ``tags``; rivers, canals and streams above ground are lines.
    boundary : GeoDataFrame
        The district.

    Returns
    -------
    GeoDataFrame
        Layer ``water_and_green`` of the schema; empty where the sources tell of neither. Water goes before green.
    """
    import geopandas as gpd
    import pandas as pd

    drawn = pd.concat([_of_areas(areas), _of_ways(ways)], ignore_index=True)
    near = shapely.buffer(boundary.geometry.union_all(), AROUND_M)
    shapes = shapely.make_valid(drawn["geometry"].to_numpy(dtype=object))
    drawn["geometry"] = shapely.intersection(shapes, near)
    rows = [(*pair, _surface(part["geometry"].to_numpy(dtype=object))) for pair, part in drawn.groupby(["kind", "name"], sort=True)]
    found = gpd.GeoDataFrame(pd.DataFrame(rows, columns=["kind", "name", "geometry"]), geometry="geometry", crs=boundary.crs)
    water = shapely.union_all(found.geometry.to_numpy()[(found["kind"] == "water").to_numpy()])
    green = (found["kind"] == "green").to_numpy()
    found.loc[green, "geometry"] = [_polygons(shape) for shape in shapely.difference(found.geometry.to_numpy()[green], water)]
    found = found[found.area >= LEAST_M2].reset_index(drop=True)
    index = pd.Index([f"{kind}-{number}" for number, kind in enumerate(found["kind"], start=1)], dtype="str", name="ground_id")
    return schema.check_layer("water_and_green", found.set_index(index).astype({"name": "str", "kind": "str"}))


def _of_areas(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    covers = [COVERS[code] for code in area_covers(areas)]
    kinds = np.array([KINDS.get(cover, "") for cover in covers], dtype=object)
    return _frame(kinds, [json.loads(text) for text in areas["tags"]], areas.geometry.to_numpy())


def _of_ways(ways: gpd.GeoDataFrame) -> pd.DataFrame:
    """Waterways above ground, as wide as their tags or their kind say."""
    tags = [json.loads(text) for text in ways["tags"]]
    usual = np.array([WATERWAY_M.get(tag.get("waterway", ""), np.nan) for tag in tags], dtype="float64")
    told = np.array([width_of(tag.get("width", "")) for tag in tags], dtype="float64")
    seen = np.isfinite(usual) & np.array([tag.get("tunnel", "no") == "no" for tag in tags], dtype=bool)
    widths = np.where(np.isfinite(told), told, usual)
    shapes = shapely.buffer(ways.geometry.to_numpy()[seen], widths[seen] / 2.0)
    return _frame(np.full(int(seen.sum()), "water", dtype=object), [tag for tag, kept in zip(tags, seen, strict=True) if kept], shapes)


def _frame(kinds: NDArray[np.object_], tags: list[dict[str, str]], shapes: NDArray[np.object_]) -> pd.DataFrame:
    import pandas as pd

    names = ["" if _is_lawn(tag) else tag.get("name", "")[:200] for tag in tags]
    frame = pd.DataFrame({"kind": kinds, "name": names, "geometry": np.asarray(shapes, dtype=object)}, dtype=object)
    return frame[frame["kind"] != ""]


def _is_lawn(tags: dict[str, str]) -> bool:
    """Grass and the like that is no park; in a zoo such a name is that of the animals on it."""
    return "leisure" not in tags and any(tags.get(key) in values for key, values in LAWNS.items())


def _surface(shapes: NDArray[np.object_]) -> shapely.Geometry:
    return _polygons(shapely.union_all(shapes))


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The surfaces of a shape; lines and points that a cut left are none."""
    # a collection may hold collections of one kind
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON].tolist())
