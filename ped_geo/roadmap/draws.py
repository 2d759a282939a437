"""Draws of what decades leave open: pace, savings that are reached, costs, and the paths of grid and network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ped_geo import assumptions
from ped_geo.flows import CARRIERS
from ped_geo.roadmap.years import TODAY, YEARS, YearFactors
from ped_geo.study import Study

__all__ = ["Draws", "drawn"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draws:
    """
    Draws, of which the first is central.

    Attributes
    ----------
    pace, saving_reached, cost_level : ndarray, shape (draws,)
        Factors on the rates, on the savings of works and on costs. [-]
    grid, network : ndarray, shape (draws,)
        Place of the path between its low (-1), central (0) and high end (1).
    cars_per_resident : ndarray, shape (draws,)
        Cars of each resident. [-]
    cars_shift : ndarray, shape (draws,)
        Years by which electric cars come later. [a]
    price_growth : ndarray, shape (draws,)
        Real yearly growth of energy prices. [1/a]
    """

    pace: Floats
    saving_reached: Floats
    cost_level: Floats
    grid: Floats
    network: Floats
    cars_per_resident: Floats
    cars_shift: Floats
    price_growth: Floats

    def price_levels(self) -> Floats:
        """Energy prices of each of `YEARS` over today's, shape (draws, years)."""
        return (1.0 + self.price_growth)[:, None] ** np.clip(YEARS - TODAY, 0, None)[None, :]

    def co2(self, low: YearFactors, central: YearFactors, high: YearFactors) -> Floats:
        """CO₂ factors of every draw, shape (draws, years, carriers) [kg/kWh]."""
        place = np.zeros((len(self.pace), len(CARRIERS)))
        place[:, CARRIERS.index("electricity")] = self.grid
        place[:, CARRIERS.index("district_heat")] = self.network
        up, down = np.clip(place, 0.0, None)[:, None, :], np.clip(-place, 0.0, None)[:, None, :]
        return central.co2 + up * (high.co2 - central.co2) + down * (low.co2 - central.co2)


def _triangular(random: np.random.Generator, study: Study, key: str, count: int) -> Floats:
    bounds, value = assumptions.scalar(key, study.country), study.assumed(key)
    low, high = min(bounds.low, value), max(bounds.high, value)
    rest = random.triangular(low, value, high, count - 1) if high > low else np.full(count - 1, value)
    return np.concatenate([[value], rest])


def drawn(study: Study, count: int) -> Draws:
    """
    Draws between the bounds of the assumptions ``roadmap.pace``, ``roadmap.saving_reached``, ``roadmap.cost_level``, ``demand.cars_per_resident``,
    ``roadmap.cars_shift`` and ``finance.energy_price_growth``.

    Parameters
    ----------
    study : Study
        Section ``uncertainty``: ``seed``.
    count : int
        Number of draws, the central one among them.
    """
    random = np.random.default_rng(study.uncertainty.seed)
    levels = [_triangular(random, study, f"roadmap.{name}", count) for name in ("pace", "saving_reached", "cost_level")]
    paths = [np.concatenate([[0.0], random.triangular(-1.0, 0.0, 1.0, count - 1)]) for _ in range(2)]
    # drawn last, so that the draws of buildings stay what they are without cars and prices
    rest = ("demand.cars_per_resident", "roadmap.cars_shift", "finance.energy_price_growth")
    return Draws(*levels, *paths, *(_triangular(random, study, key, count) for key in rest))
