"""A place from frames in memory: no file is read, nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ped_geo.errors import LayerError, SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources import RawPlace
from ped_geo.sources._boundary import boundary_frame
from ped_geo.sources._weather_frame import COLUMNS, as_year, by_date, check_weather
from ped_geo.sources.footprints_file import as_layer, as_ways, building_columns, place_of_layers, unread_columns
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from ped_geo.site import Site

__all__ = ["place_of_frames", "weather_of_frame"]

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


def place_of_frames(
    study: Study,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | None = None,
    boundary: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry | None = None,
    columns: Mapping[str, str] | None = None,
) -> RawPlace:
    """
    The raw layers of buildings, streets and a boundary that are frames already.

    Parameters
    ----------
    study : Study
        Settings.
    buildings : GeoDataFrame
        Polygons with a coordinate system; every other column may stay away. Columns are read under the names that files may
        have: OSM's keys, or ``storeys``, ``height``, ``year``, ``use`` and their like.
    streets : GeoDataFrame, optional
        Lines with a coordinate system.
    boundary : GeoDataFrame, GeoSeries or polygon, optional
        Area of the district; a bare polygon is in the system of the buildings. Default: the hull of the buildings.
    columns : mapping, optional
        OSM's key → column of `buildings`, for columns with other names.

    Raises
    ------
    LayerError
        With everything that is wrong with the frames.
    SourceError
        If no building lies inside the boundary.
    """
    named = dict(columns or {})
    problems = [
        *_problems("buildings", buildings, POLYGONS),
        *_problems("streets", streets, LINES),
        *_problems("boundary", boundary, POLYGONS),
    ]
    if hasattr(buildings, "columns"):
        held = ", ".join(map(str, buildings.columns))
        problems += [
            Sentence("error.columns_names_for_which_buildings", column=column, key=key, held=held)
            for key, column in named.items()
            if column not in buildings
        ]
    if problems:
        raise LayerError(Sentence("error.frames_place"), problems)
    frame = buildings.drop(columns=[key for key, column in named.items() if key != column], errors="ignore")
    frame = _with_ids(frame.rename(columns={column: key for key, column in named.items()}))
    notes = unread_columns(frame, "buildings", building_columns())
    provenance = {"source": "frames", "licence": "of the caller's data", "attribution": "", "files": [], "notes": notes}
    footprints = as_layer(frame, source="file", index="building_id", default={"building": "yes"})
    ways = None if streets is None else as_ways(streets.reset_index(drop=True))
    return place_of_layers(study, footprints, ways, provenance, boundary=_one_polygon(study, boundary, frame.crs))


def _with_ids(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A frame whose index is a name gives it to its buildings."""
    named = frame.index.name is not None and "building_id" not in frame
    return frame.reset_index(names="building_id") if named else frame.reset_index(drop=True)


def _problems(name: str, frame: Any, kinds: tuple[str, ...]) -> list[str]:
    """What keeps a frame from being read."""
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    if name == "boundary" and isinstance(frame, BaseGeometry):
        frame = gpd.GeoSeries([frame], crs=4326)
    if frame is None:
        return []
    if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries) or (name != "boundary" and isinstance(frame, gpd.GeoSeries)):
        return [Sentence("error.is_must_be_geodataframe_make", name=name, name_2=type(frame).__name__)]
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is None:
        return [Sentence("error.has_no_geometry_column_name", name=name)]
    problems: list[str] = [] if frame.crs is not None else [Sentence("error.has_no_coordinate_system_set", name=name)]
    if not frame.geom_type.isin(kinds).any():
        problems.append(Sentence("error.holds_no_2", name=name, names=", ".join(kinds)))
    return problems


def _one_polygon(study: Study, boundary: Any, crs: Any) -> gpd.GeoDataFrame | None:
    import geopandas as gpd

    if boundary is None:
        return None
    shapes = boundary.geometry if isinstance(boundary, gpd.GeoDataFrame | gpd.GeoSeries) else gpd.GeoSeries([boundary], crs=crs)
    shapes = shapes[shapes.geom_type.isin(POLYGONS)].to_crs(4326)
    return boundary_frame(shapes.make_valid().union_all(), study.title, "file")


def weather_of_frame(frame: pd.DataFrame, site: Site) -> pd.DataFrame:
    """
    A year of weather in a frame with pvlib's names, as other sources of weather give it.

    Parameters
    ----------
    frame : DataFrame, shape (n, m)
        ``ghi``, ``dni``, ``dhi`` [W/m²], ``temp_air`` [°C], ``wind_speed`` [m/s] of every hour of a year, means over the hour
        that starts at the index, which has a time zone; the year may be any.
    site : Site
        Where the sun is computed.

    Raises
    ------
    LayerError
        If columns, the time zone or hours are missing.
    SourceError
        If values are missing or impossible.
    """
    import pandas as pd

    problems = [Sentence("error.weather_has_no_column_it", name=name, names=", ".join(COLUMNS)) for name in COLUMNS if name not in frame]
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is None:
        problems.append(Sentence("error.weather_needs_index_times_with"))
    if problems:
        raise LayerError(Sentence("error.frames_place"), problems)
    at = pd.DatetimeIndex(frame.index).tz_convert("UTC")
    try:
        hours, _ = by_date(frame[[*COLUMNS]].set_axis(at), at.month.to_numpy(), at.day.to_numpy(), at.hour.to_numpy())
    except SourceError as error:
        raise SourceError(Sentence("error.weather", reason=error)) from None
    year = check_weather(as_year(hours, first_hour=0.0), subject="weather")
    year.attrs = {"source": "frame", "confidence": "known", "licence": "", "latitude": site.latitude, "longitude": site.longitude}
    return year
