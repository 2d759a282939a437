"""
Text from outside, made harmless for the program that reads a product.

Names of streets and houses, and what a source says of itself, are written by anybody. `ped_geo.language.plain` is what all products begin with; what
each format needs beyond it stands here or in the library that writes it (HTML: Jinja; JSON in a page: `web_map`; XML: ElementTree).
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from ped_geo.language import catalogue, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["plain_layers", "qgis_text", "safe_text"]

LONGEST_CELL = 32_000


def plain_layers(layers: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Layers whose words are `plain`; what needs no change is the same object."""
    return {name: _plain_frame(frame) for name, frame in layers.items()}


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    changed: dict[Any, pd.Series] = {}
    for name, kind in zip(frame.columns, frame.dtypes, strict=True):
        if kind.name not in {"object", "string", "str"}:
            continue
        # each word once: columns hold few words in many rows
        once = frame[name].unique() if kind.name != "object" else frame[name]
        words = {word: plain(word) for word in {word for word in once if isinstance(word, str)}}
        other = {word: new for word, new in words.items() if new != word}
        if other:
            changed[name] = frame[name].map(lambda word, other=other: other.get(word, word) if isinstance(word, str) else word)
    return frame.assign(**changed) if changed else frame


def qgis_text(value: str) -> str:
    """
    Text that QGIS shows as it is: its labels and legends compute what stands between ``[%`` and ``%]``.

    Examples
    --------
    >>> qgis_text("Osiedle [% 6*7 %]")
    "Osiedle [%'[%'%] 6*7 %]"
    """
    return plain(value).replace("[%", "[%'[%'%]")


def safe_text(value: object) -> str:
    """
    Text that no spreadsheet takes for a formula, without control characters; names of the catalogue that begin with a sign stay.

    Examples
    --------
    >>> safe_text("=CMD()"), safe_text("-2+3"), safe_text("Sklep"), safe_text("+CityxChange: virtual")
    ("'=CMD()", "'-2+3", 'Sklep', '+CityxChange: virtual')
    """
    return _safe(str(value))


@cache
def _own_names() -> frozenset[str]:
    """What the catalogue itself begins with a sign; as a cell of text it computes nothing."""
    return frozenset(words for texts in catalogue().values() for words in texts.values() if words.startswith("+"))


@lru_cache(maxsize=1 << 16)
def _safe(value: str) -> str:
    words = plain(value)[:LONGEST_CELL]
    if words in _own_names():
        return words
    return f"'{words}" if words.lstrip()[:1] in {"=", "+", "-", "@", "\t", "|", "＝", "＋", "－", "＠"} else words
