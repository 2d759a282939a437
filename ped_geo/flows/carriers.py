"""Carriers of energy that are bought: the rows of ``tables/carriers.csv``, for every room."""

from __future__ import annotations

from typing import Final

from ped_geo import assumptions

__all__ = ["BURNT_CARRIERS", "CARRIERS", "HEAT_CARRIERS"]


def _carriers(column: str) -> tuple[str, ...]:
    table = assumptions.table("carriers")
    return tuple(table["carrier"][(table["bought"] == "yes") & (table[column] == "yes")].astype("str"))


HEAT_CARRIERS: Final = _carriers("heats")
"""Carriers that heat rooms and water beside electricity."""

CARRIERS: Final = (*HEAT_CARRIERS, *(carrier for carrier in _carriers("bought") if carrier not in HEAT_CARRIERS))
"""All carriers that are bought."""

BURNT_CARRIERS: Final = _carriers("burnt_in_buildings")
"""Carriers whose smoke leaves chimneys in the district."""
