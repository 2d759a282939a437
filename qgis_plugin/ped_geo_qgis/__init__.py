"""Processing provider of ped_geo for QGIS: calls the installed program, brings no libraries of its own."""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: N802 - QGIS asks for this name
    """The plugin, as QGIS asks for it; `iface` is the window, or None in ``qgis_process``."""
    from .plugin import PedGeoPlugin

    return PedGeoPlugin(iface)
