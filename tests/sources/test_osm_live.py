"""The live way in, end to end against a local server that answers as Overpass and Nominatim do, faults included."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from itertools import pairwise
from pathlib import Path

import pytest
import shapely

from ped_geo.errors import ChecksumError, RunError, SourceError
from ped_geo.language.place import boundary_words, place_notes
from ped_geo.sources import NetworkUnreachable, load_place
from ped_geo.sources import osm as osm_module
from ped_geo.sources._http import Client
from ped_geo.sources._overpass import check_overpass, overpass_query
from ped_geo.sources._snapshot import Snapshot
from ped_geo.study import Study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE, STAMP, Fault

SUBURB = {"category": "boundary", "type": "administrative", "osm_type": "relation", "osm_id": 7, "display_name": "Hamlet, Kraków"}
OUTLINE = {"type": "Polygon", "coordinates": [[[20.0, 50.09], [20.0022, 50.09], [20.0022, 50.0922], [20.0, 50.0922], [20.0, 50.09]]]}
HAMLET = ["relation/201", "way/101", "way/102", "way/103", "way/104"]


def test_a_box_comes_live_with_all_tags_ways_areas_and_places(osm, study_of, tmp_path):
    place = load_place(study_of(), tmp_path)
    assert place.origin == "live"
    assert list(place.footprints.index) == HAMLET
    assert json.loads(place.footprints.loc["way/101", "tags"]) == {
        "building": "apartments",
        "building:levels": "5",
        "name": "Blok <b>1</b>",
    }
    assert list(place.ways.index) == ["way/121", "way/122"]
    assert list(place.areas.index) == ["way/131"]
    assert len(place.points_of_interest) == 2
    assert place.rejected.empty
    assert place.boundary["origin"].tolist() == ["bbox"]
    assert place.footprints.crs.to_epsg() == 4326


def test_a_multipolygon_keeps_its_court(osm, study_of, tmp_path):
    school = load_place(study_of(), tmp_path).footprints.geometry["relation/201"]
    assert len(school.interiors) == 1
    # 6 x 6 cells with 2 x 2 cut out, a cell is 1e-4 degrees
    assert school.area == pytest.approx(32e-8)


def test_what_was_fetched_is_frozen_with_checksums_time_stamp_query_and_licence(osm, study_of, tmp_path):
    place = load_place(study_of(), tmp_path)
    manifest = json.loads((tmp_path / "hamlet" / "manifest.json").read_text())
    assert manifest["timestamp_osm_base"] == STAMP
    assert manifest["licence"] == "ODbL 1.0"
    assert "OpenStreetMap contributors" in manifest["attribution"]
    assert "way[building]" in manifest["query"][0]
    assert {record["name"] for record in manifest["files"]} == {"overpass-000.json", "boundary.geojson"}
    assert place.provenance["files"] == manifest["files"]
    answer = json.loads((tmp_path / "hamlet" / "overpass-000.json").read_bytes())
    assert answer["osm3s"]["timestamp_osm_base"] == STAMP
    assert not list(tmp_path.glob(".*"))


def test_the_second_run_reads_the_snapshot_without_asking_anyone(osm, study_of, tmp_path):
    first = load_place(study_of(), tmp_path)
    asked = len(osm.asked)
    second = load_place(study_of(), tmp_path)
    assert second.origin == "snapshot"
    assert len(osm.asked) == asked
    assert first.footprints.equals(second.footprints)
    assert first.ways.equals(second.ways)


def test_refresh_fetches_again_and_replaces_the_snapshot(osm, study_of, tmp_path):
    load_place(study_of(), tmp_path)
    osm.elements = [element for element in osm.elements if element["id"] != 102]
    assert "way/102" in load_place(study_of(), tmp_path).footprints.index
    assert "way/102" not in load_place(study_of(), tmp_path, refresh=True).footprints.index
    assert "way/102" not in load_place(study_of(), tmp_path).footprints.index


def test_a_failed_refresh_leaves_the_earlier_snapshot_valid(osm, study_of, tmp_path):
    load_place(study_of(), tmp_path)
    osm.lasting["overpass"] = FAULTS["504 gateway time-out"]
    with pytest.raises(SourceError, match="504"):
        load_place(study_of(), tmp_path, refresh=True)
    assert load_place(study_of(), tmp_path).origin == "snapshot"


@pytest.mark.parametrize("name", ["overpass-000.json", "boundary.geojson"])
def test_a_changed_file_is_an_error_that_names_both_checksums(osm, study_of, tmp_path, name):
    load_place(study_of(), tmp_path)
    path = tmp_path / "hamlet" / name
    records = {record["name"]: record["sha256"] for record in Snapshot(tmp_path / "hamlet").records()}
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ChecksumError) as told:
        load_place(study_of(), tmp_path)
    assert records[name] in str(told.value)
    assert name in str(told.value)
    assert "--refresh" in str(told.value)
    assert load_place(study_of(), tmp_path, refresh=True).origin == "live"


def test_a_snapshot_of_another_place_is_refused(osm, study_of, tmp_path):
    load_place(study_of(), tmp_path)
    with pytest.raises(SourceError, match=r"fetched for another place \(bbox .* instead of .*--refresh"):
        load_place(study_of(place={"bbox": (20.0, 50.09, 20.001, 50.0922)}), tmp_path)


@pytest.mark.parametrize(
    ("service", "name"), [("overpass", name) for name in FAULTS] + [("nominatim", name) for name in FAULTS_OF_ANY_SERVICE]
)
def test_a_fault_that_passes_is_ridden_out(osm, study_of, tmp_path, monkeypatch, service, name):
    monkeypatch.setattr("ped_geo.sources._http.LONGEST_ANSWER", 1.0)
    osm.places["Hamlet"] = [SUBURB | {"geojson": OUTLINE}]
    osm.faults[service] = [FAULTS[name]]
    place = load_place(study_of(place={"query": "Hamlet"}, timeout_s=2.0), tmp_path)
    assert list(place.footprints.index) == HAMLET
    assert osm.count(service) == 2


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_lasts_is_told_in_one_sentence_and_nothing_is_frozen(osm, study_of, tmp_path, monkeypatch, name):
    monkeypatch.setattr("ped_geo.sources._http.LONGEST_ANSWER", 2.0)
    osm.lasting["overpass"] = FAULTS[name]
    with pytest.raises(SourceError) as told:
        load_place(study_of(attempts=2, timeout_s=0.4), tmp_path)
    message = str(told.value)
    assert "127.0.0.1" in message
    assert "tried 2 times" in message
    assert "\n" not in message
    assert len(message) < 400
    assert not isinstance(told.value, NetworkUnreachable)
    assert osm.count("overpass") == 2
    assert not list(tmp_path.iterdir())


def test_a_refused_question_is_not_repeated(osm, study_of, tmp_path):
    osm.lasting["overpass"] = Fault(400)
    with pytest.raises(SourceError, match="answered 400"):
        load_place(study_of(), tmp_path)
    assert osm.count("overpass") == 1


def test_a_redirection_is_not_followed_to_an_address_that_nobody_set(osm, study_of, tmp_path):
    osm.lasting["overpass"] = Fault(302, {"Location": "http://elsewhere.example/api"})
    with pytest.raises(SourceError, match=r"sends on to 'http://elsewhere\.example/api'"):
        load_place(study_of(), tmp_path)


def test_no_server_at_all_is_told_apart_from_a_failing_one(study_of, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NetworkUnreachable, match=r"cannot be reached \(tried 3 times\)"):
            load_place(study_of(overpass_url=address), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_host_is_unreachable(study_of, tmp_path):
    with pytest.raises(NetworkUnreachable, match="nowhere.invalid"):
        load_place(study_of(place={"query": "Hamlet"}, nominatim_url="http://nowhere.invalid"), tmp_path)


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (Fault(429, {"Retry-After": "7"}), 7, 7),
        (Fault(503, {"Retry-After": "7"}), 7, 7),
        (Fault(429, {"Retry-After": "in 9 seconds"}), 5, 9),
        (Fault(429, {"Retry-After": "in -60 seconds"}), 0, 0),
        (Fault(429, {"Retry-After": "86400"}), 20, 20),
        (Fault(503, {"Retry-After": "1e9"}), 2, 4),
        (Fault(503), 2, 4),
    ],
    ids=["seconds", "503", "date", "past date", "a day is cut", "nonsense", "none"],
)
def test_pauses_follow_retry_after_up_to_the_longest_wait(osm, fault, least, most):
    pauses = []
    client = Client(timeout_s=5.0, attempts=3, longest_wait_s=20.0, sleep=pauses.append)
    osm.faults["overpass"] = [fault, fault]
    query = overpass_query(shapely.box(20, 50, 21, 51), 5)
    client.post(osm.sources["overpass_url"] + "/interpreter", lambda: {"data": query}, check=check_overpass)
    assert len(pauses) == 2
    assert all(least <= pause <= most for pause in pauses)


def test_pauses_grow_and_are_bounded_in_sum(osm):
    pauses = []
    client = Client(timeout_s=5.0, attempts=8, longest_wait_s=20.0, sleep=pauses.append)
    osm.lasting["overpass"] = Fault(504)
    with pytest.raises(SourceError, match="tried 8 times"):
        client.post(osm.sources["overpass_url"] + "/interpreter", lambda: {"data": "x"}, check=check_overpass)
    assert pauses == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0]
    assert all(earlier <= later for earlier, later in pairwise(pauses))


def test_requests_say_who_asks(osm, study_of, tmp_path):
    load_place(study_of(), tmp_path)
    assert all(agent.startswith("ped_geo/") for agent in osm.agents)


def test_a_name_becomes_the_polygon_that_nominatim_gives(osm, study_of, tmp_path):
    point = {"category": "place", "type": "suburb", "geojson": {"type": "Point", "coordinates": [20.001, 50.091]}}
    osm.places["Hamlet"] = [point, SUBURB | {"geojson": OUTLINE}]
    place = load_place(study_of(place={"query": "Hamlet"}), tmp_path)
    assert place.boundary["origin"].tolist() == ["nominatim"]
    assert place.boundary.geometry.iloc[0].equals(shapely.from_geojson(json.dumps(OUTLINE)))


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], "nothing"),
        ([SUBURB | {"geojson": {"type": "Point", "coordinates": [20.001, 50.091]}}], "no_area"),
        ([{"name": "no outline"}], "other_kind"),
        ([{"category": "amenity", "type": "place_of_worship", "osm_type": "way", "osm_id": 9, "geojson": OUTLINE}], "other_kind"),
        ([{"category": "natural", "type": "beach", "geojson": OUTLINE}], "other_kind"),
        ([{"category": "landuse", "type": "retail", "geojson": OUTLINE}], "other_kind"),
        ([{"category": "place", "type": "house", "geojson": OUTLINE}], "other_kind"),
        ([SUBURB | {"geojson": {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}}], "elsewhere"),
    ],
    ids=["nothing", "a point", "no outline", "a chapel", "a beach", "a land use", "a house", "elsewhere"],
)
@pytest.mark.parametrize(
    ("place", "origin"),
    [({"bbox": (20.0, 50.09, 20.0022, 50.0922)}, "bbox"), ({"centre": (20.001, 50.091), "radius_m": 150.0}, "centre_radius")],
)
def test_a_name_that_is_no_area_here_falls_back_to_the_box_or_the_circle_and_says_so(osm, study_of, tmp_path, found, reason, place, origin):
    osm.places["Hamlet"] = found
    study = study_of(place={"query": "Hamlet"} | place)
    for run in range(2):
        loaded = load_place(study, tmp_path)
        assert loaded.boundary["origin"].tolist() == [origin]
        assert loaded.provenance["name_not_used"]["reason"] == reason
        for lang in ("en", "pl"):
            told = place_notes(loaded.provenance, lang)
            assert len(told) == 1, run
            assert "Hamlet" in told[0]
    assert osm.count("nominatim") == 1
    assert not (tmp_path / "hamlet" / "nominatim.json").exists()
    osm.places["Hamlet"] = [SUBURB | {"geojson": OUTLINE}]
    assert load_place(study, tmp_path, refresh=True).boundary["origin"].tolist() == ["nominatim"]


def test_the_chosen_object_is_named_in_the_record_and_to_the_user(osm, study_of, tmp_path):
    osm.places["Hamlet"] = [{"category": "amenity", "type": "place_of_worship", "geojson": OUTLINE}, SUBURB | {"geojson": OUTLINE}]
    for place in (load_place(study_of(place={"query": "Hamlet"}), tmp_path), load_place(study_of(place={"query": "Hamlet"}), tmp_path)):
        assert place.provenance["boundary_object"] == {
            "name": "Hamlet, Kraków",
            "osm": "relation/7",
            "kind": "boundary=administrative",
        }
        assert "Hamlet, Kraków (boundary=administrative, relation/7)" in boundary_words(place.provenance, "nominatim", "en")


def test_a_second_place_of_that_name_elsewhere_is_not_taken_for_a_point(osm, study_of, tmp_path):
    point = {"category": "place", "type": "suburb", "geojson": {"type": "Point", "coordinates": [10.0, 40.0]}}
    osm.places["Hamlet"] = [point, SUBURB | {"geojson": OUTLINE}]
    with pytest.raises(SourceError, match=r"'Hamlet' was not found as an area, only as a point \(place=suburb"):
        load_place(study_of(place={"query": "Hamlet"}), tmp_path)


@pytest.mark.parametrize("kind", [("place", "suburb"), ("place", "quarter"), ("boundary", "administrative"), ("landuse", "residential")])
def test_places_boundaries_and_residential_areas_are_taken(osm, study_of, tmp_path, kind):
    osm.places["Hamlet"] = [dict(zip(("category", "type"), kind, strict=True)) | {"geojson": OUTLINE}]
    assert load_place(study_of(place={"query": "Hamlet"}), tmp_path).boundary["origin"].tolist() == ["nominatim"]


def test_a_circle_has_the_area_of_its_radius(osm, study_of, tmp_path):
    boundary = load_place(study_of(place={"centre": (20.001, 50.091), "radius_m": 150.0}), tmp_path).boundary
    assert boundary.to_crs(2178).area.iloc[0] == pytest.approx(3.14159 * 150.0**2, rel=0.003)


def test_a_name_that_is_nothing_without_a_fallback_says_what_to_give(osm, study_of, tmp_path):
    with pytest.raises(SourceError, match=r"'Atlantis' was not found; give \[place\] bbox"):
        load_place(study_of(place={"query": "Atlantis"}), tmp_path)
    assert not (tmp_path / "hamlet").exists()


def test_a_boundary_file_is_used_without_asking_nominatim(osm, study_of, tmp_path):
    path = tmp_path / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": OUTLINE}]}))
    loaded = load_place(study_of(place={"query": "Hamlet", "boundary_file": path}), tmp_path / "raw")
    assert loaded.boundary["origin"].tolist() == ["file"]
    assert osm.count("nominatim") == 0


def test_a_self_crossing_outline_is_repaired(osm, study_of, tmp_path):
    bow = [[20.0, 50.09], [20.0022, 50.0922], [20.0022, 50.09], [20.0, 50.0922], [20.0, 50.09]]
    osm.places["Hamlet"] = [SUBURB | {"geojson": {"type": "Polygon", "coordinates": [bow]}}]
    boundary = load_place(study_of(place={"query": "Hamlet"}), tmp_path).boundary
    assert boundary.geometry.is_valid.all()
    assert boundary.geometry.iloc[0].area == pytest.approx(0.0022**2 / 2)


@pytest.mark.parametrize(
    "outline",
    [
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [["a", "b"]]},
        {"type": "Polygon", "coordinates": [[[200.0, 50.0], [201.0, 50.0], [201.0, 51.0], [200.0, 50.0]]]},
        {"type": "MultiPolygon", "coordinates": {"x": 1}},
    ],
)
def test_a_damaged_outline_is_an_error(osm, study_of, tmp_path, outline):
    osm.places["Hamlet"] = [SUBURB | {"geojson": outline}]
    with pytest.raises(SourceError, match="outline that Nominatim gives"):
        load_place(study_of(place={"query": "Hamlet"}), tmp_path)


@pytest.mark.parametrize("box", [(18.9, 54.8, 18.91, 54.81), (20.0023, 50.0923, 20.0024, 50.0924)], ids=["in the sea", "beside"])
def test_a_place_without_buildings_is_an_error_and_leaves_nothing(osm, study_of, tmp_path, box):
    with pytest.raises(SourceError, match=r"no buildings inside the boundary|nothing inside the boundary.*sea"):
        load_place(study_of(place={"bbox": box}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_place_as_large_as_a_country_is_refused_before_asking(osm, study_of, tmp_path):
    with pytest.raises(SourceError, match=r"km², at most 2,000 km².*osm_file"):
        load_place(study_of(place={"bbox": (14.0, 49.0, 24.0, 55.0)}), tmp_path)
    assert osm.count("overpass") == 0


def test_a_large_place_is_asked_in_pieces_and_each_object_comes_once(osm, study_of, tmp_path, monkeypatch):
    whole = load_place(study_of(), tmp_path / "whole")
    monkeypatch.setattr(osm_module, "LARGEST_QUERY_M2", 60_000.0)
    pieces = load_place(study_of(), tmp_path / "pieces")
    assert osm.count("overpass") > 5
    assert pieces.footprints.index.is_unique
    assert pieces.footprints.equals(whole.footprints)
    assert pieces.ways.equals(whole.ways)


def test_an_interrupted_fetch_goes_on_where_it_stopped(osm, study_of, tmp_path, monkeypatch):
    monkeypatch.setattr(osm_module, "LARGEST_QUERY_M2", 60_000.0)
    osm.places["Hamlet"] = [SUBURB | {"geojson": OUTLINE}]
    study = study_of(place={"query": "Hamlet"}, attempts=1)
    osm.faults["overpass"] = [None, None, Fault(504)]
    with pytest.raises(SourceError, match="504"):
        load_place(study, tmp_path)
    assert not (tmp_path / "hamlet").exists()
    before = list(osm.asked)
    load_place(study, tmp_path)
    again = [form["data"].split("/*")[0] for service, form in osm.asked[len(before) :] if service == "overpass"]
    assert osm.count("nominatim") == 1
    assert again
    assert not {form["data"].split("/*")[0] for service, form in before[:3] if service == "overpass"} & set(again)
    assert [path.name for path in tmp_path.iterdir()] == ["hamlet"]


def test_kept_pieces_of_another_place_are_not_taken(osm, study_of, tmp_path):
    Snapshot(tmp_path / "hamlet").keep_piece("overpass-000.json", b'{"elements": []}')
    Snapshot(tmp_path / "hamlet").keep_piece("overpass-000.json.question", b"another question")
    assert list(load_place(study_of(), tmp_path).footprints.index) == HAMLET


def test_a_killed_fetch_leaves_no_snapshot_and_the_next_one_finishes(osm, study_of, tmp_path):
    osm.places["Hamlet"] = [SUBURB | {"geojson": OUTLINE}]
    osm.faults["overpass"] = [Fault(does="sleeps", seconds=30.0)]
    study = study_of(place={"query": "Hamlet"}, timeout_s=30.0)
    code = f"""
        from pathlib import Path
        from ped_geo.sources import load_place
        from ped_geo.study import Study
        load_place(Study.model_validate_json({study.model_dump_json(by_alias=True)!r}), Path({str(tmp_path)!r}))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=Path(__file__).parents[2], env={**os.environ})
    deadline = time.monotonic() + 60
    while osm.count("overpass") == 0 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(RunError, match="being fetched by another run"):
        load_place(study, tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "hamlet").exists()
    assert list(load_place(study, tmp_path).footprints.index) == HAMLET
    assert osm.count("nominatim") == 1


def test_a_folder_that_cannot_be_written_is_told(osm, study_of, tmp_path):
    (tmp_path / "raw").write_text("a file where a folder should be")
    with pytest.raises(RunError, match="cannot be written"):
        load_place(study_of(), tmp_path / "raw")


def test_hostile_tags_and_roles_survive_as_text_and_touch_nothing(osm, study_of, tmp_path):
    hostile = "<script>alert(1)</script>]]>&xxe;\x00\x0b\ud800\uffff{0}%s`$(id)"
    osm.elements.append(
        {
            "type": "way",
            "id": 999,
            "nodes": next(element["nodes"] for element in osm.elements if element["id"] == 102),
            "tags": {"building": "yes", "name": hostile, "../../etc": "=CMD()", "k" * 300: "v" * 5000},
        }
    )
    place = load_place(study_of(), tmp_path)
    tags = json.loads(place.footprints.loc["way/999", "tags"])
    assert tags["name"] == "<script>alert(1)</script>]]>&xxe;{0}%s`$(id)"
    assert tags["../../etc"] == "=CMD()"
    # OpenStreetMap's database holds no longer ones
    assert tags["k" * 255] == "v" * 255


def test_objects_that_cannot_become_polygons_are_set_aside_with_a_reason(osm, study_of, tmp_path):
    corners = next(element["nodes"] for element in osm.elements if element["id"] == 102)
    osm.elements += [
        {"type": "way", "id": 901, "nodes": corners[:3], "tags": {"building": "yes"}},
        {"type": "relation", "id": 902, "members": [{"type": "way", "ref": 901, "role": "outer"}], "tags": {"type": "multipolygon", "building": "yes"}},
    ]  # fmt: skip
    place = load_place(study_of(), tmp_path)
    assert dict(zip(place.rejected["object_id"], place.rejected["reason"], strict=True)) == {
        "way/901": "not_closed",
        "relation/902": "not_closed",
    }
    assert list(place.footprints.index) == HAMLET


def test_the_full_form_of_an_object_goes_before_its_skeleton_whichever_comes_first(osm, study_of, tmp_path):
    shop = {"type": "node", "id": 9005, "lat": 50.0905, "lon": 20.0005}
    osm.elements += [shop, shop | {"tags": {"shop": "yes"}}, shop, {"type": "count", "id": 0}]
    places = load_place(study_of(), tmp_path).points_of_interest
    assert list(places.index).count("node/9005") == 1
    assert json.loads(places.loc["node/9005", "tags"]) == {"shop": "yes"}


def test_the_manifest_cannot_lead_outside_its_folder(tmp_path):
    (tmp_path / "x").mkdir()
    record = {"name": "../../secret", "sha256": "0", "bytes": 1}
    (tmp_path / "x" / "manifest.json").write_text(json.dumps({"files": [record]}))
    with pytest.raises(SourceError, match="outside its folder"):
        Snapshot(tmp_path / "x").records()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 1}', '{"files": [1]}', "[" * 100_000])
def test_a_damaged_manifest_says_to_fetch_again(osm, study_of, tmp_path, text):
    load_place(study_of(), tmp_path)
    (tmp_path / "hamlet" / "manifest.json").write_text(text)
    with pytest.raises(SourceError, match="--refresh"):
        load_place(study_of(), tmp_path)
    assert load_place(study_of(), tmp_path, refresh=True).origin == "live"


def test_a_snapshot_keeps_its_files_until_the_next_is_whole(tmp_path, monkeypatch):
    snapshot = Snapshot(tmp_path / "x")
    snapshot.write({"a.json": b"1", "b.json": b"1"}, {"source": "test"})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ped_geo.sources._snapshot.os.fsync", full)
    with pytest.raises(RunError, match="No space left"):
        snapshot.write({"a.json": b"2", "b.json": b"2"}, {"source": "test"})
    assert snapshot.read("a.json") == b"1"
    monkeypatch.undo()
    snapshot.write({"a.json": b"2"}, {"source": "test"})
    assert snapshot.read("a.json") == b"2"
    assert len(list((tmp_path / "x").iterdir())) == 2


@pytest.mark.shared
def test_bienczyce_comes_live_as_it_does_from_its_file(osm, tmp_path, shared_data):
    answer = json.loads((shared_data / "krakow" / "bienczyce_buildings_2018_derived_overpass.json").read_text())
    osm.elements = answer["elements"]
    settings = {"longest_wait_s": 0.0} | osm.sources
    live = load_place(Study(name="b", place={"bbox": (19.9982, 50.0758, 20.0176, 50.0872)}, sources=settings), tmp_path)
    path = shared_data / "krakow" / "bienczyce_buildings_2018_derived.osm"
    file = load_place(Study(name="b", sources={"buildings": "osm_file", "files": [path]}), tmp_path)
    assert len(live.footprints) == 342
    assert live.footprints.equals(file.footprints)


def test_every_named_fault_is_listed_with_what_it_proves():
    told = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("| ")]
    assert [name for name in rows if name in FAULTS] == list(FAULTS)
    assert len(FAULTS) >= 30
