"""What people see of the roadmap: pages, sheets, files and the years on the map."""

from __future__ import annotations

import json
import re

import openpyxl
import pandas as pd
import pytest

from ped_geo.blocks import LEAST_FLOOR_M2
from ped_geo.figures import FIGURES
from ped_geo.outputs.figures import chance_words
from ped_geo.plans import recommended_variant


def test_the_report_says_what_the_place_does_not_decide_and_judges_the_target_in_both_languages(products):
    for name, words in {
        "sample-estate-report.html": (
            "Mapa drogowa do 2050 roku",
            "nie jest osiągnięty",
            "Kto co robi i do kiedy",
            "o czym obszar nie decyduje",
        ),
        "sample-estate-report.en.html": ("Roadmap to 2050", "is missed", "Who does what by when", "which the place does not decide"),
    }.items():
        html = (products.maps / name).read_text(encoding="utf-8")
        for word in words:
            assert word in html, (name, word)
        for code in ("heat_company", "own_and_grant", "vision2050"):
            assert code not in re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)


def test_files_hold_every_scenario_and_year_and_titles_in_both_languages(products):
    years = pd.read_parquet(products.processed / "roadmap.parquet")
    assert sorted(set(years["scenario"])) == ["contract", "late", "reference", "vision2050"]
    assert (years.groupby("scenario").size() == 2050 - 2018 + 1).all()
    first = years[years["year"] == 2018]["co2_t_a"]
    assert first.to_numpy() == pytest.approx(first.iloc[0])
    actions = pd.read_csv(products.processed / "roadmap_actions.csv", index_col="id")
    assert actions[["title_pl", "title_en"]].notna().all(axis=None)
    known = set(actions.index)
    assert {name for told in actions["depends_on"].dropna() for name in told.split(";")} <= known
    assert (actions["start"] <= actions["end"]).all()
    # what actions cost is what payers pay
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", read_only=True)
    rows = book["Płatnicy Payers"].iter_rows(values_only=True, min_row=2)
    paid = sum(row[3] or 0.0 for row in rows if "vision 2050" in row[0])
    assert actions["capex"].sum() == pytest.approx(paid)


def test_the_workbook_has_the_tables_of_secap_and_netzerocities_with_a_row_for_each_action(products):
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", read_only=True)
    actions = pd.read_csv(products.processed / "roadmap_actions.csv", index_col="id")
    sheets = {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}
    for name in ("SECAP działania actions", "NZC B-2 portfel portfolio", "Działania Actions"):
        assert len(sheets[name]) == 1 + len(actions), name
    assert len(sheets["NZC B-1 ścieżki pathways"]) == 1 + int(actions["lever"].isin(["retrofit", "heat_supply", "pv", "network"]).sum())
    for name in ("NZC B-3 wskaźniki indicators", "Cele Targets"):
        assert len(sheets[name]) > 1


def test_the_map_has_each_block_s_co2_in_every_year_that_is_shown(products):
    html = (products.maps / "sample-estate.html").read_text(encoding="utf-8")
    found = re.search(r"var PED=(\{.*?\});\n", html)
    assert found is not None
    data = json.loads(found.group(1))
    road = data["roadmap"]
    assert road["years"] == [2025, 2030, 2035, 2040, 2050]
    assert [len(values) for values in road["values"]] == [5] * len(road["scenarios"])
    count = len(data["blocks"])
    for scenario in road["values"]:
        assert all(len(year) == count for year in scenario)
        for block in zip(*scenario, strict=True):
            told = [value for value in block if value is not None]
            assert told == sorted(told, reverse=True), "a block emits more in a later year"


def test_tables_of_other_offices_are_files_with_the_rows_of_the_sheets(products):
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", read_only=True)
    for title, file in (
        ("SECAP działania actions", "roadmap_secap.csv"),
        ("NZC B-1 ścieżki pathways", "roadmap_netzerocities_b1.csv"),
        ("NZC B-2 portfel portfolio", "roadmap_netzerocities_b2.csv"),
        ("NZC B-3 wskaźniki indicators", "roadmap_netzerocities_b3.csv"),
    ):
        table = pd.read_csv(products.processed / file)
        head, *rows = book[title].iter_rows(values_only=True)
        assert list(table.columns) == list(head), file
        assert len(table) == len(rows), file
        for mine, theirs in zip(table.itertuples(index=False), rows, strict=True):
            for one, other in zip(mine, theirs, strict=True):
                if isinstance(other, float):
                    assert float(one) == pytest.approx(other), file


def test_headline_figures_of_the_roadmap_are_told_alike_in_files_report_and_layers(products):
    run = products.run.results
    figures = pd.read_csv(products.processed / "figures.csv")
    mine = figures[figures["figure"].str.startswith("roadmap_")].set_index("figure")["value"]
    years = run.layers["roadmap"]
    planned = years[years["scenario"] == "vision2050"].set_index("year")
    for year in (2018, 2030, 2040, 2050):
        assert mine[f"roadmap_co2_{year}"] == pytest.approx(planned.at[year, "co2_t_a"])
    assert mine["roadmap_investment_2030"] == pytest.approx(planned.loc[:2030, "investment"].sum() / 1e6)
    assert mine["roadmap_investment_2050"] == pytest.approx(planned["investment"].sum() / 1e6)
    assert mine["roadmap_cumulative"] == pytest.approx(planned.loc[2026:, "co2_t_a"].sum())
    asked = run.study.roadmap.targets
    for year, share in asked.items():
        above = planned.at[year, "co2_t_a"] - (1 - share) * planned.at[2018, "co2_t_a"]
        assert mine[f"roadmap_gap_{year}"] == pytest.approx(max(above, 0.0), rel=1e-6, abs=1e-9)
        assert mine[f"roadmap_met_{year}"] == float(above <= 0)
        assert 0 <= mine[f"roadmap_chance_{year}"] <= 100
        level = planned.loc[2025:, "co2_t_a"]
        reached = level[level <= (1 - share) * planned.at[2018, "co2_t_a"]]
        assert mine.get(f"roadmap_met_year_{year}", 0) == (reached.index[0] if len(reached) else 0)
        if len(reached):
            for ending in ("", ".en"):
                assert str(reached.index[0]) in (products.maps / f"sample-estate-report{ending}.html").read_text(encoding="utf-8")
    assert "roadmap_gap_2040" not in mine.index
    for lang, ending in (("pl", ""), ("en", ".en")):
        html = (products.maps / f"sample-estate-report{ending}.html").read_text(encoding="utf-8")
        shown = ("co2_2018", "co2_2030", "co2_2050", "investment_2050", "delay_co2", "bills_low", "bills_high", "running", "locked_co2")
        for name in (f"roadmap_{one}" for one in shown):
            assert run.figures.words(name, lang) in html, (name, lang)


def test_cars_are_told_beside_the_buildings_and_not_in_their_figures(products):
    layers = products.run.results.layers
    cars, years = layers["roadmap_cars"], layers["roadmap"]
    assert set(cars["scenario"]) == set(years["scenario"])
    assert not cars["counted"].any()
    assert not layers["roadmap_targets"]["with_cars"].any()
    held = layers["roadmap_targets"].set_index(["scenario", "year"])["co2_t_a"]
    told = years.set_index(["scenario", "year"])["co2_t_a"]
    assert held.to_numpy() == pytest.approx(told.loc[held.index].to_numpy())
    for name, words in {
        "sample-estate-report.html": "Cele ich nie obejmują",
        "sample-estate-report.en.html": "The targets do not count them",
    }.items():
        assert words in (products.maps / name).read_text(encoding="utf-8")
    book = openpyxl.load_workbook(products.processed / "sample-estate.xlsx", read_only=True)
    assert "Samochody Cars" in book.sheetnames


def test_blocks_that_are_positive_with_the_factors_of_today_and_of_later_years_are_counted_in_words(products):
    """Counted anew from the balances of the recommended way."""
    results = products.run.results
    way = recommended_variant(results.layers["recommendation"], results.study)
    balance = results.layers["scenarios"]["primary_energy_balance_kwh_a"].xs(way, level="variant").unstack("year")
    floor = results.layers["blocks"]["reference_area_m2"].reindex(balance.index)
    balance = balance[floor > LEAST_FLOOR_M2]
    figures = pd.read_csv(products.processed / "figures.csv")
    mine = figures[figures["figure"].str.startswith("positive_blocks_")].set_index("figure")["value"]
    years = {"today": balance.columns.min(), "2030": 2030, "2040": 2040, "2050": 2050}
    assert {name: mine[f"positive_blocks_{name}"] for name in years} == {name: (balance[at] > 0).sum() for name, at in years.items()}
    assert "Gdyby wszystkie prace zalecanego wariantu" in (products.maps / "sample-estate-report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("lang", "below", "above"), [("en", "below 1%", "above 99%"), ("pl", "poniżej 1%", "ponad 99%")])
def test_a_chance_that_a_few_hundred_draws_cannot_tell_is_never_called_nought_or_sure(lang, below, above):
    assert [chance_words(chance, lang) for chance in (0.0, 0.99, 50.0, 99.1, 100.0)] == [below, below, "50%", above, above]
    for figure in (FIGURES["p_positive"], FIGURES["roadmap_chance_2030"]):
        told = [figure.words(chance, lang) for chance in (0.0, 0.99, 1.0, 99.0, 99.1, 100.0)]
        assert told == ["<1", "<1", "1", "99", ">99", ">99"]
        # the map has the printed number and writes 0 and 100 as these
        assert [figure.printed(chance) for chance in (0.99, 1.0, 99.0, 99.1)] == [0.0, 1.0, 99.0, 100.0]


def test_a_measure_has_one_colour_that_no_other_has():
    """Charts of abatement, of months and of the roadmap draw from the same table; two measures of a report are never drawn alike."""
    from ped_geo.outputs.report.roadmap_pictures import CAUSES
    from ped_geo.outputs.styles import ACTIONS, action_colour
    from ped_geo.plans.abatement import _actions
    from ped_geo.retrofit.states import package_names
    from ped_geo.supply import SUPPLIES

    names = {part for package in package_names() for part in _actions(package)} | {"pv"} | (set(SUPPLIES.load()) - {"today"})
    assert len({action_colour(name) for name in names}) == len(names)
    assert len(set(ACTIONS.values())) == len(ACTIONS)
    assert CAUSES["pv"] == action_colour("photovoltaics")
