"""Page one: the same sentences in every product, and every number the one that other products show."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pypdf
import pytest
import weasyprint
from openpyxl import load_workbook

from ped_geo import __version__
from ped_geo.figures.hours import district_hours
from ped_geo.finance import grants
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs import Results
from ped_geo.outputs.report import render_report
from ped_geo.outputs.report.decision_details import decision_details, programme_name
from ped_geo.outputs.report.page_one import block_address, page_one, starting_blocks
from ped_geo.outputs.tables import shown_variant, variant_name
from ped_geo.outputs.web_map.content import map_content
from ped_geo.pipeline.words import summary
from ped_geo.site import Site
from ped_geo.study import Study


def told(results, lang):
    return dict([*page_one(results, lang), *decision_details(results, lang)])


def of(results, key, lang="en"):
    return told(results, lang).get(text(f"decision.head.{key}", lang), "")


@pytest.fixture(scope="module")
def results(products):
    return products.run.results


def test_report_map_console_and_workbook_open_with_the_same_sentences(products, results):
    content = map_content(results)
    sheet = load_workbook(products.processed / "sample-estate.xlsx", read_only=True)[
        f"{text('workbook.decision', 'pl')} {text('workbook.decision', 'en')}"
    ]
    cells = list(sheet.iter_rows(min_row=2, values_only=True))
    for column, lang in enumerate(LANGUAGES if LANGUAGES[0] == "pl" else LANGUAGES[::-1]):
        lines = page_one(results, lang)
        details = decision_details(results, lang)
        assert len(lines) >= 10
        assert len(details) >= 5
        assert [list(line) for line in content["decision"][lang]] == [list(line) for line in lines]
        assert [list(line) for line in content["details"][lang]] == [list(line) for line in details]
        assert [row[column + 1] for row in cells] == [sentence for _, sentence in lines + details]
        said = summary(products.run, lang)["sentences"]
        assert [f"  {head}: {sentence}" for head, sentence in lines] == said[2 : 2 + len(lines)]
        page = html.unescape((products.maps / f"sample-estate-report{'' if lang == 'pl' else '.en'}.html").read_text(encoding="utf-8"))
        places = [page.find(sentence) for _, sentence in lines + details]
        assert min(places) > 0
        assert places == sorted(places)


def test_the_way_that_is_named_is_the_one_that_maps_and_charts_show(results):
    way = shown_variant(results)
    for lang in LANGUAGES:
        assert of(results, "way", lang).startswith(f"{'“' if lang == 'en' else '„'}{variant_name(way, lang)}”")
    shown = map_content(results)
    assert shown["variants"][shown["shown"]]["key"] == way.key
    assert set(results.layers["block_kpis"].index.get_level_values("variant")) == {way.key}
    assert set(results.layers["parties"]["variant"]) == {f"{way.package}/{way.supply}/pv" if way.pv else f"{way.package}/{way.supply}"}


def test_every_number_is_that_of_balance_indicators_and_costs(results):
    """Summed again from the layers that the tables, the workbook and the map print."""
    way, layers = shown_variant(results), results.layers
    area = layers["blocks"]["reference_area_m2"].sum()
    balance = layers["balance"].groupby(level="variant").sum(numeric_only=True)
    best = (balance["primary_energy_balance_kwh_a"] / area).max()
    assert number(abs(best), "en", 1) in of(results, "verdict")
    row, money = balance.loc[way.key], of(results, "money")
    for amount in (row["investment"] / 1e6, row["grant"] / 1e6, layers["variant_costs"].xs(way.key, level="variant")["npv"].sum() / 1e6):
        assert number(amount, "en", 2) in money
    assert f"in {number(layers['kpis']['value'][way.key, 'payback_a'], 'en', 0)} years" in money
    before, after = (balance.at[key, "co2_kg_a"] for key in ("today", way.key))
    words = of(results, "co2")
    assert number(100 * (after / before - 1), "en") in words
    assert number(before / 1000, "en") in words
    assert number(after / 1000, "en") in words
    _, use, pv = next(district_hours(results.layers, [way]))
    assert number((use - pv).max() / 1000, "en", 2) in of(results, "network")


def test_who_pays_adds_up_to_the_investment_and_the_heat_companys_plant(results):
    way, layers = shown_variant(results), results.layers
    costs = layers["variant_costs"].xs(way.key, level="variant").sum()
    rows = layers["parties"].set_index("party")["pays"]
    assert rows.sum() == pytest.approx(costs["investment"] + costs["network_investment"])
    assert rows["state"] == pytest.approx(costs["grant"])
    for lang in LANGUAGES:
        for party, amount in rows[rows > 0].items():
            words = of(results, "payers", lang)
            assert text(f"finance.party.{party}", lang) in words
            assert number(amount / 1e6, lang, 2) in words


def test_grants_are_named_by_programme_and_add_up_to_those_of_the_way(results):
    way, table = shown_variant(results), results.layers["grant_programmes"]
    drawn = results.layers["variant_costs"].xs(way.key, level="variant")["grant"].sum()
    assert table["amount"].sum() == pytest.approx(drawn)
    assert (table["amount"] <= table["cost"]).all()
    for lang in LANGUAGES:
        words = of(results, "grants", lang)
        for name, row in table.iterrows():
            assert programme_name(name, "PL", lang) in words
            assert number(row["amount"] / 1e6, lang, 2) in words
    # of many programmes those that pay most are named, and what is left is told as one sum
    many = table.iloc[[0] * 7].set_axis([*list(grants("PL"))[:7]]).assign(amount=[1e6, 7e6, 2e6, 30e6, 4e6, 0.5e6, 20e6])
    of_many = Results(results.study, results.site, {**results.layers, "grant_programmes": many}, results.provenance, results.origin)
    words = of(of_many, "grants", "en")
    places = [words.index(f" {amount} million") for amount in ("30.00", "20.00", "7.00", "7.50")]
    assert places == sorted(places)
    assert "combinations, 4: 7.50 million" in words
    assert "2.00 million" not in words
    bare = Results(results.study, results.site, {**results.layers, "grant_programmes": table.iloc[:0]}, results.provenance, results.origin)
    assert of(bare, "grants") == ""


def test_the_farthest_way_is_told_with_what_it_costs_beyond_the_recommended_one_and_only_where_it_is_another(results):
    table = results.layers["recommendation"]
    rows = table[table["group_id"] == "district"].set_index("variant")
    far, way = rows[rows["farthest"]].iloc[0], rows.loc[shown_variant(results).key]
    assert far.name != way.name
    words = of(results, "ways")
    for amount in (far["further_cost_per_kwh"], results.study.assumed("finance.balance_worth")):
        assert f"{number(amount, 'en', 2)} " in words
    assert f"{number(far['balance_kwh_m2a'] - way['balance_kwh_m2a'], 'en', 1)} kWh/m² more" in words
    assert f"{number((far['investment'] - way['investment']) / 1e6, 'en', 2)} million" in words
    same = table.assign(farthest=table["recommended"])
    bare = Results(results.study, results.site, {**results.layers, "recommendation": same}, results.provenance, results.origin)
    assert "Farthest" not in of(bare, "ways")


def test_modules_beyond_the_roofs_are_told_only_where_they_are(results):
    way, places = shown_variant(results), results.layers["pv_places"]["capacity_kwp"].groupby(level="place").sum()
    words = of(results, "modules")
    for place, said in (("facade", "on façades"), ("canopy", "over car parks")):
        assert (said in words) == (place in way.places and place in places.index)
        if said in words:
            assert number(places[place], "en", 1) in words


def test_the_request_for_data_gives_the_band_of_the_way_that_is_recommended(results):
    band = results.layers["bands"].loc[("district", shown_variant(results).key, "balance_kwh_m2a")]
    assert f"within a band of {number(band['p95'] - band['p05'], 'en', 1)} kWh/m²" in of(results, "ask")


def test_it_starts_in_blocks_where_the_way_is_worth_most_those_of_the_advised_group_first(results):
    way = shown_variant(results)
    blocks = starting_blocks(results, way)
    assert len(blocks) == 3
    ranked, value = results.layers["ranking"], results.layers["variant_costs"].xs(way.key, level="variant")["npv"]
    inside = set(results.layers["candidates"].at[ranked.index[0], "blocks"].split(";")) if ranked["advised"].iloc[0] else set()
    keys = [(block not in inside, -value[block]) for block in blocks]
    assert keys == sorted(keys)
    assert all(
        value[block] >= value[other] for block in blocks for other in value.index if block not in inside and other not in {*blocks, *inside}
    )
    for block in blocks:
        assert block_address(results, block, "pl") in of(results, "start", "pl")


def test_without_an_advised_group_or_a_grant_none_is_spoken_of(results):
    layers = {**results.layers, "ranking": results.layers["ranking"].assign(advised=False)}
    layers["recommendation"] = results.layers["recommendation"].assign(grant=0.0)
    bare = Results(results.study, results.site, layers, results.provenance, results.origin)
    for lang, group, grant in (("en", "advised", "from grants"), ("pl", "zalecanej", "w tym dotacje")):
        assert group not in of(bare, "start", lang)
        assert grant not in of(bare, "money", lang)
        assert of(bare, "start", lang)
        assert of(bare, "money", lang)


def test_no_sentence_advises_what_is_not_there(results):
    """Neither canopies nor a deeper retrofit, nothing proven, no minus before an amount that is spent."""
    for lang in LANGUAGES:
        whole = " ".join(told(results, lang).values())
        assert not re.search(r"canop|deeper|proven|wiat|głębsz|dowiedzion|nan\b|\{|\}", whole, re.IGNORECASE)


def test_an_address_names_the_commonest_street_and_its_first_numbers():
    buildings = pd.DataFrame(
        {
            "block_id": ["b1"] * 7 + ["b2", "b3"],
            "street": ["os. Dywizjonu 303"] * 6 + ["Jesienna", "", "Boczna"],
            "housenumber": ["10", "2", "2A", "1", "11", "9", "4", "", "7"],
        }
    )
    labels = ["2. os. Dywizjonu 303", "3. Letnia", "4. Główna"]
    blocks = gpd.GeoDataFrame({"label": labels}, index=pd.Index(["b1", "b2", "b3"], name="block_id"))
    some = Results(Study(name="x"), Site(50.0, 20.0), {"buildings": buildings, "blocks": blocks}, {}, "file")
    assert block_address(some, "b1", "pl") == "2. os. Dywizjonu 303 1, 2, 2A, 9…"
    assert block_address(some, "b2", "pl") == "3. Letnia"
    # the name of maps and tables stays, an address of another street stands beside it
    assert block_address(some, "b3", "pl") == "4. Główna (Boczna 7)"


@pytest.mark.parametrize("ending", ["", ".en"])
def test_the_decision_ends_on_the_first_sheet(products, ending):
    sheets = [
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(products.maps / f"sample-estate-report{ending}.pdf").pages[:2]
    ]
    assert f"ped_geo {__version__}" in sheets[0]
    assert f"ped_geo {__version__}" not in sheets[1]


def test_page_one_of_the_report_is_the_first_page(products):
    """Nothing but what to know first and what stands behind it comes before the first table."""
    page = Path(products.maps / "sample-estate-report.en.html").read_text(encoding="utf-8")
    assert page.index('class="verdict page-one') < page.index('class="after-page-one"') < page.index("<table")


@pytest.mark.parametrize(("net", "said"), [(0.0, "which the price of its heat pays for"), (-1_234_000.0, "leaves it 1,234 thousand")])
def test_the_page_says_whether_the_price_of_heat_pays_for_what_the_heat_company_invests(results, net, said):
    table = results.layers["parties"]
    parties = table.assign(net_a=table["net_a"].mask(table["party"] == "heat_company", net))
    layers = {**results.layers, "parties": parties}
    changed = Results(results.study, results.site, layers, results.provenance, results.origin)
    assert said in of(changed, "network")


def test_how_far_the_network_reaches_is_told_only_where_the_way_has_heat_pumps_beyond_it(results):
    """Shares of the heated floor, summed again from the layer of blocks; silent where all of the way is on the network."""
    way, floor = shown_variant(results), results.layers["blocks"]["reference_area_m2"].sum()
    reach = results.layers["heat_reach"].xs(way.package, level="package").sum(numeric_only=True)
    assert reach[["network_m2", "ground_m2", "air_m2", "own_m2"]].sum() == pytest.approx(floor)
    shares = {
        "network_reached": 100.0 * reach["network_m2"] / floor,
        "network_pumps": 100.0 * (reach["ground_m2"] + reach["air_m2"]) / floor,
        "network_boreholes": 100.0 * reach["ground_m2"] / floor,
    }
    on_network = way.supply.startswith("district_heat")
    for name, share in shares.items():
        assert (results.figures.value(name, way.key) == pytest.approx(share)) == on_network
    table = results.layers["figures"]
    index = [("district", "district", way.key, name) for name in shares]
    others = table[~table.index.isin(index)]
    for boreholes, said in ((60.0, "heat pumps with boreholes instead"), (0.0, "air heat pumps instead")):
        rows = pd.DataFrame(
            {"unit": "%", "value": [40.0, 60.0, boreholes]}, index=pd.MultiIndex.from_tuples(index, names=table.index.names)
        )
        layers = {**results.layers, "figures": pd.concat([others, rows]).sort_index()}
        assert said in of(Results(results.study, results.site, layers, results.provenance, results.origin), "network")
    for values in ((40.0, 60.0, 25.0), (100.0, 0.0, 0.0)):
        rows = pd.DataFrame({"unit": "%", "value": values}, index=pd.MultiIndex.from_tuples(index, names=table.index.names))
        layers = {**results.layers, "figures": pd.concat([others, rows]).sort_index()}
        words = of(Results(results.study, results.site, layers, results.provenance, results.origin), "network")
        assert ("The network reaches 40% of the heated floor" in words) == (values[1] > 0.0)
        assert ("On 60% of the floor this variant has heat pumps instead, on 25% with boreholes" in words) == (values[1] > 0.0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_place_of_which_much_is_to_be_said_still_has_one_sheet(products, results, monkeypatch, lang):
    """The longest real place says about 1.5 times as much as the sample estate."""
    longer = [(head, (3 * sentence)[: int(1.6 * len(sentence))]) for head, sentence in page_one(results, lang)]
    monkeypatch.setattr("ped_geo.outputs.report.content.page_one", lambda results, lang: longer)
    page = render_report(results, lang, defaultdict(str))
    sheet, rest = re.split(r'<h2[^>]*class="after-page-one"', page)
    kept = re.sub(r"<nav.*</nav>", "", sheet, flags=re.DOTALL)
    assert rest
    assert len(weasyprint.HTML(string=kept).render().pages) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_one_is_read_in_about_a_minute_and_a_half(results, lang):
    """At the 238 words a minute of silent reading (Brysbaert 2019, doi:10.1016/j.jml.2019.104047)."""
    words = " ".join(f"{head} {sentence}" for head, sentence in page_one(results, lang)).split()
    assert len(words) / 238 < 1.5


def test_a_way_that_leaves_the_network_says_so_on_page_one(results):
    table = results.layers["recommendation"]
    for lost, kept in ((3.0, 1.0), (1.0, 3.0)):
        leaving = table.assign(network_heat_lost_kwh_a=lost * 1e6, network_heat_kwh_a=kept * 1e6)
        changed = Results(results.study, results.site, {**results.layers, "recommendation": leaving}, results.provenance, results.origin)
        head = text("decision.head.network", "en")
        assert (head in dict(page_one(changed, "en"))) == (lost > kept)
        assert (head in dict(decision_details(changed, "en"))) == (lost < kept)
        assert f"{number(1000 * kept, 'en')} MWh of heat a year instead of 4,000" in of(changed, "network")
