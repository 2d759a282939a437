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

__all__ = ["ChecksumError", "LayerError", "NetworkUnreachable", "PedGeoError", "RunError", "SourceError", "StudyError"]


class PedGeoError(Exception):
    """
    Base of all errors meant for people; the command line prints its message and exits with `exit_code`.

    Parameters
    ----------
    subject : str
        What is wrong, or the whole sentence where there is only one problem.
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
        if not self.problems:
            message = subject
        elif len(self.problems) == 1:
            message = f"{subject}: {self.problems[0]}"
        else:
            message = "\n".join([f"{subject} has {len(self.problems)} problems:", *(f"- {problem}" for problem in self.problems)])
        # input is quoted here, and a terminal would obey its control characters
        super().__init__("".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in message))


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
