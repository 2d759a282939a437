"""Tables of the city from CSV to buildings, demand and report: hand-made tables on the sample estate, factors by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo.addresses import address_key, find_buildings
from ped_geo.demand.calibration import calibration_factors
from ped_geo.errors import PedGeoError, StudyError
from ped_geo.finance.grants import owners
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.run import compute, report
from ped_geo.plausibility import check_calibration, check_registers
from ped_geo.registers import apply_registers
from ped_geo.sources.registers import no_rows, register_rows
from ped_geo.study import Study, parse_study

ESTATE = Path(__file__).resolve().parents[1] / "districts" / "sample-estate.toml"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("ulica Długa", "12a"), ("ul. Długa", "12 A"), ("ul.Długa", "12A"), ("UL DŁUGA", " 12a "), ("Długa", "12a"), ("dluga", "12a")],
)
def test_an_address_is_the_same_however_it_is_typed(typed, number):
    keys = address_key(pd.Series(["Długa", typed]), pd.Series(["12a", number]))
    assert keys[0] == keys[1]


def test_different_kinds_of_streets_of_one_name_stay_apart():
    streets = pd.Series(["plac Wolności", "ul. Wolności", "al. Wolności", "os. Wolności"])
    assert address_key(streets, pd.Series(["1"] * 4)).nunique() == 4


def test_a_name_that_begins_like_an_abbreviation_is_kept():
    assert address_key(pd.Series(["Oslo", "Al"]), pd.Series(["1", "1"])).tolist() == ["oslo 1", "al 1"]


def town():
    """Two blocks: k with two houses and a garage, j with one house and two of one address; and a house outside."""
    rows = [
        ("a", "Długa", "1", "k", True, True), ("b", "Długa", "3;5", "k", True, True), ("g", "Długa", "7", "k", True, False),
        ("c", "Krótka", "2", "j", True, True), ("d", "Krótka", "4", "j", True, True), ("e", "Krótka", "4", "j", True, True),
        ("o", "Krótka", "6", "", False, True),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["building_id", "street", "housenumber", "block_id", "in_district", "heated"]).set_index(
        "building_id"
    )
    frame["heat_supply"] = ["none" if not heated else "gas" for heated in frame["heated"]]
    frame = frame.assign(heat_supply_source="inferred: x", use="office")
    blocks = pd.DataFrame({"label": ["1 Długa", "2 Krótka"]}, index=pd.Index(["k", "j"], name="block_id"))
    return gpd.GeoDataFrame(frame, geometry=[shapely.box(0, 0, 1, 1)] * len(frame), crs=2178), blocks


def rows_of(*told, kind="metered"):
    rows = [dict(zip(told[0].split(), row, strict=True)) for row in told[1:]]
    plain = (
        {"file": "t.csv", "kind": kind, "level": "building", "carrier": "heat"} if kind == "metered" else {"file": "t.csv", "kind": kind}
    )
    table = pd.DataFrame([{**plain, **row} for row in rows]).reindex(columns=no_rows().columns)
    words = {name: table[name].astype(object).fillna("").astype("str") for name in table if name not in {"row", "kwh_a"}}
    return table.assign(**words, row=range(2, len(table) + 2), kwh_a=table["kwh_a"].astype("float64"))


def test_every_row_of_a_meter_table_is_told_what_became_of_it():
    rows = rows_of(
        "street housenumber building_id level kwh_a",
        ("ul. Długa", "1", "", "building", 100.0),
        ("Długa", "5", "", "building", 30.0),
        ("Długa", "3", "", "building", 12.0),
        ("Długa", "7", "", "building", 5.0),
        ("Krótka", "4", "", "building", 7.0),
        ("Krótka", "6", "", "building", 8.0),
        ("Krótka", "99", "", "building", 9.0),
        ("", "", "c", "building", 11.0),
        ("", "", "2 Krótka", "block", 500.0),
        ("", "", "k", "block", 600.0),
        ("", "", "nowhere", "block", 1.0),
        ("", "", "", "district", 2000.0),
    )
    buildings, metered, told = apply_registers(*town(), rows, Study(name="x"))
    assert told["result"].tolist() == [
        "matched", "matched", "matched", "not_heated", "ambiguous", "outside", "not_found", "matched", "matched", "matched", "not_found",
        "matched",
    ]  # fmt: skip
    totals = {(row["level"], row["id"]): row["kwh_a"] for row in metered.to_dict("records")}
    # two numbers of one building are two meters of it: 30 + 12
    expected = {("building", "a"): 100.0, ("building", "b"): 42.0, ("building", "c"): 11.0}
    assert totals == expected | {("block", "j"): 500.0, ("block", "k"): 600.0, ("district", "district"): 2000.0}
    assert len(buildings) == 7
    (remark,) = check_registers(told)
    assert {name: remark.values[name] for name in ("of", "matched", "ambiguous", "not_found", "rest")} == {
        "of": 12, "matched": 7, "ambiguous": 1, "not_found": 2, "rest": 2,
    }  # fmt: skip


def test_totals_of_matched_rows_give_the_factors_reckoned_by_hand():
    rows = rows_of(
        "building_id level carrier kwh_a",
        ("a", "building", "heat", 90.0),
        ("k", "block", "heat", 190.0),
        ("", "district", "electricity", 500.0),
        ("c", "building", "electricity", 1000.0),
    )
    buildings, metered, _ = apply_registers(*town(), rows, Study(name="x"))
    inside = buildings[buildings["in_district"]]
    calculated = pd.DataFrame({"space_heat": 100.0, "hot_water": 10.0, "electricity": 100.0}, index=inside.index)
    calculated.loc["g"] = 0.0
    found = calibration_factors(calculated, inside["block_id"], metered, Study(name="x"))
    # a: 90 - 10 of water = 80 of 100; b has what is left of the block: 190 - 20 - 80 = 90 of 100; j was not metered
    assert found["space_heat_factor"].loc[["a", "b", "c"]].tolist() == pytest.approx([0.8, 0.9, 1.0])
    # c asks for tenfold and gets the bound 1.5; what is left of 500 is 350 for four buildings of 100 each
    assert found.loc["c", ["electricity_factor", "electricity_wanted"]].tolist() == [1.5, 10.0]
    assert found["electricity_factor"].loc[["a", "b", "d", "e"]].tolist() == pytest.approx([0.875] * 4)
    remarks = check_calibration(found, Study(name="x"))
    assert [(remark.key, remark.values["count"], remark.values["objects"]) for remark in remarks] == [
        ("calibration_electricity", 1, "c (10.00)")
    ]


def test_a_list_of_connections_sets_district_heat_and_public_buildings_belong_to_the_city():
    connected = rows_of("street housenumber heat_supply", ("Długa", "1", "district_heat"), ("Długa", "7", "gas"), kind="heat_supply")
    public = rows_of("street housenumber", ("Krótka", "2"), kind="public")
    buildings, metered, told = apply_registers(*town(), pd.concat([connected, public], ignore_index=True), Study(name="x"))
    assert buildings.loc["a", ["heat_supply", "heat_supply_source"]].tolist() == ["district_heat", "register"]
    assert buildings.loc["g", "heat_supply"] == "none"
    assert told["result"].tolist() == ["matched", "not_heated", "matched"]
    assert metered.empty
    assert owners(buildings).loc[["a", "c"]].tolist() == ["company", "city"]


def test_without_registers_nothing_changes():
    before, blocks = town()
    after, metered, told = apply_registers(before, blocks, no_rows(), Study(name="x"))
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after))
    assert metered.empty
    assert told.empty
    assert check_registers(told) == []


def test_an_identifier_goes_before_an_address():
    buildings, _ = town()
    asked = pd.DataFrame({"building_id": ["c", "", "gone"], "street": "Długa", "housenumber": "1"})
    found = find_buildings(asked, buildings)
    assert found["building_id"].tolist() == ["c", "a", ""]
    assert found["result"].tolist() == ["matched", "matched", "not_found"]


# from the district file -----------------------------------------------------------------------------------------------


def estate(folder, tables, more=""):
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return parse_study(ESTATE.read_text(encoding="utf-8") + more, name="estate", folder=folder)


METERS = """
[[sources.registers]]
file = "heat.csv"
kind = "metered"
unit = "GJ"
columns = { street = "ulica", housenumber = "nr", value = "GJ" }
"""

STOVES = """
[[sources.registers]]
file = "stoves.csv"
kind = "heat_supply"
columns = { street = "ulica", housenumber = "nr", heat_supply = "źródło" }
"""


def test_all_problems_of_all_tables_are_told_before_anything_is_fetched(tmp_path):
    tables = {"heat.csv": "ulica;nr;GJ\nSadowa;5;dużo", "stoves.csv": "ulica;nr\nSadowa;5"}
    missing = '\n[[sources.registers]]\nfile = "gone.csv"\nkind = "public"\n\n[[sources.registers]]\nfile = "stoves.csv"\nkind = "metered"\nheat_supply = "fire"\n'
    with pytest.raises(StudyError) as told:
        preflight(estate(tmp_path, tables, METERS + STOVES + missing), tmp_path)
    message = str(told.value)
    assert "gone.csv is not a file" in message
    assert "register heat.csv: 1 of 1 values are no amounts, the first is 'dużo' in row 2" in message
    assert "register stoves.csv: there is no column 'źródło'" in message
    assert "columns must say where value stands" in message
    assert "heat_supply 'fire' is unknown" in message


def test_strange_levels_are_named_with_their_row(tmp_path):
    (tmp_path / "t.csv").write_text("id,value,level\nk,1,block\nk,2,quartier\n")
    study = Study(name="x", sources={"registers": [{"file": tmp_path / "t.csv", "kind": "metered"}]})
    with pytest.raises(PedGeoError, match="level is 'quartier' in row 3, must be one of building, block, district"):
        register_rows(study)


def test_the_example_of_tables_is_a_valid_district_file():
    path = ESTATE.parent / "examples" / "city-tables.toml"
    study = parse_study(path.read_text(encoding="utf-8"), name="example", folder=path.parent)
    assert [register.kind for register in study.sources.registers] == [
        "heat_supply",
        "heat_supply",
        "metered",
        "metered",
        "public",
        "years",
        "works",
    ]
    assert study.place.prg == "2466011"


@pytest.mark.slow
def test_a_run_takes_up_meters_and_stoves_and_a_changed_table(tmp_path, without_pango):
    plain = compute(estate(tmp_path, {}), tmp_path, passing=()).layers
    house, today = "way/100", plain["need"].xs("existing", level="package")
    assert plain["buildings"].loc[house, ["street", "housenumber"]].tolist() == ["ulica Sadowa", "5"]
    # a meter that shows 0.8 of the calculated heating, all of the hot water and what its pipes lose, 3.6 GJ to 1000 kWh
    water = today.loc[house, ["hot_water_need_kwh_a", "hot_water_circulation_kwh_a"]].sum()
    gigajoules = (0.8 * today.loc[house, "heat_need_kwh_a"] + water) * 3.6 / 1000.0
    tables = {
        "heat.csv": f"ulica;nr;GJ\nul. Sadowa;5;{gigajoules:.6f}\nPolna;77;5\n",
        "stoves.csv": "ulica;nr;źródło\nSadowa;5;kocioł węglowy\n",
    }
    run = report(estate(tmp_path, tables, METERS + STOVES), tmp_path)
    layers = run.results.layers
    found = layers["need"].xs("existing", level="package")
    assert layers["calibration"].loc[house, "space_heat_factor"] == pytest.approx(0.8, rel=1e-6)
    assert found.loc[house, "heat_need_kwh_a"] == pytest.approx(0.8 * today.loc[house, "heat_need_kwh_a"], rel=1e-6)
    assert found.loc[house, "hot_water_need_kwh_a"] == today.loc[house, "hot_water_need_kwh_a"]
    pd.testing.assert_series_equal(found["heat_need_kwh_a"].drop(house), today["heat_need_kwh_a"].drop(house))
    assert layers["buildings"].loc[house, ["heat_supply", "heat_supply_source"]].tolist() == ["coal", "register"]
    change = layers["kpis"].select_dtypes("number").sub(plain["kpis"].select_dtypes("number")).abs().max().max()
    assert change > 1.0
    folder = tmp_path / "data" / "processed" / "estate"
    with (folder / "registers.csv").open(encoding="utf-8") as file:
        assert [(row["asked"], row["result"]) for row in csv.DictReader(file)] == [
            ("", "matched"), ("Polna 77", "not_found"), ("", "matched"),
        ]  # fmt: skip
    # one household lives there: that its row was used is told, and neither its meter nor its stove
    assert layers["buildings"].loc[house, "use"] == "residential_single"
    calibrated = folder / "calibration.csv"
    assert not calibrated.exists() or house not in calibrated.read_text(encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [record["name"] for record in manifest["inputs"]["registers"]["files"]] == ["heat.csv", "stoves.csv"]
    assert manifest["inputs"]["registers"]["rows"]["heat.csv"] == {"matched": 1, "not_found": 1}
    assert any("1 of 2" in remark or "of 2 rows of heat.csv, 1 met their building" in remark for remark in manifest["remarks"])


def test_uses_of_a_register_are_told_row_by_row_and_inform_the_neighbours(tmp_path):
    """A table as an office exports it: functions of BDOT10k, kinds of EGiB, our codes; one unknown, one twice, one of nowhere."""
    from ped_geo.buildings import build_buildings
    from ped_geo.sources.registers import register_rows
    from tests import hamlet

    file = tmp_path / "funkcje.csv"
    file.write_text("ulica;nr;funkcja\nul. Długa;1;Szkoła podstawowa\nDługa;2;m\nDługa;3;office\nDługa;4;zamek\nDługa;5;m\nDługa;5;office\nKrótka;9;m\n", encoding="utf-8")  # fmt: skip
    columns = {"street": "ulica", "housenumber": "nr", "use": "funkcja"}
    study = Study(name="x", country="PL", sources={"registers": [{"file": file, "kind": "building_uses", "columns": columns}]})
    table = register_rows(study)
    # the second row's own tag of our name tells nothing
    rows = [
        (hamlet.box(30 * n, 0, 30 * n + 20, 14), {"building": "yes", "building:levels": "4", "addr:street": "Długa",
                                                 "addr:housenumber": str(n + 1), "register:use": "worship"})
        for n in range(6)
    ]  # fmt: skip
    around = hamlet.make_boundary(hamlet.box(-500, -500, 900, 900))
    raw = (hamlet.make_footprints(*rows), around, hamlet.make_areas(), hamlet.make_places(), study)
    before, after = build_buildings(*raw)[0], build_buildings(*raw, table)[0]
    told = after[after["use_source"] == "register"]
    assert told["use"].tolist() == ["school", "residential_multi", "office"]
    assert (told["use_probability"] == 1.0).all()
    assert (told["use_odds"] == "").all()
    assert not (before["use"] == "worship").any()
    assert "worship" not in set(after["use"])
    blocks = pd.DataFrame({"label": []}, index=pd.Index([], name="block_id"))
    _, _, report = apply_registers(after.assign(block_id="b"), blocks, table, study)
    assert report["result"].tolist() == ["matched"] * 3 + ["unknown_use", "contradicted", "contradicted", "not_found"]
