"""
Functions that numba compiles, kept for the next run wherever the system lets them be kept.

numba keeps them beside the code, in ``NUMBA_CACHE_DIR`` or in the user's home, and refuses to go on where it may write to none of
them, as in a container with a read-only package and no home. They are then kept in a folder of this user among the temporary ones,
or compiled in each process anew.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

__all__ = ["njit"]


def njit(*, cache: bool = True, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """
    Compile a function when it is first called, as `numba.njit` does.

    Parameters
    ----------
    cache : bool
        Keep the compiled function where that is possible.
    **options
        Of `numba.njit`.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=cache, **options)(function)
        except (RuntimeError, OSError):
            # no folder that numba knows can be written
            vars(numba.config)["CACHE_DIR"] = _temporary_folder()
        try:
            return numba.njit(cache=bool(vars(numba.config)["CACHE_DIR"]), **options)(function)
        except (RuntimeError, OSError):
            return numba.njit(**options)(function)

    return compiled


def _temporary_folder() -> str:
    """A folder that this user alone may write, "" where there is none: numba runs what it finds in its cache."""
    try:
        folder = Path(tempfile.gettempdir()) / f"ped-geo-numba-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return ""
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return str(folder) if mine else ""
