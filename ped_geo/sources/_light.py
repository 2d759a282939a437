"""
Light of moments and of odd hours carried to the hours of the year, and whether light and sun belong together.

A weather file says what the sun gave at moments of its own: hours that end on the half in zones such as India's, or one moment per
hour as PVGIS does. All later work takes means over UTC hours with the sun at their middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ped_geo import assumptions
from ped_geo.assumptions import Assumed, cited
from ped_geo.site import Site

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["MIDDLE", "hour_means", "light_gap", "light_remarks"]

MIDDLE = 0.5
"""Where the sun stands for an hour, hours after its start."""

# below this height of the sun a sample says nothing about the sky
LOWEST_SINE = 0.035
# moments tried when light does not fit the sun, hours around the stated one, then around the best of them
TRIED = (np.arange(-12.0, 12.5, 1.0), np.arange(-0.75, 1.0, 0.25))


def _sun(index: pd.DatetimeIndex, hours: float, site: Site) -> pd.DataFrame:
    """The sun's position `hours` after the index, as pvlib gives it."""
    import pandas as pd
    from pvlib import solarposition

    moment = index + pd.Timedelta(hours=hours)
    found: pd.DataFrame = solarposition.get_solarposition(moment, site.latitude, site.longitude, altitude=site.altitude_m)
    return found


def _clear_sky(index: pd.DatetimeIndex, hours: float, site: Site, assumed: Assumed) -> dict[str, Array]:
    """Direct and diffuse light of a clear sky, direct light above the air [W/m²], the sine of the sun's height; `hours` after the index."""
    import pandas as pd
    from pvlib import atmosphere, clearsky, irradiance

    sun = _sun(index, hours, site)
    pressure = atmosphere.alt2pres(site.altitude_m)
    air_mass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(sun["apparent_zenith"]), pressure)
    outside = irradiance.get_extra_radiation((index + pd.Timedelta(hours=hours)).day_of_year.to_numpy())
    turbidity = assumed("climate.linke_turbidity")
    clear = clearsky.ineichen(sun["apparent_zenith"], air_mass, turbidity, altitude=site.altitude_m, dni_extra=outside)
    sine = np.cos(np.radians(sun["zenith"].to_numpy()))
    # refraction lifts the sun before it is up
    light = {name: np.where(sine > 0.0, np.nan_to_num(clear[name].to_numpy()), 0.0) for name in ("dni", "dhi")}
    return {"sine": sine, "outside": outside, **light}


def hour_means(moments: pd.DataFrame, site: Site, *, light_at: float, air_at: float, assumed: Assumed = cited) -> pd.DataFrame:
    """
    Means over the hours of the index from samples at other moments.

    Parameters
    ----------
    moments : DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s] by the UTC hour that they belong to.
    site : Site
        Where they were measured.
    light_at, air_at : float
        Moment of the light, and of temperature and wind, after the start of the hour. [h]
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

    Returns
    -------
    DataFrame, shape (8760, 5)
        Light is carried to the middle of the hour as its share of a clear sky's [1]_, so that it fits the sun's position there and
        ``ghi = dhi + dni cos(zenith)``; the monthly sums of ``ghi`` stay. The air is carried along a line.

    References
    ----------
    .. [1] P. Ineichen, R. Perez, "A new airmass independent formulation for the Linke turbidity coefficient", Solar Energy 73 (2002).
    """
    import pandas as pd

    index = pd.DatetimeIndex(moments.index)
    month = index.month.to_numpy() - 1
    then, middle = _clear_sky(index, light_at, site, assumed), _clear_sky(index, MIDDLE, site, assumed)
    seen = then["sine"] > LOWEST_SINE
    dni, dhi = (
        _between(moments[name].to_numpy() / np.where(seen, then[name], np.inf), seen, MIDDLE - light_at) * middle[name]
        for name in ("dni", "dhi")
    )
    dni = np.minimum(dni, middle["outside"])
    ghi = dhi + dni * np.maximum(middle["sine"], 0.0)
    wanted = np.bincount(month, weights=moments["ghi"].to_numpy(), minlength=12)
    reached = np.bincount(month, weights=ghi, minlength=12)
    scale = np.divide(wanted, reached, out=np.ones(12), where=reached > 0.0)[month]
    always = np.ones(len(index), dtype=bool)
    air = {name: _between(moments[name].to_numpy(), always, MIDDLE - air_at) for name in ("temp_air", "wind_speed")}
    return pd.DataFrame({"ghi": ghi * scale, "dni": dni * scale, "dhi": dhi * scale, **air}, index=index)


def _between(share: Array, seen: NDArray[np.bool_], later: float) -> Array:
    """Values `later` hours after the samples, linear between those that the sun saw; 0 where it saw neither."""
    whole = int(np.floor(later))
    part = later - whole
    first, second = (np.roll(np.where(seen, share, 0.0), -step) for step in (whole, whole + 1))
    near = (1.0 - part) * np.roll(seen, -whole)
    far = part * np.roll(seen, -whole - 1)
    weight = near + far
    return np.divide(near * first + far * second, weight, out=np.zeros(share.size), where=weight > 0.0)


def light_gap(frame: pd.DataFrame, site: Site, light_at: float) -> float:
    """
    How far ``ghi`` and ``dhi + dni cos(zenith)`` lie apart, as a share of the year's ``ghi``.

    Parameters
    ----------
    frame : DataFrame
        ``ghi``, ``dni``, ``dhi`` [W/m²] by UTC hour.
    site : Site
        Where the sun is computed.
    light_at : float
        Moment of the sun, after the start of the hour. [h]

    Returns
    -------
    float
        Sum of the differences without their sign over the sum of ``ghi``; NaN where there is no light.
    """
    import pandas as pd

    total = float(frame["ghi"].sum())
    if total <= 0.0:
        return float("nan")
    sine = np.cos(np.radians(_sun(pd.DatetimeIndex(frame.index), light_at, site)["zenith"].to_numpy()))
    rest = frame["ghi"].to_numpy() - frame["dhi"].to_numpy() - frame["dni"].to_numpy() * np.maximum(sine, 0.0)
    return float(np.abs(rest).sum()) / total


def light_remarks(frame: pd.DataFrame, site: Site, *, light_at: float = MIDDLE) -> list[tuple[str, dict[str, float]]]:
    """
    What is to be said of weather whose light does not fit the sun: nothing where it does.

    Parameters
    ----------
    frame : DataFrame
        ``ghi``, ``dni``, ``dhi`` [W/m²] by UTC hour.
    site : Site
        The weather's own place.
    light_at : float
        Moment for which the light is meant to hold, after the start of the hour. [h]

    Returns
    -------
    list of (str, dict)
        ``weather_moment`` with the minutes by which the light is early or late, where another moment of the day fits clearly
        better; else ``weather_parts``, where the three do not add up at any. ``check.light_gap`` is the bound.
    """
    bound = assumptions.scalar("check.light_gap").high
    gap = light_gap(frame, site, light_at)
    if np.isnan(gap) or gap <= bound:
        return []
    # every tenth day shows as well as all of them which moment fits
    some = frame[(np.arange(len(frame)) // 24) % 10 == 0]
    best, least = 0.0, gap
    for tried in TRIED:
        gaps = [light_gap(some, site, light_at + shift) for shift in best + tried]
        best, least = best + float(tried[int(np.argmin(gaps))]), min(gaps)
    said = {"value": 100.0 * gap, "high": 100.0 * bound}
    if least <= gap / 2.0:
        return [("weather_moment", said | {"minutes": 60.0 * best})]
    return [("weather_parts", said)]
