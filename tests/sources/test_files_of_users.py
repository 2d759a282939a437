"""Files as people have them: several, in several layers, with other names, code pages, nulls and dates; each is read or refused with a word."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo import remarks
from ped_geo.cli import read_study
from ped_geo.errors import SourceError
from ped_geo.pipeline.unused import unused_settings
from ped_geo.sources import SOURCES, load_place
from ped_geo.sources._boundary import read_boundary
from ped_geo.sources._shapefile import code_page, whole_name
from ped_geo.sources.registers import register_rows
from ped_geo.study import Study

LETTERS = ["Łąkowa", "Świętej Jadwigi", "Żółkiewskiego"]


def squares(count: int, *, x: float = 500_000.0) -> list[shapely.Polygon]:
    return [shapely.box(x + 40 * number, 240_000, x + 40 * number + 20, 240_020) for number in range(count)]


def frame(count: int = 3, *, x: float = 500_000.0, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=squares(count, x=x), crs=2180)


def study(*files: Path, source: str = "footprints_file", country: str = "PL", **sources: object) -> Study:
    return Study(name="x", title="X", country=country, sources={"buildings": source, "files": files, **sources})


def tags(*files: Path, **options: object) -> list[dict[str, str]]:
    return [json.loads(text) for text in load_place(study(*files, **options), Path("unused")).footprints["tags"]]


def notes(*files: Path, **options: object) -> list[str]:
    told = remarks.source_remarks(load_place(study(*files, **options), Path("unused")).provenance)
    return remarks.sentences(remarks.remark_frame(told), "en")


# one set in every format -----------------------------------------------------------------------------------------------

REGISTER = {
    "ID_BUD": ["246701_1.0001.0_BUD", "246701_1.0001.1_BUD", "246701_1.0001.2_BUD"],
    "ULICA": ["Żwirki i Wigury", "Łagiewnicka", "Łagiewnicka"],
    "NUMER": ["1A", "2", "3"],
    "KONDYGN": ["3", "4", "1"],
    "FUNKCJA": ["residential_buildings", "Budynki biurowe", "g"],
    "ROK_BUD": ["1905", "1912", "1919"],
    "ŹRÓDŁO_CIEPŁA": ["sieć ciepłownicza", "piec węglowy", "brak"],
}
RIGHT = [
    {"addr:housenumber": "1A", "addr:street": "Żwirki i Wigury", "building": "residential", "building:levels": "3",
     "heating": "sieć ciepłownicza", "start_date": "1905"},
    {"addr:housenumber": "2", "addr:street": "Łagiewnicka", "building": "office", "building:levels": "4",
     "heating": "piec węglowy", "start_date": "1912"},
    {"addr:housenumber": "3", "addr:street": "Łagiewnicka", "building": "outbuilding", "building:levels": "1",
     "heating": "brak", "start_date": "1919"},
]  # fmt: skip


def table(
    path: Path, *, separator: str = ";", encoding: str = "cp1250", shapes: list[str] | None = None, column: str = "WKT", **how: object
) -> Path:
    """The register as a table of text."""
    given = pd.DataFrame(REGISTER).assign(**{column: shapes or shapely.to_wkt(squares(3))})
    path.write_bytes(given.to_csv(index=False, sep=separator, **how).encode(encoding))
    return path


def written(folder: Path, kind: str) -> Path:
    """The register as vector file."""
    path = folder / f"a.{kind}"
    given = frame(3, **REGISTER)
    if kind == "parquet":
        given.to_parquet(path)
    elif kind.endswith("shp"):
        given.to_file(path, encoding=kind.removesuffix(".shp"))
    else:
        given.to_file(path)
    return path


@pytest.mark.filterwarnings("ignore:Column names longer", "ignore:.*laundered field name")
@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet", "fgb", "UTF-8.shp", "cp1250.shp"])
def test_a_register_says_the_same_in_every_format(tmp_path, kind):
    assert tags(written(tmp_path, kind)) == RIGHT


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_with_shapes_says_what_the_vector_file_says(tmp_path, encoding, separator):
    path = table(tmp_path / "a.csv", encoding=encoding, separator=separator)
    raw = load_place(study(path, files_crs="EPSG:2180"), tmp_path).footprints
    assert [json.loads(text) for text in raw["tags"]] == RIGHT
    assert raw.index.tolist() == REGISTER["ID_BUD"]
    assert raw.crs.to_epsg() == 2180
    assert raw.area.tolist() == pytest.approx([400.0] * 3)


@pytest.mark.parametrize("shapes", ["ewkt", "wkb", "ewkb"])
def test_shapes_of_a_table_may_name_their_system(tmp_path, shapes):
    drawn = {
        "ewkt": [f"SRID=2180;{text}" for text in shapely.to_wkt(squares(3))],
        "wkb": list(shapely.to_wkb(squares(3), hex=True)),
        "ewkb": list(shapely.to_wkb(shapely.set_srid(squares(3), 2180), hex=True, include_srid=True)),
    }[shapes]
    path = table(tmp_path / "a.csv", shapes=drawn, column="the_geom")
    raw = load_place(study(path, **({"files_crs": "EPSG:2180"} if shapes == "wkb" else {})), tmp_path).footprints
    assert raw.crs.to_epsg() == 2180
    assert raw.area.sum() == pytest.approx(1200.0)


def test_a_shape_that_cannot_be_read_is_set_aside(tmp_path):
    path = table(tmp_path / "a.csv", shapes=[*shapely.to_wkt(squares(2)), "POLYGON ((broken"])
    place = load_place(study(path, files_crs="EPSG:2180"), tmp_path)
    assert place.rejected[["object_id", "reason"]].to_numpy().tolist() == [["246701_1.0001.2_BUD", "no_geometry"]]


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({}, {}, r"a\.csv names no coordinate system; name it in \[sources\] files_crs, for example 'EPSG:2180'"),
        ({}, {"files_crs": "Mars"}, "files_crs is 'Mars', no known coordinate system"),
        ({"column": "adres"}, {}, r"a\.csv has no column of shapes \(it has ID_BUD, ULICA"),
        ({"shapes": [f"SRID={code};POINT (1 1)" for code in (2180, 4326, 2180)]}, {}, "several coordinate systems"),
        ({"shapes": ["SRID=999999;POINT (1 1)"] * 3}, {}, "999999, which is no known EPSG code"),
        ({"shapes": ["SRID=2180;POINT (1 1)", "x;y", "z"], "quoting": csv.QUOTE_NONE, "escapechar": " "}, {}, "is not a table"),
    ],
)
def test_a_table_that_cannot_be_placed_is_refused_in_a_sentence(tmp_path, change, options, told):
    with pytest.raises(SourceError, match=told):
        tags(table(tmp_path / "a.csv", **change), **options)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("kind", ["shp", "parquet"])
def test_a_file_without_a_system_is_read_in_the_stated_one(tmp_path, kind):
    given = frame(3).set_crs(None, allow_override=True)
    given.to_parquet(tmp_path / "a.parquet") if kind == "parquet" else given.to_file(tmp_path / "a.shp")
    with pytest.raises(SourceError, match="names no coordinate system"):
        tags(tmp_path / f"a.{kind}")
    assert load_place(study(tmp_path / f"a.{kind}", files_crs="EPSG:2180"), tmp_path).footprints.crs.to_epsg() == 2180


def test_words_of_registers_reach_use_and_heat_of_the_buildings(tmp_path):
    from ped_geo.pipeline.run import inputs
    from ped_geo.pipeline.stages import buildings

    path = table(tmp_path / "a.csv")
    given = study(path, files_crs="EPSG:2180", weather="builtin")
    _, layers, _ = inputs(given, load_place(given, tmp_path), tmp_path, refresh=False)
    found = buildings.compute({"study": given}, layers)["buildings_drawn"].set_index("housenumber").loc[["1A", "2", "3"]]
    assert found["use"].tolist() == ["residential_multi", "office", "outbuilding"]
    assert found["heat_supply"].tolist() == ["district_heat", "coal", "none"]


def test_edited_buildings_of_the_project_keep_use_and_heat_when_they_are_given_back(tmp_path):
    """As a GIS editor gives back 20 corrected rows of the project's own layer."""
    from ped_geo import schema

    uses = list(schema.columns("buildings")["use"].values)
    supplies = list(schema.columns("buildings")["heat_supply"].values)
    from ped_geo.buildings.words import heat_supplies, meaning, use_of_tags

    # ids of one width keep the order of the rows
    frame(
        len(uses),
        building_id=[f"way/{number:02d}" for number in range(len(uses))],
        use=uses,
        storeys_above_ground=3,
        heat_supply=(supplies * 2)[: len(uses)],
    ).to_file(tmp_path / "a.gpkg")
    told = tags(tmp_path / "a.gpkg")
    assert [use_of_tags(row).use for row in told] == uses
    # "none" is a null, and says nothing
    kept = {row["heating"]: meaning(row["heating"], heat_supplies()).value for row in told if "heating" in row}
    assert kept == {name: name for name in supplies if name != "none"}
    assert {row["building:levels"] for row in told} == {"3"}


@pytest.mark.parametrize(("column", "told"), [("height", [None, "30", "12"]), ("building:levels", [None, "10", "4"])])
@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet", "csv"])
def test_heights_and_storeys_of_mapped_parts_are_those_of_their_building(tmp_path, kind, column, told):
    """Two halves of 30 m and 12 m, or of 10 and 4 storeys: 21 m and 7 storeys on average, as in OSM files."""
    from ped_geo.pipeline.run import inputs
    from ped_geo.pipeline.stages import buildings

    shapes = [shapely.box(500_000, 240_100, 500_050, 240_124), *(shapely.box(x, 240_100, x + 25, 240_124) for x in (500_000, 500_025))]
    given = gpd.GeoDataFrame(
        {"building": ["yes", None, None], "building:part": [None, "yes", "yes"], column: told}, geometry=shapes, crs=2180
    )
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        pd.DataFrame(given.drop(columns="geometry")).assign(WKT=shapely.to_wkt(shapes)).to_csv(path, index=False)
    elif kind == "parquet":
        given.to_parquet(path)
    else:
        given.to_file(path)
    chosen = study(path, files_crs="EPSG:2180", weather="builtin")
    _, layers, _ = inputs(chosen, load_place(chosen, tmp_path), tmp_path, refresh=False)
    (row,) = buildings.compute({"study": chosen}, layers)["buildings_drawn"].to_dict("records")
    assert row["height_m"] == pytest.approx(21.0) if column == "height" else row["storeys_above_ground"] == 7
    assert row["gross_floor_area_m2"] >= 7 * 1200.0


# null is no word -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("null", [None, float("nan"), pd.NA, "", " ", "NULL", "None", "nan", "<NA>"])
def test_a_class_that_is_null_is_no_word(tmp_path, null):
    # as in extracts of Overture: four of six buildings have no class
    classes = ["apartments", null, null, "apartments", null, null]
    kinds = ["residential", "residential", null, "residential", "residential", null]
    frame(6, **{"id": list("abcdef"), "class": classes, "subtype": kinds, "num_floors": [5.0] * 6}).to_parquet(tmp_path / "a.parquet")
    told = tags(tmp_path / "a.parquet", source="overture", country="DE")
    assert [found["building"] for found in told] == ["apartments", "residential", "yes", "apartments", "residential", "yes"]
    assert {found["building:levels"] for found in told} == {"5"}


@pytest.mark.parametrize("null", [None, float("nan"), "", "NULL"])
@pytest.mark.parametrize(("source", "column"), [("eubucco", "type"), ("egib", "RODZAJ"), ("footprints_file", "name")])
def test_nulls_of_other_sources_are_no_words(tmp_path, source, column, null):
    frame(2, **{column: ["residential", null], "height": [9.0, 8.0]}).to_file(tmp_path / "a.gpkg")
    told = json.dumps(tags(tmp_path / "a.gpkg", source=source))
    assert not any(word in told.casefold() for word in ('"nan"', '"none"', '"null"', '""'))


def test_words_that_a_vocabulary_lacks_are_told(tmp_path):
    frame(3, subtype=["residential", "castle", "castle"]).to_parquet(tmp_path / "a.parquet")
    (said,) = notes(tmp_path / "a.parquet", source="overture")
    assert "'castle' (2)" in said
    assert "2 of 3" in said


def test_a_file_that_is_not_the_providers_is_refused(tmp_path):
    frame(3, eID=[1, 2, 3]).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=r"none of its columns \(it has eID\)"):
        tags(tmp_path / "a.parquet", source="overture")


# dates -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet", "fgb"])
@pytest.mark.parametrize("kind", ["text", "moments"])
def test_dates_that_a_reader_turns_into_moments_stay_years(tmp_path, ending, kind):
    days = ["1972-05-01", "1955-01-01", "1938-07-01"]
    given = frame(start_date=days if kind == "text" else pd.to_datetime(days)).to_crs(4326)
    path = tmp_path / f"a.{ending}"
    given.to_parquet(path) if ending == "parquet" else given.to_file(path)
    assert sorted(found["start_date"] for found in tags(path)) == sorted(days)


def test_kinds_that_the_register_does_not_know_are_told(tmp_path):
    frame(3, RODZAJ=["m", "statek", None]).to_file(tmp_path / "a.gpkg")
    (said,) = notes(tmp_path / "a.gpkg", source="egib")
    assert "'statek' (1)" in said


def test_what_is_no_line_among_streets_is_set_aside_with_a_reason(tmp_path):
    frame().to_file(tmp_path / "a.gpkg")
    shapes = [shapely.LineString([(500_000, 240_030), (500_100, 240_030)]), shapely.Point(500_000, 240_000), None]
    gpd.GeoDataFrame({"highway": ["residential"] * 3}, geometry=shapes, crs=2180).to_file(tmp_path / "s.geojson")
    place = load_place(study(tmp_path / "a.gpkg", streets_files=[tmp_path / "s.geojson"]), tmp_path)
    assert len(place.ways) == 1
    assert place.rejected[["layer", "reason"]].to_numpy().tolist() == [["ways", "no_geometry"]] * 2


# several files, layers, names ------------------------------------------------------------------------------------------


def test_all_files_are_read_in_the_system_of_the_first(tmp_path):
    frame(building=["house"] * 3).to_file(tmp_path / "west.gpkg")
    frame(x=500_400.0, building=["school"] * 3).to_crs(25834).to_file(tmp_path / "east.gpkg")
    place = load_place(study(tmp_path / "west.gpkg", tmp_path / "east.gpkg"), tmp_path)
    assert sorted(json.loads(text)["building"] for text in place.footprints["tags"]) == ["house"] * 3 + ["school"] * 3
    assert [record["name"] for record in place.provenance["files"]] == ["west.gpkg", "east.gpkg"]
    assert place.footprints.index.is_unique


def test_all_files_of_streets_are_read_by_every_source_that_takes_them(tmp_path):
    frame(building=["house"] * 3, height=[9.0] * 3, RODZAJ=["m"] * 3).to_file(tmp_path / "a.gpkg")
    for number in range(2):
        line = shapely.LineString([(500_000, 240_030 + number), (500_100, 240_030 + number)])
        gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[line], crs=2180).to_file(tmp_path / f"s{number}.gpkg", layer="streets")
    streets = (tmp_path / "s0.gpkg", tmp_path / "s1.gpkg")
    for source in ("footprints_file", "overture", "eubucco", "egib"):
        place = load_place(study(tmp_path / "a.gpkg", source=source, streets_files=streets), tmp_path)
        assert len(place.ways) == 2, source
        assert {record["name"] for record in place.provenance["files"]} == {"a.gpkg", "s0.gpkg", "s1.gpkg"}
        assert {json.loads(text)["highway"] for text in place.ways["tags"]} == {"residential"}


def with_streets(path: Path, layer: str) -> None:
    line = shapely.LineString([(500_000, 240_030), (500_100, 240_030)])
    gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[line], crs=2180).to_file(path, layer=layer, driver="GPKG")


@pytest.mark.parametrize("name", ["a.gpkg", "A.GPKG", "b.Gpkg"])
def test_capitals_in_the_name_of_a_file_lose_no_streets(tmp_path, name):
    frame().to_file(tmp_path / name, layer="Buildings", driver="GPKG")
    with_streets(tmp_path / name, "STREETS")
    assert len(load_place(study(tmp_path / name), tmp_path).ways) == 1


def test_polygons_are_found_in_whatever_layer_they_lie(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(500_000, 240_000)], crs=2180).to_file(path, layer="adressen")
    frame(levels=[5] * 3).to_file(path, layer="gebouwen")
    assert [found["building:levels"] for found in tags(path)] == ["5"] * 3


def test_parcels_are_not_taken_for_buildings(tmp_path):
    path = tmp_path / "a.gpkg"
    frame(12).to_file(path, layer="dzialki")
    with pytest.raises(SourceError, match="parcels by its name"):
        tags(path)
    frame(3).to_file(path, layer="budynki_ewid")
    assert len(tags(path)) == 3


def test_layers_that_may_both_be_meant_are_a_question(tmp_path):
    path = tmp_path / "a.gpkg"
    for layer in ("alpha", "beta"):
        frame().to_file(path, layer=layer)
    with pytest.raises(SourceError, match=r"several layers of polygons: alpha \(Polygon\), beta \(Polygon\)"):
        tags(path)
    with pytest.raises(SourceError, match="several layers of polygons"):
        read_boundary(Study(name="x", title="X", place={"boundary_file": path}))


def test_a_district_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b'\xef\xbb\xbftitle = "A"\n')
    assert read_study(str(path), tmp_path).title == "A"


# shapefiles ------------------------------------------------------------------------------------------------------------


def shapefile(folder: Path, encoding: str, *, told: bool = False, words: list[str] = LETTERS, pack: bool = False) -> Path:
    path = folder / "a.shp"
    given = frame(building=["house"] * 3, levels=[5, 4, 3], addr_stree=words, addr_house=["1", "2", "3"])
    given.to_file(path, encoding=encoding)
    if not told:
        (folder / "a.cpg").unlink()
        # what a table says of its language without the file beside it
        table = bytearray((folder / "a.dbf").read_bytes())
        table[29] = 0
        (folder / "a.dbf").write_bytes(table)
    if pack:
        path = folder / "a.zip"
        with zipfile.ZipFile(path, "w") as package:
            for file in sorted(folder.glob("a.*")):
                if file != path:
                    package.write(file, file.name)
    return path


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize(
    ("encoding", "country", "words"),
    [
        ("cp1250", "PL", LETTERS),
        ("UTF-8", "PL", LETTERS),
        ("cp1252", "DE", ["Große Straße", "Schützenweg", "Öhringen"]),
        ("cp1257", "LT", ["Žemaitės", "Šiaulių", "Ąžuolų"]),
        ("cp1253", "GR", ["Αθηνάς", "Ερμού", "Σταδίου"]),
    ],
)
def test_letters_of_a_shapefile_without_a_code_page_are_right(tmp_path, encoding, country, words, pack):
    path = shapefile(tmp_path, encoding, words=words, pack=pack)
    assert [found["addr:street"] for found in tags(path, country=country)] == words
    assert any("does not tell the code page" in note for note in notes(path, country=country)) == (encoding != "UTF-8")


def test_a_code_page_that_is_told_is_believed(tmp_path):
    path = shapefile(tmp_path, "cp1250", told=True)
    assert code_page(path, "DE") == ""
    assert [found["addr:street"] for found in tags(path, country="DE")] == LETTERS


def test_names_that_a_shapefile_cut_are_known_and_meet_the_register(tmp_path):
    path = shapefile(tmp_path, "cp1250")
    assert tags(path)[0] == {"building": "house", "building:levels": "5", "addr:street": "Łąkowa", "addr:housenumber": "1"}
    assert whole_name("building_m", {"building_min_level": "a", "building_material": "b"}) == "building_m"


@pytest.mark.parametrize(
    ("encoding", "country", "street"),
    [("cp1250", "PL", "Łąkowa"), ("cp1252", "DE", "Große Straße"), ("utf-16", "PL", "Łąkowa"), ("utf-8-sig", "PL", "Łąkowa")],
)
def test_registers_are_read_in_the_code_page_of_the_country(tmp_path, encoding, country, street):
    path = tmp_path / "a.csv"
    path.write_bytes(f"ulica;nr;MWh\n{street};1;75,5\n;;\nNULL;2;1\n".encode(encoding))
    columns = {"street": "ulica", "housenumber": "nr", "value": "MWh"}
    given = Study(name="x", country=country, sources={"registers": [{"file": path, "kind": "metered", "unit": "MWh", "columns": columns}]})
    rows = register_rows(given)
    # a line of separators is no row, and null no street
    assert rows["street"].tolist() == [street, ""]
    assert rows["kwh_a"].tolist() == [75_500.0, 1_000.0]


def test_columns_that_nothing_reads_are_told(tmp_path):
    frame(KONDYGN=[5, 4, 3], ROK_BUD=[1905, 1912, 1919], ULICA=LETTERS, STAN=["ocieplony"] * 3, pusta=[None] * 3).to_file(
        tmp_path / "a.gpkg"
    )
    assert tags(tmp_path / "a.gpkg")[0] == {
        "STAN": "ocieplony",
        "addr:street": "Łąkowa",
        "building": "yes",
        "building:levels": "5",
        "start_date": "1905",
    }
    read, unread = notes(tmp_path / "a.gpkg")
    assert "KONDYGN → storeys_above_ground, ROK_BUD → construction_year, ULICA → street" in read
    assert unread.startswith("a.gpkg: columns that nothing reads: STAN (1 in all)")


# ids -------------------------------------------------------------------------------------------------------------------


def test_ids_that_stand_again_lose_no_building(tmp_path):
    frame(id=["a", "a", "b"]).to_file(tmp_path / "a.gpkg")
    frame(osm_id=[5, 5, 7], osm_type=["way", "relation", "way"]).to_file(tmp_path / "b.gpkg")
    frame(id=[0, 0, 0]).to_file(tmp_path / "c.gpkg")
    ids = [load_place(study(tmp_path / name), tmp_path).footprints.index.tolist() for name in ("a.gpkg", "b.gpkg", "c.gpkg")]
    assert ids == [["a", "a#2", "b"], ["relation/5", "way/5", "way/7"], ["file/1", "file/2", "file/3"]]


# copies ----------------------------------------------------------------------------------------------------------------

RING = shapely.box(500_000, 240_000, 500_040, 240_040)
COURT = RING.difference(shapely.box(500_012, 240_012, 500_028, 240_028))
LARGE_COURT = RING.difference(shapely.box(500_004, 240_004, 500_036, 240_036))


@pytest.mark.parametrize("court", [COURT, LARGE_COURT])
@pytest.mark.parametrize("turned", [False, True])
def test_of_two_copies_the_better_described_one_stands_and_learns_from_the_other(tmp_path, court, turned):
    from ped_geo.buildings.footprints import clean_footprints

    columns = {"building": ["yes", "government"], "building:levels": [None, "4"], "start_date": [None, "1845"], "name": ["Rathaus", None]}
    given = gpd.GeoDataFrame(columns, geometry=[RING, court], crs=2180)
    given = given.iloc[::-1] if turned else given
    given.to_file(tmp_path / "a.gpkg")
    raw = load_place(study(tmp_path / "a.gpkg"), tmp_path).footprints
    clean, aside = clean_footprints(raw, study(tmp_path / "a.gpkg"))
    (told,) = (json.loads(text) for text in clean["tags"])
    assert told == {"building": "government", "building:levels": "4", "name": "Rathaus", "start_date": "1845"}
    assert clean.area.iloc[0] == pytest.approx(court.area)
    assert aside["reason"].tolist() == ["duplicate"]


def test_of_two_equal_copies_the_one_with_the_court_stands(tmp_path):
    from ped_geo.buildings.footprints import clean_footprints

    gpd.GeoDataFrame({"building": ["yes", "yes"]}, geometry=[RING, COURT], crs=2180).to_file(tmp_path / "a.gpkg")
    clean, _ = clean_footprints(load_place(study(tmp_path / "a.gpkg"), tmp_path).footprints, study(tmp_path / "a.gpkg"))
    assert clean.area.iloc[0] == pytest.approx(COURT.area)


# no setting without a use ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", sorted(SOURCES.load()))
def test_every_source_uses_or_refuses_every_setting_of_files(source):
    takes = SOURCES[source].takes
    for name, value in (("files", [Path("a.gpkg")]), ("streets_files", [Path("s.gpkg")]), ("teryt", "1465")):
        given = Study(name="x", sources={"buildings": source, name: value})
        told = [problem for problem in unused_settings(given) if problem.startswith(f"[sources] {name} is given")]
        assert bool(told) == (name not in takes), name


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sources": {"second_files": [Path("a.gpkg")]}}, "second_files is given, but second is not"),
        ({"sources": {"second": "footprints_file"}}, "second_files is empty"),
        ({"sources": {"weather": "builtin", "weather_file": Path("a.epw")}}, "weather_file is given, but weather is 'builtin'"),
        ({"sources": {"elevation_crs": "EPSG:2180"}}, "elevation_crs is given, but neither"),
        ({"sources": {"files_crs": "EPSG:2180"}}, "files_crs is given, but no file"),
        ({"sources": {"elevation": "gugik", "surface_model": Path("a"), "terrain_model": Path("b")}}, "remove elevation"),
        ({"place": {"boundary_feature": "A"}}, "boundary_feature is given, but no boundary_file"),
        ({"place": {"radius_m": 300.0}}, "radius_m is given, but no centre"),
        ({"sources": {"registers": [{"file": Path("a.csv"), "kind": "public", "unit": "GJ"}]}}, "unit is given, but kind is 'public'"),
        ({"sources": {"registers": [{"file": Path("a.csv"), "kind": "metered", "heat_supply": "gas"}]}}, "heat_supply is given, but kind"),
    ],
)
def test_a_setting_without_a_use_is_told(settings, told):
    assert any(told in problem for problem in unused_settings(Study(name="x", **settings)))


def test_the_shipped_districts_have_no_setting_without_a_use():
    for path in sorted((Path(__file__).resolve().parents[2] / "districts").glob("*.toml")):
        assert list(unused_settings(read_study(str(path), path.parent))) == []


# real files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "country", "count", "key"),
    [
        ("delft-tu-campus_nl_bag_pand.geojson", "footprints_file", "NL", 1529, "start_date"),
        ("prague-vinohrady_cz_overture_buildings.parquet", "overture", "CZ", 1215, "building"),
        ("tenerife_es_catastro_constructions.gpkg", "footprints_file", "ES", 722, "building:levels"),
    ],
)
def test_real_footprints_are_drawn_or_set_aside_to_the_last(shared_data, name, source, country, count, key):
    place = load_place(study(shared_data / "cities" / "footprints" / name, source=source, country=country), Path("unused"))
    assert len(place.footprints) + len(place.rejected) == count
    told = [json.loads(text) for text in place.footprints["tags"]]
    # some parts of the cadastre tell no storeys
    assert sum(key in found for found in told) > 0.8 * len(told)


def test_real_parcels_are_refused(shared_data):
    with pytest.raises(SourceError, match="holds parcels by its name"):
        tags(shared_data / "cities" / "footprints" / "tenerife_es_catastro_parcels.gpkg", country="ES")
