"""
Land cover: every pixel of a block's ground belongs to one class, so that shares sum to 1.

Ground and canopy are two layers: a crown over asphalt gives shade and lets no rain into the ground. What no source tells is the
remainder; its pervious share is a rule by the kind of the block, and the remainder is told beside every share.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from ped_geo import assumptions
from ped_geo.shading import Surface
from ped_geo.shading.surface import blank, pixels_within

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

    Array = NDArray[np.float64]

__all__ = ["COVERS", "Ground", "area_covers", "cover_shares", "draw_ground", "remainder_pervious", "runoff_and_green", "width_of"]

COVERS: Final = ("remainder", "low_green", "wood", "unsealed", "paved", "road", "water", "building", "green_roof")
"""Classes of ground; where several sources tell of one place, the later class counts."""
PERVIOUS: Final = ("low_green", "wood", "unsealed")
SEALED: Final = ("paved", "road")
GREEN_ROOF: Final = r'"roof:material": "(?:grass|plants?|green|sedum)"'
NOT_GROUND: Final = ("tunnel", "covered")
SQUARE_EDGES: Final = "flat"
LANE_M: Final = 3.25
LEAST_GREEN_ROOF_M2: Final = 10.0
"""Smaller green roofs do not count in Poland, WT par. 3 p. 22."""


@dataclass(frozen=True)
class Ground:
    """
    Land cover of a place on pixels.

    Attributes
    ----------
    grid : Surface
        Where the pixels lie.
    cover : array of int, shape (rows, columns)
        Place in `COVERS`.
    canopy : array of bool, shape (rows, columns)
        Whether a crown stands above.
    block : array of int, shape (rows, columns)
        Row of the block, -1 outside all.
    registered, mapped : array of bool, shape (rows, columns)
        Whether a topographic register tells the ground, and whether another map alone does.
    """

    grid: Surface
    cover: NDArray[np.uint8]
    canopy: NDArray[np.bool_]
    block: NDArray[np.int32]
    registered: NDArray[np.bool_]
    mapped: NDArray[np.bool_]


def draw_ground(
    blocks: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame,
    trees: gpd.GeoDataFrame,
    footprints: gpd.GeoDataFrame,
    study: Study,
) -> Ground:
    """
    Draw all that is known of the ground onto pixels.

    Parameters
    ----------
    blocks, buildings, trees : GeoDataFrame
        Layers of these names.
    areas, ways, footprints : GeoDataFrame
        Raw layers in metres with ``tags`` and ``source``.
    study : Study
        ``green.map_pixels``: pixels of 1 m, or as coarse as that asks.

    Notes
    -----
    Areas of a topographic register (BDOT10k) cover the ground without gaps and go before those of OpenStreetMap; its built-up
    ground tells no cover and stays remainder. Buildings, water and streets go before both.
    """
    bounds = tuple(blocks.total_bounds)
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    pixel = max(1.0, float(np.ceil(np.sqrt(area / study.assumed("green.map_pixels")))))
    grid = blank(bounds, pixel)
    of_block = np.full(grid.values.shape, -1, dtype=np.int32)
    for shape, row, column in pixels_within(blocks.geometry.to_numpy(), grid):
        of_block[row, column] = shape
    told = area_covers(areas)
    registered = areas["source"].astype("str").str.startswith("bdot10k").to_numpy()
    crowd, register = (_drawn(areas.geometry.to_numpy()[own], told[own], grid) for own in (~registered, registered))
    cover = np.where(register > 0, register, crowd)
    streets = _street_areas(ways)
    green = _green_roofs(buildings, footprints)
    roofs = np.where(green, COVERS.index("green_roof"), COVERS.index("building")).astype(np.uint8)
    for shapes, codes in ((streets, np.full(len(streets), COVERS.index("road"), np.uint8)), (buildings.geometry.to_numpy(), roofs)):
        cover = np.maximum(cover, _drawn(shapes, codes, grid))
    crowns = _drawn(trees.geometry.to_numpy(), np.ones(len(trees), np.uint8), grid) > 0
    return Ground(grid, cover, crowns & (cover < COVERS.index("building")), of_block, register > 0, (crowd > 0) & (register == 0))


def _drawn(shapes: NDArray[np.object_], codes: NDArray[np.uint8], grid: Surface) -> NDArray[np.uint8]:
    """The highest code of the shapes over each pixel's middle; 0 where there is none."""
    found = np.zeros(grid.values.shape, dtype=np.uint8)
    rows, columns = grid.values.shape
    extent = (grid.west, grid.north - rows * grid.pixel_m, grid.west + columns * grid.pixel_m, grid.north)
    # a wood that goes on for kilometres is cut before its pixels are looked at
    cut = np.asarray(shapely.clip_by_rect(shapely.make_valid(shapes), *extent), dtype=object)
    near = (shapely.area(cut) > 0.0) & (codes > 0)
    if near.any():
        for shape, row, column in pixels_within(cut[near], grid):
            np.maximum.at(found, (row, column), codes[near][shape])
    return found


def area_covers(areas: gpd.GeoDataFrame) -> NDArray[np.uint8]:
    """
    Class of each area by its tags.

    Parameters
    ----------
    areas : GeoDataFrame, shape (n,)
        With ``tags``.

    Returns
    -------
    array of int, shape (n,)
        Place in `COVERS`; 0 where the tags tell none.
    """
    rules = assumptions.table("land_cover")
    kind = {(key, value): COVERS.index(cover) for cover, key, value in zip(rules["cover"], rules["key"], rules["value"], strict=True)}
    found = np.zeros(len(areas), dtype=np.uint8)
    for number, text in enumerate(areas["tags"]):
        tags = json.loads(text)
        if tags.get("parking") == "underground" or tags.get("location") == "underground":
            continue
        code = max((kind.get(pair, 0) for pair in tags.items()), default=0)
        # a pitch of grass is a lawn
        found[number] = COVERS.index("low_green") if tags.get("surface") == "grass" and code == COVERS.index("unsealed") else code
    return found


def _street_areas(ways: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Ground under carriageways and paths, from their width, lanes or class."""
    usual = dict(assumptions.table("way_widths")[["highway", "width_m"]].itertuples(index=False, name=None))
    shapes, widths = [], []
    for shape, text in zip(ways.geometry.to_numpy(), ways["tags"], strict=True):
        tags = json.loads(text)
        kind = tags.get("highway", "")
        if kind not in usual or any(tags.get(key, "no") != "no" for key in NOT_GROUND) or tags.get("layer", "0").startswith("-"):
            continue
        told = width_of(tags.get("width", ""))
        lanes = width_of(tags.get("lanes", "")) * LANE_M
        shapes.append(shape)
        widths.append(next(width for width in (told, lanes, float(usual[kind])) if np.isfinite(width)))
    lines = np.array(shapes, dtype=object)
    return np.asarray(shapely.buffer(lines, np.array(widths) / 2.0, cap_style=SQUARE_EDGES)) if len(lines) else lines


def width_of(words: str) -> float:
    """
    A width [m] or a count of lanes of up to 100; not a number else.

    Examples
    --------
    >>> width_of("4,5 m"), width_of("wide")
    (4.5, nan)
    """
    digits = words.strip().removesuffix("m").strip().replace(",", ".")
    value = float(digits) if digits.replace(".", "", 1).isdecimal() else np.nan
    return value if 0.5 <= value <= 100.0 else np.nan


def _green_roofs(buildings: gpd.GeoDataFrame, footprints: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Whether plants grow on each building's roof, as the map tells."""
    green = footprints["tags"].astype("str").str.contains(GREEN_ROOF, regex=True)
    told = green[~green.index.duplicated()].reindex(buildings.index)
    return told.eq(True).to_numpy() & (buildings.area >= LEAST_GREEN_ROOF_M2).to_numpy()


def cover_shares(ground: Ground, blocks: pd.Index) -> pd.DataFrame:
    """
    Shares of each block's ground.

    Parameters
    ----------
    ground : Ground
        Land cover.
    blocks : Index
        Blocks in the order of `Ground.block`.

    Returns
    -------
    DataFrame, shape (n_blocks, 12)
        ``cover_<class>`` of `COVERS`, which sum to 1 [-]; ``canopy_share`` under crowns [-]; ``register_share`` of ground that a
        topographic register tells, ``mapped_share`` that another map alone does [-]. A block smaller than a pixel is remainder.
    """
    import pandas as pd

    inside = ground.block >= 0
    block, cover = ground.block[inside], ground.cover[inside]
    count = len(blocks)
    cells = np.bincount(block * len(COVERS) + cover, minlength=count * len(COVERS)).reshape(count, len(COVERS)).astype("float64")
    cells[:, 0] += cells.sum(axis=1) == 0.0
    whole = cells.sum(axis=1)
    found = {f"cover_{name}": cells[:, number] / whole for number, name in enumerate(COVERS)}
    for name, part in (("canopy_share", ground.canopy), ("register_share", ground.registered), ("mapped_share", ground.mapped)):
        found[name] = np.bincount(block, weights=part[inside], minlength=count) / whole
    return pd.DataFrame(found, index=blocks)


KINDS: Final = {
    "services": ("retail", "supermarket", "office", "other"),
    "industry": ("industrial",),
    "school": ("school", "kindergarten", "health", "sport", "culture", "worship"),
}
"""Uses whose ground is not that of homes."""


def remainder_pervious(inside: gpd.GeoDataFrame, shares: pd.DataFrame, study: Study) -> pd.Series:
    """
    Pervious share of the ground that no source tells, by what stands most in the block.

    Parameters
    ----------
    inside : GeoDataFrame
        Layer ``buildings`` of the district.
    shares : DataFrame
        From `cover_shares`.
    study : Study
        Assumptions ``green.pervious_*``.
    """
    import pandas as pd

    kind_of = {use: kind for kind, uses in KINDS.items() for use in uses}
    kinds = inside["use"].astype("str").map(kind_of).fillna("home")
    area = inside["footprint_area_m2"].groupby([inside["block_id"], kinds]).sum().unstack().reindex(shares.index).fillna(0.0)
    leading = area.idxmax(axis=1) if area.shape[1] else pd.Series("home", index=shares.index)
    built = shares["cover_building"] + shares["cover_green_roof"]
    home = np.select(
        [built > study.assumed("green.courtyard_built_share"), built > study.assumed("green.perimeter_built_share")],
        [study.assumed("green.pervious_courtyard"), study.assumed("green.pervious_perimeter")],
        study.assumed("green.pervious_estate"),
    )
    others = {kind: study.assumed(f"green.pervious_{kind}") for kind in KINDS}
    return leading.map(others).astype("float64").fillna(pd.Series(home, index=shares.index))


def runoff_and_green(shares: pd.DataFrame, pervious: pd.Series) -> pd.DataFrame:
    """
    What the ground does with rain and life.

    Parameters
    ----------
    shares : DataFrame
        From `cover_shares`.
    pervious : Series
        Pervious share of the remainder. [-]

    Returns
    -------
    DataFrame
        ``biologically_active_share`` (Polish definition: green ground, water and half of the green roofs), ``biotope_area_factor``
        (Berlin, edition of 1990/1994), ``runoff_coefficient`` (means, not of storms), ``albedo``, ``evapotranspiration_index``,
        ``impervious_share`` without buildings, ``pervious_share`` and ``vegetation_share``. [-]

    Examples
    --------
    >>> import pandas as pd
    >>> block = {"building": 0.15, "green_roof": 0.1, "paved": 0.25, "low_green": 0.4, "water": 0.1}
    >>> shares = pd.DataFrame([{f"cover_{name}": block.get(name, 0.0) for name in COVERS} | {"canopy_share": 0.0}])
    >>> found = runoff_and_green(shares, pd.Series([0.7])).iloc[0]
    >>> [round(float(found[name]), 4) for name in ("biologically_active_share", "biotope_area_factor", "runoff_coefficient")]
    [0.55, 0.57, 0.5575]
    """
    import pandas as pd

    rules = assumptions.table("land_cover_classes").set_index("cover")
    parts = pd.DataFrame({name: shares[f"cover_{name}"] for name in COVERS if name != "remainder"})
    left = shares["cover_remainder"]
    parts = parts.assign(remainder_green=left * pervious, remainder_sealed=left * (1.0 - pervious))
    weights = rules.loc[parts.columns]
    factors = {
        "biologically_active_share": "active",
        "biotope_area_factor": "biotope",
        "runoff_coefficient": "runoff",
        "albedo": "albedo",
        "evapotranspiration_index": "crop_factor",
    }
    found = {name: parts.to_numpy() @ weights[column].to_numpy(dtype="float64") for name, column in factors.items()}
    crowns = shares["canopy_share"].to_numpy()
    # leaves above asphalt evaporate as those of a wood do
    leaves = rules["crop_factor"].astype("float64").to_dict()
    index = found["evapotranspiration_index"]
    bare = parts[["paved", "road", "unsealed", "remainder_sealed"]].sum(axis=1).to_numpy()
    found["evapotranspiration_index"] = np.minimum(index + crowns * bare * (leaves["wood"] - leaves["paved"]), 1.0)
    return pd.DataFrame(found, index=shares.index).assign(
        impervious_share=parts[[*SEALED, "remainder_sealed"]].sum(axis=1),
        pervious_share=parts[[*PERVIOUS, "remainder_green"]].sum(axis=1),
        vegetation_share=parts[["low_green", "wood", "remainder_green"]].sum(axis=1),
    )
