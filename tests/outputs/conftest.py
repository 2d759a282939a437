"""One run of the sample estate, shared by all tests of the products."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Products:
    """Where the products of a run lie, and the run itself."""

    root: Path
    run: object

    @property
    def maps(self) -> Path:
        return self.root / "maps"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed" / "sample-estate"


@pytest.fixture(scope="session")
def products(tmp_path_factory) -> Products:
    """All products of the sample estate, in a folder with a space and a Polish letter in its name."""
    from ped_geo.cli import read_study
    from ped_geo.pipeline.run import report

    root = tmp_path_factory.mktemp("z łąki")
    shutil.copytree(ROOT / "districts", root / "districts")
    return Products(root, report(read_study("sample-estate", root), root))
