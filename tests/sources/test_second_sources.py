"""Registers of the city, second sources of footprints, and one polygon of a boundary file."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo import schema
from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources._boundary import read_boundary
from ped_geo.sources.overture import eubucco_tags, overture_tags
from ped_geo.sources.registers import read_registers
from ped_geo.study import Study, parse_study

# registers ------------------------------------------------------------------------------------------------------------


def registers(path, kind, **more):
    return read_registers(Study(name="x", sources={"registers": [{"file": path, "kind": kind} | more]}))


@pytest.fixture
def table(tmp_path):
    def make(text, *, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return make


COLUMNS = {"street": "ulica", "housenumber": "nr", "value": "sprzedaż"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_metered_heat_is_read_in_every_common_dress(table, encoding, delimiter):
    rows = [("ulica", "nr", "sprzedaż"), ("Złotego Wieku", "1", "360"), ("Długa", "2a", "36.0")]
    found = registers(table("\r\n".join(delimiter.join(row) for row in rows), encoding=encoding), "metered", unit="GJ", columns=COLUMNS)
    metered = found["metered"]
    assert metered["street"].tolist() == ["Złotego Wieku", "Długa"]
    # 3.6 GJ are 1000 kWh
    assert metered["kwh_a"].tolist() == pytest.approx([100_000.0, 10_000.0])
    assert metered["level"].tolist() == ["building"] * 2
    assert metered["carrier"].tolist() == ["heat"] * 2


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1234,5", 1234.5), ("1 234,5", 1234.5), ("1\u00a0234,5", 1234.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("0", 0.0)],
)
def test_numbers_are_read_as_people_write_them(table, text, amount):
    found = registers(table(f'id;value\nb1;"{text}"'), "metered")
    assert found["metered"]["kwh_a"].tolist() == [amount]


@pytest.mark.parametrize("text", ["many", "", "-5", "nan", "inf", "1e300", "=CMD()"])
def test_a_value_that_is_no_amount_is_named_with_its_row(table, text):
    with pytest.raises(SourceError, match=r"1 of 2 values are no amounts, the first is .* in row 3"):
        registers(table(f"id;value\nb1;5\nb2;{text}"), "metered")


def test_a_stove_register_keeps_the_citys_words(table):
    found = registers(
        table("adres;numer;źródło\nDługa;1;Kocioł węglowy\nDługa;3;pellet"),
        "heat_supply",
        columns={"street": "adres", "housenumber": "numer", "heat_supply": "źródło"},
    )
    assert found["heat_supply"]["heat_supply"].tolist() == ["Kocioł węglowy", "pellet"]


def test_a_register_reaches_the_buildings_by_their_address(table):
    from ped_geo.supply.register import apply_register

    buildings = pd.DataFrame(
        {"street": ["Długa", "Długa"], "housenumber": ["1", "2"], "heat_supply": "gas", "heat_supply_source": "inferred: x"},
        index=["a", "b"],
    )
    register = registers(table("street;housenumber;heat_supply\nDŁUGA;1;district_heat\nKrótka;9;gas"), "heat_supply")["heat_supply"]
    told, report = apply_register(buildings, register, Study(name="x"))
    assert told["heat_supply"].tolist() == ["district_heat", "gas"]
    assert report["result"].tolist() == ["matched", "not_found"]


def test_all_problems_of_a_register_are_told_at_once(table):
    with pytest.raises(SourceError) as told:
        registers(table("a;b\n1;2"), "metered", columns={"street": "ulica", "colour": "a"})
    message = str(told.value)
    assert "columns names 'colour'" in message
    assert "no column 'ulica'; the file has a, b" in message
    assert "where value stands" in message
    assert "building_id, id, or street and housenumber" in message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no rows"),
        (b"id;value\n", "no rows"),
        (b"\xff\xfe\x00\x01", "no rows"),
        (b"\xff\x00\x01", "neither UTF-8"),
        (b'id;value\n"' + b"x" * 200_000, "not a table"),
    ],
)
def test_a_damaged_register_is_told(tmp_path, content, told):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=told):
        registers(path, "metered")


def test_a_missing_register_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"nowhere\.csv is not a file"):
        registers(tmp_path / "nowhere.csv", "metered")


def test_registers_of_a_district_file_start_at_its_folder(tmp_path):
    (tmp_path / "t.csv").write_text("id;value\nb1;5")
    text = '[[sources.registers]]\nfile = "t.csv"\nkind = "metered"\nunit = "MWh"'
    study = parse_study(text, name="x", folder=tmp_path)
    assert read_registers(study)["metered"]["kwh_a"].tolist() == [5000.0]


def test_without_registers_there_is_nothing():
    assert read_registers(Study(name="x")) == {}


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400) | st.text(max_size=300).map(lambda text: ("id;value\n" + text).encode("utf-8", "surrogatepass")))
def test_no_bytes_crash_the_reader_of_registers(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("r") / "t.csv"
    path.write_bytes(content)
    try:
        found = registers(path, "metered")["metered"]
    except SourceError:
        return
    assert (found["kwh_a"] >= 0).all()


# Overture and EUBUCCO -------------------------------------------------------------------------------------------------

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=8), st.text(max_size=8))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    row=st.dictionaries(
        st.sampled_from(["height", "num_floors", "class", "subtype", "names", "roof_shape", "is_underground", "age", "type", "floors"]),
        ANYTHING,
    )
)
@pytest.mark.parametrize("translate", [overture_tags, eubucco_tags])
def test_any_row_becomes_tags_of_text(translate, row):
    tags = translate(row)
    assert tags["building"]
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in tags.items())


X, Y = 7_430_000.0, 5_550_000.0


def squares(count, *, shift=0.0, **columns):
    shapes = [shapely.box(X + 30 * i + shift, Y, X + 30 * i + 20 + shift, Y + 10) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=2178)


def test_overture_is_read_as_a_source_of_its_own(tmp_path):
    path = tmp_path / "o.parquet"
    squares(
        2, id=["08a", "08b"], height=[12.0, None], num_floors=[4, 2], names=[{"primary": "Dom"}, None], subtype=["residential", None]
    ).to_parquet(path)
    place = load_place(Study(name="x", title="X", sources={"buildings": "overture", "files": [path]}), Path("unused"))
    assert json.loads(place.footprints["tags"]["08a"]) == {"building": "residential", "building:levels": "4", "height": "12", "name": "Dom"}
    assert json.loads(place.footprints["tags"]["08b"]) == {"building": "yes", "building:levels": "2"}
    assert "Overture" in place.provenance["attribution"]


def test_a_second_source_fills_gaps_adds_what_is_missing_and_reports(tmp_path):
    first, second = tmp_path / "first.gpkg", tmp_path / "second.parquet"
    squares(3, osm_id=["1", "2", "3"], osm_type="way", building=["school", "yes", "yes"], height=["9", None, None]).to_file(first)
    squares(
        5, shift=1.0, id=list("abcde"), height=[99.0, 6.0, None, 7.0, 8.0], num_floors=[3, 2, 1, 1, 1], **{"class": "house"}
    ).to_parquet(second)
    sources = {"buildings": "footprints_file", "files": [first], "second": "overture", "second_files": [second]}
    place = load_place(Study(name="x", title="X", sources=sources, place={"buffer_m": 500}), Path("unused"))
    tags = {name: json.loads(text) for name, text in place.footprints["tags"].items()}
    assert tags["way/1"] == {"building": "school", "building:levels": "3", "height": "9"}
    assert tags["way/2"] == {"building": "house", "building:levels": "2", "height": "6"}
    assert json.loads(place.footprints["tag_sources"]["way/2"]) == {
        "building": "overture",
        "building:levels": "overture",
        "height": "overture",
    }
    assert place.conflation.set_index("other_id")["state"].to_dict() == {
        "a": "matched",
        "b": "matched",
        "c": "matched",
        "d": "left",
        "e": "left",
    }
    schema.check_layer("conflation", place.conflation)
    assert set(place.footprints.index) == {"way/1", "way/2", "way/3", "d", "e"}
    assert place.footprints.loc["d", "source"] == "overture"
    assert {record["name"] for record in place.provenance["files"]} == {"first.gpkg", "second.parquet"}
    assert "Overture" in place.provenance["attribution"]


def test_a_second_source_that_is_unknown_is_told(tmp_path):
    path = tmp_path / "first.gpkg"
    squares(2).to_file(path)
    with pytest.raises(Exception, match="unknown source 'atlantis'; known: bdot10k"):
        load_place(
            Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path], "second": "atlantis"}), Path("unused")
        )


# one polygon of many --------------------------------------------------------------------------------------------------


@pytest.fixture
def districts(tmp_path):
    path = tmp_path / "districts.gpkg"
    squares(3, name=["Północ", "Środek", "Południe"], teryt=[1261011, 1261012, 1261013]).to_file(path)
    return path


@pytest.mark.parametrize("wanted", ["Środek", "środek", " ŚRODEK ", "1261012"])
def test_one_feature_of_a_boundary_file_is_chosen_by_name_or_code(districts, wanted):
    boundary = read_boundary(Study(name="x", title="X", place={"boundary_file": districts, "boundary_feature": wanted}))
    assert boundary.to_crs(2178).area.iloc[0] == pytest.approx(200.0)
    assert boundary.to_crs(2178).total_bounds[0] == pytest.approx(X + 30)


def test_an_unknown_feature_is_told_with_what_there_is(districts):
    with pytest.raises(SourceError, match=r"has no feature 'Wschód' in any column \(it has Północ, Środek"):
        read_boundary(Study(name="x", title="X", place={"boundary_file": districts, "boundary_feature": "Wschód"}))


@pytest.fixture
def prg(tmp_path):
    """As the national register packs them: one shapefile per kind of unit, in EPSG:2180, counties before communes."""
    import zipfile

    counties = squares(2, JPT_NAZWA_=["powiat zachodni", "powiat wschodni"], JPT_KOD_JE=["1207", "0207"])
    communes = squares(4, JPT_NAZWA_=["Dobra", "Dobra", "Niedźwiedź", "Łukowica"], JPT_KOD_JE=["1207032", "3218042", "1207112", "0207082"])
    path = tmp_path / "00_jednostki_administracyjne.zip"
    with zipfile.ZipFile(path, "w") as package:
        for name, frame in {"A02_Granice_powiatow": counties, "A03_Granice_gmin": communes}.items():
            frame.to_crs(2180).to_file(tmp_path / f"{name}.shp", encoding="UTF-8")
            for part in tmp_path.glob(f"{name}.*"):
                package.write(part, part.name)
    return path


@pytest.mark.parametrize(("wanted", "east"), [("Niedźwiedź", 60), ("1207112", 60), ("powiat wschodni", 30), ("0207", 30), ("3218042", 30)])
def test_a_unit_of_the_packed_national_register_is_found_by_name_or_code(prg, wanted, east):
    boundary = read_boundary(Study(name="x", title="X", place={"boundary_file": prg, "boundary_feature": wanted})).to_crs(2178)
    assert boundary.area.iloc[0] == pytest.approx(200.0, rel=1e-3)
    assert boundary.total_bounds[0] == pytest.approx(X + east, abs=0.01)


def test_a_name_of_several_communes_is_not_joined_into_one_place(prg):
    with pytest.raises(SourceError, match=r"has 2 units named 'Dobra', with codes 1207032, 3218042; give one code"):
        read_boundary(Study(name="x", title="X", place={"boundary_file": prg, "boundary_feature": "Dobra"}))


@pytest.mark.shared
def test_mistrzejowice_is_found_among_the_districts_of_krakow(shared_data):
    place = {"boundary_file": shared_data / "krakow" / "krakow_districts_2023.gpkg", "boundary_feature": "15"}
    boundary = read_boundary(Study(name="x", title="X", place=place))
    assert boundary.to_crs(2178).area.iloc[0] / 1e6 == pytest.approx(5.59, abs=0.005)
