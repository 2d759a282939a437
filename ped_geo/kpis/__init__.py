"""
Indicators: one registry that feeds GeoPackage columns, legends, the report and the glossary.

An indicator is one function under `kpi` in a file of this package, of `ped_geo.accounts.Accounts` or of the needs that its parameters
name; nothing else has to be edited. Naming trap:
self-consumption and self-sufficiency are swapped between communities, so the formula travels with every value.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from ped_geo._registry import Registry
from ped_geo.accounts import Accounts, Amount, needs_of
from ped_geo.language import in_currency, number

__all__ = ["KPIS", "Kpi", "block_kpis", "kpi", "kpi_frame", "kpi_table", "kpi_values", "schema_rows"]

BETTER = ("higher", "lower", "neutral")

Formula = Callable[[Accounts], Amount]
Function = TypeVar("Function", bound=Callable[..., Amount])


@dataclass(frozen=True)
class Kpi:
    """
    One indicator.

    Attributes
    ----------
    key : str
        Column name.
    unit : str
        Unit, ``-`` for pure numbers.
    better : str
        ``higher``, ``lower`` or ``neutral``.
    source : str
        Where the definition stands; ``[B]`` marks a formula recalled, not read.
    formula : str
        The formula in the symbols of the field: L load, G local generation, I import, X export, A heated area.
    label_en, label_pl : str
        Short name.
    sentence_en, sentence_pl : str
        A sentence a council understands; ``{value}`` is filled with the number.
    digits : int
        Decimal places for people.
    family : str
        File of the package.
    value : callable
        `Accounts` → value of each group; not a number where the accounts lack the data.
    needs : tuple of str
        Parameters of its function: needs of `Accounts`, or the accounts themselves.
    """

    key: str
    unit: str
    better: str
    source: str
    formula: str
    label_en: str
    label_pl: str
    sentence_en: str
    sentence_pl: str
    digits: int
    family: str
    value: Formula
    needs: tuple[str, ...] = ("accounts",)

    def label(self, lang: str) -> str:
        """Short name in `lang` (``pl`` or ``en``)."""
        return self.label_pl if lang == "pl" else self.label_en

    def sentence(self, value: float, lang: str) -> str:
        """The value told in one sentence in `lang` (``pl`` or ``en``)."""
        words = self.sentence_pl if lang == "pl" else self.sentence_en
        return in_currency(words.format(value=number(value, lang, self.digits)), lang)


KPIS: Registry[Kpi] = Registry("ped_geo.kpis", "indicator")


def kpi(
    key: str,
    *,
    unit: str,
    better: str,
    source: str,
    formula: str,
    label: tuple[str, str],
    sentence: tuple[str, str],
    digits: int = 0,
) -> Callable[[Function], Function]:
    """
    Register a function of `Accounts`, or of needs of theirs, as an indicator.

    Parameters
    ----------
    key, unit, better, source, formula, digits
        As in `Kpi`.
    label, sentence : tuple of str
        English, Polish.
    """

    def add(function: Function) -> Function:
        family, needs = function.__module__.rsplit(".", maxsplit=1)[-1], needs_of(function)

        @functools.wraps(function)
        def value(accounts: Accounts) -> Amount:
            amount: Amount = accounts.asked(function)
            return amount

        KPIS.add(key, Kpi(key, unit, better, source, formula, *label, *sentence, digits, family, value, needs))
        return function

    return add


def kpi_frame(accounts: Accounts, keys: pd.Index) -> pd.DataFrame:
    """
    All indicators of several groups.

    Parameters
    ----------
    accounts : Accounts
        Of the groups.
    keys : Index
        Their names.

    Returns
    -------
    DataFrame
        Index the names, columns indicators; not a number where the accounts lack the data.
    """
    values = {key: np.broadcast_to(entry.value(accounts), len(keys)).astype(float) for key, entry in KPIS.load().items()}
    return pd.DataFrame(values, index=keys).rename_axis("kpi", axis=1)


def kpi_values(accounts: Accounts) -> pd.Series:
    """
    All indicators of one group.

    Parameters
    ----------
    accounts : Accounts
        A block, a candidate or a district under one variant.

    Returns
    -------
    Series
        Index ``kpi``; not a number where the accounts lack the data.
    """
    return kpi_frame(accounts, pd.Index(["group"])).iloc[0].rename(None)


def kpi_table(values: pd.DataFrame) -> pd.DataFrame:
    """
    Indicators of several variants as a long table with unit, formula and source beside each value.

    Parameters
    ----------
    values : DataFrame
        Index variants, columns indicators.

    Returns
    -------
    DataFrame
        Layer ``kpis``, index (``variant``, ``kpi``).
    """
    entries = KPIS.load()
    table = pd.DataFrame({"value": values[list(entries)].rename_axis(index="variant", columns="kpi").stack()})
    for name in ("unit", "better", "family", "formula", "source", "label_en", "label_pl"):
        table[name] = [in_currency(getattr(entries[str(key)], name)) for key in table.index.get_level_values("kpi")]
    return table


def block_kpis(values: pd.DataFrame, variant: str) -> pd.DataFrame:
    """
    Indicators of many blocks as a wide table.

    Parameters
    ----------
    values : DataFrame
        Index blocks, columns indicators.
    variant : str
        The variant that they are in.

    Returns
    -------
    DataFrame
        Layer ``block_kpis``, index (``block_id``, ``variant``), one column per indicator; indicators that no block has the
        data for are left out.
    """
    names = pd.MultiIndex.from_product([values.index, [variant]], names=["block_id", "variant"])
    frame = values.set_axis(names).rename_axis("kpi", axis=1)
    return frame.replace([np.inf, -np.inf], np.nan).dropna(axis=1, how="all")


def schema_rows() -> list[dict[str, str]]:
    """
    Rows of ``schema/layers/block_kpis.csv``, made from the registry so that a column is explained in one place.

    Returns
    -------
    list of dict
        One row per indicator with the columns of a layer file; ``scripts/write_kpi_layer.py`` writes them, a test compares.
    """
    return [
        {
            "name": key,
            "dtype": "float",
            "unit": entry.unit,
            "label_en": entry.label_en,
            "label_pl": entry.label_pl,
            "meaning_en": f"{entry.label_en}: {entry.formula}. Source: {entry.source}.",
            "meaning_pl": f"{entry.label_pl}: {entry.formula}. Źródło: {entry.source}.",
            "values": "",
            "required": "no",
        }
        for key, entry in KPIS.load().items()
    ]
