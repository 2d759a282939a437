"""
Gower distance between blocks with a frozen scaling.

``d = sum w_k d_k / sum w_k``: of a number the difference over its range, of a composition half the L1 distance of its shares, of a
category 0 or 1. A feature that one of the two lacks has no weight, and one that is estimated for both has little. The scaling is a
table, not the place's own percentiles, so that distances in two places compare.

References
----------
.. [1] J. C. Gower, "A general coefficient of similarity and some of its properties", Biometrics 27 (1971) 857-871.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from ped_geo.quarters.features import TOLD, feature_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Compared", "Variable", "contributions", "gower", "scaling"]

Kind = Literal["number", "share", "category"]


@dataclass(frozen=True)
class Variable:
    """
    One thing by which blocks are compared.

    Attributes
    ----------
    name : str
        Of the feature, or of the composition.
    kind : str
        ``number``, ``share`` (a composition of several columns) or ``category``.
    columns : tuple of str
        One, or those of the composition.
    low, high : float
        Range of a number, in its unit; what lies outside counts as its end.
    log : bool
        Whether a number is compared by its logarithm.
    weight : float
        Above or equal to 0. [-]
    told_by : str
        Column with the share of floor of which a source tells it; empty where it is not estimated.
    told_alone : bool
        Whether only what a source tells counts.
    """

    name: str
    kind: Kind
    columns: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    weight: float = 1.0
    told_by: str = ""
    told_alone: bool = False


def scaling() -> tuple[Variable, ...]:
    """The frozen scaling: variables by which all blocks of all places are compared."""
    found = []
    for group, rows in feature_table().groupby("group", sort=False):
        row = rows.iloc[0]
        told = TOLD.get(str(row["told_by"]), "")
        found.append(
            Variable(
                name=str(group),
                kind=cast("Kind", str(row["kind"])),
                columns=tuple(str(name) for name in rows.index),
                low=float(row["low"]),
                high=float(row["high"]),
                log=row["scale"] == "log",
                weight=float(row["weight"]),
                told_by=told,
                told_alone=group == "owner",
            )
        )
    return tuple(variable for variable in found if variable.weight > 0.0)


@dataclass(frozen=True)
class Compared:
    """
    Distances of `n` blocks to `m` others.

    Attributes
    ----------
    distance : ndarray, shape (n, m)
        0 (the same) to 1; not a number where nothing can be compared. [-]
    missing : ndarray, shape (n, m)
        Share of the weight of features that one of the two lacks. [-]
    """

    distance: NDArray[np.float64]
    missing: NDArray[np.float64]


def _scaled(frame: pd.DataFrame, variable: Variable) -> NDArray[np.float64]:
    """Values of a variable, numbers in parts of their range, shape (n, columns); not a number where missing."""
    values = frame.reindex(columns=list(variable.columns)).to_numpy(dtype="float64")
    if variable.kind == "share":
        return values
    low, high = variable.low, variable.high
    clipped = np.clip(values, low, high)
    if variable.log:
        clipped, low, high = np.log(clipped), np.log(low), np.log(high)
    return (clipped - low) / (high - low)


def _confidence(frame: pd.DataFrame, variable: Variable, inferred: float) -> NDArray[np.float64]:
    """How much a variable of each block weighs, 1 where a source tells it for all floor, shape (n,)."""
    if not variable.told_by or variable.told_by not in frame:
        return np.ones(len(frame))
    told = frame[variable.told_by].fillna(0.0).to_numpy(dtype="float64")
    return told if variable.told_alone else inferred + (1.0 - inferred) * told


def _parts(
    first: pd.DataFrame, second: pd.DataFrame, variables: tuple[Variable, ...], inferred: float
) -> Iterator[tuple[Variable, NDArray[np.float64], NDArray[np.float64]]]:
    """Of each variable: itself, differences shape (n, m), and weights shape (n, m), 0 where one of the two lacks it."""
    for variable in variables:
        if variable.kind == "category":
            name = variable.columns[0]
            one, other = first[name].to_numpy(dtype=object)[:, None], second[name].to_numpy(dtype=object)[None, :]
            known = first[name].notna().to_numpy()[:, None] & second[name].notna().to_numpy()[None, :]
            difference = (one != other).astype("float64")
        else:
            a, b = _scaled(first, variable), _scaled(second, variable)
            half = 0.5 if variable.kind == "share" else 1.0
            difference = np.zeros((len(a), len(b)))
            for column in range(a.shape[1]):
                difference += half * np.abs(a[:, column][:, None] - b[:, column][None, :])
            known = np.isfinite(difference)
        sure = np.minimum(_confidence(first, variable, inferred)[:, None], _confidence(second, variable, inferred)[None, :])
        yield variable, np.where(known, difference, 0.0), variable.weight * np.where(known, sure, 0.0)


def gower(
    first: pd.DataFrame, second: pd.DataFrame, variables: tuple[Variable, ...] | None = None, *, inferred_weight: float = 1.0
) -> Compared:
    """
    Gower distance of each row to each row of another table.

    Parameters
    ----------
    first, second : DataFrame, shapes (n, ...) and (m, ...)
        Features as `ped_geo.quarters.features.block_features` gives them, with the shares of floor of which they are told.
    variables : tuple of Variable, optional
        What is compared; the frozen `scaling` where none are given.
    inferred_weight : float
        Weight of an estimated attribute where a told one weighs 1. [-]

    Returns
    -------
    Compared

    Notes
    -----
    With full data and the same confidence everywhere it is a metric. A pair's weight is that of the less sure of the two, so with
    estimated attributes the triangle inequality need not hold, which k-medoids does not ask for.

    Examples
    --------
    Check E2: FSI of 1.0 and 1.5 in a range of 2, the same type, 5 and 11 storeys in a range of 10.

    >>> blocks = pd.DataFrame({"fsi": [1.0, 1.5], "type": ["slab", "slab"], "storeys": [5.0, 11.0]})
    >>> by = (
    ...     Variable("fsi", "number", ("fsi",), 0, 2),
    ...     Variable("type", "category", ("type",)),
    ...     Variable("l", "number", ("storeys",), 2, 12),
    ... )
    >>> round(float(gower(blocks, blocks, by).distance[0, 1]), 4)
    0.2833
    """
    variables = scaling() if variables is None else variables
    total, weight = np.zeros((len(first), len(second))), np.zeros((len(first), len(second)))
    there = np.zeros_like(weight)
    whole = sum(variable.weight for variable in variables)
    for variable, difference, sure in _parts(first, second, variables, inferred_weight):
        total += sure * difference
        weight += sure
        there += variable.weight * (sure > 0.0)
    distance = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0.0)
    return Compared(distance, 1.0 - there / whole)


def contributions(
    first: pd.DataFrame, second: pd.DataFrame, variables: tuple[Variable, ...] | None = None, *, inferred_weight: float = 1.0
) -> pd.DataFrame:
    """
    What each variable adds to the distance of each row to one other row.

    Parameters
    ----------
    first : DataFrame, shape (n, ...)
        Features.
    second : DataFrame, shape (1, ...)
        Features of what they are compared with.
    variables, inferred_weight
        As `gower` takes them.

    Returns
    -------
    DataFrame, shape (n, variables), index of `first`
        Rows sum up to the distance. [-]
    """
    variables = scaling() if variables is None else variables
    parts = {variable.name: (sure * part)[:, 0] for variable, part, sure in _parts(first, second, variables, inferred_weight)}
    weight = sum(sure[:, 0] for _, _, sure in _parts(first, second, variables, inferred_weight))
    return pd.DataFrame(parts, index=first.index).div(pd.Series(weight, index=first.index).where(lambda one: one > 0.0), axis=0)
