"""Car parks: their stalls, and the modules that canopies over them could carry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import assumptions

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["car_parks"]

UNDERGROUND: Final = "underground"
W_PER_KW: Final = 1000.0
MOST_STALLS: Final = 20_000.0
PRICE: Final = "districts.carport_price"
PAYERS: Final = {"customers": "business", "residents": "residents", "private": "residents", "permit": "residents"}
"""Who would pay for canopies, by the tag ``access``."""
PUBLIC: Final = frozenset({"public", "government"})


def car_parks(areas: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """
    Mapped car parks of the blocks.

    Parameters
    ----------
    areas : GeoDataFrame
        Raw layer in metres with ``tags``.
    blocks : GeoDataFrame
        Layer ``blocks``.
    study : Study
        Assumptions ``mobility.stall_area``, ``districts.carport_cover`` and ``districts.carport_price``.

    Returns
    -------
    GeoDataFrame
        Layer ``car_parks``; underground ones count stalls and carry no canopy, nor do those along a kerb. Who
        would pay is told by the tags, and ``unknown`` where they say nothing: a map of parcels decides.
    """
    import geopandas as gpd
    import pandas as pd

    tags = [json.loads(text) for text in areas["tags"]]
    mapped = np.array([tag.get("amenity") == "parking" for tag in tags], dtype=bool)
    rows, told = areas[mapped], [tag for tag, own in zip(tags, mapped, strict=True) if own]
    middles = shapely.point_on_surface(rows.geometry.to_numpy())
    park, block = shapely.STRtree(blocks.geometry.to_numpy()).query(middles, predicate="intersects")
    park, first = np.unique(park, return_index=True)
    rows, told = rows.iloc[park], [told[number] for number in park]
    area = rows.area.to_numpy()
    capacity = pd.to_numeric(pd.Series([tag.get("capacity", "") for tag in told], dtype="str"), errors="coerce").to_numpy(dtype="float64")
    known = np.isfinite(capacity) & (capacity > 0.0) & (capacity <= MOST_STALLS)
    kinds = np.array([tag.get("parking", "surface") for tag in told], dtype=object)
    open_ = ~np.isin(kinds, [UNDERGROUND, "street_side", "lane", "on_kerb", "half_on_kerb"])
    once = study.assumed(PRICE) if PRICE in assumptions.scalars(study.country) else np.nan
    covered = np.where(open_, area * study.assumed("districts.carport_cover"), 0.0)
    power = covered * study.assumed("pv.module_wp") / W_PER_KW / study.assumed("pv.module_area")
    return gpd.GeoDataFrame(
        {
            "block_id": blocks.index.to_numpy()[block[first]].astype("str"),
            "kind": pd.array(np.where(kinds == UNDERGROUND, UNDERGROUND, np.where(open_, "surface", "street_side")), dtype="str"),
            "area_m2": area,
            "stalls": np.where(known, capacity, np.floor(area / study.assumed("mobility.stall_area"))),
            "stalls_source": pd.array(np.where(known, "osm", "inferred: area by stall"), dtype="str"),
            "canopy_kwp": power,
            "canopy_investment": power * once,
            "payer": pd.array([_payer(tag) for tag in told], dtype="str"),
        },
        geometry=rows.geometry.to_numpy(),
        crs=areas.crs,
        index=pd.Index(rows.index.astype("str"), name="area_id"),
    ).sort_index()


def _payer(tags: dict[str, str]) -> str:
    """Who would pay for canopies over a car park."""
    if tags.get("operator:type") in PUBLIC:
        return "payer_city"
    if tags.get("operator:type") == "private":
        return "payer_business"
    return f"payer_{PAYERS.get(tags.get('access', ''), 'unknown')}"
