"""Each package with each heat supply, building by building: what it costs, what it saves, when it pays back."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo.errors import LayerError
from ped_geo.finance.annuity import annuity_factor, cost_of_saving, discounted_payback, discounted_sum, replacements, simple_payback
from ped_geo.finance.grants import best_grant, owners
from ped_geo.finance.pv import pv_money
from ped_geo.finance.weights import bill_worth, weighted
from ped_geo.language.sentences import Sentence
from ped_geo.plans.heat_company import heat_company
from ped_geo.retrofit import PARTS, measures, meets_wt2021
from ped_geo.study import Study
from ped_geo.supply import SUPPLIES, beyond_network, heat_output_kw, plant_of, supply_today

__all__ = ["candidates_with_money", "economics", "has_flats", "payback_with_grants", "supply_investment", "variant_costs"]

Floats = npt.NDArray[np.float64]
KG_PER_T = 1000.0


def _package_rows(index: pd.Index) -> pd.MultiIndex:
    """Building and package of each row."""
    return pd.MultiIndex.from_frame(index.to_frame()[["building_id", "package"]])


def _same_plant(option: str, today: str) -> bool:
    """Whether a building keeps its plant under an option: a network that becomes cleaner needs no new substation."""
    return option in ("today", today) or (option.startswith("district_heat") and today == "district_heat")


def supply_investment(
    need: pd.DataFrame,
    final_energy: pd.DataFrame,
    buildings: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
    joins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Cost of the new heat supply of each row, sized for the heat load after the works.

    Parameters
    ----------
    need : DataFrame
        Layer ``need``, index (``building_id``, ``package``).
    final_energy : DataFrame
        Layer ``final_energy``; its index says which rows are wanted.
    buildings : DataFrame
        Layer ``buildings``.
    weather : DataFrame
        Hourly ``temp_air``, for the load where the need does not say it. [°C]
    study : Study
        Gives the prices.
    joins : DataFrame, optional
        Layer ``heat_joins``, as `ped_geo.supply.final_energy` takes it.

    Returns
    -------
    DataFrame, shape (rows, 3)
        ``investment`` (0 where the building keeps its plant), ``lifetime_a`` and ``renewable`` (bool).
    """
    index = final_energy.index
    ids, option = index.get_level_values("building_id"), index.get_level_values("supply")
    output = heat_output_kw(need, weather, study).loc[_package_rows(index)].to_numpy(float)
    area = buildings["reference_area_m2"].loc[ids].to_numpy(float)
    today = supply_today(buildings).loc[ids].to_numpy(dtype=object)
    spent, life, green = np.zeros(len(index)), np.ones(len(index)), np.zeros(len(index), dtype=bool)
    elsewhere, plant = beyond_network(joins, _package_rows(index)), option.to_numpy(dtype=object).copy()
    for name in dict.fromkeys(option):
        here = np.asarray(option == name)
        plant[here] = plant_of(str(name), elsewhere[here])
    for key in dict.fromkeys(plant):
        supply = SUPPLIES[key]
        if not supply.price:
            continue
        kept = {name: _same_plant(key, str(name)) for name in dict.fromkeys(today)}
        here = np.asarray(plant == key) & np.array([not kept[name] for name in today], dtype=bool)
        size = area if supply.solar_share else output
        spent[here] = size[here] * study.assumed(supply.price)
        life[here], green[here] = study.assumed(supply.lifetime), supply.renewable
    return pd.DataFrame({"investment": spent, "lifetime_a": life, "renewable": green}, index=index)


def _part_lives() -> dict[str, float]:
    """Life of each part's works: the longest of its measures [a]."""
    return {part: max(each.lifetime_a for each in measures().values() if each.part == part) for part in PARTS}


def economics(
    packages_cost: pd.DataFrame,
    final_energy: pd.DataFrame,
    need: pd.DataFrame,
    buildings: pd.DataFrame,
    weather: pd.DataFrame,
    study: Study,
    *,
    thermal_state: pd.DataFrame | None = None,
    joins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Money of each building, package and heat supply against today.

    Parameters
    ----------
    packages_cost : DataFrame
        Layer ``packages_cost``, index (``building_id``, ``package``).
    final_energy : DataFrame
        Layer ``final_energy`` with package ``existing`` and supply ``today``.
    need : DataFrame
        Layer ``need``, for the heat load.
    buildings : DataFrame
        Layer ``buildings``.
    weather : DataFrame
        Hourly ``temp_air``. [°C]
    study : Study
        Its ``finance`` section: discount rate, horizon, grants.
    thermal_state : DataFrame, optional
        Layer ``thermal_state``; decides on the grant for deep retrofit, which is left out without it.
    joins : DataFrame, optional
        Layer ``heat_joins``: pipes that the heat company lays for buildings that are not on its network, and the plants of those that
        it does not reach; without it no pipe is counted and all are reached.

    Returns
    -------
    DataFrame
        Layer ``economics``, index as `final_energy`.

    Raises
    ------
    LayerError
        If the row of today is missing.

    Notes
    -----
    The investment is the works of the package and the new heat supply. Net present values include renewals within the horizon
    and residual values at its end (EN 15459-1), part by part. Running cost is the energy bill; maintenance is left out. Whoever
    takes heat from a network of the place's own pays for its pipes by the year, besides the electricity of its heat pump.
    """
    index = final_energy.index
    ids = index.get_level_values("building_id")
    keys = pd.MultiIndex.from_frame(index.to_frame()[["package", "supply"]])
    if ("existing", "today") not in keys:
        raise LayerError(Sentence("error.layer_final_energy_lacks_package_existing"))
    costs = packages_cost.loc[_package_rows(index)].set_axis(index)
    plant = supply_investment(need, final_energy, buildings, weather, study, joins)
    weights = weighted(final_energy, study)
    before = pd.DataFrame(weights.xs(("existing", "today"), level=("package", "supply"))).loc[ids].set_axis(index)
    saved = before - weights
    works, built = costs["investment"].to_numpy(float), plant["investment"].to_numpy(float)
    grant = _grants(works, plant, ids, index, buildings, thermal_state, study)
    annual, whole_life = _capital(costs, plant, study)
    total = works + built
    share = 1 - np.divide(grant, total, out=np.zeros(len(total)), where=total > 0)
    gain = saved["bill_a"].to_numpy(float)
    rate, years = study.finance.discount_rate, study.finance.horizon_a
    company = heat_company(final_energy, need, weather, study, joins)
    charge = company["network_charge_a"]
    gain = gain - charge
    lasting = _saved_worth(final_energy, study) - charge * discounted_sum(rate, years)
    yearly = annual * share
    found = {
        "investment": total,
        "supply_investment": built,
        "renewable_investment": np.where(plant["renewable"].to_numpy(bool), built, 0.0),
        "grant": grant,
        "energy_cost_a": weights["bill_a"].to_numpy(float) + charge,
        "energy_saving_a": gain,
        "annual_cost_a": yearly,
        "final_saving_kwh_a": saved["final_kwh_a"].to_numpy(float),
        "primary_saving_kwh_a": saved["primary_kwh_a"].to_numpy(float),
        "co2_saving_kg_a": saved["co2_kg_a"].to_numpy(float),
        "simple_payback_a": simple_payback(total, gain),
        "simple_payback_grant_a": simple_payback(total - grant, gain),
        "discounted_payback_grant_a": discounted_payback(total - grant, gain, rate),
        "npv": lasting - whole_life,
        "npv_grant": lasting - (whole_life - grant),
        "saved_energy_cost_per_kwh": cost_of_saving(0.0, yearly, saved["final_kwh_a"], rate, years),
        "saved_co2_cost_per_t": cost_of_saving(0.0, yearly - gain, saved["co2_kg_a"] / KG_PER_T, rate, years),
        **company,
    }
    return pd.DataFrame(found, index=index)


def _saved_worth(final_energy: pd.DataFrame, study: Study) -> Floats:
    """Present value of what the bills of each row fall by against today, over the horizon [money]."""
    worth = pd.Series(bill_worth(final_energy, study), index=final_energy.index)
    today = worth.xs(("existing", "today"), level=("package", "supply"))
    return today.loc[final_energy.index.get_level_values("building_id")].to_numpy(float) - worth.to_numpy(float)


def _grants(
    works: Floats,
    plant: pd.DataFrame,
    ids: pd.Index,
    index: pd.Index,
    buildings: pd.DataFrame,
    thermal_state: pd.DataFrame | None,
    study: Study,
) -> Floats:
    """Best grant of each row. A supply that is not renewable gets none."""
    deep: npt.NDArray[np.bool_] = np.zeros(len(index), dtype=bool)
    if thermal_state is not None:
        deep = meets_wt2021(thermal_state.loc[_package_rows(index)])
    green = plant["investment"].to_numpy(float) * plant["renewable"].to_numpy(bool) / (1 + study.assumed("prices.vat_housing"))
    who = owners(buildings, study.country).loc[ids].tolist()
    amount, _ = best_grant(works, green, who, study, deep=deep, supply=buildings["heat_supply"].loc[ids].astype("str").tolist())
    return amount


def _capital(costs: pd.DataFrame, plant: pd.DataFrame, study: Study) -> tuple[Floats, Floats]:
    """Yearly cost of all parts over their lives [money/a], and their present value with renewals over the horizon [money]."""
    rate, years = study.finance.discount_rate, study.finance.horizon_a
    built, life = plant["investment"].to_numpy(float), plant["lifetime_a"].to_numpy(float)
    annual = built * annuity_factor(rate, life)
    whole = built + replacements(built, life, rate, years)
    for part, part_life in _part_lives().items():
        spent = costs[f"investment_{part}"].to_numpy(float)
        annual = annual + spent * annuity_factor(rate, part_life)
        whole = whole + spent + replacements(spent, part_life, rate, years)
    return annual, whole


def variant_costs(
    economics_: pd.DataFrame,
    pv_economics: pd.DataFrame,
    buildings: pd.DataFrame,
    study: Study,
    place_economics: pd.DataFrame | None = None,
    storage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Money of each variant of the study, block by block.

    Parameters
    ----------
    economics_ : DataFrame
        Layer ``economics``.
    pv_economics : DataFrame
        Layer ``pv_economics``, indexed by ``building_id``.
    buildings : DataFrame
        Layer ``buildings``: ``block_id``.
    study : Study
        Its ``variants``.
    place_economics : DataFrame, optional
        Layer ``pv_place_economics``, index (``building_id``, ``place``): arrays beyond the roofs.
    storage : DataFrame, optional
        What `ped_geo.finance.storage_money` gives, index (``block_id``, ``variant``).

    Returns
    -------
    DataFrame
        Index (``block_id``, ``variant``): ``investment``, of it ``pv_investment``, ``grant``, ``npv`` (with grants) [money], ``saving_a``
        (bills saved and gain of PV, after its running cost), ``annual_cost_a`` (annuity of investment after grants and running
        cost of PV), ``net_cost_a`` (annuity less saving), ``pv_annual_cost_a``, ``heat_annual_cost_a`` (annuity of works and plant, and bills) [money/a];
        of houses with flats alone ``flats_bill_a`` (bills for heat and hot water) and ``flats_works_a`` (annuity of works and plant after
        grants) [money/a];
        ``network_investment`` of the heat company [money], which is in no other sum, as it is earned back from the price of heat.

    Raises
    ------
    LayerError
        If a variant's package and supply are missing.
    """
    parts = {}
    blocks, homes = buildings["block_id"].astype("str"), has_flats(buildings)
    for variant in study.variants:
        key = (variant.package, variant.supply)
        rows = economics_[(economics_.index.get_level_values(1) == key[0]) & (economics_.index.get_level_values(2) == key[1])]
        if rows.empty:
            raise LayerError(Sentence("error.layer_economics_lacks_package_with_supply", key=key[0], key_2=key[1], variant=variant.key))
        heat = rows.droplevel(["package", "supply"])
        roofs = pv_money(pv_economics, place_economics, variant).reindex(heat.index).fillna(0.0)
        annual = heat["annual_cost_a"] + roofs["annual_cost_a"]
        saving = heat["energy_saving_a"] + roofs["gain_a"]
        table = pd.DataFrame(
            {
                "investment": heat["investment"] + roofs["investment"],
                "pv_investment": roofs["investment"],
                "grant": heat["grant"] + roofs["grant"],
                "npv": heat["npv_grant"] + roofs["npv"],
                "saving_a": saving,
                "annual_cost_a": annual,
                "net_cost_a": annual - roofs["running_cost_a"] - saving,
                "pv_annual_cost_a": roofs["annual_cost_a"],
                "heat_annual_cost_a": heat["annual_cost_a"] + heat["energy_cost_a"],
                "flats_bill_a": heat["energy_cost_a"].where(homes.reindex(heat.index), 0.0),
                "flats_works_a": heat["annual_cost_a"].where(homes.reindex(heat.index), 0.0),
                "network_investment": heat["network_investment"],
            }
        )
        parts[variant.key] = table.groupby(blocks.reindex(table.index).to_numpy()).sum().drop("", errors="ignore")
    joined = pd.concat(parts, names=["variant", "block_id"]).reorder_levels(["block_id", "variant"]).sort_index()
    return joined if storage is None or storage.empty else _with_storage(joined, storage)


def _with_storage(costs: pd.DataFrame, storage: pd.DataFrame) -> pd.DataFrame:
    """Money of variants and blocks, that of their stores added."""
    more = storage.reindex(costs.index).fillna(0.0)
    return costs.assign(
        investment=costs["investment"] + more["investment"],
        npv=costs["npv"] + more["npv"],
        saving_a=costs["saving_a"] + more["gain_a"],
        annual_cost_a=costs["annual_cost_a"] + more["annual_cost_a"],
        net_cost_a=costs["net_cost_a"] + more["annual_cost_a"] - more["gain_a"],
    )


def has_flats(buildings: pd.DataFrame) -> pd.Series:
    """
    Whether a building is one of dwellings that are lived in.

    Examples
    --------
    >>> has_flats(pd.DataFrame({"use": ["residential_multi", "school", "residential_single"], "dwellings": [40.0, 1.0, 0.0]})).tolist()
    [True, False, False]
    """
    return buildings["use"].astype("str").str.startswith("residential") & (buildings["dwellings"] > 0)


def payback_with_grants(costs: pd.DataFrame) -> pd.Series:
    """
    Simple payback of each row after grants, as of one block so of their sum [a].

    Parameters
    ----------
    costs : DataFrame
        ``investment``, ``grant`` [money] and ``saving_a`` [money/a]: rows of layer ``variant_costs``, or sums of them.

    Returns
    -------
    Series
        Missing where nothing is left to pay, or where it never comes back.
    """
    years = simple_payback(costs["investment"] - costs["grant"], costs["saving_a"])
    return pd.Series(years, index=costs.index).where((years > 0) & np.isfinite(years))


def candidates_with_money(candidates: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """
    Candidates with the grants and the payback of the variants chosen for their blocks.

    Parameters
    ----------
    candidates : DataFrame
        Layer ``candidates``; ``choices`` holds block → variant as JSON.
    costs : DataFrame
        Layer ``variant_costs``.

    Returns
    -------
    DataFrame
        `candidates` with ``grant`` [money] and ``payback_a`` [a], which is missing where the costs never come back.
    """
    names = ["investment", "grant", "saving_a"]
    chosen = [list(json.loads(choice).items()) for choice in candidates["choices"]]
    sums = pd.DataFrame([costs[names].reindex(rows).sum() for rows in chosen], columns=names, index=candidates.index, dtype="float64")
    return candidates.assign(grant=sums["grant"], payback_a=payback_with_grants(sums))
