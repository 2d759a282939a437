"""The accounting applied to groups of blocks that share their electricity hour by hour: many groups at a time, or one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.balance.blocks import EnergyInputs, electricity_flows, electricity_row, variant_named, weigh_flows
from ped_geo.balance.factors import FactorSet
from ped_geo.engine import let_go
from ped_geo.errors import LayerError
from ped_geo.flows import HEAT_CARRIERS, Group, Groups, today_and_new
from ped_geo.language.sentences import Sentence
from ped_geo.study import BATTERY, NO_STORAGE, Study, Variant

__all__ = [
    "GroupHours",
    "balance_of_groups",
    "district_balance",
    "flows_of_groups",
    "group_balance",
    "group_flows",
    "group_hourly",
    "hours_of_groups",
    "summed_hours",
]

Floats = npt.NDArray[np.floating]

MEMBERS = 256
"""Blocks whose hours are held at a time."""


@dataclass(frozen=True)
class GroupHours:
    """
    Hours of several groups, each an array of shape (groups, hours).

    Attributes
    ----------
    index : DatetimeIndex
        The hours.
    heat_kw, services_kw, pv_kw : ndarray
        Electricity for heat, that of households and services, and what the roofs make. [kW]
    """

    index: pd.DatetimeIndex
    heat_kw: Floats
    services_kw: Floats
    pv_kw: Floats

    @property
    def load_kw(self) -> Floats:
        """All electricity that is used [kW]."""
        return self.heat_kw + self.services_kw

    def taken(self, wanted: npt.NDArray[np.bool_]) -> GroupHours:
        """Those of some groups."""
        return GroupHours(self.index, self.heat_kw[wanted], self.services_kw[wanted], self.pv_kw[wanted])


def summed_hours(frame: pd.DataFrame, block: pd.Index, number: npt.NDArray[np.intp], count: int) -> Floats:
    """
    Hours of blocks summed by group, shape (count, hours); a block without a column adds nothing.

    Parameters
    ----------
    frame : DataFrame
        Index hours, columns ``block_id``. [kW]
    block : Index
        Members.
    number : ndarray of int
        Group of each member, never falling.
    count : int
        Groups.
    """
    summed = np.zeros((count, len(frame)))
    column = frame.columns.get_indexer(block)
    known = column >= 0
    number = number[known]
    used, column = np.unique(column[known], return_inverse=True)
    # a frame may hold each column apart; those of other groups are not copied
    taken = frame if len(used) == frame.shape[1] else frame.take(used, axis=1)
    values = taken.to_numpy().T
    first = np.searchsorted(number, np.arange(count + 1))
    single = np.flatnonzero(np.diff(first) == 1)
    summed[single] = values[column[first[single]]]
    done: dict[bytes, Floats] = {}
    for group in np.flatnonzero(np.diff(first) > 1):
        of_group = column[first[group] : first[group + 1]]
        # variants of one place have the same members
        key = of_group.tobytes()
        if key not in done:
            done[key] = _summed(taken, values, of_group)
        summed[group] = done[key]
    let_go(frame)
    return summed


def _summed(frame: pd.DataFrame, values: Floats, rows: npt.NDArray[np.intp]) -> Floats:
    total = np.zeros(values.shape[1])
    for start in range(0, len(rows), MEMBERS):
        total += values[rows[start : start + MEMBERS]].sum(axis=0, dtype=float)
        let_go(frame)
    return total


def _of_stores(variant: Variant) -> str:
    """The variant itself where it has storage, whose hours are its own."""
    return "" if variant.storage == NO_STORAGE else variant.key


def _alike(hours_of: Mapping[int, tuple[str, ...]]) -> list[list[int]]:
    """Variants that share their hours."""
    return [[kind for kind, other in hours_of.items() if other == one] for one in dict.fromkeys(hours_of.values())]


def hours_of_groups(inputs: EnergyInputs, study: Study, groups: Groups) -> GroupHours:
    """
    Hours of groups of blocks, each of which shares its electricity.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its ``variants``.
    groups : Groups
        As many as memory holds: three arrays of (groups, hours).

    Raises
    ------
    LayerError
        If a block is unknown or a variant's package and supply are missing.
    """
    unknown = groups.block.unique().difference(inputs.blocks)
    if len(unknown):
        raise LayerError(Sentence("error.group_blocks"), [Sentence("error.block_holds_no_building_this", block=block) for block in unknown])
    count, index = len(groups), pd.DatetimeIndex(inputs.electricity_hourly.index)
    heat = np.zeros((count, len(index)))
    variants = [variant_named(study, key) for key in groups.variants]
    for alike in _alike({kind: (variant.package, variant.supply, _of_stores(variant)) for kind, variant in enumerate(variants)}):
        of_kind = np.isin(groups.kind, alike)
        heat += summed_hours(inputs.of_supply(variants[alike[0]])[0], groups.block[of_kind], groups.number[of_kind], count)
    today = inputs.pv_existing_hourly
    existing = np.zeros((count, len(index))) if today is None else summed_hours(today, groups.block, groups.number, count)
    new = np.zeros((count, len(index)))
    for alike in _alike({kind: (*variant.places, _of_stores(variant)) for kind, variant in enumerate(variants) if variant.pv}):
        of_kind = np.isin(groups.kind, alike)
        new += summed_hours(inputs.new_pv(variants[alike[0]]), groups.block[of_kind], groups.number[of_kind], count)
    services = summed_hours(inputs.electricity_hourly, groups.block, groups.number, count)
    made = today_and_new(existing, new, True)
    # what a battery takes in an hour is all of the surplus but for rounding
    made = np.maximum(made, 0.0) if any(variant.storage == BATTERY for variant in variants) else made
    return GroupHours(index, heat, services, made)


def flows_of_groups(inputs: EnergyInputs, study: Study, groups: Groups, hours: GroupHours | None = None) -> pd.DataFrame:
    """
    Energy that crosses the boundary of groups of blocks which share their electricity hour by hour.

    Parameters
    ----------
    inputs, study, groups
        As for `hours_of_groups`.
    hours : GroupHours, optional
        Those of the groups, where they are known.

    Returns
    -------
    DataFrame
        One row per part of a group, its blocks with one variant (carriers of heat keep their supply option), index (``group``,
        ``variant``); shared electricity stands in the first row of a group. Columns as in `ped_geo.balance.block_flows`.
    """
    hours = hours_of_groups(inputs, study, groups) if hours is None else hours
    parts = len(groups.part_number)
    found: dict[str, Floats] = {}
    for kind, key in enumerate(groups.variants):
        of_kind = groups.kind == kind
        carriers = inputs.of_supply(variant_named(study, key))[1]
        rows = carriers.index.get_indexer(groups.block[of_kind])
        for name in carriers:
            values = np.append(carriers[name].to_numpy(dtype=float), 0.0)[rows]
            summed = np.bincount(groups.part[of_kind], weights=values, minlength=parts)
            found[str(name)] = found.get(str(name), 0.0) + summed
    frame = pd.DataFrame(found, index=groups.part_index)
    frame = frame.rename(columns={f"{carrier}_kwh_a": f"{carrier}_delivered_kwh_a" for carrier in HEAT_CARRIERS})
    flows = electricity_flows(hours.heat_kw, hours.services_kw, hours.pv_kw, hours.index, study)
    first = np.searchsorted(groups.part_number, np.arange(len(groups)))
    for name, value in electricity_row(flows, hours.load_kw, hours.pv_kw).items():
        column = np.zeros(parts)
        column[first] = value
        frame[name] = column
    frame["reference_area_m2"] = np.bincount(groups.part, weights=groups.figures(inputs.reference_area_m2), minlength=parts)
    return frame


def balance_of_groups(flows: pd.DataFrame, groups: Groups, study: Study, *, factors: FactorSet | None = None) -> pd.DataFrame:
    """
    Balance of groups of blocks: candidates, or the whole district.

    Parameters
    ----------
    flows : DataFrame
        From `flows_of_groups`.
    groups : Groups
    study : Study
        Its ``balance`` and ``variants``.
    factors : FactorSet, optional
        Default: the study's set.

    Returns
    -------
    DataFrame
        Index ``group``; the columns of layer ``balance`` for each group as a whole.
    """
    weighted = weigh_flows(flows, study, factors=factors)
    values = weighted.fillna(0.0)
    total = pd.DataFrame({name: groups.over_parts(values[name]) for name in weighted}, index=groups.keys.rename("group"))
    area, pv, use = (total[name].where(total[name] > 0) for name in ("reference_area_m2", "pv_kwh_a", "electricity_use_kwh_a"))
    renewable = sum(total[f"renewable_{perimeter}_kwh_a"] for perimeter in ("on_site", "nearby", "distant"))
    used = renewable + total["primary_energy_nren_step_a_kwh_a"]
    return total.assign(
        primary_energy_nren_kwh_m2a=total["primary_energy_nren_kwh_a"] / area,
        co2_kg_m2a=total["co2_kg_a"] / area,
        self_consumption=total["pv_used_kwh_a"] / pv,
        self_sufficiency=total["pv_used_kwh_a"] / use,
        rer=renewable / used.where(used > 0),
    )


def _one(choice: Mapping[str, str]) -> Groups:
    return Groups.of([Group("group", choice)])


def group_hourly(inputs: EnergyInputs, study: Study, choice: Mapping[str, str]) -> pd.DataFrame:
    """
    Hours of a group of blocks that share their electricity: `hours_of_groups` of one.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its ``variants``.
    choice : mapping
        ``block_id`` → variant, one for each block of the group.

    Returns
    -------
    DataFrame
        Index hours; ``heat_kw`` (electricity for heat), ``services_kw``, ``load_kw`` (both), ``pv_kw``, ``net_kw`` (import above
        zero) [kW].

    Raises
    ------
    LayerError
        If a block is unknown or a variant's package and supply are missing.
    """
    hours = hours_of_groups(inputs, study, _one(choice))
    heat, services, load, pv = hours.heat_kw[0], hours.services_kw[0], hours.load_kw[0], hours.pv_kw[0]
    columns = {"heat_kw": heat, "services_kw": services, "load_kw": load, "pv_kw": pv, "net_kw": load - pv}
    return pd.DataFrame(columns, index=inputs.electricity_hourly.index)


def group_flows(inputs: EnergyInputs, study: Study, choice: Mapping[str, str]) -> pd.DataFrame:
    """
    Energy that crosses the boundary of one group of blocks: `flows_of_groups` of one.

    Parameters
    ----------
    inputs, study, choice
        As for `group_hourly`.

    Returns
    -------
    DataFrame
        One row per variant that occurs, index ``variant``; shared electricity stands in the first row.
    """
    return flows_of_groups(inputs, study, _one(choice)).droplevel("group")


def group_balance(inputs: EnergyInputs, study: Study, choice: Mapping[str, str], *, factors: FactorSet | None = None) -> pd.Series:
    """
    Balance of one group of blocks: `balance_of_groups` of one.

    Parameters
    ----------
    inputs, study, choice
        As for `group_hourly`.
    factors : FactorSet, optional
        Default: the study's set.

    Returns
    -------
    Series
        The columns of layer ``balance`` for the whole group.
    """
    groups = _one(choice)
    return balance_of_groups(flows_of_groups(inputs, study, groups), groups, study, factors=factors).iloc[0].rename(None)


def district_balance(inputs: EnergyInputs, study: Study) -> pd.DataFrame:
    """
    Balance of the whole district for each variant, all blocks sharing their electricity.

    Returns
    -------
    DataFrame
        Index ``variant``; the columns of layer ``balance``.
    """
    groups = Groups.together(inputs.blocks, [variant.key for variant in study.variants])
    return balance_of_groups(flows_of_groups(inputs, study, groups), groups, study).rename_axis("variant")
