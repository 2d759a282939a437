"""Own use of photovoltaics hour by hour: for single buildings, a block and a community that shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.accounts import Accounts
from ped_geo.balance import hours_of_blocks, variant_named
from ped_geo.storage import battery, heat_store

__all__ = ["OwnUse", "building_shares", "buildings_own_use", "own_use", "sharing_levels"]

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class OwnUse:
    """
    How one load and one production meet over a year.

    Attributes
    ----------
    load_kwh_a, generation_kwh_a, used_kwh_a, imported_kwh_a, exported_kwh_a : float
        Sums of the year. [kWh/a]
    peak_import_kw, peak_export_kw : float
        Highest hourly exchange at the connection. [kW]
    """

    load_kwh_a: float
    generation_kwh_a: float
    used_kwh_a: float
    imported_kwh_a: float
    exported_kwh_a: float
    peak_import_kw: float
    peak_export_kw: float

    @property
    def self_consumption(self) -> float:
        """Production used on site by production; not a number without production [-]."""
        return self.used_kwh_a / self.generation_kwh_a if self.generation_kwh_a > 0 else float("nan")

    @property
    def self_sufficiency(self) -> float:
        """Production used on site by load; not a number without load [-]."""
        return self.used_kwh_a / self.load_kwh_a if self.load_kwh_a > 0 else float("nan")


def own_use(load_kw: npt.ArrayLike, generation_kw: npt.ArrayLike) -> OwnUse:
    """
    Own use of one connection.

    Parameters
    ----------
    load_kw, generation_kw : array_like, shape (hours,)
        Load and production. [kW]

    Returns
    -------
    OwnUse

    Examples
    --------
    >>> one = own_use([1.0, 2.0], [3.0, 0.5])
    >>> one.used_kwh_a, one.exported_kwh_a, one.imported_kwh_a, round(one.self_sufficiency, 2)
    (1.5, 2.0, 1.5, 0.5)
    """
    load, made = np.asarray(load_kw, dtype=float), np.asarray(generation_kw, dtype=float)
    net = load - made
    used = float(np.minimum(load, made).sum())
    return OwnUse(
        float(load.sum()),
        float(made.sum()),
        used,
        float(np.maximum(net, 0).sum()),
        float(np.maximum(-net, 0).sum()),
        float(np.maximum(net, 0).max(initial=0.0)),
        float(np.maximum(-net, 0).max(initial=0.0)),
    )


def buildings_own_use(load_kw: npt.ArrayLike, generation_kw: npt.ArrayLike, load_share: npt.ArrayLike, made_share: npt.ArrayLike) -> Floats:
    r"""
    Own use of each building of a block whose buildings share the block's hours in proportion.

    Parameters
    ----------
    load_kw, generation_kw : array_like, shape (hours,)
        Load and production of the block. [kW]
    load_share, made_share : array_like, shape (buildings,)
        Each building's part of them. [-]

    Returns
    -------
    ndarray, shape (buildings,)
        Production used in the building that makes it. [kWh/a]

    Notes
    -----
    Own use of building i is :math:`a_i \sum_t \min(l_t, r_i g_t)` with :math:`r_i = b_i / a_i`. Sorted by :math:`l_t / g_t`, the
    hours in which load limits come first, so that two running sums and one search give every building without its hours.

    Examples
    --------
    >>> buildings_own_use([4.0, 4.0], [2.0, 8.0], [0.5, 0.5], [1.0, 0.0]).tolist()
    [4.0, 0.0]
    """
    load, made = np.asarray(load_kw, dtype=float), np.asarray(generation_kw, dtype=float)
    part, of_made = np.asarray(load_share, dtype=float), np.asarray(made_share, dtype=float)
    sunny = made > 0
    load, made = load[sunny], made[sunny]
    with np.errstate(over="ignore"):  # a trace of light at dawn: load limits nothing
        limit = load / made
    order = np.argsort(limit)
    load_below = np.concatenate([[0.0], np.cumsum(load[order])])
    made_above = made.sum() - np.concatenate([[0.0], np.cumsum(made[order])])
    ratio = np.where(part > 0, of_made, 0.0) / np.where(part > 0, part, 1.0)
    rank = np.searchsorted(limit[order], ratio)
    return part * (load_below[rank] + ratio * made_above[rank])


def building_shares(buildings: pd.DataFrame, pv_yield_kwh_a: pd.Series) -> pd.DataFrame:
    """
    Each building's part of its block's load and production.

    Parameters
    ----------
    buildings : DataFrame
        Index ``building_id``; ``block_id``, ``reference_area_m2`` [m²].
    pv_yield_kwh_a : Series
        Yield by building; buildings it lacks have none. [kWh/a]

    Returns
    -------
    DataFrame
        Index ``building_id``: ``block_id``, ``load_share`` (by heated floor area), ``made_share`` (by yield) [-].
    """
    inside = buildings[buildings["block_id"] != ""]
    made = pv_yield_kwh_a.reindex(inside.index, fill_value=0.0).fillna(0.0).astype(float)
    block, area = inside["block_id"], inside["reference_area_m2"].astype(float)

    def share(values: pd.Series) -> pd.Series:
        total = values.groupby(block).transform("sum")
        return (values / total.where(total > 0)).fillna(0.0)

    return pd.DataFrame({"block_id": block, "load_share": share(area), "made_share": share(made)})


def _block_hours(accounts: Accounts) -> Iterator[tuple[str, pd.DataFrame]]:
    inputs, study, choice = accounts.inputs, accounts.study, next(iter(accounts.groups)).choice
    for key in dict.fromkeys(choice.values()):
        yield from hours_of_blocks(inputs, variant_named(study, key), [block for block, chosen in choice.items() if chosen == key])


def _after_storage(load_kwh_a: float, generation_kwh_a: float, net_kw: Floats) -> OwnUse:
    imported, exported = np.maximum(net_kw, 0.0), np.maximum(-net_kw, 0.0)
    totals = float(imported.sum()), float(exported.sum())
    return OwnUse(load_kwh_a, generation_kwh_a, load_kwh_a - totals[0], *totals, float(imported.max()), float(exported.max()))


def sharing_levels(
    accounts: Accounts,
    *,
    pv_yield_kwh_a: pd.Series,
    battery_kwh: float = 0.0,
    heat_store_kwh: float = 0.0,
    cop: float = 1.0,
) -> pd.DataFrame:
    """
    What sharing brings: the same roofs and loads matched by building, by block, in a community, and with shared storage.

    Parameters
    ----------
    accounts : Accounts
        Of one group of blocks.
    pv_yield_kwh_a : Series
        Yield by building. [kWh/a]
    battery_kwh : float
        Capacity of the community's battery; zero: no row ``battery``. [kWh]
    heat_store_kwh, cop : float
        Heat that the stores of the heat pumps hold; zero: no row ``heat_store``. Heat per unit of their electricity. [kWh], [-]

    Returns
    -------
    DataFrame
        Index ``level`` (``building``, ``block``, ``community``, ``battery``, ``heat_store``): ``self_consumption``, ``self_sufficiency`` [-],
        ``used_kwh_a``, ``imported_kwh_a``, ``exported_kwh_a`` [kWh/a], ``peak_import_kw``, ``peak_export_kw`` [kW]; peaks of the
        level ``block`` are sums of the blocks' own peaks, those of single buildings are not kept.
    """
    shares, study = building_shares(accounts.inputs.buildings, pv_yield_kwh_a), accounts.study
    load_kw, generation_kw = accounts.load_kw[0], accounts.generation_kw[0]
    community = own_use(load_kw, generation_kw)
    single, blocks = 0.0, []
    for block, hours in _block_hours(accounts):
        block_load, block_made = hours["load_kw"].to_numpy(), hours["pv_kw"].to_numpy()
        blocks.append(own_use(block_load, block_made))
        of_block = shares[shares["block_id"] == block]
        single += float(buildings_own_use(block_load, block_made, of_block["load_share"], of_block["made_share"]).sum())
    load, made = community.load_kwh_a, community.generation_kwh_a
    by_block = sum(one.used_kwh_a for one in blocks)
    peaks = [sum(getattr(one, name) for one in blocks) for name in ("peak_import_kw", "peak_export_kw")]
    levels = {
        "building": OwnUse(load, made, single, load - single, made - single, float("nan"), float("nan")),
        "block": OwnUse(load, made, by_block, load - by_block, made - by_block, *peaks),
        "community": community,
    }
    net = load_kw - generation_kw
    if battery_kwh > 0:
        levels["battery"] = _after_storage(load, made, battery(net, capacity_kwh=battery_kwh, study=study).net)
    if heat_store_kwh > 0:
        store = heat_store(net, accounts.flexible_kw[0], capacity_kwh=heat_store_kwh, cop=cop, study=study)
        levels["heat_store"] = _after_storage(load, made, store.net)
    names = ("self_consumption", "self_sufficiency", "used_kwh_a", "imported_kwh_a", "exported_kwh_a", "peak_import_kw", "peak_export_kw")
    rows = {level: {name: getattr(one, name) for name in names} for level, one in levels.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("level")
