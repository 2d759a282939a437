"""Steps and outputs in copies of the process: the same results, the same errors, and nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest

from ped_geo.engine import SideBySide, Store
from ped_geo.engine.forked import CAN_FORK, Forked, first_done
from ped_geo.errors import LayerError
from tests.steps import a_step, run_here

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="processes are forked on Linux only")
ROOT = Path(__file__).resolve().parents[1]
TWO = SideBySide(2)


def table(*values):
    return pd.DataFrame({"value": list(values)})


def chain(log=None):
    """One start, two that need it and not each other, one that needs both."""

    def step(name, needs, seconds=0.0):
        def run(study, layers):
            begun = time.time()
            time.sleep(seconds)
            if log:
                (log / name).write_text(f"{begun} {time.time()} {os.getpid()}")
            return {name: table(sum(int(layers[need]["value"][0]) for need in needs) + 1)}

        return a_step(name, needs, (name,), run)

    return (step("a", ("n",)), step("b", ("a",), 0.4), step("c", ("a",), 0.4), step("d", ("b", "c")))


def run(steps, folder, how=TWO, progress=None):
    return run_here(steps, {"n": table(1)}, store=Store(folder), progress=progress, side_by_side=how)


def test_steps_side_by_side_give_what_steps_in_a_row_give(tmp_path):
    both = [{name: frame["value"].tolist() for name, frame in run(chain(), tmp_path / str(how), how).items()} for how in (TWO, None)]
    assert both[0] == both[1] == {"n": [1], "a": [2], "b": [3], "c": [3], "d": [7]}


def test_steps_that_do_not_need_each_other_run_at_the_same_time_and_others_wait(tmp_path):
    log = tmp_path / "log"
    log.mkdir()
    run(chain(log), tmp_path / "steps")
    times = {path.name: [float(value) for value in path.read_text().split()] for path in log.iterdir()}
    assert times["b"][0] < times["c"][1]
    assert times["c"][0] < times["b"][1]
    assert times["a"][1] <= min(times["b"][0], times["c"][0])
    assert times["d"][0] >= max(times["b"][1], times["c"][1])
    assert os.getpid() not in {row[2] for row in times.values()}


def test_progress_tells_of_each_step_once_with_rising_numbers(tmp_path):
    told = []

    class Listener:
        def begin(self, name, index, total):
            told.append((name, index, total))

        def end(self, name, *, kept):
            told.append((name, kept))

    for kept in (False, True):
        told.clear()
        run(chain(), tmp_path, progress=Listener())
        begun = [entry for entry in told if len(entry) == 3]
        assert [index for _, index, _ in begun] == [0, 1, 2, 3]
        assert sorted(name for name, *_ in begun) == ["a", "b", "c", "d"]
        assert sorted(entry for entry in told if len(entry) == 2) == [(name, kept) for name in "abcd"]


def test_error_of_a_copy_is_told_as_it_is_and_the_finished_steps_stay(tmp_path, capfd):
    def fail(study, layers):
        raise LayerError("blocks", ["way/1 has no area"])

    first, *_ = chain()
    with pytest.raises(LayerError, match="way/1 has no area"):
        run((first, a_step("f", ("a",), ("f",), fail)), tmp_path)
    assert Store(tmp_path).folder.joinpath("a", "step.json").is_file()
    assert capfd.readouterr().err == ""


def test_copy_that_is_killed_is_done_again_here(tmp_path):
    parent = os.getpid()

    def dies_in_a_copy(study, layers):
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"k": table(5)}

    assert run((a_step("k", ("n",), ("k",), dies_in_a_copy),), tmp_path)["k"]["value"].tolist() == [5]


def test_first_done_waits_for_the_first_and_leaving_ends_the_other():
    with Forked(lambda: time.sleep(60)) as slow, Forked(lambda: None) as quick:
        assert first_done([slow, quick]) is quick
        assert quick.done_well()
    assert slow.process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_copies_die_with_their_parent(tmp_path, death):
    script = textwrap.dedent(
        """
        import os, sys, time
        from pathlib import Path
        from ped_geo.engine.forked import Forked

        def work():
            Path(sys.argv[1]).write_text(str(os.getpid()))
            time.sleep(60)

        with Forked(work) as working:
            working.done_well()
        """
    )
    told = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", script, str(told)], cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not (told.exists() and told.read_text()):
        assert time.monotonic() < end
        time.sleep(0.01)
    parent.send_signal(death)
    parent.wait(timeout=30)
    copy = Path("/proc") / told.read_text()
    while copy.exists() and "Z" not in (copy / "stat").read_text().split()[2]:
        assert time.monotonic() < end
        time.sleep(0.01)
