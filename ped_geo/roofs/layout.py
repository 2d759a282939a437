"""Whole modules on roof planes: rows in the plane's own axes, a set-back, obstacles, and room between the rows of flat roofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.roofs.obstacles import blocked_by
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["barred", "ground_cover_ratio", "module_layout"]

NO_MODULES = ("worship",)
OFFSETS = (0.0, 0.5, 1.0)
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


def module_layout(
    planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, site: Site, study: Study, obstacles: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """
    Arrays of whole modules on roof planes.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes``.
    buildings : GeoDataFrame
        Layer ``buildings``; heritage and places of worship get no modules, mapped arrays take their room first.
    site : Site
        Racks ``south`` face its equator, and the sun of its midwinter noon sets their rows apart.
    study : Study
        ``[solar]`` and module data.
    obstacles : GeoDataFrame, optional
        From `roof_obstacles`: modules keep the set-back from them, and they count against the share of unmapped ones.

    Returns
    -------
    GeoDataFrame
        One row per plane and facing, indexed by ``array_id``: ``plane_id``, ``building_id``, ``rack``, ``surface_tilt``,
        ``surface_azimuth``, ``module_count``, ``capacity_kwp``, ``module_area_m2``, ``row_horizon`` [degrees], polygons of the
        module runs in plan.
    """
    import geopandas as gpd

    free = barred(buildings, study) == ""
    kept = planes[free.reindex(planes["building_id"]).to_numpy(dtype=bool)]
    kept = _with_obstacles(kept, obstacles, study.solar.setback_m)
    taken = _taken_share(kept, buildings, site, study)
    arrays = gpd.GeoDataFrame(_all_racks(kept, buildings, taken, site, study), geometry="geometry", crs=planes.crs)
    arrays = arrays.join(planes["building_id"], on="plane_id")
    arrays["capacity_kwp"] = arrays["module_count"] * study.assumed("pv.module_wp") / 1000.0
    arrays["module_area_m2"] = arrays["module_count"] * study.assumed("pv.module_length") * study.assumed("pv.module_width")
    return arrays.astype({"plane_id": "str", "building_id": "str", "rack": "str", "module_count": "int64"}).sort_index()


def barred(buildings: gpd.GeoDataFrame, study: Study) -> pd.Series:
    """Why a building carries no modules whatever its roof: ``heritage``, a place of ``worship``, ``too_small``; else ""."""
    import pandas as pd

    small = buildings["footprint_area_m2"] < study.assumed("pv.least_roof")
    reasons = [buildings["heritage"].to_numpy(dtype=bool), buildings["use"].isin(NO_MODULES).to_numpy(), small.to_numpy()]
    return pd.Series(np.select(reasons, ["heritage", *NO_MODULES, "too_small"], ""), index=buildings.index)


def _with_obstacles(planes: gpd.GeoDataFrame, obstacles: gpd.GeoDataFrame | None, margin_m: float) -> gpd.GeoDataFrame:
    """Planes with what mapped obstacles take of them."""
    if obstacles is None or obstacles.empty:
        return planes.assign(blocked=None, blocked_share=0.0)
    blocked, share = blocked_by(obstacles, planes, margin_m)
    return planes.assign(blocked=blocked, blocked_share=share)


def _all_racks(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, taken: pd.Series, site: Site, study: Study) -> pd.DataFrame:
    """Arrays of flat roofs, pitched roofs and façades, of which a share of each plane is taken already."""
    import pandas as pd

    found = []
    for rack, chosen, share in _groups(planes, buildings, study):
        mapped = np.minimum(chosen["blocked_share"].to_numpy(), 1.0 - 1e-9)
        unmapped = np.maximum(share - mapped, 0.0) / (1.0 - mapped)
        used = 1.0 - (1.0 - unmapped) * (1.0 - taken.reindex(chosen.index).to_numpy())
        found.append(_lay(chosen, rack, used, site, study))
    return pd.concat(found)


def _taken_share(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, site: Site, study: Study) -> pd.Series:
    """Share of what fits on each plane that arrays already mapped on the roof are, the planes that face the equator first."""
    import pandas as pd

    taken = pd.Series(0.0, index=planes.index)
    existing = buildings["pv_existing_kwp"]
    mine = planes[planes["building_id"].isin(existing.index[existing > 0.0]) & (planes["kind"] == "roof")]
    if mine.empty:
        return taken
    count = _all_racks(mine, buildings, taken, site, study).groupby("plane_id")["module_count"].sum().reindex(mine.index).fillna(0.0)
    fits = count * study.assumed("pv.module_wp") / 1000.0
    off = ((mine["surface_azimuth"] - site.equator_azimuth + 180.0) % 360.0 - 180.0).abs().round(3)
    order = pd.DataFrame({"building_id": mine["building_id"], "off": off}).sort_values(["building_id", "off"]).index
    fits, owner = fits[order], mine["building_id"][order]
    left = existing.reindex(owner).to_numpy() - (fits.groupby(owner).cumsum() - fits)
    taken[order] = (left.clip(lower=0.0) / fits.where(fits > 0.0)).clip(upper=1.0).fillna(0.0)
    return taken


def _groups(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study):  # type: ignore[no-untyped-def]
    """Racks, their planes and the obstacle share of each plane."""
    flat = (planes["surface_tilt"] < study.assumed("pv.flat_below")).to_numpy()
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


def _lay(planes: gpd.GeoDataFrame, rack: str, share: Array, site: Site, study: Study) -> pd.DataFrame:
    if rack == "facade":
        return _facade_arrays(planes, study)
    if not len(planes):
        return _array_table(planes, np.zeros(0, dtype=np.int64), rack, "0")
    axes = _Axes(
        azimuth=_row_azimuth(planes, rack, site.equator_azimuth),
        cosine=np.cos(np.radians(planes["surface_tilt"].to_numpy(dtype="float64"))),
        origin=planes.bounds[["minx", "miny"]].to_numpy(),
    )
    free = shapely.buffer(planes.geometry.to_numpy(), -study.solar.setback_m, join_style="mitre")
    some = np.flatnonzero(planes["blocked_share"] > 0.0)
    free[some] = shapely.difference(free[some], planes["blocked"].to_numpy(dtype=object)[some])
    runs = _best_runs(axes.turned(free), _grids(rack, site, study), share)
    return _arrays(planes, rack, axes, runs, study)


@dataclass(frozen=True)
class _Axes:
    """Axes of the rows of each plane: u along a row, v uphill, stretched to the sloped length; from a corner near by."""

    azimuth: Array
    cosine: Array
    origin: Array

    def only(self, mine: NDArray[np.int64]) -> _Axes:
        """The axes of some planes, repeated at will."""
        return _Axes(self.azimuth[mine], self.cosine[mine], self.origin[mine])

    def turned(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """From plan to row axes."""
        xy, row = shapely.get_coordinates(shapes, return_index=True)
        sine, cosine = np.sin(np.radians(self.azimuth))[row], np.cos(np.radians(self.azimuth))[row]
        x, y = (xy - self.origin[row]).T
        uv = np.column_stack([-cosine * x + sine * y, -(sine * x + cosine * y) / self.cosine[row]])
        return np.asarray(shapely.set_coordinates(shapes.copy(), uv))

    def back(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """From row axes to plan."""
        uv, row = shapely.get_coordinates(shapes, return_index=True)
        sine, cosine = np.sin(np.radians(self.azimuth))[row], np.cos(np.radians(self.azimuth))[row]
        u, v = uv[:, 0], uv[:, 1] * self.cosine[row]
        xy = np.column_stack([-cosine * u - sine * v, sine * u - cosine * v]) + self.origin[row]
        return np.asarray(shapely.set_coordinates(shapes.copy(), xy))


def _grids(rack: str, site: Site, study: Study) -> list[_Grid]:
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
    # beyond the polar circle no distance would do
    height = max(site.midwinter_noon_height, study.assumed("pv.least_noon_height"))
    ratio = study.solar.ground_cover_ratio or ground_cover_ratio(tilt, height)
    return [_Grid(long, deep, max(short / ratio, deep), 1)]


def _row_azimuth(planes: gpd.GeoDataFrame, rack: str, equator_azimuth: float) -> Array:
    """Direction that the rows face: downhill, or along the axis of a flat roof nearest to the equator's or to east and west."""
    if rack == "flush":
        return planes["surface_azimuth"].to_numpy(dtype="float64")
    corners, row = shapely.get_coordinates(shapely.minimum_rotated_rectangle(planes.geometry.to_numpy()), return_index=True)
    first = np.searchsorted(row, np.arange(len(planes)))
    step = corners[first + 1] - corners[first]
    axis = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 90.0
    wanted = equator_azimuth if rack == "south" else 90.0
    return axis + wanted - 90.0 * (axis > 45.0)


@dataclass(frozen=True)
class _Runs:
    """Runs of modules side by side: plane, u and v of the lower left corner, number of cells of each; and their grid."""

    plane: NDArray[np.int64]
    u: Array
    v: Array
    cells: NDArray[np.int64]
    grid: _Grid

    def only(self, mine: NDArray[np.bool_]) -> _Runs:
        """Some of the runs."""
        return _Runs(self.plane[mine], self.u[mine], self.v[mine], self.cells[mine], self.grid)


def _best_runs(shapes: NDArray[np.object_], grids: list[_Grid], share: Array) -> list[_Runs]:
    """The grid and first row with most modules for each plane: rows from the lower edge, in the middle of what is left over, or at the top."""
    edges = _edges(shapes)
    tried = [_less_obstacles(_runs(edges, grid, offset), share) for grid in grids for offset in OFFSETS]
    counts = np.stack([np.bincount(runs.plane, weights=runs.cells, minlength=len(shapes)) * runs.grid.modules for runs in tried])
    winner = counts.argmax(axis=0)
    return [runs.only(winner[runs.plane] == number) for number, runs in enumerate(tried)]


def _edges(shapes: NDArray[np.object_]) -> tuple[Array, NDArray[np.int64], Array]:
    """Edges of polygons, the first edge of each and one more, and their bounds."""
    # a set-back may cut a plane in two at its waist
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    rings, piece = shapely.get_rings(pieces, return_index=True)
    part = owner[piece]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edges = np.hstack([xy[:-1][same], xy[1:][same]])
    first = np.searchsorted(part[ring[:-1][same]], np.arange(len(shapes) + 1)).astype(np.int64)
    return np.ascontiguousarray(edges), first, shapely.bounds(shapes)


def _runs(edges: tuple[Array, NDArray[np.int64], Array], grid: _Grid, offset: float) -> _Runs:
    """Runs of whole cells inside polygons, before obstacles."""
    from ped_geo.roofs._kernels import pack_runs

    found = np.zeros((4 * len(edges[2]) + 64, 4))
    needed = pack_runs(*edges, grid.along, grid.deep, grid.pitch, offset, found)
    if needed > len(found):
        found = np.zeros((needed, 4))
        pack_runs(*edges, grid.along, grid.deep, grid.pitch, offset, found)
    found = found[:needed]
    return _Runs(found[:, 0].astype(np.int64), found[:, 1], found[:, 2], found[:, 3].astype(np.int64), grid)


def _less_obstacles(runs: _Runs, share: Array) -> _Runs:
    """Drop every so-many-th cell of a plane for the obstacles that nobody mapped, evenly over the roof."""
    plane, cells = runs.plane, runs.cells
    if not len(plane):
        return runs
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
    of_run = owner[head]
    return _Runs(
        plane[of_run], runs.u[of_run] + inside[head] * runs.grid.along, runs.v[of_run], np.diff(np.r_[head, len(owner)]), runs.grid
    )


def _arrays(planes: gpd.GeoDataFrame, rack: str, axes: _Axes, found: list[_Runs], study: Study) -> pd.DataFrame:
    """Arrays of each plane: one, or one to each side on east-west racks."""
    import pandas as pd

    sides = (0.0, 180.0) if rack == "east_west" else (0.0,)
    tilt = planes["surface_tilt"].to_numpy() if rack == "flush" else np.full(len(planes), study.solar.flat_tilt)
    tables = [_array_table(planes.iloc[:0], np.zeros(0, dtype=np.int64), rack, "0")]
    for runs in found:
        deep = runs.grid.deep / len(sides)
        plane, number = np.unique(runs.plane, return_inverse=True)
        for side, turn in enumerate(sides):
            table = _array_table(planes, plane, rack, str(side + 1))
            table["surface_tilt"] = tilt[plane]
            table["surface_azimuth"] = (axes.azimuth[plane] + turn) % 360.0
            table["module_count"] = (
                np.bincount(number, weights=runs.cells, minlength=len(plane)).astype(int) * runs.grid.modules // len(sides)
            )
            table["row_horizon"] = _row_horizon(rack, runs.grid, study)
            table["geometry"] = axes.only(plane).back(_outlines(runs, number, side * deep, deep))
            tables.append(table)
    return pd.concat([table for table in tables if len(table)] or tables)


def _outlines(runs: _Runs, number: NDArray[np.int64], above: float, deep: float) -> NDArray[np.object_]:
    """
    What the runs of each array cover, in row axes, rows that touch joined; the part of a row that begins `above` it and is `deep`.

    Edges of neighbouring rows are made the same number first: both lie within a tenth of a micrometre of where the packing put them.
    """
    if not len(number):
        return np.zeros(0, dtype=object)
    begin = np.flatnonzero(np.r_[True, np.diff(number) != 0])
    lowest = np.minimum.reduceat(runs.v, begin)[number]
    row = np.round((runs.v - lowest) / runs.grid.pitch)
    low = lowest + row * runs.grid.pitch + above
    touching = deep > runs.grid.pitch - 1e-9
    high = lowest + (row + 1.0) * runs.grid.pitch + above if touching else low + deep
    left, right = np.round(runs.u, 7), np.round(runs.u + runs.cells * runs.grid.along, 7)
    boxes = np.asarray(shapely.box(left, np.round(low, 7), right, np.round(high, 7)))
    found = np.asarray(shapely.multipolygons(boxes, indices=number))
    # the union costs ten times the test
    met = np.flatnonzero(~shapely.is_valid(found))
    if len(met):
        part, of_array = shapely.get_parts(shapely.union_all(found[met, None], axis=1), return_index=True)
        found[met] = shapely.multipolygons(part, indices=of_array)
    return found


def _array_table(planes: gpd.GeoDataFrame, plane: NDArray[np.int64], rack: str, suffix: str) -> pd.DataFrame:
    """One row per plane that carries an array."""
    import pandas as pd

    names = planes.index.to_numpy(dtype=object)[plane]
    index = pd.Index([f"{name}:{suffix}" for name in names], dtype="str", name="array_id")
    numbers = dict.fromkeys(("surface_tilt", "surface_azimuth", "row_horizon"), 0.0)
    return pd.DataFrame({"plane_id": names, "rack": rack, **numbers, "module_count": 0, "geometry": None}, index=index)


def _row_horizon(rack: str, grid: _Grid, study: Study) -> float:
    """Elevation of the next row's upper edge, seen from the middle of a module; rows on pitched roofs do not shade one another."""
    if rack == "flush":
        return 0.0
    rise = study.assumed("pv.module_width") * np.sin(np.radians(study.solar.flat_tilt)) / 2.0
    # from the middle of a module: to the ridge of the next pair on east-west racks, to the back of the row in front on others
    away = grid.pitch - grid.deep / (4.0 if rack == "east_west" else 2.0)
    return float(np.degrees(np.arctan2(rise, away)))


def _facade_arrays(planes: gpd.GeoDataFrame, study: Study) -> pd.DataFrame:
    """Whole modules on each free wall, upright or lying, whichever gives more; windows take their share of them."""
    long, short = study.assumed("pv.module_length"), study.assumed("pv.module_width")
    width = planes.length.to_numpy() / 2.0 - 2.0 * study.solar.setback_m
    height = 2.0 * (planes["height_m"].to_numpy() - study.solar.facade_min_height_m) - study.solar.setback_m
    count = np.zeros(len(planes))
    for along, up in ((short, long), (long, short)):
        count = np.maximum(count, np.floor(np.maximum(width, 0.0) / along) * np.floor(np.maximum(height, 0.0) / up))
    count = np.floor(count * (1.0 - study.assumed("pv.facade_window_share"))).astype(int)
    some = np.flatnonzero(count > 0)
    table = _array_table(planes, some, "facade", "1")
    table["surface_tilt"] = 90.0
    table["surface_azimuth"] = planes["surface_azimuth"].to_numpy()[some]
    table["module_count"] = count[some]
    table["geometry"] = planes.geometry.to_numpy()[some]
    return table
