"""
Figures that products print: each declared once with unit, decimals, names and how it comes from the layers.

A figure is one function under `figure` (of each group of blocks in each variant), `fact` (of each group, whatever the variant) or
`place_figure` (of the whole place) in a file of this package; nothing else has to be edited. `told` declares how a column of
another layer is said to people. Functions give values in the units of the layers; `Figure.told` turns them into the unit of the
figure, which is the only place where units are converted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

import pandas as pd

from ped_geo._registry import Registry
from ped_geo.language import half_up, in_currency, number

__all__ = ["CURRENCY", "FIGURES", "LEAST_CHANCE", "PER_FLOOR", "Figure", "fact", "figure", "place_figure", "told"]

CURRENCY = "¤"
"""Money in all units of figures; `Figure.unit` names the currency of the run."""

PER_FLOOR = "kWh/(m²·a)"

LEAST_CHANCE = 1.0
"""Percent below which, and by as much below a hundred above which, draws are too few to tell a chance."""

Formula = Callable[..., Any]
Same = TypeVar("Same", bound=Formula)


@dataclass(frozen=True)
class Figure:
    """
    One figure.

    Attributes
    ----------
    name : str
        In the layer ``figures``.
    declared_unit : str
        As people read it, money as ``¤``; empty for counts.
    digits : int
        Decimals, the same in every product.
    label_en, label_pl : str
        Short name.
    kind : str
        ``variant``: of a group of blocks in a variant; ``fact``: of a group in any; ``place``: of the whole place; ``told``: of a
        column of another layer, and not in ``figures``.
    value : callable or None
        Layers → value in the units of the layers.
    times, per : float
        By which a value in the units of the layers is multiplied and divided to be in `unit`.
    additive : bool
        Whether the district's value is the sum of its blocks'.
    band : str
        Quantity of the layer ``bands``, in the units of the layers, whose 5 % and 95 % quantiles are its low and high; empty for none.
    signed : bool
        Whether its classes lie around zero.
    limits : tuple of float
        Fixed class limits; empty where they follow from the values.
    calendar : bool
        Whether it is a calendar year, whose thousands are not grouped.
    chance : bool
        Whether it is a share of draws in percent, which no product calls nought or sure.
    """

    name: str
    declared_unit: str
    digits: int
    label_en: str
    label_pl: str
    kind: Literal["variant", "fact", "place", "told"]
    value: Formula | None = None
    times: float = 1.0
    per: float = 1.0
    additive: bool = False
    band: str = ""
    signed: bool = False
    limits: tuple[float, ...] = ()
    calendar: bool = False
    chance: bool = False

    @property
    def unit(self) -> str:
        """As people read it, money in the currency of the run."""
        return in_currency(self.declared_unit)

    def label(self, lang: str) -> str:
        """Short name in `lang` (``pl`` or ``en``)."""
        return self.label_pl if lang == "pl" else self.label_en

    @overload
    def told(self, raw: float) -> float: ...
    @overload
    def told(self, raw: pd.Series) -> pd.Series: ...
    def told(self, raw: float | pd.Series) -> float | pd.Series:
        """A value in the units of the layers, in the unit of the figure."""
        return raw * self.times / self.per

    def printed(self, value: float | None) -> float | None:
        """A value of the figure as it is printed; None where there is none, 0 or 100 for a chance beyond what draws can tell."""
        if value is None or not math.isfinite(value):
            return None
        beyond = self.beyond(value)
        return half_up(value, self.digits) if not beyond else 0.0 if beyond == "below" else 100.0

    def beyond(self, value: float) -> Literal["", "below", "above"]:
        """Whether a chance lies below or above what so few draws can tell."""
        return "" if not self.chance else "below" if value < LEAST_CHANCE else "above" if value > 100.0 - LEAST_CHANCE else ""

    def words(self, value: float | None, lang: str) -> str:
        """A value of the figure as the language writes it, an en dash where there is none."""
        if value is not None and math.isfinite(value) and self.calendar:
            return str(round(value))
        if value is not None and (beyond := self.beyond(value)):
            return f"<{LEAST_CHANCE:.0f}" if beyond == "below" else f">{100.0 - LEAST_CHANCE:.0f}"
        return number(value, lang, self.digits)


FIGURES: Registry[Figure] = Registry("ped_geo.figures", "figure")


def told(name: str, *, unit: str, label: tuple[str, str], digits: int = 0, **more: Any) -> None:
    """
    Declare how a column of another layer is said to people.

    Parameters
    ----------
    name, unit, digits
        As in `Figure`; further fields by their names.
    label : tuple of str
        English, Polish.
    """
    FIGURES.add(name, Figure(name, unit, digits, *label, "told", **more))


def _adder(kind: Literal["variant", "fact", "place"]) -> Callable[..., Callable[[Same], Same]]:
    def declare(name: str, *, unit: str, label: tuple[str, str], digits: int = 0, **more: Any) -> Callable[[Same], Same]:
        def add(function: Same) -> Same:
            FIGURES.add(name, Figure(name, unit, digits, *label, kind, function, **more))
            return function

        return add

    declare.__name__ = kind
    return declare


figure = _adder("variant")
"""Register a function of `amounts.Amounts` of groups and variants: ``figure(name, unit=, label=(en, pl), digits=, …)``."""

fact = _adder("fact")
"""Register a function of `amounts.Amounts` of groups."""

place_figure = _adder("place")
"""Register a function of the layers by name and the study that gives one number."""
