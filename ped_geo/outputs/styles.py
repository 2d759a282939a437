"""
Colours and classes of every themed layer: one definition for the GeoPackage, the QGIS project, the web map and the pictures.

Palettes are the colour-blind-safe ColorBrewer sets PuOr (signed quantities, orange is a deficit, purple a surplus) and YlGnBu
(amounts), so that a map reads the same on screen, in print and in QGIS.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from ped_geo.language import half_up, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ACTIONS",
    "AMOUNT",
    "CANDIDATES",
    "DARK_GROUND",
    "GROUND",
    "NO_VALUE",
    "QUALITATIVE",
    "SIGNED",
    "USES",
    "WITHHELD",
    "Classes",
    "action_colour",
    "amount_classes",
    "round_length",
    "signed_classes",
]

AMOUNT = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
SIGNED = ("#b35806", "#f1a340", "#fee0b6", "#d8daeb", "#998ec3", "#542788")
QUALITATIVE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#882255")

ACTIONS = {
    "wall": "#8c510a",
    "roof": "#bf812d",
    "floor": "#dfc27d",
    "window": "#56b4e9",
    "door": "#01665e",
    "ventilation": "#80cdc1",
    "heating": "#d55e00",
    "hot_water": "#882255",
    "pv": "#f0e442",
    "heat_pump_air": "#0072b2",
    "heat_pump_ground": "#332288",
    "district_heat_decarbonised": "#cc79a7",
    "district_heat_cogeneration": "#7f7f7f",
    "district_heat": "#a6761d",
    "biomass": "#117733",
    "waste_water_heat": "#aa4499",
    "data_centre_heat": "#6699cc",
    "low_temperature_network": "#44aa99",
    "solar_thermal": "#e69f00",
    "gas_condensing": "#bbbbbb",
    "gas": "#999999",
    "electric": "#661100",
    "oil": "#555555",
    "coal": "#222222",
}
"""A measure of a building, photovoltaics or a heat supply has one colour in every chart of every report."""

CANDIDATES = ("#e6194b", "#0072b2", "#006d2c", "#7a0177", "#000000", "#a65628", "#0097a7", "#c51b7d")
"""Outlines of candidates: dark on each class of `SIGNED` and `AMOUNT`."""

GROUND = {"water": "#9cc7e0", "green": "#c9dfb8"}
"""Colours of the quiet ground of maps."""

DARK_GROUND = {"water": "#3f6f8c", "green": "#3d4f36"}
"""The same on a dark screen, where light ones would shine through the blocks."""

USES = {
    "residential_multi": "#e69f00", "residential_single": "#f6d68a", "school": "#0072b2", "kindergarten": "#56b4e9", "health": "#d55e00", "office": "#882255",
    "retail": "#cc79a7", "supermarket": "#aa4499", "worship": "#332288", "culture": "#6699cc", "sport": "#117733", "industrial": "#7f7f7f",
    "garage": "#d9d9d9", "outbuilding": "#efefef", "other": "#999933",
}  # fmt: skip
"""Colours of the uses of buildings, each its own; what is not heated is light grey."""

CROWD = 0.5
"""Share of the values in one class of equal steps from which classes grow with the amount. [-]"""

WITHHELD = "#f2f2f2"
"""Where a value is not told."""

NO_VALUE = "#bdbdbd"
"""Where there is no value; grey, and darker than any class that could be taken for it."""


@dataclass(frozen=True)
class Classes:
    """
    Class limits and their colours; a value is classed as it is printed.

    Attributes
    ----------
    limits : tuple of float
        Ascending, one more than there are colours; the unit is that of the classed column.
    colours : tuple of str
        ``#rrggbb``, lowest class first.
    digits : int or None
        Decimals to which a value is rounded before it is classed; None leaves it as it is.
    """

    limits: tuple[float, ...]
    colours: tuple[str, ...]
    digits: int | None = None

    def colour(self, value: float | None) -> str:
        """
        Colour of a value; values outside the limits take the end colours, a missing one is grey.

        Examples
        --------
        >>> classes = Classes((0, 1, 2), ("#000000", "#ffffff"), digits=1)
        >>> classes.colour(0.94), classes.colour(0.96), classes.colour(float("nan")) == NO_VALUE
        ('#000000', '#ffffff', True)
        """
        if value is None or not math.isfinite(value):
            return NO_VALUE
        if self.digits is not None:
            value = half_up(value, self.digits)
        for limit, colour in zip(self.limits[1:-1], self.colours[:-1], strict=True):
            if value < limit:
                return colour
        return self.colours[-1]

    def labels(self, lang: str) -> list[str]:
        """
        Words of a legend, lowest class first; the end classes are open.

        Examples
        --------
        >>> Classes((0, 1, 2, 3), ("#000000", "#888888", "#ffffff")).labels("en")
        ['< 1', '1 – 2', '≥ 2']
        """
        if not self.colours:
            return []
        digits = next(digits for digits in range(13) if digits == 12 or all(round(limit, digits) == limit for limit in self.limits))
        shown = [number(limit, lang, digits) for limit in self.limits]
        between = [f"{low} – {high}" for low, high in pairwise(shown[1:-1])]
        return [f"< {shown[1]}", *between, f"≥ {shown[-2]}"]


def action_colour(action: str) -> str:
    """
    Colour of a measure of a building, of photovoltaics or of a heat supply, the same in every chart.

    Parameters
    ----------
    action : str
        Code of the action; one that another package adds has a colour of its own too, which may be that of another action.

    Examples
    --------
    >>> action_colour("pv") == action_colour("photovoltaics") == ACTIONS["pv"]
    True
    """
    key = "pv" if action == "photovoltaics" else action
    return ACTIONS.get(key) or QUALITATIVE[crc32(key.encode()) % len(QUALITATIVE)]


def _round_step(span: float, count: int, digits: int | None) -> float:
    # classes finer than the printed decimals could not be told apart
    raw = max(max(span, 1e-9) / count, 0.0 if digits is None else 10.0**-digits)
    size = 10.0 ** math.floor(math.log10(raw))
    return next(step * size for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * size >= raw * 0.999)


def round_length(most: float) -> float:
    """
    The greatest of 1, 2, 5, 10, 20 … that is no more than a length, for scale bars.

    Parameters
    ----------
    most : float
        Above 0, any unit.

    Examples
    --------
    >>> round_length(390.0), round_length(9.5), round_length(0.3)
    (200.0, 5.0, 0.2)
    """
    size = 10.0 ** math.floor(math.log10(most))
    return max(step * size for step in (1.0, 2.0, 5.0) if step * size <= most * (1 + 1e-9))


def _clean(values: pd.Series | Sequence[float]) -> list[float]:
    return sorted(float(value) for value in values if value is not None and math.isfinite(float(value)))


def amount_classes(values: pd.Series | Sequence[float], digits: int | None = None) -> Classes:
    """
    Five round classes for an amount: equal steps from the 5th to the 95th percentile of the values, or limits that grow as 1, 2, 5, 10 … where
    equal steps would paint more than `CROWD` of the values alike, as among houses with one factory.

    Parameters
    ----------
    values : sequence of float
        The column, in any unit; missing values are left out.
    digits : int, optional
        Decimals to which the values are printed.

    Examples
    --------
    >>> amount_classes([12, 20, 55, 90, 101]).limits
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    >>> amount_classes([3, 4, 6, 9, 14, 30, 400]).limits
    (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    """
    clean = _clean(values)
    low = clean[int(0.05 * (len(clean) - 1))] if clean else 0.0
    high = clean[int(0.95 * (len(clean) - 1))] if clean else 1.0
    step = _round_step(high - low if high > low else max(abs(high), 1.0), len(AMOUNT), digits)
    start = step * (low // step)
    even = tuple(round(start + step * index, 10) for index in range(len(AMOUNT) + 1))
    if max(_shares(clean, even)) <= CROWD:
        return Classes(even, AMOUNT, digits)
    # of equally good ones the even steps, which are easier to read
    return Classes(
        min([even, *_growing(clean, digits)], key=lambda limits: sum(part**2 for part in _shares(clean, limits))), AMOUNT, digits
    )


def _shares(clean: Sequence[float], limits: Sequence[float]) -> list[float]:
    """Share of the values, which are sorted, in each class [-]."""
    edges = [0, *(bisect_left(clean, limit) for limit in limits[1:-1]), len(clean)]
    return [(after - before) / max(len(clean), 1) for before, after in pairwise(edges)]


def _growing(clean: Sequence[float], digits: int | None) -> Iterator[tuple[float, ...]]:
    """Limits that follow each other in 1, 2, 5, 10 … and lie among the values, none finer than what is printed."""
    above = [value for value in clean if value > 0.0]
    if not above:
        return
    first, last = (math.floor(math.log10(value)) for value in (above[0], above[-1]))
    series = [round(step * 10.0**size, 12) for size in range(first - 1, last + 3) for step in (1.0, 2.0, 5.0)]
    series = [limit for limit in series if digits is None or limit >= 10.0**-digits]
    for start in range(len(series) - len(AMOUNT)):
        yield tuple(series[start : start + len(AMOUNT) + 1])


def signed_classes(values: pd.Series | Sequence[float], digits: int | None = None) -> Classes:
    """
    Six round classes around zero, three deficits and three surpluses, up to the 90th percentile of the values' sizes.

    Parameters
    ----------
    values : sequence of float
        The column, in any unit; missing values are left out.
    digits : int, optional
        Decimals to which the values are printed.

    Examples
    --------
    >>> signed_classes([-120, -80, 30]).limits
    (-150.0, -100.0, -50.0, 0.0, 50.0, 100.0, 150.0)
    """
    sizes = sorted(abs(value) for value in _clean(values))
    # one factory among houses must not paint all houses alike
    reach = (sizes[int(0.9 * (len(sizes) - 1))] if sizes else 1.0) or 1.0
    step = _round_step(reach, 3, digits)
    return Classes(tuple(round(step * index, 10) for index in range(-3, 4)), SIGNED, digits)
