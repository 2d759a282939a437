"""Boundaries of the national register by name and code, from a server that fails in every known way."""

from __future__ import annotations

import io
import zipfile

import geopandas as gpd
import pytest
import shapely

from ped_geo.errors import ChecksumError, SourceError
from ped_geo.sources import load_place
from ped_geo.sources.prg import unit_of_package
from ped_geo.study import Study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE

URL = "/prg/granice/00_jednostki_administracyjne.zip"


def unit(code, name, west, south, size):
    return {"JPT_KOD_JE": code, "JPT_NAZWA_": name, "geometry": shapely.box(west, south, west + size, south + size)}


# PL-1992 (EPSG:2180), as the register is: a town that is county and commune, two communes of one name, and the hamlet
COUNTIES = [unit("1261", "powiat Kraków", 560_000, 240_000, 20_000), unit("2466", "Gliwice", 470_000, 260_000, 10_000)]
COMMUNES = [
    unit("1261011", "Kraków", 560_000, 240_000, 20_000),
    unit("2466011", "Gliwice", 470_000, 260_000, 9_000),
    unit("1001052", "Łęka", 500_000, 400_000, 1_000),
    unit("0202052", "Łęka", 510_000, 400_000, 1_000),
]


def package(folder, layers=(("A02_Granice_powiatow", COUNTIES), ("A03_Granice_gmin", COMMUNES))):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, rows in layers:
            gpd.GeoDataFrame(rows, crs=2180).to_file(folder / f"{name}.shp", encoding="utf-8")
            for path in sorted(folder.glob(f"{name}.*")):
                out.write(path, f"granice/{path.name}")
                path.unlink()
    return packed.getvalue()


def test_a_code_and_a_name_mean_the_same_unit_whatever_the_case(tmp_path):
    content = package(tmp_path)
    expected = gpd.GeoSeries([COMMUNES[0]["geometry"]], crs=2180)
    for wanted in ("1261011", "kraków", " Kraków "):
        found = unit_of_package(content, wanted)
        assert found["origin"].tolist() == ["prg"]
        assert found.to_crs(2180).geometry.iloc[0].symmetric_difference(expected.iloc[0]).area == pytest.approx(0.0, abs=100.0)


def test_a_leading_zero_of_a_code_counts(tmp_path):
    content = package(tmp_path)
    assert unit_of_package(content, "0202052").to_crs(2180).total_bounds[0] == pytest.approx(510_000, abs=1.0)
    with pytest.raises(SourceError, match="has no unit '202052'"):
        unit_of_package(content, "202052")


def test_a_county_is_found_by_its_code_and_a_town_as_a_commune_first(tmp_path):
    content = package(tmp_path)
    # 10 km wide as a county, 9 km as a commune
    widths = [unit_of_package(content, wanted).to_crs(2180).area.iloc[0] ** 0.5 for wanted in ("2466", "Gliwice")]
    assert widths == pytest.approx([10_000, 9_000], rel=1e-4)


def test_units_of_one_name_are_not_guessed_at(tmp_path):
    with pytest.raises(SourceError, match=r"2 units called 'Łęka' \(1001052.*0202052.*give the TERYT code"):
        unit_of_package(package(tmp_path), "Łęka")


def test_a_damaged_layer_is_told_in_one_sentence(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("A03_Granice_gmin.shp", b"nothing of a shapefile")
    with pytest.raises(SourceError, match="cannot be read") as told:
        unit_of_package(packed.getvalue(), "Kraków")
    assert "\n" not in str(told.value)


# fetched --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(osm, tmp_path):
    hamlet = gpd.GeoSeries([shapely.box(20.0, 50.09, 20.0022, 50.0922)], crs=4326).to_crs(2180)
    rows = [{"JPT_KOD_JE": "1261049", "JPT_NAZWA_": "Przysiółek", "geometry": hamlet.iloc[0]}, *COMMUNES]
    osm.files[URL] = package(tmp_path, [("A03_Granice_gmin", rows)])

    def make(prg="Przysiółek", **more):
        sources = {"timeout_s": 5.0, "longest_wait_s": 0.0, "attempts": 3} | osm.sources | {"prg_url": osm.url + URL} | more
        # the name would lead elsewhere: the register goes before it
        return Study(name="hamlet", title="Hamlet", place={"prg": prg, "query": "Nowhere"}, sources=sources)

    return make


def test_a_boundary_is_fetched_frozen_and_read_again(osm, study, tmp_path):
    place = load_place(study(), tmp_path / "raw")
    assert place.boundary["origin"].tolist() == ["prg"]
    assert place.boundary.total_bounds == pytest.approx([20.0, 50.09, 20.0022, 50.0922], abs=1e-5)
    assert len(place.footprints) == 5
    assert "GUGiK, PRG" in place.provenance["attribution"]
    assert place.provenance["boundary"]["package_bytes"] == len(osm.files[URL])
    assert "boundary.geojson" in [record["name"] for record in place.provenance["files"]]
    again = load_place(study("Przysiółek"), tmp_path / "raw")
    assert again.boundary.equals(place.boundary)
    assert osm.count("files") == 1
    assert osm.count("nominatim") == 0


def test_a_frozen_boundary_of_another_unit_is_refused(study, tmp_path):
    load_place(study(), tmp_path / "raw")
    with pytest.raises(SourceError, match="is of 'Przysiółek', not '1261011'"):
        load_place(study("1261011"), tmp_path / "raw")


def test_a_changed_boundary_is_noticed(study, tmp_path):
    load_place(study(), tmp_path / "raw")
    frozen = tmp_path / "raw" / "hamlet" / "prg" / "boundary.geojson"
    frozen.write_text(frozen.read_text().replace("50.09", "50.08"))
    with pytest.raises(ChecksumError, match="has changed since it was frozen"):
        load_place(study(), tmp_path / "raw")


@pytest.mark.parametrize("name", [name for name in FAULTS_OF_ANY_SERVICE if "drip" not in name])
def test_faults_that_pass_are_ridden_out(osm, study, tmp_path, name):
    osm.faults["files"] = [FAULTS[name]]
    assert load_place(study(timeout_s=3.0), tmp_path / "raw").boundary["origin"].tolist() == ["prg"]
    assert osm.count("files") == 2


def test_a_fault_that_lasts_leaves_nothing_behind(osm, study, tmp_path):
    osm.faults["files"] = [FAULTS["HTML instead of JSON"]] * 3
    with pytest.raises(SourceError, match="no whole ZIP package") as told:
        load_place(study(), tmp_path / "raw")
    assert "\n" not in str(told.value)
    assert not list((tmp_path / "raw").rglob("*.*"))
