"""
Every layer and column that leaves a stage: type, unit and meaning, in Polish and English.

One CSV per layer in ``layers/``, one row per column; ``between.csv`` holds those that pass from step to step and that no product
shows, where a name may be a pattern that stands for many columns. Checks, the GeoPackage's field descriptions, QGIS aliases, map
legends, the workbook and the glossary all read the same rows, so that a column is explained in one place.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from pandas.api.extensions import ExtensionDtype

__all__ = ["Column", "between", "check_layer", "columns", "columns_in", "layer_names"]

SAME_AS = {
    "buildings_drawn": "buildings",
    "elements_listed": "thermal_state",
    "told": "remarks",
    "doubts": "remarks",
    "caveats": "remarks",
    "pv_place_economics": "pv_economics",
    "scan_roadmap": "roadmap",
    "scan_roadmap_types": "roadmap_blocks",
}
"""Layers that have the columns of another."""

EVERY = "countries"
_DOMAINS = ("construction_period",)
"""Columns of ``periods.csv`` that are coded domains."""

FORM = "eu"
"""Pack of the form of buildings where a country has none."""

DTYPES = ("float", "int", "bool", "str", "category", "date", "geometry")


@dataclass(frozen=True)
class Column:
    """
    One declared column of a layer.

    Attributes
    ----------
    name : str
        Column name with its unit as suffix (``style`` of the vocabulary: ``height_m``, ``heat_need_kwh_a``).
    dtype : str
        ``float``, ``int``, ``bool``, ``str``, ``category`` (a coded domain), ``date`` or ``geometry``.
    unit : str
        Unit for people, ``-`` for pure numbers, empty for text.
    label_en, label_pl : str
        Short name for legends and table heads.
    meaning_en, meaning_pl : str
        One sentence that a council understands.
    values : tuple of str
        The coded domain of a ``category`` column; the words shown for a code stand in the catalogue as ``code.<value>``.
    required : bool
        Whether every frame of the layer must have the column.
    """

    name: str
    dtype: str
    unit: str
    label_en: str
    label_pl: str
    meaning_en: str
    meaning_pl: str
    values: tuple[str, ...]
    required: bool

    def label(self, lang: str) -> str:
        """Short name in `lang` (``pl`` or ``en``)."""
        return self.label_pl if lang == "pl" else self.label_en

    def meaning(self, lang: str) -> str:
        """One-sentence meaning in `lang` (``pl`` or ``en``)."""
        return self.meaning_pl if lang == "pl" else self.meaning_en


@cache
def layer_names() -> tuple[str, ...]:
    """Names of all layers that products show."""
    folder = resources.files(__package__) / "layers"
    return tuple(sorted(file.name.removesuffix(".csv") for file in folder.iterdir() if file.name.endswith(".csv")))


@cache
def columns(layer: str) -> dict[str, Column]:
    """
    Declared columns of a layer by name, in display order.

    Raises
    ------
    LayerError
        If the layer is not declared.
    """
    if layer not in layer_names():
        raise LayerError(Sentence("error.layer_is_not_declared_known", layer=layer, names=", ".join(layer_names())))
    text = (resources.files(__package__) / "layers" / f"{layer}.csv").read_text(encoding="utf-8")
    found: dict[str, Column] = {}
    for row in csv.DictReader(text.splitlines()):
        found[row["name"]] = Column(
            name=row["name"],
            dtype=row["dtype"],
            unit=row["unit"],
            label_en=row["label_en"],
            label_pl=row["label_pl"],
            meaning_en=row["meaning_en"],
            meaning_pl=row["meaning_pl"],
            values=_values(row["values"]),
            required=row["required"] == "yes",
        )
    return found


def columns_in(layer: str, country: str) -> dict[str, Column]:
    """Declared columns of a layer, whose coded domains hold the codes of one country alone; of `FORM` where it has no pack."""
    folders = resources.files("ped_geo").joinpath("countries")
    code = country.lower() if country and folders.joinpath(country.lower(), "pack.toml").is_file() else FORM
    own = {value for name in _DOMAINS for value in _values(f"{EVERY}:{name}", code)}
    foreign = {value for name in _DOMAINS for value in _values(f"{EVERY}:{name}")} - own
    narrowed = {name: tuple(value for value in column.values if value not in foreign) for name, column in columns(layer).items()}
    return {name: replace(column, values=narrowed[name]) for name, column in columns(layer).items()}


def _values(told: str, country: str = "") -> tuple[str, ...]:
    """A coded domain: its codes, or ``countries:<column>``, the codes of that column in the pack of one country or of all."""
    where, _, name = told.partition(":")
    if where != EVERY:
        return tuple(value for value in told.split("|") if value)
    folders = sorted(resources.files("ped_geo").joinpath("countries").iterdir(), key=lambda entry: entry.name)
    folders = [folder for folder in folders if country in ("", folder.name)]
    tables = (folder / "periods.csv" for folder in folders)
    rows = (row for table in tables if table.is_file() for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    return tuple(row[name] for row in rows)


@cache
def between() -> dict[str, dict[str, Column]]:
    """Declared columns of the layers that no product shows, by layer and by name or pattern."""
    text = (resources.files(__package__) / "between.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        column = Column(row["name"], row["dtype"], row["unit"], "", "", row["meaning"], "", (), row["required"] == "yes")
        found.setdefault(row["layer"], {})[row["name"]] = column
    return found


def _declared(layer: str, frame: pd.DataFrame) -> tuple[dict[str, Column], list[str]]:
    """Declared column of each of the frame's columns, and required names or patterns that none of them has."""
    rows = between()[layer] if layer in between() else columns(layer)
    patterns = [name for name in rows if "*" in name]
    names = [str(column) for column in frame.columns]
    found = {name: rows[name] for name in names if name in rows}
    for name in names if patterns else ():
        for pattern in patterns if name not in found else ():
            if fnmatch(name, pattern):
                found[name] = rows[pattern]
    met = {column.name for column in found.values()}
    return found, [name for name, column in rows.items() if column.required and name not in met]


def _wrong_type(dtype: ExtensionDtype | np.dtype, column: Column) -> bool:
    import pandas.api.types as types

    match column.dtype:
        case "float":
            return not types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)
        case "int":
            return not types.is_integer_dtype(dtype)
        case "bool":
            return not types.is_bool_dtype(dtype)
        case "date":
            return not types.is_datetime64_any_dtype(dtype)
        case "geometry":
            return dtype.name != "geometry"
        case _:
            return types.is_numeric_dtype(dtype)


def check_layer(layer: str, frame: pd.DataFrame, *, also: Iterable[str] = ()) -> pd.DataFrame:
    """
    Refuse a frame that is not what the schema declares; give it back unchanged otherwise.

    Parameters
    ----------
    layer : str
        Declared layer.
    frame : DataFrame
        The table that leaves a stage.
    also : iterable of str
        Undeclared columns that are allowed here.

    Returns
    -------
    DataFrame
        `frame` itself.

    Raises
    ------
    LayerError
        With all problems at once: missing or undeclared columns, wrong types, values outside a coded domain,
        an index that is not unique.
    """
    layer = SAME_AS.get(layer, layer)
    declared, missing = _declared(layer, frame)
    problems = [Sentence("error.column_is_missing", name=name) for name in missing]
    allowed = {*declared, *also}
    problems += [Sentence("error.column_is_not_declared_in", name=name) for name in map(str, frame.columns) if name not in allowed]
    # a frame without rows holds nothing that could be of a wrong type
    for name, dtype in zip(map(str, frame.columns), frame.dtypes, strict=True) if len(frame) else ():
        column = declared.get(name)
        if column is None:
            continue
        if _wrong_type(dtype, column):
            problems.append(Sentence("error.column_is_must_be", name=name, dtype=dtype, dtype_2=column.dtype))
        elif column.values:
            strange = sorted(set(frame[name].dropna().astype(str)) - set(column.values))
            if strange:
                problems.append(Sentence("error.column_holds_must_be_one", name=name, strange=strange[0], names=", ".join(column.values)))
    if not frame.index.is_unique:
        problems.append(Sentence("error.index_holds_more_than_once", name=frame.index.name, index=frame.index[frame.index.duplicated()][0]))
    if problems:
        raise LayerError(Sentence("error.layer", layer=layer), problems)
    return frame
