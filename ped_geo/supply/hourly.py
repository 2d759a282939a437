"""Electricity for heating hour by hour, per block: the annual final energy laid over the hours in which it is used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.engine import let_go
from ped_geo.errors import LayerError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study
from ped_geo.supply._heat_pumps import flow_temperature
from ped_geo.supply._supply import SUPPLIES, HeatPump
from ped_geo.supply.final import beyond_network, supply_of, supply_today

__all__ = ["electricity_hourly", "heat_profile", "variant_pairs"]

Floats = npt.NDArray[np.float64]
BLOCKS_AT_ONCE = 64
"""Hours of so many blocks are worked on in double precision at a time, so that what a large place takes is its result."""

PARTS = ("electricity_heating_kwh_a", "electricity_hot_water_kwh_a", "auxiliary_kwh_a")


def variant_pairs(study: Study) -> tuple[tuple[str, str], ...]:
    """
    Packages and supplies of the study's variants, each pair once.

    Examples
    --------
    >>> variant_pairs(Study(name="x"))[-1]
    ('near_zero', 'heat_pump_air')
    """
    return tuple(dict.fromkeys((variant.package, variant.supply) for variant in study.variants))


def _annual(final_energy: pd.DataFrame, pair: tuple[str, str], buildings: pd.DataFrame, joins: pd.DataFrame | None) -> pd.DataFrame:
    """Electricity of a pair by block and supply that serves: its parts [kWh/a] and the mean design flow [°C]."""
    keys = pd.MultiIndex.from_frame(final_energy.index.to_frame()[["package", "supply"]])
    if pair not in keys:
        raise LayerError(Sentence("error.layer_final_energy_lacks_package_with", pair=pair[0], pair_2=pair[1]))
    rows = pd.DataFrame(final_energy.xs(pair, level=("package", "supply")))
    inside = buildings.loc[rows.index]
    of_package = pd.MultiIndex.from_arrays([rows.index, [pair[0]] * len(rows)])
    serving = supply_of(pair[1], supply_today(inside).to_numpy(dtype=object), beyond_network(joins, of_package))
    table = rows[list(PARTS)].assign(block_id=inside["block_id"].astype("str").to_numpy(), serving=serving)
    table["flow"] = rows["flow_design_c"].to_numpy(float) * rows["electricity_heating_kwh_a"].to_numpy(float)
    summed = table[table["block_id"] != ""].groupby(["block_id", "serving"]).sum()
    heated = summed["electricity_heating_kwh_a"]
    summed["flow"] = np.where(heated > 0, summed["flow"] / heated.where(heated > 0, 1.0), _mean_flow(rows))
    return summed


def _mean_flow(rows: pd.DataFrame) -> float:
    """A flow temperature for blocks without electric heating, where it changes nothing [°C]."""
    return float(rows["flow_design_c"].mean())


def heat_profile(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """
    Space heating of all blocks together, which weighs the hours of machines that heat the place.

    Parameters
    ----------
    parts : sequence of DataFrame, shape (hours, packages · blocks)
        Space heating [kW], columns (``package``, ``block_id``): of a district, or of the tiles of a city.

    Returns
    -------
    DataFrame, shape (hours, packages)
        Columns (``package``, ``block_id`` of no name) [kW]. Blocks are added one after the other in the order of their names, so that
        the sums do not depend on the tiles.
    """
    packages = list(parts[0].columns.unique(level="package"))
    order = sorted((str(block), number) for number, part in enumerate(parts) for block in part.columns.unique(level="block_id"))
    values = [part.to_numpy().T for part in parts]
    rows = [{tuple(map(str, column)): row for row, column in enumerate(part.columns)} for part in parts]
    sums = np.zeros((len(packages), len(parts[0])))
    for block, number in order:
        for place, package in enumerate(packages):
            sums[place] += values[number][rows[number][str(package), block]]
    columns = pd.MultiIndex.from_tuples([(str(package), "") for package in packages], names=["package", "block_id"])
    return pd.DataFrame(sums.T, index=parts[0].index, columns=columns)


def _shares(power: Floats) -> Floats:
    """Hours normalised to a sum of 1 per block; even where a block has none. Shape (hours, blocks)."""
    total = power.sum(axis=0)
    even = np.full_like(power, 1.0 / len(power))
    return np.where(total > 0, power / np.where(total > 0, total, 1.0), even)


def _load_of_flow(flow_design_c: Floats, study: Study) -> Floats:
    """Inverse of `flow_temperature` at the design temperature."""
    room = study.assumed("building.t_internal")
    excess = (flow_design_c - room) / (study.assumed("supply.flow_design") - room)
    return np.clip(excess, 0.0, 1.0) ** study.assumed("supply.radiator_exponent")


def _drawn(machine: HeatPump | None, use: str, heat: Floats, flow_c: Floats, weather: pd.DataFrame, study: Study) -> Floats:
    """Electricity in the shape of the heat and, for a heat pump, of the hour's performance; shape (hours, blocks)."""
    if machine is None:
        return heat
    source = machine.source_c(weather, study)[:, None]
    if machine.central:
        flow = np.full((1, 1), study.assumed("supply.network_flow"))
    elif use == "hot_water":
        flow = np.full((1, 1), study.assumed("supply.flow_hot_water"))
    else:
        flow = flow_temperature(weather["temp_air"].to_numpy(float)[:, None], _load_of_flow(flow_c, study)[None, :], study)
    return heat / machine.cop(source, flow, study)


def _hours(hourly: pd.DataFrame, package: str, blocks: pd.Index) -> npt.NDArray[np.float32]:
    """Hours of the blocks in a package, shape (hours, blocks)."""
    if package not in hourly.columns.get_level_values(0):
        raise LayerError(Sentence("error.hourly_heat_lacks_package_it", package=package, names=", ".join(hourly.columns.unique(level=0))))
    found: npt.NDArray[np.float32] = pd.DataFrame(hourly[package]).reindex(columns=blocks, fill_value=0.0).to_numpy()
    return found


def _power(annual: pd.DataFrame, heat: Floats, water: Floats, weather: pd.DataFrame, study: Study) -> Floats:
    """Electricity of blocks that are served as `annual` says, shape (hours, blocks) [kW]."""
    blocks = annual.index.unique(level="block_id")
    power = np.zeros(heat.shape)
    running = _shares((heat > 0).astype(float))
    for key in annual.index.unique(level="serving"):
        part = annual.xs(key, level="serving").reindex(blocks, fill_value=0.0)
        machine = SUPPLIES[key].heat_pump
        flow = part["flow"].to_numpy(float)
        for use, shape, name in (("heating", heat, PARTS[0]), ("hot_water", water, PARTS[1])):
            energy = part[name].to_numpy(float)
            if energy.any():
                power += _shares(_drawn(machine, use, shape, flow, weather, study)) * energy
        power += running * part[PARTS[2]].to_numpy(float)
    return power


def electricity_hourly(
    final_energy: pd.DataFrame,
    heat_hourly: pd.DataFrame,
    hot_water_hourly: pd.DataFrame,
    buildings: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    joins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Electricity for heat and hot water in every hour, summed over the buildings of each block.

    Parameters
    ----------
    final_energy : DataFrame
        Result of `ped_geo.supply.final_energy`; its sums are kept.
    heat_hourly : DataFrame, shape (hours, packages · blocks)
        Heat, columns (``package``, ``block_id``) [kW]; only its shape over the year counts.
    hot_water_hourly : DataFrame, shape (hours, blocks)
        Hot water [kW]; only its shape over the year counts.
    buildings : DataFrame
        Layer ``buildings``: ``block_id`` and ``heat_supply``.
    weather : DataFrame, shape (hours, …)
        Hourly ``temp_air`` [°C], same index.
    study : Study
        Its variants and the assumptions.
    pairs : sequence of (package, supply), optional
        What to compute; default: the pairs of the study's variants.
    joins : DataFrame, optional
        Layer ``heat_joins``, as `ped_geo.supply.final_energy` takes it.

    Returns
    -------
    DataFrame, shape (hours, pairs · blocks)
        Mean power, float32, sorted columns (``package``, ``supply``, ``block_id``), blocks that hold buildings of
        `final_energy`. [kW]

    Raises
    ------
    LayerError
        If a pair is missing from the final energy or the hours.

    Notes
    -----
    Buildings of a block may have different supplies today: the electricity of each supply takes the block's hours of heat,
    over the hour's performance for heat pumps with the mean flow temperature of the buildings it serves, and is scaled to its
    annual sum. Pumps and fans run evenly through the hours in which the block is heated.
    """
    wanted = variant_pairs(study) if pairs is None else tuple(pairs)
    annual = {pair: _annual(final_energy, pair, buildings, joins) for pair in sorted(wanted)}
    labels = [(*pair, block) for pair, rows in annual.items() for block in rows.index.unique(level="block_id")]
    power = np.empty((len(labels), len(weather)), dtype=np.float32)
    place = 0
    for pair, rows in annual.items():
        blocks = rows.index.unique(level="block_id")
        serving = rows.index.get_level_values("block_id")
        for start in range(0, len(blocks), BLOCKS_AT_ONCE):
            some = blocks[start : start + BLOCKS_AT_ONCE]
            heat = _hours(heat_hourly, pair[0], some).astype(float)
            water = hot_water_hourly.reindex(columns=some, fill_value=0.0).to_numpy().astype(float)
            drawn = _power(rows[serving.isin(some)], heat, water, weather, study)
            power[place : place + drawn.shape[1]] = drawn.T
            place += drawn.shape[1]
            let_go(heat_hourly, hot_water_hourly)
    columns = pd.MultiIndex.from_tuples(labels, names=["package", "supply", "block_id"])
    return pd.DataFrame(power.T, index=weather.index, columns=columns)
