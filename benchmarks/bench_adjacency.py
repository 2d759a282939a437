"""Neighbouring blocks by hashing shared edges against STRtree with the predicate ``touches``."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.measure import Result, cpu_seconds
from ped_geo.blocks import adjacency

SIDE = 150


def quarter(side: int) -> gpd.GeoDataFrame:
    """A coverage of side x side irregular quadrilaterals that share their corners."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0 : side + 1, 0 : side + 1] * 100.0
    x, y = x + rng.uniform(-20, 20, x.shape), y + rng.uniform(-20, 20, y.shape)
    corners = np.stack([np.stack([part[:-1, :-1], part[:-1, 1:], part[1:, 1:], part[1:, :-1]], axis=2) for part in (x, y)], axis=3)
    shapes = shapely.polygons(corners.reshape(-1, 4, 2))
    return gpd.GeoDataFrame(geometry=shapes, index=[f"block/{number}" for number in range(len(shapes))], crs="EPSG:2178")


def by_tree(blocks: gpd.GeoDataFrame) -> set[tuple[int, int]]:
    """Pairs that share more than a point, the way most tools find them."""
    shapes = blocks.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="touches")
    kept = one < other
    one, other = one[kept], other[kept]
    shared = shapely.length(shapely.intersection(shapes[one], shapes[other]))
    return set(zip(one[shared > 0].tolist(), other[shared > 0].tolist(), strict=True))


def benchmarks() -> Iterable[Result]:
    blocks = quarter(SIDE)
    table = adjacency(blocks)
    number = {name: place for place, name in enumerate(blocks.index)}
    ours = {tuple(sorted((number[a], number[b]))) for a, b in zip(table["block_a"], table["block_b"], strict=True)}
    theirs = by_tree(blocks)
    spent, peer = cpu_seconds(lambda: adjacency(blocks)), cpu_seconds(lambda: by_tree(blocks))
    same = {"blocks": len(blocks), "pairs": len(theirs), "same pairs": ours == theirs}
    yield Result("adjacency of blocks against STRtree touches", peer / spent, 20.0, spent, peer, same)
