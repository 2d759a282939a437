"""
The typical meteorological year of PVGIS, fetched once, frozen, and parsed by pvlib.

PVGIS © European Union, 2001-2026; free reuse with the source named. PVGIS has already taken the light that hills on the horizon
keep off (``use_horizon``), so terrain must not be taken off again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.site import Site
from ped_geo.sources._http import Client
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources._weather_frame import COLUMNS, as_year, check_weather
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ATTRIBUTION", "fetch_pvgis", "from_pvgis_azimuth", "frozen_pvgis", "load_pvgis", "parse_pvgis_tmy", "to_pvgis_azimuth"]

ATTRIBUTION = "PVGIS © European Union, 2001–2026"
LICENCE = "free reuse with the source named"
# below this height of the sun a sample says nothing about the sky
LOWEST_SINE = 0.035
# a frozen year stands for its district, not for one that was moved, degrees
FARTHEST_DEGREES = 0.25


def from_pvgis_azimuth(aspect: float) -> float:
    """
    Azimuth with north 0 and east 90 of PVGIS's aspect, which has south 0 and west 90.

    Examples
    --------
    >>> from_pvgis_azimuth(0), from_pvgis_azimuth(-90), from_pvgis_azimuth(90), from_pvgis_azimuth(180)
    (180.0, 90.0, 270.0, 0.0)
    """
    return (aspect + 180.0) % 360.0


def to_pvgis_azimuth(surface_azimuth: float) -> float:
    """
    PVGIS's aspect, from -180 to 180 with south 0 and west 90, of an azimuth with north 0 and east 90.

    Examples
    --------
    >>> to_pvgis_azimuth(180), to_pvgis_azimuth(90), to_pvgis_azimuth(270), to_pvgis_azimuth(360)
    (0.0, -90.0, 90.0, -180.0)
    """
    return surface_azimuth % 360.0 - 180.0


def parse_pvgis_tmy(content: bytes) -> pd.DataFrame:
    """
    Hourly weather of a PVGIS TMY answer in JSON.

    Parameters
    ----------
    content : bytes
        The answer, as received.

    Returns
    -------
    DataFrame, shape (8760, 5)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s], means over the hour that starts at the UTC
        index. The twelve months come from different years and are set onto one.

    Raises
    ------
    SourceError
        If the answer is cut off or is not a TMY.

    Notes
    -----
    PVGIS gives the light of one moment per hour, ``irradiance_time_offset`` after the full hour, and the temperature at the full
    hour. Temperature and wind are averaged over the hour's two ends. Light is carried to the middle of the hour as its share of
    the light above the atmosphere, so that it fits the sun's position there and ``ghi = dhi + dni cos(zenith)``; the monthly sums
    of ``ghi`` stay those of PVGIS.
    """
    try:
        parsed = json.loads(content)
        place = parsed["inputs"]["location"]
        site = Site(float(place["latitude"]), float(place["longitude"]), float(place["elevation"]))
        offset = float(place.get("irradiance_time_offset", 0.0))
        table = _table_of(content)
        if len(table) == 8760:
            frame = as_year(table[list(COLUMNS)], first_hour=0.0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SourceError(f"the PVGIS answer is not a whole typical year ({type(error).__name__}); run again with --refresh.") from None
    if len(table) != 8760:
        raise SourceError(f"the PVGIS answer holds {len(table)} hours, a year has 8760; run again with --refresh.")
    if not abs(offset) <= 1.0 or not abs(site.latitude) <= 90.0 or not abs(site.longitude) <= 180.0:
        raise SourceError("the PVGIS answer gives no possible place or time offset; run again with --refresh.")
    frame = _hour_means(check_weather(frame, subject="the PVGIS answer"), site, offset)
    frame.attrs = {"source": "PVGIS TMY", "confidence": "read", "licence": LICENCE, "attribution": ATTRIBUTION}
    frame.attrs |= {"latitude": site.latitude, "longitude": site.longitude, "altitude_m": site.altitude_m, "time_offset_h": offset}
    return check_weather(frame, subject="the PVGIS answer")


def _table_of(content: bytes) -> pd.DataFrame:
    """Pvlib reads files only; its rows in the order of the months, years as in the answer."""
    import tempfile

    from pvlib import iotools

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tmy.json"
        path.write_bytes(content)
        table: pd.DataFrame = iotools.read_pvgis_tmy(str(path), map_variables=True)[0]
    return table


def _sky(index: pd.DatetimeIndex, hours: float, site: Site) -> tuple[Array, Array]:
    """Light above the atmosphere on a plane facing the sun [W/m²] and the sine of the sun's height, `hours` after the index."""
    import pandas as pd
    from pvlib import irradiance, solarposition

    moment = index + pd.Timedelta(hours=hours)
    zenith = solarposition.get_solarposition(moment, site.latitude, site.longitude, altitude=site.altitude_m)["zenith"].to_numpy()
    return irradiance.get_extra_radiation(moment.day_of_year.to_numpy()), np.cos(np.radians(zenith))


def _hour_means(moments: pd.DataFrame, site: Site, offset: float) -> pd.DataFrame:
    import pandas as pd

    index = pd.DatetimeIndex(moments.index)
    month = index.month.to_numpy() - 1
    outside, sine = _sky(index, offset, site)
    seen = sine > LOWEST_SINE
    direct = np.where(seen, moments["dni"].to_numpy() / outside, 0.0)
    diffuse = np.where(seen, moments["dhi"].to_numpy() / (outside * np.maximum(sine, LOWEST_SINE)), 0.0)
    middle_outside, middle_sine = _sky(index, 0.5, site)
    light = middle_outside * (middle_sine > 0.0)
    dni = _between(direct, seen, 0.5 - offset) * light
    dhi = _between(diffuse, seen, 0.5 - offset) * light * np.maximum(middle_sine, 0.0)
    ghi = dhi + dni * np.maximum(middle_sine, 0.0)
    wanted = np.bincount(month, weights=moments["ghi"].to_numpy(), minlength=12)
    reached = np.bincount(month, weights=ghi, minlength=12)
    scale = np.divide(wanted, reached, out=np.ones(12), where=reached > 0.0)[month]
    ends = {name: (moments[name].to_numpy() + np.roll(moments[name].to_numpy(), -1)) / 2.0 for name in ("temp_air", "wind_speed")}
    return pd.DataFrame({"ghi": ghi * scale, "dni": dni * scale, "dhi": dhi * scale, **ends}, index=index)


def _between(share: Array, seen: NDArray[np.bool_], later: float) -> Array:
    """Values `later` hours after the samples, linear between those that the sun saw; 0 where it saw neither."""
    whole = int(np.floor(later))
    part = later - whole
    first, second = (np.roll(np.where(seen, share, 0.0), -step) for step in (whole, whole + 1))
    near = (1.0 - part) * np.roll(seen, -whole)
    far = part * np.roll(seen, -whole - 1)
    weight = near + far
    return np.divide(near * first + far * second, weight, out=np.zeros(share.size), where=weight > 0.0)


def frozen_pvgis(study: Study, site: Site, raw_root: Path) -> pd.DataFrame | None:
    """
    The frozen PVGIS year of a study, None where nothing is frozen.

    Raises
    ------
    ChecksumError
        If the frozen file is not what it was.
    SourceError
        If it is damaged or belongs to another place.
    """
    snapshot = Snapshot(raw_root / study.name / "weather")
    if not snapshot.exists():
        return None
    frame = parse_pvgis_tmy(snapshot.read("tmy.json"))
    there = (frame.attrs["latitude"], frame.attrs["longitude"])
    if max(abs(there[0] - site.latitude), abs(there[1] - site.longitude)) > FARTHEST_DEGREES:
        raise SourceError(
            f"{snapshot.folder} holds the weather of {there[0]:.3f} N, {there[1]:.3f} E, the district lies at"
            f" {site.latitude:.3f} N, {site.longitude:.3f} E; run with --refresh to fetch its own."
        )
    frame.attrs["files"] = snapshot.records()
    return frame


def fetch_pvgis(study: Study, site: Site, raw_root: Path) -> pd.DataFrame:
    """
    The PVGIS year of a site, fetched and frozen before it is used.

    Raises
    ------
    SourceError
        If PVGIS cannot be reached or its answer is not whole; nothing is frozen then.
    """
    snapshot = Snapshot(raw_root / study.name / "weather")
    query = {"lat": f"{site.latitude:.4f}", "lon": f"{site.longitude:.4f}", "outputformat": "json"}
    url = study.sources.pvgis_url.rstrip("/") + "/tmy"
    content = Client.of(study).get(url, query, check=parse_pvgis_tmy)
    about = {"source": "pvgis", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url, "query": query}
    snapshot.write({"tmy.json": content}, about)
    frame = parse_pvgis_tmy(content)
    frame.attrs["files"] = snapshot.records()
    return frame


def load_pvgis(study: Study, site: Site, raw_root: Path, *, refresh: bool = False) -> pd.DataFrame:
    """
    The PVGIS year of a site: from the frozen snapshot, else fetched and frozen.

    Raises
    ------
    SourceError
        If the snapshot is damaged, PVGIS cannot be reached or its answer is not whole; nothing is frozen then.
    """
    frozen = None if refresh else frozen_pvgis(study, site, raw_root)
    return fetch_pvgis(study, site, raw_root) if frozen is None else frozen
