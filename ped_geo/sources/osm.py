"""
OpenStreetMap live: boundary by name from Nominatim, objects from Overpass, frozen before anything is computed.

The answers are kept exactly as received. They are then written as OSM XML and read by `ped_geo.sources.osm_file`, so that a
live place and a file give the same layers. OSMnx divides large places into sub-queries; its downloader is not used, see
`ped_geo.sources._http`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import boundary_frame, read_boundary, ring, without_name
from ped_geo.sources._http import Client
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources.osm_file import ATTRIBUTION, LICENCE, read_osm
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["overpass_query", "overpass_to_xml", "read_live"]

LARGEST_QUERY_M2 = 25_000_000.0

SELECTORS = (
    "way[building]", "relation[building][type=multipolygon]", "way['building:part']", "relation['building:part'][type=multipolygon]",
    "way[highway]", "way[railway]", "way[waterway]", "way[barrier~'^(wall|fence|city_wall)$']",
    "way[amenity]", "relation[amenity][type=multipolygon]", "way[landuse]", "relation[landuse][type=multipolygon]", "way[leisure]",
    "way[natural=water]", "relation[natural=water][type=multipolygon]", "way[shop]", "way[power=generator]",
    "node[amenity]", "node[shop]", "node[public_transport]", "node[highway=bus_stop]", "node[railway~'^(tram_stop|station|halt)$']",
    "node[power=generator]", "node[leisure]", "node[office]", "node[healthcare]",
)  # fmt: skip


def overpass_query(shape: BaseGeometry, timeout_s: float) -> str:
    """
    Overpass QL for everything that ped_geo reads inside a polygon.

    Parameters
    ----------
    shape : Polygon
        In EPSG:4326.
    timeout_s : float
        Seconds that the server may take.
    """
    corners = " ".join(f"{y:.7f} {x:.7f}" for x, y in shape.exterior.coords[:-1])
    parts = "".join(f"{selector}(poly:'{corners}');" for selector in SELECTORS)
    return f"[out:json][timeout:{int(timeout_s)}];({parts});out body;>;out skel qt;"


def check_overpass(content: bytes) -> dict[str, Any]:
    """
    A whole Overpass answer.

    Raises
    ------
    SourceError
        If it is HTML, cut off, holds a ``remark`` (the server gave up and sent a part) or no list of elements.
    """
    if content.lstrip()[:1] == b"<":
        raise SourceError("it sent a web page instead of data")
    try:
        answer = json.loads(content)
    except ValueError:
        raise SourceError("its data are cut off") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise SourceError("its data hold no list of elements")
    if answer.get("remark"):
        raise SourceError(f"it sent only a part of the data ({str(answer['remark'])[:120]!r})")
    return answer


def overpass_to_xml(elements: Iterable[dict[str, Any]]) -> bytes:
    """
    OSM XML of Overpass elements, each object once, sorted by kind and id as the file format asks.

    Parameters
    ----------
    elements : iterable of dict
        Nodes, ways and relations as in Overpass JSON; those that are not well-formed are left out.
    """
    from lxml import etree

    order = {"node": 0, "way": 1, "relation": 2}
    unique: dict[tuple[int, int], dict[str, Any]] = {}
    for element in elements:
        kind, number = element.get("type"), element.get("id")
        if kind in order and isinstance(number, int):
            key = (order[kind], number)
            # the skeleton of an object may follow its full version
            if key not in unique or ("tags" in element and "tags" not in unique[key]):
                unique[key] = element
    root = etree.Element("osm", version="0.6", generator="ped_geo")
    for (_, number), element in sorted(unique.items(), key=lambda item: item[0]):
        node = etree.SubElement(root, element["type"], id=str(number), version="1")
        if element["type"] == "node":
            node.set("lat", repr(float(element["lat"])))
            node.set("lon", repr(float(element["lon"])))
        for reference in element.get("nodes", ()):
            etree.SubElement(node, "nd", ref=str(int(reference)))
        for member in element.get("members", ()):
            etree.SubElement(node, "member", type=_clean(member["type"]), ref=str(int(member["ref"])), role=_clean(member.get("role", "")))
        for key, value in (element.get("tags") or {}).items():
            etree.SubElement(node, "tag", k=_clean(key), v=_clean(value))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _clean(value: object) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(letter for letter in str(value) if letter >= " " or letter in "\t\n")


def _parse_nominatim(content: bytes) -> list[dict[str, Any]]:
    try:
        answer = json.loads(content)
    except ValueError:
        raise SourceError("it sent no data about the name") from None
    if not isinstance(answer, list):
        raise SourceError("it sent no list of places")
    return [found for found in answer if isinstance(found, dict)]


def _named_boundary(study: Study, content: bytes) -> gpd.GeoDataFrame | None:
    """The first polygon among the places found; None where the name is a point or nothing."""
    from shapely.geometry import shape

    for found in _parse_nominatim(content):
        outline = found.get("geojson")
        if isinstance(outline, dict) and outline.get("type") in {"Polygon", "MultiPolygon"}:
            return boundary_frame(shape(outline), study.title, "nominatim")
    return None


def _boundary(study: Study, snapshot: Snapshot, files: dict[str, bytes]) -> gpd.GeoDataFrame:
    place = study.place
    if place.boundary_file is not None:
        return read_boundary(study)
    if place.query:
        content = snapshot.piece("nominatim.json")
        if content is None:
            query = {"q": place.query, "format": "jsonv2", "polygon_geojson": "1", "limit": "5"}
            url = study.sources.nominatim_url.rstrip("/") + "/search"
            content = Client.of(study).get(url, query, check=_parse_nominatim)
            snapshot.keep_piece("nominatim.json", content)
        files["nominatim.json"] = content
        found = _named_boundary(study, content)
        if found is not None:
            return found
    fallback = without_name(study)
    if fallback is None:
        raise SourceError(
            f"the name {place.query!r} was not found as an area; give [place] bbox, centre and radius_m, or boundary_file."
            if place.query
            else "[place] is empty; give query, bbox, centre or boundary_file."
        )
    return fallback


def _pieces(around: BaseGeometry) -> list[BaseGeometry]:
    """The place as simple polygons, divided into squares where it is larger than one query should be."""
    import geopandas as gpd
    import numpy as np
    import shapely

    degrees = gpd.GeoSeries([around], crs=4326)
    metric = degrees.to_crs(degrees.estimate_utm_crs())
    if metric.area.iloc[0] > LARGEST_QUERY_M2:
        side = LARGEST_QUERY_M2**0.5
        west, south, east, north = metric.total_bounds
        corners = [(x, y) for x in np.arange(west, east, side) for y in np.arange(south, north, side)]
        squares = gpd.GeoSeries([shapely.box(x, y, x + side, y + side) for x, y in corners], crs=metric.crs)
        degrees = squares.intersection(metric.iloc[0]).to_crs(4326)
    parts = degrees[~degrees.is_empty].explode(ignore_index=True)
    # a query with thousands of corners is refused by the servers
    return [part if len(part.exterior.coords) <= 400 else part.simplify(0.0002) for part in parts]


def _fetch(study: Study, snapshot: Snapshot) -> None:
    files: dict[str, bytes] = {}
    boundary = _boundary(study, snapshot, files)
    shapes = _pieces(ring(boundary, study.place.buffer_m))
    client = Client.of(study)
    url = study.sources.overpass_url.rstrip("/") + "/interpreter"
    queries = [overpass_query(shape, study.sources.timeout_s) for shape in shapes]
    for number, query in enumerate(queries):
        name = f"overpass-{number:03d}.json"
        content = snapshot.piece(name)
        if content is None or snapshot.piece(f"{name}.query") != query.encode():
            content = client.post(url, {"data": query}, check=check_overpass)
            snapshot.keep_piece(f"{name}.query", query.encode())
            snapshot.keep_piece(name, content)
        files[name] = content
    if not any(check_overpass(files[name])["elements"] for name in files if name.startswith("overpass")):
        snapshot.drop_pieces()
        raise SourceError(f"{study.title}: OpenStreetMap holds nothing inside the boundary; check the place, it may lie in the sea.")
    files["boundary.geojson"] = boundary.to_json().encode()
    answers = [check_overpass(content) for name, content in files.items() if name.startswith("overpass")]
    stamps = [answer.get("osm3s", {}).get("timestamp_osm_base", "") for answer in answers]
    about = {
        "source": "osm",
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "url": url,
        "query": queries,
        "timestamp_osm_base": min(stamps),
    }
    snapshot.write(files, about)


def read_live(study: Study, raw_root: Path, refresh: bool) -> RawPlace:
    """
    The raw place from its frozen snapshot, fetched and frozen first where there is none.

    Raises
    ------
    NetworkUnreachable
        If there is no snapshot and no server can be reached.
    SourceError
        If the place is not found, is empty, or the servers keep failing.
    """
    snapshot = Snapshot(raw_root / study.name)
    frozen = snapshot.exists() and not refresh
    if not frozen:
        if refresh:
            snapshot.drop_pieces()
        _fetch(study, snapshot)
    manifest = snapshot.manifest()
    names = [record["name"] for record in manifest["files"]]
    elements = (element for name in names if name.startswith("overpass") for element in check_overpass(snapshot.read(name))["elements"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "place.osm"
        path.write_bytes(overpass_to_xml(elements))
        layers, lost = read_osm(path)
    import geopandas as gpd

    boundary = gpd.GeoDataFrame.from_features(json.loads(snapshot.read("boundary.geojson"))["features"], crs=4326)
    if not len(layers["footprints"]) or not layers["footprints"].intersects(boundary.geometry.iloc[0]).any():
        raise SourceError(f"{study.title}: OpenStreetMap has no buildings inside the boundary; check the place or its name.")
    provenance = {key: value for key, value in manifest.items() if key != "query"}
    return RawPlace(boundary=boundary, set_aside=lost, provenance=provenance, origin="snapshot" if frozen else "live", **layers)


SOURCES.add("osm", PlaceSource("osm", LICENCE, ATTRIBUTION, read_live))
