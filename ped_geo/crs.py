"""The projected coordinate system in which lengths and areas are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.errors import LayerError

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["to_working_crs", "working_epsg"]


def working_epsg(longitude: float, latitude: float, country: str) -> int:
    """
    EPSG code of the CRS to compute in: the PL-2000 zone in Poland, the UTM zone elsewhere.

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
    """
    if country == "PL":
        return 2176 + min(max(round((longitude - 15.0) / 3.0), 0), 3)
    zone = int((longitude + 180.0) // 6.0) % 60 + 1
    etrs89_zones = range(28, 39)
    if latitude > 30 and zone in etrs89_zones:
        return 25800 + zone
    return (32600 if latitude >= 0 else 32700) + zone


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
        raise LayerError(f"layer {layer!r} has no coordinate system; set it, for example frame.set_crs(4326).")
    projected = frame if frame.crs.to_epsg() == epsg else frame.to_crs(epsg)
    import numpy as np

    if len(projected) and not np.isfinite(projected.total_bounds).all():
        raise LayerError(f"layer {layer!r} cannot be projected to EPSG:{epsg}; its coordinates lie outside that system, check their order.")
    return projected
