"""The GeoPackage and the project, opened by the real QGIS."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ped_geo import schema
from ped_geo.outputs.rasters import irradiation_classes
from ped_geo.outputs.styles import SIGNED
from ped_geo.outputs.themes import themed_layers, themes

pytestmark = pytest.mark.qgis
LIGHT = "Nasłonecznienie dachów i gruntu [kWh/(m²·a)] | Light on roofs and ground [kWh/(m²·a)]"
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
    assert [colour for _, colour in seen["layers"]["blocks"]["classes"]] == list(SIGNED)
    assert seen["layers"]["buildings"]["renderer"] == "categorizedSymbol"
    assert len(seen["layers"]["buildings"]["classes"]) == len(schema.columns("buildings")["use"].values)
    assert {"use", "heat_supply", "roof_shape"} <= set(seen["layers"]["buildings"]["maps"])


def test_aliases_are_in_both_languages_with_units(seen):
    aliases = seen["layers"]["blocks"]["aliases"]
    assert aliases["reference_area_m2"] == "Powierzchnia ogrzewana | Heated floor area [m²]"
    assert all(" | " in alias for alias in aliases.values())


def test_project_opens_with_valid_layers_by_relative_paths(seen, products):
    assert seen["read"]
    assert seen["crs"] == "EPSG:2178"
    assert len(seen["project"]) >= 16
    for name, layer in seen["project"].items():
        assert layer["valid"], name
        assert str(products.processed) in layer["source"], "the path was not taken from where the project lies"
    import zipfile

    with zipfile.ZipFile(products.processed / "sample-estate.qgz") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert str(products.root) not in text
    assert "./sample-estate.gpkg|layername=blocks" in text


def drawn_classes(theme, frame):
    """Colours of the classes that a picture must show: those with a shape that holds a few whole pixels within its outline."""
    large = frame[~frame.buffer(-2.0).is_empty]
    return {theme.style.classes.colour(value) for value in large.eval(theme.style.column.replace('"', "")).dropna()}


def test_each_question_has_a_theme_that_shows_the_layer_of_its_answer(seen, products):
    results = products.run.results
    asked = themes(results)
    assert len(asked) == len(results.study.variants) + 5
    assert set(seen["themes"]) == {theme.title for theme in asked} | {LIGHT}
    layers = themed_layers(results)
    for theme in asked:
        shown = seen["themes"][theme.title]
        assert shown["errors"] == []
        assert theme.title in shown["layers"], "the layer lost its theme"
        classes = [colour for _, colour in seen["project"][theme.title]["classes"]]
        assert classes == list(theme.style.classes.colours)
        missing = drawn_classes(theme, layers[theme.layer][0].frame) - set(shown["colours"])
        assert not missing, theme.title


def test_light_has_a_theme_that_draws_the_raster_in_its_classes(seen):
    layer, shown = seen["project"][LIGHT], seen["themes"][LIGHT]
    assert layer["renderer"] == "singlebandpseudocolor"
    assert all(label for label, _ in layer["classes"])
    assert [colour for _, colour in layer["classes"]] == [colour for _, colour in irradiation_classes()]
    assert shown["errors"] == []
    assert LIGHT in shown["layers"]
    assert len({colour for _, colour in layer["classes"]} & set(shown["colours"])) >= 5


def test_identities_of_layers_are_long_enough_for_qgis_to_keep(products):
    # QGIS gives a new identity to a layer whose own has ten letters or fewer
    assert all(len(theme.identity) > 10 for theme in themes(products.run.results))


def test_layout_has_title_map_legend_and_scale_within_its_page(seen, products):
    assert len(seen["layouts"]) == 1
    layout = next(iter(seen["layouts"].values()))
    assert layout["result"] == 0
    kinds = layout["items"]
    assert kinds.count("QgsLayoutItemLabel") == 3
    assert {"QgsLayoutItemMap", "QgsLayoutItemLegend", "QgsLayoutItemScaleBar"} <= set(kinds)
    assert any(products.run.results.study.title in words for words in layout["labels"])
    assert any("Dane przykładowe" in words for words in layout["labels"])
    assert not any("Sample data" in words for words in layout["labels"])
    assert len(layout["legend"][0]) == 3
    assert layout["legend_title"] == ["Legenda / Legend"]
    width, height = layout["page_mm"]
    assert layout["legend_right_mm"][0] <= width
    assert layout["legend_bottom_mm"][0] <= height
    assert (seen["folder"] / "layout-0.png").stat().st_size > 10_000


def test_qgis_has_nothing_to_complain_about(seen):
    assert seen["messages"] == []
