"""What roofs carry in a variant: the arrays of today, and the new ones where the variant has them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["today_and_new"]

Amount = TypeVar("Amount", npt.NDArray[np.floating], pd.Series)


def today_and_new(today: Amount, new: Amount, with_new: bool | npt.NDArray[np.bool_] | pd.Series) -> Amount:
    """
    Power, area or yield of the arrays that a variant has.

    Parameters
    ----------
    today, new : ndarray or Series
        Of the arrays that are there today, and of those that the roofs could carry beside them.
    with_new : bool, array of bool or Series of bool
        Whether the variant has the new ones.

    Examples
    --------
    >>> today_and_new(np.array([1.0, 2.0]), np.array([10.0, 20.0]), np.array([True, False])).tolist()
    [11.0, 2.0]
    """
    return today + new * with_new
