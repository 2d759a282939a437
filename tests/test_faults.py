"""Whole runs of the sample estate that are killed, starved, crowded and misled, each by really doing it."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = "sample-estate"
pytestmark = pytest.mark.slow


def start(root, *options, cwd=ROOT, name=NAME, **environment):
    """A run of the command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "ped_geo", "report", name, "--root", str(root), "--lang", "en", *options],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(root, *options, **environment):
    """Exit code and both streams of a whole run."""
    process = start(root, *options, **environment)
    out, err = process.communicate(timeout=1800)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def fresh(folder):
    (folder / "districts").mkdir(parents=True)
    shutil.copy(ROOT / "districts" / f"{NAME}.toml", folder / "districts")
    return folder


def products(root):
    """Checksum of every product, by its path; hidden files are the run's own business."""
    found = [path for part in ("data/processed", "maps") for path in (root / part).rglob("*") if path.is_file()]
    shown = {path.relative_to(root): path for path in found}
    return {
        str(name): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in shown.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def kept_steps(root):
    return sorted(path.parent.name for path in (root / "data" / "processed" / NAME / ".steps").glob("[!.]*/step.json"))


def wait_until(condition, process, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing disturbed."""
    root = fresh(tmp_path_factory.mktemp("whole"))
    code, _, err = finish(root)
    assert code == 0, err
    return root


@pytest.fixture
def computed(whole, tmp_path):
    """A copy of a run whose steps are kept and whose products are not there yet."""
    root = fresh(tmp_path / "computed")
    shutil.copytree(whole / "data" / "processed" / NAME / ".steps", root / "data" / "processed" / NAME / ".steps")
    return root


# determinism ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", ["1", "5"])
def test_every_product_is_byte_equal_with_any_number_of_threads_and_any_hash_seed(whole, tmp_path, threads):
    root = fresh(tmp_path / "a place with spaces")
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    code, _, err = finish(root, PYTHONHASHSEED=threads, TZ="Asia/Tokyo", LC_ALL="C", **dict.fromkeys(names, threads))
    assert code == 0, err
    assert products(root) == products(whole)


def test_every_product_is_byte_equal_with_one_processor(whole, tmp_path):
    root = fresh(tmp_path / "one")
    mine = os.sched_getaffinity(0)
    try:
        # handed on to the run, which then has no second one for steps side by side
        os.sched_setaffinity(0, {min(mine)})
        code, _, err = finish(root)
    finally:
        os.sched_setaffinity(0, mine)
    assert code == 0, err
    assert products(root) == products(whole)


def test_every_product_is_byte_equal_whatever_folder_it_is_computed_from(tmp_path):
    from tests.test_products import TEXT, houses, make_ways, square

    text = (
        TEXT.replace("boundary.geojson", "../given/boundary.geojson")
        .replace("houses.", "../given/houses.")
        .replace("streets.", "../given/streets.")
    )
    register = (
        '[[sources.registers]]\nfile = "../given/heat.csv"\nkind = "heat_supply"\ncolumns = {building_id = "id", heat_supply = "heat"}\n'
    )
    (tmp_path / "one" / "given").mkdir(parents=True)
    (tmp_path / "one" / "districts").mkdir()
    (tmp_path / "one" / "districts" / "x.toml").write_text(text.format(ending="gpkg") + register)
    square(200).to_crs(4326).to_file(tmp_path / "one" / "given" / "boundary.geojson")
    make_ways()[["geometry"]].assign(highway="residential").to_crs(4326).to_file(tmp_path / "one" / "given" / "streets.geojson")
    houses(3).to_file(tmp_path / "one" / "given" / "houses.gpkg", layer="buildings")
    (tmp_path / "one" / "given" / "heat.csv").write_text("id,heat\nfile/1,gas\n")
    shutil.copytree(tmp_path / "one", tmp_path / "the other")
    for root, folder in ((".", tmp_path / "one"), (tmp_path / "the other", tmp_path)):
        process = start(root, cwd=folder, name="x")
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
    assert products(tmp_path / "one") == products(tmp_path / "the other")


# interrupted ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_run_killed_at_random_moments_leaves_no_half_file_and_ends_with_the_same_bytes(whole, tmp_path, seed):
    root, wanted, moment = fresh(tmp_path / "killed"), products(whole), random.Random(seed)
    deaths = 0
    for _ in range(12):
        process = start(root)
        try:
            process.wait(timeout=moment.uniform(1.0, 9.0))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            deaths += 1
        there = products(root)
        assert {name: wanted[name] for name in there} == there
    else:
        code, _, err = finish(root)
        assert code == 0, err
    assert deaths, "no run was killed"
    assert products(root) == wanted


@pytest.mark.parametrize("delay", [0.0, 0.4, 1.5])
def test_run_killed_while_it_writes_its_products_leaves_whole_ones_and_the_next_run_sweeps_up(whole, computed, delay):
    folder = computed / "data" / "processed" / NAME
    process = start(computed)
    wait_until(lambda: any(folder.glob(".writing-*")), process)
    time.sleep(delay)
    process.kill()
    process.communicate()
    there, wanted = products(computed), products(whole)
    assert {name: wanted[name] for name in there} == there
    code, _, err = finish(computed)
    assert code == 0, err
    assert products(computed) == wanted
    assert not list(folder.glob(".writing-*"))
    assert not list((computed / "maps").glob(".writing-*"))
    assert not list(folder.glob(".steps/.*"))


def test_next_run_takes_the_finished_steps_and_computes_only_the_rest(tmp_path):
    root = fresh(tmp_path / "killed")
    process = start(root)
    wait_until(lambda: len(kept_steps(root)) >= 5, process)
    process.kill()
    process.communicate()
    before = kept_steps(root)
    code, _, err = finish(root)
    assert code == 0
    assert err.count("kept from the last run") >= len(before)


@pytest.mark.parametrize("steps", [0, 6])
def test_control_c_ends_with_130_says_that_it_can_go_on_and_does(whole, tmp_path, steps):
    root = fresh(tmp_path / "stopped")
    process = start(root)
    if steps:
        wait_until(lambda: len(kept_steps(root)) >= steps, process)
    else:
        time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "the same command goes on from there" in err
    code, _, err = finish(root)
    assert code == 0, err
    assert products(root) == products(whole)


def test_an_interrupt_inside_code_that_a_library_runs_ends_with_130_too(tmp_path):
    """Python notes an interrupt that reaches the end of code run from C, and at its own end sends itself the signal again."""
    code = textwrap.dedent(
        """
        import ctypes, sys
        from ped_geo import cli

        def stop(*_, **__):
            run, names = ctypes.pythonapi.PyRun_String, ctypes.py_object({})
            run.restype = ctypes.py_object
            run(b"raise KeyboardInterrupt", 257, names, names)

        cli._report = stop
        sys.argv = ["ped-geo", "report", "sample-estate", "--lang", "en"]
        cli.main()
        """
    )
    (tmp_path / "stopped.py").write_text(code)
    search = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-m", "stopped"], capture_output=True, text=True, check=False, env=search)
    assert ended.returncode == 130, ended.stderr
    assert "the same command goes on from there" in ended.stderr


# disk -----------------------------------------------------------------------------------------------------------------

MOUNTS = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0 if shutil.which("unshare") else False
needs_mounts = pytest.mark.skipif(not MOUNTS, reason="mounting in a namespace of one's own is not allowed here")


def in_namespace(script, **variables):
    """A shell script that may mount, its standard output; what it mounts is gone with it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RUN": f"{sys.executable} -m ped_geo report {NAME} --lang en", **variables}
    ended = subprocess.run(
        ["unshare", "-rm", "bash", "-eu", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


FULL = """
mount -t tmpfs -o size=$SIZE tmpfs "$PLACE"; cp -r "$FROM"/. "$PLACE"
set +e; $RUN --root "$PLACE" -q 2> "$OUT/told"; echo "code $?" > "$OUT/code"; set -e
mkdir "$OUT/then"; (cd "$PLACE"; cp -r --parents maps data/processed/*/* "$OUT/then" 2>/dev/null || true)
mount -o remount,size=400m "$PLACE"
$RUN --root "$PLACE" -q
mkdir "$OUT/after"; (cd "$PLACE"; cp -r --parents maps data/processed/*/* "$OUT/after")
"""


def hold(script, tmp_path, whole, **variables):
    out, place = tmp_path / "out", tmp_path / "place"
    out.mkdir()
    place.mkdir()
    in_namespace(script, PLACE=str(place), OUT=str(out), **variables)
    told, wanted = (out / "told").read_text(), products(whole)
    then = products(out / "then")
    assert "Traceback" not in told
    assert {name: wanted[name] for name in then} == then, "a product is not whole"
    assert products(out / "after") == wanted
    return (out / "code").read_text().strip(), told


@needs_mounts
@pytest.mark.parametrize("size", ["300k", "1m"])
def test_disk_that_fills_up_while_computing_is_told_and_the_next_run_ends_well(whole, tmp_path, size):
    code, told = hold(FULL, tmp_path, whole, SIZE=size, FROM=str(fresh(tmp_path / "from")))
    assert code == "code 3"
    assert "No space left on device" in told
    assert told.count("\n") == 1


@needs_mounts
@pytest.mark.parametrize("more_kb", [200, 2_000, 4_000])
def test_disk_that_fills_up_while_writing_products_is_told_and_nothing_half_written_stays(whole, computed, tmp_path, more_kb):
    used = sum(-(-path.stat().st_size // 4096) * 4 + 4 for path in computed.rglob("*"))
    code, told = hold(FULL, tmp_path, whole, SIZE=f"{used + more_kb}k", FROM=str(computed))
    assert code == "code 3", told
    assert re.search(r"cannot be written \(.*(space|full|disk)", told), told
    # the library for TIFF has a word of its own before ours
    assert [line.startswith("ped-geo: ") for line in told.splitlines()].count(True) == 1


OTHER_DISK = """
cp -r "$FROM"/. "$PLACE"; mkdir -p "$PLACE/$FOLDER" "$OUT/other"; mount -t tmpfs tmpfs "$PLACE/$FOLDER"
cp -r "$FROM/$FOLDER"/. "$PLACE/$FOLDER" 2>/dev/null || true
set +e; $RUN --root "$PLACE" -q 2> "$OUT/told"; echo "code $?" > "$OUT/code"; set -e
mkdir "$OUT/then" "$OUT/after"; (cd "$PLACE"; cp -r --parents maps data/processed/*/* "$OUT/after")
"""


@needs_mounts
@pytest.mark.parametrize("folder", ["maps", "data/processed"])
def test_folder_on_another_disk_gets_the_same_products(whole, computed, tmp_path, folder):
    code, told = hold(OTHER_DISK, tmp_path, whole, FOLDER=folder, FROM=str(computed))
    assert (code, told) == ("code 0", "")


READ_ONLY = """
cp -r "$FROM"/. "$PLACE"; mkdir -p "$PLACE/$FOLDER"; mount --bind "$PLACE/$FOLDER" "$PLACE/$FOLDER"; mount -o remount,ro,bind "$PLACE/$FOLDER"
set +e; time $RUN --root "$PLACE" -q 2> "$OUT/told"; echo "code $?" > "$OUT/code"; set -e
mkdir "$OUT/then"; (cd "$PLACE"; cp -r --parents maps data/processed/*/* "$OUT/then" 2>/dev/null || true)
umount "$PLACE/$FOLDER"
$RUN --root "$PLACE" -q
mkdir "$OUT/after"; (cd "$PLACE"; cp -r --parents maps data/processed/*/* "$OUT/after")
"""


@needs_mounts
@pytest.mark.parametrize("folder", ["maps", "."])
def test_folder_that_is_read_only_is_told_before_any_long_work(whole, computed, tmp_path, folder):
    code, told = hold(READ_ONLY, tmp_path, whole, FOLDER=folder, FROM=str(computed))
    assert code == "code 3"
    assert "Read-only file system" in told
    assert not (tmp_path / "out" / "then" / "maps" / f"{NAME}.html").exists()


@pytest.mark.parametrize("where", ["maps", "data", f"data/processed/{NAME}"])
def test_file_where_a_folder_should_be_is_told(tmp_path, where):
    root = fresh(tmp_path / "root")
    (root / where).parent.mkdir(parents=True, exist_ok=True)
    (root / where).write_text("a file")
    code, _, err = finish(root, "-q")
    assert code == 3
    assert "Not a directory" in err
    assert (root / where).read_text() == "a file"


def test_largest_file_that_the_system_allows_is_told(whole, computed):
    ended = subprocess.run(
        ["bash", "-c", f"ulimit -f 600; trap '' XFSZ; exec {sys.executable} -m ped_geo report {NAME} --root '{computed}' -q"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr
    there, wanted = products(computed), products(whole)
    assert {name: wanted[name] for name in there} == there


# crowded and misled ---------------------------------------------------------------------------------------------------


def test_two_runs_at_once_in_one_folder_end_with_one_result_and_one_plain_sentence(whole, tmp_path):
    root = fresh(tmp_path / "crowded")
    pair = [start(root), start(root)]
    ends = [process.communicate(timeout=1800) for process in pair]
    codes = sorted(process.returncode for process in pair)
    assert codes == [0, 3], ends
    assert any("is held by another run of ped-geo; wait for it to end" in err for _, err in ends)
    assert products(root) == products(whole)


def test_lock_left_by_a_dead_run_holds_nobody_back(computed, whole):
    (computed / "data" / "processed" / NAME / ".lock").write_text("4194304")
    code, _, err = finish(computed)
    assert code == 0, err
    assert products(computed) == products(whole)


@pytest.mark.parametrize("damage", ["cut", "bit", "folder", "record"])
def test_damaged_kept_steps_are_computed_again_with_the_same_result(whole, computed, damage):
    chance = random.Random(damage)
    tables = sorted((computed / "data" / "processed" / NAME / ".steps").rglob("*.parquet"))
    for path in chance.sample(tables, 6):
        content = bytearray(path.read_bytes())
        match damage:
            case "cut":
                path.write_bytes(content[: chance.randrange(len(content))])
            case "bit":
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
                path.write_bytes(content)
            case "folder":
                shutil.rmtree(path.parent, ignore_errors=True)
                path.parent.write_text("a file where the step should be")
                break
            case "record":
                (path.parent / "step.json").write_text('{"key": 1, "layers": []}')
    code, _, err = finish(computed)
    assert code == 0, err
    assert products(computed) == products(whole)


def test_clock_that_went_backwards_changes_nothing(whole, computed):
    for path in (computed / "data").rglob("*"):
        os.utime(path, (4e9, 4e9))
    code, _, err = finish(computed)
    assert code == 0, err
    assert err.count("kept from the last run") == len(kept_steps(computed))
    assert products(computed) == products(whole)
