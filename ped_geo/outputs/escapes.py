"""
Text from outside, made harmless for the program that reads a product.

Names of streets and houses, and what a source says of itself, are written by anybody. `plain` is what all products begin with; what
each format needs beyond it stands here or in the library that writes it (HTML: Jinja; JSON in a page: `web_map`; XML: ElementTree).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["plain", "plain_layers", "qgis_text", "safe_text"]

LONGEST_CELL = 32_000
_KEPT = "\n\t"
_UNSEEN = {"Cc", "Cs", "Co", "Cn"}
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}
"""Marks that turn the direction of writing: with them a name can look like another."""


def _unwanted(letter: str) -> bool:
    return letter not in _KEPT and (unicodedata.category(letter) in _UNSEEN or ord(letter) in _TURNING)


def plain(value: str) -> str:
    """
    Text without control characters, halves of characters, and marks that turn the direction of writing.

    XML cannot hold the first, a terminal obeys them; line breaks and tabs stay.

    Examples
    --------
    >>> plain("Dom\\x1b[31m \\x00„Pod Lwem”")
    'Dom[31m „Pod Lwem”'
    """
    if value.isascii() and value.isprintable():
        return value
    return "".join(letter for letter in value if not _unwanted(letter))


def plain_layers(layers: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Layers whose words are `plain`; what needs no change is the same object."""
    return {name: _plain_frame(frame) for name, frame in layers.items()}


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    changed: dict[Any, pd.Series] = {}
    for name, kind in zip(frame.columns, frame.dtypes, strict=True):
        if kind.name not in {"object", "string", "str"}:
            continue
        words = {word: plain(word) for word in {word for word in frame[name] if isinstance(word, str)}}
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
    Text that no spreadsheet takes for a formula, without control characters.

    Examples
    --------
    >>> safe_text("=CMD()"), safe_text("-2+3"), safe_text("Sklep")
    ("'=CMD()", "'-2+3", 'Sklep')
    """
    words = plain(str(value))[:LONGEST_CELL]
    return f"'{words}" if words.lstrip()[:1] in {"=", "+", "-", "@", "\t", "|", "＝", "＋", "－", "＠"} else words
