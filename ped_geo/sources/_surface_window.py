"""Windows of surface and terrain models as tables in the working coordinate system; a file is never read whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import one_line, open_raster
from ped_geo.sources._raster_heights import metres_of
from ped_geo.sources.elevation import LARGEST_PIXELS, check_rows, opened, raster_errors, tiles
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["elevation_layers", "surface_window"]

Bounds = tuple[float, float, float, float]


def surface_window(path: Path, bounds: Bounds, epsg: int, pixel_m: float, *, stated: str = "") -> pd.DataFrame:
    """
    Heights of a model within bounds, in another coordinate system where needed.

    Parameters
    ----------
    path : Path
        GeoTIFF or ARC/INFO ASCII file, or a folder of tiles.
    bounds : tuple of float
        West, south, east, north in `epsg`. [m]
    epsg : int
        Of the bounds and the result.
    pixel_m : float
        Side of a pixel of the result. [m]
    stated : str
        Coordinate system of files that name none, ``[sources] elevation_crs``.

    Returns
    -------
    DataFrame
        Heights in single precision [m], NaN where no tile knows; northings of pixel middles as index from north to south, eastings
        as columns. `ped_geo.shading.Surface.of_frame` reads it.

    Raises
    ------
    SourceError
        If a file cannot be read, has no CRS, or the window is too large to hold.
    """
    import pandas as pd
    import rasterio
    from affine import Affine

    west, north = np.floor(bounds[0] / pixel_m) * pixel_m, np.ceil(bounds[3] / pixel_m) * pixel_m
    columns, rows = int(np.ceil((bounds[2] - west) / pixel_m)), int(np.ceil((north - bounds[1]) / pixel_m))
    if columns * rows > LARGEST_PIXELS:
        raise SourceError(Sentence("error.part_that_is_needed_has", path=path.name, largest_pixels=LARGEST_PIXELS))
    found = np.full((rows, columns), np.nan, dtype=np.float32)
    grid = {"crs": rasterio.CRS.from_epsg(epsg), "transform": Affine(pixel_m, 0.0, west, 0.0, -pixel_m, north), "shape": found.shape}
    for file in tiles(path):
        _fill(found, file, stated, grid)
    x, y = west + (np.arange(columns) + 0.5) * pixel_m, north - (np.arange(rows) + 0.5) * pixel_m
    return pd.DataFrame(found, index=y, columns=x)


def _fill(found: np.ndarray[Any, Any], file: Path, stated: str, grid: dict[str, Any]) -> None:
    """Put what a tile knows where nothing is known yet; only the blocks that the window meets are read."""
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    try:
        with opened(file, stated) as data:
            rows, columns = grid["shape"]
            if not _meets(data, grid):
                return
            with open_raster(file) as plain:
                check_rows(plain)
            options = {"crs": grid["crs"], "transform": grid["transform"], "width": columns, "height": rows, "nodata": np.nan}
            with WarpedVRT(data, resampling=Resampling.bilinear, dtype="float32", **options) as window:
                values = metres_of(data, file.name).metres(window.read(1))
    except raster_errors() as error:
        raise SourceError(Sentence("error.cannot_be_read_as_raster", file=file.name, reason=one_line(error))) from None
    known = np.isfinite(values) & np.isnan(found)
    found[known] = values[known]


def _meets(data: Any, grid: dict[str, Any]) -> bool:
    """Whether a raster's extent touches the window."""
    from rasterio.warp import transform_bounds

    rows, columns = grid["shape"]
    west, north, pixel = grid["transform"].c, grid["transform"].f, grid["transform"].a
    east, south = west + columns * pixel, north - rows * pixel
    left, bottom, right, top = transform_bounds(data.crs, grid["crs"], *data.bounds)
    return bool(left <= east and right >= west and bottom <= north and top >= south)


def elevation_layers(study: Study, footprints: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    """
    Layers ``surface_model`` and ``terrain_model`` around footprints, and ``hills`` far around; empty where the study names no file.

    Parameters
    ----------
    study : Study
        ``[sources] surface_model`` and ``terrain_model``, ``[solar] radius_m`` and ``raster_m``.
    footprints : GeoDataFrame
        In the working CRS.
    """
    import pandas as pd

    near, sources = study.solar.radius_m, study.sources
    fine, coarse = study.solar.raster_m, study.assumed("pv.hills_pixel")
    far = max(near, study.assumed("pv.hills_radius"))
    wanted = {
        "surface_model": (sources.surface_model, near, fine),
        "terrain_model": (sources.terrain_model, near, fine),
        "hills": (sources.terrain_model, far, max(fine, coarse)),
    }
    if not len(footprints):
        return {name: pd.DataFrame() for name in wanted}
    west, south, east, north = (float(value) for value in footprints.total_bounds)
    epsg = footprints.crs.to_epsg()
    return {
        name: pd.DataFrame()
        if file is None
        else surface_window(file, (west - reach, south - reach, east + reach, north + reach), epsg, pixel, stated=sources.elevation_crs)
        for name, (file, reach, pixel) in wanted.items()
    }
