"""The place that is searched: blocks, their neighbours and variants as arrays, checked once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csgraph, csr_array

from ped_geo.districts.graph import BlockGraph, Floats, Mask, build_graph
from ped_geo.districts.search import Options
from ped_geo.errors import LayerError, StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SearchSpace", "search_space", "sure_balance"]


@dataclass(frozen=True)
class SearchSpace:
    """
    The place that is searched, as arrays.

    Attributes
    ----------
    graph : BlockGraph
        `n` blocks.
    options : Options
        `k` variants; those a block lacks are not available. Balances as they are worked out.
    sure : Options
        The same with the balances that blocks keep with the chance that is asked, see `sure_balance`; the same where none is drawn.
    residents : ndarray of float, shape (n,)
        0 where the blocks have no such column.
    variants : tuple of str
    open_ : ndarray of bool, shape (n,)
        Blocks that may be chosen.
    required : ndarray of bool, shape (n,)
        Blocks that must be in every candidate.
    groups : ndarray of int, shape (n,)
        Blocks of different numbers may not be mixed (heat network, owner).
    """

    graph: BlockGraph
    options: Options
    sure: Options
    residents: Floats
    variants: tuple[str, ...]
    open_: Mask
    required: Mask
    groups: np.ndarray


def search_space(blocks: gpd.GeoDataFrame, adjacency: pd.DataFrame, options: pd.DataFrame, study: Study) -> SearchSpace:
    """
    Check the tables and turn them into arrays.

    Raises
    ------
    LayerError
        With all problems at once.
    StudyError
        If no group of at most `max_blocks` neighbours can hold all blocks of `must_include`.
    """
    section = study.districts
    problems = _problems(blocks, options, study)
    if problems:
        raise LayerError(Sentence("error.candidate_search"), problems)
    graph = build_graph(blocks.index, adjacency)
    variants = tuple(dict.fromkeys(map(str, options.index.get_level_values("variant"))))
    balance, investment, sure, available = _wide(options.assign(sure=sure_balance(options, study)), blocks.index, variants)
    area = blocks[section.cover].to_numpy(dtype=np.float64)
    known = blocks.index.to_series()
    open_ = available.any(axis=1) & ~known.isin(section.must_not_include).to_numpy()
    required = known.isin(section.must_include).to_numpy()
    _refuse_scattered(graph, open_, required, section.max_blocks)
    choices = Options(balance, investment, area, available & open_[:, None])
    return SearchSpace(
        graph,
        choices,
        replace(choices, balance=sure),
        blocks["residents"].to_numpy(dtype=np.float64) if "residents" in blocks else np.zeros(len(blocks)),
        variants,
        open_,
        required,
        _labels(blocks, study),
    )


def sure_balance(options: pd.DataFrame, study: Study) -> pd.Series:
    """
    Balance of each block and variant that a group of blocks keeps with the chance that is asked, if no block falls below it. [kWh/a].

    Parameters
    ----------
    options : DataFrame
        ``balance_kwh_a``; where they were drawn ``balance_mean_kwh_a`` and ``balance_sd_kwh_a`` [kWh/a].
    study : Study
        ``districts.min_probability``, ``uncertainty.draws``.

    Notes
    -----
    The mean of a sum is the sum of means, and its standard deviation is at most the sum of deviations, so that a group whose blocks sum to
    nothing or more keeps a normal balance above nothing at least as often as it is asked: mean less z times deviation, z the normal
    quantile of the chance and of the error of its estimate (95 %, two-sided) from so many draws. It is never above the balance as it is worked out.

    Examples
    --------
    >>> drawn = pd.DataFrame({"balance_kwh_a": [10.0, -5.0], "balance_mean_kwh_a": [8.0, 2.0], "balance_sd_kwh_a": [2.0, 1.0]})
    >>> study = Study.model_validate({"name": "x", "districts": {"min_probability": 0.9}, "uncertainty": {"draws": 10_000}})
    >>> sure_balance(drawn, study).round(2).tolist()
    [5.37, -5.0]
    """
    if "balance_mean_kwh_a" not in options:
        return options["balance_kwh_a"]
    asked, draws = study.districts.min_probability, study.uncertainty.draws
    error = NormalDist().inv_cdf(0.975) * np.sqrt(asked * (1.0 - asked) / draws)
    z = NormalDist().inv_cdf(float(np.clip(asked + error, 1.0 / draws, 1.0 - 1.0 / draws)))
    kept = options["balance_mean_kwh_a"] - max(z, 0.0) * options["balance_sd_kwh_a"]
    return pd.Series(np.minimum(kept, options["balance_kwh_a"]), index=options.index)


def _refuse_scattered(graph: BlockGraph, open_: Mask, required: Mask, most: int) -> None:
    """Refuse required blocks that no group of `most` neighbouring blocks can hold."""
    count = int(required.sum())
    if count > most:
        raise StudyError(Sentence("error.districts_must_include_names_blocks_where", count=count, most=most))
    if count < 2:
        return
    start = np.repeat(np.arange(len(graph)), np.diff(graph.first))
    passable = open_[start] & open_[graph.neighbour]
    steps = csr_array((np.ones(int(passable.sum())), (start[passable], graph.neighbour[passable])), shape=(len(graph),) * 2)
    ids = np.flatnonzero(required)
    apart = csgraph.dijkstra(steps, indices=ids, unweighted=True)[:, ids]
    one, other = np.unravel_index(int(apart.argmax()), apart.shape)
    between, names = apart[one, other] - 1, (graph.block_ids[ids[one]], graph.block_ids[ids[other]])
    if np.isinf(between):
        raise StudyError(Sentence("error.districts_must_include_names_and_which", names=names[0], names_2=names[1]))
    if between + 2 > most:
        raise StudyError(
            Sentence(
                "error.districts_must_include_names_and_between",
                names=names[0],
                names_2=names[1],
                between=between,
                most=most,
                between_2=between + 2,
            )
        )


def _wide(options: pd.DataFrame, ids: pd.Index, variants: tuple[str, ...]) -> tuple[Floats, Floats, Floats, Mask]:
    row = ids.get_indexer(options.index.get_level_values("block_id"))
    column = pd.Index(variants).get_indexer(options.index.get_level_values("variant"))
    shape = (len(ids), len(variants))
    balance, investment, sure, available = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    for values, name in ((balance, "balance_kwh_a"), (investment, "investment"), (sure, "sure")):
        values[row, column] = options[name].to_numpy(dtype=np.float64)
    available[row, column] = True
    return balance, investment, sure, available


def _labels(blocks: pd.DataFrame, study: Study) -> np.ndarray:
    """Number of the heat network and owner of each block, as far as they must not be mixed."""
    names = _label_columns(study)
    if not names:
        return np.zeros(len(blocks), dtype=np.int64)
    return blocks.groupby(names, sort=True, dropna=False).ngroup().to_numpy()


def _label_columns(study: Study) -> list[str]:
    section = study.districts
    return [name for name, wanted in (("heat_network", section.one_heat_network), ("owner", section.one_owner)) if wanted]


def _problems(blocks: pd.DataFrame, options: pd.DataFrame, study: Study) -> list[str]:
    section = study.districts
    wanted = ["reference_area_m2", section.cover, *_label_columns(study)]
    problems: list[str] = [Sentence("error.layer_blocks_lacks_column", name=name) for name in dict.fromkeys(wanted) if name not in blocks]
    if list(options.index.names) != ["block_id", "variant"]:
        return [*problems, Sentence("error.options_are_indexed_by_must", names=list(options.index.names))]
    for name in ("balance_kwh_a", "investment"):
        if name not in options:
            problems.append(Sentence("error.options_lack_column", name=name))
        elif not np.isfinite(options[name].to_numpy(dtype=np.float64)).all():
            problems.append(Sentence("error.column_options_holds_missing_infinite", name=name))
    if not options.index.is_unique:
        problems.append(Sentence("error.options_hold_more_than_once", index=options.index[options.index.duplicated()][0]))
    named: dict[str, Iterable[str]] = {
        "the options": options.index.get_level_values("block_id"),
        "[districts] must_include": section.must_include,
        "[districts] must_not_include": section.must_not_include,
    }
    for what, ids in named.items():
        strange = [block for block in pd.unique(pd.Series(ids, dtype="str")) if block not in blocks.index]
        if strange:
            problems.append(Sentence("error.name_unknown_blocks_first", what=what, count=len(strange), strange=strange[0]))
    impossible = [block for block in section.must_include if block in section.must_not_include or block not in set(named["the options"])]
    if impossible:
        problems.append(Sentence("error.districts_must_include_holds_which_is", impossible=impossible[0]))
    return problems
