"""Sky that open ground sees between buildings: horizons of all its pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ped_geo.shading import Surface, drawn_surface, sweep

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.green.cover import Ground

__all__ = ["block_sky_view", "ground_sky_view"]

DIRECTIONS: Final = 36
BUILT: Final = 2.0
"""Ground is open where nothing as high as this stands, m."""


def ground_sky_view(level: Surface, buildings: gpd.GeoDataFrame) -> NDArray[np.float32]:
    r"""
    Sky-view factor of every pixel of level ground.

    Parameters
    ----------
    level : Surface
        Ground; its heights are not looked at.
    buildings : GeoDataFrame
        Layer ``buildings``: shapes and ``height_m``; their roofs are taken as level.

    Returns
    -------
    array, shape (rows, columns)
        0 to 1; not a number on roofs.

    Notes
    -----
    For an evenly bright sky over level ground it is the mean over directions of :math:`\cos^2 h`, with the horizon's elevation
    *h* (Oke 1987). Trees are left out: their shade is told apart.
    """
    flat = replace(level, values=np.zeros_like(level.values))
    height = buildings["height_m"].to_numpy(dtype="float64")
    none = np.zeros(len(buildings))
    drawn = drawn_surface(buildings.geometry.to_numpy(), height, none, none, flat)
    seen = np.zeros(drawn.values.shape, dtype=np.float32)
    for tangent in sweep(drawn, DIRECTIONS):
        seen += 1.0 / (1.0 + tangent * tangent)
    seen /= DIRECTIONS
    seen[drawn.values >= BUILT] = np.nan
    return seen


def block_sky_view(ground: Ground, buildings: gpd.GeoDataFrame, blocks: pd.Index) -> pd.Series:
    """Mean sky-view factor of each block's open ground [-]; 1 where a block has none."""
    import pandas as pd

    seen = ground_sky_view(ground.grid, buildings)
    open_ = (ground.block >= 0) & np.isfinite(seen)
    block = ground.block[open_]
    count = np.bincount(block, minlength=len(blocks))
    total = np.bincount(block, weights=seen[open_], minlength=len(blocks))
    return pd.Series(np.where(count > 0, total / np.maximum(count, 1), 1.0), index=blocks, name="sky_view")
