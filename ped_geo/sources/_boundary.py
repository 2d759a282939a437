"""The boundary of a place: from a file, a box, a circle or the extent of the data; and the ring around it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.crs import working_epsg
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import layer_names, one_line, read_layer
from ped_geo.sources._shapefile import code_page
from ped_geo.sources._vectors import read_vector
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = ["REGISTER_NAMES", "axes_swapped", "boundary_frame", "given_boundary", "metric_epsg", "read_boundary", "ring", "without_name"]

HALF_GLOBE = 180.0
AROUND_M = 30.0
"""Land around the outermost buildings that belongs to a place whose boundary is not given. [m]"""
LAYERS = ("boundary", "granica", "district", "border")
# columns of the national register of boundaries and of files made from it
CODES = ("jpt_kod_je", "teryt")
REGISTER_NAMES = ("jpt_kod_je", "jpt_nazwa_")


def metric_epsg(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> int:
    """EPSG code of the UTM zone in which distances around a layer are measured."""
    west, south, east, north = frame.to_crs(4326).total_bounds
    return working_epsg((west + east) / 2, (south + north) / 2, "")


def boundary_frame(shape: BaseGeometry, name: str, origin: str) -> gpd.GeoDataFrame:
    """One-row layer of a boundary polygon in EPSG:4326; self-crossing polygons are repaired."""
    import geopandas as gpd
    import shapely

    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    if isinstance(shape, shapely.GeometryCollection):
        shape = shapely.union_all([part for part in shape.geoms if part.geom_type in {"Polygon", "MultiPolygon"}])
    if shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
        raise SourceError(Sentence("error.boundary_is_not_polygon_give", name=name, geom_type=shape.geom_type))
    if origin != "data_extent":
        _refuse_both_sides(f"the boundary of {name!r}", shape.bounds)
    return gpd.GeoDataFrame({"name": [name], "origin": [origin]}, geometry=[shape], crs=4326)


def _refuse_both_sides(subject: str, bounds: Sequence[float]) -> None:
    """Nothing is wider than half the globe: it lies on both sides of the 180th meridian, where degrees jump."""
    west, _, east, _ = bounds
    if east - west > HALF_GLOBE:
        raise SourceError(Sentence("error.longitudes_from_to_degrees_lie", subject=subject, west=west, east=east))


def read_boundary(study: Study) -> gpd.GeoDataFrame:
    """
    The polygon of ``[place] boundary_file``, which may be the packed shapefiles of the national register of boundaries (PRG).

    Raises
    ------
    SourceError
        If the file is missing, holds no polygon, has no CRS or coordinates outside it.
    """
    from pyproj.exceptions import ProjError

    path = study.place.boundary_file
    if path is None or not path.is_file():
        raise SourceError(Sentence("error.place_boundary_file_is_not_file", path=str(path)))
    wanted = study.place.boundary_feature
    frame = (
        _named(path, wanted, study.country) if wanted else read_vector(path, LAYERS, country=study.country, stated=study.sources.files_crs)
    )
    if frame.crs is None:
        raise SourceError(Sentence("error.has_no_coordinate_system_add", path=path))
    frame = frame[frame.geometry.notna()]
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    try:
        frame = frame.to_crs(4326)
    except ProjError as error:
        raise SourceError(Sentence("error.has_coordinate_system_that_cannot", path=path, reason=one_line(error))) from None
    if frame.empty:
        raise SourceError(Sentence("error.holds_no_polygon_boundary_must", path=path))
    west, south, east, north = frame.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise SourceError(Sentence("error.reaches_from_to_in_longitude", path=path, west=west, east=east))
    return boundary_frame(frame.geometry.make_valid().union_all(), study.title, "file")


def _named(path: Path, wanted: str, country: str) -> gpd.GeoDataFrame:
    """The rows of the first layer that has a column that reads as `wanted`: a name, or a code such as TERYT."""
    import geopandas as gpd
    import pyogrio

    shown = ""
    try:
        for layer in layer_names(path):
            page = code_page(path, country, layer)
            frame = read_layer(path, layer=layer, **({"encoding": page} if page else {}))
            if not isinstance(frame, gpd.GeoDataFrame):
                continue
            found = rows_named(frame, wanted)
            if len(found):
                _one_unit(found, wanted, path)
                return found
            words = frame.drop(columns=frame.geometry.name).astype("str")
            names = [column for column in words if words[column].is_unique]
            shown = shown or (", ".join(words[names[0]].head(8)) if names else "")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise SourceError(Sentence("error.cannot_be_read_as_polygon", path=path, reason=one_line(error))) from None
    told = f"it has {shown}, ..." if shown else "no column with unique values"
    raise SourceError(Sentence("error.has_no_feature_in_any", path=path.name, wanted=wanted, told=told))


def _one_unit(found: pd.DataFrame, wanted: str, path: Path) -> None:
    """Communes far apart bear the same name in Poland; their union is no place."""
    for column in found:
        codes = sorted(set(found[column].astype("str").str.strip()))
        if str(column).casefold() in CODES and len(codes) > 1:
            raise SourceError(
                Sentence("error.has_units_named_with_codes", path=path.name, count=len(codes), wanted=wanted, names=", ".join(codes[:8]))
            )


def rows_named(frame: Any, wanted: str) -> Any:
    """
    The rows of a table that are called `wanted`, whatever its case: by name or code where it is the national register's, else in
    any column; codes may be kept as numbers, but a measure such as an area is no name.
    """
    columns = [name for name in frame if str(frame[name].dtype) != "geometry"]
    named = [name for name in columns if str(name).casefold() in REGISTER_NAMES]
    words = frame[named or columns].apply(lambda column: _as_words(column, keep_fractions=bool(named)))
    found = words == wanted.strip().casefold()
    rows: pd.Series = found.any(axis=1)
    return frame[rows] if len(frame) else frame


def _as_words(column: pd.Series, *, keep_fractions: bool) -> pd.Series:
    """Values as words in small letters; of a column with fractions none, because it measures something."""
    import pandas as pd

    if pd.api.types.is_float_dtype(column) and not keep_fractions and bool((column.dropna() % 1).any()):
        return column.astype("str").map(lambda _: "")
    return column.astype("str").str.strip().str.removesuffix(".0").str.casefold()


def without_name(study: Study) -> gpd.GeoDataFrame | None:
    """The boundary as the file, the box or the circle of the study give it; None where it has none of them."""
    import geopandas as gpd
    import shapely

    place = study.place
    if place.boundary_file is not None:
        return read_boundary(study)
    if place.bbox is not None:
        return boundary_frame(shapely.box(*place.bbox), study.title, "bbox")
    if place.centre is not None:
        point = gpd.GeoSeries.from_xy([place.centre[0]], [place.centre[1]], crs=4326)
        metric = point.to_crs(metric_epsg(point)).buffer(place.radius_m, quad_segs=32)
        return boundary_frame(metric.to_crs(4326).iloc[0], study.title, "centre_radius")
    return None


def given_boundary(study: Study, footprints: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """
    A boundary that is there already, else the study's own, else the convex hull of the footprints with 30 m around.

    A box would hold land of which the data know nothing; the faces between it and the data would pass for huge blocks.

    Raises
    ------
    SourceError
        If there are no footprints, or none inside the boundary.
    """
    import shapely

    if footprints.empty:
        raise SourceError(Sentence("error.input_holds_no_buildings_check", study=study.title))
    boundary = without_name(study) if boundary is None else boundary
    degrees = footprints.to_crs(4326)
    if boundary is None:
        _refuse_both_sides(f"{study.title}: the data", degrees.total_bounds)
        metric = metric_epsg(degrees)
        outlines = shapely.geometrycollections(degrees.geometry.to_crs(metric).to_numpy())
        extent = shapely.convex_hull(outlines).buffer(AROUND_M, join_style="mitre")
        frame = boundary_frame(extent, study.title, "data_extent").set_crs(metric, allow_override=True)
        return frame.to_crs(4326)
    shape = boundary.geometry.iloc[0]
    for name, bounds in degrees[degrees.intersects(shape)].bounds.iterrows():
        _refuse_both_sides(f"{study.title}: {name}", bounds.to_list())
    if not degrees.intersects(shape).any():
        west, south, east, north = degrees.total_bounds
        hint = Sentence("error.their_axes_seem_to_be") if axes_swapped(boundary, footprints) else ""
        raise SourceError(
            Sentence(
                "error.no_buildings_inside_boundary_data",
                study=study.title,
                west=west,
                south=south,
                east=east,
                north=north,
                x=shape.centroid.x,
                y=shape.centroid.y,
                hint=hint,
            )
        )
    return boundary


def axes_swapped(boundary: gpd.GeoDataFrame, objects: gpd.GeoDataFrame) -> bool:
    """
    Whether objects that lie elsewhere would meet the boundary if their axes were swapped, in degrees or in their own system.

    Parameters
    ----------
    boundary, objects : GeoDataFrame
        Each with its coordinate system.
    """
    import shapely

    def meet(crs: Any) -> bool:
        west, south, east, north = objects.to_crs(crs).total_bounds
        return bool(boundary.to_crs(crs).intersects(shapely.box(south, west, north, east)).any())

    return meet(4326) or meet(objects.crs)


def ring(boundary: gpd.GeoDataFrame, buffer_m: float) -> BaseGeometry:
    """The boundary with `buffer_m` metres around, in EPSG:4326; up to the 180th meridian, where degrees jump."""
    import numpy as np
    import shapely

    metric = metric_epsg(boundary)
    around = boundary.to_crs(metric).buffer(buffer_m).to_crs(4326).iloc[0]
    west, _, east, _ = around.bounds
    if east - west <= HALF_GLOBE:
        return around
    side = 1.0 if boundary.to_crs(4326).total_bounds[0] >= 0.0 else -1.0
    turned = shapely.transform(around, lambda xy: xy + np.outer(xy[:, 0] * side < 0.0, (2.0 * HALF_GLOBE * side, 0.0)))
    return turned.intersection(shapely.box(-HALF_GLOBE, -90.0, HALF_GLOBE, 90.0))
