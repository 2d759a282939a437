"""Tables as text, as offices export them: CSV in UTF-8, UTF-16 or the code page of the country's Windows, with shapes as WKT or WKB."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._columns import plain
from ped_geo.sources._shapefile import code_page_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import pyproj
    from numpy.typing import NDArray

__all__ = ["delimiter_of", "is_table", "read_shape_table", "table_text"]

LARGEST_FILE = 256 * 1024 * 1024
UTF16 = (b"\xff\xfe", b"\xfe\xff")
ENDINGS = (".csv", ".tsv", ".txt")
# as QGIS, PostGIS, Oracle, GDAL and Overture name the column of shapes, compared as `plain` words
SHAPES = ("wkt", "wktgeom", "geomwkt", "wkb", "wkbgeometry", "geom", "thegeom", "geometry", "geometria", "shape")
SRID = re.compile(r"\s*SRID\s*=\s*(\d{4,6})\s*;", re.IGNORECASE)
HEX = re.compile(r"\s*0[01][0-9A-Fa-f]{16,}\s*")
NAMED = 8


def is_table(path: Path) -> bool:
    """Whether a file is a table as text by its name, which is all that tells it."""
    return path.suffix.lower() in ENDINGS


def table_text(path: Path, country: str) -> str:
    """
    The letters of a table, whatever they were written in.

    Parameters
    ----------
    path : Path
        File.
    country : str
        Two letters of ISO 3166: decides the code page of what is no Unicode.

    Raises
    ------
    SourceError
        If the file is too large, or no text.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise SourceError(Sentence("error.is_larger_than_mb_table", path=path.name, largest_file=LARGEST_FILE >> 20))
    content = path.read_bytes()
    page = code_page_of(country)
    for encoding in ("utf-16" if content.startswith(UTF16) else "utf-8-sig", page):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.lstrip()
    raise SourceError(Sentence("error.is_neither_utf_8_nor", path=path.name, page=page))


def delimiter_of(text: str) -> str:
    """What stands between the columns: the commonest of semicolon, tab and comma in the line of their names."""
    return max(";\t,", key=text.partition("\n")[0].count)


def read_shape_table(path: Path, country: str) -> gpd.GeoDataFrame:
    """
    A table with one column of shapes: WKT or WKB in hexadecimal digits, of which both may name their system (``SRID=2180;POLYGON ...``).

    Shapes that cannot be read become missing ones, because later stages count and name them.

    Parameters
    ----------
    path : Path
        File.
    country : str
        See `table_text`.

    Returns
    -------
    GeoDataFrame
        All other columns as text; without a CRS where the shapes name none.

    Raises
    ------
    SourceError
        If it is no table, has no column of shapes, or names several systems.
    """
    import geopandas as gpd
    import pandas as pd

    text = table_text(path, country)
    try:
        with warnings.catch_warnings():
            # of rows with more values than there are names the reader would drop the rest
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(io.StringIO(text), sep=delimiter_of(text), dtype="str", keep_default_na=False, index_col=False)
    except (ValueError, OverflowError, pd.errors.ParserWarning) as error:
        raise SourceError(Sentence("error.is_not_table_save_it", path=path.name, names=" ".join(str(error).split())[:120])) from None
    names = {plain(str(name)): str(name) for name in reversed(table.columns)}
    column = next((names[name] for name in SHAPES if name in names), None)
    if column is None:
        told = ", ".join(map(str, table.columns[:NAMED]))[:200]
        raise SourceError(Sentence("error.has_no_column_shapes_it", path=path.name, told=told))
    shapes, codes = _shapes(table[column])
    if len(codes) > 1:
        raise SourceError(Sentence("error.names_several_coordinate_systems_export_it", path=path.name, names=", ".join(map(str, codes))))
    return gpd.GeoDataFrame(table.drop(columns=column), geometry=shapes, crs=_crs(codes, path))


def _shapes(told: pd.Series) -> tuple[NDArray[np.object_], list[int]]:
    """Shapes, missing where they cannot be read, and the codes of the systems that they name."""
    import shapely

    heads = told.str.extract(SRID, expand=False)
    words = told.str.replace(SRID, "", n=1, regex=True).str.strip()
    digits = words.str.fullmatch(HEX).to_numpy(dtype=bool)
    letters = [text if text and not told else None for text, told in zip(words, digits, strict=True)]
    shapes = shapely.from_wkt(np.array(letters, dtype=object), on_invalid="ignore")
    shapes[digits] = shapely.from_wkb(np.array(words[digits].tolist(), dtype=object), on_invalid="ignore")
    codes = {int(code) for code in heads.dropna()} | set(map(int, shapely.get_srid(shapes[shapely.is_geometry(shapes)])))
    return shapes, sorted(codes - {0})


def _crs(codes: list[int], path: Path) -> pyproj.CRS | None:
    import pyproj

    if not codes:
        return None
    try:
        return pyproj.CRS.from_epsg(codes[0])
    except pyproj.exceptions.CRSError:
        raise SourceError(Sentence("error.names_coordinate_system_which_is", path=path.name, codes=codes[0])) from None
