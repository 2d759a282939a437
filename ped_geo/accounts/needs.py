"""What is asked of groups of blocks: needs by name, worked out once, or known from elsewhere, or not known at all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np
import numpy.typing as npt

__all__ = ["FURTHER", "NAN", "Amount", "Need", "further_need", "given", "need", "needs_of", "ratio"]

Floats = npt.NDArray[np.floating]
Amount = float | Floats
T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])

NAN = float("nan")


class MayLieInPlace(Protocol):
    """Something that may lie in a place, from which more can be worked out."""

    @property
    def of_place(self) -> bool:
        """Whether it does."""


class Need(Generic[T]):
    """
    A property of `Accounts` that is worked out when it is first asked for.

    What `Accounts.with_known` says comes first; what can neither be worked out nor is known is `missing`.

    Parameters
    ----------
    function : callable or None
        Accounts → value; none where other stages have to say it.
    missing : object
        Value where it is not known.
    """

    def __init__(self, function: Callable[[Any], T] | None, missing: Any = NAN) -> None:
        self.function, self.missing = function, missing
        self.__doc__ = function.__doc__ if function is not None else None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, accounts: None, owner: type) -> Need[T]: ...
    @overload
    def __get__(self, accounts: MayLieInPlace, owner: type) -> T: ...
    def __get__(self, accounts: MayLieInPlace | None, owner: type) -> Need[T] | T:
        if accounts is None:
            return self
        if self.function is None or not accounts.of_place:
            value: T = self.missing
            return value
        value = vars(accounts)[self.name] = self.function(accounts)
        return value


def need_of_columns(function: Callable[[Any], T]) -> Need[T]:
    """Make a method that gives figures by name into a `Need`; none where they are not known."""
    return Need(function, {})


def need(function: Callable[[Any], T]) -> Need[T]:
    """Make a method into a `Need`; not a number where it is not known."""
    return Need(function)


def need_of_hours(function: Callable[[Any], T]) -> Need[T]:
    """Make a method that gives hours into a `Need`; no hours where they are not known."""
    return Need(function, np.zeros(0))


def given(missing: Any = NAN) -> Need[Any]:
    """A `Need` that other stages say, by `Accounts.with_known`."""
    return Need(None, missing)


FURTHER: dict[str, Callable[[Any], Any]] = {}
"""Needs that a definition or an indicator brings along in its own file."""


def further_need(function: Function) -> Function:
    """
    Register a function of `Accounts` as a need under its own name: a decorator.

    None says that the place has no data for it, not a number in an array that one group has none; a definition that names the
    need is then left out there.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    name = function.__name__
    if name in FURTHER:
        raise ValueError(f"two needs of groups are called {name!r}")
    FURTHER[name] = function
    return function


@cache
def needs_of(rule: Callable[..., Any]) -> tuple[str, ...]:
    """
    Names of what a rule asks of groups of blocks: its parameters.

    Examples
    --------
    >>> needs_of(lambda import_kwh_a, export_kwh_a: export_kwh_a - import_kwh_a)
    ('import_kwh_a', 'export_kwh_a')
    """
    return tuple(inspect.signature(rule).parameters)


def ratio(part: Amount, whole: Amount, otherwise: float = NAN) -> Floats:
    """
    Part by whole, and another figure, not a number by itself, where the whole is not above zero.

    Examples
    --------
    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(part, dtype=float), np.asarray(whole, dtype=float))
    return np.divide(above, below, out=np.full(above.shape, otherwise), where=below > 0)
