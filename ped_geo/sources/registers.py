"""
Tables of the city as CSV: what heats each building, its year and works, and metered totals; columns are mapped in the district file.

::

    [[sources.registers]]
    file = "sprzedaz_ciepla.csv"
    kind = "metered"
    unit = "GJ"
    columns = { street = "ulica", housenumber = "nr", value = "sprzedaż 2024" }

    [[sources.registers]]
    file = "przylacza.csv"
    kind = "heat_supply"
    heat_supply = "district_heat"
    columns = { street = "ulica", housenumber = "nr" }

Files may be UTF-8, UTF-16 or in the code page of the country's Windows (Poland: Windows-1250), separated by comma, semicolon or tab, with decimal comma or point.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Clause, Sentence
from ped_geo.sources._columns import said
from ped_geo.sources._tables import delimiter_of, table_text
from ped_geo.study import Register, Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["amount", "no_rows", "read_registers", "register_rows", "table_rows", "with_rows"]

KWH = {"kWh": 1.0, "MWh": 1000.0, "GJ": 1000.0 / 3.6}
WHO = {"building_id", "street", "housenumber", "id"}
KNOWN = {
    "heat_supply": WHO | {"heat_supply"},
    "metered": WHO | {"level", "carrier", "value"},
    "public": WHO,
    "building_uses": WHO | {"use"},
    "years": WHO | {"year"},
    "works": WHO | {"refurbishment_state"},
}
"""Columns of each kind of table."""
NEEDED = {"heat_supply": "heat_supply", "metered": "value", "building_uses": "use", "years": "year", "works": "refurbishment_state"}
ROW = (
    "file",
    "row",
    "kind",
    "building_id",
    "street",
    "housenumber",
    "heat_supply",
    "level",
    "carrier",
    "kwh_a",
    "use",
    "year",
    "refurbishment_state",
    "storeys",
    "heated_share",
    "exclude",
    "merge_into",
    "name",
    "wkt",
    "source",
)
LEVELS = get_args(Register.model_fields["level"].annotation)
CARRIERS = get_args(Register.model_fields["carrier"].annotation)
LONGEST_CELL = 500
REGISTER = "register"


def table_rows(path: Path, country: str) -> tuple[list[dict[str, str]], list[int]]:
    """Rows by column name, and the line of the file that each of them ends in."""
    if not path.is_file():
        raise SourceError(Sentence("error.is_not_file_check_path", path=path))
    text = table_text(path, country)
    rows, lines = [], []
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), restkey="", restval="")
        for row in reader:
            told = {str(key).strip(): said(value)[:LONGEST_CELL] for key, value in row.items() if key}
            # tables that were once longer end in lines of separators
            if any(told.values()):
                rows.append(told)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise SourceError(Sentence("error.is_not_table_save_it_as", path=path.name, reason=error)) from None
    if not rows:
        raise SourceError(Sentence("error.holds_no_rows_it_needs", path=path.name))
    return rows, lines


def amount(text: str) -> float:
    """A number as people write it: ``1 234,5``, ``1,234.5`` or ``1234.5``; NaN where it is none."""
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rindex(".") > plain.rindex(",") else plain.replace(".", "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return float("nan")


def _mapped(register: Register, country: str) -> pd.DataFrame:
    import pandas as pd

    rows, lines = table_rows(register.file, country)
    strange = sorted(set(register.columns) - KNOWN[register.kind])
    named = register.columns or {key: key for key in sorted(KNOWN[register.kind]) if key in rows[0]}
    missing = [column for column in named.values() if column not in rows[0]]
    subject = f"register {register.file.name}"
    problems = [Sentence("error.columns_names_must_be", key=key, names=", ".join(sorted(KNOWN[register.kind]))) for key in strange]
    problems += [Sentence("error.there_is_no_column_file", column=column, names=", ".join(rows[0])[:200]) for column in missing]
    if not ({"building_id"} <= set(named) or {"id"} <= set(named) or {"street", "housenumber"} <= set(named)):
        problems.append(Sentence("error.columns_must_say_where_building_id"))
    needed = NEEDED.get(register.kind)
    if needed and needed not in named and not (needed == "heat_supply" and register.heat_supply):
        problems.append(Sentence("error.columns_must_say_where_stands", needed=needed))
    if problems:
        raise SourceError(subject, problems)
    table = pd.DataFrame({key: [row[column] for row in rows] for key, column in named.items()}, dtype="str")
    if "id" in table:
        # building_id is the more exact name of the same thing
        ids = table.get("building_id", table["id"])
        table = table.drop(columns="id").assign(building_id=ids.where(ids != "", table["id"]))
    return table.assign(file=register.file.name, row=lines, kind=register.kind)


def _heat_supply(table: pd.DataFrame, register: Register) -> pd.DataFrame:
    if "heat_supply" not in table:
        return table.assign(heat_supply=register.heat_supply)
    return table.assign(heat_supply=table["heat_supply"].where(table["heat_supply"] != "", register.heat_supply))


def _metered(table: pd.DataFrame, register: Register) -> pd.DataFrame:
    amounts = table["value"].map(amount).astype("float64")
    given = table.assign(kwh_a=amounts * KWH[register.unit]).drop(columns="value")
    problems = []
    wrong = table.index[~((amounts >= 0) & (amounts < 1e15))]
    if len(wrong):
        problems.append(
            Sentence(
                "error.values_are_no_amounts_first",
                count=len(wrong),
                count_2=len(table),
                table=table["value"][wrong[0]],
                table_2=table["row"][wrong[0]],
                unit=register.unit,
            )
        )
    for key, default, allowed in (("level", register.level, LEVELS), ("carrier", register.carrier, CARRIERS)):
        given[key] = given[key].where(given[key] != "", default) if key in given else default
        strange = given.index[~given[key].isin(allowed)]
        if len(strange):
            problems.append(
                Sentence(
                    "error.is_in_row_must_be",
                    key=key,
                    given=given[key][strange[0]],
                    given_2=given["row"][strange[0]],
                    names=", ".join(allowed),
                )
            )
    if problems:
        raise SourceError(Sentence("error.register", name=register.file.name), problems)
    return given


def _as_told(table: pd.DataFrame, _: Register) -> pd.DataFrame:
    return table


READ = {
    "heat_supply": _heat_supply,
    "metered": _metered,
    "public": _as_told,
    "building_uses": _as_told,
    "years": _as_told,
    "works": _as_told,
}


def read_registers(study: Study) -> dict[str, pd.DataFrame]:
    """
    The registers of a study, by kind.

    Parameters
    ----------
    study : Study
        ``[[sources.registers]]`` names files and columns.

    Returns
    -------
    dict of str to DataFrame
        ``heat_supply``: the city's own words in ``heat_supply``, with ``building_id`` or ``street`` and ``housenumber``, as
        `ped_geo.supply.register.apply_register` takes it. ``metered``: ``kwh_a`` [kWh/a], ``level``, ``carrier`` with
        ``building_id`` (of a block, its name), or ``street`` and ``housenumber``. ``public``: buildings of the city. ``building_uses``: ``use``, as told. ``years``: ``year`` of construction, as
        told. ``works``: ``refurbishment_state``, as told. All of them with ``file``, ``row`` (line of the file) and
        ``kind``. Several files of a kind follow each other. Empty without registers.

    Raises
    ------
    SourceError
        If a file is missing or is no table, a column is missing, or a value is no amount; with all problems of all files.
    """
    import pandas as pd

    found: dict[str, list[pd.DataFrame]] = {}
    problems: list[str] = []
    for register in study.sources.registers:
        try:
            found.setdefault(register.kind, []).append(READ[register.kind](_mapped(register, study.country), register))
        except SourceError as error:
            problems += [Sentence("error.subject_problem", subject=error.subject, problem=problem) for problem in error.problems] or [
                Clause("error.whole", told=error)
            ]
    if problems:
        raise SourceError("[[sources.registers]]", problems)
    return {kind: pd.concat(tables, ignore_index=True) for kind, tables in found.items()}


def no_rows() -> pd.DataFrame:
    """Rows of a study without registers."""
    import pandas as pd

    kinds = {"row": "int64", "kwh_a": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "str")) for name in ROW})


def register_rows(study: Study) -> pd.DataFrame:
    """
    All rows of all registers below each other, as `ped_geo.registers.apply_registers` takes them.

    Returns
    -------
    DataFrame
        ``file``, ``row``, ``kind``, ``building_id``, ``street``, ``housenumber``, ``heat_supply``, ``level``, ``carrier``, ``use``, ``year``, ``refurbishment_state``, ``source`` (``register``), text, empty
        where the file says nothing, and columns that corrections alone fill; ``kwh_a`` [kWh/a], NaN but for metered totals.

    Raises
    ------
    SourceError
        As `read_registers`.
    """
    import pandas as pd

    nothing = no_rows()
    tables = list(read_registers(study).values())
    if not tables:
        return nothing
    rows = pd.concat([table.reindex(columns=list(ROW)) for table in tables], ignore_index=True).assign(source=REGISTER)
    words = [name for name in ROW if name not in {"row", "kwh_a"}]
    return rows.assign(
        **{name: rows[name].astype(object).fillna("").astype("str") for name in words}, kwh_a=rows["kwh_a"].astype("float64")
    )


def with_rows(rows: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Rows of registers, and behind them those of corrections, which go before them."""
    import pandas as pd

    return pd.concat([rows, more], ignore_index=True) if len(more) else rows
