"""Monte Carlo over the guessed inputs: chance of being positive, bands of the headline numbers, and what matters most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ped_geo.errors import LayerError
from ped_geo.flows import CARRIERS, Groups
from ped_geo.language.sentences import Sentence
from ped_geo.schema import check_layer
from ped_geo.study import Study
from ped_geo.uncertainty.inputs import Floats, UncertainInput, uncertain_inputs
from ped_geo.uncertainty.response import QUANTITIES, Block, Sums, balance, blocks_of, draw_factors, outcome

__all__ = ["UncertaintyTables", "balance_spread", "draws_for", "groups_of", "simulate"]

LEVELS = {"p05": 0.05, "p50": 0.50, "p95": 0.95}
"""Quantiles that are told."""

NORMAL_95 = 1.959964
"""Two-sided 95 % point of the normal distribution, for the interval of Wilson."""

LEAST_SHARE = 1e-20
"""Share of the variance below which an input is said to have none. [-]"""

AT_ONCE = 2**16
"""Draws times buildings of the blocks that are drawn at a time."""

BALANCE, PER_AREA, AREA = (QUANTITIES.index(name) for name in ("balance_kwh_a", "balance_kwh_m2a", "reference_area_m2"))


@dataclass(frozen=True)
class UncertaintyTables:
    """
    What the draws tell.

    Attributes
    ----------
    probabilities : DataFrame
        Layer ``probabilities``, indexed by (``group_id``, ``variant``): chance of a balance that is not negative. The
        group is a block, a candidate or ``district``; the variant of a candidate is ``chosen``.
    bands : DataFrame
        Layer ``bands``, indexed by (``group_id``, ``variant``, ``quantity``): quantiles of each headline number.
    sensitivity : DataFrame
        Layer ``sensitivity``, indexed by (``group_id``, ``variant``, ``input``): for candidates and the district the
        inputs by their share of the variance of the balance, ``rank`` 1 first.
    """

    probabilities: pd.DataFrame
    bands: pd.DataFrame
    sensitivity: pd.DataFrame


def groups_of(components: pd.DataFrame, candidates: Groups | None = None) -> pd.DataFrame:
    """
    The cases to tell about: every block and the whole district with every variant, every candidate with its own choice.

    Parameters
    ----------
    components : DataFrame
        As for `simulate`.
    candidates : Groups, optional
        With their own choice of variants.

    Returns
    -------
    DataFrame
        ``scope`` (block, district, candidate), ``group_id``, ``variant`` (of the case; ``chosen`` for candidates),
        ``block_id``, ``block_variant``.
    """
    pairs = components.reset_index()[["block_id", "variant"]].drop_duplicates().sort_values(["block_id", "variant"])
    pairs = pairs.assign(block_variant=pairs["variant"])
    blocks = pd.Index(pairs["block_id"].unique())
    frames = [pairs.assign(scope="block", group_id=pairs["block_id"]), pairs.assign(scope="district", group_id="district")]
    for group in [] if candidates is None else candidates:
        own = pd.DataFrame({"block_id": list(group.choice), "block_variant": list(group.choice.values())})
        frames.append(
            own[blocks.get_indexer(pd.Index(own["block_id"])) >= 0].assign(scope="candidate", group_id=group.key, variant="chosen")
        )
    return pd.concat(frames, ignore_index=True)[["scope", "group_id", "variant", "block_id", "block_variant"]]


def draws_for(study: Study, buildings: int) -> Study:
    """
    The study with fewer draws where there are thousands of buildings, whose errors average out; the error is told with each chance.

    Parameters
    ----------
    study : Study
        ``uncertainty.draws`` at most; assumption ``uncertainty.building_draws``: draws times buildings. [-]
    buildings : int
        Inside the district.

    Examples
    --------
    >>> draws_for(Study(name="x"), 10**6).uncertainty.draws
    200
    """
    draws = min(study.uncertainty.draws, max(int(study.assumed("uncertainty.building_draws") / max(buildings, 1)), 200))
    return study.model_copy(update={"uncertainty": study.uncertainty.model_copy(update={"draws": draws})})


def simulate(
    components: pd.DataFrame,
    factors: pd.DataFrame,
    groups: pd.DataFrame,
    study: Study,
    *,
    inputs: tuple[UncertainInput, ...] | None = None,
    periods: pd.DataFrame | None = None,
    uses: pd.DataFrame | None = None,
) -> UncertaintyTables:
    """
    Draw the guessed inputs ``study.uncertainty.draws`` times and tell how the balance answers.

    The response model is written down in `ped_geo.uncertainty.response`. Memory does not grow with the number of buildings:
    some blocks are drawn at a time, each from streams of its own.

    Parameters
    ----------
    components : DataFrame
        Indexed by (``building_id``, ``variant``), every building with every variant: ``block_id``; delivered energy for
        rooms and hot water ``district_heat_kwh_a``, ``gas_kwh_a``, ``coal_kwh_a``, ``biomass_kwh_a``, ``oil_kwh_a``,
        ``electricity_heat_kwh_a``; ``space_heat_share`` of it that heats rooms [0-1]; ``small_need`` 1 where so little heat is needed
        that methods differ, else 0; ``electricity_use_kwh_a`` beside
        heating; ``pv_kwh_a``; ``self_consumed_kwh_a``, the part of it that is used at once (the sum over a block counts)
        [kWh/a]; ``reference_area_m2`` [m²]; ``investment`` of works and plant and ``pv_investment``
        of modules [PLN]; ``storeys_above_ground_source``,
        ``construction_period_source``, ``refurbishment_state_source`` (``inferred...`` where guessed),
        ``refurbishment_state`` and ``use``.
    factors : DataFrame
        Non-renewable primary-energy factors, indexed by ``carrier`` (the five above and ``electricity``), or by
        (``variant``, ``carrier``) where they differ: ``delivered``, and for electricity ``exported``, what one exported kWh
        is credited with under the study's rules. [-]
    groups : DataFrame
        From `groups_of`.
    study : Study
        Its section ``uncertainty`` and its variants (those of package ``existing`` leave buildings as they are).
    inputs : tuple of UncertainInput, optional
        Default: the table ``uncertain_inputs``.
    periods : DataFrame, optional
        Layer ``period_need``: chance and heat of every construction period of the undated buildings, indexed by (``building_id``,
        ``construction_period``); without it no age is drawn.
    uses : DataFrame, optional
        Layer ``use_need``: chance and needs of every use of the buildings whose use nobody tells; without it no use is drawn.

    Returns
    -------
    UncertaintyTables

    Raises
    ------
    LayerError
        If a table is not as described.

    Notes
    -----
    The share of an input is the variance of the balance when it alone varies and all others stay at their central value,
    over the variance when all vary: the first-order index of an additive response. What is missing to 1 is interaction.
    The standard error of a chance `p` from `n` draws is sqrt(p (1 - p) / n); the interval told is Wilson's, which also
    holds at 0 and 1.
    """
    inputs = uncertain_inputs(study) if inputs is None else inputs
    draws, seed = study.uncertainty.draws, study.uncertainty.seed
    blocks, variants = _some_at_once(components, inputs, study, periods, uses)
    weights = weight_table(factors, variants)
    cases = _Cases.of(groups, [name for block in blocks for name in block.block_ids], variants)
    told, number = _Told(cases, draws, inputs), 0
    for block in blocks:
        told.take(number, block, draw_factors(block, inputs, seed, draws), weights)
        number += len(block.block_ids)
    return told.tables()


def _some_at_once(
    components: pd.DataFrame, inputs: tuple[UncertainInput, ...], study: Study, periods: pd.DataFrame | None, uses: pd.DataFrame | None
) -> tuple[list[Block], list[str]]:
    """Blocks, as many together as memory lets, and the names of the variants."""
    today = frozenset(variant.key for variant in study.variants if variant.package == "existing")
    daylight, at_once = study.assumed("uncertainty.daylight_use_share"), max(AT_ONCE // study.uncertainty.draws, 1)
    return blocks_of(components, inputs, today, daylight, periods, uses, at_once=at_once)


def balance_spread(
    components: pd.DataFrame,
    factors: pd.DataFrame,
    study: Study,
    *,
    inputs: tuple[UncertainInput, ...] | None = None,
    periods: pd.DataFrame | None = None,
    uses: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Mean and standard deviation of the balance of each block in each variant, over the draws of `simulate`.

    Parameters
    ----------
    components, factors, study, inputs, periods, uses
        As for `simulate`.

    Returns
    -------
    DataFrame
        Layer ``balance_spread``, indexed by (``block_id``, ``variant``): ``balance_mean_kwh_a`` and ``balance_sd_kwh_a`` [kWh/a].

    Raises
    ------
    LayerError
        If a table is not as described.
    """
    inputs = uncertain_inputs(study) if inputs is None else inputs
    draws, seed = study.uncertainty.draws, study.uncertainty.seed
    blocks, variants = _some_at_once(components, inputs, study, periods, uses)
    weights = weight_table(factors, variants)
    names: list[str] = []
    told = []
    for block in blocks:
        values = balance(block, inputs, draw_factors(block, inputs, seed, draws), weights)
        told.append(np.stack([values.mean(axis=2), values.std(axis=2)], axis=2))
        names += block.block_ids
    table = np.concatenate(told) if told else np.zeros((0, len(variants), 2))
    index = pd.MultiIndex.from_product([pd.Index(names, dtype="str"), pd.Index(variants, dtype="str")], names=["block_id", "variant"])
    frame = pd.DataFrame(table.reshape(-1, 2), index=index, columns=["balance_mean_kwh_a", "balance_sd_kwh_a"])
    return check_layer("balance_spread", frame)


def weight_table(factors: pd.DataFrame, variants: list[str]) -> Floats:
    """
    Weighting factors per variant as an array, shape (v, 7): the five carriers, electricity delivered, electricity exported.

    Parameters
    ----------
    factors : DataFrame
        As for `simulate`.
    variants : list of str

    Raises
    ------
    LayerError
        If a carrier or a column is missing, or a factor is missing or infinite.
    """
    names = list(CARRIERS)
    problems = [Sentence("error.column_is_missing", name=name) for name in ("delivered", "exported") if name not in factors]
    if problems:
        raise LayerError(Sentence("error.table_factors"), problems)
    rows = []
    for variant in variants:
        own = factors.xs(variant, level="variant") if "variant" in factors.index.names else factors
        problems += [Sentence("error.carrier_is_missing", name=name) for name in names if name not in own.index]
        row = own.reindex(names)
        rows.append([*row["delivered"], row["exported"].iloc[-1]])
    table = np.array(rows, dtype=np.float64)
    if not problems and not np.isfinite(table).all():
        problems.append(Sentence("error.factor_is_missing_infinite"))
    if problems:
        raise LayerError(Sentence("error.table_factors"), list(dict.fromkeys(problems)))
    return table


@dataclass(frozen=True)
class _Cases:
    """
    Which block with which variant belongs to which case.

    `table` has one row per case: ``scope``, ``group_id``, ``variant``. `case`, `block` and `variant` are numbers of members, ordered by
    block. Blocks are finished as they come; the rest is summed up.
    """

    table: pd.DataFrame
    case: np.ndarray
    block: np.ndarray
    variant: np.ndarray

    @classmethod
    def of(cls, groups: pd.DataFrame, block_ids: list[str], variants: list[str]) -> _Cases:
        block = pd.Index(block_ids).get_indexer(pd.Index(groups["block_id"]))
        variant = pd.Index(variants).get_indexer(pd.Index(groups["block_variant"]))
        if (block < 0).any() or (variant < 0).any():
            row = groups[(block < 0) | (variant < 0)].iloc[0]
            raise LayerError(Sentence("error.groups_name_block_with_variant", row=row["block_id"], row_2=row["block_variant"]))
        keys = groups[["scope", "group_id", "variant"]]
        number = keys.groupby(["scope", "group_id", "variant"], sort=False).ngroup().to_numpy()
        order = np.argsort(block, kind="stable")
        return cls(keys.drop_duplicates().reset_index(drop=True), number[order], block[order], variant[order])

    def members(self, first: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Case, block (counted from the first) and variant of the members among some blocks."""
        start, stop = np.searchsorted(self.block, [first, end])
        return self.case[start:stop], self.block[start:stop] - first, self.variant[start:stop]


class _Told:
    """Sums over the blocks as they come, and the tables made of them."""

    def __init__(self, cases: _Cases, draws: int, inputs: tuple[UncertainInput, ...]) -> None:
        self.cases, self.draws, self.inputs = cases, draws, inputs
        self.single = (cases.table["scope"] == "block").to_numpy()
        self.place = np.cumsum(~self.single) - 1
        several = int((~self.single).sum())
        self.sums = np.zeros((several, len(QUANTITIES), draws))
        self.central = np.zeros((len(cases.table), len(QUANTITIES)))
        self.alone = np.zeros((len(inputs), several, draws))
        self.quantiles = np.zeros((len(cases.table), len(QUANTITIES), len(LEVELS)))
        self.positive = np.zeros(len(cases.table))

    def take(self, first: int, block: Block, drawn: dict[str, Floats], weights: Floats) -> None:
        """Add some blocks, of which the first has this number."""
        case, place, variant = self.cases.members(first, first + len(block.block_ids))
        single = self.single[case]
        outcomes = outcome(block, self.inputs, drawn, weights, self.draws)
        np.add.at(self.central, case, outcome(block, self.inputs, {}, weights, 1)[place, variant, :, 0])
        self._finish(case[single], outcomes[place[single], variant[single]])
        many = [(one, place[case == one], variant[case == one]) for one in np.unique(case[~single])]
        for one, places, variants in many:
            self.sums[self.place[one]] += outcomes[places, variants].sum(axis=0)
        if many:
            sums, rows = Sums(block, [(places, variants) for _, places, variants in many], weights), self.place[[one for one, _, _ in many]]
            for index, given in enumerate(self.inputs):
                self.alone[index, rows] += sums.balances(given, drawn[given.key])

    def _finish(self, cases: np.ndarray, values: Floats) -> None:
        """Chance and quantiles of cases from their draws, shape (cases, 7, draws); no chance where nothing is heated."""
        _per_area(values)
        heated = (values[:, AREA] > 0).any(axis=1)
        self.positive[cases] = np.where(heated, (values[:, BALANCE] >= 0).mean(axis=1), np.nan)
        self.quantiles[cases] = quantiles(values, list(LEVELS.values()))

    def tables(self) -> UncertaintyTables:
        """The three layers."""
        many = np.flatnonzero(~self.single)
        self._finish(many, self.sums[self.place[many]])
        _per_area(self.central[:, :, None])
        return UncertaintyTables(
            check_layer("probabilities", self._probabilities()),
            check_layer("bands", self._bands()),
            check_layer("sensitivity", self._sensitivity()),
        )

    def _probabilities(self) -> pd.DataFrame:
        low, high = wilson_interval(self.positive, self.draws)
        return self.cases.table.set_index(["group_id", "variant"]).assign(
            p_positive=self.positive,
            p_error=np.sqrt(self.positive * (1.0 - self.positive) / self.draws),
            p_low=low,
            p_high=high,
            balance_kwh_m2a=self.central[:, PER_AREA],
            draws=self.draws,
        )

    def _bands(self) -> pd.DataFrame:
        count = len(QUANTITIES)
        table = self.cases.table.loc[np.repeat(np.arange(len(self.cases.table)), count)]
        quantity = np.tile(np.array(QUANTITIES), len(self.cases.table))
        levels = {name: self.quantiles[:, :, place].ravel() for place, name in enumerate(LEVELS)}
        frame = table.assign(quantity=pd.Series(quantity, index=table.index, dtype="str"), central=self.central.ravel(), **levels)
        return frame.set_index(["group_id", "variant", "quantity"])

    def _sensitivity(self) -> pd.DataFrame:
        table = self.cases.table[~self.single].reset_index(drop=True)
        total = self.sums[:, BALANCE].var(axis=1)
        share = np.divide(self.alone.var(axis=2), total, out=np.zeros(self.alone.shape[:2]), where=total > 0)
        # what acts on nothing varies by rounding alone, which would decide its rank
        share[share < LEAST_SHARE] = 0.0
        order = np.argsort(-share, axis=0, kind="stable")
        spread = np.subtract(*quantiles(self.alone, [0.95, 0.05]).transpose(2, 0, 1))
        keys = pd.Series([given.key for given in self.inputs], dtype="str")
        frame = table.loc[np.repeat(np.arange(len(table)), len(self.inputs))].assign(
            rank=np.tile(np.arange(1, len(self.inputs) + 1), len(table)),
            input=keys.to_numpy()[order.T.ravel()],
            variance_share=np.take_along_axis(share, order, axis=0).T.ravel(),
            spread_kwh_a=np.take_along_axis(spread, order, axis=0).T.ravel(),
        )
        columns = {"scope": "str", "group_id": "str", "variant": "str", "rank": "int64", "input": "str"}
        columns |= {"variance_share": "float64", "spread_kwh_a": "float64"}
        return frame.astype(columns).set_index(["group_id", "variant", "input"])


def _per_area(values: Floats) -> None:
    """Fill in the balance per area, shape (cases, 7, draws); not a number where there is none."""
    area = values[:, AREA]
    values[:, PER_AREA] = np.divide(values[:, BALANCE], area, out=np.full_like(area, np.nan), where=area > 0)


def quantiles(values: Floats, levels: list[float]) -> Floats:
    """
    Quantiles along the last axis, as `numpy.quantile` interpolates them, shape (..., levels).

    Examples
    --------
    >>> quantiles(np.array([3.0, 1.0, 2.0]), [0.0, 0.25, 1.0]).tolist()
    [1.0, 1.5, 3.0]
    """
    # sorting many short rows is several times quicker than the partitions of numpy.quantile
    ordered = np.sort(values, axis=-1)
    place = np.array(levels) * (values.shape[-1] - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, values.shape[-1] - 1)
    return ordered[..., low] + (ordered[..., high] - ordered[..., low]) * (place - low)


def wilson_interval(share: Floats, draws: int) -> tuple[Floats, Floats]:
    """
    95 % interval of a probability that was estimated as `share` of `draws` independent draws.

    References
    ----------
    .. [1] Wilson (1927), "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc. 22.

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0.0]), 1000)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0, 0.0038)
    """
    square = NORMAL_95**2 / draws
    middle = share + square / 2
    half = NORMAL_95 * np.sqrt(share * (1.0 - share) / draws + square / (4 * draws))
    low, high = (middle - half) / (1.0 + square), (middle + half) / (1.0 + square)
    return np.where(share <= 0.0, 0.0, low), np.where(share >= 1.0, 1.0, high)
