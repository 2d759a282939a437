"""The workbook as LibreOffice shows it: every sheet exported with its cells as they are seen."""

from __future__ import annotations

import csv
import re
import subprocess

import pytest

from ped_geo.outputs.escapes import safe_text

pytestmark = pytest.mark.office
AS_SHOWN = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,true,false,false,-1"


def sheets_of(book, folder):
    """Rows of text of every sheet, in an English locale."""
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
    rows = sheets["Kwartały Blocks"]
    heads = rows[0]
    balance, area = results.layers["balance"], results.layers["blocks"]["reference_area_m2"]
    places = [place for place, head in enumerate(heads) if head.startswith("Bilans energii pierwotnej – ") and "m²" in head]
    assert len(places) == len(results.study.variants)
    for row in rows[1:]:
        for place, variant in zip(places, results.study.variants, strict=True):
            value = balance.loc[(row[0], variant.key), "primary_energy_balance_kwh_a"] / area[row[0]]
            assert row[place] == f"{value:,.1f}", (row[0], variant.key)
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
    from ped_geo.outputs.workbook import _Book

    book = _Book(tmp_path / "hostile.xlsx")
    book.sheet("Names", ["name", "again"], [[text, text] for text in HOSTILE])
    book.close()
    shown = sheets_of(tmp_path / "hostile.xlsx", tmp_path)["Names"][1:]
    assert shown == [[safe_text(text)] * 2 for text in HOSTILE]
