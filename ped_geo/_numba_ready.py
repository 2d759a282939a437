"""Importing this module makes numba ready, which it otherwise becomes with the first call of a compiled function: in each process anew."""

from __future__ import annotations

from numba.core.registry import cpu_target

cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()
