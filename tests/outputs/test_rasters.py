"""Rasters: cloud-optimized, in place, whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import numpy as np
import pytest
import rasterio

from ped_geo.outputs import rasters
from ped_geo.outputs.rasters import write_irradiation
from ped_geo.shading import Surface


@pytest.fixture
def surface():
    values = np.linspace(0.0, 1500.0, 600 * 700, dtype=np.float32).reshape(600, 700)
    values[:5, :5] = -1e4
    return Surface(values, 7_428_000.0, 5_552_000.0, 1.0)


def test_both_files_are_valid_to_an_independent_validator(surface, tmp_path):
    from rio_cogeo import cog_validate

    large = Surface(np.tile(surface.values, (3, 3)), surface.west, surface.north, surface.pixel_m)
    for place in (surface, large):
        for path in write_irradiation(place, "EPSG:2178", tmp_path, "place")[:2]:
            valid, errors, warnings = cog_validate(path, strict=True)
            assert (valid, errors, warnings) == (True, [], [])


def test_values_come_back_where_they_were_with_unit_and_overviews(surface, tmp_path):
    path, *_ = write_irradiation(surface, "EPSG:2178", tmp_path, "place", attribution="© OpenStreetMap contributors")
    with rasterio.open(path) as data:
        assert data.tags()["TIFFTAG_COPYRIGHT"] == "© OpenStreetMap contributors"
        assert data.driver == "GTiff"
        assert data.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert data.crs.to_epsg() == 2178
        assert data.overviews(1)
        assert data.nodata == -9999.0
        assert data.tags()["unit"] == "kWh/(m²·a)"
        assert data.units == ("kWh/(m²·a)",)
        assert data.descriptions == ("irradiation_kwh_m2a",)
        assert data.tags()["description_pl"].startswith("Napromieniowanie")
        assert "roofs" in data.tags()["description_en"]
        east, north = data.xy(100, 200)
        assert (east, north) == (7_428_200.5, 5_551_899.5)
        values = data.read(1)
    assert (values[:5, :5] == -9999.0).all()
    assert values[100, 200] == surface.values[100, 200]


def test_classes_have_colours_and_clear_unknown(surface, tmp_path):
    _, path, _ = write_irradiation(surface, "EPSG:2178", tmp_path, "place")
    with rasterio.open(path) as data:
        classes, table = data.read(1), data.colormap(1)
        assert data.dtypes == ("uint8",)
    assert classes[0, 0] == 0
    assert table[0][3] == 0
    assert classes[300, 0] == int(surface.values[300, 0] // 100) + 1
    used = [table[number] for number in np.unique(classes) if number]
    assert len(set(used)) == len(used) == 15
    light = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue, _ in used]
    assert light == sorted(light)


@pytest.mark.qgis
@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="gdalinfo is not installed")
def test_gdal_knows_what_each_class_is_called(surface, tmp_path):
    """The GDAL of QGIS: a name for each value, and that of a pixel's class holds its value."""
    _, path, _ = write_irradiation(surface, "EPSG:2178", tmp_path, "place")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL"))}
    told = subprocess.run(["gdalinfo", str(path)], capture_output=True, text=True, check=True, env=environment, encoding="utf-8").stdout
    names = dict(re.findall(r"^ +(\d+): (.*\D)$", told.split("Categories:")[1].split("Color Table")[0], flags=re.MULTILINE))
    assert names["0"] == "nieznana | unknown"
    with rasterio.open(path) as data:
        classes = data.read(1)
    for row, column in ((100, 200), (300, 0), (599, 699)):
        low, high = (float(part) for part in names[str(classes[row, column])].split(" ")[0].split("–"))
        assert low <= surface.values[row, column] <= high


def test_a_failed_write_leaves_nothing(surface, tmp_path, monkeypatch):
    import rasterio.shutil

    def broken(source, target, **options):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(rasterio.shutil, "copy", broken)
    with pytest.raises(OSError, match="disk full"):
        write_irradiation(surface, "EPSG:2178", tmp_path, "place")
    assert list(tmp_path.iterdir()) == []


def test_the_same_surface_gives_the_same_bytes(surface, tmp_path):
    both = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        both.append([path.read_bytes() for path in write_irradiation(surface, "EPSG:2178", folder, "place")])
    assert both[0] == both[1]


def test_colour_table_is_a_row_for_each_class():
    assert sorted(rasters._colour_table()) == list(range(rasters.CLASSES + 1))
