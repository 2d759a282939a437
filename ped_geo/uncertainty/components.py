"""From the layers of a run to what the draws need: yearly components per building and variant, and factors per variant."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ped_geo.balance import carrier_row, credit, factor_set
from ped_geo.flows import HEAT_CARRIERS
from ped_geo.study import Study, Variant

__all__ = ["components_of", "variant_factors"]

SOURCES = ("storeys_above_ground_source", "construction_period_source", "refurbishment_state_source", "refurbishment_state", "use")


def components_of(
    buildings: pd.DataFrame,
    need: pd.DataFrame,
    final_energy: pd.DataFrame,
    pv_buildings: pd.DataFrame,
    money: pd.DataFrame,
    balance: pd.DataFrame,
    study: Study,
) -> pd.DataFrame:
    """
    Yearly components of every building in the district with every variant of the study.

    Electricity use, PV yield and what of it is used at once are known per block and hour; they are shared out so that the
    sums over a block are those of its balance.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``buildings``.
    need : DataFrame
        Indexed by (``building_id``, ``package``): ``electricity_kwh_a``, ``heat_need_kwh_a``. [kWh/a]
    final_energy : DataFrame
        Indexed by (``building_id``, ``package``, ``supply``): carriers, ``electricity_heating_kwh_a``,
        ``electricity_hot_water_kwh_a``, ``bought_heating_kwh_a``, ``bought_hot_water_kwh_a``. [kWh/a]
    pv_buildings : DataFrame
        Indexed by ``building_id``: ``annual_yield_kwh_a``. [kWh/a]
    money : DataFrame
        Indexed by (``building_id``, ``package``): ``investment`` of the packages; scaled to the block's. [PLN]
    balance : DataFrame
        Layer ``balance``, indexed by (``block_id``, ``variant``), with ``pv_investment``, the part of the investment that
        is modules. [PLN]
    study : Study

    Returns
    -------
    DataFrame
        As `ped_geo.uncertainty.simulate` asks for.
    """
    inside = buildings[buildings["in_district"] & (buildings["block_id"] != "")]
    yields = pv_buildings["annual_yield_kwh_a"].reindex(inside.index).fillna(0.0)
    parts = {
        variant.key: _of_variant(
            variant, inside, need, final_energy, yields, money, pd.DataFrame(balance.xs(variant.key, level="variant")), study
        )
        for variant in study.variants
    }
    words = inside[list(SOURCES)].astype("str")
    found = pd.concat(parts, names=["variant", "building_id"]).join(words, on="building_id")
    return found.swaplevel().sort_index()


def _of_variant(
    variant: Variant,
    inside: pd.DataFrame,
    need: pd.DataFrame,
    final_energy: pd.DataFrame,
    yields: pd.Series,
    money: pd.DataFrame,
    balance: pd.DataFrame,
    study: Study,
) -> pd.DataFrame:
    ids, block = inside.index, inside["block_id"]
    energy = pd.DataFrame(final_energy.xs((variant.package, variant.supply), level=("package", "supply"))).reindex(ids).fillna(0.0)
    wants = pd.DataFrame(need.xs(variant.package, level="package")).reindex(ids).fillna(0.0)
    heating = energy["electricity_kwh_a"]
    use = balance["electricity_use_kwh_a"] - heating.groupby(block).sum().reindex(balance.index).fillna(0.0)
    floor = inside["reference_area_m2"]
    cost = money.xs(variant.package, level="package")["investment"].reindex(ids).fillna(0.0)
    pv = shared_out(balance["pv_kwh_a"], yields, block)
    return energy[[f"{carrier}_kwh_a" for carrier in HEAT_CARRIERS]].assign(
        block_id=block,
        electricity_heat_kwh_a=heating,
        space_heat_share=_space_heat_share(energy),
        small_need=(wants["heat_need_kwh_a"] <= study.assumed("uncertainty.small_need") * floor).astype("float64"),
        electricity_use_kwh_a=shared_out(use.clip(lower=0.0), wants["electricity_kwh_a"], block),
        pv_kwh_a=pv,
        self_consumed_kwh_a=shared_out(balance["pv_used_kwh_a"], pv, block),
        reference_area_m2=floor,
        investment=shared_out(balance["investment"] - balance["pv_investment"], cost, block),
        pv_investment=shared_out(balance["pv_investment"], yields, block),
    )


def _space_heat_share(energy: pd.DataFrame) -> pd.Series:
    """Part of what is bought for heat that heats rooms; 0 where nothing is."""
    rooms, water = energy["bought_heating_kwh_a"], energy["bought_hot_water_kwh_a"]
    return (rooms / (rooms + water).where(rooms + water > 0)).fillna(0.0)


def shared_out(total: pd.Series, weight: pd.Series, block: pd.Series) -> pd.Series:
    """
    A figure of each block, shared out to its buildings in proportion to a weight, equally where all weights are zero.

    Examples
    --------
    >>> block = pd.Series(["b", "b", "c"], index=[1, 2, 3])
    >>> shared_out(pd.Series({"b": 40.0, "c": 5.0}), pd.Series([3.0, 1.0, 0.0], index=[1, 2, 3]), block).tolist()
    [30.0, 10.0, 5.0]
    """
    code, names = pd.factorize(block)
    by_weight, count = weight.to_numpy(dtype=float), np.bincount(code, minlength=len(names))
    sums = np.bincount(code, weights=by_weight, minlength=len(names))
    share = np.where(sums[code] > 0, by_weight / np.where(sums > 0, sums, 1.0)[code], 1.0 / count[code])
    whole = total.reindex(names).fillna(0.0).to_numpy(dtype=float)
    return pd.Series(whole[code] * share, index=block.index)


def variant_factors(study: Study) -> pd.DataFrame:
    """
    Non-renewable primary-energy factors of each variant under the study's factor set and credit for exports.

    Returns
    -------
    DataFrame
        Indexed by (``variant``, ``carrier``): ``delivered``, and for electricity ``exported``. [-]
    """
    factors = factor_set(study.factor_set, study)
    share = credit(study)
    made, avoided = (float(factors.weight("electricity", "on_site", "to_grid", step)[1]) for step in ("A", "B"))
    rows = {}
    for variant in study.variants:
        for carrier in HEAT_CARRIERS:
            rows[variant.key, carrier] = (float(factors.weight(carrier_row(carrier, variant.supply, factors))[1]), 0.0)
        rows[variant.key, "electricity"] = (float(factors.weight("electricity")[1]), made + share * (avoided - made))
    index = pd.MultiIndex.from_tuples(list(rows), names=["variant", "carrier"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["delivered", "exported"])
