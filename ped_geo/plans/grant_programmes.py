"""Which grants a way draws, programme by programme: what page one and the tables name instead of one sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ped_geo.finance.grants import best_grant, grants, owners
from ped_geo.retrofit import meets_wt2021

if TYPE_CHECKING:
    from ped_geo.study import Study, Variant

__all__ = ["WORST", "grant_programmes"]

WORST = ("assumed", "known", "read")
"""Confidence from the least to the best."""


def grant_programmes(
    economics: pd.DataFrame, pv: pd.DataFrame | None, buildings: pd.DataFrame, thermal_state: pd.DataFrame, way: Variant, study: Study
) -> pd.DataFrame:
    """
    Amounts of each programme, or of programmes drawn together, on one way.

    Parameters
    ----------
    economics : DataFrame
        Layer ``economics``.
    pv : DataFrame, optional
        As `ped_geo.finance.pv_money` gives it: ``investment`` of each building's new modules [money].
    buildings : DataFrame
        Layer ``buildings``: owners and heat supply of today.
    thermal_state : DataFrame
        Layer ``thermal_state``: which buildings reach WT 2021.
    way : Variant
        Its package and supply.
    study : Study
        Whether grants count, and the year.

    Returns
    -------
    DataFrame
        Layer ``grant_programmes``, index ``programme`` (keys joined by ``+``), the greatest amount first; their sum is the grant of
        the way.
    """
    keys = economics.index.to_frame()[["package", "supply"]].eq([way.package, way.supply]).all(axis=1)
    rows = economics[keys.to_numpy()].droplevel(["package", "supply"])
    who, burnt = owners(buildings, study.country).loc[rows.index], buildings["heat_supply"].astype("str").loc[rows.index]
    tax = 1.0 + study.assumed("prices.vat_housing")
    green = rows["renewable_investment"] / tax
    deep = meets_wt2021(thermal_state.loc[[(building, way.package) for building in rows.index]]) if len(rows) else False
    works = rows["investment"] - rows["supply_investment"]
    parts = [_drawn(works, green, who.tolist(), deep, burnt.tolist(), study)]
    if pv is not None:
        spent = pv["investment"].reindex(rows.index).fillna(0.0)
        parts.append(_drawn(spent * 0.0, spent, who.tolist(), False, [], study))
    drawn = pd.concat(parts)
    drawn = drawn[drawn["amount"] > 0]
    summed = drawn.groupby("programme").agg(buildings=("building_id", "nunique"), amount=("amount", "sum"), cost=("cost", "sum"))
    summed = summed.sort_values("amount", ascending=False, kind="stable")
    chosen = [[grants(study.country)[key] for key in str(name).split("+")] for name in summed.index]
    return summed.assign(
        confidence=[min((one.confidence for one in some), key=WORST.index) for some in chosen],
        source=["; ".join(dict.fromkeys(one.source for one in some)) for some in chosen],
    ).astype({"buildings": "int64", "amount": "float64", "cost": "float64", "confidence": "str", "source": "str"})


def _drawn(works: pd.Series, green: pd.Series, who: list[str], deep: object, burnt: list[str], study: Study) -> pd.DataFrame:
    amount, names = best_grant(works.to_numpy(float), green.to_numpy(float), who, study, deep=deep, supply=burnt)  # type: ignore[arg-type]
    cost = works.to_numpy(float) + green.to_numpy(float)
    return pd.DataFrame({"building_id": works.index, "programme": names, "amount": amount, "cost": cost})
