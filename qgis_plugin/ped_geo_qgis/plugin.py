"""The plugin: it adds the provider to Processing, and nothing to menus."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication

from .provider import PedGeoProvider


class PedGeoPlugin:
    """What QGIS starts and stops."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: PedGeoProvider | None = None

    def initProcessing(self) -> None:  # noqa: N802 - QGIS asks for this name
        """Add the provider; ``qgis_process`` calls this alone."""
        self.provider = PedGeoProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802 - QGIS asks for this name
        """Start in the window."""
        self.initProcessing()

    def unload(self) -> None:
        """Stop."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
