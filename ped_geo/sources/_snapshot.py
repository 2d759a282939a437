"""
Frozen snapshots: what was fetched, exactly as received, with checksums.

A snapshot is what its manifest says. Files are written first, under names that no earlier manifest uses for other content; the
manifest follows in one rename. So a kill at any moment leaves the earlier snapshot or the new one, never a mixture. Pieces of an
unfinished fetch are kept in a hidden folder beside, so that the next run fetches only what is missing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ped_geo.errors import ChecksumError, RunError, SourceError
from ped_geo.language.sentences import Sentence

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
            names = [str(file["name"]) + str(file["sha256"]) + str(file.get("path", "")) for file in record["files"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SourceError(Sentence("error.cannot_be_read_run_with", path=path, name=type(error).__name__, reason=error)) from None
        if any("/" in name or "\\" in name or ".." in name for name in names):
            raise SourceError(Sentence("error.names_files_outside_its_folder", path=path))
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
        record = next((record for record in self.records() if record["name"] == name), None)
        path = self.folder / (record.get("path", name) if record else name)
        if record is None or not path.is_file():
            raise SourceError(Sentence("error.is_missing_from_frozen_snapshot", path=path))
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != record["sha256"]:
            raise ChecksumError(Sentence("error.has_changed_since_it_was_frozen", path=path, found=found, expected=record["sha256"]))
        return content

    def piece(self, name: str) -> bytes | None:
        """A piece that an earlier, unfinished fetch has kept."""
        path = self.pieces / name
        return path.read_bytes() if path.is_file() else None

    def keep_piece(self, name: str, content: bytes) -> None:
        """Keep a piece for the next run, whole or not at all."""
        with _plain_errors(self.pieces):
            self.pieces.mkdir(parents=True, exist_ok=True)
            _write_whole(self.pieces / name, content)

    @contextlib.contextmanager
    def growing_piece(self, name: str) -> Iterator[Path]:
        """
        Path of a piece that is written as it comes; what has come stays for the next run if the fetch breaks off.

        Raises
        ------
        RunError
            If the folder cannot be written.
        """
        with _plain_errors(self.pieces):
            self.pieces.mkdir(parents=True, exist_ok=True)
            yield self.pieces / name

    def drop_piece(self, name: str) -> None:
        """Forget one piece of an unfinished fetch."""
        (self.pieces / name).unlink(missing_ok=True)

    def drop_pieces(self) -> None:
        """Forget the pieces of an unfinished fetch."""
        # the folder itself stays: it may be held
        for path in self.pieces.iterdir() if self.pieces.is_dir() else ():
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """
        Hold the snapshot while it is fetched; the lock falls by itself when the process ends, however it ends.

        Raises
        ------
        RunError
            If another run is fetching it, or the folder cannot be written.
        """
        with _plain_errors(self.pieces):
            self.pieces.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.pieces, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunError(Sentence("error.is_being_fetched_by_another", folder=self.folder)) from None
            yield
        finally:
            with contextlib.suppress(OSError):
                # stays where pieces wait for the next run
                self.pieces.rmdir()
            os.close(handle)

    def write(self, files: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
        """
        Freeze files under their names; an earlier snapshot stays valid until this one is whole.

        Parameters
        ----------
        files : mapping of str to bytes
            Content by name.
        about : mapping
            Source, licence, attribution, query and what else the manifest is to say.

        Raises
        ------
        RunError
            If the folder cannot be written.
        """
        with _plain_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            records = [self._freeze(name, content) for name, content in sorted(files.items())]
            manifest = {**about, "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": records}
            _write_whole(self.folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True).encode())
            kept = {MANIFEST, *(record.get("path", record["name"]) for record in records)}
            for path in self.folder.iterdir():
                if path.is_file() and path.name not in kept:
                    path.unlink()
        self.drop_pieces()

    def _freeze(self, name: str, content: bytes) -> dict[str, Any]:
        record: dict[str, Any] = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        path = self.folder / name
        if path.is_file() and path.read_bytes() != content:
            # the earlier snapshot still needs that file
            stem, dot, suffix = name.partition(".")
            record["path"] = f"{stem}-{record['sha256'][:12]}{dot}{suffix}"
            path = self.folder / record["path"]
        if not path.is_file() or path.read_bytes() != content:
            _write_whole(path, content)
        return record


@contextlib.contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(Sentence("error.cannot_be_written_free_space_give", folder=folder, reason=error.strerror or error)) from error


def _write_whole(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as beside:
        try:
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
        except OSError:
            Path(beside.name).unlink(missing_ok=True)
            raise
    # a snapshot is shared in an office: readable as any other file, not only by its maker
    Path(beside.name).chmod(0o644)
    Path(beside.name).replace(path)
