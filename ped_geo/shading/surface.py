"""
Horizons from heights on a grid: a surface model of the user's, or one drawn from buildings.

Points look along rays, a pixel a step. For all pixels of a grid at once, parallel lines are swept instead: see
`ped_geo.shading._kernels.sweep_lines`. Pixels, not methods, set the accuracy: at 1 m an edge may lie half a metre off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.shading.geometry import plane_height

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Grid = NDArray[np.float32]

__all__ = ["Surface", "drawn_surface", "owners", "pixels_within", "surface_horizons", "sweep"]

# a rise of more than this many times the step is a wall and not a slope, and its face lies between two pixels
WALL_SLOPE = 2.0
NOTHING = np.float32(-1e4)
CANDIDATES = 5_000_000


@dataclass(frozen=True)
class Surface:
    """
    Heights on a grid of square pixels, north up.

    Attributes
    ----------
    values : array, shape (rows, columns)
        Heights in single precision, the northernmost row first. [m]
    west, north : float
        Outer edges. [m]
    pixel_m : float
        Side of a pixel. [m]
    """

    values: Grid
    west: float
    north: float
    pixel_m: float

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Surface:
        """
        From a table with northings of pixel middles as index, from north to south, and eastings as columns; unknown is far down.

        Examples
        --------
        >>> import pandas as pd
        >>> Surface.of_frame(pd.DataFrame([[1.0, 2.0]], index=[0.5], columns=[10.5, 11.5])).west
        10.0
        """
        x, y = np.asarray(frame.columns, dtype="float64"), np.asarray(frame.index, dtype="float64")
        pixel = float(x[1] - x[0]) if len(x) > 1 else float(y[0] - y[1])
        values = np.ascontiguousarray(np.where(np.isfinite(frame.to_numpy()), frame.to_numpy(), NOTHING), dtype=np.float32)
        return cls(values, float(x[0]) - pixel / 2.0, float(y[0]) + pixel / 2.0, pixel)

    def frame(self) -> pd.DataFrame:
        """The table that `of_frame` reads."""
        import pandas as pd

        x, y = self.middles()
        return pd.DataFrame(self.values, index=y, columns=x)

    def middles(self) -> tuple[Array, Array]:
        """Eastings of the columns' middles, shape (columns,), and northings of the rows', shape (rows,)."""
        rows, columns = self.values.shape
        column, row = np.arange(columns, dtype="float64"), np.arange(rows, dtype="float64")
        return self.west + (column + 0.5) * self.pixel_m, self.north - (row + 0.5) * self.pixel_m

    def coarser(self, most_pixels: float) -> Surface:
        """
        The surface as it is, or every so-many-th pixel of it where it has more than a number of pixels.

        Examples
        --------
        >>> fine = Surface(np.arange(36, dtype=np.float32).reshape(6, 6), 0.0, 6.0, 1.0)
        >>> found = fine.coarser(4)
        >>> found.values.tolist(), found.pixel_m
        ([[7.0, 10.0], [25.0, 28.0]], 3.0)
        """
        every = int(np.ceil(np.sqrt(self.values.size / most_pixels)))
        if every <= 1:
            return self
        rows, columns = (count // every * every for count in self.values.shape)
        values = np.ascontiguousarray(self.values[every // 2 : rows : every, every // 2 : columns : every])
        return Surface(values, self.west, self.north, self.pixel_m * every)

    def places(self, xy: Array) -> Array:
        """Columns and rows of points as fractions, shape (n, 2)."""
        return np.column_stack([(xy[:, 0] - self.west) / self.pixel_m, (self.north - xy[:, 1]) / self.pixel_m])

    def at(self, xy: Array) -> Array:
        """Heights at points in m, NaN outside and where unknown."""
        column, row = np.floor(self.places(xy)).astype(np.int64).T
        rows, columns = self.values.shape
        known = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        found = np.full(len(xy), np.nan)
        found[known] = self.values[row[known], column[known]]
        return np.where(found > NOTHING, found, np.nan)


def blank(bounds: tuple[float, float, float, float], pixel_m: float, height: float = 0.0) -> Surface:
    """A level surface that covers bounds (west, south, east, north), on whole multiples of its pixel."""
    west, north = np.floor(bounds[0] / pixel_m) * pixel_m, np.ceil(bounds[3] / pixel_m) * pixel_m
    columns, rows = (max(int(np.ceil(span / pixel_m - 1e-9)), 1) for span in (bounds[2] - west, north - bounds[1]))
    return Surface(np.full((rows, columns), height, dtype=np.float32), float(west), float(north), pixel_m)


def pixels_within(
    shapes: NDArray[np.object_], surface: Surface
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """
    Pixels whose middle lies in each shape, some shapes at a time.

    Yields
    ------
    shape, row, column : array of int, shape (n,)
    """
    if not len(shapes):
        return
    bounds = shapely.bounds(shapes)
    low = np.floor(surface.places(bounds[:, [0, 3]]) - 0.5).astype(np.int64)
    high = np.ceil(surface.places(bounds[:, [2, 1]]) + 0.5).astype(np.int64)
    limit = np.array(surface.values.shape[::-1])
    low, high = np.clip(low, 0, limit), np.clip(high, 0, limit)
    wide, deep = (high - low).T
    shapely.prepare(shapes)
    ends = np.cumsum(wide * deep)
    cuts = np.searchsorted(ends, np.arange(CANDIDATES, ends[-1] + CANDIDATES if len(ends) else 0, CANDIDATES))
    for first, last in zip(np.r_[0, cuts[:-1] + 1], np.minimum(cuts + 1, len(shapes)), strict=True):
        some = np.arange(first, last)
        count = (wide * deep)[some]
        shape = np.repeat(some, count)
        place = np.arange(len(shape)) - np.repeat(np.cumsum(count) - count, count)
        column, row = low[shape, 0] + place % wide[shape], low[shape, 1] + place // wide[shape]
        x, y = surface.west + (column + 0.5) * surface.pixel_m, surface.north - (row + 0.5) * surface.pixel_m
        inside = shapely.contains_xy(shapes[shape], x, y)
        yield shape[inside], row[inside], column[inside]


def drawn_surface(shapes: NDArray[np.object_], height_m: Array, tilt: Array, azimuth: Array, ground: Surface) -> Surface:
    """
    Roof planes drawn onto a ground, the highest where they overlap.

    Parameters
    ----------
    shapes : array of Polygon, shape (n,)
        Planes in plan, m.
    height_m, tilt, azimuth : array, shape (n,)
        Height of the centroid in the ground's datum, m; degrees.
    ground : Surface
        What they stand on; it is not changed.
    """
    values = ground.values.copy()
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    for shape, row, column in pixels_within(shapes, ground):
        xy = np.column_stack([ground.west + (column + 0.5) * ground.pixel_m, ground.north - (row + 0.5) * ground.pixel_m])
        height = plane_height(xy, middle[shape], height_m[shape], tilt[shape], azimuth[shape])
        np.maximum.at(values, (row, column), height.astype(np.float32))
    return Surface(values, ground.west, ground.north, ground.pixel_m)


def owners(shapes: NDArray[np.object_], building: NDArray[np.int64], surface: Surface) -> NDArray[np.int32]:
    """Row of the building that each pixel belongs to, -1 where none does; shape (rows, columns)."""
    found = np.full(surface.values.shape, -1, dtype=np.int32)
    for shape, row, column in pixels_within(shapes, surface):
        found[row, column] = building[shape]
    return found


def surface_horizons(
    surface: Surface,
    points: Array,
    *,
    directions: int,
    radius_m: float,
    own: NDArray[np.int64] | None = None,
    owner: NDArray[np.int32] | None = None,
    growth: float = 0.0,
) -> Array:
    """
    Horizon of points by rays over a surface.

    Parameters
    ----------
    surface : Surface
        Heights.
    points : array, shape (n, 3)
        Easting, northing and height in the surface's datum. [m]
    directions : int
        From north over east.
    radius_m : float
        Length of the rays. [m]
    own : array of int, shape (n,), optional
        Building whose pixels do not shade the point, as in `owner`.
    owner : array of int, shape (rows, columns), optional
        From `owners`.
    growth : float
        Share of the distance by which steps grow, for far hills; 0 is a pixel a step.

    Returns
    -------
    array, shape (n, directions)
        Degrees; zero where nothing stands above the point.
    """
    from ped_geo.shading._kernels import march_rays

    angle = np.radians(np.arange(directions) * 360.0 / directions)
    mine = np.full(len(points), -1) if own is None or owner is None else own
    theirs = np.full((1, 1), -1, dtype=np.int32) if own is None or owner is None else owner
    local = np.ascontiguousarray(np.column_stack([surface.places(points[:, :2]), points[:, 2]]))
    tangent = np.zeros((len(points), directions))
    march_rays(
        local, np.asarray(mine, dtype=np.int64), surface.values, theirs, surface.pixel_m, WALL_SLOPE, np.sin(angle), np.cos(angle), radius_m, growth, tangent,
    )  # fmt: skip
    return np.asarray(np.degrees(np.arctan(tangent)))


def sweep(surface: Surface, directions: int) -> Iterator[Grid]:
    """
    Horizon of all pixels, one direction after the other from north over east, without limit of distance.

    Yields
    ------
    array, shape (rows, columns)
        Tangent of the elevation, zero where nothing stands above the pixel.
    """
    from ped_geo.shading._kernels import sweep_lines

    for number in range(directions):
        angle = 2.0 * np.pi * number / directions
        right, down = float(np.sin(angle)), float(-np.cos(angle))
        upright = abs(down) > abs(right) + 1e-12
        grid = surface.values.T if upright else surface.values
        ahead, aside = (down, right) if upright else (right, down)
        grid = np.ascontiguousarray(grid[:, ::-1] if ahead < 0 else grid)
        slope = aside / abs(ahead)
        tangent = np.empty_like(grid)
        sweep_lines(grid, slope, surface.pixel_m * float(np.hypot(1.0, slope)), WALL_SLOPE, tangent)
        tangent = tangent[:, ::-1] if ahead < 0 else tangent
        yield tangent.T if upright else tangent
