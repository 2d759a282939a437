"""What is recorded of every input file, and what is refused in every XML file."""

from __future__ import annotations

import contextlib
import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ped_geo.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["checksum", "file_record", "layer_names", "one_line", "read_layer", "refuse_document_type"]


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> dict[str, Any]:
    """Name, bytes and checksum of an input file, for the manifest."""
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)}


def one_line(error: object) -> str:
    """
    What a library said, short and in one line, because it may quote the input.

    Examples
    --------
    >>> one_line("line 3:\\n  strange <tag>")
    'line 3: strange <tag>'
    """
    words = " ".join(str(error).split())
    return words if len(words) <= 160 else f"{words[:157]}..."


def read_layer(path: Path, **options: Any) -> pd.DataFrame:
    """
    One layer of a vector file; damaged shapes become missing ones without a word, because later stages count and name them.

    Parameters
    ----------
    path : Path
        File.
    **options
        Of `pyogrio.read_dataframe` and of GDAL's driver.
    """
    import pyogrio

    with warnings.catch_warnings(), _drivers_errors():
        warnings.simplefilter("ignore", RuntimeWarning)
        frame: pd.DataFrame = pyogrio.read_dataframe(path, on_invalid="ignore", **options)
    return frame


@contextlib.contextmanager
def _drivers_errors() -> Iterator[None]:
    """What the binding to GDAL lets through of a damaged file: bytes that are no text, layers without a name or a type."""
    from pyogrio.errors import DataSourceError

    try:
        yield
    except (UnicodeDecodeError, IndexError, OverflowError) as error:
        raise DataSourceError(one_line(error)) from None


def layer_names(path: Path) -> list[str]:
    """Names of the layers of a vector file."""
    import pyogrio

    with warnings.catch_warnings(), _drivers_errors():
        warnings.simplefilter("ignore", RuntimeWarning)
        return [str(name) for name, _ in pyogrio.list_layers(path)]


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
        raise SourceError(f"{path.name} declares a document type, which may hide entities, so the file is refused; export it without one.")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    try:
        with path.open("rb") as file:
            while not begun and (piece := file.read(1 << 16)):
                parser.Parse(piece)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if not begun:
            raise SourceError(f"{path.name} is not well-formed XML ({one_line(error)}); export it again.") from None
    if not begun:
        raise SourceError(f"{path.name} holds no XML; export it again.")
