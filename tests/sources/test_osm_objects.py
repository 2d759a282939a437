"""OpenStreetMap as people send it: cut extracts, old relations, editors' files, answers with geometry; every building drawn or named."""

from __future__ import annotations

import gzip
import json

import geopandas as gpd
import pytest
import shapely

from ped_geo.errors import SourceError
from ped_geo.language.place import lost_notes
from ped_geo.sources import load_place
from ped_geo.sources._boundary import given_boundary
from ped_geo.sources.osm_file import read_answers, read_osm, state_of
from ped_geo.study import Study
from tests.servers import hamlet_elements, osm_xml

STEP = 1e-4


def square(first, x, y, side=2):
    """Four corners as nodes on a grid of 0.0001 degrees."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return [
        {"type": "node", "id": first + i, "lat": round(50.09 + v * STEP, 7), "lon": round(20.0 + u * STEP, 7)}
        for i, (u, v) in enumerate(corners)
    ]


def way(number, nodes, **tags):
    return {"type": "way", "id": number, "nodes": nodes, "tags": {key.replace("__", ":"): value for key, value in tags.items()}}


def ring(first):
    return [first, first + 1, first + 2, first + 3, first]


def test_the_head_of_an_extract_tells_the_day_of_its_map(tmp_path):
    """As extracts of Geofabrik, answers of Overpass in both formats and files of the editor have it."""
    import osmium

    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2026-03-01T21:20:55Z")
    dated, plain = tmp_path / "dated.osm.pbf", tmp_path / "plain.osm.pbf"
    osmium.SimpleWriter(str(dated), header=header).close()
    osmium.SimpleWriter(str(plain)).close()
    assert (state_of(dated), state_of(plain)) == ("2026-03-01T21:20:55Z", "")
    words = {
        "a.osm": '<osm version="0.6"><note>x</note><meta osm_base="2025-11-30T10:00:00Z"/></osm>',
        "a.json": '{"osm3s": {"timestamp_osm_base": "2025-11-30T10:00:00Z"}, "elements": []}',
        "b.osm": '<osm version="0.6" generator="JOSM"></osm>',
        "b.osm.pbf": "<osm/>",
    }
    for name, said in words.items():
        (tmp_path / name).write_text(said, encoding="utf-8")
        assert state_of(tmp_path / name) == ("2025-11-30T10:00:00Z" if name.startswith("a") else ""), name
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(words["a.osm"].encode()))
    assert state_of(tmp_path / "a.osm.gz") == "2025-11-30T10:00:00Z"


def relation(number, members, **tags):
    parts = [{"type": "way", "ref": ref, "role": role} for ref, role in members]
    return {"type": "relation", "id": number, "members": parts, "tags": {"type": "multipolygon"} | tags}


def as_pbf(path):
    import osmium

    other = path.with_suffix(".osm.pbf")
    with osmium.SimpleWriter(str(other), overwrite=True) as writer:
        for item in osmium.FileProcessor(str(path)):
            writer.add(item)
    return other


@pytest.fixture(params=["xml", "pbf", "answer"])
def read(request, tmp_path):
    """The same elements by each of the three ways in."""

    def reading(elements):
        if request.param == "answer":
            return read_answers([json.dumps({"elements": elements}).encode()])
        path = tmp_path / "x.osm"
        path.write_bytes(osm_xml(elements))
        return read_osm(as_pbf(path) if request.param == "pbf" else path)

    return reading


def reasons(lost):
    return dict(zip(lost["object_id"], lost["reason"], strict=True))


def cells(shape):
    return round(shape.area / STEP**2, 6)


def test_a_building_with_a_missing_corner_is_named_and_not_drawn(read):
    elements = [
        *square(1, 0, 0),
        *square(11, 5, 5),
        way(101, ring(1), building="yes"),
        way(102, [11, 12, 99, 13, 14, 11], building="yes"),
    ]
    layers, lost = read(elements)
    assert list(layers["footprints"].index) == ["way/101"]
    assert reasons(lost) == {"way/102": "incomplete"}


def test_what_is_not_drawn_is_told_by_name_in_both_languages(read):
    elements = [*square(1, 0, 0), *square(11, 5, 5), way(101, ring(1), building="yes")]
    _, lost = read([*elements, *(way(110 + i, [11, 12, 99, 13, 11], building="yes") for i in range(7))])
    en, pl = (lost_notes(lost, lang) for lang in ("en", "pl"))
    reason = "nodes or members of its outline are missing"
    assert en == [f"Buildings of the input that are not drawn: 7 ({reason}): way/110, way/111, way/112, way/113, way/114 + 2."]
    assert pl[0].startswith("Budynki z danych wejściowych, których nie narysowano: 7")


@pytest.mark.parametrize("role", ["outer", "inner"])
def test_a_building_relation_with_a_missing_member_is_named(read, role):
    elements = [*square(1, 0, 0, 6), way(101, ring(1)), relation(201, [(101, "outer"), (999, role)], building="yes")]
    layers, lost = read([*elements, *square(11, 20, 20), way(102, ring(11), building="yes")])
    assert list(layers["footprints"].index) == ["way/102"]
    assert reasons(lost) == {"relation/201": "incomplete"}


def test_the_building_of_an_old_relation_is_drawn_once_with_its_court_and_its_tags(read):
    elements = [
        *square(1, 0, 0, 6),
        *square(11, 2, 2, 2),
        way(101, ring(1), building="yes", building__levels="4"),
        way(102, ring(11)),
        relation(201, [(101, "outer"), (102, "inner")], name="Palace"),
    ]
    layers, lost = read(elements)
    assert list(layers["footprints"].index) == ["way/101"]
    assert cells(layers["footprints"].geometry["way/101"]) == 32
    assert json.loads(layers["footprints"].tags["way/101"]) == {"building": "yes", "building:levels": "4", "name": "Palace"}
    assert lost.empty


def test_an_outline_of_several_tagged_ways_is_drawn_with_its_relation(read):
    elements = [
        *square(1, 0, 0, 6),
        way(101, [1, 2, 3], building="yes", building__levels="4"),
        way(102, [3, 4, 1], building="yes", building__levels="4"),
        relation(201, [(101, "outer"), (102, "outer")], name="Palace"),
    ]
    layers, lost = read(elements)
    assert list(layers["footprints"].index) == ["relation/201"]
    assert cells(layers["footprints"].geometry["relation/201"]) == 36
    assert json.loads(layers["footprints"].tags["relation/201"])["building:levels"] == "4"
    assert reasons(lost) == {"way/101": "in_relation", "way/102": "in_relation"}


def test_a_building_on_the_edge_of_a_wood_keeps_its_own_shape(read):
    elements = [
        *square(1, 0, 0, 6),
        *square(11, 2, 2, 2),
        way(101, ring(1), building="yes"),
        way(102, ring(11)),
        relation(201, [(101, "outer"), (102, "inner")], natural="wood"),
    ]
    layers, _ = read(elements)
    assert cells(layers["footprints"].geometry["way/101"]) == 36
    assert cells(layers["areas"].geometry["relation/201"]) == 32


def test_a_relation_without_a_type_is_drawn(read):
    untyped = relation(201, [(101, "outer")], building="yes")
    del untyped["tags"]["type"]
    layers, lost = read([*square(1, 0, 0), way(101, ring(1)), untyped])
    assert list(layers["footprints"].index) == ["relation/201"]
    assert lost.empty


def test_a_relation_that_only_describes_a_building_without_tags_on_its_outline_is_named(read):
    described = relation(201, [(101, "outline")], building="yes") | {"tags": {"type": "building", "building": "yes"}}
    elements = [*square(1, 0, 0), *square(11, 9, 9), way(101, ring(1)), described, way(102, ring(11), building="yes")]
    layers, lost = read(elements)
    assert list(layers["footprints"].index) == ["way/102"]
    assert reasons(lost) == {"relation/201": "no_outline_relation"}


def test_a_self_crossing_outline_of_a_relation_is_kept_for_repair(read):
    corners = square(1, 0, 0, 6)
    elements = [*corners, way(101, [1, 3, 2, 4, 1]), relation(201, [(101, "outer")], building="yes")]
    layers, lost = read(elements)
    assert len(layers["footprints"]) + len(lost) == 1


def test_touching_inner_rings_leave_one_court(read):
    elements = [
        *square(1, 0, 0, 6),
        {"type": "node", "id": 11, "lat": 50.0902, "lon": 20.0002},
        {"type": "node", "id": 12, "lat": 50.0902, "lon": 20.0003},
        {"type": "node", "id": 13, "lat": 50.0904, "lon": 20.0003},
        {"type": "node", "id": 14, "lat": 50.0904, "lon": 20.0002},
        {"type": "node", "id": 15, "lat": 50.0902, "lon": 20.0004},
        {"type": "node", "id": 16, "lat": 50.0904, "lon": 20.0004},
        way(101, ring(1)),
        way(102, [11, 12, 13, 14, 11]),
        way(103, [12, 15, 16, 13, 12]),
        relation(201, [(101, "outer"), (102, "inner"), (103, "inner")], building="yes"),
    ]
    assert cells(read(elements)[0]["footprints"].geometry["relation/201"]) == 32


def test_a_street_cut_at_the_edge_is_drawn_as_far_as_it_is_known(read):
    elements = [*square(1, 0, 0), *square(11, 9, 9), way(101, ring(1), building="yes"), way(121, [11, 12, 99], highway="residential")]
    layers, _ = read(elements)
    assert layers["ways"].geometry["way/121"].equals(shapely.LineString([(20.0009, 50.0909), (20.0011, 50.0909)]))


@pytest.mark.parametrize("mark", ['action="delete"', 'visible="false"'])
def test_what_an_editor_has_deleted_is_not_drawn(tmp_path, mark):
    path = tmp_path / "x.osm"
    text = osm_xml(hamlet_elements()).decode()
    for number in ("102", "121"):
        text = text.replace(f'<way id="{number}"', f'<way id="{number}" {mark}')
    path.write_text(text.replace('<relation id="201"', f'<relation id="201" {mark}'))
    layers, lost = read_osm(path)
    assert list(layers["footprints"].index) == ["way/101", "way/103", "way/104"]
    assert list(layers["ways"].index) == ["way/122"]
    assert lost.empty


def test_new_objects_of_an_editor_have_negative_ids(tmp_path):
    path = tmp_path / "x.osm"
    text = osm_xml([*square(1, 0, 0), way(101, ring(1), building="yes")]).decode()
    path.write_text(text.replace('id="', 'id="-').replace('ref="', 'ref="-'))
    layers, lost = read_osm(path)
    assert list(layers["footprints"].index) == ["way/-101"]
    assert cells(layers["footprints"].geometry["way/-101"]) == 4
    assert lost.empty


def with_geometry(elements, *, keep_nodes):
    """The elements as ``out geom`` gives them."""
    place = {element["id"]: {"lat": element["lat"], "lon": element["lon"]} for element in elements if element["type"] == "node"}
    outlines = {element["id"]: [place[node] for node in element["nodes"]] for element in elements if element["type"] == "way"}
    out = []
    for element in elements:
        if element["type"] == "way":
            copied = element | {"geometry": outlines[element["id"]]}
            out.append(copied if keep_nodes else {key: value for key, value in copied.items() if key != "nodes"})
        elif element["type"] == "relation":
            out.append(element | {"members": [member | {"geometry": outlines[member["ref"]]} for member in element["members"]]})
    return out


@pytest.mark.parametrize("keep_nodes", [True, False])
def test_a_saved_answer_with_geometry_is_read(tmp_path, keep_nodes):
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps({"elements": hamlet_elements()}))
    path = tmp_path / "geom.json"
    # a relation's members need not be elements of their own
    elements = [e for e in with_geometry(hamlet_elements(), keep_nodes=keep_nodes) if e["id"] not in {111, 112}]
    path.write_text(json.dumps({"elements": elements}))
    (there, _), (here, lost) = read_osm(plain), read_osm(path)
    assert list(here["footprints"].index) == list(there["footprints"].index)
    assert shapely.equals(here["footprints"].geometry.to_numpy(), there["footprints"].geometry.to_numpy()).all()
    assert lost.empty


def test_an_xml_answer_with_geometry_is_read(tmp_path):
    places = {element["id"]: element for element in hamlet_elements() if element["type"] == "node"}
    text = osm_xml([element for element in hamlet_elements() if element["type"] != "node"]).decode()
    for number, node in places.items():
        text = text.replace(f'<nd ref="{number}"/>', f'<nd ref="{number}" lat="{node["lat"]}" lon="{node["lon"]}"/>')
    path = tmp_path / "geom.osm"
    path.write_text(text)
    assert len(read_osm(path)[0]["footprints"]) == 5


@pytest.mark.parametrize("name", ["A.OSM", "a.xml", "A.OSM.GZ", "a.OSM.PBF", "b.pbf"])
@pytest.mark.parametrize("ordered", [True, False])
def test_a_file_is_read_whatever_its_name_is_and_its_order(tmp_path, name, ordered):
    import gzip

    import osmium

    elements = hamlet_elements()
    plain = osm_xml(elements if ordered else elements[::-1])
    if name.lower().endswith("pbf"):
        (tmp_path / "plain.osm").write_bytes(plain)
        with osmium.SimpleWriter(osmium.io.File(str(tmp_path / name), "pbf")) as writer:
            for item in osmium.FileProcessor(str(tmp_path / "plain.osm")):
                writer.add(item)
    else:
        (tmp_path / name).write_bytes(gzip.compress(plain) if name.endswith("GZ") else plain)
    assert len(read_osm(tmp_path / name)[0]["footprints"]) == 5


@pytest.mark.parametrize("kind", ["json", "osm"])
def test_a_file_that_an_editor_saved_with_a_byte_order_mark_is_read(tmp_path, kind):
    text = osm_xml(hamlet_elements()) if kind == "osm" else json.dumps({"elements": hamlet_elements()}).encode()
    path = tmp_path / f"A.{kind.upper()}"
    path.write_bytes(b"\xef\xbb\xbf" + text)
    assert len(read_osm(path)[0]["footprints"]) == 5


def test_an_answer_without_nodes_says_what_it_lacks(tmp_path):
    path = tmp_path / "skeleton.json"
    path.write_text(json.dumps({"elements": [element for element in hamlet_elements() if element["type"] != "node"]}))
    with pytest.raises(SourceError, match=r"skeleton\.json holds 5 buildings but not the nodes of their outlines; save it with nodes"):
        read_osm(path)


def point(number, x, y, **tags):
    return {"type": "node", "id": number, "lat": round(50.09 + y * STEP, 7), "lon": round(20.0 + x * STEP, 7), "tags": tags}


def test_a_building_that_is_only_a_point_is_named_but_not_one_that_says_more_of_a_drawn_building(read):
    within, alone, not_one = (
        point(51, 1, 1, building="yes", shop="bakery"),
        point(52, 9, 9, building="house"),
        point(53, 9, 8, building="no"),
    )
    layers, lost = read([*square(1, 0, 0), within, alone, not_one, way(101, ring(1), building="yes")])
    assert list(layers["footprints"].index) == ["way/101"]
    assert list(layers["points_of_interest"].index) == ["node/51"]
    assert reasons(lost) == {"node/52": "point_only"}
    assert lost_notes(lost, "en") == [
        "Buildings of the input that are not drawn: 1 (it is mapped as a point, without an outline): node/52."
    ]


def test_what_is_not_drawn_far_from_the_place_is_none_of_its_business(tmp_path):
    """An open outline 1.1 km north, another in the place, and one of which no node is known."""
    path = tmp_path / "x.osm"
    path.write_bytes(
        osm_xml(
            [
                *square(1, 0, 0), *square(11, 3, 0), *square(21, 0, 100), way(101, ring(1), building="yes"),
                way(102, [11, 12, 13], building="yes"), way(103, [21, 22, 23], building="yes"),
                way(104, [11, 98, 99, 11], building="yes"), way(105, [96, 97, 98, 96], building="yes"),
                relation(201, [(102, "outer")], building="yes"), relation(202, [(103, "outer")], building="yes"),
            ]
        )
    )  # fmt: skip
    read_place = load_place(Study(name="x", place={"buffer_m": 100.0}, sources={"buildings": "osm_file", "files": [path]}), tmp_path)
    assert set(read_place.rejected["object_id"]) == {"way/102", "way/104", "way/105", "relation/201"}
    assert list(read_place.rejected) == ["object_id", "layer", "reason"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "drawn", "lost"),
    [
        ("kotka-karhula_fi_2019.osm.pbf", 2171, {"incomplete": 48}),
        ("lisbon-arroios_pt_2020.osm", 198, {"incomplete": 1}),
        ("liechtenstein_2015.osm.pbf", 8996, {"not_closed": 2, "point_only": 3}),
        ("krems_at_2013.osm.pbf", 1195, {}),
        ("karlsruhe-kirchfeld_de_2026.osm.pbf", 3026, {}),
    ],
)
def test_of_real_extracts_all_that_is_tagged_is_drawn_or_named(shared_data, name, drawn, lost):
    import osmium

    path = shared_data / "cities" / "osm" / name
    tagged, points = set(), {}
    for item in osmium.FileProcessor(str(path)):
        if "building" not in item.tags and "building:part" not in item.tags:
            continue
        if item.is_node():
            points[f"node/{item.id}"] = shapely.Point(item.location.lon, item.location.lat)
        else:
            tagged.add(f"{'way' if item.is_way() else 'relation'}/{item.id}")
    layers, aside = read_osm(path)
    aside = aside[aside["layer"] == "footprints"]
    tagged |= {name for name, place in points.items() if not layers["footprints"].intersects(place).any()}
    assert tagged == {*layers["footprints"].index, *aside["object_id"]}
    assert len(tagged) == len(layers["footprints"]) + len(aside)
    assert len(layers["footprints"]) == drawn
    assert aside["reason"].value_counts().to_dict() == lost


def beyond(study_place):
    """An estate whose first house stands on the 180th meridian."""
    return Study(name="a", title="Estate", country="FJ", place=study_place, sources={"buildings": "osm_file", "files": ["unused"]})


@pytest.mark.parametrize(
    "place",
    [{}, {"bbox": (179.99, -16.81, 179.9999, -16.79)}, {"centre": (179.9999, -16.8), "radius_m": 200.0}],
    ids=["all of it", "a box on one side", "a circle over it"],
)
def test_a_place_on_both_sides_of_the_180th_meridian_is_refused(place):
    longitudes = (
        [179.9996, -179.9999, -179.9999, 179.9996],
        [179.9990, 179.9992, 179.9992, 179.9990],
        [-179.9990, -179.9985, -179.9985, -179.9990],
    )
    latitudes = (-16.8, -16.8, -16.7999, -16.7999)
    houses = gpd.GeoDataFrame(geometry=[shapely.Polygon(list(zip(some, latitudes, strict=True))) for some in longitudes], crs=4326)
    with pytest.raises(SourceError, match=r"both sides of the 180th meridian, which cannot be computed as one place; give a place") as told:
        given_boundary(beyond(place), houses)
    assert "\n" not in str(told.value)
    assert len(given_boundary(beyond({}), houses.iloc[1:2])) == 1


@pytest.mark.parametrize("longitude", [179.9990, -179.9994])
@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_a_place_that_ends_just_before_the_180th_meridian_is_drawn_whole(tmp_path, longitude, ending):
    """Its surroundings reach over the meridian, where degrees jump."""
    houses = [shapely.box(longitude + step, -16.8, longitude + step + 0.0002, -16.7998) for step in (0.0, 0.0003)]
    frame = gpd.GeoDataFrame({"building": ["apartments"] * 2}, geometry=houses, crs=4326)
    path = tmp_path / f"a.{ending}"
    frame.to_parquet(path) if ending == "parquet" else frame.to_file(path)
    study = Study(name="a", title="A", country="FJ", sources={"buildings": "footprints_file", "files": [path]})
    assert len(load_place(study, tmp_path).footprints) == 2


def test_longitudes_beyond_180_degrees_are_refused_as_such(tmp_path):
    frame = gpd.GeoDataFrame(geometry=[shapely.box(179.999, -16.8, 180.001, -16.799)], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    study = Study(name="a", title="A", country="FJ", sources={"buildings": "footprints_file", "files": [tmp_path / "a.gpkg"]})
    with pytest.raises(SourceError, match=r"from 179\.9990 to 180\.0010 degrees of longitude, must lie within -180 and 180"):
        load_place(study, tmp_path)


def test_a_street_of_which_the_cut_leaves_one_node_is_named_and_one_with_more_is_drawn(tmp_path):
    """Streets told are streets drawn and streets lost."""
    path = tmp_path / "cut.osm"
    elements = [
        *square(1, 0, 0),
        way(10, ring(1), building="yes"),
        way(11, [1, 99], highway="residential"),
        way(12, [99, 1, 2], highway="residential"),
    ]
    path.write_bytes(osm_xml(elements))
    layers, lost = read_osm(path)
    assert list(layers["ways"].index) == ["way/12"]
    assert lost.iloc[:, :3].to_numpy().tolist() == [["way/11", "ways", "incomplete"]]


def test_heat_pipes_sewage_works_and_data_centres_are_read(read):
    """What a heat network needs to know of its surroundings; a pier or a tower is not read."""
    layers, _ = read([
        *square(1, 0, 0), *square(11, 10, 0), *square(21, 20, 0), *square(31, 30, 0),
        way(1, ring(1), building="yes"),
        way(2, ring(11), man_made="wastewater_plant"),
        way(3, ring(21), telecom="data_center"),
        way(4, [31, 32, 33], man_made="pipeline", substance="hot_water"),
        way(5, [31, 33], man_made="pier"),
    ])  # fmt: skip
    assert {"way/2", "way/3"} <= set(layers["areas"].index)
    assert "way/4" in layers["ways"].index
    assert not {"way/4", "way/5"} & set(layers["areas"].index)
    assert "way/5" not in layers["ways"].index
