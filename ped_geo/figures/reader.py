"""How products look figures up."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from ped_geo.figures import FIGURES
from ped_geo.figures.amounts import DISTRICT

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FigureReader"]

Key = tuple[str, str, str]


class FigureReader:
    """
    Values of the layer ``figures``, and how they are printed.

    Parameters
    ----------
    table : DataFrame
        The layer.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._wide: dict[str, pd.DataFrame] = {}
        self._values: dict[str, dict[Key, float]] = {}

    def _scope(self, scope: str) -> pd.DataFrame:
        """Rows of a scope; index (``group_id``, ``variant``, ``figure``)."""
        levels = self.table.index
        return self.table[levels.get_level_values("scope") == scope].droplevel("scope")

    @cached_property
    def _edges(self) -> dict[tuple[str, str, str, str], tuple[float, float]]:
        known = self.table[["low", "high"]].dropna()
        return dict(zip(known.index, zip(known["low"].tolist(), known["high"].tolist(), strict=True), strict=True))

    def value(self, name: str, variant: str = "", scope: str = DISTRICT, identity: str = DISTRICT) -> float:
        """A figure of a group, not rounded; not a number where there is none."""
        if scope not in self._values:
            rows = self._scope(scope)["value"]
            self._values[scope] = dict(zip(rows.index, rows.tolist(), strict=True))
        return self._values[scope].get((identity, variant, FIGURES[name].name), float("nan"))

    def printed(self, name: str, variant: str = "", scope: str = DISTRICT, identity: str = DISTRICT) -> float | None:
        """A figure as it is printed, rounded by its declaration; None where there is none."""
        return FIGURES[name].printed(self.value(name, variant, scope, identity))

    def words(self, name: str, lang: str, variant: str = "", scope: str = DISTRICT, identity: str = DISTRICT) -> str:
        """A figure as the language writes it, an en dash where there is none."""
        return FIGURES[name].words(self.value(name, variant, scope, identity), lang)

    def edges(self, name: str, variant: str = "", scope: str = DISTRICT, identity: str = DISTRICT) -> tuple[float, float]:
        """Low and high of a figure; not numbers where the draws give none."""
        return self._edges.get((scope, identity, variant, FIGURES[name].name), (float("nan"), float("nan")))

    def wide(self, scope: str, names: Iterable[str]) -> pd.DataFrame:
        """
        Figures of all groups of a scope in each variant side by side.

        Returns
        -------
        DataFrame, index (``group_id``, ``variant``)
            A column for each of `names`.
        """
        pivoted = self._pivot(scope, names)
        return pivoted[pivoted.index.get_level_values("variant") != ""]

    def facts(self, scope: str, names: Iterable[str]) -> pd.DataFrame:
        """Figures that no variant changes, side by side; index ``group_id``."""
        pivoted = self._pivot(scope, names)
        return pivoted[pivoted.index.get_level_values("variant") == ""].droplevel("variant")

    def _pivot(self, scope: str, names: Iterable[str]) -> pd.DataFrame:
        if scope not in self._wide:
            self._wide[scope] = self._scope(scope)["value"].unstack("figure")
        return self._wide[scope].reindex(columns=[FIGURES[name].name for name in names])
