"""What packages of Poland's registers hold, class by class, with the easting first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.sources._axes import Box, Order, crs_of_name, settled_order, voivodeships_of
from ped_geo.sources._boundary import ring, without_name
from ped_geo.sources._gml import Feature
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["Content", "Pile", "Request", "add_piles", "near_place", "nothing_there"]


@dataclass(frozen=True)
class Request:
    """
    What is to be read.

    Attributes
    ----------
    codes : tuple of str
        Classes of interest.
    columns : frozenset of str
        Plain names of attributes of interest.
    place : tuple of float or None
        West, south, east, north in degrees; objects elsewhere are passed over.
    teryt : str
        Code of the county, "" where it is not told.
    default : str
        Class of a file that tells none.
    layers : tuple of str
        Layers of the default class.
    stated : str
        Coordinate system of files that name none, ``[sources] files_crs``.
    """

    codes: tuple[str, ...]
    columns: frozenset[str]
    place: Box | None = None
    teryt: str = ""
    default: str = ""
    layers: tuple[str, ...] = ()
    stated: str = ""


@dataclass
class Pile:
    """Objects of one class and one name of a coordinate system."""

    srs_name: str
    features: list[Feature] = field(default_factory=list)
    # least and greatest coordinates of all of them, those elsewhere included
    seen: tuple[float, float, float, float] = (math.inf, math.inf, -math.inf, -math.inf)

    def see(self, bounds: Box) -> None:
        """Note where an object lies."""
        west, south, east, north = self.seen
        self.seen = (min(west, bounds[0]), min(south, bounds[1]), max(east, bounds[2]), max(north, bounds[3]))


@dataclass
class Content:
    """
    What was read.

    Attributes
    ----------
    frames : dict
        By class: plain columns of text, shapes with the easting first.
    counts : dict
        Objects of each class in the files, those elsewhere included.
    names : dict
        Columns of each class as the files name them.
    extents : dict
        Where all objects of a class from GML lie, those elsewhere included: west, south, east, north in degrees.
    notes : list
        Remarks for people: ``key`` and ``values``.
    files : list
        Records of the files for the manifest.
    timestamp : str
        When a server answered, "" where no file says.
    """

    frames: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    extents: dict[str, Box] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    timestamp: str = ""

    def add(self, code: str, frame: gpd.GeoDataFrame) -> None:
        """Add objects of a class to those that are there."""
        import geopandas as gpd
        import pandas as pd

        known = self.frames.get(code)
        if known is not None:
            joined = pd.concat([known, frame.to_crs(known.crs)], ignore_index=True)
            frame = gpd.GeoDataFrame(joined.fillna(dict.fromkeys(joined.columns.drop("geometry"), "")), crs=known.crs)
        self.frames[code] = frame

    def merge(self, other: Content) -> None:
        """Add all that was read elsewhere."""
        for code, frame in other.frames.items():
            self.add(code, frame)
        for code, count in other.counts.items():
            self.counts[code] = self.counts.get(code, 0) + count
        for code, names in other.names.items():
            self.names.setdefault(code, set()).update(names)
        self.extents = other.extents | self.extents
        self.notes += other.notes
        self.files += other.files
        self.timestamp = max(self.timestamp, other.timestamp)


def near_place(study: Study) -> Box | None:
    """Box of the place and its surroundings in degrees, None where the study does not tell it."""
    boundary = without_name(study)
    if boundary is None:
        return None
    west, south, east, north = ring(boundary, study.place.buffer_m).bounds
    return west, south, east, north


def nothing_there(study: Study, content: Content, code: str) -> str:
    """What to say where no building lies at the place: where the data lie, and where the place."""
    if not content.counts.get(code):
        return f"{study.title}: the input holds no buildings; check the file or the place."
    west, south, east, north = content.extents.get(code, (0.0, 0.0, 0.0, 0.0))
    near = near_place(study)
    middle = f", the boundary lies at {(near[0] + near[2]) / 2:.3f}, {(near[1] + near[3]) / 2:.3f}" if near else ""
    return (
        f"{study.title}: no buildings inside the boundary; the data reach from {west:.3f}, {south:.3f} to {east:.3f}, {north:.3f}{middle}."
    )


def add_piles(content: Content, piles: dict[tuple[str, str], Pile], hints: set[str], request: Request) -> None:
    """Objects from GML as frames, with the easting first."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    orders = _orders(piles, hints, request, content)
    for (code, srs_name), pile in sorted(piles.items()):
        # objects without any shape, such as names of streets, need no system
        crs = crs_of_name(srs_name if srs_name in orders else "EPSG:2180", code)
        turned = srs_name in orders and orders[srs_name].north_first
        if math.isfinite(pile.seen[0]):
            content.extents[code] = _degrees(pile.seen, crs, turned=turned)
        if not pile.features:
            continue
        shapes = np.array([feature.shape for feature in pile.features], dtype=object)
        table = pd.DataFrame([feature.values for feature in pile.features], dtype="object").fillna("")
        frame = gpd.GeoDataFrame(table, geometry=shapely.transform(shapes, _swapped) if turned else shapes, crs=crs)
        content.add(code, frame)


def _swapped(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return xy[:, ::-1]


def _degrees(bounds: Box, crs: Any, *, turned: bool) -> Box:
    import pyproj

    a, b, c, d = bounds
    west, south, east, north = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform_bounds(
        *((b, a, d, c) if turned else bounds)
    )
    return west, south, east, north


def _orders(piles: dict[tuple[str, str], Pile], hints: set[str], request: Request, content: Content) -> dict[str, Order]:
    """Order of the coordinates under each name of a system; one that goes against its name is remarked."""
    import shapely

    orders = {}
    file = content.files[0]["name"] if content.files else "the file"
    for srs_name in sorted({name for _, name in piles}):
        mine = [pile for (_, name), pile in piles.items() if name == srs_name and math.isfinite(pile.seen[0])]
        if not mine:
            continue
        kept = [feature.shape for pile in mine for feature in pile.features if feature.shape is not None]
        bounds = shapely.total_bounds(kept or [shapely.box(*pile.seen) for pile in mine]).tolist()
        homes, crs = voivodeships_of(hints), crs_of_name(srs_name, file)
        orders[srs_name] = order = settled_order(
            crs, srs_name, (bounds[0], bounds[1], bounds[2], bounds[3]), file=file, voivodeships=homes, place=request.place
        )
        if order.against_name:
            key = "axes_north_first" if order.north_first else "axes_east_first"
            content.notes.append({"key": key, "values": {"file": file, "name": srs_name[:60]}})
    return orders
