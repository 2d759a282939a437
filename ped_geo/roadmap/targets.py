"""The verdict on targets: met or not and when, the gap in tonnes, how likely, and what would close it at least cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor
from ped_geo.roadmap.holdings import LEVERS
from ped_geo.roadmap.outcome import Outcome
from ped_geo.roadmap.parts import OUTSIDE
from ped_geo.roadmap.years import BASE_YEAR, TODAY, YEARS
from ped_geo.study import Study

__all__ = ["closers", "verdict_on_targets"]

Floats = npt.NDArray[np.float64]
KG_PER_T = 1000.0
CLOSERS = 3


def verdict_on_targets(outcome: Outcome, targets: Mapping[int, float], *, with_cars: bool = False) -> pd.DataFrame:
    """
    Every target under one scenario.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    targets : mapping of int to float
        Year → fall against the base year. [-]
    with_cars : bool
        Whether the target counts the cars of the residents.

    Returns
    -------
    DataFrame
        Rows of the layer ``roadmap_targets``.
    """
    emissions, falls = outcome.emissions, outcome.falls()
    if with_cars and outcome.cars is not None:
        emissions = emissions + outcome.cars.emissions
        falls = falls | {"grid": falls["grid"] + outcome.cars.falls["grid"]}
    central, base = emissions[0], float(emissions[0, 0])
    rows = []
    for year, asked in sorted(targets.items()):
        at = int(year) - BASE_YEAR
        allowed = (1.0 - asked) * base
        reached = np.flatnonzero((central <= allowed) & (YEARS >= TODAY))
        fall = base - float(central[at])
        outside = sum(float(falls[cause][at]) for cause in OUTSIDE)
        rows.append(
            {
                "scenario": outcome.programme.key,
                "year": int(year),
                "asked_share": float(asked),
                "base_t_a": base,
                "co2_t_a": float(central[at]),
                "allowed_t_a": allowed,
                "fall_share": fall / base if base > 0 else np.nan,
                "gap_t_a": max(float(central[at]) - allowed, 0.0),
                "met": bool(central[at] <= allowed),
                "met_year": int(YEARS[reached[0]]) if len(reached) else 0,
                "p_met": float((emissions[:, at] <= (1.0 - asked) * emissions[:, 0])[1:].mean()),
                "outside_share": outside / fall if fall > 0 else np.nan,
                "with_cars": with_cars,
            }
        )
    return pd.DataFrame(rows)


def closers(outcome: Outcome, year: int, study: Study) -> pd.DataFrame:
    """
    What is left to do by a year, cheapest tonne first: the first `CLOSERS` of all kinds of works and owners.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    year : int
        Year of the target.
    study : Study
        Social discount rate and horizon.

    Returns
    -------
    DataFrame
        Rows of the layer ``roadmap_closers``: what the rest of each kind of works would save in that year, and at what cost.
    """
    stock, at = outcome.stock, int(year) - BASE_YEAR
    co2 = outcome.factors.co2[at]
    works, supply, pv = (outcome.course.done[lever][at] for lever in LEVERS)
    by_works = -((1 - supply)[:, None] * stock.works_before + supply[:, None] * stock.works_after) @ co2
    by_supply = -(stock.supply_before + works[:, None] * (stock.works_after - stock.works_before)) @ co2
    saved = {"retrofit": (1 - works) * by_works, "heat_supply": (1 - supply) * by_supply, "pv": (1 - pv) * stock.pv_used * co2[-1]}
    rate = float(annuity_factor(study.assumed("finance.discount_rate_social"), study.finance.horizon_a))
    rows = []
    for lever, done in zip(LEVERS, (works, supply, pv), strict=True):
        open_ = (stock.size[lever] > 0) & (done < 1.0 - 1e-9)
        yearly = (1 - done) * (stock.cost[lever] * rate - stock.saving[lever])
        for owner in sorted(set(stock.owner[open_])):
            mine = open_ & (stock.owner == owner)
            tonnes = float(saved[lever][mine].sum()) / KG_PER_T
            # works last for decades, so that their tonnes are those of all years ahead and not of the target's year alone
            lasting = float(((1 - done) * stock.tonnes[lever])[mine].sum())
            if tonnes > 0 and lasting > 0:
                cost = float(((1 - done) * stock.cost[lever])[mine].sum())
                rows.append((lever, str(owner), tonnes, cost, float(yearly[mine].sum()) / lasting))
    table = pd.DataFrame(rows, columns=["lever", "owner", "saving_t_a", "investment", "cost_per_t"])
    table = table.sort_values("cost_per_t", kind="stable").head(CLOSERS).reset_index(drop=True)
    table.insert(0, "place", np.arange(1, len(table) + 1))
    table.insert(0, "year", int(year))
    table.insert(0, "scenario", outcome.programme.key)
    return table
