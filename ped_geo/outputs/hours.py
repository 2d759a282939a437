"""Hourly electricity of the whole district in one variant, for charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.flows import today_and_new
from ped_geo.outputs import Results
from ped_geo.study import Variant

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["district_hours"]


def district_hours(results: Results, variant: Variant) -> tuple[pd.Series, pd.Series]:
    """
    Electricity use and PV by the hour [kW].

    Parameters
    ----------
    results : Results
        The run.
    variant : Variant
        Package, supply and whether PV is built.

    Returns
    -------
    use, pv : Series, shape (8760,)
    """
    layers = results.layers
    use = layers["electricity_hourly"].sum(axis=1).astype("float64")
    supply = layers["supply_electricity_hourly"]
    use = use + supply[variant.package][variant.supply].sum(axis=1).astype("float64")
    today, new = (layers[name].sum(axis=1).astype("float64") for name in ("pv_existing_hourly", "pv_hourly"))
    return use, today_and_new(today, new, variant.pv)
