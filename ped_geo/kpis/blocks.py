"""Accounts of single blocks, from the layers that the other stages leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ped_geo.balance import hours_of_blocks
from ped_geo.kpis.accounts import Accounts, accounts_of
from ped_geo.verdicts import Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.balance import EnergyInputs
    from ped_geo.study import Study, Variant

__all__ = ["accounts_of_blocks"]


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
    known = _known(inputs, variant, layers)
    areas = balance["reference_area_m2"].astype(float)
    found = {}
    for name, hours in hours_of_blocks(inputs, variant, [str(name) for name in areas.index[areas > 1.0]]):
        flows = balance.loc[[name]].set_axis([variant.key])
        case = Case(inputs, study, {name: variant.key}, layers["blocks"]).with_known(hours=hours, flows=flows)
        of_block: dict[str, Any] = {str(column): value for column, value in known.loc[name].items()}
        own, before = balance.loc[name].to_dict(), today.loc[name].to_dict()
        found[name, variant.key] = accounts_of(case, balance=own, baseline=before, **of_block)
    return found


def _known(inputs: EnergyInputs, variant: Variant, layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What other stages know of each block in a variant, under the names of `Accounts`; index block_id."""
    block = inputs.buildings["block_id"]
    need = pd.DataFrame(layers["need"].xs(variant.package, level="package"))
    names = ["heat_need_kwh_a", "hot_water_need_kwh_a", "cooling_need_kwh_a"]
    wants = need[names].groupby(block.reindex(need.index).to_numpy()).sum()
    pv = layers["pv_buildings"]
    roofs = pv[["capacity_kwp", "module_area_m2", "roof_area_m2"]].groupby(block.reindex(pv.index).to_numpy()).sum()
    shown = 1.0 if variant.pv else 0.0
    money = pd.DataFrame(layers["variant_costs"].xs(variant.key, level="variant"))
    every = layers["probabilities"]
    chances = pd.DataFrame(every[every["scope"] == "block"].xs(variant.key, level="variant"))["p_positive"]
    found = {
        **{name: wants[name] for name in names},
        "pv_capacity_kwp": roofs["capacity_kwp"] * shown,
        "module_area_m2": roofs["module_area_m2"] * shown,
        "roof_area_m2": roofs["roof_area_m2"],
        "investment_pln": money["investment_pln"],
        "saving_pln_a": money["saving_pln_a"],
        "net_present_value_pln": money["npv_pln"],
        "pv_annual_cost_pln": money["pv_annual_cost_pln_a"],
        "heat_annual_cost_pln": money["heat_annual_cost_pln_a"],
        "probability_positive": chances,
    }
    return pd.DataFrame({name: column.reindex(inputs.blocks) for name, column in found.items()}).fillna(
        {"probability_positive": np.nan, **dict.fromkeys(["pv_capacity_kwp", "module_area_m2", "roof_area_m2", *names], 0.0)}
    )
