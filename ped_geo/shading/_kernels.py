"""Compiled loops of the horizons; each is tested against its plain version."""

from __future__ import annotations

import math

import numpy as np

from ped_geo._compiled import njit

__all__ = ["march_rays", "splat_edges", "sweep_lines"]


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _turn(x, y):  # type: ignore[no-untyped-def]
    """Compass angle of (east x, north y) in turns, 0 to 1, to 0.0007; a bound is all that is needed, and `atan2` is slow."""
    across, up = abs(x), abs(y)
    if across < up:
        ratio = across / up
        eighth = ratio * (0.125 + 0.0434507 * (1.0 - ratio))
    else:
        ratio = up / max(across, 1e-300)
        eighth = 0.25 - ratio * (0.125 + 0.0434507 * (1.0 - ratio))
    if y < 0.0:
        eighth = 0.5 - eighth
    return 1.0 - eighth if x < 0.0 else eighth


@njit(cache=True, nogil=True, error_model="numpy")
def splat_edges(  # type: ignore[no-untyped-def]
    points, own, inside, edges, top, groups, group_edges, group_owner, level, cells, columns, cell, near, ux, uy, radius, tangent
):
    """
    Raise the horizon of each point to the edges around it.

    An edge from a to b, seen from the point, spans an arc of compass directions; each direction u of it lies between a and b and
    meets the edge at distance t = (a x e) / (u x e), and the top of the edge, which may slope, stands at tangent (top - z) / t
    there. The greatest tangent of a direction is kept.

    Edges come in groups (of one building, in one cell), each with a circle around it and a greatest height: `groups` holds east,
    north, radius and height. Cells are visited from near to far; a group is skipped when its height, put at the circle's nearest
    point, would not rise above the horizon already found in the circle's whole arc, so nothing is lost; the tallest of a cell come first. So is the far side of a
    building with a level roof, which its near side hides, unless the point is `inside` some building.
    """
    count = ux.size
    rows = (cells.size - 1) // columns
    slack = 0.001 * count  # for the rough angles
    for p in range(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        column, row = int(math.floor(x / cell)), int(math.floor(y / cell))
        found = tangent[p]
        for n in range(near.shape[0]):
            c, r = column + near[n, 0], row + near[n, 1]
            if c < 0 or r < 0 or c >= columns or r >= rows:
                continue
            for g in range(cells[r * columns + c], cells[r * columns + c + 1]):
                reach = groups[g, 3] - z
                if reach <= 0.0:
                    break
                if group_owner[g] == own[p]:
                    continue
                dx, dy = groups[g, 0] - x, groups[g, 1] - y
                away = math.sqrt(dx * dx + dy * dy)
                least = away - groups[g, 2]
                if least > radius:
                    continue
                if least > 0.0:
                    slope = reach / least
                    share = groups[g, 2] / away
                    # arcsin s <= s + 0.5708 s³, in directions
                    half = (share + 0.5708 * share * share * share) * 0.15915495 * count + slack
                    middle = _turn(dx, dy) * count
                    hidden = True
                    for d in range(int(math.floor(middle - half)), int(math.ceil(middle + half)) + 1):
                        direction = d if d < count else d - count
                        if found[direction if direction >= 0 else direction + count] < slope:
                            hidden = False
                            break
                    if hidden:
                        continue
                one_sided = level[g] and not inside[p]
                for q in range(group_edges[g, 0], group_edges[g, 1]):
                    rise_a, rise_b = top[q, 0] - z, top[q, 1] - z
                    if rise_a <= 0.0 and rise_b <= 0.0:
                        continue
                    ax, ay = edges[q, 0] - x, edges[q, 1] - y
                    bx, by = edges[q, 2] - x, edges[q, 3] - y
                    ex, ey = bx - ax, by - ay
                    cross = ax * ey - ay * ex
                    if cross == 0.0 or (cross > 0.0 and one_sided):
                        continue
                    one, other = _turn(ax, ay) * count, _turn(bx, by) * count
                    low, high = min(one, other), max(one, other)
                    if high - low > count * 0.5:
                        low, high = high, low + count
                    for d in range(int(math.ceil(low - slack)), int(math.floor(high + slack)) + 1):
                        direction = d if d < count else d - count
                        if direction < 0:
                            direction += count
                        across = ux[direction] * ey - uy[direction] * ex
                        if across * cross <= 0.0 or abs(cross) > radius * abs(across):
                            continue
                        along = (ax * uy[direction] - ay * ux[direction]) / across
                        if -1e-9 <= along <= 1.0 + 1e-9:
                            slope = (rise_a + (rise_b - rise_a) * along) * across / cross
                            if slope > found[direction]:
                                found[direction] = slope


@njit(cache=True, nogil=True, error_model="numpy")
def march_rays(points, own, heights, owner, pixel, wall, ux, uy, radius, growth, tangent):  # type: ignore[no-untyped-def]
    """
    Raise the horizon of each point to the surface along straight rays, one pixel a step.

    `points` are column, row (fractions count) and height; rays go in direction (east ux, north uy). Between four pixels the
    surface is straight, unless they differ by more than `wall` times a pixel: there is a wall, and the pixel that the ray is in
    counts. Where the surface rises that much in a step, the wall's face is, on average, half a step nearer. Pixels of the point's own building (`owner`) do not count. With `growth` above zero the step grows with the distance, for
    far hills.
    """
    rows, columns = heights.shape
    for p in range(points.shape[0]):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for d in range(ux.size):
            best = tangent[p, d]
            t = 1.0
            step = 1.0
            before = z
            while t * pixel <= radius:
                at_x, at_y = x + ux[d] * t, y - uy[d] * t
                c, r = int(math.floor(at_x)), int(math.floor(at_y))
                if c < 0 or r < 0 or c >= columns or r >= rows:
                    break
                left, up = min(max(at_x - 0.5, 0.0), columns - 1.001), min(max(at_y - 0.5, 0.0), rows - 1.001)
                i, j = int(left), int(up)
                a, b, e, g = heights[j, i], heights[j, i + 1], heights[j + 1, i], heights[j + 1, i + 1]
                if max(a, b, e, g) - min(a, b, e, g) > wall * pixel:
                    height = heights[r, c]
                else:
                    right, down = left - i, up - j
                    height = (a * (1.0 - right) + b * right) * (1.0 - down) + (e * (1.0 - right) + g * right) * down
                if height > z and (own[p] < 0 or owner[r, c] != own[p]):
                    near = t - 0.5 * step if height - before > wall * step * pixel else t
                    best = max(best, (height - z) / (near * pixel))
                before = height
                step = max(1.0, growth * t)
                t += step
            tangent[p, d] = best


@njit(cache=True, nogil=True, error_model="numpy")
def sweep_lines(heights, slope, step, wall, tangent):  # type: ignore[no-untyped-def]
    """
    Horizon of every pixel towards higher columns, along parallel lines that fall `slope` rows a column (at most one).

    A line is walked from its far end back. What it has passed is kept as the upper convex hull of distance and height: only hull
    corners can be a horizon, and a corner that lies below the line from the pixel to the next one can be dropped for good,
    because it is hidden from all pixels still to come. So each pixel is pushed and popped at most once, however far one looks.
    The lines are one row apart and tile the grid: each pixel lies on one. `step` is the length of a line in one column, m.

    Heights are taken on the line, straight between the two pixels beside it, unless these differ by more than `wall` times the
    step: that is a wall, and the nearer pixel counts. A pixel that stands above the one before it by as much is the first one
    behind a wall, whose face is, on average, half a pixel nearer.
    """
    rows, columns = heights.shape
    shift, beside = np.empty(columns, np.int64), np.empty(columns, np.int64)
    aside, position = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for c in range(columns):
        shift[c] = int(math.floor(slope * c + 0.5))
        off = slope * c - shift[c]
        beside[c], aside[c] = (1 if off > 0.0 else -1), abs(off)
        position[c] = c * step
    place, height = np.empty(columns, np.float32), np.empty(columns, np.float32)
    # all in single precision: conversions would cost more than the arithmetic
    half, jump, zero = np.float32(0.5 * step), np.float32(wall * step), np.float32(0.0)
    first = -max(shift[0], shift[columns - 1])
    last = rows - min(shift[0], shift[columns - 1])
    for line in range(first, last):
        size = 0
        for c in range(columns - 1, -1, -1):
            r = line + shift[c]
            if r < 0 or r >= rows:
                continue
            z = heights[r, c]
            own = z
            if 0 <= r + beside[c] < rows:
                rise = heights[r + beside[c], c] - z
                if abs(rise) <= jump:
                    z += aside[c] * rise
            at = position[c]
            if size == 0:
                tangent[r, c] = zero
            else:
                rise, run = height[size - 1] - z, place[size - 1] - at
                while size > 1:
                    next_rise, next_run = height[size - 2] - z, place[size - 2] - at
                    if next_rise * run < rise * next_run:
                        break
                    size -= 1
                    rise, run = next_rise, next_run
                tangent[r, c] = rise / run if rise > zero else zero
            if c > 0:
                before = line + shift[c - 1]
                if 0 <= before < rows and own - heights[before, c - 1] > jump:
                    at -= half
                    # seen from the face, more corners may be hidden
                    while size > 1 and (height[size - 2] - z) * (place[size - 1] - at) >= (height[size - 1] - z) * (place[size - 2] - at):
                        size -= 1
            place[size], height[size] = at, z
            size += 1
