"""Classes of the report's maps and the legends beside them, in words of the page, so that all maps of a place read alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ped_geo.language import text
from ped_geo.outputs.figures import FIGURES, block_figures, building_figures, classes_of, written_unit
from ped_geo.outputs.styles import NO_VALUE

if TYPE_CHECKING:
    from ped_geo.outputs import Results
    from ped_geo.outputs.styles import Classes

__all__ = ["map_classes", "map_legends"]

MAPS = {
    "map_balance": ("balance", "block"),
    "map_heat": ("heat", "block"),
    "map_pv": ("roof_yield", "modules"),
    "passport": ("heat", "passport"),
}
"""Figure of each map, and of what there is none where it is grey."""


def map_classes(results: Results) -> dict[str, Classes]:
    """Classes of each map, of all variants and buildings of the place."""
    blocks, buildings = block_figures(results), building_figures(results)
    return {name: classes_of(figure, (blocks if kind == "block" else buildings)[figure]) for name, (figure, kind) in MAPS.items()}


def map_legends(results: Results, lang: str) -> dict[str, dict[str, Any]]:
    """
    Legend of each map.

    Returns
    -------
    dict
        Name of the map → ``unit`` and ``rows`` of (colour, words), the last for what has no value.
    """
    found = {}
    for name, classes in map_classes(results).items():
        figure, kind = MAPS[name]
        rows = [*zip(classes.colours, classes.labels(lang), strict=True), (NO_VALUE, text(f"figure.none.{kind}", lang))]
        found[name] = {"unit": written_unit(FIGURES[figure].unit, lang), "rows": rows}
    return found
