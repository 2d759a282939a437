"""The roadmap of four scenarios and 500 draws for a place of some 350 buildings: CPU time of its step."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.bench_product import Clock, _replicated
from benchmarks.measure import Result
from ped_geo.engine import Store
from ped_geo.pipeline import PASSING, STEPS, run_steps
from ped_geo.roadmap.programmes import fixed_programmes

SIDE = 2
"""Copies of the sample estate along one side: four estates of 92 buildings."""

GOAL_S = 10.0
STEP = "roadmap"


def benchmarks() -> list[Result]:
    """CPU seconds of the step, which uses one processor."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study, site, layers, _ = _replicated(SIDE, folder)
        last = next(number for number, step in enumerate(STEPS) if step.name == STEP)
        found = run_steps(STEPS[: last + 1], study, site, layers, store=Store(folder / ".steps"), progress=clock, passing=PASSING)
    scenarios = found["roadmap_scenarios"]
    return [
        Result(
            f"roadmap of {len(found['buildings'])} buildings: CPU s",
            clock.seconds[STEP], GOAL_S, clock.seconds[STEP], 0.0,
            {"scenarios": len(scenarios), "fixed": len(fixed_programmes()), "draws": study.roadmap.draws},
            goal_is_upper=True, note="one run of the step in the pipeline",
        )
    ]  # fmt: skip
