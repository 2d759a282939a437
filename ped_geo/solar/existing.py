"""Arrays that are on the roofs today: where they most likely lie, since the map tells their power and seldom their tilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.solar.model import PvSystem, SunHours, plane_power
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["existing_arrays"]


def existing_arrays(
    planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, hours: SunHours, study: Study, equator_azimuth: float = 180.0
) -> pd.DataFrame:
    """
    One array for each building of the district with mapped PV, on the sunniest plane of its roof.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    buildings : GeoDataFrame
        Layer ``buildings``: ``pv_existing_kwp`` [kWp].
    hours : SunHours
        Sun and weather, which tell the sunniest plane.
    study : Study
        Tilt of modules on flat roofs.
    equator_azimuth : float
        Direction that modules on flat roofs are taken to face, see `ped_geo.site.Site` [°].

    Returns
    -------
    DataFrame
        Indexed by ``array_id``: ``plane_id``, ``building_id``, ``rack``, ``surface_tilt``, ``surface_azimuth``, ``capacity_kwp``,
        ``row_horizon``.
    """
    power = buildings.loc[buildings["in_district"] & (buildings["pv_existing_kwp"] > 0.0), "pv_existing_kwp"]
    roofs = planes[(planes["kind"] == "roof") & planes["building_id"].isin(power.index)]
    flat = (roofs["surface_tilt"] < study.assumed("pv.flat_below")).to_numpy()
    found = roofs[["building_id", "area_m2"]].assign(
        plane_id=roofs.index,
        rack=np.where(flat, "south", "flush"),
        surface_tilt=np.where(flat, study.solar.flat_tilt, roofs["surface_tilt"]),
        surface_azimuth=np.where(flat, equator_azimuth, roofs["surface_azimuth"]),
        row_horizon=0.0,
    )
    tilt, azimuth = (found[name].to_numpy(dtype="float64").round() for name in ("surface_tilt", "surface_azimuth"))
    found["sun"] = plane_power(hours, PvSystem.of(study, close=True), tilt, azimuth).sum(axis=0).round(3)
    found = found.sort_values(["building_id", "sun", "area_m2"], ascending=[True, False, False]).drop_duplicates("building_id")
    found["capacity_kwp"] = power.reindex(found["building_id"]).to_numpy()
    found.index = (found["building_id"].astype("str") + ":today").rename("array_id")
    return found.drop(columns=["sun", "area_m2"])
