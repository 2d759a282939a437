"""Steps are kept, resumed and never half-written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from ped_geo.errors import RunError
from ped_geo.runner import Step, Store, code_key, folder_lock, replace_into, run_steps
from ped_geo.site import Site
from ped_geo.study import Study

SITE = Site(50.0, 20.0)


def doubling(calls):
    def run(study, site, layers):
        calls.append("double")
        return {"doubled": layers["numbers"] * 2}

    return Step("double", ("numbers",), ("doubled",), run, settings=("solar",))


def numbers(*values):
    return pd.DataFrame({"value": list(values)}, index=pd.Index(range(len(values)), name="row"))


def run(steps, store, *, study=None, key="k", frame=None):
    return run_steps(
        steps, study or Study(name="x"), SITE, {"numbers": numbers(1, 2) if frame is None else frame}, input_key=key, store=store
    )


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
        {"key": "other input"},
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
    ],
    ids=["geometry", "hours", "two keys", "empty"],
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
    monkeypatch.setattr("ped_geo.runner.version", lambda name: "0.0.1")
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
    wide = Step(
        "wide", ("numbers",), ("table",), lambda study, site, layers: {"table": pd.DataFrame(table.T.copy(), index=list("abcdefg")).T}
    )
    total = Step("total", ("table",), ("sums",), lambda study, site, layers: {"sums": numbers(layers["table"].to_numpy().sum())})
    fresh = run((wide, total), Store(tmp_path))["sums"]["value"][0]
    shutil.rmtree(tmp_path / "total")
    assert run((wide, total), Store(tmp_path))["sums"]["value"][0] == fresh


def test_steps_run_with_one_thread_of_linear_algebra(tmp_path):
    from threadpoolctl import threadpool_info

    def count(study, site, layers):
        return {"threads": numbers(*(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))}

    found = run((Step("count", ("numbers",), ("threads",), count),), None)["threads"]["value"]
    assert len(found)
    assert (found == 1).all()


def test_killed_run_resumes_with_the_same_result(tmp_path):
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from tests.test_runner import SITE, Store, Study, doubling, numbers, run_steps
        from ped_geo.runner import Step

        def die(study, site, layers):
            os.kill(os.getpid(), signal.SIGKILL)

        steps = (doubling([]), Step("die", ("doubled",), ("never",), die))
        run_steps(steps, Study(name="x"), SITE, {"numbers": numbers(1, 2)}, input_key="k", store=Store(Path(sys.argv[1])))
        """
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[1], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    calls = []
    done = Step("die", ("doubled",), ("never",), lambda study, site, layers: {"never": layers["doubled"] + 1})
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


def test_products_are_moved_whole_and_the_manifest_last(tmp_path):
    beside, place = tmp_path / "beside", tmp_path / "place"
    beside.mkdir()
    for name in ("manifest.json", "a.csv"):
        (beside / name).write_text(name)
    replace_into(beside, place, ["manifest.json", "a.csv"])
    assert (place / "manifest.json").stat().st_ctime_ns >= (place / "a.csv").stat().st_ctime_ns
    assert not any(beside.iterdir())
