"""
Tiles on the workers of a ``dask.distributed`` scheduler that is there already: the same work, kept in the same folder.

A tile is sent with what it needs of the place; its result does not travel, it lies in the folder of the scan, which every worker
must see. A worker that is lost costs the tile that it had: the scheduler gives that to another one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from ped_geo.engine import code_key
from ped_geo.errors import RunError, StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.scan.workers import TracebackIn

if TYPE_CHECKING:
    from types import TracebackType

    from ped_geo.scan.workers import Done, Job, Part

__all__ = ["Cluster"]

ANSWER_S: Final = 20
"""A scheduler that does not answer in this time is not there. [s]"""

AHEAD: Final = 2
"""Tiles sent for each worker, so that none waits for its next and the leading process holds few. [-]"""


class Cluster:
    """
    The workers of a scheduler; leaving its ``with`` block lets them go and stops nothing of theirs.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://node1:8786``.
    folder : Path
        Of the scan, absolute; it must lie where every worker reads and writes it under the same path.

    Raises
    ------
    StudyError
        If the package ``distributed`` is missing, or the workers cannot do the work: all reasons at once.
    RunError
        If no scheduler answers.
    """

    def __init__(self, address: str, folder: Path) -> None:
        try:
            self._distributed: Any = import_module("distributed")
        except ImportError as error:
            raise StudyError(Sentence("error.cluster_needs_package_distributed_which")) from error
        try:
            self._client = self._distributed.Client(address, timeout=ANSWER_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise RunError(Sentence("error.cluster_no_scheduler_answers_there", address=address, answer_s=ANSWER_S)) from error
        with ExitStack() as unless_fit:
            unless_fit.callback(self._client.close)
            self._refuse_unfit(address, folder)
            unless_fit.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def run(self, jobs: Iterable[Job], done: Done) -> dict[str, str]:
        """
        Run all jobs on the workers.

        Parameters
        ----------
        jobs : iterable of Job
            In the order in which they are sent.
        done : callable
            Is told the name of each job that has ended, well or not.

        Returns
        -------
        dict
            Name of each job that did not end well → why, in one line.
        """
        waiting, failed = list(jobs)[::-1], {}
        sent: dict[Any, Job] = {}
        ended = self._distributed.as_completed(loop=self._client.loop)
        while waiting or sent:
            while waiting and len(sent) < AHEAD * max(len(self._client.nthreads()), 1):
                job = waiting.pop()
                future = self._client.submit(_work, job.part(), job.told, key=f"{job.name}-{uuid.uuid4()}", pure=False)
                sent[future] = job
                ended.add(future)
            future = next(ended)
            job = sent.pop(future)
            if future.status != "finished":
                failed[job.name] = _reason(future.exception())
            done(job.name)
        return failed

    def _refuse_unfit(self, address: str, folder: Path) -> None:
        threads = self._client.nthreads()
        if not threads:
            raise StudyError(Sentence("error.cluster_scheduler_has_no_worker", address=address))
        problems = [
            Sentence("error.worker_has_threads_must_have", worker=worker, count=count)
            for worker, count in sorted(threads.items())
            if count != 1
        ]
        mark = folder / f".seen-{uuid.uuid4().hex}"
        mark.touch()
        try:
            seen = self._client.run(_sees, mark, on_error="return")
        finally:
            mark.unlink()
        for worker, answer in sorted(seen.items()):
            if isinstance(answer, BaseException):
                problems.append(Sentence("error.worker_cannot_run_this_program", worker=worker, reason=_reason(answer)))
                continue
            sees, code = answer
            if not sees:
                problems.append(Sentence("error.worker_does_not_see_root", worker=worker, folder=folder))
            if code != code_key():
                problems.append(Sentence("error.worker_has_another_version_this", worker=worker))
        if problems:
            raise StudyError(Sentence("error.cluster", address=address), problems)


def _work(part: Part, told: Path) -> None:
    with TracebackIn(told):
        part.run()


def _sees(mark: Path) -> tuple[bool, str]:
    return mark.exists(), code_key()


def _reason(error: BaseException | None) -> str:
    """An error in one line."""
    lines = " ".join(str(error).split())
    return f"{type(error).__name__}: {lines}"[:300]
