"""The heat need that a building of open age or state would have by period and by works done: what its odds are odds of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.buildings.element_works import STEPS, chance_of_works, element_shares, state_open
from ped_geo.buildings.types import if_built_in
from ped_geo.demand.state_elements import STATE_ELEMENTS
from ped_geo.plans.evaluator import HeatNeed
from ped_geo.retrofit import elements_today
from ped_geo.study import Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["need_by_period"]

ASKED = (
    "tabula_code",
    "size_class",
    "storeys_above_ground",
    "use",
    "heritage",
    "heated",
    "refurbishment_state",
    "refurbishment_state_source",
)
"""Columns from which the thermal state of a building in some period follows."""


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
    kinds = _Kinds.of(doubted, [str(period) for period in chances.columns], study)
    found = {
        period: _in_period(doubted.index, kinds, place, chances[period].to_numpy(), middle, model)
        for place, period in enumerate(kinds.periods)
    }
    table = pd.concat(found, names=["construction_period"]).swaplevel()
    return table.reindex(pd.MultiIndex.from_product([doubted.index, list(found)], names=["building_id", "construction_period"]))


@dataclass(frozen=True)
class _Kinds:
    """
    Kinds of buildings that are alike in all that their thermal state follows from, had they been built in each period.

    Attributes
    ----------
    periods : list of str
    of_building : ndarray of int, shape (n,)
        Kind of each building.
    state : ndarray of str, shape (periods, kinds)
        Likeliest state of refurbishment.
    works : ndarray, shape (periods, kinds, steps)
        Chance that so many works were done. [0-1]
    elements : ndarray, shape (steps, periods, kinds, elements)
        Thermal state after so many works, columns `columns`.
    """

    periods: list[str]
    of_building: NDArray[np.intp]
    state: NDArray[np.object_]
    works: Floats
    elements: Floats
    columns: list[str]

    @classmethod
    def of(cls, buildings: pd.DataFrame, periods: list[str], study: Study) -> _Kinds:
        """Kinds among buildings; each is one of its own where an element was added that may ask for anything."""
        kind: NDArray[np.intp] = np.arange(len(buildings), dtype=np.intp)
        if not STATE_ELEMENTS.load():
            kind = np.asarray(buildings.groupby(list(ASKED), sort=False, dropna=False, observed=True).ngroup(), dtype=np.intp)
        first = np.unique(kind, return_index=True)[1]
        shape = len(periods), len(first)
        alike = buildings.iloc[np.tile(first, len(periods))]
        built = if_built_in(alike, np.repeat(np.array(periods, dtype=object), len(first)), study)
        period, use = (built[name].astype("str").to_numpy(dtype=object) for name in ("construction_period", "use"))
        works = chance_of_works(element_shares(period, use, built["heritage"].to_numpy(dtype=bool), study.country))
        works[~state_open(built, study)] = np.eye(1, len(STEPS))
        states = [elements_today(built, study, works=step) for step in STEPS]
        return cls(
            periods,
            kind,
            built["refurbishment_state"].astype("str").to_numpy(dtype=object).reshape(shape),
            works.reshape(*shape, len(STEPS)),
            np.stack([state.to_numpy(dtype=np.float64).reshape(*shape, states[0].shape[1]) for state in states]),
            [str(name) for name in states[0]],
        )


def _in_period(buildings: pd.Index, kinds: _Kinds, place: int, chance: Floats, middle: Floats, model: HeatNeed) -> pd.DataFrame:
    """Rows of one period for all buildings; where it has no chance, the need of the mean state stands."""
    kind = kinds.of_building
    works = kinds.works[place, kind]
    need = np.repeat(middle[:, None], len(STEPS), axis=1)
    building, step = np.nonzero((chance > 0.0)[:, None] & (works > 0.0))
    if len(building):
        # all works at once: asking the model again and again costs more than what it computes
        asked = kinds.elements[step, place, kind[building]]
        need[building, step] = model(pd.DataFrame(asked, index=buildings[building], columns=kinds.columns))
    mean = (works * need).sum(axis=1)
    columns = {
        "chance": chance,
        "heat_need_kwh_a": mean,
        # where nothing is lost there is nothing to vary
        "heat_factor": np.divide(mean, middle, out=np.ones_like(mean), where=middle > 0),
        "refurbishment_state": kinds.state[place, kind],
    }
    for number in STEPS:
        columns[f"works_{number}_chance"] = works[:, number]
        columns[f"works_{number}_factor"] = np.divide(
            need[:, number], mean, out=np.ones_like(mean), where=(mean > 0) & (works[:, number] > 0)
        )
    return pd.DataFrame(columns, index=buildings).astype({"refurbishment_state": "str"})
