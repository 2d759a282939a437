"""What roofs carry in a variant, and walls and car parks beside them: the arrays of today, and the new ones where the variant has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["CANOPY", "FACADE", "new_arrays", "today_and_new", "with_places"]

FACADE, CANOPY = "facade", "canopy"
"""Places of modules beyond the roofs: walls, and canopies over car parks."""


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


def with_places(roofs: pd.DataFrame, places: pd.DataFrame | None, wanted: Collection[str] | Mapping[str, Collection[str]]) -> pd.DataFrame:
    """
    Modules of buildings with those beyond the roof that a variant has.

    Parameters
    ----------
    roofs : DataFrame
        Index ``building_id``: figures that add up.
    places : DataFrame, optional
        Index (``building_id``, ``place``) with some of the same columns, such as layer ``pv_places``.
    wanted : collection of str, or mapping
        Places that count: of all buildings, or of each by ``building_id``.

    Returns
    -------
    DataFrame
        `roofs`, the shared columns with what stands on the places added.

    Examples
    --------
    >>> roofs = pd.DataFrame({"capacity_kwp": [10.0, 5.0]}, index=["a", "b"])
    >>> index = pd.MultiIndex.from_tuples([("a", "facade"), ("b", "canopy")], names=["building_id", "place"])
    >>> places = pd.DataFrame({"capacity_kwp": [2.0, 3.0]}, index=index)
    >>> with_places(roofs, places, [FACADE])["capacity_kwp"].tolist(), with_places(roofs, places, [])["capacity_kwp"].tolist()
    ([12.0, 5.0], [10.0, 5.0])
    """
    if places is None or places.empty or not len(wanted):
        return roofs
    kept = [place in (wanted.get(building, ()) if isinstance(wanted, Mapping) else wanted) for building, place in places.index]
    shared = [name for name in places.columns if name in roofs.columns]
    more = places.loc[kept, shared].groupby(level="building_id").sum().reindex(roofs.index).fillna(0.0)
    return roofs.assign(**{name: roofs[name] + more[name] for name in shared})


def new_arrays(roofs: pd.DataFrame, places: Mapping[str, pd.DataFrame | None], wanted: Collection[str]) -> pd.DataFrame:
    """
    Hours of the new arrays on roofs and on the places that are wanted.

    Parameters
    ----------
    roofs : DataFrame
        Index hours; columns ``block_id``. [kW]
    places : mapping of str to DataFrame, optional
        Place → hours of the blocks that have some there. [kW]
    wanted : collection of str
        Places that count.

    Examples
    --------
    >>> roofs = pd.DataFrame({"a": [1.0], "b": [2.0]})
    >>> new_arrays(roofs, {FACADE: pd.DataFrame({"b": [5.0]}), CANOPY: None}, [FACADE]).to_numpy().tolist()
    [[1.0, 7.0]]
    """
    some = [frame for place, frame in places.items() if place in wanted and frame is not None and frame.shape[1]]
    if not some:
        return roofs
    blocks = roofs.columns
    for frame in some:
        blocks = blocks.union(frame.columns)
    return sum((frame.reindex(columns=blocks, fill_value=0.0) for frame in some), start=roofs.reindex(columns=blocks, fill_value=0.0))
