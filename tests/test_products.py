"""Products as one set: written whole, put in place together, on any disk, and checked by whoever reads them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import geopandas as gpd
import pytest
import shapely

from ped_geo.engine import Store
from ped_geo.engine.forked import CAN_FORK
from ped_geo.errors import RunError
from ped_geo.outputs import Output
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline import run as running
from ped_geo.pipeline.named_files import file_records, path_of_study
from ped_geo.pipeline.products import product_set, put_in_place, write_products
from ped_geo.pipeline.stale import MANIFEST, UNFINISHED, checksum
from ped_geo.study import Study, parse_study
from tests import hamlet
from tests.hamlet import make_footprints, make_ways

ROOT = Path(__file__).resolve().parents[1]


# what was read decides -----------------------------------------------------------------------------------------------

TEXT = """
[place]
boundary_file = "boundary.geojson"
[sources]
buildings = "footprints_file"
files = ["houses.{ending}"]
streets_files = ["streets.geojson"]
weather = "builtin"
"""


def square(side):
    """A boundary around the middle of the hamlet, so that its centroid stays whatever its side."""
    middle = shapely.Point(make_footprints().union_all().envelope.centroid)
    return gpd.GeoDataFrame(geometry=[shapely.box(middle.x - side, middle.y - side, middle.x + side, middle.y + side)], crs=2178)


def houses(levels):
    frame = make_footprints()[["geometry"]].assign(building="apartments", levels=levels)
    return frame.reset_index(drop=True)


@pytest.fixture
def place(tmp_path):
    square(200).to_crs(4326).to_file(tmp_path / "boundary.geojson")
    make_ways()[["geometry"]].assign(highway="residential").to_crs(4326).to_file(tmp_path / "streets.geojson")
    houses(3).to_file(tmp_path / "houses.shp")
    # without the triggers of the spatial index, which only GDAL can run
    houses(3).to_file(tmp_path / "houses.gpkg", layer="buildings", SPATIAL_INDEX="NO")
    return tmp_path


def levels_of(folder, ending, store=None, more=""):
    """Storeys of the buildings and whether they lie in the district, computed with kept steps or anew."""
    study = parse_study(TEXT.format(ending=ending) + more, name="x", folder=folder)
    found = running.fetch(study, folder)
    site, layers, _ = running.inputs(study, found, folder, refresh=False)
    steps = tuple(step for step in STEPS if step.name == "buildings")
    drawn = run_steps(steps, study, site, layers, store=store)["buildings_drawn"]
    return list(zip(drawn["storeys_above_ground"].tolist(), drawn["in_district"].tolist(), strict=True))


def edit_attributes(folder):
    houses(11).to_file(folder / "edited.shp")
    shutil.copy(folder / "edited.dbf", folder / "houses.dbf")


@pytest.mark.parametrize(
    ("ending", "edit"),
    [
        ("shp", edit_attributes),
        ("gpkg", lambda folder: houses(11).to_file(folder / "houses.gpkg", layer="buildings")),
        ("shp", lambda folder: square(120).to_crs(4326).to_file(folder / "boundary.geojson")),
    ],
    ids=["attributes of a shapefile", "table of a GeoPackage", "boundary with the same centroid"],
)
def test_an_edited_file_is_computed_anew(place, ending, edit):
    store = Store(place / "steps")
    before = levels_of(place, ending, store)
    edit(place)
    after = levels_of(place, ending, store)
    assert after == levels_of(place, ending)
    assert after != before


HOLDER = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1])
holder.execute("PRAGMA journal_mode=WAL")
holder.execute("PRAGMA wal_autocheckpoint=0")
holder.execute("UPDATE buildings SET levels = 3")
holder.commit()
print("held", flush=True)
sys.stdin.readline()
holder.execute("UPDATE buildings SET levels = 11")
holder.commit()
print("edited", flush=True)
sys.stdin.readline()
"""


def test_a_geopackage_that_another_program_is_writing_is_computed_anew(place):
    """In write-ahead mode the edit stands in a file beside, and the GeoPackage itself keeps its bytes."""
    store, path = Store(place / "steps"), place / "houses.gpkg"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        before, sum_before = levels_of(place, "gpkg", store), checksum(path)
        print(file=holder.stdin, flush=True)
        assert holder.stdout.readline() == "edited\n"
        after = levels_of(place, "gpkg", store)
        records = file_records(parse_study(TEXT.format(ending="gpkg"), name="x", folder=place))
        assert checksum(path) == sum_before, "the case is that the file itself did not change"
        holder.kill()
    assert "houses.gpkg-wal" in [record["path"] for record in records]
    assert {storeys for storeys, _ in before} == {3}
    assert {storeys for storeys, _ in after} == {11}


def test_another_second_source_is_computed_anew(place):
    store = Store(place / "steps")
    houses(7)[lambda frame: frame.index < 3].drop(columns="levels").assign(levels=None).to_file(place / "houses.shp")
    houses(9).to_file(place / "nine.gpkg")
    houses(5).to_file(place / "five.gpkg")
    found = []
    for name in ("nine", "five"):
        more = f'second = "footprints_file"\nsecond_files = ["{name}.gpkg"]\n'
        found.append(levels_of(place, "shp", store, more))
        assert found[-1] == levels_of(place, "shp", None, more)
    assert found[0] != found[1]


def test_the_manifest_lists_every_file_that_is_read_with_those_beside_it(place):
    (place / "rasters").mkdir()
    for name in ("dsm_1.tif", "dsm_1.tfw", "dsm_2.tif", "dsm_2.tif.aux.xml"):
        (place / "rasters" / name).write_text(name)
    for name in ("heat.csv", "dtm.asc", "dtm.prj", "models.gml", "weather.epw", "second.gpkg", "second.gpkg-wal", "notes.txt"):
        (place / name).write_text(name)
    more = """
second = "footprints_file"
second_files = ["second.gpkg"]
citygml_files = ["models.gml"]
surface_model = "rasters"
terrain_model = "dtm.asc"
weather_file = "weather.epw"
[[sources.registers]]
file = "heat.csv"
kind = "public"
"""
    records = file_records(parse_study(TEXT.format(ending="shp") + more, name="x", folder=place))
    told = {record["path"]: record for record in records}
    assert set(told) == {
        *(f"houses.{ending}" for ending in ("shp", "dbf", "shx", "prj", "cpg")),
        *("boundary.geojson", "streets.geojson", "second.gpkg", "second.gpkg-wal", "models.gml", "weather.epw", "heat.csv"),
        *("rasters/dsm_1.tif", "rasters/dsm_1.tfw", "rasters/dsm_2.tif", "rasters/dsm_2.tif.aux.xml", "dtm.asc", "dtm.prj"),
    }
    assert len(records) == len(told)
    assert told["houses.dbf"]["setting"] == "[sources] files"
    assert told["heat.csv"]["sha256"] == checksum(place / "heat.csv")


@pytest.mark.parametrize(
    ("path", "folder", "written"),
    [
        ("districts/../data/x.gpkg", "districts", "../data/x.gpkg"),
        ("/a/districts/../data/x.gpkg", "/a/districts", "../data/x.gpkg"),
        ("x.gpkg", ".", "x.gpkg"),
        ("/data/x.gpkg", "districts", "/data/x.gpkg"),
        ("/data/x.gpkg", "/a/districts", "/data/x.gpkg"),
        ("/a/districts/x.gpkg", "/a/districts", "x.gpkg"),
    ],
)
def test_paths_are_those_of_the_study_wherever_it_is_computed(path, folder, written):
    assert path_of_study(Path(path), Path(folder)) == written


def test_a_full_path_inside_the_study_s_folder_reads_the_same_from_everywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert path_of_study(tmp_path / "districts" / "x.gpkg", Path("districts")) == "x.gpkg"


# writing -------------------------------------------------------------------------------------------------------------


def folders(root):
    made = {"processed": root / "data" / "processed" / "x", "maps": root / "maps"}
    for folder in made.values():
        folder.mkdir(parents=True, exist_ok=True)
    return made


def staged(root):
    made = {}
    for place, folder in folders(root).items():
        made[place] = Path(tempfile.mkdtemp(dir=folder, prefix=".writing-x."))
    return made


def appending(name, place, *, dies=()):
    """An output that adds to what it finds, as writers of GeoPackages do, and whose copy may be killed at a moment."""
    parent = os.getpid()

    def write(results, folder):
        for number, row in enumerate(["one\n", "two\n"]):
            if os.getpid() != parent and number in dies:
                os.kill(os.getpid(), signal.SIGKILL)
            with (folder / name).open("a") as file:
                file.write(row)
        if os.getpid() != parent and 2 in dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return [folder / name]

    return Output(name, place, write)


@pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")
@pytest.mark.parametrize("moment", [None, 0, 1, 2])
def test_a_copy_that_is_killed_while_it_writes_leaves_nothing_to_add_to(tmp_path, moment):
    beside = staged(tmp_path)
    dies = () if moment is None else (moment,)
    outputs = [appending("long.pdf", "maps"), appending("a.gpkg", "processed", dies=dies), appending("b.csv", "maps", dies=dies)]
    made = write_products(outputs, None, beside)
    assert made == {"processed": ["a.gpkg"], "maps": ["long.pdf", "b.csv"]}
    for place, names in made.items():
        assert [(beside[place] / name).read_text() for name in names] == ["one\ntwo\n"] * len(names)


@pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")
def test_the_first_error_of_an_output_is_told(tmp_path):
    def full(results, folder):
        (folder / "a.gpkg").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        write_products([appending("long.pdf", "maps"), Output("full", "processed", full)], None, staged(tmp_path))


# putting in place ----------------------------------------------------------------------------------------------------


def put(root, *names, content="first"):
    """A set of products as a run puts it in place; pages go to the maps."""
    beside, made = staged(root), {"processed": [], "maps": []}
    for name in names:
        place = "maps" if name.endswith(".html") else "processed"
        (beside[place] / name).write_text(f"{content} {name}")
        made[place].append(name)
    listed = [{"name": name, "sha256": checksum(beside[place] / name)} for place, some in made.items() for name in some]
    (beside["processed"] / MANIFEST).write_text(json.dumps({"outputs": listed}))
    try:
        return put_in_place(beside, folders(root), made)
    finally:
        for folder in beside.values():
            shutil.rmtree(folder)


def state(root):
    found = product_set(root / "data" / "processed" / "x", root / "maps")
    return found.state, found.changed, found.missing


def test_a_set_is_complete_and_leaves_no_trace_of_how_it_came(tmp_path):
    assert state(tmp_path)[0] == "none"
    files = put(tmp_path, "a.csv", "x.html")
    assert files[-1].name == MANIFEST
    assert state(tmp_path) == ("complete", (), ())
    assert sorted(path.name for path in files[-1].parent.iterdir()) == ["a.csv", MANIFEST]


@pytest.mark.parametrize("moves", range(5))
def test_a_run_that_is_stopped_among_its_products_leaves_a_set_that_says_so(tmp_path, monkeypatch, moves):
    """Stopped before any move and after each of them; the next run ends whole and leaves nothing of the two before."""
    put(tmp_path, "a.csv", "b.csv", "x.html", "old.html")
    plain, done = Path.replace, []

    def stopped(self, target):
        if len(done) > moves:
            raise KeyboardInterrupt
        done.append(target)
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    # the record that the set is unfinished is moved first, the manifest last
    with pytest.raises(KeyboardInterrupt):
        put(tmp_path, "a.csv", "b.csv", "x.html", "new.html", content="second")
    monkeypatch.undo()
    assert state(tmp_path)[0] == "unfinished"
    put(tmp_path, "a.csv", "b.csv", "x.html", content="third")
    assert state(tmp_path) == ("complete", (), ())
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == ["x.html"]


def test_altered_and_missing_files_are_named(tmp_path):
    put(tmp_path, "a.csv", "b.csv", "x.html")
    (tmp_path / "data" / "processed" / "x" / "a.csv").write_text("edited")
    (tmp_path / "maps" / "x.html").unlink()
    assert state(tmp_path) == ("altered", ("a.csv",), ("x.html",))
    (tmp_path / "data" / "processed" / "x" / MANIFEST).write_text("{")
    assert state(tmp_path) == ("altered", (MANIFEST,), ())
    (tmp_path / "data" / "processed" / "x" / MANIFEST).unlink()
    assert state(tmp_path)[0] == "unfinished"


def test_a_folder_where_a_product_goes_is_told_before_anything_is_moved(tmp_path):
    put(tmp_path, "a.csv", "x.html")
    (tmp_path / "maps" / "y.html").mkdir()
    with pytest.raises(RunError, match=r"y\.html is a folder where a file of the products goes"):
        put(tmp_path, "a.csv", "x.html", "y.html", content="second")
    assert state(tmp_path) == ("complete", (), ())


@pytest.fixture
def other_disk():
    """A folder on another file system than that of temporary files."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.mark.parametrize("where", ["maps", "data/processed", "data/processed/x", "data"])
def test_each_folder_may_lie_on_a_disk_of_its_own(tmp_path, other_disk, monkeypatch, where):
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / where).symlink_to(other_disk)

    class Found:
        study, complete = Study(name="x"), True
        layers: ClassVar = {"blocks": hamlet.make_boundary(hamlet.box(0, 0, 9, 9))}

    def written(outputs, results, beside):
        (beside["maps"] / "x.html").write_text("page")
        (beside["processed"] / "a.csv").write_text("table")
        return {"maps": ["x.html"], "processed": ["a.csv"]}

    def told(record, beside, made):
        (beside["processed"] / MANIFEST).write_text(
            json.dumps({"outputs": [{"name": "x.html", "sha256": checksum(beside["maps"] / "x.html")}]})
        )

    monkeypatch.setattr(running, "write_products", written)
    monkeypatch.setattr(running, "write_manifest", told)
    monkeypatch.setattr(running, "manifest_record", lambda results: {})
    running.write_outputs(Found(), tmp_path)
    assert state(tmp_path) == ("complete", (), ())
    assert not list(tmp_path.rglob(".writing-*"))
    assert not list(other_disk.rglob(".writing-*"))


def test_leftovers_of_this_district_are_swept_and_those_of_others_stay(tmp_path):
    made = folders(tmp_path)
    for name in (".writing-x.1", ".writing-x-2.1", ".writing-other.1"):
        (made["maps"] / name).mkdir()
    running._sweep("x", made.values())
    assert sorted(path.name for path in made["maps"].iterdir()) == [".writing-other.1", ".writing-x-2.1"]


# a reader checks -----------------------------------------------------------------------------------------------------


def check(root, name="x", *options):
    ended = subprocess.run(
        [sys.executable, "-m", "ped_geo", "check", name, "--products", "--root", str(root), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, (ended.stdout + ended.stderr).strip()


def test_a_reader_is_told_in_one_sentence_what_a_set_is(tmp_path):
    code, told = check(tmp_path, "x", "--lang", "en")
    assert (code, "There are no products in" in told) == (3, True)
    put(tmp_path, "a.csv", "x.html")
    code, told = check(tmp_path, "x", "--lang", "en")
    assert (code, told) == (0, f"Products in {tmp_path / 'data/processed/x'}: all 2 files are as the manifest says.")
    assert json.loads(check(tmp_path / "elsewhere", str(tmp_path / "data" / "processed" / "x"), "--json")[1])["products"] == "complete"
    (tmp_path / "maps" / "x.html").write_text("edited")
    code, told = check(tmp_path, "x", "--lang", "en")
    assert code == 3
    assert "of 2 files, 1 have changed and 0 are missing (x.html)" in told
    code, told = check(tmp_path, "x", "--lang", "pl")
    assert "z plików (liczba: 2) zmienionych jest 1, a brakuje 0 (x.html)" in told
    (tmp_path / "data" / "processed" / "x" / MANIFEST).rename(tmp_path / "data" / "processed" / "x" / UNFINISHED)
    code, told = check(tmp_path, "x", "--lang", "en")
    assert code == 3
    assert "are unfinished, because a run was stopped" in told
    assert told.count("\n") == 0
