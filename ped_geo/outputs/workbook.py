"""
The workbook: verdicts, variants, blocks, buildings, packages, months, indicators, assumptions and glossary, in both languages.

How sheets are written says `ped_geo.outputs.book`. Figures that a variant changes stand on one sheet, a row for each block and variant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ped_geo import assumptions, schema
from ped_geo.countries import HOME, pack, packs
from ped_geo.language import LANGUAGES, catalogue, in_currency, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.block_plans import plan_sheets
from ped_geo.outputs.block_variants import variant_sheets
from ped_geo.outputs.book import YEAR, Book, Shown, both
from ped_geo.outputs.figures import COST_FIGURES, COUNTED, FIGURES, column_decimals, decimals, is_heated, written_unit
from ped_geo.outputs.report.content import glossary
from ped_geo.outputs.report.decision_details import decision_details, programme_name
from ped_geo.outputs.report.page_one import page_one
from ped_geo.outputs.roadmap_sheets import roadmap_sheets
from ped_geo.outputs.single_households import withhold_single_households, without_single_households
from ped_geo.outputs.source_words import source_words
from ped_geo.outputs.tables import DocumentedLayer, block_table, building_table, shown_variant, variant_name, weather_words
from ped_geo.plans.levers import LEVERS

if TYPE_CHECKING:
    from ped_geo.schema import Column

__all__ = ["form_workbook", "write_workbook"]

SUMMED_ROWS = {"block_id", "building_id"}
AMOUNTS = frozenset({"m²", "m³", "kWh/a", "MWh/a", "kg/a", "t/a", "kWp"})
"""Units of what may be added, beside money."""
BOUNDS = ("_low", "_high")


def _head(column: Column) -> str:
    unit = written_unit(column.unit)
    return f"{column.label_pl} | {column.label_en}" + (f" [{unit}]" if unit else "")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _coded(value: Any, column: Column) -> Any:
    if column.name.endswith("_source") and isinstance(value, str):
        return source_words(value)
    if column.name == "unit" and isinstance(value, str):
        return written_unit(value)
    if column.values and isinstance(value, str) and value in column.values:
        return both(f"code.{value}")
    said = _plain(value)
    if isinstance(said, float):
        return Shown(said, YEAR if column.name.endswith("_year") else column_decimals(column))
    return said


def _worded(value: Any, column: Column | None) -> Any:
    """A cell of a table of our own, which holds no text from outside: codes in words."""
    said = _plain(value) if column is None else _coded(value, column)
    return _both_or(f"code.{said}", said) if isinstance(said, str) else said


def _layer_sheet(book: Book, title: str, layer: DocumentedLayer, index: str) -> None:
    """A layer with its index as the leading column; amounts of blocks and buildings have their sum below."""
    names = [name for name in layer.frame.columns if name in layer.columns and layer.columns[name].dtype != "geometry"]
    heads = [index, *(_head(layer.columns[name]) for name in names)]
    cells = [_coded_cells(layer.frame[name], layer.columns[name]) for name in names]
    summed = [place for place, name in enumerate(names, start=1) if index in SUMMED_ROWS and _adds_up(layer.columns[name])]
    book.sheet(title, heads, ([str(key), *row] for key, *row in zip(layer.frame.index, *cells, strict=True)), [20], summed)


def _adds_up(column: Column) -> bool:
    """Whether amounts of several blocks or buildings may be added: no value by floor, no peak, no bound of a range."""
    if column.name.endswith(BOUNDS):
        return False
    return column.name in COUNTED or (
        column.dtype == "float" and written_unit(column.unit) in AMOUNTS | {in_currency("¤"), in_currency("¤/a")}
    )


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


def _table_sheet(book: Book, title: str, layer: str, frame: pd.DataFrame, named: Mapping[str, str]) -> None:
    """A table with its index, in words as far as `named` has them, as leading columns; declared columns get their names."""
    declared = schema.columns(layer)
    names = [str(name) for name in frame.columns]
    keys = [str(name) for name in frame.index.names]
    heads = [*(both(f"workbook.key.{key}") for key in keys), *(_head(declared[name]) if name in declared else name for name in names)]
    rows = (
        [
            *(named.get(part, part) for part in (key if isinstance(key, tuple) else (key,))),
            *(_worded(value, declared.get(name)) for name, value in zip(names, row, strict=True)),
        ]
        for key, row in _rows(frame, list(frame.columns))
    )
    book.sheet(title, heads, rows, [26] * len(keys))


def _named_ways(frame: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """A table whose columns of recommended ways have their names instead of keys."""
    ways = {name: frame[name].map(lambda key: named.get(key, key)) for name in frame.columns if name.startswith("way_")}
    return frame.assign(**ways)


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
    return found | {"district": both("workbook.district")}


def _level_words() -> dict[str, str]:
    """Temperatures of heat networks in both languages."""
    return {str(level): both(f"code.{level}") for level in assumptions.table("heat_network_levels")["level"]}


def _summer_words(results: Results) -> dict[str, str]:
    """Measures against heat and climates in both languages."""
    index = results.layers["summer_totals"].index
    return {str(key): both(f"summer.{level}.{key}") for level in ("measure", "climate") for key in index.unique(level)}


def _both_or(key: str, fallback: str) -> str:
    return both(key) if key in catalogue() else fallback


def _months(results: Results) -> tuple[list[str], list[list[Any]]]:
    heads = [both("workbook.variants"), *(both(f"workbook.{name}") for name in ("month", "use", "pv", "import", "export"))]
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
            both(f"report.confidence.{row.confidence}"),
            row.source,
        ]


def _column_rows() -> Iterable[list[str]]:
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


def _without_variants(results: Results, table: DocumentedLayer) -> DocumentedLayer:
    """Blocks without what stands by variant on a sheet of its own; indicators are those of the recommended way, which the sheet's title says."""
    ends, shown = tuple(f"__{variant.key}" for variant in results.study.variants), shown_variant(results)
    names = [name for name in table.frame.columns if not name.endswith(ends) or name.startswith("kpi_")]
    short = {lang: f" – {variant_name(shown, lang)}" for lang in ("pl", "en")}
    columns = {
        name: replace(column, label_pl=column.label_pl.removesuffix(short["pl"]), label_en=column.label_en.removesuffix(short["en"]))
        for name, column in table.columns.items()
    }
    return DocumentedLayer(table.frame[names], columns)


def _costs_sheet(book: Book, results: Results, named: dict[str, str]) -> None:
    """Costs and benefits of each variant, as the report has them."""
    shown = [FIGURES[key] for key in COST_FIGURES]
    heads = [both("workbook.key.variant"), *(f"{one.label_pl} | {one.label_en} [{written_unit(one.unit)}]" for one in shown)]
    keys = [variant.key for variant in results.study.variants]
    rows = [[named[key], *(Shown(results.figures.value(one.name, key), one.digits) for one in shown)] for key in keys]
    book.sheet(_sheet("costs"), heads, rows, [60])


def _decision_sheets(book: Book, results: Results, named: dict[str, str]) -> None:
    """The decision, every way, grants, requests for data, what is possible where, and verdicts."""
    said = {lang: [*page_one(results, lang), *decision_details(results, lang)] for lang in LANGUAGES}
    decision = [[f"{pl[0]} | {en[0]}", pl[1], en[1]] for pl, en in zip(said["pl"], said["en"], strict=True)]
    book.sheet(_sheet("decision"), [both("workbook.key"), "PL", "EN"], decision, [30, 80, 80])
    ways = results.layers["recommendation"].set_index(["group_id", "variant"])
    _table_sheet(book, _sheet("ways"), "recommendation", ways.assign(dominated_by=ways["dominated_by"].map(named).fillna("")), named)
    _costs_sheet(book, results, named)
    drawn = {
        key: f"{programme_name(key, results.study.country, 'pl')} | {programme_name(key, results.study.country, 'en')}"
        for key in results.layers["grant_programmes"].index
    }
    _table_sheet(book, _sheet("grant_programmes"), "grant_programmes", results.layers["grant_programmes"], named | drawn)
    asked = {str(key): both(f"requests.table.{key}") for key in results.layers["data_requests"].index}
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
    book = Book(path, results.study.title)
    place, named = results.provenance.get("place", {}), _key_words(results)
    about = [
        [both("workbook.title"), results.study.title],
        [both("workbook.data"), str(place.get("attribution", ""))],
        [both("workbook.weather"), " | ".join(dict.fromkeys(weather_words(results.provenance.get("weather", {})).values()))],
    ]
    about += [[both("workbook.note"), both("map.abroad")]] if not pack(results.study.country).has("grants") else []
    about += [[both("workbook.note"), both(f"workbook.{note}")] for note in ("single_households", "print")]
    about += [[both("workbook.sample"), ""]] if results.study.sample else []
    about += [] if is_heated(results) else [[both("workbook.note"), both("figure.nothing_heated")]]
    book.sheet(_sheet("about"), [both("workbook.key"), both("workbook.name")], about, [40, 80])
    _decision_sheets(book, results, named)
    totals = results.layers["variant_totals"].reindex([variant.key for variant in results.study.variants])
    _table_sheet(book, _sheet("variants"), "balance", totals, named)
    variant_sheets(book, results, named)
    _layer_sheet(book, _sheet("blocks"), _without_variants(results, block_table(results)), "block_id")
    _layer_sheet(book, _sheet("buildings"), withhold_single_households(building_table(results)), "building_id")
    visits = DocumentedLayer(results.layers["field_work"], schema.columns_in("field_work", results.study.country or HOME))
    _layer_sheet(book, _sheet("field_work"), without_single_households(visits), "building_id")
    _table_sheet(book, _sheet("packages"), "need", results.layers["package_totals"], named)
    for name in ("heat_books", "heat_levels", "heat_leaving", "heat_sources", "correction_report"):
        if len(results.layers.get(name, ())):
            _table_sheet(book, _sheet(name), name, _named_ways(results.layers[name], named), named | _level_words())
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
        both("workbook.key"),
        both("workbook.meaning"),
        both("report.value"),
        both("workbook.unit"),
        both("workbook.low"),
        both("workbook.high"),
        both("report.year"),
    ]
    book.sheet(_sheet("assumptions"), [*names, both("report.confidence"), both("report.source")], _assumption_rows(results), [34, 60])
    terms = [[pl["name"], pl["meaning"], en["name"], en["meaning"]] for pl, en in zip(glossary("pl"), glossary("en"), strict=True)]
    book.sheet(_sheet("glossary"), [both("workbook.term"), "PL", both("workbook.term"), "EN"], terms, [34, 70, 34, 70])
    book.sheet(
        _sheet("columns"),
        [both("workbook.layer"), both("workbook.column"), "PL", "EN", both("workbook.unit"), "PL", "EN"],
        _column_rows(),
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
    book = Book(path, results.study.title)
    missing = {"country": results.study.country, "packs": ", ".join(packs())}
    about = [
        [both("workbook.title"), results.study.title],
        [both("workbook.data"), str(results.provenance.get("place", {}).get("attribution", ""))],
        [both("workbook.note"), " | ".join(text("check.no_pack", lang, **missing) for lang in ("pl", "en"))],
        [both("workbook.note"), both("workbook.single_households")],
    ]
    book.sheet(_sheet("about"), [both("workbook.key"), both("workbook.name")], about, [40, 80])
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
    return both(f"workbook.{key}")


OUTPUTS.add("workbook", Output("workbook", "processed", write_workbook, order=50))
