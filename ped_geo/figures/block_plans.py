"""Amounts of blocks that the plans beside energy give, from which the figures of groups are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plan_amounts"]

SHARES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "green_blocks": (
        "area_m2",
        {
            "active_m2": ("biologically_active_share",),
            "biotope_m2": ("biotope_area_factor",),
            "runoff_m2": ("runoff_coefficient",),
            "sealed_m2": ("impervious_share",),
            "unmapped_m2": ("cover_remainder",),
            "sky_m2": ("sky_view",),
            "crowns_m2": ("canopy_share", "cover_wood"),
        },
    ),
    "mobility_blocks": (
        "residents",
        {"reach_people": ("reach_all_share",), "stop_people": ("stop_500_share",), "class_people": ("transport_ab_share",)},
    ),
}
"""By layer, the column of the layer ``blocks`` that shares are of, and amounts: the greatest of these shares of it."""

SUMS: dict[str, tuple[str, ...]] = {
    "mobility_blocks": (
        *("cars", "stalls_mapped", "charging_2030_mwh_a", "charging_2035_mwh_a", "charging_2050_mwh_a", "charging_2050_low_mwh_a"),
        *("charging_2050_high_mwh_a", "charging_peak_2050_kw", "canopy_kwp", "canopy_mwh_a", "canopy_investment"),
    ),
    "street_lighting": ("luminaires", "energy_today_mwh_a", "energy_led_mwh_a", "energy_dimmed_mwh_a"),
}
"""By layer, columns that add up as they are."""


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
    for name in dict.fromkeys([*SHARES, *SUMS]):
        table = layers.get(name)
        if table is None:
            continue
        rows = table.reindex(blocks.index)
        whole, shares = SHARES.get(name, ("", {}))
        parts = {amount: rows[list(of)].max(axis=1) * blocks[whole] for amount, of in shares.items()}
        found.append(pd.DataFrame(parts | {column: rows[column] for column in SUMS.get(name, ())}, index=blocks.index))
    return found
