"""What a scan has found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from ped_geo.scan.place import ScanPlace
    from ped_geo.scan.routes import ScanRoutes

__all__ = ["Scan"]


@dataclass(frozen=True)
class Scan:
    """
    A finished scan.

    Attributes
    ----------
    blocks : GeoDataFrame
        Layer ``scan_blocks``, in the order of the ranking.
    candidates : GeoDataFrame
        Candidate groups of all places, in degrees.
    totals : DataFrame
        Sums of each place beside known ones.
    failed : dict
        ``<place>/<tile>`` → why it gave nothing.
    tiles : int
        How many tiles there are.
    files : tuple of Path
        What was written.
    roadmap, roadmap_types : DataFrame
        Every place under every scenario, year by year, and its types of blocks; index (``place``, ``entry``).
    routes : ScanRoutes or None
        Heat networks of the blocks that were asked for.
    methods : dict of str to (str, DataFrame)
        Place → its simple method of heat, and `ped_geo.scan.methods.method_differences`; none where EN ISO 52016-1 runs.
    places : tuple of ScanPlace
        The places with their layers.
    left : tuple of ScanPlace
        Places that a product leaves out, because heat is not known in their country.
    """

    blocks: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    totals: pd.DataFrame
    failed: dict[str, str]
    tiles: int
    files: tuple[Path, ...]
    roadmap: pd.DataFrame
    roadmap_types: pd.DataFrame
    routes: ScanRoutes | None = None
    methods: dict[str, tuple[str, pd.DataFrame]] = field(default_factory=dict)
    places: tuple[ScanPlace, ...] = ()
    left: tuple[ScanPlace, ...] = ()
