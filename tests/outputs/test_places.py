"""Places in which something is missing: every product exists, says what is not there, and shows no value for it."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import lxml.html
import openpyxl
import pytest

from ped_geo.language import LANGUAGES, text
from tests.outputs.places import HOSTILE, PLACES, write_place

pytestmark = pytest.mark.slow
ENDINGS = ("gpkg", "qgz", "xlsx")
# setting two documents takes half of a run, and what stands in them is asked of their pages
WITH_PDF = {"all-protected", "hostile-names"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Gives a place with all its products; each is made once."""
    from ped_geo.cli import read_study
    from ped_geo.pipeline.run import report

    root = tmp_path_factory.mktemp("places")

    @cache
    def make(name):
        write_place(root / "districts", name, **PLACES[name])
        with pytest.MonkeyPatch.context() as patch:
            if name not in WITH_PDF:
                patch.setitem(sys.modules, "weasyprint", None)
            run = report(read_study(name, root), root)
        return SimpleNamespace(name=name, run=run, maps=root / "maps", processed=root / "data" / "processed" / name)

    return make


@pytest.fixture(params=sorted(PLACES))
def place(request, made):
    return made(request.param)


def words(page: Path) -> str:
    """What a reader of an HTML page sees."""
    import lxml.html

    return lxml.html.fromstring(page.read_text(encoding="utf-8")).text_content()


def test_every_product_is_there(place):
    made = {path.name for path in place.run.files}
    wanted = {f"{place.name}.{ending}" for ending in ENDINGS} | {f"{place.name}.html", "kpis.csv", "balance.csv", "verdicts.csv"}
    kinds = ("html", "pdf") if place.name in WITH_PDF else ("html",)
    wanted |= {f"{place.name}-report{lang}.{kind}" for lang in ("", ".en") for kind in kinds}
    assert wanted <= made
    assert all(path.stat().st_size > 0 for path in place.run.files)


def test_where_nothing_is_heated_each_product_says_so_and_shows_no_balance(place):
    """Sheds have no heated floor: no verdict, no chance, no class but the one for them; elsewhere the sentence does not stand."""
    from ped_geo.outputs.comparison import compare_runs, read_run
    from ped_geo.outputs.web_map.content import map_content
    from ped_geo.pipeline.words import summary

    nothing = place.name == "sheds-only"
    said = {lang: text("figure.nothing_heated", lang) for lang in LANGUAGES}
    for lang, name in (("pl", f"{place.name}-report.html"), ("en", f"{place.name}-report.en.html")):
        page = words(place.maps / name)
        assert (said[lang] in page) == nothing
        assert (text("report.definitions", lang) in page) != nothing
        told = summary(place.run, lang)
        assert any(said[lang] in sentence for sentence in told["sentences"]) == nothing
        assert (None in told["balance_kwh_m2a"].values()) == nothing
    about = openpyxl.load_workbook(place.processed / f"{place.name}.xlsx").worksheets[1]
    assert any(said["pl"] in str(cell.value) for row in about for cell in row) == nothing
    held = read_run(place.processed)
    assert held.verdicts.empty == nothing
    assert (compare_runs(held, read_run(place.processed)).table["table"] == "verdict").any() != nothing
    content = map_content(place.run.results)
    assert content["heated"] != nothing
    if nothing:
        assert all(value is None for one in content["indicators"] for column in one["values"] for value in column)
        assert all(one["colours"] == [] for one in content["indicators"])


def test_no_value_stands_where_there_is_none(place):
    """Chance and balance of blocks without heated floor, heat need of sheds: missing in the layers that people open."""
    blocks = gpd.read_file(place.processed / f"{place.name}.gpkg", layer="blocks")
    cold = blocks[blocks["reference_area_m2"] <= 1.0]
    columns = [name for name in blocks if "p_positive" in name or "_m2a__" in name or "_m2__" in name]
    assert cold[columns].isna().all().all()
    buildings = gpd.read_file(place.processed / f"{place.name}.gpkg", layer="buildings")
    needs = [name for name in buildings if name.startswith("heat_need_kwh_m2a")]
    assert buildings.loc[~buildings["heated"].astype(bool), needs].isna().all().all()
    assert buildings.loc[buildings["heated"].astype(bool), needs].notna().all().all()


def test_scale_bars_are_no_longer_than_the_picture(place):
    """A quarter of the longer side of what is drawn; blocks narrower than 40 m have one too."""
    from ped_geo.outputs.styles import round_length

    for shape in place.run.results.layers["blocks"].geometry:
        west, south, east, north = shape.bounds
        assert 0.0 < round_length(max(east - west, north - south) / 4) <= max(east - west, north - south) / 4


def test_a_block_narrower_than_40_m_has_its_passport(made):
    place = made("narrow-block")
    blocks = place.run.results.layers["blocks"]
    widths = blocks.bounds["maxx"] - blocks.bounds["minx"]
    assert (widths[blocks["reference_area_m2"] > 1.0] < 40.0).any()
    page = lxml.html.fromstring((place.maps / "narrow-block-report.html").read_text(encoding="utf-8"))
    passports = [head for head in page.iter("h2") if head.text_content().startswith("Paszport kwartału:")]
    assert len(passports) == int((blocks["reference_area_m2"] > 1.0).sum())


def test_names_from_outside_are_text_in_each_product(made):
    """A street's and the title's own letters stand in the page, the map, the workbook and the layers: nothing computed, nothing obeyed."""
    place = made("hostile-names")
    shown = HOSTILE.replace("\u202e", "")
    assert any(shown in str(label) for label in place.run.results.layers["buildings"]["street"])
    assert "[% 6*7 %] [bold]x[/bold] <i>y</i> =1" in words(place.maps / "hostile-names-report.html")
    book = openpyxl.load_workbook(place.processed / "hostile-names.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [
        cell.coordinate for cell in cells if cell.data_type == "f" and not re.match(r"=(SUBTOTAL\(109,|SUMIFS\('|D\d+/C\d+$)", cell.value)
    ]
    assert any(cell.value == f"'{shown}" for cell in cells)
    for file in (*place.processed.glob("*.csv"), *place.maps.glob("*.html")):
        assert "\u202e" not in file.read_text(encoding="utf-8"), file.name
    for file in place.processed.glob("*.csv"):
        assert not re.search(r'(^|,)"?[=@]', file.read_text(encoding="utf-8"), re.MULTILINE), file.name


@pytest.mark.chromium
def test_the_map_opens_and_asks_for_nothing(place):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-background-networking"])
        page = chromium.new_page()
        told, asked = [], []
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((place.maps / f"{place.name}.html").as_uri())
        page.wait_for_function("window.PED_STATE !== undefined")
        page.wait_for_timeout(500)
        legend, card = page.inner_text("#ped-legend"), page.inner_text("#ped-card")
        chromium.close()
    assert told == []
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []
    # the legend names what is not heated where some block is not
    floor = place.run.results.layers["blocks"]["reference_area_m2"]
    assert ("brak budynków ogrzewanych" in legend) == bool((floor < 1).any())
    assert (text("figure.nothing_heated", "pl") in card) == (place.name == "sheds-only")


@pytest.mark.qgis
def test_qgis_opens_the_project_and_draws_what_is_not_heated_in_its_own_class(place, tmp_path):
    from tests.outputs.test_qgis import look

    seen = look(place.processed, place.name, tmp_path)
    assert seen["read"]
    assert seen["messages"] == []
    assert all(layer["valid"] and layer["crs_valid"] for layer in seen["project"].values())
    area = place.run.results.layers["blocks"]["reference_area_m2"]
    for name, layer in seen["project"].items():
        if name.startswith(("Bilans", "Prawdopodobieństwo")):
            cold = {block for block, label in layer["drawn"].items() if label == "brak budynków ogrzewanych | no heated buildings"}
            assert cold == set(area.index[area <= 1.0]), name
            assert all(layer["drawn"].values()), name
    labels = next(iter(seen["layouts"].values()))["labels"]
    assert any(text("figure.nothing_heated", "pl") in label for label in labels) == (place.name == "sheds-only")
    assert json.loads((place.processed / "manifest.json").read_text(encoding="utf-8"))["crs"] == seen["crs"]
