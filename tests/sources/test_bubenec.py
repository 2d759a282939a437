"""Prague-Bubeneč: a real neighbourhood without tags, offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from ped_geo.blocks import build_blocks
from ped_geo.buildings import build_buildings
from ped_geo.crs import to_working_crs, working_epsg
from ped_geo.sources import load_place
from ped_geo.streets import build_streets
from ped_geo.study import parse_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def study():
    path = ROOT / "districts" / "bubenec.toml"
    return parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.parent)


@pytest.fixture(scope="module")
def place(study):
    return load_place(study, Path("unused"))


def test_it_lies_in_prague_and_needs_no_network(place, monkeypatch):
    west, south, east, north = place.footprints.to_crs(4326).total_bounds
    assert 14.39 < west < east < 14.42
    assert 50.09 < south < north < 50.12
    assert place.origin != "live"
    assert place.provenance["source"] == "bubenec"


def test_it_holds_the_buildings_and_streets_of_the_package(place):
    assert len(place.footprints) == 144
    assert len(place.ways) == 35
    assert place.footprints.index.is_unique
    assert place.provenance["files"][0]["sha256"]


def test_areas_are_those_of_the_ground_not_of_the_web_map(place):
    ground = to_working_crs(place.footprints, working_epsg(14.40, 50.10, "CZ"), layer="footprints")
    # Web Mercator stretches lengths by 1 / cos(latitude), areas by its square, 2.43 at 50.1 degrees
    assert place.footprints.to_crs(3857).area.sum() / ground.area.sum() == pytest.approx(2.43, abs=0.02)


def test_untagged_footprints_become_buildings_and_blocks(place, study):
    epsg = working_epsg(14.40, 50.10, "CZ")
    names = ("boundary", "footprints", "ways", "areas", "points_of_interest")
    layers = {name: to_working_crs(getattr(place, name), epsg, layer=name) for name in names}
    drawn, aside, _ = build_buildings(layers["footprints"], layers["boundary"], layers["areas"], layers["points_of_interest"], study)
    assert len(drawn) + len(aside) >= 140
    assert (drawn["storeys_above_ground"] >= 1).all()
    assert (drawn["storeys_above_ground_source"] != "osm").all()
    blocks = build_blocks(build_streets(layers["ways"], layers["boundary"]), layers["ways"], layers["boundary"], drawn, study)
    assert 5 <= len(blocks) <= 30
