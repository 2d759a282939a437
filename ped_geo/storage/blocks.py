"""
What the storage of a variant does in each block: its size, and what it takes and gives in every hour.

Each block's store sees the surplus and the shortfall of its own block, hour by hour and blind to the future; a group of blocks has the
sum of what its blocks' stores do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance import EnergyInputs, hours_of_blocks
from ped_geo.flows import today_and_new, with_places
from ped_geo.storage.dispatch import battery, heat_store
from ped_geo.study import BATTERY, NO_STORAGE, Study, Variant
from ped_geo.supply import SUPPLIES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COLUMNS", "block_storage"]

Floats = npt.NDArray[np.floating]

COLUMNS = ("capacity_kwh", "power_kw", "import_avoided_kwh_a", "export_avoided_kwh_a", "loss_kwh_a")


class _Stored(NamedTuple):
    """One store over a year: size [kWh], power [kW] and what it gives less what it takes, shape (hours,) [kW]."""

    capacity: float
    power: float
    given: Floats


def _battery(net: Floats, kwp: float, study: Study) -> _Stored:
    capacity = kwp * study.assumed("balance.battery_kwh_per_kwp")
    first = battery(net, capacity_kwh=capacity, study=study)
    year = battery(net, capacity_kwh=capacity, study=study, start_kwh=float(first.content[-1]))
    return _Stored(capacity, capacity * study.assumed("balance.battery_power_per_kwh"), year.discharge - year.charge)


def _heat_store(net: Floats, pump: Floats, ambient_kwh_a: float, study: Study) -> _Stored:
    """A store for the heat of heat pumps; none without them."""
    drawn = float(pump.sum())
    if drawn <= 0.0 or ambient_kwh_a <= 0.0:
        return _Stored(0.0, 0.0, np.zeros(len(net)))
    cop = 1.0 + ambient_kwh_a / drawn
    heat = float(pump.max()) * cop
    capacity = heat * study.assumed("balance.heat_store_hours")
    first = heat_store(net, pump, capacity_kwh=capacity, cop=cop, study=study)
    year = heat_store(net, pump, capacity_kwh=capacity, cop=cop, study=study, start_kwh=float(first.content[-1]))
    return _Stored(capacity, heat, pump - year.heat_pump)


def _row(net: Floats, stored: _Stored) -> dict[str, float]:
    after = net - stored.given
    bought, sold = (float(np.maximum(sign * net, 0.0).sum() - np.maximum(sign * after, 0.0).sum()) for sign in (1.0, -1.0))
    return dict(zip(COLUMNS, (stored.capacity, stored.power, bought, sold, sold - bought), strict=True))


def _modules_kwp(inputs: EnergyInputs, variant: Variant, pv_buildings: pd.DataFrame, pv_places: pd.DataFrame) -> pd.Series:
    """Power of all modules of each block in a variant [kWp]."""
    table = with_places(pv_buildings, pv_places, variant.places)
    block = inputs.buildings["block_id"].reindex(table.index).to_numpy()
    return today_and_new(table["existing_kwp"], table["capacity_kwp"], variant.pv).groupby(block).sum()


def _stores(
    inputs: EnergyInputs, variant: Variant, pv_buildings: pd.DataFrame, pv_places: pd.DataFrame, study: Study
) -> Iterator[tuple[str, Floats, _Stored]]:
    kwp = _modules_kwp(inputs, variant, pv_buildings, pv_places)
    ambient = inputs.of_supply(variant)[1]["ambient_kwh_a"]
    supply = SUPPLIES[variant.supply]
    # beyond the reach of a network heat pumps take its place
    pumps = supply.heat_pump is not None or supply.carrier == "district_heat"
    for block, hours in hours_of_blocks(inputs, variant, list(inputs.blocks)):
        net, heat = hours["net_kw"].to_numpy(float), hours["heat_kw"].to_numpy(float)
        if variant.storage == BATTERY:
            yield block, net, _battery(net, float(kwp.get(block, 0.0)), study)
        else:
            yield block, net, _heat_store(net, heat, float(ambient.get(block, 0.0)) * pumps, study)


def block_storage(
    inputs: EnergyInputs, pv_buildings: pd.DataFrame, pv_places: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Stores of each block in the variants that have some.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours, without storage.
    pv_buildings : DataFrame
        Layer ``pv_buildings``: ``capacity_kwp``, ``existing_kwp`` [kWp].
    pv_places : DataFrame
        Layer ``pv_places``.
    study : Study
        Its ``variants`` and the assumptions ``balance.battery_kwh_per_kwp``, ``balance.heat_store_hours`` and those of
        `ped_geo.storage.dispatch`.

    Returns
    -------
    storage : DataFrame
        Layer ``storage``, index (``block_id``, ``variant``): ``capacity_kwh`` of electricity or, in a heat store, of heat [kWh],
        ``power_kw`` [kW], ``import_avoided_kwh_a``, ``export_avoided_kwh_a`` and ``loss_kwh_a``, their difference [kWh/a].
    storage_hourly : DataFrame, shape (hours, variants · blocks)
        What each store gives to its block; below zero what it takes. Columns (``variant``, ``block_id``), float32. [kW]

    Notes
    -----
    The year is one of many alike: each store begins with what the year before leaves in it. A battery holds a fixed amount for each
    kilowatt of modules; a heat store some hours of the heat pumps' highest heat, raised with the year's mean performance.
    """
    rows: dict[tuple[str, str], dict[str, float]] = {}
    hours: dict[tuple[str, str], Floats] = {}
    for variant in study.variants:
        if variant.storage == NO_STORAGE:
            continue
        for block, net, stored in _stores(inputs, variant, pv_buildings, pv_places, study):
            rows[block, variant.key] = _row(net, stored)
            hours[variant.key, block] = stored.given.astype(np.float32)
    table = pd.DataFrame(list(rows.values()), columns=list(COLUMNS), dtype="float64")
    table.index = _pairs(list(rows), ["block_id", "variant"])
    frame = pd.DataFrame(dict(enumerate(hours.values())), index=inputs.electricity_hourly.index, dtype=np.float32)
    frame.columns = _pairs(list(hours), ["variant", "block_id"])
    return table.sort_index(), frame.sort_index(axis=1)


def _pairs(keys: list[tuple[str, str]], names: list[str]) -> pd.MultiIndex:
    first, second = ([pair[place] for pair in keys] for place in (0, 1))
    return pd.MultiIndex.from_arrays([pd.Index(first, dtype="str"), pd.Index(second, dtype="str")], names=names)
