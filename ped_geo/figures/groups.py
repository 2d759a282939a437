"""Figures of a group of blocks that somebody chose, made of the same layers and by the same functions as those of the district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ped_geo.figures import FIGURES
from ped_geo.figures.amounts import CHOSEN, Amounts, amounts_of_blocks, facts_of_groups, in_all_variants
from ped_geo.figures.table import KEYS

if TYPE_CHECKING:
    from ped_geo.figures.amounts import Layers
    from ped_geo.study import Study

__all__ = ["GROUP", "group_figures"]

GROUP = "group"
"""Scope and identifier of the group in the table."""


def group_figures(layers: Layers, blocks: Sequence[str], study: Study, kpis: pd.Series, choice: Mapping[str, str]) -> pd.DataFrame:
    """
    Every figure of a group of blocks that is a finite number, in each variant and in the variants chosen for its blocks.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers of a finished run.
    blocks : sequence of str
        ``block_id`` of the members.
    study : Study
        Its variants.
    kpis : Series, index (``variant``, ``kpi``)
        Indicators of the group, of which amounts that blocks net among themselves are taken.
    choice : mapping
        ``block_id`` → variant; empty where every variant is asked for all blocks alike.

    Returns
    -------
    DataFrame, index (``scope``, ``group_id``, ``variant``, ``figure``)
        As the layer ``figures``: ``unit`` and ``value``, without bands, since no draws were made of the group.
    """
    of_blocks = amounts_of_blocks(layers, study)
    sums = in_all_variants(of_blocks[of_blocks.index.get_level_values("block_id").isin(list(blocks))], kpis)
    if choice:
        chosen = of_blocks.loc[list(choice.items())].sum(min_count=1)
        sums = pd.concat([sums, chosen.to_frame(CHOSEN).T])
    variants = Amounts(_keyed(sums))
    mine = {**layers, "blocks": layers["blocks"].loc[list(blocks)], "candidates": layers["candidates"].iloc[:0]}
    facts = facts_of_groups(mine).frame
    whole = facts[facts.index.get_level_values("scope") == "district"].droplevel(["scope", "group_id"])
    told = {"variant": variants, "fact": Amounts(_keyed(whole))}
    parts = []
    for name, one in FIGURES.load().items():
        if one.kind in told and one.value is not None:
            amount: pd.Series = one.value(told[one.kind])
            values = one.told(amount).astype("float64").rename("value").to_frame().assign(unit=one.unit)
            parts.append(pd.concat({name: values}, names=["figure"]).reorder_levels(KEYS))
    table = pd.concat(parts)[["unit", "value"]]
    return table[np.isfinite(table["value"])]


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of variants under the scope and the identifier of the group."""
    return pd.concat({(GROUP, GROUP): frame}).rename_axis(["scope", "group_id", "variant"])
