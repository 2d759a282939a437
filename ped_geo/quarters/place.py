"""A finished run as replication reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["ComparedPlace"]


@dataclass(frozen=True)
class ComparedPlace:
    """
    A finished run as replication reads it; all tables are indexed by ``block_id``.

    Attributes
    ----------
    name, title : str
        Of the district.
    blocks : GeoDataFrame
        Layer ``blocks``.
    sums, features, types : DataFrame
        As `ped_geo.quarters.features` and `ped_geo.quarters.types` give them.
    effects : DataFrame
        As `ped_geo.quarters.effects.package_effects` gives them.
    adjacency : DataFrame
        Layer ``adjacency``.
    owners : DataFrame
        Heated floor by kind of owner, a column for each. [m²]
    """

    name: str
    title: str
    blocks: gpd.GeoDataFrame
    sums: pd.DataFrame
    features: pd.DataFrame
    types: pd.DataFrame
    effects: pd.DataFrame
    adjacency: pd.DataFrame
    owners: pd.DataFrame

    def held(self) -> list[str]:
        """Blocks with heated floor, in the order of their names."""
        there = self.features["heat_need_kwh_m2a"].notna() & self.effects.index.to_series().reindex(self.features.index).notna()
        return sorted(str(name) for name in there.index[there])
