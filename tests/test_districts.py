"""The district files that ship with the project, and the page that lists every setting."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

from ped_geo.crs import working_epsg
from ped_geo.errors import StudyError
from ped_geo.language import catalogue
from ped_geo.sources import SOURCES
from ped_geo.study import parse_study

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "districts").glob("*.toml"))


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("document_settings", ROOT / "scripts" / "document_settings.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["document_settings"] = module
    spec.loader.exec_module(module)
    return module


def load(path):
    return parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.parent)


def test_the_places_that_people_are_told_of_are_there():
    assert {"zlotego-wieku", "mistrzejowice", "sample-estate", "bubenec"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_district_file_is_valid_small_commented_and_named_after_its_file(path):
    study = load(path)
    assert study.name == path.stem
    assert study.title != study.name
    assert study.sources.buildings in SOURCES.load()
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) < 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_district_file_repeats_no_default(path):
    defaults = parse_study("", name="empty", folder=path.parent).model_dump(mode="json", by_alias=True)
    for section, settings in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for key, value in settings.items() if isinstance(settings, dict) else ():
            if (section, key) not in {("sources", "weather"), ("place", "radius_m")}:
                assert value != defaults[section][key], f"[{section}] {key}"


def test_the_default_district_has_a_box_around_its_middle_in_zone_7():
    place = load(ROOT / "districts" / "zlotego-wieku.toml").place
    west, south, east, north = place.bbox
    assert west < place.centre[0] < east
    assert south < place.centre[1] < north
    assert place.bbox == (19.9935, 50.0940, 20.0075, 50.1025)
    assert working_epsg(*place.centre, "PL") == 2178


def test_the_gliwice_example_lies_in_zone_6():
    place = load(ROOT / "districts" / "gliwice-srodmiescie.toml").place
    assert working_epsg(*place.centre, "PL") == 2177


def test_only_the_sample_estate_is_a_sample():
    assert [path.stem for path in FILES if load(path).sample] == ["sample-estate"]


def test_the_list_of_settings_is_what_the_settings_say(script):
    written = (ROOT / "districts" / "README.md").read_text(encoding="utf-8")
    assert written == script.document(), "run scripts/document_settings.py"


def test_every_setting_has_words_in_both_languages_and_no_words_lack_a_setting(script):
    known = {f"settings.{section}.{name}" for section, model in script.sections().items() for name in script.settings(section, model)}
    known |= {f"settings.{section}" for section in script.sections()}
    known |= {f"settings.{name}" for name in ("head", "intro", "table", "assumptions", "examples")}
    assert {key for key in catalogue() if key.startswith("settings.")} == known


@pytest.mark.parametrize("path", sorted((ROOT / "districts" / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_valid_and_names_sources_that_exist(path):
    sources = load(path).sources
    assert {sources.buildings, sources.second} - {""} <= set(SOURCES.load())


def test_an_unknown_setting_points_to_that_list():
    with pytest.raises(StudyError, match=r"\[solar\] colour is not a known setting; see districts/README\.md"):
        parse_study('[solar]\ncolour = "blue"\n', name="x", folder=Path())


def test_a_type_is_written_in_words(script):
    assert script.kind_of(float | None) == "number"
    assert script.kind_of(tuple[Path, ...]) == "list of path"
    assert script.kind_of(tuple[float, float]) == "2 numbers"
