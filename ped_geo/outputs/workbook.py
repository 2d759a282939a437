"""
The workbook: verdicts, variants, blocks, buildings, packages, months, indicators, assumptions and glossary, in both languages.

Numbers are numbers with formats; heads are frozen. Text from outside is written as text, so that no cell becomes a formula.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.countries import HOME, pack, packs
from ped_geo.language import catalogue, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.block_plans import plan_sheets
from ped_geo.outputs.escapes import LONGEST_CELL, safe_text
from ped_geo.outputs.figures import COST_FIGURES, FIGURES, column_decimals, decimals, is_heated, written_unit
from ped_geo.outputs.report.page_one import page_one, programme_name
from ped_geo.outputs.roadmap_sheets import roadmap_sheets
from ped_geo.outputs.single_households import withhold_single_households, without_single_households
from ped_geo.outputs.tables import DocumentedLayer, block_table, building_table, variant_name, weather_words
from ped_geo.plans.levers import LEVERS

if TYPE_CHECKING:
    from ped_geo.schema import Column

__all__ = ["write_workbook"]


class Shown(NamedTuple):
    """A number and the decimals with which it is printed, or `YEAR`."""

    value: Any
    digits: int | None


YEAR = -1
MOST_DECIMALS = 5
LINE_PT = 15.0
A3 = 8
"""Code of the paper in files of office programs."""
MOST_LINES = 27  # no row may be higher than 409 points


def _width(values: Iterable[Any]) -> float:
    """Letters that a column is wide: 14 for numbers, up to 40 for words."""
    return max(14.0, min(40.0, 1.0 + max((len(value) for value in values if isinstance(value, str)), default=0)))


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


class _Book:
    """Sheets written by the same rules."""

    def __init__(self, path: Path) -> None:
        import xlsxwriter

        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        # a fixed date makes two runs byte-equal
        self.book.set_properties({"created": datetime(2024, 1, 1), "title": "ped_geo"})  # noqa: DTZ001
        self.head = self.book.add_format({"bold": True, "bg_color": "#E6E6E6", "text_wrap": True, "valign": "top", "border": 1})
        self.numbers = {
            digits: self.book.add_format({"num_format": "#,##0" + ("." + "0" * digits if digits else ""), "valign": "top"})
            for digits in range(MOST_DECIMALS + 1)
        }
        # a year is no amount: its thousands are not grouped
        self.year = self.book.add_format({"num_format": "0", "valign": "top"})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float] = ()) -> None:
        """One sheet with frozen heads and a filter."""
        sheet = self.book.add_worksheet(title[:31])
        rows = list(rows)
        wide = [widths[column] if column < len(widths) else _width(row[column] for row in rows) for column in range(len(heads))]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, safe_text(head), self.head)
            sheet.set_column(column, column, wide[column])
        # not every office program makes a row as high as its text when it opens a file
        sheet.set_row(0, LINE_PT * _lines(heads, wide))
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._cell(sheet, last, column, value)
            if (lines := _lines(row, wide)) > 1:
                sheet.set_row(last, LINE_PT * lines)
        sheet.freeze_panes(1, 1)
        # printed, a wide table would be cut into strips of columns without heads
        sheet.set_landscape()
        sheet.set_paper(A3)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if last:
            sheet.autofilter(0, 0, last, len(heads) - 1)

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        value, digits = value if isinstance(value, Shown) else (value, None)
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, bool):
            # office programs show a truth as a word of their own language, as a word of ours or as 1
            sheet.write_string(row, column, _both("report.yes" if value else "report.no"), self.wrapped)
        elif isinstance(value, (int, float)):
            if digits is None:
                digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
            sheet.write_number(row, column, value, self.year if digits == YEAR else self.numbers[digits])
        else:
            sheet.write_string(row, column, safe_text(value), self.wrapped)

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def _both(key: str) -> str:
    return f"{text(key, 'pl')} | {text(key, 'en')}"


def _head(column: Column) -> str:
    unit = written_unit(column.unit)
    return f"{column.label_pl} | {column.label_en}" + (f" [{unit}]" if unit else "")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _coded(value: Any, column: Column) -> Any:
    if column.name.endswith("_source") and isinstance(value, str):
        return _source_words(value)
    if column.name == "unit" and isinstance(value, str):
        return written_unit(value)
    if column.values and isinstance(value, str) and value in column.values:
        return _both(f"code.{value}")
    said = _plain(value)
    if isinstance(said, float):
        return Shown(said, YEAR if column.name.endswith("_year") else column_decimals(column))
    return said


def _worded(value: Any, column: Column | None) -> Any:
    """A cell of a table of our own, which holds no text from outside: codes in words."""
    said = _plain(value) if column is None else _coded(value, column)
    return _both_or(f"code.{said}", said) if isinstance(said, str) else said


def _layer_sheet(book: _Book, title: str, layer: DocumentedLayer, index: str) -> None:
    names = [name for name in layer.frame.columns if name in layer.columns and layer.columns[name].dtype != "geometry"]
    heads = [index, *(_head(layer.columns[name]) for name in names)]
    cells = [_coded_cells(layer.frame[name], layer.columns[name]) for name in names]
    book.sheet(title, heads, ([str(key), *row] for key, *row in zip(layer.frame.index, *cells, strict=True)), [20])


def _coded_cells(values: pd.Series, column: Column) -> list[Any]:
    """Cells of a column; what is said of a word is worked out once."""
    digits = YEAR if column.name.endswith("_year") else column_decimals(column)
    said: dict[str, Any] = {}
    found: list[Any] = []
    for value in values.tolist():
        if isinstance(value, str):
            if value not in said:
                said[value] = _coded(value, column)
            found.append(said[value])
        else:
            found.append(Shown(value, digits) if isinstance(value, float) else _plain(value))
    return found


def _rows(frame: pd.DataFrame, names: list[str]) -> Iterable[tuple[Any, tuple[Any, ...]]]:
    return zip(frame.index, frame[names].itertuples(index=False, name=None), strict=True)


def _table_sheet(book: _Book, title: str, layer: str, frame: pd.DataFrame, named: Mapping[str, str]) -> None:
    """A table with its index, in words as far as `named` has them, as leading columns; declared columns get their names."""
    declared = schema.columns(layer)
    names = [str(name) for name in frame.columns]
    keys = [str(name) for name in frame.index.names]
    heads = [*(_both(f"workbook.key.{key}") for key in keys), *(_head(declared[name]) if name in declared else name for name in names)]
    rows = (
        [
            *(named.get(part, part) for part in (key if isinstance(key, tuple) else (key,))),
            *(_worded(value, declared.get(name)) for name, value in zip(names, row, strict=True)),
        ]
        for key, row in _rows(frame, list(frame.columns))
    )
    book.sheet(title, heads, rows, [26] * len(keys))


def _lever_words(results: Results) -> dict[str, str]:
    """Words for levers, and the names of blocks."""
    found = {str(lever): _both_or(f"variant.supply.{lever}", _both_or(f"code.{lever}", str(lever))) for lever in LEVERS}
    return found | {str(block): str(label) for block, label in results.layers["blocks"]["label"].items()}


def _key_words(results: Results) -> dict[str, str]:
    """Words in both languages for the keys of variants, packages, definitions and groups."""
    found = {variant.package: _both_or(f"variant.package.{variant.package}", variant.package) for variant in results.study.variants}
    found |= {variant.key: f"{variant_name(variant, 'pl')} | {variant_name(variant, 'en')}" for variant in results.study.variants}
    verdicts = results.layers["verdicts"].index
    found |= {str(key): _both_or(f"verdicts.{key}", str(key)) for key in verdicts.unique("definition")}
    found |= {str(name): f"{label} ({name})" for name, label in results.layers["candidates"]["label"].items()}
    return found | {"district": _both("workbook.district")}


def _level_words() -> dict[str, str]:
    """Temperatures of heat networks in both languages."""
    return {str(level): _both(f"code.{level}") for level in assumptions.table("heat_network_levels")["level"]}


def _summer_words(results: Results) -> dict[str, str]:
    """Measures against heat and climates in both languages."""
    index = results.layers["summer_totals"].index
    return {str(key): _both(f"summer.{level}.{key}") for level in ("measure", "climate") for key in index.unique(level)}


def _both_or(key: str, fallback: str) -> str:
    return _both(key) if key in catalogue() else fallback


def _source_words(source: str) -> str:
    """Where an attribute comes from; the rules that fill gaps in words."""
    rule = source.removeprefix("inferred: ")
    if rule == source:
        return source
    told = {lang: text(f"rule.{rule}", lang) if f"rule.{rule}" in catalogue() else rule for lang in ("pl", "en")}
    return " | ".join(text("workbook.inferred", lang, rule=told[lang]) for lang in ("pl", "en"))


def _months(results: Results) -> tuple[list[str], list[list[Any]]]:
    heads = [_both("workbook.variants"), *(_both(f"workbook.{name}") for name in ("month", "use", "pv", "import", "export"))]
    names = {variant.key: f"{variant_name(variant, 'pl')} | {variant_name(variant, 'en')}" for variant in results.study.variants}
    months = results.layers["monthly"].loc[list(names), ["use_kwh", "pv_kwh", "import_kwh", "export_kwh"]]
    return heads, [
        [names[variant], int(month), *row] for (variant, month), row in zip(months.index, months.to_numpy().tolist(), strict=True)
    ]


def _assumption_rows(results: Results) -> Iterable[list[Any]]:
    for key, row in assumptions.scalars(results.study.country).items():
        yield [
            key,
            f"{row.meaning_pl} | {row.meaning_en}",
            results.study.assumed(key),
            written_unit(row.unit),
            row.low,
            row.high,
            Shown(row.year, YEAR),
            _both(f"report.confidence.{row.confidence}"),
            row.source,
        ]


def _glossary_rows() -> Iterable[list[str]]:
    for layer in schema.layer_names():
        for column in schema.columns(layer).values():
            yield [
                layer,
                column.name,
                column.label_pl,
                column.label_en,
                written_unit(column.unit),
                column.meaning_pl,
                column.meaning_en,
            ]


def _costs_sheet(book: _Book, results: Results, named: dict[str, str]) -> None:
    """Costs and benefits of each variant, as the report has them."""
    shown = [FIGURES[key] for key in COST_FIGURES]
    heads = [_both("workbook.key.variant"), *(f"{one.label_pl} | {one.label_en} [{written_unit(one.unit)}]" for one in shown)]
    keys = [variant.key for variant in results.study.variants]
    rows = [[named[key], *(Shown(results.figures.value(one.name, key), one.digits) for one in shown)] for key in keys]
    book.sheet(_sheet("costs"), heads, rows, [60])


def _decision_sheets(book: _Book, results: Results, named: dict[str, str]) -> None:
    """Page one, every way, grants, requests for data, what is possible where, and verdicts."""
    decision = [[f"{pl[0]} | {en[0]}", pl[1], en[1]] for pl, en in zip(page_one(results, "pl"), page_one(results, "en"), strict=True)]
    book.sheet(_sheet("decision"), [_both("workbook.key"), "PL", "EN"], decision, [30, 80, 80])
    ways = results.layers["recommendation"].set_index(["group_id", "variant"])
    _table_sheet(book, _sheet("ways"), "recommendation", ways.assign(dominated_by=ways["dominated_by"].map(named).fillna("")), named)
    _costs_sheet(book, results, named)
    drawn = {
        key: f"{programme_name(key, results.study.country, 'pl')} | {programme_name(key, results.study.country, 'en')}"
        for key in results.layers["grant_programmes"].index
    }
    _table_sheet(book, _sheet("grant_programmes"), "grant_programmes", results.layers["grant_programmes"], named | drawn)
    asked = {str(key): _both(f"requests.table.{key}") for key in results.layers["data_requests"].index}
    _table_sheet(book, _sheet("data_requests"), "data_requests", results.layers["data_requests"], named | asked)
    _table_sheet(book, _sheet("levers"), "levers", results.layers["levers"], named | _lever_words(results))
    judged = results.layers["verdicts"]
    missed = [
        ", ".join(_both_or(f"verdicts.unmet.{code}", code) for code in codes.split(";") if code) for codes in judged["unmet"].astype(str)
    ]
    _table_sheet(book, _sheet("verdicts"), "verdicts", judged.assign(unmet=missed), named)


def write_workbook(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.xlsx``.

    Returns
    -------
    list of Path
    """
    path = folder / f"{results.study.name}.xlsx"
    book = _Book(path)
    place, named = results.provenance.get("place", {}), _key_words(results)
    about = [
        [_both("workbook.title"), results.study.title],
        [_both("workbook.data"), str(place.get("attribution", ""))],
        [_both("workbook.weather"), " | ".join(dict.fromkeys(weather_words(results.provenance.get("weather", {})).values()))],
    ]
    about += [[_both("workbook.note"), _both("map.abroad")]] if not pack(results.study.country).has("grants") else []
    about += [[_both("workbook.note"), _both("workbook.single_households")]]
    about += [[_both("workbook.sample"), ""]] if results.study.sample else []
    about += [] if is_heated(results) else [[_both("workbook.note"), _both("figure.nothing_heated")]]
    book.sheet(_sheet("about"), [_both("workbook.key"), _both("workbook.name")], about, [40, 80])
    _decision_sheets(book, results, named)
    totals = results.layers["variant_totals"].reindex([variant.key for variant in results.study.variants])
    _table_sheet(book, _sheet("variants"), "balance", totals, named)
    _layer_sheet(book, _sheet("blocks"), block_table(results), "block_id")
    _layer_sheet(book, _sheet("buildings"), withhold_single_households(building_table(results)), "building_id")
    visits = DocumentedLayer(results.layers["field_work"], schema.columns_in("field_work", results.study.country or HOME))
    _layer_sheet(book, _sheet("field_work"), without_single_households(visits), "building_id")
    _table_sheet(book, _sheet("packages"), "need", results.layers["package_totals"], named)
    for name in ("heat_books", "heat_levels", "heat_leaving", "heat_sources", "correction_report"):
        if len(results.layers.get(name, ())):
            _table_sheet(book, _sheet(name), name, results.layers[name], named | _level_words())
    if len(results.layers.get("summer_totals", ())):
        _table_sheet(book, _sheet("summer_totals"), "summer_totals", results.layers["summer_totals"], named | _summer_words(results))
    _table_sheet(book, _sheet("heat_reach"), "heat_reach", results.layers["heat_reach"], named | _lever_words(results))
    heads, rows = _months(results)
    book.sheet(_sheet("months"), heads, rows, [40])
    _table_sheet(book, _sheet("kpis"), "kpis", _indicators(results.layers["kpis"]), named)
    for key, rows_of_plan, index in plan_sheets(results):
        _layer_sheet(book, _sheet(key), rows_of_plan, index)
    for sheet in roadmap_sheets(results):
        book.sheet(_sheet(sheet.key), sheet.heads, sheet.rows)
    names = [
        _both("workbook.key"),
        _both("workbook.meaning"),
        _both("report.value"),
        _both("workbook.unit"),
        _both("workbook.low"),
        _both("workbook.high"),
        _both("report.year"),
    ]
    book.sheet(_sheet("assumptions"), [*names, _both("report.confidence"), _both("report.source")], _assumption_rows(results), [34, 60])
    book.sheet(
        _sheet("glossary"),
        [_both("workbook.layer"), _both("workbook.column"), "PL", "EN", _both("workbook.unit"), "PL", "EN"],
        _glossary_rows(),
        [16, 30, 30, 30, 14, 60, 60],
    )
    book.close()
    return [path]


def form_workbook(results: Results, blocks: DocumentedLayer, buildings: DocumentedLayer, folder: Path) -> list[Path]:
    """
    Write ``<district>.xlsx`` of a place whose country has no pack: what is missing, blocks and buildings.

    Parameters
    ----------
    results : Results
        The run.
    blocks, buildings : DocumentedLayer
        As they go into the GeoPackage.
    folder : Path
        Where the file goes.
    """
    path = folder / f"{results.study.name}.xlsx"
    book = _Book(path)
    missing = {"country": results.study.country, "packs": ", ".join(packs())}
    about = [
        [_both("workbook.title"), results.study.title],
        [_both("workbook.data"), str(results.provenance.get("place", {}).get("attribution", ""))],
        [_both("workbook.note"), " | ".join(text("check.no_pack", lang, **missing) for lang in ("pl", "en"))],
        [_both("workbook.note"), _both("workbook.single_households")],
    ]
    book.sheet(_sheet("about"), [_both("workbook.key"), _both("workbook.name")], about, [40, 80])
    _layer_sheet(book, _sheet("blocks"), blocks, "block_id")
    _layer_sheet(book, _sheet("buildings"), withhold_single_households(buildings), "building_id")
    book.close()
    return [path]


def _indicators(kpis: pd.DataFrame) -> pd.DataFrame:
    """Indicators with their names first, each value with the decimals of its own unit."""
    names = [name for name in ("label_pl", "label_en") if name in kpis]
    keys = kpis.index.get_level_values("kpi")
    values = [Shown(float(value), decimals(str(key), unit)) for key, value, unit in zip(keys, kpis["value"], kpis["unit"], strict=True)]
    shown = kpis.assign(value=pd.Series(values, index=kpis.index, dtype="object"))
    return shown[[*names, *(name for name in kpis if name not in names)]]


def _sheet(key: str) -> str:
    return f"{text(f'workbook.{key}', 'pl')} {text(f'workbook.{key}', 'en')}"[:31]


OUTPUTS.add("workbook", Output("workbook", "processed", write_workbook, order=50))
