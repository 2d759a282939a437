"""Elements of the thermal state beside those of every building: one file each, beside the measure that brings it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ped_geo._registry import Registry

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Floats = NDArray[np.float64]

__all__ = ["STATE_ELEMENTS", "StateElement"]


@dataclass(frozen=True)
class StateElement:
    """
    A property of a building that measures change and losses follow.

    Attributes
    ----------
    column : str
        Of the layer ``thermal_state``.
    today : callable
        (layer ``buildings``, study) → its value today, shape (n,).
    transmission_w_k, ventilation_w_k : callable or None
        (value, layer ``envelope`` row by row, study) → loss by transmission, and by air without heat recovery. [W/K]
    """

    column: str
    today: Callable[[pd.DataFrame, Study], Floats]
    transmission_w_k: Callable[[Floats, pd.DataFrame, Study], Floats] | None = None
    ventilation_w_k: Callable[[Floats, pd.DataFrame, Study], Floats] | None = None


STATE_ELEMENTS: Registry[StateElement] = Registry("ped_geo.retrofit", "element of the thermal state")
