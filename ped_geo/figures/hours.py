"""Electricity of the whole district by the hour and by the month, for charts and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.engine import let_go
from ped_geo.flows import CANOPY, FACADE
from ped_geo.study import BATTERY, NO_STORAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study, Variant

__all__ = ["district_hours", "load_duration", "monthly"]


def _whole(frame: pd.DataFrame) -> pd.Series:
    total = frame.sum(axis=1).astype("float64")
    let_go(frame)
    return total


def district_hours(layers: Layers, variants: Iterable[Variant]) -> Iterator[tuple[Variant, pd.Series, pd.Series]]:
    """
    Electricity use and PV of the district by the hour.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        ``electricity_hourly``, ``supply_electricity_hourly``, ``pv_hourly``, ``pv_existing_hourly``,
        ``pv_facade_hourly``, ``pv_canopy_hourly``, ``storage_hourly``.
    variants : iterable of Variant
        Each with package, supply and whether PV is built.

    Yields
    ------
    variant, use, pv : Variant, Series, Series
        Shape (8760,). [kW]
    """
    common, today, roofs = (_whole(layers[name]) for name in ("electricity_hourly", "pv_existing_hourly", "pv_hourly"))
    beyond = {FACADE: _whole(layers["pv_facade_hourly"]), CANOPY: _whole(layers["pv_canopy_hourly"])}
    for variant in variants:
        for_heat = _whole(layers["supply_electricity_hourly"][variant.package][variant.supply])
        new = sum((beyond[place] for place in variant.places), start=roofs)
        use, made = common + for_heat, today + new * float(variant.pv)
        stored = layers["storage_hourly"].get(variant.key) if variant.storage != NO_STORAGE else None
        if stored is not None:
            given = _whole(stored)
            use, made = (use, made + given) if variant.storage == BATTERY else (use - given, made)
        yield variant, use, made


def monthly(layers: Layers, study: Study) -> pd.DataFrame:
    """
    Electricity of each variant by the month.

    Returns
    -------
    DataFrame, index (``variant``, ``month``)
        ``use_kwh``, ``pv_kwh``, ``import_kwh``, ``export_kwh``: what is bought and sold when the whole district nets every hour;
        ``peak_import_kw``: the most that is bought within an hour.
    """
    months = {}
    for variant, use, pv in district_hours(layers, study.variants):
        net = use - pv
        parts = {"use_kwh": use, "pv_kwh": pv, "import_kwh": net.clip(lower=0.0), "export_kwh": (-net).clip(lower=0.0)}
        month = pd.DatetimeIndex(use.index).month
        table = pd.DataFrame(parts).groupby(month).sum()
        months[variant.key] = table.assign(peak_import_kw=parts["import_kwh"].groupby(month).max())
    return pd.concat(months, names=["variant", "month"])


def load_duration(layers: Layers, variant: Variant) -> pd.DataFrame:
    """
    Net load of the district in a variant, the highest hour first.

    Returns
    -------
    DataFrame, index ``hour``
        ``net_kw``; below zero the district sends electricity out.
    """
    _, use, pv = next(district_hours(layers, [variant]))
    return pd.DataFrame({"net_kw": np.sort((use - pv).to_numpy())[::-1]}).rename_axis("hour")
