"""The sample estate: drawn by its script, read by the parser of real files, and an estate that a planner would know."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from ped_geo.blocks import assign_blocks, build_blocks
from ped_geo.buildings import build_buildings
from ped_geo.crs import to_working_crs
from ped_geo.sources import load_place
from ped_geo.streets import build_streets
from ped_geo.study import parse_study

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = resources.files("ped_geo.sources") / "data" / "sample-estate.osm.gz"


@pytest.fixture(scope="module")
def study():
    path = ROOT / "districts" / "sample-estate.toml"
    return parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.parent)


@pytest.fixture(scope="module")
def estate(study):
    return load_place(study, Path("unused"))


@pytest.fixture(scope="module")
def layers(estate):
    names = ("boundary", "footprints", "ways", "areas", "points_of_interest")
    return {name: to_working_crs(getattr(estate, name), 2178, layer=name) for name in names}


@pytest.fixture(scope="module")
def buildings(layers, study):
    return build_buildings(layers["footprints"], layers["boundary"], layers["areas"], layers["points_of_interest"], study)


def tags_of(frame):
    return [json.loads(tags) for tags in frame["tags"]]


def test_the_packaged_file_is_what_the_script_draws():
    spec = importlib.util.spec_from_file_location("draw_sample_estate", ROOT / "scripts" / "draw_sample_estate.py")
    script = importlib.util.module_from_spec(spec)
    sys.modules["draw_sample_estate"] = script
    spec.loader.exec_module(script)
    assert gzip.decompress(PACKAGED.read_bytes()).decode() == script.draw(), "run scripts/draw_sample_estate.py"
    assert len(PACKAGED.read_bytes()) < 300_000


def test_the_estate_is_not_taken_for_a_real_place(estate, study):
    assert study.sample
    assert "not a real place" in estate.provenance["attribution"]
    assert "nie prawdziwe miejsce" in estate.provenance["attribution"]
    assert estate.provenance["licence"] == "MIT"
    assert estate.origin == "sample"
    assert "Wzorcowe" in study.title


def test_it_is_read_by_the_parser_of_real_files(estate, study, tmp_path):
    path = tmp_path / "copy.osm.gz"
    path.write_bytes(PACKAGED.read_bytes())
    sources = study.sources.model_copy(update={"buildings": "osm_file", "files": (path,)})
    copy = load_place(study.model_copy(update={"sources": sources}), Path("unused"))
    for name in ("footprints", "ways", "areas", "points_of_interest"):
        ours, theirs = getattr(estate, name), getattr(copy, name)
        assert list(ours.index) == list(theirs.index)
        assert ours.geometry.to_wkb().tolist() == theirs.geometry.to_wkb().tolist()
        assert ours["tags"].tolist() == theirs["tags"].tolist()
    assert not len(estate.rejected)


def test_it_has_about_a_hundred_buildings_of_eight_or_more_kinds(estate, buildings):
    drawn, *_ = buildings
    assert 80 <= len(drawn) <= 120
    assert drawn["use"].nunique() >= 8
    kinds = Counter(tags.get("building", "part") for tags in tags_of(estate.footprints))
    assert {"apartments", "school", "kindergarten", "church", "retail", "terrace", "detached", "garages", "construction", "roof"} <= set(
        kinds
    )


def test_it_holds_the_cases_a_parser_must_bear(estate):
    footprints, places = tags_of(estate.footprints), tags_of(estate.points_of_interest)
    assert any("building:part" in tags for tags in footprints)
    assert any(tags.get("heritage") for tags in footprints)
    assert any(tags.get("building:levels") == "5;5" for tags in footprints)
    assert any("<script>" in tags.get("name", "") for tags in places)
    assert any(tags.get("name", "").startswith("=") for tags in places)
    solar = [tags for tags in tags_of(estate.areas) + places if tags.get("generator:source") == "solar"]
    assert len(solar) == 2
    court = estate.footprints.loc[[key.startswith("relation/") for key in estate.footprints.index]]
    assert len(court) == 1
    assert len(court.geometry.iloc[0].interiors) == 1


def test_tags_are_as_uneven_as_on_real_estates(estate):
    flats = [tags for tags in tags_of(estate.footprints) if tags.get("building") in {"apartments", "yes"}]
    with_levels = sum("building:levels" in tags for tags in flats) / len(flats)
    with_year = sum("start_date" in tags for tags in flats) / len(flats)
    assert 0.4 < with_levels < 0.9
    assert 0.05 < with_year < 0.5


def test_panel_blocks_have_the_shape_of_panel_blocks(buildings):
    drawn, *_ = buildings
    slabs = drawn[(drawn["use"] == "residential_multi") & (drawn["storeys_above_ground"] == 5)]
    assert len(slabs) >= 15
    assert (drawn["storeys_above_ground"] == 11).sum() >= 8
    half = slabs.geometry.length / 4.0
    width = half - (half**2 - slabs.geometry.area) ** 0.5
    assert width.between(10.5, 12.7).mean() > 0.9
    assert ((slabs.geometry.area / width).between(44, 76)).mean() > 0.9
    assert slabs["footprint_area_m2"].between(500, 950).mean() > 0.9


def test_no_building_stands_on_another_or_on_a_street(layers, buildings):
    drawn, *_ = buildings
    pairs = drawn.sindex.query(drawn.geometry, predicate="overlaps")
    shared = [drawn.geometry.iloc[a].intersection(drawn.geometry.iloc[b]).area for a, b in pairs.T if a < b]
    assert max(shared, default=0.0) < 0.5
    carriageways = layers["ways"][[tags.get("highway") not in {None, "footway"} for tags in tags_of(layers["ways"])]]
    assert not len(drawn.sindex.query(carriageways.geometry, predicate="intersects")[0])


def test_its_streets_make_eight_to_fifteen_blocks_and_each_building_lies_in_one(layers, buildings, study):
    drawn, *_ = buildings
    streets = build_streets(layers["ways"], layers["boundary"])
    blocks = build_blocks(streets, layers["ways"], layers["boundary"], drawn, study)
    with_homes = assign_blocks(drawn, blocks)
    inside = with_homes[with_homes["in_district"]]
    # all streets that cross the boundary divide: eleven faces on the plan
    assert len(blocks) == 11
    assert inside["block_id"].isin(blocks.index).all()
    assert blocks.geometry.area.sum() == pytest.approx(layers["boundary"].geometry.area.sum(), rel=1e-6)
    kinds = set(streets["highway"])
    assert {"primary", "residential", "service", "footway"} <= kinds


def test_it_has_stops_services_car_parks_and_greens(estate):
    places, areas, ways = tags_of(estate.points_of_interest), tags_of(estate.areas), tags_of(estate.ways)
    assert sum(tags.get("highway") == "bus_stop" or tags.get("railway") == "tram_stop" for tags in places) >= 4
    assert {"pharmacy", "post_office"} <= {tags.get("amenity") for tags in places}
    assert sum(tags.get("amenity") == "parking" for tags in areas) >= 5
    assert {"park", "playground"} <= {tags.get("leisure") for tags in areas}
    assert {"tram"} <= {tags.get("railway") for tags in ways}
    assert any(tags.get("junction") == "roundabout" for tags in ways)
