"""
The door through which every file of the user is opened, what is recorded of it, and what is refused in every XML file.

No other module opens a file with GDAL or as GeoParquet.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ped_geo.engine.files import shown, stands
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._gdal import HEAD, check_content, check_view, offline, raster_driver, views, with_own_drivers

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "checksum",
    "file_record",
    "file_records_of",
    "layer_kinds",
    "layer_names",
    "one_line",
    "open_raster",
    "read_geoparquet",
    "read_layer",
    "refuse_document_type",
    "whole_file",
]

# libraries speak to programmers
ADVICE = re.compile(
    r"\b(?:try|use|using|set|setting|specify|specifying|pass|passing|install|might help|consider|configuration option|open option|prefixing)\b",
    re.IGNORECASE,
)
UNKNOWN_FORMAT = "not recognized as being in a supported file format"
# messages name files, not where this machine keeps them
PATH = re.compile(r"(?<![\w:/])(?:/[^\s'\"/]+)+/([^\s'\"/]+)")


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> dict[str, Any]:
    """Name, bytes and checksum of an input file, for the manifest."""
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)}


def one_line(error: object) -> str:
    """
    What a library said, short and in one line, because it may quote the input; its advice to programmers is left out.

    Examples
    --------
    >>> one_line("line 3:\\n  strange <tag>")
    'line 3: strange <tag>'
    >>> one_line("Wrong ring; Set the X configuration option to YES to skip it.")
    'Wrong ring'
    """
    said = PATH.sub(r"\1", " ".join(str(error).split()))
    if UNKNOWN_FORMAT in said:
        return "its format is not one that is read"
    parts = re.split(r"(?<=[.;])\s+", said)
    words = " ".join(part for part in parts if not ADVICE.search(part)).rstrip(" ;.") or "it is damaged"
    return words if len(words) <= 160 else f"{words[:157]}..."


def file_records_of(path: Path) -> list[dict[str, Any]]:
    """Records of a file, or of all files of a folder that is read as one."""
    return [file_record(file) for file in sorted(path.iterdir()) if file.is_file()] if path.is_dir() else [file_record(path)]


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    A file itself; the folder of an Esri file geodatabase as the one package that it may be handed on in.

    Raises
    ------
    SourceError
        If there is no such file, or it is another folder.
    """
    if not path.is_dir():
        if not stands(path):
            raise SourceError(Sentence("error.there_is_no_file", path=shown(path)))
        yield path
        return
    parts = sorted(file for file in path.iterdir() if file.is_file())
    if path.suffix.lower() != ".gdb" or not parts:
        raise SourceError(Sentence("error.is_folder_name_file_in", path=path))
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / f"{path.name}.zip"
        with zipfile.ZipFile(package, "w") as packed:
            for part in parts:
                packed.write(part, f"{path.name}/{part.name}")
        yield package


@contextlib.contextmanager
def _with_journal(path: Path) -> Iterator[Path]:
    """The file itself, or a copy with its journal where another program left one: to read it in place would write it into the file."""
    journal = path.with_name(f"{path.name}-wal")
    if not journal.exists():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        for file in (path, journal):
            shutil.copyfile(file, Path(folder) / file.name)
        yield Path(folder) / path.name


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """
    A vector file under the path by which GDAL may open it.

    GML lies alone in a folder of its own meanwhile: GDAL writes what it found beside it, and believes what it finds there.
    """
    from pyogrio.errors import DataSourceError

    with_own_drivers()
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(_with_journal(path))
        check_content(path)
        with path.open("rb") as file:
            xml = file.read(HEAD).lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")
        if xml:
            refuse_document_type(path)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        stack.enter_context(_drivers_errors())
        stack.enter_context(offline())
        if not path.stat().st_size:
            raise DataSourceError(Sentence("error.it_is_empty"))
        if xml:
            alone = Path(stack.enter_context(tempfile.TemporaryDirectory())) / path.name
            try:
                alone.symlink_to(path.absolute())
            except OSError:
                shutil.copyfile(path, alone)
            path = alone
        yield path


def read_layer(path: Path, **options: Any) -> pd.DataFrame:
    """
    One layer of a vector file; damaged shapes become missing ones without a word, because later stages count and name them.

    Parameters
    ----------
    path : Path
        File.
    **options
        Of `pyogrio.read_dataframe` and of GDAL's driver.

    Raises
    ------
    SourceError
        If the file names other files or addresses instead of holding data, or would be read without end.
    pyogrio.errors.DataSourceError, DataLayerError, FeatureError
        If it is damaged.
    """
    import pyogrio

    with _opened(path) as opened:
        known = views(opened)
        if known:
            layer = options.get("layer") or next((str(name) for name, _ in pyogrio.list_layers(opened)), "")
            if layer in known:
                check_view(opened, layer)
        # dates stay as they are written: what is no whole date would be lost, and years are read from text
        frame: pd.DataFrame = pyogrio.read_dataframe(opened, on_invalid="ignore", **{"datetime_as_string": True} | options)
    return frame


@contextlib.contextmanager
def _drivers_errors() -> Iterator[None]:
    """What the binding to GDAL lets through of a damaged file: bytes that are no text, layers without a name or a type, unknown systems."""
    from pyogrio.errors import CRSError, DataSourceError
    from pyproj.exceptions import ProjError

    try:
        yield
    except (CRSError, ProjError) as error:
        raise DataSourceError(Sentence("error.its_coordinate_system_cannot_be", reason=one_line(error))) from None
    except UnboundLocalError:
        # the binding speaks of a variable of its own there
        raise DataSourceError(Sentence("error.its_coordinate_system_cannot_be_read")) from None
    except (UnicodeDecodeError, IndexError, OverflowError) as error:
        raise DataSourceError(one_line(error)) from None


def layer_kinds(path: Path) -> dict[str, str]:
    """
    Layers of a vector file and the kind of their shapes as the file tells it: ``Polygon``, ``Unknown``, "" where they have none.

    Raises
    ------
    SourceError
        As `read_layer`.
    """
    import pyogrio

    with _opened(path) as opened:
        return {str(name): str(kind or "") for name, kind in pyogrio.list_layers(opened)}


def layer_names(path: Path) -> list[str]:
    """Names of the layers of a vector file."""
    return list(layer_kinds(path))


def read_geoparquet(path: Path) -> pd.DataFrame:
    """
    A GeoParquet file; an index that has a name is a column like others.

    Raises
    ------
    SourceError
        If it is damaged, or describes its shapes or their coordinate system wrongly.
    """
    import geopandas as gpd
    from pyproj.exceptions import ProjError
    from shapely.errors import ShapelyError

    try:
        frame = gpd.read_parquet(path)
        named = [name for name in frame.index.names if name and name not in frame]
        return frame.reset_index(names=named) if named and len(named) == frame.index.nlevels else frame
    except ProjError:
        raise SourceError(Sentence("error.names_coordinate_system_that_cannot", path=path.name)) from None
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        RecursionError,
        ShapelyError,
        NotImplementedError,
        OSError,
    ) as error:
        if "Missing geo metadata" in str(error):
            raise SourceError(Sentence("error.is_table_without_shapes_give", path=path.name)) from None
        raise SourceError(Sentence("error.is_no_whole_geoparquet_file", path=path.name, reason=one_line(error))) from None


@contextlib.contextmanager
def open_raster(path: Path) -> Iterator[Any]:
    """
    A GeoTIFF or an ARC/INFO ASCII grid, open for reading.

    Raises
    ------
    SourceError
        If it is neither, or has no pixels.
    rasterio.errors.RasterioError
        If it is damaged.
    """
    import rasterio

    with path.open("rb") as file:
        driver = raster_driver(path.name, file.read(HEAD))
    with offline(), rasterio.open(path, driver=driver) as data:
        if not (data.width and data.height and data.count):
            raise SourceError(Sentence("error.has_no_pixels_export_it", path=path.name))
        yield data


def refuse_document_type(path: Path) -> None:
    """
    Read an XML file up to its first element, where a document type would have to stand.

    Without a document type there are no entities, so neither entity bombs nor external entities.

    Raises
    ------
    SourceError
        If the file declares a document type or does not begin as XML.
    """
    begun = False

    def start(*_: object) -> None:
        nonlocal begun
        begun = True

    def doctype(*_: object) -> None:
        raise SourceError(Sentence("error.declares_document_type_which_may", path=path.name))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    try:
        with path.open("rb") as file:
            while not begun and (piece := file.read(1 << 16)):
                parser.Parse(piece)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if not begun:
            raise SourceError(Sentence("error.is_not_well_formed_xml", path=path.name, reason=one_line(error))) from None
    if not begun:
        raise SourceError(Sentence("error.holds_no_xml_export_it", path=path.name))
