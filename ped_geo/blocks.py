"""
Streets and the boundary become urban blocks that cover the district without gap or overlap.

A block is a face of the street network, whose roundabouts count as crossings. Faces that are no blocks (medians of dual
carriageways, slivers at the boundary) are joined to the neighbour with which they share the longest edge. The superblocks of panel
estates are divided by their service roads, then by their paths. Where there are no streets, neighbouring buildings form quarters
instead; so do those of a large face at the boundary, which no streets enclose.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ped_geo import schema
from ped_geo.language import text
from ped_geo.streets import BLOCK_CLASSES, barriers, paths, service_roads
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["LEAST_FLOOR_M2", "adjacency", "assign_blocks", "block_name", "build_blocks", "describe_blocks", "parking_area", "stable_ids"]

LEAST_FLOOR_M2 = 1.0
"""Heated floor up to which a block, or a group of blocks, counts as one without heated buildings: it has no verdict."""


def block_name(label: str, lang: str) -> str:
    """
    Name of a block or a candidate for people; a block without addresses and named streets has only its number in the layer.

    Parameters
    ----------
    label : str
        Column ``label`` of the layer ``blocks`` or ``candidates``.
    lang : str
        ``pl`` or ``en``.

    Examples
    --------
    >>> block_name("20. Elsterstraße", "en"), block_name("21", "en"), block_name("B: 21", "en")
    ('20. Elsterstraße', 'block 21', 'B: block 21')
    """
    unnamed = re.fullmatch(r"([A-Z]+: )?(\d+)", label)
    return f"{unnamed[1] or ''}{text('map.unnamed_block', lang, number=unnamed[2])}" if unnamed else label


def build_blocks(
    streets: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, study: Study
) -> gpd.GeoDataFrame:
    """
    Urban blocks of a district.

    Parameters
    ----------
    streets : GeoDataFrame
        Layer ``streets``; carriageways form blocks, service roads and paths do not.
    ways : GeoDataFrame
        Raw ways, for railways and rivers.
    boundary : GeoDataFrame
        The district. Where it is the extent of data that were cut off, streets that end near it go on to it.
    buildings : GeoDataFrame
        Layer ``buildings``; a face with a heated building is never taken for a median.
    study : Study
        ``[blocks]``.

    Returns
    -------
    GeoDataFrame
        Polygons indexed by ``block_id``, which comes from the block's place and not from its row.
    """
    import geopandas as gpd
    import pandas as pd

    area = shapely.make_valid(boundary.geometry.union_all())
    carriageways = streets.geometry.to_numpy()[streets["highway"].isin(list(BLOCK_CLASSES)).to_numpy()]
    inside = buildings[buildings["in_district"]]
    crossings = _without_roundabouts(carriageways, buildings, study.blocks.max_carriageway_gap_m)
    lines = np.concatenate([crossings, barriers(ways)])
    if "origin" in boundary and boundary["origin"].eq("data_extent").all():
        lines = _carried_on(lines, area, study.blocks.tile_m)
    faces = _faces(lines, area)
    for smaller in (service_roads(ways), paths(ways)):
        large = faces[shapely.area(faces) > study.blocks.max_area_m2]
        if len(large) and len(smaller):
            lines = np.concatenate([lines, _within(smaller, large)])
            faces = _faces(lines, area)
    open_ = faces[(shapely.area(faces) > study.blocks.max_area_m2) & _at_edge(faces, area)] if len(faces) > 1 else np.array([area])
    houses = shapely.point_on_surface(inside.geometry.to_numpy())
    shapely.prepare(open_)
    borders = [_quarter_borders(face, houses[shapely.intersects(face, houses)], study.blocks.tile_m) for face in open_]
    if any(len(lines_of) for lines_of in borders):
        faces = _faces(np.concatenate([lines, *borders]), area)
    faces = _joined(faces, inside[inside["heated"]], study)
    ids = stable_ids(faces)
    order = np.argsort(ids)
    return gpd.GeoDataFrame(geometry=faces[order], crs=boundary.crs, index=pd.Index(ids[order], dtype="str", name="block_id"))


ROUND = 0.88
"""Area by that of a circle of the same length: 1 for a circle, 0.95 for an octagon, 0.79 for a square."""


def _without_roundabouts(lines: NDArray[np.object_], buildings: gpd.GeoDataFrame, gap_m: float) -> NDArray[np.object_]:
    """Lines without the rings of roundabouts: each arm goes on to the middle, so that all blocks around meet there."""
    pieces = shapely.get_parts(shapely.union_all(lines)) if len(lines) else lines
    faces = shapely.get_parts(shapely.polygonize(pieces)) if len(pieces) else pieces
    if not len(faces):
        return lines
    area, length = shapely.area(faces), shapely.length(faces)
    rings = faces[(4.0 * np.pi * area / length**2 > ROUND) & (2.0 * area / length < gap_m)]
    rings = rings[~np.isin(np.arange(len(rings)), shapely.STRtree(rings).query(buildings.geometry.to_numpy(), predicate="intersects")[1])]
    if not len(rings):
        return lines
    outlines = shapely.boundary(rings)
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    on_ring, _ = shapely.STRtree(outlines).query(middle, predicate="dwithin", distance=1e-6)
    kept = np.delete(pieces, np.unique(on_ring))
    ends = np.concatenate([shapely.get_point(kept, 0), shapely.get_point(kept, -1)])
    arm, ring = shapely.STRtree(outlines).query(ends, predicate="dwithin", distance=1e-6)
    ends, centres = shapely.get_coordinates(ends[arm]), shapely.get_coordinates(shapely.centroid(rings[ring]))
    return np.concatenate([kept, shapely.linestrings(np.stack([ends, centres], axis=1))])


def _carried_on(lines: NDArray[np.object_], area: shapely.Geometry, reach_m: float) -> NDArray[np.object_]:
    """
    Lines, and for each open end within reach of the boundary a straight piece on to it: else all faces at the edge were one.

    Where as many streets cross the boundary as end before it, the data are whole there, and an open end is a dead end.
    """
    pieces = shapely.get_parts(shapely.union_all(lines)) if len(lines) else lines
    steps = [shapely.get_coordinates(piece) for piece in pieces]
    ends = np.array([(*xy[order[0]], *xy[order[1]]) for xy in steps for order in ((0, 1), (-1, -2))]).reshape(-1, 4)
    _, first, times = np.unique(np.round(ends[:, :2], 3), axis=0, return_index=True, return_counts=True)
    ends = ends[np.sort(first[times == 1])]
    edge, points = shapely.boundary(area), shapely.points(ends[:, :2])
    ends = ends[shapely.contains(area, points) & shapely.dwithin(points, edge, reach_m)]
    if int(shapely.intersects(edge, pieces).sum()) >= len(ends):
        return lines
    onward = ends[:, :2] - ends[:, 2:]
    onward /= np.maximum(np.hypot(*onward.T), 1e-9)[:, None]
    found = []
    for start, way in zip(ends[:, :2], onward, strict=True):
        hits = shapely.get_coordinates(shapely.intersection(shapely.LineString([start, start + 2.0 * reach_m * way]), edge))
        if len(hits):
            nearest = hits[np.hypot(*(hits - start).T).argmin()]
            # a line that ends on the boundary may end a hair before it
            found.append(shapely.LineString([start, nearest + 2.0 * way]))
    return np.concatenate([lines, np.array(found, dtype=object)])


def _faces(lines: NDArray[np.object_], area: shapely.Geometry) -> NDArray[np.object_]:
    """Faces of the network and the boundary, inside the boundary."""
    # a line cut at the boundary would end a hair before it and leave the faces on both sides joined; a crossing line is noded
    wider = shapely.buffer(area, 1.0)
    shapely.prepare([area, wider])
    crossing = ~shapely.contains_properly(wider, lines)
    cut = lines.copy()
    cut[crossing] = shapely.intersection(lines[crossing], wider)
    network = shapely.union_all([*cut[~shapely.is_empty(cut)], shapely.boundary(area)])
    faces = shapely.get_parts(shapely.polygonize([network]))
    return np.asarray(faces[shapely.intersects(area, shapely.point_on_surface(faces))])


def _within(lines: NDArray[np.object_], faces: NDArray[np.object_]) -> NDArray[np.object_]:
    """Parts of lines inside the union of faces; each line meets only the faces at its place, so the work grows with the lines."""
    line, face = shapely.STRtree(faces).query(lines)
    order = np.lexsort((face, line))
    line, face = line[order], face[order]
    met, begin = np.unique(line, return_index=True)
    unions: dict[bytes, shapely.Geometry] = {}
    around = np.empty(len(met), dtype=object)
    for row, members in enumerate(np.split(face, begin[1:])):
        key = members.tobytes()
        if key not in unions:
            unions[key] = faces[members[0]] if len(members) == 1 else shapely.coverage_union_all(faces[members])
        around[row] = unions[key]
    return np.asarray(shapely.intersection(lines[met], around))


def _at_edge(faces: NDArray[np.object_], area: shapely.Geometry) -> NDArray[np.bool_]:
    """Whether a piece of the boundary is an edge of a face; a corner is none."""
    along = shapely.buffer(shapely.boundary(area), 0.01)
    return np.asarray(shapely.length(shapely.intersection(shapely.boundary(faces), along)) > 1.0)


def _quarter_borders(face: shapely.Geometry, points: NDArray[np.object_], tile_m: float) -> NDArray[np.object_]:
    """Borders between quarters of buildings that stand near one another: their Voronoi cells, joined by squares of `tile_m`."""
    if len(points) < 2:
        return np.empty(0, dtype=object)
    xy = shapely.get_coordinates(points)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=face))
    owner = shapely.STRtree(cells).query(points, predicate="intersects")
    cell_of = np.full(len(points), -1)
    cell_of[owner[0]] = owner[1]
    tile = np.floor(xy / tile_m).astype(int)
    _, group = np.unique(tile, axis=0, return_inverse=True)
    group = group.ravel()
    quarters = [shapely.coverage_union_all(cells[np.unique(cell_of[group == number])]) for number in range(group.max() + 1)]
    # a line that ended a hair before the edge would leave the faces on both sides joined
    return np.asarray(shapely.intersection(shapely.boundary(np.array(quarters, dtype=object)), shapely.buffer(face, 0.1)))


def _joined(faces: NDArray[np.object_], heated: gpd.GeoDataFrame, study: Study) -> NDArray[np.object_]:
    """Faces after joining those that are too small or too narrow to be a block, the smallest first."""
    built = np.zeros(len(faces), dtype=bool)
    point, face = shapely.STRtree(faces).query(shapely.point_on_surface(heated.geometry.to_numpy()), predicate="intersects")
    del point
    built[face] = True
    width = 2.0 * shapely.area(faces) / shapely.length(faces)
    narrow = ~built & (width < study.blocks.max_carriageway_gap_m)
    small = shapely.area(faces) < study.blocks.min_area_m2
    size = shapely.area(faces)
    group = np.arange(len(faces))
    members = {number: [number] for number in range(len(faces))}
    neighbours = _neighbour_lengths(faces)
    for face in np.argsort(size, kind="stable"):
        if not (narrow[face] or small[face]):
            continue
        shared: dict[int, float] = {}
        own = int(group[face])
        for member in sorted(members[own]):
            for other, length in neighbours.get(member, {}).items():
                if group[other] != own:
                    shared[int(group[other])] = shared.get(int(group[other]), 0.0) + length
        if shared:
            taker = max(shared, key=lambda key: (shared[key], -key))
            joining = members.pop(own)
            group[joining] = taker
            members[taker] += joining
    merged = [shapely.coverage_union_all(faces[sorted(some)]) for _, some in sorted(members.items())]
    return np.asarray(shapely.get_parts(np.array(merged, dtype=object)))


MIX = np.int64(-7046029254386353131)  # odd and near 2**64 over the golden ratio: Knuth's multiplicative hashing


def _edge_pairs(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of polygons that share an edge, and the edge's length; found by sorting edges, without geometry tests."""
    one_part = bool((shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON).all())
    parts, owner = (shapes, np.arange(len(shapes))) if one_part else shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    # vertices by number: equal to the millimetre is equal
    millimetres = np.round((xy - xy.min(axis=0, initial=np.inf)) * 1000.0).astype(np.int64)
    vertex = millimetres[:, 0] * (millimetres[:, 1].max(initial=0) + 1) + millimetres[:, 1]
    start, end = vertex[:-1][same], vertex[1:][same]
    low, high = np.minimum(start, end), np.maximum(start, end)
    who = owner[part[ring[:-1][same]]]
    length = np.hypot(*(xy[1:][same] - xy[:-1][same]).T)
    # one sort by a mixed key brings equal edges together; both ends are compared all the same
    order = np.argsort(low * MIX ^ high, kind="stable")
    low, high, who, length = low[order], high[order], who[order], length[order]
    twin = (low[1:] == low[:-1]) & (high[1:] == high[:-1]) & (who[1:] != who[:-1])
    a, b = who[:-1][twin], who[1:][twin]
    return np.minimum(a, b), np.maximum(a, b), length[:-1][twin]


def _neighbour_lengths(shapes: NDArray[np.object_]) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    for a, b, length in zip(*_edge_pairs(shapes), strict=True):
        for one, other in ((int(a), int(b)), (int(b), int(a))):
            row = found.setdefault(one, {})
            row[other] = row.get(other, 0.0) + float(length)
    return found


def _middles(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Centre of each polygon, or an inner point where the centre lies outside; shape (n, 2). It does not depend on vertex order."""
    centres = shapely.centroid(shapes)
    inside = shapely.contains(shapes, centres)
    return np.asarray(shapely.get_coordinates(np.where(inside, centres, shapely.point_on_surface(shapely.normalize(shapes)))))


def stable_ids(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Ids from the place: easting and northing of the middle in tens of metres; a letter where two fall together."""
    xy = np.round(_middles(shapes) / 10.0).astype(int)
    order = np.lexsort((shapely.area(shapes), xy[:, 1], xy[:, 0]))
    ids = np.full(len(shapes), "", dtype=object)
    seen: dict[str, int] = {}
    for row in order:
        name = f"b{xy[row, 0]}-{xy[row, 1]}"
        seen[name] = seen.get(name, 0) + 1
        ids[row] = name if seen[name] == 1 else f"{name}{chr(96 + min(seen[name], 26))}"
    return ids


def assign_blocks(buildings: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Buildings with the block that holds the largest share of each; those outside the district get none.

    Returns
    -------
    GeoDataFrame
        A copy of `buildings` with ``block_id``.
    """
    import pandas as pd

    shapes = buildings.geometry.to_numpy()
    row, block = shapely.STRtree(blocks.geometry.to_numpy()).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(shapes[row], blocks.geometry.to_numpy()[block]))
    order = np.lexsort((block, -shared, row))
    first = np.unique(row[order], return_index=True)[1]
    best = np.full(len(buildings), "", dtype=object)
    best[row[order][first]] = blocks.index.to_numpy()[block[order][first]]
    best[~buildings["in_district"].to_numpy()] = ""
    return buildings.assign(block_id=pd.array(best, dtype="str"))


def parking_area(areas: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> pd.Series:
    """Area of mapped open car parks per block [m²]."""
    import pandas as pd

    open_air = [
        tag.get("amenity") == "parking" and tag.get("parking", "surface") in {"surface", "street_side", "lane"}
        for tag in map(json.loads, areas["tags"])
    ]
    chosen = areas[np.array(open_air, dtype=bool)] if len(areas) else areas
    total = pd.Series(0.0, index=blocks.index, name="parking_area_m2")
    if chosen.empty:
        return total
    shape, block = shapely.STRtree(blocks.geometry.to_numpy()).query(chosen.geometry.to_numpy(), predicate="intersects")
    shared = shapely.area(shapely.intersection(chosen.geometry.to_numpy()[shape], blocks.geometry.to_numpy()[block]))
    return total.add(pd.Series(shared).groupby(blocks.index.to_numpy()[block]).sum(), fill_value=0.0).reindex(blocks.index)


def describe_blocks(
    blocks: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """
    Blocks with what stands in them.

    Parameters
    ----------
    blocks : GeoDataFrame
        Polygons by ``block_id``.
    buildings : GeoDataFrame
        With ``block_id``.
    streets, areas : GeoDataFrame
        For names and car parks.

    Returns
    -------
    GeoDataFrame
        Layer ``blocks`` of the schema.
    """
    import pandas as pd

    inside = buildings[buildings["block_id"] != ""]
    ranges = [name for what in ("dwellings", "residents") for name in (f"{what}_low", f"{what}_high") if name in inside]
    summed = ["footprint_area_m2", "gross_floor_area_m2", "reference_area_m2", "dwellings", "residents", *ranges]
    sums = inside.groupby("block_id")[summed].sum()
    told = blocks.join(sums).fillna(dict.fromkeys(sums.columns, 0.0))
    told["buildings"] = inside.groupby("block_id").size().reindex(blocks.index).fillna(0).astype("int64")
    told["area_m2"] = told.area
    told["street_name"] = _street_names(blocks, streets)
    told["parking_area_m2"] = parking_area(areas, blocks)
    told["fsi"] = told["gross_floor_area_m2"] / told["area_m2"]
    told["gsi"] = told["footprint_area_m2"] / told["area_m2"]
    middle = _middles(told.geometry.to_numpy())
    rank = np.lexsort((middle[:, 0], -middle[:, 1]))
    number = np.empty(len(told), dtype=int)
    number[rank] = np.arange(1, len(told) + 1)
    names = _label_names(told["street_name"], inside)
    told["label"] = pd.array([f"{n}. {name}" if name else str(n) for n, name in zip(number, names, strict=True)], dtype="str")
    return schema.check_layer("blocks", told[[name for name in schema.columns("blocks") if name in told]])


def _label_names(streets: pd.Series, buildings: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Street or estate of most addresses in each block, as people call it; without addresses the street along it, or nothing."""
    if "street" not in buildings:
        return streets.to_numpy(dtype=object)
    known = buildings[buildings["street"].fillna("") != ""]
    often = known.groupby("block_id")["street"].agg(lambda names: names.value_counts().sort_index().idxmax())
    addressed = often.reindex(streets.index).fillna("").astype(object)
    return addressed.where(addressed != "", streets.astype(object)).to_numpy(dtype=object)


def _street_names(blocks: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> pd.Series:
    """Named carriageway with the longest part of each block's edge."""
    import pandas as pd

    empty = pd.Series("", index=blocks.index, dtype="str")
    named = streets[(streets["name"] != "") & streets["highway"].isin(list(BLOCK_CLASSES))]
    if named.empty:
        return empty
    edges = shapely.buffer(shapely.boundary(blocks.geometry.to_numpy()), 1.0)
    street, block = shapely.STRtree(edges).query(named.geometry.to_numpy(), predicate="intersects")
    length = shapely.length(shapely.intersection(named.geometry.to_numpy()[street], edges[block]))
    table = pd.DataFrame({"block": block, "name": named["name"].to_numpy()[street], "length": length})
    summed = pd.DataFrame(table.groupby(["block", "name"], as_index=False)["length"].sum())
    longest = summed.sort_values(["block", "length", "name"]).drop_duplicates("block", keep="last")
    names = empty.to_numpy(dtype=object)
    names[longest["block"].to_numpy()] = longest["name"].to_numpy()
    return pd.Series(names, index=empty.index, dtype="str")


def adjacency(blocks: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Neighbouring blocks: those that share an edge.

    Parameters
    ----------
    blocks : GeoDataFrame
        A coverage: neighbours share the same vertices along their edge.

    Returns
    -------
    DataFrame
        ``block_a``, ``block_b``, ``shared_length_m`` and ``distance_m`` between their centres [m]; each pair once.

    Examples
    --------
    >>> import geopandas as gpd
    >>> squares = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], index=["a", "b"])
    >>> adjacency(squares)[["block_a", "block_b", "shared_length_m"]].values.tolist()
    [['a', 'b', 1.0]]
    """
    import pandas as pd

    a, b, length = _edge_pairs(blocks.geometry.to_numpy())
    table = pd.DataFrame({"a": a, "b": b, "shared_length_m": length}).groupby(["a", "b"], as_index=False)["shared_length_m"].sum()
    names = blocks.index.to_numpy()
    xy = shapely.get_coordinates(shapely.centroid(blocks.geometry.to_numpy()))
    a, b = table["a"].to_numpy(), table["b"].to_numpy()
    frame = pd.DataFrame(
        {
            "block_a": pd.array(names[a].astype(object), dtype="str"),
            "block_b": pd.array(names[b].astype(object), dtype="str"),
            "shared_length_m": table["shared_length_m"].to_numpy(),
            "distance_m": np.hypot(*(xy[a] - xy[b]).T),
        }
    )
    return schema.check_layer("adjacency", frame)
