"""Façades as planes for modules: free walls to the south, east and west above a height."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["facade_planes"]

FACING = {"east": 90.0, "south": 180.0, "west": 270.0}
STRIP_M = 0.2


def facade_planes(buildings: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """
    One plane per building and direction for the free walls above ``[solar] facade_min_height_m``, windows left out.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    study : Study
        Settings; the window share is an assumption.

    Returns
    -------
    GeoDataFrame
        Rows like `ped_geo.roofs.roof_planes`, ``kind`` ``facade``; the polygon is a thin strip along the side it faces, its
        area the wall's.
    """
    import geopandas as gpd
    import pandas as pd

    eaves = buildings["height_m"] - buildings["roof_height_m"]
    above = (eaves - study.solar.facade_min_height_m).clip(lower=0.0)
    free = 1.0 - study.assumed("pv.facade_window_share")
    parts = []
    for name, azimuth in FACING.items():
        area = buildings[f"wall_{name}_m"] * above * free
        wanted = (area > 10.0) & ~buildings["heritage"]
        chosen = buildings[wanted]
        parts.append(
            gpd.GeoDataFrame(
                {
                    "building_id": chosen.index.to_numpy(),
                    "surface_tilt": 90.0,
                    "surface_azimuth": azimuth,
                    "height_m": (study.solar.facade_min_height_m + above[wanted] / 2.0).to_numpy(),
                    "source": "inferred: walls",
                    "kind": "facade",
                    "area_m2": area[wanted].to_numpy(),
                },
                geometry=_strips(chosen, azimuth),
                crs=buildings.crs,
                index=pd.Index([f"{building}#{name}" for building in chosen.index], dtype="str", name="plane_id"),
            )
        )
    return pd.concat(parts)


def _strips(buildings: gpd.GeoDataFrame, azimuth: float) -> np.ndarray:
    """A thin strip outside the middle of the side that faces `azimuth`."""
    bounds = buildings.bounds.to_numpy()
    west, south, east, north = bounds.T
    if azimuth == 180.0:
        boxes = shapely.box(west, south - STRIP_M, east, south)
    elif azimuth == 90.0:
        boxes = shapely.box(east, south, east + STRIP_M, north)
    else:
        boxes = shapely.box(west - STRIP_M, south, west, north)
    return np.asarray(boxes)
