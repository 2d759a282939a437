"""The QGIS plugin: its zip, and its algorithms run by the real QGIS on a corner of the sample estate."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "qgis_plugin" / "ped_geo_qgis"
SCRIPT = Path(__file__).with_name("qgis_plugin_check.py")
CORNER = (20.3600421, 50.1521079, 20.3650, 50.15445)


def packaged(target):
    subprocess.run([sys.executable, ROOT / "scripts" / "package_qgis_plugin.py", target], check=True, capture_output=True)
    return target


def test_the_zip_is_the_same_each_time_and_holds_what_qgis_asks_for(tmp_path):
    first, second = (packaged(tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        names = set(archive.namelist())
        told = configparser.ConfigParser()
        told.read_string(archive.read("ped_geo_qgis/metadata.txt").decode())
    assert {
        f"ped_geo_qgis/{name}" for name in ("__init__.py", "metadata.txt", "icon.svg", "LICENSE", "help/pl.html", "help/en.html")
    } <= names
    general = told["general"]
    # what the plugin site of QGIS refuses to do without
    for name in ("name", "qgisMinimumVersion", "description", "about", "version", "author", "repository", "tracker"):
        assert general[name], name
    # the key must stand; the project has no mailbox, and a made-up one would be worse than none
    assert general["email"] == ""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert general["author"] == project["authors"][0]["name"]
    addresses = {general[name] for name in ("homepage", "repository", "tracker")}
    assert addresses == {project["urls"]["Documentation"].partition("#")[0], "https://github.com/ped-geo/ped_geo/issues"}
    assert general["hasProcessingProvider"] == "yes"


def test_the_plugin_imports_nothing_but_python_and_qgis():
    import ast

    own = {path.stem for path in PLUGIN.glob("*.py")}
    for path in PLUGIN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = (
                [name.name for name in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in found:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "qgis", *own}, (path.name, name)


@pytest.mark.qgis
@pytest.mark.slow
def test_the_four_algorithms_run_in_qgis(tmp_path):
    """A polygon of three blocks is reported, assessed, corrected and scanned; a name that no file has is refused in one sentence."""
    import geopandas as gpd
    import shapely

    (tmp_path / "districts").mkdir()
    shutil.copy(ROOT / "districts" / "sample-estate.toml", tmp_path / "districts")
    polygon = tmp_path / "corner.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(*CORNER)], crs=4326).to_crs(2180).to_file(polygon)
    known = subprocess.run([sys.executable, "-m", "ped_geo", "--help"], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    names = [name for name in ("report", "assess", "correct", "scan") if name != "assess" or "assess" in known]
    program = Path(sys.executable).with_name("ped-geo")
    foreign = ("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL", "LANG", "LC_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | {"PED_GEO_PROGRAM": str(program)}
    command = ["/usr/bin/python3", SCRIPT, PLUGIN.parent, tmp_path, polygon, *names]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=900)
    line = next((line for line in ended.stdout.splitlines() if line.startswith("JSON:")), None)
    assert line, ended.stderr[-2000:]
    found = json.loads(line.removeprefix("JSON:"))
    assert set(found["algorithms"]) == {"report", "assess", "correct", "scan"}
    assert all(title and "ped-geo" in told for title, told in found["algorithms"].values())
    assert found["icon"]
    assert not found["nowhere"]["done"]
    assert "nowhere.toml does not exist" in found["nowhere"]["log"]
    for name in names:
        assert found[name]["done"], found[name]["log"]
        assert json.loads(found[name]["SAID"])
    assert found["read"]
    for name in ("corner.gpkg", "corner.qgz", "manifest.json", "publish/corner.public.gpkg"):
        assert (tmp_path / "data" / "processed" / "corner" / name).is_file(), name
    blocks = gpd.read_file(tmp_path / "data" / "processed" / "corner" / "corner.gpkg", layer="blocks")
    assert blocks.to_crs(2180).union_all().difference(gpd.read_file(polygon).geometry.iloc[0].buffer(1.0)).area < 1.0
