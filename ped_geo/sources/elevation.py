"""
Surface and terrain models: heights of buildings above the ground, and rasters of a place.

GeoTIFF and ARC/INFO ASCII grids; a folder of tiles is one model, whose tiles share their coordinate system and vertical datum. The height of a building is a high percentile of the surface
well within its footprint, less the ground: the median of the terrain model there, or a low percentile of the surface around it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.remarks import Remark, named
from ped_geo.sources._files import file_record, one_line, open_raster
from ped_geo.sources._raster_heights import Encoding, metres_of
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "UNNAMED",
    "ElevationModel",
    "Raster",
    "check_rows",
    "elevation_models",
    "height_remarks",
    "heights_above_ground",
    "measured_heights",
    "model_records",
    "open_model",
    "opened",
    "read_raster",
    "tiles",
]

Bounds = tuple[float, float, float, float]
UNNAMED = "not named"

SUFFIXES = {".tif", ".tiff", ".asc"}
# footprints are taken in squares of this side, so that a city needs no more memory than a district
CELL_M = 500.0
LARGEST_PIXELS = 100_000_000


@dataclass(frozen=True)
class Raster:
    """
    Heights on a grid.

    Attributes
    ----------
    values : ndarray, shape (rows, columns)
        Heights above the datum, NaN where unknown. [m]
    transform : Affine
        From column and row to easting and northing.
    crs : CRS
        Of the easting and northing.
    """

    values: NDArray[np.float32]
    transform: Any
    crs: Any


def tiles(path: Path) -> list[Path]:
    """
    The files of a model: the file itself, or all rasters of a folder.

    Raises
    ------
    SourceError
        If there is none.
    """
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    if not found or not found[0].is_file():
        raise SourceError(Sentence("error.holds_no_raster_give_geotiff", path=path))
    return found


@dataclass(frozen=True)
class Tile:
    """One raster file: its extent (west, south, east, north) and the side of its pixels, m."""

    path: Path
    bounds: Bounds
    pixel: float

    def meets(self, bounds: Bounds) -> bool:
        """Whether the extents share more than an edge."""
        west, south, east, north = bounds
        return self.bounds[0] < east and self.bounds[2] > west and self.bounds[1] < north and self.bounds[3] > south


@dataclass(frozen=True)
class ElevationModel:
    """
    The rasters of one surface or terrain model.

    Attributes
    ----------
    path : Path
        File, or folder of tiles.
    tiles : tuple of Tile
        Its files.
    crs : pyproj.CRS
        Horizontal system of all tiles.
    datum : str
        Vertical datum of all tiles, for example ``EVRF2007-PL height``; "" where neither the files nor the study name it.
    """

    path: Path
    tiles: tuple[Tile, ...]
    crs: Any
    datum: str


def raster_errors() -> tuple[type[Exception], ...]:
    """What damaged rasters raise: rasterio's own errors, and those of GDAL that it lets through as they are."""
    from rasterio._err import CPLE_BaseError
    from rasterio.errors import RasterioError

    return RasterioError, CPLE_BaseError, ValueError, OverflowError


@contextmanager
def opened(path: Path, stated: str) -> Iterator[Any]:
    """
    A raster with a coordinate system in metres, open for reading.

    Parameters
    ----------
    path : Path
        GeoTIFF or ARC/INFO ASCII grid.
    stated : str
        Coordinate system of files that name none, ``[sources] elevation_crs``.

    Raises
    ------
    SourceError
        If it cannot be read, or has no coordinate system in metres.
    """
    import rasterio
    from rasterio.vrt import WarpedVRT

    with ExitStack() as stack:
        try:
            data = stack.enter_context(open_raster(path))
            if data.crs is None and stated:
                horizontal = rasterio.CRS.from_wkt(_parts(stated)[0].to_wkt())
                data = stack.enter_context(WarpedVRT(data, src_crs=horizontal, crs=horizontal))
        except raster_errors() as error:
            raise SourceError(Sentence("error.cannot_be_read_as_raster_give", path=path.name, reason=one_line(error))) from None
        problem = _problem(data.crs)
        if problem:
            raise SourceError(Sentence("error.path_problem", path=path.name, problem=problem))
        yield data


def _check_files(paths: list[Path]) -> None:
    for path in paths:
        try:
            with open_raster(path) as data:
                check_rows(data)
        except raster_errors() as error:
            raise SourceError(Sentence("error.is_damaged_fetch_export_it", path=path.name, reason=one_line(error))) from None


def check_rows(data: Any) -> None:
    """
    Read an ASCII grid once in the order of its rows, so that one that breaks off is noticed.

    GDAL, asked for a later row first, tries all broken rows before it again for each of them, and does not come to an end.

    Raises
    ------
    rasterio.errors.RasterioError
        If a row is missing.
    """
    if data.driver == "AAIGrid":
        for _, window in data.block_windows(1):
            data.read(1, window=window)


def _problem(crs: Any) -> str:
    """Why heights cannot be read in a coordinate system."""
    if crs is None:
        return Sentence("error.has_no_coordinate_system_name")
    if not crs.is_projected:
        return Sentence("error.is_in_degrees_heights_need", crs=crs.to_string())
    unit, metres = crs.linear_units_factor
    return "" if metres == 1.0 else Sentence("error.is_in_units_heights_need", unit=unit)


def _parts(name: str) -> tuple[Any, Any]:
    """Horizontal and vertical system of a name or of WKT; None where there is no vertical one."""
    import pyproj

    try:
        crs = pyproj.CRS(name)
    except pyproj.exceptions.CRSError:
        raise SourceError(Sentence("error.sources_elevation_crs_is_no_known", name=name[:60])) from None
    return (crs.sub_crs_list[0], crs.sub_crs_list[1]) if crs.is_compound else (crs.to_2d(), None)


def open_model(path: Path, study: Study) -> ElevationModel:
    """
    The tiles of a model, with what they share.

    Parameters
    ----------
    path : Path
        File, or folder of tiles.
    study : Study
        ``[sources] elevation_crs`` speaks for files that name no coordinate system, or no vertical datum.

    Raises
    ------
    SourceError
        If a file cannot be read, or tiles differ in their coordinate system or vertical datum, or are not in metres.
    """
    stated = study.sources.elevation_crs
    of_study = _parts(stated)[1] if stated else None
    found, systems, datums = [], {}, {}
    for file in tiles(path):
        with opened(file, stated) as data:
            horizontal, vertical = _parts(data.crs.to_wkt())
            found.append(Tile(file, (data.bounds.left, data.bounds.bottom, data.bounds.right, data.bounds.top), data.res[0]))
        vertical = of_study if vertical is None else vertical
        systems[horizontal.to_string()] = horizontal
        datums[_plain(vertical)] = vertical
    if len(systems) > 1:
        raise SourceError(Sentence("error.tiles_differ_in_their_coordinate", path=path))
    if len(datums) > 1:
        names = " and ".join(sorted(vertical.name if vertical else "none named" for vertical in datums.values()))
        raise SourceError(Sentence("error.tiles_differ_in_their_vertical", path=path, names=names))
    (vertical,) = datums.values()
    if vertical is not None and vertical.axis_info[0].unit_conversion_factor != 1.0:
        raise SourceError(Sentence("error.gives_heights_in_convert_them", path=path, unit_name=vertical.axis_info[0].unit_name))
    return ElevationModel(path, tuple(found), next(iter(systems.values())), vertical.name if vertical else "")


def _plain(vertical: Any) -> str:
    """Name of a datum by its letters and digits: formats write it with other signs between them."""
    return "".join(letter for letter in vertical.name.casefold() if letter.isalnum()) if vertical is not None else ""


def read_raster(model: ElevationModel, bounds: Bounds, study: Study) -> Raster:
    """
    The part of a model within bounds, its tiles joined.

    Parameters
    ----------
    model : ElevationModel
        From `open_model`.
    bounds : tuple of float
        West, south, east, north in the model's CRS. [m]
    study : Study
        Names what is asked in messages, and the coordinate system of files that name none.

    Raises
    ------
    SourceError
        If no tile meets the bounds, or the part is too large to hold.
    """
    from rasterio.merge import merge

    met = [tile for tile in model.tiles if tile.meets(bounds)]
    if not met:
        raise SourceError(Sentence("error.does_not_reach_it_ends", model=model.path, study=study.title, reach=_reach(model)))
    pixel = min(tile.pixel for tile in met)
    west, south, east, north = bounds
    if (east - west) * (north - south) / pixel**2 > LARGEST_PIXELS:
        raise SourceError(Sentence("error.part_around_has_more_than", model=model.path, study=study.title, largest_pixels=LARGEST_PIXELS))
    with ExitStack() as stack:
        _check_files([tile.path for tile in met])
        data = [stack.enter_context(opened(tile.path, study.sources.elevation_crs)) for tile in met]
        codes = [metres_of(source, tile.path.name) for source, tile in zip(data, met, strict=True)]
        try:
            values, transform = merge(
                data, bounds=_snapped(bounds, met[0], pixel), res=pixel, nodata=np.nan, dtype="float32", masked=False, method=_first(codes)
            )
        except raster_errors() as error:
            raise SourceError(Sentence("error.is_damaged_fetch_export_it_again", model=model.path, reason=one_line(error))) from None
    return Raster(values[0].astype(np.float32), transform, model.crs)


def _first(codes: list[Encoding]) -> Any:
    """What `rasterio.merge` does with a tile: its heights in metres where no tile before it knows one."""

    def copy(merged: Any, new: Any, merged_mask: Any, new_mask: Any, index: int, roff: int, coff: int) -> None:
        del roff, coff
        heights = codes[index].metres(np.where(new_mask, np.nan, new))
        here = merged_mask & np.isfinite(heights)
        merged[here] = heights[here]

    return copy


def _snapped(bounds: Bounds, tile: Tile, pixel: float) -> Bounds:
    """Bounds moved outwards to whole pixels, so that no pixel is shifted against the roof it shows."""
    left, top = tile.bounds[0], tile.bounds[3]
    west, south, east, north = bounds
    return (
        left + math.floor((west - left) / pixel) * pixel,
        top - math.ceil((top - south) / pixel) * pixel,
        left + math.ceil((east - left) / pixel) * pixel,
        top - math.floor((top - north) / pixel) * pixel,
    )


def _reach(model: ElevationModel) -> str:
    west, south = (min(tile.bounds[side] for tile in model.tiles) for side in (0, 1))
    east, north = (max(tile.bounds[side] for tile in model.tiles) for side in (2, 3))
    return f"{west:.0f}, {south:.0f}, {east:.0f}, {north:.0f} in {model.crs.name}"


def elevation_models(study: Study) -> tuple[ElevationModel | None, ElevationModel | None]:
    """
    Surface and terrain model of a study, None where it names none; heights of the one above the other must mean something.

    Raises
    ------
    SourceError
        If one of them cannot be used, or they name two different vertical datums.
    """
    files = (study.sources.surface_model, study.sources.terrain_model)
    surface, terrain = (open_model(file, study) if file else None for file in files)
    if surface and terrain and surface.datum and terrain.datum and surface.datum != terrain.datum:
        raise SourceError(Sentence("error.surface_model_is_in_and_terrain_model", datum=surface.datum, datum_2=terrain.datum))
    return surface, terrain


def model_records(study: Study) -> list[dict[str, Any]]:
    """Name, bytes, checksum and vertical datum of every raster of a study, for the manifest."""
    models = [model for model in elevation_models(study) if model is not None]
    return [file_record(tile.path) | {"vertical_datum": model.datum or UNNAMED} for model in models for tile in model.tiles]


def _cells(footprints: gpd.GeoDataFrame) -> Iterator[NDArray[np.int64]]:
    """Rows of the footprints in each square of the plan."""
    middle = footprints.geometry.representative_point()
    square = np.column_stack([np.floor(middle.x / CELL_M), np.floor(middle.y / CELL_M)])
    _, cell = np.unique(square, axis=0, return_inverse=True)
    for number in range(cell.max() + 1):
        yield np.flatnonzero(cell.ravel() == number)


def _percentiles(values: NDArray[np.float32], labels: NDArray[np.int32], count: int, percent: float, fewest: int) -> NDArray[np.float64]:
    """Percentile of the known values under each label 1..count, NaN where fewer than `fewest` are known."""
    import pandas as pd

    known = np.isfinite(values) & (labels > 0)
    groups = pd.Series(values[known].astype("float64")).groupby(labels[known])
    found = groups.quantile(percent / 100.0)[groups.size() >= fewest]
    return found.reindex(range(1, count + 1)).to_numpy(dtype="float64")


def _labels(shapes: gpd.GeoSeries, raster: Raster) -> NDArray[np.int32]:
    from rasterio.features import rasterize

    pairs = [(shape, number) for number, shape in enumerate(shapes, start=1) if not shape.is_empty]
    if not pairs:
        return np.zeros(raster.values.shape, np.int32)
    return rasterize(pairs, out_shape=raster.values.shape, transform=raster.transform, dtype="int32")


@dataclass(frozen=True)
class Heights:
    """
    Heights of buildings, and why others have none.

    Attributes
    ----------
    metres : Series
        Highest part of the roof without chimneys above the ground, by building; NaN where there is none. [m]
    left : Series
        Why: ``outside`` the model, ``few`` known pixels, ``odd``: no height that a building can have; "" where there is one.
    """

    metres: pd.Series
    left: pd.Series


def heights_above_ground(footprints: gpd.GeoDataFrame, study: Study) -> pd.Series:
    """
    Height of each building above its ground [m]; see `measured_heights`.

    Raises
    ------
    SourceError
        If a raster cannot be used or does not meet the place, or the two models do not fit each other.
    """
    return measured_heights(footprints, study).metres


def measured_heights(footprints: gpd.GeoDataFrame, study: Study) -> Heights:
    """
    Height of each building above its ground.

    Parameters
    ----------
    footprints : GeoDataFrame
        Polygons, any CRS.
    study : Study
        ``[sources] surface_model`` and, where given, ``terrain_model``; percentiles from ``assumptions/elevation.csv``.

    Returns
    -------
    Heights

    Raises
    ------
    SourceError
        If a raster cannot be used or does not meet the place, the two models have different vertical datums, or the surface does not
        meet the terrain on open ground.
    """
    import pandas as pd
    import shapely

    surface, terrain = elevation_models(study)
    if surface is None:
        raise SourceError(Sentence("error.sources_surface_model_is_not_given"))
    projected = footprints.to_crs(surface.crs)
    if not any(tile.meets(tuple(projected.total_bounds)) for tile in surface.tiles):
        raise SourceError(Sentence("error.does_not_reach_it_ends_at", surface=surface.path, study=study.title, reach=_reach(surface)))
    found = np.full((2, len(footprints)), np.nan)
    for rows in _cells(projected):
        found[:, rows] = _cell_heights(projected.geometry.iloc[rows], surface, terrain, study)
    _check_ground(found[1], study)
    heights = pd.Series(found[0], index=footprints.index, name="height_m")
    low, high = study.assumed("elevation.min_height"), study.assumed("elevation.max_height")
    reached = projected.intersects(shapely.union_all([shapely.box(*tile.bounds) for tile in surface.tiles])).to_numpy()
    usual = heights.between(low, high).to_numpy()
    left = np.select([usual, np.isfinite(found[0]), reached], ["", "odd", "few"], "outside")
    return Heights(heights.where(usual), pd.Series(left, index=footprints.index))


def _check_ground(gap: NDArray[np.float64], study: Study) -> None:
    """Refuse two models whose ground differs: a normalised surface model, exchanged models, other units or datums."""
    if not np.isfinite(gap).any():
        return
    off, most = float(np.nanmedian(gap)), study.assumed("elevation.ground_gap")
    if abs(off) > most:
        raise SourceError(
            Sentence(
                "error.surface_model_lies_m_terrain_model_on",
                off=abs(off),
                told=Sentence("error.above") if off > 0 else Sentence("error.below"),
                most=most,
            )
        )


def height_remarks(heights: Heights, study: Study) -> list[Remark]:
    """What a surface model did not give, and heights that no quarter has."""
    found, high = [], study.assumed("elevation.median_height_max")
    median = float(heights.metres.median())
    if median > high:
        found.append(Remark("model_heights", {"value": median, "high": high}))
    counts = heights.left.value_counts()
    if counts.get("", 0) < len(heights.left):
        lost = heights.left[heights.left.isin(["few", "odd"])]
        bounds = {"low": study.assumed("elevation.min_height"), "high": study.assumed("elevation.max_height")}
        parts = {name: int(counts.get(name, 0)) for name in ("outside", "few", "odd")}
        objects = named(lost.index, [""] * len(lost)) if len(lost) else "–"
        found.append(
            Remark("heights_left", {"of": len(heights.left), "used": int(counts.get("", 0)), "objects": objects, **parts, **bounds})
        )
    return found


def _window(part: gpd.GeoSeries, model: ElevationModel, study: Study) -> Raster | None:
    """The model around some footprints in its own coordinates; None where it does not reach."""
    ring = study.assumed("elevation.ground_ring")
    west, south, east, north = part.total_bounds
    bounds = (west - 2 * ring, south - 2 * ring, east + 2 * ring, north + 2 * ring)
    return read_raster(model, bounds, study) if any(tile.meets(bounds) for tile in model.tiles) else None


def _cell_heights(part: gpd.GeoSeries, surface: ElevationModel, terrain: ElevationModel | None, study: Study) -> NDArray[np.float64]:
    """Height of each footprint above its ground, and the surface above the terrain on the ground around it, shape (2, n) [m]."""
    ring, fewest = study.assumed("elevation.ground_ring"), int(study.assumed("elevation.min_pixels"))
    count, unknown = len(part), np.full((2, len(part)), np.nan)
    roof = _window(part, surface, study)
    if roof is None:
        return unknown
    # outline and model are seldom matched to the pixel: along its edge a roof would be given its neighbour's wall
    inside, within = _labels(part, roof), _labels(part.buffer(-study.assumed("elevation.edge")), roof)
    tops = [_percentiles(roof.values, labels, count, study.assumed("elevation.height_percentile"), fewest) for labels in (within, inside)]
    top = np.where(np.isfinite(tops[0]), *tops)
    around = _labels(part.buffer(ring), roof)
    around[inside > 0] = 0
    lowest = _percentiles(roof.values, around, count, study.assumed("elevation.ground_percentile"), fewest)
    if terrain is None:
        return np.stack([top - lowest, np.full(count, np.nan)])
    there = part.to_crs(terrain.crs)
    ground = _window(there, terrain, study)
    if ground is None:
        return unknown
    level, beside = (_percentiles(ground.values, _labels(shapes, ground), count, 50.0, fewest) for shapes in (there, there.buffer(ring)))
    return np.stack([top - level, lowest - beside])
