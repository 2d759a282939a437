"""Places of a few buildings, drawn in metres and written as OSM XML, whose products have something missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

LAT, LON = 52.10, 20.30
METRE_LAT, METRE_LON = 1.0 / 111_200.0, 1.0 / (111_320.0 * math.cos(math.radians(LAT)))

Box = tuple[float, float, float, float]
SLAB = {"building": "apartments", "building:levels": "5", "start_date": "1974"}
SHED = {"building": "shed"}
STREETS = (((-20, 60), (220, 60)), ((100, -20), (100, 140)))


def write_place(
    folder: Path,
    name: str,
    buildings: Iterable[tuple[Box, Mapping[str, str]]],
    streets: Iterable[tuple[tuple[float, float], ...]] = STREETS,
    *,
    box: Box = (0.0, 0.0, 200.0, 120.0),
    title: str = "",
) -> Path:
    """The district file of a place beside its OSM file."""
    nodes: list[str] = []

    def node(x: float, y: float) -> int:
        nodes.append(f'<node id="{len(nodes) + 1}" version="1" lat="{LAT + y * METRE_LAT:.8f}" lon="{LON + x * METRE_LON:.8f}"/>')
        return len(nodes)

    ways = []
    for number, ((west, south, east, north), tags) in enumerate(buildings, start=1):
        corners = [node(*point) for point in ((west, south), (east, south), (east, north), (west, north))]
        ways.append(_way(number, [*corners, corners[0]], tags))
    for number, points in enumerate(streets, start=901):
        ways.append(_way(number, [node(*point) for point in points], {"highway": "residential", "name": f"Ulica {number - 900}"}))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.osm").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n' + "\n".join([*nodes, *ways]) + "\n</osm>\n", encoding="utf-8"
    )
    west, south, east, north = (LON + box[0] * METRE_LON, LAT + box[1] * METRE_LAT, LON + box[2] * METRE_LON, LAT + box[3] * METRE_LAT)
    file = folder / f"{name}.toml"
    file.write_text(
        f'title = "{title or name}"\n[place]\nbbox = [{west:.7f}, {south:.7f}, {east:.7f}, {north:.7f}]\n'
        f'[sources]\nbuildings = "osm_file"\nfiles = ["{name}.osm"]\nweather = "builtin"\n',
        encoding="utf-8",
    )
    return file


def _way(number: int, members: list[int], tags: Mapping[str, str]) -> str:
    inside = "".join(f'<nd ref="{member}"/>' for member in members)
    inside += "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
    return f'<way id="{number}" version="1">{inside}</way>'


def _row(count: int, tags: Mapping[str, str], size: tuple[float, float] = (6.0, 5.0)) -> list[tuple[Box, Mapping[str, str]]]:
    width, depth = size
    return [((10 + 12.0 * n, 20, 10 + 12.0 * n + width, 20 + depth), tags) for n in range(count)]


HOSTILE = "=[% 6*7 %] <b>x</b> [bold]z[/bold] \u202e &amp; {0} ${x} 'q\""
"""What QGIS would compute, a spreadsheet calculate, a browser draw, a terminal colour and a template fill in."""

PLACES: dict[str, dict[str, object]] = {
    "sheds-only": {"buildings": _row(8, SHED)},
    "one-building": {"buildings": [((20, 20, 60, 32), SLAB)], "streets": ()},
    "no-modules": {"buildings": [((10 + 40.0 * n, 20, 40 + 40.0 * n, 32), SLAB | {"building": "church"}) for n in range(3)]},
    "all-protected": {"buildings": [((10 + 40.0 * n, 20, 40 + 40.0 * n, 32), SLAB | {"heritage": "2"}) for n in range(3)]},
    "narrow-block": {"buildings": [((8, 10, 20, 110), SLAB)], "streets": (), "box": (0.0, 0.0, 30.0, 120.0)},
    "hostile-names": {
        "buildings": [((20, 20, 60, 32), SLAB | {"name": HOSTILE, "addr:street": HOSTILE})],
        "title": "[% 6*7 %] [bold]x[/bold] <i>y</i> =1",
    },
}
"""One place for each kind of thing that may be missing, by name: what `write_place` takes."""
