"""The heat need that an undated building would have had it been built in each period: what its odds are odds of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.buildings.types import if_built_in
from ped_geo.plans.evaluator import HeatNeed
from ped_geo.retrofit import elements_today
from ped_geo.study import Study

__all__ = ["need_by_period"]


def need_by_period(buildings: pd.DataFrame, odds: pd.DataFrame, thermal_state: pd.DataFrame, model: HeatNeed, study: Study) -> pd.DataFrame:
    """
    Chance and heat need of every construction period of the undated heated buildings.

    Parameters
    ----------
    buildings : DataFrame, index building_id
        Layer ``buildings``.
    odds : DataFrame, index building_id
        Layer ``period_odds``.
    thermal_state : DataFrame, index (building_id, package)
        Layer ``thermal_state`` with package ``existing``, of undated buildings the mean over their odds.
    model : callable
        From `ped_geo.plans.heat_need_model`: thermal state → heat need. [kWh/a]
    study : Study

    Returns
    -------
    DataFrame, index (building_id, construction_period)
        Layer ``period_need``: ``chance`` [0-1], ``heat_need_kwh_a`` as it stands today, and ``heat_factor``, that need over the
        need of the mean thermal state [-], and the ``refurbishment_state`` that would be the likeliest. Without rows where every age is told.

    Notes
    -----
    Losses are linear in the thermal state, but houses are heated the less the more they lose: the mean of their factors lies below 1,
    and draws tell it.
    """
    chances = odds.loc[buildings.index]
    undated = buildings[(chances.max(axis=1) < 1.0).to_numpy() & buildings["heated"].to_numpy(dtype=bool)]
    chances = chances.loc[undated.index]
    needs, state = {}, {}
    for period in chances.columns:
        built = if_built_in(undated, str(period), study)
        state[period] = built["refurbishment_state"]
        states = elements_today(built, study)
        index = pd.MultiIndex.from_product([undated.index, ["existing"]], names=["building_id", "package"])
        needs[period] = model(states.set_axis(index)) if len(undated) else np.zeros(0)
    need = pd.DataFrame(needs, index=undated.index, dtype="float64")
    rows = thermal_state.index.get_level_values("package") == "existing"
    today = pd.DataFrame(thermal_state[rows & thermal_state.index.get_level_values("building_id").isin(undated.index)])
    middle = pd.Series(model(today), index=today.index.get_level_values("building_id")).reindex(undated.index)
    # where nothing is lost there is nothing to vary
    factor = need.div(middle.where(middle > 0), axis=0).fillna(1.0)
    found = {"chance": chances, "heat_need_kwh_a": need, "heat_factor": factor, "refurbishment_state": pd.DataFrame(state, dtype="str")}
    names = ["building_id", "construction_period"]
    return pd.DataFrame({name: frame.stack() for name, frame in found.items()}).rename_axis(names)
