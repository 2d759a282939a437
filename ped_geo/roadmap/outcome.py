"""What a course comes to: emissions with their bands and causes, floor and heat by state, and who pays, year by year."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor
from ped_geo.finance.parties import GRANT_GIVER, HEAT_COMPANY
from ped_geo.flows import CARRIERS
from ped_geo.roadmap.advance import Course, flows_of
from ped_geo.roadmap.cars import Cars
from ped_geo.roadmap.curves import carbon_shadow_price
from ped_geo.roadmap.draws import Draws
from ped_geo.roadmap.holdings import LEVERS, Stock
from ped_geo.roadmap.parts import CAUSES, OUTSIDE, shapley
from ped_geo.roadmap.programmes import Programme
from ped_geo.roadmap.years import BASE_YEAR, FIRST, LAST, SHOWN, TODAY, YEARS, YearFactors
from ped_geo.study import Study

__all__ = ["Outcome", "blocks_of", "payers_of", "summary_of", "years_of"]

Floats = npt.NDArray[np.float64]
KG_PER_T = 1000.0
NETWORK, GRID = CARRIERS.index("district_heat"), CARRIERS.index("electricity")


@dataclass(frozen=True)
class Outcome:
    """
    One scenario led to its end.

    Attributes
    ----------
    programme, stock, course, draws : Programme, Stock, Course, Draws
        What was led, and how.
    factors : YearFactors
        Central factors.
    emissions : ndarray, shape (draws, years)
        CO₂ of all bought energy, without credit for exports, as inventories count it. [t/a]
    cars : Cars or None
        Cars of the residents, which `emissions` do not hold.
    """

    programme: Programme
    stock: Stock
    course: Course
    draws: Draws
    factors: YearFactors
    emissions: Floats
    cars: Cars | None = None

    def falls(self) -> dict[str, Floats]:
        """Fall of the central emissions against the base year by each cause, year by year [t/a]."""
        still = {lever: np.zeros_like(self.course.done[lever]) for lever in LEVERS}
        reached = np.full(len(YEARS), self.draws.saving_reached[0])
        base = self.stock.base.sum(axis=0)
        bought = {}
        for code in range(2 ** len(LEVERS)):
            on = frozenset(lever for place, lever in enumerate(LEVERS) if code >> place & 1)
            bought[on] = base + flows_of(
                self.stock, {lever: (self.course.done if lever in on else still)[lever] for lever in LEVERS}, reached
            )

        def emissions(on: frozenset[str]) -> Floats:
            co2 = self.factors.co2.copy()
            for cause, carrier in (("grid", GRID), ("network", NETWORK)):
                if cause not in on:
                    co2[:, carrier] = co2[0, carrier]
            return np.asarray((bought[on & frozenset(LEVERS)] * co2).sum(axis=1) / KG_PER_T)

        return shapley(emissions)

    def network_plant(self) -> Floats:
        """What the heat company pays in each year for clean sources, as the factor of its heat falls [money]."""
        path = np.minimum.accumulate(self.factors.co2[:, NETWORK])
        today = path[TODAY - BASE_YEAR]
        cleaned = np.where(YEARS >= TODAY, 1.0 - path / today, 0.0) if today > 0 else np.zeros(len(YEARS))
        works = self.course.done["retrofit"]
        whole = (1.0 - works) @ self.stock.network_plant[:, 0] + works @ self.stock.network_plant[:, 1]
        return np.diff(cleaned, prepend=0.0) * whole


def payers_of(outcome: Outcome) -> pd.DataFrame:
    """
    Layer ``roadmap_payers``: what each payer pays in each year of the central draw.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    """
    stock, course = outcome.stock, outcome.course
    paid = sum(course.net.values())
    table = {str(owner): np.asarray(paid)[:, stock.owner == owner].sum(axis=1) for owner in sorted(set(stock.owner))}
    table[GRANT_GIVER] = np.asarray(sum(course.grants.values())).sum(axis=1)
    table[HEAT_COMPANY] = outcome.network_plant()
    wide = pd.DataFrame(table, index=pd.Index(YEARS, name="year"))[FIRST - BASE_YEAR :]
    long = wide.reset_index().melt(id_vars="year", var_name="payer", value_name="pays")
    long = long.sort_values(["year"], kind="stable", ignore_index=True)
    long.insert(0, "scenario", outcome.programme.key)
    return long


def _primary_balance(outcome: Outcome) -> Floats:
    """Non-renewable primary energy that exports save elsewhere less that of what is bought, with each year's factors [kWh/a]."""
    stock, course, factors = outcome.stock, outcome.course, outcome.factors
    exported = stock.base_exported.sum() + course.done["pv"] @ stock.pv_exported
    return np.asarray(exported * factors.exported - (course.flows[0] * factors.nren).sum(axis=1))


def _supplies(stock: Stock, done: Floats) -> dict[str, Floats]:
    """Heated floor by heat supply, year by year [m²]."""
    moved = done * stock.size["heat_supply"]
    pumps = stock.supply == "heat_pump_air"
    start = stock.supplied.sum(axis=0)
    to_pump, to_network = moved[:, pumps].sum(axis=1), moved[:, ~pumps].sum(axis=1)
    kinds = {"network": start[0] + to_network, "heat_pump": start[1] + to_pump, "other": start[2] - to_pump - to_network}
    return {f"supply_{kind}_m2": area for kind, area in kinds.items()}


def years_of(outcome: Outcome) -> pd.DataFrame:
    """
    Layer ``roadmap``: one row a year.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    """
    stock, course = outcome.stock, outcome.course
    low, high = np.percentile(outcome.emissions, [10.0, 90.0], axis=0)
    central = outcome.emissions[0]
    counted = np.where(YEARS >= FIRST, central, 0.0)
    works, supply, pv = (course.done[lever] for lever in LEVERS)
    further = works * stock.area
    usual = stock.package == "usual"
    saved = works @ stock.saving["retrofit"] + supply @ stock.saving["heat_supply"] + pv @ stock.saving["pv"]
    balance = _primary_balance(outcome)
    payers = payers_of(outcome).groupby("year")["pays"].sum()
    table = pd.DataFrame(
        {
            "scenario": outcome.programme.key,
            "year": YEARS.astype("int64"),
            "co2_t_a": central,
            "co2_low_t_a": low,
            "co2_high_t_a": high,
            "co2_cumulative_t": np.cumsum(counted),
            **{f"fall_{cause}_t_a": part for cause, part in outcome.falls().items()},
            "area_untouched_m2": stock.area.sum() - further.sum(axis=1),
            "area_usual_m2": further[:, usual].sum(axis=1),
            "area_further_m2": further[:, ~usual].sum(axis=1),
            **_supplies(stock, supply),
            "pv_new_kwp": pv @ stock.size["pv"],
            "investment": payers.reindex(YEARS, fill_value=0.0).to_numpy(float),
            "bills_saved_a": saved,
            "primary_energy_balance_kwh_a": balance,
            "positive": balance >= 0,
        }
    )
    table.index = pd.Index(table["scenario"] + "/" + table["year"].astype("str"), name="entry", dtype="str")
    return table


def blocks_of(outcome: Outcome) -> pd.DataFrame:
    """
    Layer ``roadmap_blocks``: what has become of each block in the years that maps show.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    """
    stock, course = outcome.stock, outcome.course
    place = stock.blocks.get_indexer(pd.Index(stock.block))
    count = len(stock.blocks)

    def by_block(values: Floats) -> Floats:
        return np.bincount(place, values, count).astype(float)

    area, tables = by_block(stock.area), []
    safe = np.where(area > 0, area, np.nan)
    for year, until in pairwise((*SHOWN, LAST + 1)):
        at = year - BASE_YEAR
        works, supply, pv = (course.done[lever][at] for lever in LEVERS)
        reached = outcome.draws.saving_reached[0]
        change = works[:, None] * reached * ((1 - supply[:, None]) * stock.works_before + supply[:, None] * stock.works_after)
        change = change + supply[:, None] * stock.supply_before
        change[:, GRID] -= pv * stock.pv_used
        co2 = stock.base @ outcome.factors.co2[at] + by_block(change @ outcome.factors.co2[at])
        paid = sum((course.net[lever] + course.grants[lever])[: at + 1].sum(axis=0) for lever in LEVERS)
        roofs = by_block(stock.size["pv"])
        table = {
            "block_id": stock.blocks.astype("str"),
            "scenario": outcome.programme.key,
            "year": year,
            "start": pd.Timestamp(year, 1, 1, tz="UTC"),
            "end": pd.Timestamp(until - 1, 12, 31, tz="UTC"),
            "co2_kg_m2a": co2 / safe,
            "renovated_share": by_block(works * stock.area) / safe,
            "supply_changed_share": by_block(supply * stock.size["heat_supply"]) / safe,
            "pv_share": by_block(pv * stock.size["pv"]) / np.where(roofs > 0, roofs, np.nan),
            "investment_so_far": by_block(np.asarray(paid)),
        }
        tables.append(pd.DataFrame(table))
    found = pd.concat(tables, ignore_index=True)
    found.index = pd.Index(found["block_id"] + "/" + found["scenario"] + "/" + found["year"].astype("str"), name="entry", dtype="str")
    return found


def summary_of(years: pd.DataFrame, outcome: Outcome, study: Study) -> dict[str, object]:
    """
    One row of the layer ``roadmap_scenarios``: sums over the years, and how long the place is positive.

    Parameters
    ----------
    years : DataFrame
        As `years_of` gives them.
    outcome : Outcome
        The same scenario.
    study : Study
        Social discount rate, horizon, exchange rate.

    Notes
    -----
    The social cost counts the annuity of what has been invested, less bills that are saved, and the shadow price of all CO₂
    emitted, so that what is built late is not charged for years that it has not served.
    """
    rate, life = study.assumed("finance.discount_rate_social"), study.finance.horizon_a
    ahead = years[years["year"] >= FIRST]
    at = ahead["year"].to_numpy(int)
    capital = ahead["investment"].cumsum().to_numpy(float) * float(annuity_factor(rate, life))
    shadow = carbon_shadow_price(at) * study.assumed("heat_network.exchange_rate")
    emitted = ahead["co2_t_a"].to_numpy(float)
    worth = (1.0 + rate) ** -(at - FIRST + 1.0)
    positive = at[ahead["positive"].to_numpy(bool)]
    falls = years.iloc[-1][[f"fall_{cause}_t_a" for cause in CAUSES]].astype(float)
    outside = float(falls[[f"fall_{cause}_t_a" for cause in OUTSIDE]].sum())
    whole = float(falls.sum())
    return {
        "scenario": outcome.programme.key,
        "first_year": outcome.programme.first_year,
        "order": outcome.programme.order,
        "co2_cumulative_t": float(emitted.sum()),
        "investment": float(ahead["investment"].sum()),
        "bills_saved": float(ahead["bills_saved_a"].sum()),
        "social_cost": float(((capital - ahead["bills_saved_a"].to_numpy(float) + shadow * emitted) * worth).sum()),
        "outside_share": outside / whole if whole > 0 else np.nan,
        "first_positive_year": int(positive[0]) if len(positive) else 0,
        "last_positive_year": int(positive[-1]) if len(positive) else 0,
    }
