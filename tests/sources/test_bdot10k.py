"""Buildings and roads of the national topographic database: both schemas, GML and packages fetched by county."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ped_geo import assumptions
from ped_geo.buildings.footprints import clean_footprints
from ped_geo.errors import SourceError
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import inputs, report
from ped_geo.remarks import remark_frame, sentences, source_remarks
from ped_geo.shading import tree_crowns
from ped_geo.sources import load_place
from ped_geo.sources._columns import Unknown
from ped_geo.sources.bdot10k import building_tags, object_tags, road_tags
from ped_geo.streets import barriers
from ped_geo.study import Study, parse_study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE
from tests.sources.test_hostile_bytes import RUNS, damaged

REAL = Path(__file__).resolve().parents[1] / "real"

GML = """<?xml version="1.0" encoding="UTF-8"?>{head}
<ot:OT_PowiatowaBazaDanych xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:ot="urn:gugik:specyfikacje:gmlas:bazaDanychObiektowTopograficznych10k:2.0" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd" gml:id="A">
{members}</ot:OT_PowiatowaBazaDanych>"""
MEMBER = """<ot:member><ot:OT_BUBD_A gml:id="PL.{name}"><ot:lokalnyId>{name}</ot:lokalnyId><ot:kategoriaIstnienia>{phase}</ot:kategoriaIstnienia>
<ot:geometria><gml:Polygon srsName="urn:ogc:def:crs:EPSG::2180" gml:id="g{name}"><gml:exterior><gml:LinearRing><gml:posList>
{n} 567000 {n} 567020 {m} 567020 {m} 567000 {n} 567000</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></ot:geometria>
<ot:funkcjaOgolnaBudynku>{general}</ot:funkcjaOgolnaBudynku>{more}</ot:OT_BUBD_A></ot:member>"""


def gml(head=""):
    flats = (
        "<ot:przewazajacaFunkcjaBudynku>budynek wielorodzinny</ot:przewazajacaFunkcjaBudynku><ot:liczbaKondygnacji>5</ot:liczbaKondygnacji>"
    )
    school = "budynki oświaty, nauki i kultury oraz budynki sportowe"
    members = [
        MEMBER.format(name="a", phase="eksploatowany", n=246000, m=246010, general="budynki mieszkalne", more=flats),
        MEMBER.format(name="b", phase="w budowie", n=246050, m=246060, general=school, more=""),
        MEMBER.format(name="c", phase="eksploatowany", n=246080, m=246090, general=school, more=""),
    ]
    return GML.format(head=head, members="".join(members)).encode()


def load(path, *, place=None, **more):
    study = Study(name="x", title="X", place=place or {}, sources={"buildings": "bdot10k", "files": [path]} | more)
    return load_place(study, Path("unused"))


@pytest.mark.parametrize("name", ["x.gml", "PL.PZGiK.994.1261__OT_BUBD_A.xml"])
def test_gml_of_the_2021_schema_is_read_northing_first(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gml())
    place = load(path)
    assert list(place.footprints.index) == ["a", "b", "c"]
    assert place.footprints.geometry["a"].equals(shapely.box(567000, 246000, 567020, 246010))
    tags = {key: json.loads(text) for key, text in place.footprints["tags"].items()}
    assert tags["a"] == {"building": "apartments", "building:levels": "5"}
    assert tags["b"]["building"] == "construction"
    assert tags["c"]["building"] == "school"
    # no notes are left beside the input
    assert [file.name for file in tmp_path.iterdir()] == [name]


def cover(path, layer, *shapes):
    frame = gpd.GeoDataFrame({"lokalnyId": [f"{layer}{number}" for number in range(len(shapes))]}, geometry=list(shapes), crs=2180)
    frame.to_file(path, layer=layer, driver="GPKG")


def test_water_and_green_come_from_files_named_for_their_class_or_from_layers_of_one_package(tmp_path):
    (tmp_path / "b.gml").write_bytes(gml())
    wood, pond, lawn, far = (shapely.box(567000 + x, 246020, 567010 + x, 246030) for x in (0, 20, 40, 90_000))
    cover(tmp_path / "PL.PZGiK.994.1261__OT_PTLZ_A.gpkg", "part", wood, far)
    cover(tmp_path / "package.gpkg", "OT_PTWP_A", pond)
    cover(tmp_path / "package.gpkg", "OT_PTTR_A", lawn)
    cover(tmp_path / "package.gpkg", "OT_SULN_L", shapely.LineString([(567000, 246000), (567010, 246000)]))
    files = [tmp_path / name for name in ("b.gml", "PL.PZGiK.994.1261__OT_PTLZ_A.gpkg", "package.gpkg")]
    place = load_place(Study(name="x", title="X", sources={"buildings": "bdot10k", "files": files}), Path("unused"))
    assert {name: json.loads(text) for name, text in place.areas["tags"].items()} == {
        "PTLZ/part0": {"natural": "wood"},
        "PTWP/OT_PTWP_A0": {"natural": "water"},
        "PTTR/OT_PTTR_A0": {"landuse": "grass"},
    }
    assert place.areas.geometry["PTLZ/part0"].equals(wood)
    assert [record["name"] for record in place.provenance["files"]] == [path.name for path in files]


WATERCOURSE = """<ot:member><ot:OT_SWRS_L gml:id="PL.{name}"><ot:lokalnyId>{name}</ot:lokalnyId>{more}<ot:geometria>
<gml:Curve srsName="urn:ogc:def:crs:EPSG::2180" gml:id="g{name}"><gml:segments><gml:LineStringSegment><gml:posList>{points}</gml:posList>
</gml:LineStringSegment></gml:segments></gml:Curve></ot:geometria></ot:OT_SWRS_L></ot:member>"""


def test_rivers_and_streams_are_lines_beside_the_roads_and_only_rivers_and_canals_divide_blocks(tmp_path):
    (tmp_path / "b.gml").write_bytes(gml())
    river = WATERCOURSE.format(name="r", more="<ot:x_kod>SWRS01</ot:x_kod><ot:nazwa>Rawa</ot:nazwa>", points="246000 566990 246095 566995")
    brook = WATERCOURSE.format(name="s", more="<ot:x_kod>SWRS02</ot:x_kod>", points="246000 567030 246095 567030")
    (tmp_path / "PL.PZGiK.994.1261__OT_SWRS_L.xml").write_bytes(GML.format(head="", members=river + brook).encode())
    line = shapely.LineString([(567000, 246040), (567020, 246040)])
    cover(tmp_path / "package.gpkg", "OT_SWKN_L", line)
    cover(tmp_path / "package.gpkg", "OT_SWRM_L", line, shapely.box(567000, 246040, 567001, 246041))
    cover(tmp_path / "package.gpkg", "OT_PTWP_A", shapely.box(567000, 246020, 567010, 246030))
    gpd.GeoDataFrame({"klasaDrogi": ["lokalna"]}, geometry=[line], crs=2180).to_file(tmp_path / "roads.gpkg", layer="OT_SKJZ_L")
    files = [tmp_path / name for name in ("b.gml", "PL.PZGiK.994.1261__OT_SWRS_L.xml", "package.gpkg")]
    sources = {"buildings": "bdot10k", "files": files, "streets_files": [tmp_path / "roads.gpkg"]}
    place = load_place(Study(name="x", title="X", sources=sources), Path("unused"))
    tags = {name: json.loads(text) for name, text in place.ways["tags"].items()}
    assert {name: told for name, told in tags.items() if "waterway" in told} == {
        "SWRS/r": {"waterway": "river", "name": "Rawa"},
        "SWRS/s": {"waterway": "stream"},
        "SWKN/OT_SWKN_L0": {"waterway": "canal"},
        "SWRM/OT_SWRM_L0": {"waterway": "ditch"},
    }
    assert [told["highway"] for told in tags.values() if "highway" in told] == ["residential"]
    # northing first, as in all GML of this kind
    assert place.ways.geometry["SWRS/r"].equals(shapely.LineString([(566990, 246000), (566995, 246095)]))
    assert list(place.areas.index) == ["PTWP/OT_PTWP_A0"]
    divide = shapely.union_all(barriers(place.ways))
    assert divide.equals(shapely.union_all([place.ways.geometry["SWRS/r"], line]))


@pytest.mark.parametrize(
    ("row", "code", "waterway"),
    [
        ({"X_KOD": "SWRS01"}, "SWRS", "river"),
        ({"rodzaj": "Rzeka"}, "SWRS", "river"),
        ({"x_kod": float("nan")}, "SWRS", "stream"),
        ({"x_kod": "<b>"}, "SWRS", "stream"),
        ({"x_kod": "SWRM02"}, "SWRM", "ditch"),
        ({}, "SWKN", "canal"),
    ],
)
def test_a_watercourse_that_does_not_tell_its_kind_is_the_lesser_of_its_class(row, code, waterway):
    assert object_tags(row, code) == {"waterway": waterway}


def test_a_further_file_of_no_known_class_is_told(tmp_path):
    (tmp_path / "b.gml").write_bytes(gml())
    cover(tmp_path / "x.gpkg", "OT_SULN_L", shapely.box(0, 0, 1, 1))
    sources = {"buildings": "bdot10k", "files": [tmp_path / "b.gml", tmp_path / "x.gpkg"]}
    with pytest.raises(SourceError, match=r"x\.gpkg holds no class of BDOT10k that is read besides BUBD: SKJZ.*PTLZ, PTWP"):
        load_place(Study(name="x", title="X", sources=sources), Path("unused"))


def test_a_document_type_in_gml_is_refused(tmp_path):
    path = tmp_path / "x.gml"
    path.write_bytes(gml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'))
    with pytest.raises(SourceError, match="declares a document type"):
        load(path)


@pytest.mark.parametrize(
    ("row", "building"),
    [
        ({"x_kod": "BUBD03"}, "apartments"),
        ({"x_kod": "BUBD10", "funOgolnaBudynku": "1242"}, "garages"),
        ({"funOgolnaBudynku": "1122.Dw"}, "apartments"),
        ({"funOgolnaBudynku": "1263"}, "school"),
        ({"funkcjaOgolnaBudynku": "budynki biurowe"}, "office"),
        ({"przewazajacaFunkcjaBudynku": "przedszkole", "funkcjaOgolnaBudynku": "budynki mieszkalne"}, "kindergarten"),
        ({"przewazajacaFunkcjaBudynku": "coś nowego", "funkcjaOgolnaBudynku": "budynki przemysłowe"}, "industrial"),
        ({"przewazajacaFunkcjaBudynku": None, "x_kod": float("nan")}, "yes"),
        ({}, "yes"),
    ],
)
def test_functions_of_both_schemas_become_osm_buildings(row, building):
    assert building_tags(row)["building"] == building


@pytest.mark.parametrize(
    ("words", "highway"),
    [("autostrada", "motorway"), ("Zbiorcza", "tertiary"), ("D", "residential"), ("wewnętrzna", "service"), ("?", "residential")],
)
def test_classes_of_roads_become_highways(words, highway):
    assert road_tags({"klasaDrogi": words})["highway"] == highway


CLASSES = ("OT_BUBD_A", "OT_SKJZ_L", "OT_PTLZ_A", "OT_SWRS_L")


def package(*, names=tuple(f"PL.PZGiK.994.1261__{name}.gpkg" for name in CLASSES), folder: Path):
    houses = gpd.GeoDataFrame(
        {"lokalnyId": ["a", "b"], "funkcjaOgolnaBudynku": "budynki mieszkalne", "liczbaKondygnacji": [4, 2]},
        geometry=[shapely.box(567000, 246000, 567020, 246010), shapely.box(567000, 246050, 567020, 246060)],
        crs=2180,
    )
    roads = gpd.GeoDataFrame({"klasaDrogi": ["lokalna"]}, geometry=[shapely.LineString([(566990, 246030), (567050, 246030)])], crs=2180)
    wood = gpd.GeoDataFrame({"lokalnyId": ["w"]}, geometry=[shapely.box(567030, 246000, 567050, 246020)], crs=2180)
    river = roads.assign(lokalnyId="r", x_kod="SWRS01").drop(columns="klasaDrogi")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name, frame in zip(names, (houses, roads, wood, river), strict=False):
            frame.to_file(folder / "part.gpkg")
            out.writestr(name, (folder / "part.gpkg").read_bytes())
            (folder / "part.gpkg").unlink()
    return packed.getvalue()


URL = "/bdot10k/schemat2021/GPKG/12/1261_GPKG.zip"


@pytest.fixture
def county(osm, tmp_path):
    osm.files[URL] = package(folder=tmp_path)

    def make(**more):
        sources = {
            "buildings": "bdot10k",
            "teryt": "1261",
            "geoportal_url": osm.url,
            "longest_wait_s": 0.0,
            "attempts": 2,
            "timeout_s": 1.0,
        }
        return Study(name="x", title="X", sources=sources | more)

    return make


def test_a_county_is_fetched_frozen_and_read_again(osm, county, tmp_path):
    place = load_place(county(), tmp_path / "raw")
    assert list(place.footprints.index) == ["a", "b"]
    assert [json.loads(text) for text in place.ways["tags"]] == [{"highway": "residential"}, {"waterway": "river"}]
    assert place.areas["tags"].to_dict() == {"PTLZ/w": '{"natural": "wood"}'}
    assert place.provenance["files"][0]["name"] == "package.zip"
    assert "GUGiK" in place.provenance["attribution"]
    again = load_place(county(), tmp_path / "raw")
    assert osm.count("files") == 1
    assert again.footprints.equals(place.footprints)
    load_place(county(), tmp_path / "raw", refresh=True)
    assert osm.count("files") == 2


def test_a_snapshot_of_another_county_is_refused(osm, county, tmp_path):
    load_place(county(), tmp_path / "raw")
    with pytest.raises(SourceError, match="is not of county 2466"):
        load_place(county(teryt="2466"), tmp_path / "raw")


@pytest.mark.parametrize("name", [name for name in FAULTS_OF_ANY_SERVICE if "drip" not in name])
def test_faults_of_the_geoportal_are_ridden_out(osm, county, tmp_path, name):
    osm.faults["files"] = [FAULTS[name]]
    assert len(load_place(county(timeout_s=3.0), tmp_path / "raw").footprints) == 2
    assert osm.count("files") == 2


def test_a_county_that_is_not_there_is_told(county, tmp_path):
    with pytest.raises(SourceError, match="answered 404"):
        load_place(county(teryt="9999"), tmp_path / "raw")
    assert not (tmp_path / "raw" / "x" / "bdot10k").exists()


def test_members_cannot_choose_where_they_are_unpacked(tmp_path):
    whole = zipfile.ZipFile(io.BytesIO(package(folder=tmp_path)))
    path = tmp_path / "inner" / "package.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("../../evil_OT_BUBD_A.gpkg", whole.read("PL.PZGiK.994.1261__OT_BUBD_A.gpkg"))
    before = sorted(tmp_path.rglob("*"))
    assert len(load(path).footprints) == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["OT_BUBD_A.gpkg", "OT_BUBD_A.xml"])
def test_a_packed_bomb_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr("ped_geo.sources._packages.SMALL_MEMBER", 1 << 20)
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(name, b"<a>" + b" " * (8 << 20))
    with pytest.raises(SourceError, match="unpacks to more than"):
        load(path)


def test_a_damaged_member_is_told_in_one_sentence(tmp_path):
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("OT_BUBD_A.xml", gml())
    content = bytearray(path.read_bytes())
    content[100:160] = b"\xff" * 60
    path.write_bytes(bytes(content))
    with pytest.raises(SourceError, match=r"package\.zip is damaged") as told:
        load(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("teryt", ["12", "12611", "../1", "126a"])
def test_a_county_code_has_four_digits(teryt):
    with pytest.raises(ValueError, match="teryt"):
        Study(name="x", sources={"teryt": teryt})


CAPITALS = {
    "LOKALNYID": ["a", "b", "c"],
    "FUNKCJAOGOLNABUDYNKU": ["budynki mieszkalne", "budynki biurowe", "pozostałe budynki niemieszkalne"],
    "PRZEWAZAJACAFUNKCJABUDYNKU": ["budynek wielorodzinny", None, "toaleta publiczna"],
    "LICZBAKONDYGNACJI": [11, None, 1],
    "KATEGORIAISTNIENIA": ["eksploatowany", "nieczynny", "w budowie"],
}
MEANT = {
    "a": {"building": "apartments", "building:levels": "11"},
    "b": {"building": "office", "abandoned": "yes"},
    "c": {"building": "construction", "building:levels": "1"},
}


def boxes(count):
    return [shapely.box(567000 + 30 * number, 246000, 567020 + 30 * number, 246010) for number in range(count)]


def told(layer):
    return {name: json.loads(text) for name, text in layer["tags"].items()}


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson"])
def test_columns_in_capitals_and_those_that_a_shapefile_cuts_are_known(tmp_path, suffix):
    path = tmp_path / f"PL.PZGiK.336.1261__OT_BUBD_A.{suffix}"
    columns = {name[:10]: values for name, values in CAPITALS.items()} if suffix == "shp" else CAPITALS
    gpd.GeoDataFrame(columns, geometry=boxes(3), crs=2180).to_crs(4326 if suffix == "geojson" else 2180).to_file(path, encoding="utf-8")
    assert told(load(path).footprints) == MEANT


def test_every_layer_of_a_package_in_capitals_keeps_its_attributes(tmp_path):
    path = tmp_path / "1261.gpkg"
    gpd.GeoDataFrame(CAPITALS, geometry=boxes(3), crs=2180).to_file(path, layer="OT_BUBD_A")
    street = shapely.LineString([(567000, 246020), (567050, 246020)])
    for layer, columns, shape in (
        ("OT_SKJZ_L", {"KLASADROGI": ["droga główna ruchu przyśpieszonego"], "ULICA": ["true"], "NAZWADROGI": ["Wisłostrada"]}, street),
        ("OT_SKTR_L", {"X_KOD": ["SKTR03"]}, street),
        ("OT_SWRS_L", {"X_KOD": ["SWRS01"], "NAZWA": ["Rawa"]}, street),
        ("OT_PTUT_A", {"X_KOD": ["PTUT01"]}, shapely.box(567000, 246030, 567010, 246040)),
        ("OT_OIKM_P", {"RODZAJ": ["przystanek autobusowy lub tramwajowy"]}, shapely.Point(567005, 246020)),
        ("OT_KUOS_A", {"RODZAJ": ["szkoła lub zespół szkół"]}, shapely.box(567000, 246030, 567010, 246040)),
    ):
        gpd.GeoDataFrame(columns, geometry=[shape], crs=2180).to_file(path, layer=layer)
    place = load(path)
    assert list(told(place.ways).values()) == [
        {"highway": "primary", "name": "Wisłostrada"},
        {"waterway": "river", "name": "Rawa"},
        {"railway": "tram"},
    ]
    assert list(told(place.areas).values()) == [{"landuse": "allotments"}, {"amenity": "school"}]
    assert list(told(place.points_of_interest).values()) == [{"highway": "bus_stop"}]
    assert place.provenance["notes"] == []


def test_a_layer_with_none_of_the_attributes_is_refused(tmp_path):
    path = tmp_path / "OT_BUBD_A.gpkg"
    gpd.GeoDataFrame({"pole1": [1], "pole2": ["x"]}, geometry=boxes(1), crs=2180).to_file(path)
    with pytest.raises(SourceError, match=r"class BUBD has none of the attributes of BDOT10k \(it has pole1, pole2\)"):
        load(path)


def test_words_that_no_vocabulary_knows_are_counted_and_null_is_no_word(tmp_path):
    path = tmp_path / "1261.gpkg"
    functions = ["statek kosmiczny", "statek kosmiczny", None, "budynki biurowe"]
    columns = {"FUNKCJAOGOLNABUDYNKU": functions, "KATEGORIAISTNIENIA": ["latający", None, "", "eksploatowany"]}
    gpd.GeoDataFrame(columns, geometry=boxes(4), crs=2180).to_file(path, layer="OT_BUBD_A")
    street = shapely.LineString([(567000, 246020), (567050, 246020)])
    gpd.GeoDataFrame({"KLASADROGI": ["?"]}, geometry=[street], crs=2180).to_file(path, layer="OT_SKJZ_L")
    gpd.GeoDataFrame({"X_KOD": ["SKTR99"]}, geometry=[street], crs=2180).to_file(path, layer="OT_SKTR_L")
    notes = load(path).provenance["notes"]
    assert {note["key"]: note["values"] for note in notes} == {
        "unknown_object": {"vocabulary": "SKTR", "count": 1, "of": 1, "words": "'SKTR99' (1)"},
        "unknown_function": {"count": 2, "of": 4, "words": "'statek kosmiczny' (2)"},
        "unknown_phase": {"count": 1, "of": 4, "words": "'latający' (1)"},
        "unknown_road": {"count": 1, "of": 1, "words": "'?' (1)"},
    }
    for lang, words in (("en", "of 2 of 4 buildings"), ("pl", "funkcja 2 z 4 budynków")):
        assert any(words in sentence for sentence in sentences(remark_frame(source_remarks({"notes": notes})), lang))


def test_every_function_that_is_translated_has_a_use():
    uses = assumptions.table("osm_building_uses")
    known = set(uses.loc[uses["key"] == "building", "value"])
    assert set(assumptions.table("bdot10k_functions")["building"]) <= known
    assert set(assumptions.table("egib_kinds")["building"]) <= known


@pytest.mark.shared
def test_functions_of_the_mapping_of_the_osm_import_are_all_known(shared_data):
    """The community's own import knows them as homes where the table does."""
    table = pd.read_csv(shared_data / "cities" / "registers" / "bdot10k_categories_to_osm_tags.csv").fillna("")
    homes = {"apartments", "house"}
    words = table[table["funkcja_szczegolowa_budynku"] != ""]
    for word, rows in words.groupby("funkcja_szczegolowa_budynku"):
        unknown = Unknown()
        building = building_tags({"przewazajacaFunkcjaBudynku": word}, unknown)["building"]
        assert building != "yes", word
        assert not unknown.counts, word
        theirs = rows["building"].value_counts().index[0]
        assert (theirs in homes) == (building in homes) or word == "leśniczówka", word


@pytest.mark.parametrize(
    ("row", "building"),
    [
        # the first of several detailed functions that belongs to the general one prevails
        ({"funOgolnaBudynku": "1122", "funSzczegolowaBudynku": ["1230.Ph", "1122.Dw"]}, "apartments"),
        ({"funOgolnaBudynku": "1230", "funSzczegolowaBudynku": "1230.Ph;1122.Dw"}, "retail"),
        ({"funOgolnaBudynku": "1274", "funSzczegolowaBudynku": "1274.Tp"}, "non_residential"),
        ({"FUNKCJAOGOLNABUDYNKU": "pozostałe budynki niemieszkalne"}, "non_residential"),
        ({"X_KOD": "BUBD09"}, "transportation"),
    ],
)
def test_the_prevailing_function_decides(row, building):
    assert building_tags(row)["building"] == building


@pytest.mark.parametrize(
    ("word", "highway"),
    [(word, highway) for word, highway in (
        ("autostrada", "motorway"), ("droga ekspresowa", "trunk"), ("droga główna ruchu przyśpieszonego", "primary"),
        ("droga główna ruchu przyspieszonego", "primary"), ("droga główna", "secondary"), ("droga zbiorcza", "tertiary"),
        ("droga lokalna", "residential"), ("droga dojazdowa", "residential"), ("droga wewnętrzna", "service"), ("droga inna", "service"),
        ("A", "motorway"), ("S", "trunk"), ("GP", "primary"), ("G", "secondary"), ("Z", "tertiary"), ("L", "residential"),
        ("D", "residential"), ("I", "service"),
    )],
)  # fmt: skip
def test_the_whole_list_of_road_classes_is_known(word, highway):
    unknown = Unknown()
    assert road_tags({"KLASADROGI": word}, unknown=unknown) == {"highway": highway}
    assert not unknown.counts


@pytest.mark.parametrize(
    ("told", "tags"), [("-1", {"tunnel": "yes", "layer": "-1"}), ("1", {"bridge": "yes", "layer": "1"}), ("0", {}), ("?", {})]
)
def test_roads_below_ground_are_tunnels_which_divide_nothing(told, tags):
    assert road_tags({"klasaDrogi": "L", "polozenie": told}) == {"highway": "residential"} | tags


# the county's package as GML -------------------------------------------------------------------------------------------------------

OLD = """<?xml version="1.0" encoding="UTF-8"?>
<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ot="urn:gugik:specyfikacje:gmlas:bazaDanychObiektowTopograficznych10k:1.0"
 xmlns:bt="urn:gugik:specyfikacje:gmlas:modelPodstawowy:1.0" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd">{members}
</gml:FeatureCollection>"""
HOUSE = """<gml:featureMember><ot:OT_BUBD_A gml:id="PL.{name}"><ot:idIIP><bt:BT_Identyfikator><bt:lokalnyId>{name}</bt:lokalnyId>
<bt:wersjaId>2018-11-27T00:00:00</bt:wersjaId></bt:BT_Identyfikator></ot:idIIP><ot:x_kod>BUBD03</ot:x_kod>
<ot:x_katIstnienia>{phase}</ot:x_katIstnienia><ot:x_skrKarto xsi:nil="true"/><ot:funOgolnaBudynku>1122</ot:funOgolnaBudynku>
<ot:funSzczegolowaBudynku>1122.Dw</ot:funSzczegolowaBudynku><ot:funSzczegolowaBudynku>1230.Ph</ot:funSzczegolowaBudynku>
<ot:liczbaKondygnacji>{storeys}</ot:liczbaKondygnacji><ot:nazwa/><ot:zabytek>true</ot:zabytek>
<ot:geometria>{shape}</ot:geometria>
<ot:EGiB><bt:BT_ReferencjaDoObiektu><bt:lokalnyId>{register}</bt:lokalnyId></bt:BT_ReferencjaDoObiektu></ot:EGiB>
</ot:OT_BUBD_A></gml:featureMember>"""
ROAD = """<gml:featureMember><ot:OT_SKJZ_L gml:id="r"><ot:klasaDrogi>L</ot:klasaDrogi><ot:geometria><gml:Curve srsName="EPSG:2180">
<gml:segments><gml:LineStringSegment><gml:posList>637000 486020 637100 486020</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>
</ot:geometria><ot:ulica>true</ot:ulica><ot:ulica3 xlink:href="PL__OT_Ulica.xml#OT_Ulica.7"/></ot:OT_SKJZ_L></gml:featureMember>"""
STREET = """<gml:featureMember><ot:OT_Ulica gml:id="OT_Ulica.7"><ot:przedrostek1>aleja</ot:przedrostek1><ot:przedrostek2>gen.</ot:przedrostek2>
<ot:nazwa1>Franciszka</ot:nazwa1><ot:nazwa2>Kleeberga</ot:nazwa2></ot:OT_Ulica></gml:featureMember>"""
# Warsaw: 21.01 E, 52.23 N; with its axes swapped it lies at 18.8 E, 53.6 N, in Poland too
EAST, NORTH = 637000, 486000


def polygon(*, east=EAST, north=NORTH, first="east", srs="EPSG:2180", size=2):
    ring = [(0, 0), (20, 0), (20, 10), (0, 10), (0, 0)]
    corners = [(east + x, north + y) if first == "east" else (north + y, east + x) for x, y in ring]
    texts = " ".join(" ".join(map(str, (*corner, 0)[:size])) for corner in corners)
    return (
        f'<gml:MultiSurface srsName="{srs}" srsDimension="{size}"><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>'
        f"<gml:posList>{texts}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>"
    )


def house(name="a", *, phase="Eks", storeys=5, register="146510_8.0614.2.50_BUD", shape=None):
    return HOUSE.format(name=name, phase=phase, storeys=storeys, register=register, shape=polygon() if shape is None else shape)


def county_package(path, *, kind):
    files = {
        "PL.PZGiK.330.1465__OT_BUBD_A.xml": OLD.format(members=house()),
        "PL.PZGiK.330.1465__OT_SKJZ_L.xml": OLD.format(members=ROAD),
        "PL.PZGiK.330.1465__OT_ULICA.xml": OLD.format(members=STREET),
        "PL.PZGiK.330.1465__OT_PTSO_A.xml": OLD.format(members=""),
        "Uzytkownik14.xml": "<a/>",
    }
    if kind == "one file":
        path = path / "county.gml"
        path.write_text(OLD.format(members=house() + ROAD + STREET), encoding="utf-8-sig")
    elif kind == "folder":
        for name, content in files.items():
            (path / "gml").mkdir(exist_ok=True)
            (path / "gml" / name).write_text(content, encoding="utf-8-sig")
    else:
        path = path / "county.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, content in files.items():
                out.writestr(f"gml/{name}", content)
    return path


@pytest.mark.parametrize("kind", ["zip", "folder", "one file"])
def test_a_package_as_gml_of_the_old_schema_is_read_packed_in_a_folder_or_as_one_file(tmp_path, kind):
    path = county_package(tmp_path, kind=kind)
    before = sorted(tmp_path.rglob("*"))
    place = load(path)
    assert told(place.footprints) == {"a": {"building": "apartments", "building:levels": "5", "building:use": "retail", "heritage": "yes"}}
    assert place.footprints.geometry["a"].equals(shapely.box(EAST, NORTH, EAST + 20, NORTH + 10))
    assert list(told(place.ways).values()) == [{"highway": "residential", "name": "aleja gen. Franciszka Kleeberga"}]
    assert place.provenance["attribution"] == "GUGiK, BDOT10k (2018-11-27)"
    assert sorted(tmp_path.rglob("*")) == before


LONG = "urn:ogc:def:crs:EPSG::2180"


@pytest.mark.parametrize(
    ("srs", "first", "register", "place", "note"),
    [
        ("EPSG:2180", "east", "", {}, None),
        (LONG, "north", "", {}, None),
        ("http://www.opengis.net/def/crs/EPSG/0/2180", "north", "", {}, None),
        # what the geoportal serves: a name that means northing first, and easting first
        (LONG, "east", "146510_8.0614.2.50_BUD", {}, "axes_east_first"),
        (LONG, "east", "", {"centre": [21.0066, 52.2231], "radius_m": 300}, "axes_east_first"),
        ("EPSG:2180", "north", "146510_8.0614.2.50_BUD", {}, "axes_north_first"),
    ],
)
def test_the_order_of_the_axes_follows_from_where_the_data_must_lie_and_is_told_where_it_breaks_the_rule(
    tmp_path, srs, first, register, place, note
):
    path = tmp_path / "x.gml"
    path.write_text(OLD.format(members=house(register=register, shape=polygon(first=first, srs=srs))), encoding="utf-8")
    read = load(path, **({"place": place} if place else {}))
    assert read.footprints.geometry["a"].equals(shapely.box(EAST, NORTH, EAST + 20, NORTH + 10))
    assert [entry["key"] for entry in read.provenance["notes"]] == ([note] if note else [])


def test_data_outside_poland_in_either_order_are_told(tmp_path):
    path = tmp_path / "x.gml"
    path.write_text(OLD.format(members=house(shape=polygon(east=2_000_000))), encoding="utf-8")
    with pytest.raises(SourceError, match=r"x\.gml lies at .*, outside Poland; check its coordinates"):
        load(path)


def test_a_place_elsewhere_is_told_with_where_the_data_lie(tmp_path):
    path = county_package(tmp_path, kind="zip")
    with pytest.raises(SourceError, match=r"no buildings inside the boundary; the data reach from 21\.00\d, 52\.22\d"):
        load(path, place={"centre": [17.03, 51.11], "radius_m": 300})


def test_every_building_is_drawn_or_set_aside_with_a_reason(tmp_path):
    shapes = {name: polygon(east=EAST + 30 * number) for number, name in enumerate("abcd")}
    line = '<gml:Polygon srsName="EPSG:2180"><gml:exterior><gml:LinearRing><gml:posList>637000 486000 637010 486000 637000 486000</gml:posList>'
    shapes |= {"e": f"{line}</gml:LinearRing></gml:exterior></gml:Polygon>", "f": ""}
    phases = {"b": "Bud", "c": "Zns", "d": "Ncn"}
    members = [house(name, phase=phases.get(name, "Eks"), shape=shape) for name, shape in shapes.items()]
    path = tmp_path / "OT_BUBD_A.xml"
    path.write_text(OLD.format(members="".join(members)), encoding="utf-8")
    study = Study(name="x", title="X", sources={"buildings": "bdot10k", "files": [path]})
    place = load_place(study, Path("unused"))
    drawn, aside = clean_footprints(place.footprints, study)
    assert set(drawn.index) == {"a", "d"}
    assert dict(zip(aside["object_id"], aside["reason"], strict=True)) == {"b": "not_standing", "c": "not_standing"}
    assert dict(zip(place.rejected["object_id"], place.rejected["reason"], strict=True)) == {"e": "no_geometry", "f": "no_geometry"}
    assert place.provenance["objects"]["BUBD"] == len(drawn) + len(aside) + len(place.rejected) == 6


def test_ids_that_stand_twice_lose_no_building(tmp_path):
    path = tmp_path / "OT_BUBD_A.xml"
    path.write_text(OLD.format(members=house("a") + house("a", storeys=7, shape=polygon(east=EAST + 50))), encoding="utf-8")
    assert {name: tags["building:levels"] for name, tags in told(load(path).footprints).items()} == {"a": "5", "a#2": "7"}


def test_curved_edges_give_no_shape_rather_than_a_wrong_one(tmp_path):
    arc = (
        '<gml:Surface srsName="EPSG:2180"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>'
    )
    arc += "<gml:Arc><gml:posList>637000 486000 637010 486010 637020 486000</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember>"
    arc += "</gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>"
    path = tmp_path / "OT_BUBD_A.xml"
    path.write_text(OLD.format(members=house("a") + house("b", shape=arc)), encoding="utf-8")
    assert load(path).rejected["object_id"].tolist() == ["b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares a document type"),
        (b"<html><body>busy</body></html>", "is a web page, not GML"),
        (b"<ExceptionReport><a/></ExceptionReport>", "is a server's refusal"),
        (OLD.format(members=house()).encode()[:900], "is not whole GML"),
        (b"", "is not whole GML"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_no_gml_is_told_in_one_sentence(tmp_path, content, said, packed):
    path = tmp_path / "OT_BUBD_A.xml"
    path.write_bytes(content)
    if packed:
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
            out.write(path, path.name)
        path = tmp_path / "x.zip"
    with pytest.raises(SourceError, match=said) as error:
        load(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [("readme.txt", "holds no GML or GeoPackage named for a class"), ("1465_GML.zip", "It holds other packages: unpack it")],
)
def test_a_package_without_any_class_is_told(tmp_path, name, said):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr(name, "x")
    with pytest.raises(SourceError, match=said):
        load(path)


def test_what_is_no_zip_is_told(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK no zip")
    with pytest.raises(SourceError, match=r"x\.zip is damaged or no ZIP package"):
        load(path)


def test_a_county_whose_package_is_damaged_is_not_frozen(osm, county, tmp_path):
    content = bytearray(osm.files[URL])
    content[200:260] = b"\xff" * 60
    osm.files[URL] = bytes(content)
    with pytest.raises(SourceError, match="sent no whole ZIP package"):
        load_place(county(), tmp_path / "raw")
    assert not (tmp_path / "raw" / "x" / "bdot10k" / "package.zip").exists()


def test_streets_of_a_file_of_their_own_stand_instead_of_those_of_the_package(tmp_path):
    path = county_package(tmp_path, kind="zip")
    street = gpd.GeoDataFrame({"KLASADROGI": ["Z"]}, geometry=[shapely.LineString([(EAST, NORTH), (EAST + 20, NORTH)])], crs=2180)
    street.to_file(tmp_path / "roads.gpkg")
    assert list(told(load(path, streets_files=[tmp_path / "roads.gpkg"]).ways).values()) == [{"highway": "tertiary"}]


@RUNS
@given(content=damaged(OLD.format(members=house() + ROAD + STREET).encode()))
def test_damaged_gml_is_read_or_told(tmp_path, content):
    path = tmp_path / "OT_BUBD_A.xml"
    path.write_bytes(content)
    with contextlib.suppress(SourceError):
        load(path)
    assert [file.name for file in tmp_path.iterdir()] == ["OT_BUBD_A.xml"]


@RUNS
@given(data=st.data())
def test_damaged_packages_are_read_or_told(tmp_path, data):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("gml/PL.PZGiK.330.1465__OT_BUBD_A.xml", OLD.format(members=house()))
    path = tmp_path / "x.zip"
    path.write_bytes(data.draw(damaged(packed.getvalue())))
    with contextlib.suppress(SourceError):
        load(path)


# real files ---------------------------------------------------------------------------------------------------------------------------

WARSAW = "cities/registers/PL.PZGiK.330.1465_BDOT10k_GML_warszawa-srodmiescie_2020.zip"


@pytest.fixture(scope="module")
def warsaw(shared_data):
    return load(shared_data / WARSAW)


@pytest.mark.shared
def test_warsaw_centre_is_read_whole_from_gml(warsaw):
    """Counts of the README of the data, and of the elements in the files."""
    tags = list(told(warsaw.footprints).values())
    assert len(tags) == 4_930
    assert sum("building:levels" in tag for tag in tags) == 4_894
    assert sum(tag["building"] == "construction" for tag in tags) == 18
    assert sum(tag["building"] == "destroyed" for tag in tags) == 1
    assert sum(tag.get("abandoned") == "yes" for tag in tags) == 34
    assert sum(tag.get("heritage") == "yes" for tag in tags) == 2_155
    assert not any(tag["building"] == "yes" for tag in tags)
    expected = {"BUBD": 4_930, "SKJZ": 2_775, "SKRP": 4_384, "SKTR": 150, "PTZB": 651, "PTLZ": 89, "OIPR": 2_289 + 275}
    assert {code: warsaw.provenance["objects"][code] for code in expected} == expected
    assert warsaw.provenance["notes"] == []
    # the only two rings of two corners in the files; the buildings' reasons come from their phase
    assert warsaw.rejected[["layer", "reason"]].to_numpy().tolist() == [["areas", "no_geometry"]] * 2


@pytest.mark.shared
def test_warsaw_centre_lies_in_warsaw_and_bears_its_names(warsaw):
    west, south, east, north = warsaw.footprints.to_crs(4326).total_bounds
    assert 20.98 < west < east < 21.07
    assert 52.20 < south < north < 52.27
    ways = list(told(warsaw.ways).values())
    assert {"Marszałkowska", "Aleje Jerozolimskie", "aleja Jana Pawła II", "Krakowskie Przedmieście"} <= {way.get("name") for way in ways}
    streets = warsaw.ways.assign(name=[way.get("name", "") for way in ways])
    castle = gpd.GeoSeries([shapely.Point(21.0138, 52.2480)], crs=4326).to_crs(streets.crs).iloc[0]
    assert streets[streets["name"] == "Plac Zamkowy"].distance(castle).min() < 100.0
    assert {way.get("railway") for way in ways} >= {"rail", "tram", "subway"}


@pytest.mark.shared
def test_land_cover_of_warsaw_tiles_the_ground_without_gap_or_overlap(warsaw):
    """BDOT10k's own rule: classes PT cover all ground once."""
    cover = warsaw.areas[warsaw.areas.index.str.startswith("PT")]
    middle = shapely.box(637_200, 485_500, 638_500, 487_300)
    shapes = shapely.intersection(shapely.make_valid(cover.geometry.to_numpy()), middle)
    assert shapely.area(shapely.union_all(shapes)) / middle.area == pytest.approx(1.0, abs=0.002)
    assert shapely.area(shapes).sum() / middle.area == pytest.approx(1.0, abs=0.002)


@pytest.mark.shared
def test_only_the_surroundings_of_the_place_are_kept(shared_data, warsaw):
    near = load(shared_data / WARSAW, place={"centre": [21.0155, 52.2225], "radius_m": 200})
    inside = warsaw.footprints.to_crs(2178)
    middle = gpd.GeoSeries([shapely.Point(21.0155, 52.2225)], crs=4326).to_crs(2178).iloc[0]
    expected = inside.index[inside.distance(middle) < 399.0]
    assert set(expected) <= set(near.footprints.index)
    assert len(near.footprints) <= (inside.distance(middle) < 401.0).sum()
    assert near.provenance["objects"] == warsaw.provenance["objects"]


@pytest.mark.shared
def test_swietochlowice_is_read_whole(shared_data):
    place = load(shared_data / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg")
    tags = [json.loads(text) for text in place.footprints["tags"]]
    assert len(tags) == 3_505
    assert all("building:levels" in tag for tag in tags)
    assert sum(tag["building"] == "construction" for tag in tags) == 53
    assert sum(tag["building"] == "destroyed" for tag in tags) == 7
    assert sum(tag.get("abandoned") == "yes" for tag in tags) == 12
    assert place.rejected.empty


@pytest.fixture(scope="module")
def konstytucji(shared_data, tmp_path_factory):
    """Layers of 200 m around plac Konstytucji in Warsaw, up to the walking reach and the shade of trees."""
    study = parse_study((REAL / "warszawa-srodmiescie.toml").read_text(encoding="utf-8"), name="warszawa", folder=REAL)
    root = tmp_path_factory.mktemp("warsaw")
    place = load_place(study, root)
    site, layers, _ = inputs(study, place, root, refresh=False)
    steps = tuple(step for step in STEPS if step.name in {"buildings", "check", "streets", "blocks", "access"})
    found = run_steps(steps, study, site, layers, store=None)
    return {**found, "trees": tree_crowns(found["points_of_interest"], found["ways"], found["areas"], found["buildings"], study)}


@pytest.mark.shared
def test_a_district_of_the_gml_package_has_its_real_buildings_streets_stops_and_trees(konstytucji):
    buildings = konstytucji["buildings"][konstytucji["buildings"]["in_district"]]
    assert len(buildings) > 50
    # 36 of 4,930 buildings have no storeys in the register, and all have a function
    assert (buildings["storeys_above_ground_source"] == "bdot10k").mean() > 0.95
    assert (buildings["use_source"] == "bdot10k").mean() > 0.95
    # MDM, the quarter of 1952: flats of six and seven storeys
    flats = buildings[buildings["use"] == "residential_multi"]
    assert flats["storeys_above_ground"].median() in {6.0, 7.0}
    assert konstytucji["blocks"]["street_name"].ne("").all()
    assert {"Marszałkowska", "Koszykowa"} <= set(konstytucji["streets"]["name"])
    assert konstytucji["blocks"]["parking_area_m2"].sum() > 1_000
    walked = konstytucji["access"].filter(like="stop_walk_m").dropna()
    assert (walked.to_numpy() < 500.0).all()
    assert {"tree", "tree_row"} <= set(konstytucji["trees"]["kind"])
    assert konstytucji["remarks"].empty


@pytest.mark.slow
@pytest.mark.shared
def test_the_whole_way_from_the_gml_package_to_the_report(shared_data, tmp_path, without_pango):
    text = (REAL / "warszawa-srodmiescie.toml").read_text(encoding="utf-8").replace("radius_m = 200", "radius_m = 90")
    run = report(parse_study(text, name="warszawa", folder=REAL), tmp_path)
    assert run.results.layers["buildings"]["in_district"].sum() >= 5
    for end, licence in (("report", "otwarte dane GUGiK, wolno z nich korzystać"), ("report.en", "open data of GUGiK, free reuse")):
        words = (tmp_path / "maps" / f"warszawa-{end}.html").read_text(encoding="utf-8")
        assert "GUGiK, BDOT10k (2019-04-30)" in words
        assert licence in words
    manifest = json.loads((tmp_path / "data" / "processed" / "warszawa" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["place"]["objects"]["BUBD"] == 4_930
    assert [record["name"] for record in manifest["inputs"]["place"]["files"]] == [Path(WARSAW).name]
