"""Footprints that are no rectangle, cut into wings that nearly are, so that each wing gets a ridge of its own."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["wings", "wings_of_all"]

Array = NDArray[np.float64]

STRAIGHT_DEG = 15.0
SMALL_M = 0.3
MOST_CORNERS = 60


def _fill(shape: shapely.Polygon | shapely.MultiPolygon) -> float:
    """Share of the smallest rectangle around a shape that it fills."""
    return float(shape.area / max(shapely.minimum_rotated_rectangle(shape).area, 1e-9))


def _inner_corners(ring: Array) -> tuple[Array, Array]:
    """Corners of an anticlockwise ring that point inwards, each once for either wall that meets there, and that wall's direction."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    lengths = [np.hypot(*step.T)[:, None] for step in (before, after)]
    before, after = (step / np.maximum(length, 1e-9) for step, length in zip((before, after), lengths, strict=True))
    sine = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    inner = sine < -np.sin(np.radians(STRAIGHT_DEG))
    return np.concatenate([ring[inner]] * 2), np.concatenate([before[inner], -after[inner]])


def _cuts(shape: shapely.Polygon) -> list[shapely.LineString]:
    """Lines that carry a wall on into the building from where it turns inwards; walls of a courtyard are carried on both ways."""
    reach = float(np.hypot(*np.diff(np.reshape(shape.bounds, (2, 2)), axis=0)[0]))
    found = []
    for ring, back in ((shape.exterior, 1e-3), *((ring, reach) for ring in shape.interiors)):
        for corner, direction in zip(*_inner_corners(shapely.get_coordinates(ring)[:-1]), strict=True):
            line = shapely.LineString([corner - direction * back, corner + direction * reach])
            parts = [line] if back == reach else list(shapely.get_parts(shapely.intersection(line, shape)))
            found += [_longer(part) for part in parts if part.length > SMALL_M and part.distance(shapely.Point(corner)) < 1e-2]
    return found


def _longer(line: shapely.LineString) -> shapely.LineString:
    """A straight line a millimetre longer at both ends, so that it cuts through."""
    ends = shapely.get_coordinates(line)[[0, -1]]
    step = (ends[1] - ends[0]) / max(float(np.hypot(*(ends[1] - ends[0]))), 1e-9) * 1e-3
    return shapely.LineString([ends[0] - step, ends[1] + step])


def _pieces(shape: shapely.Polygon, cuts: list[shapely.LineString]) -> list[list[shapely.Polygon]]:
    """What each cut makes of a shape; all cuts at a time."""
    if not cuts:
        return []
    noded = shapely.union(shape.boundary, np.array(cuts, dtype=object))
    cells = [shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))) for lines in noded]
    every = np.concatenate(cells)
    shapely.prepare(shape)
    # a courtyard is a cell too
    kept = shapely.contains(shape, shapely.point_on_surface(every)) & (shapely.area(every) > 1e-6)
    ends = np.cumsum([len(some) for some in cells])
    return [list(some[mine]) for some, mine in zip(cells, np.split(kept, ends[:-1]), strict=True)]


def _fit(parts: list[shapely.Polygon]) -> float:
    """Share of their smallest rectangles that parts fill, weighted by area."""
    area = shapely.area(parts)
    filled = area / np.maximum(shapely.area(shapely.minimum_rotated_rectangle(parts)), 1e-9)
    return float(sum(area * filled) / sum(area))


def wings(shape: shapely.Polygon | shapely.MultiPolygon, *, fill: float, least_m2: float, depth: int = 6) -> list[shapely.Polygon]:
    """
    Cut a footprint into wings.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        Footprint, m.
    fill : float
        A part that fills this share of the smallest rectangle around it is a wing.
    least_m2 : float
        No wing is smaller; bays and porches stay with their house. [m²]
    depth : int
        Cuts one after the other.

    Returns
    -------
    list of Polygon
        They tile the footprint.

    Examples
    --------
    >>> ell = shapely.Polygon([(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)])
    >>> sorted(part.area for part in wings(ell, fill=0.85, least_m2=20.0))
    [200.0, 300.0]
    """
    parts = [part for part in shapely.get_parts(shape) if part.area > 0.0]
    if len(parts) != 1:
        return [wing for part in parts for wing in wings(part, fill=fill, least_m2=least_m2, depth=depth)]
    whole = shapely.orient_polygons(parts[0])
    if depth == 0 or _fill(whole) >= fill:
        return [whole]
    simple = shapely.simplify(whole, SMALL_M)
    if shapely.get_num_coordinates(simple) > MOST_CORNERS:
        return [whole]
    choices = _pieces(whole, _cuts(simple))
    choices = [pieces for pieces in choices if len(pieces) > 1 and min(piece.area for piece in pieces) >= least_m2]
    if not choices:
        return [whole]
    found = [wing for piece in max(choices, key=_fit) for wing in wings(piece, fill=fill, least_m2=least_m2, depth=depth - 1)]
    return found if _fit(found) > _fill(whole) else [whole]


def wings_of_all(shapes: NDArray[np.object_], *, fill: float, least_m2: float) -> list[list[shapely.Polygon]]:
    """
    Wings of each footprint; those that fill their rectangle, as most do, are looked at together.

    Parameters
    ----------
    shapes : array of Polygon or MultiPolygon
        Footprints, m.
    fill, least_m2
        As for `wings`.
    """
    whole = shapely.orient_polygons(shapes)
    filled = shapely.area(whole) / np.maximum(shapely.area(shapely.minimum_rotated_rectangle(whole)), 1e-9)
    plain = (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON) & (filled >= fill) & (shapely.area(shapes) > 0.0)
    return [
        [turned] if one else wings(shape, fill=fill, least_m2=least_m2) for one, shape, turned in zip(plain, shapes, whole, strict=True)
    ]
