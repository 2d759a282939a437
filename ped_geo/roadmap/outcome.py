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

__all__ = ["Outcome", "blocks_of", "payers_of", "primary_balance", "summary_of", "years_of"]

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
    study : Study
        Settings it was led with.
    cars : Cars or None
        Cars of the residents, which `emissions` do not hold.
    """

    programme: Programme
    stock: Stock
    course: Course
    draws: Draws
    factors: YearFactors
    emissions: Floats
    study: Study
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

    def locked(self) -> tuple[Floats, Floats]:
        """
        What works that are lighter than they could be hold back until they are due again.

        Returns
        -------
        share : ndarray, shape (years, holdings)
            Part of each holding whose works are not the ones that save most CO₂, and younger than the life of an envelope. [-]
        change : ndarray, shape (years, carriers)
            Change of bought energy that the package of least CO₂ would bring there beside. [kWh/a]
        """
        stock, done, supply = self.stock, self.course.done["retrofit"], self.course.done["heat_supply"]
        life = min(round(self.study.assumed("roadmap.envelope_life")), len(YEARS))
        ended = np.concatenate([np.zeros((life, done.shape[1])), done[: len(YEARS) - life]])
        lighter = (np.abs(stock.deeper_after) + np.abs(stock.deeper_before)).sum(axis=1) > 0
        share = np.where(lighter, done - ended, 0.0)
        reached = self.draws.saving_reached[0]
        change = reached * (((1.0 - supply) * share) @ stock.deeper_before + (supply * share) @ stock.deeper_after)
        return share, np.asarray(change)

    def network_plant(self) -> Floats:
        """What the heat company pays in each year for clean sources, as the factor of its heat falls [money]."""
        path = np.minimum.accumulate(self.factors.co2[:, NETWORK])
        today = path[TODAY - BASE_YEAR]
        cleaned = np.where(YEARS >= TODAY, 1.0 - path / today, 0.0) if today > 0 else np.zeros(len(YEARS))
        works = self.course.done["retrofit"]
        whole = (1.0 - works) @ self.stock.network_plant[:, 0] + works @ self.stock.network_plant[:, 1]
        return np.diff(cleaned, prepend=0.0) * whole * self.draws.cost_level[0]

    def network_upkeep(self) -> Floats:
        """Upkeep of those sources in each year [money/a]."""
        return np.asarray(np.cumsum(self.network_plant()) * self.study.assumed("heat_network.maintenance"))


def payers_of(outcome: Outcome) -> pd.DataFrame:
    """
    Layer ``roadmap_payers``: what each payer invests, spends on running and saves on bills in each year of the central draw.

    Parameters
    ----------
    outcome : Outcome
        One scenario.
    """
    stock, course = outcome.stock, outcome.course
    paid = np.asarray(sum(course.net.values()))
    running, bills = _yearly(outcome)
    none = np.zeros(len(YEARS))
    table: dict[str, tuple[Floats, ...]] = {}
    for owner in sorted(set(stock.owner)):
        mine = stock.owner == owner
        table[str(owner)] = tuple(part[:, mine].sum(axis=1) for part in (paid, running, bills))
    table[GRANT_GIVER] = (np.asarray(sum(course.grants.values())).sum(axis=1), none, none)
    table[HEAT_COMPANY] = (outcome.network_plant(), outcome.network_upkeep(), none)
    names = ("pays", "running_cost_a", "bills_saved_a")
    years = [pd.DataFrame({"year": YEARS, "payer": payer, **dict(zip(names, rows, strict=True))}) for payer, rows in table.items()]
    long = pd.concat(years, ignore_index=True)
    long = long[long["year"] >= FIRST].sort_values(["year"], kind="stable", ignore_index=True)
    long.insert(0, "scenario", outcome.programme.key)
    return long


def _yearly(outcome: Outcome) -> tuple[Floats, Floats]:
    """Running cost of each holding, and what its bills are lower than today, in the central draw, shape (years, holdings) [money/a]."""
    stock, done = outcome.stock, outcome.course.done
    running = np.asarray(sum(done[lever] * stock.running[lever] for lever in LEVERS))
    reached = {"retrofit": float(outcome.draws.saving_reached[0])}
    bills = sum(reached.get(lever, 1.0) * done[lever] * (stock.saving[lever] + stock.running[lever]) for lever in LEVERS)
    return running, outcome.draws.price_levels()[0][:, None] * np.asarray(bills)


def primary_balance(outcome: Outcome) -> Floats:
    """Non-renewable primary energy that exports save elsewhere less that of what is bought, with each year's factors [kWh/a]."""
    stock, course, factors = outcome.stock, outcome.course, outcome.factors
    exported = stock.base_exported.sum() + course.done["pv"] @ stock.pv_exported
    return np.asarray(exported * factors.exported - (course.flows[0] * factors.nren).sum(axis=1))


def _band(draws: Floats) -> tuple[Floats, Floats]:
    """Tenth and nine tenths of draws."""
    low, high = np.percentile(draws, [10.0, 90.0], axis=0)
    return low, high


def _spent(outcome: Outcome) -> Floats:
    """What owners, state and heat company invest, shape (draws, years) [money]."""
    return outcome.course.paid + (outcome.draws.cost_level / outcome.draws.cost_level[0])[:, None] * outcome.network_plant()


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
    low, high = _band(outcome.emissions)
    central = outcome.emissions[0]
    counted = np.where(YEARS >= FIRST, central, 0.0)
    works, supply, pv = (course.done[lever] for lever in LEVERS)
    further = works * stock.area
    usual = stock.package == "usual"
    balance = primary_balance(outcome)
    payers = payers_of(outcome).groupby("year")[["pays", "running_cost_a"]].sum().reindex(YEARS, fill_value=0.0)
    (spent_low, spent_high), (saved_low, saved_high) = (_band(table) for table in (_spent(outcome), course.bills))
    locked, held_back = outcome.locked()
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
            "area_locked_m2": locked @ stock.area,
            "co2_locked_t_a": -(held_back * outcome.factors.co2).sum(axis=1) / KG_PER_T + 0.0,
            "investment": payers["pays"].to_numpy(float),
            "investment_low": spent_low,
            "investment_high": spent_high,
            "running_cost_a": payers["running_cost_a"].to_numpy(float),
            "bills_saved_a": course.bills[0],
            "bills_saved_low_a": saved_low,
            "bills_saved_high_a": saved_high,
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
    locked = outcome.locked()[0] * stock.area
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
            "locked_share": by_block(locked[at]) / safe,
            "investment_so_far": by_block(np.asarray(paid)),
        }
        tables.append(pd.DataFrame(table))
    found = pd.concat(tables, ignore_index=True)
    found.index = pd.Index(found["block_id"] + "/" + found["scenario"] + "/" + found["year"].astype("str"), name="entry", dtype="str")
    return found


def _social_cost(outcome: Outcome) -> Floats:
    """Present value of what a course costs society in each draw, see `summary_of` [money]."""
    study, at = outcome.study, YEARS >= FIRST
    rate, life = study.assumed("finance.discount_rate_social"), study.finance.horizon_a
    capital = _spent(outcome)[:, at].cumsum(axis=1) * float(annuity_factor(rate, life))
    running = outcome.course.running + outcome.network_upkeep()
    shadow = carbon_shadow_price(YEARS[at]) * study.assumed("heat_network.exchange_rate")
    yearly = capital + running[:, at] - outcome.course.bills[:, at] + shadow * outcome.emissions[:, at]
    return np.asarray(yearly @ (1.0 + rate) ** -(YEARS[at] - FIRST + 1.0))


def summary_of(years: pd.DataFrame, outcome: Outcome) -> dict[str, object]:
    """
    One row of the layer ``roadmap_scenarios``: sums over the years, and how long the place is positive.

    Parameters
    ----------
    years : DataFrame
        As `years_of` gives them.
    outcome : Outcome
        The same scenario.

    Notes
    -----
    The social cost counts the annuity of what has been invested and running cost, less bills that are saved, and the shadow price of
    all CO₂ emitted, so that what is built late is not charged for years that it has not served.
    """
    ahead = years[years["year"] >= FIRST]
    at = ahead["year"].to_numpy(int)
    positive = at[ahead["positive"].to_numpy(bool)]
    falls = years.iloc[-1][[f"fall_{cause}_t_a" for cause in CAUSES]].astype(float)
    outside = float(falls[[f"fall_{cause}_t_a" for cause in OUTSIDE]].sum())
    whole = float(falls.sum())
    sums: dict[str, object] = {}
    for name, draws in {
        "investment": _spent(outcome)[:, YEARS >= FIRST].sum(axis=1),
        "bills_saved": outcome.course.bills[:, YEARS >= FIRST].sum(axis=1),
        "social_cost": _social_cost(outcome),
    }.items():
        low, high = _band(draws)
        sums |= {name: float(draws[0]), f"{name}_low": float(low), f"{name}_high": float(high)}
    return {
        "scenario": outcome.programme.key,
        "first_year": outcome.programme.first_year,
        "order": outcome.programme.order,
        "co2_cumulative_t": float(ahead["co2_t_a"].sum()),
        **sums,
        "running_cost": float(ahead["running_cost_a"].sum()),
        "outside_share": outside / whole if whole > 0 else np.nan,
        "first_positive_year": int(positive[0]) if len(positive) else 0,
        "last_positive_year": int(positive[-1]) if len(positive) else 0,
    }
