"""One figure, one number: what map, report, workbook, layers and tables print of the sample estate is the same to the last digit."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal

import geopandas as gpd
import lxml.html
import openpyxl
import pandas as pd
import pytest

from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.report import pictures
from ped_geo.outputs.styles import NO_VALUE
from ped_geo.outputs.tables import variant_name


def as_printed(value, digits):
    """Half away from zero, by the decimals that are written: as spreadsheets, QGIS and browsers round."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)) + 0.0


def number_in(cell):
    """A number as a Polish page writes it; None for a dash."""
    plain = cell.replace("\u00a0", "").replace("\u2212", "-").replace(",", ".").strip()
    return None if plain == "–" else float(plain)


@pytest.fixture(scope="module")
def page(products):
    """What the map's page holds."""
    text = (products.maps / "sample-estate.html").read_text(encoding="utf-8")
    return json.loads(re.search(r"var PED=(\{.*?\});\n", text).group(1))


@pytest.fixture(scope="module")
def report(products):
    return lxml.html.fromstring((products.maps / "sample-estate-report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sheets(products):
    """Rows of the workbook's sheets, numbers as their format shows them."""
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")

    def shown(cell):
        if cell.data_type != "n" or cell.value is None:
            return cell.value
        return as_printed(cell.value, len(cell.number_format.partition(".")[2]))

    return {
        sheet.title: pd.DataFrame(rows[1:], columns=rows[0])
        for sheet in book
        for rows in [[[shown(cell) for cell in row] for row in sheet]]
    }


def passports(report, variants):
    """Numbers of the passports: block's number, variant, figure."""
    order = ("heat", "final", "primary", "balance", "pv", "p_positive", "co2", "nox", "pm10", "pm25", "investment", "grant", "payback")
    found = {}
    for section in report.xpath('//section[@class="passport"]'):
        block = re.search(r": (\d+)\.", section.xpath("h2")[0].text_content()).group(1)
        rows = [table.xpath("tbody/tr") for table in section.xpath("table")]
        for variant, *lines in zip(variants, *rows, strict=True):
            cells = [number_in(cell.text_content()) for line in lines for cell in line.xpath("td")[1:]]
            found |= {(block, variant.key, figure): value for figure, value in zip(order, cells, strict=True)}
    return found


def test_block_figures_are_one_number_in_report_map_workbook_and_layer(products, page, report, sheets):
    results = products.run.results
    printed = passports(report, results.study.variants)
    package = gpd.read_file(products.processed / "sample-estate.gpkg", layer="blocks").set_index("block_id")
    sheet = sheets["Kwartały Blocks"].set_index("block_id")
    shown = {one["key"]: one for one in page["indicators"]}
    columns = {"balance": "primary_energy_balance_kwh_m2a", "co2": "co2_kg_m2a"}
    assert len(printed) > 500
    for place, block in enumerate(page["blocks"]):
        number = block["label"].partition(".")[0]
        for order, variant in enumerate(results.study.variants):
            for figure, indicator in (("balance", "balance"), ("heat", "heat"), ("co2", "co2"), ("p_positive", "probability")):
                assert shown[indicator]["values"][order][place] == printed[number, variant.key, figure], (number, variant.key, figure)
                assert shown[indicator]["digits"] == FIGURES[figure].digits
            for figure, column in columns.items():
                value = package.at[block["id"], f"{column}__{variant.key}"]
                assert as_printed(value, FIGURES[figure].digits) == printed[number, variant.key, figure]
                head = next(
                    name
                    for name in sheet
                    if "m²" in name and name.startswith(HEADS[figure]) and f"– {variant_name(variant, 'pl')} |" in name
                )
                assert sheet.at[block["id"], head] == printed[number, variant.key, figure], head
        assert block["area"] == as_printed(package.at[block["id"], "reference_area_m2"], 0)
        assert block["residents"] == as_printed(package.at[block["id"], "residents"], 0)
        assert block["kwp"] == as_printed(package.at[block["id"], "pv_capacity_kwp"], 1)


HEADS = {"balance": "Bilans energii pierwotnej – ", "co2": "CO₂ – "}


def test_district_figures_are_one_number_in_report_workbook_indicators_and_terminal(products, report, sheets):
    """Heat, primary energy, balance: KPI table, first page, workbook's sheet of indicators, terminal, verdict."""
    from ped_geo.pipeline.words import summary

    results = products.run.results
    table = pd.read_csv(products.processed / "kpis.csv").set_index(["variant", "kpi"])["value"]
    sheet = sheets["Wskaźniki Indicators"]
    rows = report.xpath('//table[@class="first"]/tbody/tr')
    told = summary(products.run, "pl")["balance_kwh_m2a"]
    for variant, row in zip(results.study.variants, rows, strict=True):
        cells = [number_in(cell.text_content()) for cell in row.xpath("td")[1:]]
        mine = sheet[sheet.iloc[:, 0].str.startswith(f"{variant_name(variant, 'pl')} | ")].set_index("Klucz | Key")["Wartość | Value"]
        for kpi, cell in (("ued_h", cells[0]), ("ep_nren", cells[1]), ("peb_nren_m2", cells[2])):
            assert as_printed(table[variant.key, kpi], 1) == cell, (variant.key, kpi)
            assert mine[kpi] == cell, (variant.key, kpi)
        assert as_printed(told[variant.key], 1) == cells[2]
    best = max(told.values())
    assert any(f"{abs(best):.1f}".replace(".", ",") in sentence for sentence in summary(products.run, "pl")["sentences"])


def test_classes_of_a_figure_are_one_in_report_and_map(report, page):
    """Words and colours of the legends beside the report's maps are those of the page."""
    shown = {one["key"]: one for one in page["indicators"]}
    legends = report.xpath('//figure[@class="map"]/div[@class="legend"]')
    read = [
        [(item.xpath("span/@style")[0].removeprefix("background: "), item.text_content().strip()) for item in one.xpath("ul/li")]
        for one in legends
    ]
    for legend, key in zip(read, ("balance", "heat"), strict=False):
        one = shown[key]
        assert legend == [*zip(one["colours"], one["labels"]["pl"], strict=True), (page["nothing"], "brak budynków ogrzewanych")], key
    passports = report.xpath('//section[@class="passport"]//div[@class="legend"]')
    words = [[item.text_content().strip() for item in one.xpath("ul/li")] for one in passports]
    assert words
    assert all(one == words[0] for one in words)


def test_heat_of_the_reports_map_is_the_blocks_not_that_of_single_houses(products):
    """What the map colours is one shape for each block; no house of its own has a colour in any of the report's heat maps."""
    from ped_geo.outputs.report.legends import MAPS

    assert MAPS["map_heat"] == ("heat", "block")
    results = products.run.results
    houses = results.layers["buildings"]["use"] == "residential_single"
    assert houses.any()
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_draw", lambda axes, shapes, **style: drawn.append((shapes, style)))
        patch.setattr(pictures, "_png", lambda figure: "")
        pictures._maps(results)
        of_map = [style["facecolors"] for shapes, style in drawn if shapes.index.name == "block_id"]
        drawn.clear()
        pictures._passport_maps(results)
    assert [len(colours) for colours in of_map] == [len(results.layers["blocks"])] * 2
    assert of_map[0] != of_map[1]
    for shapes, style in drawn:
        if shapes.index.name == "building_id" and isinstance(style["facecolors"], list):
            assert all(colour == NO_VALUE for colour, house in zip(style["facecolors"], houses[shapes.index], strict=True) if house)


@pytest.mark.parametrize(
    ("value", "digits", "written"), [(62.5, 0, 63.0), (-0.25, 1, -0.3), (2.675, 2, 2.68), (0.5, 0, 1.0), (1e22, 1, 1e22)]
)
def test_halves_are_rounded_as_the_readers_programs_round_them(value, digits, written):
    """Excel and QGIS write 63 for 62.5; Python alone would write 62."""
    from ped_geo.language import half_up

    assert half_up(value, digits) == written


def test_a_value_at_a_limit_is_in_the_class_above_it_in_every_variant():
    from ped_geo.outputs.figures import classes_of

    classes = classes_of("balance", [-250.0, -110.0, -20.0, 40.0])
    assert classes.labels("en")[2:4] == ["−50 – 0", "0 – 50"]
    assert classes.colour(0.0) == classes.colours[3]
    assert classes.colour(-0.04) == classes.colours[3], "printed as 0.0"
    assert classes.colour(-0.06) == classes.colours[2], "printed as −0.1"
