"""
Time zone, country and altitude of a point, without a network.

The zone comes from tzfpy, borders of OpenStreetMap to about 100 m; the country from the table of the tz database in which each zone
belongs to a country (``zone.tab``), which is kept by the same people who keep the clocks. The altitude is that of the coarse map of
heights that comes with pvlib (Mapzen terrain tiles).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = ["altitude_at", "countries_at", "is_country", "zone_at"]


def zone_at(latitude: float, longitude: float) -> str:
    """
    IANA time zone of a point; at sea, the nautical one.

    Parameters
    ----------
    latitude, longitude : float
        WGS84 degrees.

    Examples
    --------
    >>> zone_at(50.0983, 20.0005), zone_at(-33.95, 151.18), zone_at(-10.19, -48.33)
    ('Europe/Warsaw', 'Australia/Sydney', 'America/Araguaina')
    """
    from tzfpy import get_tz

    return str(get_tz(longitude, latitude))


def altitude_at(latitude: float, longitude: float) -> float:
    """
    Metres above sea level of a point, of a map in steps of 28 m that is wrong by 100 m and more in mountains.

    Examples
    --------
    >>> altitude_at(38.73, -9.13), altitude_at(50.06, 19.94)
    (26.0, 250.0)
    """
    from pvlib.location import lookup_altitude

    return float(lookup_altitude(latitude, longitude))


def countries_at(latitude: float, longitude: float) -> tuple[str, ...]:
    """
    ISO 3166-1 codes of the countries of a point: one, both at a border or where two claim it, none at sea.

    Examples
    --------
    >>> countries_at(38.72, -9.14), countries_at(51.155, 14.987), countries_at(0.0, -30.0)
    (('PT',), ('DE',), ())
    """
    from tzfpy import get_tzs

    zones = [zone_at(latitude, longitude), *get_tzs(longitude, latitude)]
    return tuple(dict.fromkeys(code for zone in zones for code in _countries().get(str(zone), ())))


def is_country(code: str) -> bool:
    """
    Whether a country bears a code of two letters.

    Examples
    --------
    >>> is_country("PT"), is_country("XX")
    (True, False)
    """
    return any(code in found for found in _countries().values())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Zone → countries, the first of which it is named for."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: tuple(row[0].split(",")) for row in rows}
