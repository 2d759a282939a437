"""Courses of small invented stocks: identities, limits, and queues held against linear programmes solved by HiGHS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, milp

from ped_geo.flows import CARRIERS
from ped_geo.roadmap.advance import advance
from ped_geo.roadmap.draws import Draws, drawn
from ped_geo.roadmap.holdings import LEVERS, ORDERS, Stock
from ped_geo.roadmap.outcome import Outcome, blocks_of, payers_of, years_of
from ped_geo.roadmap.parts import CAUSES
from ped_geo.roadmap.programmes import Pace, Programme, fixed_programmes, programmes
from ped_geo.roadmap.queues import money_for, step
from ped_geo.roadmap.targets import closers, verdict_on_targets
from ped_geo.roadmap.years import BASE_YEAR, FIRST, YEARS, factors_of_years
from ped_geo.scenarios import scenario_balance
from ped_geo.settings import Roadmap
from ped_geo.study import Study

STUDY = Study(name="x", country="PL")
CENTRAL = factors_of_years(STUDY)
OWNERS = ("cooperative", "city", "household")


def stock(seed: int = 1, places: int = 9) -> Stock:
    """Nine holdings in three blocks, some on gas, each with works, a heat pump and a roof of its own."""
    random = np.random.default_rng(seed)
    area = random.uniform(500, 5000, places)
    heat = area * random.uniform(80, 200, places)
    gas = np.arange(places) % 3 == 2
    energy = np.zeros((places, len(CARRIERS)))
    energy[~gas, CARRIERS.index("district_heat")] = heat[~gas]
    energy[gas, CARRIERS.index("gas")] = heat[gas]
    left = random.uniform(0.3, 0.8, places)
    pumped = np.zeros_like(energy)
    pumped[:, -1] = np.where(gas, heat / 3.0, 0.0)
    supply = np.where(gas[:, None], pumped - energy, 0.0)
    works = (left - 1.0)[:, None] * energy
    works_after = np.where(gas[:, None], (left - 1.0)[:, None] * pumped, works)
    # the first of three takes lighter works than it could
    lighter = np.arange(places) % 3 == 0
    yields = area * random.uniform(5, 20, places)
    block = np.array([f"b{number // 3}" for number in range(places)])
    base = np.array([energy[block == name].sum(axis=0) for name in ("b0", "b1", "b2")])
    base[:, -1] += [area[block == name].sum() * 40 for name in ("b0", "b1", "b2")]
    size = {"retrofit": area, "heat_supply": np.where(gas, area, 0.0), "pv": yields / 900}
    cost = {"retrofit": area * random.uniform(400, 1500, places), "heat_supply": gas * area * 300.0, "pv": yields / 900 * 4000}
    grant = {lever: cost[lever] * share for lever, share in zip(LEVERS, (0.26, 0.4, 0.0), strict=True)}
    saving = {"retrofit": -works.sum(axis=1) * 0.4, "heat_supply": -supply.sum(axis=1) * 0.1, "pv": yields * 0.5}
    mean = CENTRAL.co2[YEARS >= FIRST].mean(axis=0)
    change = {"retrofit": works, "heat_supply": supply, "pv": np.column_stack([*np.zeros((5, places)), -0.6 * yields])}
    tonnes = {lever: -(change[lever] @ mean) / 1000 for lever in LEVERS}
    with np.errstate(divide="ignore", invalid="ignore"):
        per_tonne = {lever: np.nan_to_num((cost[lever] * 0.051 - saving[lever]) / tonnes[lever], nan=np.inf) for lever in LEVERS}
    return Stock(
        block=block,
        owner=np.array([OWNERS[number % 3] for number in range(places)]),
        package=np.array(["usual", "advanced", "advanced"] * (places // 3)),
        supply=np.where(gas, "heat_pump_air", "today"),
        area=area,
        supplied=np.column_stack([np.where(gas, 0, area), np.zeros(places), np.where(gas, area, 0)]),
        size=size,
        cost=cost,
        grant=grant,
        supply_cost_before=np.column_stack([cost["heat_supply"], grant["heat_supply"]]) * 1.5,
        works_before=works,
        works_after=works_after,
        supply_before=supply,
        pv_used=0.6 * yields,
        pv_exported=0.4 * yields,
        deeper_before=0.3 * works * lighter[:, None],
        deeper_after=0.3 * works_after * lighter[:, None],
        running={"retrofit": np.zeros(places), "heat_supply": gas * area * 6.0, "pv": yields * 0.02},
        network_plant=np.column_stack([area * 50, area * 30]),
        saving=saving,
        tonnes=tonnes,
        rank=dict.fromkeys(ORDERS, per_tonne),
        base=base,
        base_exported=np.zeros(3),
        blocks=pd.Index(["b0", "b1", "b2"], dtype="str"),
    )


def outcome(programme: Programme, place: Stock | None = None, draws: Draws | None = None) -> Outcome:
    place = stock() if place is None else place
    draws = drawn(STUDY, 20) if draws is None else draws
    course = advance(place, programme, draws, STUDY)
    co2 = draws.co2(factors_of_years(STUDY, bound="low"), CENTRAL, factors_of_years(STUDY, bound="high"))
    return Outcome(programme, place, course, draws, CENTRAL, (course.flows * co2).sum(axis=2) / 1000, STUDY)


def at_once(rate: float = 0.05, first: int = 2027, **budgets: float) -> Programme:
    return Programme("own", "social", first, dict.fromkeys(LEVERS, Pace(rate)), budgets)


@pytest.mark.parametrize("key", ["reference", "contract", "vision2050", "late"])
def test_identities_hold_in_every_fixed_scenario(key):
    """Wedges sum to the fall, years to the cumulative sum, payers to the total; floor stays what it is and shares between 0 and 1."""
    found = outcome(fixed_programmes()[key])
    table = years_of(found).set_index("year")
    fall = table[[f"fall_{cause}_t_a" for cause in CAUSES]].sum(axis=1)
    assert fall.to_numpy() == pytest.approx((table["co2_t_a"].iloc[0] - table["co2_t_a"]).to_numpy(), abs=1e-9)
    assert table["co2_cumulative_t"].iloc[-1] == pytest.approx(table.loc[FIRST:, "co2_t_a"].sum())
    area = found.stock.area.sum()
    for names in (
        ["area_untouched_m2", "area_usual_m2", "area_further_m2"],
        [f"supply_{kind}_m2" for kind in ("network", "heat_pump", "other")],
    ):
        assert table[names].sum(axis=1).to_numpy() == pytest.approx(np.full(len(table), area))
        assert table[names].to_numpy().min() >= -1e-6
    for done in found.course.done.values():
        assert done.min() >= 0
        assert done.max() <= 1 + 1e-12
        assert np.diff(done, axis=0).min() >= 0
    paid = payers_of(found)
    assert paid.groupby("year")["pays"].sum().to_numpy() == pytest.approx(table.loc[FIRST:, "investment"].to_numpy())
    own = paid[paid["payer"] != "heat_company"].groupby("year")["pays"].sum().to_numpy()
    assert own == pytest.approx(found.course.paid[0, FIRST - BASE_YEAR :])
    blocks = blocks_of(found)
    of_2040 = blocks[blocks["year"] == 2040].set_index("block_id")
    floor = pd.Series(found.stock.area).groupby(found.stock.block).sum()
    assert (of_2040["co2_kg_m2a"] * floor).sum() / 1000 == pytest.approx(table.at[2040, "co2_t_a"])


def test_a15_doing_nothing_is_the_balance_of_today_s_flows_in_later_years():
    """A15: the other implementation weighs the flows of blocks, hour balance and all."""
    place = stock()
    found = outcome(at_once(rate=0.0), place)
    columns = {f"{carrier}_delivered_kwh_a": place.base[:, number] for number, carrier in enumerate(CARRIERS)}
    flows = pd.DataFrame(columns, index=pd.MultiIndex.from_product([place.blocks, ["today"]], names=["block_id", "variant"]))
    flows = flows.assign(electricity_exported_kwh_a=0.0, electricity_use_kwh_a=place.base[:, -1], pv_kwh_a=0.0, pv_used_kwh_a=0.0)
    flows = flows.assign(ambient_kwh_a=0.0, reference_area_m2=1000.0)
    later = scenario_balance(flows, STUDY).groupby("year")[["co2_kg_a", "primary_energy_balance_kwh_a"]].sum()
    mine = years_of(found).set_index("year").loc[later.index]
    assert mine["co2_t_a"].to_numpy() * 1000 == pytest.approx(later["co2_kg_a"].to_numpy())
    assert mine["primary_energy_balance_kwh_a"].to_numpy() == pytest.approx(later["primary_energy_balance_kwh_a"].to_numpy())
    assert mine["investment"].iloc[0] == 0


def test_a_later_start_never_lowers_cumulative_emissions():
    sums = [outcome(at_once(first=first)).emissions[:, FIRST - BASE_YEAR :].sum(axis=1) for first in (2027, 2030, 2037)]
    assert (np.diff(sums, axis=0) >= -1e-9).all()
    fixed = {key: outcome(one).emissions[:, FIRST - BASE_YEAR :].sum(axis=1) for key, one in fixed_programmes().items()}
    assert (fixed["late"] >= fixed["vision2050"]).all()


@pytest.mark.parametrize("payer", ["cooperative", "city", "state"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_higher_budget_never_raises_emissions_and_no_payer_pays_more_than_its_budget(payer, seed):
    place = stock(seed)
    ends = []
    for budget in (0.0, 5e3, 3e4, 1e5, 1e6, np.inf):
        found = outcome(at_once(**{payer: budget}), place)
        ends.append(found.emissions[:, -1])
        paid = payers_of(found)
        assert paid.loc[paid["payer"] == payer, "pays"].max() <= budget * (1 + 1e-9)
    assert (np.diff(ends, axis=0) <= 1e-9).all()


def test_a14_capacity_bounds_what_is_renovated():
    """A14: 3000 m² a year of 100 000 m² make at most 15 000 m² in five years."""
    place = stock()
    scale = 100_000 / place.area.sum()
    sizes = {lever: size * scale for lever, size in place.size.items()}
    large = replace(place, area=place.area * scale, size=sizes)
    found = outcome(at_once(rate=0.03, first=2026), large)
    done = found.course.done["retrofit"][2030 - BASE_YEAR] @ large.area
    assert done == pytest.approx(15_000)


def test_works_at_their_natural_moment_cost_only_the_difference():
    done, price = np.array([[100.0, 50.0]]), np.array([[10.0, 20.0]])
    cost = money_for(done, price, moment=np.array([120.0]), anyway=0.25)
    assert cost.tolist() == [[750.0, 20 * (0.75 * 20 + 30)]]


def test_money_that_is_spent_is_what_was_there_while_work_is_left():
    random = np.random.default_rng(5)
    left, price = random.uniform(1, 9, (50, 6)), random.uniform(1, 5, (50, 6))
    moment, money = random.uniform(0, 20, 50), 30.0
    done = step(left, limit=np.full(50, np.inf), unit_costs=(price,), money=(money,), moment=moment, anyway=0.3)
    spent = money_for(done, price, moment=moment, anyway=0.3).sum(axis=1)
    whole = money_for(left, price, moment=moment, anyway=0.3).sum(axis=1)
    assert spent == pytest.approx(np.minimum(whole, money))


def best_tonnes(cost: np.ndarray, tonnes: np.ndarray, budget: float, years: int) -> float:
    """Most tonnes until the end that yearly money buys, whole holdings in single years, by HiGHS."""
    count = len(cost)
    served = np.tile(np.arange(years, 0, -1), count)
    once = np.kron(np.eye(count), np.ones(years))
    yearly = np.kron(cost[None, :], np.eye(years))
    rows = [LinearConstraint(once, -np.inf, 1.0), LinearConstraint(yearly, -np.inf, budget)]
    found = milp(-np.repeat(tonnes, years) * served, constraints=rows, integrality=np.zeros(count * years), bounds=(0, 1))
    return -float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_the_queue_by_cost_per_tonne_reaches_the_optimum_of_a_linear_programme(seed):
    """Where money is what binds, the cheapest tonne first is the best that can be done; works may stop within a holding."""
    random = np.random.default_rng(seed)
    cost, tonnes = random.uniform(50, 300, 8), random.uniform(5, 60, 8)
    order, years = np.argsort(cost / tonnes), 6
    budget = cost.sum() / 9
    left, total = np.ones((1, 8)), 0.0
    for year in range(years):
        done = step(left, limit=np.array([np.inf]), unit_costs=(cost[None, order],), money=(budget,), moment=np.zeros(1), anyway=0.0)
        left, total = left - done, total + float(done[0] @ tonnes[order]) * (years - year)
    assert total == pytest.approx(best_tonnes(cost, tonnes, budget, years), rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_where_trades_bind_too_the_queue_stays_within_a_tenth_of_the_optimum(seed):
    """The whole course of one owner's works against a mixed-integer programme that takes whole holdings or none."""
    random = np.random.default_rng(seed)
    size, price = random.uniform(500, 3000, 8), random.uniform(500, 1200, 8)
    tonnes = size * random.uniform(0.01, 0.03, 8)
    order, years, capacity = np.argsort(size * price / tonnes), 6, 0.12
    budget, limit = float(size @ price) / 9, capacity * float(size.sum())
    left, total = size[None, order].copy(), 0.0
    for year in range(years):
        done = step(left, limit=np.array([limit]), unit_costs=(price[None, order],), money=(budget,), moment=np.zeros(1), anyway=0.0)
        left, total = left - done, total + float(done[0] @ (tonnes / size)[order]) * (years - year)
    served = np.tile(np.arange(years, 0, -1), 8)
    # a holding may be spread over years, but one that is begun is finished within the time
    begun = 8 * years
    goal = np.concatenate([-np.repeat(tonnes, years) * served, np.zeros(8)])
    finished = np.hstack([np.kron(np.eye(8), np.ones(years)), -np.eye(8)])
    money = np.hstack([np.kron((size * price)[None, :], np.eye(years)), np.zeros((years, 8))])
    trades = np.hstack([np.kron(size[None, :], np.eye(years)), np.zeros((years, 8))])
    rows = [LinearConstraint(finished, 0, 0), LinearConstraint(money, -np.inf, budget), LinearConstraint(trades, -np.inf, limit)]
    whole = np.concatenate([np.zeros(begun), np.ones(8)])
    best = -float(milp(goal, constraints=rows, integrality=whole, bounds=(0, 1)).fun)
    assert total >= 0.9 * best


def test_a_target_is_judged_by_the_path_the_draws_and_what_is_left():
    found = outcome(fixed_programmes()["vision2050"])
    verdict = verdict_on_targets(found, {2030: 0.8, 2050: 0.5}).set_index("year")
    base = found.emissions[0, 0]
    assert verdict.at[2030, "gap_t_a"] == pytest.approx(max(found.emissions[0, 2030 - BASE_YEAR] - 0.2 * base, 0))
    assert bool(verdict.at[2050, "met"])
    assert verdict.at[2050, "gap_t_a"] == 0
    year = int(verdict.at[2050, "met_year"])
    path = found.emissions[0]
    assert path[year - BASE_YEAR] <= 0.5 * base < path[year - 1 - BASE_YEAR]
    assert 0 <= verdict.at[2030, "p_met"] <= verdict.at[2050, "p_met"] <= 1
    rest = closers(found, 2030, STUDY)
    assert list(rest["place"]) == [1, 2, 3]
    assert rest["cost_per_t"].is_monotonic_increasing
    finished = outcome(Programme("own", "social", 2027, dict.fromkeys(LEVERS, Pace(1.0))))
    assert closers(finished, 2030, STUDY).empty
    assert finished.emissions[0, 2030 - BASE_YEAR] < path[2030 - BASE_YEAR]


def test_a_city_s_own_rates_make_a_scenario_of_its_own_and_an_empty_section_none():
    assert list(programmes(Roadmap())) == ["reference", "contract", "vision2050", "late"]
    own = programmes(Roadmap(retrofit_rate=0.02, budgets={"city": 1e6}))["own"]
    assert own.paces["retrofit"].rate_cap == 0.02
    assert own.paces["pv"] == fixed_programmes()["vision2050"].paces["pv"]
    assert own.budgets == {"city": 1e6}
