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
    """No text that stands for a picture repeats its caption or heading, and those of maps and charts hold numbers."""
    lang, tree = page
    told = [picture.get("alt") for picture in tree.xpath("//img")]
    assert all(told)
    seen = {words.text_content().strip() for words in tree.xpath("//figcaption | //h2 | //h3")}
    assert not {words for words in told if words in {text(f"report.{key}", lang) for key in CAPTIONS}}
    shown = [picture.get("alt") for picture in tree.xpath('//figure[@class="map"]/img')][:3]
    assert all(re.search(r"\d", words) for words in shown)
    assert not set(shown) & seen


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
