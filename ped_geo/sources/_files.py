"""What is recorded of every input file, and what is refused in every XML file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ped_geo.errors import SourceError

__all__ = ["checksum", "file_record", "refuse_document_type"]


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> dict[str, Any]:
    """Name, bytes and checksum of an input file, for the manifest."""
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)}


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
            raise SourceError(f"{path.name} is not well-formed XML ({error}); export it again.") from None
    if not begun:
        raise SourceError(f"{path.name} holds no XML; export it again.")
