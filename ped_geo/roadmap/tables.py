"""Stocks as tables and back, so that the parts of a city are made one by one and led through the years together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.flows import CARRIERS
from ped_geo.roadmap.holdings import LEVERS, ORDERS, Stock

__all__ = ["base_table", "stock_table", "stocks_from"]

Floats = npt.NDArray[np.float64]
WORDS = ("block", "owner", "package", "supply")
OF_BLOCKS = ("base", "base_exported", "blocks")
WIDE = {
    "supplied": ("network", "heat_pump", "other"),
    "supply_cost_before": ("price", "grant"),
    "network_plant": ("before", "after"),
    **dict.fromkeys(("works_before", "works_after", "supply_before", "deeper_before", "deeper_after"), CARRIERS),
}
KEYS = ["order", "block_id", "owner", "package", "supply"]


def _flat(stock: Stock) -> dict[str, Floats]:
    """Numbers of each holding by names that say what they belong to."""
    found: dict[str, Floats] = {}
    for one in fields(stock):
        value = getattr(stock, one.name)
        if one.name in WIDE:
            found |= {f"{one.name}.{part}": value[:, place] for place, part in enumerate(WIDE[one.name])}
        elif one.name == "rank":
            found |= {f"rank.{order}.{lever}": value[order][lever] for order in ORDERS for lever in LEVERS}
        elif isinstance(value, dict):
            found |= {f"{one.name}.{lever}": value[lever] for lever in LEVERS}
        elif one.name not in (*WORDS, *OF_BLOCKS):
            found[one.name] = value
    return found


def stock_table(stocks: Mapping[str, Stock]) -> pd.DataFrame:
    """
    Layer ``scan_stock``: a row for each holding in each order of works.

    Parameters
    ----------
    stocks : mapping of str to Stock
        Order → the place, with the packages that the order chooses.

    Returns
    -------
    DataFrame
        Index (``order``, ``block_id``, ``owner``, ``package``, ``supply``).
    """
    tables = []
    for order, stock in stocks.items():
        names = [np.full(len(stock), order), *(getattr(stock, word) for word in WORDS)]
        index = pd.MultiIndex.from_arrays([pd.array(values, dtype="str") for values in names], names=KEYS)
        tables.append(pd.DataFrame(_flat(stock), index=index))
    return pd.concat(tables)


def base_table(stock: Stock) -> pd.DataFrame:
    """Layer ``scan_base``: today's bought energy and exported PV of each block [kWh/a], index ``block_id``."""
    columns = {f"{carrier}_kwh_a": stock.base[:, place] for place, carrier in enumerate(CARRIERS)}
    index = pd.Index(stock.blocks, dtype="str", name="block_id")
    return pd.DataFrame({**columns, "exported_kwh_a": stock.base_exported}, index=index)


def stocks_from(table: pd.DataFrame, base: pd.DataFrame) -> dict[str, Stock]:
    """
    Stocks of the layers ``scan_stock`` and ``scan_base``, whose rows may come from several parts of a place.

    Parameters
    ----------
    table, base : DataFrame
        As `stock_table` and `base_table` give them, parts one below the other.

    Returns
    -------
    dict of str to Stock
        By order.
    """
    found = {}
    for order in ORDERS:
        rows = pd.DataFrame(table.xs(order, level="order"))

        def column(name: str, rows: pd.DataFrame = rows) -> Floats:
            return np.asarray(rows[name].to_numpy(float))

        known: dict[str, Any] = {
            word: rows.index.get_level_values(key).to_numpy(dtype=np.str_) for word, key in zip(WORDS, KEYS[1:], strict=True)
        }
        for one in fields(Stock):
            if one.name in WIDE:
                known[one.name] = np.column_stack([column(f"{one.name}.{part}") for part in WIDE[one.name]])
            elif one.name == "rank":
                known["rank"] = {of: {lever: column(f"rank.{of}.{lever}") for lever in LEVERS} for of in ORDERS}
            elif f"{one.name}.{LEVERS[0]}" in rows:
                known[one.name] = {lever: column(f"{one.name}.{lever}") for lever in LEVERS}
            elif one.name in rows:
                known[one.name] = column(one.name)
        energy = base[[f"{carrier}_kwh_a" for carrier in CARRIERS]].to_numpy(float)
        exported = base["exported_kwh_a"].to_numpy(float)
        found[order] = Stock(**known, base=energy, base_exported=exported, blocks=pd.Index(base.index, dtype="str"))
    return found
