"""What shades a district: roof planes of all buildings and crowns of trees on their ground, and the surfaces of what is no building."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo.shading.geometry import EdgeIndex, edge_index
from ped_geo.shading.surface import NOTHING, Surface, blank, drawn_surface, owners
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Bodies", "Scene", "Surroundings", "build_scene"]

# steps over far hills grow with the distance
HILL_STEP = 0.02


@dataclass(frozen=True)
class Surroundings:
    """
    What is known of a place besides its buildings; each part may be missing.

    Attributes
    ----------
    surface : Surface or None
        Ground with buildings and trees.
    terrain : Surface or None
        Ground, in the same datum; buildings stand on it.
    hills : Surface or None
        Ground in coarse pixels, far beyond the radius within which buildings shade.
    trees : GeoDataFrame or None
        From `ped_geo.shading.tree_crowns`; a surface model shows the trees as they are, so it takes their place.
    """

    surface: Surface | None = None
    terrain: Surface | None = None
    hills: Surface | None = None
    trees: gpd.GeoDataFrame | None = None

    @classmethod
    def of_layers(
        cls, surface_model: pd.DataFrame, terrain_model: pd.DataFrame, hills: pd.DataFrame, trees: gpd.GeoDataFrame | None = None
    ) -> Surroundings:
        """
        From the layers of a run.

        Parameters
        ----------
        surface_model, terrain_model, hills : DataFrame
            Heights by row and column of pixels; one without a value stands for a model that is not there. [m]
        trees : GeoDataFrame, optional
            Layer ``trees``.
        """
        models = {"surface": surface_model, "terrain": terrain_model, "hills": hills}
        return cls(**{part: Surface.of_frame(frame) for part, frame in models.items() if frame.size}, trees=trees)


@dataclass(frozen=True)
class Bodies:
    """
    Tops of what stands on the ground: roof planes and crowns of trees.

    Attributes
    ----------
    shapes : array of Polygon, shape (n,)
        In plan, m.
    height_m : array, shape (n,)
        Of the centroid, in the ground's datum.
    tilt, azimuth : array, shape (n,)
        Degrees.
    owner : array of int, shape (n,)
        Row of the building; crowns follow after all buildings.
    """

    shapes: NDArray[np.object_]
    height_m: Array
    tilt: Array
    azimuth: Array
    owner: NDArray[np.int64]


@dataclass(frozen=True)
class Scene:
    """
    Obstacles of a district.

    Attributes
    ----------
    buildings : Index
        Names of the buildings, in the order of the rows below.
    bodies : Bodies
        Roofs of all buildings, and trees.
    ground_m : array, shape (n_buildings,)
        Height of the ground that each stands on. [m]
    edges : EdgeIndex
        Their edges.
    near : Surface or None
        Surface to look over within the radius: everything, or what is no building.
    owner : array of int or None, shape of `near`
        Building of each pixel.
    ground : tuple of Surface
        Ground to look over as far as it reaches, near and far.
    """

    buildings: pd.Index
    bodies: Bodies
    ground_m: Array
    edges: EdgeIndex
    near: Surface | None
    owner: NDArray[np.int32] | None
    ground: tuple[Surface, ...]

    def surfaces(self, radius_m: float) -> Iterator[tuple[Surface, float, float, NDArray[np.int32] | None]]:
        """Each surface with how far to look over it [m], the growth of steps and the owner of its pixels."""
        if self.near is not None:
            yield self.near, radius_m, 0.0, self.owner
        for ground in self.ground:
            yield ground, float(np.hypot(*ground.values.shape)) * ground.pixel_m, HILL_STEP, None


def build_scene(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study, around: Surroundings | None = None) -> Scene:
    """
    Put together what shades.

    Parameters
    ----------
    planes : GeoDataFrame
        Layer ``roof_planes`` of the district.
    buildings : GeoDataFrame
        Layer ``buildings``, with the ring around the district.
    study : Study
        ``[solar] shading``, ``radius_m`` and ``raster_m``.
    around : Surroundings, optional
        Surface, terrain, hills and trees.
    """
    around = around or Surroundings()
    surface, terrain = around.surface, around.terrain
    footprints = buildings.geometry.to_numpy()
    owner = owners(footprints, np.arange(len(buildings)), surface) if surface is not None else None
    ground = _ground(footprints, around, owner, study)
    bodies = _bodies(_all_roofs(planes, buildings, study), buildings, ground, around, study)
    edges = edge_index(bodies.shapes, bodies.height_m, tilt=bodies.tilt, azimuth=bodies.azimuth, building=bodies.owner)
    near: Surface | None
    if study.solar.shading == "exact":
        near, owner = (_without_buildings(surface, owner, terrain), None) if surface is not None and owner is not None else (None, None)
    elif surface is not None:
        near = surface
    else:
        level = blank(_around(planes, study.solar.radius_m), study.solar.raster_m, float(ground.min(initial=0.0)))
        near = drawn_surface(bodies.shapes, bodies.height_m, bodies.tilt, bodies.azimuth, level)
        owner = owners(footprints, np.arange(len(buildings)), near)
    looked_over = tuple(ground for ground in (terrain, around.hills) if ground is not None)
    return Scene(buildings.index, bodies, ground, edges, near, owner, looked_over)


def _bodies(roofs: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, ground: Array, around: Surroundings, study: Study) -> Bodies:
    """Roofs, then crowns, each on the ground below it."""
    building = buildings.index.get_indexer(roofs["building_id"])
    height, tilt, azimuth = (roofs[name].to_numpy(dtype="float64") for name in ("height_m", "surface_tilt", "surface_azimuth"))
    found = Bodies(roofs.geometry.to_numpy(), height + ground[building], tilt, azimuth, building)
    trees = around.trees
    if around.surface is not None or trees is None or trees.empty:
        return found
    crowns = trees.geometry.to_numpy()
    level = np.zeros(len(crowns))
    top = trees["height_m"].to_numpy(dtype="float64") + _ground(crowns, around, None, study)
    return Bodies(
        np.concatenate([found.shapes, crowns]),
        np.concatenate([found.height_m, top]),
        np.concatenate([tilt, level]),
        np.concatenate([azimuth, level]),
        np.concatenate([building, len(buildings) + np.arange(len(crowns))]),
    )


def _around(planes: gpd.GeoDataFrame, radius_m: float) -> tuple[float, float, float, float]:
    west, south, east, north = planes.total_bounds
    return west - radius_m, south - radius_m, east + radius_m, north + radius_m


def _all_roofs(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Roof planes of the district, and inferred ones of the ring around it."""
    import pandas as pd

    from ped_geo.roofs import roof_planes

    known = planes[planes["kind"] == "roof"]
    others = buildings[~buildings.index.isin(known["building_id"])]
    return pd.concat([known, roof_planes(others, study=study)]) if len(others) else known


def _ground(footprints: NDArray[np.object_], around: Surroundings, owner: NDArray[np.int32] | None, study: Study) -> Array:
    """Ground under each building: of the terrain, else the lower part of the surface around it, else level; m."""
    surface, terrain = around.surface, around.terrain
    middle = shapely.get_coordinates(shapely.centroid(footprints))
    if terrain is not None:
        found = terrain.at(middle)
    elif surface is not None and owner is not None:
        percent, ring = study.assumed("elevation.ground_percentile"), study.assumed("elevation.ground_ring")
        found = np.array([_low_around(shape, surface, owner, ring_m=ring, percent=percent) for shape in footprints])
    else:
        return np.zeros(len(footprints))
    known = np.isfinite(found)
    return np.where(known, found, np.median(found[known]) if known.any() else 0.0)


def _low_around(shape: shapely.Geometry, surface: Surface, owner: NDArray[np.int32], *, ring_m: float, percent: float) -> float:
    """A low percentile of the surface in the pixels around a building that are no building."""
    bounds, ring = shapely.bounds(shape), int(np.ceil(ring_m / surface.pixel_m))
    low = np.floor(surface.places(bounds[None, [0, 3]]))[0].astype(int) - ring
    high = np.ceil(surface.places(bounds[None, [2, 1]]))[0].astype(int) + ring
    window = (slice(max(low[1], 0), max(high[1], 0)), slice(max(low[0], 0), max(high[0], 0)))
    values = surface.values[window][owner[window] < 0]
    values = values[values > NOTHING]
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def _without_buildings(surface: Surface, owner: NDArray[np.int32], terrain: Surface | None) -> Surface:
    """The surface with buildings, and the pixel around them that shows their walls, taken out: down to the ground where it is known."""
    built = owner >= 0
    for axis in (0, 1):
        for step in (-1, 1):
            built = built | np.roll(owner >= 0, step, axis=axis)
    values = surface.values.copy()
    row, column = np.nonzero(built)
    if terrain is None:
        values[built] = NOTHING
    else:
        x, y = surface.west + (column + 0.5) * surface.pixel_m, surface.north - (row + 0.5) * surface.pixel_m
        values[built] = np.nan_to_num(terrain.at(np.column_stack([x, y])), nan=float(NOTHING)).astype(np.float32)
    return replace(surface, values=values)
