"""The stages of what readers are shown beside the figures: the ground of maps, and what must be known before the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.pipeline.stages import stage

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@stage(["water_and_green"])
def surroundings(areas: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What maps show as their quiet ground."""
    from ped_geo.green.surroundings import water_and_green

    return water_and_green(areas, ways, boundary)


@stage(["caveats"])
def caveats(
    buildings: gpd.GeoDataFrame, need: pd.DataFrame, streets: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame
) -> pd.DataFrame:
    """What a reader must know before the numbers."""
    from ped_geo.caveats import place_caveats
    from ped_geo.remarks import remark_frame

    return remark_frame(place_caveats(buildings, need, streets, blocks, boundary))
