"""Draws of the use of buildings of which nobody tells it, by their odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ped_geo.uncertainty.inputs import Floats, place_by_odds

__all__ = ["USE", "Uses"]

USE = "use_odds"
"""Input that is drawn by the odds of the use: its draws are numbers in the order of the uses, 1 where the use is told."""

LEAST_FACTOR = 1e-3
"""Need of a use over the mean, below which it is as good as none."""

_ACTS_ON = ("space_heat", "hot_water", "electricity_use")


@dataclass(frozen=True)
class Uses:
    """
    Odds over uses of `n` buildings.

    Attributes
    ----------
    chance : ndarray, shape (n, k)
        Chance of each use; a told use is the first for sure. [-]
    logs : dict of ndarray, shape (n, k)
        For each component that the use decides, the logarithm of its need over the mean over the odds. [-]
    """

    chance: Floats
    logs: dict[str, Floats]

    @classmethod
    def of(cls, uses: pd.DataFrame | None, buildings: pd.Index) -> Uses:
        """From the layer ``use_need``, for buildings in their order."""
        if uses is None or uses.empty:
            none = np.zeros((len(buildings), 1))
            return cls(none + 1.0, dict.fromkeys(_ACTS_ON, none))
        chance = uses["chance"].unstack().reindex(buildings)
        sure = chance.isna().any(axis=1).to_numpy()[:, None]
        logs = {name: np.log(np.maximum(uses[name].unstack().reindex(buildings).fillna(1.0).to_numpy(), LEAST_FACTOR)) for name in _ACTS_ON}
        return cls(
            np.where(sure, np.eye(1, chance.shape[1]), chance.to_numpy()), {name: np.where(sure, 0.0, log) for name, log in logs.items()}
        )

    def rows(self, rows: np.ndarray) -> Uses:
        """Some of the buildings."""
        return Uses(self.chance[rows], {name: logs[rows] for name, logs in self.logs.items()})

    @property
    def open(self) -> np.ndarray:
        """Buildings whose use is not sure, shape (n,)."""
        return self.chance.max(axis=1) < 1.0

    def drawn(self, scores: Floats) -> Floats:
        """Number of the use of each building in each draw, from 1, which a told use has, shape (n, draws); from normal scores."""
        return np.asarray(1.0 + place_by_odds(scores.T, self.chance).T, dtype=np.float64)

    def of_draws(self, numbers: Floats, component: str) -> Floats:
        """Logarithm of the need of the drawn uses over the mean, shape (n, draws)."""
        return np.take_along_axis(self.logs[component], numbers.astype(np.intp) - 1, axis=1)
