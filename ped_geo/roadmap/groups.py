"""A stock in other groups: blocks of one type taken together, as a scan of a city does, or holdings that are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.roadmap.holdings import LEVERS, Stock

__all__ = ["BY_LEVER", "alike", "by_group", "merged", "rounded"]

Floats = npt.NDArray[np.float64]
BY_LEVER = ("size", "cost", "grant", "running", "saving", "tonnes")
DIGITS = 10
"""Digits to which holdings must agree to be alike."""


def _sums(values: Floats, number: npt.NDArray[np.intp], count: int) -> Floats:
    found = np.zeros((count, *values.shape[1:]))
    np.add.at(found, number, values)
    return found


def merged(stock: Stock, number: npt.NDArray[np.intp]) -> Stock:
    """
    A stock whose holdings of one number are one: amounts are summed, and ranks are means by what there is to do.

    Parameters
    ----------
    stock : Stock
        Any stock.
    number : ndarray of int, shape (holdings,)
        From 0 without gaps. Holdings of one number should have one owner, package and heat supply: the first one's is kept.

    Returns
    -------
    Stock
        Blocks stay as they are, but each new holding lies in the block of its first one.
    """
    count, first = int(number.max()) + 1, np.unique(number, return_index=True)[1]
    words: dict[str, Any] = {name: getattr(stock, name)[first] for name in ("block", "owner", "package", "supply")}
    kept = {*words, *BY_LEVER, "rank", "base", "base_exported", "blocks"}
    amounts: dict[str, Any] = {one.name: _sums(getattr(stock, one.name), number, count) for one in fields(stock) if one.name not in kept}
    by_lever: dict[str, Any] = {
        name: {lever: _sums(table, number, count) for lever, table in getattr(stock, name).items()} for name in BY_LEVER
    }
    rank = {
        order: {lever: _mean(table, stock.size[lever], number, count) for lever, table in of.items()} for order, of in stock.rank.items()
    }
    return replace(stock, **words, **amounts, **by_lever, rank=rank)


def _mean(rank: Floats, size: Floats, number: npt.NDArray[np.intp], count: int) -> Floats:
    """Mean rank by size; the last rank where there is nothing to do."""
    has = (size > 0) & np.isfinite(rank)
    weight = np.bincount(number, np.where(has, size, 0.0), count)
    total = np.bincount(number, np.where(has, rank, 0.0) * size, count)
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.inf)


def rounded(values: Floats) -> Floats:
    """Values of which all but the first `DIGITS` digits are dropped, so that what differs by rounding is equal; infinite ones stay."""
    finite = np.where(np.isfinite(values), values, 0.0)
    unit = 10.0 ** (np.floor(np.log10(np.where(finite != 0, np.abs(finite), 1.0))) - DIGITS + 1)
    return np.where(np.isfinite(values), np.round(finite / unit) * unit, values) + 0.0


def alike(stock: Stock, first: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """
    Number of each holding among those that differ in more than their size.

    Holdings that are alike go hand in hand, so that it makes no difference to a place whether they are told one by one or together.

    Parameters
    ----------
    stock : Stock
        Any stock.
    first : ndarray of bool, shape (holdings,)
        Pilots, which are never alike to others.

    Returns
    -------
    ndarray of int, shape (holdings,)
    """
    area = np.where(stock.area > 0, stock.area, 1.0)[:, None]
    parts = [stock.works_before, stock.works_after, stock.supply_before, stock.supply_cost_before, stock.network_plant, stock.supplied]
    parts += [stock.deeper_before, stock.deeper_after, np.column_stack([stock.pv_used, stock.pv_exported])]
    parts += [np.column_stack([getattr(stock, name)[lever] for name in BY_LEVER if name != "tonnes" for lever in LEVERS])]
    table = np.hstack(parts) / area
    # rounded by digits and not by decimals: amounts by floor lie between grams and thousands
    codes = [np.unique(getattr(stock, name), return_inverse=True)[1] for name in ("owner", "package", "supply")]
    keys = np.column_stack([rounded(table), *codes, first])
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].ravel(), dtype=np.intp)


def by_group(stock: Stock, group: Mapping[str, str]) -> Stock:
    """
    A stock of groups of blocks: what a city scan leads through the years in place of blocks.

    Parameters
    ----------
    stock : Stock
        Stock of blocks.
    group : mapping of str to str
        Block → group, for example its type; a block without a group stays alone.

    Returns
    -------
    Stock
        Holdings of one group, owner, package and heat supply are one; `Stock.blocks` holds the groups.
    """
    of_holdings = np.array([group.get(name, name) for name in stock.block.tolist()], dtype=np.str_)
    of_blocks = np.array([group.get(name, name) for name in stock.blocks.tolist()], dtype=np.str_)
    keys = pd.MultiIndex.from_arrays([of_holdings, stock.owner, stock.package, stock.supply])
    number, _ = pd.factorize(keys, sort=True)
    places, names = pd.factorize(of_blocks, sort=True)
    whole = merged(replace(stock, block=of_holdings), np.asarray(number, dtype=np.intp))
    base, exported = (_sums(table, places, len(names)) for table in (stock.base, stock.base_exported))
    return replace(whole, base=base, base_exported=exported, blocks=pd.Index(names, dtype="str"))
