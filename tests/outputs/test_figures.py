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

from ped_geo.language import text
from ped_geo.outputs.block_plans import PLANS
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.report import pictures
from ped_geo.outputs.styles import NO_VALUE
from ped_geo.outputs.tables import variant_name


def as_printed(value, digits):
    """Half away from zero, by the decimals that are written: as spreadsheets, QGIS and browsers round."""
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)) + 0.0


BEYOND = {"<1": 0.0, ">99": 100.0}


def number_in(cell):
    """A number as a Polish page writes it, a chance beyond what draws tell as 0 or 100; None for a dash."""
    if cell.strip() in BEYOND:
        return BEYOND[cell.strip()]
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
        # Excel's own form of a chance: below 1 and above 99 are words
        if cell.number_format == '[<1]"<1";[>99]">99";0' and not 1 <= cell.value <= 99:
            return BEYOND["<1" if cell.value < 1 else ">99"]
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
        for variant, line in zip(variants, section.xpath('div/table[@class="wide"]/tbody/tr'), strict=True):
            cells = [number_in(cell.text_content()) for cell in line.xpath("td")[1:]]
            found |= {(block, variant.key, figure): value for figure, value in zip(order, cells, strict=True)}
    return found


def test_block_figures_are_one_number_in_report_map_workbook_and_layer(products, page, report, sheets):
    results = products.run.results
    printed = passports(report, results.study.variants)
    package = gpd.read_file(products.processed / "sample-estate.gpkg", layer="blocks").set_index("block_id")
    pivot = sheets["Kwartał i wariant Block by vari"]
    sheet = pivot.set_index([pivot.columns[0], pivot.columns[2]])
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
                [head] = (name for name in sheet if "m²)" in name.replace("m²·a)", "m²)") and name.startswith(HEADS[figure]))
                assert sheet.at[(package.at[block["id"], "label"], variant.key), head] == printed[number, variant.key, figure], head
        assert block["area"] == as_printed(package.at[block["id"], "reference_area_m2"], 0)
        assert block["residents"] == as_printed(package.at[block["id"], "residents"], 0)
        assert block["kwp"] == as_printed(package.at[block["id"], "pv_capacity_kwp"], 1)


HEADS = {"balance": "Bilans | ", "co2": "CO₂ | "}


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
        patch.setattr(pictures, "draw_shapes", lambda axes, shapes, **style: drawn.append((shapes, style)))
        patch.setattr(pictures, "png_address", lambda figure: "")
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


@pytest.fixture(scope="module")
def table(products):
    """The product ``figures.csv``: value, digits and unit by scope, group, variant and figure."""
    read = pd.read_csv(products.processed / "figures.csv", keep_default_na=False, na_values={"value": "", "low": "", "high": ""})
    return read.set_index(["scope", "group_id", "variant", "figure"])


def of_table(table, *key):
    """A figure of the table as it is printed; None where it has no row."""
    if key not in table.index:
        return None
    row = table.loc[key]
    if key[-1] == "p_positive" and not 1.0 <= row["value"] <= 99.0:
        return BEYOND["<1" if row["value"] < 1.0 else ">99"]
    return as_printed(row["value"], int(row["digits"]))


def test_the_table_of_figures_says_unit_decimals_and_names_of_each_as_they_are_declared(products, table):
    for name, rows in table.groupby(level="figure"):
        one = FIGURES[name]
        assert set(rows["unit"]) == {one.unit}
        assert set(rows["digits"]) == {one.digits}
        assert set(rows["label_en"]) == {one.label_en}
        assert set(rows["label_pl"]) == {one.label_pl}
    layer = products.run.results.layers["figures"]
    assert list(table.index) == list(layer.index)
    assert table["value"].to_numpy() == pytest.approx(layer["value"].to_numpy(), rel=1e-9)


def test_each_number_of_the_reports_table_of_variants_is_that_of_the_figures(products, report, table):
    order = ("heat", "primary", "balance", "pv", "co2_total", "nox_total", "pm10_total", "investment", "grant", "payback")
    rows = report.xpath('//table[@class="first"]/tbody/tr')
    heads = [head.text_content() for head in report.xpath('//table[@class="first"]/thead/tr/th')][1:]
    assert len(heads) == len(order)
    for head, figure in zip(heads, order, strict=True):
        assert head.startswith(FIGURES[figure].label_pl)
    for variant, row in zip(products.run.results.study.variants, rows, strict=True):
        printed = [number_in(cell.text_content()) for cell in row.xpath("td")[1:]]
        assert printed == [of_table(table, "district", "district", variant.key, figure) for figure in order], variant.key


def test_each_number_of_blocks_and_candidates_is_that_of_the_figures(products, page, report, table):
    """Passports, list of candidates and map."""
    results = products.run.results
    numbers = {name: label.partition(".")[0] for name, label in results.layers["blocks"]["label"].items()}
    told = passports(report, results.study.variants)
    assert told
    by_number = {number: name for name, number in numbers.items()}
    for (number, variant, figure), value in told.items():
        assert value == of_table(table, "block", by_number[number], variant, figure), (number, variant, figure)
    for block in page["blocks"]:
        for figure in ("area", "residents", "buildings", "kwp"):
            assert block[figure] == of_table(table, "block", block["id"], "", figure)
    shown = {"balance": "balance", "heat": "heat", "co2": "co2", "pv": "pv_m2", "investment": "investment_m2", "probability": "p_positive"}
    shown["network"] = "linear_density"
    kinds = results.layers["block_types"]["block_type"].astype(str)
    planned = {figure: (plan.layer, column) for plan in PLANS for figure, column in plan.figures.items()}
    coded = {key: (plan.layer, theme.column) for plan in PLANS for key, theme in plan.codes.items()}
    for one in page["indicators"]:
        if one["key"] == "type":
            named = [text(f"code.{kinds[block['id']]}", "en") for block in page["blocks"]]
            assert all([one["names"]["en"][value] for value in values] == named for values in one["values"])
            continue
        if one["key"] in coded:
            layer, column = coded[one["key"]]
            named = [text(f"code.{results.layers[layer].at[block['id'], column]}", "en") for block in page["blocks"]]
            assert all([one["names"]["en"][value] for value in values] == named for values in one["values"])
            continue
        if one["key"] in planned:
            layer, column = planned[one["key"]]
            told_of = FIGURES[one["key"]].told(results.layers[layer][column])
            expected = [as_printed(float(told_of[block["id"]]), one["digits"]) for block in page["blocks"]]
            assert all(values == expected for values in one["values"]), one["key"]
            continue
        for variant, values in zip(page["variants"], one["values"], strict=True):
            expected = [of_table(table, "block", block["id"], variant["key"], shown[one["key"]]) for block in page["blocks"]]
            assert values == expected, one["key"]
    for name, one in zip(results.layers["candidates"].index, page["candidates"], strict=True):
        assert (one["area"], one["blocks"]) == tuple(of_table(table, "candidate", name, "", figure) for figure in ("area", "block_count"))
        assert one["balance"] == of_table(table, "candidate", name, "chosen", "balance")
    [row] = [
        row
        for row in report.xpath("//table/tbody/tr")
        if row.xpath("td")[0].text_content() == results.layers["candidates"]["label"].iloc[0]
    ]
    cells = [number_in(cell.text_content()) for cell in row.xpath("td")[2:]]
    name = results.layers["candidates"].index[0]
    facts = [of_table(table, "candidate", name, "", figure) for figure in ("block_count", "area")]
    assert cells == facts + [
        of_table(table, "candidate", name, "chosen", figure) for figure in ("balance", "p_positive", "investment", "grant", "payback")
    ]


def test_each_number_of_the_terminal_is_that_of_the_figures(products, table):
    from ped_geo.pipeline.words import summary

    said = summary(products.run, "en")
    numbers = {
        float(found.replace(",", "")) for sentence in said["sentences"][:20] for found in re.findall(r"\d[\d,]*(?:\.\d+)?", sentence)
    }
    for figure in ("buildings", "block_count", "area", "kwp", "roof_pv", "heat_existing", "heat_advanced"):
        assert of_table(table, "district", "district", "", figure) in numbers, figure
    best = max(said["balance_kwh_m2a"], key=said["balance_kwh_m2a"].get)
    assert abs(of_table(table, "district", "district", best, "balance")) in numbers


def test_workbook_and_geopackage_hold_the_figures_unrounded(products, table):
    """Amounts and intensities of blocks, and what goes into the air of the whole district."""
    results = products.run.results
    package = gpd.read_file(products.processed / "sample-estate.gpkg", layer="blocks").set_index("block_id")
    columns = {"primary_energy_balance_kwh_m2a": "balance", "co2_kg_m2a": "co2", "investment_m2": "investment_m2"}
    for variant in results.study.variants:
        for column, figure in columns.items():
            told = [table.at[("block", block, variant.key, figure), "value"] for block in package.index]
            assert package[f"{column}__{variant.key}"].to_numpy() == pytest.approx(told, rel=1e-9)
    told = [table.at[("block", block, "", "kwp"), "value"] for block in package.index]
    assert package["pv_capacity_kwp"].to_numpy() == pytest.approx(told, rel=1e-9)
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx")
    rows = [[cell.value for cell in row] for row in book["Warianty Variants"]]
    for variant, row in zip(results.study.variants, rows[1:], strict=True):
        named = dict(zip(rows[0], row, strict=True))
        for head, figure in (
            ("NOx | NOx [kg/a]", "nox_total"),
            ("PM10 | PM10 [kg/a]", "pm10_total"),
            ("PM2,5 | PM2.5 [kg/a]", "pm25_total"),
        ):
            assert named[head] == pytest.approx(table.at[("district", "district", variant.key, figure), "value"])
        tonnes = table.at[("district", "district", variant.key, "co2_total"), "value"]
        assert next(value for head, value in named.items() if head.endswith("[kg/a]") and head.startswith("CO₂")) == pytest.approx(
            1000 * tonnes
        )
