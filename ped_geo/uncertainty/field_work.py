"""Whose year of construction would narrow the verdict most: the buildings to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.flows import HEAT_CARRIERS
from ped_geo.schema import check_layer
from ped_geo.uncertainty.inputs import uncertain_inputs

if TYPE_CHECKING:
    import geopandas as gpd

    from ped_geo.study import Study

__all__ = ["field_work"]

PERIOD = "period_odds"
"""Input that a year takes the doubt of."""

SHOWN = ("block_id", "name", "street", "housenumber", "use", "construction_period", "construction_period_probability")


def field_work(
    buildings: gpd.GeoDataFrame, components: pd.DataFrame, factors: pd.DataFrame, periods: pd.DataFrame, study: Study
) -> gpd.GeoDataFrame:
    r"""
    The undated buildings whose year takes most of the doubt out of the balance of today.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    components : DataFrame
        From `ped_geo.uncertainty.components_of`.
    factors : DataFrame
        From `ped_geo.uncertainty.variant_factors`. [-]
    periods : DataFrame
        Layer ``period_need``.
    study : Study
        ``uncertainty.field_work_buildings``: how many are listed.

    Returns
    -------
    GeoDataFrame
        Layer ``field_work``: points inside the buildings, the first by ``rank``; ``doubt_kwh_a`` is the standard deviation of the
        building's primary energy over the odds of its period [kWh/a], ``doubt_share`` the part of the variance that all undated
        buildings have for themselves, ``variance_taken_share`` the part of the variance of all of them together that is gone when this
        building and those before it are dated. [-]

    Notes
    -----
    Buildings of deviations :math:`s_i` that are correlated by :math:`\rho`, as ``uncertain_inputs`` says of ``period_odds``, have together the
    variance :math:`\rho (\sum s_i)^2 + (1-\rho) \sum s_i^2`.
    A year found also tells of the neighbours; the list does not count that, and is to be made anew with every year that comes in.
    """
    correlation = next(given.correlation for given in uncertain_inputs() if given.key == PERIOD)
    chance, factor = (periods[name].unstack() for name in ("chance", "heat_factor"))
    mean = (chance * factor).sum(axis=1)
    spread = np.sqrt((chance * factor.sub(mean, axis=0) ** 2).sum(axis=1))
    heat = _primary_heat(components, factors, study)
    doubt = (spread * heat.reindex(spread.index)).dropna()
    doubt = doubt[doubt > 0].sort_index().sort_values(ascending=False, kind="stable")
    first = doubt.head(int(study.assumed("uncertainty.field_work_buildings")))
    found = buildings.loc[first.index, [*SHOWN, "geometry"]].copy()
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    found.insert(len(SHOWN) + 1, "doubt_kwh_a", first.to_numpy())
    found.insert(len(SHOWN) + 2, "doubt_share", (first**2 / max(float((doubt**2).sum()), 1e-300)).to_numpy())
    known = first.cumsum(), (first**2).cumsum()
    left = correlation * (doubt.sum() - known[0]) ** 2 + (1.0 - correlation) * ((doubt**2).sum() - known[1])
    whole = correlation * doubt.sum() ** 2 + (1.0 - correlation) * (doubt**2).sum()
    found.insert(len(SHOWN) + 3, "variance_taken_share", (1.0 - left / max(float(whole), 1e-300)).clip(0.0, 1.0).to_numpy())
    found.geometry = found.representative_point()
    return check_layer("field_work", found)


def _primary_heat(components: pd.DataFrame, factors: pd.DataFrame, study: Study) -> pd.Series:
    """Primary energy of heating rooms as they are today, by building. [kWh/a]."""
    left = [variant.key for variant in study.variants if variant.package == "existing"]
    key = left[0] if left else study.variants[0].key
    today, weight = components.xs(key, level="variant"), factors.xs(key, level="variant")["delivered"]
    bought = sum(today[f"{carrier}_kwh_a"] * weight[carrier] for carrier in HEAT_CARRIERS)
    return (bought + today["electricity_heat_kwh_a"] * weight["electricity"]) * today["space_heat_share"]
