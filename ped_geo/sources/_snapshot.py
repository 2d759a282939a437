"""
Frozen snapshots: what was fetched, exactly as received, with checksums, in a folder that is whole or absent.

Pieces of an unfinished fetch are kept in a hidden folder beside it, so that the next run fetches only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ped_geo.errors import ChecksumError, RunError, SourceError

__all__ = ["Snapshot"]

MANIFEST = "manifest.json"


class Snapshot:
    """
    One folder of frozen files and their manifest.

    Parameters
    ----------
    folder : Path
        ``data/raw/<district>`` or a folder inside it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pieces = folder.parent / f".{folder.name}.partial"

    def exists(self) -> bool:
        """Whether a finished snapshot stands here."""
        return (self.folder / MANIFEST).is_file()

    def manifest(self) -> dict[str, Any]:
        """
        What the snapshot says of itself.

        Raises
        ------
        SourceError
            If the manifest cannot be read.
        """
        path = self.folder / MANIFEST
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            assert isinstance(record["files"], list)
        except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
            raise SourceError(f"{path} cannot be read ({error}); remove the folder or run with --refresh.") from None
        return dict(record)

    def records(self) -> list[dict[str, Any]]:
        """Name, bytes and checksum of each frozen file."""
        return list(self.manifest()["files"])

    def read(self, name: str) -> bytes:
        """
        One frozen file, its checksum compared with the manifest.

        Raises
        ------
        ChecksumError
            If the file is not what it was; the message names both sums.
        SourceError
            If the file is missing.
        """
        expected = {record["name"]: record["sha256"] for record in self.records()}
        path = self.folder / name
        if name not in expected or not path.is_file():
            raise SourceError(f"{path} is missing from the frozen snapshot; run with --refresh to fetch it again.")
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != expected[name]:
            raise ChecksumError(
                f"{path} has changed since it was frozen: its checksum is {found}, the manifest says {expected[name]}. "
                "Put the frozen file back, or run with --refresh to fetch anew."
            )
        return content

    def piece(self, name: str) -> bytes | None:
        """A piece that an earlier, unfinished fetch has kept."""
        path = self.pieces / name
        return path.read_bytes() if path.is_file() else None

    def keep_piece(self, name: str, content: bytes) -> None:
        """Keep a piece for the next run, whole or not at all."""
        try:
            self.pieces.mkdir(parents=True, exist_ok=True)
            _write_whole(self.pieces / name, content)
        except OSError as error:
            raise RunError(f"{self.pieces} cannot be written ({error.strerror or error}); free space or give write access.") from error

    def drop_pieces(self) -> None:
        """Forget the pieces of an unfinished fetch."""
        shutil.rmtree(self.pieces, ignore_errors=True)

    def write(self, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
        """
        Freeze files under their names, replacing an earlier snapshot only when the new one is whole.

        Raises
        ------
        RunError
            If the folder cannot be written.
        """
        records = [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in sorted(files.items())
        ]
        manifest = {**about, "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": records}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # the manifest goes away first and comes back last: a snapshot without it does not count
            (self.folder / MANIFEST).unlink(missing_ok=True)
            for name, content in files.items():
                _write_whole(self.folder / name, content)
            _write_whole(self.folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True).encode())
        except OSError as error:
            raise RunError(f"{self.folder} cannot be written ({error.strerror or error}); free space or give write access.") from error
        self.drop_pieces()


def _write_whole(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as beside:
        try:
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        except OSError:
            Path(beside.name).unlink(missing_ok=True)
            raise
    Path(beside.name).replace(path)
