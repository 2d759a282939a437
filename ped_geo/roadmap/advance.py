"""Year by year, every holding a step further: what is done, what it costs whom, and what energy is bought after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ped_geo.flows import CARRIERS
from ped_geo.roadmap.curves import price_ratio
from ped_geo.roadmap.draws import Draws
from ped_geo.roadmap.groups import alike, merged, rounded
from ped_geo.roadmap.holdings import LEVERS, Stock
from ped_geo.roadmap.programmes import Programme
from ped_geo.roadmap.queues import money_for, step
from ped_geo.roadmap.years import YEARS
from ped_geo.study import Study

__all__ = ["Course", "advance", "flows_of"]

Floats = npt.NDArray[np.float64]
STATE = "state"


@dataclass(frozen=True)
class Course:
    """
    What becomes of a stock under one scenario.

    Attributes
    ----------
    done : dict of str to ndarray, shape (years, holdings)
        Lever → share that is done in the first draw, the central one.
    net, grants : dict of str to ndarray, shape (years, holdings)
        Lever → what the owner and the state pay in each year of the first draw. [money]
    flows : ndarray, shape (draws, years, carriers)
        Bought energy of the place. [kWh/a]
    paid : ndarray, shape (draws, years)
        What owners and state pay together. [money]
    bills : ndarray, shape (draws, years)
        What bills are lower than today at the energy prices of the draw, with what new PV earns. [money/a]
    running : ndarray, shape (draws, years)
        Running cost of what is new, see `Stock`. [money/a]
    """

    done: dict[str, Floats]
    net: dict[str, Floats]
    grants: dict[str, Floats]
    flows: Floats
    paid: Floats
    bills: Floats
    running: Floats


def flows_of(stock: Stock, shares: dict[str, Floats], reached: Floats) -> Floats:
    """
    Change of the place's bought energy against today.

    Parameters
    ----------
    stock : Stock
        The place.
    shares : dict of str to ndarray, shape (rows, holdings)
        Lever → share that is done.
    reached : ndarray, shape (rows,)
        Part of the computed savings of works that is reached.

    Returns
    -------
    ndarray, shape (rows, carriers)
        [kWh/a]
    """
    works, supply, pv = (shares[lever] for lever in LEVERS)
    change = ((1.0 - supply) * works * reached[:, None]) @ stock.works_before
    change = change + (supply * works * reached[:, None]) @ stock.works_after + supply @ stock.supply_before
    change[:, CARRIERS.index("electricity")] -= pv @ stock.pv_used
    return change


@dataclass(frozen=True)
class _Queue:
    """Holdings in one lever, in their order; of one owner where payers have budgets."""

    lever: str
    places: npt.NDArray[np.intp]
    money: tuple[float, float]


def _queues(stock: Stock, programme: Programme, first: npt.NDArray[np.bool_]) -> list[_Queue]:
    """
    A queue for each lever, pilots first, then by rank.

    Where payers have budgets every owner has a queue of its own, with a part of the trades by what there is to do, so that money of
    one never takes the place of another's; budgets and grants are shared out among the levers by cost.
    """
    found = []
    net = {lever: np.where(stock.size[lever] > 0, stock.cost[lever] - stock.grant[lever], 0.0) for lever in LEVERS}
    grants = {lever: np.where(stock.size[lever] > 0, stock.grant[lever], 0.0) for lever in LEVERS}
    all_grants = sum(float(part.sum()) for part in grants.values())
    everyone = np.ones(len(stock), dtype=bool)
    groups = {str(owner): stock.owner == owner for owner in sorted(set(stock.owner))} if programme.budgets else {"": everyone}
    for owner, mine in groups.items():
        whole = sum(float(part[mine].sum()) for part in net.values())
        for lever in LEVERS:
            places = np.flatnonzero(mine & (stock.size[lever] > 0))
            if len(places) == 0:
                continue
            rank = stock.rank[programme.order][lever][places]
            own, state = float(net[lever][places].sum()), float(grants[lever][places].sum())
            money = (
                programme.budgets.get(owner, np.inf) * (own / whole if whole > 0 else 1.0),
                programme.budgets.get(STATE, np.inf) * (state / all_grants) if all_grants > 0 else np.inf,
            )
            # equal tonnes at equal cost differ by rounding alone: owners settle their order, and not where they stand in a table
            order = np.lexsort((stock.owner[places], rounded(rank), ~first[places]))
            found.append(_Queue(lever, places[order], money))
    return found


def _anyway(study: Study) -> dict[str, tuple[float, float]]:
    """Lever → part of the stock that comes to its natural end in a year, and part of the price that is then paid anyway."""
    found = {"pv": (0.0, 0.0)}
    for lever, part in (("retrofit", "envelope"), ("heat_supply", "plant")):
        life = study.assumed("roadmap.envelope_life" if part == "envelope" else "roadmap.plant_life")
        share = study.assumed("roadmap.envelope_anyway_share" if part == "envelope" else "roadmap.plant_anyway_share")
        found[lever] = (1.0 / life, share)
    return found


def _unit_costs(stock: Stock, queue: _Queue, works: Floats) -> tuple[Floats, Floats]:
    """What owner and state pay for a unit, at the works that are done by now."""
    size = stock.size[queue.lever][queue.places]
    cost, grant = stock.cost[queue.lever][queue.places], stock.grant[queue.lever][queue.places]
    if queue.lever == "heat_supply":
        done = works[:, queue.places]
        before = stock.supply_cost_before[queue.places]
        full = (1.0 - done) * before[:, 0] + done * cost
        state = (1.0 - done) * before[:, 1] + done * grant
        return (full - state) / size, state / size
    rows = (len(works), len(size))
    return np.broadcast_to((cost - grant) / size, rows), np.broadcast_to(grant / size, rows)


def _price_levels(stock: Stock) -> dict[str, Floats]:
    """Lever → price of each of `YEARS` over today's."""
    pumps = np.isin(stock.supply, ["heat_pump_air", "heat_pump_ground"])
    share = float(stock.size["heat_supply"][pumps].sum() / max(stock.size["heat_supply"].sum(), 1e-9))
    level = {"retrofit": np.ones(len(YEARS)), "pv": price_ratio("pv", YEARS)}
    return level | {"heat_supply": 1.0 + share * (price_ratio("heat_pump_air", YEARS) - 1.0)}


def _spread(course: Course, stock: Stock, whole: Stock, number: npt.NDArray[np.intp]) -> Course:
    """The course of a merged stock, told for each of its holdings: alike in shares, money by what there is to do."""
    parts = {
        lever: np.divide(size, whole.size[lever][number], out=np.zeros(len(stock)), where=size > 0) for lever, size in stock.size.items()
    }
    done = {lever: share[:, number] for lever, share in course.done.items()}
    net, grants = ({lever: paid[:, number] * parts[lever] for lever, paid in table.items()} for table in (course.net, course.grants))
    return replace(course, done=done, net=net, grants=grants)


def advance(stock: Stock, programme: Programme, draws: Draws, study: Study, first: npt.NDArray[np.bool_] | None = None) -> Course:
    """
    Lead a stock through the years; holdings that are alike go hand in hand.

    Parameters
    ----------
    stock : Stock
        The place today.
    programme : Programme
        Scenario.
    draws : Draws
        Pace, savings and costs; the first draw is the central one.
    study : Study
        Gives natural lives.
    first : ndarray of bool, shape (holdings,), optional
        Pilots, which go first in their queue.

    Returns
    -------
    Course
    """
    first = np.zeros(len(stock), dtype=bool) if first is None else first
    number = alike(stock, first)
    if len(np.unique(number)) == len(stock):
        return _advanced(stock, programme, draws, study, first)
    whole = merged(stock, number)
    ahead = first[np.unique(number, return_index=True)[1]]
    return _spread(_advanced(whole, programme, draws, study, ahead), stock, whole, number)


def _advanced(stock: Stock, programme: Programme, draws: Draws, study: Study, first: npt.NDArray[np.bool_]) -> Course:
    count, years, places = len(draws.pace), len(YEARS), len(stock)
    queues = _queues(stock, programme, first)
    shares = {lever: np.zeros((count, places)) for lever in LEVERS}
    record = {name: {lever: np.zeros((years, places)) for lever in LEVERS} for name in ("done", "net", "grants")}
    ceilings = {lever: programme.ceilings(lever, draws.pace) for lever in LEVERS}
    levels, anyway = _price_levels(stock), _anyway(study)
    flows, (paid, bills, running) = np.zeros((count, years, len(CARRIERS))), np.zeros((3, count, years))
    base = stock.base.sum(axis=0)
    for number, year in enumerate(YEARS):
        for queue in queues if year >= programme.first_year else ():
            lever, at = queue.lever, queue.places
            size = stock.size[lever][at]
            have = shares[lever][:, at] * size
            room = ceilings[lever][:, number] * size.sum() - have.sum(axis=1)
            limit = np.clip(np.minimum(programme.paces[lever].rate_cap * draws.pace * size.sum(), room), 0.0, None)
            scale = (draws.cost_level * levels[lever][number])[:, None]
            costs = tuple(unit * scale for unit in _unit_costs(stock, queue, shares["retrofit"]))
            rate, part = anyway[lever]
            moment = np.full(count, rate * size.sum())
            done = step(size - have, limit=limit, unit_costs=costs, money=queue.money, moment=moment, anyway=part)
            net, grants = (money_for(done, unit, moment=moment, anyway=part) for unit in costs)
            shares[lever][:, at] = np.minimum((have + done) / size, 1.0)
            paid[:, number] += net.sum(axis=1) + grants.sum(axis=1)
            record["net"][lever][number, at], record["grants"][lever][number, at] = net[0], grants[0]
        flows[:, number] = base + flows_of(stock, shares, draws.saving_reached)
        running[:, number] = sum(shares[lever] @ stock.running[lever] for lever in LEVERS)
        bills[:, number] = _bills(stock, shares, draws.saving_reached)
        for lever in LEVERS:
            record["done"][lever][number] = shares[lever][0]
    return Course(record["done"], record["net"], record["grants"], flows, paid, bills * draws.price_levels(), running)


def _bills(stock: Stock, shares: dict[str, Floats], reached: Floats) -> Floats:
    """What bills are lower than today at today's prices, draw by draw; works save their part alone that is reached."""
    part = {lever: shares[lever] @ (stock.saving[lever] + stock.running[lever]) for lever in LEVERS}
    return reached * part["retrofit"] + part["heat_supply"] + part["pv"]
