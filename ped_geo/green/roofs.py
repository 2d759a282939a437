"""Green roof or modules: what each flat roof gives either way, with one number for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.study import Study

__all__ = ["green_roofs"]

FLAT_TILT: Final = 5.0
"""Planes up to this tilt carry plants without ado, degrees."""
LITRES_PER_M3: Final = 1000.0


def green_roofs(inside: gpd.GeoDataFrame, roof_planes: gpd.GeoDataFrame, pv_buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Flat roofs, their modules, and what plants would hold and weigh.

    Parameters
    ----------
    inside : GeoDataFrame
        Layer ``buildings`` of the district.
    roof_planes, pv_buildings : DataFrame
        Layers of these names.
    study : Study
        Assumptions ``green.*``.

    Returns
    -------
    DataFrame
        Layer ``green_roofs``, on the ids of buildings with a flat roof of 10 m² or more. The bearing capacity is not known: every
        roof needs a structural check, above all the ventilated ones of panel blocks.
    """
    import pandas as pd

    planes = roof_planes[(roof_planes["kind"] == "roof") & roof_planes["building_id"].isin(inside.index)]
    every = planes["area_m2"].groupby(planes["building_id"]).sum()
    level = planes[planes["surface_tilt"] <= FLAT_TILT]
    flat = level["area_m2"].groupby(level["building_id"]).sum()
    flat = flat[flat >= 10.0].rename_axis("building_id")
    roofs = pv_buildings.reindex(flat.index)
    share = flat / every.reindex(flat.index)
    modules = roofs["annual_yield_kwh_a"].fillna(0.0) * share
    cover = (roofs["module_area_m2"].fillna(0.0) * share / flat).to_numpy()
    thinner = np.divide(study.assumed("green.biosolar_cover"), cover, out=np.ones(len(flat)), where=cover > 0.0)
    both = modules * np.minimum(thinner, 1.0) * study.assumed("green.biosolar_yield")
    return pd.DataFrame(
        {
            "block_id": inside["block_id"].reindex(flat.index).astype("str"),
            "flat_roof_m2": flat,
            "modules_kwh_a": modules,
            "retention_m3_a": flat * study.assumed("green.rain") * study.assumed("green.roof_retention") / LITRES_PER_M3,
            "load_kg_m2": study.assumed("green.roof_load"),
            "modules_above_plants_kwh_a": both,
            "advice": np.where(modules > 0.0, "modules_first", "plants_first"),
        },
        index=flat.index,
    ).sort_index()
