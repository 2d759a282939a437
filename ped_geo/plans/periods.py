"""The heat need that a building of open age or state would have by period and by works done: what its odds are odds of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.buildings.element_works import STEPS, chance_of_works, element_shares, state_open
from ped_geo.buildings.types import if_built_in
from ped_geo.plans.evaluator import HeatNeed
from ped_geo.retrofit import elements_today
from ped_geo.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["need_by_period"]


def need_by_period(buildings: pd.DataFrame, odds: pd.DataFrame, thermal_state: pd.DataFrame, model: HeatNeed, study: Study) -> pd.DataFrame:
    """
    Chance and heat need of every construction period of the heated buildings whose age or state is open.

    Parameters
    ----------
    buildings : DataFrame, index building_id
        Layer ``buildings``.
    odds : DataFrame, index building_id
        Layer ``period_odds``.
    thermal_state : DataFrame, index (building_id, package)
        Layer ``thermal_state`` with package ``existing``, the mean over odds of age and works.
    model : callable
        From `ped_geo.plans.heat_need_model`: thermal state → heat need. [kWh/a]
    study : Study

    Returns
    -------
    DataFrame, index (building_id, construction_period)
        Layer ``period_need``: ``chance`` [0-1], ``heat_need_kwh_a``, the mean over the works that may have been done, ``heat_factor``, that
        need over the need of the mean thermal state [-], the ``refurbishment_state`` that would be the likeliest, and for none to three
        works done ``works_n_chance`` [0-1] and ``works_n_factor``, their need over that of the period [-]. Without
        rows where every age and state is told.

    Notes
    -----
    Losses are linear in the thermal state, but houses are heated the less the more they lose: the mean of their factors lies below 1,
    and draws tell it.
    """
    chances = odds.loc[buildings.index]
    doubtful = (chances.max(axis=1) < 1.0).to_numpy() | state_open(buildings, study)
    # rows are taken again and again, which is slow with geometry
    stood = pd.DataFrame(buildings.drop(columns="geometry", errors="ignore"))
    doubted = stood[doubtful & stood["heated"].to_numpy(dtype=bool)]
    chances = chances.loc[doubted.index]
    rows = thermal_state.index.get_level_values("package") == "existing"
    today = pd.DataFrame(thermal_state[rows & thermal_state.index.get_level_values("building_id").isin(doubted.index)])
    of_mean = pd.Series(model(today), index=today.index.get_level_values("building_id"))
    middle = np.asarray(of_mean.reindex(doubted.index), dtype=np.float64)
    found = {str(period): _in_period(doubted, str(period), chances[period].to_numpy(), middle, model, study) for period in chances.columns}
    table = pd.concat(found, names=["construction_period"]).swaplevel()
    return table.reindex(pd.MultiIndex.from_product([doubted.index, list(found)], names=["building_id", "construction_period"]))


def _in_period(buildings: pd.DataFrame, period: str, chance: Floats, middle: Floats, model: HeatNeed, study: Study) -> pd.DataFrame:
    """Rows of one period for all buildings; where it has no chance, the need of the mean state stands."""
    built = if_built_in(buildings, period, study)
    use, listed = built["use"].astype("str").to_numpy(dtype=object), built["heritage"].to_numpy(dtype=bool)
    works = chance_of_works(element_shares(np.full(len(built), period, dtype=object), use, listed, study.country))
    works[~state_open(built, study)] = np.eye(1, len(STEPS))
    may_be = chance > 0.0
    need = np.repeat(middle[:, None], len(STEPS), axis=1)
    asked = may_be[:, None] & (works > 0.0)
    states = {f"works_{step}": elements_today(built[asked[:, step]], study, works=step) for step in STEPS if asked[:, step].any()}
    if states:
        # all works at once: asking the model again and again costs more than what it computes
        told = pd.concat(states, names=["package"]).swaplevel().rename_axis(["building_id", "package"])
        need.T[asked.T] = model(told)
    mean = (works * need).sum(axis=1)
    columns = {
        "chance": chance,
        "heat_need_kwh_a": mean,
        # where nothing is lost there is nothing to vary
        "heat_factor": np.divide(mean, middle, out=np.ones_like(mean), where=middle > 0),
        "refurbishment_state": built["refurbishment_state"].astype("str").to_numpy(),
    }
    for step in STEPS:
        columns[f"works_{step}_chance"] = works[:, step]
        columns[f"works_{step}_factor"] = np.divide(need[:, step], mean, out=np.ones_like(mean), where=(mean > 0) & (works[:, step] > 0))
    return pd.DataFrame(columns, index=buildings.index).astype({"refurbishment_state": "str"})
