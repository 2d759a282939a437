"""
Joining a second source to the footprints: by area overlap, with a report; which source wins for which attribute is a table.

Two outlines are the same building when they share at least ``elevation.join_overlap`` of the smaller one. The table is
``assumptions/tables/source_precedence.csv``: the lower rank wins; a plain ``building=yes`` never wins over a said use.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo import assumptions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["match_footprints", "with_tags_of"]

UNRANKED = 99


def match_footprints(footprints: gpd.GeoDataFrame, other: gpd.GeoDataFrame, *, min_share: float) -> pd.DataFrame:
    """
    Which outlines of a second source are which buildings.

    Parameters
    ----------
    footprints : GeoDataFrame
        Index ``building_id``; polygons in a metric CRS.
    other : GeoDataFrame
        Polygons of the second source in the same CRS.
    min_share : float
        Least shared area as a share of the smaller outline. [0–1]

    Returns
    -------
    DataFrame
        ``building_id``, ``other_id`` ("" where there is none), ``share_of_building``, ``share_of_other`` [0–1] and ``state``:
        ``matched`` one to one; ``split`` where either side has several; ``left`` without a partner.
    """
    import pandas as pd
    import shapely

    mine, theirs = (shapely.make_valid(frame.geometry.to_numpy()) for frame in (footprints, other))
    second, first = (
        shapely.STRtree(theirs).query(mine, predicate="intersects")[::-1] if len(theirs) and len(mine) else (np.zeros(0, int),) * 2
    )
    area = shapely.area(shapely.intersection(mine[first], theirs[second]))
    mine_m2, theirs_m2 = shapely.area(mine)[first], shapely.area(theirs)[second]
    kept = area >= min_share * np.maximum(np.minimum(mine_m2, theirs_m2), 1e-9)
    pairs = pd.DataFrame(
        {
            "building_id": footprints.index.to_numpy()[first],
            "other_id": other.index.to_numpy()[second],
            "share_of_building": area / np.maximum(mine_m2, 1e-9),
            "share_of_other": area / np.maximum(theirs_m2, 1e-9),
        }
    )[kept]
    single = ~pairs["building_id"].duplicated(keep=False) & ~pairs["other_id"].duplicated(keep=False)
    pairs["state"] = np.where(single, "matched", "split")
    lonely = [footprints.index.difference(pairs["building_id"]), other.index.difference(pairs["other_id"])]
    rest = pd.DataFrame(
        {
            "building_id": [*lonely[0], *[""] * len(lonely[1])],
            "other_id": [*[""] * len(lonely[0]), *lonely[1]],
            "share_of_building": 0.0,
            "share_of_other": 0.0,
            "state": "left",
        }
    )
    table = pd.concat([pairs, rest], ignore_index=True).astype({"building_id": "str", "other_id": "str", "state": "str"})
    return table.sort_values(["building_id", "other_id"], ignore_index=True)


@cache
def _ranks() -> dict[tuple[str, str], int]:
    table = assumptions.table("source_precedence")
    return {(str(key), str(provider)): int(rank) for key, provider, rank in table[["key", "provider", "rank"]].to_numpy().tolist()}


def _wins(key: str, new: str, new_source: str, old: str | None, old_source: str) -> bool:
    if old is None or (key == "building" and old == "yes"):
        return True
    if key == "building" and new == "yes":
        return False
    ranks = _ranks()
    return ranks.get((key, new_source), UNRANKED) < ranks.get((key, old_source), UNRANKED)


def with_tags_of(footprints: gpd.GeoDataFrame, pairs: pd.DataFrame, tags: dict[str, dict[str, str]], *, source: str) -> gpd.GeoDataFrame:
    """
    Footprints with the tags of a second source where that source wins.

    Parameters
    ----------
    footprints : GeoDataFrame
        Raw layer ``footprints``.
    pairs : DataFrame
        From `match_footprints`; of several partners the one that shares most of the building speaks.
    tags : dict
        Tags of each outline of the second source.
    source : str
        Its name in the table of precedence.

    Returns
    -------
    GeoDataFrame
        A copy; ``tag_sources`` names the second source for each tag it gave.
    """
    best = pairs[pairs["state"] != "left"].sort_values("share_of_building", ascending=False).drop_duplicates("building_id")
    speaker: dict[str, str] = dict(zip(best["building_id"], best["other_id"], strict=True))
    texts, origins = [], []
    columns = zip(footprints.index, footprints["source"], footprints["tags"], footprints["tag_sources"], strict=True)
    for name, own, text, origin in columns:
        mine: dict[str, str] = json.loads(text)
        sources: dict[str, Any] = json.loads(origin)
        for key, value in tags.get(speaker.get(name, ""), {}).items():
            if _wins(key, value, source, mine.get(key), str(sources.get(key, own))):
                mine[key] = value
                sources[key] = source
        texts.append(json.dumps(dict(sorted(mine.items())), ensure_ascii=False))
        origins.append(json.dumps(dict(sorted(sources.items())), ensure_ascii=False))
    return footprints.assign(tags=texts, tag_sources=origins)
