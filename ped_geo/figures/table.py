"""The layer ``figures``: every figure of the district, its blocks and candidates in every variant, once for all products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures import FIGURES, Figure
from ped_geo.figures.amounts import DISTRICT, Amounts, amounts_of_variants, facts_of_groups, in_all_variants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study

__all__ = ["KEYS", "figure_table", "outlook", "package_totals", "variant_totals"]

KEYS = ["scope", "group_id", "variant", "figure"]

RATIOS = ["primary_energy_nren_kwh_m2a", "co2_kg_m2a", "rer", "self_consumption", "self_sufficiency", "peak_import_kw", "peak_export_kw"]
"""Columns of the layer ``balance`` that cannot be added up."""


def figure_table(layers: Layers, study: Study) -> pd.DataFrame:
    """
    Every figure that is a finite number.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        As the functions of the figures take them.
    study : Study
        The run's settings.

    Returns
    -------
    DataFrame, index (``scope``, ``group_id``, ``variant``, ``figure``)
        Layer ``figures``: ``unit``, ``value``, and ``low`` and ``high`` where the draws give them; not rounded.
    """
    declared = FIGURES.load()
    whole = {name: one.value(layers, study) for name, one in declared.items() if one.kind == "place" and one.value is not None}
    accounts, facts = _with_whole(amounts_of_variants(layers, study).frame, whole), facts_of_groups(layers)
    bands = layers["bands"].reset_index().set_index(["quantity", "scope", "group_id", "variant"])
    parts = []
    for name, one in declared.items():
        if one.kind in {"variant", "fact"}:
            parts.append(_rows(one, accounts if one.kind == "variant" else facts, bands))
        elif name in whole:
            index = pd.MultiIndex.from_tuples([(DISTRICT, DISTRICT, "", name)], names=KEYS)
            parts.append(pd.DataFrame({"value": one.told(float(whole[name]))}, index=index))
    table = pd.concat(parts)
    table = table[np.isfinite(table["value"])]
    units = {name: one.unit for name, one in declared.items()}
    figures = pd.DataFrame({"unit": table.index.get_level_values("figure").map(units), **table.reindex(columns=["value", "low", "high"])})
    return figures.set_axis(table.index)


def _with_whole(frame: pd.DataFrame, whole: Mapping[str, float]) -> Amounts:
    """Amounts of groups beside what is one number for the whole place."""
    return Amounts(pd.concat([frame, pd.DataFrame(whole, index=frame.index)], axis=1))


def _rows(one: Figure, amounts: Amounts, bands: pd.DataFrame) -> pd.DataFrame:
    """Rows of one figure in the unit of the figure."""
    assert one.value is not None
    values: pd.Series = one.value(amounts)
    rows = one.told(values).astype("float64").rename("value").to_frame()
    if one.name == "p_positive":
        edges = amounts.frame[["p_low", "p_high"]].set_axis(["low", "high"], axis=1).where(rows["value"].notna())
    elif one.band and one.band in bands.index.get_level_values("quantity"):
        quantiles = pd.DataFrame(bands.xs(one.band, level="quantity"))[["p05", "p95"]]
        edges = quantiles.set_axis(["low", "high"], axis=1).reindex(rows.index)
    else:
        edges = pd.DataFrame(index=rows.index)
    rows = rows.assign(**{str(name): one.told(edge) for name, edge in edges.items()})
    return pd.concat({one.name: rows}, names=["figure"]).reorder_levels(KEYS)


def outlook(scenarios: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """
    Balance of the whole district in the years ahead.

    Parameters
    ----------
    scenarios, blocks : DataFrame
        Layers of these names.

    Returns
    -------
    DataFrame, index ``variant``
        Balance by heated floor, a column for each year. [kWh/(m²·a)]
    """
    floor = float(blocks["reference_area_m2"].sum())
    sums = scenarios["primary_energy_balance_kwh_a"].groupby(level=["variant", "year"]).sum().unstack("year")
    return (sums / (floor if floor > LEAST_FLOOR_M2 else np.nan)).rename(columns=str)


def variant_totals(balance: pd.DataFrame, kpis: pd.DataFrame) -> pd.DataFrame:
    """
    Balance of the whole district in each variant: sums of its blocks, and what goes into the air as the district's figures have it.

    Parameters
    ----------
    balance, kpis : DataFrame
        Layers of these names.

    Returns
    -------
    DataFrame, index ``variant``
        Columns of the layer ``balance`` that can be added up.
    """
    return in_all_variants(balance.select_dtypes("number"), kpis["value"]).drop(columns=RATIOS, errors="ignore")


def package_totals(need: pd.DataFrame) -> pd.DataFrame:
    """
    Need of all buildings in each package.

    Parameters
    ----------
    need : DataFrame
        Layer ``need``.

    Returns
    -------
    DataFrame, index ``package``
        Sums of energies and loads.
    """
    sums = need.groupby(level="package").sum(numeric_only=True)
    return sums[[name for name in sums if str(name).endswith(("_kwh_a", "_kw"))]]
