"""The GeoPackage and the project, opened by the real QGIS."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.qgis
SCRIPT = Path(__file__).with_name("qgis_check.py")


@pytest.fixture(scope="module")
def seen(products, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    place = products.processed
    command = ["/usr/bin/python3", str(SCRIPT), str(place / "sample-estate.gpkg"), str(place / "sample-estate.qgz"), str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL"))}
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**environment, "QT_QPA_PLATFORM": "offscreen"}, timeout=300
    )
    line = next((line for line in ended.stdout.splitlines() if line.startswith("JSON:")), None)
    assert line, ended.stderr[-2000:]
    return {**json.loads(line.removeprefix("JSON:")), "folder": folder}


def test_every_layer_opens_with_its_own_style_and_aliases(seen):
    assert {"blocks", "buildings", "boundary", "streets", "candidates", "pv_arrays", "roof_planes"} <= set(seen["layers"])
    for name, layer in seen["layers"].items():
        assert layer["valid"], name
        assert layer["count"] > 0, name
        assert layer["crs"] == "EPSG:2178", name
        assert layer["styles"] == 1, name
        assert layer["default_style"], name
        assert layer["aliases"], name
    assert seen["layers"]["blocks"]["renderer"] == "graduatedSymbol"
    assert seen["layers"]["blocks"]["classes"] == 6
    assert seen["layers"]["buildings"]["renderer"] == "categorizedSymbol"


def test_aliases_are_in_both_languages_with_units(seen):
    aliases = seen["layers"]["blocks"]["aliases"]
    assert aliases["reference_area_m2"] == "Powierzchnia ogrzewana | Heated floor area [m²]"
    assert all(" | " in alias for alias in aliases.values())


def test_project_opens_with_valid_layers_by_relative_paths(seen, products):
    assert seen["read"]
    assert seen["crs"] == "EPSG:2178"
    assert len(seen["project"]) >= 12
    for name, layer in seen["project"].items():
        assert layer["valid"], name
        assert str(products.processed) in layer["source"], "the path was not taken from where the project lies"
    import zipfile

    with zipfile.ZipFile(products.processed / "sample-estate.qgz") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert str(products.root) not in text
    assert "./sample-estate.gpkg|layername=blocks" in text


def test_every_theme_renders_without_errors_and_in_colours(seen):
    assert len(seen["themes"]) >= 9
    for name, theme in seen["themes"].items():
        assert theme["errors"] == [], name
        assert theme["colours"] > 3, name


def test_layout_has_title_map_legend_scale_and_renders(seen):
    assert len(seen["layouts"]) == 1
    layout = next(iter(seen["layouts"].values()))
    assert layout["result"] == 0
    kinds = layout["items"]
    assert kinds.count("QgsLayoutItemLabel") == 3
    assert {"QgsLayoutItemMap", "QgsLayoutItemLegend", "QgsLayoutItemScaleBar"} <= set(kinds)
    assert (seen["folder"] / "layout-0.png").stat().st_size > 10_000


def test_qgis_has_nothing_to_complain_about(seen):
    assert seen["messages"] == []
