"""The workbook as LibreOffice shows it: every sheet exported with its cells as they are seen."""

from __future__ import annotations

import csv
import re
import subprocess

import pytest

from ped_geo.outputs.escapes import safe_text

pytestmark = pytest.mark.office
AS_SHOWN = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,true,false,false,-1"


RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def sheets_of(book, folder):
    """Rows of text of every sheet, in an English locale; formulas are computed anew."""
    (folder / "profile" / "user").mkdir(parents=True, exist_ok=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", AS_SHOWN]
    ended = subprocess.run([*command, "--outdir", str(folder), str(book)], capture_output=True, text=True, check=False, timeout=300)
    found = {}
    for file in sorted(folder.glob(f"{book.stem}-*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            found[file.stem.removeprefix(f"{book.stem}-")] = list(csv.reader(lines, delimiter="\t"))
    assert found, ended.stderr
    return found


@pytest.fixture(scope="module")
def sheets(products, tmp_path_factory):
    return sheets_of(products.processed / "sample-estate.xlsx", tmp_path_factory.mktemp("office"))


def test_no_cell_is_an_error_or_too_narrow_for_its_number(sheets):
    assert len(sheets) >= 9
    cells = [(name, cell) for name, rows in sheets.items() for row in rows for cell in row]
    assert not [pair for pair in cells if re.match(r"#(###|REF|NAME|VALUE|DIV|N/A|NUM)|Err:", pair[1])]
    assert sum(bool(re.fullmatch(r"-?[\d,]+(\.\d+)?", cell)) for _, cell in cells) > 1000


def test_figures_are_shown_with_the_decimals_of_the_report(sheets, products):
    """Balance per area of every variant: one decimal; the years of assumptions are not grouped as amounts are."""
    results = products.run.results
    heads, *rows = sheets["Kwartał i wariant Block by vari"]
    labels = results.layers["blocks"]["label"]
    balance, area = results.layers["balance"], results.layers["blocks"]["reference_area_m2"]
    place = next(place for place, head in enumerate(heads) if head.startswith("Bilans | ") and "m²" in head)
    assert len(rows) == len(labels) * len(results.study.variants)
    for row in rows:
        block = labels.index[labels == row[0]][0]
        value = balance.loc[(block, row[2]), "primary_energy_balance_kwh_a"] / area[block]
        assert row[place] == f"{value:,.1f}", (block, row[2])
    years = [row[6] for row in sheets["Założenia Assumptions"][1:]]
    assert all(re.fullmatch(r"(19|20)\d\d", year) for year in years if year)


HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    '=HYPERLINK("http://a.b/","x")',
    "＝1+1",
    " =1+1",
    "1e9",
    "2024-01-02",
    "{=1+1}",
    "ulica [% 6*7 %]",
]


def test_text_from_outside_is_neither_calculated_nor_turned_into_a_date(tmp_path):
    """A cell shows what was written, behind an apostrophe where a program could take it for a formula."""
    from ped_geo.outputs.book import Book

    book = Book(tmp_path / "hostile.xlsx")
    book.sheet("Names", ["name", "again"], [[text, text] for text in HOSTILE])
    book.close()
    shown = sheets_of(tmp_path / "hostile.xlsx", tmp_path)["Names"][1:]
    assert shown == [[safe_text(text)] * 2 for text in HOSTILE]


def test_the_program_itself_sums_to_the_districts_figures(sheets, products):
    """LibreOffice's own SUMIFS and SUBTOTAL: the balance by floor of every variant, and the buildings of the blocks."""
    figures = products.run.results.figures
    heads, *rows = sheets["Sumy Totals"]
    assert heads[-1].startswith("Bilans | ")
    assert {row[1]: row[-1] for row in rows} == {row[1]: f"{figures.value('balance', row[1]):,.1f}" for row in rows}
    heads, *rows = sheets["Kwartały Blocks"]
    counted = next(place for place, head in enumerate(heads) if head.startswith("Budynki | Buildings"))
    assert rows[-1][0].startswith("Suma")
    assert int(rows[-1][counted]) == sum(int(row[counted]) for row in rows[:-1])
