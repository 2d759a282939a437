"""Whole runs of the sample estate that are killed, interrupted and run under other conditions, each by really doing it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.whole_runs import NAME, finish, fresh, kept_steps, products, start, wait_until

pytestmark = pytest.mark.slow


# determinism ----------------------------------------------------------------------------------------------------------


def test_every_product_is_byte_equal_with_any_number_of_threads_and_any_hash_seed(whole, tmp_path):
    root = fresh(tmp_path / "a place with spaces")
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    code, _, err = finish(root, PYTHONHASHSEED="5", TZ="Asia/Tokyo", LC_ALL="C", **dict.fromkeys(names, "5"))
    assert code == 0, err
    assert products(root) == products(whole)


def test_every_product_is_byte_equal_with_one_processor(whole, tmp_path):
    root = fresh(tmp_path / "one")
    mine = os.sched_getaffinity(0)
    try:
        # handed on to the run, which then has no second one for steps side by side, and one thread
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


def test_run_killed_at_random_moments_leaves_no_half_file_and_ends_with_the_same_bytes(whole, tmp_path):
    root, wanted, moment = fresh(tmp_path / "killed"), products(whole), random.Random(1)
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


@pytest.mark.parametrize("delay", [0.0, 1.5])
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
