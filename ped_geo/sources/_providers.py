"""What a source of weather and one of elevation models is; a file of this package that registers one needs no other change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo._registry import Registry
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["ELEVATIONS", "WEATHERS", "ElevationSource", "WeatherSource", "with_elevation"]


def _always(study: Study) -> bool:
    del study
    return True


def _nothing_kept(study: Study, site: Site, raw_root: Path) -> None:
    del study, site, raw_root


@dataclass(frozen=True)
class WeatherSource:
    """
    One provider of an hourly year.

    Attributes
    ----------
    key : str
        Name in ``[sources] weather``.
    fetch : callable
        ``fetch(study, site, raw_root) -> DataFrame``, see `ped_geo.sources.climate.hourly_year`; SourceError where it cannot serve.
    turn : int or None
        Its place in the order in which ``auto`` asks, low first; None: only where it is named.
    serves : callable
        ``serves(study) -> bool``: whether ``auto`` may ask it at all.
    kept : callable
        ``kept(study, site, raw_root) -> DataFrame or None``: the frozen year of an earlier run; a damaged one is an error.
    decisive : bool
        Whether ``auto`` ends with its error instead of asking the next: the user has named its file.
    reads_file : bool
        Whether it reads ``[sources] weather_file``.
    """

    key: str
    fetch: Callable[[Study, Site, Path], pd.DataFrame]
    turn: int | None = None
    serves: Callable[[Study], bool] = _always
    kept: Callable[[Study, Site, Path], pd.DataFrame | None] = _nothing_kept
    decisive: bool = False
    reads_file: bool = False


WEATHERS: Registry[WeatherSource] = Registry("ped_geo.sources", "source of weather")


@dataclass(frozen=True)
class ElevationSource:
    """
    One provider of terrain and surface models.

    Attributes
    ----------
    key : str
        Name in ``[sources] elevation``.
    attribution : str
        Carried to every product.
    models : callable
        ``models(study, boundary, raw_root, refresh)``: ``surface_model`` and ``terrain_model``, as far as the study names no file, each
        a raster or a folder of rasters, frozen below ``data/raw``; SourceError where it cannot serve.
    lost : callable
        ``lost(study, raw_root)``: parts of the frozen models that could not be had, and why.
    """

    key: str
    attribution: str
    models: Callable[[Study, gpd.GeoDataFrame, Path, bool], Mapping[str, Path]]
    lost: Callable[[Study, Path], Mapping[str, str]]


ELEVATIONS: Registry[ElevationSource] = Registry("ped_geo.sources", "source of elevation")


def with_elevation(study: Study, boundary: gpd.GeoDataFrame, raw_root: Path, *, refresh: bool = False) -> Study:
    """
    The study with the frozen models of its source of elevation named in it, fetched first where there are none.

    Parameters
    ----------
    study : Study
        ``[sources] elevation`` names the source; a model that the study names itself stays.
    boundary : GeoDataFrame
        The place.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch again although there is a snapshot.

    Raises
    ------
    SourceError
        If the source cannot serve the place; nothing is frozen then.
    """
    if not study.sources.elevation:
        return study
    found = dict(ELEVATIONS[study.sources.elevation].models(study, boundary, raw_root, refresh))
    return study.model_copy(update={"sources": study.sources.model_copy(update=found)})
