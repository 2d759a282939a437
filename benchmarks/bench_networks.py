"""Heat networks: all of them for a real town of 336 buildings; of a city a tree over 8,000 houses on a grid of streets with its bound, and the density of 8,000 blocks without streets."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Result, cpu_seconds
from ped_geo.networks.density import at_stations, effective_density
from ped_geo.networks.plan import NetworkLayers, heat_routes
from ped_geo.networks.steiner import heuristic_tree
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.pipeline.whereabouts import settled
from ped_geo.study import Study, parse_study
from tests.networks.test_trees import random_streets

HOUSES, BLOCKS = 8_000, 8_000
SIDE = 150
"""Crossings along each side of the grid."""


TOWN = Path(__file__).resolve().parents[1] / "tests" / "real" / "hoyerswerda.toml"
SPARED = {"surroundings", "caveats", "access", "green", "mobility", "irradiation", "summer", "ages", "plausibility"}


def _town() -> Iterable[Result]:
    """CPU seconds of density, routes, pipes, temperatures and joins of a real town; nothing where its files are not at hand."""
    study = parse_study(TOWN.read_text(encoding="utf-8"), name=TOWN.stem, folder=TOWN.parent)
    if not all(file.exists() for file in study.sources.files):
        return
    until = next(number for number, step in enumerate(STEPS) if step.name == "demand") + 1
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        study = settled(study, place := fetch(study, root))
        site, layers, _ = inputs(study, place, root, refresh=False)
        layers = run_steps(tuple(step for step in STEPS[:until] if step.name not in SPARED), study, site, layers, store=None)
    buildings = layers["buildings"][layers["buildings"]["in_district"]]
    need = at_stations(layers["need"], layers["thermal_state"])
    found: list[NetworkLayers] = []
    spent = cpu_seconds(
        lambda: found.append(heat_routes(layers["blocks"], buildings, layers["streets"], layers["ways"], need, study)), repeats=3
    )
    level = found[-1].heat_levels.loc[("high_temperature", "existing")]
    yield Result(
        name=f"heat network of a real town of {len(buildings)} buildings, CPU seconds (median)",
        ratio=spent,
        goal=5.0,
        ours_cpu_s=spent,
        peer_cpu_s=5.0,
        accuracy={"connections": int(level["connections"]), "length_m": round(level["length_m"]), "gap": round(level["length_gap"], 3)},
        goal_is_upper=True,
        note="Hoyerswerda: density, routes along streets, pipes at all temperatures and packages, joins, reach and leaving",
    )


def _tree() -> Result:
    """CPU seconds of one tree; its bound is told, and no tree is more than twice as long."""
    random = np.random.default_rng(0)
    graph = random_streets(random, SIDE, chance=1.0)
    houses = random.choice(len(graph), HOUSES, replace=False).tolist()
    start = time.process_time()
    found = heuristic_tree(graph, houses)
    spent = time.process_time() - start
    return Result(
        name="heat network of 8,000 houses, CPU seconds",
        ratio=spent,
        goal=60.0,
        ours_cpu_s=spent,
        peer_cpu_s=60.0,
        accuracy={"length_m": round(found.weight), "bound_m": round(found.bound), "gap": round(found.gap, 3)},
        goal_is_upper=True,
        note="tree of trenches by the heuristic with its bound, on a grid of 22,500 crossings",
    )


def _density() -> Result:
    random = np.random.default_rng(1)
    area = pd.Series(random.uniform(2_000.0, 120_000.0, BLOCKS))
    ratio, heat = pd.Series(random.uniform(0.0, 3.0, BLOCKS)), area * random.uniform(0.0, 0.12, BLOCKS)
    study = Study(name="x")
    spent = cpu_seconds(lambda: effective_density(area, ratio, heat, study))
    return Result(
        name="linear heat density of 8,000 blocks, CPU seconds",
        ratio=spent,
        goal=0.3,
        ours_cpu_s=spent,
        peer_cpu_s=0.3,
        goal_is_upper=True,
        note="effective width alone, as a scan of a city asks for it",
    )


def benchmarks() -> Iterable[Result]:
    """CPU seconds of all."""
    yield from _town()
    yield _tree()
    yield _density()
