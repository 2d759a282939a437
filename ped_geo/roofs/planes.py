"""Roof planes from LoD2 surfaces or from the shape of the roof: a ridge along the longer axis, hips, a slope, or flat."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ped_geo import assumptions, schema
from ped_geo.buildings.walls import party_edges
from ped_geo.roofs.shapes import SHAPES, Pitch, Region
from ped_geo.roofs.wings import wings_of_all
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["compass_degrees", "planes_of_surfaces", "roof_planes", "surface_faults"]

COMPASS = {
    name: 22.5 * number
    for number, name in enumerate(["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"])
}
LEAST_PLANE_M2 = 0.01
PARALLEL = 0.95  # cosine between walls that count as parallel
FLAT = 180.0  # azimuth given to level planes, which face nowhere


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


def _rectangle(corners: Array) -> tuple[Array, Array, Array, float, float]:
    """Middle, unit vectors along and across, half length and half width of a rectangle of four corners."""
    one, two = corners[1] - corners[0], corners[2] - corners[1]
    if np.hypot(*one) < np.hypot(*two):
        one, two = two, one
    length, width = float(np.hypot(*one)), float(np.hypot(*two))
    along = one / max(length, 1e-9)
    return corners.mean(axis=0), along, np.array([-along[1], along[0]]), length / 2.0, width / 2.0


def _tilt(roof: _Roof, half_width: float) -> tuple[float, str]:
    """Tilt in degrees and who gave it: angle, else height of the roof, else the shape's usual tilt."""
    tags = roof.tags
    try:
        angle = float(tags.get("angle", "").removesuffix("°"))
    except ValueError:
        angle = math.nan
    if 0.0 < angle < roof.rules.angle_max:
        return angle, tags.get("angle:source", "osm")
    try:
        height = float(tags.get("height", "").removesuffix("m").strip())
    except ValueError:
        height = math.nan
    if 0.0 < height < roof.rules.tagged_rise_max:
        return min(math.degrees(math.atan2(height, half_width)), roof.rules.angle_max), tags.get("height:source", "osm")
    return roof.usual.tilt, "inferred: shape"


def _azimuth(direction: Array) -> float:
    return float(np.degrees(np.arctan2(direction[0], direction[1])) % 360.0)


def _axes(roof: _Roof, along: Array, across: Array, a: float, b: float) -> tuple[Array, Array, float, float]:
    """Axes of the roof: the ridge runs along u, turned where tags say so, else where gables must stand on party walls."""
    tags, shape, party = roof.tags, roof.kind, roof.party
    turned = tags.get("orientation") == "across"
    if shape == "gabled" and "orientation" not in tags and len(party):
        beside = [np.hypot(*party.T)[np.abs(party @ axis) > PARALLEL * np.hypot(*party.T)].sum() for axis in (along, across)]
        turned = beside[0] > roof.rules.gable_party_share * 2.0 * a and beside[0] > beside[1]
    wanted = compass_degrees(tags.get("direction", ""))
    if math.isfinite(wanted) and shape in {"gabled", "skillion"}:
        off = abs((_azimuth(across) - wanted + 90.0) % 180.0 - 90.0)
        turned = off > 45.0
    return (across, -along, b, a) if turned else (along, across, a, b)


@dataclass(frozen=True)
class _Plane:
    """A plane of a roof: plan polygon, tilt and azimuth in degrees, drop of its middle below the top of its wing, m."""

    shape: shapely.Geometry
    tilt: float
    azimuth: float
    drop: float


@dataclass(frozen=True)
class _Roof:
    """What is known of one building's roof: shape, tags, usual pitch, party walls [m] and the greatest rise without a tag [m]."""

    kind: str
    tags: Mapping[str, str]
    usual: Pitch
    party: Array
    most_m: float
    rules: _Rules


@dataclass(frozen=True)
class _Rules:
    """Assumptions ``roofs.*`` of a study; those of no study are the cited ones."""

    wing_fill: float
    least_wing: float
    gable_party_share: float
    angle_max: float
    tagged_rise_max: float
    rise_max: float
    rise_share: float
    least_surface: float

    @classmethod
    def of(cls, study: Study | None) -> _Rules:
        return cls(**{field.name: _value(study, f"roofs.{field.name}") for field in fields(cls)})


def _value(study: Study | None, key: str) -> float:
    return assumptions.scalar(key).value if study is None else study.assumed(key)


class _Draft(NamedTuple):
    """Planes of one wing before they are cut out of it: regions of its rectangle, axes, rise from eaves to top [m], who told the tilt."""

    regions: list[Region]
    middle: Array
    u: Array
    v: Array
    rise: float
    source: str


def _draft(corners: Array, roof: _Roof) -> _Draft:
    """Planes over the smallest rectangle around a wing, whose four corners are given."""
    middle, along, across, a, b = _rectangle(corners)
    kind, usual = roof.kind, roof.usual
    u, v, a, b = _axes(roof, along, across, a, b)
    tilt, source = _tilt(roof, 2.0 * b if kind == "skillion" else b)
    # an angle or height that people tag on a mansard is that of the steep, visible part
    told = not source.startswith("inferred")
    steep = tilt if told else usual.steep
    pitch = replace(usual, steep=steep) if kind == "mansard" else replace(usual, tilt=tilt)
    if kind == "skillion" and _faces(roof.tags, -v, v):
        u, v = -u, -v
    regions = SHAPES[kind](a, b, pitch)
    rise = _rise(regions)
    if not told and rise > roof.most_m:
        regions, rise = SHAPES[kind](a, b, pitch.flatter(roof.most_m / rise)), roof.most_m
    return _Draft(regions, middle, u, v, rise, source)


def _cut_out(wings: list[shapely.Polygon], drafts: list[_Draft]) -> list[list[_Plane]]:
    """Planes of each wing: its regions, where it stands; all wings at a time, as the library cuts many shapes faster than one by one."""
    rows = [row for row, draft in enumerate(drafts) for _ in draft.regions]
    outlines = [[draft.middle + x * draft.u + y * draft.v for x, y in region.corners] for draft in drafts for region in draft.regions]
    ring = np.repeat(np.arange(len(outlines)), [len(outline) for outline in outlines])
    rings = shapely.linearrings(np.array([corner for outline in outlines for corner in outline]), indices=ring)
    parts = shapely.intersection(np.array(wings, dtype=object)[rows], shapely.polygons(rings))
    mixed = np.flatnonzero(shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION)
    parts[mixed] = [_polygonal(part) for part in parts[mixed]]
    area, centres = shapely.area(parts), _centres(parts)
    planes: list[list[_Plane]] = [[] for _ in wings]
    regions = (region for draft in drafts for region in draft.regions)
    for row, region, part, size, centre in zip(rows, regions, parts, area, centres, strict=True):
        if size < LEAST_PLANE_M2:
            continue
        draft = drafts[row]
        off = centre - draft.middle
        drop = region.below_top(float(off @ draft.u), float(off @ draft.v))
        down = region.down[0] * draft.u + region.down[1] * draft.v
        planes[row].append(_Plane(part, math.degrees(math.atan(region.slope)), _azimuth(down), drop))
    return planes


def _centres(shapes: NDArray[np.object_]) -> Array:
    """Centroids, NaN for what is empty."""
    centres = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])


def _rise(regions: list[Region]) -> float:
    """From the lowest corner of the planes to their top [m]."""
    return max(region.below_top(x, y) for region in regions for x, y in region.corners)


def _faces(tags: Mapping[str, str], one: Array, other: Array) -> bool:
    """Whether a mono-pitched roof falls to the second of two sides: to the tagged direction, else to the sunnier."""
    wanted = compass_degrees(tags.get("direction", ""))
    aim = wanted if math.isfinite(wanted) else FLAT
    off = [abs((_azimuth(side) - aim + 180.0) % 360.0 - 180.0) for side in (one, other)]
    return off[1] < off[0] - 1e-9


def _polygonal(shape: shapely.GeometryCollection) -> BaseGeometry:
    """What of a collection has an area."""
    return shapely.union_all([part for part in shape.geoms if part.geom_type in {"Polygon", "MultiPolygon"}])


def _planes_of(shapes: NDArray[np.object_], roofs: list[_Roof]) -> list[tuple[list[_Plane], str]]:
    """Planes of each roof, drops measured from its top, and who told the tilt: wings share their eaves, so that a narrower one has a lower ridge."""
    found = [([_Plane(shape, 0.0, FLAT, 0.0)], "inferred: shape") for shape in shapes]
    pitched = [row for row, roof in enumerate(roofs) if roof.kind != "flat"]
    if not pitched:
        return found
    rules = roofs[0].rules
    parts = wings_of_all(shapes[pitched], fill=rules.wing_fill, least_m2=rules.least_wing)
    single = [
        roofs[row] if len(part) == 1 else replace(roofs[row], party=roofs[row].party[:0]) for row, part in zip(pitched, parts, strict=True)
    ]
    wings = [wing for part in parts for wing in part]
    boxes, box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(np.array(wings, dtype=object)), return_index=True)
    first = np.searchsorted(box, np.arange(len(wings)))
    owners = [roof for part, roof in zip(parts, single, strict=True) for _ in part]
    drafts = [_draft(boxes[start : start + 4], roof) for start, roof in zip(first, owners, strict=True)]
    planes = _cut_out(wings, drafts)
    begin = 0
    for row, part in zip(pitched, parts, strict=True):
        mine = range(begin, begin := begin + len(part))
        top = max(drafts[wing].rise for wing in mine)
        lowered = [replace(plane, drop=plane.drop + top - drafts[wing].rise) for wing in mine for plane in planes[wing]]
        found[row] = lowered, drafts[mine[0]].source
    return found


def _party_walls(buildings: gpd.GeoDataFrame, gap: float) -> list[Array]:
    """Party walls of each gabled building as vectors as long as what is shared, shape (n_walls, 2) [m]."""
    gabled = np.flatnonzero(buildings["roof_shape"] == "gabled")
    height = buildings["height_m"].to_numpy(dtype="float64")
    owner, start, end, shared = party_edges(buildings.geometry.to_numpy(), height, gap_m=gap, rows=gabled)
    mine = shared > 0.0
    step = (end - start)[mine]
    step *= (shared[mine] / np.hypot(*step.T))[:, None]
    return np.split(step, np.searchsorted(owner[mine], np.arange(1, len(buildings))))


def _pitches() -> dict[str, Pitch]:
    table = assumptions.table("roof_shapes").fillna(0.0).set_index("roof_shape")
    numbers = table[["ridge_tilt_deg", "steep_tilt_deg", "steep_band"]].astype("float64")
    return {str(kind): Pitch(*(float(value) for value in row)) for kind, row in zip(numbers.index, numbers.to_numpy(), strict=True)}


def roof_planes(buildings: gpd.GeoDataFrame, surfaces: gpd.GeoDataFrame | None = None, *, study: Study | None = None) -> gpd.GeoDataFrame:
    """
    Planes of all roofs.

    Parameters
    ----------
    buildings : GeoDataFrame
        Layer ``buildings``.
    surfaces : GeoDataFrame, optional
        LoD2 roof surfaces: ``building_id`` and polygons with Z; buildings that have any use them.
    study : Study, optional
        Its assumptions ``roofs.*``; the cited ones by default.

    Returns
    -------
    GeoDataFrame
        Layer ``roof_planes`` of the schema: plan polygons with tilt, azimuth, sloped area and height of their centroid; their plan
        areas add up to the footprint.
    """
    import geopandas as gpd
    import pandas as pd

    pitches = _pitches()
    rules = _Rules.of(study)
    walls = _party_walls(buildings, _value(study, "building.party_gap"))
    of_models = planes_of_surfaces(surfaces, study=study) if surfaces is not None and len(surfaces) else None
    # a building none of whose surfaces can be used has a roof all the same
    measured = set(of_models["building_id"]) if of_models is not None else set()
    rows: list[tuple[str, str, float, float, float, str, shapely.Geometry]] = []
    asked = np.flatnonzero(~buildings.index.isin(measured))
    height = buildings["height_m"].to_numpy(dtype="float64")
    names, shapes, kinds, texts = (buildings.index, buildings.geometry, buildings["roof_shape"], buildings["roof_tags"])
    roofs = [
        _Roof(kind, json.loads(text), pitches[kind], walls[row], min(rules.rise_max, rules.rise_share * float(height[row])), rules)
        for row, kind, text in zip(asked, kinds.iloc[asked], texts.iloc[asked], strict=True)
    ]
    found = _planes_of(shapes.to_numpy()[asked], roofs)
    for row, name, (planes, source) in zip(asked, names[asked], found, strict=True):
        rows += [
            (f"{name}#{number}", name, plane.tilt, plane.azimuth, max(float(height[row]) - plane.drop, 0.0), source, plane.shape)
            for number, plane in enumerate(planes, start=1)
        ]
    keys = ("plane_id", "building_id", "surface_tilt", "surface_azimuth", "height_m", "source", "geometry")
    table = {key: [row[number] for row in rows] for number, key in enumerate(keys)}
    frame = gpd.GeoDataFrame(table, geometry="geometry", crs=buildings.crs).set_index("plane_id")
    frame["kind"] = "roof"
    frame["area_m2"] = frame.area / np.cos(np.radians(frame["surface_tilt"]))
    if of_models is not None and len(of_models):
        frame = pd.concat([frame, of_models])
    order = list(schema.columns("roof_planes"))
    return schema.check_layer("roof_planes", frame[order].astype({"building_id": "str", "source": "str", "kind": "str"}).sort_index())


def planes_of_surfaces(surfaces: gpd.GeoDataFrame, *, study: Study | None = None) -> gpd.GeoDataFrame:
    """
    Planes of LoD2 roof surfaces.

    Parameters
    ----------
    surfaces : GeoDataFrame
        ``building_id``, optionally ``ground_m``, and polygons with Z [m].
    study : Study, optional
        Its assumptions ``roofs.*``; the cited ones by default.

    Returns
    -------
    GeoDataFrame
        As `roof_planes`; tilt and azimuth from the surface's normal (Newell's method). Those that `surface_faults` names are left
        out.

    Examples
    --------
    >>> import geopandas as gpd
    >>> slope = shapely.Polygon([(0, 0, 3), (10, 0, 3), (10, 5, 8), (0, 5, 8)])
    >>> planes_of_surfaces(gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[slope]))[["surface_tilt", "surface_azimuth"]].round(
    ...     6
    ... ).values.tolist()
    [[45.0, 180.0]]
    """
    every = _all_planes(surfaces)
    return every[_faults(every, study) == ""]


def _all_planes(surfaces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A plane for each surface."""
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
    return gpd.GeoDataFrame(
        {
            "building_id": surfaces["building_id"].to_numpy(),
            "surface_tilt": tilt,
            "surface_azimuth": np.where(tilt < 1.0, 180.0, np.degrees(np.arctan2(vector[:, 0], vector[:, 1])) % 360.0),
            "height_m": height - (surfaces["ground_m"].to_numpy() if "ground_m" in surfaces else 0.0),
            "source": "lod2",
            "kind": "roof",
            "area_m2": area,
        },
        geometry=_in_plan(shapes),
        crs=surfaces.crs,
        index=pd.Index([f"{building}#{count}" for building, count in zip(surfaces["building_id"], number, strict=True)], name="plane_id"),
    )


def _in_plan(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Surfaces seen from above, rings that cross themselves mended; what encloses nothing is empty."""
    flat = shapely.force_2d(shapes)
    broken = ~shapely.is_valid(flat)
    flat[broken] = [_polygonal(shape) for shape in shapely.make_valid(flat[broken])]
    flat[shapely.get_dimensions(flat) < 2] = shapely.Polygon()
    return np.asarray(flat)


def _faults(planes: gpd.GeoDataFrame, study: Study | None) -> NDArray[np.object_]:
    rules = _Rules.of(study)
    steep = planes["surface_tilt"].to_numpy() >= rules.angle_max
    nothing, empty = planes["area_m2"].to_numpy() == 0.0, shapely.is_empty(planes.geometry.to_numpy())
    small = planes.area.to_numpy() <= rules.least_surface
    return np.select([nothing, steep, empty, small], ["broken", "steep", "broken", "small"], "").astype(object)


def surface_faults(surfaces: gpd.GeoDataFrame, *, study: Study | None = None) -> dict[str, int]:
    """
    How many LoD2 roof surfaces cannot be planes, and why.

    Parameters
    ----------
    surfaces : GeoDataFrame
        As for `planes_of_surfaces`.
    study : Study, optional
        Its assumptions ``roofs.*``; the cited ones by default.

    Returns
    -------
    dict of str to int
        ``steep``: walls; ``broken``: without a usable outline; ``small``: slivers; ``used``: the others.
    """
    every = _all_planes(surfaces)
    kinds, counts = np.unique(_faults(every, study).astype(str), return_counts=True)
    found = {kind or "used": int(count) for kind, count in zip(kinds, counts, strict=True)}
    return {name: found.get(name, 0) for name in ("used", "steep", "broken", "small")}
