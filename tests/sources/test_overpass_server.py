"""A server that behaves as Overpass 0.7.62 does: slots, memory, the same text only three times; and what is asked of it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo import assumptions
from ped_geo.buildings.words import grounds_kinds
from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources import osm as osm_module
from ped_geo.sources._http import Client, server_words
from ped_geo.sources._overpass import BUILDING_WAYS, SELECTORS, overpass_query, seconds_to_slot
from ped_geo.sources._overpass_server import OverpassServer, around_simply
from ped_geo.streets import BARRIER_CLASSES, WALKED_CLASSES
from tests.servers import FAULTS, Fault, overpass_page

BOX = shapely.box(20.0, 50.09, 20.0022, 50.0922)


def server(osm, pauses, **more):
    return OverpassServer(Client(timeout_s=5.0, attempts=4, sleep=pauses.append, **more), osm.sources["overpass_url"], 5.0)


def test_the_last_attempt_is_not_lost_to_a_refusal_of_the_same_text(osm):
    osm.faults["overpass"] = [Fault(504)] * 3
    assert b"elements" in server(osm, []).ask(BOX, 1.0)
    assert osm.count("overpass") == 4


def test_a_place_can_be_refreshed_as_often_as_one_likes(osm, study_of, tmp_path):
    for _ in range(5):
        assert load_place(study_of(), tmp_path, refresh=True).origin == "live"


@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_of_the_same_text_is_one_that_passes(osm, status):
    osm.faults["overpass"] = [Fault(status, body=overpass_page("runtime error: duplicate_query"))]
    assert b"elements" in server(osm, []).ask(BOX, 1.0)


@pytest.mark.parametrize(
    ("status", "waited"),
    [
        (b"Rate limit: 2\nSlot available after: 2026-01-02T03:04:05Z, in 41 seconds.\nSlot available after: x, in 55 seconds.\n", 41.0),
        (b"Rate limit: 2\nSlot available after: 2026-01-02T03:04:05Z, in 3 seconds.\n", 30.0),
        (b"Rate limit: 2\nSlot available after: 2026-01-02T03:04:05Z, in 400 seconds.\n", 60.0),
        (b"Rate limit: 2\n1 slots available now.\n", 30.0),
        (b"<html>no such page</html>", 30.0),
    ],
    ids=["a slot later", "a slot soon", "cut to the longest wait", "a slot now", "no page"],
)
def test_after_too_many_requests_the_next_slot_is_waited_for(osm, status, waited):
    pauses = []
    osm.status, osm.faults["overpass"] = status, [Fault(429)]
    server(osm, pauses).ask(BOX, 1.0)
    assert pauses == [waited]
    assert osm.count("status") == 1


def test_a_retry_after_goes_before_the_page_of_slots(osm):
    pauses = []
    osm.faults["overpass"] = [Fault(429, {"Retry-After": "7"})]
    server(osm, pauses).ask(BOX, 1.0)
    assert pauses == [7.0]
    assert osm.count("status") == 0


def test_a_server_without_limit_has_a_slot_at_once():
    assert seconds_to_slot(b"Rate limit: 0\nCurrently running queries") == 0.0
    assert seconds_to_slot(b"nothing of the kind") is None


def test_the_client_waits_longer_than_the_query_may_take(osm, study_of, tmp_path):
    osm.faults["overpass"] = [Fault(does="late", seconds=1.5)]
    assert load_place(study_of(timeout_s=1.0, attempts=1), tmp_path).origin == "live"


def test_the_servers_own_words_are_told(osm, study_of, tmp_path):
    osm.lasting["overpass"] = Fault(400, body=overpass_page("line 1: parse error: Unknown type &quot;rel&quot;"))
    with pytest.raises(SourceError, match=r"answered 400 .*parse error: Unknown type \"rel\"") as told:
        load_place(study_of(), tmp_path)
    assert "check the address" not in str(told.value)
    assert "<" not in str(told.value)


def test_a_page_of_words_instead_of_data_is_quoted(osm, study_of, tmp_path):
    osm.lasting["overpass"] = Fault(200, body=overpass_page("runtime error: open64: Dispatcher_Client::request_read_and_idx::timeout"))
    with pytest.raises(SourceError, match=r"web page instead of data \('Error : runtime error: open64: Dispatcher_Client"):
        load_place(study_of(), tmp_path)


def test_the_first_cause_is_told_and_the_last_where_it_is_another(osm, study_of, tmp_path):
    osm.faults["overpass"] = [
        Fault(504, body=overpass_page("runtime error: The server is probably too busy")),
        Fault(does="closes"),
        Fault(502),
    ]
    with pytest.raises(SourceError, match=r"answered 504 .*too busy.*, at last answered 502 .*\(tried 3 times\)"):
        load_place(study_of(), tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[1]", "\x1b[31mred\x00", "<html><script>alert(1)</script></html>", "x" * 5000, '"busy"', "[" * 100_000]
)
def test_words_of_a_server_are_one_short_printable_line(text):
    words = server_words(text)
    assert len(words) <= 120
    assert words.isprintable()
    assert "alert" not in words


# what is asked --------------------------------------------------------------------------------------------------------


def test_a_query_says_how_long_it_may_take_and_how_much_memory_it_needs():
    assert overpass_query(BOX, 0.4).startswith("[out:json][timeout:1]")
    assert overpass_query(BOX, 90.0).startswith("[out:json][timeout:90]")
    sizes = [int(re.search(r"maxsize:(\d+)", overpass_query(BOX, 90.0, area_km2=area))[1]) for area in (0.1, 5.0, 25.0)]
    assert sizes == sorted(sizes)
    # a real server answers 25 km² of a town within 100 MB, and reserves 512 MB unasked
    assert sizes[-1] <= 105 << 20
    assert int(re.search(r"maxsize:(\d+)", overpass_query(BOX, 90.0, area_km2=25.0, doublings=9))[1]) == 512 << 20


def test_a_query_that_runs_out_of_memory_gets_more(osm):
    osm.faults["overpass"] = [FAULTS["a remark of memory with a part of the data"]]
    server(osm, []).ask(BOX, 1.0)
    first, second = (int(re.search(r"maxsize:(\d+)", form["data"])[1]) for name, form in osm.asked if name == "overpass")
    assert second == 2 * first


def test_a_circle_is_asked_as_sixteen_corners_that_hold_it():
    circle = shapely.Point(0, 0).buffer(650.0, quad_segs=64)
    around = around_simply(circle)
    assert len(around.exterior.coords) - 1 <= 16
    assert around.contains(circle)
    assert around.area < 1.1 * circle.area


def test_a_query_about_a_circle_is_short(osm, study_of, tmp_path):
    load_place(study_of(place={"centre": (20.001, 50.091), "radius_m": 150.0}), tmp_path)
    query = next(form["data"] for name, form in osm.asked if name == "overpass")
    assert len(query) < 20_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(50.0, 1000.0), min_size=5, max_size=300), st.integers(0, 3))
def test_few_corners_never_leave_anything_out(radii, holes):
    corners = [(r * math.cos(2 * math.pi * i / len(radii)), r * math.sin(2 * math.pi * i / len(radii))) for i, r in enumerate(radii)]
    shape = shapely.Polygon(corners, [shapely.Point(0, 0).buffer(5.0).exterior.coords] if holes == 0 else [])
    around = around_simply(shape)
    assert around.is_valid
    assert around.buffer(1e-6).contains(shape)
    assert len(around.exterior.coords) - 1 <= 256


def test_pieces_of_a_large_place_cover_it(osm, study_of, tmp_path, monkeypatch):
    monkeypatch.setattr(osm_module, "LARGEST_QUERY_M2", 20_000.0)
    circle = shapely.Point(20.001, 50.091).buffer(0.002)
    pieces = osm_module._sub_queries(circle)
    assert shapely.union_all([shape for shape, _ in pieces]).buffer(1e-9).contains(circle)
    assert all(area > 0 for _, area in pieces)


def met(kind, tags, selectors=(*BUILDING_WAYS, *SELECTORS)):
    """Whether any selector of the query, read as the server reads it, lets an object through."""
    for selector in selectors:
        name, filters = re.fullmatch(r"(\w+)(.*)", selector).groups()
        if name != kind:
            continue
        rules = re.findall(r"\['?([\w:]+)'?(?:(=|~)'?([^'\]]*)'?)?\]", filters)
        assert filters.count("[") == len(rules)
        if all(
            key in tags and (not how or (tags[key] == value if how == "=" else re.search(value, tags[key]) is not None))
            for key, how, value in rules
        ):
            return True
    return False


AREA_ONLY = ("green",)
RULES = assumptions.table("access_kinds")
READ_PLACES = [(row.key, row.value) for row in RULES.itertuples() if row.key != "use" and row.kind not in AREA_ONLY]
READ_AREAS = [
    (row.key, row.value)
    for row in RULES.itertuples()
    if row.key not in {"use", "highway"} and row.value not in {"tram_stop", "halt", "stop_position"}
]
USES = [
    (row.key, row.value)
    for row in assumptions.table("osm_building_uses").itertuples()
    if row.key in {"amenity", "shop", "office", "healthcare", "leisure", "tourism"}
]


@pytest.mark.parametrize("pair", [*READ_PLACES, *USES, ("natural", "tree"), ("power", "generator")])
def test_every_point_that_a_stage_reads_is_asked_for(pair):
    assert met("node", {pair[0]: pair[1].replace("*", "anything")})


@pytest.mark.parametrize(
    "pair",
    [
        *READ_AREAS,
        *(("amenity", value) for value in sorted(grounds_kinds())),
        ("amenity", "parking"),
        ("power", "generator"),
        ("landuse", "forest"),
        ("landuse", "grass"),
        ("natural", "water"),
    ],
)
def test_every_area_that_a_stage_reads_is_asked_for_as_way_and_as_relation(pair):
    tags = dict([pair])
    assert met("way", tags)
    if pair[0] not in {"public_transport", "railway"}:
        assert met("relation", tags | {"type": "multipolygon"})


def test_every_line_that_a_stage_reads_is_asked_for():
    lines = [("highway", kind) for kind in WALKED_CLASSES] + [(key, kind) for key, kinds in BARRIER_CLASSES.items() for kind in kinds]
    for key, value in [*lines, ("natural", "tree_row")]:
        assert met("way", {key: value}), (key, value)


def test_every_building_is_asked_for_old_relations_and_those_without_a_type_too():
    for tags in ({"building": "yes"}, {"building:part": "yes"}):
        assert met("way", tags)
        assert met("relation", tags)
        assert met("relation", tags | {"type": "multipolygon"})
    assert "relation(bw.buildings)[type=multipolygon]" in overpass_query(BOX, 90.0)


def test_what_no_stage_reads_is_not_asked_for():
    for tags in ({"barrier": "wall"}, {"landuse": "religious"}, {"natural": "cliff"}, {"waterway": "ditch"}, {"railway": "abandoned"}):
        assert not met("way", tags), tags


def test_the_courts_of_old_relations_come_with_a_live_answer(osm, study_of, tmp_path):
    outer = next(element for element in osm.elements if element["id"] == 111)
    outer["tags"] = {"building": "yes"}
    old = next(element for element in osm.elements if element["id"] == 201)
    old["tags"] = {"type": "multipolygon", "name": "Old school"}
    place = load_place(study_of(), tmp_path)
    assert place.footprints.geometry["way/111"].area == pytest.approx(32e-8)


def test_a_server_that_never_has_room_is_told(osm):
    osm.lasting["overpass"] = Fault(429, body=overpass_page("runtime error: rate_limited"))
    with pytest.raises(SourceError, match=r"answered 429 .*rate_limited.*tried 2 times"):
        replace(server(osm, []), client=Client(timeout_s=5.0, attempts=2, sleep=lambda _: None)).ask(BOX, 1.0)
