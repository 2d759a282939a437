"""Kernels run wherever the package is put, also where nothing may be kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
KERNELS = ("shading", "solar", "roofs", "districts", "storage", "demand")
RUN = """
import importlib, sys
import ped_geo
assert ped_geo.__file__.startswith(sys.argv[1]), ped_geo.__file__
for name in sys.argv[2:]:
    importlib.import_module(name)
from ped_geo._compiled import njit

@njit(nogil=True)
def doubled(value):
    return 2 * value

print(doubled(21))
"""


@pytest.fixture
def package(tmp_path):
    """The package in a folder where no compiled function can be kept: a file stands where each cache would be made."""
    shutil.copytree(ROOT / "ped_geo", tmp_path / "ped_geo", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [tmp_path / "ped_geo", *(path for path in (tmp_path / "ped_geo").rglob("*") if path.is_dir())]:
        (folder / "__pycache__").write_text("no folder")
    return tmp_path


@pytest.mark.parametrize("temporary", ["there", "of somebody else", "none"])
def test_kernels_run_where_neither_package_nor_home_can_be_written(package, tmp_path, temporary):
    folder = tmp_path / "temporary"
    folder.mkdir()
    kept = folder / f"ped-geo-numba-{os.getuid()}"
    if temporary == "of somebody else":
        kept.mkdir()
        kept.chmod(0o777)
    elif temporary == "none":
        kept.write_text("no folder")
    modules = [
        ".".join(path.relative_to(package).with_suffix("").parts)
        for path in (package / "ped_geo").rglob("*.py")
        if "_compiled import" in path.read_text(encoding="utf-8")
    ]
    assert {name.split(".")[1] for name in modules} == set(KERNELS)
    nowhere = "/proc/nowhere"
    (package / "run.py").write_text(RUN)
    ended = subprocess.run(
        [sys.executable, "run.py", str(package), *modules],
        cwd=package,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(package), "TMPDIR": str(folder),
            "HOME": nowhere, "XDG_CACHE_HOME": nowhere, "NUMBA_CACHE_DIR": nowhere,
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout.strip()) == (0, "42"), ended.stderr
    # a cache is code that is run: one that others may write is not used
    assert (kept.is_dir() and any(kept.iterdir())) == (temporary == "there")
