"""
Every number that is not arithmetic: value, unit, source, year and confidence.

Scalar assumptions stand in ``<topic>.csv`` beside this file, one row each, and are read by their full key
``topic.key``. Tables with a shape of their own (typology, factors, profiles, climates, tag rules) stand in ``tables/``.
A district's TOML may override a scalar in its ``[assumptions]`` section; `ped_geo.study.Study.assumed` sees that.

``confidence`` is ``read`` (the number stood in a source that was read), ``known`` (an established figure of a named
document that was not read) or ``assumed`` (an engineering assumption).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from ped_geo.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONFIDENCES", "Assumption", "scalar", "scalars", "table", "table_names"]

CONFIDENCES = ("read", "known", "assumed")


@dataclass(frozen=True)
class Assumption:
    """
    One cited number.

    Attributes
    ----------
    key : str
        Full key, ``topic.key``.
    value : float
        Central value, in `unit`.
    low, high : float
        Plausible range, in `unit`; equal to `value` where the source gives none.
    unit : str
        Unit as written in the source, ``-`` for pure numbers.
    year : str
        Year or period for which the number holds.
    source : str
        Table and row of the fact sheet, standard, act or paper.
    confidence : str
        ``read``, ``known`` or ``assumed``.
    meaning_en, meaning_pl : str
        What it is, in plain words.
    """

    key: str
    value: float
    low: float
    high: float
    unit: str
    year: str
    source: str
    confidence: str
    meaning_en: str
    meaning_pl: str


@cache
def scalars() -> dict[str, Assumption]:
    """
    All scalar assumptions by full key, in the order of the files.

    Examples
    --------
    >>> scalars()["building.t_internal"].value
    20.0
    """
    found: dict[str, Assumption] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".csv"):
            continue
        topic = file.name.removesuffix(".csv")
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            key = f"{topic}.{row['key']}"
            value = float(row["value"])
            found[key] = Assumption(
                key=key,
                value=value,
                low=float(row["low"] or value),
                high=float(row["high"] or value),
                unit=row["unit"],
                year=row["year"],
                source=row["source"],
                confidence=row["confidence"],
                meaning_en=row["meaning_en"],
                meaning_pl=row["meaning_pl"],
            )
    return found


def scalar(key: str) -> Assumption:
    """
    One assumption by its full key.

    Raises
    ------
    StudyError
        If there is no such key; close matches are named.
    """
    known = scalars()
    if key not in known:
        import difflib

        close = difflib.get_close_matches(key, known, n=3)
        hint = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
        raise StudyError(f"unknown assumption {key!r}.{hint}")
    return known[key]


def table_names() -> list[str]:
    """Names of the tables in ``tables/``, without ending."""
    folder = resources.files(__package__) / "tables"
    return sorted(file.name.removesuffix(".csv") for file in folder.iterdir() if file.name.endswith(".csv"))


@cache
def _read_table(name: str) -> pd.DataFrame:
    import pandas as pd

    if name not in table_names():
        raise StudyError(f"unknown assumption table {name!r}; known: {', '.join(table_names())}.")
    with (resources.files(__package__) / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


def table(name: str) -> pd.DataFrame:
    """
    One cited table as a fresh DataFrame, columns as in the file.

    Parameters
    ----------
    name : str
        File name in ``tables/`` without its ending.

    Raises
    ------
    StudyError
        If there is no such table; the message lists those there are.
    """
    return _read_table(name).copy()
