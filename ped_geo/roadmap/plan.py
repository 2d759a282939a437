"""The roadmap of a place: all scenarios led to 2050, and the layers that products show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo import schema
from ped_geo.roadmap.actions import action_plan
from ped_geo.roadmap.advance import advance
from ped_geo.roadmap.cars import cars_of, cars_table
from ped_geo.roadmap.draws import drawn
from ped_geo.roadmap.holdings import ORDERS, PlaceLayers, Stock, stock_of
from ped_geo.roadmap.outcome import Outcome, blocks_of, payers_of, primary_balance, summary_of, years_of
from ped_geo.roadmap.programmes import MAIN, OWN, programmes
from ped_geo.roadmap.targets import closers, verdict_on_targets
from ped_geo.roadmap.years import factors_of_years
from ped_geo.study import Study

__all__ = ["LAYERS", "Roadmaps", "led", "none_of", "outcomes_of", "pilot_blocks", "roadmaps"]

KG_PER_T = 1000.0
LAYERS = (
    "roadmap",
    "roadmap_scenarios",
    "roadmap_payers",
    "roadmap_targets",
    "roadmap_closers",
    "roadmap_actions",
    "roadmap_blocks",
    "roadmap_cars",
)


@dataclass(frozen=True)
class Roadmaps:
    """
    All scenarios of a place.

    Attributes
    ----------
    outcomes : dict of str to Outcome
        By scenario.
    pilots : dict of str to ndarray of bool
        Scenario → holdings that go first.
    """

    outcomes: dict[str, Outcome]
    pilots: dict[str, npt.NDArray[np.bool_]]

    @property
    def planned(self) -> str:
        """Scenario that the action plan follows: the city's own where there is one."""
        return OWN if OWN in self.outcomes else MAIN


def pilot_blocks(candidates: pd.DataFrame, ranking: pd.DataFrame) -> set[str]:
    """Blocks of the first candidate in rank; none where there is no candidate."""
    ranked = ranking.sort_values("place", kind="stable").index
    return set(json.loads(str(candidates.at[ranked[0], "choices"]))) if len(ranked) else set()


def outcomes_of(layers: PlaceLayers, pilots: set[str], study: Study) -> Roadmaps | None:
    """
    Lead a place through every scenario.

    Parameters
    ----------
    layers : PlaceLayers
        The place today.
    pilots : set of str
        Blocks that go first.
    study : Study
        Sections ``roadmap``, ``finance``, ``supply``, ``balance``, ``retrofit`` and ``uncertainty``.

    Returns
    -------
    Roadmaps or None
        None where there is no stock to lead, see `ped_geo.roadmap.holdings.stock_of`.
    """
    central = factors_of_years(study)
    stocks: dict[str, Stock] = {}
    for order in ORDERS:
        stock = stock_of(layers, central, study, order=order)
        if stock is None:
            return None
        stocks[order] = stock
    return led(stocks, pilots, float(layers.inside["residents"].fillna(0.0).sum()), study)


def led(stocks: Mapping[str, Stock], pilots: set[str], residents: float, study: Study) -> Roadmaps:
    """
    Lead stocks through every scenario; of blocks or of any other groups, see `ped_geo.roadmap.groups.by_group`.

    Parameters
    ----------
    stocks : mapping of str to Stock
        Order → the place, with the packages that the order chooses.
    pilots : set of str
        Blocks or groups that go first.
    residents : float
        People who live there, whose cars are told beside.
    study : Study
        Sections ``roadmap``, ``demand``, ``finance``, ``balance`` and ``uncertainty``.

    Returns
    -------
    Roadmaps
    """
    low, central, high = (factors_of_years(study, bound=bound) for bound in ("low", "central", "high"))
    draws = drawn(study, study.roadmap.draws)
    co2 = draws.co2(low, central, high)
    outcomes, firsts = {}, {}
    for key, programme in programmes(study.roadmap).items():
        stock = stocks[programme.order]
        firsts[key] = np.isin(stock.block, sorted(pilots))
        course = advance(stock, programme, draws, study, firsts[key])
        emissions = np.einsum("dyc,dyc->dy", course.flows, co2) / KG_PER_T
        cars = cars_of(residents, programme, draws, co2, central, study)
        outcomes[key] = Outcome(programme, stock, course, draws, central, emissions, study, cars)
    return Roadmaps(outcomes, firsts)


def _entry(table: pd.DataFrame, *levels: str) -> pd.DataFrame:
    words = [table[name].astype("str") for name in levels]
    labels = words[0]
    for word in words[1:]:
        labels = labels + "/" + word
    return table.set_axis(pd.Index(labels, name="entry", dtype="str"))


def _scenarios(years: dict[str, pd.DataFrame], found: Roadmaps) -> pd.DataFrame:
    """Sums of every scenario, and what it costs against `MAIN` to follow it: for ``late``, the cost of delay."""
    table = pd.DataFrame([summary_of(years[key], outcome) for key, outcome in found.outcomes.items()])
    main = table[table["scenario"] == MAIN]
    for more, name in (("more_co2_t", "co2_cumulative_t"), ("more_social_cost", "social_cost")):
        table[more] = table[name].to_numpy(float) - main[name].to_numpy(float)
    table["planned"] = table["scenario"] == found.planned
    return _entry(table, "scenario")


def roadmaps(layers: PlaceLayers, candidates: pd.DataFrame, ranking: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, ...]:
    """
    The layers `LAYERS` of a place; without rows where there is nothing to lead.

    Parameters
    ----------
    layers : PlaceLayers
        The place today.
    candidates, ranking : DataFrame
        Layers of the same names, from which the pilots come.
    study : Study
        As for `outcomes_of`.
    """
    found = outcomes_of(layers, pilot_blocks(candidates, ranking), study)
    if found is None:
        return tuple(none_of(layer) for layer in LAYERS)
    years = {key: years_of(outcome) for key, outcome in found.outcomes.items()}
    payers = pd.concat([payers_of(outcome) for outcome in found.outcomes.values()], ignore_index=True)
    asked, counted = study.roadmap.targets, study.roadmap.mobility
    verdicts = [verdict_on_targets(outcome, asked, with_cars=counted) for outcome in found.outcomes.values()]
    rest = [closers(outcome, year, study) for outcome in found.outcomes.values() for year in sorted(asked)]
    planned = found.outcomes[found.planned]
    return (
        pd.concat(years.values()),
        _scenarios(years, found),
        _entry(payers, "scenario", "year", "payer"),
        _entry(pd.concat(verdicts, ignore_index=True), "scenario", "year") if asked else none_of("roadmap_targets"),
        _entry(pd.concat(rest, ignore_index=True), "scenario", "year", "place") if asked else none_of("roadmap_closers"),
        action_plan(planned, found.pilots[found.planned]),
        pd.concat([blocks_of(outcome) for outcome in found.outcomes.values()]),
        pd.concat(
            [
                cars_table(one.cars, one.programme, one.emissions, primary_balance(one), one.factors, counted=counted)
                for one in found.outcomes.values()
                if one.cars is not None
            ]
        ),
    )


def none_of(layer: str) -> pd.DataFrame:
    """A layer without rows."""
    return pd.DataFrame(columns=list(schema.columns(layer)), index=pd.Index([], name="entry", dtype="str"))
