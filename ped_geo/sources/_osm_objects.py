"""
Shapes of OpenStreetMap's objects, each tagged building drawn or named with the reason why it is not.

Ways and relations are assembled by osmium (libosmium). Relations that it refuses are tried as the lines they consist of; a
relation of the old style lends its courts to the tagged way that is its outline.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ped_geo.sources._osm_ordered import OrderedFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BUILDING_KEYS", "Drawn", "OsmObjects", "read_objects"]

BUILDING_KEYS: Final = ("building", "building:part")
LINE_KEYS: Final = ("highway", "railway", "waterway")
AREA_KEYS: Final = ("amenity", "healthcare", "landuse", "leisure", "natural", "power", "public_transport", "shop", "telecom")
PLACE_KEYS: Final = (
    "amenity", "healthcare", "highway", "leisure", "natural", "office", "power", "public_transport", "railway", "shop", "tourism",
)  # fmt: skip
# a relation with one of these is ground, not the outline of the building that one of its ways is
GROUND_KEYS: Final = ("boundary", "highway", "landuse", "leisure", "natural", "place", "waterway")
AREA_TYPES: Final = ("multipolygon", "boundary")


@dataclass
class Drawn:
    """Ids, tags and shapes of one kind, row by row."""

    ids: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)

    def add(self, name: str, tags: dict[str, str], shape: Any) -> None:
        """One more object."""
        self.ids.append(name)
        self.tags.append(tags)
        self.shapes.append(shape)

    def told(self) -> list[str]:
        """Tags as JSON, keys in order."""
        return [json.dumps(dict(sorted(tags.items())), ensure_ascii=False) for tags in self.tags]

    def geometry(self) -> NDArray[np.object_]:
        """Shapes as an array."""
        import numpy as np

        shapes = np.empty(len(self.shapes), dtype=object)
        shapes[:] = self.shapes
        return shapes


@dataclass
class OsmObjects:
    """
    What a file holds.

    Attributes
    ----------
    buildings, areas, lines, points_of_interest : Drawn
        Polygons, polygons, lines and points in EPSG:4326.
    lost : list of tuple of str
        Object, layer (``footprints``, ``areas`` or ``ways``) and reason.
    spots : dict of str to tuple of float
        Longitude and latitude of one point of each lost object, as far as any is known.
    tagged : set of str
        Every object with a tag of `BUILDING_KEYS`; of points those that lie in no drawn building.
    """

    buildings: Drawn = field(default_factory=Drawn)
    areas: Drawn = field(default_factory=Drawn)
    lines: Drawn = field(default_factory=Drawn)
    points_of_interest: Drawn = field(default_factory=Drawn)
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    spots: dict[str, tuple[float, float]] = field(default_factory=dict)
    tagged: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Relation:
    number: int
    tags: dict[str, str]
    outer: tuple[int, ...]
    inner: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"relation/{self.number}"

    @property
    def building(self) -> bool:
        return _has(self.tags, BUILDING_KEYS)

    @property
    def old_style(self) -> bool:
        """Whether its tags may stand on its outer ways."""
        return self.tags.get("type") == "multipolygon" and not self.building and not _has(self.tags, GROUND_KEYS)


@dataclass
class _Ways:
    """Lines of ways as hexadecimal WKB: of tagged buildings, of areas, and of members of relations."""

    buildings: dict[int, tuple[dict[str, str], bool]] = field(default_factory=dict)
    areas: dict[int, dict[str, str]] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    spots: dict[int, tuple[float, float]] = field(default_factory=dict)

    def spot(self, members: Iterable[int]) -> tuple[float, float] | None:
        """Longitude and latitude of one known node of some ways."""
        import shapely

        for way in members:
            if way in self.spots:
                return self.spots[way]
            if way in self.lines:
                return tuple(shapely.get_coordinates(shapely.from_wkb(self.lines[way]))[0])
        return None


def _has(tags: dict[str, str], keys: Iterable[str]) -> bool:
    return any(key in tags for key in keys)


def _is_area(tags: dict[str, str]) -> bool:
    return _has(tags, AREA_KEYS) or tags.get("man_made") == "wastewater_plant"


def _is_line(tags: dict[str, str]) -> bool:
    return _has(tags, LINE_KEYS) or tags.get("man_made") == "pipeline"


def read_objects(file: OrderedFile) -> OsmObjects:
    """
    Shapes of a file's objects.

    Parameters
    ----------
    file : OrderedFile
        Each object once, by rising ids.

    Raises
    ------
    RuntimeError, ValueError, IndexError, OverflowError, OSError
        If the file is damaged.
    """
    found = OsmObjects()
    relations, described = _relations(file, found)
    ways, shapes, points = _second_pass(file, relations, found)
    for name, members in described.items():
        # of a 3D building the outline carries the tags; where it does not, nothing has a shape
        if not found.tagged & set(members):
            found.tagged.add(name)
            found.lost.append((name, "footprints", "no_outline_relation"))
    _draw_relations(relations, ways, shapes, found)
    _draw_ways(relations, ways, shapes, found)
    _lose_points(points, found)
    for name, _, _ in found.lost:
        kind, _, number = name.partition("/")
        relation = relations.get(int(number)) if kind == "relation" else None
        parts = (int(number),) if kind == "way" else (*relation.outer, *relation.inner) if relation else ()
        if spot := ways.spot(parts):
            found.spots[name] = spot
    return found


def _lose_points(points: dict[str, Any], found: OsmObjects) -> None:
    """Buildings that are points, without those that only say more of a drawn one."""
    import shapely

    if not points:
        return
    inside = {int(row) for row in shapely.STRtree(found.buildings.geometry()).query(list(points.values()), predicate="intersects")[0]}
    for row, (name, point) in enumerate(points.items()):
        if row not in inside:
            found.tagged.add(name)
            found.lost.append((name, "footprints", "point_only"))
            found.spots[name] = (point.x, point.y)


def _processor(file: OrderedFile, *entities: Any) -> Any:
    import osmium

    return osmium.FileProcessor(osmium.io.File(str(file.path), file.format), *entities)


def _relations(file: OrderedFile, found: OsmObjects) -> tuple[dict[int, _Relation], dict[str, list[str]]]:
    """Relations whose shape or whose members matter, by id, and the members of those that only describe a building."""
    import osmium

    kept: dict[int, _Relation] = {}
    others: dict[str, list[str]] = {}
    for item in _processor(file, osmium.osm.RELATION):
        tags = {tag.k: tag.v for tag in item.tags}
        name = f"relation/{item.id}"
        if not item.visible or name in file.deleted:
            continue
        members = [(member.type, member.ref, member.role) for member in item.members]
        building = _has(tags, BUILDING_KEYS)
        if tags.get("type", "multipolygon") in AREA_TYPES and (building or _is_area(tags) or tags.get("type") == "multipolygon"):
            ways = [(ref, role) for kind, ref, role in members if kind == "w"]
            outer, inner = (tuple(ref for ref, role in ways if (role == "inner") is wanted) for wanted in (False, True))
            kept[item.id] = _Relation(item.id, tags, outer, inner)
            found.tagged |= {name} if building else set()
        elif building:
            others[name] = [f"way/{ref}" if kind == "w" else f"relation/{ref}" for kind, ref, _ in members]
    return kept, others


def _second_pass(file: OrderedFile, relations: dict[int, _Relation], found: OsmObjects) -> tuple[_Ways, dict[int, Any], dict[str, Any]]:
    """Ways as lines, the polygons of relations that osmium can assemble, and buildings that are points."""
    import osmium
    import shapely

    wanted = {number for relation in relations.values() for number in (*relation.outer, *relation.inner)}
    ways, polygons, points = _Ways(), {}, {}
    draw = osmium.geom.WKBFactory()
    described = osmium.filter.KeyFilter(*PLACE_KEYS, *BUILDING_KEYS)
    described.enable_for(osmium.osm.NODE)
    for item in _processor(file).with_areas().with_filter(described):
        if item.is_way():
            _take_way(item, wanted, ways, draw, file, found)
        elif item.is_area():
            if not item.from_way() and item.orig_id() in relations and item.num_rings()[0]:
                polygons[item.orig_id()] = shapely.from_wkb(draw.create_multipolygon(item))
        elif item.is_node() and item.visible and f"node/{item.id}" not in file.deleted and item.location.valid():
            tags, point = {tag.k: tag.v for tag in item.tags}, shapely.Point(item.lon, item.lat)
            if _has(tags, PLACE_KEYS):
                found.points_of_interest.add(f"node/{item.id}", tags, point)
            if _has(tags, BUILDING_KEYS) and tags.get("building") != "no":
                points[f"node/{item.id}"] = point
    return ways, polygons, points


def _take_way(item: Any, wanted: set[int], ways: _Ways, draw: Any, file: OrderedFile, found: OsmObjects) -> None:
    import osmium

    name, tags = f"way/{item.id}", {tag.k: tag.v for tag in item.tags}
    if not item.visible or name in file.deleted:
        return
    building, closed = _has(tags, BUILDING_KEYS), bool(item.is_closed())
    through = (_is_line(tags) and not (closed and tags.get("area") == "yes")) or tags.get("natural") == "tree_row"
    area = closed and not building and _is_area(tags) and tags.get("area") != "no" and tags.get("natural") != "tree_row"
    if through and not building:
        line = _known_line(item)
        if line is not None:
            found.lines.add(name, tags, line)
        else:
            whole = all(ref.location.valid() for ref in item.nodes)
            found.lost.append((name, "ways", "no_geometry" if whole else "incomplete"))
    if not building and not area and item.id not in wanted:
        return
    try:
        ways.lines[item.id] = draw.create_linestring(item)
    except osmium.InvalidLocationError:
        ways.faults[item.id] = "incomplete"
    except RuntimeError:
        # all its nodes lie in one point, or nowhere
        ways.faults[item.id] = "no_geometry" if all(ref.location.valid() for ref in item.nodes) else "incomplete"
    if item.id in ways.faults and (known := next((ref for ref in item.nodes if ref.location.valid()), None)):
        ways.spots[item.id] = (known.lon, known.lat)
    if building:
        found.tagged.add(name)
        ways.buildings[item.id] = (tags, closed)
    elif area:
        ways.areas[item.id] = tags


def _known_line(item: Any) -> Any:
    """A street as far as its nodes are known: an extract cuts streets at its edge."""
    import shapely

    runs: list[list[tuple[float, float]]] = [[]]
    for ref in item.nodes:
        if not ref.location.valid():
            runs.append([])
        elif not runs[-1] or runs[-1][-1] != (ref.lon, ref.lat):
            runs[-1].append((ref.lon, ref.lat))
    lines = [run for run in runs if len(run) > 1]
    if not lines:
        return None
    return shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)


def _draw_relations(relations: dict[int, _Relation], ways: _Ways, shapes: dict[int, Any], found: OsmObjects) -> None:
    """Relations with tags of their own, and those that have them from the several ways of their outline."""
    for number, relation in relations.items():
        open_outline = [way for way in relation.outer if way in ways.buildings and not ways.buildings[way][1]]
        tags, inherited = relation.tags, relation.old_style and bool(open_outline)
        if inherited:
            tags = relation.tags | ways.buildings[open_outline[0]][0]
        building, area = relation.building or inherited, not relation.building and _is_area(relation.tags)
        if not building and not area and not _lends_courts(relation, ways):
            continue
        shape, fault = _shape_of(relation, ways, shapes.get(number))
        if shape is not None:
            shapes[number] = shape
        if building and shape is not None:
            found.buildings.add(relation.name, tags, shape)
            for way in open_outline:
                del ways.buildings[way]
                found.lost.append((f"way/{way}", "footprints", "in_relation"))
        elif building and relation.building:
            found.lost.append((relation.name, "footprints", fault))
        elif area and shape is not None:
            found.areas.add(relation.name, tags, shape)
        elif area:
            found.lost.append((relation.name, "areas", fault))


def _lends_courts(relation: _Relation, ways: _Ways) -> bool:
    return relation.old_style and bool(relation.inner) and any(way in ways.buildings or way in ways.areas for way in relation.outer)


def _shape_of(relation: _Relation, ways: _Ways, assembled: Any) -> tuple[Any, str]:
    """Its polygon, as assembled or from its lines, and why there is none."""
    import shapely

    if assembled is not None:
        return _single(assembled), ""
    members = (*relation.outer, *relation.inner)
    if not members or any(way not in ways.lines for way in members):
        return None, "incomplete"
    outer, inner = (shapely.from_wkb([ways.lines[way] for way in some]) for some in (relation.outer, relation.inner))
    area = shapely.union_all(shapely.get_parts(shapely.polygonize(list(outer))))
    holes = shapely.union_all(shapely.get_parts(shapely.polygonize(list(inner))))
    left = shapely.difference(area, holes)
    return (_single(left), "") if left.area > 0 else (None, "not_closed")


def _single(shape: Any) -> Any:
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape


def _draw_ways(relations: dict[int, _Relation], ways: _Ways, shapes: dict[int, Any], found: OsmObjects) -> None:
    """Closed ways as polygons, with the courts that relations of the old style lend them."""
    import shapely

    lenders = {way: relation for relation in relations.values() if _lends_courts(relation, ways) for way in relation.outer}

    def drawn(number: int, tags: dict[str, str], *, strict: bool) -> tuple[Any, dict[str, str], str]:
        """Shape, tags, and why there is no shape."""
        if number in ways.faults:
            return None, tags, ways.faults[number]
        shape, lender = _ring(ways.lines[number]), lenders.get(number)
        if shape is not None and lender is not None:
            whole = shapes.get(lender.number)
            if whole is None:
                # grounds without their gaps are grounds still; a building's area is a result
                return (None if strict else shape), tags, "incomplete"
            own = {key: value for key, value in lender.tags.items() if key != "type"}
            shape, tags = _single(shapely.intersection(shape, whole)), own | tags
        return (None if shape is None or shape.is_empty else shape), tags, "no_geometry"

    for number, (tags, closed) in ways.buildings.items():
        shape, all_tags, fault = drawn(number, tags, strict=True) if closed else (None, tags, "not_closed")
        if shape is None:
            found.lost.append((f"way/{number}", "footprints", fault))
        else:
            found.buildings.add(f"way/{number}", all_tags, shape)
    for number, tags in ways.areas.items():
        shape, all_tags, fault = drawn(number, tags, strict=False)
        if shape is None:
            found.lost.append((f"way/{number}", "areas", fault))
        else:
            found.areas.add(f"way/{number}", all_tags, shape)


def _ring(line: str) -> Any:
    """A closed line as a polygon, self-crossing ones for later repair; None where it has fewer than three corners."""
    import shapely

    corners = shapely.get_coordinates(shapely.from_wkb(line))
    return shapely.Polygon(corners) if len(corners) > 3 else None
