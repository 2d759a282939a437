"""The whole way for a place of thousands of buildings: the sample estate laid out again and again beside itself."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.measure import Result
from ped_geo.engine import Store
from ped_geo.outputs import Results
from ped_geo.pipeline import PASSING, RAW_LAYERS, STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs, write_outputs
from ped_geo.study import Study, parse_study

ROOT = Path(__file__).resolve().parents[1]
ESTATE = ROOT / "districts" / "sample-estate.toml"
SIDES = (7, 15)
"""Copies along one side: 49 and 225 estates of 92 buildings."""

GOAL_MS, GOAL_KB, GOAL_GROWTH, GOAL_GROUPS_MS = 3.0, 60.0, 1.2, 2.0
GROUPS = ("kpis", "uncertainty", "verdicts")
STEP_S = 0.5
"""Steps below this are not asked how they grow."""


def laid_out(layer: gpd.GeoDataFrame, side: int, width: float, height: float) -> gpd.GeoDataFrame:
    """Copies of a layer beside each other, names of their own."""
    parts = []
    for number in range(side * side):
        moved = layer.set_geometry(layer.translate(number % side * width, number // side * height))
        parts.append(moved.set_axis([f"{name}#{number}" for name in layer.index]).rename_axis(layer.index.name))
    return gpd.GeoDataFrame(pd.concat(parts), crs=layer.crs)


class Clock:
    """Progress that notes CPU time and highest memory of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.kilobytes: dict[str, float] = {}

    def begin(self, name: str, index: int, total: int) -> None:
        """A step starts."""
        del index, total
        self.seconds[name] = time.process_time()

    def end(self, name: str, *, kept: bool) -> None:
        """A step is done."""
        del kept
        self.seconds[name] = time.process_time() - self.seconds[name]
        self.kilobytes[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _replicated(side: int, folder: Path) -> tuple[Study, Any, dict[str, Any], Any]:
    study = parse_study(ESTATE.read_text(encoding="utf-8"), name="replicated", folder=ESTATE.parent)
    place = fetch(study, folder)
    site, layers, provenance = inputs(study, place, folder, refresh=False)
    west, south, east, north = layers["boundary"].total_bounds
    for name in RAW_LAYERS:
        if name != "boundary" and len(layers[name]):
            layers[name] = laid_out(layers[name], side, east - west, north - south)
    whole = shapely.box(west, south, west + side * (east - west), south + side * (north - south))
    layers["boundary"] = layers["boundary"].iloc[:1].set_geometry([whole], crs=layers["boundary"].crs)
    return study, site, layers, (place, provenance)


def _run(side: int, answer: Any) -> None:
    """One place in a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study, site, layers, (place, provenance) = _replicated(side, folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        clock = Clock()
        found = run_steps(STEPS, study, site, layers, store=Store(folder / ".steps"), progress=clock, passing=PASSING)
        found |= {"rejected": place.rejected, "conflation": place.conflation}
        begun, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        write_outputs(Results(study, site, found, provenance, place.origin), folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        clock.seconds["outputs"] = time.process_time() - begun + spent
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        answer.send((len(found["buildings"]), len(found["blocks"]), clock.seconds, peak - before))


def measured(side: int) -> tuple[int, int, dict[str, float], float]:
    """Buildings, blocks, CPU seconds of each step and the memory that the run took beside what it began with, kB."""
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(side, there))
    process.start()
    found: tuple[int, int, dict[str, float], float] = here.recv()
    process.join()
    return found


def benchmarks() -> list[Result]:
    """CPU and memory per building at two sizes, growth of each step, and what groups of blocks cost."""
    rows, per_building = [], []
    for side in SIDES:
        buildings, blocks, seconds, kilobytes = measured(side)
        total = sum(seconds.values())
        steps = {name: round(1000.0 * spent / buildings, 3) for name, spent in sorted(seconds.items(), key=lambda item: -item[1])}
        per_building.append({name: spent / buildings for name, spent in seconds.items()})
        rows += [
            Result(
                f"whole run of {buildings:,} buildings and eight variants: CPU ms per building",
                1000.0 * total / buildings, GOAL_MS, total, 0.0, {"ms per building": steps}, goal_is_upper=True,
                note=f"{blocks} blocks; one run",
            ),
            Result(
                f"whole run of {buildings:,} buildings: peak memory, kB per building",
                kilobytes / buildings, GOAL_KB, total, 0.0, goal_is_upper=True, note="beside what the process held before the run",
            ),
            Result(
                f"indicators, chances and verdicts of {blocks:,} blocks: CPU ms per block",
                1000.0 * sum(seconds[name] for name in GROUPS) / blocks, GOAL_GROUPS_MS, sum(seconds[name] for name in GROUPS), 0.0,
                goal_is_upper=True,
            ),
        ]  # fmt: skip
    small, large = per_building
    # a step that takes next to nothing at the larger size is not asked
    growth = {name: large[name] / max(small[name], 1e-9) for name in large if large[name] * SIDES[1] ** 2 * 92 > STEP_S}
    worst = max(growth, key=lambda name: growth[name])
    figures = {name: round(ratio, 2) for name, ratio in sorted(growth.items(), key=lambda item: -item[1])}
    rows.append(
        Result(
            "CPU per building of the step that grows most, larger place over smaller",
            float(np.round(growth[worst], 3)), GOAL_GROWTH, 0.0, 0.0, figures, goal_is_upper=True, note=worst,
        )
    )  # fmt: skip
    return rows
