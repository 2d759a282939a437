"""
Tables of the city as CSV: what heats each building, and metered totals; columns are mapped in the district file.

::

    [[sources.registers]]
    file = "sprzedaz_ciepla.csv"
    kind = "metered"
    unit = "GJ"
    columns = { street = "ulica", housenumber = "nr", value = "sprzedaż 2024" }

Files may be UTF-8 or Windows-1250, separated by comma, semicolon or tab, with decimal comma or point.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError
from ped_geo.study import Register, Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_registers"]

KWH = {"kWh": 1.0, "MWh": 1000.0, "GJ": 1000.0 / 3.6}
WHO = {"building_id", "street", "housenumber", "id"}
KNOWN = {"heat_supply": WHO | {"heat_supply"}, "metered": WHO | {"level", "carrier", "value"}}
LARGEST_FILE = 256 * 1024 * 1024
LONGEST_CELL = 500


def _text(path: Path) -> str:
    if not path.is_file():
        raise SourceError(f"{path} is not a file; check [[sources.registers]] file.")
    if path.stat().st_size > LARGEST_FILE:
        raise SourceError(f"{path.name} is larger than {LARGEST_FILE >> 20} MB; a register of a city is smaller, check the file.")
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SourceError(f"{path.name} is neither UTF-8 nor Windows-1250 text; save it as CSV in UTF-8.")


def _rows(path: Path) -> list[dict[str, str]]:
    text = _text(path).lstrip()
    delimiter = max(";\t,", key=text.partition("\n")[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", restval="")
        rows = [{str(key).strip(): str(value or "").strip()[:LONGEST_CELL] for key, value in row.items() if key} for row in reader]
    except csv.Error as error:
        raise SourceError(f"{path.name} is not a table ({error}); save it as CSV.") from None
    if not rows:
        raise SourceError(f"{path.name} holds no rows; it needs one line of column names and one line per object.")
    return rows


def _amount(text: str) -> float:
    """A number as people write it: ``1 234,5``, ``1,234.5`` or ``1234.5``; NaN where it is none."""
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if "," in plain and "." in plain:
        plain = plain.replace(",", "") if plain.rindex(".") > plain.rindex(",") else plain.replace(".", "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return float("nan")


def _mapped(register: Register) -> pd.DataFrame:
    import pandas as pd

    rows = _rows(register.file)
    strange = sorted(set(register.columns) - KNOWN[register.kind])
    named = register.columns or {key: key for key in KNOWN[register.kind] if key in rows[0]}
    missing = [column for column in named.values() if column not in rows[0]]
    subject = f"register {register.file.name}"
    problems = [f"columns names {key!r}, must be of {', '.join(sorted(KNOWN[register.kind]))}" for key in strange]
    problems += [f"there is no column {column!r}; the file has {', '.join(rows[0])[:200]}" for column in missing]
    if not ({"building_id"} <= set(named) or {"id"} <= set(named) or {"street", "housenumber"} <= set(named)):
        problems.append("columns must say where building_id, id, or street and housenumber stand")
    needed = "heat_supply" if register.kind == "heat_supply" else "value"
    if needed not in named:
        problems.append(f"columns must say where {needed} stands")
    if problems:
        raise SourceError(subject, problems)
    return pd.DataFrame({key: [row[column] for row in rows] for key, column in named.items()}, dtype="str")


def _metered(table: pd.DataFrame, register: Register) -> pd.DataFrame:
    amounts = table["value"].map(_amount).astype("float64")
    wrong = table.index[~((amounts >= 0) & (amounts < 1e15))]
    if len(wrong):
        raise SourceError(
            f"register {register.file.name}: {len(wrong)} of {len(table)} values are no amounts, the first is {table['value'][wrong[0]]!r} in row "
            f"{wrong[0] + 2}; give numbers in {register.unit} per year, 0 or more."
        )
    given = table.assign(kwh_a=amounts * KWH[register.unit]).drop(columns="value")
    for key, default in (("level", register.level), ("carrier", register.carrier)):
        given[key] = given[key].where(given[key] != "", default) if key in given else default
    return given


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
        `ped_geo.supply.register.apply_register` takes it. ``metered``: ``kwh_a`` [kWh/a], ``level``, ``carrier`` with ``id``,
        ``building_id``, or ``street`` and ``housenumber``. Several files of a kind follow each other. Empty without registers.

    Raises
    ------
    SourceError
        If a file is missing or is no table, a column is missing, or a value is no amount; with all problems of the file.
    """
    import pandas as pd

    found: dict[str, list[pd.DataFrame]] = {}
    for register in study.sources.registers:
        table = _mapped(register)
        found.setdefault(register.kind, []).append(_metered(table, register) if register.kind == "metered" else table)
    return {kind: pd.concat(tables, ignore_index=True) for kind, tables in found.items()}
