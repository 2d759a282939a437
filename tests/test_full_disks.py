"""Whole runs of the sample estate on disks that fill up, lie elsewhere or are read-only, beside other runs and over damaged steps."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys

import pytest

from tests.whole_runs import MODULES, NAME, ROOT, finish, fresh, kept_steps, products, start

pytestmark = pytest.mark.slow

# disk -----------------------------------------------------------------------------------------------------------------

MOUNTS = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0 if shutil.which("unshare") else False
needs_mounts = pytest.mark.skipif(not MOUNTS, reason="mounting in a namespace of one's own is not allowed here")


def in_namespace(script, **variables):
    """A shell script that may mount, its standard output; what it mounts is gone with it."""
    environment = {**os.environ, "PYTHONPATH": MODULES, "RUN": f"{sys.executable} -m ped_geo report {NAME} --lang en", **variables}
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
def test_disk_that_fills_up_while_computing_is_told_and_the_next_run_ends_well(whole, tmp_path):
    code, told = hold(FULL, tmp_path, whole, SIZE="1200k", FROM=str(fresh(tmp_path / "from")))
    assert code == "code 3"
    assert "No space left on device" in told
    assert told.count("\n") == 1


@needs_mounts
@pytest.mark.parametrize("more_kb", [200, 2_000])
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
        env={**os.environ, "PYTHONPATH": MODULES, "NUMBA_DISABLE_JIT": "0"},
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


def test_lock_left_by_a_dead_run_and_a_clock_that_went_backwards_hold_nobody_back(computed, whole):
    (computed / "data" / "processed" / NAME / ".lock").write_text("4194304")
    for path in (computed / "data").rglob("*"):
        os.utime(path, (4e9, 4e9))
    code, _, err = finish(computed)
    assert code == 0, err
    assert err.count("kept from the last run") == len(kept_steps(computed))
    assert products(computed) == products(whole)


@pytest.mark.parametrize("damage", ["bytes", "folder"])
def test_damaged_kept_steps_are_computed_again_with_the_same_result(whole, computed, damage):
    """Tables that are cut, have a turned bit or a record of another kind; and a file where a step should be."""
    chance = random.Random(damage)
    tables = sorted((computed / "data" / "processed" / NAME / ".steps").rglob("*.parquet"))
    if damage == "folder":
        folder = chance.choice(tables).parent
        shutil.rmtree(folder)
        folder.write_text("a file where the step should be")
    else:
        cut, turned, other = (chance.sample(tables, 4) for _ in range(3))
        for path in cut:
            content = path.read_bytes()
            path.write_bytes(content[: chance.randrange(len(content))])
        for path in sorted(set(turned) - set(cut)):
            content = bytearray(path.read_bytes())
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            path.write_bytes(content)
        for path in other:
            (path.parent / "step.json").write_text('{"key": 1, "layers": []}')
    code, _, err = finish(computed)
    assert code == 0, err
    assert products(computed) == products(whole)
