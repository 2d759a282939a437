"""Which of the district's stages a scan runs, and where: for the whole place, for each tile, and for all blocks together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ped_geo.pipeline import group_stages, stages
from ped_geo.scan import roadmap

if TYPE_CHECKING:
    from ped_geo.engine import Step

__all__ = ["BETWEEN", "BLOCKS", "FIRST", "FORM", "KEPT_FIRST", "KEPT_SECOND", "KEPT_SUN", "SECOND", "SUN"]

FORM: Final[tuple[Step, ...]] = (stages.buildings, stages.check, stages.streets, stages.blocks, stages.trees)
"""For the whole place: buildings learn from their neighbours, and blocks are faces of all streets."""

FIRST: Final[tuple[Step, ...]] = (
    stages.roofs,
    stages.shading,
    stages.solar,
    stages.beyond_roofs,
    stages.envelope,
    stages.packages,
    stages.demand,
)
"""For each tile, until it is known what its buildings ask of a heat network."""

BETWEEN: Final[tuple[Step, ...]] = (stages.heat_routes,)
"""For the whole place again: pipes do not end at a tile."""

SECOND: Final[tuple[Step, ...]] = (
    stages.ages,
    stages.supply,
    stages.storage,
    stages.finance,
    stages.balance,
    group_stages.balance_spread,
    roadmap.stock,
)
"""For each tile, to the end; how surely a block has its balance decides which groups are told."""

BLOCKS: Final[tuple[Step, ...]] = (
    stages.levers,
    group_stages.districts,
    group_stages.recommendation,
    group_stages.block_types,
    roadmap.by_types,
)
"""For all blocks of the place, which are small tables by then."""

SUN: Final[tuple[Step, ...]] = (stages.roofs, stages.shading, stages.solar)
"""For each tile where the country has no pack: nothing that asks for heat or prices."""

KEPT_SUN: Final = ("pv_buildings",)
KEPT_FIRST: Final = ("need", "thermal_state", "packages_cost", "pv_buildings", "pv_places")
KEPT_SECOND: Final = ("balance", "variant_costs", "balance_spread", "scan_stock", "scan_base")
"""What the whole place needs of each tile; hours stay in the tile."""
