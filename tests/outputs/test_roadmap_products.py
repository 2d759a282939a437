"""What people see of the roadmap: pages, sheets, files and the years on the map."""

from __future__ import annotations

import json
import re

import openpyxl
import pandas as pd
import pytest


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
