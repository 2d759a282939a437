"""What a building of open use would need by use: what its odds are odds of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import schema
from ped_geo.buildings.people import dwellings_and_residents
from ped_geo.buildings.use_odds import open_uses
from ped_geo.demand.levels import use_factor
from ped_geo.demand.losses import loss_coefficients
from ped_geo.demand.occupancy import mean_gains
from ped_geo.demand.seasonal import SeasonalClimate, seasonal_climate, seasonal_need
from ped_geo.demand.uses import electricity, hot_water

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["need_by_use"]

TODAY = "existing"


def need_by_use(
    buildings: gpd.GeoDataFrame,
    period_odds: pd.DataFrame,
    envelope: pd.DataFrame,
    thermal_state: pd.DataFrame,
    weather: pd.DataFrame,
    irradiance: pd.DataFrame,
    study: Study,
) -> pd.DataFrame:
    """
    Chance and needs of every heated use of the heated buildings whose use nobody tells.

    Parameters
    ----------
    buildings : GeoDataFrame, index building_id
        Layer ``buildings``.
    period_odds, envelope : DataFrame, index building_id
        Layers of those names.
    thermal_state : DataFrame, index (building_id, package)
        Layer of that name, of which the state of today counts.
    weather, irradiance : DataFrame
        As for `ped_geo.demand.build_need`.
    study : Study

    Returns
    -------
    DataFrame, index (building_id, use)
        Layer ``use_need``: ``chance`` [0-1], and ``space_heat``, ``hot_water`` and ``electricity_use`` of the use over their mean over the
        odds [-]. Without rows where every use is told.

    Notes
    -----
    Walls, windows and storeys are told by the form and stay what they are.
    """
    chances = open_uses(buildings)
    asked = buildings.loc[chances.index]
    season = seasonal_climate(weather, irradiance, base_c=study.assumed("demand.heating_limit"))
    today = thermal_state.xs(TODAY, level="package", drop_level=False)
    found = {}
    for use in chances.columns:
        as_if = asked.assign(use=use, use_odds="")
        homes = dwellings_and_residents(as_if, period_odds.loc[asked.index], np.full(len(asked), np.nan), study) if len(asked) else {}
        lived_in = as_if.assign(**homes)
        needs = {
            "space_heat": _space_heat(as_if, envelope.loc[asked.index], today.loc[asked.index], season, study),
            "hot_water": hot_water(as_if, study),
            "electricity_use": electricity(lived_in, study).sum(axis=1),
        }
        found[use] = pd.DataFrame({"chance": chances[use], **needs})
    table = pd.concat(found, names=["use"]).swaplevel().rename_axis(["building_id", "use"])
    table = table.reindex(pd.MultiIndex.from_product([asked.index, list(found)], names=["building_id", "use"])).astype("float64")
    for name in ("space_heat", "hot_water", "electricity_use"):
        mean = (table["chance"] * table[name]).groupby(level="building_id").transform("sum")
        table[name] = (table[name] / mean.where(mean > 0)).fillna(1.0)
    return schema.check_layer("use_need", table)


def _space_heat(
    as_if: pd.DataFrame, envelope: pd.DataFrame, today: pd.DataFrame, season: SeasonalClimate, study: Study
) -> NDArray[np.float64]:
    """Space heating of buildings by the season [kWh/m²], at the level and with the gains of the use that they have here."""
    coefficients = loss_coefficients(today, envelope, as_if, study)
    if study.demand.method == "iso52016":
        coefficients = coefficients.assign(gains_w_m2=mean_gains(as_if["use"], study))
    level = use_factor(as_if, envelope, season, study).to_numpy(dtype=float)
    return np.asarray(level * seasonal_need(coefficients, season, study)["heat_need_kwh_m2a"].to_numpy(dtype=float))
