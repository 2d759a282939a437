"""
A ready letter that asks the heat company and the grid operator for the tables that would narrow the band, and the tables to fill in.

The tables list the buildings by identifier and address, so that a filled-in file is a register as it is. Single-family houses are left
out: what one household uses is its own affair.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo import assumptions
from ped_geo.countries import pack_or_form
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.single_households import is_single_household
from ped_geo.sources.census import COLUMNS, KINDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["census_template", "letter", "request_rows", "request_sentence", "write_data_request"]

NETWORK = "district_heat"
DIGITS = 1
MOST_TOLD = 3
"""Requests that page one names."""

ATTRIBUTES = {"years": "year", "building_uses": "use"}
"""Kinds of registers that tell what a building is, with the column that tells it: nobody's energy use, so houses are listed too."""

LETTERS = {"survey_office": "requests.letter_of_attributes", "city": "requests.letter_of_visits"}


def request_rows(results: Results, table: str) -> list[list[str]]:
    """
    Head and rows of a table to fill in; the last column is empty.

    Parameters
    ----------
    results : Results
        The run.
    table : str
        Row of ``tables/data_requests.csv``.
    """
    asked = assumptions.table("data_requests").fillna("").set_index("table").loc[table]
    if asked["kind"] in ATTRIBUTES:
        return _attribute_rows(results, table, str(asked["kind"]))
    buildings = results.layers["buildings"]
    mine = buildings[buildings["in_district"] & (buildings["reference_area_m2"] > 0) & ~is_single_household(buildings)]
    if table == "heat_meters":
        mine = mine[mine["heat_supply"].astype("str") == NETWORK]
    ends = ["heat_supply"] if asked["kind"] == "heat_supply" else ["carrier", "value"]
    fixed = [] if asked["kind"] == "heat_supply" else [str(asked["carrier"])]
    rows = [["building_id", "street", "housenumber", *ends]]
    for building, street, house in zip(mine.index, mine["street"].fillna(""), mine["housenumber"].fillna(""), strict=True):
        rows.append([str(building), safe_text(str(street)), safe_text(str(house)), *fixed, ""])
    return rows


def _attribute_rows(results: Results, table: str, kind: str) -> list[list[str]]:
    """Heated buildings of which nobody tells the year or the use; of the visits, those that are listed first."""
    buildings = results.layers["buildings"]
    mine = buildings[buildings["in_district"] & (buildings["reference_area_m2"] > 0)]
    if table == "site_visits":
        count = int(results.study.assumed("uncertainty.site_visits"))
        mine = mine.reindex(results.layers["field_work"].index[:count]) if "field_work" in results.layers else mine.head(0)
    elif kind == "years":
        mine = mine[mine["construction_period_source"].astype("str").str.startswith("inferred")]
    else:
        mine = mine[mine["use_odds"].astype("str") != ""]
    rows = [["building_id", "street", "housenumber", ATTRIBUTES[kind]]]
    for building, street, house in zip(mine.index, mine["street"].fillna(""), mine["housenumber"].fillna(""), strict=True):
        rows.append([str(building), safe_text(str(street)), safe_text(str(house)), ""])
    return rows


def census_template(country: str) -> list[list[str]]:
    """Head and rows of a census table to fill in: every construction period of the country for houses, flats and other buildings."""
    rows = [list(COLUMNS)]
    for kind in KINDS:
        spans = [(period.first, period.last) for period in pack_or_form(country).periods]
        rows += [[kind, "", *(f"{year:.0f}" if math.isfinite(year) else "" for year in span), ""] for span in spans]
    return rows


def _tables(results: Results) -> pd.DataFrame:
    """Requests that have rows: no heat meters are asked for where nothing is on a network, no years that would narrow nothing."""
    found = results.layers["data_requests"]
    attributes = found["kind"].astype("str").isin(list(ATTRIBUTES))
    found = found[~attributes | (found["variance_share"] > 0)]
    return found[[len(request_rows(results, str(table))) > 1 for table in found.index]]


def request_sentence(results: Results, lang: str) -> str:
    """
    What is asked of whom and how far it narrows the band, the best first, in one language.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    found = results.layers.get("data_requests")
    if found is None or found["band_kwh_m2a"].isna().all() or _tables(results).empty:
        return ""
    parts = [
        text(
            "requests.part",
            lang,
            table=text(f"requests.table.{row.Index}", lang),
            holder=text(f"requests.holder.{row.holder}", lang),
            left=number(float(row.band_left_kwh_m2a), lang, DIGITS),
        )
        for row in _tables(results).head(MOST_TOLD).itertuples()
    ]
    return text("requests.sentence", lang, band=number(float(found["band_kwh_m2a"].iloc[0]), lang, DIGITS), parts="; ".join(parts))


def _blocks_to_visit(results: Results) -> str:
    """Labels of the blocks in which the buildings of the visits stand."""
    visits, blocks = results.layers.get("field_work"), results.layers.get("blocks")
    if visits is None or blocks is None:
        return ""
    named = visits["block_id"].head(int(results.study.assumed("uncertainty.site_visits"))).astype("str").unique()
    return "; ".join(str(blocks.at[name, "label"]) for name in named if name in blocks.index)


def _census_file(results: Results) -> str:
    return f"{results.study.name}-census.csv"


def _file(results: Results, table: str) -> str:
    return f"{results.study.name}-request-{table}.csv"


def letter(results: Results, lang: str) -> str:
    """
    The letter, one part for each holder, and how a filled-in table comes back in.

    Parameters
    ----------
    results : Results
        The run.
    lang : str
        ``pl`` or ``en``.
    """
    tables, asked = _tables(results), assumptions.table("data_requests").fillna("").set_index("table")
    parts = []
    for holder, mine in tables.groupby("holder", sort=False, observed=True):
        lines = [
            text(
                f"requests.item.{row.Index}",
                lang,
                file=_file(results, str(row.Index)),
                count=number(len(request_rows(results, str(row.Index))) - 1, lang),
                unit=str(asked.at[row.Index, "unit"]),
                census=_census_file(results),
                blocks=_blocks_to_visit(results),
            )
            for row in mine.itertuples()
        ]
        parts.append(
            _lines(
                LETTERS.get(str(holder), "requests.letter"),
                lang,
                holder=text(f"requests.to.{holder}", lang),
                place=results.study.title,
                items=lines,
            )
        )
    registers = [line for table in tables.index for line in _register(results, str(table), asked.loc[table])]
    return "\n\n\n".join([*parts, _lines("requests.back", lang, registers=registers, band=request_sentence(results, lang))]) + "\n"


def _lines(key: str, lang: str, **values: str | list[str]) -> str:
    """Words of the catalogue, in which a bar ends a line, around lines that are put in whole."""
    marked = text(key, lang, **{name: f"{{{name}}}" for name in values}).replace("|", "\n")
    return marked.format(**{name: value if isinstance(value, str) else "\n".join(value) for name, value in values.items()})


def _register(results: Results, table: str, asked: pd.Series) -> list[str]:
    lines = ["[[sources.registers]]", f'file = "{_file(results, table)}"', f'kind = "{asked["kind"]}"']
    lines += [f'unit = "{asked["unit"]}"'] if asked["unit"] else []
    return [*lines, ""]


def write_data_request(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>-request.pl.txt``, ``<district>-request.en.txt`` and one table to fill in for each request.

    Returns
    -------
    list of Path
        Nothing where nobody has a table that would help.
    """
    if not request_sentence(results, LANGUAGES[0]):
        return []
    made = []
    for lang in LANGUAGES:
        path = folder / f"{results.study.name}-request.{lang}.txt"
        path.write_text(letter(results, lang), encoding="utf-8", newline="\n")
        made.append(path)
    tables = {_file(results, str(table)): request_rows(results, str(table)) for table in _tables(results).index}
    if "years" in _tables(results).index:
        tables[_census_file(results)] = census_template(results.study.country)
    for name, rows in tables.items():
        path = folder / name
        # people open them by a double click, in Poland with a semicolon; registers are read with either
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
        made.append(path)
    return made


OUTPUTS.add("data_request", Output("data_request", "processed", write_data_request, order=62))
