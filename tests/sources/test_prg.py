"""Boundaries of the national register by name and code, from a server that fails in every known way."""

from __future__ import annotations

import io
import zipfile

import geopandas as gpd
import pytest
import shapely

from ped_geo.errors import ChecksumError, SourceError
from ped_geo.sources import load_place
from ped_geo.sources._boundary import rows_named
from ped_geo.sources._http import Client
from ped_geo.sources.prg import unit_of_package
from ped_geo.study import Study
from tests.servers import FAULTS, FAULTS_OF_ANY_SERVICE, Fault

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


def saved(folder, content):
    path = folder / "package.zip"
    path.write_bytes(content)
    return path


def test_a_code_and_a_name_mean_the_same_unit_whatever_the_case(tmp_path):
    content = saved(tmp_path, package(tmp_path))
    expected = gpd.GeoSeries([COMMUNES[0]["geometry"]], crs=2180)
    for wanted in ("1261011", "kraków", " Kraków "):
        found = unit_of_package(content, wanted)
        assert found["origin"].tolist() == ["prg"]
        assert found.to_crs(2180).geometry.iloc[0].symmetric_difference(expected.iloc[0]).area == pytest.approx(0.0, abs=100.0)


def test_a_leading_zero_of_a_code_counts(tmp_path):
    content = saved(tmp_path, package(tmp_path))
    assert unit_of_package(content, "0202052").to_crs(2180).total_bounds[0] == pytest.approx(510_000, abs=1.0)
    with pytest.raises(SourceError, match="has no unit '202052'"):
        unit_of_package(content, "202052")


def test_a_county_is_found_by_its_code_and_a_town_as_a_commune_first(tmp_path):
    content = saved(tmp_path, package(tmp_path))
    # 10 km wide as a county, 9 km as a commune
    widths = [unit_of_package(content, wanted).to_crs(2180).area.iloc[0] ** 0.5 for wanted in ("2466", "Gliwice")]
    assert widths == pytest.approx([10_000, 9_000], rel=1e-4)


def test_units_of_one_name_are_not_guessed_at(tmp_path):
    with pytest.raises(SourceError, match=r"2 units called 'Łęka' \(1001052.*0202052.*give the TERYT code"):
        unit_of_package(saved(tmp_path, package(tmp_path)), "Łęka")


def test_a_damaged_layer_is_told_in_one_sentence(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("A03_Granice_gmin.shp", b"nothing of a shapefile")
    with pytest.raises(SourceError, match="cannot be read") as told:
        unit_of_package(saved(tmp_path, packed.getvalue()), "Kraków")
    assert "\n" not in str(told.value)


def test_a_code_is_compared_with_codes_and_names_only(tmp_path):
    # the area of another county in hectares, and an id, as the register has such columns
    others = [
        unit("1206", "powiat krakowski", 540_000, 230_000, 9_000) | {"JPT_POWIER": 1261, "JPT_ID": "1206"},
        unit("1261", "powiat Kraków", 560_000, 240_000, 20_000) | {"JPT_POWIER": 32_680, "JPT_ID": "1261"},
    ]
    communes = [unit("1206011", "Czernichów", 540_000, 230_000, 4_000) | {"JPT_POWIER": 1261.0}]
    content = package(tmp_path, [("A02_Granice_powiatow", others), ("A03_Granice_gmin", communes)])
    found = unit_of_package(saved(tmp_path, content), "1261")
    assert found.to_crs(2180).area.iloc[0] ** 0.5 == pytest.approx(20_000, rel=1e-4)


def test_the_same_holds_for_a_file_of_the_register_and_areas_are_no_names_elsewhere(tmp_path):
    rows = gpd.GeoDataFrame([unit("1206011", "Czernichów", 540_000, 230_000, 4_000) | {"JPT_POWIER": 1261}, *COUNTIES], crs=2180)
    assert rows_named(rows, "1261")["JPT_NAZWA_"].tolist() == ["powiat Kraków"]
    other = gpd.GeoDataFrame({"nr": [1261, 7], "area_ha": [12.5, 1261.0]}, geometry=[shapely.box(0, 0, 1, 1)] * 2)
    assert rows_named(other, "1261").index.tolist() == [0]


def damaged(kind, folder):
    """One way in which a ZIP package is of no use."""
    content = bytearray(package(folder))
    members = zipfile.ZipFile(io.BytesIO(bytes(content))).infolist()
    for one in members:
        if kind == "encrypted":
            content[one.header_offset + 6] |= 1
        elif kind == "checksum":
            content[one.header_offset + 60 + len(one.filename)] ^= 0xFF
    start = content.find(b"PK\x01\x02")
    while start >= 0 and kind in {"encrypted", "method", "offset", "version"}:
        if kind == "encrypted":
            content[start + 8] |= 1
        elif kind == "method":
            content[start + 10] = 99
        elif kind == "version":
            content[start + 6] = 200
        else:
            content[start + 42 : start + 46] = b"\xff\xff\xff\x7f"
        start = content.find(b"PK\x01\x02", start + 4)
    return bytes(content) if kind != "cut" else bytes(content[: len(content) // 2])


@pytest.mark.parametrize("kind", ["encrypted", "checksum", "method", "offset", "version", "cut"])
def test_a_damaged_package_is_told_in_one_sentence(tmp_path, kind):
    with pytest.raises(SourceError) as told:
        unit_of_package(saved(tmp_path, damaged(kind, tmp_path)), "Kraków")
    assert "\n" not in str(told.value)
    assert "package" in str(told.value)


@pytest.mark.parametrize("lacks", [".dbf", ".prj", ".shx"])
def test_a_layer_without_one_of_its_parts_is_told(tmp_path, lacks):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out, zipfile.ZipFile(io.BytesIO(package(tmp_path))) as whole:
        for item in whole.infolist():
            if not item.filename.endswith(lacks):
                out.writestr(item.filename, whole.read(item))
    with pytest.raises(SourceError, match=r"A03_Granice_gmin\.shp of the package of boundaries cannot be read") as told:
        unit_of_package(saved(tmp_path, packed.getvalue()), "Kraków")
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


# a large file -------------------------------------------------------------------------------------------------------


def large(megabytes=6):
    return bytes(range(256)) * 4096 * megabytes


def fetched(osm, folder, *, attempts=3, check=lambda _: None):
    path = folder / "big.zip"
    Client(timeout_s=5.0, attempts=attempts, longest_wait_s=0.0, sleep=lambda _: None).download(osm.url + URL, path, check=check)
    return path


def broken(content, start, stop):
    """An answer that ends too early, in the middle of the file."""
    ranged = {"ETag": '"1"'} | ({"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {})
    return Fault(206 if start else 200, ranged, content[start:stop], does="half")


def test_a_broken_download_goes_on_where_it_stopped(osm, tmp_path):
    content = osm.files[URL] = large()
    step = 1 << 20
    # five breaks with three attempts: each of them brought the file further
    osm.faults["files"] = [broken(content, part * step, (part + 1) * step) for part in range(5)]
    assert fetched(osm, tmp_path).read_bytes() == content
    assert osm.ranges == ["", *(f"bytes={part * step}-" for part in range(1, 6))]
    assert [path.name for path in tmp_path.iterdir()] == ["big.zip"]


def test_the_next_run_goes_on_too(osm, tmp_path):
    content = osm.files[URL] = large(2)
    osm.faults["files"] = [broken(content, 0, 5000), Fault(503), Fault(503)]
    with pytest.raises(SourceError, match="broke off in the middle of its answer, at last answered 503"):
        fetched(osm, tmp_path)
    assert fetched(osm, tmp_path).read_bytes() == content
    assert osm.ranges[-1] == "bytes=5000-"


def test_a_file_that_has_changed_since_is_fetched_from_its_beginning(osm, tmp_path):
    osm.files[URL] = large(2)
    osm.faults["files"] = [broken(large(2), 0, 5000), Fault(503), Fault(503)]
    with pytest.raises(SourceError):
        fetched(osm, tmp_path)
    osm.files[URL], osm.tag = b"new" * 9000, '"2"'
    assert fetched(osm, tmp_path).read_bytes() == b"new" * 9000


def test_a_file_that_was_whole_when_the_run_was_killed_is_not_asked_for_in_vain(osm, tmp_path):
    content = osm.files[URL] = large(1)
    (tmp_path / "big.zip.part").write_bytes(content)
    (tmp_path / "big.zip.mark").write_text('"1"')
    assert fetched(osm, tmp_path).read_bytes() == content


def test_a_server_that_never_gets_further_is_given_up(osm, tmp_path):
    osm.files[URL] = large(2)
    osm.lasting["files"] = broken(large(2), 0, 4000)
    with pytest.raises(SourceError, match="tried 3 times"):
        fetched(osm, tmp_path)


def test_what_is_of_no_use_is_not_kept(osm, tmp_path):
    def refuse(_):
        raise SourceError("it is no package")

    osm.files[URL] = large(1)
    with pytest.raises(SourceError, match="it is no package"):
        fetched(osm, tmp_path, check=refuse)
    assert not list(tmp_path.iterdir())


def test_a_misspelt_name_does_not_cost_the_package_again(osm, study, tmp_path):
    with pytest.raises(SourceError, match="has no unit 'Przysiolek'"):
        load_place(study("Przysiolek"), tmp_path / "raw")
    assert load_place(study(), tmp_path / "raw").boundary["origin"].tolist() == ["prg"]
    assert osm.count("files") == 1
