"""Files that call out: whatever a file of the user names, nothing is fetched; asked of a listening socket, not of the program."""

from __future__ import annotations

import ast
import json
import os
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from ped_geo.errors import SourceError
from ped_geo.sources import load_place
from ped_geo.sources._files import layer_kinds
from ped_geo.study import Study

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ped_geo"
SQUARE = shapely.box(20.0, 50.0, 20.001, 50.001)

READ = """
import sys
from pathlib import Path
from ped_geo.errors import PedGeoError
from ped_geo.sources import load_place
from ped_geo.sources._boundary import read_boundary
from ped_geo.sources._surface_window import surface_window
from ped_geo.sources.elevation import heights_above_ground, open_model, read_raster
from ped_geo.study import Study

def raster(path):
    study = Study(name="x", title="X", sources={"surface_model": path, "elevation_crs": "EPSG:2180"})
    model = open_model(path, study)
    read_raster(model, (500010.0, 240010.0, 500030.0, 240030.0), study)
    surface_window(path, (500010.0, 240010.0, 500030.0, 240030.0), 2180, 8.0, stated="EPSG:2180")

def place(source):
    return lambda path: load_place(Study(name="x", title="X", sources={"buildings": source, "files": [path]}), Path("unused"))

def boundary(wanted):
    return lambda path: read_boundary(Study(name="x", title="X", place={"boundary_file": path, "boundary_feature": wanted}))

vectors = [place("footprints_file"), place("overture"), place("bdot10k"), place("egib"), boundary(""), boundary("a")]
for name in sys.argv[1:]:
    path = Path(name)
    for read in [raster] if path.suffix in {".tif", ".asc"} else vectors:
        try:
            read(path)
        except PedGeoError as error:
            print(path.name, "|", error)
        else:
            print(path.name, "| read")
"""
PLAIN = "import sys, pyogrio\ntry:\n    pyogrio.read_dataframe(sys.argv[1])\nexcept Exception: pass"


@contextmanager
def listening() -> Iterator[tuple[str, socket.socket]]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server


def called(server: socket.socket) -> bool:
    return bool(select.select([server], [], [], 0.3)[0])


def run(code: str, *paths: Path) -> str:
    # servers on this machine are often asked without a proxy
    environment = os.environ | {"no_proxy": "*", "NO_PROXY": "*", "GDAL_HTTP_TIMEOUT": "2", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, timeout=240, env=environment, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr[-2000:]
    return ended.stdout


def virtual_layer(source: str) -> str:
    return f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


def virtual_raster(source: str) -> str:
    band = (
        f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename>{source}</SourceFilename></SimpleSource></VRTRasterBand>'
    )
    return f'<VRTDataset rasterXSize="32" rasterYSize="32">{band}</VRTDataset>'


def service(url: str) -> str:
    window = "<UpperLeftX>0</UpperLeftX><UpperLeftY>9</UpperLeftY><LowerRightX>9</LowerRightX><LowerRightY>0</LowerRightY><TileLevel>1</TileLevel>"
    return f'<GDAL_WMS><Service name="TMS"><ServerUrl>{url}/${{z}}/${{x}}/${{y}}</ServerUrl></Service><DataWindow>{window}</DataWindow></GDAL_WMS>'


def linked_geojson(url: str) -> str:
    found = json.loads(gpd.GeoDataFrame({"a": ["a"]}, geometry=[SQUARE], crs=4326).to_json())
    return json.dumps(found | {"crs": {"type": "link", "properties": {"href": f"{url}/system", "type": "ogcwkt"}}})


def linked_gml(url: str) -> str:
    return (
        '<?xml version="1.0"?><o:FeatureCollection xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://o.org/ {url}/schema.xsd" xmlns:o="http://o.org/" xmlns:gml="http://www.opengis.net/gml" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink"><gml:featureMember><o:a><o:shape xlink:href="{url}/shape.gml#x"/><o:shape>'
        f'<gml:Polygon srsName="{url}/system"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>20,50 20.1,50 20.1,50.1 20,50'
        "</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></o:shape></o:a></gml:featureMember></o:FeatureCollection>"
    )


def tif(path: Path, **tags: str) -> None:
    grid = {"width": 64, "height": 64, "count": 1, "dtype": "float32", "crs": "EPSG:2180"}
    with rasterio.open(path, "w", driver="GTiff", transform=rasterio.Affine(1, 0, 500_000, 0, -1, 240_064), **grid) as out:
        out.write(np.ones((1, 64, 64), "float32"))
        for name, value in tags.items():
            out.update_tags(ns="OVERVIEWS", **{name: value})


def hostile(folder: Path, url: str) -> list[Path]:
    texts = {
        "virtual.geojson": virtual_layer(f"/vsicurl/{url}/a.geojson"),
        "virtual.gpkg": virtual_layer(f"{url}/a.geojson"),
        "virtual.shp": virtual_layer(f"/vsicurl/{url}/a.geojson"),
        "virtual.gml": virtual_layer(f"/vsicurl_streaming/{url}/a.geojson"),
        "service.geojson": f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "hidden.gml": f"<?xml version='1.0'?><!-- {'x' * 5000} --><OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "steps.geojson": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read /vsicurl/{url}/a.geojson"}),
        "linked.geojson": linked_geojson(url),
        "linked.gml": linked_gml(url),
        "raster.tif": virtual_raster(f"/vsicurl/{url}/a.tif"),
        "tiles.tif": service(url),
        "grid.asc": "ncols 40\nnrows 40\nxllcorner 500000\nyllcorner 240000\ncellsize 1\n" + "1 " * 1600,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "grid.prj").write_text(f"{url}/system", encoding="utf-8")
    for name, content in (("packed.zip", virtual_layer(f"/vsicurl/{url}/a.geojson")),):
        with zipfile.ZipFile(folder / name, "w") as package:
            package.writestr("a.vrt", content)
    tif(folder / "overview.tif")
    (folder / "overview.tif.ovr").write_text(virtual_raster(f"/vsicurl/{url}/o.tif"), encoding="utf-8")
    tif(folder / "mask.tif")
    (folder / "mask.tif.msk").write_text(service(url), encoding="utf-8")
    tif(folder / "beside.tif")
    item = f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/{url}/b.tif</MDI></Metadata></PAMDataset>'
    (folder / "beside.tif.aux.xml").write_text(item, encoding="utf-8")
    tif(folder / "inside.tif", OVERVIEW_FILE=f"/vsicurl/{url}/i.tif")
    gpd.GeoDataFrame({"a": ["a"]}, geometry=[SQUARE], crs=4326).to_file(folder / "table.gpkg", layer="buildings")
    with sqlite3.connect(folder / "table.gpkg") as base:
        base.execute("PRAGMA writable_schema = ON")
        made = f"CREATE VIRTUAL TABLE v USING VirtualOGR('/vsicurl/{url}/a.geojson')"
        base.execute("INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)", (made,))
    sides = {".prj", ".ovr", ".msk", ".xml"}
    return sorted(path for path in folder.iterdir() if path.suffix not in sides)


def test_no_file_makes_a_reader_ask_a_server(tmp_path):
    with listening() as (url, server):
        paths = hostile(tmp_path, url)
        before = sorted(tmp_path.iterdir())
        told = run(READ, *paths)
        assert not called(server)
    assert sorted(tmp_path.iterdir()) == before
    for name in ("virtual.geojson", "virtual.gpkg", "virtual.shp", "service.geojson", "steps.geojson"):
        assert told.count(f"{name} | {name} holds no data but says where they are") == 6, name
    for name in ("raster.tif", "tiles.tif"):
        assert f"{name} | {name} holds no heights but says where they are" in told
    assert "table.gpkg has a virtual table 'v'" in told
    # what is added to a raster that holds its data itself does no harm
    assert {f"{name}.tif | read" for name in ("overview", "mask", "beside", "inside")} <= set(told.splitlines())


def test_the_same_file_does_call_out_where_nothing_forbids_it(tmp_path):
    with listening() as (url, server):
        path = tmp_path / "a.geojson"
        path.write_text(virtual_layer(f"{url}/a.geojson"), encoding="utf-8")
        run(PLAIN, path)
        assert called(server)


OPENERS = {"read_dataframe", "read_arrow", "open_arrow", "list_layers", "read_info", "read_bounds", "read_file", "read_geoparquet"}


@pytest.mark.parametrize("path", sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))
def test_one_module_alone_opens_files_with_gdal(path):
    """The kept steps of the runner, the tables of a comparison and of tiles are Parquet that this program wrote itself."""
    if path == "sources/_files.py":
        return
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, name = getattr(node.func.value, "id", ""), node.func.attr
        assert not (owner in {"pyogrio", "gpd", "geopandas", "fiona"} and name in OPENERS), f"{path}:{node.lineno}"
        if owner in {"rasterio", "memory"} and name == "open" and not path.startswith("outputs/"):
            # an answer of a server; products are read back from memory where this program put them
            assert any(keyword.arg in {"driver", None} for keyword in node.keywords), f"{path}:{node.lineno}"
        if name == "read_parquet" and not path.startswith(("engine/store.py", "outputs/comparison", "outputs/tile_writer")):
            assert owner != "gpd", f"{path}:{node.lineno}"


REC = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"


def package_with(path: Path, *statements: str) -> Path:
    gpd.GeoDataFrame({"a": [1, 2]}, geometry=[SQUARE, shapely.box(20.002, 50, 20.003, 50.001)], crs=4326).to_file(path, layer="shapes")
    with sqlite3.connect(path) as base:
        for statement in statements:
            base.execute(statement)
    return path


def register(view: str) -> tuple[str, str]:
    return (
        f"INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{view}', 'features', '{view}', 4326)",
        f"INSERT INTO gpkg_geometry_columns VALUES ('{view}', 'geom', 'POLYGON', 4326, 0, 0)",
    )


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (
            (f"CREATE VIEW buildings AS {REC} SELECT n AS fid, (SELECT geom FROM shapes) AS geom FROM c", *register("buildings")),
            "has no end",
        ),
        # a common table expression is recursive without the word, too
        (
            (
                "CREATE VIEW buildings AS WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS fid, geom FROM c, shapes",
                *register("buildings"),
            ),
            "has no end",
        ),
        # no recursion, 2 ** 40 rows
        (
            (
                "CREATE VIEW buildings AS SELECT s0.fid, s0.geom FROM " + ", ".join(f"shapes s{number}" for number in range(40)),
                *register("buildings"),
            ),
            "has no end",
        ),
        (("CREATE VIEW buildings AS SELECT fid, ST_Buffer(geom, 1) AS geom FROM shapes", *register("buildings")), "cannot be computed"),
        (("ALTER TABLE gpkg_contents RENAME TO gc", f"CREATE VIEW gpkg_contents AS {REC} SELECT gc.* FROM gc, c"), "has a view where"),
    ],
)
def test_a_view_without_end_is_refused(tmp_path, monkeypatch, statements, told):
    monkeypatch.setattr("ped_geo.sources._gdal.VIEW_STEPS", 2_000_000)
    path = package_with(tmp_path / "a.gpkg", *statements)
    before = path.read_bytes()
    with pytest.raises(SourceError, match=told):
        load_place(Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path]}), tmp_path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_plain_view_is_read_and_one_that_is_not_asked_for_does_no_harm(tmp_path):
    path = package_with(
        tmp_path / "a.gpkg",
        "CREATE VIEW buildings AS SELECT fid, geom, 'house' AS building FROM shapes WHERE a = 2",
        *register("buildings"),
        f"CREATE VIEW endless AS {REC} SELECT n AS fid, geom FROM c, shapes",
        *register("endless"),
    )
    assert set(layer_kinds(path)) == {"shapes", "buildings", "endless"}
    place = load_place(Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path]}), tmp_path)
    assert [json.loads(tags)["building"] for tags in place.footprints["tags"]] == ["house"]


@pytest.mark.parametrize("column", [[None, None], ["", ""], [[], []], [["a"], ["a"]], [{"x": 1}, {"x": 1}], [np.array([1, 2]), None]])
@pytest.mark.parametrize("name", ["id", "osm_id", "building_id"])
def test_ids_that_are_none_give_way_to_numbers(tmp_path, column, name):
    frame = gpd.GeoDataFrame({name: column}, geometry=[SQUARE, shapely.box(20.002, 50, 20.003, 50.001)], crs=4326)
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    place = load_place(Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path]}), tmp_path)
    assert len(place.footprints) == 2
    assert place.footprints.index.is_unique
    assert all(place.footprints.index)


def parquet_with(path: Path, change) -> Path:
    import pyarrow.parquet

    gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE], crs=4326).to_parquet(path)
    table = pyarrow.parquet.read_table(path)
    about = json.loads(table.schema.metadata[b"geo"])
    changed = change(about)
    table = table.replace_schema_metadata({b"geo": changed if isinstance(changed, bytes) else json.dumps(about).encode()})
    pyarrow.parquet.write_table(table, path)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about["columns"]["geometry"].update(crs={"type": "GeographicCRS", "name": "?"}),
        lambda about: about["columns"]["geometry"].update(crs="EPSG:99999999"),
        lambda about: about["columns"]["geometry"].update(crs=[1, 2]),
        lambda about: about["columns"]["geometry"].update(crs=5),
        lambda about: about["columns"]["geometry"].update(encoding="ODD"),
        lambda about: about.update(columns=[]),
        lambda about: about.update(columns={"geometry": None}),
        lambda about: about.update(primary_column=["x"]),
        lambda about: about.update(primary_column="nowhere"),
        lambda _: b"{",
        lambda _: b"[]",
        lambda _: b"\xff",
        lambda _: b"null",
    ],
)
def test_wrong_words_of_a_geoparquet_are_told_in_one_sentence(tmp_path, change):
    path = parquet_with(tmp_path / "a.parquet", change)
    for source in ("footprints_file", "overture"):
        with pytest.raises(SourceError, match=r"a\.parquet") as told:
            load_place(Study(name="x", title="X", sources={"buildings": source, "files": [path]}), tmp_path)
        assert "\n" not in str(told.value)


def packed_shapefile(folder: Path, prj: bytes) -> Path:
    inside = folder / "inside"
    inside.mkdir()
    gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE], crs=4326).to_file(inside / "a.shp")
    (inside / "a.prj").write_bytes(prj)
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as package:
        for file in inside.iterdir():
            package.write(file, file.name)
    shutil.rmtree(inside)
    return path


@pytest.mark.parametrize("prj", [b"", b"GEOGCS", b'PROJCS["x",', b"\xff\xfe\0", b"9" * 4000, b'GEOGCS["a",DATUM["b",SPHEROID["c",0,0]]]'])
def test_a_broken_prj_in_a_zip_is_told_in_one_sentence(tmp_path, prj):
    path = packed_shapefile(tmp_path, prj)
    for settings in ({"sources": {"buildings": "footprints_file", "files": [path]}}, {"place": {"boundary_file": path}}):
        from ped_geo.sources._boundary import read_boundary

        study = Study(name="x", title="X", **settings)
        with pytest.raises(SourceError, match=r"a\.zip") as told:
            load_place(study, tmp_path) if "sources" in settings else read_boundary(study)
        assert "\n" not in str(told.value)


def test_a_zip_that_unpacks_without_end_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.shp", b"\0" * (80 << 20))
    with pytest.raises(SourceError, match="times its size"):
        load_place(Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path]}), tmp_path)


def tiff_of(columns: int, rows: int) -> bytes:
    def entry(tag: int, kind: int, value: int) -> bytes:
        return tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")

    entries = [(256, 4, columns), (257, 4, rows), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, 1), (279, 4, 1)]
    head = b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little")
    return head + b"".join(entry(*item) for item in entries) + b"\0" * 8


@pytest.mark.parametrize(("columns", "rows"), [(0, 0), (0, 5), (5, 0), (2**31, 2**31)])
def test_a_raster_without_pixels_is_told_in_one_sentence(tmp_path, columns, rows):
    from ped_geo.sources.elevation import open_model

    path = tmp_path / "a.tif"
    path.write_bytes(tiff_of(columns, rows))
    with pytest.raises(SourceError, match=r"a\.tif") as told:
        open_model(path, Study(name="x", title="X", sources={"surface_model": path, "elevation_crs": "EPSG:2180"}))
    assert "\n" not in str(told.value)


def boundary_gml(folder: Path, before: str = "") -> Path:
    path = folder / "boundary.gml"
    path.write_text(
        f'<?xml version="1.0"?>{before}<o:FeatureCollection xmlns:o="http://o.org/" xmlns:gml="http://www.opengis.net/gml"><gml:featureMember>'
        '<o:a><o:name>A</o:name><o:shape><gml:Polygon srsName="EPSG:2180"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>500000,240000 '
        "500100,240000 500100,240100 500000,240000</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></o:shape></o:a>"
        "</gml:featureMember></o:FeatureCollection>",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("wanted", ["", "A"])
def test_a_boundary_of_gml_leaves_nothing_beside_it_and_has_no_document_type(tmp_path, wanted):
    from ped_geo.sources._boundary import read_boundary

    path = boundary_gml(tmp_path)
    settings = {"boundary_file": path, "boundary_feature": wanted}
    assert len(read_boundary(Study(name="x", title="X", place=settings))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["boundary.gml"]
    boundary_gml(tmp_path, '<!DOCTYPE a [<!ENTITY b "c">]>')
    with pytest.raises(SourceError, match="document type"):
        read_boundary(Study(name="x", title="X", place=settings))


def test_a_journal_that_another_program_left_is_read_and_stays_where_it_is(tmp_path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"levels": [3]}, geometry=[SQUARE], crs=4326).to_file(path, layer="buildings", SPATIAL_INDEX="NO")
    edit = """
import os, sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.execute("PRAGMA journal_mode = WAL")
base.execute("UPDATE buildings SET levels = 11")
base.commit()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", edit, str(path)], check=True)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert "a.gpkg-wal" in before
    place = load_place(Study(name="x", title="X", sources={"buildings": "footprints_file", "files": [path]}), tmp_path)
    assert json.loads(place.footprints["tags"].iloc[0])["building:levels"] == "11"
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
