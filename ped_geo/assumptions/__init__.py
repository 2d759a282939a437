"""
Every number that is not arithmetic: value, unit, source, year and confidence.

Scalar assumptions stand in ``<topic>.csv`` beside this file, one row each, and are read by their full key
``topic.key``. Tables with a shape of their own (profiles, climates, tag rules) stand in ``tables/``. What belongs to a country
(prices, factors, typology, grants, holidays) stands in its pack, ``ped_geo/countries/<code>/``: scalars in its ``assumptions/``,
tables beside that; a table or a number of a pack goes before the common one of the same name.
A district's TOML may override a scalar in its ``[assumptions]`` section; `ped_geo.study.Study.assumed` sees that.

``confidence`` is ``read`` (the number stood in a source that was read), ``known`` (an established figure of a named
document that was not read) or ``assumed`` (an engineering assumption).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = ["CONFIDENCES", "HOME", "Assumed", "Assumption", "cited", "scalar", "scalars", "table", "table_names"]

CONFIDENCES = ("read", "known", "assumed")

HOME = "PL"
"""Country of a study that names none, such as that of a notebook; a run takes the country of its place."""


Assumed = Callable[[str], float]
"""Value of an assumption by its full key: `cited`, or `ped_geo.study.Study.assumed`, which knows the district's overrides."""


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


def _pack(country: str) -> Traversable:
    """Folder of a country's pack, which may not be there."""
    return resources.files("ped_geo") / "countries" / (country or HOME).lower()


def _endings(folder: Traversable) -> dict[str, Traversable]:
    """CSV files of a folder by their name without ending; none where there is no folder."""
    files = sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []
    return {file.name.removesuffix(".csv"): file for file in files if file.name.endswith(".csv")}


def _rows(folder: Traversable) -> dict[str, Assumption]:
    """Scalar assumptions of a folder's files."""
    found: dict[str, Assumption] = {}
    for topic, file in _endings(folder).items():
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


@cache
def scalars(country: str = "") -> dict[str, Assumption]:
    """
    All scalar assumptions of a country by full key: the common ones, and those of its pack, topic by topic.

    Parameters
    ----------
    country : str
        Code of two letters; `HOME` where it is empty. Of a country without a pack, the common ones alone.

    Examples
    --------
    >>> scalars()["building.t_internal"].value
    20.0
    >>> scalars("DE")["building.t_internal"] == scalars("PL")["building.t_internal"]
    True
    """
    found = {**_rows(resources.files(__package__)), **_rows(_pack(country) / "assumptions")}
    return {key: found[key] for key in sorted(found, key=lambda key: key.partition(".")[0])}


def scalar(key: str, country: str = "") -> Assumption:
    """
    One assumption by its full key.

    Parameters
    ----------
    key : str
        Full key, ``topic.key``.
    country : str
        Code of two letters; `HOME` where it is empty.

    Raises
    ------
    StudyError
        If there is no such key; close matches are named.
    """
    known = scalars(country)
    if key not in known:
        import difflib

        if key in scalars(HOME):
            raise StudyError(Sentence("error.assumption_belongs_to_country_and", key=key, country=country))
        close = difflib.get_close_matches(key, known, n=3)
        hint = Sentence("error.did_you_mean", names=" or ".join(repr(name) for name in close)) if close else ""
        raise StudyError(Sentence("error.unknown_assumption", key=key, hint=hint))
    return known[key]


def cited(key: str) -> float:
    """
    Value of an assumption as its source gives it.

    Parameters
    ----------
    key : str
        Full key, ``topic.key``.

    Raises
    ------
    StudyError
        If there is no such key.

    Examples
    --------
    >>> cited("building.t_internal")
    20.0
    """
    return scalar(key).value


def table_names(country: str | None = None) -> list[str]:
    """Names of the tables in ``tables/``, or of those of a country's own pack, without ending."""
    return sorted(_endings(_pack(country) if country is not None else resources.files(__package__) / "tables"))


@cache
def _read_table(name: str, country: str) -> pd.DataFrame:
    import pandas as pd

    files = {**_endings(resources.files(__package__) / "tables"), **_endings(_pack(country))}
    if name not in files:
        raise StudyError(
            Sentence("error.unknown_assumption_table_for_country", name=name, country=country or HOME, names=", ".join(sorted(files)))
        )
    with files[name].open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


def table(name: str, country: str = "") -> pd.DataFrame:
    """
    One cited table as a fresh DataFrame, columns as in the file.

    Parameters
    ----------
    name : str
        File name without its ending: in the country's pack, else in ``tables/``.
    country : str
        Code of two letters; `HOME` where it is empty.

    Raises
    ------
    StudyError
        If there is no such table; the message lists those there are.
    """
    return _read_table(name, country).copy()
