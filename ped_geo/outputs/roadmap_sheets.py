"""Sheets of the workbook about the roadmap: years, payers, targets, actions, and the tables of SECAP and NetZeroCities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ped_geo import schema
from ped_geo.language import LANGUAGES, catalogue, in_currency, text
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.report.roadmap import planned_scenario
from ped_geo.outputs.roadmap import actor_words, has_roadmap, titled_actions

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Results

__all__ = ["BookSheet", "roadmap_sheets"]

WATCHED = ("co2_t_a", "area_untouched_m2", "area_usual_m2", "area_further_m2", "supply_network_m2", "supply_heat_pump_m2", "pv_new_kwp")
WATCHED_YEARS = (2025, 2030, 2035, 2040, 2050)
ENABLING = {"prepare", "monitor", "replicate"}
RESIDENTIAL = {"cooperative", "household"}


class BookSheet(NamedTuple):
    """Key of the title in the catalogue, heads and rows."""

    key: str
    heads: list[str]
    rows: list[Sequence[Any]]


def _both(key: str, **values: Any) -> str:
    return f"{text(key, 'pl', **values)} | {text(key, 'en', **values)}"


def _said(prefix: str, code: object) -> str:
    key = f"{prefix}.{code}"
    return _both(key) if key in catalogue() else str(code)


def _actors(codes: object) -> str:
    return f"{actor_words(str(codes), 'pl')} | {actor_words(str(codes), 'en')}"


def _of_layer(results: Results, layer: str, key: str) -> BookSheet:
    """A layer as it is, codes in words, years as words so that no thousands are grouped."""
    table, declared = results.layers[layer], schema.columns(layer)
    names = [name for name in table.columns if name in declared]
    heads = [
        f"{declared[name].label_pl} | {declared[name].label_en}" + (f" [{unit}]" if (unit := written_unit(declared[name].unit)) else "")
        for name in names
    ]
    told: dict[str, Callable[[Any], Any]] = {}
    for name in names:
        if declared[name].values:
            told[name] = lambda value: _said("code", value)
        elif name in {"payer", "responsible", "partners"}:
            told[name] = _actors
        elif name in {"year", "start", "end"} or name.endswith("_year"):
            told[name] = lambda value: str(value) if value else "–"
        elif name == "unit":
            told[name] = lambda value: _said("roadmap.unit", value)
        elif name in {"funding", "indicator", "data_quality"}:
            told[name] = lambda value, prefix=f"roadmap.{name}": _said(prefix, value)
    columns = [[told[name](value) for value in table[name].tolist()] if name in told else table[name].tolist() for name in names]
    return BookSheet(key, heads, list(zip(*columns, strict=True)))


def _heads(names: tuple[str, ...]) -> list[str]:
    """Heads in both languages, with the unit of what is measured."""
    units = {"cost": in_currency("¤"), "energy": "MWh/a", "renewable": "MWh/a", "co2": "t/a"}
    return [_both(f"workbook.roadmap.{name}") + (f" [{units[name]}]" if name in units else "") for name in names]


def _actions(results: Results) -> BookSheet:
    found = _of_layer(results, "roadmap_actions", "roadmap_actions")
    titled = titled_actions(results)
    heads = ["id", *(f"{_both('workbook.roadmap.title')} {lang.upper()}" for lang in LANGUAGES), *found.heads]
    rows = [[key, pl, en, *row] for key, pl, en, row in zip(titled.index, titled["title_pl"], titled["title_en"], found.rows, strict=True)]
    return BookSheet(found.key, heads, rows)


def _each(results: Results) -> Iterator[tuple[str, Any]]:
    table = titled_actions(results)
    for row in table.itertuples():
        yield f"{row.title_pl} | {row.title_en}", row


def _secap(results: Results) -> BookSheet:
    """The columns of an action in the template of the Covenant of Mayors."""
    names = (
        "title",
        "sector",
        "area",
        "instrument",
        "origin",
        "responsible",
        "start",
        "end",
        "cost",
        "energy",
        "renewable",
        "co2",
        "poverty",
    )
    heads = _heads(names)
    rows = [
        [
            title,
            _said("roadmap.sector", row.lever if row.domain == "transport" else row.responsible),
            _said("code", row.lever),
            _said("roadmap.instrument", row.funding),
            _both("roadmap.origin"),
            _actors(row.responsible),
            str(row.start),
            str(row.end),
            row.capex,
            row.energy_saving_mwh_a,
            row.renewable_mwh_a,
            row.co2_saving_2030_t_a,
            bool(row.responsible in RESIDENTIAL and row.lever == "retrofit"),
        ]
        for title, row in _each(results)
    ]
    return BookSheet("secap", heads, rows)


def _pathways(results: Results) -> BookSheet:
    """NetZeroCities B-1: from levers by early and late changes to the fall of CO₂."""
    heads = _heads(("field", "lever", "early", "late_change", "pathway"))
    heads += [_both("workbook.roadmap.target_year", year=year) + " [t CO₂/a]" for year in (2030, 2040, 2050)]
    heads += _heads(("cobenefits",))
    rows = [
        [
            _said("code", row.domain),
            _said("code", row.lever),
            _said("roadmap.early", row.lever),
            _said("roadmap.indicator", row.indicator),
            title,
            row.co2_saving_2030_t_a,
            row.co2_saving_2040_t_a,
            row.co2_saving_2050_t_a,
            _said("roadmap.cobenefit", row.lever),
        ]
        for title, row in _each(results)
        if row.lever not in ENABLING
    ]
    return BookSheet("netzero_b1", heads, rows)


def _portfolio(results: Results) -> BookSheet:
    """NetZeroCities B-2: the fields of every action of the portfolio."""
    names = (
        "title",
        "type",
        "field",
        "lever",
        "outcome",
        "responsible",
        "partners",
        "target_group",
        "scale",
        "start",
        "end",
        "cost",
        "funding",
        "energy",
        "renewable",
        "co2",
        "cobenefits",
        "indicator",
    )
    heads = _heads(names)
    rows = [
        [
            title,
            _both("roadmap.type.enabling" if row.lever in ENABLING else "roadmap.type.works"),
            _said("code", row.domain),
            _said("code", row.lever),
            _said("roadmap.outcome", row.lever),
            _actors(row.responsible),
            _actors(row.partners),
            _said("roadmap.group", row.lever),
            _said("code", row.stage),
            str(row.start),
            str(row.end),
            row.capex,
            _said("roadmap.funding", row.funding) if row.funding else "",
            row.energy_saving_mwh_a,
            row.renewable_mwh_a,
            row.co2_saving_2030_t_a,
            _said("roadmap.cobenefit", row.lever),
            _said("roadmap.indicator", row.indicator),
        ]
        for title, row in _each(results)
    ]
    return BookSheet("netzero_b2", heads, rows)


def _indicators(results: Results) -> BookSheet:
    """NetZeroCities B-3: what is watched, and its value on the way in the years of the plan."""
    years, declared = results.layers["roadmap"], schema.columns("roadmap")
    rows: pd.DataFrame = years[years["scenario"] == planned_scenario(results)].set_index("year")
    heads = [_both("workbook.roadmap.indicator"), _both("workbook.roadmap.unit")]
    heads += [_both("workbook.roadmap.target_year", year=year) for year in WATCHED_YEARS]
    return BookSheet(
        "netzero_b3",
        heads,
        [
            [
                f"{declared[name].label_pl} | {declared[name].label_en}",
                written_unit(declared[name].unit),
                *(float(rows.at[year, name]) for year in WATCHED_YEARS),
            ]
            for name in WATCHED
        ],
    )


def roadmap_sheets(results: Results) -> list[BookSheet]:
    """
    All sheets about the roadmap; none where none was made.

    Parameters
    ----------
    results : Results
        The run.
    """
    if not has_roadmap(results):
        return []
    found = [_of_layer(results, "roadmap", "roadmap"), _of_layer(results, "roadmap_payers", "roadmap_payers")]
    found += [_of_layer(results, "roadmap_targets", "roadmap_targets")] if len(results.layers["roadmap_targets"]) else []
    found += [_of_layer(results, "roadmap_cars", "roadmap_cars")]
    return [*found, _actions(results), _secap(results), _pathways(results), _portfolio(results), _indicators(results)]
