"""What is recorded of every input file: path, size and checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

__all__ = ["checksum", "file_record"]


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_record(path: Path) -> dict[str, Any]:
    """Name, bytes and checksum of an input file, for the manifest."""
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)}
