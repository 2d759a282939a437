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
from ped_geo.sources.elevation import open_model, read_raster
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
    with pytest.raises(SourceError, match=r"dsm.tif is neither a GeoTIFF nor an ARC/INFO ASCII grid"):
        surface_window(path, (0, 0, 10, 10), 2178, 1.0)


def test_a_window_that_is_too_large_is_refused(tmp_path):
    path = write(tmp_path / "dsm.tif", slope())
    with pytest.raises(SourceError, match="raster_m"):
        surface_window(path, (0, 0, 50_000, 50_000), 2178, 1.0)


PEAK = """
import resource, sys
from pathlib import Path
from ped_geo.sources._surface_window import surface_window
import rasterio, rasterio.vrt, pandas, numpy
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
west, south = float(sys.argv[2]), float(sys.argv[3])
found = surface_window(Path(sys.argv[1]), (west, south, west + 1000.0, south + 1000.0), 2178, 1.0)
assert found.shape == (1000, 1000), found.shape
print(float(numpy.nanmax(found.to_numpy())), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_window_of_a_city_takes_the_memory_of_the_window(tmp_path):
    import subprocess
    import sys

    from rasterio.windows import Window

    # 40 km by 40 km at 1 m would be 6.4 GB; only one block is written, the rest are holes
    side, path = 40_000, tmp_path / "city.tif"
    options = {
        "driver": "GTiff", "height": side, "width": side, "count": 1, "dtype": "float32", "crs": "EPSG:2178", "tiled": True, "sparse_ok": True,
        "bigtiff": "yes", "transform": Affine(1.0, 0.0, WEST, 0.0, -1.0, NORTH),
    }  # fmt: skip
    with rasterio.open(path, "w", **options) as data:
        data.write(np.full((256, 256), 321.0, dtype=np.float32), 1, window=Window(20_224, 20_224, 256, 256))
    corner = [str(WEST + 20_000.0), str(NORTH - 21_000.0)]
    done = subprocess.run([sys.executable, "-c", PEAK, str(path), *corner], capture_output=True, text=True, check=True)
    highest, kilobytes = (float(part) for part in done.stdout.split())
    assert highest == 321.0
    assert kilobytes < 120_000


def test_tiles_beside_the_window_are_not_read(tmp_path, monkeypatch):
    for number in range(5):
        write(tmp_path / f"{number}.tif", np.full((100, 100), 200.0 + number), west=WEST + 100.0 * number)
    read = []
    real = rasterio.vrt.WarpedVRT

    def counted(data, **options):
        read.append(data.name)
        return real(data, **options)

    monkeypatch.setattr("rasterio.vrt.WarpedVRT", counted)
    frame = surface_window(tmp_path, (WEST + 210.0, NORTH - 50.0, WEST + 290.0, NORTH - 10.0), 2178, 1.0)
    assert (frame == 202.0).all(axis=None)
    assert [path.rsplit("/", 1)[-1] for path in read] == ["2.tif"]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_an_ascii_grid_that_breaks_off_is_told_and_does_not_keep_the_run_waiting(tmp_path, share):
    rows = "\n".join(" ".join(["220.50"] * 60) for _ in range(60))
    whole = f"ncols 60\nnrows 60\nxllcorner 500000\nyllcorner 240000\ncellsize 1\nNODATA_value -9999\n{rows}\n"
    path = tmp_path / "cut.asc"
    path.write_text(whole[: int(len(whole) * share)])
    # the southern edge alone is wanted: GDAL would be asked for its last rows first
    with pytest.raises(SourceError, match=r"cut\.asc .*(damaged|cannot be read)"):
        surface_window(path, (500_010, 240_002, 500_020, 240_006), 2180, 1.0, stated="EPSG:2180+9651")
    study = Study(name="x", sources={"surface_model": path, "elevation_crs": "EPSG:2180+9651"})
    with pytest.raises(SourceError, match=r"cut\.asc .*(damaged|cannot be read)"):
        read_raster(open_model(path, study), (500_010, 240_002, 500_020, 240_006), study)
