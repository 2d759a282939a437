"""Compiled loops of the horizons; each is tested against its plain version."""

from __future__ import annotations

import math

from numba import njit

__all__ = ["splat_edges"]


@njit(cache=True, nogil=True)
def splat_edges(points, own, edges, top, building, start, tallest, rows, columns, cell, radius, ux, uy, tangent):  # type: ignore[no-untyped-def]
    """
    Raise the horizon of each point to the walls around it.

    For a point, visit the cells within the radius. An edge from a to b, seen from the point, spans an arc of compass
    directions; for each direction u in it the ray meets the edge at distance t = (a x e) / (u x e), and the top of the wall
    stands at tangent (top - z) / t. The greatest tangent of a direction is kept.
    """
    count = ux.size
    per_radian = count / (2.0 * math.pi)
    reach = int(radius / cell) + 2
    for p in range(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        column, row = int(x // cell), int(y // cell)
        mine = own[p]
        found = tangent[p]
        for r in range(max(row - reach, 0), min(row + reach, rows - 1) + 1):
            for c in range(max(column - reach, 0), min(column + reach, columns - 1) + 1):
                k = r * columns + c
                if tallest[k] <= z:
                    continue
                for q in range(start[k], start[k + 1]):
                    rise = top[q] - z
                    if rise <= 0.0 or building[q] == mine:
                        continue
                    ax, ay = edges[q, 0] - x, edges[q, 1] - y
                    bx, by = edges[q, 2] - x, edges[q, 3] - y
                    ex, ey = bx - ax, by - ay
                    cross = ax * ey - ay * ex
                    if cross == 0.0:
                        continue
                    first = math.atan2(ax, ay) * per_radian
                    last = math.atan2(bx, by) * per_radian
                    low, high = min(first, last), max(first, last)
                    if high - low > count * 0.5:
                        low, high = high, low + count
                    for d in range(int(math.ceil(low - 1e-12)), int(math.floor(high + 1e-12)) + 1):
                        direction = d % count
                        across = ux[direction] * ey - uy[direction] * ex
                        if across == 0.0:
                            continue
                        distance = cross / across
                        if 0.0 < distance <= radius:
                            slope = rise / distance
                            if slope > found[direction]:
                                found[direction] = slope
