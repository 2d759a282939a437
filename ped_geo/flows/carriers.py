"""Carriers of energy that are bought, declared once for every room."""

from __future__ import annotations

from typing import Final

__all__ = ["CARRIERS", "HEAT_CARRIERS"]

HEAT_CARRIERS: Final = ("district_heat", "gas", "coal", "biomass", "oil")
"""Carriers that heat rooms and water beside electricity."""

CARRIERS: Final = (*HEAT_CARRIERS, "electricity")
"""All carriers that are bought."""
