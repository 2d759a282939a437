"""What sharing brings to the district and to each candidate, and which legal forms they could use."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ped_geo.balance import EnergyInputs, group_flows, group_hourly, variant_named
from ped_geo.flows import today_and_new, with_places
from ped_geo.sharing.forms import community_of, usable_forms
from ped_geo.sharing.matching import sharing_levels
from ped_geo.study import Study

__all__ = ["sharing_of_groups"]

Choice = Mapping[str, str]


def sharing_of_groups(
    inputs: EnergyInputs, study: Study, choices: Mapping[str, Choice], pv_buildings: pd.DataFrame, pv_places: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Own use at every level, and the legal forms, of several groups of blocks.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its section ``sharing`` and the assumptions on storage.
    choices : mapping
        Group → (``block_id`` → variant).
    pv_buildings : DataFrame, index building_id
        ``capacity_kwp``, ``existing_kwp`` [kWp], ``annual_yield_kwh_a``, ``existing_yield_kwh_a`` [kWh/a].
    pv_places : DataFrame, optional
        Layer ``pv_places``: modules beyond the roofs, which count where a block's variant has them.

    Returns
    -------
    sharing : DataFrame
        Layer ``sharing``, index (``group_id``, ``level``).
    energy_communities : DataFrame
        Layer ``energy_communities``, index (``group_id``, ``form``).

    Notes
    -----
    The community's battery holds ``balance.battery_kwh_per_kwp`` for each kilowatt of PV, the heat stores
    ``balance.heat_store_hours`` of the heat pumps' highest heat; only heat pumps can be shifted.
    """
    levels, forms = {}, {}
    for name, choice in choices.items():
        places = {block: variant_named(study, key).places for block, key in choice.items()}
        of_building = {str(building): places.get(block, ()) for building, block in inputs.buildings["block_id"].items()}
        modules = with_places(pv_buildings, pv_places, of_building)
        made = modules["annual_yield_kwh_a"] + modules["existing_yield_kwh_a"]
        capacity = _capacity_kwp(inputs, study, choice, modules)
        cop, peak = _heat_pumps(inputs, study, choice)
        levels[name] = sharing_levels(
            inputs,
            study,
            choice,
            pv_yield_kwh_a=made,
            battery_kwh=float(capacity.sum()) * study.assumed("balance.battery_kwh_per_kwp"),
            heat_store_kwh=peak * study.assumed("balance.heat_store_hours"),
            cop=cop,
        )
        forms[name] = _forms(inputs, study, choice, capacity)
    return pd.concat(levels, names=["group_id"]), pd.concat(forms, names=["group_id"])


def _capacity_kwp(inputs: EnergyInputs, study: Study, choice: Choice, pv_buildings: pd.DataFrame) -> pd.Series:
    """PV of each building of the group under its block's variant: what is there today, and the new modules where the variant has them."""
    block = inputs.buildings["block_id"]
    mine = pv_buildings[block.reindex(pv_buildings.index).isin(list(choice)).to_numpy()]
    with_pv = {name: variant_named(study, key).pv for name, key in choice.items()}
    new = block.reindex(mine.index).map(with_pv).astype(bool)
    return today_and_new(mine["existing_kwp"], mine["capacity_kwp"], new)


def _heat_pumps(inputs: EnergyInputs, study: Study, choice: Choice) -> tuple[float, float]:
    """Yearly coefficient of performance of the group's heat pumps [-] and their highest heat [kW]; no heat without heat pumps."""
    ambient = float(group_flows(inputs, study, choice)["ambient_kwh_a"].sum())
    electricity = group_hourly(inputs, study, choice)["heat_kw"]
    if ambient <= 0 or electricity.sum() <= 0:
        return 1.0, 0.0
    cop = 1.0 + ambient / float(electricity.sum())
    return cop, float(electricity.max()) * cop


def _forms(inputs: EnergyInputs, study: Study, choice: Choice, capacity: pd.Series) -> pd.DataFrame:
    flows = group_flows(inputs, study, choice).sum(numeric_only=True)
    use = float(flows["electricity_use_kwh_a"])
    inside = inputs.buildings[inputs.buildings["block_id"].isin(list(choice))]
    cover = float(flows["pv_kwh_a"]) / use if use > 0 else 0.0
    return usable_forms(
        community_of(inside, capacity, cover=cover, in_city=study.sharing.in_city), on=study.sharing.law_on, country=study.country
    )
