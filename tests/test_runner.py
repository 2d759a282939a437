"""Steps are kept, resumed and never half-written."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

import ped_geo.outputs
from ped_geo.engine import SideBySide, Store, code_key, frame_key, let_go
from ped_geo.engine.files import check_writable, folder_lock, plain_write_errors, replace_into
from ped_geo.engine.keys import LIBRARIES, WRITERS, package_key
from ped_geo.errors import LayerError, RunError
from ped_geo.pipeline import PASSING, STEPS
from ped_geo.study import Study
from tests.steps import a_step, run_here


def doubling(calls):
    def run(study, layers):
        calls.append("double")
        return {"doubled": layers["numbers"] * 2}

    return a_step("double", ("numbers",), ("doubled",), run, settings=("solar",))


def numbers(*values):
    return pd.DataFrame({"value": list(values)}, index=pd.Index(range(len(values)), name="row"))


def run(steps, store, *, study=None, frame=None):
    return run_here(steps, {"numbers": numbers(1, 2) if frame is None else frame}, study=study, store=store)


def test_second_run_uses_the_kept_step_and_gives_the_same_frame(tmp_path):
    calls = []
    steps = (doubling(calls),)
    first = run(steps, Store(tmp_path))["doubled"]
    second = run(steps, Store(tmp_path))["doubled"]
    assert calls == ["double"]
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    "change",
    [
        {"frame": numbers(1, 3)},
        {"frame": numbers(1, 2).rename(index={0: 7})},
        {"frame": numbers(1, 2).rename_axis(index="building_id")},
        {"frame": numbers(1, 2).astype("float64")},
        {"study": Study(name="x", solar={"setback_m": 1.0})},
        {"study": Study(name="x", overrides={"pv.module_wp": 400})},
    ],
)
def test_step_runs_again_when_what_it_depends_on_changes(tmp_path, change):
    calls = []
    steps = (doubling(calls),)
    run(steps, Store(tmp_path))
    run(steps, Store(tmp_path), **change)
    assert calls == ["double", "double"]


def test_step_is_kept_when_only_settings_it_does_not_read_change(tmp_path):
    calls = []
    steps = (doubling(calls),)
    run(steps, Store(tmp_path))
    run(steps, Store(tmp_path), study=Study(name="x", finance={"discount_rate": 0.07}))
    assert calls == ["double"]


@pytest.mark.parametrize(
    "frame",
    [
        gpd.GeoDataFrame({"a": [1.5]}, geometry=[Point(1, 2)], crs=2178, index=pd.Index(["way/1"], name="building_id")),
        pd.DataFrame(
            np.ones((2, 2), dtype="float32"),
            index=pd.date_range("2019", periods=2, freq="h", tz="UTC", name="time"),
            columns=pd.MultiIndex.from_tuples([("existing", "b1"), ("usual", "b1")], names=["package", "block_id"]),
        ),
        pd.DataFrame({"x": [1.0]}, index=pd.MultiIndex.from_tuples([("b", "today")], names=["block_id", "variant"])),
        pd.DataFrame({"x": pd.Series([], dtype="float64")}),
        pd.DataFrame({"x": pd.Series([1.0, 2.0], dtype="float32")}),
        pd.DataFrame({"x": pd.Series([1.0, 2.0], dtype="float32")}, index=[3, 7]),
        pd.DataFrame(
            {"x": pd.Series([1.0], dtype="float32"), "y": pd.Series([2.0], dtype="float32")}, index=pd.Index(["b"], name="block_id")
        ),
        pd.DataFrame({"x": pd.Series([], dtype="float32")}),
        pd.DataFrame(index=pd.Index(["b"], name="block_id")),
        pd.DataFrame({"x": np.arange(3, dtype="float32")}, index=pd.RangeIndex(2, 8, 2, name="pixel")),
    ],
    ids=[
        "geometry",
        "hours",
        "two keys",
        "empty",
        "counted rows",
        "numbered rows",
        "single precision",
        "no rows",
        "no columns",
        "stepped rows",
    ],
)
def test_every_kind_of_frame_survives_the_store(tmp_path, frame):
    frame.attrs = {"source": "built-in"}
    Store(tmp_path).put("s", "k", {"layer": frame})
    back = Store(tmp_path).get("s", "k")["layer"]
    assert type(back) is type(frame)
    assert back.attrs == {"source": "built-in"}
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(frame), check_freq=False)


@pytest.mark.parametrize("damage", ["{", '{"key": "k", "layers": {"layer": {}}}', ""])
def test_damaged_step_is_computed_again_not_trusted(tmp_path, damage):
    Store(tmp_path).put("s", "k", {"layer": numbers(1)})
    (tmp_path / "s" / "step.json").write_text(damage)
    assert Store(tmp_path).get("s", "k") is None


def hours(rows=48, columns=3):
    """A layer of hours, as stages give them."""
    labels = pd.MultiIndex.from_tuples([("existing", f"b{number}") for number in range(columns)], names=["package", "block_id"])
    values = np.random.default_rng(1).random((rows, columns), dtype=np.float32)
    return pd.DataFrame(values, index=pd.date_range("2025", periods=rows, freq="h", tz="UTC"), columns=labels)


def test_hours_are_mapped_and_nothing_done_to_them_reaches_what_is_kept(tmp_path):
    store = Store(tmp_path)
    store.put("s", "k", {"layer": hours()})
    found = store.get("s", "k")["layer"]
    pd.testing.assert_frame_equal(found, hours(), check_freq=False)
    found.iloc[0, 0] = -1.0
    again = store.get("s", "k")["layer"]
    store.rest()
    pd.testing.assert_frame_equal(again, hours(), check_freq=False)
    assert any(str(tmp_path / "s" / "layer.npy") in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_hours_that_were_let_go_take_no_memory_and_are_read_again(tmp_path):
    Store(tmp_path).put("s", "k", {"layer": hours(8760, 300)})
    found = Store(tmp_path).get("s", "k")["layer"]

    def resident():
        place = str(tmp_path / "s" / "layer.npy")
        parts = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path("/proc/self/smaps").read_text())
        return sum(int(re.search(r"Rss:\s+(\d+)", part)[1]) for part in parts if place in part)

    whole = found["existing"].to_numpy().sum(dtype=float)
    assert resident() > 8000
    let_go(found["existing"], hours(), None)
    assert resident() < 100
    assert found["existing"].to_numpy().sum(dtype=float) == whole


@pytest.mark.parametrize("place", [0.02, 0.5, 0.99])
def test_one_turned_bit_of_kept_hours_is_noticed(tmp_path, place):
    Store(tmp_path).put("s", "k", {"layer": hours()})
    file = tmp_path / "s" / "layer.npy"
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 1
    file.write_bytes(content)
    assert Store(tmp_path).get("s", "k") is None


@pytest.mark.parametrize("how", [None, SideBySide(2)])
def test_a_layer_that_only_passes_is_let_go_after_its_last_reader(tmp_path, how):
    seen = {}

    def add(study, layers):
        seen.update(layers)
        return {"sum": layers["doubled"] + layers["numbers"]}

    steps = (
        doubling([]),
        a_step("add", ("doubled", "numbers"), ("sum",), add),
        a_step("end", ("sum",), ("end",), lambda _, one: {"end": one["sum"]}),
    )
    begin = {"inputs": {"numbers": numbers(1, 2)}, "store": Store(tmp_path), "side_by_side": how}
    found = run_here(steps, **begin, passing=("doubled", "numbers"))
    assert sorted(found) == ["end", "sum"]
    assert found["sum"]["value"].tolist() == [3, 6]
    # and where all is kept, too: a product is made of the same layers then
    assert sorted(run_here(steps, **begin, passing=("doubled", "numbers"))) == ["end", "sum"]
    assert sorted(run_here(steps, **begin)) == ["doubled", "end", "numbers", "sum"]


def test_layers_that_only_pass_are_given_by_a_step_and_read_by_no_product():
    given = {name for step in STEPS for name in step.gives}
    folder = Path(ped_geo.outputs.__file__).parent
    words = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))))
    assert set(PASSING) <= given
    assert not set(PASSING) & words


def test_truncated_table_is_computed_again_not_trusted(tmp_path):
    Store(tmp_path).put("s", "k", {"layer": numbers(*range(1000))})
    file = tmp_path / "s" / "layer.parquet"
    file.write_bytes(file.read_bytes()[:200])
    assert Store(tmp_path).get("s", "k") is None


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_turned_bit_of_a_kept_table_is_noticed(tmp_path, place):
    Store(tmp_path).put("s", "k", {"layer": numbers(*range(1000))})
    file = tmp_path / "s" / "layer.parquet"
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 1
    file.write_bytes(content)
    assert Store(tmp_path).get("s", "k") is None


@pytest.mark.parametrize("text", ["[]", "3", '{"key": "k", "layers": []}', '{"key": "k", "layers": {"layer": 1}}', "[" * 100_000])
def test_a_record_of_another_shape_is_computed_again(tmp_path, text):
    Store(tmp_path).put("s", "k", {"layer": numbers(1)})
    (tmp_path / "s" / "step.json").write_text(text)
    assert Store(tmp_path).get("s", "k") is None


def test_a_step_of_other_library_versions_is_computed_again(monkeypatch):
    before = code_key()
    code_key.cache_clear()
    monkeypatch.setattr("ped_geo.engine.keys.version", lambda name: "0.0.1")
    after = code_key()
    code_key.cache_clear()
    assert after != before


def test_dates_of_files_decide_nothing_so_the_clock_may_go_backwards(tmp_path):
    calls = []
    steps = (doubling(calls),)
    run(steps, Store(tmp_path))
    for year in (1, 40_000):
        for file in (*tmp_path.rglob("*"), tmp_path):
            os.utime(file, (year * 86_400 * 365, year * 86_400 * 365))
        run(steps, Store(tmp_path))
    assert calls == ["double"]


def test_a_resumed_run_sums_in_the_same_order_as_a_fresh_one(tmp_path):
    table = np.random.default_rng(1).normal(size=(20_000, 7)) * 1e6
    wide = a_step("wide", ("numbers",), ("table",), lambda study, layers: {"table": pd.DataFrame(table.T.copy(), index=list("abcdefg")).T})
    total = a_step("total", ("table",), ("sums",), lambda study, layers: {"sums": numbers(layers["table"].to_numpy().sum())})
    fresh = run((wide, total), Store(tmp_path))["sums"]["value"][0]
    shutil.rmtree(tmp_path / "total")
    assert run((wide, total), Store(tmp_path))["sums"]["value"][0] == fresh


def test_steps_run_with_one_thread_of_linear_algebra(tmp_path):
    from threadpoolctl import threadpool_info

    def count(study, layers):
        return {"threads": numbers(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))}

    found = run((a_step("count", ("numbers",), ("threads",), count),), None)["threads"]["value"]
    assert len(found)
    assert (found == 1).all()


def test_killed_run_resumes_with_the_same_result(tmp_path):
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from tests.steps import a_step, run_here
        from tests.test_runner import Store, doubling, numbers

        def die(study, layers):
            os.kill(os.getpid(), signal.SIGKILL)

        steps = (doubling([]), a_step("die", ("doubled",), ("never",), die))
        run_here(steps, {"numbers": numbers(1, 2)}, store=Store(Path(sys.argv[1])))
        """
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[1], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    calls = []
    done = a_step("die", ("doubled",), ("never",), lambda study, layers: {"never": layers["doubled"] + 1})
    result = run((doubling(calls), done), Store(tmp_path))
    assert calls == [], "the finished step was computed again"
    assert result["never"]["value"].tolist() == [3, 5]


def test_second_run_in_a_held_folder_is_told_so(tmp_path):
    with folder_lock(tmp_path), pytest.raises(RunError, match="held by another run"), folder_lock(tmp_path):
        pass
    with folder_lock(tmp_path):
        pass


def test_unwritable_folder_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        Store(tmp_path / "file").put("s", "k", {"layer": numbers(1)})
    with pytest.raises(RunError, match="cannot be written"), folder_lock(tmp_path / "file"):
        pass


def test_full_disk_leaves_the_earlier_result(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.put("s", "old", {"layer": numbers(1)})

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(RunError, match="No space left on device"):
        store.put("s", "new", {"layer": numbers(2)})
    assert store.get("s", "old") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def house(**changed):
    """A layer of one building, as sources give it."""
    given = {"tags": ['{"building:levels": "3"}'], "shape": Point(1, 2).buffer(5), "crs": 2178, "id": "way/1"} | changed
    frame = gpd.GeoDataFrame(
        {"tags": given["tags"]}, geometry=[given["shape"]], crs=given["crs"], index=pd.Index([given["id"]], name="building_id")
    )
    frame.attrs = changed.get("attrs", {})
    return frame


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": ['{"building:levels": "11"}']},
        {"tags": [None]},
        {"shape": Point(1, 2).buffer(6)},
        # the same centroid and area
        {"shape": Point(1, 2).buffer(5).reverse()},
        {"shape": None},
        {"crs": 2180},
        {"crs": None},
        {"id": "way/2"},
        {"attrs": {"datum": "EVRF2007"}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_any_change_of_a_raw_layer_changes_its_key(changed):
    assert frame_key(house(**changed)) != frame_key(house())
    assert frame_key(house(**changed)) == frame_key(house(**changed))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pd.DataFrame({"a": ["ab", "c"]}), pd.DataFrame({"a": ["a", "bc"]})),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}), pd.DataFrame({"b": [1.0], "a": [2.0]})),
        (pd.DataFrame({"a": [np.nan, "x"]}), pd.DataFrame({"a": ["nan", "x"]})),
        (pd.DataFrame(index=pd.date_range("2019", periods=2, freq="h")), pd.DataFrame(index=pd.date_range("2020", periods=2, freq="h"))),
        (pd.DataFrame(np.eye(2, dtype="float32")), pd.DataFrame(np.eye(2, dtype="float32"), columns=[0, 2])),
        (pd.DataFrame(np.arange(6.0).reshape(2, 3)), pd.DataFrame(np.arange(6.0).reshape(3, 2))),
    ],
)
def test_tables_that_look_alike_have_keys_of_their_own(one, other):
    assert frame_key(one) != frame_key(other)


def test_key_of_a_table_is_the_same_in_every_process_and_layout():
    table = np.random.default_rng(1).normal(size=(30, 7))
    assert frame_key(pd.DataFrame(table)) == frame_key(pd.DataFrame(np.asfortranarray(table)))
    code = "from tests.test_runner import frame_key, house; print(frame_key(house(tags=['ż'])))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=Path(__file__).parents[1], env={**os.environ, "PYTHONHASHSEED": seed},
            check=True, capture_output=True, text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert told == {frame_key(house(tags=["ż"]))}


# the record of a kept step -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["layers"]["layer"]["attrs"].update(west=7.0),
        lambda record: record["layers"]["layer"].update(attrs={}),
        lambda record: record["layers"].pop("layer"),
        lambda record: record["layers"]["layer"].update(geo=True),
        lambda record: record.pop("sha256"),
        lambda record: record.update(sha256=None),
    ],
)
@pytest.mark.parametrize("how", [None, SideBySide(2)])
def test_an_altered_record_of_a_kept_step_is_computed_again(tmp_path, change, how):
    def raster(study, layers):
        frame = layers["numbers"] * 2
        frame.attrs = {"west": 5.0, 3: "a key that JSON turns into a word", 10: "another"}
        return {"layer": frame}

    def west(study, layers):
        return {"found": numbers(layers["layer"].attrs["west"])}

    steps = (a_step("raster", ("numbers",), ("layer",), raster), a_step("west", ("layer",), ("found",), west))
    begin = {"inputs": {"numbers": numbers(1)}, "store": Store(tmp_path), "side_by_side": how}
    assert run_here(steps, **begin)["found"]["value"].tolist() == [5.0]
    assert Store(tmp_path).get("raster", json.loads((tmp_path / "raster" / "step.json").read_text())["key"]) is not None
    path = tmp_path / "raster" / "step.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    shutil.rmtree(tmp_path / "west")
    assert run_here(steps, **begin)["found"]["value"].tolist() == [5.0]


@pytest.mark.parametrize("how", [None, SideBySide(2)])
def test_a_layer_that_no_step_gives_is_told_and_never_waited_for(tmp_path, how):
    def never(study, layers):
        raise AssertionError

    steps = (a_step("one", ("two",), ("one",), never), a_step("two", ("one",), ("two",), never))
    with pytest.raises(LayerError, match="step one needs two, which no step before it gives"):
        run_here(steps, {}, store=Store(tmp_path), side_by_side=how)


def test_a_step_that_is_a_link_is_computed_again_and_what_it_leads_to_stays(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "file").write_text("theirs")
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "double").symlink_to(theirs)
    calls = []
    for _ in range(2):
        run((doubling(calls),), Store(steps))
    assert calls == ["double"]
    assert (theirs / "file").read_text() == "theirs"


def test_sweeping_removes_what_was_left_half_written_and_nothing_else(tmp_path):
    for name in (".writing-double.x1", ".writing-doubled.x2", ".ssh", "double"):
        (tmp_path / name).mkdir()
    Store(tmp_path).sweep("double")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ssh", ".writing-doubled.x2", "double"]
    Store(tmp_path).sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ssh", "double"]


# folders --------------------------------------------------------------------------------------------------------------


def test_a_lock_that_is_a_link_is_refused_and_its_target_stays(tmp_path):
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(RunError, match=r"\.lock is a symbolic link"), folder_lock(tmp_path / "x"):
        pass
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_a_lock_is_never_emptied(tmp_path):
    (tmp_path / "theirs").write_text("theirs")
    os.link(tmp_path / "theirs", tmp_path / ".lock")
    with folder_lock(tmp_path):
        pass
    assert (tmp_path / "theirs").read_text() == "theirs"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_of_another_kind_does_not_hang(tmp_path, make):
    make(tmp_path / ".lock")
    with contextlib.suppress(RunError), folder_lock(tmp_path):
        pass


def test_a_replaced_geopackage_inherits_nothing_of_a_program_that_holds_the_old_one(tmp_path):
    """The holder has written to its copy and not yet folded that in: SQLite would apply it to the new file."""
    import sqlite3

    def base(path, value):
        with sqlite3.connect(path) as made:
            made.execute("CREATE TABLE blocks(value)")
            made.execute("INSERT INTO blocks VALUES (?)", (value,))
        made.close()

    beside, place = tmp_path / "beside", tmp_path / "place"
    beside.mkdir()
    place.mkdir()
    base(place / "x.gpkg", "old")
    base(beside / "x.gpkg", "new")
    holder = sqlite3.connect(place / "x.gpkg")
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("UPDATE blocks SET value = 'edited by the holder'")
    holder.commit()
    assert (place / "x.gpkg-wal").stat().st_size > 0
    (place / "x.gpkg-journal").write_bytes(b"hot")
    replace_into(beside, place, ["x.gpkg"])
    assert [path.name for path in place.iterdir()] == ["x.gpkg"]
    with sqlite3.connect(place / "x.gpkg") as reader:
        assert reader.execute("SELECT value FROM blocks").fetchall() == [("new",)]
    reader.close()
    holder.close()
    assert [path.name for path in place.iterdir()] == ["x.gpkg"]


def test_a_link_to_nothing_is_told_before_any_work(tmp_path):
    (tmp_path / "maps").symlink_to(tmp_path / "nowhere")
    with pytest.raises(RunError, match="maps cannot be written"):
        check_writable([tmp_path / "maps"])


def test_only_what_the_disk_refuses_is_told_as_the_disk_s(tmp_path):
    import sqlite3

    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE layer_styles(id)")
    with pytest.raises(sqlite3.OperationalError, match="already exists"), plain_write_errors(tmp_path):
        base.execute("CREATE TABLE layer_styles(id)")
    base.close()
    with pytest.raises(RunError, match="unable to open database file"), plain_write_errors(tmp_path):
        sqlite3.connect(tmp_path / "no folder" / "x.gpkg")


def test_what_installed_the_libraries_changes_no_product_and_what_draws_does(tmp_path, monkeypatch):
    def beside(folder, name, release):
        described = tmp_path / folder / f"{name}-{release}.dist-info"
        described.mkdir(parents=True)
        (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n", encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / folder)
            return package_key.__wrapped__()

    as_it_is = package_key.__wrapped__()
    assert beside("installer", "uv", "99.0") == as_it_is
    assert beside("drawing", "weasyprint", "99.0") != as_it_is
    assert beside("needed_by_drawing", "pydyf", "99.0") != as_it_is
    assert beside("computing", "pvlib", "99.0") != as_it_is


def test_every_library_decides_on_numbers_or_products_or_is_said_to_do_neither():
    # reads, sends, asks or speaks; what comes of it is in the layers that the checksum holds
    spared = {"defusedxml", "osmium", "osmnx", "pydantic", "requests", "rich", "threadpoolctl", "typer"}
    declared = {
        re.split(r"[^\w.-]", entry, maxsplit=1)[0]
        for entry in tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "dependencies"
        ]
    }
    assert declared == {*LIBRARIES, *WRITERS} | spared
