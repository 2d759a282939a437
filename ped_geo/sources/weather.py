"""
Which weather a run uses, and it says so.

A file that the user names comes first, for naming it is a choice; then the frozen PVGIS year, PVGIS itself, and the built-in
climate where PVGIS cannot serve. A frozen year that is damaged is told, never passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo import assumptions
from ped_geo.errors import SourceError, StudyError
from ped_geo.language import position
from ped_geo.site import Site
from ped_geo.sources.climate import hourly_year
from ped_geo.sources.epw import read_epw
from ped_geo.sources.pvgis import fetch_pvgis, frozen_pvgis, is_pvgis_file, read_pvgis_file
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_weather"]


def load_weather(study: Study, site: Site, raw_root: Path, *, refresh: bool = False) -> pd.DataFrame:
    """
    The hourly weather of a study.

    Parameters
    ----------
    study : Study
        ``[sources] weather`` says which; ``auto`` takes the file where one is named, else PVGIS, else the built-in climate.
    site : Site
        Where the sun is computed.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch again.

    Returns
    -------
    DataFrame, shape (8760, 5)
        See `ped_geo.sources.climate.hourly_year`; ``attrs["source"]`` says which source it was, ``attrs["instead_of"]`` why
        PVGIS was not, ``attrs["remarks"]`` what a user should be told of it, as keys of the catalogue and their values.

    Raises
    ------
    SourceError
        If a source that was named cannot serve, its place is too far from the district, or a frozen year is damaged.
    StudyError
        If ``weather`` is ``epw`` and no file is named.
    """
    choice = study.sources.weather
    if choice == "epw" and study.sources.weather_file is None:
        raise StudyError("[sources] weather is 'epw' but weather_file is not given; name an .epw file.")
    if choice == "epw" or (choice == "auto" and study.sources.weather_file is not None):
        assert study.sources.weather_file is not None
        return _near(_read(study.sources.weather_file), site, study.sources.weather_file.name)
    if choice == "builtin":
        return hourly_year(site)
    frozen = None if refresh else frozen_pvgis(study, site, raw_root)
    if frozen is not None:
        return frozen
    try:
        return fetch_pvgis(study, site, raw_root)
    except SourceError as error:
        if choice == "pvgis":
            raise
        year = hourly_year(site)
        year.attrs["instead_of"] = str(error)
        return year


def _read(path: Path) -> pd.DataFrame:
    """A weather file by what it holds, not by its name: a typical year of PVGIS as JSON or CSV, else an EPW."""
    if path.is_file():
        with path.open("rb") as file:
            if is_pvgis_file(file.read(64)):
                return read_pvgis_file(path)
    return read_epw(path)


def _near(frame: pd.DataFrame, site: Site, name: str) -> pd.DataFrame:
    """The weather, with a remark where its place lies far from the district; refused where it is another part of the world."""
    distance = _distance_km(frame.attrs["latitude"], frame.attrs["longitude"], site)
    usual, most = (assumptions.scalar(f"check.{key}").high for key in ("weather_distance", "weather_reach"))
    if distance > most:
        raise SourceError(
            f"{name} is the weather of {position(frame.attrs['latitude'], frame.attrs['longitude'])}, {distance:,.0f} km from the"
            f" district at {position(site.latitude, site.longitude)}, must be within {most:,.0f} km; give a file of its surroundings."
        )
    if distance > usual:
        frame.attrs["remarks"] = [*frame.attrs["remarks"], ("weather_far", {"file": name, "value": distance, "high": usual})]
    return frame


def _distance_km(latitude: float, longitude: float, site: Site) -> float:
    """Shortest way over the ground, km."""
    from pyproj import Geod

    return float(Geod(ellps="WGS84").inv(longitude, latitude, site.longitude, site.latitude)[2]) / 1000.0
