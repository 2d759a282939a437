"""The routed heat network as a layer: pipes as wide as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo import schema
from ped_geo.outputs.qml import LayerStyle
from ped_geo.outputs.tables import DocumentedLayer

if TYPE_CHECKING:
    from ped_geo.outputs import Results

__all__ = ["PIPE_COLOUR", "WIDTH_PER_DN", "heat_network_layer"]

PIPE_COLOUR = "#a50f15"
WIDTH_PER_DN = 0.008
"""Width of a line per millimetre of pipe, mm."""

LEAST_MM = 0.25


def heat_network_layer(results: Results) -> dict[str, tuple[DocumentedLayer, LayerStyle]]:
    """Layer ``heat_network`` with its style, by name; nothing where no pipe could be routed."""
    pipes = results.layers.get("heat_network")
    if pipes is None or not len(pipes):
        return {}
    width = f'{LEAST_MM:g} + {WIDTH_PER_DN:g} * "dn"'
    style = LayerStyle("heat_network", colour=PIPE_COLOUR, width_mm=0.6, geometry="line", width_by=width)
    return {"heat_network": (DocumentedLayer(pipes, schema.columns("heat_network")), style)}
