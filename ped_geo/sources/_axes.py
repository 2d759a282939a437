"""
Which of two coordinates in a GML file is the easting.

The rule of the format (OGC 07-036, annex on coordinate systems) is that a long name of the system (``urn:ogc:def:crs:EPSG::2180``)
stands for its official order, which in Poland is northing first, and a short one (``EPSG:2180``) for easting first. Files of Poland's
offices break it, so where the file must lie decides: the place of the study, the county that its ids name, and the country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence

if TYPE_CHECKING:
    import pyproj

__all__ = ["Order", "Window", "crs_of_name", "settled_order", "voivodeships_of"]

Box = tuple[float, float, float, float]
CODE = re.compile(r"EPSG(?:[:/]+[\d.]*)?(?:\.xml#|[:/]+)(\d{4,6})", re.IGNORECASE)
OFFICIAL = re.compile(r"^\s*urn:|/def/crs/", re.IGNORECASE)


def crs_of_name(name: str, file: str) -> pyproj.CRS:
    """
    Coordinate system of a ``srsName``.

    Raises
    ------
    SourceError
        If it names no known EPSG code.
    """
    import pyproj

    code = CODE.search(name)
    try:
        crs = pyproj.CRS.from_epsg(int(code[1])).to_2d() if code else None
    except pyproj.exceptions.CRSError:
        crs = None
    if crs is not None and (crs.is_projected or crs.is_geographic):
        return crs
    raise SourceError(Sentence("error.names_no_known_epsg_coordinate", file=file, name=name[:60]))


@cache
def _extents() -> dict[str, Box]:
    table = assumptions.table("voivodeships")
    return {
        f"{int(code):02d}": (float(west), float(south), float(east), float(north))
        for code, west, south, east, north in table[["teryt", "west", "south", "east", "north"]].to_numpy().tolist()
    }


def voivodeships_of(codes: Iterable[str]) -> list[str]:
    """Known voivodeships (first two digits) of TERYT codes."""
    return sorted({code[:2] for code in codes if code[:2] in _extents()})


def _around(boxes: Iterable[Box]) -> Box:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


class Window:
    """The surroundings of a place in the coordinates of a file, whichever of its axes comes first."""

    def __init__(self, near: Box, crs: pyproj.CRS) -> None:
        import pyproj

        self.bounds = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform_bounds(*near)

    def holds(self, bounds: Box) -> bool:
        """Whether stored bounds may lie within."""
        west, south, east, north = self.bounds
        return _meet(bounds, self.bounds) or _meet(bounds, (south, west, north, east))


@dataclass(frozen=True)
class Order:
    """
    How coordinates are stored.

    Attributes
    ----------
    north_first : bool
        Northing or latitude comes first.
    against_name : bool
        That is not what the name of the system says.
    """

    north_first: bool
    against_name: bool


def settled_order(
    crs: pyproj.CRS, srs_name: str, bounds: Box, *, file: str, voivodeships: Iterable[str] = (), place: Box | None = None
) -> Order:
    """
    Order of the coordinates of a file of Poland.

    Parameters
    ----------
    crs : pyproj.CRS
        System that the file names.
    srs_name : str
        As the file spells it.
    bounds : tuple of float
        Least first and second, greatest first and second coordinate, as stored.
    file : str
        Name for people.
    voivodeships : iterable of str
        Two digits each: where the ids of the objects say that they lie.
    place : tuple of float, optional
        West, south, east, north of the study's place, degrees.

    Raises
    ------
    SourceError
        If the objects lie outside Poland in either order.
    """
    import pyproj

    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    named = bool(OFFICIAL.search(srs_name)) and bool(crs.axis_info) and crs.axis_info[0].direction == "north"
    poland, homes = _around(_extents().values()), [_extents()[code] for code in voivodeships]
    lies: dict[bool, Box] = {}
    rank: dict[bool, tuple[bool, bool, bool, bool]] = {}
    for north_first in (False, True):
        a, b, c, d = bounds
        x0, y0, x1, y1 = (b, a, d, c) if north_first else bounds
        west, south = to_degrees.transform(x0, y0)
        east, north = to_degrees.transform(x1, y1)
        lies[north_first] = (west, south, east, north)
        inside = _meet(lies[north_first], poland)
        at_home = not homes or any(_meet(lies[north_first], box) for box in homes)
        rank[north_first] = (inside, place is not None and _meet(lies[north_first], place), at_home, north_first == named)
    chosen = max((False, True), key=lambda order: rank[order])
    if not rank[chosen][0]:
        told = " or ".join(f"{lies[order][0]:.2f} E, {lies[order][1]:.2f} N" for order in (named, not named))
        raise SourceError(Sentence("error.lies_at_axes_swapped_by", file=file, told=told, crs=crs.to_string()))
    return Order(chosen, chosen != named)
