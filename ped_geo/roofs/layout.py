"""Whole modules on roof planes: rows in the plane's own axes, a set-back, obstacles, and room between the rows of flat roofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ground_cover_ratio", "module_layout"]

NO_MODULES = ("worship",)
FLAT_BELOW_DEG = 5.0
HALLS = ("supermarket", "industrial", "retail", "sport", "other")


def ground_cover_ratio(tilt: float, sun_height: float) -> float:
    """
    Greatest ground cover ratio of rows that do not shade one another when the sun stands at a height straight ahead.

    Parameters
    ----------
    tilt, sun_height : float
        Degrees.

    Examples
    --------
    >>> round(ground_cover_ratio(15.0, 16.46), 3)  # check C27
    0.543
    """
    t, h = np.radians(tilt), np.radians(sun_height)
    return float(1.0 / (np.cos(t) + np.sin(t) / np.tan(h)))


@dataclass(frozen=True)
class _Grid:
    """One way to lay rows: size of a module in the plane's plan axes, pitch of rows, and how many modules stand in a cell."""

    along: float
    deep: float
    pitch: float
    modules: int


def module_layout(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """
    Arrays of whole modules on roof planes.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    buildings : GeoDataFrame
        Layer ``buildings``; heritage and places of worship get no modules, mapped arrays take their room first.
    study : Study
        ``[solar]`` and module data.

    Returns
    -------
    GeoDataFrame
        One row per plane and facing, indexed by ``array_id``: ``plane_id``, ``building_id``, ``rack``, ``surface_tilt``,
        ``surface_azimuth``, ``module_count``, ``capacity_kwp``, ``module_area_m2``, ``row_horizon`` [degrees], polygons of the
        module runs in plan.
    """
    import geopandas as gpd
    import pandas as pd

    barred = buildings["heritage"] | buildings["use"].isin(NO_MODULES) | (buildings["footprint_area_m2"] < 20.0)
    kept = planes[~barred.reindex(planes["building_id"]).to_numpy(dtype=bool)]
    taken = _taken_share(kept, buildings, study)
    rows = []
    flat = (kept["surface_tilt"] < FLAT_BELOW_DEG).to_numpy()
    for rack, chosen, share in _groups(kept, buildings, flat, study):
        if len(chosen):
            rows += _lay(chosen, rack, 1.0 - (1.0 - share) * (1.0 - taken.reindex(chosen.index).to_numpy()), study)
    columns = ["array_id", "plane_id", "building_id", "rack", "surface_tilt", "surface_azimuth", "module_count", "row_horizon", "geometry"]
    table = {name: [row[number] for row in rows] for number, name in enumerate(columns)}
    arrays = gpd.GeoDataFrame(table, geometry="geometry", crs=planes.crs).set_index("array_id")
    for name in ("plane_id", "building_id", "rack"):
        arrays[name] = arrays[name].astype("str")
    arrays["module_count"] = arrays["module_count"].astype("int64")
    arrays["capacity_kwp"] = arrays["module_count"] * study.assumed("pv.module_wp") / 1000.0
    arrays["module_area_m2"] = arrays["module_count"] * study.assumed("pv.module_length") * study.assumed("pv.module_width")
    arrays.index = pd.Index(arrays.index, dtype="str", name="array_id")
    return arrays.sort_index()


def _taken_share(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> np.ndarray:
    """Share of each plane that arrays already mapped on the roof take."""
    per_kwp = study.assumed("pv.module_area") / study.assumed("pv.module_wp") * 1000.0
    area = planes.groupby("building_id")["area_m2"].transform("sum")
    existing = buildings["pv_existing_kwp"].reindex(planes["building_id"]).to_numpy() * per_kwp
    return (existing / area).clip(upper=1.0)


def _groups(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, flat: NDArray[np.bool_], study: Study):  # type: ignore[no-untyped-def]
    """Racks, their planes and the obstacle share of each plane."""
    of_plane = buildings.reindex(planes["building_id"])
    hall = of_plane["use"].isin(HALLS).to_numpy()
    high = (of_plane["storeys_above_ground"] >= study.assumed("building.high_rise_levels")).to_numpy()
    low_share, high_share, hall_share = (study.assumed(f"pv.obstacle_share_{name}") for name in ("flat_low", "flat_high", "hall"))
    share = np.where(hall, hall_share, np.where(high, high_share, low_share))
    facade = (planes["kind"] == "facade").to_numpy()
    yield study.solar.flat_rack, planes[flat & ~facade], share[flat & ~facade]
    pitched = ~flat & ~facade
    yield "flush", planes[pitched], np.full(pitched.sum(), study.assumed("pv.obstacle_share_pitched"))
    yield "facade", planes[facade], np.zeros(facade.sum())


def _lay(planes: gpd.GeoDataFrame, rack: str, share: Array, study: Study) -> list[tuple[object, ...]]:
    if rack == "facade":
        return _facade_rows(planes, study)
    azimuth = _row_azimuth(planes, rack)
    shapes = shapely.buffer(planes.geometry.to_numpy(), -study.solar.setback_m, join_style="mitre")
    turned = _turned(shapes, azimuth, np.cos(np.radians(planes["surface_tilt"].to_numpy())))
    best = _best_runs(turned, _grids(rack, study), share)
    return _rows(planes, rack, azimuth, best, study)


def _grids(rack: str, study: Study) -> list[_Grid]:
    """Portrait and landscape, in the plane's axes; flat racks lie across with room between the rows."""
    long, short = study.assumed("pv.module_length"), study.assumed("pv.module_width")
    if rack == "flush":
        return [_Grid(short, long, long, 1), _Grid(long, short, short, 1)]
    tilt = study.solar.flat_tilt
    deep = short * np.cos(np.radians(tilt))
    if rack == "east_west":
        ratio = study.solar.ground_cover_ratio
        pitch = 2.0 * short / ratio if ratio else 2.0 * deep + study.assumed("pv.walkway")
        return [_Grid(long, 2.0 * deep, max(pitch, 2.0 * deep), 2)]
    ratio = study.solar.ground_cover_ratio or ground_cover_ratio(tilt, study.assumed("pv.winter_noon_height"))
    return [_Grid(long, deep, max(short / ratio, deep), 1)]


def _row_azimuth(planes: gpd.GeoDataFrame, rack: str) -> Array:
    """Direction that the rows face: downhill, or along the axis of a flat roof that is nearest to south or to east and west."""
    if rack == "flush":
        return planes["surface_azimuth"].to_numpy(dtype="float64")
    boxes = shapely.minimum_rotated_rectangle(planes.geometry.to_numpy())
    corners = np.stack([shapely.get_coordinates(box)[:2] for box in boxes])
    step = corners[:, 1] - corners[:, 0]
    axis = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 90.0
    wanted = 180.0 if rack == "south" else 90.0
    return axis + wanted - 90.0 * (axis > 45.0)


def _turned(shapes: NDArray[np.object_], azimuth: Array, cosine: Array) -> NDArray[np.object_]:
    """Plan polygons in the axes of their rows: u along a row, v uphill, stretched to the sloped length."""
    a = np.radians(azimuth)
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    u = -np.cos(a[row]) * xy[:, 0] + np.sin(a[row]) * xy[:, 1]
    v = -(np.sin(a[row]) * xy[:, 0] + np.cos(a[row]) * xy[:, 1])
    return np.asarray(shapely.set_coordinates(shapes.copy(), np.column_stack([u, v / cosine[row]])))


@dataclass(frozen=True)
class _Runs:
    """Runs of modules: plane, grid, u, v and number of cells of each; and the modules kept per plane."""

    plane: NDArray[np.int64]
    u: Array
    v: Array
    cells: NDArray[np.int64]
    grid: list[_Grid]


def _best_runs(shapes: NDArray[np.object_], grids: list[_Grid], share: Array) -> list[_Runs]:
    """The grid with most modules for each plane, rows laid from the lower edge or in the middle of what is left over."""
    tried = [_runs(shapes, grid, offset, share) for grid in grids for offset in (0.0, 0.5)]
    options = [grid for grid in grids for _ in (0.0, 0.5)]
    counts = np.stack(
        [
            np.bincount(plane, weights=cells, minlength=len(shapes)) * grid.modules
            for (plane, _, _, cells), grid in zip(tried, options, strict=True)
        ]
    )
    winner = counts.argmax(axis=0)
    found = []
    for number, ((plane, u, v, cells), grid) in enumerate(zip(tried, options, strict=True)):
        mine = winner[plane] == number
        found.append(_Runs(plane[mine], u[mine], v[mine], cells[mine], [grid]))
    return found


def _runs(
    shapes: NDArray[np.object_], grid: _Grid, offset: float, share: Array
) -> tuple[NDArray[np.int64], Array, Array, NDArray[np.int64]]:
    """Runs of whole cells inside polygons: bands of one module depth, less what lies outside in each band, less obstacles."""
    bounds = shapely.bounds(shapes)
    whole = np.isfinite(bounds[:, 0])
    depth = np.where(whole, bounds[:, 3] - bounds[:, 1], 0.0)
    bands = np.where(depth >= grid.deep, np.floor((depth - grid.deep) / grid.pitch + 1e-9) + 1, 0).astype(int)
    plane = np.repeat(np.arange(len(shapes)), bands)
    number = np.arange(len(plane)) - np.repeat(np.cumsum(bands) - bands, bands)
    spare = depth - grid.deep - (np.maximum(bands, 1) - 1) * grid.pitch
    v = bounds[plane, 1] + offset * spare[plane] + number * grid.pitch
    left, right = bounds[plane, 0], bounds[plane, 2]
    outside = shapely.difference(shapely.box(left, v, right, v + grid.deep), shapes[plane])
    parts, band = shapely.get_parts(outside, return_index=True)
    spans = shapely.bounds(parts)
    real = spans[:, 2] - spans[:, 0] > 1e-6
    order = np.lexsort((spans[real, 0], band[real]))
    blocked, of_band = spans[real][order], band[real][order]
    first = np.searchsorted(of_band, np.arange(len(plane) + 1))
    out_plane, out_u, out_v, out_cells = [], [], [], []
    for index in range(len(plane)):
        reached = left[index]
        gaps = blocked[first[index] : first[index + 1]]
        for start, stop in [*((gap[0], gap[2]) for gap in gaps), (right[index], right[index])]:
            cells = int((start - reached) / grid.along + 1e-9)
            if cells > 0:
                out_plane.append(plane[index])
                out_u.append(reached)
                out_v.append(v[index])
                out_cells.append(cells)
            reached = max(reached, stop)
    return _less_obstacles(
        np.array(out_plane, dtype=np.int64), np.array(out_u), np.array(out_v), np.array(out_cells, dtype=np.int64), grid, share
    )


def _less_obstacles(
    plane: NDArray[np.int64], u: Array, v: Array, cells: NDArray[np.int64], grid: _Grid, share: Array
) -> tuple[NDArray[np.int64], Array, Array, NDArray[np.int64]]:
    """Drop every so-many-th cell of a plane for the obstacles that nobody mapped, evenly over the roof."""
    if not len(plane):
        return plane, u, v, cells
    owner = np.repeat(np.arange(len(plane)), cells)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(cells) - cells, cells)
    of_plane = plane[owner]
    start = np.r_[0, np.flatnonzero(np.diff(of_plane)) + 1]
    rank = np.arange(len(owner)) - np.repeat(start, np.diff(np.r_[start, len(owner)]))
    free = 1.0 - share[of_plane]
    keep = np.floor((rank + 1) * free + 1e-9) > np.floor(rank * free + 1e-9)
    owner, inside = owner[keep], inside[keep]
    begins = np.r_[True, (np.diff(owner) != 0) | (np.diff(inside) != 1)] if len(owner) else np.array([], dtype=bool)
    head = np.flatnonzero(begins)
    count = np.diff(np.r_[head, len(owner)])
    return plane[owner[head]], u[owner[head]] + inside[head] * grid.along, v[owner[head]], count


def _rows(planes: gpd.GeoDataFrame, rack: str, azimuth: Array, runs: list[_Runs], study: Study) -> list[tuple[object, ...]]:
    """Arrays of each plane: one, or one to each side on east-west racks."""
    cosine = np.cos(np.radians(planes["surface_tilt"].to_numpy()))
    sides = (0.0, 180.0) if rack == "east_west" else (0.0,)
    tilt = planes["surface_tilt"].to_numpy() if rack == "flush" else np.full(len(planes), study.solar.flat_tilt)
    found: list[tuple[object, ...]] = []
    for group in runs:
        grid = group.grid[0]
        horizon = _row_horizon(rack, grid, study)
        for side, turn in enumerate(sides):
            deep = grid.deep / len(sides)
            low = group.v + side * deep
            boxes = shapely.box(group.u, low, group.u + group.cells * grid.along, low + deep)
            plan = _back(boxes, azimuth[group.plane], cosine[group.plane])
            for plane in np.unique(group.plane):
                mine = group.plane == plane
                count = int(group.cells[mine].sum()) * grid.modules // len(sides)
                name = str(planes.index[plane])
                facing = float((azimuth[plane] + turn) % 360.0)
                found.append(
                    (
                        f"{name}:{side + 1}",
                        name,
                        planes["building_id"].iloc[plane],
                        rack,
                        float(tilt[plane]),
                        facing,
                        count,
                        horizon,
                        shapely.multipolygons(plan[mine]),
                    )
                )
    return found


def _row_horizon(rack: str, grid: _Grid, study: Study) -> float:
    """Elevation of the row in front, seen from the middle of a module; rows on pitched roofs do not shade one another."""
    if rack == "flush":
        return 0.0
    rise = study.assumed("pv.module_width") * np.sin(np.radians(study.solar.flat_tilt))
    if rack == "east_west":
        gap = grid.pitch - grid.deep + grid.deep / 2.0
        return float(np.degrees(np.arctan2(rise / 2.0, gap)))
    return float(np.degrees(np.arctan2(rise / 2.0, grid.pitch - grid.deep / 2.0)))


def _back(shapes: NDArray[np.object_], azimuth: Array, cosine: Array) -> NDArray[np.object_]:
    """From row axes to plan; the inverse of `_turned`."""
    a = np.radians(azimuth)
    uv, row = shapely.get_coordinates(shapes, return_index=True)
    u, v = uv[:, 0], uv[:, 1] * cosine[row]
    x = -np.cos(a[row]) * u - np.sin(a[row]) * v
    y = np.sin(a[row]) * u - np.cos(a[row]) * v
    return np.asarray(shapely.set_coordinates(shapes.copy(), np.column_stack([x, y])))


def _facade_rows(planes: gpd.GeoDataFrame, study: Study) -> list[tuple[object, ...]]:
    """Façades carry whole modules by area; their wall is not mapped finely enough for a layout."""
    count = np.floor(planes["area_m2"].to_numpy() / (study.assumed("pv.module_length") * study.assumed("pv.module_width")) * 0.8).astype(
        int
    )
    return [
        (f"{name}:1", name, building, "facade", 90.0, float(azimuth), int(number), 0.0, shape)
        for name, building, azimuth, number, shape in zip(
            planes.index, planes["building_id"], planes["surface_azimuth"], count, planes.geometry, strict=True
        )
        if number > 0
    ]
