"""Windows of surface models: in place, in another coordinate system, from tiles, and told when unusable."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from ped_geo.errors import SourceError
from ped_geo.shading import Surface
from ped_geo.sources._surface_window import elevation_layers, surface_window
from ped_geo.study import Study

WEST, NORTH = 7_428_000.0, 5_552_000.0


def write(path, values, *, west=WEST, north=NORTH, pixel=1.0, crs="EPSG:2178", nodata=None):
    values = np.asarray(values, dtype=np.float32)
    options = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "nodata": nodata,
    }
    with rasterio.open(path, "w", transform=Affine(pixel, 0, west, 0, -pixel, north), **options) as data:
        data.write(values, 1)
    return path


def slope(rows=200, columns=300):
    return np.add.outer(np.arange(rows) * 0.1, np.arange(columns) * 0.2) + 200.0


def test_a_window_holds_the_pixels_of_the_file(tmp_path):
    path = write(tmp_path / "dsm.tif", slope())
    found = Surface.of_frame(surface_window(path, (WEST + 50, NORTH - 80, WEST + 90, NORTH - 30), 2178, 1.0))
    assert (found.west, found.north) == (WEST + 50, NORTH - 30)
    assert found.values == pytest.approx(slope()[30:80, 50:90], abs=1e-3)


def test_tiles_join_and_what_no_tile_knows_is_unknown(tmp_path):
    write(tmp_path / "a.tif", slope()[:, :150], nodata=-9999.0)
    east = slope()[:, 150:].copy()
    east[0, 0] = -9999.0
    write(tmp_path / "b.tif", east, west=WEST + 150, nodata=-9999.0)
    frame = surface_window(tmp_path, (WEST - 5, NORTH - 50, WEST + 300, NORTH), 2178, 1.0)
    assert frame.iloc[10, 5:].to_numpy() == pytest.approx(slope()[10], abs=1e-3)
    assert frame.iloc[:, :5].isna().all(axis=None)
    assert np.isnan(frame.iloc[0, 155])


def test_another_coordinate_system_is_carried_over(tmp_path):
    point = gpd.GeoSeries([shapely.Point(WEST + 100, NORTH - 100)], crs=2178).to_crs(2180).iloc[0]
    values = np.zeros((100, 100))
    values[45:55, 45:55] = 30.0
    path = write(tmp_path / "dsm.tif", values, west=point.x - 50, north=point.y + 50, crs="EPSG:2180")
    found = Surface.of_frame(surface_window(path, (WEST + 60, NORTH - 140, WEST + 140, NORTH - 60), 2178, 1.0))
    assert found.at(np.array([[WEST + 100, NORTH - 100]]))[0] == pytest.approx(30.0)
    assert found.at(np.array([[WEST + 100, NORTH - 80]]))[0] == pytest.approx(0.0)


def test_layers_are_empty_where_no_model_is_named():
    footprints = gpd.GeoDataFrame(geometry=[shapely.box(WEST, NORTH, WEST + 10, NORTH + 10)], crs=2178)
    assert all(frame.empty for frame in elevation_layers(Study(name="x"), footprints).values())


def test_layers_reach_as_far_as_shade(tmp_path):
    path = write(tmp_path / "dtm.tif", slope())
    study = Study(name="x", sources={"terrain_model": path}, solar={"radius_m": 20.0, "raster_m": 2.0})
    footprints = gpd.GeoDataFrame(geometry=[shapely.box(WEST + 100, NORTH - 110, WEST + 110, NORTH - 100)], crs=2178)
    layers = elevation_layers(study, footprints)
    assert layers["surface_model"].empty
    assert layers["terrain_model"].shape == (25, 25)
    assert np.isfinite(layers["terrain_model"]).all(axis=None)


@pytest.mark.parametrize("content", [b"no raster", b""])
def test_a_broken_file_is_told_in_one_sentence(tmp_path, content):
    path = tmp_path / "dsm.tif"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"dsm.tif cannot be read as a raster"):
        surface_window(path, (0, 0, 10, 10), 2178, 1.0)


def test_a_window_that_is_too_large_is_refused(tmp_path):
    path = write(tmp_path / "dsm.tif", slope())
    with pytest.raises(SourceError, match="raster_m"):
        surface_window(path, (0, 0, 50_000, 50_000), 2178, 1.0)
