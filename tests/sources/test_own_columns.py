"""Files whose columns and words are the city's own: mapped in the district file, told back, and read in the formats that offices have."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ped_geo import remarks
from ped_geo.buildings import build_buildings
from ped_geo.errors import SourceError, StudyError
from ped_geo.pipeline.proposal import proposed_district
from ped_geo.pipeline.unused import unused_settings
from ped_geo.sources import load_place
from ped_geo.study import Study, parse_study
from tests.hamlet import make_areas, make_boundary, make_buildings, make_places

CITY = {
    "NR_EWID": ["A-1", "A-2", "A-3"],
    "L_PIETER": [5, 2, 1],
    "POWSTAL": [1974, 1930, 2001],
    "CO": ["siec", "kafle", "siec"],
    "PRZEZN": ["blok", "dom", "sklep"],
    "UWAGI": ["a", "b", "c"],
}
SETTINGS = {
    "id": "NR_EWID",
    "columns": {"storeys_above_ground": "L_PIETER", "construction_year": "POWSTAL", "heat_supply": "CO", "use": "PRZEZN"},
    "words": {
        "heat_supply": {"sieć": "district_heat", "kafle": "coal"},
        "use": {"blok": "residential_multi", "dom": "residential_single", "sklep": "retail"},
    },
}


def frame(**columns: object) -> gpd.GeoDataFrame:
    shapes = [shapely.box(500_000 + 40 * number, 240_000, 500_020 + 40 * number, 240_020) for number in range(3)]
    return gpd.GeoDataFrame(columns or CITY, geometry=shapes, crs=2180)


def study(*files: Path, **sources: object) -> Study:
    return Study(name="x", title="X", country="PL", sources={"buildings": "footprints_file", "files": files, **sources})


def told(given: Study) -> list[str]:
    found = remarks.source_remarks(load_place(given, Path("unused")).provenance)
    return remarks.sentences(remarks.remark_frame(found), "en")


def built(given: Study) -> gpd.GeoDataFrame:
    """Layer ``buildings`` of a file."""
    place = load_place(given, Path("unused"))
    layers = [getattr(place, name).to_crs(2178) for name in ("footprints", "boundary", "areas", "points_of_interest")]
    return build_buildings(*layers, given)[0]


def test_columns_and_words_that_are_mapped_reach_the_buildings(tmp_path):
    frame().to_file(tmp_path / "a.gpkg")
    found = built(study(tmp_path / "a.gpkg", **SETTINGS)).loc[["A-1", "A-2", "A-3"]]
    assert found["storeys_above_ground"].tolist() == [5, 2, 1]
    assert found["construction_year"].tolist() == [1974.0, 1930.0, 2001.0]
    assert found["heat_supply"].tolist() == ["district_heat", "coal", "district_heat"]
    assert found["use"].tolist() == ["residential_multi", "residential_single", "retail"]
    assert set(found["storeys_above_ground_source"]) == {"file"}


def test_each_column_is_told_as_used_or_unused(tmp_path):
    frame().to_file(tmp_path / "a.gpkg")
    said = told(study(tmp_path / "a.gpkg", **SETTINGS))
    for pair in (
        "L_PIETER → storeys_above_ground",
        "POWSTAL → construction_year",
        "CO → heat_supply",
        "PRZEZN → use",
        "NR_EWID → building_id",
    ):
        assert pair in said[0]
    assert "columns that nothing reads: UWAGI (1 in all)" in said[1]


def test_a_mapped_column_goes_before_one_that_is_named_so(tmp_path):
    frame(KONDYGN=[9, 9, 9], POPRAWNE=[3, 4, 5]).to_file(tmp_path / "a.gpkg")
    given = study(tmp_path / "a.gpkg", columns={"storeys_above_ground": "POPRAWNE"})
    assert sorted(built(given)["storeys_above_ground"]) == [3, 4, 5]


def test_words_are_mapped_in_columns_that_are_recognised_by_their_name(tmp_path):
    frame(ogrzewanie=["CO1", "CO2", "CO1"]).to_file(tmp_path / "a.gpkg")
    given = study(tmp_path / "a.gpkg", words={"heat_supply": {"CO1": "gas", "CO2": "biomass"}})
    assert [json.loads(tags)["heating"] for tags in load_place(given, tmp_path).footprints["tags"]] == ["gas", "biomass", "gas"]


def test_all_mistakes_of_a_mapping_are_told_at_once(tmp_path):
    frame().to_file(tmp_path / "a.gpkg")
    wrong = {"columns": {"storeys": "L_PIETER", "use": "FUNKCJA"}, "words": {"heat_supply": {"sieć": "atom"}}, "id": "UUID"}
    with pytest.raises(SourceError) as error:
        load_place(study(tmp_path / "a.gpkg", **wrong), tmp_path)
    problems = " ".join(error.value.problems)
    assert "columns names 'storeys', must be one of use, storeys_above_ground" in problems
    assert "columns.use is 'FUNKCJA', but there is no such column; there are NR_EWID, L_PIETER" in problems
    assert "words.heat_supply takes 'sieć' for 'atom', must be one of district_heat, gas" in problems
    assert "id is 'UUID', but there is no such column" in problems


def test_a_column_that_tells_no_buildings_apart_is_no_id(tmp_path):
    frame(gmina=["a", "a", "a"]).to_file(tmp_path / "a.gpkg")
    with pytest.raises(SourceError, match="id is 'gmina', which says the same in most of 3 rows"):
        load_place(study(tmp_path / "a.gpkg", id="gmina"), tmp_path)


def test_a_layer_is_taken_by_its_name_or_refused_with_those_there_are(tmp_path):
    path = tmp_path / "a.gpkg"
    frame(KONDYGN=[1, 1, 1]).to_file(path, layer="stare")
    frame(KONDYGN=[7, 7, 7]).to_file(path, layer="nowe")
    assert set(built(study(path, layer="nowe"))["storeys_above_ground"]) == {7}
    with pytest.raises(SourceError, match=r"has no layer 'inne', which \[sources\] layer names; it has stare, nowe"):
        load_place(study(path, layer="inne"), tmp_path)


def test_a_shapefile_with_neither_system_nor_code_page_is_read_as_the_district_file_says(tmp_path):
    """cp1250, EPSG:2180, Polish columns: as counties send them."""
    frame(
        ID_BUD=["1", "2", "3"], ULICA=["Łąkowa", "Żwirki", "Świętej"], NUMER=["1", "2", "3"], KONDYGN=[3, 4, 1],
        FUNKCJA=["residential_buildings", "Budynki biurowe", "g"], ROK_BUD=[1905, 1912, 1919],
        ŹRÓDŁO_C=["sieć ciepłownicza", "piec węglowy", "brak"],
    ).to_file(tmp_path / "a.shp", encoding="cp1250")  # fmt: skip
    (tmp_path / "a.cpg").unlink()
    given = study(tmp_path / "a.shp", encoding="cp1250", files_crs="EPSG:2180")
    with_system = built(given)
    (tmp_path / "a.prj").unlink()
    found = built(given).set_index("street").loc[["Łąkowa", "Żwirki", "Świętej"]]
    assert found.geometry.area.sum() == pytest.approx(with_system.geometry.area.sum(), rel=1e-9)
    assert found["storeys_above_ground"].tolist() == [3, 4, 1]
    assert found["construction_year"].tolist() == [1905.0, 1912.0, 1919.0]
    assert found["use"].tolist() == ["residential_multi", "office", "outbuilding"]
    assert found["heat_supply"].tolist()[:2] == ["district_heat", "coal"]
    with pytest.raises(SourceError, match=r"a\.shp names no coordinate system; name it in \[sources\] files_crs"):
        load_place(study(tmp_path / "a.shp", encoding="cp1250"), tmp_path)


@pytest.mark.parametrize(
    ("name", "read"),
    [("budynki_cp1250.shp", {}), ("egib.gpkg", {}), ("wiele.gpkg", {"layer": "budynki_ewid"}), ("b.gdb.zip", {})],
)
def test_real_registers_keep_storeys_years_uses_and_heat(shared_data, name, read):
    path = shared_data.parent / "cases" / "gis" / name
    if not path.exists():
        pytest.skip("the files of the register are not there")
    found = built(study(path, **read))
    drawn = load_place(study(path, **read), path.parent).footprints
    assert len(drawn) == 155
    for column in ("storeys_above_ground", "construction_year"):
        assert (found[f"{column}_source"] == "file").all(), column
    heated = found[found["heated"]]
    assert (heated["heat_supply_source"] == "file").all()
    assert set(heated["heat_supply"]) == {"district_heat", "coal", "gas"}
    # 101 residential buildings of the register, of which the size tells houses from blocks of flats; one of them is no building
    assert found["use"].str.startswith("residential").sum() in {100, 101}
    assert set(found["use_source"]) <= {"file", "inferred: size"}


def test_the_folder_of_a_file_geodatabase_is_read_as_its_package_is(shared_data, tmp_path):
    package = shared_data.parent / "cases" / "gis" / "b.gdb.zip"
    if not package.exists():
        pytest.skip("the file geodatabase is not there")
    with zipfile.ZipFile(package) as packed:
        packed.extractall(tmp_path)
    (folder,) = tmp_path.rglob("*.gdb")
    a, b = (load_place(study(path), tmp_path) for path in (package, folder))
    pd.testing.assert_frame_equal(a.footprints, b.footprints)
    assert len(b.provenance["files"]) > 10


def test_another_folder_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "dane").mkdir()
    with pytest.raises(SourceError, match="is a folder; name a file in it, or the folder of an Esri file geodatabase"):
        load_place(study(tmp_path / "dane"), tmp_path)


def test_closed_lines_of_a_drawing_are_outlines_and_the_layer_chooses_among_them(tmp_path):
    closed = [shapely.LineString(shape.exterior.coords) for shape in frame().geometry]
    lines = [*closed, shapely.LineString([(500_000, 240_100), (500_100, 240_100)])]
    drawing = gpd.GeoDataFrame({"Layer": ["BUDYNKI", "BUDYNKI", "GARAZE", "OGRODZENIA"]}, geometry=lines, crs=2180)
    drawing.to_file(tmp_path / "a.dxf", driver="DXF")
    with pytest.raises(SourceError, match="names no coordinate system"):
        load_place(study(tmp_path / "a.dxf"), tmp_path)
    place = load_place(study(tmp_path / "a.dxf", files_crs="EPSG:2180"), tmp_path)
    assert place.footprints.area.tolist() == pytest.approx([400.0] * 3)
    assert place.rejected["reason"].tolist() == ["no_geometry"]
    assert len(load_place(study(tmp_path / "a.dxf", files_crs="EPSG:2180", layer="BUDYNKI"), tmp_path).footprints) == 2
    with pytest.raises(SourceError, match=r"nothing in the layer 'DROGI'.*BUDYNKI, GARAZE, OGRODZENIA"):
        load_place(study(tmp_path / "a.dxf", files_crs="EPSG:2180", layer="DROGI"), tmp_path)


def test_a_spatialite_database_is_refused_with_what_to_do(tmp_path):
    with sqlite3.connect(tmp_path / "a.sqlite") as base:
        for name in ("spatial_ref_sys", "geometry_columns", "budynki"):
            base.execute(f"CREATE TABLE {name} (id INTEGER)")
    base.close()
    with pytest.raises(SourceError, match="is a SpatiaLite database; save its layer as a GeoPackage"):
        load_place(study(tmp_path / "a.sqlite"), tmp_path)


def test_an_unknown_code_page_is_told_before_any_work():
    with pytest.raises(StudyError, match=r"\[sources\] encoding is 'cp12500', no known code page"):
        parse_study('[sources]\nencoding = "cp12500"', name="x", folder=Path())


@pytest.mark.parametrize("name", ["layer", "id", "encoding", "attribution", "columns", "words"])
def test_a_mapping_that_no_source_reads_is_told(name):
    value = {"columns": {"use": "A"}, "words": {"use": {"a": "office"}}}.get(name, "utf-8")
    given = Study(name="x", sources={"buildings": "osm", name: value})
    assert any(problem.startswith(f"[sources] {name} is given") for problem in unused_settings(given))


def test_the_products_own_layer_gives_back_every_attribute(tmp_path):
    """All attributes and who told them, but for what is inferred from the whole anew."""
    first = make_buildings()
    path = tmp_path / "buildings.gpkg"
    first.reset_index().to_file(path, layer="buildings")
    given = study(path)
    raw = load_place(given, tmp_path).footprints
    again = build_buildings(raw, make_boundary(), make_areas(), make_places(), given)[0]
    assert again.index.tolist() == sorted(first.index)
    first = first.loc[again.index]
    for column in (
        *("name", "street", "housenumber", "use", "storeys_above_ground", "storeys_above_ground_source", "construction_year"),
        *("height_m", "roof_shape", "roof_shape_source", "roof_levels", "heat_supply", "refurbishment_state", "refurbishment_state_source"),
        *("heritage", "dwellings", "reference_area_m2"),
    ):
        if first[column].dtype.kind == "f":
            assert again[column].fillna(-1).tolist() == pytest.approx(first[column].fillna(-1).tolist()), column
        else:
            assert again[column].astype(str).tolist() == first[column].astype(str).tolist(), column
    dated = first["construction_year"].notna()
    assert again.loc[dated, "tabula_code"].tolist() == first.loc[dated, "tabula_code"].tolist()
    inferred = first["use_source"].str.startswith("inferred")
    assert again["use_source"].tolist() == first["use_source"].where(~inferred, "file").tolist()
    said = told(given)
    assert not [sentence for sentence in said if "nothing reads" in sentence]


# a district file from a file -------------------------------------------------------------------------------------------


def proposed(path: Path, folder: Path, lang: str = "en") -> tuple[str, Study]:
    """The proposed district file, and the study it gives."""
    (folder / "districts").mkdir(exist_ok=True)
    text = proposed_district(path, folder / "districts" / "a.toml", lang)
    return text, parse_study(text, name="a", folder=folder / "districts")


def test_the_box_in_the_comments_is_that_of_the_file(tmp_path):
    """Taken out of its comment it holds every building, and reaches no further than two metres beyond them."""
    given = frame(ID=["1", "2", "3"])
    given.to_file(tmp_path / "a.gpkg")
    text, whole = proposed(tmp_path / "a.gpkg", tmp_path)
    assert whole.place.bbox is None
    opened = text.replace("# [place]", "[place]").replace("# bbox", "bbox")
    west, south, east, north = parse_study(opened, name="a", folder=tmp_path / "districts").place.bbox
    box = gpd.GeoSeries([shapely.box(west, south, east, north)], crs=4326).to_crs(given.crs).iloc[0]
    assert given.within(box).all()
    assert box.within(shapely.box(*given.total_bounds).buffer(3.0, join_style="mitre"))


def test_a_district_file_from_a_register_maps_what_is_recognised_and_reads_the_same(tmp_path):
    frame(
        ID_BUD=["1", "2", "3"], ULICA=["A", "B", "C"], KONDYGN=[3, 4, 1], FUNKCJA=["residential_buildings", "g", "igloo"],
        ROK_BUD=[1905, 1912, 1919], ŹRÓDŁO_C=["sieć ciepłownicza", "piec węglowy", "kotłownia"],
        STAN=["ocieplony", "nieocieplony", "ocieplony"], UWAGI=["x", "y", "z"],
    ).to_file(tmp_path / "rejestr miasta.shp", encoding="cp1250")  # fmt: skip
    text, given = proposed(tmp_path / "rejestr miasta.shp", tmp_path)
    assert given.sources.columns == {
        "use": "FUNKCJA",
        "storeys_above_ground": "KONDYGN",
        "construction_year": "ROK_BUD",
        "heat_supply": "ŹRÓDŁO_C",
        "refurbishment_state": "STAN",
        "street": "ULICA",
    }
    assert given.sources.id == "ID_BUD"
    assert '# "kotłownia" = ""' in text
    assert '# "igloo" = ""' in text
    assert "columns that nothing reads: UWAGI" in text
    found = built(given.model_copy(update={"country": "PL"}))
    assert sorted(found["storeys_above_ground"]) == [1, 3, 4]
    assert found.sort_index()["refurbishment_state"].tolist() == ["first_etics", "original", "first_etics"]
    assert "kolumny, których nic nie czyta: UWAGI" in proposed(tmp_path / "rejestr miasta.shp", tmp_path, "pl")[0]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"Geschosszahl": [3, 4, 1], "Baujahr": [1905, 1912, 1919], "Heizung": ["gas"] * 3},
            ["storeys_above_ground", "construction_year", "heat_supply"],
        ),
        (
            {"storeys": [3, 4, 1], "year_built": [1905, 1912, 1919], "street_name": ["A"] * 3},
            ["storeys_above_ground", "construction_year", "street"],
        ),
    ],
)
def test_german_and_english_names_of_columns_are_proposed(tmp_path, columns, told):
    frame(**columns).to_file(tmp_path / "a.gpkg")
    assert list(proposed(tmp_path / "a.gpkg", tmp_path)[1].sources.columns) == told


@pytest.mark.filterwarnings("ignore:.*crs. was not provided")
def test_a_file_without_a_system_and_with_hostile_names_gives_a_file_that_can_be_read(tmp_path):
    name = '"] \n evil = 1'
    given = gpd.GeoDataFrame({"KONDYGN": [1, 2, 3], name: ["a", "b", "c"]}, geometry=list(frame().geometry))
    given.to_file(tmp_path / "a.gpkg")
    text, study_ = proposed(tmp_path / "a.gpkg", tmp_path)
    assert study_.sources.files_crs == "EPSG:2180"
    assert "the file names no coordinate system; write the right one" in text
    assert study_.sources.columns == {"storeys_above_ground": "KONDYGN"}
