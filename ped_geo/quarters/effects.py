"""What a package does in each block of a place, read from that place's own results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ped_geo.errors import StudyError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    from ped_geo.study import Study, Variant

__all__ = ["package_effects", "same_variant"]

TODAY = "existing"


def same_variant(variant: Variant, study: Study) -> Variant:
    """
    The variant of a study with the same package, heat supply and modules, whatever its key.

    Raises
    ------
    StudyError
        If the study computes none.
    """
    asked = (variant.package, variant.supply, variant.pv, variant.modules)
    for one in study.variants:
        if (one.package, one.supply, one.pv, one.modules) == asked:
            return one
    known = ", ".join(one.key for one in study.variants)
    raise StudyError(
        Sentence(
            "error.computes_no_variant_with_package",
            study=study.name,
            package=variant.package,
            supply=variant.supply,
            variant=variant.key,
            known=known,
        )
    )


def _allowed(layers: Mapping[str, Any], variant: Variant, index: pd.Index) -> pd.Series:
    """Whether each block allows the variant's supply and places of modules; what no data tell forbids nothing."""
    levers: pd.DataFrame = layers["levers"]
    names = levers.index.get_level_values("lever")
    supply = levers[names == variant.supply]["possible"].droplevel("lever").reindex(index).fillna(True).astype(bool)
    if not (variant.pv and variant.places):
        return supply
    places = levers[names.isin(variant.places)]["possible"].fillna(True).astype(bool).groupby(level="block_id").any()
    return supply & places.reindex(index).fillna(True).astype(bool)


def package_effects(layers: Mapping[str, Any], study: Study, variant: Variant) -> pd.DataFrame:
    """
    Demand, primary energy, CO₂ and money of each block today and with a package, from the run's own layers.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers of a finished run: ``balance``, ``variant_costs``, ``need``, ``buildings``, ``levers``.
    study : Study
        Its ``variants``, of which the first is today's.
    variant : Variant
        One of them.

    Returns
    -------
    DataFrame, index ``block_id``
        ``heat_today_kwh_a``, ``heat_after_kwh_a``, ``primary_today_kwh_a``, ``primary_after_kwh_a`` (non-renewable), ``balance_kwh_a``
        [kWh/a], ``co2_today_kg_a``, ``co2_after_kg_a`` [kg/a], ``investment``, ``grant`` [money], ``saving_a`` [money/a], ``allowed``.
    """
    balance, costs = layers["balance"], layers["variant_costs"].xs(variant.key, level="variant")
    before, after = balance.xs(study.variants[0].key, level="variant"), balance.xs(variant.key, level="variant")
    heat = _heat_of_blocks(layers)
    index = after.index
    return pd.DataFrame(
        {
            "heat_today_kwh_a": heat[TODAY].reindex(index).fillna(0.0),
            "heat_after_kwh_a": heat[variant.package].reindex(index).fillna(0.0),
            "primary_today_kwh_a": before["primary_energy_nren_kwh_a"].reindex(index),
            "primary_after_kwh_a": after["primary_energy_nren_kwh_a"],
            "balance_kwh_a": after["primary_energy_balance_kwh_a"],
            "co2_today_kg_a": before["co2_kg_a"].reindex(index),
            "co2_after_kg_a": after["co2_kg_a"],
            **{name: costs[name].reindex(index).fillna(0.0) for name in ("investment", "grant", "saving_a")},
            "allowed": _allowed(layers, variant, index),
        }
    )


def _heat_of_blocks(layers: Mapping[str, Any]) -> pd.DataFrame:
    """Space-heating demand of blocks, a column for each package [kWh/a]."""
    need: pd.Series = layers["need"]["heat_need_kwh_a"]
    block = need.index.get_level_values("building_id").map(layers["buildings"]["block_id"])
    return need.groupby([block.rename("block_id"), need.index.get_level_values("package")]).sum().unstack("package")
