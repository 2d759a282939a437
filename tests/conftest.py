"""Fixtures that every test may use: one factory per layer, so that a test states only what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

# run by QGIS's own Python, not by pytest
collect_ignore = ["outputs/qgis_check.py"]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real input beside the checkout; tests that need it are skipped, and counted, without it."""
    if not SHARED.is_dir():
        pytest.skip("real input data (../shared/data) is not beside this checkout")
    return SHARED
