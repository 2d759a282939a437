"""
The typical meteorological year of PVGIS, fetched once, frozen, and parsed by pvlib.

PVGIS © European Union, 2001-2026; free reuse with the source named. PVGIS has already taken the light that hills on the horizon
keep off (``use_horizon``), so terrain must not be taken off again.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.assumptions import Assumed, cited
from ped_geo.errors import SourceError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence
from ped_geo.site import Site
from ped_geo.sources._files import file_record
from ped_geo.sources._http import Client
from ped_geo.sources._light import hour_means, light_remarks
from ped_geo.sources._providers import WEATHERS, WeatherSource
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources._weather_frame import COLUMNS, as_year, check_weather, place_words
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ATTRIBUTION",
    "fetch_pvgis",
    "from_pvgis_azimuth",
    "frozen_pvgis",
    "is_pvgis_file",
    "load_pvgis",
    "parse_pvgis_tmy",
    "read_pvgis_file",
    "to_pvgis_azimuth",
]

ATTRIBUTION = "PVGIS © European Union, 2001–2026"
LICENCE = "free reuse with the source named"
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


def parse_pvgis_tmy(content: bytes, *, assumed: Assumed = cited) -> pd.DataFrame:
    """
    Hourly weather of a PVGIS TMY answer in JSON.

    Parameters
    ----------
    content : bytes
        The answer, as received.
    assumed : callable, optional
        Value of an assumption by its key, ``Study.assumed``; by default the cited ones.

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
    a clear sky's, so that it fits the sun's position there and ``ghi = dhi + dni cos(zenith)``; the monthly sums
    of ``ghi`` stay those of PVGIS.
    """
    return _year_of(content, _json_place, "json", "the PVGIS answer", "run again with --refresh", assumed)


def is_pvgis_file(content: bytes) -> bool:
    """Whether a weather file is one that PVGIS gives for its typical year, in JSON or CSV."""
    begin = content.removeprefix(BOM_UTF8).lstrip()
    return begin[:1] == b"{" or begin[:8] == b"Latitude"


def read_pvgis_file(path: Path, *, assumed: Assumed = cited) -> pd.DataFrame:
    """
    Hourly weather of a typical year that was downloaded from PVGIS as JSON or CSV; see `parse_pvgis_tmy`.

    Raises
    ------
    SourceError
        If the file is cut off or is not a TMY.
    """
    content = path.read_bytes().removeprefix(BOM_UTF8)
    kind, place = ("json", _json_place) if content.lstrip()[:1] == b"{" else ("csv", _csv_place)
    frame = _year_of(content, place, kind, path.name, "download the typical year (TMY) again, as JSON, CSV or EPW", assumed)
    site = Site(frame.attrs["latitude"], frame.attrs["longitude"])
    frame.attrs |= {"files": [file_record(path)], "source": f"PVGIS TMY {place_words(path.name, site)}"}
    return frame


def _json_place(content: bytes) -> dict[str, Any]:
    return dict(json.loads(content)["inputs"]["location"])


def _csv_place(content: bytes) -> dict[str, Any]:
    """Latitude, longitude, elevation and time offset of the first lines of a CSV."""
    words = [line.partition(":") for line in content[:4_000].decode("utf-8", "replace").splitlines()[:8]]
    return {key.partition("(")[0].strip().lower().replace(" ", "_"): value for key, _, value in words}


def _year_of(
    content: bytes, place_of: Callable[[bytes], dict[str, Any]], kind: str, subject: str, advice: str, assumed: Assumed
) -> pd.DataFrame:
    try:
        place = place_of(content)
        site = Site(float(place["latitude"]), float(place["longitude"]), float(place["elevation"]))
        offset = float(place.get("irradiance_time_offset", 0.0))
        table = _table_of(content, kind)
        if len(table) == 8760:
            moments = as_year(table[list(COLUMNS)], first_hour=0.0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SourceError(Sentence("error.is_not_whole_typical_year", subject=subject, name=type(error).__name__, advice=advice)) from None
    if len(table) != 8760:
        raise SourceError(Sentence("error.holds_hours_year_has_8760", subject=subject, count=len(table), advice=advice))
    if not abs(offset) <= 1.0 or not abs(site.latitude) <= 90.0 or not abs(site.longitude) <= 180.0:
        raise SourceError(Sentence("error.gives_no_possible_place_time", subject=subject, advice=advice))
    moments = check_weather(moments, subject=subject)
    frame = hour_means(moments, site, light_at=offset, air_at=0.0, assumed=assumed)
    frame.attrs = {"source": "PVGIS TMY", "confidence": "read", "licence": LICENCE, "attribution": ATTRIBUTION}
    frame.attrs |= {"latitude": site.latitude, "longitude": site.longitude, "altitude_m": site.altitude_m, "time_offset_h": offset}
    frame.attrs["remarks"] = light_remarks(moments, site, light_at=offset)
    return check_weather(frame, subject=subject)


def _table_of(content: bytes, kind: str) -> pd.DataFrame:
    """Pvlib reads files only; its rows in the order of the months, years as in the answer."""
    import tempfile

    from pvlib import iotools

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tmy.{kind}"
        path.write_bytes(content)
        table: pd.DataFrame = iotools.read_pvgis_tmy(str(path), map_variables=True)[0]
    return table


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
    frame = parse_pvgis_tmy(snapshot.read("tmy.json"), assumed=study.assumed)
    there = (frame.attrs["latitude"], frame.attrs["longitude"])
    if max(abs(there[0] - site.latitude), abs(there[1] - site.longitude)) > FARTHEST_DEGREES:
        raise SourceError(
            Sentence(
                "error.holds_weather_district_lies_at",
                folder=snapshot.folder,
                position=position(*there, digits=3),
                position_2=position(site.latitude, site.longitude, digits=3),
            )
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
    frame = parse_pvgis_tmy(content, assumed=study.assumed)
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


WEATHERS.add("pvgis", WeatherSource("pvgis", fetch_pvgis, turn=1, kept=frozen_pvgis))
