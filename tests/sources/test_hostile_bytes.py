"""Every parser against damaged and invented input: an answer or a `SourceError`, nothing else, and no file outside its folder."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ped_geo.errors import SourceError
from ped_geo.sources._overpass import check_overpass, overpass_elements
from ped_geo.sources.citygml import read_citygml
from ped_geo.sources.footprints_file import BUILDING_LAYERS, as_layer, read_vector
from ped_geo.sources.osm_file import read_osm
from tests.servers import hamlet_elements, osm_xml

# PED_GEO_FUZZ=1000 runs each parser a thousand times
RUNS = settings(
    max_examples=int(os.environ.get("PED_GEO_FUZZ", "40")), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

OSM = osm_xml(hamlet_elements())
GML = b"""<?xml version="1.0"?><core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
 xmlns:bldg="http://www.opengis.net/citygml/building/2.0"><gml:boundedBy><gml:Envelope srsName="EPSG:2180"/></gml:boundedBy>
<core:cityObjectMember><bldg:Building gml:id="a"><bldg:roofType>1030</bldg:roofType><bldg:boundedBy><bldg:RoofSurface><gml:Polygon>
<gml:exterior><gml:LinearRing><gml:posList>567000 246000 5 567010 246000 5 567010 246010 8 567000 246010 8 567000 246000 5</gml:posList>
</gml:LinearRing></gml:exterior></gml:Polygon></bldg:RoofSurface></bldg:boundedBy></bldg:Building></core:cityObjectMember></core:CityModel>"""
JSON = json.dumps({"elements": hamlet_elements()}).encode()
TEXTS = [
    b"<",
    b">",
    b"&x;",
    b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
    b"\0",
    b"\xff",
    b"9" * 400,
    b"NaN",
    b"-1e309",
    b"]]>",
    b'"',
    b"{",
    b"[" * 999,
]


@st.composite
def damaged(draw, whole):
    """A whole file with a few bytes cut, doubled, turned or put in."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(["cut", "double", "turn", "insert", "end"])):
            case "cut":
                del content[at : at + length]
            case "double":
                content[at:at] = content[at : at + length]
            case "turn" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                content[at:at] = draw(st.sampled_from(TEXTS) | st.binary(max_size=8))
            case "end":
                del content[at:]
    return bytes(content)


def survives(read, path, content):
    path.write_bytes(content)
    before = sorted(path.parent.rglob("*"))
    message = ""
    try:
        read(path)
    except SourceError as error:
        message = str(error)
    assert "\n" not in message
    assert len(message) < 700
    assert sorted(path.parent.rglob("*")) == before


@RUNS
@given(content=damaged(OSM))
def test_damaged_osm_xml(tmp_path, content):
    survives(read_osm, tmp_path / "x.osm", content)


@RUNS
@given(content=damaged(gzip.compress(OSM, mtime=0)))
def test_damaged_packed_osm(tmp_path, content):
    survives(read_osm, tmp_path / "x.osm.gz", content)


@RUNS
@given(content=damaged(JSON))
def test_damaged_overpass_answer(tmp_path, content):
    survives(read_osm, tmp_path / "x.json", content)


@RUNS
@given(content=damaged(GML))
def test_damaged_citygml(tmp_path, content):
    survives(read_citygml, tmp_path / "x.gml", content)


@pytest.fixture(scope="module")
def hamlet_pbf(tmp_path_factory):
    osmium = pytest.importorskip("osmium")
    folder = tmp_path_factory.mktemp("pbf")
    (folder / "x.osm").write_bytes(OSM)
    with osmium.SimpleWriter(str(folder / "x.osm.pbf")) as writer:
        for item in osmium.FileProcessor(str(folder / "x.osm")):
            writer.add(item)
    return (folder / "x.osm.pbf").read_bytes()


@RUNS
@given(data=st.data())
def test_damaged_pbf(tmp_path, hamlet_pbf, data):
    survives(read_osm, tmp_path / "x.osm.pbf", data.draw(damaged(hamlet_pbf)))


def geojson():
    frame = gpd.GeoDataFrame({"levels": ["2"], "name": ["a"]}, geometry=[shapely.box(20, 50, 20.001, 50.001)], crs=4326)
    return frame.to_json().encode()


@RUNS
@given(content=damaged(geojson()))
def test_damaged_geojson(tmp_path, content):
    def read(path: Path) -> None:
        as_layer(read_vector(path, BUILDING_LAYERS), source="file", index="building_id", default={"building": "yes"})

    survives(read, tmp_path / "x.geojson", content)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
THINGS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
ELEMENT = st.fixed_dictionaries(
    {"type": st.sampled_from(["node", "way", "relation", "area"]) | THINGS},
    optional={"id": st.integers(-5, 1 << 70) | THINGS, "lat": st.floats() | THINGS, "lon": st.floats() | THINGS}
    | {"nodes": st.lists(st.integers()) | THINGS, "members": THINGS, "tags": st.dictionaries(st.text(), st.text()) | THINGS},
)


@settings(max_examples=300, deadline=None)
@given(elements=st.lists(ELEMENT | THINGS, max_size=4))
def test_invented_overpass_elements_are_refused_or_become_xml(elements):
    from lxml import etree

    try:
        content = json.dumps({"elements": elements}).encode()
        check_overpass(content)
    except SourceError:
        return
    root = etree.fromstring(osm_xml(overpass_elements(content)))
    assert {child.tag for child in root} <= {"node", "way", "relation"}


@pytest.mark.parametrize("key", ["osm_id", "osm_way_id", "all_tags", "fid", "ogc_fid", "geometry", "area"])
def test_tags_named_like_the_readers_own_columns_change_no_id(tmp_path, key):
    elements = hamlet_elements()
    for element in elements:
        if element.get("tags"):
            element["tags"] = element["tags"] | {key: "102"}
    path = tmp_path / "x.osm"
    path.write_bytes(osm_xml(elements))
    layers, lost = read_osm(path)
    assert list(layers["footprints"].index) == ["relation/201", "way/101", "way/102", "way/103", "way/104"]
    assert list(layers["ways"].index) == ["way/121", "way/122"]
    assert lost.empty


@settings(max_examples=50, deadline=None)
@given(tags=st.dictionaries(st.text(min_size=1, max_size=30), st.text(max_size=60), max_size=5))
def test_tags_come_back_as_they_were_sent_but_for_what_xml_cannot_hold(tmp_path_factory, tags):
    def plain(text):
        return "".join(
            letter
            for letter in text
            if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff" and not "\ud800" <= letter <= "\udfff")
        )

    elements = hamlet_elements()
    slab = next(element for element in elements if element["id"] == 101)
    slab["tags"] = {"building": "yes"} | tags
    path = tmp_path_factory.mktemp("t") / "x.osm"
    path.write_bytes(osm_xml(elements))
    found = json.loads(read_osm(path)[0]["footprints"]["tags"]["way/101"])
    for key, value in tags.items():
        if plain(key) == key:
            assert found.get(key) == plain(value)
