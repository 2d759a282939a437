"""
The recommendation: which way to go, which way leads farthest, which pays best, and what pays for itself at once.

The rule, for the whole place and for each candidate alike:

1. Ways that the place does not allow are left out, with the reason (`ped_geo.plans.variant_space`).
2. Of the ways that reach the goal, a yearly balance of zero or more, the one of the least net present cost is **recommended**.
3. Where none reaches it, it is the one that goes as far towards the goal as a further kWh is worth its price. Only ways count whose net
   present value is not below the bound ``[finance] least_npv_per_m2`` for each square metre of heated floor (0: the way pays for itself
   over the horizon, with grants). Of them, the one with the greatest net present value is taken, when each kWh of yearly balance counts
   as ``finance.balance_worth``. So every farther way that keeps the bound costs more than this for each further kWh, and every step
   that is left behind, from a cheaper way, costs no more.
4. Where none keeps the bound, the one of the least net present cost is.

The **worthwhile** way is the one that rules 3 and 4 alone would take. Where the goal is reached beyond it, the goal is what asks for
the step from one to the other, and the net present cost of each of its kWh (``step_cost_per_kwh``) says whether it is dear.

The **farthest** way has the greatest balance, the **cheapest** the least net present cost, whatever they reach. Ways that are equal
are told apart by balance or cost, then by the investment, then by their order in the study. A way is *dominated* if another one
has neither a worse balance nor a worse net present value, and is better in one of them. **Quick wins** are actions of the abatement
curve that save more than they cost over their life and whose first cost is saved within `QUICK_A` years.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ped_geo.finance.annuity import simple_payback
from ped_geo.plans.variant_space import is_untouched
from ped_geo.study import Study

__all__ = [
    "DISTRICT",
    "MIXED",
    "QUICK_A",
    "choose_ways",
    "farthest_listed",
    "keeps_bound",
    "quick_wins",
    "recommend",
    "recommended_variant",
    "ways_of_groups",
]

DISTRICT = "district"
MIXED = "mixed"
"""Key of a candidate's own way, in which blocks have different variants."""

QUICK_A = 10.0
"""Years within which a quick win has saved its investment: what the loans of housing co-operatives usually run. [a]"""

_SUMS = {
    "balance_kwh_a": "primary_energy_balance_kwh_a",
    "co2_kg_a": "co2_kg_a",
    "network_heat_kwh_a": "district_heat_delivered_kwh_a",
}
_MONEY = ("investment", "grant", "npv", "saving_a", "network_investment")


def ways_of_groups(
    balance: pd.DataFrame, costs: pd.DataFrame, blocks: pd.DataFrame, candidates: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """
    What each way comes to in the whole place and in each candidate.

    Parameters
    ----------
    balance : DataFrame
        Layer ``balance``, index (``block_id``, ``variant``).
    costs : DataFrame
        Layer ``variant_costs``, index (``block_id``, ``variant``).
    blocks : DataFrame
        Layer ``blocks``: ``reference_area_m2``.
    candidates : DataFrame
        Layer ``candidates``: ``choices``, block → variant as JSON.
    study : Study
        Its ``variants``.

    Returns
    -------
    DataFrame
        Index ``entry`` (``<group_id>/<variant>``): ``group_id``, ``variant`` (or `MIXED`), ``reference_area_m2``,
        ``balance_kwh_a``, ``co2_kg_a``, ``network_heat_kwh_a``, ``investment``, ``grant``, ``npv``, ``saving_a`` and
        ``network_investment``.
    """
    table = balance[list(_SUMS.values())].set_axis(list(_SUMS), axis=1).astype("float64")
    table = table.join(costs.reindex(table.index)[list(_MONEY)].fillna(0.0))
    known = table.index.unique(level="block_id")
    groups = {DISTRICT: dict.fromkeys(known, "")} | {str(name): json.loads(row) for name, row in candidates["choices"].items()}
    rows = []
    for name, choice in groups.items():
        area = float(blocks["reference_area_m2"].reindex(list(choice)).sum())
        mine = table[table.index.get_level_values("block_id").isin(list(choice))]
        sums = mine.groupby(level="variant").sum().reindex([variant.key for variant in study.variants])
        if len(set(choice.values())) > 1:
            sums.loc[MIXED] = table.loc[list(choice.items())].sum()
        rows.append(sums.rename_axis("variant").reset_index().assign(group_id=name, reference_area_m2=area))
    found = pd.concat(rows, ignore_index=True)
    found.index = pd.Index(found["group_id"] + "/" + found["variant"], name="entry", dtype="str")
    return found


def choose_ways(ways: pd.DataFrame, *, least_npv: float, balance_worth: float) -> dict[str, str]:
    """
    The recommended, the farthest, the cheapest and the worthwhile way of one group by the rule of this module.

    Parameters
    ----------
    ways : DataFrame
        Ways that are open, in the order of the study: ``balance_kwh_a`` [kWh/a], ``npv`` and ``investment`` [money].
    least_npv : float
        Bound of the third rule. [money]
    balance_worth : float
        Most that a further kWh of yearly balance may cost, net and in present value. [money/(kWh/a)]

    Returns
    -------
    dict
        ``recommended``, ``farthest``, ``cheapest``, ``worthwhile`` → label of the row; empty where no way is open.
    """
    if ways.empty:
        return {}
    farthest = ways.sort_values(["balance_kwh_a", "npv", "investment"], ascending=[False, False, True], kind="stable")
    cheapest = ways.sort_values(["npv", "balance_kwh_a", "investment"], ascending=[False, False, True], kind="stable")
    reaching = cheapest[cheapest["balance_kwh_a"] >= 0]
    paying = farthest[farthest["npv"] >= least_npv]
    paying = paying.assign(worth=paying["npv"] + balance_worth * paying["balance_kwh_a"])
    paying = paying.sort_values("worth", ascending=False, kind="stable")
    worthwhile = next(part for part in (paying, cheapest) if len(part))
    roles = {"recommended": reaching if len(reaching) else worthwhile, "farthest": farthest, "cheapest": cheapest, "worthwhile": worthwhile}
    return {role: str(part.index[0]) for role, part in roles.items()}


def _dominating(ways: pd.DataFrame) -> pd.Series:
    """Variant of the first way that is better in balance or value and worse in neither; empty where there is none."""
    balance, npv = ways["balance_kwh_a"].to_numpy(float), ways["npv"].to_numpy(float)
    not_worse = (balance[None, :] >= balance[:, None]) & (npv[None, :] >= npv[:, None])
    better = (balance[None, :] > balance[:, None]) | (npv[None, :] > npv[:, None])
    over = not_worse & better
    names = ways["variant"].to_numpy(object)
    found = [names[row.argmax()] if row.any() else "" for row in over]
    return pd.Series(found, index=ways.index, dtype="str")


def recommend(ways: pd.DataFrame, impossible: Mapping[str, str], study: Study) -> pd.DataFrame:
    """
    Every way of every group with its part in the recommendation.

    Parameters
    ----------
    ways : DataFrame
        As `ways_of_groups` gives them.
    impossible : mapping
        Variant → reason, as `ped_geo.plans.variant_space.impossible_variants` gives them.
    study : Study
        Its ``[finance] least_npv_per_m2``, ``variants`` and assumption ``finance.balance_worth``.

    Returns
    -------
    DataFrame
        Layer ``recommendation``.
    """
    found = ways.copy()
    found["left_out"] = pd.Series([impossible.get(str(key), "") for key in found["variant"]], found.index, dtype="str")
    found["dominated_by"] = ""
    found["further_cost_per_kwh"] = np.nan
    found["step_cost_per_kwh"] = np.nan
    for role in ("recommended", "farthest", "cheapest", "worthwhile"):
        found[role] = False
    untouched = [variant.key for variant in study.variants if is_untouched(variant)][:1]
    for _, rows in found.groupby("group_id", sort=False):
        open_ = rows[rows["left_out"] == ""]
        least = study.finance.least_npv_per_m2 * float(rows["reference_area_m2"].iloc[0])
        for role, entry in choose_ways(open_, least_npv=least, balance_worth=study.assumed("finance.balance_worth")).items():
            found.loc[entry, role] = True
        found.loc[rows.index, "further_cost_per_kwh"] = _further_cost(rows, found.loc[rows.index, "recommended"])
        step = _further_cost(rows, found.loc[rows.index, "worthwhile"])
        found.loc[rows.index, "step_cost_per_kwh"] = step.where(found.loc[rows.index, "recommended"])
        over = _dominating(open_)
        found.loc[over.index, "dominated_by"] = over
        found.loc[over.index[over != ""], "left_out"] = "dominated"
        today = rows[rows["variant"].isin(untouched)]
        base = today[["co2_kg_a", "network_heat_kwh_a"]].iloc[0] if len(today) else pd.Series(np.nan, ["co2_kg_a", "network_heat_kwh_a"])
        change = rows["co2_kg_a"] / base["co2_kg_a"] - 1.0 if base["co2_kg_a"] else rows["co2_kg_a"] * np.nan
        found.loc[rows.index, "co2_change"] = change
        found.loc[rows.index, "network_heat_lost_kwh_a"] = base["network_heat_kwh_a"] - rows["network_heat_kwh_a"]
    return _finished(found)


def _further_cost(ways: pd.DataFrame, from_here: pd.Series) -> pd.Series:
    """Net present cost of each further kWh of yearly balance beyond one way; missing for ways that go no farther."""
    here = ways.loc[from_here, ["balance_kwh_a", "npv"]].sum(min_count=1)
    more = ways["balance_kwh_a"] - here["balance_kwh_a"]
    return (here["npv"] - ways["npv"]) / more.where(more > 0)


def _finished(found: pd.DataFrame) -> pd.DataFrame:
    area = found["reference_area_m2"].where(found["reference_area_m2"] > 0)
    years = pd.Series(simple_payback(found["investment"] - found["grant"], found["saving_a"]), index=found.index)
    return found.assign(
        balance_kwh_m2a=found["balance_kwh_a"] / area,
        positive=found["balance_kwh_a"] >= 0,
        payback_a=years.where((years > 0) & np.isfinite(years)),
    )


def recommended_variant(recommendation: pd.DataFrame, study: Study) -> str:
    """Key of the variant that is recommended for the whole place: what charts, maps and tables show."""
    rows = recommendation[(recommendation["group_id"] == DISTRICT) & recommendation["recommended"]]
    return str(rows["variant"].iloc[0]) if len(rows) else study.shown_variant.key


def farthest_listed(recommendation: pd.DataFrame, packages: set[str], study: Study) -> str:
    """Variant of the greatest balance in the whole place among those with one of `packages`, whose measures can be lined up."""
    rows = recommendation[recommendation["group_id"] == DISTRICT].set_index("variant")
    keys = [variant.key for variant in study.variants if variant.package in packages] or [study.shown_variant.key]
    open_ = [key for key in keys if rows.at[key, "left_out"] in {"", "dominated"}] or keys
    return str(rows.loc[open_, "balance_kwh_a"].fillna(-np.inf).idxmax())


def quick_wins(abatement: pd.DataFrame, scope: str = DISTRICT) -> pd.DataFrame:
    """
    Actions that save more than they cost, and their first cost within `QUICK_A` years; the most saving for each tonne of CO₂ first.

    Parameters
    ----------
    abatement : DataFrame
        Layer ``abatement``.
    scope : str
        ``district`` or a block.

    Returns
    -------
    DataFrame
        Rows of `abatement` with a negative cost that save CO₂ and pay back soon.
    """
    rows = abatement[(abatement["group_id"] == scope) & (abatement["cost_per_t"] < 0) & (abatement["co2_saving_t_a"] > 0)]
    rows = rows[rows["investment"] <= QUICK_A * rows["bill_saving_a"]]
    return rows.sort_values("cost_per_t", kind="stable")


def keeps_bound(row: pd.Series, study: Study) -> bool:
    """
    Whether a way's net present value is at least what the study asks for each square metre.

    Parameters
    ----------
    row : Series
        Row of the layer ``recommendation``.
    study : Study
        ``[finance] least_npv_per_m2``.
    """
    return bool(row["npv"] >= study.finance.least_npv_per_m2 * float(row["reference_area_m2"]))
