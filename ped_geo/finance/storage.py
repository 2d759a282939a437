"""What batteries and heat stores cost and save."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.annuity import annuity_factor, discounted_sum, replacements
from ped_geo.finance.prices import price
from ped_geo.study import BATTERY, Study

__all__ = ["storage_money", "store_money"]


def storage_money(storage: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Money of the stores of each block and variant.

    Parameters
    ----------
    storage : DataFrame
        Layer ``storage``, index (``block_id``, ``variant``).
    study : Study
        Its ``variants``, its ``finance`` section, prices and lives.

    Returns
    -------
    DataFrame
        Index as `storage`: ``investment``, ``npv`` [money], ``gain_a``, ``annual_cost_a`` (annuity of the investment) [money/a].

    Notes
    -----
    What is not bought saves the price of electricity, what is not sold loses its value: a store earns their difference, less what it
    loses on the way. No grant is counted, though programmes for renewables pay for stores beside modules. Renewals and the residual value at the end of
    the horizon are in the present value (EN 15459-1).
    """
    batteries = [variant.key for variant in study.variants if variant.storage == BATTERY]
    return store_money(storage, storage.index.get_level_values("variant").isin(batteries), study)


def store_money(storage: pd.DataFrame, electric: npt.NDArray[np.bool_], study: Study) -> pd.DataFrame:
    """
    Money of stores, of which each is told to be a battery or a store of heat.

    Parameters
    ----------
    storage : DataFrame
        ``capacity_kwh`` [kWh], ``power_kw`` [kW], ``import_avoided_kwh_a`` and ``export_avoided_kwh_a`` [kWh/a].
    electric : ndarray of bool
        Whether a row is a battery.
    study : Study
        As in `storage_money`.

    Returns
    -------
    DataFrame
        As `storage_money` gives it.
    """
    size, power = storage["capacity_kwh"].to_numpy(float), storage["power_kw"].to_numpy(float)
    battery = size * study.assumed("prices.battery_per_kwh") + power * study.assumed("prices.battery_per_kw")
    spent = np.where(electric, battery, size * study.assumed("prices.heat_store_per_kwh"))
    life = np.where(electric, study.assumed("supply.battery_life"), study.assumed("supply.heat_store_life"))
    rate, years = study.finance.discount_rate, study.finance.horizon_a
    gain = storage["import_avoided_kwh_a"].to_numpy(float) * price("electricity", study)
    gain = gain - storage["export_avoided_kwh_a"].to_numpy(float) * price("electricity_export", study)
    worth = gain * discounted_sum(rate, years) - spent - replacements(spent, life, rate, years)
    return pd.DataFrame(
        {"investment": spent, "npv": worth, "gain_a": gain, "annual_cost_a": spent * annuity_factor(rate, life)}, index=storage.index
    )
