"""Where an attribute comes from, in words of both languages: one way for the workbook, QGIS's forms, the dictionary and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ped_geo.language import LANGUAGES, catalogue, plain, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ped_geo.schema import Column

__all__ = ["INFERRED", "is_source", "rule_words", "source_words", "value_words"]

INFERRED: Final = "inferred: "
CORRECTED: Final = "corrected: "


def is_source(name: str) -> bool:
    """Whether a column tells where the value of another one, or of its row, comes from."""
    return name == "source" or name.endswith("_source")


def rule_words(rule: str, lang: str) -> str:
    """A rule that fills a gap, in words; one that the catalogue does not know as it is."""
    return text(f"rule.{rule}", lang) if f"rule.{rule}" in catalogue() else plain(rule)


def source_words(source: str) -> str:
    """
    Where an attribute comes from, in Polish and English; names of data sets stay as they are.

    Parameters
    ----------
    source : str
        A data set, ``inferred: <rule>`` or ``corrected: <who>, <date>``.

    Examples
    --------
    >>> source_words("inferred: storeys"), source_words("bdot10k")
    ('oszacowane: z liczby kondygnacji | estimated: from the storeys', 'bdot10k')
    """
    if source.startswith(INFERRED):
        told = [text("origin.inferred", lang, rule=rule_words(source.removeprefix(INFERRED), lang)) for lang in LANGUAGES]
    elif source.startswith(CORRECTED):
        told = [text("origin.corrected", lang, who=plain(source.removeprefix(CORRECTED))) for lang in LANGUAGES]
    else:
        told = [text(f"origin.{source}", lang) if f"origin.{source}" in catalogue() else plain(source) for lang in LANGUAGES]
    return " | ".join(dict.fromkeys(told))


def value_words(column: Column, values: pd.Series) -> Mapping[str, str]:
    """
    What a column's texts say in both languages; empty for columns of free text and of numbers.

    Parameters
    ----------
    column : Column
        As declared: its codes have words of the catalogue.
    values : Series
        Of the layer: of a source, those that are there have words.
    """
    if column.values:
        return {value: " | ".join(dict.fromkeys(text(f"code.{value}", lang) for lang in LANGUAGES)) for value in column.values}
    if not is_source(column.name):
        return {}
    return {value: source_words(value) for value in sorted({str(one) for one in values.dropna()} - {""})}
