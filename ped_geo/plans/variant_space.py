"""
Which ways are open in a place, by rule and with the reason of each that is not.

A way is a variant of the study: a retrofit package, a heat supply, with or without photovoltaics and how far those go. The rules hold
for the default set alone; a district file that names its own variants knows its place, and all of them stay open.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from ped_geo.plans.levers import CLEAN_NETWORK, MOST
from ped_geo.study import VARIANTS, Study, Variant

__all__ = ["REASONS", "impossible_variants", "is_untouched", "offered_options"]

REASONS: Final = ("no_network", "too_loose", "network_near", "protected", "no_ground", "no_places", "dominated")
"""Why a way is left out; words stand in the catalogue as ``recommendation.left_out.<reason>``."""

WITHOUT_NETWORK: Final = ("heat_pump_ground",)
"""Supplies that the default set tries where no heat network serves most of the floor: where one does, it is kept and made clean."""


def is_untouched(variant: Variant) -> bool:
    """
    Whether a variant leaves a building as it is.

    Examples
    --------
    >>> [is_untouched(variant) for variant in VARIANTS[:2]]
    [True, False]
    """
    return variant.package == "existing" and variant.supply == "today" and not variant.pv


def impossible_variants(levers: pd.DataFrame, blocks: pd.DataFrame, study: Study) -> dict[str, str]:
    """
    Variants of the default set that a place does not allow, and why.

    Parameters
    ----------
    levers : DataFrame
        Layer ``levers``, index (``block_id``, ``lever``).
    blocks : DataFrame
        Layer ``blocks``: ``reference_area_m2``.
    study : Study
        Its ``variants``.

    Returns
    -------
    dict
        Key of the variant → one of `REASONS`: a heat network reaches no block, another supply is possible for less than half of the heated
        floor, or meant for places without a network while one reaches most of the floor, or no block has any of the places beyond the
        roofs that the variant asks for.
    """
    if study.variants != VARIANTS or levers.empty:
        return {}
    floor = blocks["reference_area_m2"]
    served = _near_network(levers, floor)
    found = {}
    for variant in study.variants:
        rows = levers[levers.index.get_level_values("lever") == variant.supply].droplevel("lever")
        closed = rows[~rows["possible"].fillna(True).astype(bool)]
        mine = floor.reindex(rows.index)
        beyond = levers[levers.index.get_level_values("lever").isin(variant.places)]
        left = float(mine.reindex(closed.index).sum())
        # who is beyond the network gets another supply, so that one block in its reach is enough
        shut = len(closed) == len(rows) if variant.supply == CLEAN_NETWORK else left > MOST * float(mine.sum())
        if len(rows) and shut:
            found[variant.key] = str(closed["reason"].iloc[0])
        elif served and variant.supply in WITHOUT_NETWORK:
            found[variant.key] = "network_near"
        elif variant.pv and variant.places and not beyond["possible"].fillna(False).any():
            found[variant.key] = "no_places"
    return found


def _near_network(levers: pd.DataFrame, floor: pd.Series) -> bool:
    """Whether a heat network reaches most of the heated floor."""
    rows = levers[levers.index.get_level_values("lever") == CLEAN_NETWORK].droplevel("lever")
    near = rows.index[rows["possible"].fillna(False).astype(bool)]
    return bool(len(near)) and float(floor.reindex(near).sum()) > MOST * float(floor.reindex(rows.index).sum())


def offered_options(options: pd.DataFrame, levers: pd.DataFrame, blocks: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Options of the blocks among which candidates are searched.

    Parameters
    ----------
    options : DataFrame
        Indexed by (``block_id``, ``variant``): ``balance_kwh_a``, ``investment``.
    levers, blocks : DataFrame
        Layers of the same names.
    study : Study
        Its ``variants``.

    Returns
    -------
    DataFrame
        Rows of `options` without impossible variants, without supplies that the block itself does not allow, and without those that
        leave a block with a deficit as it is: such a block would bring nothing to a group but floor area. Where nothing else is
        named, they stay.
    """
    variants = options.index.get_level_values("variant")
    impossible = set(impossible_variants(levers, blocks, study))
    untouched = {variant.key for variant in study.variants if is_untouched(variant)}
    padding = variants.isin(untouched) & (options["balance_kwh_a"].to_numpy(float) < 0)
    if not set(variants) - untouched - impossible:
        padding[:] = False
    return options[~(variants.isin(impossible) | padding | _closed_in_block(options.index, levers, study))]


def _closed_in_block(index: pd.Index, levers: pd.DataFrame, study: Study) -> pd.Series:
    """Whether the block of each option does not allow the supply of its variant; only of the default set, and where nothing replaces it."""
    own = {variant.key: "" if variant.supply == CLEAN_NETWORK else variant.supply for variant in study.variants}
    supply = index.get_level_values("variant").map(own)
    pairs = pd.MultiIndex.from_arrays([index.get_level_values("block_id"), supply])
    possible = levers["possible"].reindex(pairs).fillna(True).to_numpy(dtype=bool)
    return pd.Series(~possible if study.variants == VARIANTS else False, index=index)
