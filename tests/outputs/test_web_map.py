"""The council map: safe by construction, and working in a real Chromium without network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import unicodedata
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ped_geo.language import catalogue
from ped_geo.outputs.web_map import _json
from ped_geo.outputs.web_map.content import coded_rings, map_content
from tests.steps import with_figures

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]


@pytest.fixture(scope="module")
def html(products):
    return (products.maps / "sample-estate.html").read_text(encoding="utf-8")


def test_page_is_light_enough_to_be_sent(html):
    assert len(html) < 1_000_000


def test_policy_names_each_script_by_its_checksum(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(scripts) >= 3
    for script in scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "${alert(1)}", "`", "{{7*7}}", "\u2028"]
)
def test_hostile_text_cannot_leave_its_json(text):
    written = _json({"name": text})
    assert "<" not in written
    assert "\u2028" not in written
    assert json.loads(written) == {"name": text}


def test_outlines_come_back_within_a_hand(products):
    shapes = products.run.results.layers["blocks"].to_crs(4326).geometry.to_numpy()
    for shape, rings in zip(shapes, coded_rings(shapes), strict=True):
        yx = np.cumsum(np.array(rings[0]).reshape(-1, 2), axis=0) / 1e6
        back = shapely.Polygon(yx[:, ::-1])
        assert back.hausdorff_distance(shapely.Polygon(shape.exterior)) < 2e-6


def test_single_family_houses_have_no_figures_of_their_own(products):
    results = products.run.results
    content = map_content(results)
    inside = results.layers["buildings"][results.layers["buildings"]["in_district"]]
    private = (inside["use"] == "residential_single").to_numpy()
    assert private.any()
    for name, nothing in (("heat", None), ("known", None), ("construction_period", -1), ("heat_supply", -1)):
        assert all(value == nothing for value, hidden in zip(content["buildings"][name], private, strict=True) if hidden)
    assert content["buildings"]["storeys"] == inside["storeys_above_ground"].astype(int).tolist(), "what anybody sees from the street"


def test_values_of_the_map_are_those_of_the_balance(products):
    results = products.run.results
    content = map_content(results)
    area = results.layers["blocks"]["reference_area_m2"]
    for number, variant in enumerate(results.study.variants):
        rows = results.layers["balance"].xs(variant.key, level="variant")["primary_energy_balance_kwh_a"].reindex(area.index)
        for value, balance, floor in zip(content["indicators"][0]["values"][number], rows, area, strict=True):
            assert (value is None) == (floor <= 1.0)
            if value is not None:
                assert value == pytest.approx(balance / floor, abs=0.06)


def test_blocks_in_no_candidate_say_why_with_the_candidates_name(products):
    results = products.run.results
    content = map_content(results)
    out = results.layers["excluded"]
    said = {block["id"]: block["out"] for block in content["blocks"]}
    assert {name for name, words in said.items() if words} == set(out.index)
    labels = set(results.layers["candidates"]["label"])
    for name in out.index[out["candidate_id"] != ""]:
        assert not any(str(code) in said[name]["pl"] for code in results.layers["candidates"].index)
    assert any(label in words["en"] for words in said.values() if words for label in labels)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, products):
    """The map without network, with everything it says to the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, offline=True)
    page = context.new_page()
    told, asked = [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    yield SimpleNamespace(page=page, told=told, asked=asked, uri=(products.maps / "sample-estate.html").as_uri(), context=context)
    context.close()


@pytest.mark.chromium
def test_map_opens_without_network_and_without_a_word_to_the_console(opened, products):
    assert opened.told == []
    assert opened.asked == []
    # classes of colour, buildings and candidates, what the ground holds, and blocks without a value where there is one
    layers = products.run.results.layers
    void = bool((layers["blocks"]["reference_area_m2"] < 1).any())
    assert opened.page.locator("#ped-legend li").count() == 8 + len(set(layers["water_and_green"]["kind"])) + void
    assert opened.page.locator("#ped-sample").is_visible()


@pytest.mark.chromium
def test_with_network_the_map_asks_for_nothing_until_its_reader_wants_the_street_map(browser, products):
    """Every request of a browser that is online, from opening to printing; the box for the street map is not ticked."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    asked = []
    context.route(re.compile("^https?:"), lambda route: (asked.append(route.request.url), route.abort()))
    page = context.new_page()
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    assert page.evaluate("navigator.onLine")
    page.click("#ped-en")
    page.click("#ped-view")
    page.click("#ped-view")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(800)
    assert asked == []
    assert not page.is_checked("#ped-base")
    # a click, since the page takes the tick away again as soon as the first tile cannot be had
    page.click("#ped-base")
    page.wait_for_timeout(800)
    assert asked
    assert all(address.startswith("https://tile.openstreetmap.org/") for address in asked)
    context.close()


@pytest.mark.chromium
@pytest.mark.parametrize("name", ["sample-estate-report.html", "sample-estate-report.en.html"])
def test_report_opens_in_a_browser_without_a_request_or_a_word_to_the_console(browser, products, name):
    """All pictures are whole; on a phone nothing but tables may be wider than the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    asked, told = [], []
    context.route(re.compile("^https?:"), lambda route: (asked.append(route.request.url), route.abort()))
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.goto((products.maps / name).as_uri())
    sizes = page.evaluate("Array.from(document.images).map(one => one.complete && one.naturalWidth)")
    context.close()
    assert sizes
    assert all(sizes)
    assert asked == []
    assert told == []


@pytest.mark.chromium
def test_a_block_without_heat_is_grey_in_the_legend_and_named_in_its_tip(browser, products, tmp_path):
    """Its chance is not 1 and its balance not 0; the legend has a class of its own, in a colour of no other class."""
    from dataclasses import replace

    from ped_geo.outputs.web_map import write_web_map

    results = products.run.results
    blocks = results.layers["blocks"].copy()
    cold = blocks.index[0]
    blocks.loc[cold, "reference_area_m2"] = 0.0
    file = write_web_map(with_figures(replace(results, layers={**results.layers, "blocks": blocks})), tmp_path)[0]
    page = browser.new_context(offline=True).new_page()
    for indicator in ("balance", "heat", "co2", "probability"):
        page.goto(file.as_uri() + f"#pl/near_zero_heat_pump_pv/{indicator}/{cold}/map")
        page.reload()
        page.wait_for_function("window.PED_STATE !== undefined")
        tip = page.evaluate(
            "Object.values(PED_MAP._layers).filter(l => l.getTooltip && l.getTooltip())[0].getTooltip()._content().innerText"
        )
        assert tip.endswith("brak budynków ogrzewanych")
        colours = page.evaluate(
            "Array.from(document.querySelectorAll('#ped-legend .key')).map(one => getComputedStyle(one).backgroundColor)"
        )
        none = page.evaluate("getComputedStyle(document.querySelector('#ped-legend .key.none')).backgroundColor")
        assert colours.count(none) == 1
        drawn = page.evaluate("Object.values(PED_MAP._layers).filter(l => l.getTooltip && l.getTooltip())[0].options.fillColor")
        assert [int(part) for part in re.findall(r"\d+", none)[:3]] == [int(drawn[at : at + 2], 16) for at in (1, 3, 5)]
        assert "W tym kwartale nie ma ogrzewanego budynku." in page.inner_text("#ped-card")


@pytest.mark.chromium
def test_language_switch_leaves_no_word_of_the_other_language(opened):
    page = opened.page
    only = {
        lang: {
            words[lang]
            for key, words in catalogue().items()
            if key.startswith("map.")
            and key != "map.sample"
            and len(words[lang]) > 6
            and "{" not in words[lang]
            and words["pl"] != words["en"]
        }
        for lang in ("pl", "en")
    }
    for button, lang, other in (("#ped-en", "en", "pl"), ("#ped-pl", "pl", "en")):
        page.click(button)
        shown = page.inner_text("body")
        assert page.get_attribute("html", "lang") == lang
        assert not [word for word in only[other] - only[lang] if word in shown]
        assert [word for word in only[lang] if word in shown]


@pytest.mark.chromium
def test_switches_change_legend_and_card(opened):
    page = opened.page
    page.evaluate("location.hash = ''")
    before = page.inner_text("#ped-legend")
    page.select_option("#ped-indicator", label="Emisja CO₂")
    assert page.inner_text("#ped-legend") != before
    assert "kg/(m²·rok)" in page.inner_text("#ped-legend-unit")
    page.fill("#ped-search", "Jesienna")
    page.press("#ped-search", "Enter")
    page.locator("#ped-search").blur()
    assert "Jesienna" in page.inner_text("#ped-card")
    card = page.inner_text("#ped-card")
    page.select_option("#ped-variant", index=0)
    assert page.inner_text("#ped-card") != card
    page.fill("#ped-search", "nigdzie")
    page.locator("#ped-search").blur()
    assert page.inner_text("#ped-found") == "Nic nie znaleziono"
    assert opened.told == []


@pytest.mark.chromium
def test_click_on_a_block_opens_its_card(opened):
    box = opened.page.locator(".folium-map").bounding_box()
    opened.page.mouse.click(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 60)
    assert "Kwartał" in opened.page.inner_text("#ped-card")


@pytest.mark.chromium
def test_table_says_the_same_as_the_map_and_works_by_keyboard(opened, products):
    page = opened.page
    page.focus("#ped-view")
    page.keyboard.press("Enter")
    rows = page.locator("#ped-table tbody tr")
    assert rows.count() == len(products.run.results.layers["blocks"])
    page.locator("#ped-table tbody button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#ped-table tr.chosen").count() == 1
    assert page.inner_text("#ped-card h2").split(" ", 1)[1] == page.inner_text("#ped-table tr.chosen button")


@pytest.mark.chromium
def test_shared_link_restores_the_state(opened):
    page = opened.page
    page.click("#ped-en")
    page.select_option("#ped-indicator", index=1)
    page.click("#ped-view")
    link = page.url
    other = opened.context.new_page()
    other.goto(link)
    other.wait_for_function("window.PED_STATE !== undefined")
    assert other.evaluate("[PED_STATE.lang, PED_STATE.indicator, PED_STATE.table]") == ["en", 1, True]


@pytest.mark.chromium
def test_phone_shows_everything_within_its_width(browser, products):
    context = browser.new_context(viewport={"width": 375, "height": 740}, offline=True)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator(".folium-map").bounding_box()["height"] > 200
    assert page.locator("#ped-variant").is_visible()
    context.close()


@pytest.mark.chromium
def test_hostile_names_stay_text(browser, products, tmp_path):
    from dataclasses import replace

    from ped_geo.outputs.web_map import write_web_map

    results = products.run.results
    blocks = results.layers["blocks"].copy()
    hostile = '<img src=x onerror="window.BROKEN=1"></script><script>window.BROKEN=1</script>'
    blocks["label"] = [f"{number}. {hostile}" for number in range(1, len(blocks) + 1)]
    study = results.study.model_copy(update={"title": hostile})
    abroad = {**results.layers, "blocks": blocks, "grant_programmes": results.layers["grant_programmes"].iloc[:0]}
    file = write_web_map(replace(results, study=study, layers=abroad), tmp_path)[0]
    page = browser.new_context(offline=True).new_page()
    page.goto(file.as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    page.click("#ped-view")
    page.locator("#ped-table tbody button").first.click()
    assert page.evaluate("window.BROKEN") is None
    assert hostile in page.inner_text("#ped-title")


@pytest.mark.chromium
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", ["map", "table"])
@pytest.mark.parametrize("lang", ["pl", "en"])
def test_axe_finds_no_serious_fault_of_accessibility(browser, products, lang, view, width):
    """Deque's axe-core, with a block chosen: names, roles, contrast, order of headings, languages."""
    from axe_playwright_python.sync_playwright import Axe

    block = products.run.results.layers["blocks"]["reference_area_m2"].idxmax()
    context = browser.new_context(viewport={"width": width, "height": 860}, offline=True)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri() + f"#{lang}/today/balance/{block}/{view}")
    page.wait_for_function("window.PED_STATE !== undefined")
    found = Axe().run(page).response["violations"]
    context.close()
    serious = [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found if fault["impact"] in {"serious", "critical"}]
    assert serious == []


@pytest.mark.chromium
def test_the_district_fills_the_map_when_it_opens(opened):
    opened.page.wait_for_timeout(600)
    zoom, best = opened.page.evaluate(
        "[PED_MAP.getZoom(), PED_MAP.getBoundsZoom(L.featureGroup(Object.values(PED_MAP._layers).filter(l => l.getLatLngs)).getBounds())]"
    )
    assert best - zoom <= 0.5


@pytest.mark.chromium
@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844), (844, 390)])
def test_no_view_replaces_the_first_one(browser, products, width, height):
    """An animation that ended later left Hoyerswerda half as large on a phone as it fits."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    page.wait_for_timeout(1000)
    opened, fitting = page.evaluate(
        "[PED_MAP.getZoom(), PED_MAP.getBoundsZoom(L.featureGroup(Object.values(PED_MAP._layers).filter(l => l._tooltip)).getBounds().pad(0.03))]"
    )
    assert opened == pytest.approx(fitting)
    context.close()


@pytest.mark.chromium
def test_a_long_card_leaves_the_map_its_place_on_paper(opened, tmp_path):
    """On A4 (842 pt) below a margin of 34 pt and a map of 12 cm (340 pt) the legend begins at 468 pt or lower."""
    import pypdf

    page = opened.page
    page.fill("#ped-search", "1")
    page.press("#ped-search", "Enter")
    page.locator("#ped-search").blur()
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True)
    heights = {}

    def note(text, matrix, place, _font, _size):
        heights.setdefault(text.strip(), matrix[1] * place[4] + matrix[3] * place[5] + matrix[5])

    pypdf.PdfReader(tmp_path / "map.pdf").pages[0].extract_text(visitor_text=note)
    assert 0 < heights["Legenda"] <= 842 - 34 - 340


@pytest.mark.chromium
def test_the_chosen_block_lies_whole_on_the_papers_map(opened):
    """The map on paper is 17 × 12 cm (642 × 453 px at 96 dpi); the view that is printed is drawn for that size."""
    page = opened.page
    page.fill("#ped-search", "11")
    page.press("#ped-search", "Enter")
    page.locator("#ped-search").blur()
    screen = page.evaluate("PED_MAP.getSize().x")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    width, height = page.evaluate("[PED_MAP.getSize().x, PED_MAP.getSize().y]")
    assert (width, height) == pytest.approx((17 / 2.54 * 96, 12 / 2.54 * 96), abs=3)
    inside = "Object.values(PED_MAP._layers).filter(l => l.options.weight === 4).every(l => PED_MAP.getBounds().contains(l.getBounds()))"
    assert page.evaluate(inside)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("PED_MAP.getSize().x") == screen


@pytest.mark.chromium
def test_table_says_of_an_empty_block_that_nothing_is_heated_there(opened):
    page = opened.page
    page.evaluate("PED.indicators.forEach(one => one.values.forEach(column => { column[0] = null; }))")
    page.click("#ped-view")
    last = page.locator("#ped-table tbody tr").last
    assert "brak budynków ogrzewanych" in last.inner_text()
    assert "–" not in last.inner_text()


@pytest.mark.chromium
def test_phone_shows_the_tables_title_whole_and_the_chosen_row_in_its_colour(browser, products):
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    block = products.run.results.layers["blocks"]["reference_area_m2"].idxmax()
    page.goto((products.maps / "sample-estate.html").as_uri() + f"#pl/near_zero_heat_pump_pv/balance/{block}/table")
    page.wait_for_function("window.PED_STATE !== undefined")
    box = page.locator("#ped-table caption span").bounding_box()
    assert box["x"] + box["width"] <= 390
    first, second = (page.locator(f"#ped-table tr.chosen td:nth-child({place})") for place in (1, 2))
    colour = "one => getComputedStyle(one).backgroundColor"
    assert first.evaluate(colour) == second.evaluate(colour)
    context.close()


@pytest.mark.chromium
def test_a_block_on_no_named_street_and_a_place_abroad_are_told_in_the_chosen_language(browser, products, tmp_path):
    from dataclasses import replace

    from ped_geo.outputs.web_map import write_web_map

    results = products.run.results
    blocks = results.layers["blocks"].copy()
    blocks["label"] = [str(number) for number in range(1, len(blocks) + 1)]
    study = results.study.model_copy(update={"country": "DE"})
    abroad = {**results.layers, "blocks": blocks, "grant_programmes": results.layers["grant_programmes"].iloc[:0]}
    file = write_web_map(replace(results, study=study, layers=abroad), tmp_path)[0]
    page = browser.new_context(offline=True).new_page()
    page.goto(file.as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    for button, name, told in (
        ("#ped-pl", "kwartał 1", "nie zawierają dotacji"),
        ("#ped-en", "block 1", "hold no grants"),
    ):
        page.click(button)
        page.fill("#ped-search", name)
        page.press("#ped-search", "Enter")
        assert name in page.inner_text("#ped-card h2")
        assert told in page.inner_text("#ped-abroad")
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    assert not page.locator("#ped-abroad").is_visible()


@pytest.mark.chromium
def test_the_samples_origin_is_told_in_one_language(opened):
    for button, said, other in (("#ped-pl", "Dane przykładowe", "Sample data"), ("#ped-en", "Sample data", "Dane przykładowe")):
        opened.page.click(button)
        assert said in opened.page.inner_text("#ped-attribution")
        assert other not in opened.page.inner_text("#ped-attribution")


def _told_of(results, choice):
    """Figures of blocks in chosen variants, added up here from the layers and written as the program writes figures."""
    from ped_geo.figures.amounts import Amounts
    from ped_geo.outputs.figures import FIGURES

    variants, blocks = [variant.key for variant in results.study.variants], list(results.layers["blocks"].index)
    rows = [(block, variants[number]) for block, number in zip(blocks, choice, strict=True) if number >= 0]
    balance, costs = results.layers["balance"].loc[rows], results.layers["variant_costs"].loc[rows]
    sums = {**balance.select_dtypes("number").sum(), **costs[["investment", "grant", "saving_a"]].sum()}
    amounts = Amounts(pd.DataFrame([sums]))
    return {
        name: FIGURES[name].told(FIGURES[name].value(amounts)).iloc[0]
        for name in ("balance", "co2_total", "investment", "grant", "payback")
    }


@pytest.mark.chromium
def test_fifty_choices_of_variants_come_to_the_programs_own_figures(opened, products):
    from ped_geo.outputs.figures import FIGURES

    results, page, rng = products.run.results, opened.page, np.random.default_rng(21)
    count = len(results.study.variants)
    page.evaluate("document.getElementById('ped-what').open = true")
    for _ in range(50):
        choice = rng.integers(-1, count, len(results.layers["blocks"])).tolist()
        page.evaluate("choice => { PED_STATE.choice = choice; document.getElementById('ped-en').click(); }", choice)
        shown = page.locator("#ped-what-sums td").all_inner_texts()[2:]
        for text, (name, value) in zip(shown, _told_of(results, choice).items(), strict=True):
            assert text.replace("\u00a0", " ").startswith(FIGURES[name].words(value, "en").replace("\u00a0", " ")), (name, choice)
    link = page.url
    other = opened.context.new_page()
    other.goto(link)
    other.wait_for_function("window.PED_STATE !== undefined")
    assert other.evaluate("PED_STATE.choice") == choice
    assert opened.told == []


@pytest.mark.chromium
def test_a_choice_that_fits_no_block_list_is_not_taken_from_a_link(opened):
    for wrong in ("0x3", "99x11", "n", "0x99999999", "<b>"):
        page = opened.context.new_page()
        page.goto(opened.uri + f"#en/today/balance//map/{wrong}")
        page.wait_for_function("window.PED_STATE !== undefined")
        assert page.evaluate("PED_STATE.choice") is None
        page.close()


@pytest.mark.chromium
def test_a_variant_is_chosen_for_one_block_and_saved_as_a_file(opened, products):
    page = opened.page
    page.click("#ped-en")
    page.fill("#ped-search", "Ogrodowa 5")
    assert "ulica Ogrodowa 5" in page.inner_text("#ped-hits li:first-child")
    page.press("#ped-search", "Enter")
    before = page.inner_text("#ped-what-verdict")
    page.select_option("#ped-block-variant", label="Today")
    assert page.inner_text("#ped-what-verdict") != before
    with page.expect_download() as saving:
        page.click("#ped-what-save")
    saved = pd.read_csv(saving.value.path()).set_index("block_id")["variant"]
    assert list(saved.index) == list(products.run.results.layers["blocks"].index)
    assert (saved == "today").sum() == 1


@pytest.mark.chromium
@pytest.mark.parametrize("typed", ["ul. Ogrodowa 5", "ogrodowa 5", "OGRODOWA 5", "ulica Ogrodowa 5"])
def test_an_address_is_found_as_people_type_it(opened, products, typed):
    buildings = products.run.results.layers["buildings"]
    home = buildings[(buildings["street"] == "ulica Ogrodowa") & (buildings["housenumber"] == "5")]
    opened.page.fill("#ped-search", typed)
    opened.page.press("#ped-search", "Enter")
    assert opened.page.evaluate("PED.blocks[PED_STATE.block].id") == home["block_id"].iloc[0]


@pytest.mark.chromium
def test_a_street_of_several_blocks_lists_each_of_them(opened):
    """An estate whose buildings stand in several blocks, as most Polish estates do."""
    page = opened.page
    page.evaluate("PED.addresses.push(['osiedle Dywizjonu 303', [[0, ['1', '2']], [3, ['62']], [7, []]]])")
    page.fill("#ped-search", "Dywizjonu 303")
    listed = page.locator("#ped-hits li").all_inner_texts()
    assert len([text for text in listed if text.startswith("osiedle Dywizjonu 303 (")]) == 3
    page.fill("#ped-search", "os. dywizjonu 303 62")
    assert "osiedle Dywizjonu 303 62" in page.inner_text("#ped-hits li:first-child")
    page.locator("#ped-hits button").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("PED_STATE.block") == 3


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["pl", "en"])
def test_the_first_screen_says_the_verdict_the_way_and_where_to_start(browser, products, lang):
    """Seen without a click and without scrolling, beside the map, on a phone, a tablet, in a small window and on desks."""
    for width, height in ((360, 740), (844, 390), (768, 1024), (1024, 600), (1366, 768), (1920, 1080)):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        page = context.new_page()
        page.goto((products.maps / "sample-estate.html").as_uri() + f"#{lang}")
        page.wait_for_function("window.PED_STATE !== undefined")
        below = page.locator("#ped-head").bounding_box()["height"]
        for part in ("#ped-verdict", "#ped-way", *(f"#ped-starts li:nth-child({place}) button" for place in (1, 2, 3))):
            box = page.locator(part).bounding_box()
            assert below <= box["y"], (width, part)
            assert box["y"] + box["height"] <= height, (width, part)
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width, (width, part)
        assert page.locator("#ped-starts li").count() == 3
        assert {"pl": "prawdopodobieństwo", "en": "chance"}[lang] in page.inner_text("#ped-verdict").lower()
        seen = page.locator(".folium-map").bounding_box()
        assert min(seen["y"] + seen["height"], height) - seen["y"] >= 200, width
        context.close()


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["pl", "en"])
def test_on_a_phone_a_tap_brings_the_card_as_a_sheet_below_the_map(browser, products, lang):
    """Of a building, of a block and of a place to start with; the sheet is put away by its button and by Escape."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, offline=True)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri() + f"#{lang}")
    page.wait_for_function("window.PED_STATE !== undefined")
    page.wait_for_timeout(200)
    results = products.run.results
    buildings = results.layers["buildings"]
    house = buildings[buildings["in_district"]].to_crs(4326).geometry.representative_point().iloc[0]
    block = results.layers["blocks"].geometry.difference(buildings.geometry.buffer(12).union_all()).iloc[[-1]]
    ground = block.to_crs(4326).representative_point().iloc[0]
    for at, heads in ((house, 1), (ground, 0), (None, 0)):
        if at is None:
            page.tap("#ped-starts li:nth-child(1) button")
        else:
            spot = page.evaluate("at => { const p = PED_MAP.latLngToContainerPoint(at); return [p.x, p.y]; }", [at.y, at.x])
            box = page.locator(".folium-map").bounding_box()
            page.touchscreen.tap(box["x"] + spot[0], box["y"] + spot[1])
        sheet, chart = page.locator("#ped-card").bounding_box(), page.locator(".folium-map").bounding_box()
        assert page.locator("#ped-card .house").count() == heads
        assert sheet["y"] >= 740 * 0.4
        assert (sheet["x"], sheet["x"] + sheet["width"]) == (0, 360)
        assert sheet["y"] + sheet["height"] == pytest.approx(740, abs=1)
        title = page.locator("#ped-card h2").bounding_box()
        assert sheet["y"] <= title["y"] <= title["y"] + title["height"] <= 740
        assert abs(chart["y"]) <= 1, "the map is seen above the sheet"
        if heads:
            page.tap("#ped-card .close")
        else:
            page.keyboard.press("Escape")
        assert page.evaluate("PED_STATE.block") == -1
        page.evaluate("window.scrollTo(0, 0)")
    context.close()


@pytest.mark.chromium
def test_two_variants_lie_side_by_side_and_the_line_moves_by_keyboard(opened):
    page = opened.page
    assert not page.locator("#ped-swipe").is_visible()
    page.select_option("#ped-other", index=1)
    assert page.locator("#ped-swipe").is_visible()
    clip = "document.querySelector('.leaflet-ped-other-pane').style.clip"
    before = page.evaluate(clip)
    page.focus("#ped-swipe")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(clip) != before
    box = page.locator(".folium-map").bounding_box()
    # blocks below the second picture still answer
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2 + 60)
    assert "Kwartał" in page.inner_text("#ped-card")
    page.select_option("#ped-other", index=0)
    assert not page.locator("#ped-swipe").is_visible()


@pytest.mark.chromium
def test_the_table_is_sorted_by_the_head_that_is_pressed(opened, products):
    page = opened.page
    page.click("#ped-view")
    page.locator("#ped-table thead button").nth(1).click()
    areas = products.run.results.layers["blocks"]["reference_area_m2"].round().sort_values(ascending=False)
    read = [int(re.sub(r"\D", "", text)) for text in page.locator("#ped-table tbody td:nth-child(2)").all_inner_texts()]
    assert read == [int(area) for area in areas]
    assert page.locator("#ped-table thead th").nth(1).get_attribute("aria-sort") == "descending"
    page.locator("#ped-table thead button").nth(1).click()
    assert page.locator("#ped-table thead th").nth(1).get_attribute("aria-sort") == "ascending"


@pytest.mark.chromium
def test_a_click_on_a_building_tells_what_is_estimated_and_nothing_of_a_single_home(opened, products):
    page = opened.page
    buildings = products.run.results.layers["buildings"]
    inside = buildings[buildings["in_district"]]
    private = (inside["use"] == "residential_single").to_numpy()
    told = page.evaluate("PED.buildings.construction_period.map(one => one >= 0)")
    assert [not hidden for hidden in private] == told
    page.evaluate(
        "number => { PED_STATE.building = number; PED_STATE.block = PED.buildings.block[number]; document.getElementById('ped-en').click(); }",
        int(np.flatnonzero(~private)[0]),
    )
    assert "(estimated)" in page.inner_text("#ped-card .house")
    page.evaluate(
        "number => { PED_STATE.building = number; PED_STATE.block = PED.buildings.block[number]; document.getElementById('ped-en').click(); }",
        int(np.flatnonzero(private)[0]),
    )
    said = page.inner_text("#ped-card .house")
    assert "only what is seen from outside is told" in said
    heads = set(page.locator("#ped-card .house th").all_text_contents())
    assert heads == {"Use", "storeys", "Proposed for its block"}
    assert "kWh" not in said
    assert "%" not in said


@pytest.mark.chromium
@pytest.mark.parametrize("state", ["dark", "forced", "compared", "chosen", "found", "pipes"])
def test_axe_finds_no_fault_in_any_state(browser, products, state):
    from axe_playwright_python.sync_playwright import Axe

    looks = {"dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}}.get(state, {})
    context = browser.new_context(viewport={"width": 1280, "height": 860}, offline=True, **looks)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    if state == "compared":
        page.select_option("#ped-other", index=1)
    elif state == "chosen":
        page.locator("#ped-candidates button:not(.link)").first.click()
    elif state == "found":
        page.fill("#ped-search", "Jesienna")
    elif state == "pipes":
        page.check("#ped-pipes")
        page.evaluate("() => { PED_STATE.pipe = 0; document.getElementById('ped-en').click(); }")
    found = Axe().run(page).response["violations"]
    context.close()
    assert [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found] == []


def test_pipes_come_back_as_they_lie(products):
    pipes = products.run.results.layers["heat_network"].sort_values("dn", kind="stable")
    told = map_content(products.run.results)["pipes"]
    assert told["dn"] == pipes["dn"].tolist()
    assert told["flow"] == [round(flow + 1e-12, 1) for flow in pipes["flow_kg_s"]]
    lines = [np.cumsum(np.array(line).reshape(-1, 2), axis=0)[:, ::-1] / 1e6 for line in told["lines"]]
    drawn = gpd.GeoSeries([shapely.linestrings(line) for line in lines], crs=4326).to_crs(pipes.crs)
    assert drawn.hausdorff_distance(pipes.geometry.reset_index(drop=True)).max() < 0.5
    assert len(json.dumps(told)) < 90 * len(pipes) + 2000


@pytest.mark.chromium
def test_pipes_are_drawn_on_demand_and_a_click_tells_diameter_and_flow(opened, products):
    page = opened.page
    pipes = products.run.results.layers["heat_network"]
    widest = pipes.sort_values("dn", kind="stable").iloc[-1]
    red = "() => [...document.querySelectorAll('#ped-legend .key.pipe')].length"
    assert page.evaluate(red) == 0
    page.check("#ped-pipes")
    assert page.evaluate(red) >= 1
    at = gpd.GeoSeries([widest.geometry.interpolate(0.5, normalized=True)], crs=pipes.crs).to_crs(4326).iloc[0]
    spot = page.evaluate("at => { const p = map_district.latLngToContainerPoint(at); return [p.x, p.y]; }", [at.y, at.x])
    box = page.locator(".folium-map").bounding_box()
    page.mouse.click(box["x"] + spot[0], box["y"] + spot[1])
    card = page.inner_text("#ped-card")
    assert "Rura ciepłownicza" in card
    assert f"DN\t{widest['dn']}" in card
    assert "kg/s" in card
    page.goto(page.url)
    page.reload()
    page.wait_for_function("window.PED_STATE !== undefined")
    assert page.is_checked("#ped-pipes")
    page.uncheck("#ped-pipes")
    assert page.evaluate(red) == 0
    page.select_option("#ped-indicator", label="Liniowa gęstość ciepła sieci")
    assert page.is_checked("#ped-pipes")
    assert opened.told == []


def _many(content, least):
    """The page's content with its place drawn again and again side by side, until it has so many buildings."""
    times = -(-least // len(content["buildings"]["rings"]))
    apart = 8000  # micro-degrees: more than the place is wide
    side = int(np.ceil(np.sqrt(times)))
    moves = [(apart * (number // side), 2 * apart * (number % side)) for number in range(times)]
    blocks, buildings = len(content["blocks"]), content["buildings"]

    def moved(rings):
        return [[[one[0] + north, one[1] + east, *one[2:]] for one in shape] for north, east in moves for shape in rings]

    def by_block(values):
        return [column * times for column in values]

    return {
        **content,
        "blocks": [{**one, "id": f"{one['id']}-{number}", "at": [one["at"][0] + north / 1e6, one["at"][1] + east / 1e6]}
                   for number, (north, east) in enumerate(moves) for one in content["blocks"]],
        "rings": moved(content["rings"]),
        "buildings": {name: (moved(values) if name == "rings" else [one + number * blocks if one >= 0 else -1 for number in range(times) for one in values]
                             if name == "block" else values if name in {"uses", "words"} else values * times) for name, values in buildings.items()},
        "indicators": [{**one, "values": by_block(one["values"])} for one in content["indicators"]],
        "amounts": {name: by_block(values) for name, values in content["amounts"].items()},
        "closing": {name: by_block(values) for name, values in content["closing"].items()},
        "roadmap": {**content["roadmap"], "values": [by_block(years) for years in content["roadmap"]["values"]]},
        "addresses": [[street, [[block + number * blocks, house] for number in range(times) for block, house in pairs]] for street, pairs in content["addresses"]],
    }  # fmt: skip


@pytest.mark.chromium
def test_five_thousand_buildings_open_in_three_seconds_and_ten_megabytes(browser, products, tmp_path):
    """Processor time of the page's main thread, from opening to the map drawn whole, and of one change of the variant."""
    from ped_geo.outputs.web_map import render

    content = _many(map_content(products.run.results), 5000)
    assert len(content["buildings"]["rings"]) >= 5000
    text = render(content, products.run.results.layers["boundary"].to_crs(4326).total_bounds)
    assert len(text.encode()) <= 10_000_000
    (tmp_path / "many.html").write_text(text, encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 860}, offline=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used():
        return next(one["value"] for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration")

    begun = used()
    page.goto((tmp_path / "many.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    page.wait_for_timeout(1000)
    opened = used()
    page.select_option("#ped-variant", index=0)
    page.wait_for_timeout(500)
    changed = used()
    context.close()
    assert opened - begun <= 3.0
    assert changed - opened <= 1.0


@pytest.mark.chromium
def test_water_and_green_are_drawn_and_named_without_a_request(opened, products):
    page = opened.page
    ground = products.run.results.layers["water_and_green"]
    assert page.evaluate("PED.ground.map(one => one.name)") == [str(name) for name in ground.sort_values(["kind", "name"])["name"]]
    assert "Zieleń" in page.inner_text("#ped-legend")
    at = ground.to_crs(4326).geometry.representative_point().iloc[0]
    pixels = page.evaluate(
        """at => { const pen = document.querySelector('.leaflet-ped-labels-pane canvas').getContext('2d'),
        p = PED_MAP.latLngToContainerPoint(at), d = pen.getImageData(p.x - 40, p.y - 8, 80, 16).data;
        let dark = 0; for (let i = 3; i < d.length; i += 4) { dark += d[i] > 200; } return dark; }""",
        [at.y, at.x],
    )
    assert pixels > 50
    assert opened.asked == []


@pytest.mark.chromium
def test_an_estate_of_addresses_is_named_in_the_middle_of_its_buildings(opened, products):
    buildings = products.run.results.layers["buildings"]
    streets = set(products.run.results.layers["streets"]["name"])
    of = buildings[buildings["in_district"] & ~buildings["street"].isin(["", *streets])]
    assert {name for name, _ in opened.page.evaluate("PED.estates")} == set(of["street"]) == {"Osiedle Wzorcowe"}
    (_, (north, east)) = opened.page.evaluate("PED.estates")[0]
    middle = gpd.GeoSeries.from_xy([of.centroid.x.median()], [of.centroid.y.median()], crs=of.crs).to_crs(4326).iloc[0]
    assert (north, east) == pytest.approx((middle.y, middle.x), abs=1e-5)


@pytest.mark.chromium
def test_what_must_be_known_first_stands_below_the_verdict_in_both_languages(opened, products):
    from ped_geo.remarks import sentences

    for lang in ("pl", "en"):
        opened.page.click(f"#ped-{lang}")
        told = [text.replace("\u00a0", " ") for text in opened.page.locator("#ped-notes li").all_inner_texts()]
        assert told == [text.replace("\u00a0", " ") for text in sentences(products.run.results.layers["caveats"], lang)]
        assert "Hala Wzorcowa" in told[0]


@pytest.mark.chromium
@pytest.mark.parametrize("lang", ["pl", "en"])
def test_paper_bears_verdict_legend_and_the_day_and_the_whole_district(opened, tmp_path, lang):
    import pypdf

    page = opened.page
    page.click(f"#ped-{lang}")
    verdict = page.inner_text("#ped-verdict")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    whole = "Object.values(PED_MAP._layers).filter(l => l.getLatLngs).every(l => PED_MAP.getBounds().pad(0.05).intersects(l.getBounds()))"
    assert page.evaluate(whole)
    assert page.evaluate("PED_MAP.getBounds().contains(L.latLngBounds(PED.blocks.map(one => one.at)))")
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True)
    # paper may join letters, as in retro\ufb01t
    sheets = [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in pypdf.PdfReader(tmp_path / "map.pdf").pages]
    text = " ".join(" ".join(sheets).split())
    assert re.sub(r"\s", "", verdict)[:60] in re.sub(r"\s", "", text)
    assert {"pl": "Legenda", "en": "Legend"}[lang] in text
    assert re.search({"pl": r"Wydruk z dnia \d+ \w+ 20\d\d", "en": r"Printed on \d+ \w+ 20\d\d"}[lang], text)


@pytest.mark.chromium
def test_blocks_and_names_lie_over_each_other_on_paper_as_on_the_screen(opened, tmp_path):
    """A sheet as Poppler draws it: a browser may print a canvas that was cleared as a white sheet over all that lies below."""
    from PIL import Image

    page = opened.page
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True)
    subprocess.run(["pdftoppm", "-r", "96", "-png", "-singlefile", tmp_path / "map.pdf", tmp_path / "map"], check=True)
    with Image.open(tmp_path / "map.png") as sheet:
        seen = np.asarray(sheet.convert("RGB"), dtype=float).reshape(-1, 3)
    fills = page.evaluate("Object.values(PED_MAP._layers).filter(l => l.options.fillOpacity === 0.75).map(l => l.options.fillColor)")
    assert len(set(fills)) >= 2
    for fill in set(fills):
        tone = 0.75 * np.array([int(fill[place : place + 2], 16) for place in (1, 3, 5)]) + 0.25 * 255
        share = (np.abs(seen - tone).max(axis=1) < 8).mean()
        # a block takes a hundredth of the sheet or more; houses stand on it
        assert share > 0.004 * fills.count(fill), fill


@pytest.mark.chromium
def test_at_200_per_cent_nothing_is_wider_than_the_window(browser, products):
    """A window of 1280 by 860 at 200% has 640 by 430 pixels of its own."""
    context = browser.new_context(viewport={"width": 640, "height": 430}, device_scale_factor=2, offline=True)
    page = context.new_page()
    page.goto((products.maps / "sample-estate.html").as_uri())
    page.wait_for_function("window.PED_STATE !== undefined")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert page.locator(".folium-map").bounding_box()["height"] >= 120
    page.locator("#ped-card").scroll_into_view_if_needed()
    assert page.locator("#ped-card").is_visible()
    context.close()
