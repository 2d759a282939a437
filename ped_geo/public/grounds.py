"""Grounds of schools, hospitals, parks, pitches and the like, that the public uses or owns: the layer ``public_grounds``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import assumptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["building_grounds", "public_grounds"]

PRIVATE_TYPES: Final = ("private", "private_non_profit", "private_for_profit", "religious", "business")
PUBLIC_TYPES: Final = ("public", "government", "municipal")
PUBLIC_OWNERS: Final = ("municipal", "public", "state", "national", "county")
CLOSED: Final = ("private", "no", "customers", "permit")
INSIDE: Final = 0.9
"""Share of a ground that lies in a larger one of which it is a part; with less than the rest in blocks it only touches them."""


def public_grounds(areas: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Mapped grounds of the blocks that serve the public.

    Parameters
    ----------
    areas : GeoDataFrame, shape (n,)
        Raw layer in metres with ``tags``.
    blocks : GeoDataFrame
        Layer ``blocks``.

    Returns
    -------
    GeoDataFrame
        Layer ``public_grounds``: grounds whose kind stands in the table ``public_grounds`` and that lie in the blocks by a tenth or
        more. What a tag calls private is left out, and so are parks, pitches and playgrounds that are closed to the public.
    """
    import geopandas as gpd
    import pandas as pd

    tags = [json.loads(text) for text in areas["tags"]]
    kinds = np.array(_kinds(tags), dtype=object)
    ground, place = shapely.STRtree(blocks.geometry.to_numpy()).query(areas.geometry.to_numpy(), predicate="intersects")
    shared = shapely.area(shapely.intersection(areas.geometry.to_numpy()[ground], blocks.geometry.to_numpy()[place]))
    in_blocks = np.bincount(ground, shared, minlength=len(areas)) > (1.0 - INSIDE) * areas.area.to_numpy()
    here = (kinds != "")[ground] & in_blocks[ground] & (shared > 0.0)
    order = np.lexsort((place[here], -shared[here], ground[here]))
    rows, first = np.unique(ground[here][order], return_index=True)
    kept = areas.iloc[rows]
    names = kept.index.astype("str")
    return gpd.GeoDataFrame(
        {
            "block_id": blocks.index.to_numpy()[place[here][order][first]].astype("str"),
            "kind": pd.array(["ground_" + kind for kind in kinds[rows].tolist()], dtype="str"),
            "name": pd.array([tags[row].get("name", "") for row in rows.tolist()], dtype="str"),
            "area_m2": kept.area.to_numpy(),
            "part_of": pd.array(_containers(kept.geometry.to_numpy(), names.tolist()), dtype="str"),
            "ground_source": pd.array(
                ["tag" if _told_public(tags[row]) else "inferred: kind of ground" for row in rows.tolist()], dtype="str"
            ),
        },
        geometry=kept.geometry.to_numpy(),
        crs=areas.crs,
        index=pd.Index(names, name="ground_id"),
    ).sort_index()


def building_grounds(areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which areas make the buildings on them public: a school's ground does, a park does not; none that a tag calls private."""
    rules = assumptions.table("public_grounds")
    rules = rules[rules["buildings"] == "yes"]
    wanted = set(zip(rules["key"], rules["value"], strict=True))
    tags = (json.loads(text) for text in areas["tags"])
    found = [not wanted.isdisjoint(tag.items()) and tag.get("operator:type") not in PRIVATE_TYPES for tag in tags]
    return np.array(found, dtype=bool)


def _kinds(tags: Iterable[dict[str, str]]) -> list[str]:
    """Kind of each ground; empty for one that is none of the public's."""
    rules = assumptions.table("public_grounds")
    kinds = dict(zip(zip(rules["key"], rules["value"], strict=True), zip(rules["kind"], rules["buildings"], strict=True), strict=True))
    found = []
    for tag in tags:
        # in the order of the table, so that a school with a pitch's tag is a school
        kind, buildings = next((kinds[pair] for pair in kinds if tag.get(pair[0]) == pair[1]), ("", ""))
        private = tag.get("operator:type") in PRIVATE_TYPES or tag.get("ownership") == "private"
        # a school keeps strangers out and is public all the same
        closed = buildings == "no" and tag.get("access") in CLOSED
        found.append("" if private or closed else kind)
    return found


def _told_public(tags: dict[str, str]) -> bool:
    return tags.get("operator:type") in PUBLIC_TYPES or tags.get("ownership") in PUBLIC_OWNERS


def _containers(shapes: NDArray[np.object_], names: list[str]) -> list[str]:
    """Name of the largest ground that each one lies in; empty for none. Of two equal outlines the first name holds the other."""
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    area = shapely.area(shapes)
    rank = np.empty(len(shapes), dtype=np.intp)
    rank[np.lexsort((np.array(names, dtype=object), -area))] = np.arange(len(shapes))
    pair = rank[outer] < rank[inner]
    inner, outer = inner[pair], outer[pair]
    inside = shapely.area(shapely.intersection(shapes[inner], shapes[outer])) >= INSIDE * area[inner]
    best = np.full(len(shapes), len(shapes), dtype=np.intp)
    np.minimum.at(best, inner[inside], rank[outer[inside]])
    by_rank = dict(zip(rank.tolist(), names, strict=True))
    return [by_rank.get(place, "") for place in best.tolist()]
