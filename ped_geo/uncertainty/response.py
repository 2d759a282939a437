r"""
How the balance answers to the inputs, without running the physics again for every draw.

Every component of a building (floor area, space heat, hot water, electricity use, PV yield, investment in works and in modules) is its computed
value times the product of the factors that concern it, each raised to its power:

.. math:: q_c = q_{c,0} \prod_j x_j^{e_{jc}}

The yearly energy of a carrier is ``space_heat_share`` parts space heat and the rest hot water, so it is linear in both.
Carriers are summed over the buildings of a block, weighted with the factors as drawn, and summed over the group:

.. math:: B = - \sum_c f_c D_c - f_{el} (U - S) + f_{exp} (P - S)

with use of electricity `U`, PV yield `P` and what of it is used at once `S`. When use and yield change, so does `S`. It
follows :math:`S = ((a U)^{-m} + P^{-m})^{-1/m}` with the share `a` of the use that falls into hours with sun. It is never
above either, grows in proportion with both, and has one exponent `m` per block and variant that reproduces the hourly
computed value; against hourly recomputation it is within 7 % where use and yield move 25 % apart. Under symmetric credit
of exports `S` cancels. What the model leaves out: that a better
insulated building uses its gains less well (heat need is not proportional to losses), and the heat pump's efficiency at
another load; both are second-order within the spread of the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from ped_geo.errors import LayerError
from ped_geo.flows import CARRIERS, HEAT_CARRIERS
from ped_geo.language.sentences import Sentence
from ped_geo.uncertainty.age_draws import Ages
from ped_geo.uncertainty.inputs import Floats, UncertainInput, common_draws, factor_at, normal_draws, problems_of
from ped_geo.uncertainty.use_draws import USE, Uses

__all__ = ["QUANTITIES", "Block", "Columns", "Sums", "balance", "blocks_of", "draw_factors", "matched", "matching_exponent", "outcome"]

COMPONENTS = (
    "area",
    "space_heat",
    "space_heat_today",
    "space_heat_small",
    "hot_water",
    "electricity_use",
    "pv",
    "investment",
    "pv_investment",
)
"""
What an input may act on in a building; ``space_heat_today`` only where the package is ``existing``, ``space_heat_small`` only where so little
heat is needed that methods differ (``small_need``), ``investment`` without modules.
"""

QUANTITIES = ("balance_kwh_a", "balance_kwh_m2a", "heat_kwh_a", "electricity_kwh_a", "pv_kwh_a", "investment", "reference_area_m2")
"""What is told about a group."""

SMALLEST_EXPONENT, LARGEST_EXPONENT = 0.05, 60.0
"""Bounds of the matching exponent: hardly any coincidence, and as much as the smaller of use and yield allows."""

HALVINGS = 60
"""Steps of the bisection for that exponent."""

_NEEDED = (
    *(f"{carrier}_kwh_a" for carrier in HEAT_CARRIERS),
    "electricity_heat_kwh_a",
    "electricity_use_kwh_a",
    "pv_kwh_a",
    "self_consumed_kwh_a",
    "space_heat_share",
    "reference_area_m2",
    "investment",
    "pv_investment",
    "small_need",
)


@dataclass(frozen=True)
class Columns:
    """
    Yearly figures of buildings in several columns, equal columns kept once and those of zeros not at all.

    Attributes
    ----------
    values : ndarray, shape (k, n)
        Columns that differ.
    place : ndarray of int
        For each variant, or variant and carrier, the column; `k` where it is zero.
    """

    values: Floats
    place: np.ndarray

    @classmethod
    def of(cls, values: Floats) -> Columns:
        """From an array of shape (n, ...)."""
        columns = np.ascontiguousarray(values.reshape(len(values), -1).T)
        kept: dict[bytes, int] = {}
        place = np.array([kept.setdefault(column.tobytes(), len(kept)) if column.any() else -1 for column in columns], dtype=np.intp)
        first = [int(np.flatnonzero(place == number)[0]) for number in range(len(kept))]
        return cls(columns[first], np.where(place < 0, len(kept), place).reshape(values.shape[1:]))

    @property
    def all(self) -> Floats:
        """Every column in its place, shape (..., n)."""
        return np.concatenate([self.values, np.zeros((1, self.values.shape[1]))])[self.place]

    def summed(self, multiplier: Floats | None, first: np.ndarray) -> Floats:
        """Sum over the buildings of each block of multiplier times value, shape (b, ..., draws), or (b, ..., 1) where nothing varies."""
        count, columns = len(first) - 1, len(self.values)
        found = np.zeros((count, columns + 1, 1 if multiplier is None else multiplier.shape[1]))
        for block, (start, end) in enumerate(pairwise(first)):
            mine = self.values[:, start:end]
            if multiplier is None:
                found[block, :columns, 0] = mine.sum(axis=1)
            else:
                np.matmul(mine, multiplier[start:end], out=found[block, :columns])
        return found[:, self.place]


@dataclass(frozen=True)
class Block:
    """
    The buildings of one block, or of several that are drawn at once, as arrays: `b` blocks, `n` buildings, `v` variants.

    Attributes
    ----------
    block_ids : tuple of str
    first : ndarray of int, shape (b + 1,)
        First building of each block, and `n`.
    space, small, water : Columns of (v, 6)
        Energy for rooms, that of it where little is needed, and for hot water by carrier, electricity last. [kWh/a]
    use, pv : Columns of (v,)
        Electricity use beside heating, PV yield. [kWh/a]
    area, investment, pv_investment : Columns of (v,)
        [m²], and money for works and plant, and for modules [PLN]
    sunny, exponent : ndarray, shape (b, v)
        Share of the electricity use in hours with sun, and exponent of its matching with the yield.
    today : ndarray of bool, shape (v,)
        Variants that leave the buildings as they are.
    powers : dict
        For each input and component, ndarray, shape (n,): power of the factor in each building, 0 where it does not vary. [-]
    ages : Ages
        Odds over construction periods.
    uses : Uses
        Odds over uses.
    """

    block_ids: tuple[str, ...]
    first: np.ndarray
    space: Columns
    small: Columns
    water: Columns
    use: Columns
    pv: Columns
    area: Columns
    investment: Columns
    pv_investment: Columns
    sunny: Floats
    exponent: Floats
    today: np.ndarray
    powers: dict[str, dict[str, Floats]]
    ages: Ages
    uses: Uses

    @cached_property
    def centre(self) -> _Energy:
        """Energy where nothing varies."""
        return _energy(self, {})

    @property
    def buildings(self) -> int:
        """How many buildings there are."""
        return int(self.first[-1])

    @property
    def block_id(self) -> str:
        """Name of the first block."""
        return self.block_ids[0]

    def varying(self, given: UncertainInput) -> np.ndarray:
        """Buildings in which an input varies, shape (n,)."""
        if given.key == USE:
            return self.uses.open
        if given.distribution == "odds":
            return self.ages.open_to(given.key)
        powers = [power for name, power in self.powers[given.key].items() if name in COMPONENTS]
        return np.any([power != 0.0 for power in powers], axis=0) if powers else np.zeros(self.buildings, dtype=bool)


def blocks_of(
    components: pd.DataFrame,
    inputs: tuple[UncertainInput, ...],
    today: frozenset[str],
    daylight_share: float,
    periods: pd.DataFrame | None = None,
    uses: pd.DataFrame | None = None,
    *,
    at_once: int = 1,
) -> tuple[list[Block], list[str]]:
    """
    The blocks of a components table, in the order of their names, and the names of the variants.

    Parameters
    ----------
    components : DataFrame
        See `ped_geo.uncertainty.simulate`.
    inputs : tuple of UncertainInput
    today : frozenset of str
        Variants that leave the buildings as they are.
    daylight_share : float
        Share of the electricity use that falls into hours with sun. [0-1]
    periods, uses : DataFrame, optional
        Layers ``period_need`` and ``use_need``.
    at_once : int
        Buildings up to which blocks are put together; a block is never divided.

    Raises
    ------
    LayerError
        If a column is missing or holds missing values, or a building lacks a variant.
    """
    _check(components, inputs)
    variants = list(map(str, components.index.get_level_values("variant").unique()))
    buildings = components.index.get_level_values("building_id").unique().sort_values()
    full = pd.MultiIndex.from_product([buildings, variants], names=["building_id", "variant"])
    if len(full) != len(components) or not full.isin(components.index).all():
        raise LayerError(Sentence("error.table_components_must_hold_each"))
    ordered = components.reindex(full)
    odds = Ages.of(periods, buildings), Uses.of(uses, buildings)
    return list(_blocks(ordered, variants, inputs, today, daylight_share, odds, at_once)), variants


def _check(components: pd.DataFrame, inputs: tuple[UncertainInput, ...]) -> None:
    if list(components.index.names) != ["building_id", "variant"]:
        raise LayerError(Sentence("error.table_components_is_indexed_by", names=list(components.index.names)))
    wanted = ["block_id", *_NEEDED, *(f"{given.guessed}_source" for given in inputs if given.guessed)]
    wanted += [given.gate[0] for given in inputs if given.where] + ["use" for given in inputs if given.by_use]
    problems = [Sentence("error.column_is_missing", name=name) for name in dict.fromkeys(wanted) if name not in components]
    problems += [
        Sentence("error.column_holds_missing_infinite_values", name=name)
        for name in _NEEDED
        if name in components and not np.isfinite(components[name].to_numpy(dtype=np.float64)).all()
    ]
    acts_on = [(given.key, name) for given in inputs for name in (*given.powers(), *(name for _, name, _ in given.by_use))]
    unknown = problems_of(inputs) + [Sentence("error.input_acts_on", key=key, name=name) for key, name in acts_on if not _known(name)]
    unknown += [
        Sentence("error.input_correlation", key=given.key, correlation=given.correlation)
        for given in inputs
        if given.correlation < 1.0 and any(name.startswith("factor_") for name in given.powers())
    ]
    if problems or unknown:
        raise LayerError(Sentence("error.table_components"), problems + unknown)


def _known(component: str) -> bool:
    return component in COMPONENTS or component in {f"factor_{carrier}" for carrier in CARRIERS}


def _blocks(
    ordered: pd.DataFrame,
    variants: list[str],
    inputs: tuple[UncertainInput, ...],
    today: frozenset[str],
    daylight_share: float,
    odds: tuple[Ages, Uses],
    at_once: int,
) -> Iterator[Block]:
    count = len(variants)
    first = ordered.iloc[::count]
    code, names = pd.factorize(first["block_id"].astype("str"), sort=True)
    order = np.argsort(code, kind="stable")
    values = {name: ordered[name].to_numpy(dtype=np.float64).reshape(-1, count)[order] for name in _NEEDED}
    powers = {given.key: _powers(first, given) for given in inputs}
    heat = np.stack([values[f"{carrier}_kwh_a"] for carrier in (*HEAT_CARRIERS, "electricity_heat")], axis=2)
    share = values["space_heat_share"][:, :, None]
    is_today = np.array([variant in today for variant in variants])
    bounds = np.searchsorted(code[order], np.arange(len(names) + 1))
    for start, end in _together(bounds, at_once):
        rows, starts = slice(bounds[start], bounds[end]), bounds[start:end] - bounds[start]
        use, pv = values["electricity_use_kwh_a"][rows], values["pv_kwh_a"][rows]
        all_use, all_pv, own = (
            np.add.reduceat(each, starts, axis=0) for each in (use + heat[rows, :, -1], pv, values["self_consumed_kwh_a"][rows])
        )
        sunny = np.maximum(daylight_share, np.divide(own, all_use, out=np.zeros_like(own), where=all_use > 0))
        yield Block(
            tuple(map(str, names[start:end])),
            bounds[start : end + 1] - bounds[start],
            Columns.of(heat[rows] * share[rows]),
            Columns.of(heat[rows] * share[rows] * values["small_need"][rows][:, :, None]),
            Columns.of(heat[rows] * (1.0 - share[rows])),
            Columns.of(use),
            Columns.of(pv),
            Columns.of(values["reference_area_m2"][rows]),
            Columns.of(values["investment"][rows]),
            Columns.of(values["pv_investment"][rows]),
            sunny,
            matching_exponent(sunny * all_use, all_pv, own),
            is_today,
            {key: {name: power[order[rows]] for name, power in of_component.items()} for key, of_component in powers.items()},
            odds[0].rows(order[rows]),
            odds[1].rows(order[rows]),
        )


def _together(bounds: np.ndarray, at_once: int) -> Iterator[tuple[int, int]]:
    """First and last (not included) of the blocks that are put together."""
    start = 0
    for end in range(1, len(bounds)):
        if end == len(bounds) - 1 or bounds[end + 1] - bounds[start] > at_once:
            yield start, end
            start = end


def _powers(buildings: pd.DataFrame, given: UncertainInput) -> dict[str, Floats]:
    """Power of an input's factor on each component in each building, 0 where it does not vary."""
    varies = np.ones(len(buildings), dtype=bool)
    if given.guessed:
        varies &= buildings[f"{given.guessed}_source"].astype("str").str.startswith("inferred").to_numpy(dtype=bool)
    column, values = given.gate
    if column:
        varies &= buildings[column].astype("str").isin(values).to_numpy(dtype=bool)
    uses = buildings["use"].astype("str").to_numpy() if given.by_use else np.full(len(buildings), "")
    found = {}
    for component in dict.fromkeys([*given.powers(), *(name for _, name, _ in given.by_use)]):
        power = np.full(len(buildings), given.powers().get(component, 0.0))
        for use, name, special in given.by_use:
            power[(uses == use) & (name == component)] = special
        found[component] = power * varies
    return found


def matching_exponent(daylight_use: Floats, pv: Floats, matched_: Floats) -> Floats:
    """
    The exponent with which `matched` gives back what was computed hour by hour.

    Parameters
    ----------
    daylight_use, pv, matched_ : ndarray
        Electricity use in hours with sun, PV yield and what of it is used at once. [kWh/a]

    Examples
    --------
    >>> exponent = matching_exponent(np.array([100.0]), np.array([80.0]), np.array([40.0]))
    >>> matched(np.array([100.0]), np.array([80.0]), exponent).round(6)
    array([40.])
    """
    low, high = np.full(np.shape(pv), SMALLEST_EXPONENT), np.full(np.shape(pv), LARGEST_EXPONENT)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        under = matched(daylight_use, pv, middle) < matched_
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return 0.5 * (low + high)


def matched(daylight_use: Floats, pv: Floats, exponent: Floats) -> Floats:
    """PV that is used at once when the use in hours with sun and the yield are as given. [kWh/a]."""
    small, large = np.minimum(daylight_use, pv), np.maximum(daylight_use, pv)
    ratio = np.divide(small, large, out=np.zeros_like(large), where=large > 0)
    return small * (1.0 + ratio**exponent) ** (-1.0 / exponent)


def _multipliers(block: Block, inputs: tuple[UncertainInput, ...], factors: dict[str, Floats]) -> dict[str, Floats]:
    """What each component of each building is multiplied by, shape (n, draws) each."""
    sums: dict[str, Floats] = {}
    for given in inputs:
        powers = {name: power for name, power in block.powers[given.key].items() if name in COMPONENTS and power.any()}
        if not len(block.small.values):
            powers.pop("space_heat_small", None)
        if given.key not in factors or not powers or (given.key == USE and not block.uses.open.any()):
            continue
        logs = None if given.key == USE else np.log(factors[given.key])
        for component, power in powers.items():
            own = block.uses.of_draws(factors[USE], component) if logs is None else logs
            sums[component] = sums.get(component, 0.0) + power[:, None] * own
    if "space_heat_today" in sums:
        sums["space_heat_today"] = sums["space_heat_today"] + sums.get("space_heat", 0.0)
    return {component: np.exp(logs) for component, logs in sums.items()}


def draw_factors(block: Block, inputs: tuple[UncertainInput, ...], seed: int, draws: int) -> dict[str, Floats]:
    """Factor of each input in each building and draw, shape (n, draws) or (1, draws); 1 where an input does not vary."""
    scores = {given.key: _scores(block, given, seed, draws) for given in inputs}
    drawn = block.ages.drawn({given.key: scores[given.key].T for given in inputs if given.distribution == "odds"})
    found = {}
    for given in inputs:
        if given.key == USE:
            factor = block.uses.drawn(scores[USE])
        elif given.key in drawn:
            factor = drawn[given.key].T
        elif given.correlation >= 1.0:
            factor = factor_at(given, scores[given.key])
        else:
            varying = block.varying(given)
            factor = np.ones((block.buildings, draws))
            factor[varying] = factor_at(given, scores[given.key][varying])
        found[given.key] = factor
    return found


def _scores(block: Block, given: UncertainInput, seed: int, draws: int) -> Floats:
    """Normal scores of one input, shape (n, draws) or (1, draws); blocks in which it does not vary are not asked for theirs."""
    if given.correlation >= 1.0:
        return common_draws(given.key, seed, draws)[None, :]
    varying, found = block.varying(given), np.zeros((block.buildings, draws))
    for name, (start, end) in zip(block.block_ids, pairwise(block.first), strict=True):
        if varying[start:end].any():
            found[start:end] = normal_draws(given, seed, draws, name, end - start).T
    return found


@dataclass(frozen=True)
class _Energy:
    """Yearly energy of blocks, shape (b, v, draws or 1) each; `carriers` without electricity, shape (b, v, 5, draws or 1)."""

    carriers: Floats
    heating: Floats
    use: Floats
    pv: Floats


def _energy(block: Block, times: dict[str, Floats]) -> _Energy:
    if times and not times.keys() & {"space_heat", "space_heat_today", "space_heat_small", "hot_water"}:
        # heat stays where it is: only electricity and yield vary
        centre = block.centre
        use = centre.heating + block.use.summed(times.get("electricity_use"), block.first)
        return _Energy(centre.carriers, centre.heating, use, block.pv.summed(times.get("pv"), block.first))
    space = _rooms(block, times.get("space_heat"), times.get("space_heat_small"))
    if "space_heat_today" in times and block.today.any():
        changed = _rooms(block, times["space_heat_today"], times.get("space_heat_small"))
        space = np.where(block.today[:, None, None], changed, space)
    heat = space + block.water.summed(times.get("hot_water"), block.first)
    heating = heat[:, :, -1]
    use = heating + block.use.summed(times.get("electricity_use"), block.first)
    return _Energy(heat[:, :, :-1], heating, use, block.pv.summed(times.get("pv"), block.first))


def _rooms(block: Block, times: Floats | None, of_small: Floats | None) -> Floats:
    """Energy for rooms, of which that where little is needed is multiplied once more."""
    found = block.space.summed(times, block.first)
    if of_small is None or not len(block.small.values):
        return found
    more = of_small - 1.0 if times is None else times * (of_small - 1.0)
    return found + block.small.summed(more, block.first)


def balance(block: Block, inputs: tuple[UncertainInput, ...], factors: dict[str, Floats], weights: Floats) -> Floats:
    """
    Primary-energy balance of blocks, shape (b, v, draws or 1). [kWh/a].

    Parameters
    ----------
    block : Block
    inputs : tuple of UncertainInput
    factors : dict
        Drawn factors of the inputs that vary; the others stay at 1.
    weights : ndarray, shape (v, 7)
        Weighting factors per variant: the five carriers, electricity delivered, electricity exported. [-]
    """
    return _weighted(block, _energy(block, _multipliers(block, inputs, factors)), _weights(inputs, factors, weights))


@dataclass(frozen=True)
class Sums:
    """
    Groups of the blocks that are drawn at once, and what a component of each building is worth to each group.

    Attributes
    ----------
    block : Block
    members : list of (ndarray, ndarray)
        Places of the blocks of each group, and the variant of each.
    weights : ndarray, shape (v, 7)
        As for `balance`.
    """

    block: Block
    members: list[tuple[np.ndarray, np.ndarray]]
    weights: Floats

    @cached_property
    def worth(self) -> dict[str, Floats]:
        """What a component of each building adds to the balance of each group, shape (groups, n) [kWh/a]."""
        block, weights = self.block, self.weights
        heat, delivered, exported = -weights[:, :-1, None], weights[:, -2, None], weights[:, -1, None]
        rooms = (block.space.all * heat).sum(axis=1)
        return {
            "space_heat_small": self._of_groups((block.small.all * heat).sum(axis=1)),
            "space_heat": self._of_groups(np.where(block.today[:, None], 0.0, rooms)),
            "space_heat_today": self._of_groups(np.where(block.today[:, None], rooms, 0.0)),
            "hot_water": self._of_groups((block.water.all * heat).sum(axis=1)),
            "electricity_use": self._of_groups(-delivered * block.use.all),
            "pv": self._of_groups(exported * block.pv.all),
        }

    def _of_groups(self, values: Floats) -> Floats:
        """Figures of variants and buildings, shape (v, n), in the variants of the groups, shape (groups, n)."""
        number = np.repeat(np.arange(len(self.block.block_ids)), np.diff(self.block.first))
        found = np.zeros((len(self.members), self.block.buildings))
        for row, (places, variants) in zip(found, self.members, strict=True):
            variant = np.full(len(self.block.block_ids), -1)
            variant[places] = variants
            mine = np.flatnonzero(variant[number] >= 0)
            row[mine] = values[variant[number[mine]], mine]
        return found

    @cached_property
    def centre(self) -> Floats:
        """Balance of each group where nothing varies, shape (groups, 1) [kWh/a]."""
        return self._summed(balance(self.block, (), {}, self.weights))

    def _summed(self, values: Floats) -> Floats:
        return np.stack([values[places, variants].sum(axis=0) for places, variants in self.members])

    def balances(self, given: UncertainInput, factor: Floats) -> Floats:
        """
        Balance of each group while one input varies, shape (groups, draws or 1) [kWh/a].

        Parameters
        ----------
        given : UncertainInput
        factor : ndarray, shape (n, draws) or (1, draws)
            Drawn factors of the input.

        Notes
        -----
        Where an exported kWh is worth a delivered one the balance is linear in the components, and buildings are summed over all
        blocks at once; else what is used at once is asked of every block.
        """
        drawn = {given.key: factor}
        if (self.weights[:, -2] != self.weights[:, -1]).any() or any(name.startswith("factor_") for name in given.powers()):
            return self._summed(balance(self.block, (given,), drawn, self.weights))
        times = _multipliers(self.block, (given,), drawn)
        if "space_heat" in times:
            # rooms of today follow the others unless they are told apart
            times.setdefault("space_heat_today", times["space_heat"])
        found = self.centre
        for component, worth in self.worth.items():
            if component in times:
                found = found + worth @ (times[component] - 1.0)
        return found


def _weighted(block: Block, energy: _Energy, weight: Floats) -> Floats:
    delivered, exported = weight[:, -2], weight[:, -1]
    carriers = (energy.carriers * weight[:, :-2]).sum(axis=2)
    found: Floats = delivered * -energy.use + exported * energy.pv - carriers
    # what is used at once is worth nothing where an exported kWh is worth a delivered one
    differ = (delivered != exported).any(axis=1)
    if differ.any():
        sunny, exponent = block.sunny[:, differ, None], block.exponent[:, differ, None]
        own = matched(sunny * energy.use[:, differ], energy.pv[:, differ], exponent)
        found[:, differ] += (delivered - exported)[differ] * own
    return found


def outcome(block: Block, inputs: tuple[UncertainInput, ...], factors: dict[str, Floats], weights: Floats, draws: int) -> Floats:
    """
    All quantities of blocks in each variant and draw.

    Parameters are as for `balance`.

    Returns
    -------
    ndarray, shape (b, v, 7, draws)
        In the order of `QUANTITIES`; the balance per area is left at zero, it is not a sum.
    """
    times = _multipliers(block, inputs, factors)
    energy = _energy(block, times)
    found = np.zeros((len(block.block_ids), len(block.today), len(QUANTITIES), draws))
    money = block.investment.summed(times.get("investment"), block.first)
    parts = {
        "balance_kwh_a": _weighted(block, energy, _weights(inputs, factors, weights)),
        "heat_kwh_a": energy.carriers.sum(axis=2) + energy.heating,
        "electricity_kwh_a": energy.use,
        "pv_kwh_a": energy.pv,
        "investment": money + block.pv_investment.summed(times.get("pv_investment"), block.first),
        "reference_area_m2": block.area.summed(times.get("area"), block.first),
    }
    for name, values in parts.items():
        found[:, :, QUANTITIES.index(name)] = values
    return found


def _weights(inputs: tuple[UncertainInput, ...], factors: dict[str, Floats], weights: Floats) -> Floats:
    """Weighting factors as drawn, shape (v, 7, draws or 1)."""
    names = list(CARRIERS)
    found = weights[:, :, None]
    for given in inputs:
        for component, power in given.applies_to:
            if given.key in factors and component.startswith("factor_"):
                carrier = component.removeprefix("factor_")
                columns = [names.index(carrier), *([len(names)] if carrier == "electricity" else [])]
                drawn = factors[given.key][:1] ** power
                found = np.repeat(found, drawn.shape[1], axis=2) if found.shape[2] == 1 else found
                found[:, columns] *= drawn
    return found
