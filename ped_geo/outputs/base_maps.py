"""Base maps from the network, ready in the project but off, so that a project opens without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

__all__ = ["BaseMap", "base_maps"]

WORLD: Final = ""


@dataclass(frozen=True)
class BaseMap:
    """
    A map in tiles of the web Mercator grid.

    Attributes
    ----------
    key : str
        In the catalogue as ``base_map.<key>``.
    country : str
        Where it is offered; `WORLD` for everywhere.
    address : str
        With ``{z}``, ``{x}`` and ``{y}``.
    credit : str
        Whose map it is.
    most : int
        Finest zoom.
    """

    key: str
    country: str
    address: str
    credit: str
    most: int = 19

    @property
    def source(self) -> str:
        """As QGIS's provider of tiles reads it; nothing is asked of the server before the layer is switched on."""
        return f"type=xyz&url={quote(self.address, safe=':/?')}&zmax={self.most}&zmin=0&crs=EPSG:3857"

    @property
    def identity(self) -> str:
        """Identity of the layer in the project."""
        return f"base_map_{self.key}"


ORTHOPHOTO: Final = (
    "https://mapy.geoportal.gov.pl/wss/service/PZGIK/ORTO/WMTS/StandardResolution?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER=ORTOFOTOMAPA&STYLE=default&FORMAT=image/jpeg&TILEMATRIXSET=EPSG:3857&TILEMATRIX=EPSG:3857:{z}&TILEROW={y}&TILECOL={x}"
)

BASE_MAPS: Final = (
    BaseMap("osm", WORLD, "https://tile.openstreetmap.org/{z}/{x}/{y}.png", "© OpenStreetMap contributors"),
    BaseMap("orthophoto", "PL", ORTHOPHOTO, "Główny Urząd Geodezji i Kartografii, geoportal.gov.pl"),
)


def base_maps(country: str) -> list[BaseMap]:
    """
    Base maps of a country.

    Examples
    --------
    >>> [one.key for one in base_maps("PL")], [one.key for one in base_maps("DE")]
    (['osm', 'orthophoto'], ['osm'])
    """
    return [one for one in BASE_MAPS if one.country in (WORLD, country)]
