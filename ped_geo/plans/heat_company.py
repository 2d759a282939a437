"""
What each way means to the company that runs the heat network: pipes, plant, heat sold.

Heat of the large network is bought at a price that holds its pipes, losses and pumps; pipes laid for new customers are paid by the
company and earned back by what that price leaves it. A network of the place's own has no such price: its pipes are paid by a yearly
charge, its losses and pumps are in the electricity of its heat pump.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.finance.prices import price
from ped_geo.networks.books import yearly_share
from ped_geo.study import Study
from ped_geo.supply import SUPPLIES, beyond_network, heat_output_kw

__all__ = ["heat_company", "network_books", "network_kind", "reached_floor"]

Floats = npt.NDArray[np.float64]
DELIVERED, OWN, NONE = "district_heat", "own_network", "without_network"
KWH_PER_MWH = 1000.0
OWN_LEVEL = "low_temperature"
COUNTED = {DELIVERED: "in_price_and_factor", OWN: "in_balance", NONE: "nothing"}


def network_kind(supply: str) -> str:
    """
    Which network a supply takes its heat from.

    Examples
    --------
    >>> network_kind("district_heat_decarbonised"), network_kind("waste_water_heat"), network_kind("gas")
    ('district_heat', 'own_network', 'without_network')
    """
    one = SUPPLIES[supply]
    if one.heat_pump is not None and one.heat_pump.central:
        return OWN
    return DELIVERED if one.carrier == "district_heat" else NONE


def heat_company(
    final_energy: pd.DataFrame, need: pd.DataFrame, weather: pd.DataFrame, study: Study, joins: pd.DataFrame | None = None
) -> dict[str, Floats]:
    """
    Money of the heat company by building, package and supply.

    Parameters
    ----------
    final_energy, need, weather, study
        As in `ped_geo.plans.economics`.
    joins : DataFrame, optional
        Layer ``heat_joins``.

    Returns
    -------
    dict
        ``network_heat_kwh_a`` sold at a price of heat [kWh/a]; ``network_pipes`` laid for the building and ``network_investment``, with
        them the clean sources for its part of the network's peak [money]; ``network_gain_a``, what the higher price brings on the heat
        that is sold, what the price leaves of the heat of new customers, and the charge [money/a]; ``network_charge_a``, which those
        pay who take heat from a network of the place's own [money/a].
    """
    index = final_energy.index
    options = index.get_level_values("supply")
    heat = final_energy["district_heat_kwh_a"].to_numpy(float)
    rows = pd.MultiIndex.from_frame(index.to_frame()[["building_id", "package"]])
    output = heat_output_kw(need, weather, study).loc[rows].to_numpy(float)
    plant, pipes, gained, charge = (np.zeros(len(index)) for _ in range(4))
    part = study.assumed("supply.network_simultaneity") * study.assumed("supply.network_clean_source_share")
    laid = None if joins is None else joins.reindex(rows)
    reached = beyond_network(joins, rows) == ""
    margin = _margin_per_kwh(study)
    for key in dict.fromkeys(options):
        here, kind = np.asarray(options == key), network_kind(key)
        if SUPPLIES[key].network_price:
            plant[here] = (output * reached)[here] * part * study.assumed(SUPPLIES[key].network_price)
            gained[here] = heat[here] * (price(key, study) - price("district_heat", study))
        if laid is None or kind == NONE:
            continue
        cost = laid["pipes_own" if kind == OWN else "pipes_today"].fillna(0.0).to_numpy(float)[here]
        pipes[here] = cost
        if kind == OWN:
            charge[here] = cost * yearly_share(study)
            gained[here] += charge[here]
        else:
            new = ~laid["on_network"].fillna(True).to_numpy(dtype=bool)[here]
            gained[here] += heat[here] * new * margin
    return {
        "network_heat_kwh_a": heat,
        "network_pipes": pipes,
        "network_investment": plant + pipes,
        "network_gain_a": gained,
        "network_charge_a": charge,
    }


def _margin_per_kwh(study: Study) -> float:
    """What the price of the network's heat leaves after tax and the heat itself [money/kWh]."""
    net = price("district_heat", study) / (1.0 + study.assumed("prices.vat_heat"))
    return float(net - study.assumed("heat_network.source_heat") / KWH_PER_MWH)


def network_books(
    final_energy: pd.DataFrame, economics: pd.DataFrame, pipes: tuple[pd.DataFrame, pd.DataFrame], buildings: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """
    What the network of each variant sells, costs, loses and pumps, and where that is counted.

    Parameters
    ----------
    final_energy, economics : DataFrame
        Layers of these names.
    pipes : tuple of DataFrame
        Layers ``heat_levels``, by which an own network that feeds all loses heat, and ``heat_served``, by which the pipes of today's
        network lose that feed the buildings of the variant; without rows the assumed losses of networks stand for those of the pipes.
    buildings : DataFrame
        Layer ``buildings``, of the place.
    study : Study
        Its variants.

    Returns
    -------
    DataFrame
        Layer ``heat_books``, index ``variant``.
    """
    on_network = buildings["heat_supply"].astype("str") == DELIVERED
    rows = {}
    for variant in study.variants:
        kind = network_kind(variant.supply) if SUPPLIES[variant.supply].carrier else (DELIVERED if on_network.any() else NONE)
        pair = (variant.package, variant.supply)
        energy = pd.DataFrame(final_energy.xs(pair, level=("package", "supply")))
        money = pd.DataFrame(economics.xs(pair, level=("package", "supply")))
        served = "reached" if SUPPLIES[variant.supply].carrier else "today"
        loss, pumping = _shares(kind, (variant.package, served), pipes, study)
        if kind == OWN:
            made = energy[["ambient_kwh_a", "electricity_heating_kwh_a", "electricity_hot_water_kwh_a"]].sum(axis=1)
            sold = made / KWH_PER_MWH * (1.0 - loss)
        else:
            sold = energy["district_heat_kwh_a"] / KWH_PER_MWH
        whole = float(sold.sum())
        rows[variant.key] = {
            "network": kind,
            "connected": int((sold > 0.0).sum()),
            "heat_mwh_a": whole,
            "pipes": float(money["network_pipes"].sum()),
            "plant": float((money["network_investment"] - money["network_pipes"]).sum()),
            "heat_loss_mwh_a": whole * loss / (1.0 - loss),
            "pump_mwh_a": whole / (1.0 - loss) * pumping,
            "charge_a": float(money["network_charge_a"].sum()),
            "counted": COUNTED[kind],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variant")


def reached_floor(reach: pd.DataFrame | None, study: Study, index: pd.Index) -> pd.DataFrame:
    """
    Heated floor by what serves it, where a variant asks for heat of the city's network.

    Parameters
    ----------
    reach : DataFrame, optional
        Layer ``heat_reach``.
    study : Study
        Its variants.
    index : MultiIndex
        Rows (``block_id``, ``variant``).

    Returns
    -------
    DataFrame
        On `index`: ``network_m2``, ``ground_m2``, ``air_m2``, ``own_m2`` [m²]; not a number for other variants, and without `reach`.
    """
    names = ["network_m2", "ground_m2", "air_m2", "own_m2"]
    if reach is None:
        return pd.DataFrame(np.nan, index=index, columns=names)
    asks = {one.key: one.package if network_kind(one.supply) == DELIVERED else "" for one in study.variants}
    wanted = pd.MultiIndex.from_arrays([index.get_level_values("block_id"), index.get_level_values("variant").map(asks)])
    return reach[names].reindex(wanted).set_axis(index)


def _shares(kind: str, fed: tuple[str, str], pipes: tuple[pd.DataFrame, pd.DataFrame], study: Study) -> tuple[float, float]:
    """Heat lost over heat fed in, and electricity of pumps over heat fed in; `fed` is a package and who is served."""
    if kind == NONE:
        return 0.0, 0.0
    levels, served = pipes
    table, key = (levels, (OWN_LEVEL, fed[0])) if kind == OWN else (served, fed)
    if key not in table.index:
        return study.assumed("supply.network_loss"), study.assumed("supply.network_pumping")
    row = table.loc[[key]].iloc[0].astype("object")
    return float(row["heat_loss_share"]), float(row["pump_mwh_a"]) / (float(row["delivered_mwh_a"]) + float(row["heat_loss_mwh_a"]))
