"""
A workbook whose sheets follow one set of rules: contents first, heads frozen, numbers typed, sums as formulas, pages that fit.

Text from outside is written as text, so that no cell of it becomes a formula.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from ped_geo.figures import LEAST_CHANCE
from ped_geo.language import catalogue, text
from ped_geo.outputs.escapes import LONGEST_CELL, safe_text

__all__ = ["CHANCE", "YEAR", "Book", "Formula", "Shown", "both", "sheet_name"]


class Shown(NamedTuple):
    """A number and the decimals with which it is printed, `YEAR` or `CHANCE`."""

    value: Any
    digits: int | None


class Formula(NamedTuple):
    """A formula of our own, the value that it has when the file is written, and printed decimals."""

    words: str
    value: float
    digits: int | None


YEAR: Final = -1
CHANCE: Final = -2
MOST_DECIMALS: Final = 5
LINE_PT: Final = 15.0
MOST_LINES: Final = 27  # no row may be higher than 409 points
HEAD_LINES: Final = 4
"""Lines that a head may have before its column is made wider."""
WIDEST: Final = 40
PAGE_LETTERS: Final = 220.0
"""Letters of the columns that one sheet of paper holds side by side, A4 across, in print that can still be read."""
A4: Final = 9


def both(key: str, **values: Any) -> str:
    """Words of the catalogue in both languages, as cells of the workbook have them."""
    return f"{text(key, 'pl', **values)} | {text(key, 'en', **values)}"


def sheet_name(title: str) -> str:
    """
    Name of a sheet, which has 31 letters at most.

    Examples
    --------
    >>> sheet_name("Budynki | Buildings")
    'Budynki Buildings'
    """
    return title.replace(" | ", " ")[:31]


def _row_words(head: str) -> str:
    """What a row is about, by the head of its first column, where identifiers stand under their own names."""
    key = f"workbook.row.{head}"
    return both(key) if key in catalogue() else head


def _width(head: str, values: Iterable[Any]) -> float:
    """Letters that a column is wide: 14 for numbers, more for words, and so many that its head is short."""
    wide = max(14, min(WIDEST, 1 + max((len(value) for value in values if isinstance(value, str)), default=0)))
    while wide < WIDEST and _wrapped(head, wide) > HEAD_LINES:
        wide += 1
    return float(wide)


def _lines(row: Sequence[Any], wide: Sequence[float]) -> int:
    """Lines of the cell that has most of them, in columns so many letters wide."""
    most = 1
    for value, width in zip(row, wide, strict=False):
        if isinstance(value, str) and len(value) > width:
            most = max(most, _wrapped(value, int(width)))
    return min(most, MOST_LINES)


@lru_cache(maxsize=1 << 16)
def _wrapped(value: str, width: int) -> int:
    """Lines of a text in a column so many letters wide."""
    return sum(len(textwrap.wrap(part, width)) or 1 for part in value[:LONGEST_CELL].split("\n"))


def _number(value: Any) -> float | None:
    """A number that a cell holds; None where it holds none."""
    value = value.value if isinstance(value, (Shown, Formula)) else value
    if value is None or value is pd.NA or isinstance(value, (bool, str)) or not math.isfinite(value):
        return None
    return float(value)


class Book:
    """
    Sheets written by the same rules, after a table of contents with links.

    Parameters
    ----------
    path : Path
        File to write.
    title : str, optional
        Title of the document.
    """

    def __init__(self, path: Path, title: str = "ped_geo") -> None:
        import xlsxwriter

        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        # a fixed date makes two runs byte-equal
        self.book.set_properties({"created": datetime(2024, 1, 1), "title": safe_text(title), "author": "ped_geo"})  # noqa: DTZ001
        self.head = self.book.add_format({"bold": True, "bg_color": "#E6E6E6", "text_wrap": True, "valign": "top", "border": 1})
        self.numbers = [self._amount(digits) for digits in range(MOST_DECIMALS + 1)]
        self.sums = [self._amount(digits, bold=True, top=1) for digits in range(MOST_DECIMALS + 1)]
        # a year is no amount: its thousands are not grouped
        self.year = self.book.add_format({"num_format": "0", "valign": "top"})
        # as `ped_geo.figures.Figure.words` writes it: draws tell no chance as nought or sure
        self.chance = self.book.add_format(
            {
                "num_format": f'[<{LEAST_CHANCE:.0f}]"<{LEAST_CHANCE:.0f}";[>{100 - LEAST_CHANCE:.0f}]">{100 - LEAST_CHANCE:.0f}";0',
                "valign": "top",
            }
        )
        self.special = {YEAR: self.year, CHANCE: self.chance}
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.sum_words = self.book.add_format({"text_wrap": True, "valign": "top", "bold": True, "top": 1})
        self.link = self.book.get_default_url_format()
        self.contents = self.book.add_worksheet(sheet_name(both("workbook.contents")))
        self.listed: list[tuple[str, str, str, int, int]] = []

    def _amount(self, digits: int, **more: Any) -> Any:
        return self.book.add_format({"num_format": "#,##0" + ("." + "0" * digits if digits else ""), "valign": "top", **more})

    def sheet(
        self,
        title: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[Any]],
        widths: Sequence[float] = (),
        sums: Collection[int] = (),
    ) -> None:
        """
        One sheet with frozen heads and a filter.

        Parameters
        ----------
        title : str
            In both languages, parted by a bar; its first 31 letters name the sheet.
        heads : sequence of str
            In both languages.
        rows : iterable of sequence
            Cells as long as `heads`.
        widths : sequence of float, optional
            Letters that the leading columns are wide.
        sums : collection of int, optional
            Columns that have a sum below: of the rows that a filter leaves.
        """
        name, rows = sheet_name(title), list(rows)
        sheet = self.book.add_worksheet(name)
        self._fill(sheet, heads, rows, widths)
        self.listed.append((name, title, _row_words(heads[0]), len(rows), len(heads)))
        if rows and sums:
            self._sums(sheet, rows, sums)

    def _fill(self, sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> None:
        wide = [
            widths[column] if column < len(widths) else _width(head, (row[column] for row in rows)) for column, head in enumerate(heads)
        ]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, safe_text(head), self.head)
            sheet.set_column(column, column, wide[column])
        # not every office program makes a row as high as its text when it opens a file
        sheet.set_row(0, LINE_PT * _lines(heads, wide))
        for place, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._cell(sheet, place, column, value)
            if (lines := _lines(row, wide)) > 1:
                sheet.set_row(place, LINE_PT * lines)
        sheet.freeze_panes(1, 1)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)
        self._printed(sheet, wide, len(rows))

    def _printed(self, sheet: Any, wide: Sequence[float], rows: int) -> None:
        """Paper: heads on each page, one page wide; of a sheet wider than that its leading columns."""
        fitting, letters = 0, 0.0
        for width in wide:
            letters += width
            if letters > PAGE_LETTERS and fitting:
                break
            fitting += 1
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(0.4, 0.4, 0.5, 0.5)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        # the row of sums belongs to the page too
        sheet.print_area(0, 0, rows + 1, max(fitting, 1) - 1)
        sheet.set_footer("&L&A&R&P / &N")

    def _sums(self, sheet: Any, rows: Sequence[Sequence[Any]], sums: Collection[int]) -> None:
        from xlsxwriter.utility import xl_range

        last = len(rows)
        words = both("workbook.sum")
        sheet.write_string(last + 1, 0, words, self.sum_words)
        sheet.set_row(last + 1, LINE_PT * _lines([words], [14.0]))
        for column in sorted(sums):
            values = [value for row in rows if (value := _number(row[column])) is not None]
            if not values:
                continue
            digits = next((cell.digits for row in rows if isinstance(cell := row[column], Shown) and cell.digits is not None), 0)
            formula = f"=SUBTOTAL(109,{xl_range(1, column, last, column)})"
            sheet.write_formula(last + 1, column, formula, self.sums[digits], math.fsum(values))

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, Formula):
            sheet.write_formula(row, column, value.words, self.numbers[value.digits or 0], value.value)
            return
        value, digits = value if isinstance(value, Shown) else (value, None)
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, bool):
            # office programs show a truth as a word of their own language, as a word of ours or as 1
            sheet.write_string(row, column, both("report.yes" if value else "report.no"), self.wrapped)
        elif isinstance(value, (int, float)):
            if digits is None:
                digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
            sheet.write_number(row, column, value, self.special.get(digits) or self.numbers[digits])
        else:
            sheet.write_string(row, column, safe_text(value), self.wrapped)

    def close(self) -> None:
        """Write the contents and finish the file."""
        heads = [both(f"workbook.contents.{name}") for name in ("sheet", "title", "row", "rows", "columns")]
        self._fill(self.contents, heads, self.listed, [34, 60, 34])
        for place, (name, *_) in enumerate(self.listed, start=1):
            self.contents.write_url(place, 0, f"internal:'{name}'!A1", self.link, safe_text(name))
        self.book.close()
