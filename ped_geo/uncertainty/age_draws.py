"""Construction periods and works that nobody told, drawn by their odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ped_geo.uncertainty.inputs import Floats, place_by_odds

__all__ = ["AGE", "WORKS", "Ages"]

LEAST_FACTOR = 1e-3
"""Heat of a period over the mean, below which it is as good as none."""

AGE, WORKS = "period_odds", "works_odds"
"""Inputs that are drawn by odds: the construction period, and how many works were done since."""


@dataclass(frozen=True)
class Ages:
    """
    Odds over construction periods of `n` buildings, and over the works done since.

    Attributes
    ----------
    chance, factor : ndarray, shape (n, k)
        Chance of each period, and the heat for rooms in it over the computed; what is told is the first for sure, at 1. [-]
    works_chance, works_factor : ndarray, shape (n, k, w)
        Chance of so many works in each period, and the heat for rooms after them over that of the period. [-]
    """

    chance: Floats
    factor: Floats
    works_chance: Floats
    works_factor: Floats

    @classmethod
    def of(cls, periods: pd.DataFrame | None, buildings: pd.Index) -> Ages:
        """From the layer ``period_need``, for buildings in their order."""
        count = len(buildings)
        if periods is None or periods.empty:
            return cls(*(np.ones((count, 1)),) * 2, *(np.ones((count, 1, 1)),) * 2)
        chance, factor = (periods[name].unstack().reindex(buildings) for name in ("chance", "heat_factor"))
        sure = chance.isna().any(axis=1).to_numpy()
        names = [str(name) for name in periods if str(name).startswith("works_")]
        columns = [[name for name in names if name.endswith(end)] for end in ("_chance", "_factor")]
        works, after = (np.stack([periods[name].unstack().reindex(buildings).to_numpy() for name in part], axis=2) for part in columns)
        return cls(
            np.where(sure[:, None], np.eye(1, chance.shape[1]), chance.to_numpy()),
            # a factor is raised to a power, and nought has no logarithm
            np.where(sure[:, None], 1.0, np.maximum(factor.to_numpy(), LEAST_FACTOR)),
            np.where(sure[:, None, None], np.eye(1, works.shape[2]), works),
            np.where(sure[:, None, None], 1.0, np.maximum(after, LEAST_FACTOR)),
        )

    def rows(self, rows: np.ndarray) -> Ages:
        """Some of the buildings."""
        return Ages(self.chance[rows], self.factor[rows], self.works_chance[rows], self.works_factor[rows])

    def open_to(self, key: str) -> np.ndarray:
        """Buildings whose period, or whose works, are not sure, shape (n,)."""
        return (self.chance.max(axis=1) < 1.0) if key == AGE else (self.works_chance.max(axis=2) < 1.0).any(axis=1)

    def drawn(self, scores: dict[str, Floats]) -> dict[str, Floats]:
        """Factor of the period and of the works in each draw, from normal scores of the inputs that there are, shape (draws, n) each."""
        rows = np.arange(len(self.chance))
        place = place_by_odds(scores[AGE], self.chance) if AGE in scores else self.chance.argmax(axis=1)[None, :]
        found = {AGE: self.factor[rows, place]} if AGE in scores else {}
        if WORKS in scores:
            done = place_by_odds(scores[WORKS], self.works_chance[rows, place])
            found[WORKS] = self.works_factor[rows, place, done]
        return found
