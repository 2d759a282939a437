"""
Types of blocks, and where the package of a pilot can be repeated.

Blocks are told apart by form, age, use, heat supply and state (`features`), compared by Gower distance with a frozen scaling
(`distance`), named by rules that a council can read (`types`) and grouped by k-medoids (`clusters`). `replication` ranks the blocks of
other places by how near they are to a pilot; what the package does there is read from those places' own results, never copied.
"""

from ped_geo.quarters.features import block_features, block_sums
from ped_geo.quarters.replication import replicate
from ped_geo.quarters.types import block_types, type_reasons

__all__ = ["block_features", "block_sums", "block_types", "replicate", "type_reasons"]
