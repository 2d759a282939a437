"""
Which ways are open in a place, by rule and with the reason of each that is not.

A way is a variant of the study: a retrofit package, a heat supply, with or without photovoltaics. The rules hold for the default
set alone; a district file that names its own variants knows its place, and all of them stay open.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from ped_geo.study import VARIANTS, Study, Variant

__all__ = ["REASONS", "impossible_variants", "is_untouched", "offered_options"]

REASONS: Final = ("no_network", "network_near", "dominated")
"""Why a way is left out; words stand in the catalogue as ``recommendation.left_out.<reason>``."""

NETWORK = "district_heat"
MOST = 0.5
"""Share of the heated floor from which a place counts as one on the heat network. [-]"""


def is_untouched(variant: Variant) -> bool:
    """
    Whether a variant leaves a building as it is.

    Examples
    --------
    >>> [is_untouched(variant) for variant in VARIANTS[:2]]
    [True, False]
    """
    return variant.package == "existing" and variant.supply == "today" and not variant.pv


def impossible_variants(buildings: pd.DataFrame, study: Study) -> dict[str, str]:
    """
    Variants of the default set that a place does not allow, and why.

    Parameters
    ----------
    buildings : DataFrame
        Layer ``buildings`` of the district: ``heat_supply``, ``reference_area_m2``.
    study : Study
        Its ``variants``.

    Returns
    -------
    dict
        Key of the variant → one of `REASONS`: ``no_network``, a network is to be made clean where no heated building is on one;
        ``network_near``, wood is to be burnt where most of the heated floor is on a network.
    """
    if study.variants != VARIANTS:
        return {}
    floor = buildings["reference_area_m2"].groupby(buildings["heat_supply"].astype("str").to_numpy()).sum()
    on_network, whole = float(floor.get(NETWORK, 0.0)), float(floor.sum())
    found = {}
    for variant in study.variants:
        if variant.supply.startswith(NETWORK) and on_network <= 0:
            found[variant.key] = "no_network"
        elif variant.supply == "biomass" and on_network > MOST * whole:
            found[variant.key] = "network_near"
    return found


def offered_options(options: pd.DataFrame, buildings: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Options of the blocks among which candidates are searched.

    Parameters
    ----------
    options : DataFrame
        Indexed by (``block_id``, ``variant``): ``balance_kwh_a``, ``investment``.
    buildings : DataFrame
        Layer ``buildings`` of the district.
    study : Study
        Its ``variants``.

    Returns
    -------
    DataFrame
        Rows of `options` without impossible variants, and without those that leave a block with a deficit as it is: such a block
        would bring nothing to a group but floor area. Where nothing else is named, they stay.
    """
    variants = options.index.get_level_values("variant")
    impossible = set(impossible_variants(buildings, study))
    untouched = {variant.key for variant in study.variants if is_untouched(variant)}
    padding = variants.isin(untouched) & (options["balance_kwh_a"].to_numpy(float) < 0)
    if not set(variants) - untouched - impossible:
        padding[:] = False
    return options[~(variants.isin(impossible) | padding)]
