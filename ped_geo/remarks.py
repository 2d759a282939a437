"""What a run remarks to people: keys and values that the catalogue turns into sentences of both languages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ped_geo.language import number, text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Remark", "in_words", "named", "remark_frame", "sentences", "source_remarks"]

NAMED = 3
"""So many objects are named in a remark; the others are counted."""


@dataclass(frozen=True)
class Remark:
    """
    One oddity.

    Attributes
    ----------
    key : str
        Words of the catalogue: ``check.<key>``.
    values : mapping
        Fill the places of those words; numbers are written as each language writes them.
    """

    key: str
    values: Mapping[str, str | float]


def named(ids: Iterable[object], told: Iterable[object]) -> str:
    """
    The first objects of a remark with what is said of each, and how many more there are.

    Examples
    --------
    >>> named(["a", "b", "c", "d"], ["3 m", "", "", ""])
    'a (3 m), b, c + 1'
    """
    pairs = [f"{name} ({value})" if value != "" else str(name) for name, value in zip(ids, told, strict=True)]
    named = ", ".join(pairs[:NAMED]) + (f" + {len(pairs) - NAMED}" if len(pairs) > NAMED else "")
    # tags are quoted here, and a terminal would obey their control characters
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in named)


def source_remarks(provenance: Mapping[str, Any]) -> list[Remark]:
    """
    What the source of a place has to say of its files.

    Parameters
    ----------
    provenance : mapping
        Of the raw place; ``notes`` are mappings of ``key`` and ``values``.
    """

    def printable(value: Any) -> str | float:
        # names of columns are quoted here, and a terminal would obey their control characters
        return "".join(letter if letter.isprintable() else "\ufffd" for letter in value) if isinstance(value, str) else float(value)

    return [
        Remark(str(note["key"]), {name: printable(value) for name, value in note["values"].items()}) for note in provenance.get("notes", [])
    ]


def remark_frame(remarks: Iterable[Remark]) -> pd.DataFrame:
    """Remarks as a layer: ``key`` and ``values`` (JSON)."""
    import pandas as pd

    rows = [(remark.key, json.dumps(dict(remark.values), ensure_ascii=False, sort_keys=True)) for remark in remarks]
    return pd.DataFrame(rows, columns=["key", "values"], dtype="str").rename_axis("remark")


def in_words(values: Mapping[str, str | float], lang: str) -> dict[str, str]:
    """Values as each language writes them, for the places of a sentence."""
    return {name: value if isinstance(value, str) else number(value, lang, _digits(value)) for name, value in values.items()}


def _digits(value: float) -> int:
    """Decimal places that show a number with at most three digits that mean something, and no idle zeros."""
    shown = f"{value:.3g}" if abs(value) < 100 else "0"
    return max(0, -int(Decimal(shown).normalize().as_tuple().exponent))


def sentences(remarks: pd.DataFrame, lang: str) -> list[str]:
    """
    Remarks in one language.

    Examples
    --------
    >>> sentences(remark_frame([Remark("guessed_storeys", {"count": 95, "of": 100})]), "en")[0][:52]
    'the storeys of 95 of 100 buildings are estimated, be'
    """
    return [
        text(f"check.{key}", lang, **in_words(json.loads(values), lang))
        for key, values in zip(remarks["key"], remarks["values"], strict=True)
    ]
