"""Accounts of groups of blocks, from the layers that the other stages leave: one way for a block, a candidate and the district."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.accounts import Accounts, ratio
from ped_geo.balance import balance_of_groups, variant_named
from ped_geo.flows import Groups, today_and_new, with_places
from ped_geo.kpis import KPIS, kpi_frame
from ped_geo.networks.density import connected_trenches
from ped_geo.verdicts import peq as _peq  # noqa: F401  an indicator needs what it works out

if TYPE_CHECKING:
    from ped_geo.balance import EnergyInputs
    from ped_geo.study import Study, Variant

__all__ = ["GroupLayers", "accounts_of_groups", "kpis_of_groups", "pv_sizes"]

Floats = npt.NDArray[np.floating]

CHUNK = 64
"""Groups whose hours are held at a time."""


NEEDS = ["heat_need_kwh_a", "hot_water_need_kwh_a", "cooling_need_kwh_a"]
MONEY = {
    "investment": "investment",
    "grant": "grant",
    "saving_a": "saving_a",
    "npv": "net_present_value",
    "annual_cost_a": "annual_cost",
    "pv_annual_cost_a": "pv_annual_cost",
    "heat_annual_cost_a": "heat_annual_cost",
}
"""Columns of ``variant_costs``, and the fields of `Accounts` that they fill."""


@dataclass(frozen=True)
class GroupLayers:
    """
    Layers of the schema that hold what other stages know.

    Attributes
    ----------
    balance, variant_costs : DataFrame
        Index (``block_id``, ``variant``).
    blocks : DataFrame
        Index ``block_id``.
    need : DataFrame
        Index (``building_id``, ``package``).
    pv_buildings : DataFrame
        Index ``building_id``.
    probabilities : DataFrame
        Index (``group_id``, ``variant``); ``p_positive``.
    pv_places : DataFrame, optional
        Index (``building_id``, ``place``): modules beyond the roofs.
    heat_density : DataFrame, optional
        Index (``block_id``, ``package``, ``connection_rate``).
    summer_blocks : DataFrame, optional
        Index (``block_id``, ``package``, ``climate``).
    """

    balance: pd.DataFrame
    blocks: pd.DataFrame
    need: pd.DataFrame
    pv_buildings: pd.DataFrame
    variant_costs: pd.DataFrame
    probabilities: pd.DataFrame
    pv_places: pd.DataFrame | None = None
    heat_density: pd.DataFrame | None = None
    summer_blocks: pd.DataFrame | None = None


def accounts_of_groups(inputs: EnergyInputs, study: Study, groups: Groups, known: GroupLayers) -> Iterator[tuple[Groups, Accounts]]:
    """
    Accounts of groups of blocks, some at a time, so that memory holds the hours of some.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its first variant is today.
    groups : Groups
        Blocks alone, candidates or the district.
    known : GroupLayers

    Yields
    ------
    tuple of Groups and Accounts
        Groups, in their order, and their accounts.
    """
    figures = _of_blocks(inputs, study, groups.variants, known)
    for some in groups.chunks(CHUNK):
        own = _with_layer(Accounts(inputs, study, some, known.blocks), known.balance)
        today = _with_layer(Accounts(inputs, study, some.all_in(study.variants[0].key), known.blocks), known.balance)
        others: dict[str, Any] = {**_balances(own, today), **_figures(some, figures), **_chances(inputs, some, known)}
        yield some, own.with_known(hours=own.hours, flows=own.flows, **others)


def kpis_of_groups(inputs: EnergyInputs, study: Study, groups: Groups, known: GroupLayers) -> pd.DataFrame:
    """
    All indicators of groups of blocks.

    Parameters are those of `accounts_of_groups`.

    Returns
    -------
    DataFrame
        Index ``group``, columns indicators.
    """
    tables = [kpi_frame(accounts, some.keys) for some, accounts in accounts_of_groups(inputs, study, groups, known)]
    if not tables:
        return pd.DataFrame(columns=list(KPIS.load()), index=pd.Index([], name="group", dtype="str"), dtype="float64")
    return pd.concat(tables).rename_axis("group")


def _alone(groups: Groups) -> bool:
    return bool((groups.size == 1).all())


def _with_layer(accounts: Accounts, balance: pd.DataFrame) -> Accounts:
    """Blocks alone have their flows in the layer ``balance`` already."""
    groups = accounts.groups
    if not _alone(groups):
        return accounts
    members = pd.MultiIndex.from_arrays([groups.block, groups.part_index.get_level_values("variant")])
    return accounts.with_known(flows=balance.reindex(members).set_axis(groups.part_index))


def _balances(own: Accounts, today: Accounts) -> dict[str, dict[str, Floats]]:
    """Columns of the layer ``balance`` for each group, in its variants and today."""

    def columns(one: Accounts) -> dict[str, Floats]:
        whole = one.flows if _alone(one.groups) else balance_of_groups(one.flows, one.groups, one.study)
        return dict(zip(map(str, whole), whole.to_numpy(dtype=float).T, strict=True))

    return {"balance": columns(own), "baseline": columns(today)}


def _figures(groups: Groups, figures: pd.DataFrame) -> dict[str, Floats]:
    """What other stages know of the blocks, summed over each group."""
    names = np.array(groups.variants, dtype=object)[groups.kind]
    of_members = figures.reindex(pd.MultiIndex.from_arrays([names, groups.block]))
    summed = {str(name): groups.sums(column) for name, column in of_members.items()}
    light, new = summed.pop("pv_light_kwh_a"), summed.pop("pv_new_kwp")
    return summed | {"pv_irradiation_kwh_m2": ratio(light, new)}


def _chances(inputs: EnergyInputs, groups: Groups, known: GroupLayers) -> dict[str, Floats]:
    """Chance of each group of being positive: the district in one variant, a block, or a candidate with its own choice."""
    first = np.searchsorted(groups.part_number, np.arange(len(groups)))
    several = np.bincount(groups.part_number, minlength=len(groups)) > 1
    variant = np.where(several, "chosen", np.array(groups.variants, dtype=object)[groups.part_kind[first]])
    whole = ~several & (groups.size == len(inputs.blocks))
    names = pd.MultiIndex.from_arrays([np.where(whole, "district", groups.keys.to_numpy(dtype=object)), variant])
    return {"probability_positive": known.probabilities["p_positive"].reindex(names).to_numpy(dtype=float)}


def _reference_yield_kwh_a(pv: pd.DataFrame) -> pd.Series:
    """What the new modules of each building would make of their light at standard conditions: yield over performance ratio [kWh/a]."""
    return (pv["annual_yield_kwh_a"] / pv["performance_ratio"].where(pv["performance_ratio"] > 0)).fillna(0.0)


def pv_sizes(roofs: pd.DataFrame, variant: Variant, study: Study) -> pd.DataFrame:
    """
    Power and area of the modules that yield in a variant: arrays of today, and new ones where it has them.

    Parameters
    ----------
    roofs : DataFrame
        ``capacity_kwp`` of new arrays, ``existing_kwp`` of those there are [kWp], ``module_area_m2`` of the new ones [m²].
    variant : Variant
    study : Study

    Returns
    -------
    DataFrame
        ``pv_capacity_kwp`` [kWp] and ``module_area_m2`` [m²], index as `roofs`.
    """
    per_kwp = study.assumed("pv.module_area") / study.assumed("pv.module_wp") * 1000.0
    return pd.DataFrame(
        {
            "pv_capacity_kwp": today_and_new(roofs["existing_kwp"], roofs["capacity_kwp"], variant.pv),
            "module_area_m2": today_and_new(roofs["existing_kwp"] * per_kwp, roofs["module_area_m2"], variant.pv),
        }
    )


def _trenches(density: pd.DataFrame | None, package: str, blocks: pd.Index) -> pd.DataFrame:
    """`connected_trenches` of one package; not a number where no network was looked for."""
    if density is None:
        return pd.DataFrame({"connected_heat_mwh_a": np.nan, "trench_m": np.nan}, index=blocks)
    return pd.DataFrame(connected_trenches(density).xs(package, level="package").reindex(blocks))


def _warm(known: GroupLayers, package: str, blocks: pd.Index) -> pd.DataFrame:
    """Hours above the fixed limit times heated floor of each block, in both climates; no column where summer was not computed [m²h/a]."""
    table = known.summer_blocks
    if table is None:
        return pd.DataFrame(index=blocks)
    # where nothing is heated no package has a summer
    rows = pd.DataFrame(table[table.index.get_level_values("package") == package].droplevel("package"))
    amounts = (rows["fixed_hours_h"] * rows["reference_area_m2"]).unstack("climate").reindex(columns=["today", "hot_future"])
    return amounts.reindex(blocks, fill_value=0.0).add_prefix("warm_m2h_")


def _of_blocks(inputs: EnergyInputs, study: Study, variants: tuple[str, ...], known: GroupLayers) -> pd.DataFrame:
    """What other stages know of each block in each variant, all of it figures that add up; index (variant, block_id)."""
    block = inputs.buildings["block_id"]
    pv = known.pv_buildings.assign(pv_light_kwh_a=_reference_yield_kwh_a(known.pv_buildings), pv_new_kwp=known.pv_buildings["capacity_kwp"])

    def summed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        return frame[names].groupby(block.reindex(frame.index).to_numpy()).sum().reindex(inputs.blocks, fill_value=0.0)

    names = ["capacity_kwp", "existing_kwp", "module_area_m2", "roof_area_m2", "pv_light_kwh_a", "pv_new_kwp"]
    chosen = [variant_named(study, key) for key in variants]
    needs = {package: summed(pd.DataFrame(known.need.xs(package, level="package")), NEEDS) for package in {one.package for one in chosen}}
    figures, modules = {}, {}
    for variant in chosen:
        money = pd.DataFrame(known.variant_costs.xs(variant.key, level="variant"))[list(MONEY)].rename(columns=MONEY).reindex(inputs.blocks)
        if variant.places not in modules:
            modules[variant.places] = summed(with_places(pv, known.pv_places, variant.places), names)
        roofs = modules[variant.places]
        sizes = pv_sizes(roofs, variant, study)
        pipes = _trenches(known.heat_density, variant.package, inputs.blocks)
        warm = _warm(known, variant.package, inputs.blocks)
        parts = [needs[variant.package], warm, pipes, sizes, roofs[["roof_area_m2", "pv_light_kwh_a", "pv_new_kwp"]], money]
        figures[variant.key] = pd.concat(parts, axis=1)
    return pd.concat(figures, names=["variant"])
