"""Roof planes from LoD2 surfaces or from the shape of the roof: a ridge along the longer axis, hips, a slope, or flat."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo import assumptions, schema

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["compass_degrees", "planes_of_surfaces", "roof_planes"]

COMPASS = {
    name: 22.5 * number
    for number, name in enumerate(["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"])
}
# corners of a region in a rectangle of half length a along u and half width b along v, its downhill direction (u, v) and
# the factor on the tangent of the roof's tilt
Region = tuple[list[tuple[float, float]], tuple[float, float], float]
STEEP_DEG = 65.0
MANSARD_BAND = 0.25


def compass_degrees(text: str) -> float:
    """
    A direction as degrees from north over east, NaN where it cannot be read.

    Examples
    --------
    >>> compass_degrees("SSW"), compass_degrees("200°"), compass_degrees("uphill")
    (202.5, 200.0, nan)
    """
    text = text.strip().upper().removesuffix("°")
    if text in COMPASS:
        return COMPASS[text]
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value % 360.0 if math.isfinite(value) and abs(value) <= 360.0 else math.nan


def _gabled(a: float, b: float) -> list[Region]:
    return [
        ([(-a, -b), (a, -b), (a, 0), (-a, 0)], (0, -1), 1.0),
        ([(-a, 0), (a, 0), (a, b), (-a, b)], (0, 1), 1.0),
    ]


def _hipped(a: float, b: float, hip: float | None = None) -> list[Region]:
    """Ridge from -a+hip to a-hip; a full hip starts at the corners, a half hip half-way up the gable."""
    run = min(b, a) if hip is None else min(hip, a)
    wide = b if hip is None else run
    side = [(-a, -b), (a, -b), (a, -wide), (a - run, 0), (-a + run, 0), (-a, -wide)]
    end = [(a, -wide), (a, wide), (a - run, 0)]
    end_factor = b / run * (wide / b) if run else 1.0
    return [
        (side, (0, -1), 1.0),
        ([(-u, -v) for u, v in side], (0, 1), 1.0),
        (end, (1, 0), end_factor),
        ([(-u, -v) for u, v in end], (-1, 0), end_factor),
    ]


def _pyramidal(a: float, b: float) -> list[Region]:
    return [
        ([(-a, -b), (a, -b), (0, 0)], (0, -1), 1.0),
        ([(a, -b), (a, b), (0, 0)], (1, 0), b / a),
        ([(a, b), (-a, b), (0, 0)], (0, 1), 1.0),
        ([(-a, b), (-a, -b), (0, 0)], (-1, 0), b / a),
    ]


def _mansard(a: float, b: float) -> list[Region]:
    """A steep band around a gently hipped top."""
    inset = MANSARD_BAND * b
    ai, bi = a - inset, b - inset
    steep = math.tan(math.radians(STEEP_DEG))
    ring: list[Region] = [
        ([(-a, -b), (a, -b), (ai, -bi), (-ai, -bi)], (0, -1), steep),
        ([(a, -b), (a, b), (ai, bi), (ai, -bi)], (1, 0), steep),
        ([(a, b), (-a, b), (-ai, bi), (ai, bi)], (0, 1), steep),
        ([(-a, b), (-a, -b), (-ai, -bi), (-ai, bi)], (-1, 0), steep),
    ]
    return [*ring, *_hipped(ai, bi)]


SHAPES: Mapping[str, Callable[[float, float], list[Region]]] = {
    "gabled": _gabled,
    "hipped": _hipped,
    "half_hipped": lambda a, b: _hipped(a, b, b / 2.0),
    "pyramidal": _pyramidal,
    "other": _pyramidal,
    "mansard": _mansard,
}


def _rectangle(shape: shapely.Geometry) -> tuple[Array, Array, Array, float, float]:
    """Middle, unit vectors along and across, half length and half width of the smallest rectangle around a footprint."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    one, two = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*one) < np.hypot(*two):
        one, two = two, one
    length, width = float(np.hypot(*one)), float(np.hypot(*two))
    along = one / max(length, 1e-9)
    return corners.mean(axis=0), along, np.array([-along[1], along[0]]), length / 2.0, width / 2.0


def _tilt(tags: Mapping[str, str], default: float, half_width: float) -> tuple[float, str]:
    """Tilt in degrees and where it is from: angle tag, height tag, else the shape's usual tilt."""
    try:
        angle = float(tags.get("angle", "").removesuffix("°"))
    except ValueError:
        angle = math.nan
    if 0.0 < angle < 80.0:
        return angle, "osm"
    try:
        height = float(tags.get("height", "").removesuffix("m").strip())
    except ValueError:
        height = math.nan
    if 0.0 < height < 30.0:
        return min(math.degrees(math.atan(height / max(half_width, 0.5))), 75.0), "osm"
    return default, "inferred: shape"


def _azimuth(direction: Array) -> float:
    return float(np.degrees(np.arctan2(direction[0], direction[1])) % 360.0)


def _axes(tags: Mapping[str, str], shape: str, along: Array, across: Array, a: float, b: float) -> tuple[Array, Array, float, float]:
    """Axes of the roof: the ridge runs along u; turned where tags say so."""
    turned = tags.get("orientation") == "across"
    wanted = compass_degrees(tags.get("direction", ""))
    if math.isfinite(wanted) and shape in {"gabled", "skillion"}:
        off = abs((_azimuth(across) - wanted + 90.0) % 180.0 - 90.0)
        turned = off > 45.0
    return (across, -along, b, a) if turned else (along, across, a, b)


def _planes_of(
    shape: shapely.Geometry, kind: str, tags: Mapping[str, str], default: float
) -> list[tuple[shapely.Geometry, float, float, str]]:
    """Polygon, tilt, azimuth and source of each plane of one roof."""
    if kind == "flat":
        return [(shape, 0.0, 180.0, "inferred: shape")]
    middle, along, across, a, b = _rectangle(shape)
    u, v, a, b = _axes(tags, kind, along, across, a, b)
    if kind == "skillion":
        tilt, source = _tilt(tags, default, 2.0 * b)
        wanted = compass_degrees(tags.get("direction", ""))
        sides = [_azimuth(v), _azimuth(-v)]
        downhill = wanted if math.isfinite(wanted) else min(sides, key=lambda side: (abs(side - 180.0), side))
        return [(shape, tilt, downhill, source)]
    tilt, source = _tilt(tags, default, b)
    found = []
    for corners, (du, dv), factor in SHAPES[kind](a, b):
        region = shapely.Polygon([tuple(middle + x * u + y * v) for x, y in corners])
        part = _polygonal(shapely.intersection(shape, region))
        if part.is_empty or part.area < 0.01:
            continue
        steep = STEEP_DEG if kind == "mansard" and factor > 1.5 else math.degrees(math.atan(math.tan(math.radians(tilt)) * factor))
        gentle = min(tilt, 20.0) if kind == "mansard" and factor <= 1.5 else steep
        found.append((part, gentle, _azimuth(du * u + dv * v), source))
    return found


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.geom_type != "GeometryCollection":
        return shape
    return shapely.union_all([part for part in shape.geoms if part.geom_type in {"Polygon", "MultiPolygon"}])


def roof_planes(buildings: gpd.GeoDataFrame, surfaces: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """
    Planes of all roofs.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    surfaces : GeoDataFrame, optional
        LoD2 roof surfaces: ``building_id`` and polygons with Z; buildings that have any use them.

    Returns
    -------
    GeoDataFrame
        Layer ``roof_planes`` of the schema: plan polygons with tilt, azimuth, sloped area and height; their plan areas add up
        to the footprint.
    """
    import geopandas as gpd
    import pandas as pd

    tilts = assumptions.table("roof_shapes").set_index("roof_shape")["tilt_deg"].to_dict()
    measured = set(surfaces["building_id"]) if surfaces is not None else set()
    rows: list[tuple[str, str, float, float, float, str, shapely.Geometry]] = []
    columns = (
        buildings.index,
        buildings.geometry,
        buildings["roof_shape"],
        buildings["roof_tags"],
        buildings["height_m"],
        buildings["roof_height_m"],
    )
    for name, shape, kind, text, height, rise in zip(*columns, strict=True):
        if name in measured:
            continue
        planes = _planes_of(shape, kind, json.loads(text), float(tilts[kind]))
        middle = height if kind == "flat" else height - rise / 2.0
        rows += [
            (f"{name}#{number}", name, tilt, azimuth, float(middle), source, part)
            for number, (part, tilt, azimuth, source) in enumerate(planes, start=1)
        ]
    keys = ("plane_id", "building_id", "surface_tilt", "surface_azimuth", "height_m", "source", "geometry")
    table = {key: [row[number] for row in rows] for number, key in enumerate(keys)}
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs=buildings.crs).set_index("plane_id")
    frame["kind"] = "roof"
    frame["area_m2"] = frame.area / np.cos(np.radians(frame["surface_tilt"]))
    if surfaces is not None and len(surfaces):
        frame = pd.concat([frame, planes_of_surfaces(surfaces)])
    order = list(schema.columns("roof_planes"))
    return schema.check_layer("roof_planes", frame[order].astype({"building_id": "str", "source": "str", "kind": "str"}).sort_index())


def planes_of_surfaces(surfaces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Planes of LoD2 roof surfaces.

    Parameters
    ----------
    surfaces : GeoDataFrame
        ``building_id``, optionally ``ground_m``, and polygons with Z [m].

    Returns
    -------
    GeoDataFrame
        As `roof_planes`; tilt and azimuth from the surface's normal (Newell's method).

    Examples
    --------
    >>> import geopandas as gpd
    >>> slope = shapely.Polygon([(0, 0, 3), (10, 0, 3), (10, 5, 8), (0, 5, 8)])
    >>> planes_of_surfaces(gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[slope]))[["surface_tilt", "surface_azimuth"]].round(
    ...     6
    ... ).values.tolist()
    [[45.0, 180.0]]
    """
    import geopandas as gpd
    import pandas as pd

    shapes = surfaces.geometry.to_numpy()
    xyz, row = shapely.get_coordinates(shapely.get_exterior_ring(shapes), include_z=True, return_index=True)
    following = np.roll(xyz, -1, axis=0)
    inside = np.r_[row[1:] == row[:-1], False]
    cross = np.cross(xyz, following) * inside[:, None]
    vector = np.column_stack([np.bincount(row, weights=cross[:, axis], minlength=len(shapes)) for axis in range(3)]) / 2.0
    vector *= np.where(vector[:, 2:] < 0, -1.0, 1.0)
    area = np.linalg.norm(vector, axis=1)
    up = vector[:, 2] / np.maximum(area, 1e-9)
    height = np.bincount(row[inside], weights=xyz[inside, 2], minlength=len(shapes)) / np.bincount(row[inside], minlength=len(shapes))
    number = surfaces.groupby("building_id").cumcount() + 1
    tilt = np.degrees(np.arccos(np.clip(up, -1.0, 1.0)))
    frame = gpd.GeoDataFrame(
        {
            "building_id": surfaces["building_id"].to_numpy(),
            "surface_tilt": tilt,
            "surface_azimuth": np.where(tilt < 1.0, 180.0, np.degrees(np.arctan2(vector[:, 0], vector[:, 1])) % 360.0),
            "height_m": height - (surfaces["ground_m"].to_numpy() if "ground_m" in surfaces else 0.0),
            "source": "lod2",
            "kind": "roof",
            "area_m2": area,
        },
        geometry=shapely.force_2d(shapes),
        crs=surfaces.crs,
        index=pd.Index([f"{building}#{count}" for building, count in zip(surfaces["building_id"], number, strict=True)], name="plane_id"),
    )
    # walls and slivers are no roofs
    return frame[(frame.area > 0.5) & (frame["surface_tilt"] < 80.0)]
