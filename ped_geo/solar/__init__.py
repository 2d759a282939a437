"""
Photovoltaic yield of a district: hourly per block, monthly and yearly per roof, with shading.

Sun position and sky are computed once; planes are grouped into classes; shade enters by the horizon of each point and the sky
it leaves free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo import schema
from ped_geo.roofs.layout import barred
from ped_geo.shading import row_horizon, sky_view
from ped_geo.site import Site
from ped_geo.solar.classes import mix_classes
from ped_geo.solar.existing import existing_arrays
from ped_geo.solar.model import PvSystem, SunHours, plane_irradiance, plane_power, sun_hours
from ped_geo.solar.yields import Entries, annual_energy, block_power
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["pv_yield", "vertical_irradiance"]

ORIENTATIONS = {"north": 0.0, "east": 90.0, "south": 180.0, "west": 270.0}


def vertical_irradiance(weather: pd.DataFrame, site: Site, *, albedo: float = 0.2) -> pd.DataFrame:
    """
    Irradiance on vertical planes to the four directions and on the horizontal.

    Parameters
    ----------
    weather : DataFrame, shape (8760, 5)
        Hour means.
    site : Site
        Where.
    albedo : float
        Share of light that the ground reflects.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``north``, ``east``, ``south``, ``west``, ``horizontal`` [W/m²].
    """
    import pandas as pd

    hours = sun_hours(weather, site, albedo=albedo)
    beam, diffuse = plane_irradiance(hours, np.full(4, 90.0), np.array(list(ORIENTATIONS.values())))
    table = np.zeros((hours.count, 4))
    table[hours.hour] = beam + diffuse
    frame = pd.DataFrame(table, index=weather.index, columns=list(ORIENTATIONS))
    frame["horizontal"] = weather["ghi"]
    return frame


def _entries(arrays: gpd.GeoDataFrame, horizons: pd.DataFrame) -> Entries:
    """Each array seen from each point of its plane, split over classes."""
    angles = horizons.filter(regex=r"^h\d{3}$").to_numpy(dtype="float64")
    plane_of_point = horizons["plane_id"].to_numpy(dtype=object)
    order = np.argsort(plane_of_point, kind="stable")
    first = np.searchsorted(plane_of_point[order], arrays["plane_id"].to_numpy(dtype=object))
    last = np.searchsorted(plane_of_point[order], arrays["plane_id"].to_numpy(dtype=object), side="right")
    count = last - first
    row = np.repeat(np.arange(len(arrays)), count)
    at = order[np.repeat(first, count) + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)]
    tilt = arrays["surface_tilt"].to_numpy(dtype="float64")
    azimuth = arrays["surface_azimuth"].to_numpy(dtype="float64")
    front = arrays["row_horizon"].to_numpy(dtype="float64")[row]
    horizon = np.maximum(angles[at], row_horizon(azimuth[row], front, directions=angles.shape[1])) if len(row) else angles[:0]
    sky = sky_view(horizon, tilt[row], azimuth[row]) if len(row) else np.zeros(0)
    mix = mix_classes(tilt, azimuth)
    per_row = np.bincount(mix.row, minlength=len(arrays))
    begin = np.cumsum(per_row) - per_row
    repeats = per_row[row]
    point = np.repeat(np.arange(len(row)), repeats)
    part = np.repeat(begin[row], repeats) + np.arange(len(point)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    weight = arrays["capacity_kwp"].to_numpy(dtype="float64")[row[point]] / np.maximum(count, 1)[row[point]] * mix.share[part]
    return Entries(mix.tilt, mix.azimuth, mix.member[part], point, row[point], weight, sky[point], np.ascontiguousarray(horizon))


def _unshaded(arrays: gpd.GeoDataFrame, hours: SunHours, system: PvSystem) -> NDArray[np.float64]:
    """Energy of each array in a year with nothing around it [kWh]."""
    mix = mix_classes(arrays["surface_tilt"].to_numpy(dtype="float64"), arrays["surface_azimuth"].to_numpy(dtype="float64"))
    of_class = plane_power(hours, system, mix.tilt, mix.azimuth).sum(axis=0)
    per_kwp = np.bincount(mix.row, weights=mix.share * of_class[mix.member], minlength=len(arrays))
    return per_kwp * arrays["capacity_kwp"].to_numpy(dtype="float64")


def pv_yield(
    arrays: gpd.GeoDataFrame,
    planes: gpd.GeoDataFrame,
    horizons: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    site: Site,
    study: Study,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Yield of all arrays of the district, and of those that are there today.

    Parameters
    ----------
    arrays : GeoDataFrame
        From `ped_geo.roofs.module_layout`.
    planes : GeoDataFrame
        Layer ``roof_planes``.
    horizons : DataFrame
        From `ped_geo.shading.plane_horizons`.
    buildings : GeoDataFrame
        Layer ``buildings`` with ``block_id``.
    weather : DataFrame
        Hour means.
    site : Site
        Where.
    study : Study
        Settings.

    Returns
    -------
    pv_arrays : GeoDataFrame
        Arrays worth building, with yield and shading loss.
    pv_buildings : DataFrame
        Layer ``pv_buildings`` of the schema.
    pv_hourly : DataFrame, shape (8760, n_blocks)
        kW per block.
    pv_existing_hourly : DataFrame, shape (8760, n_blocks with arrays today)
        kW per block.
    """
    import pandas as pd

    hours = sun_hours(weather, site, albedo=study.assumed("climate.albedo"))
    inside = arrays[buildings["in_district"].reindex(arrays["building_id"]).to_numpy(dtype=bool)]
    month = pd.DatetimeIndex(weather.index).month.to_numpy()[hours.hour] - 1
    groups = _groups(inside, horizons, study)
    monthly = np.zeros((len(inside), 12))
    open_sky = np.zeros(len(inside))
    for group in groups:
        rows = len(group.row)
        monthly[group.row] = annual_energy(hours, group.system, group.entries, rows=rows, slot=month, slots=12)
        open_sky[group.row] = _unshaded(inside.iloc[group.row], hours, group.system)
    annual = monthly.sum(axis=1)
    told = inside.assign(
        annual_yield_kwh_a=annual,
        specific_yield_kwh_kwp_a=annual / inside["capacity_kwp"].to_numpy(),
        shading_loss=np.clip(1.0 - annual / np.maximum(open_sky, 1e-9), 0.0, 1.0),
    )
    worth = (told["specific_yield_kwh_kwp_a"] >= study.solar.min_specific_yield_kwh_kwp_a).to_numpy()
    kept = told[worth]
    blocks = np.array(sorted(set(buildings["block_id"]) - {""}), dtype=object)
    block_of = buildings["block_id"]
    power = _block_hours(inside, groups, worth, block_of, blocks, hours)
    hourly = pd.DataFrame(power.T, index=weather.index, columns=pd.Index(blocks, dtype="str", name="block_id"))
    today, existing = _today(planes, buildings, horizons, blocks, hours, study, site.equator_azimuth)
    table = _of_buildings(kept, monthly[worth], open_sky[worth], _irradiation(kept, hours), planes, buildings, today)
    table["left_out"] = _left_out(table, inside, planes, buildings, study)
    before = pd.DataFrame(existing.T, index=weather.index, columns=hourly.columns)
    before = before[before.columns[np.flatnonzero(existing.any(axis=1))]]
    arrays, table = (
        schema.check_layer(name, layer[list(schema.columns(name))]) for name, layer in (("pv_arrays", kept), ("pv_buildings", table))
    )
    return arrays, table, hourly, before


@dataclass(frozen=True)
class _Group:
    """Arrays of one mounting: their rows, their entries and their system."""

    row: NDArray[np.int64]
    entries: Entries
    system: PvSystem


def _groups(arrays: pd.DataFrame, horizons: pd.DataFrame, study: Study) -> list[_Group]:
    """Arrays close to a roof or wall, and those on free-standing racks, which the wind cools."""
    close = arrays["rack"].isin(["flush", "facade"]).to_numpy()
    rows = [(flag, np.flatnonzero(close == flag)) for flag in (True, False)]
    return [_Group(row, _entries(arrays.iloc[row], horizons), PvSystem.of(study, close=flag)) for flag, row in rows if len(row)]


def _block_hours(
    arrays: pd.DataFrame,
    groups: list[_Group],
    worth: NDArray[np.bool_],
    block_of: pd.Series,
    blocks: NDArray[np.object_],
    hours: SunHours,
) -> NDArray[np.float32]:
    """Hourly power of each block from the arrays worth building; blocks without arrays stay zero [kW]."""
    total = np.zeros((len(blocks), hours.count), dtype=np.float32)
    names = block_of.reindex(arrays["building_id"]).to_numpy(dtype=object)
    for group in groups:
        entries = group.entries.only(worth[group.row][group.entries.row])
        block = np.searchsorted(blocks, names[group.row])
        total += block_power(hours, group.system, entries, block[entries.row], blocks=len(blocks))
    return total


def _today(
    planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    horizons: pd.DataFrame,
    blocks: NDArray[np.object_],
    hours: SunHours,
    study: Study,
    equator_azimuth: float,
) -> tuple[pd.Series, NDArray[np.float32]]:
    """Yield of the arrays of today by building [kWh/a], and hourly power by block [kW]."""
    import pandas as pd

    arrays = existing_arrays(planes, buildings, hours, study, equator_azimuth)
    groups = _groups(arrays, horizons, study)
    annual = np.zeros(len(arrays))
    for group in groups:
        annual[group.row] = annual_energy(hours, group.system, group.entries, rows=len(group.row))[:, 0]
    power = _block_hours(arrays, groups, np.ones(len(arrays), dtype=bool), buildings["block_id"], blocks, hours)
    return pd.Series(annual, index=arrays["building_id"]), power


def _irradiation(arrays: gpd.GeoDataFrame, hours: SunHours) -> NDArray[np.float64]:
    """Unshaded irradiation on the modules of each array [kWh/m²]."""
    mix = mix_classes(arrays["surface_tilt"].to_numpy(dtype="float64"), arrays["surface_azimuth"].to_numpy(dtype="float64"))
    beam, diffuse = plane_irradiance(hours, mix.tilt, mix.azimuth)
    of_class = (beam + diffuse).sum(axis=0) / 1000.0
    return np.bincount(mix.row, weights=mix.share * of_class[mix.member], minlength=len(arrays)).astype(np.float64)


def _of_buildings(
    arrays: gpd.GeoDataFrame,
    monthly: NDArray[np.float64],
    open_sky: NDArray[np.float64],
    light: NDArray[np.float64],
    planes: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    today: pd.Series,
) -> pd.DataFrame:
    """Sums per building of the district."""
    import pandas as pd

    parts = pd.DataFrame(monthly, columns=[f"yield_m{month:02d}_kwh" for month in range(1, 13)], index=arrays.index)
    parts["capacity_kwp"] = arrays["capacity_kwp"]
    parts["annual_yield_kwh_a"] = arrays["annual_yield_kwh_a"]
    parts["module_area_m2"] = arrays["module_area_m2"]
    parts["open_sky"] = open_sky
    parts["light"] = light * arrays["capacity_kwp"].to_numpy()
    inside = buildings.index[buildings["in_district"]]
    table = parts.groupby(arrays["building_id"]).sum().reindex(inside).fillna(0.0)
    table.index.name = "building_id"
    table["existing_kwp"] = buildings["pv_existing_kwp"]
    table["existing_yield_kwh_a"] = today.reindex(inside).fillna(0.0)
    area = planes[planes["kind"] == "roof"].groupby("building_id")["area_m2"].sum()
    table["roof_area_m2"] = area.reindex(inside).fillna(0.0)
    some = table["capacity_kwp"] > 0
    table["specific_yield_kwh_kwp_a"] = (table["annual_yield_kwh_a"] / table["capacity_kwp"]).where(some, 0.0)
    # yield over light at rated efficiency (IEC 61724-1), against the light without obstacles
    table["performance_ratio"] = (table["annual_yield_kwh_a"] / table["light"]).where(some, 0.0)
    table["shading_loss"] = (1.0 - table["annual_yield_kwh_a"] / table["open_sky"]).where(some, 0.0).clip(lower=0.0)
    table["roof_use"] = (table["module_area_m2"] / table["roof_area_m2"]).where(table["roof_area_m2"] > 0, 0.0)
    return table


def _left_out(
    table: pd.DataFrame, arrays: gpd.GeoDataFrame, planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study
) -> pd.Series:
    """Why buildings carry no new modules; missing where they do."""
    import pandas as pd

    reason = barred(buildings.loc[table.index], study)
    has_roof = table.index.isin(planes.loc[planes["kind"] == "roof", "building_id"])
    fits = table.index.isin(arrays["building_id"])
    reason = reason.where(reason != "", np.select([~has_roof & ~fits, ~fits], ["no_roof", "no_room"], "low_yield"))
    return pd.Series(reason, dtype="str").where(table["capacity_kwp"] == 0.0)
