"""The report as it is read: on a phone, by keyboard, by a screen reader, and as a tagged PDF."""

from __future__ import annotations

import re

import lxml.html
import pypdf
import pytest

from ped_geo.language import text

PAGES = {"pl": "sample-estate-report.html", "en": "sample-estate-report.en.html"}
CAPTIONS = ("months", "duration", "abatement", "roadmap")


@pytest.fixture(scope="module", params=PAGES)
def page(request, products):
    return request.param, lxml.html.fromstring((products.maps / PAGES[request.param]).read_text(encoding="utf-8"))


def test_every_chapter_is_linked_from_the_contents_and_stands_in_the_main_part(page):
    lang, tree = page
    (main,) = tree.xpath("//main")
    (nav,) = main.xpath(".//nav")
    assert nav.get("aria-label") == text("report.contents", lang)
    chapters = [(f"#{head.get('id')}", head.text_content()) for head in main.xpath(".//h2")]
    assert len(chapters) >= 15
    assert [(link.get("href"), link.text_content()) for link in nav.xpath(".//a")] == chapters
    ids = tree.xpath("//@id")
    assert len(set(ids)) == len(ids)


def test_every_table_scrolls_on_its_own_under_a_name(page):
    _, tree = page
    for table in tree.xpath("//table"):
        around = table.getparent()
        assert (around.get("class"), around.get("role"), around.get("tabindex")) == ("scroll", "group", "0")
        assert around.get("aria-label")
        assert all(head.get("scope") in {"col", "colgroup"} for head in table.xpath(".//th"))


def test_pictures_are_told_by_what_they_show(page):
    """No text that stands for a picture repeats its caption, heading or the words above it, and each holds a number or a block's name."""
    lang, tree = page
    pictures = tree.xpath("//img")
    seen = {words.text_content().strip() for words in tree.xpath("//figcaption | //h2 | //h3 | //p")}
    assert not {picture.get("alt") for picture in pictures} & seen
    assert not {picture.get("alt") for picture in pictures} & {text(f"report.{key}", lang) for key in CAPTIONS}
    for picture in pictures:
        (caption,) = picture.getparent().xpath("./figcaption") or [None]
        assert re.search(r"\d", picture.get("alt"))
        assert caption is None or not caption.text_content().startswith(picture.get("alt").rstrip("."))


def test_texts_of_pictures_tell_what_the_pages_tables_hold(page):
    """The zones, the classes of density and the payers that the texts name with a number are those of the tables beside the pictures."""
    lang, tree = page
    told = [picture.get("alt") for picture in tree.xpath("//img")]

    def rows(title):
        (heading,) = [head for head in tree.xpath("//h3") if head.text_content() == text(title, lang)]
        body = heading.xpath("following::table[1]/tbody/tr")
        return {row[0].text_content(): [cell.text_content() for cell in row] for row in body}

    def begins(key, **values):
        start = text(f"report.finding.{key}", lang, **values).split("|")[0]
        return next(words for words in told if words.startswith(start))

    zones = begins("network", package="|", counted="")
    named = {name: cells[-2] for name, cells in rows("report.network.zones").items() if cells[-2] != "0"}
    assert named
    assert all(f"{name}: {count}" in zones for name, count in named.items())
    shares = begins("density", shares="|")
    assert all(
        f"{name} {cells[3]}%" in shares and f"{name} {cells[5]}%" in shares for name, cells in rows("report.network.density").items()
    )


@pytest.mark.parametrize("name", PAGES.values())
def test_heads_of_the_pdf_have_their_scope_and_the_document_its_author_and_day(products, name):
    reader = pypdf.PdfReader(products.maps / name.replace(".html", ".pdf"))
    assert reader.metadata.author.startswith("ped_geo ")
    assert reader.metadata.creation_date_raw
    heads, pictures, left = [], [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while left:
        node = left.pop().get_object()
        if not isinstance(node, dict):
            continue
        heads += [node["/A"].get_object()] if node.get("/S") == "/TH" else []
        pictures += [node.get("/Alt")] if node.get("/S") == "/Figure" else []
        inside = node["/K"].get_object() if "/K" in node else []
        left += inside if isinstance(inside, list) else [inside]
    assert len(heads) > 100
    assert {(head["/O"], head["/Scope"]) for head in heads} == {("/Table", "/Column")}
    assert pictures
    assert all(pictures)


@pytest.mark.chromium
def test_the_page_fits_a_phone(products):
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for width in (320, 390, 1280):
            tab = chromium.new_page(viewport={"width": width, "height": 844})
            tab.goto((products.maps / PAGES["pl"]).as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            tab.close()
        chromium.close()
