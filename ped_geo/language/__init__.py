"""
The words people read, in Polish and English, from one catalogue, and numbers written as each language writes them.

The catalogue is the set of CSV files in ``catalogue/`` with the columns ``key,en,pl``; a file is a topic, keys are unique
over all of them; packs of countries (``ped_geo/countries``) bring their own, which in runs of that country go before the others. ``{name}`` in a text is filled from keyword arguments.
"""

from __future__ import annotations

import csv
import math
import tomllib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from importlib import resources

__all__ = ["LANGUAGES", "catalogue", "half_up", "in_currency", "money_of", "number", "plain", "position", "spoken", "text"]

LANGUAGES = ("pl", "en")
_WIDE = Context(prec=400)  # no float has more digits
_KEPT = "\n\t"
_MONEY = {"country": "PL"}
_UNSEEN = {"Cc", "Cs", "Co", "Cn"}
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}
"""Marks that turn the direction of writing: with them a name can look like another."""


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """
    All texts: key → language → words.

    Raises
    ------
    ValueError
        If a key stands in two places.
    """
    return {key: words for table in _words_of_countries().values() for key, words in table.items()} | _common()


@cache
def _common() -> dict[str, dict[str, str]]:
    """Texts that belong to no country."""
    found: dict[str, dict[str, str]] = {}
    folder = resources.files(__package__) / "catalogue"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".csv"):
            continue
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
            if row["key"] in found:
                raise ValueError(f"the catalogue defines {row['key']!r} twice, the second time in {file.name}")
            found[row["key"]] = {"en": row["en"], "pl": row["pl"]}
    return found


@cache
def _words_of_countries() -> dict[str, dict[str, dict[str, str]]]:
    """Texts that packs of countries bring, by country: names of their periods, and what stands in their ``words.csv``."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for folder in sorted(resources.files("ped_geo").joinpath("countries").iterdir(), key=lambda entry: entry.name):
        for name, key in (("periods.csv", "construction_period"), ("words.csv", "key")):
            table = folder / name
            for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()) if table.is_file() else ():
                words = {lang: row.get(lang) or row[f"words_{lang}"] for lang in LANGUAGES}
                found.setdefault(folder.name.upper(), {})[f"code.{row[key]}" if name == "periods.csv" else row[key]] = words
    return found


def text(key: str, lang: str, /, **values: object) -> str:
    """
    The words for a key in one language.

    Parameters
    ----------
    key : str
        Key of the catalogue.
    lang : str
        ``pl`` or ``en``.
    **values
        Fill the ``{name}`` places; numbers should be formatted with `number` first.

    Raises
    ------
    KeyError
        If the catalogue has no such key.
    """
    words = (_words_of_countries().get(_MONEY["country"], {}).get(key) or catalogue()[key])[lang]
    return in_currency(words.format(**values) if values else words, lang)


def spoken(*prefixes: str) -> dict[str, dict[str, str]]:
    """
    Texts of the run's country whose keys begin so, as `catalogue`: its own words, and none that belong to another country alone.

    Parameters
    ----------
    *prefixes : str
        Beginnings of keys.

    Examples
    --------
    >>> with money_of("DE"):
    ...     "glossary.net-billing" in spoken("glossary."), spoken("variant.package.wt2021")["variant.package.wt2021"]["en"]
    (False, 'Retrofit to low U-values')
    """
    own = _words_of_countries().get(_MONEY["country"], {})
    return {key: own.get(key, words) for key, words in catalogue().items() if key.startswith(prefixes) and (key in own or key in _common())}


@cache
def _currency(country: str) -> dict[str, tuple[str, str, str]]:
    """Currency of a country by language: name, code and the word after a number; signs stay where its pack knows no money."""
    file = resources.files("ped_geo") / "countries" / country.lower() / "pack.toml"
    told = tomllib.loads(file.read_text(encoding="utf-8")).get("currency") if file.is_file() else None
    if told is None:
        return {}
    return {lang: (told["name"][lang], told["code"], told[lang]) for lang in LANGUAGES} | {"": (told["code"],) * 3}


@contextmanager
def money_of(country: str) -> Iterator[None]:
    """
    Tell money in the currency of a country; that of Poland where it is empty.

    Which currency is meant is a matter of the whole run, like its language: layers and words hold the sign ``¤``.

    Examples
    --------
    >>> with money_of("PL"):
    ...     in_currency("12 ¤/kWh"), in_currency("12 ¤", "pl"), in_currency("12 ¤¤", "pl"), in_currency("¤¤¤", "en")
    ('12 PLN/kWh', '12 zł', '12 PLN', 'Polish złoty')
    """
    before = _MONEY["country"]
    _MONEY["country"] = country or before
    try:
        yield
    finally:
        _MONEY["country"] = before


def in_currency(words: str, lang: str = "") -> str:
    """Words with ``¤`` for the currency after a number, ``¤¤`` for its code and ``¤¤¤`` for its name; without a language, its code."""
    if "¤" in words and (told := _currency(_MONEY["country"])):
        for length, word in zip((3, 2, 1), told[lang], strict=True):
            words = words.replace("¤" * length, word)
    return words


def half_up(value: float, digits: int) -> float:
    """
    A number rounded as spreadsheets, QGIS and browsers round it: halves away from zero, by the decimals that are written.

    Parameters
    ----------
    value : float
        Finite.
    digits : int
        Decimal places.

    Examples
    --------
    >>> half_up(62.5, 0), half_up(-0.25, 1), half_up(2.675, 2)
    (63.0, -0.3, 2.68)
    """
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=_WIDE)) + 0.0


def number(value: float | None, lang: str, digits: int = 0) -> str:
    """
    A number as the language writes it, an en dash where there is none.

    Parameters
    ----------
    value : float or None
        The number.
    lang : str
        ``pl`` (1 234,5 with a no-break space) or ``en`` (1,234.5).
    digits : int
        Decimal places.

    Examples
    --------
    >>> number(1234.5, "pl", 1), number(1234.5, "en", 1), number(None, "pl")
    ('1\\xa0234,5', '1,234.5', '–')
    >>> number(-0.04, "en", 1)
    '0.0'
    """
    if value is None or not math.isfinite(value):
        return "–"
    from babel.numbers import format_decimal

    rounded = half_up(value, digits)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    written = str(format_decimal(rounded, format=pattern, locale=lang, group_separator=True))
    return written.replace("-", "−")


def position(latitude: float, longitude: float, lang: str = "en", digits: int = 2) -> str:
    """
    Where a point lies, in degrees with the half of the Earth.

    Parameters
    ----------
    latitude, longitude : float
        WGS 84, north and east positive. [°]
    lang : str
        ``pl`` or ``en``.
    digits : int
        Decimal places.

    Examples
    --------
    >>> position(-33.87, 151.21), position(45.0, -8.25, "pl")
    ('33.87° S, 151.21° E', '45,00° N, 8,25° W')
    """
    halves = ((latitude, "NS"), (longitude, "EW"))
    return ", ".join(f"{number(abs(value), lang, digits)}° {half[value < 0]}" for value, half in halves)


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
