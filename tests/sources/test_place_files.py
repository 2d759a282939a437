"""Places from files: OSM in all its packings, footprint files of users, and everything that can be wrong with them."""

from __future__ import annotations

import bz2
import gzip
import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, load_place
from ped_geo.sources.osm_file import read_osm
from ped_geo.study import Study
from tests.servers import hamlet_elements, osm_xml

HAMLET = ["relation/201", "way/101", "way/102", "way/103", "way/104"]


def study(path, source="osm_file", *, place=None, **sources):
    return Study(name="x", title="X", place=place or {}, sources={"buildings": source, "files": [path]} | sources)


def load(path, source="osm_file", *, place=None, **sources):
    return load_place(study(path, source, place=place, **sources), Path("unused"))


@pytest.fixture
def hamlet(tmp_path):
    path = tmp_path / "hamlet.osm"
    path.write_bytes(osm_xml(hamlet_elements()))
    return path


def squares(count=4, *, crs=2178, x=7_430_000.0, y=5_550_000.0, **columns):
    shapes = [shapely.box(x + 30 * i, y, x + 30 * i + 20, y + 10) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


# OSM files ------------------------------------------------------------------------------------------------------------


def packed(path, suffix):
    out = path.with_suffix(suffix)
    content = path.read_bytes()
    if suffix == ".json":
        content = json.dumps({"elements": hamlet_elements()}).encode()
    out.write_bytes({".osm.gz": gzip.compress, ".osm.bz2": bz2.compress}.get(suffix, bytes)(content))
    return out


@pytest.mark.parametrize("suffix", [".osm.gz", ".osm.bz2", ".json"])
def test_every_packing_gives_the_same_place(hamlet, suffix):
    plain, other = load(hamlet), load(packed(hamlet, suffix))
    assert list(plain.footprints.index) == HAMLET
    assert plain.footprints.equals(other.footprints)
    assert plain.ways.equals(other.ways)
    assert plain.areas.equals(other.areas)
    assert plain.points_of_interest.equals(other.points_of_interest)


def test_a_pbf_gives_the_same_place_as_xml(hamlet, tmp_path):
    osmium = pytest.importorskip("osmium")
    path = tmp_path / "hamlet.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(hamlet)):
            writer.add(item)
    plain, other = load(hamlet), load(path)
    assert plain.footprints.equals(other.footprints)
    assert plain.ways.equals(other.ways)


def test_objects_in_any_order_are_read(hamlet, tmp_path):
    path = tmp_path / "mixed.osm"
    lines = osm_xml(hamlet_elements()).decode().splitlines()
    nodes = [line for line in lines if line.startswith("<node")]
    rest = [line for line in lines if line not in nodes]
    at = next(i for i, line in enumerate(rest) if "<node" in line or "<way" in line)
    path.write_text("\n".join([*rest[:at], *nodes[::-1], *rest[at:]]))
    assert list(load(path).footprints.index) == HAMLET


def test_without_a_boundary_the_extent_of_the_buildings_serves(hamlet):
    place = load(hamlet)
    assert place.boundary["origin"].tolist() == ["data_extent"]
    assert place.boundary.geometry.iloc[0].contains(shapely.union_all(place.footprints.geometry))


def test_land_of_which_the_data_know_nothing_is_no_part_of_a_place_without_a_boundary(tmp_path):
    path = tmp_path / "row.gpkg"
    row = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10).normalize() for _ in range(41)], crs=2178)
    row.geometry = [shapely.affinity.translate(row.geometry[i], 7_430_000.0 + 100 * i, 5_550_000.0 + 100 * i) for i in range(41)]
    row.to_file(path)
    boundary = load(path, "footprints_file").boundary.to_crs(2178).geometry.iloc[0]
    assert boundary.contains(row.geometry).all()
    # a row of 4 km from corner to corner of a box of 16.6 km²: a strip of 10√2 m and 30 m on both sides, its length and its ends
    assert boundary.area == pytest.approx((4000 * 2**0.5) * (10 * 2**0.5 + 60), rel=0.03)


def test_only_the_ring_around_the_boundary_is_kept(hamlet):
    near = {"bbox": (20.0001, 50.0901, 20.0008, 50.0905), "buffer_m": 1.0}
    assert list(load(hamlet, place=near).footprints.index) == ["way/101"]
    assert len(load(hamlet, place=near | {"buffer_m": 300.0}).footprints) == 5


def test_the_files_checksum_is_recorded(hamlet):
    record = load(hamlet).provenance["files"][0]
    assert record["name"] == "hamlet.osm"
    assert len(record["sha256"]) == 64
    assert record["bytes"] == hamlet.stat().st_size


BOMB = """<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><osm version="0.6"><node id="1" lat="50" lon="20"><tag k="name" v="&c;"/></node></osm>"""
EXTERNAL = '<?xml version="1.0"?>{}<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/passwd">]><osm version="0.6"><tag k="a" v="&x;"/></osm>'


@pytest.mark.parametrize(
    "text",
    [BOMB, EXTERNAL.format(""), EXTERNAL.format(f"<!--{' ' * 20_000}-->")],
    ids=["entity bomb", "external entity", "declared after a long comment"],
)
@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress], ids=["plain", "gz"])
def test_document_types_are_refused(tmp_path, text, pack):
    path = tmp_path / ("x.osm" if pack is not gzip.compress else "x.osm.gz")
    path.write_bytes(pack(text.encode()))
    with pytest.raises(SourceError, match="declares a document type"):
        load(path)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.osm", b"", "cannot be read as OpenStreetMap"),
        ("x.osm", b"<osm version='0.6'><node id='1'", "cannot be read as OpenStreetMap"),
        ("x.osm", b"<html><body/></html>", "starts with <html>"),
        ("x.osm", b"<osmChange version='0.6'/>", "starts with <osmChange>"),
        ("x.osm", b"PK\x03\x04garbage", "cannot be read as OpenStreetMap"),
        ("x.osm.pbf", b"", "cannot be read as OpenStreetMap"),
        ("x.osm.pbf", bytes(range(256)) * 20, "cannot be read as OpenStreetMap"),
        ("x.osm.gz", b"not gzip", "not a whole .gz file"),
        ("x.osm.gz", gzip.compress(b"<osm>" + bytes(range(1, 256)) * 500)[:200], "not a whole .gz file"),
        ("x.osm.bz2", b"BZh9nope", "not a whole .bz2 file"),
        ("x.json", b'{"elements": 1}', "not a whole Overpass answer"),
        ("x.osm", b"<osm version='0.6'/>", "holds no buildings"),
    ],
)
def test_a_damaged_file_is_told_in_one_sentence(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=told) as error:
        load(path)
    assert "\n" not in str(error.value)


def test_a_packed_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ped_geo.sources._osm_ordered.LARGEST_RATIO", 2)
    path = tmp_path / "x.osm.gz"
    path.write_bytes(gzip.compress(b"<osm>" + b" " * 4_000_000))
    with pytest.raises(SourceError, match="unpacks to more than 2 times"):
        load(path)


def test_a_cut_off_pbf_is_told_or_read_in_part_but_never_crashes(hamlet, tmp_path):
    osmium = pytest.importorskip("osmium")
    path = tmp_path / "hamlet.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(hamlet)):
            writer.add(item)
    whole = path.read_bytes()
    for cut in range(50, len(whole) - 1, 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(SourceError):
            load(path)


def test_buildings_without_a_closed_outline_are_counted(tmp_path):
    path = tmp_path / "x.osm"
    corners = "".join(f'<node id="{i}" lat="{50.09 + (i // 2) * 1e-3}" lon="{20 + (i in (1, 2)) * 1e-3}"/>' for i in range(4))
    ways = {
        10: "0 1 2 3 0",
        11: "0 1 2",
        12: "77 78 79 77",
    }
    text = "".join(
        f'<way id="{key}">{"".join(f"<nd ref={n!r}/>" for n in nodes.split())}<tag k="building" v="yes"/></way>'
        for key, nodes in ways.items()
    )
    relations = (
        '<relation id="20"><member type="way" ref="999" role="outer"/><tag k="type" v="multipolygon"/><tag k="building" v="yes"/></relation>'
        '<relation id="21"><member type="way" ref="10" role="outline"/><tag k="type" v="building"/><tag k="building" v="yes"/></relation>'
    )
    path.write_text(f'<osm version="0.6">{corners}{text}{relations}</osm>')
    layers, lost = read_osm(path)
    assert list(layers["footprints"].index) == ["way/10"]
    assert dict(zip(lost["object_id"], lost["reason"], strict=True)) == {
        "way/11": "not_closed",
        "way/12": "incomplete",
        "relation/20": "incomplete",
    }


@pytest.mark.shared
def test_hoyerswerda_is_the_same_from_pbf_xml_and_geopackage(shared_data):
    folder = shared_data / "hoyerswerda"
    box = {"bbox": (14.2425, 51.4329, 14.2614, 51.4407)}
    pbf = load(folder / "Hoyerswerda.osm.pbf", place=box)
    xml = load(folder / "Hoyerswerda.osm", place=box)
    package = load(folder / "hoyerswerda.gpkg", "footprints_file", place=box)
    assert len(pbf.footprints) == 340
    for layer in ("footprints", "ways", "areas", "points_of_interest"):
        assert getattr(pbf, layer).equals(getattr(xml, layer)), layer
    assert set(package.footprints.index) == set(pbf.footprints.index)
    there = pbf.footprints.to_crs(25833).area
    here = package.footprints.area
    np.testing.assert_allclose(here, there[here.index], rtol=1e-6)
    highways = set(pbf.ways.index[pbf.ways["tags"].str.contains('"highway"')])
    assert len(highways) == 542
    # the package has no column for area=yes, which this service yard has
    assert set(package.ways.index) ^ highways == {"way/158020491"}
    levels = [
        {key: json.loads(tags).get("building:levels") for key, tags in frame["tags"].items()}
        for frame in (pbf.footprints, package.footprints)
    ]
    assert levels[0] == levels[1]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bienczyce_buildings_2018_derived.osm", "osm_file"),
        ("bienczyce_buildings_2018_derived_overpass.json", "osm_file"),
        ("bienczyce_buildings_2018_overpass.geojson", "footprints_file"),
        ("bienczyce_buildings_2018.gpkg", "footprints_file"),
    ],
)
def test_bienczyce_is_the_same_from_every_file(shared_data, name, source):
    place = load(shared_data / "krakow" / name, source)
    assert len(place.footprints) == 342
    assert all(key.startswith("way/") for key in place.footprints.index)
    assert place.footprints.to_crs(2178).area.sum() == pytest.approx(209_831.5, abs=1.0)
    levels = [json.loads(tags).get("building:levels") for tags in place.footprints["tags"]]
    assert sum(level is not None for level in levels) == 65


# footprint files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".parquet"])
def test_footprints_come_from_every_common_format(tmp_path, suffix):
    frame = squares(levels=[1, 2, 3, 4], name=["Żabka", "b", None, "d"])
    path = tmp_path / f"x{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_crs(4326 if suffix == ".geojson" else 2178).to_file(path)
    place = load(path, "footprints_file")
    tags = [json.loads(text) for text in place.footprints["tags"]]
    assert sorted(tag["building:levels"] for tag in tags) == ["1", "2", "3", "4"]
    assert {tag.get("name") for tag in tags} == {"Żabka", "b", "d", None}
    assert all(tag["building"] == "yes" for tag in tags)
    assert place.ways.empty
    np.testing.assert_allclose(place.footprints.to_crs(2178).area, 200.0, rtol=1e-6)


def test_spellings_of_osm_keys_are_understood(tmp_path):
    path = tmp_path / "x.gpkg"
    squares(1, building_levels=[5.0], roof_shape=["gabled"], height=[16.5], addr_street=["Długa"], year=[1972]).to_file(path)
    tags = json.loads(load(path, "footprints_file").footprints["tags"].iloc[0])
    assert tags == {
        "building": "yes",
        "building:levels": "5",
        "roof:shape": "gabled",
        "height": "16.5",
        "addr:street": "Długa",
        "start_date": "1972",
    }


def test_other_tags_of_gdal_are_unpacked(tmp_path):
    path = tmp_path / "x.gpkg"
    squares(1, osm_id=["12"], other_tags=['"building:levels"=>"4","name"=>"a \\"quoted\\" one"']).to_file(path)
    tags = json.loads(load(path, "footprints_file").footprints["tags"].iloc[0])
    assert tags["building:levels"] == "4"
    assert tags["name"] == 'a "quoted" one'
    assert "other_tags" not in tags


def test_streets_come_from_a_layer_of_the_same_package_or_a_second_file(tmp_path):
    line = gpd.GeoDataFrame(
        {"highway": ["service"]}, geometry=[shapely.LineString([(7_430_000, 5_550_020), (7_430_090, 5_550_020)])], crs=2178
    )
    both, alone, streets = tmp_path / "both.gpkg", tmp_path / "alone.gpkg", tmp_path / "streets.geojson"
    squares().to_file(both, layer="buildings")
    line.to_file(both, layer="streets")
    squares().to_file(alone, layer="buildings")
    line.to_crs(4326).to_file(streets)
    for place in (load(both, "footprints_file"), load(alone, "footprints_file", streets_files=[streets])):
        assert len(place.ways) == 1
        assert json.loads(place.ways["tags"].iloc[0])["highway"] == "service"


@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_a_file_without_a_coordinate_system_is_refused(tmp_path):
    path = tmp_path / "x.gpkg"
    squares().set_crs(None, allow_override=True).to_file(path)
    with pytest.raises(SourceError, match="names no coordinate system"):
        load(path, "footprints_file")


def test_metres_that_claim_to_be_degrees_are_refused(tmp_path):
    path = tmp_path / "x.gpkg"
    squares().set_crs(4326, allow_override=True).to_file(path)
    with pytest.raises(SourceError, match="they are metres"):
        load(path, "footprints_file")


def test_swapped_axes_outside_a_national_system_are_refused(tmp_path):
    path = tmp_path / "x.gpkg"
    frame = squares()
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.to_file(path)
    with pytest.raises(SourceError, match="axes may be swapped"):
        load(path, "footprints_file")


def test_swapped_axes_that_stay_inside_poland_are_noticed_against_the_boundary(tmp_path):
    path = tmp_path / "x.gpkg"
    frame = squares().to_crs(2180)
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.to_file(path)
    west, south, east, north = squares().to_crs(4326).total_bounds
    with pytest.raises(SourceError, match="axes seem to be swapped"):
        load(path, "footprints_file", place={"bbox": (west, south, east, north)})


def test_streets_whose_axes_are_swapped_are_refused_and_streets_of_elsewhere_are_told(tmp_path):
    squares().to_crs(4326).to_file(tmp_path / "x.geojson")
    west, south, east, north = squares().to_crs(4326).total_bounds
    line = shapely.LineString([(west, south), (east, north)])
    for name, shape in (
        ("swapped", shapely.transform(line, lambda xy: xy[:, ::-1])),
        ("elsewhere", shapely.transform(line, lambda xy: xy + 1)),
    ):
        gpd.GeoDataFrame({"highway": ["residential"]}, geometry=[shape], crs=4326).to_file(tmp_path / f"{name}.geojson")
    with pytest.raises(SourceError, match="the streets' axes seem to be swapped"):
        load(tmp_path / "x.geojson", "footprints_file", streets_files=(tmp_path / "swapped.geojson",))
    place = load(tmp_path / "x.geojson", "footprints_file", streets_files=(tmp_path / "elsewhere.geojson",))
    assert [(remark.key, dict(remark.values)) for remark in place.remarks] == [("streets_elsewhere", {"count": 1})]


def test_swapped_degrees_are_noticed_against_the_boundary(tmp_path):
    path = tmp_path / "x.geojson"
    frame = squares().to_crs(4326)
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.to_file(path)
    west, south, east, north = squares().to_crs(4326).total_bounds
    with pytest.raises(SourceError, match="swapped"):
        load(path, "footprints_file", place={"bbox": (west, south, east, north)})


def test_a_boundary_elsewhere_names_both_places(tmp_path):
    path = tmp_path / "x.gpkg"
    squares().to_file(path)
    with pytest.raises(SourceError, match=r"no buildings inside the boundary; the data reach from"):
        load(path, "footprints_file", place={"bbox": (18.9, 54.8, 18.91, 54.81)})


def test_shapes_that_are_no_polygons_are_set_aside_and_self_crossing_ones_are_kept_for_repair(tmp_path):
    path = tmp_path / "x.geojson"
    bow = shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)])
    shapes = [
        shapely.transform(s, lambda xy: xy + np.array([7_430_000, 5_550_000]))
        for s in (bow, shapely.Point(1, 1), shapely.LineString([(0, 0), (9, 9)]))
    ]
    frame = gpd.GeoDataFrame({"id": ["bow", "point", "line", "nothing"]}, geometry=[*shapes, None], crs=2178)
    frame.to_crs(4326).to_file(path)
    place = load(path, "footprints_file")
    assert list(place.footprints.index) == ["bow"]
    assert dict(zip(place.rejected["object_id"], place.rejected["reason"], strict=True)) == dict.fromkeys(
        ["point", "line", "nothing"], "no_geometry"
    )


def test_heights_of_vertices_are_dropped(tmp_path):
    path = tmp_path / "x.gpkg"
    frame = squares()
    frame.geometry = shapely.force_3d(frame.geometry.to_numpy(), 220.0)
    frame.to_file(path)
    assert not load(path, "footprints_file").footprints.has_z.any()


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.geojson", b"{}"), ("x.geojson", b"\x00\x01"), ("x.gpkg", b"SQLite nonsense"), ("x.shp", b"123"), ("x.parquet", b"PAR1")],
)
def test_a_damaged_footprint_file_is_told(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"cannot be read|holds no|is no whole|is empty"):
        load(path, "footprints_file")


def test_a_table_without_geometry_is_refused(tmp_path):
    import pandas as pd

    path = tmp_path / "x.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(SourceError, match=r"cannot be read|no geometry|without shapes"):
        load(path, "footprints_file")


def test_an_empty_layer_is_refused(tmp_path):
    path = tmp_path / "x.gpkg"
    squares().iloc[:0].to_file(path)
    with pytest.raises(SourceError, match="holds no buildings"):
        load(path, "footprints_file")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("osm_file", r"nowhere\.gpkg is not a file; check \[sources\] files"),
        ("footprints_file", r"there is no file .*nowhere\.gpkg; check the name and the folder"),
        ("bdot10k", r"nowhere\.gpkg is not a file; check \[sources\] files"),
    ],
)
def test_a_missing_file_is_named(tmp_path, source, told):
    with pytest.raises(SourceError, match=told):
        load(tmp_path / "nowhere.gpkg", source)


@pytest.mark.parametrize("source", ["osm_file", "footprints_file", "bdot10k"])
def test_a_source_without_a_file_says_what_it_needs(source):
    with pytest.raises(SourceError, match=r"\[sources\] files"):
        load_place(Study(name="x", title="X", sources={"buildings": source}), Path("unused"))


# boundaries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "crs", "told"),
    [
        (shapely.Point(20, 50), 4326, "holds no polygon"),
        (shapely.box(7_430_000, 5_550_000, 7_430_100, 5_550_100), 4326, "set the right system"),
        (shapely.box(20.0, 50.0, 20.1, 50.1), None, "no coordinate system"),
    ],
)
@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_a_wrong_boundary_file_is_told(hamlet, tmp_path, shape, crs, told):
    path = tmp_path / "boundary.gpkg"
    gpd.GeoDataFrame(geometry=[shape], crs=crs).to_file(path)
    with pytest.raises(SourceError, match=told):
        load(hamlet, place={"boundary_file": path})


def test_a_missing_boundary_file_is_told(hamlet, tmp_path):
    with pytest.raises(SourceError, match="boundary_file .* is not a file"):
        load(hamlet, place={"boundary_file": tmp_path / "nowhere.geojson"})


@pytest.mark.shared
def test_the_boundary_of_mistrzejowice_has_its_official_area(shared_data, tmp_path):
    from ped_geo.sources._boundary import read_boundary

    path = shared_data / "krakow" / "mistrzejowice_boundary_2023.geojson"
    boundary = read_boundary(Study(name="x", title="X", place={"boundary_file": path}))
    assert boundary.to_crs(2178).area.iloc[0] / 1e6 == pytest.approx(5.59, abs=0.005)


@pytest.mark.parametrize("name", ["../../etc", "..", "/etc/passwd", "a/b", "a\\b", "CON.", "", "x" * 100, "Ż"])
def test_a_study_cannot_be_named_out_of_its_folder(name):
    with pytest.raises(ValueError, match="name"):
        Study(name=name)


@pytest.mark.parametrize("key", sorted(SOURCES.load()))
def test_every_source_names_its_licence(key):
    assert SOURCES[key].licence
    assert SOURCES[key].key == key


def test_knowing_the_sources_needs_none_of_the_heavy_libraries():
    code = (
        "import sys; from ped_geo.sources import SOURCES; SOURCES.load(); "
        "print(sorted({'geopandas', 'pyogrio', 'rasterio', 'requests', 'pvlib', 'momepy', 'osmnx', 'lxml', 'numba'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert ended.stdout.strip() == "[]"
