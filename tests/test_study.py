"""Settings: what a district file may say and how its mistakes are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ped_geo.errors import StudyError
from ped_geo.pipeline.proposal import named_district
from ped_geo.sources._snapshot import Snapshot
from ped_geo.study import Study, district_file, parse_study, slug


def parse(text: str, **options) -> Study:
    return parse_study(text, name="here", folder=Path("/some/where"), **options)


def test_empty_file_gives_the_defaults():
    study = parse("")
    assert study.name == "here"
    assert [variant.key for variant in study.variants][:2] == ["today", "today_pv"]


def test_all_problems_of_a_file_are_told_at_once_with_value_and_bound():
    with pytest.raises(StudyError) as told:
        parse("[place]\nbbox = [20, 50, 19, 51]\n[solar]\nflat_tilt = 95\ntilt = 3\n[finance]\ndiscount_rate = 4\n[assumptions]\n")
    lines = str(told.value).splitlines()
    assert lines[0] == "district file 'here' has 4 problems:"
    assert "west, south, east, north" in lines[1]
    assert "[solar] flat_tilt is 95" in lines[2]
    assert "less than or equal to 60" in lines[2]
    assert "[solar] tilt is not a known setting" in lines[3]
    assert "[finance] discount_rate is 4" in lines[4]


def test_unknown_assumption_is_refused():
    with pytest.raises(StudyError, match=r"\[assumptions\] 'pv.modul_wp' is not a known assumption"):
        parse('[assumptions]\n"pv.modul_wp" = 400\n')


def test_broken_toml_says_where():
    with pytest.raises(StudyError, match="not valid TOML.*line 1"):
        parse("[place\n")


def test_relative_paths_start_at_the_district_file():
    study = parse('[place]\nboundary_file = "b.geojson"\n[sources]\nfiles = ["x.osm.pbf"]\n')
    assert study.place.boundary_file == Path("/some/where/b.geojson")
    assert study.sources.files == (Path("/some/where/x.osm.pbf"),)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "", "Ząb", "x" * 80, "con\x00"])
def test_name_of_a_study_is_never_a_path(name):
    with pytest.raises(StudyError):
        parse_study(f"name = {name!r}".replace("'", '"') if "\x00" not in name else 'name = "con\\u0000"', name="x", folder=Path())


@given(st.text(max_size=120))
def test_slug_is_always_a_valid_study_name(text):
    assert Study(name=slug(text)).name == slug(text)


# the first text of all reads the catalogue
@settings(deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_written_district_file_always_reads_back(place):
    printable = "".join(letter if letter.isprintable() else " " for letter in place).split()
    if not printable:
        return
    for lang in ("pl", "en"):
        written = district_file(place, lang)
        assert parse(written).place.query == " ".join(printable)


def test_a_written_district_file_speaks_the_readers_language_and_holds_nobody_elses_coordinates():
    polish, english = (district_file("Osiedle X", lang) for lang in ("pl", "en"))
    assert "stopnie" in polish
    assert "degrees" in english
    assert not re.search(r"\d", polish + english)
    assert "współrzędnych" in polish
    assert "Nothing on this machine knows the coordinates" in english


@pytest.mark.parametrize(
    ("place", "told", "box"),
    [
        ("Osiedle Y", "zamrożonych danych", [20.1, 50.05, 20.2, 50.09]),
        ("os. Złotego Wieku, Kraków", "zlotego-wieku.toml", [19.9935, 50.094, 20.0075, 50.1025]),
        ("Osiedle Tysiąclecia, Kraków", "całość: Kraków", [19.79, 49.96, 20.22, 50.13]),
    ],
)
def test_a_written_district_file_has_the_places_own_coordinates_where_they_are_known(tmp_path, place, told, box):
    """A frozen outline, a file that comes with the program, and the extent of a city in its country's pack; taken as told they are read."""
    outline = {"type": "Polygon", "coordinates": [[[20.1, 50.05], [20.2, 50.05], [20.2, 50.09], [20.1, 50.05]]]}
    frozen = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": outline}]})
    Snapshot(tmp_path / "data" / "raw" / "osiedle-y").write({"boundary.geojson": frozen.encode()}, {})
    polish, english = (named_district(place, tmp_path, lang) for lang in ("pl", "en"))
    assert told in polish
    assert parse(polish).place.bbox is None
    filled = english.replace("# bbox", "bbox").replace("# centre", "centre")
    assert parse(filled).place.bbox == pytest.approx(box)
    assert parse(filled).place.centre == pytest.approx(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), abs=1e-5)


@pytest.mark.parametrize(
    ("content", "near"),
    [("[place]\nqeury = 'x'", "query"), ("[sourcs]\nx = 1", "sources"), ("[place]\nradius = 2", "radius_m")],
)
def test_a_misspelt_setting_is_told_with_the_nearest(content, near):
    with pytest.raises(StudyError, match=rf"is not a known setting \(nearest: {near}\); see districts/README"):
        parse(content)


def test_study_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Study(name="x").title = "y"
