"""Today · 2030 · 2040 · 2050: the same flows of energy under factors that change as grid and district heat become cleaner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from ped_geo.balance import FactorSet, factor_set, weigh_flows, with_cogeneration
from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.countries import HOME, pack
from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence
from ped_geo.study import Study

__all__ = ["BOUNDS", "YEARS", "cumulative_co2", "path_value", "scenario_balance", "turning_points", "year_factors"]

BASE_YEAR = 2023
YEARS = (BASE_YEAR, 2030, 2040, 2050)
BOUNDS = {"low": "low", "central": "value", "high": "high"}

_QUANTITIES = ("f_ren", "f_nren", "co2_kg_kwh")


def path_value(carrier: str, quantity: str, year: float, *, bound: str = "central", country: str = HOME) -> float:
    """
    One factor of the path, straight between the years of ``grid_path.csv`` of a country.

    Parameters
    ----------
    carrier : str
        ``electricity`` or ``district_heat``.
    quantity : str
        ``f_ren``, ``f_nren`` [kWh/kWh] or ``co2_kg_kwh`` [kg/kWh].
    year : float
        Calendar year; before the first and after the last year the path is level.
    bound : str
        ``low``, ``central`` or ``high``.
    country : str
        Whose path.

    Returns
    -------
    float

    Raises
    ------
    StudyError
        If the path does not hold the carrier or the bound is unknown.

    Examples
    --------
    >>> path_value("electricity", "co2_kg_kwh", 2030), round(path_value("electricity", "co2_kg_kwh", 2032.5), 3)
    (0.35, 0.29)
    """
    years, values = _path(carrier, quantity, bound, country)
    return float(np.interp(year, years, values))


@cache
def _path(carrier: str, quantity: str, bound: str, country: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Years of a path and its values."""
    table = pack(country).table("grid_path")
    rows = table[(table["carrier"] == carrier) & (table["quantity"] == quantity)].sort_values("year")
    if rows.empty or bound not in BOUNDS:
        raise StudyError(
            Sentence(
                "error.no_path_for_bound_known",
                quantity=quantity,
                carrier=carrier,
                bound=bound,
                names=", ".join(sorted(set(table["carrier"]))),
                names_2=", ".join(BOUNDS),
            )
        )
    return tuple(rows["year"].astype(float)), tuple(rows[BOUNDS[bound]].astype(float))


def year_factors(study: Study, year: int, *, bound: str = "central") -> FactorSet:
    """
    The study's factors as they are expected to be in a year.

    Parameters
    ----------
    study : Study
        Its factor set and its own values.
    year : int
        Calendar year; up to 2023 the factors are today's.
    bound : str
        ``low``, ``central`` or ``high`` end of the path.

    Returns
    -------
    FactorSet
        Named ``<set>@<year>``. Each factor of a carrier on the path moves in proportion to the path since 2023, so that a
        district's own factor keeps its lead; carriers off the path stay. Heat of gas engines follows the electricity it replaces.

    Examples
    --------
    >>> year_factors(Study(name="x"), 2030).weight("electricity").round(3).tolist()
    [0.55, 1.7, 0.35]
    """
    today = factor_set(study.factor_set, study)
    weights = dict(today.weights)
    own = pack(study.country)
    for carrier in dict.fromkeys(own.table("grid_path")["carrier"]):
        then, now = ([path_value(carrier, name, of, bound=bound, country=own.code) for name in _QUANTITIES] for of in (year, BASE_YEAR))
        # a part that the country's factors do not count (renewable in Denmark's) stays uncounted
        moved = [part / base if base else 1.0 for part, base in zip(then, now, strict=True)]
        for key, weight in today.weights.items():
            if key[0] == carrier and (key[1] == "grid" or key[3] == "B"):
                ren, nren, co2 = (part * factor for part, factor in zip(weight, moved, strict=True))
                weights[key] = (ren, nren, co2)
    return with_cogeneration(replace(today, name=f"{today.name}@{year}", weights=weights), study)


def scenario_balance(flows: pd.DataFrame, study: Study, *, years: Sequence[int] = YEARS, bound: str = "central") -> pd.DataFrame:
    """
    Balance of the same flows under the factors of several years.

    Parameters
    ----------
    flows : DataFrame
        Layer ``balance``, `ped_geo.balance.block_flows` or `district_balance`; an index level must be ``variant``.
    study : Study
        Factor set, credit for exports, variants.
    years : sequence of int
        Calendar years; 2023 stands for today.
    bound : str
        ``low``, ``central`` or ``high`` end of the path.

    Returns
    -------
    DataFrame
        Layer ``scenarios``, the index of `flows` with a level ``year`` added: ``primary_energy_balance_kwh_a``,
        ``primary_energy_balance_kwh_m2a``, ``co2_kg_a``, ``co2_kg_m2a``, ``positive``, missing
        where nothing is heated.
    """
    needed = [name for name in flows.columns if name.endswith(("_delivered_kwh_a", "_exported_kwh_a"))]
    needed += ["electricity_use_kwh_a", "pv_kwh_a", "pv_used_kwh_a", "ambient_kwh_a", "reference_area_m2"]
    parts = {year: weigh_flows(flows[needed].astype(float), study, factors=year_factors(study, year, bound=bound)) for year in years}
    found = pd.concat(parts, names=["year"])
    found = found.reorder_levels([*map(str, flows.index.names), "year"]).sort_index(level=-1, sort_remaining=False)
    balance = found["primary_energy_balance_kwh_a"]
    return pd.DataFrame(
        {
            "primary_energy_balance_kwh_a": balance,
            "primary_energy_balance_kwh_m2a": -found["primary_energy_nren_kwh_m2a"],
            "co2_kg_a": found["co2_kg_a"],
            "co2_kg_m2a": found["co2_kg_m2a"],
            "positive": (balance > 0).astype("boolean").where(found["reference_area_m2"] > LEAST_FLOOR_M2),
        }
    )


def turning_points(scenarios: pd.DataFrame) -> pd.DataFrame:
    """
    What becomes of each verdict over the years.

    Parameters
    ----------
    scenarios : DataFrame
        As `scenario_balance` returns.

    Returns
    -------
    DataFrame
        The index without ``year``, of what is heated: ``course`` (``stays_positive``, ``stays_negative``, ``loses``, ``gains``; words stand in the
        catalogue as ``scenarios.<course>``) and ``year``, the first year that differs from today (0 where none does).
    """
    wide = scenarios["positive"].dropna().unstack("year").sort_index(axis=1)
    today = wide.iloc[:, 0].to_numpy(bool)
    differs = wide.to_numpy(bool) != today[:, None]
    first = differs.argmax(axis=1)
    turned = differs.any(axis=1)
    course = np.where(turned, np.where(today, "loses", "gains"), np.where(today, "stays_positive", "stays_negative"))
    year = np.where(turned, wide.columns.to_numpy(int)[first], 0)
    return pd.DataFrame({"course": course, "year": year}, index=wide.index)


def cumulative_co2(flows: pd.DataFrame, study: Study, *, first: int, last: int, bound: str = "central") -> pd.Series:
    """
    CO₂ of operation summed over many years as the factors change.

    Parameters
    ----------
    flows : DataFrame
        As for `scenario_balance`.
    study : Study
        Factor set, credit for exports, variants.
    first, last : int
        First and last calendar year counted.
    bound : str
        ``low``, ``central`` or ``high`` end of the path.

    Returns
    -------
    Series
        ``co2_kg`` over the whole time, index of `flows`. [kg]
    """
    years = np.arange(first, last + 1)
    points = sorted({first, last, *range(first, last, 5), *(year for year in YEARS if first < year < last)})
    table = scenario_balance(flows, study, years=points, bound=bound)["co2_kg_a"].unstack("year")[points]
    # between two of the points the factors are straight lines, and the emission is linear in them
    total = [np.interp(years, points, row).sum() for row in table.to_numpy(float)]
    return pd.Series(total, index=table.index, name="co2_kg").reindex(flows.index)
