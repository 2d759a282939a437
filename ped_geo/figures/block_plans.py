"""Amounts of blocks that the plans beside energy give; each is a function of the layers in the file of its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plan_amounts"]

SHARED = {
    "green_blocks": {
        "active_m2": ("biologically_active_share",),
        "biotope_m2": ("biotope_area_factor",),
        "runoff_m2": ("runoff_coefficient",),
        "sealed_m2": ("impervious_share",),
        "unmapped_m2": ("cover_remainder",),
        "sky_m2": ("sky_view",),
        "crowns_m2": ("canopy_share", "cover_wood"),
    },
}
"""Amounts that add up over blocks, by layer: the greatest of these shares of the block's area."""


def plan_amounts(layers: Mapping[str, Any]) -> list[pd.DataFrame]:
    """
    Amounts of each block that add up, on the index of the layer ``blocks``.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers of the run; of those that are missing there are no amounts.
    """
    blocks = layers["blocks"]
    found = []
    for name, shares in SHARED.items():
        table = layers.get(name)
        if table is not None:
            rows = table.reindex(blocks.index)
            found.append(pd.DataFrame({amount: rows[list(of)].max(axis=1) * blocks["area_m2"] for amount, of in shares.items()}))
    return found
