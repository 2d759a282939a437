"""What the neighbours suggest: the median or the commonest value of similar buildings nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["commonest_of_neighbours", "median_of_neighbours"]

_NEAREST = 24


def _similar(
    xy: NDArray[np.float64], area: NDArray[np.float64], group: NDArray[np.object_], known: NDArray[np.bool_], radius_m: float
) -> NDArray[np.int64]:
    """Rows of up to `_NEAREST` known neighbours per building, -1 where there are fewer; same group, half to twice the area."""
    from scipy.spatial import cKDTree

    found = np.full((len(xy), _NEAREST), -1)
    for name in set(group.tolist()):
        members = np.flatnonzero(group == name)
        donors = members[known[members]]
        if not len(donors):
            continue
        distance, nearest = cKDTree(xy[donors]).query(xy[members], k=min(_NEAREST, len(donors)), distance_upper_bound=radius_m)
        nearest, distance = nearest.reshape(len(members), -1), distance.reshape(len(members), -1)
        near = np.isfinite(distance)
        donor = donors[np.where(near, nearest, 0)]
        ratio = area[donor] / area[members][:, None]
        fits = near & (ratio > 0.5) & (ratio < 2.0) & (donor != members[:, None])
        found[members[:, None], np.arange(donor.shape[1])] = np.where(fits, donor, -1)
    return found


def median_of_neighbours(
    xy: NDArray[np.float64],
    area: NDArray[np.float64],
    group: NDArray[np.object_],
    values: NDArray[np.float64],
    *,
    radius_m: float,
    least: int,
) -> NDArray[np.float64]:
    """
    Median of the known values of similar neighbours.

    Parameters
    ----------
    xy : array, shape (n, 2)
        Centroids, m.
    area : array, shape (n,)
        Footprint areas, m².
    group : array of str, shape (n,)
        Only buildings of the same group count as similar.
    values : array, shape (n,)
        NaN where unknown.
    radius_m : float
        Neighbours farther away do not count, m.
    least : int
        Fewer neighbours than this say nothing.

    Returns
    -------
    array, shape (n,)
        NaN where there are too few neighbours.

    Examples
    --------
    >>> known = np.array([5, 5, 4, np.nan])
    >>> median_of_neighbours(np.zeros((4, 2)), np.ones(4), np.array(["a"] * 4, object), known, radius_m=9, least=2).tolist()
    [4.5, 4.5, 5.0, 5.0]
    """
    rows = _similar(xy, area, group, np.isfinite(values), radius_m)
    seen = np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)
    enough = np.isfinite(seen).sum(axis=1) >= least
    result = np.full(len(values), np.nan)
    if enough.any():
        result[enough] = np.nanmedian(seen[enough], axis=1)
    return result


def commonest_of_neighbours(
    xy: NDArray[np.float64],
    area: NDArray[np.float64],
    group: NDArray[np.object_],
    values: NDArray[np.object_],
    *,
    radius_m: float,
    least: int,
) -> NDArray[np.object_]:
    """Commonest known value of similar neighbours, "" where there are too few; parameters as in `median_of_neighbours`."""
    codes = np.array(sorted(set(values.tolist()) - {""}), dtype=object)
    if not len(codes):
        return np.full(len(values), "", dtype=object)
    rows = _similar(xy, area, group, values != "", radius_m)
    counts = np.stack([((rows >= 0) & (values[np.maximum(rows, 0)] == code)).sum(axis=1) for code in codes], axis=1)
    return np.where(counts.sum(axis=1) >= least, codes[counts.argmax(axis=1)], "")
