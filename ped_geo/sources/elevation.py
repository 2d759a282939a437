"""
Surface and terrain models: heights of buildings above the ground, and rasters of a place.

GeoTIFF and ARC/INFO ASCII grids; a folder of tiles is one model. The height of a building is a high percentile of the surface
well within its footprint, less the ground: the median of the terrain model there, or a low percentile of the surface around it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Raster", "heights_above_ground", "read_raster", "tiles"]

SUFFIXES = {".tif", ".tiff", ".asc", ".vrt"}
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
        raise SourceError(f"{path} holds no raster; give a GeoTIFF or .asc file, or a folder of them.")
    return found


def _opened(path: Path) -> Any:
    import rasterio

    try:
        data = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path.name} cannot be read as a raster ({str(error)[:120]}); give GeoTIFF or ARC/INFO ASCII.") from None
    if data.crs is None:
        data.close()
        raise SourceError(f"{path.name} has no coordinate system; add a .prj file beside it.")
    if not data.crs.is_projected:
        data.close()
        raise SourceError(f"{path.name} is in {data.crs.to_string()} (degrees); heights need a grid in metres: reproject it.")
    return data


def read_raster(path: Path, bounds: tuple[float, float, float, float], study: Study) -> Raster:
    """
    The part of a model within bounds, its tiles joined.

    Parameters
    ----------
    path : Path
        File, or folder of tiles that share their CRS.
    bounds : tuple of float
        West, south, east, north in the model's CRS. [m]
    study : Study
        Names what is asked in messages.

    Raises
    ------
    SourceError
        If no tile meets the bounds, tiles differ in CRS, or the part is too large to hold.
    """
    from rasterio.merge import merge

    opened = [_opened(file) for file in tiles(path)]
    try:
        if len({data.crs.to_string() for data in opened}) > 1:
            raise SourceError(f"the tiles of {path} differ in their coordinate system; reproject them to one.")
        west, south, east, north = bounds
        met = [
            data
            for data in opened
            if data.bounds.left < east and data.bounds.right > west and data.bounds.bottom < north and data.bounds.top > south
        ]
        if not met:
            raise SourceError(f"{path} does not reach {study.title}: it ends at {_reach(opened)}; give the sheet of that place.")
        pixel = min(data.res[0] for data in met)
        if (east - west) * (north - south) / pixel**2 > LARGEST_PIXELS:
            raise SourceError(f"the part of {path} around {study.title} has more than {LARGEST_PIXELS:,} pixels; give a coarser model.")
        values, transform = merge(met, bounds=_snapped(bounds, met[0], pixel), res=pixel, nodata=np.nan, dtype="float32", masked=False)
        # what a file means by "unknown" differs; no place on earth is that low or high
        grid = np.where((values[0] < -500.0) | (values[0] > 9_000.0), np.nan, values[0]).astype(np.float32)
        return Raster(grid, transform, met[0].crs)
    finally:
        for data in opened:
            data.close()


def _snapped(bounds: tuple[float, float, float, float], data: Any, pixel: float) -> tuple[float, float, float, float]:
    """Bounds moved outwards to whole pixels, so that no pixel is shifted against the roof it shows."""
    left, top = data.bounds.left, data.bounds.top
    west, south, east, north = bounds
    return (
        left + math.floor((west - left) / pixel) * pixel,
        top - math.ceil((top - south) / pixel) * pixel,
        left + math.ceil((east - left) / pixel) * pixel,
        top - math.floor((top - north) / pixel) * pixel,
    )


def _reach(opened: list[Any]) -> str:
    west, south = min(data.bounds.left for data in opened), min(data.bounds.bottom for data in opened)
    east, north = max(data.bounds.right for data in opened), max(data.bounds.top for data in opened)
    return f"{west:.0f}, {south:.0f}, {east:.0f}, {north:.0f} in {opened[0].crs.to_string()}"


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


def heights_above_ground(footprints: gpd.GeoDataFrame, study: Study) -> tuple[pd.Series, list[Path]]:
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
    heights : Series
        Highest part of the roof without chimneys above the ground, by building. NaN where the model does not reach, has too
        few pixels or gives no height that a building can have. [m]
    files : list of Path
        The rasters used.

    Raises
    ------
    SourceError
        If a raster cannot be used or does not meet the place.
    """
    import pandas as pd

    surface, terrain = study.sources.surface_model, study.sources.terrain_model
    if surface is None:
        raise SourceError("[sources] surface_model is not given; name a GeoTIFF or .asc file.")
    with _opened(tiles(surface)[0]) as first:
        crs = first.crs
    projected = footprints.to_crs(crs.to_wkt())
    _require_overlap(surface, projected, study)
    found = np.full(len(footprints), np.nan)
    for rows in _cells(projected):
        found[rows] = _cell_heights(projected.geometry.iloc[rows], surface, terrain, study)
    heights = pd.Series(found, index=footprints.index, name="height_m")
    low, high = study.assumed("elevation.min_height"), study.assumed("elevation.max_height")
    return heights.where(heights.between(low, high)), [*tiles(surface), *(tiles(terrain) if terrain else [])]


def _require_overlap(surface: Path, projected: gpd.GeoDataFrame, study: Study) -> None:
    opened = [_opened(file) for file in tiles(surface)]
    try:
        west, south, east, north = projected.total_bounds
        if not any(d.bounds.left < east and d.bounds.right > west and d.bounds.bottom < north and d.bounds.top > south for d in opened):
            raise SourceError(f"{surface} does not reach {study.title}: it ends at {_reach(opened)}; give the sheet of that place.")
    finally:
        for data in opened:
            data.close()


def _cell_heights(part: gpd.GeoSeries, surface: Path, terrain: Path | None, study: Study) -> NDArray[np.float64]:
    ring = study.assumed("elevation.ground_ring")
    fewest = int(study.assumed("elevation.min_pixels"))
    west, south, east, north = part.total_bounds
    bounds = (west - 2 * ring, south - 2 * ring, east + 2 * ring, north + 2 * ring)
    try:
        roof = read_raster(surface, bounds, study)
        ground_model = read_raster(terrain, bounds, study) if terrain else None
    except SourceError as error:
        if "does not reach" in str(error):
            return np.full(len(part), np.nan)
        raise
    # outline and model are seldom matched to the pixel: along its edge a roof would be given its neighbour's wall
    inside, within = _labels(part, roof), _labels(part.buffer(-study.assumed("elevation.edge")), roof)
    tops = [
        _percentiles(roof.values, labels, len(part), study.assumed("elevation.height_percentile"), fewest) for labels in (within, inside)
    ]
    top = np.where(np.isfinite(tops[0]), *tops)
    if ground_model is not None:
        ground = _percentiles(ground_model.values, _labels(part, ground_model), len(part), 50.0, fewest)
    else:
        around = _labels(part.buffer(ring), roof)
        around[inside > 0] = 0
        ground = _percentiles(roof.values, around, len(part), study.assumed("elevation.ground_percentile"), fewest)
    return top - ground
