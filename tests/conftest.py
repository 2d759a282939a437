"""Fixtures that every test may use: one factory per layer, so that a test states only what differs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.whole_runs import NAME, finish, fresh

# run by QGIS's own Python, not by pytest; and what stands in for a library in runs of their own
collect_ignore_glob = ["*/qgis*_check.py", "without_pango"]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that small ones fill the end and no worker waits for the other's longest file."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real input beside the checkout; tests that need it are skipped, and counted, without it."""
    if not SHARED.is_dir():
        pytest.skip("real input data (../shared/data) is not beside this checkout")
    return SHARED


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing disturbed."""
    root = fresh(tmp_path_factory.mktemp("whole"))
    code, _, err = finish(root)
    assert code == 0, err
    return root


@pytest.fixture
def without_pango(monkeypatch):
    """Runs of this process write pages and no PDF, which take half of a run's time: for tests of other products."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)


@pytest.fixture
def computed(whole, tmp_path):
    """A copy of a run whose steps are kept and whose products are not there yet."""
    root = fresh(tmp_path / "computed")
    shutil.copytree(whole / "data" / "processed" / NAME / ".steps", root / "data" / "processed" / NAME / ".steps")
    return root
