"""
Which weather a run uses, and it says so.

A file that the user names comes first, for naming it is a choice; then the frozen PVGIS year, PVGIS itself, and the built-in
climate where PVGIS cannot serve. A frozen year that is damaged is told, never passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.errors import SourceError, StudyError
from ped_geo.site import Site
from ped_geo.sources.climate import hourly_year
from ped_geo.sources.epw import read_epw
from ped_geo.sources.pvgis import fetch_pvgis, frozen_pvgis
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
        ``[sources] weather`` says which; ``auto`` takes the EPW where one is named, else PVGIS, else the built-in climate.
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
        PVGIS was not.

    Raises
    ------
    SourceError
        If a source that was named cannot serve, or a frozen year is damaged.
    StudyError
        If ``weather`` is ``epw`` and no file is named.
    """
    choice = study.sources.weather
    if choice == "epw" and study.sources.weather_file is None:
        raise StudyError("[sources] weather is 'epw' but weather_file is not given; name an .epw file.")
    if choice == "epw" or (choice == "auto" and study.sources.weather_file is not None):
        assert study.sources.weather_file is not None
        return read_epw(study.sources.weather_file)
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
