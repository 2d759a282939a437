"""
Planes of any tilt and azimuth as weighted sums of a few classes.

Power is computed for classes of 5° tilt and 5° azimuth; a plane between four of them takes its share of each (bilinear). A
district then costs as much as it has classes, however many roofs it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Mix", "mix_classes"]

STEP_DEG = 5.0


@dataclass(frozen=True)
class Mix:
    """
    Classes and the share that each plane takes of them.

    Attributes
    ----------
    tilt, azimuth : array, shape (n_classes,)
        Degrees.
    row : array of int, shape (n_entries,)
        Row of the plane.
    member : array of int, shape (n_entries,)
        Class.
    share : array, shape (n_entries,)
        Adds up to 1 for each plane.
    """

    tilt: Array
    azimuth: Array
    row: NDArray[np.int64]
    member: NDArray[np.int64]
    share: Array


def mix_classes(tilt: Array, azimuth: Array, *, step: float = STEP_DEG) -> Mix:
    """
    Split planes over the four classes around each.

    Parameters
    ----------
    tilt, azimuth : array, shape (n,)
        Degrees.
    step : float
        Width of a class, degrees.

    Examples
    --------
    >>> mix = mix_classes(np.array([12.0]), np.array([180.0]))
    >>> [(float(t), float(s)) for t, s in zip(mix.tilt[mix.member], mix.share.round(3))]
    [(10.0, 0.6), (15.0, 0.4)]
    """
    columns = round(360.0 / step)
    t, a = np.asarray(tilt) / step, (np.asarray(azimuth) % 360.0) / step
    low_t, low_a = np.floor(t).astype(np.int64), np.floor(a).astype(np.int64)
    f, g = t - low_t, a - low_a
    keys, rows, shares = [], [], []
    for add_t, part_t in ((0, 1.0 - f), (1, f)):
        for add_a, part_a in ((0, 1.0 - g), (1, g)):
            share = part_t * part_a
            used = share > 1e-9
            # a horizontal plane faces nowhere
            around = np.where(low_t + add_t == 0, 0, (low_a + add_a) % columns)
            keys.append(((low_t + add_t) * columns + around)[used])
            rows.append(np.flatnonzero(used))
            shares.append(share[used])
    key, row, share = np.concatenate(keys), np.concatenate(rows), np.concatenate(shares)
    unique, member = np.unique(key, return_inverse=True)
    order = np.lexsort((member, row))
    return Mix(
        tilt=np.asarray((unique // columns) * step, dtype=np.float64),
        azimuth=np.asarray((unique % columns) * step, dtype=np.float64),
        row=row[order],
        member=member.ravel()[order],
        share=share[order],
    )
