"""
Modules beyond the roofs: on façades that the sun reaches, and on canopies over car parks.

They are levers of their own: a variant names how far it goes (`ped_geo.study.Variant.modules`), and what stands on the roofs is
none of them. Nothing is laid out where no variant asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.flows.roofs import CANOPY, FACADE
from ped_geo.roofs import facade_planes, module_layout
from ped_geo.shading import plane_horizons
from ped_geo.solar import pv_yield
from ped_geo.solar.model import PvSystem, plane_power, sun_hours

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.shading import Surroundings
    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["canopies", "facades", "places_asked_for", "places_beyond_roofs"]

COLUMNS = ("capacity_kwp", "module_area_m2", "annual_yield_kwh_a")


def places_asked_for(study: Study) -> set[str]:
    """
    Places beyond the roofs that some variant asks for; façades that ``[solar] facades`` puts into every variant are not apart.

    Examples
    --------
    >>> from ped_geo.study import Study, Variant
    >>> one = Variant(key="a", package="existing", pv=True, modules="facades")
    >>> places_asked_for(Study(name="x", variants=(one,)))
    {'facade'}
    """
    asked = {place for variant in study.variants if variant.pv for place in variant.places}
    return asked - {FACADE} if study.solar.facades else asked


def _nothing(hours: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    return pd.DataFrame(columns=list(COLUMNS), dtype="float64"), pd.DataFrame(index=hours)


def facades(
    inside: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    around: Surroundings,
    site: Site,
    study: Study,
    standing: gpd.GeoDataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Modules on façades that are worth building.

    Parameters
    ----------
    inside, buildings : GeoDataFrame
        Layer ``buildings`` of the district, and with the ring around it, which shades.
    weather : DataFrame
        Hour means.
    around : Surroundings
        What else shades.
    site, study : Site, Study
        Where, and the section ``solar``: walls below ``min_specific_yield_kwh_kwp_a`` are left out.
    standing : GeoDataFrame, optional
        Buildings that may stand against the walls; by default those of the district.

    Returns
    -------
    modules : DataFrame
        Index ``building_id``: ``capacity_kwp`` [kWp], ``module_area_m2`` [m²], ``annual_yield_kwh_a`` [kWh/a].
    hourly : DataFrame, shape (8760, n_blocks)
        Power of blocks that have some [kW].
    """
    planes = facade_planes(inside if standing is None else standing, study, site.equator_azimuth)
    planes = planes[planes["building_id"].isin(inside.index)]
    arrays = module_layout(planes, inside, site, study) if len(planes) else planes
    if not len(arrays):
        return _nothing(weather.index)
    horizons = plane_horizons(planes, buildings, study, around)
    _, table, hourly, _ = pv_yield(arrays, planes, horizons, buildings, weather, site, study)
    modules = table.loc[table["capacity_kwp"] > 0, list(COLUMNS)]
    return modules, hourly[hourly.columns[np.flatnonzero(hourly.to_numpy().any(axis=0))]]


def canopies(
    inside: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, weather: pd.DataFrame, site: Site, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Modules on canopies over the mapped open car parks of blocks with heated buildings.

    Parameters
    ----------
    inside : GeoDataFrame
        Layer ``buildings`` of the district: ``block_id``, ``reference_area_m2``.
    blocks : GeoDataFrame
        Layer ``blocks``: ``parking_area_m2``.
    weather, site, study
        Hour means, where, and the tilt of modules on flat roofs.

    Returns
    -------
    modules, hourly : DataFrame
        As `facades` returns. Who owns a car park no map says: its modules are shared out to the buildings of the block in
        proportion to their heated floor, and with them their cost.
    """
    import pandas as pd

    floor = inside["reference_area_m2"].where(inside["block_id"] != "", 0.0)
    of_block = floor.groupby(inside["block_id"]).transform("sum")
    share = (floor / of_block.where(of_block > LEAST_FLOOR_M2)).fillna(0.0)
    covered = blocks["parking_area_m2"] * study.assumed("districts.carport_cover")
    area = inside["block_id"].map(covered).fillna(0.0).astype("float64") * share
    area = area[area > 0].rename_axis("building_id")
    if area.empty:
        return _nothing(weather.index)
    hours = sun_hours(weather, site, albedo=study.assumed("climate.albedo"))
    facing = site.equator_azimuth + (np.array([-90.0, 90.0]) if study.solar.flat_rack == "east_west" else np.zeros(2))
    light = plane_power(hours, PvSystem.of(study, close=False), np.full(2, study.solar.flat_tilt), facing % 360.0).mean(axis=1)
    per_kwp = np.zeros(len(weather))
    per_kwp[hours.hour] = light * (1.0 - study.assumed("districts.carport_shading"))
    power = area * study.assumed("pv.module_wp") / 1000.0 / study.assumed("pv.module_area")
    modules = pd.DataFrame({"capacity_kwp": power, "module_area_m2": area, "annual_yield_kwh_a": power * per_kwp.sum()})
    summed = power.groupby(inside["block_id"].reindex(power.index)).sum().sort_index()
    hourly = pd.DataFrame(np.outer(per_kwp, summed.to_numpy()), index=weather.index, columns=summed.index.rename("block_id"))
    return modules, hourly


def places_beyond_roofs(
    inside: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    weather: pd.DataFrame,
    around: Surroundings,
    site: Site,
    study: Study,
    standing: gpd.GeoDataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """
    All modules beyond the roofs that variants ask for.

    Parameters
    ----------
    inside, buildings, blocks, weather, around, site, study, standing
        As for `facades` and `canopies`.

    Returns
    -------
    pv_places : DataFrame
        Layer ``pv_places``, index (``building_id``, ``place``).
    pv_facade_hourly, pv_canopy_hourly : DataFrame
        Layers of the same names [kW].
    """
    import pandas as pd

    asked = places_asked_for(study)
    walls = facades(inside, buildings, weather, around, site, study, standing) if FACADE in asked else _nothing(weather.index)
    parks = canopies(inside, blocks, weather, site, study) if CANOPY in asked else _nothing(weather.index)
    names = ["building_id", "place"]
    parts = {FACADE: walls[0], CANOPY: parks[0]}
    listed = [part.set_index(pd.MultiIndex.from_product([part.index.astype("str"), [place]], names=names)) for place, part in parts.items()]
    hourly = [part.rename_axis(columns="block_id").astype("float32") for _, part in (walls, parks)]
    return pd.concat(listed).sort_index().astype("float64"), hourly[0], hourly[1]
