"""Products of matrices whose rows do not hang on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["row_products"]


def row_products(values: NDArray[np.float64], weights: ArrayLike) -> NDArray[np.float64]:
    """
    Matrix product, each row the same to the last bit however many others there are.

    A BLAS adds up the rows at the end of a matrix in another order than those before them, on some processors and not on others: a
    building would then have one number in its tile and another in the whole city.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Rows of buildings or blocks.
    weights : array_like, shape (k,) or (k, m)
        What each column is weighted with.

    Returns
    -------
    ndarray, shape (n,) or (n, m)

    Examples
    --------
    >>> row_products(np.array([[1.0, 2.0], [3.0, 4.0]]), [10.0, 1.0]).tolist()
    [12.0, 34.0]
    >>> row_products(np.array([[1.0, 2.0]]), [[1.0, 0.0], [0.0, 3.0]]).tolist()
    [[1.0, 6.0]]
    """
    of_columns = np.asarray(weights, dtype=np.float64)
    found = np.zeros(values.shape[:1] + of_columns.shape[1:])
    for column, weight in zip(values.T, of_columns, strict=True):
        found += np.multiply.outer(column, weight)
    return found
