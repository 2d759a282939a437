"""
Roof shapes as planes over a rectangle: where each lies, which way it falls and how steeply.

A rectangle has half its length along u and half its width along v, the ridge along u. A plane is a region of it with a downhill
direction, a slope and the drop from the top of the roof to the plane's upper edge, so that heights meet where planes meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["SHAPES", "Pitch", "Region"]

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Pitch:
    """
    How steep a roof is.

    Attributes
    ----------
    tilt : float
        Of the planes beside the ridge, degrees.
    steep : float
        Of a mansard's lower planes, degrees.
    band : float
        Width of a mansard's lower planes in plan, as a share of half the width of the roof.
    """

    tilt: float
    steep: float = 0.0
    band: float = 0.0

    def flatter(self, share: float) -> Pitch:
        """
        All slopes times a share, so that a roof rises by that share.

        Examples
        --------
        >>> round(Pitch(45.0).flatter(0.5).tilt, 2)
        26.57
        """
        tilt, steep = (math.degrees(math.atan(math.tan(math.radians(angle)) * share)) for angle in (self.tilt, self.steep))
        return Pitch(tilt, steep, self.band)


@dataclass(frozen=True)
class Region:
    """
    One plane over a rectangle.

    Attributes
    ----------
    corners : tuple of (float, float)
        In the rectangle's axes. [m]
    down : tuple of float
        Downhill direction, unit.
    slope : float
        Tangent of the tilt.
    drop : float
        From the top of the roof to the upper edge. [m]
    """

    corners: Corners
    down: tuple[float, float]
    slope: float
    drop: float = 0.0

    def below_top(self, u: float, v: float) -> float:
        """
        How far a point of the plane lies below the top of the roof [m].

        Examples
        --------
        >>> Region(((-5, -4), (5, -4), (5, 0), (-5, 0)), (0, -1), 0.5).below_top(0.0, -4.0)
        2.0
        """
        upper = min(self.down[0] * x + self.down[1] * y for x, y in self.corners)
        return self.drop + self.slope * (self.down[0] * u + self.down[1] * v - upper)


def _around(half: Region, end: Region) -> list[Region]:
    """A region, its mirror image across the ridge, an end and its mirror image."""
    both = []
    for region in (half, end):
        turned = tuple((-u, -v) for u, v in region.corners)
        both += [region, Region(turned, (-region.down[0], -region.down[1]), region.slope, region.drop)]
    return both


def _gabled(a: float, b: float, pitch: Pitch) -> list[Region]:
    slope = math.tan(math.radians(pitch.tilt))
    half = Region(((-a, -b), (a, -b), (a, 0), (-a, 0)), (0, -1), slope)
    return [half, Region(((-a, 0), (a, 0), (a, b), (-a, b)), (0, 1), slope)]


def _hips(a: float, b: float, slope: float, run: float, drop: float = 0.0) -> list[Region]:
    """Ridge between hips that start `run` from the ends, and `run` from the ridge on the gable: a full hip at the corners."""
    half = Region(((-a, -b), (a, -b), (a, -run), (a - run, 0), (-a + run, 0), (-a, -run)), (0, -1), slope, drop)
    return _around(half, Region(((a, -run), (a, run), (a - run, 0)), (1, 0), slope, drop))


def _hipped(a: float, b: float, pitch: Pitch) -> list[Region]:
    return _hips(a, b, math.tan(math.radians(pitch.tilt)), b) if a > b else _pyramidal(a, b, pitch)


def _half_hipped(a: float, b: float, pitch: Pitch) -> list[Region]:
    return _hips(a, b, math.tan(math.radians(pitch.tilt)), min(b / 2.0, a))


def _pyramidal(a: float, b: float, pitch: Pitch, drop: float = 0.0) -> list[Region]:
    slope = math.tan(math.radians(pitch.tilt))
    side = Region(((-a, -b), (a, -b), (0, 0)), (0, -1), slope, drop)
    return _around(side, Region(((a, -b), (a, b), (0, 0)), (1, 0), slope * b / a, drop))


def _mansard(a: float, b: float, pitch: Pitch) -> list[Region]:
    """A steep band around a gently hipped top."""
    inset = pitch.band * min(a, b)
    ai, bi = a - inset, b - inset
    gentle, steep = math.tan(math.radians(pitch.tilt)), math.tan(math.radians(pitch.steep))
    top = _hips(ai, bi, gentle, bi) if ai > bi else _pyramidal(ai, bi, pitch)
    drop = gentle * bi
    side = Region(((-a, -b), (a, -b), (ai, -bi), (-ai, -bi)), (0, -1), steep, drop)
    return [*_around(side, Region(((a, -b), (a, b), (ai, bi), (ai, -bi)), (1, 0), steep, drop)), *top]


def _skillion(a: float, b: float, pitch: Pitch) -> list[Region]:
    return [Region(((-a, -b), (a, -b), (a, b), (-a, b)), (0, -1), math.tan(math.radians(pitch.tilt)))]


SHAPES: Mapping[str, Callable[[float, float, Pitch], list[Region]]] = {
    "gabled": _gabled,
    "hipped": _hipped,
    "half_hipped": _half_hipped,
    "pyramidal": _pyramidal,
    "other": _pyramidal,
    "mansard": _mansard,
    "skillion": _skillion,
}
