"""
Walking reach: how far the residents of each block walk to a stop, a shop, a school, a kindergarten, a surgery and a park.

Buildings and destinations are joined to the nearest mapped street or path; the shortest way between them is found on that network
by one search per kind that starts at all its destinations at once (Dijkstra 1959). Areas may be entered from every side. Where no way is mapped, the straight
distance times a usual detour stands in, and the row says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo import assumptions, schema
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["KINDS", "build_access", "destinations", "walking_distances"]

KINDS = ("stop", "food_shop", "school", "kindergarten", "health", "green")
NOT_WALKED = ("motorway", "trunk", "motorway_link", "trunk_link")
# ends of lines that lie within a centimetre are one crossing
GRID_M = 0.01
# a park is entered from all sides, one possible entrance every so many metres
ENTRANCE_STEP_M = 50.0


def destinations(points_of_interest: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    What people walk to.

    Parameters
    ----------
    points_of_interest, areas : GeoDataFrame
        Raw layers in metres with ``tags``.
    buildings : GeoDataFrame
        Layer ``buildings``: schools, surgeries and supermarkets are known by their ``use``.

    Returns
    -------
    GeoDataFrame
        ``kind`` (one of `KINDS`) and the shape; one object may serve several kinds.
    """
    import geopandas as gpd
    import pandas as pd

    rules = assumptions.table("access_kinds")
    kind_of: dict[tuple[str, str], list[str]] = {}
    for kind, key, value in zip(rules["kind"], rules["key"], rules["value"], strict=True):
        kind_of.setdefault((key, value), []).append(kind)
    kinds: list[str] = []
    shapes: list[shapely.Geometry] = []
    for layer in (points_of_interest, areas):
        for text, shape in zip(layer["tags"], layer.geometry, strict=True):
            served = {kind for pair in json.loads(text).items() for kind in kind_of.get(pair, ())}
            kinds += sorted(served)
            shapes += [shape] * len(served)
    for use, shape in zip(buildings["use"].astype(str), buildings.geometry, strict=True):
        served = set(kind_of.get(("use", use), ()))
        kinds += sorted(served)
        shapes += [shape] * len(served)
    return gpd.GeoDataFrame({"kind": pd.array(kinds, dtype="str")}, geometry=shapes, crs=buildings.crs)


@dataclass(frozen=True)
class _Network:
    """Streets as edges between numbered crossings."""

    lines: NDArray[np.object_]
    ends: NDArray[np.int64]
    lengths: Array
    crossings: int
    tree: shapely.STRtree

    @classmethod
    def of(cls, streets: gpd.GeoDataFrame) -> _Network:
        lines = streets.geometry.to_numpy()[~streets["highway"].isin(NOT_WALKED).to_numpy()]
        corners = np.stack([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)], axis=1).reshape(-1, 2)
        unique, numbers = np.unique(np.round(corners / GRID_M).astype(np.int64), axis=0, return_inverse=True)
        return cls(lines, numbers.reshape(-1, 2), shapely.length(lines), len(unique), shapely.STRtree(lines))

    def join(self, shapes: NDArray[np.object_]) -> _Joined:
        """Nearest edge of each shape: its row, the walk to it, and where along it that walk meets it."""
        edge = np.asarray(self.tree.nearest(shapes), dtype=np.int64)
        lines = self.lines[edge]
        foot = shapely.get_point(shapely.shortest_line(lines, shapes), 0)
        return _Joined(edge, shapely.distance(lines, shapes), shapely.line_locate_point(lines, foot))


@dataclass(frozen=True)
class _Joined:
    edge: NDArray[np.int64]
    off: Array
    along: Array


def _from_all(network: _Network, goals: _Joined) -> Array:
    """Shortest walk from each crossing to any of the goals, infinite where there is no way."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    # one more crossing stands for the goals, joined to both ends of the edges on which they lie
    goal = network.crossings
    ends = network.ends[goals.edge]
    start = np.concatenate([network.ends[:, 0], ends[:, 0], ends[:, 1]])
    stop = np.concatenate([network.ends[:, 1], np.full(2 * len(ends), goal)])
    rest = network.lengths[goals.edge] - goals.along
    weight = np.concatenate([network.lengths, goals.off + goals.along, goals.off + rest])
    order = np.lexsort((weight, np.maximum(start, stop), np.minimum(start, stop)))
    pairs = np.column_stack([np.minimum(start, stop), np.maximum(start, stop)])[order]
    # of parallel edges the shortest counts; a sparse matrix would add them up
    first = np.r_[True, (np.diff(pairs, axis=0) != 0).any(axis=1)]
    values = np.maximum(weight[order][first], GRID_M / 10.0)
    graph = coo_array((values, (pairs[first, 0], pairs[first, 1])), shape=(goal + 1, goal + 1)).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=goal))[:goal]


def _same_edge(homes: _Joined, goals: _Joined) -> Array:
    """Walk to a goal on the same edge without passing a crossing, infinite where there is none."""
    import pandas as pd

    left = pd.DataFrame({"edge": homes.edge, "off": homes.off, "along": homes.along, "home": np.arange(len(homes.edge))})
    both = left.merge(pd.DataFrame({"edge": goals.edge, "off_goal": goals.off, "along_goal": goals.along}), on="edge")
    both["walk"] = both["off"] + both["off_goal"] + (both["along"] - both["along_goal"]).abs()
    walks = np.full(len(homes.edge), np.inf)
    np.minimum.at(walks, both["home"].to_numpy(dtype=np.int64), both["walk"].to_numpy(dtype=np.float64))
    return walks


def _entrances(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Points by which goals are reached: points themselves, areas along their edge."""
    return np.asarray(shapely.points(np.unique(shapely.get_coordinates(shapely.segmentize(shapes, ENTRANCE_STEP_M)), axis=0)))


def _network_walks(network: _Network, homes: _Joined, goals: _Joined) -> Array:
    reach = _from_all(network, goals)[network.ends[homes.edge]]
    by_crossing = np.minimum(reach[:, 0] + homes.along, reach[:, 1] + network.lengths[homes.edge] - homes.along) + homes.off
    return np.minimum(by_crossing, _same_edge(homes, goals))


def walking_distances(
    buildings: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, goals: gpd.GeoDataFrame, *, detour: float, kinds: Sequence[str] = KINDS
) -> pd.DataFrame:
    """
    Walk from each building to the nearest goal of each kind.

    Parameters
    ----------
    buildings : GeoDataFrame, shape (n, ...)
        Shapes in metres.
    streets : GeoDataFrame
        Layer ``streets``; motorways are not walked.
    goals : GeoDataFrame
        See `destinations`.
    detour : float
        Walked by straight distance where no way is mapped. [-]
    kinds : sequence of str
        Kinds of goals that are asked for.

    Returns
    -------
    DataFrame, shape (n, 2 * kinds)
        On the index of `buildings`: ``<kind>_walk_m`` [m], NaN where there is no such goal, never less than the straight
        distance; and ``<kind>_guessed``, True where no way is mapped.
    """
    import pandas as pd

    homes = buildings.geometry.to_numpy()
    walked = ~streets["highway"].isin(NOT_WALKED)
    network = _Network.of(streets) if walked.any() and len(homes) else None
    joined = network.join(homes) if network else None
    found: dict[str, NDArray[np.generic]] = {}
    for kind in kinds:
        shapes = goals.geometry.to_numpy()[(goals["kind"] == kind).to_numpy()]
        walks = np.full(len(homes), np.nan)
        guessed = np.zeros(len(homes), dtype=bool)
        if len(shapes) and len(homes):
            straight = shapely.distance(homes, shapes[shapely.STRtree(shapes).nearest(homes)])
            walks = _network_walks(network, joined, network.join(_entrances(shapes))) if network and joined else np.full(len(homes), np.inf)
            guessed = ~np.isfinite(walks)
            walks = np.maximum(np.where(guessed, detour * straight, walks), straight)
        found |= {f"{kind}_walk_m": walks, f"{kind}_guessed": guessed}
    return pd.DataFrame(found, index=buildings.index)


def build_access(
    blocks: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, goals: gpd.GeoDataFrame, study: Study
) -> pd.DataFrame:
    """
    Walking reach of services and stops by block.

    Parameters
    ----------
    blocks : GeoDataFrame
        Layer ``blocks``.
    buildings : GeoDataFrame
        Layer ``buildings`` with ``block_id`` and ``residents``; where nobody lives, all heated buildings of a block count alike.
    streets : GeoDataFrame
        Layer ``streets``.
    goals : GeoDataFrame
        See `destinations`.
    study : Study
        Its assumptions ``access.*``.

    Returns
    -------
    DataFrame
        Layer ``access`` of the schema, on the index of `blocks`; walks are NaN in blocks without heated buildings.
    """
    import pandas as pd

    homes = buildings[buildings["block_id"].isin(blocks.index) & buildings["heated"]]
    walks = walking_distances(homes, streets, goals, detour=study.assumed("access.detour"))
    block = homes["block_id"].astype("str")
    lived = homes["residents"].groupby(block).transform("sum") > 0
    weight = homes["residents"].where(lived, 1.0)
    total = weight.groupby(block).sum()

    def mean(values: pd.Series) -> pd.Series:
        return ((values * weight).groupby(block).sum(min_count=1) / total).reindex(blocks.index)

    # a kind without any goal is NaN in all rows, so no row is left out of a mean
    table = pd.DataFrame({f"{kind}_walk_m": mean(walks[f"{kind}_walk_m"]) for kind in KINDS}, index=blocks.index)
    reach = pd.Series({f"{kind}_walk_m": study.assumed(f"access.reach_{kind}_m") for kind in KINDS})
    near_stop = (walks["stop_walk_m"] <= reach["stop_walk_m"]).astype("float64")
    guessed = walks[[f"{kind}_guessed" for kind in KINDS]].any(axis=1).groupby(block).any().reindex(blocks.index, fill_value=False)
    access = table.assign(
        kinds_in_reach=(table <= reach).sum(axis=1).astype("int64"),
        residents_near_stop=mean(near_stop),
        access_source=np.where(guessed, "inferred: straight distance with detour", "osm"),
    )
    return schema.check_layer("access", access)
