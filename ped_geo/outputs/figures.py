"""
How figures are looked up and written: values of the layers that the stage of the figures gives, decimals, units and classes.

A figure has the same classes in every variant and every product; a value is classed as it is printed. Where nothing is heated there
is no value per heated floor, and where no modules fit there is no yield.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures import FIGURES, LEAST_CHANCE
from ped_geo.language import in_currency, number, text
from ped_geo.outputs import Results
from ped_geo.outputs.styles import AMOUNT, Classes, amount_classes, signed_classes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ped_geo.schema import Column

__all__ = [
    "COST_FIGURES",
    "FIGURES",
    "block_figures",
    "building_figures",
    "chance_words",
    "classes_of",
    "column_decimals",
    "decimals",
    "has_heat",
    "is_heated",
    "printed",
    "rows_of",
    "written_unit",
]

BLOCK_FIGURES = (
    "heat", "final", "primary", "balance", "pv", "pv_m2", "co2", "nox", "pm10", "pm25", "investment", "investment_m2", "grant", "payback",
    "p_positive", "missing_kwp", "missing_m2", "linear_density",
)  # fmt: skip
"""What is shown of blocks in every variant."""

COST_FIGURES = ("investment", "grant", "payback_plain", "payback", "npv", "flat_bill", "flat_works", "network_investment")
"""Costs and benefits of each variant, in the report and the workbook."""

DECIMALS = {
    "%": 0, "-": 2, "1/h": 2, "GWh/a": 2, "MWh/(m·a)": 2, "MWh/a": 1, "¤": 0, "¤/a": 0, "¤/kWh": 2, "¤/m²": 0, "¤/t": 0,
    "W/(m²K)": 2, "W/m²": 0, "a": 0, "g/(m²·a)": 1, "kW": 1, "kWh": 0, "kWh/(kWp·a)": 0, "kWh/(m²·a)": 1, "kWh/a": 0, "kWh/kWp": 0,
    "kWh_PE/(m²·a)": 1, "kWp": 1, "kg/(m²·a)": 1, "kg/a": 0, "kgCO₂e/(m²·a)": 1, "m": 1, "m/s": 1, "m²": 0, "m³": 0, "t/a": 1,
    "°": 0, "°C": 1,
}  # fmt: skip
"""Printed decimals by unit."""

COUNTED = {"residents", "residents_low", "residents_high", "dwellings", "buildings", "roof_levels"}
"""Columns without a unit that count things."""

TRACES = ("bap",)
"""Pollutants of which a whole district emits grams: three more decimals."""


def written_unit(unit: str, lang: str = "") -> str:
    """
    A unit in the one way in which all products write it; empty for pure numbers. Polish readers get the words for years and money.

    Examples
    --------
    >>> written_unit("kWh/m²a"), written_unit("kWh/(m²a)"), written_unit("-")
    ('kWh/(m²·a)', 'kWh/(m²·a)', '')
    >>> written_unit("kWh/(m²·a)", "pl"), written_unit("t/a", "en"), written_unit("1000 PLN/a", "pl"), written_unit("mln PLN", "en")
    ('kWh/(m²·rok)', 't/a', 'tys. zł/rok', 'million PLN')
    >>> written_unit("¤/month", "pl"), written_unit("¤/month", "en")
    ('zł/miesiąc', 'PLN/month')
    """
    whole = in_currency("" if unit in {"-", "see unit"} else unit.replace("/(m²a)", "/(m²·a)").replace("/m²a", "/(m²·a)"))
    if lang != "pl":
        return re.sub(r"^mln ", "million ", whole) if lang == "en" else whole
    money = re.sub(rf"\b{re.escape(in_currency('¤¤', 'pl'))}\b", in_currency("¤", "pl"), whole)
    money = re.sub(r"/month$", "/miesiąc", money)
    return re.sub(r"(?<=[/·])a\b", "rok", re.sub(r"^1000 ", "tys. ", money))


def decimals(name: str, unit: str) -> int:
    """
    Printed decimals of a column or an indicator.

    Parameters
    ----------
    name : str
        Of the column, with or without a variant's key.
    unit : str
        As declared.

    Examples
    --------
    >>> decimals("heat_need_kwh_m2a", "kWh/(m²a)"), decimals("residents", "-"), decimals("bap_kg", "kg/a")
    (1, 0, 3)
    """
    if name in COUNTED:
        return 0
    return DECIMALS.get(written_unit(unit).replace(in_currency("¤"), "¤") or "-", 2) + (
        3 if name.removeprefix("kpi_").startswith(TRACES) else 0
    )


def column_decimals(column: Column) -> int | None:
    """Printed decimals of a declared column; None where it holds no fractions, or a year."""
    if column.name.endswith("_year"):
        return None
    return decimals(column.name.partition("__")[0], column.unit) if column.dtype == "float" else None


def chance_words(chance: float, lang: str) -> str:
    """
    A chance from draws for a sentence.

    Parameters
    ----------
    chance : float
        As `Figure.told` gives it. [%]
    lang : str
        ``pl`` or ``en``.

    Examples
    --------
    >>> chance_words(0.0, "en"), chance_words(34.8, "en"), chance_words(100.0, "pl")
    ('below 1%', '35%', 'ponad 99%')
    """
    figure = FIGURES["p_positive"]
    if not (beyond := figure.beyond(chance)):
        return f"{figure.words(chance, lang)}%"
    share = LEAST_CHANCE if beyond == "below" else 100.0 - LEAST_CHANCE
    return text(f"report.chance.{beyond}", lang, share=number(share, lang))


def printed(values: pd.Series, key: str) -> list[float | None]:
    """Values of a figure as they are printed; None where there is none."""
    figure = FIGURES[key]
    return [figure.printed(value) for value in values.tolist()]


def rows_of(table: pd.DataFrame, level: str, key: str) -> pd.DataFrame:
    """Rows of a table under one key of an index level, which is taken off; none where the table has no such key."""
    return table[table.index.get_level_values(level) == key].droplevel(level)


def has_heat(blocks: pd.DataFrame) -> pd.Series:
    """Whether a block has heated floor, by ``block_id``."""
    return blocks["reference_area_m2"] > LEAST_FLOOR_M2


def is_heated(results: Results) -> bool:
    """Whether anything in the place is heated: else there is nothing to be judged."""
    return results.figures.value("area") > LEAST_FLOOR_M2


def block_figures(results: Results) -> pd.DataFrame:
    """
    Figures of every block with heated floor in every variant.

    Returns
    -------
    DataFrame, index (``block_id``, ``variant``)
        `BLOCK_FIGURES`, not rounded.
    """
    found = results.figures.wide("block", BLOCK_FIGURES).rename_axis(index=["block_id", "variant"])
    blocks = results.layers["blocks"]
    return found[found.index.get_level_values("block_id").isin(blocks.index[has_heat(blocks)])]


def building_figures(results: Results) -> pd.DataFrame:
    """
    Figures of the district's buildings.

    Returns
    -------
    DataFrame, index ``building_id``
        Layer ``building_figures``.
    """
    return results.layers["building_figures"]


def classes_of(key: str, values: pd.Series | Iterable[float]) -> Classes:
    """
    Classes of a figure, the same wherever it is drawn.

    Parameters
    ----------
    key : str
        In `FIGURES`.
    values : sequence of float
        All values that the place has of it: of every block and variant, or of every building.

    Returns
    -------
    Classes
        None at all where there is no value.
    """
    figure, values = FIGURES[key], [value for value in values if np.isfinite(value)]
    if not values:
        return Classes((), (), figure.digits)
    if figure.limits:
        return Classes(figure.limits, AMOUNT, figure.digits)
    chosen = signed_classes if figure.signed else amount_classes
    return chosen(values, figure.digits)
