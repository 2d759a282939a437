"""
Which blocks a network serves better than heat pumps, which not, and which cannot be told.

A building is of the network if connecting it pays even when laying pipes is dear, of heat pumps if it does not even when laying is
cheap, else undecided. A block is what most of its heat is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.networks import prize
from ped_geo.networks.pipes import annuity

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.networks.pipes import RootedTree
    from ped_geo.networks.prize import Chosen, Consumer, Terms
    from ped_geo.networks.steiner import SteinerTree
    from ped_geo.study import Study

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["House", "block_zones", "choose", "prizes", "terms_of"]

HEAVY = 0.5
EXACT_CONSUMERS = 60
"""Up to so many buildings the choice is proven."""


@dataclass(frozen=True)
class House:
    """
    Building that is offered a connection.

    Attributes
    ----------
    node : int
        In the graph of trenches.
    block : str
        Its block.
    heat_mwh_a : float
        Heat that it would take from the network. [MWh/a]
    own_mwh_a : float
        Heat that its own heat pump would give instead. [MWh/a]
    peak_kw : float
        [kW]
    """

    node: int
    block: str
    heat_mwh_a: float
    own_mwh_a: float
    peak_kw: float


def _repaid(money: float, years: float, study: Study) -> float:
    rate = study.assumed("heat_network.discount_rate")
    return money * (rate / -float(np.expm1(-years * np.log1p(rate))) if abs(rate) > 1e-12 else 1.0 / years)


def prizes(houses: list[House], study: Study) -> dict[int, Consumer]:
    """
    What connecting each house saves in a year before the network is paid: its heat pump, less heat and substation.

    Parameters
    ----------
    houses : list of House
    study : Study
        Its assumptions ``heat_network.*`` and the prices of heat pumps and substations under ``supply.*``.

    Returns
    -------
    dict
        Node → `Consumer`. [PLN/a]
    """
    pump = _repaid(study.assumed("supply.heat_pump_air_per_kw"), study.assumed("supply.heat_pump_air_life"), study)
    station = _repaid(study.assumed("supply.substation_per_kw"), study.assumed("supply.substation_life"), study)
    current = study.assumed("heat_network.heat_pump_electricity") / study.assumed("heat_network.heat_pump_performance")
    bought = study.assumed("heat_network.source_heat")
    return {
        one.node: prize.Consumer(one.peak_kw, one.peak_kw * (pump - station) + one.own_mwh_a * current - one.heat_mwh_a * bought)
        for one in houses
    }


def terms_of(cost: tuple[float, float], loss_w_m: float, study: Study, factor: float = 1.0) -> Terms:
    """
    Yearly cost of trenches and pipes.

    Parameters
    ----------
    cost : tuple of float
        See `pipes.linear_cost`. [EUR/(kW m)], [EUR/m]
    loss_w_m : float
        Mean heat loss of both pipes, paid at the price of the source's heat. [W/m]
    study : Study
    factor : float
        By which laying pipes is dearer.
    """
    yearly = (annuity(study) + study.assumed("heat_network.maintenance")) * factor
    money = yearly * study.assumed("heat_network.price_level") * study.assumed("heat_network.exchange_rate")
    # powers add up by less than their sum
    slope = max(cost[0], 0.0) * study.assumed("heat_network.simultaneity_constant")
    lost = loss_w_m * 8760.0 / 1e6 * study.assumed("heat_network.source_heat")
    return prize.Terms(per_m_a=cost[1] * money + lost, per_m_kw_a=slope * money)


def choose(
    graph: nx.Graph, source: int, consumers: dict[int, Consumer], terms: Terms, known: dict[frozenset[int], SteinerTree] | None = None
) -> Chosen:
    """The best choice that is found: proven for few buildings, else by growing and pruning; `known` as there."""
    quick = prize.grow_and_prune(graph, source, consumers, terms, known=known)
    # a house that cannot pay the pipe of its own power is never connected
    hopeful = {node: one for node, one in consumers.items() if one.prize_a > 0.0}
    if not hopeful or len(hopeful) > EXACT_CONSUMERS:
        return quick
    exact = prize.choose_exact(graph, source, hopeful, terms)
    if exact is None:
        return quick
    return exact if exact.value_a >= quick.value_a else prize.Chosen(**{**vars(quick), "bound_a": exact.bound_a})


def _margins(tree: RootedTree, houses: list[House], kept: frozenset[int], consumers: dict[int, Consumer], terms: Terms) -> dict[str, float]:
    """
    What a network gains by each block: its prizes less the trenches and pipes that no other block would need.

    Those of its houses count that are worth connecting, and all of them where none is.
    """
    by_block = _by_block(houses)
    number = {block: place for place, block in enumerate(by_block)}
    size = int(max(tree.parents.max(), tree.children.max(), tree.root)) + 1
    owner = _only_owner(tree, {house.node: number[house.block] for house in houses if house.node in kept}, size)
    far = tree.from_root(tree.lengths, size)
    section = np.full(size, -1)
    section[tree.children] = np.arange(len(tree.children))
    own_length = np.bincount(owner[owner >= 0], tree.lengths[owner >= 0], minlength=len(number))
    found = {}
    for block, own in by_block.items():
        connected = [house for house in own if house.node in kept]
        counted = connected or own
        length = own_length[number[block]] if connected else _length_up(tree, own, section, owner)
        pipes = sum(house.peak_kw * far[house.node] for house in counted) * terms.per_m_kw_a
        prize = sum(consumers[node].prize_a for node in sorted(house.node for house in counted))
        found[block] = prize - float(length) * terms.per_m_a - float(pipes)
    return found


def _by_block(houses: list[House]) -> dict[str, list[House]]:
    found: dict[str, list[House]] = {}
    for house in houses:
        found.setdefault(house.block, []).append(house)
    return found


_NOBODY, _SEVERAL = -1, -2


def _only_owner(tree: RootedTree, block_of: dict[int, int], nodes: int) -> Ints:
    """Number of the block of all connected houses beyond each section; `_NOBODY` where there is none, `_SEVERAL` where blocks share it."""
    found = np.full(nodes, _NOBODY)
    found[list(block_of)] = list(block_of.values())
    for parent, child in zip(tree.parents, tree.children, strict=True):
        if found[child] != _NOBODY and found[child] != found[parent]:
            found[parent] = found[child] if found[parent] == _NOBODY else _SEVERAL
    return found[tree.children]


def _length_up(tree: RootedTree, houses: list[House], section: Ints, owner: Ints) -> float:
    """Trenches from houses up to where somebody is connected. [m]."""
    taken: set[int] = set()
    for house in houses:
        place = int(section[house.node])
        while place >= 0 and place not in taken and owner[place] == _NOBODY:
            taken.add(place)
            place = int(section[tree.parents[place]])
    return float(tree.lengths[sorted(taken)].sum())


def block_zones(
    blocks: pd.Index,
    heat: pd.Series,
    houses: list[House],
    tree: RootedTree,
    choices: dict[str, Chosen],
    consumers: dict[int, Consumer],
    terms: Terms,
) -> pd.DataFrame:
    """
    Zone and margin of each block.

    Parameters
    ----------
    blocks : Index
        All blocks.
    heat : Series
        Heat of all buildings by block. [MWh/a]
    houses : list of House
        Those that can be joined.
    tree : RootedTree
        Trenches that join all of them; lengths as they are paid.
    choices : dict
        ``cheap``, ``central`` and ``dear``: who is connected at each price of laying pipes.
    consumers, terms
        At the central price.

    Returns
    -------
    DataFrame
        ``zone``, ``heat_mwh_a``, ``offered_mwh_a``, ``network_share``, ``margin_a`` and ``margin_per_mwh``, by block.
    """
    import pandas as pd

    sure = {house.node: house.node in choices["dear"].consumers for house in houses}
    never = {house.node: house.node not in choices["cheap"].consumers and not sure[house.node] for house in houses}
    kept = choices["central"].consumers
    margins = _margins(tree, houses, kept, consumers, terms) if houses else {}
    by_block = _by_block(houses)
    rows = {}
    for block in blocks:
        own = by_block.get(str(block), [])
        all_heat = float(heat.get(block, 0.0))
        offered = sum(house.heat_mwh_a for house in own)
        worth = sum(house.heat_mwh_a for house in own if house.node in kept)
        margin = margins.get(str(block), np.nan)
        of_network = sum(house.heat_mwh_a for house in own if sure[house.node])
        of_pumps = sum(house.heat_mwh_a for house in own if never[house.node]) + all_heat - offered
        rows[block] = {
            "zone": _zone(all_heat, of_network, of_pumps),
            "heat_mwh_a": all_heat,
            "offered_mwh_a": offered,
            "network_share": worth / all_heat if all_heat > 0.0 else np.nan,
            "margin_a": margin,
            "margin_per_mwh": margin / (worth or offered) if own and offered > 0.0 else np.nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("block_id").reindex(blocks)


def _zone(all_heat: float, of_network: float, of_pumps: float) -> str:
    if all_heat <= 0.0:
        return "no_heat"
    if of_network >= HEAVY * all_heat:
        return "heat_network"
    return "heat_pumps" if of_pumps >= HEAVY * all_heat else "undecided"
