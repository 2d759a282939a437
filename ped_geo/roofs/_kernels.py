"""Compiled loop of the module layout; tested against shapely."""

from __future__ import annotations

import math

import numpy as np

from ped_geo._compiled import njit

__all__ = ["pack_runs"]


@njit(cache=True, nogil=True, error_model="numpy")
def pack_runs(edges, first, bounds, along, deep, pitch, offset, runs):  # type: ignore[no-untyped-def]
    """
    Runs of whole cells inside polygons, row by row; the number of runs found, with `runs` filled as far as it reaches.

    A row is a band of one cell's depth across the polygon. Every edge that enters the band's inside blocks the stretch it covers
    there; between two blocked stretches the band lies wholly inside or wholly outside, which the number of edges left of the
    stretch's middle tells. A free stretch takes as many cells as fit. `edges` holds u, v of both ends, those of polygon p from
    `first[p]` to `first[p + 1]`; `runs` gets polygon, u, v and number of cells.
    """
    tiny = 1e-9
    count = 0
    for p in range(first.size - 1):
        start, stop = first[p], first[p + 1]
        low, high = bounds[p, 1], bounds[p, 3]
        if stop == start or high - low < deep - tiny:
            continue
        bands = int((high - low - deep) / pitch + tiny) + 1
        spare = high - low - deep - (bands - 1) * pitch
        blocked = np.empty((stop - start + 1, 2))
        for band in range(bands):
            bottom = low + offset * spare + band * pitch
            top = bottom + deep
            found = 0
            for e in range(start, stop):
                v0, v1 = edges[e, 1], edges[e, 3]
                if max(v0, v1) <= bottom + tiny or min(v0, v1) >= top - tiny:
                    continue
                u0, u1 = edges[e, 0], edges[e, 2]
                if v0 != v1:
                    slope = (u1 - u0) / (v1 - v0)
                    enter, leave = min(max(v0, bottom), top), min(max(v1, bottom), top)
                    u0, u1 = u0 + slope * (enter - v0), u0 + slope * (leave - v0)
                # kept in order of where they begin
                place = found
                while place > 0 and blocked[place - 1, 0] > min(u0, u1):
                    blocked[place, 0], blocked[place, 1] = blocked[place - 1, 0], blocked[place - 1, 1]
                    place -= 1
                blocked[place, 0], blocked[place, 1] = min(u0, u1), max(u0, u1)
                found += 1
            middle = 0.5 * (bottom + top)
            reached = -math.inf
            for k in range(found):
                begin, end = blocked[k, 0], blocked[k, 1]
                cells = int((begin - reached) / along + tiny) if reached > -math.inf else 0
                if cells > 0:
                    crossings = 0
                    u = 0.5 * (begin + reached)
                    for e in range(start, stop):
                        v0, v1 = edges[e, 1], edges[e, 3]
                        if (v0 > middle) != (v1 > middle) and edges[e, 0] + (edges[e, 2] - edges[e, 0]) * (middle - v0) / (v1 - v0) < u:
                            crossings += 1
                    if crossings % 2 == 1:
                        if count < runs.shape[0]:
                            runs[count, 0], runs[count, 1], runs[count, 2], runs[count, 3] = p, reached, bottom, cells
                        count += 1
                reached = max(reached, end)
    return count
