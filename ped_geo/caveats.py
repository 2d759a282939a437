"""What a reader must know of a place before its numbers: remarks that stand beside the decision and not only in tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.addresses import plain_words
from ped_geo.remarks import Remark
from ped_geo.streets import BLOCK_CLASSES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["place_caveats"]

LARGE_SHARE: Final = 0.10
"""Share of a place's electricity from which one user is named: its own metered data move the result of the whole place. [-]"""
MOST_NAMES: Final = 3
"""Streets or estates that are named."""
LEAST_ADDRESSES: Final = 10
"""With fewer addresses nothing is said of where a place lies."""
UNDRAWN: Final = ("bbox", "centre_radius", "data_extent")
"""Origins of a boundary that is nobody's outline of the place."""
CUT_SHARE: Final = 0.05
"""Share of a footprint in other blocks than its own from which an edge cuts the building, and does not merely touch its wall. [-]"""
MANY_CUT: Final = 0.05
"""Share of buildings that are cut from which it is told of places with streets too. [-]"""
HOMES: Final = ("residential_multi", "residential_single")


def place_caveats(
    buildings: gpd.GeoDataFrame, need: pd.DataFrame, streets: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame
) -> list[Remark]:
    """
    What must be known before the numbers of a place are read.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    need : DataFrame
        By building and package: ``electricity_kwh_a`` [kWh/a].
    streets : GeoDataFrame
        Layer ``streets``.
    blocks : GeoDataFrame
        Layer ``blocks``.
    boundary : GeoDataFrame
        Layer ``boundary``: ``name``, of a part of a town ``part, town``, and ``origin``.

    Returns
    -------
    list of Remark
        That no streets are known, so that blocks come from buildings; that edges of blocks cut buildings; that no address bears the name of a place whose boundary nobody drew; that one user that
        is no home uses much of the electricity.
    """
    inside = buildings[buildings["in_district"]]
    known = bool(streets["highway"].isin(list(BLOCK_CLASSES)).any())
    found = [] if known else [Remark("caveat_no_streets", {})]
    cut = _cut(inside, blocks, MANY_CUT if known else 0.0)
    return [*found, *cut, *_elsewhere(inside, boundary), *_large_user(inside, need)]


def _cut(inside: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, least: float) -> list[Remark]:
    """How many buildings lie in several blocks, where their share is above `least`."""
    shapes, around = inside.geometry.to_numpy(), blocks.geometry.to_numpy()
    row, block = shapely.STRtree(around).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[row], around[block]))
    most = np.zeros(len(shapes))
    np.maximum.at(most, row, shared)
    beside = np.bincount(row, weights=shared, minlength=len(shapes)) - most
    count = int((beside > CUT_SHARE * shapely.area(shapes)).sum())
    if count <= least * len(shapes):
        return []
    return [Remark("caveat_cut_buildings", {"count": count, "of": len(shapes), "share": round(100.0 * count / len(shapes), 1)})]


def _elsewhere(inside: pd.DataFrame, boundary: gpd.GeoDataFrame) -> list[Remark]:
    """Whether a part of a town that is a box, a circle or the extent of a file has addresses of other names only."""
    import pandas as pd

    title = str(boundary["name"].iloc[0])
    if boundary["origin"].iloc[0] not in UNDRAWN:
        return []
    known = inside["street"].fillna("").astype("str").str.strip()
    known = known[known != ""]
    # a town is not named in the addresses of its streets, an estate is
    name = title.split(",", maxsplit=1)[0].strip()
    words = [word for word in re.split(r"\W+", str(plain_words(pd.Series([name])).iloc[0])) if len(word) > 3]
    if len(known) < LEAST_ADDRESSES or "," not in title or not words:
        return []
    counts = known.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    if plain_words(counts.index.to_series()).map(lambda one: any(word in one for word in words)).any():
        return []
    named = ", ".join(f"{street} ({count})" for street, count in counts.iloc[:MOST_NAMES].items())
    return [Remark("caveat_elsewhere", {"name": name, "count": len(known), "named": named})]


def _large_user(inside: pd.DataFrame, need: pd.DataFrame) -> list[Remark]:
    packages = need.index.get_level_values("package")
    today = need[packages == ("existing" if "existing" in packages else packages[0])].droplevel("package")
    used = today["electricity_kwh_a"].reindex(inside.index).fillna(0.0)
    others = used[~inside["use"].isin(HOMES).to_numpy()]
    if others.empty or others.max() < LARGE_SHARE * used.sum() or not others.max() > 0:
        return []
    first = str(others.idxmax())
    row = inside.loc[first].fillna("")
    address = " ".join(str(row[part]) for part in ("street", "housenumber") if row[part])
    values: dict[str, str | float] = {
        "name": str(row.get("name", "")) or address or first,
        "share": round(100.0 * float(others.max() / used.sum())),
        "gwh": round(float(others.max()) / 1e6, 2),
        "floor": round(float(inside["reference_area_m2"].to_numpy()[inside.index.get_loc(first)])),
    }
    return [Remark("caveat_large_user", values)]
