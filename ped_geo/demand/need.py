"""The whole demand of a district: heat, hot water and electricity, by building and year, by block and hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import schema
from ped_geo.demand.calibration import calibration_factors, not_metered
from ped_geo.demand.elements import element_table
from ped_geo.demand.hourly import HourlyNeed, simulate
from ped_geo.demand.iso52016 import simulate_rooms
from ped_geo.demand.levels import metered_level, use_factor
from ped_geo.demand.losses import design_load, loss_coefficients
from ped_geo.demand.profiles import block_sums, car_profile, hot_water_profiles, load_profiles
from ped_geo.demand.seasonal import SeasonalClimate, heating_hours, seasonal_climate, seasonal_need
from ped_geo.demand.uses import HOMES, electricity, hot_water, second_use, use_table

if TYPE_CHECKING:
    from ped_geo.site import Site
    from ped_geo.study import Study

__all__ = ["DemandLayers", "build_need", "demand_of"]


@dataclass(frozen=True)
class DemandLayers:
    """
    Demand of a district.

    Attributes
    ----------
    need : DataFrame, index (building_id, package)
        Layer ``need``.
    heat_hourly : DataFrame, shape (hours, packages · blocks), float32
        Space heating [kW]; columns (``package``, ``block_id``).
    hot_water_hourly : DataFrame, shape (hours, blocks), float32
        Useful hot water, the same in every package [kW].
    electricity_hourly : DataFrame, shape (hours, blocks), float32
        Electricity without heating [kW].
    season : SeasonalClimate
        Heating season of the site.
    calibration : DataFrame
        Layer ``calibration``: factors of the buildings that metered totals reach, see `ped_geo.demand.calibration`.
    """

    need: pd.DataFrame
    heat_hourly: pd.DataFrame
    hot_water_hourly: pd.DataFrame
    electricity_hourly: pd.DataFrame
    season: SeasonalClimate
    calibration: pd.DataFrame


def build_need(
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    site: Site,
    study: Study,
    metered: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Demand of all buildings in all states.

    Parameters
    ----------
    buildings : DataFrame, index building_id
        Layer ``buildings`` with ``block_id``.
    envelope : DataFrame, index building_id
        Layer ``envelope``; an optional column ``window_shading`` [0–1] takes the place of TABULA's constant.
    thermal_state : DataFrame, index (building_id, package)
        Layer ``thermal_state``: thermal properties of each state; those buildings are computed. The optional ``circulation_factor``
        is the hot water made per hot water used.
    weather : DataFrame, index hours in UTC
        ``temp_air`` [°C].
    irradiance : DataFrame, index as `weather`
        Vertical ``north``, ``east``, ``south``, ``west`` [W/m²].
    site : Site
        Its time zone and hemisphere.
    study : Study
        Method, levels, assumptions.
    metered : DataFrame, optional
        Metered totals, see `ped_geo.demand.calibration`.

    Returns
    -------
    tuple of DataFrame
        ``need``, ``heat_hourly``, ``hot_water_hourly``, ``electricity_hourly``; see `DemandLayers`. The sum over the hours of a block is
        the sum over its buildings.

    Raises
    ------
    LayerError
        If a table does not fit the others, holds missing values, or metered totals name unknown places.
    """
    found = demand_of(buildings, envelope, thermal_state, weather, irradiance, site, study, metered)
    return found.need, found.heat_hourly, found.hot_water_hourly, found.electricity_hourly


def demand_of(
    buildings: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    site: Site,
    study: Study,
    metered: pd.DataFrame | None = None,
) -> DemandLayers:
    """Demand of all buildings in all states, with the heating season; parameters as in `build_need`."""
    chosen = buildings.loc[thermal_state.index.unique(level=0)]
    season = seasonal_climate(weather, irradiance, base_c=study.assumed("demand.heating_limit"))
    shading = envelope.get("window_shading")
    tabled = element_table if study.demand.method == "iso52016" else loss_coefficients
    coefficients = tabled(thermal_state, envelope, chosen, study, window_shading=shading)
    heat = _Heat(coefficients, chosen["block_id"], weather, irradiance, season, study, site.tz)
    by_use = use_factor(chosen, envelope, season, study).reindex(thermal_state.index.get_level_values(0)).to_numpy()
    power = electricity(chosen, study)
    water = hot_water(chosen, study)
    circulation = _circulation(thermal_state, water)
    cellar = water + _of_today(circulation)
    levels, factors = _levels(heat, by_use, chosen, cellar, power, metered)
    result = heat.by_hour(levels.drop(columns="electricity").prod(axis=1))
    power = power.mul(_of_today(levels["electricity"]), axis=0)
    need = _need(result, heat, levels, chosen, water, power, circulation)
    blocks = chosen["block_id"].astype("str")
    index = pd.DatetimeIndex(weather.index)
    return DemandLayers(
        schema.check_layer("need", need),
        result.heat_hourly,
        _water_hours(water, chosen, blocks, index, site, study),
        _electricity_hours(power, chosen, blocks, index, site, study.country),
        season,
        schema.check_layer("calibration", factors),
    )


@dataclass(frozen=True)
class _Heat:
    """Space heating of one district, to be asked once for its level and once for its hours."""

    coefficients: pd.DataFrame
    blocks: pd.Series
    weather: pd.DataFrame
    irradiance: pd.DataFrame
    season: SeasonalClimate
    study: Study
    tz: str

    def seasonal(self) -> pd.Series:
        """Need of each row by the season [kWh/a]."""
        need = seasonal_need(self.coefficients, self.season, self.study)["heat_need_kwh_m2a"]
        return need * self.coefficients["reference_area_m2"]

    def by_hour(self, factors: pd.Series) -> HourlyNeed:
        """Need of each row by the study's method, times `factors`, with block sums."""
        run = simulate_rooms if self.study.demand.method == "iso52016" else simulate
        exact = run(self.coefficients, self.blocks, self.weather, self.irradiance, self.study, factors=factors, tz=self.tz)
        return self._seasonal_hours(exact, factors) if self.study.demand.method == "seasonal" else exact

    def _seasonal_hours(self, exact: HourlyNeed, factors: pd.Series) -> HourlyNeed:
        """The season's need spread over its hours by the temperature difference to the rooms."""
        on = heating_hours(self.weather, base_c=self.study.assumed("demand.heating_limit"))
        colder = np.maximum(self.study.assumed("building.t_internal") - self.weather["temp_air"].to_numpy(), 0.0) * on
        shape = pd.DataFrame({"season": colder / max(colder.sum(), 1e-9)}, index=self.weather.index)
        need = self.seasonal() * factors
        parts = {
            package: block_sums(rows.droplevel(1).to_frame("season"), self.blocks, shape)
            for package, rows in need.groupby(level=1, sort=False)
        }
        hours = _side_by_side({str(package): part for package, part in parts.items()}, self.weather.index)
        annual = exact.annual.assign(heat_need_kwh_a=need, heat_peak_kw=need * shape["season"].max())
        return HourlyNeed(hours, annual)


def _of_today(values: pd.Series) -> pd.Series:
    """Values of the state of today, by building: the package ``existing``, else the first."""
    packages = values.index.get_level_values(1)
    today = ["existing"] if "existing" in packages else packages[:1]
    return values[packages.isin(today)].droplevel(1)


def _circulation(thermal_state: pd.DataFrame, water: pd.Series) -> pd.Series:
    """Losses of the hot water's circulation in each state [kWh/a]; none where the thermal state tells no factor."""
    made = thermal_state["circulation_factor"] if "circulation_factor" in thermal_state else pd.Series(1.0, index=thermal_state.index)
    return np.maximum(made - 1.0, 0.0) * water.reindex(thermal_state.index.get_level_values(0)).to_numpy(dtype=float)


def _side_by_side(parts: dict[str, pd.DataFrame], hours: pd.Index) -> pd.DataFrame:
    """Hours of several packages in one table with columns (package, block_id)."""
    if not parts:
        return pd.DataFrame(index=hours, columns=pd.MultiIndex.from_arrays([[], []], names=["package", "block_id"]), dtype=np.float32)
    return pd.concat(parts, axis=1, names=["package", "block_id"])


def _levels(
    heat: _Heat, by_use: np.ndarray, buildings: pd.DataFrame, cellar: pd.Series, power: pd.DataFrame, metered: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Factors of each row: ``use``, ``metered`` (TABULA), ``calibration`` of space heating, and ``electricity`` [-]; and of metered buildings."""
    index = heat.coefficients.index
    levels = pd.DataFrame({"use": by_use, "metered": 1.0, "calibration": 1.0, "electricity": 1.0}, index=index)
    reached = not_metered(buildings.index[:0])
    if metered is None and not heat.study.demand.metered_level:
        return levels, reached
    area = heat.coefficients["reference_area_m2"].to_numpy()
    plain = heat.by_hour(levels["use"]).annual["heat_need_kwh_a"]
    if heat.study.demand.metered_level:
        levels["metered"] = metered_level(np.divide(plain.to_numpy(), area, out=np.zeros(len(area)), where=area > 0))
    if metered is not None:
        today = _of_today(plain * levels["metered"])
        calculated = pd.DataFrame({"space_heat": today, "hot_water": cellar, "electricity": power.sum(axis=1)}).loc[buildings.index]
        factors = calibration_factors(calculated, buildings["block_id"].astype("str"), metered, heat.study)
        ids = index.get_level_values(0)
        levels["calibration"] = factors["space_heat_factor"].reindex(ids).to_numpy()
        levels["electricity"] = factors["electricity_factor"].reindex(ids).to_numpy()
        reached = factors[(factors["space_heat_level"] != "") | (factors["electricity_level"] != "")]
    return levels, reached


def _need(
    result: HourlyNeed,
    heat: _Heat,
    levels: pd.DataFrame,
    buildings: pd.DataFrame,
    water: pd.Series,
    power: pd.DataFrame,
    circulation: pd.Series,
) -> pd.DataFrame:
    """Annual layer ``need``."""
    index, ids = circulation.index, circulation.index.get_level_values(0)
    area = buildings["reference_area_m2"].reindex(ids).to_numpy(dtype=float)
    factor = levels.drop(columns="electricity").prod(axis=1).to_numpy()
    per_area = np.divide(1.0, area, out=np.zeros(len(area)), where=area > 0)
    heating = result.annual["heat_need_kwh_a"].to_numpy()
    useful = water.reindex(ids).to_numpy(dtype=float)
    columns = {
        "heat_need_kwh_a": heating,
        "heat_need_kwh_m2a": heating * per_area,
        "heat_need_seasonal_kwh_a": heat.seasonal().to_numpy() * factor,
        "heat_load_kw": design_load(heat.coefficients, heat.study) * factor / 1000.0,
        "heat_peak_kw": result.annual["heat_peak_kw"].to_numpy(),
        "cooling_need_kwh_a": result.annual["cooling_need_kwh_a"].to_numpy(),
        "hot_water_need_kwh_a": useful,
        "hot_water_circulation_kwh_a": circulation.to_numpy(),
        "electricity_kwh_a": power.sum(axis=1).reindex(ids).to_numpy(),
        **{name: power[name].reindex(ids).to_numpy() for name in power},
        "use_factor": levels["use"].to_numpy(),
        "metered_factor": levels["metered"].to_numpy(),
        "calibration_factor": levels["calibration"].to_numpy(),
    }
    return pd.DataFrame(columns, index=index)


def _split(values: pd.Series, profile: pd.Series, names: list[str]) -> pd.DataFrame:
    """Values of each building in the column of its profile, 0 elsewhere."""
    return pd.DataFrame({name: values.where(profile == name, 0.0) for name in names}, index=values.index)


def _water_hours(
    water: pd.Series, buildings: pd.DataFrame, blocks: pd.Series, index: pd.DatetimeIndex, site: Site, study: Study
) -> pd.DataFrame:
    shapes = hot_water_profiles(index, site, study)
    return block_sums(_split(water, use_table(buildings)["hot_water_profile"], [str(name) for name in shapes]), blocks, shapes)


def _electricity_hours(
    power: pd.DataFrame, buildings: pd.DataFrame, blocks: pd.Series, index: pd.DatetimeIndex, site: Site, country: str
) -> pd.DataFrame:
    shapes = load_profiles(index, site, country)
    used = power.drop(columns="electricity_cars_kwh_a").sum(axis=1)
    # shops below dwellings keep the hours of shops
    beside = power["electricity_service_kwh_a"].where(buildings["use"].astype("str").isin(HOMES), 0.0)
    names = [str(name) for name in shapes]
    annual = _split(used - beside, use_table(buildings)["electricity_profile"], names)
    annual = (annual + _split(beside, second_use(buildings)[0]["electricity_profile"], names)).assign(cars=power["electricity_cars_kwh_a"])
    return block_sums(annual, blocks, shapes.assign(cars=car_profile(index, site.tz)))
