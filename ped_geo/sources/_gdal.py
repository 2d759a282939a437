"""
What GDAL may do with a file of the user: open formats that hold their data themselves, and never the network.

GDAL judges a file by its content, so a text that names an address would be followed, whatever the file is called: virtual formats
(``OGR_VRT``, ``VRT``, ``GDALG``), services (``WFS``, ``WMS``), links inside GeoJSON, overviews that a GeoTIFF names.

References: https://gdal.org/en/stable/user/security.html; https://gdal.org/en/stable/user/configoptions.html (``GDAL_SKIP``,
``GDAL_HTTP_PROXY``).
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence

__all__ = ["HEAD", "VECTOR_DRIVERS", "check_content", "check_view", "offline", "raster_driver", "views", "with_own_drivers"]

VECTOR_DRIVERS = frozenset(
    ["DXF", "ESRI Shapefile", "FlatGeobuf", "GML", "GPKG", "GeoJSON", "GeoJSONSeq", "KML", "MEM", "Memory", "OSM", "OpenFileGDB"]
)
# no transfer has such a scheme, so that each one fails before it connects to anything
NO_PROXY_AT_ALL = "none://none:1"
PROXIES = ("GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY")
# lists of servers that are asked without a proxy
EXCEPTIONS = ("no_proxy", "NO_PROXY")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
GRID = re.compile(rb"\s*(?:ncols|nrows|[xy]ll(?:corner|center)|cellsize|dx|dy|nodata_value)\s", re.IGNORECASE)
SQLITE = b"SQLite format 3\0"
ZIP = b"PK\x03\x04"
SHARDS = (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
# roots of XML that is no data but says where data are
POINTERS = re.compile(rb"<\s*(?:\w+:)?(OGRVRT\w+|VRTDataset|OGRWFS\w+|GDAL_W\w+|W[A-Z]+_Capabilities|\w*Capabilities|WMS_Tile\w*)\b")
ALGORITHM = b'"gdal_streamed_alg"'
HEAD = 4096
# tables that GDAL itself asks while it opens a file
GDALS_TABLES = re.compile(r"(?:gpkg_|rtree_|ogr_|idx_|layer_styles|geometry_columns|spatial_ref_sys|\w+_geometry_columns)", re.IGNORECASE)
MODULES = re.compile(r"\busing\s+\"?(\w+)", re.IGNORECASE)
KNOWN_MODULES = frozenset({"rtree", "rtree_i32", "fts3", "fts4", "fts5"})
# of the virtual machine of SQLite; a view of a million rows needs about 20 million
VIEW_STEPS = 50_000_000
STEPS_BETWEEN = 100_000
LONGEST_VALUE = 256 << 20
# shapefiles pack about ten to one
LARGEST_RATIO = 200
SMALL_PACKAGE = 64 << 20


@cache
def with_own_drivers() -> None:
    """
    Take all drivers but `VECTOR_DRIVERS` out of GDAL, for the rest of this process.

    Raises
    ------
    SourceError
        If this GDAL does not let go of them; nothing is opened then.
    """
    import pyogrio
    from pyogrio._ogr import _register_drivers

    others = sorted(set(pyogrio.list_drivers()) - VECTOR_DRIVERS)
    pyogrio.set_gdal_config_options(
        {"GDAL_SKIP": ",".join(others), "GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL", "OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO"}
    )
    # drivers are skipped whenever all of them are registered, which may be done again
    _register_drivers()
    left = sorted(set(pyogrio.list_drivers()) - VECTOR_DRIVERS)
    if left:
        raise SourceError(Sentence("error.gdal_cannot_be_kept_from", version=pyogrio.__gdal_version_string__, names=", ".join(left[:5])))


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Let no transfer of GDAL begin; both copies of it, of pyogrio and of rasterio, read the environment."""
    before = {name: os.environ.get(name) for name in (*PROXIES, *EXCEPTIONS)}
    for name in EXCEPTIONS:
        os.environ.pop(name, None)
    os.environ.update(dict.fromkeys(PROXIES, NO_PROXY_AT_ALL))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def check_content(path: Path) -> None:
    """
    Refuse a vector file that holds no data itself, or that would keep GDAL busy without end.

    Raises
    ------
    SourceError
        With what the file is instead.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(SQLITE):
        _check_tables(path)
    elif head.startswith(ZIP):
        _check_package(path)
    elif head.startswith(SHARDS):
        raise SourceError(Sentence("error.is_packed_unpack_it_and", path=path.name))
    elif head.startswith(TIFF):
        raise SourceError(Sentence("error.is_picture_raster_give_layer", path=path.name))
    elif POINTERS.search(head) or ALGORITHM in head:
        raise SourceError(Sentence("error.holds_no_data_but_says", path=path.name))


def _check_package(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            unpacked = sum(item.file_size for item in package.infolist())
            locked = any(item.flag_bits & 1 for item in package.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise SourceError(Sentence("error.is_no_whole_zip_package", path=path.name, reason=error)) from None
    if locked:
        raise SourceError(Sentence("error.is_locked_with_password_unpack", path=path.name))
    if unpacked > max(LARGEST_RATIO * path.stat().st_size, SMALL_PACKAGE):
        raise SourceError(Sentence("error.unpacks_to_more_than_times", path=path.name, largest_ratio=LARGEST_RATIO))


@contextlib.contextmanager
def _base(path: Path) -> Iterator[sqlite3.Connection]:
    # without a journal beside it nothing can change, and nothing needs to be written beside it
    mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "immutable=1"
    with contextlib.closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)) as base:
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        yield base


def _check_tables(path: Path) -> None:
    try:
        with _base(path) as base:
            made = base.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise SourceError(Sentence("error.is_damaged_geopackage_export_it", path=path.name, reason=error)) from None
    if {"geometry_columns", "spatial_ref_sys"} <= (names := {str(name).lower() for _, name, _ in made}) and "gpkg_contents" not in names:
        raise SourceError(Sentence("error.is_spatialite_database_save_its", path=path.name))
    for kind, name, sql in made:
        if kind == "view" and GDALS_TABLES.match(str(name)):
            raise SourceError(Sentence("error.has_view_where_geopackage_has", path=path.name, name=name))
        if re.match(r"\s*create\s+virtual\b", str(sql), re.IGNORECASE):
            module = MODULES.search(str(sql))
            if module is None or module.group(1).lower() not in KNOWN_MODULES:
                raise SourceError(Sentence("error.has_virtual_table_which_is", path=path.name, name=name))


def views(path: Path) -> frozenset[str]:
    """Names of the views of a GeoPackage; none of another file."""
    with path.open("rb") as file:
        if file.read(len(SQLITE)) != SQLITE:
            return frozenset()
    with _base(path) as base:
        return frozenset(str(name) for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'view'"))


def check_view(path: Path, view: str) -> None:
    """
    Go through a view once, within bounds, because GDAL would wait for its last row without end.

    Raises
    ------
    SourceError
        If it takes too long, or cannot be computed by SQLite alone.
    """
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += STEPS_BETWEEN
        return steps > VIEW_STEPS

    try:
        with _base(path) as base:
            base.set_progress_handler(count, STEPS_BETWEEN)
            quoted = view.replace('"', '""')
            for _ in base.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 quoted as SQLite asks for names
                pass
    except (sqlite3.Error, MemoryError, OverflowError, UnicodeDecodeError) as error:
        reason = "takes too long or has no end" if steps > VIEW_STEPS else f"cannot be computed ({error})"
        raise SourceError(Sentence("error.view_save_it_as_table", view=view, path=path.name, reason=reason)) from None


def raster_driver(name: str, head: bytes) -> str:
    """
    Name of the driver of a GeoTIFF or an ARC/INFO ASCII grid.

    Parameters
    ----------
    name : str
        What the file is called in messages.
    head : bytes
        How its content begins.

    Raises
    ------
    SourceError
        If it is neither.

    Examples
    --------
    >>> raster_driver("a.tif", b"II*\\0...."), raster_driver("a.asc", b"NCOLS 4\\n")
    ('GTiff', 'AAIGrid')
    """
    if head.startswith(TIFF):
        return "GTiff"
    if GRID.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "AAIGrid"
    if POINTERS.search(head[:HEAD]):
        raise SourceError(Sentence("error.holds_no_heights_but_says", name=name))
    raise SourceError(Sentence("error.is_neither_geotiff_nor_arc", name=name))
