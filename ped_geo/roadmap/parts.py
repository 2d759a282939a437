"""What each cause has taken from emissions: the mean over all orders in which causes can be switched on (Shapley)."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
import numpy.typing as npt

__all__ = ["CAUSES", "OUTSIDE", "shapley"]

Floats = npt.NDArray[np.float64]
CAUSES = ("grid", "network", "retrofit", "heat_supply", "pv")
OUTSIDE = ("grid", "network")
"""Causes that the place does not decide."""


def shapley(emissions: Callable[[frozenset[str]], Floats], causes: tuple[str, ...] = CAUSES) -> dict[str, Floats]:
    """
    Share of every cause in the fall of emissions from none of them to all.

    Parameters
    ----------
    emissions : callable
        Set of causes that are on → emissions, of one shape.
    causes : tuple of str
        Their names.

    Returns
    -------
    dict of str to ndarray
        Fall by each cause; they sum to the whole fall.

    Notes
    -----
    The mean over all orders is the sum over sets without the cause, weighed with how many orders reach the set first.

    Examples
    --------
    >>> heat, factor = (100.0, 50.0), (0.34, 0.23)
    >>> parts = shapley(lambda on: np.array(heat["retrofit" in on] * factor["network" in on]), ("network", "retrofit"))
    >>> {name: round(float(part), 2) for name, part in parts.items()}
    {'network': 8.25, 'retrofit': 14.25}
    """
    count = len(causes)
    sets = [frozenset(name for place, name in enumerate(causes) if code >> place & 1) for code in range(2**count)]
    found = {on: np.asarray(emissions(on), float) for on in sets}
    parts = {}
    for name in causes:
        total = np.zeros_like(found[frozenset()])
        for on in sets:
            if name not in on:
                weight = factorial(len(on)) * factorial(count - len(on) - 1) / factorial(count)
                total = total + weight * (found[on] - found[on | {name}])
        parts[name] = total
    return parts
