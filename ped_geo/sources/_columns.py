"""Columns of Poland's registers, whose names and words are spelled in many ways: compared in small letters without signs and accents."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Unknown", "first", "plain", "said", "spellings", "unique_ids", "with_plain_columns", "words"]

NULLS = frozenset({"", "nan", "none", "null", "<na>", "nat"})
# what stands between the values of a column that may hold several
SEVERAL = ";"
# shapefiles cut the names of their columns
SHAPEFILE_NAME = 10
NAMED = 3


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """
    A name or word in small letters and digits, without accents.

    Examples
    --------
    >>> plain("LICZBA_KONDYGNACJI"), plain("Główna ruchu przyśpieszonego")
    ('liczbakondygnacji', 'glownaruchuprzyspieszonego')
    """
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(letter for letter in letters if letter.isalnum())


def spellings(*names: str) -> tuple[str, ...]:
    """Plain forms of names of one column, and of what a shapefile leaves of them."""
    return tuple(dict.fromkeys([plain(name) for name in names] + [plain(name[:SHAPEFILE_NAME]) for name in names]))


def said(value: Any) -> str:
    """
    A value as text; "" where it says nothing, because null is no word.

    Examples
    --------
    >>> said(" 246901_1.0002.18_BUD\\n "), said(5.0), said(float("nan")), said(None), said(["1122.Dw", "1230.Ph"])
    ('246901_1.0002.18_BUD', '5', '', '', '1122.Dw;1230.Ph')
    """
    if value is None:
        return ""
    if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1:
        return SEVERAL.join(filter(None, map(said, value)))
    text = " ".join(str(value).split())
    if text.casefold() in NULLS:
        return ""
    return text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text


def first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """What the first of the named columns that says anything says."""
    return next((text for name in names if (text := said(row.get(name)))), "")


def words(row: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """All that the named columns say, column by column."""
    return [word.strip() for name in names for word in said(row.get(name)).split(SEVERAL) if word.strip()]


def with_plain_columns(frame: gpd.GeoDataFrame, wanted: frozenset[str]) -> gpd.GeoDataFrame:
    """Wanted columns of a frame under plain names, as text; of columns that then are one, the first that says anything counts."""
    import geopandas as gpd

    table: dict[str, Any] = {}
    for name in frame.columns.drop(frame.geometry.name):
        key = plain(str(name))
        if key in wanted:
            values = frame[name].map(said).astype("object")
            table[key] = table[key].where(table[key] != "", values) if key in table else values
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=frame.crs, index=frame.index)


def unique_ids(frame: gpd.GeoDataFrame, names: tuple[str, ...]) -> list[str]:
    """An id for each row: of the first named column that has any, its row number where that is empty, "#2" where it stands again."""
    column = next((name for name in names if name in frame and (frame[name] != "").any()), None)
    told = [""] * len(frame) if column is None else frame[column].tolist()
    seen: Counter[str] = Counter()
    ids = []
    for number, text in enumerate(told, start=1):
        name = text or str(number)
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return ids


class Unknown:
    """
    Words that a vocabulary lacks, counted.

    Attributes
    ----------
    counts : dict
        Counter of words by the name of the vocabulary.
    """

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}

    def add(self, vocabulary: str, word: str) -> None:
        """Count one object with a word that `vocabulary` does not know."""
        self.counts.setdefault(vocabulary, Counter())[word[:60]] += 1

    def notes(self, of: Mapping[str, int]) -> list[dict[str, Any]]:
        """Remarks on the words, with how many objects there are of each vocabulary."""
        found = []
        for vocabulary, counter in sorted(self.counts.items()):
            named = ", ".join(f"{word!r} ({count})" for word, count in counter.most_common(NAMED))
            more = f" + {len(counter) - NAMED}" if len(counter) > NAMED else ""
            values = {"count": counter.total(), "of": of.get(vocabulary, 0), "words": named + more}
            # codes of classes are written in capitals
            key, code = ("unknown_object", {"vocabulary": vocabulary}) if vocabulary.isupper() else (f"unknown_{vocabulary}", {})
            found.append({"key": key, "values": values | code})
        return found
