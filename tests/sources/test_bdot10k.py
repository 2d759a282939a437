"""Buildings and roads of the national topographic database: both schemas, GML and packages fetched by county."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources.bdot10k import building_tags, road_tags, unpack, watercourse_tags
from ped_geo.streets import barriers
from ped_geo.study import Study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE

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


def load(path, **more):
    return load_place(Study(name="x", title="X", sources={"buildings": "bdot10k", "files": [path]} | more), Path("unused"))


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
    assert watercourse_tags(row, code) == {"waterway": waterway}


def test_a_further_file_of_no_known_class_is_told(tmp_path):
    (tmp_path / "b.gml").write_bytes(gml())
    cover(tmp_path / "x.gpkg", "OT_SULN_L", shapely.box(0, 0, 1, 1))
    sources = {"buildings": "bdot10k", "files": [tmp_path / "b.gml", tmp_path / "x.gpkg"]}
    with pytest.raises(SourceError, match=r"x\.gpkg holds no class of BDOT10k that is read besides BUBD: PTLZ, PTWP"):
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
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("../../evil_BUBD.gpkg", b"x")
    path = unpack(packed.getvalue(), "BUBD", tmp_path)
    assert path == tmp_path / "BUBD.gpkg"
    assert [file.name for file in tmp_path.iterdir()] == ["BUBD.gpkg"]


def test_a_packed_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ped_geo.sources.bdot10k.LARGEST_MEMBER", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("BUBD.gpkg", b"\0" * (8 << 20))
    with pytest.raises(SourceError, match="unpacks to more than"):
        unpack(packed.getvalue(), "BUBD", tmp_path)


def test_a_damaged_member_is_told(tmp_path):
    content = bytearray(package(folder=tmp_path))
    content[200:260] = b"\xff" * 60
    with pytest.raises(SourceError, match="is damaged"):
        unpack(bytes(content), "BUBD", tmp_path)


@pytest.mark.parametrize("teryt", ["12", "12611", "../1", "126a"])
def test_a_county_code_has_four_digits(teryt):
    with pytest.raises(ValueError, match="teryt"):
        Study(name="x", sources={"teryt": teryt})


@pytest.mark.shared
def test_swietochlowice_is_read_whole(shared_data):
    place = load(shared_data / "swietochlowice_bdot10k" / "swietochlowice_bdot10k.gpkg")
    tags = [json.loads(text) for text in place.footprints["tags"]]
    assert len(tags) == 3_505
    assert all("building:levels" in tag for tag in tags)
    assert sum(tag["building"] == "construction" for tag in tags) == 53
    assert sum(tag["building"] == "destroyed" for tag in tags) == 7
    assert sum(tag.get("abandoned") == "yes" for tag in tags) == 12
    assert place.set_aside.empty
