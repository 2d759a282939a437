"""Tiles in processes of their own: as many at a time as the machine allows; one that raises costs its tile and no other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ped_geo.engine.forked import CAN_FORK, Forked, first_done
from ped_geo.errors import PedGeoError

__all__ = ["Done", "Job", "Part", "TracebackIn", "run_jobs"]

Done = Callable[[str], object]
"""Is told the name of each job that has ended, well or not."""

RAISED = (PedGeoError, ArithmeticError, AssertionError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""What a tile may raise where it cannot have a process of its own."""


class Part(Protocol):
    """Work that has with it all that it needs, and leaves its result on disk."""

    def run(self) -> None:
        """Do it."""


@dataclass(frozen=True)
class Job:
    """
    One tile to be run.

    Attributes
    ----------
    name : str
        Of the tile.
    part : callable
        Gives the work; called where the work is done, or where it is sent from.
    told : Path
        File that takes the traceback if the work raises.
    """

    name: str
    part: Callable[[], Part]
    told: Path


def run_jobs(workers: int, jobs: Iterable[Job], done: Done) -> dict[str, str]:
    """
    Run all jobs in processes of this machine, some at a time.

    Parameters
    ----------
    workers : int
        At most so many at a time.
    jobs : iterable of Job
        In the order in which they begin.
    done : callable
        Is told the name of each job that has ended, well or not.

    Returns
    -------
    dict
        Name of each job that did not end well → why, in one line.
    """
    if not CAN_FORK:
        return _one_after_the_other(jobs, done)
    waiting, failed = list(jobs)[::-1], {}
    running: dict[Forked, Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < max(workers, 1):
                job = waiting.pop()
                job.told.unlink(missing_ok=True)
                running[Forked(partial(_telling, job))] = job
            ended = first_done(running)
            job = running.pop(ended)
            if not ended.done_well():
                failed[job.name] = _last_words(job.told)
            done(job.name)
    finally:
        for working in running:
            working.end()
    return failed


def _telling(job: Job) -> None:
    """Do the work; what it raises is written where the parent reads it."""
    with TracebackIn(job.told):
        job.part().run()


@dataclass(frozen=True)
class TracebackIn:
    """
    Leave the traceback of what is raised within in a file, which is not there after work that went well.

    Parameters
    ----------
    path : Path
        Its folder is made.
    """

    path: Path

    def __enter__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")


def _last_words(told: Path) -> str:
    """The error of a traceback in one line; a process that was killed leaves none."""
    try:
        lines = [line.strip() for line in told.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "the process ended without a word; it was killed, or memory was short"


def _one_after_the_other(jobs: Iterable[Job], done: Done) -> dict[str, str]:
    failed = {}
    for job in jobs:
        try:
            _telling(job)
        except RAISED as error:
            failed[job.name] = f"{type(error).__name__}: {error}"[:300]
        done(job.name)
    return failed
