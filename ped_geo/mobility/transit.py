"""
Quality of public transport: classes A to F by headway, mode and walk, and the access index of London.

Classes follow GOAT's German variant of the Swiss method (ARE 2022): headway of one direction from 6 to 20 h on a weekday, six
classes, tram better than bus. A stop area has a category for each mode, by the departures of that mode; the best class wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ped_geo import assumptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["CLASSES", "access_bands", "access_index", "headways", "stop_categories", "transport_classes"]

DAY_MIN: Final = 840.0
"""Minutes from 6 to 20 h."""
HOUR_MIN: Final = 60.0
CLASSES: Final = ("a", "b", "c", "d", "e", "f", "none")
WALKS_M: Final = (300.0, 500.0, 750.0, 1000.0)
BAND_LIMITS: Final = (2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 40.0)
BANDS: Final = ("1a", "1b", "2", "3", "4", "5", "6a", "6b")
DOOR_TO_STOP_MIN: Final = 30.0
REST: Final = 0.5
"""Weight of the lines of a mode beside its best."""


def headways(one_way: Array) -> Array:
    """
    Headway from the departures of one direction from 6 to 20 h. [min].

    Examples
    --------
    >>> headways(np.array([112.0, 0.0])).tolist()
    [7.5, inf]
    """
    each = np.asarray(one_way, dtype="float64")
    return np.divide(DAY_MIN, each, out=np.full(len(each), np.inf), where=each > 0.0)


def stop_categories(mode: pd.Series, headway_min: Array) -> NDArray[np.int64]:
    """
    Category of stops, 1 best to 7; 0 where too little runs.

    Parameters
    ----------
    mode : Series of str
        ``rail``, ``tram`` or ``bus``.
    headway_min : array, shape (n,)
        From `headways`.

    Examples
    --------
    >>> import pandas as pd
    >>> stop_categories(pd.Series(["tram", "bus", "bus"]), np.array([7.5, 15.0, 45.0])).tolist()
    [2, 4, 6]
    """
    table = assumptions.table("transport_categories")
    place = np.searchsorted(table["headway_below_min"].to_numpy(dtype="float64"), headway_min, side="right")
    codes = np.vstack([table[["rail", "tram", "bus"]].to_numpy(dtype="int64"), np.zeros((1, 3), dtype=np.int64)])
    return np.asarray(codes[place, mode.map({"rail": 0, "tram": 1, "bus": 2}).to_numpy(dtype="int64")])


def transport_classes(walks_m: Array) -> NDArray[np.int64]:
    """
    Best class of each home.

    Parameters
    ----------
    walks_m : array, shape (n_homes, 7)
        Walk to the nearest stop of each category, not a number where there is none. [m]

    Returns
    -------
    array of int, shape (n_homes,)
        Place in `CLASSES`.

    Examples
    --------
    >>> tram = np.full((4, 7), np.nan)
    >>> tram[:, 1] = [250.0, 450.0, 700.0, 900.0]
    >>> [CLASSES[place] for place in transport_classes(tram)]
    ['a', 'b', 'c', 'd']
    """
    table = assumptions.table("transport_classes")
    letters = table[[f"walk_{walk:.0f}_m" for walk in WALKS_M]].to_numpy()
    codes = np.array([[CLASSES.index(letter) for letter in row] + [len(CLASSES) - 1] for row in letters])
    ring = np.searchsorted(np.array(WALKS_M), np.nan_to_num(walks_m, nan=np.inf), side="left")
    return np.asarray(codes[np.arange(codes.shape[0])[None, :], ring].min(axis=1))


def access_index(walks_m: Array, per_hour: Array, mode: NDArray[np.object_], study: Study) -> Array:
    """
    Public transport access index of London (PTAL) of each home.

    Parameters
    ----------
    walks_m : array, shape (n_homes, n_lines)
        Walk to the nearest stop of each line, not a number where there is none. [m]
    per_hour : array, shape (n_homes, n_lines) or (n_lines,)
        Departures of the peak hour in the busier direction there. [1/h]
    mode : array of str, shape (n_lines,)
        ``rail``, ``tram`` or ``bus``; trams count as rail.
    study : Study
        Assumptions ``mobility.*``.

    Returns
    -------
    array, shape (n_homes,)
        Index; 0 where no line is near.

    Examples
    --------
    >>> from ped_geo.study import Study
    >>> walks = np.array([[320.0, 400.0, 800.0]])
    >>> lines = np.array(["bus", "bus", "rail"], dtype=object)
    >>> access_index(walks, np.array([6.0, 12.0, 4.0]), lines, Study(name="x")).round(3).tolist()
    [6.165]
    """
    bus = mode == "bus"
    limit = np.where(bus, study.assumed("mobility.walk_to_bus"), study.assumed("mobility.walk_to_rail"))
    late = np.where(bus, study.assumed("mobility.bus_reliability"), study.assumed("mobility.rail_reliability"))
    often = np.broadcast_to(per_hour, walks_m.shape)
    served = (walks_m <= limit) & (often > 0.0)
    wait = np.divide(HOUR_MIN / 2.0, often, out=np.zeros(walks_m.shape), where=served)
    minutes = np.where(served, walks_m, 0.0) / study.assumed("mobility.walk_speed") + wait + late
    frequency = np.where(served, DOOR_TO_STOP_MIN / minutes, 0.0)
    found = np.zeros(len(walks_m))
    for kind in np.unique(mode):
        mine = frequency[:, mode == kind]
        best = mine.max(axis=1)
        found += best + REST * (mine.sum(axis=1) - best)
    return found


def access_bands(index: pd.Series) -> pd.Series:
    """
    Band of the access index: ``ptal_0``, ``ptal_1a`` … ``ptal_6b``.

    Examples
    --------
    >>> import pandas as pd
    >>> access_bands(pd.Series([0.0, 2.5, 6.165, 41.0])).tolist()
    ['ptal_0', 'ptal_1a', 'ptal_2', 'ptal_6b']
    """
    import pandas as pd

    place = np.searchsorted(np.array(BAND_LIMITS), index.to_numpy(dtype="float64"), side="left")
    return pd.Series(np.where(index > 0.0, np.array([f"ptal_{band}" for band in BANDS])[place], "ptal_0"), index=index.index)
