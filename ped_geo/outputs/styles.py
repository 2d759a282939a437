"""
Colours and classes of every themed layer: one definition for the GeoPackage, the QGIS project, the web map and the pictures.

Palettes are the colour-blind-safe ColorBrewer sets PuOr (signed quantities, orange is a deficit, purple a surplus) and YlGnBu
(amounts), so that a map reads the same on screen, in print and in QGIS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AMOUNT", "QUALITATIVE", "SIGNED", "Classes", "amount_classes", "signed_classes"]

AMOUNT = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
SIGNED = ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788")
QUALITATIVE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#882255")


@dataclass(frozen=True)
class Classes:
    """
    Class limits and their colours.

    Attributes
    ----------
    limits : tuple of float
        Ascending, one more than there are colours; the unit is that of the classed column.
    colours : tuple of str
        ``#rrggbb``, lowest class first.
    """

    limits: tuple[float, ...]
    colours: tuple[str, ...]

    def colour(self, value: float) -> str:
        """
        Colour of a value; values outside the limits take the end colours.

        Examples
        --------
        >>> Classes((0, 1, 2), ("#000000", "#ffffff")).colour(1.5)
        '#ffffff'
        """
        for limit, colour in zip(self.limits[1:-1], self.colours[:-1], strict=True):
            if value < limit:
                return colour
        return self.colours[-1]


def _round_step(span: float, count: int) -> float:
    import math

    raw = max(span, 1e-9) / count
    size = 10.0 ** math.floor(math.log10(raw))
    return next(step * size for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * size >= raw * 0.999)


def _clean(values: pd.Series | Sequence[float]) -> list[float]:
    import math

    return sorted(float(value) for value in values if value is not None and math.isfinite(float(value)))


def amount_classes(values: pd.Series | Sequence[float]) -> Classes:
    """
    Five round classes for an amount, from the 5th to the 95th percentile of the values.

    Parameters
    ----------
    values : sequence of float
        The column, in any unit; missing values are left out.

    Examples
    --------
    >>> amount_classes([12, 20, 55, 90, 101]).limits
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    clean = _clean(values)
    low = clean[int(0.05 * (len(clean) - 1))] if clean else 0.0
    high = clean[int(0.95 * (len(clean) - 1))] if clean else 1.0
    step = _round_step(high - low if high > low else max(abs(high), 1.0), len(AMOUNT))
    start = step * (low // step)
    return Classes(tuple(round(start + step * index, 10) for index in range(len(AMOUNT) + 1)), AMOUNT)


def signed_classes(values: pd.Series | Sequence[float]) -> Classes:
    """
    Six round classes around zero, three deficits and three surpluses, up to the 90th percentile of the values' sizes.

    Parameters
    ----------
    values : sequence of float
        The column, in any unit; missing values are left out.

    Examples
    --------
    >>> signed_classes([-120, -80, 30]).limits
    (-150.0, -100.0, -50.0, 0.0, 50.0, 100.0, 150.0)
    """
    sizes = sorted(abs(value) for value in _clean(values))
    # one factory among houses must not paint all houses alike
    reach = (sizes[int(0.9 * (len(sizes) - 1))] if sizes else 1.0) or 1.0
    step = _round_step(reach, 3)
    return Classes(tuple(round(step * index, 10) for index in range(-3, 4)), SIGNED)
