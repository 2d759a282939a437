"""Standard streams that end in a sentence, never in a traceback: closed, full, without a reader, or unable to write a letter."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import Final

from ped_geo.errors import RunError
from ped_geo.language.sentences import Sentence

__all__ = ["open_streams", "plain_letters"]

PLAIN: Final = str.maketrans({"ł": "l", "Ł": "L", "−": "-", "–": "-", "·": "*", "→": "->", "≥": ">=", "≤": "<=", "€": "EUR", "•": "-"})


def plain_letters(words: str) -> str:
    r"""
    Words in ASCII for a terminal that has no other letters: without accents, signs spelt out, the rest by its number.

    Examples
    --------
    >>> plain_letters("Osiedle Złotego Wieku: −5 kWh/(m²·a) 山")
    'Osiedle Zlotego Wieku: -5 kWh/(m2*a) \\u5c71'
    """
    spread = unicodedata.normalize("NFKD", words.translate(PLAIN))
    letters = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return letters.encode("ascii", "backslashreplace").decode("ascii")


def _replacement(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain_letters(error.object[error.start : error.end]), error.end


class _Stream(io.TextIOWrapper):
    """A stream that tells once what refuses it, or nothing where nobody reads, and takes the rest of the words for nobody."""

    tells = True

    def write(self, words: str) -> int:
        try:
            return super().write(words)
        except OSError as error:
            self._refused(error)
        return len(words)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        # whatever still waits to be written goes the same way when the program ends
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.tells and not isinstance(error, BrokenPipeError):
            raise RunError(Sentence("error.what_was_found_cannot_be", reason=error.strerror or error)) from None


def open_streams() -> None:
    """Make standard output and error of this process ready for whatever they lead to; for programs, not for libraries."""
    codecs.register_error("ped_geo", _replacement)
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # the next file to be opened would get the number, and be written to as if it were the terminal
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = _ready(sys.stdout, 1), _ready(sys.stderr, 2)
    sys.stderr.tells = False


def _ready(stream: object, number: int) -> _Stream:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    buffer = getattr(stream, "buffer", None) or io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    lines = bool(getattr(stream, "line_buffering", False))
    return _Stream(buffer, encoding=encoding, errors="ped_geo", line_buffering=lines)
