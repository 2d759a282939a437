"""Green, blue and heat of every block: the layers ``green_blocks`` and ``green_roofs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo.access import destinations
from ped_geo.green import heat, zones
from ped_geo.green.cover import COVERS, Ground, cover_shares, draw_ground, remainder_pervious, runoff_and_green
from ped_geo.green.roofs import green_roofs
from ped_geo.green.sky import block_sky_view

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["MEASURES", "GreenInputs", "green_of"]

MEASURES: Final = ("more_trees", "unseal_parking", "green_roofs", "shade_at_stops")
"""Measures that need neither pipes nor contracts, in the order in which they are told."""
CELL_M: Final = 20.0
ROUGHNESS_PER_HEIGHT: Final = 0.1
NEAR_CROWN_M: Final = 8.0
WALK_TO_GREEN_M: Final = 300.0
MOSTLY: Final = 0.5
COMMERCIAL: Final = ("retail", "supermarket", "office")
HOMES: Final = ("residential_multi", "residential_single")


@dataclass(frozen=True)
class GreenInputs:
    """Layers that the green room reads, by their names in the schema; ``areas`` to ``footprints`` are raw."""

    blocks: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    ways: gpd.GeoDataFrame
    points_of_interest: gpd.GeoDataFrame
    footprints: gpd.GeoDataFrame
    trees: gpd.GeoDataFrame
    access: pd.DataFrame
    roof_planes: gpd.GeoDataFrame
    pv_buildings: pd.DataFrame
    weather: pd.DataFrame


def green_of(given: GreenInputs, study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Layers ``green_blocks`` and ``green_roofs``.

    Parameters
    ----------
    given : GreenInputs
        Layers of the run.
    study : Study
        Assumptions ``green.*``.
    """
    inside = given.buildings[given.buildings["in_district"]]
    blocks = given.blocks
    ground = draw_ground(blocks, given.buildings, given.areas, given.ways, given.trees, given.footprints, study)
    shares = cover_shares(ground, blocks.index)
    pervious = remainder_pervious(inside, shares, study)
    rain = runoff_and_green(shares, pervious)
    sky = block_sky_view(ground, given.buildings, blocks.index)
    around = _around(blocks, ground, shares, rain, study)
    zone = _told_zones(zones.local_climate_zones(_zone_indicators(blocks, inside, around, sky, study)), around)
    vegetation = around["vegetation_500"]
    warm = heat.heat_island(sky, vegetation, heat.hot_day_factor(given.weather, study))
    roofs = green_roofs(inside, given.roof_planes, given.pv_buildings, study)
    table = (
        shares[[f"cover_{name}" for name in COVERS]]
        .join([rain.drop(columns=["albedo", "evapotranspiration_index"]), zone, warm])
        .assign(
            remainder_pervious_share=pervious,
            land_cover_source=_sources(given, shares),
            canopy_share=shares["canopy_share"],
            sky_view=sky,
            vegetation_500_share=vegetation,
            heat_island_step=[f"step_{step}" for step in heat.heat_steps(sky, vegetation)],
            cooling_capacity=heat.cooling_capacity(
                shares[["canopy_share", "cover_wood"]].max(axis=1), rain["albedo"], rain["evapotranspiration_index"]
            ),
        )
    )
    return table.join(_wanted(given, table, roofs, study)), roofs


def _told_zones(zone: pd.DataFrame, ring: pd.DataFrame) -> pd.DataFrame:
    """Types that rest on cover alone are unknown where no source tells most of it: a rule for what is untold makes no meadow."""
    by_cover = zone["lcz"].isin(zones.BY_COVER) & (ring["remainder"] > MOSTLY)
    return zone.assign(lcz=zone["lcz"].where(~by_cover, "lcz_unknown"))


def _sources(given: GreenInputs, shares: pd.DataFrame) -> Array:
    """Who tells most of each block's ground: of streets and buildings alone, who drew the buildings."""
    registered = [layer["source"].astype("str").str.startswith("bdot10k").any() for layer in (given.areas, given.footprints)]
    register = any(registered) & (shares["register_share"] >= shares["mapped_share"])
    return np.select([shares["cover_remainder"] == 1.0, register], ["inferred: remainder", "bdot10k"], "osm")


def _around(blocks: gpd.GeoDataFrame, ground: Ground, shares: pd.DataFrame, rain: pd.DataFrame, study: Study) -> pd.DataFrame:
    """
    Cover of each block with the ring that belongs to its climate zone, and vegetation within 500 m.

    Only ground of the district counts: outside of it nobody knows how whole the data are.
    """
    import pandas as pd

    step = max(round(CELL_M / ground.grid.pixel_m), 1)
    row, column = np.nonzero(ground.block >= 0)
    block, cover = ground.block[row, column], ground.cover[row, column].astype(np.int64)
    cell, place = np.unique(np.column_stack([row // step, column // step]), axis=0, return_inverse=True)
    place = place.ravel()
    sums = np.bincount(place * len(COVERS) + cover, minlength=len(cell) * len(COVERS)).reshape(-1, len(COVERS)).astype("float64")
    left = cover == 0
    soft = np.bincount(place[left], weights=_remainder(shares, rain)[block[left]], minlength=len(cell))
    crowns = np.bincount(place, weights=ground.canopy[row, column], minlength=len(cell))
    side = step * ground.grid.pixel_m
    middles = shapely.points(ground.grid.west + (cell[:, 1] + 0.5) * side, ground.grid.north - (cell[:, 0] + 0.5) * side)
    tree = shapely.STRtree(np.asarray(middles, dtype=object).ravel())
    table = np.column_stack([sums, soft, crowns])
    near, far = (
        _sums_within(blocks.geometry.to_numpy(), tree, table, study.assumed(f"green.{key}")) for key in ("zone_ring", "vegetation_reach")
    )
    names = [*COVERS, "soft", "crowns"]
    ring = pd.DataFrame(near, index=blocks.index, columns=names)
    ring = ring.div(ring[list(COVERS)].sum(axis=1).clip(lower=1.0), axis=0)
    wide = pd.DataFrame(far, index=blocks.index, columns=names)
    green = wide[["low_green", "wood", "soft"]].sum(axis=1) / wide[list(COVERS)].sum(axis=1).clip(lower=1.0)
    return ring.assign(vegetation_500=green)


def _remainder(shares: pd.DataFrame, rain: pd.DataFrame) -> Array:
    """Pervious share of each block's remainder."""
    left = shares["cover_remainder"].to_numpy()
    told = shares[["cover_low_green", "cover_wood"]].sum(axis=1).to_numpy()
    return np.asarray(np.divide(rain["vegetation_share"].to_numpy() - told, left, out=np.zeros(len(left)), where=left > 0.0))


def _sums_within(shapes: NDArray[np.object_], tree: shapely.STRtree, table: Array, reach_m: float) -> Array:
    """Sums of cells whose middles lie within a distance of each shape, shape (shapes, columns)."""
    from scipy.sparse import coo_array

    shape, cell = tree.query(shapes, predicate="dwithin", distance=reach_m)
    return np.asarray(coo_array((np.ones(len(cell)), (shape, cell)), shape=(len(shapes), len(table))).tocsr() @ table)


def _zone_indicators(blocks: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, ring: pd.DataFrame, sky: pd.Series, study: Study) -> pd.DataFrame:
    """What `zones.local_climate_zones` asks of each block and its ring."""
    import pandas as pd

    use = inside["use"].astype("str")
    area, height = inside["footprint_area_m2"], inside["height_m"].clip(lower=0.1)
    parts = pd.DataFrame(
        {
            "area": area,
            "log_height": area * np.log(height),
            "facade": inside["exposed_perimeter_m"] * height,
            "levels": area * inside["storeys_above_ground"],
            "commerce": area * use.isin(COMMERCIAL),
            "industry": area * (use == "industrial"),
            "homes": area * use.isin(HOMES),
        }
    )
    middles = shapely.STRtree(shapely.centroid(inside.geometry.to_numpy()))
    sums = _sums_within(blocks.geometry.to_numpy(), middles, parts.to_numpy(dtype="float64"), study.assumed("green.zone_ring"))
    found = pd.DataFrame(sums, index=blocks.index, columns=parts.columns)
    built = ring["building"] + ring["green_roof"]
    footprint = found["area"].where(found["area"] > 0.0)
    # footprints by their share of the ground give the ground that they stand on
    open_m2 = footprint / built.where(built > 0.0) * (1.0 - built)
    tall = np.nan_to_num(np.exp((found["log_height"] / footprint).to_numpy(float)))
    soft = ring[["low_green", "wood", "soft"]].sum(axis=1)
    return pd.DataFrame(
        {
            "svf": sky,
            "ground_svf": sky,
            "aspect_ratio": (found["facade"] / open_m2.where(open_m2 > 0.0)).fillna(0.0),
            "building_fraction": built,
            "impervious_fraction": ring["paved"] + ring["road"] + ring["remainder"] - ring["soft"],
            "pervious_fraction": soft + ring["unsealed"],
            "height_m": tall,
            "roughness_length_m": tall * ROUGHNESS_PER_HEIGHT,
            "high_vegetation": ring[["wood", "crowns"]].max(axis=1),
            "low_vegetation": (soft - ring[["wood", "crowns"]].max(axis=1)).clip(lower=0.0),
            "water": ring["water"],
            # no map tells heavy industry from other industry
            "heavy_industry_share": 0.0,
            "light_industry_share": (found["industry"] / footprint).fillna(0.0),
            "commercial_share": (found["commerce"] / footprint).fillna(0.0),
            "residential_share": (found["homes"] / footprint).fillna(0.0),
            "mean_levels": (found["levels"] / footprint).fillna(0.0),
        },
        index=blocks.index,
    )


def _wanted(given: GreenInputs, table: pd.DataFrame, roofs: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Rules that blocks keep, and the measures that would help, with their amounts."""
    import pandas as pd

    blocks, target = given.blocks, study.assumed("green.canopy_target")
    canopy = table[["canopy_share", "cover_wood"]].max(axis=1)
    missing = (target - canopy).clip(lower=0.0) * blocks["area_m2"]
    plain = roofs[roofs["advice"] == "plants_first"]
    roof = plain["flat_roof_m2"].groupby(plain["block_id"]).sum().reindex(blocks.index).fillna(0.0)
    bare = _bare_stops(given)
    poor = table["biologically_active_share"] < study.assumed("green.active_target")
    asked = {
        "more_trees": missing > 0.0,
        "unseal_parking": (blocks["parking_area_m2"] > 0.0) & (poor | (table["impervious_share"] > target)),
        "green_roofs": roof > 0.0,
        "shade_at_stops": bare > 0,
    }
    words = pd.Series("", index=blocks.index)
    for name in MEASURES:
        words = words + np.where(asked[name], f"{name};", "")
    return pd.DataFrame(
        {
            "canopy_30": canopy >= target,
            "green_300": given.access["green_walk_m"].reindex(blocks.index) <= WALK_TO_GREEN_M,
            "active_kept": ~poor,
            "canopy_missing_m2": missing,
            "unsealable_m2": blocks["parking_area_m2"],
            "plant_roofs_m2": roof,
            "stops_without_shade": bare,
            "measures": words.str.rstrip(";"),
        },
        index=blocks.index,
    )


def _bare_stops(given: GreenInputs) -> pd.Series:
    """Stops in each block that no crown stands near."""
    import pandas as pd

    goals = destinations(given.points_of_interest, given.areas, given.buildings.iloc[:0])
    stops = shapely.centroid(goals.geometry.to_numpy()[(goals["kind"] == "stop").to_numpy()])
    crowns = given.trees.geometry.to_numpy()
    shaded, _ = shapely.STRtree(crowns).query(stops, predicate="dwithin", distance=NEAR_CROWN_M)
    bare = np.delete(stops, np.unique(shaded))
    _, block = shapely.STRtree(given.blocks.geometry.to_numpy()).query(bare, predicate="intersects")
    count = np.bincount(block, minlength=len(given.blocks))
    return pd.Series(count.astype("int64"), index=given.blocks.index)
