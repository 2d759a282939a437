"""
What people get: one file per kind of product, each found by itself.

An output is a module of this package that registers an `Output`; its `write` function puts files into a folder that is
renamed into place only when every output is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ped_geo._registry import Registry
from ped_geo.figures.reader import FigureReader
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTPUTS", "Output", "Results"]


@dataclass(frozen=True)
class Results:
    """
    All that a run found, as the outputs see it.

    Attributes
    ----------
    study : Study
        The run's settings.
    site : Site
        The point for which sun and weather were computed.
    layers : mapping of str to DataFrame or GeoDataFrame
        Every layer by its name in `ped_geo.schema`.
    provenance : mapping
        Where each input came from: ``place`` and ``weather``, each with source, licence, attribution and files.
    origin : str
        ``snapshot``, ``live``, ``file`` or ``sample``: which of the data orders of the design applied.
    """

    study: Study
    site: Site
    layers: Mapping[str, pd.DataFrame]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "file"

    @property
    def complete(self) -> bool:
        """Whether the whole way was gone; else the country has no pack, and there are form, sun and PV alone."""
        return "balance" in self.layers

    def __post_init__(self) -> None:
        """Take control characters out of all words, once for all products."""
        from ped_geo.outputs.escapes import plain_layers

        object.__setattr__(self, "layers", plain_layers(self.layers))

    @cached_property
    def figures(self) -> FigureReader:
        """What is printed of the district, its blocks and candidates."""
        return FigureReader(self.layers["figures"])


@dataclass(frozen=True)
class Output:
    """
    One kind of product.

    Attributes
    ----------
    key : str
        Name on the command line.
    place : str
        ``processed`` (``data/processed/<district>/``), ``publish`` (its folder for a portal) or ``maps`` (``maps/``).
    write : callable
        ``write(results, folder) -> list of Path``: files made in `folder`.
    order : int
        The output with the lowest number takes longest: it is written while the others are, one after another. None reads the file
        of another.
    needs_pack : bool
        Whether it tells heat, balance or money, for which the place's country must have a pack.
    """

    key: str
    place: Literal["processed", "maps", "publish"]
    write: Callable[[Results, Path], list[Path]]
    order: int = 50
    needs_pack: bool = True


OUTPUTS: Registry[Output] = Registry("ped_geo.outputs", "output")
