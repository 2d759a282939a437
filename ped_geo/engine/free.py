"""Memory that a step worked in, or has read, goes back to the system, so that what follows does not come on top of it."""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["give_back", "let_go"]

_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
"""Of glibc; other C libraries have none."""


def give_back() -> None:
    """Give back what Python, the C library and Arrow hold free for later use."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if _TRIM is not None:
        _TRIM(0)


def let_go(*frames: pd.DataFrame | None) -> None:
    """
    Give back the memory of tables of which a part has been read, where they are mapped files; what is looked at again is read again.

    Parameters
    ----------
    *frames : DataFrame or None
        Tables as a kept step gives them, or views of their columns; others are left alone.
    """
    import numpy as np

    for frame in frames if hasattr(mmap, "MADV_DONTNEED") else ():
        if frame is None or not frame.shape[1]:
            continue
        values: object = frame.iloc[:, 0].to_numpy()
        while isinstance(values, np.ndarray):
            values = values.base
        if isinstance(values, mmap.mmap):
            values.madvise(mmap.MADV_DONTNEED)
