"""
Work beside this process, in a copy of it that shares what is in memory and leaves its result on disk.

A copy is silent: a reader who must know why it failed does the same work again in this process, where errors are told as ever.
It dies with this process, also when that is killed, so that nothing writes into a folder that the next run has taken.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["CAN_FORK", "Forked", "first_done", "processors"]

CAN_FORK: Final = sys.platform.startswith("linux")
"""Elsewhere libraries with threads of their own do not outlive a fork; the work is then done in this process."""


def processors() -> int:
    """Processors that this process may use: a container or ``taskset`` may leave it fewer than there are."""
    return len(os.sched_getaffinity(0)) if CAN_FORK else 1


_PARENT_DIED: Final = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


class Forked:
    """
    A piece of work in a forked process; leaving its ``with`` block ends it.

    Parameters
    ----------
    work : callable
        Called without arguments in the copy; what it returns is lost.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        for stream in (sys.stdout, sys.stderr):
            # None where a program was started with the stream closed
            if stream is not None:
                stream.flush()
        self.process: BaseProcess = multiprocessing.get_context("fork").Process(target=_run, args=(work, os.getpid()), daemon=True)
        self.process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """Stop the work if it still runs."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()

    def done_well(self) -> bool:
        """Wait for the end; whether the work was done without an error."""
        self.process.join()
        return self.process.exitcode == 0


def first_done(working: Iterable[Forked]) -> Forked:
    """Wait until one of them ends."""
    by_sentinel = {one.process.sentinel: one for one in working}
    return by_sentinel[wait(list(by_sentinel))[0]]  # type: ignore[index] # sentinels are what goes in


def _run(work: Callable[[], object], parent: int) -> None:
    # Ctrl-C reaches all processes of a terminal; the parent alone answers and ends the others
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    gc.disable()
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 for the rest of this process
    work()
