"""
Groups of like blocks by k-medoids: each group is shown by a real block.

The search is PAM with the swap of FastPAM1, which finds the best exchange of a medoid for all medoids at once [1]_; the number of groups
is that of the best mean silhouette [2]_ among those that bootstrap runs find again.

References
----------
.. [1] E. Schubert, P. J. Rousseeuw, "Fast and eager k-medoids clustering", Information Systems 101 (2021) 101804.
.. [2] P. J. Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20 (1987) 53-65.
.. [3] C. Hennig, "Cluster-wise assessment of cluster stability", Comput. Stat. Data Anal. 52 (2007) 258-271.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Clusters", "clusters", "k_medoids"]

LEAST, MOST = 6, 16
"""Numbers of groups that are tried."""

RUNS: Final = 20
SEED: Final = 17
SAMPLE: Final = 1_500
"""Blocks of which the medoids are sought; of more, the rest go to their nearest medoid."""

STARTS: Final = 4

ENOUGH: Final = 3
"""Blocks that a group should have on average, so that small places are not cut to pieces."""

EPSILON: Final = 1e-12


@dataclass(frozen=True)
class Clusters:
    """
    Groups of `n` blocks.

    Attributes
    ----------
    medoids : ndarray, shape (k,)
        Rows of the medoids, ascending.
    labels : ndarray, shape (n,)
        Number of each row's group, 0 to k-1 in the order of the medoids.
    silhouette : float
        Mean silhouette, -1 to 1. [-]
    rand : float
        Mean adjusted Rand index of bootstrap runs, 1 where they find the same groups. [-]
    jaccard : ndarray, shape (k,)
        Mean best Jaccard index of each group in those runs. [-]
    stable : bool
        Whether the index reaches what was asked for.
    """

    medoids: NDArray[np.int64]
    labels: NDArray[np.int64]
    silhouette: float
    rand: float
    jaccard: NDArray[np.float64]
    stable: bool


def k_medoids(distance: NDArray[np.float64], count: int, starts: int = STARTS) -> tuple[NDArray[np.int64], float]:
    """
    Medoids that make the sum of distances to the nearest one small.

    Parameters
    ----------
    distance : ndarray, shape (n, n)
        Symmetric, 0 on the diagonal.
    count : int
        Medoids, 1 to `n`.
    starts : int
        Seeded random starts beside the greedy one.

    Returns
    -------
    medoids : ndarray, shape (count,)
        Rows, ascending.
    total : float
        Sum of the distances to the nearest medoid.

    Examples
    --------
    Check E6.

    >>> at = np.array([0.0, 1.0, 2.0, 10.0, 11.0, 12.0])
    >>> medoids, total = k_medoids(np.abs(at[:, None] - at[None, :]), 2)
    >>> medoids.tolist(), total
    ([1, 4], 4.0)
    """
    found = [_exchanged(distance, _built(distance, count))]
    draw = np.random.default_rng(SEED)
    # one start alone may end in a poor optimum
    found += [_exchanged(distance, draw.choice(len(distance), count, replace=False)) for _ in range(starts)]
    return min(found, key=lambda one: one[1])


def _exchanged(distance: NDArray[np.float64], medoids: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
    """Medoids after the best exchanges, until none makes the sum smaller, and the sum."""
    count = len(medoids)
    while True:
        nearest, first, second = _two_nearest(distance, medoids)
        change = _changes(distance, nearest, first, second, count)
        change[:, medoids] = np.inf
        out, into = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[out, into] >= -EPSILON * max(1.0, float(first.sum())):
            return np.sort(medoids), float(first.sum())
        medoids[out] = into


def _built(distance: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """First medoids: each takes most off the sum."""
    chosen = [int(np.argmin(distance.sum(axis=0)))]
    near = distance[:, chosen[0]].copy()
    while len(chosen) < count:
        gain = np.clip(near[:, None] - distance, 0.0, None).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
        near = np.minimum(near, distance[:, chosen[-1]])
    return np.array(chosen, dtype=np.int64)


def _two_nearest(
    distance: NDArray[np.float64], medoids: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each row: which medoid is nearest, how far it and the second nearest are (endless with one medoid)."""
    to = distance[:, medoids]
    nearest = np.argmin(to, axis=1)
    rows = np.arange(len(to))
    first = to[rows, nearest]
    rest = to.copy()
    rest[rows, nearest] = np.inf
    return nearest.astype(np.int64), first, rest.min(axis=1)


def _changes(
    distance: NDArray[np.float64], nearest: NDArray[np.int64], first: NDArray[np.float64], second: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Change of the sum if a medoid gives way to a row, shape (count, n)."""
    if count == 1:
        return distance.sum(axis=0)[None, :] - first.sum()
    closer = np.minimum(distance - first[:, None], 0.0)
    # rows that lose their medoid go to the new one or to their second, whichever is nearer
    own = np.minimum(distance, second[:, None]) - first[:, None] - closer
    of_medoid = np.zeros((count, len(nearest)))
    of_medoid[nearest, np.arange(len(nearest))] = 1.0
    return closer.sum(axis=0)[None, :] + of_medoid @ own


def _stability(distance: NDArray[np.float64], labels: NDArray[np.int64], count: int, runs: int) -> tuple[float, NDArray[np.float64]]:
    """Mean adjusted Rand index and mean best Jaccard index of each group, over bootstrap runs."""
    from sklearn.metrics import adjusted_rand_score

    draw = np.random.default_rng(SEED)
    rand, jaccard = [], np.zeros((runs, count))
    for run in range(runs):
        kept = np.unique(draw.integers(0, len(labels), len(labels)))
        part = distance[np.ix_(kept, kept)]
        medoids, _ = k_medoids(part, min(count, len(kept)), starts=0)
        again, before = np.argmin(part[:, medoids], axis=1), labels[kept]
        rand.append(float(adjusted_rand_score(before, again)))
        for group in range(count):
            mine = before == group
            # of equal blocks one medoid may take none
            both = [(mine & (again == other)).sum() / max(1, (mine | (again == other)).sum()) for other in range(len(medoids))]
            jaccard[run, group] = max(both) if mine.any() else np.nan
    known = np.isfinite(jaccard)
    return float(np.mean(rand)), np.where(known, jaccard, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def clusters(
    distance: NDArray[np.float64], *, least_stability: float, counts: tuple[int, int] = (LEAST, MOST), runs: int = RUNS
) -> Clusters:
    """
    Groups of like blocks, their number by silhouette and stability.

    Parameters
    ----------
    distance : ndarray, shape (n, n)
        Symmetric distances, at least 4 rows. [-]
    least_stability : float
        Least mean adjusted Rand index of bootstrap runs. [-]
    counts : tuple of int
        Least and greatest number of groups that are tried, as far as the rows allow.
    runs : int
        Bootstrap runs.

    Returns
    -------
    Clusters
        The best silhouette among the stable numbers; where none is stable, the best silhouette, which then says that it is not.
    """
    from sklearn.metrics import silhouette_score

    size = len(distance)
    kept = np.arange(size) if size <= SAMPLE else np.sort(np.random.default_rng(SEED).choice(size, SAMPLE, replace=False))
    part = distance[np.ix_(kept, kept)]
    most = max(2, min(counts[1], len(kept) // ENOUGH, len(kept) - 1))
    tried = []
    for count in range(min(counts[0], most), most + 1):
        medoids, _ = k_medoids(part, count)
        labels = np.argmin(part[:, medoids], axis=1)
        if len(np.unique(labels)) == count:
            tried.append((float(silhouette_score(part, labels, metric="precomputed")), medoids, labels))
    tried.sort(key=lambda one: -one[0])
    if not tried:
        medoids, _ = k_medoids(part, 1)
        return Clusters(kept[medoids], np.zeros(size, dtype=np.int64), np.nan, 1.0, np.ones(1), stable=True)
    found = [_finished(distance, kept, one, runs, least_stability) for one in tried[:1]]
    for one in tried[1:]:
        if found[-1].stable:
            break
        found.append(_finished(distance, kept, one, runs, least_stability))
    return found[-1] if found[-1].stable else found[0]


def _finished(
    distance: NDArray[np.float64],
    kept: NDArray[np.int64],
    one: tuple[float, NDArray[np.int64], NDArray[np.int64]],
    runs: int,
    least: float,
) -> Clusters:
    silhouette, medoids, labels = one
    rand, jaccard = _stability(distance[np.ix_(kept, kept)], labels, len(medoids), runs)
    whole = np.argmin(distance[:, kept[medoids]], axis=1).astype(np.int64)
    return Clusters(kept[medoids], whole, silhouette, rand, jaccard, stable=rand >= least)
