"""Horizons of points against vectorised rays of an STRtree with the same radius; of pixels against a march of one pixel a step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numba import njit

from benchmarks.measure import Result, cpu_seconds
from ped_geo.shading import drawn_surface, edge_index, horizons_of_points, sweep
from ped_geo.shading.surface import blank

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
    yield _pixels()


@njit(nogil=True)
def _march(heights, columns, rows, ux, uy, reach, tangent):  # type: ignore[no-untyped-def]
    """Horizon of pixels by stepping a pixel at a time along each direction and sampling the nearest pixel."""
    for p in range(columns.size):
        x, y = columns[p] + 0.5, rows[p] + 0.5
        z = heights[rows[p], columns[p]]
        for d in range(ux.size):
            best = 0.0
            for t in range(1, reach + 1):
                c, r = int(np.floor(x + ux[d] * t)), int(np.floor(y - uy[d] * t))
                if c < 0 or r < 0 or c >= heights.shape[1] or r >= heights.shape[0]:
                    break
                best = max(best, (heights[r, c] - z) / t)
            tangent[p, d] = best


def _pixels() -> Result:
    """All pixels of a drawn city against the march of 300 m, both against the exact geometry without a limit."""
    shapes, heights = _city(220)
    level = np.zeros(len(shapes))
    surface = drawn_surface(shapes, heights, level, level, blank((0.0, 0.0, 700.0, 700.0), 1.0))
    random = np.random.default_rng(3)
    some = random.integers(200, 500, (2, 3_000))
    angle = np.radians(np.arange(DIRECTIONS) * 360.0 / DIRECTIONS)
    marched = np.zeros((some.shape[1], DIRECTIONS))

    def march() -> None:
        _march(surface.values, some[0], some[1], np.sin(angle), np.cos(angle), int(RADIUS_M), marched)

    pixels = surface.values.size
    ours = cpu_seconds(lambda: [None for _ in sweep(surface, DIRECTIONS)])
    peer = cpu_seconds(march) * pixels / some.shape[1]
    swept = np.stack([tangent[some[1], some[0]] for tangent in sweep(surface, DIRECTIONS)], axis=1)
    x, y = surface.west + some[0] + 0.5, surface.north - some[1] - 0.5
    points = np.column_stack([x, y, surface.values[some[1], some[0]]])
    exact = horizons_of_points(edge_index(shapes, heights), points, np.full(len(points), -1), directions=DIRECTIONS, radius_m=5_000.0)
    mean_error = {name: float(np.abs(np.degrees(np.arctan(h)) - exact).mean()) for name, h in (("ours", swept), ("march", marched))}
    accuracy = {
        "mean_error_deg": mean_error["ours"],
        "march_mean_error_deg": mean_error["march"],
        "no_larger_error": mean_error["ours"] <= mean_error["march"],
        "megapixel_directions_per_s": pixels * DIRECTIONS / ours / 1e6,
    }
    return Result("raster horizons of all pixels against a march of one pixel a step", peer / ours, 50, ours, peer, accuracy)
