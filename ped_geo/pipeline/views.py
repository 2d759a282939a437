"""What several stages ask of the layers, worked out each time: a stage names the one it takes as a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.engine import view
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.balance import EnergyInputs
    from ped_geo.flows import Groups

__all__ = ["VIEWS"]


def inside(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings of the district, without the ring around it."""
    return buildings[buildings["in_district"]]


def standing(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings of the district; in a part of a city also those of the blocks around it, whose walls and roofs stand against them."""
    return buildings[buildings["in_district"] | (buildings["block_id"] != "")]


def energy(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    electricity_hourly: pd.DataFrame,
    supply_electricity_hourly: pd.DataFrame,
    pv_hourly: pd.DataFrame,
    pv_existing_hourly: pd.DataFrame,
    pv_facade_hourly: pd.DataFrame,
    pv_canopy_hourly: pd.DataFrame,
    storage_hourly: pd.DataFrame,
) -> EnergyInputs:
    """All from which balances of a year are made."""
    from ped_geo.balance import EnergyInputs

    return EnergyInputs(
        inside,
        final_energy,
        electricity_hourly,
        supply_electricity_hourly,
        pv_hourly,
        pv_existing_hourly=pv_existing_hourly,
        pv_facade_hourly=pv_facade_hourly,
        pv_canopy_hourly=pv_canopy_hourly,
        storage_hourly=storage_hourly,
    )


def options(balance: pd.DataFrame) -> pd.DataFrame:
    """Balance and investment of each block in each variant, as the search takes them."""
    names = {"primary_energy_balance_kwh_a": "balance_kwh_a", "investment": "investment"}
    return balance[list(names)].rename(columns=names)


def offered(options: pd.DataFrame, levers: pd.DataFrame, blocks: gpd.GeoDataFrame, *, study: Study) -> pd.DataFrame:
    """Options among which candidates are searched: ways that the place allows, and no block that would only pad a group."""
    from ped_geo.plans import offered_options

    return offered_options(options, levers, blocks, study)


def judged(
    buildings: gpd.GeoDataFrame,
    balance: pd.DataFrame,
    candidates: pd.DataFrame,
    levers: pd.DataFrame,
    blocks: gpd.GeoDataFrame,
    *,
    study: Study,
) -> Groups:
    """Groups that are judged: the district with the way that leads farthest, and each candidate with its own choice of blocks' variants."""
    from ped_geo.flows import Group, Groups
    from ped_geo.plans import impossible_variants

    held = sorted(set(buildings["block_id"]) - {""})
    closed = impossible_variants(levers, blocks, study)
    totals = balance["primary_energy_balance_kwh_a"].groupby(level="variant").sum()
    best = str(totals.reindex([variant.key for variant in study.variants if variant.key not in closed]).idxmax())
    return Groups.of([Group("district", dict.fromkeys(held, best))]) + Groups.chosen(candidates)


def components(
    inside: gpd.GeoDataFrame,
    final_energy: pd.DataFrame,
    need: pd.DataFrame,
    balance: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    packages_cost: pd.DataFrame,
    variant_costs: pd.DataFrame,
    *,
    study: Study,
) -> pd.DataFrame:
    """Yearly components of every building in each variant, of which chances are drawn."""
    from ped_geo.uncertainty import components_of

    modules = variant_costs["pv_investment"].reindex(balance.index).fillna(0.0)
    return components_of(inside, need, final_energy, pv_buildings, packages_cost, balance.assign(pv_investment=modules), study)


def need_at_stations(need: pd.DataFrame, thermal_state: pd.DataFrame) -> pd.DataFrame:
    """Need of each building and package as its station takes it from a network."""
    from ped_geo.networks.density import at_stations

    return at_stations(need, thermal_state)


_INSIDE = view(inside)
_OPTIONS = view(options)
VIEWS = (
    _INSIDE,
    view(standing),
    view(energy, [_INSIDE]),
    _OPTIONS,
    view(offered, [_OPTIONS]),
    view(judged),
    view(components, [_INSIDE]),
    view(need_at_stations),
)
