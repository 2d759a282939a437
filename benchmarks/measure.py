"""How a benchmark is timed and what it reports."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """
    One line of ``results.json``.

    `ratio` is peer CPU time over ours for the same work (above 1: ours is faster), or, where `goal_is_upper` says so, a
    figure that must stay below `goal`.
    """

    name: str
    ratio: float
    goal: float
    ours_cpu_s: float
    peer_cpu_s: float
    accuracy: dict[str, Any] = field(default_factory=dict)
    goal_is_upper: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal if self.goal_is_upper else self.ratio >= self.goal

    def row(self) -> dict[str, Any]:
        """The result as it is written."""
        return {**asdict(self), "met": self.met}


def cpu_seconds(work: Callable[[], object], *, repeats: int = 3, warm_up: bool = True) -> float:
    """
    Median CPU time of a call, user and system, children included.

    Parameters
    ----------
    work : callable
        Called without arguments.
    repeats : int
        Counted calls, at least three for a figure that is quoted.
    warm_up : bool
        Whether one call goes first, uncounted, so that compilation and caches do not count.

    Returns
    -------
    float
        Seconds.
    """
    if warm_up:
        work()
    seconds = []
    for _ in range(repeats):
        before = _cpu_now()
        work()
        seconds.append(_cpu_now() - before)
    return statistics.median(seconds)


def _cpu_now() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
