"""A year of weather in a file that the user names: an EPW, or a typical year of PVGIS as it was downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo import assumptions
from ped_geo.assumptions import Assumed
from ped_geo.errors import SourceError, StudyError
from ped_geo.language import position
from ped_geo.language.sentences import Sentence
from ped_geo.site import Site
from ped_geo.sources._providers import WEATHERS, WeatherSource
from ped_geo.sources.epw import read_epw
from ped_geo.sources.pvgis import is_pvgis_file, read_pvgis_file
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["distance_km", "file_weather"]


def file_weather(study: Study, site: Site, raw_root: Path) -> pd.DataFrame:
    """
    The year of ``[sources] weather_file``, with a remark where its place lies far from the district.

    Parameters
    ----------
    study : Study
        Names the file.
    site : Site
        Of the district.
    raw_root : Path
        Unused; nothing is frozen, the file is there.

    Raises
    ------
    StudyError
        If no file is named.
    SourceError
        If the file cannot be read, or belongs to another part of the world.
    """
    del raw_root
    path = study.sources.weather_file
    if path is None:
        raise StudyError(Sentence("error.sources_weather_is_epw_but"))
    return _near(_read(path, study.assumed), site, path.name)


def _read(path: Path, assumed: Assumed) -> pd.DataFrame:
    """A weather file by what it holds, not by its name: a typical year of PVGIS as JSON or CSV, else an EPW."""
    if path.is_file():
        with path.open("rb") as file:
            if is_pvgis_file(file.read(64)):
                return read_pvgis_file(path, assumed=assumed)
    return read_epw(path, assumed=assumed)


def _near(frame: pd.DataFrame, site: Site, name: str) -> pd.DataFrame:
    """The weather, with a remark where its place lies far from the district; refused where it is another part of the world."""
    distance = distance_km(frame.attrs["latitude"], frame.attrs["longitude"], site)
    usual, most = (assumptions.scalar(f"check.{key}").high for key in ("weather_distance", "weather_reach"))
    if distance > most:
        raise SourceError(
            Sentence(
                "error.is_weather_km_from_district",
                name=name,
                position=position(frame.attrs["latitude"], frame.attrs["longitude"]),
                distance=distance,
                position_2=position(site.latitude, site.longitude),
                most=most,
            )
        )
    if distance > usual:
        frame.attrs["remarks"] = [*frame.attrs["remarks"], ("weather_far", {"file": name, "value": distance, "high": usual})]
    return frame


def distance_km(latitude: float, longitude: float, site: Site) -> float:
    """
    Shortest way over the ground between a place and a site [km].

    Examples
    --------
    >>> round(distance_km(52.17, 20.97, Site(50.06, 19.94)))
    246
    """
    from pyproj import Geod

    return float(Geod(ellps="WGS84").inv(longitude, latitude, site.longitude, site.latitude)[2]) / 1000.0


def _named(study: Study) -> bool:
    return study.sources.weather_file is not None


WEATHERS.add("epw", WeatherSource("epw", file_weather, turn=0, serves=_named, decisive=True, reads_file=True))
