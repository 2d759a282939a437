"""Demand: buildings, typology and weather to space heating, hot water and electricity, by the season and by the hour."""

from __future__ import annotations

from ped_geo.demand.envelope import envelope

__all__ = ["envelope"]
