"""What a row of final energy costs and weighs: bills, non-renewable primary energy and CO₂."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo._rows import row_products
from ped_geo.balance.factors import factor_set
from ped_geo.finance.annuity import discounted_sum
from ped_geo.finance.prices import CARRIERS, price, price_growth
from ped_geo.study import Study

__all__ = ["bill_worth", "bought", "weighted"]

Floats = npt.NDArray[np.float64]
NAMES = [f"{carrier}_kwh_a" for carrier in CARRIERS]


def _own_carrier(carrier: str, supply: str) -> str:
    """A supply that is a carrier of its own (``district_heat_…``) has its own price and factors."""
    return supply if carrier == "district_heat" and supply.startswith("district_heat_") else carrier


def bought(final_energy: pd.DataFrame) -> Floats:
    """
    Energy that is bought, all carriers.

    Parameters
    ----------
    final_energy : DataFrame
        ``<carrier>_kwh_a``. [kWh/a]

    Returns
    -------
    ndarray, shape (rows,)
        [kWh/a]
    """
    return final_energy[NAMES].sum(axis=1).to_numpy(float)


def weighted(final_energy: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Bills, primary energy and CO₂ of final energy.

    Parameters
    ----------
    final_energy : DataFrame
        Layer ``final_energy``, the level ``supply`` in its index. [kWh/a]
    study : Study
        Its prices and its ``balance.factor_set``.

    Returns
    -------
    DataFrame, shape (rows, 4)
        ``final_kwh_a``, ``bill_a``, ``primary_kwh_a`` (non-renewable) and ``co2_kg_a``; indexed as `final_energy`.
    """
    factors = factor_set(study.factor_set, study)
    supplies = final_energy.index.get_level_values("supply")
    energy = final_energy[NAMES].to_numpy(float)
    found = np.zeros((len(final_energy), 3))
    for key in dict.fromkeys(supplies):
        here = np.asarray(supplies == key)
        rows = []
        for carrier in CARRIERS:
            own = _own_carrier(carrier, key)
            weight = factors.weight(own if own in factors.carriers else carrier)
            rows.append((price(own, study), weight[1], weight[2]))
        found[here] = row_products(energy[here], np.array(rows))
    columns = {"final_kwh_a": bought(final_energy), **dict(zip(("bill_a", "primary_kwh_a", "co2_kg_a"), found.T, strict=True))}
    return pd.DataFrame(columns, index=final_energy.index)


def bill_worth(final_energy: pd.DataFrame, study: Study) -> Floats:
    """
    Present value of the energy bills of all years of the study's horizon, each carrier on its own price path.

    Parameters
    ----------
    final_energy : DataFrame
        Layer ``final_energy``, the level ``supply`` in its index. [kWh/a]
    study : Study
        Its prices, their growth, and ``finance.discount_rate`` and ``horizon_a``.

    Returns
    -------
    ndarray, shape (rows,)
        [PLN]
    """
    supplies = final_energy.index.get_level_values("supply")
    energy = final_energy[NAMES].to_numpy(float)
    found = np.zeros(len(final_energy))
    for key in dict.fromkeys(supplies):
        here = np.asarray(supplies == key)
        own = [_own_carrier(carrier, key) for carrier in CARRIERS]
        growth = np.array([price_growth(carrier, study) for carrier in own])
        years = discounted_sum(study.finance.discount_rate, study.finance.horizon_a, growth)
        found[here] = row_products(energy[here], np.array([price(carrier, study) for carrier in own]) * years)
    return found
