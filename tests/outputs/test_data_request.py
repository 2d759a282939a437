"""The request for data: which table narrows the band, a letter without gaps, and filled-in tables that are registers."""

from __future__ import annotations

import csv
import re

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, schema
from ped_geo.language import LANGUAGES
from ped_geo.outputs import Results
from ped_geo.outputs.data_request import letter, request_rows, request_sentence, write_data_request
from ped_geo.site import Site
from ped_geo.sources.census import census_rows
from ped_geo.sources.registers import register_rows
from ped_geo.study import parse_study
from ped_geo.uncertainty import data_requests, uncertain_inputs


def make_tables(shares, width=40.0):
    index = pd.MultiIndex.from_tuples([("district", "way", key) for key in shares], names=["group_id", "variant", "input"])
    sensitivity = pd.DataFrame({"variance_share": list(shares.values())}, index=index)
    index = pd.MultiIndex.from_tuples([("district", "way", "balance_kwh_m2a")], names=["group_id", "variant", "quantity"])
    return sensitivity, pd.DataFrame({"p05": [-width], "p95": [0.0]}, index=index)


def make_results(requests, heat=("district_heat", "gas", "gas")):
    buildings = pd.DataFrame(
        {
            "street": ["Jasna", "=Zła", ""],
            "housenumber": ["1", "2;4", ""],
            "use": ["residential_multi", "school", "residential_single"],
            "heat_supply": list(heat),
            "reference_area_m2": [900.0, 500.0, 120.0],
            "in_district": True,
            "construction_period_source": ["inferred: form and dated neighbours", "osm", "inferred: form and dated neighbours"],
            "use_odds": ["", "", '{"residential_single": 0.7, "other": 0.3}'],
        },
        index=pd.Index(["way/1", "way/2", "way/3"], name="building_id"),
    )
    study = parse_study('title = "Osiedle {Próba} | 5"', name="proba", folder=None)
    return Results(study, Site(50.0, 20.0), {"buildings": buildings, "data_requests": requests}, {}, "file")


def test_the_band_shrinks_with_the_root_of_the_variance_that_is_left():
    table = data_requests(*make_tables({"electricity_use": 0.36, "heat_use": 0.10, "hot_water": 0.09, "pv_yield": 0.4}), "way")
    schema.check_layer("data_requests", table)
    assert list(table.index)[:2] == ["electricity", "heat_meters"]
    assert table["band_left_kwh_m2a"].tolist() == pytest.approx([40 * 0.8, 40 * np.sqrt(0.81)] + [40.0] * 4)


def test_registers_of_years_and_uses_and_ten_visits_narrow_the_band_by_what_is_unknown_of_them():
    """Visits take the part of the doubt of the ages that the first buildings of the list have: 0.3 of a quarter of the variance."""
    visits = pd.DataFrame({"variance_taken_share": [0.1, 0.3, 0.4], "block_id": ["b", "c", "c"]}, index=["way/1", "way/9", "way/3"])
    shares = {"period_odds": 0.25, "construction_period": 0.11, "use_odds": 0.04, "electricity_use": 0.2}
    table = data_requests(*make_tables(shares), "way", visits, 2)
    assert table["variance_share"].reindex(["years", "building_uses", "site_visits"]).tolist() == pytest.approx([0.36, 0.04, 0.3 * 0.25])
    assert table.loc["years", "band_left_kwh_m2a"] == pytest.approx(40 * 0.8)
    schema.check_layer("data_requests", table)
    results = make_results(table)
    assert [row[0] for row in request_rows(results, "years")] == ["building_id", "way/1", "way/3"]
    assert [row[0] for row in request_rows(results, "building_uses")] == ["building_id", "way/3"]


def test_what_would_narrow_nothing_is_not_asked_for():
    results = make_results(data_requests(*make_tables({"electricity_use": 0.36}), "way"))
    assert "request-years" not in letter(results, "en")


def test_the_census_table_to_fill_in_is_one_that_is_read(tmp_path):
    results = make_results(data_requests(*make_tables({"period_odds": 0.36}), "way"))
    written = write_data_request(results, tmp_path)
    file = tmp_path / "proba-census.csv"
    assert file in written
    head, *rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    filled = [[*row[:-1], str(10 + place)] for place, row in enumerate(rows)]
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *filled])
    found = census_rows(parse_study('country = "PL"\n[sources]\ncensus = "proba-census.csv"', name="proba", folder=tmp_path))
    assert found["number"].tolist() == [10.0 + place for place in range(len(rows))]
    assert file.name in letter(results, "pl")


def test_every_table_asks_for_inputs_that_vary():
    known = {given.key for given in uncertain_inputs()}
    for names in assumptions.table("data_requests")["inputs"]:
        assert set(names.split("|")) <= known


def test_letters_name_the_place_and_the_files_and_hold_no_gap(tmp_path):
    results = make_results(data_requests(*make_tables({"electricity_use": 0.36, "heat_use": 0.1}), "way"))
    for lang in LANGUAGES:
        words = letter(results, lang)
        assert "Osiedle {Próba} | 5" in words
        assert not re.search(r"\{[a-z_]+\}|nan", words)
        for table in ("heat_meters", "connections", "electricity"):
            assert f"proba-request-{table}.csv" in words
        assert request_sentence(results, lang) in words
    assert "Dziewięć razy na dziesięć" in letter(results, "pl")
    assert {path.name for path in write_data_request(results, tmp_path)} == {
        *(f"proba-request.{lang}.txt" for lang in LANGUAGES),
        *(f"proba-request-{table}.csv" for table in ("heat_meters", "connections", "electricity")),
    }


def test_no_household_is_asked_for_alone_and_no_heat_where_no_network_is():
    results = make_results(data_requests(*make_tables({"electricity_use": 0.5}), "way"))
    assert [row[0] for row in request_rows(results, "electricity")] == ["building_id", "way/1", "way/2"]
    assert [row[0] for row in request_rows(results, "heat_meters")] == ["building_id", "way/1"]
    gas = make_results(results.layers["data_requests"], heat=("gas",) * 3)
    assert "heat_meters" not in letter(gas, "en")
    assert "metered heat" not in request_sentence(gas, "en")


def test_a_filled_in_table_is_a_register_as_the_letter_says(tmp_path):
    """The lines of the letter go into the district file as they are."""
    results = make_results(data_requests(*make_tables({"electricity_use": 0.5, "period_odds": 0.2, "use_odds": 0.1}), "way"))
    write_data_request(results, tmp_path)
    told = (("electricity", "12,5"), ("heat_meters", "360"), ("connections", "district_heat"), ("years", "1931"), ("building_uses", "m"))
    for table, value in told:
        path = tmp_path / f"proba-request-{table}.csv"
        # as a spreadsheet of Windows opens and saves it
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "letters would be read by an old code page"
        head, *rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
        assert rows
        with path.open("w", encoding="cp1250", newline="") as file:
            csv.writer(file, delimiter=";").writerows([head, *([*row[:-1], value] for row in rows)])
    own = letter(results, "en")
    study = parse_study(own[own.index("[[sources.registers]]") :], name="proba", folder=tmp_path)
    found = register_rows(study)
    power = found[(found["kind"] == "metered") & (found["carrier"] == "electricity")]
    assert power["kwh_a"].tolist() == [12_500.0, 12_500.0]
    heat = found[(found["kind"] == "metered") & (found["carrier"] == "heat")]
    assert heat["kwh_a"].tolist() == pytest.approx([100_000.0])
    assert set(heat["building_id"]) == {"way/1"}
    assert set(found.loc[found["kind"] == "heat_supply", "heat_supply"]) == {"district_heat"}
    assert found.loc[found["kind"] == "years", "year"].tolist() == ["1931", "1931"]
    assert found.loc[found["kind"] == "building_uses", ["building_id", "use"]].to_numpy().tolist() == [["way/3", "m"]]
