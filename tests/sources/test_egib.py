"""Buildings of the land and building register: attributes under the names that counties give them, alone and as second source."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ped_geo.buildings import build_buildings
from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources.egib import egib_tags
from ped_geo.study import Study

X, Y = 567_000.0, 246_000.0


def register(path, **columns):
    count = len(next(iter(columns.values())))
    shapes = [shapely.box(X + 30 * i, Y, X + 30 * i + 20, Y + 10) for i in range(count)]
    gpd.GeoDataFrame(columns, geometry=shapes, crs=2180).to_file(path, layer="budynki", driver="GPKG")
    return path


def load(path, **more):
    return load_place(Study(name="x", title="X", sources={"buildings": "egib", "files": [path]} | more), Path("unused"))


@pytest.mark.parametrize(
    "names",
    [("ID_BUDYNKU", "RODZAJ", "KONDYGNACJE_NADZIEMNE"), ("idBudynku", "rodzajWgKST", "liczbaKondygnacjiNadziemnych")],
)
def test_kind_storeys_and_id_are_found_under_the_countys_names(tmp_path, names):
    rows = (["126101_1.0001.7_BUD", "126101_1.0001.8_BUD"], ["m", "b"], [5, 0])
    place = load(register(tmp_path / "e.gpkg", **dict(zip(names, rows, strict=True))))
    assert {name: json.loads(text) for name, text in place.footprints["tags"].items()} == {
        "126101_1.0001.7_BUD": {"building": "residential", "building:levels": "5"},
        "126101_1.0001.8_BUD": {"building": "office"},
    }
    assert set(place.footprints["source"]) == {"egib"}


def test_as_second_source_its_storeys_win_over_those_of_the_map(tmp_path):
    first = tmp_path / "first.gpkg"
    shape = [shapely.box(X + 1, Y, X + 21, Y + 10)]
    gpd.GeoDataFrame({"id": ["a"], "liczba_kondygnacji": [3], "funkcja_ogolna": ["office_buildings"]}, geometry=shape, crs=2180).to_file(
        first, layer="OT_BUBD_A"
    )
    second = register(tmp_path / "e.gpkg", ID_BUDYNKU=["e1"], RODZAJ=["m"], KONDYGNACJE_NADZIEMNE=[4])
    sources = {"buildings": "bdot10k", "files": [first], "second": "egib", "second_files": [second]}
    place = load_place(Study(name="x", title="X", sources=sources), Path("unused"))
    # the cadastre stands before the topographic database in the table of precedence, for storeys and for the kind
    assert json.loads(place.footprints["tags"]["a"]) == {"building": "residential", "building:levels": "4"}
    assert json.loads(place.footprints["tag_sources"]["a"]) == {"building": "egib", "building:levels": "egib"}
    assert place.conflation["state"].tolist() == ["matched"]


def test_no_file_is_told():
    with pytest.raises(SourceError, match="source 'egib' needs files of the register"):
        load_place(Study(name="x", title="X", sources={"buildings": "egib"}), Path("unused"))


# the first draw of texts makes tables of letters, which takes seconds on a busy machine
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    row=st.dictionaries(
        st.sampled_from(["RODZAJ", "rodzaj", "KONDYGNACJE_NADZIEMNE", "x"]), st.none() | st.integers() | st.floats() | st.text(max_size=20)
    )
)
def test_any_row_becomes_tags_of_text(row):
    assert all(isinstance(text, str) for text in egib_tags(row).values())


# answers of real servers, with what a look at their text tells: the first building's id, storeys and use, and where the town stands
ANSWERS = [
    ("boleslawiec_0201_epsg2180.gml", 1, "020101_1.0009.522_BUD", {"building": "office"}, (15.568, 51.262)),
    (
        "pruszkow_1421_3.gml",
        3,
        "142104_2.0013.628/16.1_BUD",
        {"building": "non_residential", "building:levels": "3"},
        (20.8595, 52.1691),
    ),
    ("warszawa_1465_10.gml", 10, "146510_8.0501.173_BUD", {"building": "office", "building:levels": "12"}, (21.011, 52.228)),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count", "building", "tags", "where"), ANSWERS)
def test_answers_of_real_servers_lie_in_their_towns_with_their_storeys_and_uses(shared_data, name, count, building, tags, where):
    place = load(shared_data / "cities" / "registers" / name)
    assert len(place.footprints) == count
    assert json.loads(place.footprints["tags"][building]) == tags
    middle = place.footprints.to_crs(4326).geometry[building].centroid
    assert (middle.x, middle.y) == pytest.approx(where, abs=0.001)
    assert place.provenance["notes"] == []
    assert place.provenance["attribution"].startswith("EGiB (202")


ANSWER = """<?xml version="1.0" encoding="utf-8"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"
 xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:egib="https://127.0.0.1/egib" timeStamp="2026-05-02T21:42:42Z"><wfs:member>
<egib:budynki gml:id="budynki.1"><egib:ID_BUDYNKU>246901_1.0002.AR_55.6.18_BUD
 </egib:ID_BUDYNKU><egib:KONDYGNACJE_NADZIEMNE>{storeys}
 </egib:KONDYGNACJE_NADZIEMNE><egib:RODZAJ>{kind}</egib:RODZAJ><egib:SHAPE><gml:MultiSurface srsName="{srs}" srsDimension="{size}">
<gml:surfaceMember><gml:Polygon srsDimension="{size}"><gml:exterior><gml:LinearRing><gml:posList>{corners}</gml:posList></gml:LinearRing>
</gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></egib:SHAPE></egib:budynki></wfs:member></wfs:FeatureCollection>"""
# Katowice, zone 6 of PL-2000: northing first, with heights
KATOWICE = "5569169 6573323 0 5569154 6573321 0 5569158 6573281 0 5569173 6573283 0 5569169 6573323 0"


def answer(path, *, kind="z", storeys="2", srs="urn:ogc:def:crs:EPSG::2177", corners=KATOWICE, size=3):
    path.write_text(ANSWER.format(kind=kind, storeys=storeys, srs=srs, corners=corners, size=size), encoding="utf-8")
    return path


def test_a_zone_of_pl_2000_with_heights_lies_in_katowice(tmp_path):
    place = load(answer(tmp_path / "e.gml"))
    # blanks and line ends around the values belong to nothing
    assert place.footprints["tags"].to_dict() == {"246901_1.0002.AR_55.6.18_BUD": '{"building": "hospital", "building:levels": "2"}'}
    middle = place.footprints.to_crs(4326).geometry.iloc[0].centroid
    assert (middle.x, middle.y) == pytest.approx((19.0279, 50.2539), abs=0.001)
    assert not place.footprints.has_z.any()
    assert [path.name for path in tmp_path.iterdir()] == ["e.gml"]


def test_longitude_first_under_a_name_that_means_latitude_first_is_told(tmp_path):
    corners = "20.859 52.168 20.860 52.168 20.860 52.169 20.859 52.169 20.859 52.168"
    place = load(answer(tmp_path / "e.gml", srs="urn:ogc:def:crs:EPSG::4326", corners=corners, size=2))
    assert place.footprints.total_bounds.tolist() == pytest.approx([20.859, 52.168, 20.860, 52.169])
    assert [note["key"] for note in place.provenance["notes"]] == ["axes_east_first"]


@pytest.mark.parametrize(
    ("word", "building"),
    [
        ("m", "residential"),
        ("M", "residential"),
        ("mj", "residential"),
        ("m2.", "residential"),
        ("m - budynki mieszkalne (110)", "residential"),
        ("budynki mieszkalne", "residential"),
        ("mieszkalny", "residential"),
        ("110", "residential"),
        ("budynki oświaty, nauki i kultury oraz budynki sportowe", "school"),
        ("produkcyjnyUslugowyIGospodarczy", "outbuilding"),
        ("handlowoUslugowy", "commercial"),
        ("pozostałe budynki niemieszkalne", "non_residential"),
        ("ognioodporny", "yes"),
        ("x", "yes"),
        ("", "yes"),
        (None, "yes"),
    ],
)
def test_each_way_of_writing_a_kind_is_known(word, building):
    assert egib_tags({"RODZAJ": word})["building"] == building


def test_a_kind_that_says_nothing_of_the_use_gives_way_to_the_function_and_unknown_ones_are_counted(tmp_path):
    # RODZAJ of some counties is the fire class of the walls
    assert egib_tags({"FUNKCJA": "b", "RODZAJ": "ognioodporny"})["building"] == "office"
    place = load(register(tmp_path / "e.gpkg", ID_BUDYNKU=["a", "b", "c"], RODZAJ=["ognioodporny", None, "m"]))
    assert place.provenance["notes"] == [{"key": "unknown_kind", "values": {"count": 1, "of": 3, "words": "'ognioodporny' (1)"}}]


def test_storeys_that_a_server_may_not_tell_are_no_number_and_told(tmp_path):
    place = load(answer(tmp_path / "e.gml", storeys="brak uprawnień"))
    study = Study(name="x", title="X", sources={"buildings": "egib", "files": [tmp_path / "e.gml"]})
    layers = {name: getattr(place, name).to_crs(2177) for name in ("footprints", "boundary", "areas", "points_of_interest")}
    buildings, *_ = build_buildings(layers["footprints"], layers["boundary"], layers["areas"], layers["points_of_interest"], study)
    assert "levels_unreadable" in buildings["flags"].iloc[0]
    assert buildings["storeys_above_ground_source"].iloc[0].startswith("inferred")


def test_a_file_without_any_attribute_of_the_register_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"e\.gpkg has none of the attributes of EGiB \(it has pole\)"):
        load(register(tmp_path / "e.gpkg", pole=[1, 2]))


def test_a_servers_refusal_and_an_empty_answer_are_told(tmp_path):
    path = tmp_path / "e.gml"
    path.write_text("<ExceptionReport><Exception/></ExceptionReport>")
    with pytest.raises(SourceError, match="is a server's refusal, not data"):
        load(path)
    path.write_text('<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"/>')
    with pytest.raises(SourceError, match=r"e\.gml holds no buildings\."):
        load(path)
