"""
Tiles of a city: groups of neighbouring blocks that are computed together, each with what stands around it.

A tile is no square: no block is ever cut. Blocks are ordered along a Hilbert curve and taken one after the other until the tile holds as
many buildings as it may. What a tile brings beyond its own buildings is enough for every block to come out as in the whole city, to the
last digit: the buildings that shade its roofs, and those that stand against these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ped_geo.study import Study

__all__ = ["cut_tiles", "tile_layers", "tile_names"]

LEAST_BLOCKS = 2
"""A tile holds at least so many blocks with buildings: libraries add up a single group in another order than one of several."""

EAVES_M = 5.0
"""Beyond the shading radius: how far a roof's outline and a point on a roof may lie from the footprint that is asked for. [m]"""


def cut_tiles(blocks: gpd.GeoDataFrame, most_buildings: int) -> pd.Series:
    """
    The tile of each block.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``: polygons in metres and the number of their ``buildings``.
    most_buildings : int
        A tile holds no more, unless two neighbouring blocks already do: each has at least `LEAST_BLOCKS` with buildings.

    Returns
    -------
    Series, index ``block_id``
        Number of the tile, from 0 along the curve.

    Raises
    ------
    ValueError
        If tiles may hold no building.

    Examples
    --------
    >>> import geopandas as gpd
    >>> row = gpd.GeoDataFrame({"buildings": [3, 3, 9, 1]}, geometry=[shapely.box(x, 0, x + 1, 1) for x in range(4)], index=list("abcd"))
    >>> cut_tiles(row, 6).to_dict()
    {'a': 0, 'b': 0, 'c': 1, 'd': 1}
    """
    import pandas as pd

    if most_buildings < 1:
        raise ValueError(f"most_buildings is {most_buildings}, must be 1 or more")
    along = blocks.geometry.hilbert_distance().to_numpy()
    order = np.lexsort((blocks.index.to_numpy().astype(str), along))
    counts = blocks["buildings"].to_numpy()
    # as few tiles as the bound allows, of about the same size: a small last one would leave all processors but one idle
    fewest = max(int(np.ceil(counts.sum() / most_buildings)), 1)
    aim = min(most_buildings, int(np.ceil(counts.sum() / fewest)) + int(counts.max(initial=0)))
    number, tile, held, some = np.zeros(len(blocks), dtype=np.int64), 0, 0, 0
    for place, count in zip(order, counts[order], strict=True):
        if some >= LEAST_BLOCKS and held + count > aim:
            tile, held, some = tile + 1, 0, 0
        number[place] = tile
        held += int(count)
        some += int(count > 0)
    if some < LEAST_BLOCKS and tile:
        number[number == tile] = tile - 1
    return pd.Series(number, index=blocks.index, name="tile")


def tile_names(tiles: pd.Series) -> Iterator[tuple[int, str]]:
    """Number and name of each tile, in order."""
    for number in sorted(set(tiles)):
        yield int(number), f"tile-{int(number):05d}"


def tile_layers(layers: Mapping[str, pd.DataFrame], blocks: pd.Index, study: Study) -> dict[str, pd.DataFrame]:
    """
    The layers of a city as the stages of one tile take them.

    Parameters
    ----------
    layers : mapping of str to DataFrame
        Layers of the whole city: ``buildings`` with their blocks, ``blocks``, ``footprints``, ``surfaces``, ``trees``, ``period_odds``,
        ``metered``, and ``heat_joins`` where it is known; others are handed on as they are.
    blocks : Index
        Blocks of the tile.
    study : Study
        ``[solar] radius_m`` and the gap of party walls.

    Returns
    -------
    dict of str to DataFrame
        ``buildings`` are those of the tile (``in_district``) and those around it, in the order of the city.
    """
    buildings = layers["buildings"]
    block = buildings["block_id"].to_numpy(dtype=object)
    own = buildings["in_district"].to_numpy(dtype=bool) & np.isin(block, blocks.to_numpy(dtype=object))
    shapes = buildings.geometry.to_numpy()
    reach = study.solar.radius_m + EAVES_M
    shading = _grown(own, shapes, reach)
    kept = _grown(shading, shapes, study.assumed("building.party_gap"))
    found = dict(layers)
    found["buildings"] = buildings[kept].assign(in_district=own[kept])
    found["blocks"] = layers["blocks"].loc[layers["blocks"].index.isin(blocks)]
    found["footprints"] = _of_shapes(layers["footprints"], shapes[own], 0.0)
    found["surfaces"] = layers["surfaces"][layers["surfaces"]["building_id"].isin(buildings.index[kept]).to_numpy(dtype=bool)]
    found["trees"] = _of_shapes(layers["trees"], shapes[own], reach)
    names = buildings.index[own]
    found["period_odds"] = layers["period_odds"].loc[layers["period_odds"].index.isin(names)]
    if "heat_joins" in layers:
        found["heat_joins"] = layers["heat_joins"][layers["heat_joins"].index.get_level_values("building_id").isin(names)]
    found["metered"] = layers["metered"][layers["metered"]["id"].isin([*names, *blocks]).to_numpy(dtype=bool)]
    return found


def _grown(core: NDArray[np.bool_], shapes: NDArray[np.object_], distance_m: float) -> NDArray[np.bool_]:
    """The core with what lies within a distance of it; what is in it already is not measured against itself."""
    found = core.copy()
    found[~core] = _near(shapes[~core], shapes[core], distance_m)
    return found


def _of_shapes(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_], reach_m: float) -> gpd.GeoDataFrame:
    """Rows within a distance of some shapes, in their order."""
    return frame[_near(frame.geometry.to_numpy(), shapes, reach_m)]


def _near(shapes: NDArray[np.object_], core: NDArray[np.object_], distance_m: float) -> NDArray[np.bool_]:
    """Whether each shape lies within a distance of one of the core."""
    found = np.zeros(len(shapes), dtype=bool)
    if len(shapes) and len(core):
        found[np.unique(shapely.STRtree(core).query(shapes, predicate="dwithin", distance=distance_m)[0])] = True
    return found
