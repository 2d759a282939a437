"""What sharing brings to the district and to each candidate, and which legal forms they could use."""

from __future__ import annotations

import pandas as pd

from ped_geo.accounts import Accounts
from ped_geo.balance import EnergyInputs, variant_named
from ped_geo.finance import store_money
from ped_geo.flows import Group, Groups, today_and_new, with_places
from ped_geo.sharing.forms import community_of, usable_forms
from ped_geo.sharing.matching import sharing_levels
from ped_geo.study import BATTERY, HEAT_STORE, Study

__all__ = ["sharing_of_groups"]


def sharing_of_groups(
    inputs: EnergyInputs, study: Study, groups: Groups, pv_buildings: pd.DataFrame, pv_places: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Own use at every level, and the legal forms, of several groups of blocks.

    Parameters
    ----------
    inputs : EnergyInputs
        Buildings, carriers and hours.
    study : Study
        Its section ``sharing`` and the assumptions on storage.
    groups : Groups
        Which blocks, and each in which variant.
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
    for group in groups:
        accounts = Accounts(inputs, study, Groups.of([group]))
        places = {block: variant_named(study, key).places for block, key in group.choice.items()}
        of_building = {str(building): places.get(block, ()) for building, block in inputs.buildings["block_id"].items()}
        modules = with_places(pv_buildings, pv_places, of_building)
        made = modules["annual_yield_kwh_a"] + modules["existing_yield_kwh_a"]
        capacity = _capacity_kwp(inputs, study, group, modules)
        cop, peak = _heat_pumps(accounts)
        battery = _without_battery_kwp(inputs, study, group, capacity) * study.assumed("balance.battery_kwh_per_kwp")
        store = peak * study.assumed("balance.heat_store_hours")
        shared = sharing_levels(accounts, pv_yield_kwh_a=made, battery_kwh=battery, heat_store_kwh=store, cop=cop)
        levels[group.key] = shared.join(_money(shared, {BATTERY: battery, HEAT_STORE: store}, study))
        forms[group.key] = _forms(accounts, capacity)
    return pd.concat(levels, names=["group_id"]), pd.concat(forms, names=["group_id"])


def _money(levels: pd.DataFrame, sizes: dict[str, float], study: Study) -> pd.DataFrame:
    """What each store of the community costs and is worth against the same community without it [money]."""
    rows = levels.loc[levels.index.isin(list(sizes))]
    without = levels.loc["community"]
    size = pd.Series(sizes).reindex(rows.index)
    table = pd.DataFrame(
        {
            "capacity_kwh": size,
            "power_kw": size * study.assumed("balance.battery_power_per_kwh"),
            "import_avoided_kwh_a": without["imported_kwh_a"] - rows["imported_kwh_a"],
            "export_avoided_kwh_a": without["exported_kwh_a"] - rows["exported_kwh_a"],
        }
    )
    return store_money(table, rows.index == BATTERY, study)[["investment", "npv"]]


def _capacity_kwp(inputs: EnergyInputs, study: Study, group: Group, pv_buildings: pd.DataFrame) -> pd.Series:
    """PV of each building of the group under its block's variant: what is there today, and the new modules where the variant has them."""
    block = inputs.buildings["block_id"]
    of_group = pv_buildings[block.reindex(pv_buildings.index).isin(list(group.choice)).to_numpy()]
    with_pv = {name: variant_named(study, key).pv for name, key in group.choice.items()}
    new = block.reindex(of_group.index).map(with_pv).astype(bool)
    return today_and_new(of_group["existing_kwp"], of_group["capacity_kwp"], new)


def _without_battery_kwp(inputs: EnergyInputs, study: Study, group: Group, capacity: pd.Series) -> float:
    """PV of the blocks whose variant brings no batteries of its own [kWp]."""
    lone = [block for block, key in group.choice.items() if variant_named(study, key).storage != BATTERY]
    return float(capacity[inputs.buildings["block_id"].reindex(capacity.index).isin(lone)].sum())


def _heat_pumps(accounts: Accounts) -> tuple[float, float]:
    """Yearly coefficient of performance of the group's heat pumps [-] and their highest heat [kW]; no heat without heat pumps."""
    ambient, electricity = float(accounts.annual("ambient_kwh_a")[0]), accounts.flexible_kw[0]
    if ambient <= 0 or electricity.sum() <= 0:
        return 1.0, 0.0
    cop = 1.0 + ambient / float(electricity.sum())
    return cop, float(electricity.max()) * cop


def _forms(accounts: Accounts, capacity: pd.Series) -> pd.DataFrame:
    buildings, study = accounts.inputs.buildings, accounts.study
    use = float(accounts.annual("electricity_use_kwh_a")[0])
    inside = buildings[buildings["block_id"].isin(accounts.groups.block)]
    cover = float(accounts.annual("pv_kwh_a")[0]) / use if use > 0 else 0.0
    return usable_forms(
        community_of(inside, capacity, cover=cover, in_city=study.sharing.in_city), on=study.sharing.law_on, country=study.country
    )
