"""Assumptions move a result of a calculation that reads them: of a function with the very input it had, else of its whole stage."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ped_geo import assumptions
from ped_geo.bounds import RANGES, assumption_bounds, assumption_problems
from ped_geo.engine import Step, frame_key
from ped_geo.errors import PedGeoError
from ped_geo.pipeline import STEPS
from ped_geo.pipeline.run import inputs
from ped_geo.study import Study
from tests.assumption_place import WAYS, crossing
from tests.assumption_sources import OF_SOURCES

NOWHERE = -1e9
NAMED = {step.name: step for step in STEPS}
FUNCTIONS = 4
"""Functions by which one assumption is tried, before whole steps."""


@dataclass(frozen=True)
class Call:
    """A function of the package and what it was given, as bytes: some write into what they are given."""

    function: Any
    given: bytes

    def outcome(self, overrides: dict[str, float]) -> bytes:
        """What it returns, and leaves of what it was given, under these values."""
        given = pickle.loads(self.given)
        moved = {
            name: value.model_copy(update={"overrides": overrides}) if isinstance(value, Study) else value for name, value in given.items()
        }
        returned = self.function(**moved)
        return pickle.dumps((returned, [value for value in moved.values() if not isinstance(value, Study)]))

    def moves(self, key: str) -> bool:
        """Whether other values of an assumption make another outcome, where the same make the same; a refusal is none."""
        first, plain = self.outcome({}), self.outcome({})
        if first != plain:
            return False
        for values in other_values(key):
            with suppress(PedGeoError):
                if self.outcome(values) != plain:
                    return True
        return False


@dataclass(frozen=True)
class Taken:
    """A step as it was taken once: with what, what it gave, and which assumptions it read."""

    step: Step
    given: dict[str, Any]
    layers: dict[str, Any]
    gave: dict[str, str]
    seconds: float
    read: frozenset[str]

    def gives_else(self, overrides: dict[str, float]) -> bool | None:
        """Whether it gives something else under these values; None where it refuses them."""
        given = {**self.given, "study": self.given["study"].model_copy(update={"overrides": overrides})}
        try:
            made = self.step.compute(given, self.layers)
        except PedGeoError:
            return None
        return any(frame_key(frame) != self.gave[name] for name, frame in made.items())


class Watch:
    """Notes which functions read which assumptions, and what those were given."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.read: set[str] = set()
        self.calls: dict[str, dict[Any, Call]] = {}
        plain, assumed = assumptions.scalar, Study.assumed

        def scalar(key: str, country: str = "") -> assumptions.Assumption:
            self.read.add(key)
            return plain(key, country)

        def noting(study: Study, key: str) -> float:
            self.read.add(key)
            self.note(key, sys._getframe(1))
            return assumed(study, key)

        patched.setattr(assumptions, "scalar", scalar)
        patched.setattr(Study, "assumed", noting)

    def note(self, key: str, frame: Any) -> None:
        """Keep the innermost function of a module that has the study among its parameters, with them."""
        known = self.calls.setdefault(key, {})
        while frame is not None and len(known) < FUNCTIONS and frame.f_globals.get("__name__", "").startswith("ped_geo"):
            code = frame.f_code
            function = frame.f_globals.get(code.co_name)
            if getattr(function, "__code__", None) is code:
                names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
                given = {name: frame.f_locals[name] for name in names if name in frame.f_locals}
                if len(given) == len(names) and any(isinstance(value, Study) for value in given.values()):
                    if code not in known:
                        # what holds a function is tried with its whole step
                        with suppress(Exception):
                            known[code] = Call(function, pickle.dumps(given))
                    return
            frame = frame.f_back


def all_taken(folder: Path, watch: Watch) -> list[Taken]:
    """Every step of the first way, and the named ones of the others on its layers, in the order of their time."""
    taken: list[Taken] = []
    layers: dict[str, Any] = {}
    for study, names in WAYS.values():
        if not names:
            site, layers, _ = inputs(study, crossing(), folder, refresh=False)
        for step in [NAMED[name] for name in names] or STEPS:
            watch.read.clear()
            begun = time.process_time()
            made = step.compute({"study": study, "site": site}, layers)
            seconds = time.process_time() - begun
            gave = {name: frame_key(frame) for name, frame in made.items()}
            taken.append(Taken(step, {"study": study, "site": site}, layers, gave, seconds, frozenset(watch.read)))
            if not names:
                layers |= made
    return sorted(taken, key=lambda one: one.seconds)


def other_values(key: str) -> Iterator[dict[str, float]]:
    """Values of the range of an assumption, then ones beside it, as far as they can be meant."""
    row, (least, most) = assumptions.scalar(key, "PL"), assumption_bounds(key)
    for value in dict.fromkeys((row.low, row.high, row.value * 0.9, row.value * 1.1, row.value + 1.0, row.value - 1.0, least, most)):
        if value != row.value and least <= value <= most and not list(assumption_problems({key: value})):
            yield {key: value}


@contextmanager
def moved_range(key: str) -> Iterator[None]:
    """The range of an assumption, and its value with it, lies where nothing is."""
    plain = assumptions.scalar

    def other(asked: str, country: str = "") -> assumptions.Assumption:
        row = plain(asked, country)
        return replace(row, value=NOWHERE, low=NOWHERE, high=NOWHERE) if asked == key else row

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assumptions, "scalar", other)
        yield


def told(key: str, overrides: dict[str, float], folder: Path) -> str:
    """What the sources make of these values, be it a refusal."""
    try:
        return str(OF_SOURCES[key](Study(name="x", title="X", country="PL", overrides=overrides), folder))
    except PedGeoError as error:
        return str(error)


def moves_a_source(key: str, folder: Path) -> bool:
    """Whether a function of the sources answers to an assumption."""
    plain = told(key, {}, folder)
    if key.startswith(RANGES):
        with moved_range(key):
            return told(key, {}, folder) != plain
    return any(told(key, values, folder) != plain for values in other_values(key))


def moves_a_step(key: str, readers: Iterable[Taken]) -> bool:
    """Whether a step answers to an assumption, the quickest one first; a range answers by a refusal too."""
    if key.startswith(RANGES):
        with moved_range(key):
            return any(one.gives_else({}) in (True, None) for one in readers)
    return any(one.gives_else(values) for values in other_values(key) for one in readers)


def moves_a_function(calls: Iterable[Call], key: str) -> bool:
    """Whether a function answers to an assumption when it is called again with what it was given."""
    for call in calls:
        # parameters that were given another meaning on the way make no call
        with suppress(Exception):
            if call.moves(key):
                return True
    return False


TOPICS = ("access.", "balance.", "building.", "climate.", "demand.", "finance.")
"""
Topics that are taken through the stages here; that the others are read somewhere is held by the rules of the house. A topic is
entered when it was seen to hold.
"""
NOT_THERE = {
    **dict.fromkeys(("building.outbuilding_max_levels", "building.outbuilding_max_height"), "no small building is between these bounds"),
    **dict.fromkeys(("building.hall_max_levels", "building.hall_max_height"), "no large building is between these bounds"),
    **dict.fromkeys(("demand.small_need_hourly", "demand.small_need_seasonal"), "the report alone tells the band of a method"),
}
"""Assumptions of these topics of which the crossing holds nothing, and why."""


@pytest.mark.parametrize("key", sorted(OF_SOURCES))
def test_sources_answer_to_every_assumption_that_they_read(key, tmp_path):
    assert moves_a_source(key, tmp_path)


@pytest.mark.slow
def test_stages_answer_to_every_assumption_of_a_topic(tmp_path):
    with pytest.MonkeyPatch.context() as patched:
        watch = Watch(patched)
        taken = all_taken(tmp_path, watch)
    left = {}
    for key in (key for key in assumptions.scalars("PL") if key.startswith(TOPICS) and key not in {*OF_SOURCES, *NOT_THERE}):
        readers = [one for one in taken if key in one.read]
        if not moves_a_function(watch.calls.get(key, {}).values(), key) and not moves_a_step(key, readers):
            left[key] = [one.step.name for one in readers]
    assert left == {}
