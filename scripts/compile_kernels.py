"""Compile the kernels that numba compiles when they are first called, so that the first run need not: all steps of the sample estate."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ped_geo.cli import read_study
from ped_geo.engine import SideBySide, Store
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import LIBRARIES, fetch, inputs

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    study = read_study("sample-estate", ROOT)
    with tempfile.TemporaryDirectory() as folder:
        place = fetch(study, Path(folder))
        site, layers, _ = inputs(study, place, Path(folder), refresh=False)
        run_steps(STEPS, study, site, layers, store=Store(Path(folder)), side_by_side=SideBySide(2, LIBRARIES))
