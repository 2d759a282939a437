"""District files that come with the program: each loads, lies in the country it names and can be computed there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ped_geo.countries import has_pack
from ped_geo.crs import scale_problem, working_epsg
from ped_geo.district_files import slug, starters
from ped_geo.pipeline.preflight import preflight
from ped_geo.sources._whereabouts import countries_at
from ped_geo.study import parse_study

FILES = sorted(starters().glob("*.toml"))
CITIES = {
    *("Amsterdam", "Bilbao", "Budapest", "Bratislava", "København", "Matosinhos", "Rīga", "Helsinki"),
    *("Gliwice", "Warszawa", "Łódź", "Wrocław", "Rzeszów", "Bydgoszcz", "Kraków"),
}


def study_of(path):
    return parse_study(path.read_text(encoding="utf-8"), name=path.stem, folder=path.parent, subject=str(path))


def test_every_named_city_has_a_district_file():
    titles = [study_of(path).title for path in FILES]
    assert {city for city in CITIES if not any(city in title for title in titles)} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_district_file_loads_and_lies_where_it_says(path, tmp_path):
    study = study_of(path)
    assert slug(path.stem) == study.name == path.stem
    preflight(study, tmp_path)
    if study.place.centre is None:
        assert study.place.bbox is not None or study.sources.buildings == "bubenec"
        return
    longitude, latitude = study.place.centre
    country = study.country or "PL"
    assert country in countries_at(latitude, longitude)
    assert scale_problem(working_epsg(longitude, latitude, country), longitude, latitude) == ""


def test_a_district_file_says_whether_its_country_has_a_pack():
    said = {path.stem for path in FILES if "has no pack" in path.read_text(encoding="utf-8")}
    assert said == {path.stem for path in FILES if not has_pack(study_of(path).country)}


def test_district_files_are_packed_with_the_program():
    packed = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert 'districts = "ped_geo/starters"' in packed
