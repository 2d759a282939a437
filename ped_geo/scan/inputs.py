"""What a scan is asked to look at: district files, or files of a city as they come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ped_geo.engine.files import shown, stands
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Clause, Sentence
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
    studies: list[Study] = []
    problems: list[str] = []
    for name in names:
        suffix = Path(name).suffix.lower()
        if suffix not in SOURCES:
            try:
                studies.append(read(name))
            except StudyError as error:
                if len(names) == 1:
                    raise
                problems.append(Clause("error.whole", told=error))
        elif not stands(Path(name)):
            problems.append(Sentence("error.there_is_no_file_give", name=shown(name)))
        else:
            label = slug(Path(name).name.split(".")[0])
            sources = {"buildings": SOURCES[suffix], "files": (Path(name).absolute(),)}
            studies.append(Study.model_validate({"name": label, "title": Path(name).name.split(".")[0], "sources": sources}))
    twice = sorted({study.name for study in studies if [other.name for other in studies].count(study.name) > 1})
    problems += [Sentence("error.two_places_are_called_give", name=name) for name in twice]
    if not names:
        problems.append(Sentence("error.no_place_is_named_give"))
    if problems:
        raise StudyError(Sentence("error.list_places"), problems)
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
        raise StudyError(Sentence("error.memory_is_must_be_number", words=words)) from None
    if found < LEAST_BYTES:
        raise StudyError(Sentence("error.memory_is_must_be_mb", words=words, least_bytes=LEAST_BYTES // 10**6))
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
        raise StudyError(Sentence("error.cannot_be_read_as_table", path=shown(path), reason=error, names=", ".join(columns))) from None
    missing = [name for name in columns if name not in rows]
    if missing:
        raise StudyError(Sentence("error.lacks_column_it_needs", path=shown(path), missing=missing[0], names=", ".join(columns)))
    value = pd.to_numeric(rows["value"], errors="coerce")
    problems = [
        *(
            Sentence("error.row_names_place_must_be", row=row + 2, name=name, names=", ".join(places))
            for row, name in _strange(rows["place"], places)
        ),
        *(
            Sentence("error.row_names_figure_must_be", row=row + 2, name=name, names=", ".join(figures))
            for row, name in _strange(rows["figure"], figures)
        ),
        *(Sentence("error.row_has_value_must_be", row=row + 2, rows=rows["value"][row]) for row in value.index[value.isna()]),
        *(Sentence("error.row_tells_figure_that_another", row=row + 2) for row in rows.index[rows.duplicated(["place", "figure"])]),
    ]
    if problems:
        raise StudyError(shown(path), problems)
    return rows[columns].assign(value=value)


def _strange(column: pd.Series, known: list[str]) -> list[tuple[int, str]]:
    return [(row, str(name)) for row, name in enumerate(column) if name not in known]
