"""A dictionary that fills itself: the mechanism by which a new measure, supply, indicator or source needs one file."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence

__all__ = ["Registry"]

T = TypeVar("T")


@dataclass
class Registry(Generic[T]):
    """
    Named entries that the modules of one package add when they are imported.

    Parameters
    ----------
    package : str
        Full name of the package whose modules hold the entries.
    noun : str
        What one entry is called in messages.
    """

    package: str
    noun: str
    _entries: dict[str, T] = field(default_factory=dict)
    _loaded: bool = False

    def add(self, key: str, entry: T) -> T:
        """
        Register one entry and give it back.

        Raises
        ------
        ValueError
            If the key is taken: two files claim the same name.
        """
        if key in self._entries:
            raise ValueError(f"two {self.noun}s are called {key!r} in {self.package}")
        self._entries[key] = entry
        return entry

    def load(self) -> dict[str, T]:
        """All entries, sorted by key; imports every module of the package on first use."""
        if not self._loaded:
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")
            self._loaded = True
        return dict(sorted(self._entries.items()))

    def declared(self) -> list[T]:
        """All entries in the order in which they were added; imports every module of the package on first use."""
        self.load()
        return list(self._entries.values())

    def __getitem__(self, key: str) -> T:
        """
        One entry by name.

        Raises
        ------
        StudyError
            If nothing is registered under `key`; the message lists what is.
        """
        if not self._loaded:
            self.load()
        if key not in self._entries:
            raise StudyError(Sentence("error.unknown_known", noun=self.noun, key=key, names=", ".join(self.load())))
        return self._entries[key]
