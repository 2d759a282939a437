"""Heat networks of a city: a tree over 8,000 houses on a grid of streets with its bound, and the density of 8,000 blocks without streets."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks.measure import Result, cpu_seconds
from ped_geo.networks.density import effective_density
from ped_geo.networks.steiner import heuristic_tree
from ped_geo.study import Study
from tests.networks.test_trees import random_streets

HOUSES, BLOCKS = 8_000, 8_000
SIDE = 150
"""Crossings along each side of the grid."""


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
    """CPU seconds of both."""
    yield _tree()
    yield _density()
