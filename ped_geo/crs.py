"""The projected coordinate system in which lengths and areas are computed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ped_geo import assumptions
from ped_geo.errors import LayerError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["map_scale", "scale_problem", "to_working_crs", "working_epsg"]

POLAND = (14.1, 49.0, 24.2, 55.0)
"""Area of use of PL-2000 (EPSG:2176 to 2179): west, south, east, north in degrees."""


def map_scale(epsg: int, longitude: float, latitude: float) -> tuple[float, float]:
    """
    Least and greatest length on the map per length on the ground at a point.

    Parameters
    ----------
    epsg : int
        A projected system.
    longitude, latitude : float
        Degrees.

    Returns
    -------
    tuple of float
        1 where the map is true; NaN where the system cannot show the point.

    Examples
    --------
    >>> [round(scale, 3) for scale in map_scale(3857, 20.0, 50.1)], [round(scale, 3) for scale in map_scale(2178, 20.0, 50.1)]
    ([1.559, 1.559], [1.0, 1.0])
    """
    from pyproj import CRS, Proj
    from pyproj.exceptions import ProjError

    try:
        factors = Proj(CRS.from_epsg(epsg)).get_factors(longitude, latitude, errcheck=True)
    except ProjError:
        return math.nan, math.nan
    # Tissot's indicatrix: its half axes are the greatest and the least scale
    return float(factors.tissot_semiminor), float(factors.tissot_semimajor)


def working_epsg(longitude: float, latitude: float, country: str) -> int:
    """
    EPSG code of the CRS to compute in: the PL-2000 zone in Poland, the UTM zone elsewhere; it fits the point whatever the country.

    Parameters
    ----------
    longitude, latitude : float
        A point of the district, degrees.
    country : str
        ISO 3166-1 code of two letters.

    Returns
    -------
    int

    Notes
    -----
    PL-2000 has zones of 3° around 15°, 18°, 21° and 24° E (EPSG:2176 to 2179), trap T6 of the fact sheet.

    Examples
    --------
    >>> working_epsg(20.0, 50.1, "PL"), working_epsg(18.67, 50.29, "PL"), working_epsg(14.25, 51.44, "DE")
    (2178, 2177, 25833)
    >>> working_epsg(-9.14, 38.72, "PL")
    25829
    """
    west, south, east, north = POLAND
    if country == "PL" and west <= longitude <= east and south <= latitude <= north:
        return 2176 + min(max(round((longitude - 15.0) / 3.0), 0), 3)
    zone = int((longitude + 180.0) // 6.0) % 60 + 1
    etrs89_zones = range(28, 39)
    if latitude > 30 and zone in etrs89_zones:
        return 25800 + zone
    return (32600 if latitude >= 0 else 32700) + zone


def scale_problem(epsg: int, longitude: float, latitude: float) -> str:
    """
    Why lengths and areas cannot be computed in a system at a point; "" where they can.

    Examples
    --------
    >>> scale_problem(2178, 20.0, 50.1), scale_problem(3857, 20.0, 50.1)[:71]
    ('', '[place] epsg 3857 draws 1 m at 50.100° N, 20.000° E as 1.559 m, must be')
    """
    bound = assumptions.scalar("check.map_scale")
    least, most = map_scale(epsg, longitude, latitude)
    if bound.low <= least <= most <= bound.high:
        return ""
    where = position(latitude, longitude, digits=3)
    drawn = max(least, most, key=lambda it: abs(it - 1))
    fault = Sentence("error.cannot_show", where=where) if math.isnan(least) else Sentence("error.draws_metre", where=where, metre=drawn)
    return Sentence("error.place_epsg_must_be_to", epsg=epsg, fault=fault, low=bound.low, high=bound.high)


def to_working_crs(frame: gpd.GeoDataFrame, epsg: int, *, layer: str) -> gpd.GeoDataFrame:
    """
    Reproject a layer; easting stays first whatever the authority's axis order.

    Parameters
    ----------
    frame : GeoDataFrame
        Any layer with a CRS.
    epsg : int
        Target code.
    layer : str
        Name for messages.

    Raises
    ------
    LayerError
        If the layer has no CRS or falls outside the bounds of the target.
    """
    if frame.crs is None:
        raise LayerError(Sentence("error.layer_has_no_coordinate_system", layer=layer))
    projected = frame if frame.crs.to_epsg() == epsg else frame.to_crs(epsg)
    import numpy as np

    if len(projected) and not np.isfinite(projected.total_bounds).all():
        raise LayerError(Sentence("error.layer_cannot_be_projected_to", layer=layer, epsg=epsg))
    return projected
