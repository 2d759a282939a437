"""What a search is asked and what it answers: one connected group of blocks, one option for each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ped_geo.districts.graph import BlockGraph, Floats, Ints, Mask

__all__ = ["BALANCE_TOLERANCE", "Answer", "Share", "Task"]

BALANCE_TOLERANCE = 1e-7
"""A balance counts as non-negative down to this share of the largest block's: the solver's own rounding."""


@dataclass(frozen=True)
class Share:
    """A limit on what a group may hold, of an earlier group for one: ``weight[members].sum() <= most``; both negative, on what it must hold."""

    weight: Floats
    most: float


@dataclass(frozen=True)
class Task:
    """
    Choose a connected, non-empty group of blocks and an option for each, with the greatest total gain.

    Attributes
    ----------
    graph : BlockGraph
        `n` blocks.
    gain : ndarray, shape (n, k)
        What each option of each block adds; the sum is maximised.
    balance : ndarray, shape (n, k)
        Surplus (> 0) or deficit of each option. [kWh/a]
    area : ndarray, shape (n,)
        What the size limits count, at least 0. [m² or persons]
    available : ndarray of bool, shape (n, k)
        Whether the option exists. A block without any can never be chosen.
    balance_needed : bool
        Whether the balances of the group must sum to at least zero.
    min_area, max_area : float
        Least and greatest sum of `area`.
    max_blocks : int
        Greatest number of blocks.
    required : ndarray of bool, shape (n,)
        Blocks that must be in the group.
    shares : tuple of Share
        Limits on what is shared with earlier groups.
    """

    graph: BlockGraph
    gain: Floats
    balance: Floats
    area: Floats
    available: Mask
    balance_needed: bool = True
    min_area: float = 0.0
    max_area: float = np.inf
    max_blocks: int = 1_000_000_000
    required: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))
    shares: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        if len(self.required) != len(self.graph):
            object.__setattr__(self, "required", np.zeros(len(self.graph), dtype=bool))

    @property
    def slack(self) -> float:
        """How far below zero a balance may be by rounding alone [kWh/a]."""
        there = np.abs(self.balance[self.available])
        return BALANCE_TOLERANCE * float(there.max(initial=0.0))

    @property
    def is_hopeless(self) -> bool:
        """Whether no group can exist: nothing can be chosen, or a required block cannot."""
        there = self.available.any(axis=1)
        return not there.any() or bool((self.required & ~there).any())

    def total(self, values: Floats, choice: Ints) -> float:
        """Sum of `values`, shape (n, k), over a choice."""
        chosen = choice >= 0
        return float(values[chosen, choice[chosen]].sum())

    def value(self, choice: Ints) -> float:
        """Total gain of a choice."""
        return self.total(self.gain, choice)

    def is_feasible(self, choice: Ints) -> bool:
        """Whether a choice (option per block, ``-1`` outside) keeps every rule."""
        members = choice >= 0
        size = self.area[members].sum()
        rounding = BALANCE_TOLERANCE * max(1.0, float(self.area.sum()))
        return (
            self.graph.is_connected(members)
            and bool(self.available[members, choice[members]].all())
            and (not self.balance_needed or self.total(self.balance, choice) >= -self.slack)
            and self.min_area - rounding <= size <= self.max_area + rounding
            and int(members.sum()) <= self.max_blocks
            and bool(members[self.required].all())
            and all(share.weight[members].sum() <= share.most + rounding for share in self.shares)
        )


@dataclass(frozen=True)
class Answer:
    """
    The best group found, and what is proven about it.

    Attributes
    ----------
    choice : ndarray of int, shape (n,), or None
        Option of each block, ``-1`` outside the group; None if no group keeps the rules, or none was found.
    value : float
        Its total gain, minus infinity if there is none.
    bound : float
        No group can gain more than this.
    proven : bool
        Whether the search was finished: `value` is the optimum within the tolerance asked, or there is no group.
    rounds, cuts : int
        How often the relaxed problem was solved and how many connectivity cuts it took.
    """

    choice: Ints | None
    value: float
    bound: float
    proven: bool
    rounds: int = 0
    cuts: int = 0

    @property
    def gap(self) -> float:
        """Distance of the bound from the value, as a share of the value; 0 when both are equal, infinite without a group."""
        if self.choice is None:
            return 0.0 if self.proven else np.inf
        apart = self.bound - self.value
        return max(0.0, apart / abs(self.value)) if self.value else (0.0 if apart <= 0 else np.inf)
