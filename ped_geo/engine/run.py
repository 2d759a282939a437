"""
Runs steps in their order: each step's result is kept, so that an interrupted run resumes where it stopped.

A result is stored under a key made of the code, what the step reads of what the run is given, and the keys of what it needs,
which for the layers of the sources is their content; it is used again only when all of them are the same. Results are written
beside and renamed, so a kill at any moment leaves whole steps or nothing. A layer that only passes between steps is let go after the
last step that reads it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from ped_geo.engine.forked import CAN_FORK, Forked, first_done
from ped_geo.engine.free import give_back
from ped_geo.engine.graph import Given, Layers, Step, refuse_missing
from ped_geo.engine.keys import code_key, frame_key
from ped_geo.engine.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Check", "Progress", "SideBySide", "Silent", "run_steps"]

Check = Callable[[str, "pd.DataFrame"], object]
"""Raises if a layer is not what its name promises."""


class Progress(Protocol):
    """What a run tells about itself; the command line draws it."""

    def begin(self, name: str, index: int, total: int) -> None:
        """A step starts: its name, its number from 0, how many there are."""

    def end(self, name: str, *, kept: bool) -> None:
        """A step is done; `kept` says that an earlier result was used."""


class Silent:
    """Progress that says nothing."""

    def begin(self, name: str, index: int, total: int) -> None:
        """Say nothing."""

    def end(self, name: str, *, kept: bool) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class SideBySide:
    """
    Steps at the same time, each in a process of its own.

    Attributes
    ----------
    workers : int
        At most so many.
    libraries : tuple of str
        Modules to load while the first steps run, so that not each later process loads them anew.
    """

    workers: int
    libraries: tuple[str, ...] = ()


def _step_key(step: Step, given: Mapping[str, Given], inputs: Mapping[str, str]) -> str:
    seen = {name: given[name].part(step.settings).content() for name in sorted(step.reads)}
    parts = [code_key(), step.name, seen, [inputs[name] for name in step.needs]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Keep matrix products in one thread: split among several, their sums differ in the last digit from machine to machine."""
    import numpy as np  # noqa: F401
    import scipy.linalg  # noqa: F401  # both bring a BLAS, which can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def run_steps(
    steps: tuple[Step, ...],
    given: Mapping[str, Given],
    inputs: Layers,
    *,
    store: Store | None,
    check: Check | None = None,
    progress: Progress | None = None,
    side_by_side: SideBySide | None = None,
    passing: Collection[str] = (),
) -> dict[str, pd.DataFrame]:
    """
    Run the steps in order, or take their kept results.

    Parameters
    ----------
    steps : tuple of Step
        In an order in which each finds what it needs.
    given : mapping of str to Given
        What the whole run is given, such as settings, under the names of the steps' parameters.
    inputs : mapping of str to DataFrame
        The layers of the sources.
    store : Store or None
        Where finished steps are kept; None keeps nothing.
    check : callable, optional
        Called with the name and the frame of every layer that goes in or is made: the one door through which layers pass.
    progress : Progress, optional
        Is told about each step.
    side_by_side : SideBySide, optional
        How many steps may run at the same time; needs a store, through which they hand on their layers.
    passing : collection of str, optional
        Layers that nobody asks for after the steps: each is let go when no later step needs it.

    Returns
    -------
    dict of str to DataFrame
        Inputs and all layers given by the steps, but for those that only pass.

    Raises
    ------
    LayerError
        If a step needs a layer that is neither an input nor given by a step before it, or if `check` refuses one.
    """
    # what was read decides, not which files it was read from: those have side files, and a few of them change while they are open
    keys = {name: f"{name}:{frame_key(frame)}" if store else "" for name, frame in inputs.items()}
    done = _Layers(given, dict(inputs), keys, store, check or _unchecked, frozenset(passing))
    refuse_missing(steps, inputs)
    for name, frame in inputs.items():
        done.check(name, frame)
    progress = progress or Silent()
    with _one_blas_thread():
        if store is None or side_by_side is None or side_by_side.workers < 2 or not CAN_FORK:
            for index, step in enumerate(steps):
                progress.begin(step.name, index, len(steps))
                progress.end(step.name, kept=done.take(step) or done.make(step))
                done.release(steps[index + 1 :])
        else:
            _run_side_by_side(steps, done, progress, side_by_side)
    return done.layers


def _unchecked(name: str, frame: pd.DataFrame) -> None:
    """Let every layer pass."""


@dataclass
class _Layers:
    """What has been computed so far, and under which keys."""

    given: Mapping[str, Given]
    layers: dict[str, pd.DataFrame]
    keys: dict[str, str]
    store: Store | None
    check: Check
    passing: frozenset[str]

    def key(self, step: Step) -> str:
        return _step_key(step, self.given, self.keys)

    def ready(self, step: Step) -> bool:
        return all(name in self.layers for name in step.needs)

    def take(self, step: Step) -> bool:
        """Take the kept result of a step; False if there is none."""
        kept = self.store.get(step.name, self.key(step), step.gives) if self.store else None
        if kept is not None:
            self._add(step, kept)
        return kept is not None

    def make(self, step: Step) -> bool:
        """Compute a step, keep and take its result; False, for it was not kept before."""
        made = self.compute(step)
        # what is handed on is what is kept: sums over another layout of memory differ in the last digit
        if not self.take(step):
            self._add(step, made)
        return False

    def compute(self, step: Step) -> dict[str, pd.DataFrame]:
        """Compute a step and keep its result."""
        made = step.compute(self.given, self.layers)
        for name, frame in made.items():
            self.check(name, frame)
        if self.store:
            self.store.put(step.name, self.key(step), made)
        return made

    def sweep(self, step: Step) -> None:
        """Remove what a copy that died left half-written of a step."""
        if self.store:
            self.store.sweep(step.name)

    def release(self, waiting: Iterable[Step]) -> None:
        """Let go what passes between steps and none of those that wait needs, and the memory of what can be read again."""
        needed = {name for step in waiting for name in step.needs}
        for name in self.passing.intersection(self.layers) - needed:
            del self.layers[name]
        if self.store:
            self.store.rest()
        give_back()

    def _add(self, step: Step, made: Mapping[str, pd.DataFrame]) -> None:
        key = self.key(step)
        self.layers.update(made)
        self.keys.update({name: f"{name}:{key}" for name in step.gives})


def _run_side_by_side(steps: tuple[Step, ...], done: _Layers, progress: Progress, how: SideBySide) -> None:
    """Begin each step as soon as all it needs is there and a worker is free; of several, the one that most others wait for."""
    waiting = _most_awaited_first(steps)
    running: dict[Forked, Step] = {}
    libraries, begun = how.libraries, 0
    try:
        while waiting or running:
            ready = [one for one in waiting if done.ready(one)] if len(running) < how.workers else []
            if ready:
                step = ready[0]
                waiting.remove(step)
                progress.begin(step.name, begun, len(steps))
                begun += 1
                if done.take(step):
                    progress.end(step.name, kept=True)
                else:
                    running[Forked(partial(done.compute, step))] = step
            else:
                for name in libraries:
                    # whoever needs it says why it cannot be loaded
                    with contextlib.suppress(ImportError, OSError):
                        import_module(name)
                libraries = ()
                ended = first_done(running)
                step = running.pop(ended)
                if not (ended.done_well() and done.take(step)):
                    done.sweep(step)
                    done.make(step)
                progress.end(step.name, kept=False)
                # a copy that fails does its work again here
                done.release([*waiting, *running.values()])
    finally:
        for working in running:
            working.end()
    # where all was kept, nothing was let go between
    done.release(())


def _most_awaited_first(steps: tuple[Step, ...]) -> list[Step]:
    """Steps by the number of steps that cannot begin before them, directly or not; equal ones in their order."""
    behind: dict[str, set[str]] = {}
    for step in reversed(steps):
        after = [other for other in steps if set(other.needs) & set(step.gives)]
        behind[step.name] = {other.name for other in after}.union(*(behind.get(other.name, set()) for other in after))
    return sorted(steps, key=lambda step: -len(behind[step.name]))
