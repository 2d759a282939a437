"""Report, workbook, tables and manifest: whole, in both languages, numbers as numbers, nothing from outside as a formula."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import sqlite3
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
import shapely

from ped_geo.language import plain, text
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.styles import amount_classes, signed_classes
from tests.steps import with_figures


@pytest.mark.parametrize(("name", "words"), [("sample-estate-report.pdf", "Werdykt"), ("sample-estate-report.en.pdf", "The verdict")])
def test_document_is_tagged_selectable_and_in_its_language(products, name, words):
    reader = pypdf.PdfReader(products.maps / name)
    text = "".join(page.extract_text() for page in reader.pages)
    assert words in text
    assert "1 /" in text.replace("\u00a0", " ")
    assert reader.trailer["/Root"].get("/MarkInfo", {}).get("/Marked")
    assert 8 <= len(reader.pages) <= 40


def test_polish_report_has_its_letters_and_numbers_and_no_english(products):
    html = (products.maps / "sample-estate-report.html").read_text(encoding="utf-8")
    text = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert "ż" in text
    assert "ą" in text
    assert re.search(r"\d\u00a0\d{3}", text), "thousands are not grouped as in Polish"
    for word in ("The verdict", "Heated floor", "Assumption", "What was asked", "retrofit"):
        assert word not in text


def test_report_loads_nothing_and_shows_no_raw_codes(products):
    for name in ("sample-estate-report.html", "sample-estate-report.en.html"):
        html = (products.maps / name).read_text(encoding="utf-8")
        assert not re.search(r'(src|href)="(?!data:|#)', html)
        text = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
        for code in ("residential_multi", "near_zero_heat_pump_pv", "jpi_set_plan", "nan ", "None"):
            assert code not in text, code
        assert not re.search(r"\d\.\d{5,}|\d,\d{5,}", text), "a number with many digits"


def test_workbook_has_numbers_as_numbers_and_no_formulas_but_sums(products):
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    assert len(book.sheetnames) >= 9
    numbers = 0
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        for row in sheet.iter_rows():
            for cell in row:
                own = r"=SUBTOTAL\(109,[A-Z]+2:[A-Z]+\d+\)|=SUMIFS\('[^']+'!\$[A-Z]+\$2:.*,\$B\d+\)|=D\d+/C\d+"
                assert cell.data_type != "f" or re.fullmatch(own, cell.value), (sheet.title, cell.coordinate)
                numbers += cell.data_type == "n" and cell.value is not None
    assert numbers > 1000


def test_the_workbook_opens_with_links_to_every_sheet_and_their_rows(products):
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    contents = book.worksheets[0]
    rows = list(contents.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == book.sheetnames[1:]
    assert [row[0].hyperlink.location for row in rows] == [f"'{name}'!A1" for name in book.sheetnames[1:]]
    for row, sheet in zip(rows, book.worksheets[1:], strict=True):
        summed = any(cell.data_type == "f" and "SUBTOTAL" in cell.value for cell in sheet[sheet.max_row])
        assert row[3].value == sheet.max_row - 1 - summed, sheet.title
        assert row[4].value == sheet.max_column, sheet.title


def test_sums_of_a_variant_are_those_of_its_blocks_and_of_the_report(products):
    """Values of the formulas against the sums of the rows that they name, and the balance by floor against the report's figure."""
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", data_only=True)
    results = products.run.results
    pivot = list(book["Kwartał i wariant Block by vari"].iter_rows(values_only=True))
    assert len(pivot) == 1 + len(results.layers["blocks"]) * len(results.study.variants)
    assert [head for head in pivot[0] if pivot[0].count(head) > 1] == []
    heads, *totals = book["Sumy Totals"].iter_rows(values_only=True)
    assert [row[1] for row in totals] == [variant.key for variant in results.study.variants]
    for row in totals:
        for head, value in zip(heads[2:-1], row[2:-1], strict=True):
            place = pivot[0].index(head)
            assert value == pytest.approx(sum(line[place] for line in pivot[1:] if line[2] == row[1])), (row[1], head)
        assert row[-1] == pytest.approx(results.figures.value("balance", row[1]))


def test_sheets_print_on_paper_that_can_be_read(products):
    """Each is one page wide with its heads on every page, and what is printed side by side is no wider than letters of 6 points allow."""
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # one page is what a file means that tells no width
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$1:$1"
        last = openpyxl.utils.range_boundaries(sheet.print_area.rpartition("!")[2])[2]
        widths = [(one.min, one.max, one.width) for one in sheet.column_dimensions.values() if one.min]
        wide = sum(width for first, final, width in widths for column in range(first, final + 1) if column <= last)
        # 11 points at 100%, some 130 letters across A4
        assert 11 * min(1.0, 130 / wide) >= 6.0, sheet.title
        assert (sheet.row_dimensions[1].height or 15.0) <= 135.0, sheet.title


@pytest.mark.parametrize("text", ["=CMD()", "+1", "-1+2", "@SUM(A1)", " =1", "|x", "\x00=1"])
def test_text_from_outside_never_starts_a_formula(text):
    assert safe_text(text)[0] not in "=+-@|"


def test_geopackage_explains_every_column_in_both_languages(products):
    with sqlite3.connect(products.processed / "sample-estate.gpkg") as base:
        rows = base.execute("SELECT table_name, column_name, title, description FROM gpkg_data_columns").fetchall()
        coded = base.execute("SELECT COUNT(*) FROM gpkg_data_column_constraints WHERE constraint_type = 'enum'").fetchone()[0]
        styles = base.execute("SELECT f_table_name, styleQML, styleSLD FROM layer_styles").fetchall()
        version = base.execute("PRAGMA user_version").fetchone()[0]
    assert version == 10200
    assert all(" | " in title and " | " in description for _, _, title, description in rows)
    assert coded > 30
    assert {name for name, _, _ in styles} >= {"blocks", "buildings", "boundary", "streets"}
    for layer in ("blocks", "buildings"):
        columns = set(gpd.read_file(products.processed / "sample-estate.gpkg", layer=layer).columns) - {"geometry"}
        explained = {column for table, column, _, _ in rows if table == layer}
        assert columns - explained <= {"block_id", "building_id"}


def test_a_geopackage_is_never_added_to(products, tmp_path):
    """A file that a writer left behind, whole or half, is not what the next one goes on with."""
    from ped_geo.outputs.geopackage import write_geopackage

    name = "sample-estate.gpkg"
    (tmp_path / f"{name}-journal").write_bytes(b"hot")
    for left in (products.processed / name, None):
        if left:
            (tmp_path / name).write_bytes(left.read_bytes())
        write_geopackage(products.run.results, tmp_path)
        assert (tmp_path / name).read_bytes() == (products.processed / name).read_bytes()
    assert not (tmp_path / f"{name}-journal").exists()


def test_geoparquet_holds_the_same_blocks(products):
    package = gpd.read_file(products.processed / "sample-estate.gpkg", layer="blocks").set_index("block_id")
    parquet = gpd.read_parquet(products.processed / "blocks.parquet")
    assert parquet.crs.to_epsg() == 2178
    assert package.loc[parquet.index].area.to_numpy() == pytest.approx(parquet.area.to_numpy())


def test_manifest_names_every_product_with_its_checksum(products):
    manifest = json.loads((products.processed / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sample_data"] is True
    assert manifest["inputs"]["place"]["files"][0]["sha256"]
    for record in manifest["outputs"]:
        folders = (products.maps, products.processed, products.processed / "publish")
        place = next(folder for folder in folders if (folder / record["name"]).exists())
        assert hashlib.sha256((place / record["name"]).read_bytes()).hexdigest() == record["sha256"], record["name"]
    hidden = [path.name for path in products.processed.iterdir() if path.name.startswith(".")]
    assert sorted(hidden) == [".lock", ".steps"]


def test_indicators_carry_unit_formula_and_source(products):
    table = pd.read_csv(products.processed / "kpis.csv")
    assert table[["unit", "formula", "source", "label_en", "label_pl"]].notna().all().all()
    assert list(table["variant"].unique()) == [variant.key for variant in products.run.results.study.variants]
    ratio = table[(table["kpi"] == "ped_ratio") & (table["variant"] == "near_zero_heat_pump_pv")]["value"].iloc[0]
    assert 0.0 < ratio < 1.0


def test_second_run_gives_byte_equal_tables(products):
    from ped_geo.cli import read_study
    from ped_geo.pipeline.run import report

    names = ["kpis.csv", "balance.csv", "verdicts.csv", "blocks.parquet", "buildings.parquet", "sample-estate.qgz", "sample-estate.gpkg"]
    before = {name: (products.processed / name).read_bytes() for name in names}
    # what no manifest vouches for is written anew
    (products.processed / "manifest.json").unlink()
    report(read_study("sample-estate", products.root), products.root)
    for name in names:
        assert (products.processed / name).read_bytes() == before[name], name


@pytest.mark.parametrize("values", [[1, 2, 3], [0.001, 0.002], [5.0], [-3.0, 900.0, float("nan")], []])
def test_classes_are_round_ascending_and_cover_any_value(values):
    for classes in (amount_classes(values), signed_classes(values)):
        assert list(classes.limits) == sorted(set(classes.limits))
        assert len(classes.limits) == len(classes.colours) + 1
        assert classes.colour(1e12) == classes.colours[-1]
        assert classes.colour(-1e12) == classes.colours[0]
    assert 0.0 in signed_classes(values).limits


def test_amounts_of_many_sizes_have_classes_that_grow_and_none_holds_most_of_them():
    """Roofs of a town: yields spread over four orders of size, log-normally; even ones keep even steps."""
    spread = np.random.default_rng(7)
    town = np.exp(spread.normal(np.log(10.0), 1.2, 3_000))
    limits = amount_classes(town, 1).limits
    counts = np.histogram(town, [-np.inf, *limits[1:-1], np.inf])[0]
    assert counts.max() < 0.35 * len(town)
    # 1, 2 or 5 times a power of ten
    assert {f"{limit:.0e}"[0] for limit in limits} <= set("125")
    even = np.diff(amount_classes(spread.uniform(0.0, 500.0, 3_000), 0).limits)
    assert even.tolist() == pytest.approx([even[0]] * 5)


def test_files_of_layers_tell_their_district_wherever_they_are_copied(products, tmp_path):
    """What Arrow and GDAL read of a copy, whose folder names nothing; the layer is the same one as before."""
    import pyarrow.parquet
    import pyogrio

    from ped_geo.outputs.exchange import PARQUET_KEY, write_exchange

    results = products.run.results
    for name in ("blocks", "buildings", "streets"):
        copy = tmp_path / f"{name}.parquet"
        shutil.copy(products.processed / copy.name, copy)
        told = json.loads(pyarrow.parquet.read_schema(copy).metadata[PARQUET_KEY])
        assert (told["district"], told["layer"]) == ("sample-estate", name)
        assert results.study.title in told["title_pl"]
        assert told["licence"]
        assert len(gpd.read_parquet(copy, bbox=tuple(results.layers["blocks"].total_bounds))) > 0
    formats = results.study.outputs.model_copy(update={"formats": ("geojson", "flatgeobuf")})
    for path in write_exchange(replace(results, study=results.study.model_copy(update={"outputs": formats})), tmp_path):
        assert path.name.startswith("sample-estate.")
        said = pyogrio.read_info(path)["layer_metadata"] or pyogrio.read_info(path)["dataset_metadata"] or {}
        words = " ".join(map(str, said.values())) or path.read_text(encoding="utf-8")[:600]
        assert results.study.title in words, path.name


def test_dates_in_files_are_those_of_the_data_and_say_so(products, tmp_path):
    from ped_geo.outputs.geopackage import write_geopackage
    from ped_geo.outputs.qgis_project import write_project

    results = products.run.results
    for day, stamp in (("2026-03-01T21:20:55Z", "2026-03-01T00:00:00.000Z"), ("", "1970-01-01T00:00:00.000Z")):
        place = {**results.provenance["place"], "timestamp_osm_base": day}
        dated = replace(results, provenance={**results.provenance, "place": place})
        package = write_geopackage(dated, tmp_path)[0]
        with sqlite3.connect(package) as base:
            told = {row[0] for row in base.execute("SELECT last_change FROM gpkg_contents")}
            record = base.execute("SELECT metadata FROM gpkg_metadata").fetchone()[0]
        base.close()
        assert told == {stamp}
        assert "Daty pliku i jego tabel to stan danych" in record
        assert "Dates of the file and its tables are those of the state of the data" in record
        assert f"Stan danych: {day[:10] or 'źródło nie podaje'}." in record
        with zipfile.ZipFile(write_project(dated, tmp_path)[0]) as archive:
            assert archive.infolist()[0].date_time[:3] == ((2026, 3, 1) if day else (1980, 1, 1))


def test_the_folder_says_which_file_to_open(products):
    words = (products.processed / "README.txt").read_text(encoding="utf-8-sig")
    for name in ("sample-estate.xlsx", "sample-estate.qgz", "sample-estate.gpkg"):
        assert words.count(name) >= 2, "not in both languages"
        assert (products.processed / name).is_file()
    assert "podwójnym kliknięciem" in words


def test_numbers_of_blocks_do_not_lie_on_one_another_and_those_of_candidates_come_first(products):
    """400 blocks of 50 m on a picture of 400 pixels, of which each number is about 15 wide; the candidate is the smallest of them."""
    import geopandas as gpd
    import shapely
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from ped_geo.outputs.report.drawing import map_figure
    from ped_geo.outputs.report.pictures import _numbers

    squares = [shapely.box(50 * (i % 20), 50 * (i // 20), 50 * (i % 20) + 50, 50 * (i // 20) + 50) for i in range(399)]
    squares.append(shapely.box(990, 990, 1000, 1000))
    labels = [f"{number}. Long Street" for number in range(1, 401)]
    blocks = gpd.GeoDataFrame({"label": labels}, geometry=squares, index=[f"b{i}" for i in range(400)], crs=2178)
    figure, axes = map_figure(400 / 140, 400 / 140)
    axes.set_xlim(0, 1000)
    axes.set_ylim(0, 1000)
    axes.set_aspect("equal")
    numbered: list[int] = []
    _numbers(axes, blocks, gpd.GeoDataFrame({"blocks": ["b399"]}, geometry=[squares[-1]], crs=2178), numbered)
    assert [blocks["label"].iloc[row].partition(".")[0] for row in numbered] == [written.get_text() for written in axes.texts]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [shapely.box(*written.get_window_extent(canvas.get_renderer()).extents) for written in axes.texts]
    assert len(boxes) > 40
    assert shapely.STRtree(boxes).query(boxes, predicate="overlaps").size == 0
    assert "400" in {written.get_text() for written in axes.texts}


def test_the_scale_bar_of_a_passport_lies_below_buildings_that_reach_over_the_edge_of_their_block(products, monkeypatch):
    from dataclasses import replace

    from ped_geo.outputs.report import pictures

    results = products.run.results
    name = pictures.passport_blocks(results)[0]
    buildings = results.layers["buildings"].copy()
    house = buildings.index[buildings["block_id"] == name][0]
    west, south, _, north = results.layers["blocks"].geometry[name].bounds
    buildings.loc[[house], "geometry"] = buildings.geometry[[house]].union(
        shapely.box(west, south - (north - south), west + 10, south + 10)
    )
    below = []
    monkeypatch.setattr(pictures, "passport_blocks", lambda _: [name])
    monkeypatch.setattr(pictures, "scale_bar", lambda _, bounds: below.append(bounds[1]))
    pictures._passport_maps(replace(results, layers={**results.layers, "buildings": buildings}))
    assert below == [pytest.approx(south - (north - south))]


@pytest.mark.parametrize("largest", [9.0, 9e5, 9e7])
def test_numbers_and_unit_of_a_chart_lie_in_its_picture(largest):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from ped_geo.outputs.report.drawing import chart_figure, finish_chart

    figure, axes = chart_figure(7.2, 2.9)
    axes.plot([0, 1], [-largest, largest])
    finish_chart(axes, "kW", "en")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for written in (axes.yaxis.label, *axes.get_yticklabels()):
        assert written.get_window_extent(canvas.get_renderer()).x0 >= -0.5


def test_the_blocks_of_a_large_candidate_begin_on_its_first_page():
    """40 blocks do not fit below the map of the candidate; they run over the page's end and leave no half of a page empty."""
    import io

    import weasyprint

    import ped_geo.outputs.report

    style = (Path(ped_geo.outputs.report.__file__).parent / "report.css").read_text(encoding="utf-8")
    rows = "".join(f"<tr><td>block {number}</td></tr>" for number in range(1, 41))
    above = "<h1>Place</h1><p style='height: 150mm'>what is known of it</p>"
    page = f"<style>{style}</style><section class='candidate'>{above}<table><thead><tr><th>Block</th></tr></thead><tbody>{rows}</tbody></table></section>"
    pages = pypdf.PdfReader(io.BytesIO(weasyprint.HTML(string=page).write_pdf())).pages
    assert "block 1\n" in pages[0].extract_text()
    assert "block 40" in pages[-1].extract_text()


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_every_setting_that_would_flip_a_verdict_has_words(lang):
    """Whatever package or supply the blocks of a candidate have, one or several, no key of the program stands in the report."""
    from ped_geo import assumptions
    from ped_geo.outputs.report.candidates import setting_words
    from ped_geo.study import Study

    for switch, keys in (
        ("package", Study(name="x").retrofit.packages),
        ("supply", assumptions.table("heating_systems")["supply"].unique()),
    ):
        told = setting_words(switch, ";".join(keys), lang)
        assert told.count(",") >= len(keys) - 1
        # one word may be the same in the program and in English: gas, coal, oil; of two words none is
        assert lang == "en" or not {*keys} & {*told.split(", ")}
        assert "_" not in told


def test_the_report_says_why_roofs_carry_no_new_modules(products):
    """A block of monuments has 0 kWp, and its reader is told that they are monuments, there and below the map of roofs."""
    from dataclasses import replace

    from ped_geo.outputs.figures import block_figures
    from ped_geo.outputs.report.blocks import passport_blocks, passports
    from ped_geo.outputs.report.content import report_content

    results = products.run.results
    block = passport_blocks(results)[0]
    houses = results.layers["buildings"].index[results.layers["buildings"]["block_id"] == block]
    roofs = results.layers["pv_buildings"].copy()
    roofs["left_out"] = ""
    roofs.loc[roofs.index.isin(houses), ["left_out", "capacity_kwp"]] = ["heritage", 0.0]
    told = replace(results, layers={**results.layers, "pv_buildings": roofs})
    count = int(roofs.index.isin(houses).sum())
    first, *others = (page["text"] for page in passports(told, block_figures(results), "en"))
    assert first.endswith(f"Roofs without new modules: it is protected as a monument ({count}).")
    assert not any("without new modules" in words for words in others)
    assert report_content(told, "pl")["maps"][2][2] == f". Dachy bez nowych modułów: jest zabytkiem ({count})"


def test_the_expected_yield_of_modules_follows_the_sun_of_the_place(products):
    """Lisbon has 1.6 times the sun of Kraków, and a good roof there is no fault."""
    from dataclasses import replace

    from ped_geo.outputs.report.content import _validation

    results = products.run.results
    weather = results.layers["weather"]
    brighter = with_figures(replace(results, layers={**results.layers, "weather": weather.assign(ghi=weather["ghi"] * 1.6)}))
    here, there = (
        [float(edge.replace(",", "").split()[0]) for edge in _validation(run, "en")[0]["expected"].split("–")]
        for run in (results, brighter)
    )
    assert there == pytest.approx([1.6 * edge for edge in here], abs=2.0)
    sun = weather["ghi"].sum() / 1000
    # 880 and 1,098 kWh/kWp were told under the 1,125 kWh/m² of Kraków
    assert here == pytest.approx([880 * sun / 1125, 1098 * sun / 1125], abs=1.0)


def test_energy_that_would_be_missing_with_a_block_is_told_from_the_least_to_the_most(products):
    """What the candidate lacks is part of each block's figure, so that their sum is nothing; where there is no figure there is no zero."""
    from dataclasses import replace

    from ped_geo.outputs.report.candidates import excluded_rows

    table = pd.DataFrame({"reason": ["too_far"] * 3 + ["not_connected"], "shortfall_kwh_a": [5e6, 2e6, np.nan, np.nan]})
    rows = excluded_rows(replace(products.run.results, layers={"excluded": table}), "en")
    assert [(row["count"], row["shortfall"]) for row in rows] == [(3, "2,000 – 5,000"), (1, "–")]


@pytest.mark.parametrize("lang", ["pl", "en"])
def test_candidate_pages_account_for_the_whole_group_and_every_definition(products, lang):
    """Blocks add up to the candidate; each definition, the chance and the map have their place."""
    from ped_geo.outputs.report.candidates import candidate_pages
    from ped_geo.outputs.report.pictures import report_pictures

    results = products.run.results
    pages, candidates = candidate_pages(results, lang), results.layers["candidates"]
    assert len(pages) == len(candidates) > 0
    pictures = report_pictures(results)[lang]
    for page, (_, row) in zip(pages, candidates.iterrows(), strict=True):
        assert sum(block["investment"] for block in page["blocks"]) == pytest.approx(row["investment"] / 1e6)
        surplus = sum(block["balance"] * block["area"] for block in page["blocks"] if block["balance"] is not None)
        assert surplus == pytest.approx(row["balance_kwh_a"], rel=1e-6, abs=1.0)
        names = [name for line in page["definitions"] for name in line["names"]]
        assert len(names) == len(set(names)) == len(results.layers["verdicts"].xs("district", level="group_id"))
        told = [(line["positive"], f"{line['margin']:.1f}", line["flip"]) for line in page["definitions"]]
        assert len(told) == len(set(told)), "one answer in two rows"
        assert page["picture"] in pictures
        assert any("%" in sentence for sentence in page["sentences"])


def test_block_figures_add_up_to_the_district_and_every_block_has_its_passport(products):
    """Areas times figures per area equal the balance layer's sums; paybacks are what is left to pay over what is saved."""
    from ped_geo.outputs.figures import block_figures
    from ped_geo.outputs.report.blocks import FIGURES_OF_BLOCK, passport_blocks, passports

    results = products.run.results
    figures, balance, costs = block_figures(results), results.layers["balance"], results.layers["variant_costs"]
    area = results.layers["blocks"]["reference_area_m2"]
    held = area[area > 1.0]
    weight = figures.index.get_level_values("block_id").map(held.to_dict()).to_numpy(dtype=float)
    for figure, column, scale in (("primary", "primary_energy_nren_kwh_a", 1.0), ("nox", "nox_kg_a", 1e3), ("pm25", "pm25_kg_a", 1e3)):
        assert (figures[figure] * weight).sum() == pytest.approx(scale * balance.loc[figures.index, column].sum())
    heat = results.layers["need"]["heat_need_kwh_a"].xs("near_zero", level="package")
    inside = results.layers["buildings"]["block_id"].reindex(heat.index).isin(held.index)
    last = figures.xs("near_zero_heat_pump_pv", level="variant")
    assert (last["heat"] * held).sum() == pytest.approx(heat[inside.to_numpy()].sum())
    paid = figures["payback"].dropna()
    left = costs.loc[paid.index, "investment"] - costs.loc[paid.index, "grant"]
    assert (paid * costs.loc[paid.index, "saving_a"]).to_numpy() == pytest.approx(left.to_numpy())
    assert set(passport_blocks(results)) == set(held.index)
    pages = passports(results, figures, "pl")
    for page in pages:
        assert len(page["table"]["heads"]) == len(FIGURES_OF_BLOCK)
        assert len(page["table"]["rows"]) == len(results.study.variants)
        assert all(len(row["cells"]) == len(FIGURES_OF_BLOCK) for row in page["table"]["rows"])
    today = pages[0]["table"]["rows"][0]["cells"]
    first = figures.loc[(passport_blocks(results)[0], "today")]
    assert today[0] == f"{first['heat']:.1f}".replace(".", ",")


def test_layers_come_as_flatgeobuf_and_geojson_where_asked_for(products, tmp_path):
    """The same blocks, in metres and in degrees; nothing where no format is named."""
    from dataclasses import replace

    from ped_geo.outputs.exchange import write_exchange
    from ped_geo.study import Outputs

    results = products.run.results
    assert write_exchange(results, tmp_path) == []
    study = results.study.model_copy(update={"outputs": Outputs(formats=("flatgeobuf", "geojson"))})
    names = {path.name for path in write_exchange(replace(results, study=study), tmp_path)}
    assert {f"sample-estate.{name}" for name in ("blocks.fgb", "blocks.geojson", "buildings.fgb", "candidates.geojson")} <= names
    blocks = results.layers["blocks"]
    for name, epsg in (("blocks.fgb", blocks.crs.to_epsg()), ("blocks.geojson", 4326)):
        read = gpd.read_file(tmp_path / f"sample-estate.{name}").set_index("block_id").loc[blocks.index]
        assert read.crs.to_epsg() == epsg
        assert read.to_crs(blocks.crs).area.to_numpy() == pytest.approx(blocks.area.to_numpy(), rel=1e-4)
        assert read["residents"].to_numpy() == pytest.approx(blocks["residents"].to_numpy())


def test_every_rule_that_fills_a_gap_has_words_in_both_languages():
    from ped_geo.language import catalogue

    package = Path(__file__).resolve().parents[2] / "ped_geo"
    written = "".join(file.read_text(encoding="utf-8") for file in sorted((package / "buildings").glob("*.py")))
    rules = set(re.findall(r'"inferred: ([^"{]+)"', written))
    assert len(rules) >= 12
    assert rules <= {key.removeprefix("rule.") for key in catalogue() if key.startswith("rule.")}


def test_polish_report_of_the_sample_says_nothing_in_english(products):
    page = (products.maps / "sample-estate-report.html").read_text(encoding="utf-8")
    words = re.sub(r"data:image/[^\"']+", "", page)
    for foreign in (
        "not a real place",
        "built-in climate",
        "neighbours (",
        "storeys (",
        "market prices",
        "pv_engineering",
        " gross",
        "climate_monthly.csv of",
        "degC",
        "pl_certificates",
        ">today<",
    ):
        assert foreign not in words


def _elsewhere(products, **changes):
    """The sample's results as if its study said something else."""
    from dataclasses import replace

    results = products.run.results
    # no programme of the one country pays in the other
    layers = {**results.layers, "grant_programmes": results.layers["grant_programmes"].iloc[:0]}
    return replace(results, study=results.study.model_copy(update=changes), layers=layers)


@pytest.mark.parametrize(("lang", "words"), [("pl", "nie zawierają dotacji"), ("en", "hold no grants")])
def test_a_place_abroad_is_told_that_no_grants_are_known_and_gets_no_polish_legal_forms(products, lang, words):
    from ped_geo.outputs.report.content import report_content

    abroad, home = (report_content(_elsewhere(products, country=country), lang) for country in ("DE", "PL"))
    assert words in abroad["place"]
    assert words not in home["place"]
    assert abroad["communities"] == []
    assert len(home["communities"]) >= 5
    clusters = {"pl": "Klaster energii", "en": "Energy cluster"}[lang]
    assert any(clusters in sentence for page in home["candidate_pages"] for sentence in page["sentences"])
    assert not any(clusters in sentence for page in abroad["candidate_pages"] for sentence in page["sentences"])


def test_what_the_checks_remarked_stands_in_both_reports(products):
    from ped_geo.remarks import sentences

    remarks = products.run.results.layers["remarks"]
    assert len(remarks) > 0
    for name, lang in (("sample-estate-report.html", "pl"), ("sample-estate-report.en.html", "en")):
        page = (products.maps / name).read_text(encoding="utf-8")
        assert all(html.escape(sentence, quote=False) in page for sentence in sentences(remarks, lang))


def test_each_assumption_of_the_report_tells_its_source_in_both_languages():
    from ped_geo import assumptions
    from ped_geo.language import catalogue
    from ped_geo.outputs.report.content import HEADLINE

    assert set(HEADLINE) <= set(assumptions.scalars())
    assert {f"source.{key}" for key in HEADLINE} <= set(catalogue())


def test_first_page_holds_the_decision_the_second_the_variants_and_no_page_is_nearly_empty(products):
    """Page one ends with the data and version, all variants stand on page two; a page of less than 200 letters would be one spilt row."""
    for name, last in (
        ("sample-estate-report.pdf", "Termomodernizacja do standardu niemal"),
        ("sample-estate-report.en.pdf", "Near-zero retrofit"),
    ):
        pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(products.maps / name).pages]
        assert "ped_geo" in pages[0], "the last line of page one"
        assert last in pages[1], "the table's last row"
        assert [number for number, page in enumerate(pages, 1) if len(page) < 200] == []


@pytest.mark.parametrize(
    ("name", "head"), [("sample-estate-report.pdf", "Paszport kwartału:"), ("sample-estate-report.en.pdf", "Block passport:")]
)
def test_each_passport_is_one_page_with_the_list_of_its_buildings(products, name, head):
    """From the first passport on, every page has the head of one: a page that only takes what spilt would have none."""
    from ped_geo.outputs.report.blocks import passport_blocks

    heads = [page.extract_text().count(head) for page in pypdf.PdfReader(products.maps / name).pages]
    assert heads[heads.index(1) :] == [1] * len(passport_blocks(products.run.results))


def test_buildings_of_a_passport_are_those_of_several_households_and_cost_what_their_block_does(products):
    """Works of a block's buildings, single homes counted, are its investment without PV, their modules those of a variant with roofs alone."""
    from ped_geo.outputs.figures import FIGURES, block_figures, building_figures
    from ped_geo.outputs.report.blocks import passport_blocks, passports
    from ped_geo.outputs.single_households import is_single_household
    from ped_geo.outputs.tables import shown_variant

    results = products.run.results
    buildings, costs = results.layers["buildings"], results.layers["variant_costs"]
    mine = buildings[buildings["in_district"]]
    blocks = passport_blocks(results)
    way = costs.xs(shown_variant(results).key, level="variant").loc[blocks]
    told = building_figures(results)[["works", "modules"]].groupby(mine["block_id"]).sum().loc[blocks]
    assert told["works"].to_numpy() == pytest.approx(FIGURES["investment"].told(way["investment"] - way["pv_investment"]).to_numpy())
    modules = FIGURES["investment"].told(costs["pv_investment"].xs("cost_optimal_pv", level="variant")[blocks])
    assert told["modules"].to_numpy() == pytest.approx(modules.to_numpy())
    heated, private = mine["reference_area_m2"] > 0.0, is_single_household(mine)
    assert private.any()
    pages = dict(zip(blocks, passports(results, block_figures(results), "pl"), strict=True))
    for name, page in pages.items():
        here = mine["block_id"] == name
        assert page["all_buildings"] == int((here & heated & ~private).sum())
        homes = {f"{row.street} {row.housenumber}" for row in mine[here & private].itertuples()}
        assert not homes & {house["address"] for house in page["buildings"]}


def test_no_theme_is_one_colour(products):
    """A map of one colour says nothing; the years of the roadmap differ from one to the next, and are looked at together."""
    from ped_geo.outputs.themes import documented_layers, themes

    layers, alike = documented_layers(products.run.results), []
    for theme in themes(products.run.results):
        style, frame = theme.style, layers[theme.layer][0].frame
        values = frame[style.column].dropna()
        if style.kind == "graduated":
            values = (values - frame[style.minus] if style.minus else values).astype("float64").dropna() * style.factor
            values = pd.cut(values, [-np.inf, *style.classes.limits[1:-1], np.inf], right=False)
        if values.astype("str").nunique() < 2:
            alike.append(theme.title)
    assert alike == []


@pytest.mark.parametrize(("name", "lang"), [("sample-estate-report.pdf", "pl"), ("sample-estate-report.en.pdf", "en")])
def test_scorecard_mobility_green_public_buildings_and_lighting_are_two_pages(products, name, lang):
    """As the report is set: the chapter begins a page, ends on the next, and what follows begins no earlier than it ends."""
    reader = pypdf.PdfReader(products.maps / name)

    def headings(entries):
        for entry in entries:
            yield from headings(entry) if isinstance(entry, list) else [entry]

    listed = list(headings(reader.outline))
    titles, pages = [entry.title for entry in listed], [reader.get_destination_page_number(entry) for entry in listed]
    keys = ("report.scorecard", "report.mobility", "report.green", "report.public", "report.lighting")
    first, *others = (titles.index(text(key, lang)) for key in keys)
    last = titles.index(text("report.lighting.classes", lang))
    start = pages[first]
    assert pages[first - 1] < start
    assert {pages[place] for place in (first, *others, last)} == {start, start + 1}
    assert pages[last + 1] > start
    # neither is a spilt row, and the last of all has room
    shown = [" ".join(page.extract_text().split()) for page in reader.pages[start : start + 2]]
    assert all(len(page) > 1000 for page in shown)
    classes = products.run.results.layers["street_lighting_classes"]
    lit = text(f"code.{classes.index[classes['luminaires'] > 0.0][-1]}", lang)
    assert lit in shown[1][shown[1].index(text("report.lighting.classes", lang)) :]


def test_workbook_says_variants_definitions_and_rules_in_words_of_both_languages(products):
    """Keys of the program stand only in the glossary, in the dictionary of columns and where a column is called key."""
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", read_only=True)
    results = products.run.results
    keys = {variant.key for variant in results.study.variants} | set(results.layers["verdicts"].index.unique("definition"))
    keys |= {variant.package for variant in results.study.variants} | {"district", "'-", "assumed", "known", "pl_certificates_2023"}
    for sheet in book:
        rows = sheet.iter_rows(values_only=True)
        heads = next(rows)
        assert all(" | " in head or head in {"PL", "EN", "id"} or head.endswith("_id") for head in heads[1:]), (sheet.title, heads)
        if sheet.title.startswith(("Słowniczek", "Kolumny")):
            continue
        for row in rows:
            said = {cell for head, cell in zip(heads, row, strict=True) if isinstance(cell, str) and not head.startswith("Klucz")}
            assert not said & keys, (sheet.title, said & keys)
            assert not [cell for cell in said if cell.startswith("inferred")], sheet.title


def test_a_place_of_many_blocks_gets_passports_for_the_largest_and_says_where_the_others_are(products, monkeypatch):
    from ped_geo.outputs.report import blocks, render_report
    from ped_geo.outputs.report.pictures import report_pictures

    monkeypatch.setattr(blocks, "PASSPORTS", 5)
    monkeypatch.setattr(blocks, "LARGEST", 4)
    results = products.run.results
    area = results.layers["blocks"]["reference_area_m2"]
    assert set(blocks.passport_blocks(results)) == set(area.nlargest(4).index)
    page = render_report(results, "pl", report_pictures(results)["pl"])
    assert len(re.findall(r"<h2[^>]*>\s*Paszport kwartału:", page)) == 4
    assert f"4 z {len(area)}; wartości wszystkich kwartałów są w skoroszycie" in page


def test_rows_of_the_workbook_are_as_high_as_their_text(products):
    from openpyxl import load_workbook

    book = load_workbook(products.processed / "sample-estate.xlsx")
    for sheet in book.worksheets:
        columns = [(one.min, one.max, one.width) for one in sheet.column_dimensions.values() if one.min]
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "s"):
            wide = next((width for first, last, width in columns if first <= cell.column <= last), 9.0)
            least = -(-len(cell.value) // (wide + 1)) * 15.0
            assert (sheet.row_dimensions[cell.row].height or 15.0) >= min(least, 405.0), (sheet.title, cell.coordinate)


def test_what_a_verdict_misses_is_said_in_words(products):
    from openpyxl import load_workbook

    sheet = load_workbook(products.processed / "sample-estate.xlsx")[f"{text('workbook.verdicts', 'pl')} {text('workbook.verdicts', 'en')}"]
    column = next(cell.column for cell in sheet[1] if "Niespełnione" in str(cell.value))
    said = {sheet.cell(row, column).value for row in range(2, sheet.max_row + 1)} - {None, ""}
    assert said
    assert all("|" in words for words in said), said


def test_terminal_names_the_weather_in_the_language_of_the_reader(products):
    from ped_geo.pipeline.words import summary

    assert "Pogoda: klimat wbudowany, stacja Kraków." in summary(products.run, "pl")["sentences"]
    assert "Weather: built-in climate, station Kraków." in summary(products.run, "en")["sentences"]


def test_machine_without_the_pdf_library_gets_the_report_as_pages_and_is_told_what_to_install(products, tmp_path, monkeypatch):
    from ped_geo.outputs import report
    from ped_geo.pipeline.run import Run
    from ped_geo.pipeline.words import doctor, summary

    # what Python does with a module that cannot be loaded
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    files = report.write_report(products.run.results, tmp_path)
    assert sorted(path.name for path in files) == ["sample-estate-report.en.html", "sample-estate-report.html"]
    assert all(path.stat().st_size > 100_000 for path in files)
    said = {lang: summary(Run(products.run.results, tuple(files), tmp_path), lang)["sentences"] for lang in ("pl", "en")}
    assert any("libpango" in sentence for sentence in said["pl"])
    assert any("libpango" in sentence for sentence in said["en"])
    assert ("pango", "optional") in {line[:2] for line in doctor(tmp_path)}


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\ud800", "\ufffe", "\u202e", "\u2066"])
def test_letters_that_xml_cannot_hold_or_terminals_obey_are_left_out(letter):
    from xml.etree.ElementTree import Element, fromstring, tostring

    root = Element("a")
    root.text = plain(f"Dom{letter}ek\n„Pod Lwem” ąęß")
    assert fromstring(tostring(root, encoding="unicode")).text == "Domek\n„Pod Lwem” ąęß"
    assert plain(f"Dom{letter}ek").encode().isascii()


def test_words_of_all_layers_are_plain_before_any_product_is_written(products):
    from dataclasses import replace

    results = products.run.results
    blocks = results.layers["blocks"].copy()
    blocks["street_name"] = [f"ulica\x1b[31m{number}" for number in range(len(blocks))]
    hostile = replace(results, layers={**results.layers, "blocks": blocks})
    assert list(hostile.layers["blocks"]["street_name"]) == [f"ulica[31m{number}" for number in range(len(blocks))]
    assert hostile.layers["buildings"] is results.layers["buildings"]


def test_workbook_keeps_to_the_rules_of_excel(products):
    """Names of sheets: up to 31 letters, none of []:*?/\\, no quote at an end, no two alike; cells up to 32,767 letters; known formats."""
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    names = [name.casefold() for name in book.sheetnames]
    assert len(set(names)) == len(names)
    for sheet in book:
        assert 0 < len(sheet.title) <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", sheet.title)
        assert sheet.max_row <= 1_048_576
        assert sheet.max_column <= 16_384
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            if cell.data_type == "n":
                assert re.fullmatch(r'0|#,##0(\.0{1,5})?|\[<1\]"<1";\[>99\]">99";0', cell.number_format), (sheet.title, cell.coordinate)
            else:
                assert len(str(cell.value)) <= 32_767


def test_marks_of_an_axis_never_read_alike():
    """Marks at 0, 0.25, 0.5 … are written with two decimals, thousands with none."""
    from matplotlib.figure import Figure

    from ped_geo.outputs.report.drawing import write_numbers

    for top in (0.9, 4.0, 7_000.0):
        axes = Figure().add_subplot()
        axes.plot([0, 1], [0, top])
        write_numbers(axes.yaxis, "pl")
        marks = [axes.yaxis.get_major_formatter()(place) for place in axes.yaxis.get_majorticklocs()]
        assert len(set(marks)) == len(marks), marks
