"""What a scan is asked to look at: district files, or files of a city as they come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ped_geo.engine.files import shown, stands
from ped_geo.errors import StudyError
from ped_geo.study import Study, slug

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["known_totals", "memory_bytes", "studies_of"]

SOURCES: Final = {
    ".pbf": "osm_file", ".osm": "osm_file", ".bz2": "osm_file", ".gz": "osm_file",
    ".parquet": "footprints_file", ".gpkg": "footprints_file", ".geojson": "footprints_file", ".shp": "footprints_file",
    ".zip": "bdot10k", ".gml": "bdot10k",
}  # fmt: skip
"""Source of a file by its ending; another one is named in a district file."""

UNITS: Final = {"": 1, "B": 1, "K": 10**3, "KB": 10**3, "M": 10**6, "MB": 10**6, "G": 10**9, "GB": 10**9, "T": 10**12, "TB": 10**12}

LEAST_BYTES: Final = 500_000_000
"""Below this not even the libraries and one block are sure to fit."""


def studies_of(names: list[str], read: Callable[[str], Study]) -> list[Study]:
    """
    A study for each thing that is named.

    Parameters
    ----------
    names : list of str
        District files (``.toml``), names of districts, or files of a city: ``.osm.pbf``, GeoParquet, GeoPackage, a BDOT10k package.
    read : callable
        Reads a district by its name or its file.

    Raises
    ------
    StudyError
        With everything that is wrong with the list.
    """
    studies, problems = [], []
    for name in names:
        suffix = Path(name).suffix.lower()
        if suffix not in SOURCES:
            studies.append(read(name))
        elif not stands(Path(name)):
            problems.append(f"there is no file {shown(name)}; give a district file, or a file of a city")
        else:
            label = slug(Path(name).name.split(".")[0])
            sources = {"buildings": SOURCES[suffix], "files": (Path(name).absolute(),)}
            studies.append(Study.model_validate({"name": label, "title": Path(name).name.split(".")[0], "sources": sources}))
    twice = sorted({study.name for study in studies if [other.name for other in studies].count(study.name) > 1})
    problems += [f"two places are called {name!r}; give one of them another name in its file" for name in twice]
    if not names:
        problems.append("no place is named; give one or several")
    if problems:
        raise StudyError("the list of places", problems)
    return studies


def memory_bytes(words: str) -> int:
    """
    Bytes that words such as ``4GB`` mean.

    Raises
    ------
    StudyError
        If they mean none, or less than half a gigabyte.

    Examples
    --------
    >>> memory_bytes("4GB"), memory_bytes("1500 mb")
    (4000000000, 1500000000)
    """
    text = words.replace(" ", "").upper()
    number = text.rstrip("BKMGT")
    try:
        found = int(float(number) * UNITS[text[len(number) :]])
    except (ValueError, KeyError, OverflowError):
        raise StudyError(f"--memory is {words!r}, must be a number with a unit, for example 4GB.") from None
    if found < LEAST_BYTES:
        raise StudyError(f"--memory is {words!r}, must be {LEAST_BYTES // 10**6}MB or more.")
    return found


def known_totals(path: Path | None, places: list[str], figures: list[str]) -> pd.DataFrame:
    """
    Published totals of places.

    Parameters
    ----------
    path : Path or None
        CSV with the columns ``place``, ``figure``, ``value``, ``source``; None for none.
    places, figures : list of str
        Names that it may bear.

    Raises
    ------
    StudyError
        With every row that cannot be used.
    """
    import pandas as pd

    columns = ["place", "figure", "value", "source"]
    if path is None:
        return pd.DataFrame({name: [] for name in columns})
    try:
        rows = pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("")
    except (OSError, ValueError) as error:
        raise StudyError(f"{shown(path)} cannot be read as a table ({error}); give a CSV with the columns {', '.join(columns)}.") from None
    missing = [name for name in columns if name not in rows]
    if missing:
        raise StudyError(f"{shown(path)} lacks the column {missing[0]!r}; it needs {', '.join(columns)}.")
    value = pd.to_numeric(rows["value"], errors="coerce")
    problems = [
        *(f"row {row + 2} names place {name!r}, must be one of {', '.join(places)}" for row, name in _strange(rows["place"], places)),
        *(f"row {row + 2} names figure {name!r}, must be one of {', '.join(figures)}" for row, name in _strange(rows["figure"], figures)),
        *(f"row {row + 2} has value {rows['value'][row]!r}, must be a number" for row in value.index[value.isna()]),
        *(f"row {row + 2} tells a figure that another row tells" for row in rows.index[rows.duplicated(["place", "figure"])]),
    ]
    if problems:
        raise StudyError(shown(path), problems)
    return rows[columns].assign(value=value)


def _strange(column: pd.Series, known: list[str]) -> list[tuple[int, str]]:
    return [(row, str(name)) for row, name in enumerate(column) if name not in known]
