"""Figures of single buildings, and how well their attributes are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.figures import FIGURES
from ped_geo.plans import recommended_variant

if TYPE_CHECKING:
    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study

__all__ = ["attribute_sources", "building_figures", "known_share"]

ATTRIBUTES = ("use", "storeys_above_ground", "height_m", "construction_period", "roof_shape", "refurbishment_state", "heat_supply")
"""Attributes of a building of which it is told how many come from data."""


def known_share(buildings: pd.DataFrame) -> pd.Series:
    """
    How much of what decides a building's heat is known [0-1], by ``building_id``; missing where nothing is heated.

    Notes
    -----
    The mean of five: storeys and heat supply count 1 where a source tells them, the use, the construction period and the state of
    refurbishment with the probability of what is shown.
    """
    sources = [~buildings[f"{name}_source"].str.startswith("inferred") for name in ("storeys_above_ground", "heat_supply")]
    likely = [buildings[f"{name}_probability"] for name in ("use", "construction_period", "refurbishment_state")]
    return pd.concat([*sources, *likely], axis=1).astype("float64").mean(axis=1).where(buildings["heated"].astype(bool))


def building_figures(layers: Layers, study: Study) -> pd.DataFrame:
    """
    Figures of the district's buildings.

    Returns
    -------
    DataFrame, index ``building_id``
        ``heat`` today and ``saving`` of the advanced package, missing where nothing is heated; ``roof_yield``, missing where no
        modules fit; ``known``, how well heated buildings are known, and ``known_share``, the same as a share;
        ``works``, works and heat supply of the recommended way before grants, missing where nothing is heated, and ``modules``,
        those on the roof, missing where none fit and 0 on a way without PV;
        ``summer_today`` and ``summer``, hours in which rooms are too warm today and in a hot year of the future.
    """
    buildings = layers["buildings"][layers["buildings"]["in_district"]]
    need, heated = layers["need"]["heat_need_kwh_m2a"], buildings["heated"].astype(bool)
    packages = need.index.get_level_values("package").unique()
    blank = pd.Series(np.nan, index=buildings.index)
    of = {
        name: need.xs(name, level="package").reindex(buildings.index).where(heated) if name in packages else blank
        for name in ("existing", "advanced")
    }
    yields, share = layers["pv_buildings"]["annual_yield_kwh_a"].reindex(buildings.index), known_share(buildings)
    columns = {
        "heat": FIGURES["heat"].told(of["existing"]),
        "saving": FIGURES["saving"].told(of["existing"] - of["advanced"]),
        "roof_yield": FIGURES["roof_yield"].told(yields.where(yields > 0)),
        "known": FIGURES["known"].told(share),
        "known_share": share,
        **_money(layers, study, buildings.index, heated),
        **_summer(layers, buildings.index),
    }
    return pd.DataFrame(columns, index=buildings.index).astype("float64")


def _money(layers: Layers, study: Study, ids: pd.Index, heated: pd.Series) -> dict[str, pd.Series]:
    """Works and modules of each building on the recommended way."""
    key, money = recommended_variant(layers["recommendation"], study), FIGURES["investment"]
    way = next(variant for variant in study.variants if variant.key == key)
    cost = layers["economics"]["investment"]
    packages, supplies = (cost.index.get_level_values(level) for level in ("package", "supply"))
    works = cost[(packages == way.package) & (supplies == way.supply)].droplevel(["package", "supply"])
    modules = layers["pv_economics"]["investment"].reindex(ids)
    return {
        "works": money.told(works.reindex(ids).where(heated)),
        "modules": money.told(modules if way.pv else modules.mask(modules.notna(), 0.0)),
    }


def _summer(layers: Layers, ids: pd.Index) -> dict[str, pd.Series]:
    """Hours in which rooms are warmer than the fixed limit, today and in the hot year of the future; missing where nothing is heated."""
    table = layers.get("summer_buildings")
    columns = {"summer_today": "fixed_hours_h__today", "summer": "fixed_hours_h__hot_future"}
    if table is None:
        return {name: pd.Series(np.nan, index=ids) for name in columns}
    return {name: FIGURES["summer"].told(table[column].reindex(ids)) for name, column in columns.items()}


def attribute_sources(buildings: pd.DataFrame) -> pd.DataFrame:
    """
    How many buildings of the district have an attribute from data.

    Returns
    -------
    DataFrame, index ``attribute``
        ``from_data`` [0-1].
    """
    inside = buildings[buildings["in_district"]]
    sources = {name: inside[f"{name}_source"] for name in ATTRIBUTES}
    shares = {name: float((~source.str.startswith("inferred") & (source != "")).mean()) for name, source in sources.items()}
    return pd.Series(shares, name="from_data", dtype="float64").rename_axis("attribute").to_frame()
