"""Generated cities: planar graphs of blocks whose floor area is clustered and heavy-tailed, as in a real one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from ped_geo.districts.graph import BlockGraph, build_graph


def _grid_pairs(count: int, side: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    pairs = []
    for vertex in range(count):
        row, column = divmod(vertex, side)
        for down, right, odds in ((0, 1, 0.92), (1, 0, 0.92), (1, 1, 0.15), (1, -1, 0.15)):
            other = (row + down) * side + column + right
            if 0 <= column + right < side and other < count and rng.random() < odds:
                pairs.append((vertex, other))
    met = {vertex for pair in pairs for vertex in pair}
    return pairs + [(vertex - 1, vertex) for vertex in range(1, count) if vertex not in met]


def city(count: int, seed: int = 0) -> tuple[BlockGraph, pd.DataFrame, pd.DataFrame]:
    """Graph, blocks (``area_m2`` of floor) and options (three packages with PV) of a city with `count` blocks."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    pairs = np.array(_grid_pairs(count, side, rng))
    ids = [f"block/{number:05d}" for number in range(count)]
    field = gaussian_filter(rng.normal(size=(side, side)), 1.5)
    field = (field / field.std()).ravel()[:count]
    density = np.exp(0.55 * field + 0.45 * rng.normal(size=count))
    ground = 10_000 * rng.uniform(0.6, 2.2, count)
    floor = ground * 0.30 * density
    pv = ground * np.clip(0.15 + 0.04 * field + 0.03 * rng.normal(size=count), 0.05, 0.4) * 0.5 * 0.2 * 950
    use = floor[:, None] * np.array([62.0, 45.0, 33.0]) * np.exp(0.1 * rng.normal(size=(count, 1)))
    cost = floor[:, None] * np.array([0.0, 350.0, 800.0])
    adjacency = pd.DataFrame({"block_a": np.array(ids)[pairs[:, 0]], "block_b": np.array(ids)[pairs[:, 1]], "distance_m": 120.0})
    variants = ["today_pv", "usual_pv", "advanced_pv"]
    options = pd.DataFrame(
        {"balance_kwh_a": (pv[:, None] - use).ravel(), "investment": cost.ravel()},
        index=pd.MultiIndex.from_product([ids, variants], names=["block_id", "variant"]),
    )
    blocks = pd.DataFrame({"reference_area_m2": floor}, index=pd.Index(ids, name="block_id"))
    return build_graph(ids, adjacency), blocks, options
