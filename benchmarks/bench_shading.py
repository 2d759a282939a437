"""Horizons of points against vectorised rays of an STRtree with the same radius."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from benchmarks.measure import Result, cpu_seconds
from ped_geo.shading import edge_index, horizons_of_points

DIRECTIONS = 36
RADIUS_M = 300.0


def _city(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Turned rectangles on a grid, a seventh of the ground built."""
    random = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count)))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)[:count] * 45.0
    shapes = []
    for x, y in grid + random.uniform(-8, 8, grid.shape):
        long, wide, turn = random.uniform(10, 40), random.uniform(9, 14), random.choice([0.0, 0.3, 1.2])
        c, s = np.cos(turn), np.sin(turn)
        corners = np.array([(-long, -wide), (long, -wide), (long, wide), (-long, wide)]) / 2.0
        shapes.append(shapely.Polygon(corners @ np.array([[c, s], [-s, c]]) + (x, y)))
    return np.array(shapes, dtype=object), random.choice([6.0, 15.0, 33.0], count)


def _rays(shapes: np.ndarray, heights: np.ndarray, points: np.ndarray) -> np.ndarray:
    """One segment per point and direction; the distance to where it enters each building that the tree names."""
    angle = np.radians(np.arange(DIRECTIONS) * 360.0 / DIRECTIONS)
    ends = points[:, None, :2] + RADIUS_M * np.column_stack([np.sin(angle), np.cos(angle)])[None]
    starts = np.broadcast_to(points[:, None, :2], ends.shape)
    rays = shapely.linestrings(np.stack([starts, ends], axis=2).reshape(-1, 2, 2))
    ray, building = shapely.STRtree(shapes).query(rays, predicate="intersects")
    origin = shapely.points(points[ray // DIRECTIONS, :2])
    distance = shapely.distance(origin, shapely.intersection(rays[ray], shapes[building]))
    rise = heights[building] - points[ray // DIRECTIONS, 2]
    found = np.zeros(len(rays))
    above = (rise > 0) & (distance > 0)
    np.maximum.at(found, ray[above], np.degrees(np.arctan2(rise[above], distance[above])))
    return found.reshape(len(points), DIRECTIONS)


def benchmarks() -> Iterator[Result]:
    """Exact horizons of points, inside the radius."""
    shapes, heights = _city(2_000)
    random = np.random.default_rng(2)
    bounds = shapely.total_bounds(shapes)
    points = np.column_stack(
        [random.uniform(bounds[0], bounds[2], 4_000), random.uniform(bounds[1], bounds[3], 4_000), random.uniform(4, 15, 4_000)]
    )
    inside = shapely.STRtree(shapes).query(shapely.points(points[:, :2]), predicate="within")[0]
    points = np.delete(points, inside, axis=0)
    own = np.full(len(points), -1)
    index = edge_index(shapes, heights)
    ours = cpu_seconds(lambda: horizons_of_points(index, points, own, directions=DIRECTIONS, radius_m=RADIUS_M))
    few = points[:200]
    peer = cpu_seconds(lambda: _rays(shapes, heights, few)) * len(points) / len(few)
    off = np.abs(horizons_of_points(index, few, own[:200], directions=DIRECTIONS, radius_m=RADIUS_M) - _rays(shapes, heights, few))
    accuracy = {
        "greatest_difference_deg": float(off.max()),
        "goal_difference_deg": 0.01,
        "points": len(points),
        "us_per_point": ours / len(points) * 1e6,
    }
    yield Result("horizons of points against vectorised STRtree rays", peer / ours, 100, ours, peer, accuracy)
