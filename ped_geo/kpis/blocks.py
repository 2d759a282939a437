"""Accounts of single blocks, from the layers that the other stages leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.balance import hours_of_blocks
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.kpis.accounts import Accounts, accounts_of
from ped_geo.verdicts import Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.balance import EnergyInputs
    from ped_geo.study import Study, Variant

__all__ = ["accounts_of_blocks", "pv_sizes"]


def accounts_of_blocks(
    inputs: EnergyInputs, study: Study, variant: Variant, layers: Mapping[str, pd.DataFrame]
) -> dict[tuple[str, str], Accounts]:
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
    layers : mapping
        ``balance``, ``blocks``, ``need``, ``pv_buildings``, ``variant_costs`` and ``probabilities``.

    Returns
    -------
    dict
        (``block_id``, variant's key) → accounts.
    """
    balance = pd.DataFrame(layers["balance"].xs(variant.key, level="variant"))
    today = pd.DataFrame(layers["balance"].xs(study.variants[0].key, level="variant"))
    known = _known(inputs, study, variant, layers)
    areas = balance["reference_area_m2"].astype(float)
    found = {}
    for name, hours in hours_of_blocks(inputs, variant, [str(name) for name in areas.index[areas > LEAST_FLOOR_M2]]):
        flows = balance.loc[[name]].set_axis([variant.key])
        case = Case(inputs, study, {name: variant.key}, layers["blocks"]).with_known(hours=hours, flows=flows)
        of_block: dict[str, Any] = {str(column): value for column, value in known.loc[name].items()}
        own, before = balance.loc[name].to_dict(), today.loc[name].to_dict()
        found[name, variant.key] = accounts_of(case, balance=own, baseline=before, **of_block)
    return found


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


def _known(inputs: EnergyInputs, study: Study, variant: Variant, layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What other stages know of each block in a variant, under the names of `Accounts`; index block_id."""
    block = inputs.buildings["block_id"]
    need = pd.DataFrame(layers["need"].xs(variant.package, level="package"))
    names = ["heat_need_kwh_a", "hot_water_need_kwh_a", "cooling_need_kwh_a"]
    wants = need[names].groupby(block.reindex(need.index).to_numpy()).sum()
    pv = layers["pv_buildings"]
    roofs = pv[["capacity_kwp", "existing_kwp", "module_area_m2", "roof_area_m2"]].groupby(block.reindex(pv.index).to_numpy()).sum()
    sizes = pv_sizes(roofs, variant, study)
    money = pd.DataFrame(layers["variant_costs"].xs(variant.key, level="variant"))
    every = layers["probabilities"]
    chances = pd.DataFrame(every[every["scope"] == "block"].xs(variant.key, level="variant"))["p_positive"]
    found = {
        **{name: wants[name] for name in names},
        "pv_capacity_kwp": sizes["pv_capacity_kwp"],
        "module_area_m2": sizes["module_area_m2"],
        "roof_area_m2": roofs["roof_area_m2"],
        "investment_pln": money["investment_pln"],
        "grant_pln": money["grant_pln"],
        "saving_pln_a": money["saving_pln_a"],
        "net_present_value_pln": money["npv_pln"],
        "pv_annual_cost_pln": money["pv_annual_cost_pln_a"],
        "heat_annual_cost_pln": money["heat_annual_cost_pln_a"],
        "probability_positive": chances,
    }
    return pd.DataFrame({name: column.reindex(inputs.blocks) for name, column in found.items()}).fillna(
        {"probability_positive": np.nan, **dict.fromkeys(["pv_capacity_kwp", "module_area_m2", "roof_area_m2", *names], 0.0)}
    )
