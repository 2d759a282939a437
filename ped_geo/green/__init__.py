"""
Green, blue and heat per block: land cover, runoff, sky, local climate zone, a hint of the heat island, and what would help.

``cover`` puts every piece of ground into one class, ``sky`` looks up from the open ground, ``zones`` finds local climate zones,
``heat`` judges warm nights and cooling, ``roofs`` weighs green roofs against modules, and ``plan`` puts the layers together.
"""

from __future__ import annotations

from ped_geo.green.plan import GreenInputs, green_of

__all__ = ["GreenInputs", "green_of"]
