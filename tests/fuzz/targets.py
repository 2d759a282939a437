"""
One fuzz target per parser: whole examples to start from, and how bytes are read.

``python -m tests.fuzz <target> --runs N`` lets atheris invent bytes; ``tests/test_fuzz.py`` replays the examples and every
input that was ever found to break a parser (``found/<target>/``).
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ped_geo.errors import PedGeoError

FOUND = Path(__file__).with_name("found")


@dataclass(frozen=True)
class Target:
    """A parser: the ending of its files, examples, and ``read(path)``."""

    ending: str
    examples: Callable[[], list[bytes]]
    read: Callable[[Path], object]


def attempt(target: Target, content: bytes, folder: Path) -> None:
    """
    Read bytes as the target does; anything but a result or a plain error is a fault.

    Raises
    ------
    AssertionError
        If the error is none for people, or a file appears.
    """
    path = folder / f"x{target.ending}"
    path.write_bytes(content)
    try:
        target.read(path)
    except PedGeoError as error:
        message = str(error)
        assert message
        assert len(message) < 5_000, "the message quotes the input without end"
        assert all(ord(letter) >= 32 or letter == "\n" for letter in message), "the message holds control characters"
    left = sorted(file.name for file in folder.iterdir())
    assert left == [path.name], f"files appeared: {left}"


def _hamlet_xml() -> bytes:
    from tests.servers import hamlet_elements, osm_xml

    return osm_xml(hamlet_elements())


def _hamlet_json() -> bytes:
    from tests.servers import hamlet_elements

    return json.dumps({"elements": hamlet_elements()}).encode()


@functools.cache
def _hamlet_pbf() -> bytes:
    import tempfile

    import osmium

    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "x.osm", Path(folder) / "x.osm.pbf"
        plain.write_bytes(_hamlet_xml())
        with osmium.SimpleWriter(str(packed)) as writer:
            for item in osmium.FileProcessor(str(plain)):
                writer.add(item)
        return packed.read_bytes()


def _read_osm(path: Path) -> object:
    from ped_geo.sources.osm_file import read_osm

    return read_osm(path)


def _read_overpass(path: Path) -> object:
    from lxml import etree

    from ped_geo.sources._overpass import check_overpass, overpass_elements
    from tests.servers import osm_xml

    content = path.read_bytes()
    check_overpass(content)
    root = etree.fromstring(osm_xml(overpass_elements(content)))
    assert {child.tag for child in root} <= {"node", "way", "relation"}
    return root


def _citygml() -> list[bytes]:
    from tests.sources.test_hostile_bytes import GML

    return [GML]


def _cityjson() -> list[bytes]:
    ring = [[[0, 1, 2, 3]]]
    model = {
        "type": "CityJSON",
        "version": "1.1",
        "transform": {"scale": [0.01, 0.01, 0.01], "translate": [567000.0, 246000.0, 200.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/2180"},
        "vertices": [[0, 0, 0], [1000, 0, 0], [1000, 1000, 0], [0, 1000, 0]],
        "CityObjects": {
            "a": {
                "type": "Building",
                "attributes": {"measuredHeight": 9.0, "storeysAboveGround": 3},
                "geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": ring,
                              "semantics": {"surfaces": [{"type": "RoofSurface"}], "values": [0]}}],
            }
        },
    }  # fmt: skip
    return [json.dumps(model).encode()]


def _read_citygml(path: Path) -> object:
    from ped_geo.sources.citygml import read_citygml

    return read_citygml(path)


def _geojson() -> list[bytes]:
    from tests.sources.test_hostile_bytes import geojson

    return [geojson()]


def _read_footprints(path: Path) -> object:
    from ped_geo.sources.footprints_file import BUILDING_LAYERS, as_layer, read_vector

    return as_layer(read_vector(path, BUILDING_LAYERS), source="file", index="building_id", default={"building": "yes"})


@functools.cache
def _made(ending: str) -> bytes:
    """Two buildings in a format that geopandas writes; a shapefile as ZIP."""
    import tempfile
    import zipfile

    import geopandas as gpd
    import shapely

    shapes = [shapely.box(20.0, 50.0, 20.001, 50.001), shapely.box(20.002, 50.0, 20.003, 50.001)]
    columns = {"id": ["a", "b"], "class": ["house", None], "height": [9.0, None], "addr_stree": ["\u0141\u0105kowa", "B"]}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{ending}"
        if ending == "parquet":
            frame.to_parquet(path)
        elif ending == "zip":
            frame.to_file(Path(folder) / "a.shp", encoding="cp1250")
            with zipfile.ZipFile(path, "w") as package:
                for file in sorted(Path(folder).glob("a.*")):
                    package.write(file, file.name)
        else:
            frame.to_file(path, layer="buildings")
        return path.read_bytes()


def _boundary_gml() -> list[bytes]:
    return [
        (
            b'<?xml version="1.0"?><o:FeatureCollection xmlns:o="http://o.org/" xmlns:gml="http://www.opengis.net/gml"><gml:featureMember>'
            b'<o:a><o:name>A</o:name><o:shape><gml:Polygon srsName="EPSG:2180"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>'
            b"500000,240000 500100,240000 500100,240100 500000,240000</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon>"
            b"</o:shape></o:a></gml:featureMember></o:FeatureCollection>"
        )
    ]


def _read_source(source: str, path: Path) -> object:
    from ped_geo.sources import load_place
    from ped_geo.study import Study

    return load_place(Study(name="x", title="X", sources={"buildings": source, "files": [path]}), path.parent / "unused")


def _bdot10k() -> list[bytes]:
    from tests.sources.test_bdot10k import gml

    return [gml()]


def _read_bdot10k(path: Path) -> object:
    from ped_geo.sources import load_place
    from ped_geo.study import Study

    return load_place(Study(name="x", title="X", sources={"buildings": "bdot10k", "files": [path]}), path.parent / "unused")


def _read_boundary(path: Path) -> object:
    from ped_geo.sources._boundary import read_boundary
    from ped_geo.study import Study

    return read_boundary(Study(name="x", title="X", place={"boundary_file": path}))


def _boundaries() -> list[bytes]:
    corners = [[20.0, 50.0], [20.01, 50.0], [20.01, 50.01], [20.0, 50.0]]
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": [corners]}}
    return [json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()]


def _epw() -> list[bytes]:
    from tests.sources.test_epw import HEAD, rows

    made = rows()
    return [(HEAD.format(zone="1.0") + "\n".join(",".join(row) for row in part) + "\n").encode() for part in (made, made[:48])]


def _read_epw(path: Path) -> object:
    from ped_geo.sources.epw import read_epw

    return read_epw(path)


def _pvgis() -> list[bytes]:
    from tests.sources.test_pvgis import answer

    return [answer(hours=24), answer()]


def _read_pvgis(path: Path) -> object:
    from ped_geo.sources.pvgis import parse_pvgis_tmy

    return parse_pvgis_tmy(path.read_bytes())


def _districts() -> list[bytes]:
    from tests.test_plausibility import AWFUL

    shipped = sorted((Path(__file__).resolve().parents[2] / "districts").glob("*.toml"))
    return [*(file.read_bytes() for file in shipped), AWFUL.encode()]


def _read_district(path: Path) -> object:
    from ped_geo.cli import read_study
    from ped_geo.pipeline.preflight import preflight

    study = read_study(str(path), path.parent)
    assert "/" not in study.name
    assert ".." not in study.name
    return preflight(study, path.parent)


REGISTER = "ulica;nr;ogrzewanie;zużycie\nDługa;1;węgiel;1 234,5\nDługa;2a;sieć;7\n".encode()


def _read_register(path: Path) -> object:
    from ped_geo.sources.registers import read_registers
    from ped_geo.study import Study

    columns = {"street": "ulica", "housenumber": "nr"}
    stoves = {"file": path, "kind": "heat_supply", "columns": columns | {"heat_supply": "ogrzewanie"}}
    meters = {"file": path, "kind": "metered", "columns": columns | {"value": "zużycie"}, "unit": "GJ"}
    study = Study(name="x", title="X", sources={"registers": [stoves, meters]})
    return read_registers(study)


GRID = b"ncols 4\nnrows 3\nxllcorner 567000\nyllcorner 246000\ncellsize 10\nNODATA_value -9999\n1 2 3 4\n5 6 7 -9999\n9 10 11 12\n"


def _read_grid(path: Path) -> object:
    from ped_geo.sources.elevation import open_model, read_raster
    from ped_geo.study import Study

    study = Study(name="x", title="X", sources={"elevation_crs": "EPSG:2180"})
    return read_raster(open_model(path, study), (567000.0, 246000.0, 567040.0, 246030.0), study)


def _read_tags(path: Path) -> object:
    from ped_geo.buildings.tags import Bounds, parse_height, parse_number, parse_power_kw, parse_year

    said = path.read_bytes().decode("utf-8", "replace")
    bounds = Bounds(1.0, 60.0)
    for value, flag in (parse_number(said, bounds), parse_height(said, bounds), parse_year(said, bounds)):
        assert flag or not said.strip() or 1.0 <= value <= 60.0
    return parse_power_kw(said)


def _manifest() -> list[bytes]:
    record = {"name": "a.json", "bytes": 1, "sha256": "0" * 64}
    return [json.dumps({"files": [record, record | {"path": "b.json"}], "source": "osm", "query": "x"}).encode()]


def _read_manifest(path: Path) -> object:
    from ped_geo.sources._snapshot import Snapshot

    snapshot = Snapshot(path.parent)
    path.rename(path.parent / "manifest.json")
    try:
        names = [record["name"] for record in snapshot.records()]
        for name in names[:3]:
            snapshot.read(name)
    finally:
        (path.parent / "manifest.json").rename(path)
    return names


def _index_of_sheets() -> list[bytes]:
    from tests.sources.test_gugik_sheets import capabilities, collection, feature

    box = (500_000, 240_000, 502_000, 242_000)
    answer = collection(feature("M-34-64-D", "https://x.pl/a.asc", box), feature("B", "https://x.pl/b.asc", box, uklad_xy="PL-2000:S7"))
    return [capabilities("gugik:SkorowidzNMT2023"), answer]


def _read_index_of_sheets(path: Path) -> object:
    import shapely

    from ped_geo.sources.gugik_sheets import chosen_sheets, sheets_of_answer

    area = shapely.box(500_000, 240_000, 501_000, 241_000)
    found = sheets_of_answer(path.read_bytes(), 2023, area, allowed="https://x.pl")
    assert all(sheet.url.startswith("https://x.pl/") for sheet in found)
    return chosen_sheets(iter([found]), area)


TARGETS = {
    "osm_xml": Target(".osm", lambda: [_hamlet_xml()], _read_osm),
    "osm_gz": Target(".osm.gz", lambda: [gzip.compress(_hamlet_xml(), mtime=0)], _read_osm),
    "osm_pbf": Target(".osm.pbf", lambda: [_hamlet_pbf()], _read_osm),
    "overpass": Target(".json", lambda: [_hamlet_json()], _read_overpass),
    "citygml": Target(".gml", _citygml, _read_citygml),
    "cityjson": Target(".json", _cityjson, _read_citygml),
    "geojson": Target(".geojson", _geojson, _read_footprints),
    "boundary": Target(".geojson", _boundaries, _read_boundary),
    "boundary_gml": Target(".gml", _boundary_gml, _read_boundary),
    "geopackage": Target(".gpkg", lambda: [_made("gpkg")], functools.partial(_read_source, "footprints_file")),
    "shapefile": Target(".zip", lambda: [_made("zip")], functools.partial(_read_source, "footprints_file")),
    "flatgeobuf": Target(".fgb", lambda: [_made("fgb")], functools.partial(_read_source, "footprints_file")),
    "overture": Target(".parquet", lambda: [_made("parquet")], functools.partial(_read_source, "overture")),
    "bdot10k": Target(".gml", _bdot10k, _read_bdot10k),
    "epw": Target(".epw", _epw, _read_epw),
    "pvgis": Target(".json", _pvgis, _read_pvgis),
    "district": Target(".toml", _districts, _read_district),
    "register": Target(".csv", lambda: [REGISTER], _read_register),
    "sheets": Target(".xml", _index_of_sheets, _read_index_of_sheets),
    "grid": Target(".asc", lambda: [GRID], _read_grid),
    "tags": Target(".txt", lambda: [b"2;3", b"12.5 m", b"39'6\"", b"~1970", b"before 1945", b"1968..1973", b"9.9 kW"], _read_tags),
    "snapshot": Target(".json", _manifest, _read_manifest),
}
