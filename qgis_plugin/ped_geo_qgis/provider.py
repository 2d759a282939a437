"""The Processing provider with its four algorithms."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms import ALGORITHMS
from .words import words


class PedGeoProvider(QgsProcessingProvider):
    """Algorithms under ``ped_geo:``."""

    def loadAlgorithms(self) -> None:  # noqa: N802 - QGIS asks for this name
        """Add the algorithms."""
        for kind in ALGORITHMS:
            self.addAlgorithm(kind())

    def id(self) -> str:
        """How algorithms are called begins with it."""
        return "ped_geo"

    def name(self) -> str:
        """Name in the toolbox."""
        return "ped_geo"

    def longName(self) -> str:  # noqa: N802 - QGIS asks for this name
        """Name in full."""
        return words("provider")

    def icon(self) -> QIcon:
        """Two houses and a plus."""
        return QIcon(str(Path(__file__).with_name("icon.svg")))
