"""
The errors a user of ped_geo can meet.

::

    PedGeoError                 catch this one to catch them all
    ├── StudyError              a district file or a setting is wrong
    ├── SourceError             a provider, a file or the network failed
    │   └── ChecksumError       a frozen snapshot is not what it was
    ├── LayerError              a table lacks what a step needs
    └── RunError                a run cannot go on: folder, lock, disk

Each message says in one sentence what, where, which value, which bound and what to do.

Examples
--------
>>> try:
...     raise StudyError("districts/x.toml", ["[pv] module_w is unknown", "[place] is missing"])
... except PedGeoError as error:
...     print(error)
districts/x.toml has 2 problems:
- [pv] module_w is unknown
- [place] is missing
"""

from __future__ import annotations

from collections.abc import Sequence

from ped_geo.language.sentences import Sentence, in_language

__all__ = ["ChecksumError", "LayerError", "NetworkUnreachable", "PedGeoError", "RunError", "SourceError", "StudyError"]


class PedGeoError(Exception):
    """
    Base of all errors meant for people; the command line prints its message and exits with `exit_code`.

    Parameters
    ----------
    subject : str
        What is wrong, or the whole sentence where there is only one problem: a `Sentence`, or a name that is the same in all languages.
    problems : sequence of str, optional
        All problems found in `subject`, in the order in which the user meets them.

    Examples
    --------
    >>> import geopandas, ped_geo
    >>> try:
    ...     ped_geo.Place.from_frames(buildings=geopandas.GeoDataFrame())
    ... except ped_geo.PedGeoError as error:
    ...     print(error)
    the frames of a place: ...
    """

    exit_code = 1

    def __init__(self, subject: str, problems: Sequence[str] = ()) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__(self.told("en"))

    def __reduce__(self) -> tuple[type, tuple[str, tuple[str, ...]]]:
        """Travel between processes with all that a sentence needs in another language."""
        return type(self), (self.subject, self.problems)

    def told(self, lang: str) -> str:
        """
        The message in one language.

        Examples
        --------
        >>> print(StudyError("districts/x.toml", [Sentence("error.column_is_missing", name="id")] * 2).told("pl"))
        districts/x.toml – liczba problemów: 2:
        - brakuje kolumny „id”
        - brakuje kolumny „id”
        """
        subject = str(in_language(self.subject, lang))
        told = [str(in_language(problem, lang)) for problem in self.problems]
        if not told:
            message = subject
        elif len(told) == 1:
            message = f"{subject}: {told[0]}"
        else:
            message = "\n".join([Sentence("error.problems", subject=subject, count=len(told)).told(lang), *(f"- {one}" for one in told)])
        # input is quoted here, and a terminal would obey its control characters
        return "".join(letter if letter.isprintable() or letter in "\n\u00a0" else "\ufffd" for letter in message)


class StudyError(PedGeoError):
    """A district file or a setting is wrong."""


class SourceError(PedGeoError):
    """A provider, an input file or the network failed; nothing was written."""

    exit_code = 2


class NetworkUnreachable(SourceError):
    """No server answered at all: there is no network, or none to that address."""


class ChecksumError(SourceError):
    """A file of a frozen snapshot has changed since it was written."""


class LayerError(PedGeoError):
    """A table lacks a column, holds values out of bounds or is empty where a step needs rows."""


class RunError(PedGeoError):
    """A run cannot go on: the folder is not writable, the disk is full or another run holds it."""

    exit_code = 3
