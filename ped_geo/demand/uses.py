"""What people use in a year: hot water by the certificate method, electricity by dwelling and by kind of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo import assumptions
from ped_geo._rows import row_products
from ped_geo.buildings.people import home_shares
from ped_geo.buildings.use_odds import open_uses

if TYPE_CHECKING:
    from ped_geo.study import Study

__all__ = ["certificate_hot_water", "electricity", "hot_water", "over_odds", "second_use", "use_table"]

HOMES = ("residential_multi", "residential_single")


def _intensities(use: pd.Series) -> pd.DataFrame:
    table = assumptions.table("use_intensities").set_index("use")
    return table.reindex(use.where(use.isin(table.index), "other").to_numpy()).set_axis(use.index)


def use_table(buildings: pd.DataFrame) -> pd.DataFrame:
    """Row of ``tables/use_intensities.csv`` for each building, indexed as `buildings`; unknown uses count as ``other``."""
    return _intensities(buildings["use"].astype("str"))


def over_odds(buildings: pd.DataFrame, per_use: pd.Series) -> pd.Series:
    """
    A figure of each building's use, expected over its odds where nobody tells the use.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        ``use``, and ``use_odds`` and ``heated`` where uses are open.
    per_use : Series
        By use; of unknown uses that of ``other`` counts.
    """
    use = buildings["use"].astype("str")
    found = per_use.reindex(use.where(use.isin(per_use.index), "other").to_numpy()).set_axis(buildings.index)
    chances = open_uses(buildings)
    found.loc[chances.index] = row_products(chances.to_numpy(), per_use.reindex(chances.columns).to_numpy(dtype=float))
    return found


def second_use(buildings: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Row of ``tables/use_intensities.csv`` for what stands beside the dwellings of each building, and the floor that it takes, m²."""
    area = buildings.get("second_use_area_m2", pd.Series(0.0, index=buildings.index))
    use = buildings.get("second_use", pd.Series("none", index=buildings.index))
    return _intensities(use.astype("str")), area.astype(float)


def certificate_hot_water(litres_m2d: pd.Series, time_factor: pd.Series, study: Study) -> pd.Series:
    """
    Useful heat for hot water by the Polish certificate method [kWh/(m²a)].

    Parameters
    ----------
    litres_m2d : Series
        Hot water per heated floor area and day of use [dm³/(m²d)].
    time_factor : Series
        Share of the year in which it is used, ``k_R`` [-].
    study : Study
        Gives the temperatures of cold and hot water.

    References
    ----------
    .. [1] Regulation of 27 February 2015 on energy certificates, Dz.U. 2015 poz. 376.

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> certificate_hot_water(pd.Series([1.6]), pd.Series([0.9]), Study(name="x")).round(2).tolist()
    [27.53]
    """
    warmer = study.assumed("demand.t_hot_water") - study.assumed("demand.t_cold_water")
    return litres_m2d * study.assumed("demand.water_heat_capacity") * warmer * time_factor * 365.0 / 3600.0


def hot_water(buildings: pd.DataFrame, study: Study) -> pd.Series:
    """
    Useful heat for hot water of each building, without circulation [kWh/a].

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        ``use``, ``reference_area_m2`` [m²] and, where there are shops below dwellings, ``second_use`` and ``second_use_area_m2`` [m²].
    study : Study
        Gives the assumptions.
    """

    def per_area(uses: pd.DataFrame) -> pd.Series:
        by_method = certificate_hot_water(uses["hot_water_litres_m2d"], uses["hot_water_time_factor"], study)
        return by_method.fillna(uses["hot_water_kwh_m2a"])

    uses, area = second_use(buildings)
    by_use = per_area(assumptions.table("use_intensities").set_index("use"))
    own = over_odds(buildings, by_use) * (buildings["reference_area_m2"] - area)
    return (own + per_area(uses) * area).rename("hot_water_need_kwh_a")


def electricity(buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Electricity of each building in a year, without heating.

    Parameters
    ----------
    buildings : DataFrame, shape (n, …)
        ``use``, ``reference_area_m2`` [m²], ``dwellings``, ``residents``; ``second_use`` and ``second_use_area_m2`` [m²] where there are.
    study : Study
        Gives the assumptions and ``demand.electric_cars_share``.

    Returns
    -------
    DataFrame, shape (n, 4)
        ``electricity_household_kwh_a``, ``electricity_common_kwh_a`` (lifts, stairs and pumps of blocks of flats),
        ``electricity_service_kwh_a`` (all other uses, alone or below dwellings), ``electricity_cars_kwh_a``; indexed as `buildings`. The four add up to
        the building's electricity.
    """
    area = buildings["reference_area_m2"].to_numpy(dtype=float)
    beside, beside_m2 = second_use(buildings)
    flats, house = home_shares(buildings)
    lived_in = flats + house
    household = buildings["dwellings"].fillna(0.0).to_numpy(dtype=float) * study.assumed("demand.electricity_per_dwelling_city")
    per_use = assumptions.table("use_intensities").set_index("use")["electricity_kwh_m2a"].fillna(0.0)
    # homes have none by area, so that the mean over the odds is that of the services alone
    services = area * over_odds(buildings, per_use).to_numpy()
    below = lived_in * (beside_m2 * beside["electricity_kwh_m2a"].fillna(0.0)).to_numpy()
    cars = buildings["residents"].fillna(0.0).to_numpy(dtype=float) * study.assumed("demand.cars_per_resident")
    return pd.DataFrame(
        {
            "electricity_household_kwh_a": np.where(lived_in > 0, household, 0.0),
            "electricity_common_kwh_a": flats * (area - beside_m2.to_numpy()) * study.assumed("demand.electricity_common"),
            "electricity_service_kwh_a": services + below,
            "electricity_cars_kwh_a": cars * study.demand.electric_cars_share * study.assumed("demand.ev_kwh_per_year"),
        },
        index=buildings.index,
    )
