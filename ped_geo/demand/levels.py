"""Adjustment to metered and benchmark levels: the level of other uses than dwellings, and TABULA's correction to metered use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ped_geo import assumptions, typology
from ped_geo.countries import SIZE_CLASSES, pack
from ped_geo.demand.losses import loss_coefficients
from ped_geo.demand.occupancy import mean_gains
from ped_geo.demand.seasonal import SeasonalClimate, seasonal_need
from ped_geo.demand.uses import HOMES, over_odds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["metered_level", "use_factor"]

ANCHOR_YEAR: Final = 1975.0
"""Time of the unrefurbished buildings whose levels ``use_intensities.csv`` tells."""


def use_factor(buildings: pd.DataFrame, envelope: pd.DataFrame, climate: SeasonalClimate, study: Study) -> pd.Series:
    """
    Level of space heating of schools, shops, churches and the like against the calculation for dwellings [-].

    Parameters
    ----------
    buildings, envelope : DataFrame, shape (n, …)
        Layers of those names.
    climate : SeasonalClimate
        Season of the site.
    study : Study
        Gives the assumptions.

    Returns
    -------
    Series, shape (n,)
        1 for dwellings and unheated buildings.

    Notes
    -----
    The calculation knows room temperatures and hours of dwellings. For other uses ``tables/use_intensities.csv`` gives the need
    of an unrefurbished building of the 1970s, expected over the odds where nobody tells the use. The factor makes the same building, with the envelope of that time, need just
    that; other periods and packages then follow the physics in proportion, so that a measure saves the same share. Inner gains are
    those that the study's method counts with: of the use in EN ISO 52016-1, of homes in the others.
    """
    table = assumptions.table("use_intensities").set_index("use")["heat_kwh_m2a"]
    lived_in = over_odds(buildings, pd.Series(table.index.isin(HOMES).astype(float), table.index))
    wanted = over_odds(buildings, table.fillna(0.0))
    other = buildings[(wanted > 0).to_numpy() & (buildings["reference_area_m2"] > 0).to_numpy()]
    factor = pd.Series(1.0, index=buildings.index, name="use_factor")
    if other.empty:
        return factor
    own = pack(study.country)
    then = str(own.period_of(np.array([ANCHOR_YEAR]))[0])
    anchors = {size: own.type_of(size, then) for size in SIZE_CLASSES}
    codes = other["tabula_code"].astype("str").str.split(".").str[2].map(anchors)
    of_the_time = typology.u_values(codes, "original", typology=study.demand.typology).assign(
        ventilation_ach=study.assumed("building.air_change_use"), heat_recovery=0.0
    )
    thermal_state = pd.concat({"anchor": of_the_time}, names=["package"]).swaplevel()
    coefficients = loss_coefficients(thermal_state, envelope, other.assign(tabula_code=codes), study)
    if study.demand.method == "iso52016":
        coefficients = coefficients.assign(gains_w_m2=mean_gains(other["use"], study))
    calculated = seasonal_need(coefficients, climate, study)["heat_need_kwh_m2a"].to_numpy()
    target = wanted.loc[other.index].to_numpy(dtype=float)
    share = lived_in.loc[other.index].to_numpy(dtype=float)
    factor.loc[other.index] = np.divide(target, calculated, out=1.0 - share, where=calculated > 0) + share
    return factor


def metered_level(need_kwh_m2a: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    TABULA's correction from the calculated to the typical metered level, set ``EU.M.01`` [-].

    Parameters
    ----------
    need_kwh_m2a : array
        Calculated need for space heating [kWh/(m²a)].

    Returns
    -------
    array
        1.10 at 0 to 0.475 at 500 kWh/(m²a), linear between the published points, constant above.

    Notes
    -----
    People in leaky buildings heat less than the calculation assumes, those in tight ones more. There is no Polish set. The
    corrected need still grows with the calculated one, so that no measure turns into a loss.

    Examples
    --------
    >>> metered_level(np.array([0.0, 150.0, 500.0, 900.0])).tolist()
    [1.1, 0.8725, 0.475, 0.475]
    """
    table = assumptions.table("tabula_metered_level")
    return np.interp(need_kwh_m2a, table["calculated_kwh_m2a"].to_numpy(dtype=float), table["factor"].to_numpy(dtype=float))
