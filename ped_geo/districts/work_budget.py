"""
Deterministic work budget: work is counted instead of time, so that a search stops at the same place on every run and every machine.

The work of each part of a search is known from counts (moves of a walk, joints, nodes and iterations of HiGHS); the rates
below turn it into seconds of one ordinary core. A faster machine is done sooner, a busy one later, both with the same answer.

References
----------
.. [1] Rates: ``benchmarks/bench_districts.py``, CPU time of 60 to 1,000 blocks on one core of a 2-core machine, 2026.
"""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["ITERATION_S", "joint_s", "node_s", "spend", "spent", "walk_s"]

ITERATION_S = 3e-5
"""One iteration of the simplex method [s]."""

_spent: ContextVar[float] = ContextVar("spent", default=0.0)


def spent() -> float:
    """Work so far, in seconds of one ordinary core; only differences mean something."""
    return _spent.get()


def spend(seconds: float) -> None:
    """Count work that was done, in seconds of one ordinary core."""
    _spent.set(_spent.get() + seconds)


def walk_s(moves: int) -> float:
    """
    Work of a walk.

    Examples
    --------
    >>> round(walk_s(10_000_000), 2)
    3.5
    """
    return 3.5e-7 * moves


def joint_s(blocks: int) -> float:
    """Work of asking how one piece is joined to the rest, among so many blocks."""
    return 1.2e-3 + 1.8e-6 * blocks


def node_s(coefficients: int) -> float:
    """Work between two questions of HiGHS whether to go on with whole numbers, in a problem of so many coefficients."""
    return 0.01 + 3.3e-6 * coefficients
