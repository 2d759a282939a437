"""Buildings of the land and building register: attributes under the names that counties give them, alone and as second source."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

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
    assert place.joined["state"].tolist() == ["matched"]


def test_no_file_is_told():
    with pytest.raises(SourceError, match="source 'egib' needs a file in \\[sources\\] files"):
        load_place(Study(name="x", title="X", sources={"buildings": "egib"}), Path("unused"))


@given(
    row=st.dictionaries(
        st.sampled_from(["RODZAJ", "rodzaj", "KONDYGNACJE_NADZIEMNE", "x"]), st.none() | st.integers() | st.floats() | st.text(max_size=20)
    )
)
def test_any_row_becomes_tags_of_text(row):
    assert all(isinstance(text, str) for text in egib_tags(row).values())
