"""Groups of blocks, each block in one variant: a block alone, a candidate, the district."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Group", "Groups"]

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Group:
    """
    These blocks, each in this variant.

    Attributes
    ----------
    key : str
        Name: ``district``, a ``candidate_id`` or a ``block_id``.
    choice : mapping
        ``block_id`` → variant.
    """

    key: str
    choice: Mapping[str, str]


@dataclass(frozen=True)
class Groups:
    """
    Many groups as one table of members, in the order of the groups.

    Attributes
    ----------
    keys : Index
        Names of the groups.
    number : ndarray of int, shape (members,)
        Place of each member's group among `keys`, never falling.
    block : Index, shape (members,)
        ``block_id`` of each member.
    kind : ndarray of int, shape (members,)
        Place of each member's variant among `variants`.
    variants : tuple of str
        Variants that occur.

    Examples
    --------
    >>> groups = Groups.of([Group("here", {"b1": "today", "b2": "usual"}), Group("there", {"b2": "today"})])
    >>> groups.sums([1.0, 10.0, 100.0]).tolist()
    [11.0, 100.0]
    """

    keys: pd.Index
    number: Numbers
    block: pd.Index
    kind: Numbers
    variants: tuple[str, ...]

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Groups:
        """Groups one by one."""
        listed = list(groups)
        number = np.repeat(np.arange(len(listed)), [len(group.choice) for group in listed])
        block = pd.Index([block for group in listed for block in group.choice], dtype="str")
        kind, variants = pd.factorize(np.array([variant for group in listed for variant in group.choice.values()], dtype=object))
        return cls(pd.Index([group.key for group in listed], dtype="str"), number, block, kind, tuple(map(str, variants)))

    @classmethod
    def named(cls, choices: Mapping[str, Mapping[str, str]]) -> Groups:
        """Groups by their names."""
        return cls.of(Group(key, choice) for key, choice in choices.items())

    @classmethod
    def chosen(cls, candidates: pd.DataFrame) -> Groups:
        """Candidates, each with the variants that were chosen for its blocks: column ``choices`` of their layer."""
        return cls.of(Group(str(key), json.loads(choices)) for key, choices in candidates["choices"].items())

    @classmethod
    def alone(cls, blocks: Iterable[str], variant: str) -> Groups:
        """Each block a group of its own, all in one variant."""
        names = pd.Index(list(blocks), dtype="str")
        return cls(names, np.arange(len(names)), names, np.zeros(len(names), dtype=np.intp), (variant,))

    @classmethod
    def together(cls, blocks: Iterable[str], variants: Iterable[str]) -> Groups:
        """All blocks in one variant, once for each variant, whose names the groups bear."""
        names, keys = pd.Index(list(blocks), dtype="str"), tuple(variants)
        number = np.repeat(np.arange(len(keys)), len(names))
        return cls(pd.Index(keys, dtype="str"), number, pd.Index(np.tile(names, len(keys)), dtype="str"), number, keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Group]:
        bounds = np.searchsorted(self.number, np.arange(len(self) + 1))
        for key, first, end in zip(self.keys, bounds[:-1], bounds[1:], strict=True):
            chosen = [self.variants[kind] for kind in self.kind[first:end]]
            yield Group(str(key), dict(zip(self.block[first:end], chosen, strict=True)))

    def __add__(self, other: Groups) -> Groups:
        return Groups.of([*self, *other])

    def taken(self, wanted: npt.NDArray[np.bool_]) -> Groups:
        """Those that are wanted, with the variants that these are in."""
        renumbered = np.cumsum(wanted) - 1
        kept = wanted[self.number]
        used, kind = np.unique(self.kind[kept], return_inverse=True)
        return Groups(self.keys[wanted], renumbered[self.number[kept]], self.block[kept], kind, tuple(self.variants[one] for one in used))

    def chunks(self, size: int) -> Iterator[Groups]:
        """The same groups, `size` at a time."""
        for start in range(0, len(self), size):
            first, end = np.searchsorted(self.number, [start, start + size])
            yield Groups(
                self.keys[start : start + size],
                self.number[first:end] - start,
                self.block[first:end],
                self.kind[first:end],
                self.variants,
            )

    def as_variant(self, variants: Mapping[str, str]) -> Groups:
        """The same blocks, every variant replaced by another."""
        return Groups(self.keys, self.number, self.block, self.kind, tuple(variants[key] for key in self.variants))

    def all_in(self, variant: str) -> Groups:
        """The same blocks, all in one variant."""
        return Groups(self.keys, self.number, self.block, np.zeros_like(self.kind), (variant,))

    def sums(self, values: npt.ArrayLike) -> Floats:
        """Sum over the members of each group, shape (groups,)."""
        return self._summed(self.number, values)

    def figures(self, of_blocks: pd.Series, missing: float = 0.0) -> Floats:
        """A figure of blocks for each member, shape (members,)."""
        rows = of_blocks.index.get_indexer(self.block)
        values = np.append(of_blocks.to_numpy(dtype=float), missing)
        return values[rows]

    @cached_property
    def size(self) -> Numbers:
        """Blocks of each group."""
        return np.bincount(self.number, minlength=len(self))

    @cached_property
    def part(self) -> Numbers:
        """Place of each member's part, the blocks of a group with one variant, shape (members,)."""
        return self._parts[0]

    @property
    def part_number(self) -> Numbers:
        """Place of each part's group, never falling, shape (parts,)."""
        return self._parts[1]

    @property
    def part_kind(self) -> Numbers:
        """Place of each part's variant, shape (parts,)."""
        return self._parts[2]

    @cached_property
    def _parts(self) -> tuple[Numbers, Numbers, Numbers]:
        part, pairs = pd.factorize(self.number * max(len(self.variants), 1) + self.kind)
        number, kind = np.divmod(pairs, max(len(self.variants), 1))
        return part, number, kind

    @cached_property
    def part_index(self) -> pd.MultiIndex:
        """Group and variant of each part."""
        names = pd.Index(self.variants, dtype="str")
        return pd.MultiIndex.from_arrays([self.keys[self.part_number], names[self.part_kind]], names=["group", "variant"])

    def over_parts(self, values: npt.ArrayLike) -> Floats:
        """Sum over the parts of each group, shape (groups,)."""
        return self._summed(self.part_number, values)

    def _summed(self, number: Numbers, values: npt.ArrayLike) -> Floats:
        return np.bincount(number, weights=np.asarray(values, dtype=float), minlength=len(self)).astype(float)
