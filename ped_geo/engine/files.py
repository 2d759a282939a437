"""Folders of a run: who holds them, whether they can be written, what the disk refuses, and files that are put in place whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ped_geo.errors import RunError
from ped_geo.language.sentences import Sentence

__all__ = ["check_writable", "folder_lock", "plain_write_errors", "remove_product", "replace_into", "shown", "stands"]

# what SQLite calls a disk that refuses; any other word of it is a fault of ours and no advice to free space
REFUSED_BY_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")

SQLITE_SIDES = ("-wal", "-shm", "-journal")
"""What a program that holds a GeoPackage keeps beside it; SQLite would apply them to whatever bears the name later."""

LONGEST_SHOWN = 200


def shown(path: Path | str) -> str:
    """
    A path as a message names it: its two ends where it is longer than anybody reads.

    Examples
    --------
    >>> shown("districts/x.toml"), len(shown("a" * 5000))
    ('districts/x.toml', 200)
    """
    words = str(path)
    half = (LONGEST_SHOWN - 3) // 2
    return words if len(words) <= LONGEST_SHOWN else f"{words[: half + 1]}...{words[-half:]}"


def stands(path: Path) -> bool:
    """Whether there is something at a path; a path that the system refuses to look at, for its length or its folder's rights, is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """
    Hold a folder for one run; the lock falls by itself when the process ends, however it ends.

    Raises
    ------
    RunError
        If another run holds it, the folder cannot be written, or something else than a plain file stands where the lock goes.
    """
    import fcntl

    lock = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # never through a link, and never emptied: whatever stands there may be somebody's file
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if lock.is_symlink():
            raise RunError(Sentence("error.is_symbolic_link_run_holds", lock=shown(lock))) from None
        raise RunError(
            Sentence("error.cannot_be_written_give_write_access", folder=shown(folder), reason=error.strerror or error)
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(Sentence("error.is_held_by_another_run", folder=folder)) from None
        except OSError as error:
            raise RunError(Sentence("error.cannot_be_locked_choose_folder", folder=folder, reason=error.strerror or error)) from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def plain_write_errors(folder: Path, *, left: str = "the products of an earlier run are whole") -> Iterator[None]:
    """
    Turn what the disk refuses while products are written into one sentence.

    Parameters
    ----------
    folder : Path
        Where the products go.
    left : str
        What the reader finds there meanwhile.

    Raises
    ------
    RunError
        If the folder cannot be written or the disk is full, whichever library noticed it.
    """
    import sqlite3

    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        yield
    except (OSError, sqlite3.Error, DataLayerError, DataSourceError) as error:
        if isinstance(error, sqlite3.Error) and not str(getattr(error, "sqlite_errorname", "")).startswith(REFUSED_BY_DISK):
            raise
        reason = (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split()) or type(error).__name__
        raise RunError(Sentence("error.cannot_be_written_free_space", folder=folder, reason=reason, left=left)) from error


def check_writable(folders: Iterable[Path]) -> None:
    """
    Try to write where each folder is, or would be made, before any long work starts; nothing is left behind.

    Raises
    ------
    RunError
        With every folder that cannot be written.
    """
    problems = []
    for folder in folders:
        try:
            _try_to_write(folder)
        except OSError as error:
            reason = error.strerror or error
            problems.append(Sentence("error.cannot_be_written_give_write_access_free", folder=shown(folder), reason=reason))
    if problems:
        raise RunError(Sentence("error.run_s_folders"), problems)


def _try_to_write(folder: Path) -> None:
    for ancestor in (folder, *folder.absolute().parents):
        # a link to nothing does not exist, and nothing can be made in its place
        if ancestor.is_symlink() or ancestor.exists():
            # a file without a name: a run killed here leaves nothing behind
            with tempfile.TemporaryFile(dir=ancestor) as trial:
                trial.write(bytes(4096))
            return


def replace_into(beside: Path, target: Path, names: list[str]) -> list[Path]:
    """
    Move finished files into their folder, each whole; `beside` lies on the same disk.

    Raises
    ------
    RunError
        If the folder cannot be written.
    """
    with plain_write_errors(target, left="until then the products are unfinished"):
        target.mkdir(parents=True, exist_ok=True)
        for name in sorted(names):
            if any((target / f"{name}{side}").exists() for side in SQLITE_SIDES):
                remove_product(target / name)
            (beside / name).replace(target / name)
    return [target / name for name in names]


def remove_product(path: Path) -> None:
    """
    Remove a product and what SQLite keeps beside it.

    The file goes first: while it stands, a program that holds it may write the others anew.
    """
    path.unlink(missing_ok=True)
    for side in SQLITE_SIDES:
        path.with_name(f"{path.name}{side}").unlink(missing_ok=True)
