"""Two runs side by side: differences worked out on paper, blocks that are drawn differently, and the page in a real Chromium."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo.errors import RunError, StudyError
from ped_geo.outputs.comparison import FinishedRun, compare_runs, compare_variants, read_run
from ped_geo.outputs.comparison_words import comparison_sentences
from ped_geo.outputs.web_map.difference import difference_content, write_comparison
from ped_geo.study import Study

VARIANTS = [{"key": "today", "package": "existing"}, {"key": "deep", "package": "near_zero", "pv": True}]


def finished(name="one", *, shift=0.0, saved=0.0, ids=("b1", "b2")):
    """Two blocks of 100 m by 100 m side by side, 1,000 and 2,000 m² of floor; `saved` kWh/a less of primary energy in `deep`."""
    shapes = [shapely.box(shift, 0, shift + 100, 100), shapely.box(shift + 100, 0, shift + 200, 100)]
    blocks = gpd.GeoDataFrame(
        {"label": ["1. Long Street", "2. <b>Short</b>"], "reference_area_m2": [1000.0, 2000.0]},
        geometry=shapes, index=pd.Index(ids, name="block_id"), crs="EPSG:2178",
    )  # fmt: skip
    by_floor = {("today", 0): 200.0, ("deep", 0): 50.0 - saved / 1000.0, ("today", 1): 250.0, ("deep", 1): 50.0}
    rows = {("block", block, "", "area"): area for block, area in zip(ids, (1000.0, 2000.0), strict=True)}
    for (variant, place), primary in by_floor.items():
        told = {"balance": -primary, "primary": primary, "co2": 0.01, "nox": 1.0, "pv_m2": 0.0}
        told["investment_m2"] = 1000.0 if variant == "deep" else 0.0
        rows |= {("block", ids[place], variant, figure): value for figure, value in told.items()}
    index = pd.MultiIndex.from_tuples(list(rows), names=["scope", "group_id", "variant", "figure"])
    figures = pd.DataFrame({"unit": "x", "value": list(rows.values())}, index=index)
    kpis = pd.DataFrame(
        {"value": [-233.0, -50.0 + saved / 3000], "unit": "kWh/m²a"},
        index=pd.MultiIndex.from_product([["today", "deep"], ["peb_nren_m2"]], names=["variant", "kpi"]),
    )
    verdicts = pd.DataFrame(
        {"margin_kwh_m2a": [-50.0 + saved / 3000]},
        index=pd.MultiIndex.from_tuples([("district", "making_city")], names=["group_id", "definition"]),
    )
    study = Study.model_validate({"name": name, "title": name.title(), "variants": VARIANTS})
    return FinishedRun(name, study, blocks, figures, kpis, verdicts, "made by hand")


def rows_of(found, table, item):
    rows = found.table[(found.table["table"] == table) & (found.table["item"] == item)]
    return rows.set_index(["block_id", "variant"])


def test_variants_of_one_run_differ_as_on_paper():
    """Block 1: −50 − (−200) = 150 kWh/m²; block 2: −50 − (−250) = 200; investment 1,000 PLN/m² in both."""
    found = compare_variants(finished(), "today", "deep")
    balance = rows_of(found, "block", "balance")["difference"].droplevel("variant")
    assert balance.to_dict() == pytest.approx({"b1": 150.0, "b2": 200.0})
    assert rows_of(found, "block", "investment")["difference"].tolist() == pytest.approx([1000.0, 1000.0])
    assert found.table["variant"].unique().tolist() == ["today → deep"]
    assert rows_of(found, "kpi", "peb_nren_m2")["difference"].tolist() == pytest.approx([183.0])


def test_a_run_does_not_differ_from_itself():
    found = compare_runs(finished(), finished("two"))
    assert not found.by_overlap
    assert (found.table["difference"] == 0).all()
    assert set(found.table["table"]) == {"kpi", "block", "verdict"}
    assert [comparison_sentences(found, lang)[1:] for lang in ("pl", "en")] == [["Nie ma żadnych różnic."], ["Nothing differs."]]


def test_runs_differ_only_where_something_changed():
    found = compare_runs(finished(), finished("two", saved=30_000.0))
    balance = rows_of(found, "block", "balance")["difference"]
    assert balance[("b1", "deep")] == pytest.approx(30.0)
    assert balance.drop(("b1", "deep")).abs().max() == 0
    assert rows_of(found, "verdict", "making_city")["difference"].iloc[0] == pytest.approx(10.0)


def test_what_differs_is_told_in_words_of_both_languages():
    """Block 1 gains 30 kWh/m² in `deep`, which is 10 of the place's: −50 becomes −40."""
    found = compare_runs(finished(), finished("two", saved=30_000.0))
    english, polish = (comparison_sentences(found, lang) for lang in ("en", "pl"))
    assert "    The annual balance of non-renewable primary energy rises by 10.0 kWh/(m²·a): from −50.0 to −40.0." in english
    assert "    Roczny bilans nieodnawialnej energii pierwotnej poprawia się o 10,0 kWh/(m²·rok): z −50,0 na −40,0." in polish
    assert (
        "    Blocks with a better balance: 1, with a worse one: 0, as before: 1. The greatest change: 1. Long Street, +30.0 kWh/(m²·a)."
        in english
    )
    assert not any("positive" in sentence for sentence in english)
    assert len(english) == len(polish)
    back = comparison_sentences(compare_runs(finished("two", saved=180_000.0), finished()), "en")
    assert "    With that the balance is no longer positive." in back
    assert "    The annual balance of non-renewable primary energy falls by 60.0 kWh/(m²·a): from 10.0 to −50.0." in back
    ways = comparison_sentences(compare_variants(finished(), "today", "deep"), "pl")
    assert "dwa warianty: liczba porównanych kwartałów: 2" in ways[0]
    assert sum("→" in sentence for sentence in ways) == 1


def test_blocks_drawn_elsewhere_are_paired_where_most_of_them_lies():
    """Shifted by 40 m, 60 % of each block lies in its namesake; by 140 m, the first has nothing and the second lies 60 % in the first."""
    near = compare_runs(finished(), finished("two", shift=-40.0, ids=("x", "y")))
    assert near.by_overlap
    assert near.blocks["other"].tolist() == ["x", "y"]
    far = compare_runs(finished(), finished("two", shift=140.0, ids=("x", "y")))
    assert far.blocks["other"].tolist() == ["", "x"]
    assert set(far.table.loc[far.table["table"] == "block", "block_id"]) == {"b2"}


def test_what_cannot_be_compared_is_said_in_a_sentence(tmp_path):
    with pytest.raises(StudyError, match="no block of one lies in a block of two; compare runs of the same place"):
        compare_runs(finished(), finished("two", shift=5_000.0))
    with pytest.raises(StudyError, match="one has no variant 'warm'; it has today, deep"):
        compare_variants(finished(), "today", "warm")
    other = dataclasses.replace(
        finished("two"), study=Study.model_validate({"name": "two", "variants": [{"key": "x", "package": "usual"}]})
    )
    with pytest.raises(StudyError, match="have no variant in common"):
        compare_runs(finished(), other)
    with pytest.raises(RunError, match=r"holds no finished run, it lacks manifest.json"):
        read_run(tmp_path)
    for name in ("blocks.parquet", "figures.csv", "kpis.csv", "verdicts.csv"):
        (tmp_path / name).write_text("damaged")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(RunError, match="cannot be read as a run of this version"):
        read_run(tmp_path)


@pytest.fixture
def left(tmp_path):
    """The files of a finished run."""
    run = finished()
    study = run.study.model_dump(mode="json", by_alias=True)
    (tmp_path / "manifest.json").write_text(json.dumps({"study": study, "inputs": {"place": {"attribution": "made by hand"}}}))
    run.blocks.to_parquet(tmp_path / "blocks.parquet")
    for name in ("figures", "kpis", "verdicts"):
        getattr(run, name).to_csv(tmp_path / f"{name}.csv")
    return tmp_path


def without(column):
    return lambda path: pd.read_csv(path).drop(columns=column).to_csv(path, index=False)


def damaged_blocks(change):
    return lambda path: change(gpd.read_parquet(path)).to_parquet(path)


DAMAGE = [
    *(
        ("manifest.json", text)
        for text in ("", "[]", "7", "null", '{"study": []}', '{"study": {}}', "{", "[" * 100_000, '{"study": {"name": "x"}}')
    ),
    ("manifest.json", lambda path: path.write_text(path.read_text().replace('"place": {', '"place": [{').replace('hand"}', 'hand"}]'))),
    ("manifest.json", lambda path: path.write_bytes(b"\xff" + path.read_bytes())),
    *(("blocks.parquet", change) for change in ("", "PAR1", lambda path: path.write_bytes(path.read_bytes()[:-20]))),
    ("blocks.parquet", lambda path: pd.DataFrame({"label": ["a"]}).to_parquet(path)),
    ("blocks.parquet", damaged_blocks(lambda frame: frame.drop(columns="label"))),
    ("blocks.parquet", damaged_blocks(lambda frame: frame.set_crs(None, allow_override=True))),
    ("blocks.parquet", damaged_blocks(lambda frame: frame.set_axis(["b1", "b1"], axis=0))),
    ("blocks.parquet", damaged_blocks(lambda frame: frame.set_geometry([None, None], crs=2178))),
    ("blocks.parquet", damaged_blocks(lambda frame: frame.assign(reference_area_m2="much"))),
    *(
        ("figures.csv", change)
        for change in ("", "block_id", "\x00", without("variant"), without("value"), without("figure"), without("group_id"))
    ),
    ("figures.csv", lambda path: path.write_text(path.read_text().replace("200.0", "many"))),
    ("figures.csv", lambda path: path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))),
    ("kpis.csv", lambda path: path.write_text(path.read_text() + "today,peb_nren_m2,1,kWh\n")),
    *(("kpis.csv", change) for change in (without("unit"), without("value"), without("kpi"), "variant,kpi,value,unit\n")),
    *(("verdicts.csv", change) for change in (without("margin_kwh_m2a"), "group_id,definition,margin_kwh_m2a\n", '"')),
]


@pytest.mark.parametrize(("name", "change"), DAMAGE, ids=range(len(DAMAGE)))
def test_a_damaged_run_is_told_in_a_sentence(left, name, change):
    whole = compare_variants(read_run(left), "today", "deep")
    assert whole.table["difference"].notna().any()
    if callable(change):
        change(left / name)
    else:
        (left / name).write_text(change)
    with pytest.raises(RunError, match=r"cannot be read as a run of this version \(.+\); compute it anew") as told:
        read_run(left)
    assert len(str(told.value).splitlines()) == 1


def test_page_shows_the_differences_and_no_markup_of_names(tmp_path):
    found = compare_variants(finished(), "today", "deep")
    content = difference_content(found)
    assert content["indicators"][0]["values"] == [[150.0, 200.0]]
    page, table = write_comparison(found, tmp_path, "compare-one")
    assert "<b>Short</b>" not in page.read_text(encoding="utf-8")
    assert len(pd.read_csv(table)) == len(found.table)


@pytest.mark.chromium
def test_page_of_differences_opens_without_network_in_both_languages(tmp_path):
    from playwright.sync_api import sync_playwright

    page_file, _ = write_comparison(compare_runs(finished(), finished("two", saved=30_000.0)), tmp_path, "compare-one-two")
    told = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_context(offline=True).new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.goto(page_file.as_uri() + "#pl/deep/balance/b1/map")
        page.wait_for_function("window.PED_STATE !== undefined")
        assert page.locator("h1").inner_text() == "Różnice: One"
        assert "30" in page.locator("#ped-card").inner_text()
        page.click("#ped-en")
        assert page.locator("h1").inner_text() == "Differences: One"
        assert "First: One; second: Two" in page.locator("#ped-definition").inner_text()
        chromium.close()
    assert told == []
