"""A layer ready to be written, with the meaning of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.schema import Column

__all__ = ["DocumentedLayer"]


@dataclass(frozen=True)
class DocumentedLayer:
    """
    A layer ready to be written, with the meaning of each of its columns.

    Attributes
    ----------
    frame : GeoDataFrame
        Rows by their index.
    columns : mapping of str to Column
        Declared or derived meaning of each column of `frame`.
    """

    frame: gpd.GeoDataFrame
    columns: Mapping[str, Column]
