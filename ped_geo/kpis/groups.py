"""Accounts of the district and of single blocks, from the layers that the other stages leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.balance import hours_of_blocks
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.kpis.accounts import Accounts, accounts_of
from ped_geo.verdicts import Case

if TYPE_CHECKING:
    from ped_geo.balance import EnergyInputs
    from ped_geo.study import Study, Variant

__all__ = ["GroupLayers", "accounts_of_blocks", "accounts_of_district", "pv_sizes"]

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
        Index with a level ``variant``; ``scope``, ``p_positive``.
    """

    balance: pd.DataFrame
    blocks: pd.DataFrame
    need: pd.DataFrame
    pv_buildings: pd.DataFrame
    variant_costs: pd.DataFrame
    probabilities: pd.DataFrame


def accounts_of_district(inputs: EnergyInputs, study: Study, known: GroupLayers) -> dict[str, Accounts]:
    """
    Accounts of the whole district in every variant.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its first variant is today.
    known : GroupLayers

    Returns
    -------
    dict
        Variant's key → accounts.
    """

    def case(variant: Variant) -> Case:
        return Case(inputs, study, dict.fromkeys(inputs.blocks, variant.key), known.blocks)

    today = case(study.variants[0])
    roofs = known.pv_buildings.select_dtypes("number").sum().to_frame().T
    light, capacity = float(_reference_yield_kwh_a(known.pv_buildings).sum()), float(roofs["capacity_kwp"].iloc[0])
    chances = known.probabilities.reset_index()
    district = chances[chances["scope"] == "district"].set_index("variant")["p_positive"]
    accounts = {}
    for variant in study.variants:
        need = pd.DataFrame(known.need.xs(variant.package, level="package"))[NEEDS].sum()
        money = pd.DataFrame(known.variant_costs.xs(variant.key, level="variant")).sum()
        fields = {
            **{name: float(need[name]) for name in NEEDS},
            **{str(name): float(size) for name, size in pv_sizes(roofs, variant, study).iloc[0].items()},
            "roof_area_m2": float(roofs["roof_area_m2"].iloc[0]),
            "pv_irradiation_kwh_m2": light / capacity if capacity > 0 else np.nan,
            **{field: float(money[column]) for column, field in MONEY.items()},
            "probability_positive": float(district.get(variant.key, np.nan)),
        }
        accounts[variant.key] = accounts_of(case(variant), today=today, **fields)
    return accounts


def accounts_of_blocks(inputs: EnergyInputs, study: Study, variant: Variant, known: GroupLayers) -> dict[tuple[str, str], Accounts]:
    """
    Accounts of every block with heated floor in one variant.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its first variant is today.
    variant : Variant
        The variant.
    known : GroupLayers

    Returns
    -------
    dict
        (``block_id``, variant's key) → accounts.
    """
    balance = pd.DataFrame(known.balance.xs(variant.key, level="variant"))
    today = pd.DataFrame(known.balance.xs(study.variants[0].key, level="variant"))
    fields = _of_blocks(inputs, study, variant, known)
    areas = balance["reference_area_m2"].astype(float)
    found = {}
    for name, hours in hours_of_blocks(inputs, variant, [str(name) for name in areas.index[areas > LEAST_FLOOR_M2]]):
        flows = balance.loc[[name]].set_axis([variant.key])
        case = Case(inputs, study, {name: variant.key}, known.blocks).with_known(hours=hours, flows=flows)
        of_block: dict[str, Any] = {str(column): value for column, value in fields.loc[name].items()}
        own, before = balance.loc[name].to_dict(), today.loc[name].to_dict()
        found[name, variant.key] = accounts_of(case, balance=own, baseline=before, **of_block)
    return found


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
            "pv_capacity_kwp": roofs["capacity_kwp"] * variant.pv + roofs["existing_kwp"],
            "module_area_m2": roofs["module_area_m2"] * variant.pv + roofs["existing_kwp"] * per_kwp,
        }
    )


def _of_blocks(inputs: EnergyInputs, study: Study, variant: Variant, known: GroupLayers) -> pd.DataFrame:
    """What other stages know of each block in a variant, under the names of `Accounts`; index block_id."""
    block = inputs.buildings["block_id"]
    need = pd.DataFrame(known.need.xs(variant.package, level="package"))
    wants = need[NEEDS].groupby(block.reindex(need.index).to_numpy()).sum()
    pv = known.pv_buildings
    roofs = pv[["capacity_kwp", "existing_kwp", "module_area_m2", "roof_area_m2"]].groupby(block.reindex(pv.index).to_numpy()).sum()
    light = _reference_yield_kwh_a(pv).groupby(block.reindex(pv.index).to_numpy()).sum()
    sizes = pv_sizes(roofs, variant, study)
    money = pd.DataFrame(known.variant_costs.xs(variant.key, level="variant"))
    every = known.probabilities
    found = {
        **{name: wants[name] for name in NEEDS},
        "pv_capacity_kwp": sizes["pv_capacity_kwp"],
        "module_area_m2": sizes["module_area_m2"],
        "roof_area_m2": roofs["roof_area_m2"],
        "pv_irradiation_kwh_m2": light / roofs["capacity_kwp"].where(roofs["capacity_kwp"] > 0),
        **{field: money[column] for column, field in MONEY.items()},
        "probability_positive": pd.DataFrame(every[every["scope"] == "block"].xs(variant.key, level="variant"))["p_positive"],
    }
    return pd.DataFrame({name: column.reindex(inputs.blocks) for name, column in found.items()}).fillna(
        {"probability_positive": np.nan, **dict.fromkeys(["pv_capacity_kwp", "module_area_m2", "roof_area_m2", *NEEDS], 0.0)}
    )
