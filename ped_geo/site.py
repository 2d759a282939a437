"""`Site`: the point for which sun and weather are computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

__all__ = ["Site"]

OBLIQUITY_DEG: Final = 23.44
"""Tilt of the Earth's axis, and so the declination of the sun at the solstices (Astronomical Almanac). [°]"""


@dataclass(frozen=True)
class Site:
    """
    One point on Earth.

    Attributes
    ----------
    latitude, longitude : float
        WGS84 degrees, north and east positive.
    altitude_m : float
        Metres above sea level.
    tz : str
        IANA time zone of local clocks, for profiles and day types.
    altitude_source : str
        Where `altitude_m` comes from: ``study``, ``terrain``, ``weather``, ``station``, ``map`` or ``assumed``; words in the catalogue.
    """

    latitude: float
    longitude: float
    altitude_m: float = 0.0
    tz: str = "Europe/Warsaw"
    altitude_source: str = "assumed"

    def part(self, sections: Iterable[str]) -> Site:
        """The site, which has no sections."""
        del sections
        return self

    def content(self) -> dict[str, Any]:
        """Its attributes by name."""
        return asdict(self)

    @property
    def southern(self) -> bool:
        """Whether the place lies south of the equator, where July is in winter."""
        return self.latitude < 0.0

    @property
    def equator_azimuth(self) -> float:
        """Direction towards the equator, from north over east [°]."""
        return 0.0 if self.southern else 180.0

    @property
    def midwinter_noon_height(self) -> float:
        """
        Height of the sun above the horizon at noon of the shortest day, below it in the polar night [°].

        Examples
        --------
        >>> round(Site(50.1, 20.0).midwinter_noon_height, 2)  # check C13
        16.46
        """
        return 90.0 - abs(self.latitude) - OBLIQUITY_DEG
