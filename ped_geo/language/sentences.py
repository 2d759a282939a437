"""Sentences that know their other language: what an error, a problem or a refusal says, as a key of the catalogue with values."""

from __future__ import annotations

from typing import Any, Self

from ped_geo.language import plain, text

__all__ = ["Clause", "Sentence", "in_language", "joined"]

_OF_PYTHON = (str, int, float, bool, type(None), list, tuple, dict)


class Sentence(str):
    """
    An English sentence of the catalogue that can be told in every language of it.

    It is text to whoever only reads it, so Python users see English; the console asks for its reader's language at the end.

    Parameters
    ----------
    key : str
        Key of the catalogue.
    **values
        Fill the places of its words; sentences and errors among them follow the language, numbers are written as it writes them.

    Examples
    --------
    >>> missing = Sentence("error.column_is_missing", name="height_m")
    >>> str(missing), missing.told("pl")
    ("column 'height_m' is missing", 'brakuje kolumny „height_m”')
    """

    __slots__ = ("key", "values")
    key: str
    values: dict[str, Any]

    def __new__(cls, key: str, /, **values: Any) -> Self:
        """Write the English words."""
        kept = {name: _kept(value) for name, value in values.items()}
        sentence = super().__new__(cls, cls._filled(key, "en", kept))
        sentence.key, sentence.values = key, kept
        return sentence

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as key and values."""
        return _again, (type(self), self.key, self.values)

    def told(self, lang: str) -> str:
        """The sentence in one language."""
        return self._filled(self.key, lang, self.values)

    @staticmethod
    def _filled(key: str, lang: str, values: dict[str, Any]) -> str:
        told = {name: in_language(value, lang) for name, value in values.items()}
        if lang == "pl":
            told = {name: _as_figure(value) for name, value in told.items()}
        return plain(text(key, lang, **told))


class Clause(Sentence):
    """A whole sentence as a part of another one: without its full stop."""

    __slots__ = ()

    @staticmethod
    def _filled(key: str, lang: str, values: dict[str, Any]) -> str:
        return Sentence._filled(key, lang, values).rstrip(".")  # noqa: SLF001 its own base


_POLISH = {ord(","): "\u00a0", ord("."): ","}


class _Count(int):
    """A whole number in a Polish sentence."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).translate(_POLISH)


class _Figure(float):
    """A number in a Polish sentence."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).translate(_POLISH)


def _as_figure(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return _Count(value) if isinstance(value, int) else _Figure(value)


def in_language(words: object, lang: str) -> object:
    """
    Words in one language where they know it, as they are otherwise.

    Examples
    --------
    >>> in_language("height_m", "pl")
    'height_m'
    """
    if hasattr(words, "told"):
        return words.told(lang)
    if isinstance(words, list | tuple):
        return type(words)(in_language(one, lang) for one in words)
    return words


def joined(words: Any, between: str = ", ") -> Sentence | str:
    """Sentences one after the other, each of which still knows its other language."""
    parts = [part for part in words if part]
    if not any(hasattr(part, "told") for part in parts):
        return between.join(parts)
    found = parts[0]
    for part in parts[1:]:
        found = Sentence("error.joined", first=found, between=between, then=part)
    return found


def _kept(value: Any) -> Any:
    if hasattr(value, "told") or isinstance(value, _OF_PYTHON):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def _again(kind: type[Sentence], key: str, values: dict[str, Any]) -> Sentence:
    return kind(key, **values)
