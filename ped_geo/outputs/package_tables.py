"""Tables without shapes in the GeoPackage, each under the keys that blocks, buildings and candidates have there, and how they belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ped_geo import schema
from ped_geo.outputs.documented import DocumentedLayer

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["RELATIONS", "Relation", "documented_tables"]

TABLES: Final = {"block_variants": "balance", "figures": "figures", "verdicts": "verdicts", "sharing": "sharing", "rejected": "rejected"}
"""Name in the GeoPackage → layer of the run; ``group_id`` is that of a block, a candidate, or ``district``."""


@dataclass(frozen=True)
class Relation:
    """
    Rows of one layer that belong to a row of another.

    Attributes
    ----------
    key : str
        In the catalogue as ``relation.<key>``.
    parent, child : str
        Layers of the GeoPackage.
    parent_key, child_key : str
        Their columns.
    """

    key: str
    parent: str
    parent_key: str
    child: str
    child_key: str


RELATIONS: Final = (
    Relation("block_buildings", "blocks", "block_id", "buildings", "block_id"),
    Relation("block_variants", "blocks", "block_id", "block_variants", "block_id"),
    Relation("block_figures", "blocks", "block_id", "figures", "group_id"),
    Relation("candidate_verdicts", "candidates", "candidate_id", "verdicts", "group_id"),
    Relation("candidate_figures", "candidates", "candidate_id", "figures", "group_id"),
    Relation("candidate_sharing", "candidates", "candidate_id", "sharing", "group_id"),
    Relation("building_arrays", "buildings", "building_id", "pv_arrays", "building_id"),
)


def documented_tables(results: Results) -> dict[str, DocumentedLayer]:
    """
    Tables of the GeoPackage with the meaning of their columns; those that the run has.

    Returns
    -------
    dict of str to DocumentedLayer
        Frames by their keys.
    """
    found = {}
    for name, layer in TABLES.items():
        if layer not in results.layers:
            continue
        found[name] = DocumentedLayer(results.layers[layer], schema.columns(layer))
    return found
