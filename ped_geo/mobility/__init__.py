"""
Mobility of blocks: who reaches what on foot, public transport by its timetable, cars, charging and what car parks could carry.

``transit`` classes stops and their reach, ``charging`` follows electric cars to 2050, ``parking`` counts stalls and canopies, and
``plan`` puts the layers together.
"""

from __future__ import annotations

from ped_geo.mobility.plan import MobilityInputs, mobility_of

__all__ = ["MobilityInputs", "mobility_of"]
