"""Sheets of the workbook with a row for each block and variant, to be turned and filtered, and the sums of each variant as formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ped_geo import schema
from ped_geo.outputs.book import CHANCE, Book, Formula, Shown, both, sheet_name
from ped_geo.outputs.figures import BLOCK_FIGURES, FIGURES, column_decimals, written_unit

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["SUMMED", "variant_sheets"]

SUMMED: Final = (
    *("reference_area_m2", "primary_energy_balance_kwh_a", "primary_energy_nren_kwh_a", "co2_kg_a"),
    *("nox_kg_a", "pm10_kg_a", "pm25_kg_a", "investment", "grant"),
)
"""Columns of the layer ``balance`` whose amounts the blocks of a district add up to; the first is what they are divided by."""
LEADING: Final = 3
"""Columns before the amounts: block, variant, key of the variant."""


def variant_sheets(book: Book, results: Results, named: Mapping[str, str]) -> None:
    """
    Write both sheets.

    Parameters
    ----------
    book : Book
        To write to.
    results : Results
        The run.
    named : mapping of str to str
        Variants in words of both languages.
    """
    balance, blocks = results.layers["balance"], results.layers["blocks"]
    declared = schema.columns("balance")
    keys = [variant.key for variant in results.study.variants]
    figures = results.figures.wide("block", BLOCK_FIGURES)
    amounts = balance[list(SUMMED)]
    labels = blocks["label"].astype("str").to_dict()
    shown = {name: [Shown(value, column_decimals(declared[name])) for value in amounts[name].tolist()] for name in SUMMED}
    by_figure = {
        key: [
            Shown(value, CHANCE if FIGURES[key].chance else FIGURES[key].digits)
            for value in figures[FIGURES[key].name].reindex(amounts.index).tolist()
        ]
        for key in BLOCK_FIGURES
    }
    heads = [both("workbook.key.block_id"), both("workbook.key.variant"), both("workbook.key"), *(_head(declared[name]) for name in SUMMED)]
    heads += [_figure_head(key) for key in BLOCK_FIGURES]
    rows: list[list[Any]] = [
        [labels[block], named[variant], variant, *cells]
        for (block, variant), *cells in zip(amounts.index.tolist(), *shown.values(), *by_figure.values(), strict=True)
        if variant in keys
    ]
    title = both("workbook.block_variants")
    book.sheet(title, heads, rows, [34, 50])
    book.sheet(both("workbook.totals"), *_totals(title, len(rows), amounts, keys, named), [50])


def _totals(title: str, count: int, amounts: pd.DataFrame, keys: list[str], named: Mapping[str, str]) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows of sums: each a formula over the rows of its variant, and the balance by heated floor as a quotient of two of them."""
    from xlsxwriter.utility import xl_col_to_name

    declared = schema.columns("balance")
    by_floor = FIGURES["balance"]
    heads = [both("workbook.key.variant"), both("workbook.key"), *(_head(declared[name]) for name in SUMMED), _figure_head("balance")]
    sums = amounts.groupby(level="variant").sum()

    def rows_of(column: str) -> str:
        return f"'{sheet_name(title)}'!${column}$2:${column}${count + 1}"

    found: list[list[Any]] = []
    for place, key in enumerate(keys, start=2):
        cells: list[Any] = [named[key], key]
        for column, name in enumerate(SUMMED):
            formula = f"=SUMIFS({rows_of(xl_col_to_name(LEADING + column))},{rows_of('C')},$B{place})"
            cells.append(Formula(formula, float(sums.at[key, name]), column_decimals(declared[name])))
        floor = float(sums.at[key, SUMMED[0]])
        if floor > 0.0:
            balance = float(sums.at[key, SUMMED[1]]) / floor
            cells.append(Formula(f"=D{place}/C{place}", balance, by_floor.digits))
        else:
            cells.append(None)
        found.append(cells)
    return heads, found


def _head(column: schema.Column) -> str:
    unit = written_unit(column.unit)
    return f"{column.label_pl} | {column.label_en}" + (f" [{unit}]" if unit else "")


def _figure_head(key: str) -> str:
    figure = FIGURES[key]
    unit = written_unit(figure.unit)
    return f"{figure.label('pl')} | {figure.label('en')}" + (f" [{unit}]" if unit else "")
