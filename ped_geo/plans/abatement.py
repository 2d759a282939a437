"""
The abatement curve: every measure, heat supply and PV in the order in which a tonne of CO₂ costs least.

Measures act on each other: insulation makes a new window save less, and a heat pump smaller. So each block is led step by step:
at each step every measure that is left is tried on top of what is done already, and the cheapest per tonne is done. The heat
supply is changed after the works, sized for what is left of the heat load; photovoltaics stand beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ped_geo._rows import row_products
from ped_geo.balance.factors import factor_set
from ped_geo.finance.annuity import annuity_factor, cost_of_saving, discounted_sum
from ped_geo.plans.economics import KG_PER_T, supply_investment
from ped_geo.plans.evaluator import WEIGHTS, PackageEvaluator, merged
from ped_geo.plans.package_cost import measure_costs
from ped_geo.retrofit import RetrofitContext, measure, package_steps
from ped_geo.study import Study
from ped_geo.supply import beyond_network, plant_of

__all__ = ["DISTRICT", "abatement_curve"]

Floats = npt.NDArray[np.float64]
DISTRICT = "district"
SUMS = ["investment", "annual_cost_a", "bill_saving_a", "final_saving_kwh_a", "primary_saving_kwh_a", "co2_saving_t_a"]


def _actions(package: str) -> dict[str, tuple[str, ...]]:
    """Measures of a package by part; those of one part (insulation and its thermal bridges) are one action."""
    found: dict[str, tuple[str, ...]] = {}
    for key, _ in package_steps(package):
        found[measure(key).part] = (*found.get(measure(key).part, ()), key)
    return found


def _done(state: pd.DataFrame, keys: tuple[str, ...], package: str, stock: PackageEvaluator) -> pd.DataFrame:
    """Elements after the measures of one action."""
    case = RetrofitContext(stock.buildings, stock.today, stock.study)
    levels = dict(package_steps(package))
    for key in keys:
        state = measure(key).apply(state, case, levels[key])
    return state


def _saved(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What one state saves against another, building by building."""
    final, bill, primary, co2 = (before[list(WEIGHTS)].to_numpy(float) - after[list(WEIGHTS)].to_numpy(float)).T
    columns = {"bill_saving_a": bill, "final_saving_kwh_a": final, "primary_saving_kwh_a": primary, "co2_saving_t_a": co2 / KG_PER_T}
    return pd.DataFrame(columns, index=before.index)


@dataclass(frozen=True)
class _Trial:
    """An action tried: the thermal state and weights it would lead to, and what it costs and saves, building by building."""

    state: pd.DataFrame
    weights: pd.DataFrame
    table: pd.DataFrame


def _trials(state: pd.DataFrame, weights: pd.DataFrame, parts: list[str], package: str, stock: PackageEvaluator) -> dict[str, _Trial]:
    """What each action would cost and save on top of a state."""
    found = {}
    actions = _actions(package)
    states = [_done(state, actions[part], package, stock) for part in parts]
    for part, after, new in zip(parts, states, stock.weighted_all(states), strict=True):
        keys = list(actions[part])
        costs = measure_costs(state, after, stock.buildings, stock.envelope, stock.study)[keys].to_numpy(float)
        annual = row_products(costs, annuity_factor(stock.study.finance.discount_rate, [measure(key).lifetime_a for key in keys]))
        table = _saved(weights, new).assign(investment=costs.sum(axis=1), annual_cost_a=annual)
        found[part] = _Trial(after, new, table)
    return found


def _cost(table: pd.DataFrame, saving: str) -> Floats:
    return cost_of_saving(0.0, table["annual_cost_a"] - table["bill_saving_a"], table[saving], 0.0, 1.0)


def _works(stock: PackageEvaluator, blocks: pd.Series, package: str) -> tuple[list[pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    """Steps of every block, best first; the thermal state and weights they end with."""
    state, weights = stock.today, stock.weighted(stock.today)
    left = {name: set(_actions(package)) for name in blocks.unique()}
    steps: list[pd.DataFrame] = []
    for number in range(1, len(_actions(package)) + 1):
        parts = [part for part in _actions(package) if any(part in open_parts for open_parts in left.values())]
        trials = _trials(state, weights, parts, package, stock)
        sums = {part: trial.table.groupby(blocks.to_numpy())[SUMS].sum() for part, trial in trials.items()}
        cost = pd.DataFrame({part: _cost(table, "co2_saving_t_a") for part, table in sums.items()}, index=next(iter(sums.values())).index)
        useless = pd.DataFrame({part: table["co2_saving_t_a"] <= 0 for part, table in sums.items()})
        done = pd.DataFrame([[part not in left[name] for part in cost] for name in cost.index], index=cost.index, columns=cost.columns)
        rank = cost.mask(useless | done, np.inf)
        going = pd.DataFrame(rank[np.isfinite(rank).any(axis=1)])
        if going.empty:
            break
        chosen = pd.Series(going.columns.to_numpy()[going.to_numpy(float).argmin(axis=1)], index=going.index)
        for name, part in chosen.items():
            left[str(name)].discard(str(part))
        for part, names in chosen.groupby(chosen).groups.items():
            steps.append(sums[str(part)].loc[names].assign(action=str(part), step=number))
        by_building = blocks.map(chosen)
        for part in chosen.unique():
            here = (by_building == part).to_numpy()
            state = merged(here, trials[part].state, state)
            weights = merged(here, trials[part].weights, weights)
    return steps, state, weights


def _change(stock: PackageEvaluator, state: pd.DataFrame, weights: pd.DataFrame, option: str) -> pd.DataFrame:
    """One supply for all buildings after the works, building by building."""
    energy = stock.final_energy(state, option)
    spent = supply_investment(stock.need(state), energy, stock.buildings, stock.weather, stock.study)
    annual = spent["investment"] * annuity_factor(stock.study.finance.discount_rate, spent["lifetime_a"].to_numpy(float))
    table = _saved(weights, stock.weighted(state, option))
    return table.assign(investment=spent["investment"].to_numpy(float), annual_cost_a=annual.to_numpy(float))[SUMS]


def _plant(
    stock: PackageEvaluator, blocks: pd.Series, works: tuple[pd.DataFrame, pd.DataFrame], option: str, joins: pd.DataFrame | None
) -> pd.DataFrame:
    """The change of heat supply after the works, block by block."""
    plants = plant_of(option, beyond_network(joins, works[0].index))
    table = _change(stock, *works, option)
    for other in sorted(set(plants) - {option}):
        table = merged(plants == other, _change(stock, *works, str(other)), table)
    return table.groupby(blocks.to_numpy())[SUMS].sum().assign(action=option)


def _photovoltaics(pv_economics: pd.DataFrame, blocks: pd.Series, study: Study) -> pd.DataFrame:
    """PV, block by block, before grants; exports count as far as the study credits them."""
    rate, life = study.finance.discount_rate, study.assumed("finance.pv_lifetime")
    made = pv_economics["yield_new_kwh_a"]
    worth = discounted_sum(rate, life, -study.assumed("pv.degradation")) * float(annuity_factor(rate, life))
    annual = pv_economics["lcoe_per_kwh"].fillna(0.0) * made * worth
    _, primary, co2 = factor_set(study.factor_set, study).weight("electricity")
    own = study.assumed("finance.pv_own_use_cooperative")
    credited = made * (own + (1 - own) * study.balance.k_exp)
    table = pd.DataFrame(
        {
            "investment": pv_economics["investment"],
            "annual_cost_a": annual,
            "bill_saving_a": pv_economics["gain_a"] + pv_economics["running_cost_a"],
            "final_saving_kwh_a": credited,
            "primary_saving_kwh_a": credited * primary,
            "co2_saving_t_a": credited * co2 / KG_PER_T,
        }
    )
    return table.groupby(blocks.reindex(table.index).to_numpy())[SUMS].sum().assign(action="pv")


def abatement_curve(
    stock: PackageEvaluator,
    *,
    package: str = "near_zero",
    supply: str = "heat_pump_air",
    pv_economics: pd.DataFrame | None = None,
    joins: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Cost per tonne of CO₂ and per kilowatt-hour of primary energy of every action, block by block and for the district.

    Parameters
    ----------
    stock : PackageEvaluator
        The district, see `ped_geo.plans.package_evaluator`.
    package : str
        Package whose measures and levels are lined up.
    supply : str
        Heat supply that follows the works; ``today`` for none.
    pv_economics : DataFrame, optional
        Layer ``pv_economics``.
    joins : DataFrame, optional
        Rows of the layer ``heat_joins`` in that package, by building: what serves those whom the network does not reach.

    Returns
    -------
    DataFrame
        Layer ``abatement``, index ``entry`` (``<block>/<action>``), rows of a block in the order of its steps, those of
        ``district`` (sums over the blocks) by cost per tonne. An action without any saving is left out. Costs are before grants
        and may be negative: such steps pay for themselves.

    Notes
    -----
    The works of a block save together exactly what its state after them saves: each step counts what it adds to the steps
    before it.
    """
    blocks = stock.buildings["block_id"].astype("str")
    steps, state, weights = _works(stock, blocks, package)
    last = len(steps) + 1
    if supply != "today":
        steps.append(_plant(stock, blocks, (state, weights), supply, joins).assign(step=last))
    if pv_economics is not None:
        steps.append(_photovoltaics(pv_economics.reindex(stock.today.index).dropna(how="all"), blocks, stock.study).assign(step=last + 1))
    if not steps:
        return _finished(pd.DataFrame({**dict.fromkeys(SUMS, 0.0), "action": "", "step": 0, "group_id": ""}, index=[0]).iloc[:0])
    rows = pd.concat(steps)
    rows = rows[(rows["co2_saving_t_a"] != 0) & (rows.index != "")]
    rows = rows.assign(group_id=rows.index.astype("str")).sort_values(["group_id", "step"], kind="stable")
    whole = rows.groupby("action")[SUMS].sum().reset_index().assign(group_id=DISTRICT)
    whole = whole.iloc[np.argsort(_cost(whole, "co2_saving_t_a"), kind="stable")]
    whole["step"] = np.arange(1, len(whole) + 1)
    return _finished(pd.concat([rows, whole], ignore_index=True))


def _finished(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(
        co2_cumulative_t_a=rows.groupby("group_id")["co2_saving_t_a"].cumsum(),
        cost_per_t=_cost(rows, "co2_saving_t_a"),
        cost_primary_per_kwh=_cost(rows, "primary_saving_kwh_a"),
        step=rows["step"].astype("int64"),
    )
    rows.index = pd.Index(rows["group_id"] + "/" + rows["action"], name="entry")
    return rows[["group_id", "action", "step", *SUMS, "co2_cumulative_t_a", "cost_per_t", "cost_primary_per_kwh"]]
