"""What crowd-made tags say, in units: parsed strictly, refused with a flag when they cannot be meant."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

__all__ = ["Bounds", "parse_height", "parse_number", "parse_power_kw", "parse_year"]

_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_FEET = 0.3048


@dataclass(frozen=True)
class Bounds:
    """Least and greatest value that a tag may hold."""

    low: float
    high: float


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def parse_number(text: str, bounds: Bounds) -> tuple[float, str]:
    """
    A count such as storeys.

    Parameters
    ----------
    text : str
        Tag value: ``5``, ``2.5``, ``2;3`` (the greatest is meant), ``3-4`` (likewise).
    bounds : Bounds
        Values outside are refused.

    Returns
    -------
    value : float
        NaN where nothing usable is said.
    flag : str
        ``""``, ``list`` (several values), ``unreadable`` or ``out_of_bounds``.

    Examples
    --------
    >>> parse_number("2;3", Bounds(1, 60)), parse_number("-1", Bounds(1, 60)), parse_number("<script>", Bounds(1, 60))
    ((3.0, 'list'), (nan, 'out_of_bounds'), (nan, 'unreadable'))
    """
    text = text.strip()
    if not text:
        return math.nan, ""
    parts = re.split(r"\s*[;/]\s*|(?<=\d)\s*[-–]\s*(?=\d)", text)
    if len(text) > 40 or not all(re.fullmatch(_NUMBER, part) for part in parts):
        return math.nan, "unreadable"
    value = max(map(_float, parts))
    if not bounds.low <= value <= bounds.high:
        return math.nan, "out_of_bounds"
    return value, "list" if len(parts) > 1 else ""


def parse_height(text: str, bounds: Bounds) -> tuple[float, str]:
    """
    A length in metres.

    Parameters
    ----------
    text : str
        ``12``, ``12.5 m``, ``12,5``, ``40 ft``, ``39'``, ``39'6"``.
    bounds : Bounds
        Metres.

    Returns
    -------
    value : float
        Metres, NaN where nothing usable is said.
    flag : str
        ``""``, ``unreadable`` or ``out_of_bounds``.

    Examples
    --------
    >>> parse_height("12 m", Bounds(1, 300)), parse_height("40 ft", Bounds(1, 300))[0].__round__(2)
    ((12.0, ''), 12.19)
    """
    text = text.strip()
    if not text:
        return math.nan, ""
    metric = re.fullmatch(rf"({_NUMBER})\s*(?:m|metres?|meters?|metrów)?\.?", text, re.IGNORECASE)
    feet = re.fullmatch(rf"""({_NUMBER})\s*(?:ft|feet|'|′)\s*(?:({_NUMBER})\s*(?:in|"|″)?)?""", text, re.IGNORECASE)
    if len(text) > 40 or not (metric or feet):
        return math.nan, "unreadable"
    value = _float(metric.group(1)) if metric else 0.0
    if feet and not metric:
        value = (_float(feet.group(1)) + _float(feet.group(2) or "0") / 12.0) * _FEET
    return (value, "") if bounds.low <= value <= bounds.high else (math.nan, "out_of_bounds")


def parse_year(text: str, bounds: Bounds) -> tuple[float, str]:
    """
    A year of construction.

    Parameters
    ----------
    text : str
        ``1972``, ``1972-05-01``, ``01.05.1972``, ``1972/05/01 00:00:00``, ``~1970``, ``1970s`` (its middle), ``C19`` (its middle),
        ``before 1945`` (the year before), ``1968..1973`` (the middle).
    bounds : Bounds
        Years.

    Examples
    --------
    >>> [parse_year(text, Bounds(1000, 2030))[0] for text in ("1972", "1970s", "C19", "before 1945", "1968..1973")]
    [1972.0, 1975.0, 1850.0, 1944.0, 1970.0]
    """
    text = text.strip().casefold()
    if not text:
        return math.nan, ""
    patterns: tuple[tuple[str, float], ...] = (
        (r"(?:~|ca?\.?|circa|ok\.?|około|um)?\s*(\d{4})(?:-\d{2}){0,2}", 0.0),
        # dates as offices write them, with the time of day that some formats add
        (r"(\d{4})[-/.]\d{1,2}[-/.]\d{1,2}(?:[t ]\d{1,2}:\d{2}.*)?", 0.0),
        (r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4})(?:[t ]\d{1,2}:\d{2}.*)?", 0.0),
        (r"[~]?(\d{3}0)s", 5.0),
        (r"before (\d{4})", -1.0),
        (r"after (\d{4})", 1.0),
    )
    value = math.nan
    for pattern, shift in patterns:
        if found := re.fullmatch(pattern, text):
            value = float(found.group(1)) + shift
    if found := re.fullmatch(r"[~]?c(\d{1,2})", text):
        value = 100.0 * (int(found.group(1)) - 1) + 50.0
    if found := re.fullmatch(r"(\d{4})\s*(?:\.\.|-|–)\s*(\d{4})", text):
        value = float((int(found.group(1)) + int(found.group(2))) // 2)
    if math.isnan(value):
        return math.nan, "unreadable"
    return (value, "") if bounds.low <= value <= bounds.high else (math.nan, "out_of_bounds")


def parse_power_kw(text: str) -> float:
    """
    Rated power of a generator in kW, NaN where the tag says none.

    Examples
    --------
    >>> parse_power_kw("9.9 kW"), parse_power_kw("4500 W"), parse_power_kw("yes")
    (9.9, 4.5, nan)
    """
    found = re.fullmatch(rf"({_NUMBER})\s*(kwp?|wp?|mwp?)", text.strip(), re.IGNORECASE)
    if not found:
        return math.nan
    scale = {"k": 1.0, "w": 0.001, "m": 1000.0}[found.group(2)[0].lower()]
    return round(_float(found.group(1)) * scale, 6)
