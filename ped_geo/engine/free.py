"""Memory that a step worked in goes back to the system, so that the next step does not begin on top of it."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

__all__ = ["give_back"]

_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
"""Of glibc; other C libraries have none."""


def give_back() -> None:
    """Give back what Python, the C library and Arrow hold free for later use."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if _TRIM is not None:
        _TRIM(0)
