"""
What a step takes and gives, read from the signature of its function.

Positional parameters are layers, or views: things worked out from layers each time they are asked for, and never kept. Parameters
after the ``*`` are what the whole run is given, such as its settings. What a step gives, and the sections of settings that it
reads, stand beside the function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Given", "Layers", "Step", "View", "refuse_missing", "step", "steps_to", "view"]

Layers = Mapping[str, "pd.DataFrame"]


class Given(Protocol):
    """What the whole run is given, of which a step sees the part that it names."""

    def part(self, sections: Iterable[str]) -> Given:
        """The part that a step with these sections may read."""

    def content(self) -> object:
        """All that decides, as JSON can hold it."""


@dataclass(frozen=True)
class View:
    """
    A function of layers whose value is worked out when a step asks for it.

    Attributes
    ----------
    name : str
        The function's name, which is that of the parameter it fills.
    run : callable
        The function.
    parameters : tuple of str
        Layers, and views, that it takes by position.
    given : tuple of str
        What it takes of what the run is given.
    views : mapping of str to View
        Views that its parameters may name.
    """

    name: str
    run: Callable[..., Any]
    parameters: tuple[str, ...]
    given: tuple[str, ...]
    views: Mapping[str, View] = field(repr=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """Layers that go in, those of views too, each once."""
        layers: dict[str, None] = {}
        for name in self.parameters:
            layers |= dict.fromkeys(self.views[name].needs if name in self.views else (name,))
        return tuple(layers)

    @property
    def reads(self) -> frozenset[str]:
        """What it and its views take of what the run is given."""
        return frozenset(self.given).union(*(self.views[name].reads for name in self.parameters if name in self.views))

    def value(self, given: Mapping[str, Any], layers: Layers) -> Any:
        """
        Call the function with the layers and views that it names.

        Parameters
        ----------
        given : mapping
            What the run is given, by name.
        layers : mapping of str to DataFrame
            At least `needs`.

        Raises
        ------
        KeyError
            If something is not there.
        """
        taken = [self.views[name].value(given, layers) if name in self.views else layers[name] for name in self.parameters]
        return self.run(*taken, **{name: given[name] for name in self.given})


@dataclass(frozen=True)
class Step(View):
    """
    One step of a pipeline.

    Attributes
    ----------
    gives : tuple of str
        Layers that come out, in the order in which the function returns them.
    settings : tuple of str
        Sections of what the run is given that change the result.
    """

    gives: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def compute(self, given: Mapping[str, Given], layers: Layers) -> dict[str, pd.DataFrame]:
        """
        The layers that the step gives, by name.

        Parameters
        ----------
        given : mapping of str to Given
            What the run is given, by name; the step sees its part.
        layers : mapping of str to DataFrame
            At least `needs`.

        Raises
        ------
        LayerError
            If the function returns another number of layers than it declares.
        """
        seen = {name: given[name].part(self.settings) for name in self.reads}
        returned = self.value(seen, layers)
        made = returned if isinstance(returned, tuple) else (returned,)
        if len(made) != len(self.gives):
            raise LayerError(
                Sentence(
                    "error.step_returned_layers_must_be",
                    name=self.name,
                    count=len(made),
                    count_2=len(self.gives),
                    names=", ".join(self.gives),
                )
            )
        return dict(zip(self.gives, made, strict=True))


def _signature(function: Callable[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of what a function takes by position, and by name alone."""
    taken = inspect.signature(function).parameters.values()
    by_name = tuple(one.name for one in taken if one.kind is inspect.Parameter.KEYWORD_ONLY)
    return tuple(one.name for one in taken if one.name not in by_name), by_name


def view(function: Callable[..., Any], views: Iterable[View] = ()) -> View:
    """
    A view of layers, from its function.

    Parameters
    ----------
    function : callable
        Its name is that of the parameter it fills.
    views : iterable of View
        Views that its own parameters may name.

    Examples
    --------
    >>> view(lambda buildings, *, study: buildings).needs
    ('buildings',)
    """
    return View(function.__name__, function, *_signature(function), {one.name: one for one in views})


def step(
    gives: Iterable[str], settings: Iterable[str] = (), *, views: Iterable[View] = (), name: str = ""
) -> Callable[[Callable[..., Any]], Step]:
    """
    Make a function into a step: a decorator.

    Parameters
    ----------
    gives : iterable of str
        Layers that the function returns: one as it is, several as a tuple in this order.
    settings : iterable of str
        Sections of what the run is given that change the result.
    views : iterable of View
        Views that its parameters may name.
    name : str
        Name of the step, else that of the function.

    Examples
    --------
    >>> @step(["doubled"])
    ... def double(numbers):
    ...     return numbers * 2
    >>> double.name, double.needs, double.gives
    ('double', ('numbers',), ('doubled',))
    """
    known = {one.name: one for one in views}

    def made(function: Callable[..., Any]) -> Step:
        return Step(name or function.__name__, function, *_signature(function), known, tuple(gives), tuple(settings))

    return made


def refuse_missing(steps: Iterable[Step], inputs: Iterable[str]) -> None:
    """
    Refuse steps that would wait for ever for a layer that nobody gives.

    Raises
    ------
    LayerError
        With every such layer at once.
    """
    known, problems = set(inputs), []
    for one in steps:
        problems += [Sentence("error.step_needs_which_no_step", one=one.name, name=name) for name in one.needs if name not in known]
        known |= set(one.gives)
    if problems:
        raise LayerError(Sentence("error.layers_run"), problems)


def steps_to(wanted: Iterable[str], steps: Iterable[Step], known: Iterable[str]) -> tuple[Step, ...]:
    """
    The steps that have to run before layers are there, in their order.

    Parameters
    ----------
    wanted : iterable of str
        Layers.
    steps : iterable of Step
        In an order in which each finds what it needs.
    known : iterable of str
        Layers that are there.

    Raises
    ------
    KeyError
        If no step gives a layer.

    Examples
    --------
    >>> first, second = step(["b"])(lambda a: a), step(["c"])(lambda b: b)
    >>> [one.gives for one in steps_to(["c"], (first, second), ["a"])], steps_to(["c"], (first, second), ["c"])
    ([('b',), ('c',)], ())
    """
    makers = {name: one for one in steps for name in one.gives}
    have, waiting, chosen = set(known), list(wanted), []
    while waiting:
        name = waiting.pop()
        if name not in have:
            chosen.append(makers[name])
            have |= set(makers[name].gives)
            waiting += makers[name].needs
    return tuple(one for one in steps if one in chosen)
