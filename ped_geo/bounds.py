"""
What a district file may say at all: bounds that physics or meaning set to assumptions, and letters that a text may hold.

`ped_geo.study` holds the bounds of settings beside each; assumptions have theirs in ``assumptions/tables/physical_bounds.csv``, by name
and else by unit. Within them a value outside its source's range is remarked (`ped_geo.plausibility`) and computed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ped_geo import assumptions
from ped_geo.countries import HOME, has_pack, pack
from ped_geo.language.sentences import Sentence

__all__ = ["assumption_bounds", "assumption_problems", "letter_problems"]

# letters that joining scripts and hyphenation need, though they show nothing
ALLOWED = "\u00ad\u200c\u200d"
REFUSED = ("Cc", "Cf", "Cs", "Zl", "Zp")
# texts that may run over lines: coordinate systems as WKT
LONG_TEXTS = ("elevation_crs", "citygml_crs", "files_crs")
NAME = "a name"
RANGES = "check."
"""Assumptions whose range is read, not their value."""


@cache
def _rules() -> tuple[tuple[str, str, float, float], ...]:
    table = assumptions.table("physical_bounds")
    columns = ("assumption", "unit", "least", "most")
    return tuple((str(a), str(u), float(low), float(high)) for a, u, low, high in table[list(columns)].itertuples(index=False))


def assumption_bounds(key: str) -> tuple[float, float]:
    """
    Least and greatest value of an assumption that can be meant, in its unit.

    Parameters
    ----------
    key : str
        Full key.

    Raises
    ------
    KeyError
        If no rule covers it, which a test excludes.

    Examples
    --------
    >>> assumption_bounds("pv.module_wp"), assumption_bounds("prices.coal")
    ((50.0, 1500.0), (0.0, 1000.0))
    """
    # bounds are the same number in every currency
    unit = assumptions.scalar(key).unit.replace(pack(HOME).currency, "¤")
    for name, of_unit, low, high in _rules():
        if fnmatchcase(key, name) and fnmatchcase(unit, of_unit):
            return low, high
    raise KeyError(key)


def assumption_problems(overrides: Mapping[str, Any], country: str = "") -> Iterator[str]:
    """
    Overridden assumptions that are unknown, out of bounds, or contradict each other.

    Parameters
    ----------
    overrides : mapping
        ``[assumptions]`` as it stands in the file.
    country : str
        Whose values and units they replace, where the file names one.

    Examples
    --------
    >>> list(assumption_problems({"pv.module_wp": -400}))
    ["[assumptions] 'pv.module_wp' is -400, must lie between 50 and 1500 Wp; correct it"]
    """
    import difflib

    known = assumptions.scalars(country if has_pack(country) else HOME)
    for key, value in overrides.items():
        if key.startswith(RANGES) and key in known:
            yield Sentence("error.assumptions_is_range_that_data", key=key)
            continue
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = Sentence("error.did_you_mean_2", close=close[0]) if close else Sentence("error.see_ped_geo_assumptions")
            yield Sentence("error.assumptions_is_not_known_assumption", key=key, hint=hint)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            low, high = assumption_bounds(key)
            unit = "" if known[key].unit == "-" else f" {known[key].unit}"
            if not low <= value <= high:
                yield Sentence("error.assumptions_is_must_lie_between", key=key, value=value, low=low, high=high, unit=unit)
    yield from _out_of_order({key: value for key, value in overrides.items() if key in known and isinstance(value, int | float)})


def _out_of_order(overrides: Mapping[str, float]) -> Iterator[str]:
    """Pairs of which the first must stay below the second."""
    for lower, upper in assumptions.table("assumption_order")[["lower", "upper"]].itertuples(index=False):
        first, second = (float(overrides.get(key, assumptions.scalar(key).value)) for key in (lower, upper))
        if (lower in overrides or upper in overrides) and not first < second:
            yield Sentence("error.assumptions_out_of_order", lower=lower, first=first, upper=upper, second=second)


def letter_problems(settings: Mapping[str, Any]) -> Iterator[str]:
    """
    Texts of a file with letters that show nothing and that terminals and programs obey.

    Parameters
    ----------
    settings : mapping
        What the TOML holds: tables, lists and values, however deep.

    Examples
    --------
    >>> list(letter_problems({"title": "a\\x1b[2J"}))
    ['title holds the control character U+001B at letter 2; remove it']
    """
    for where, value in _texts(settings):
        spaces = "\n\r\t" if where[-1] in LONG_TEXTS else ""
        wrong = next((place for place, letter in enumerate(value) if _refused(letter) and letter not in spaces), None)
        if wrong is not None:
            named = f"[{where[0]}] {'.'.join(where[1:])}" if len(where) > 1 else where[0]
            yield Sentence("error.holds_control_character_u_at", named=named, code=ord(value[wrong]), wrong=wrong + 1)


def _texts(settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text with the names of what it stands in, and every name; without recursion, for a file may be deep."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), settings)]
    while waiting:
        where, value = waiting.pop(0)
        if isinstance(value, Mapping):
            yield from (((*where, NAME), str(name)) for name in value)
            waiting += [((*where, str(name)), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*where, str(number)), inner) for number, inner in enumerate(value, start=1)]
        elif isinstance(value, str):
            yield where, value


def _refused(letter: str) -> bool:
    """Control and direction characters, halves of letters, and the code points that are no characters."""
    code = ord(letter)
    no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return no_character or (unicodedata.category(letter) in REFUSED and letter not in ALLOWED)
