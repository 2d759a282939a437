"""
OpenStreetMap live: boundary by name from Nominatim, objects from Overpass, frozen before anything is computed.

The answers are kept exactly as received. They are then written as OSM XML and read by `ped_geo.sources.osm_file`, so that a
live place and a file give the same layers. OSMnx is not used to download: on a lasting 429 it sleeps for hours, it accepts a
partial answer in silence, and it keeps neither the answer nor its time stamp.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence, joined
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import boundary_frame, metric_epsg, read_boundary, ring, without_name
from ped_geo.sources._files import checksum
from ped_geo.sources._http import Client
from ped_geo.sources._nominatim import chosen_place, parse_nominatim
from ped_geo.sources._overpass import check_overpass, overpass_elements, overpass_query
from ped_geo.sources._overpass_server import OverpassServer, around_simply
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources.osm_file import ATTRIBUTION, LICENCE, read_answers, rejected_near
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["read_live"]

LARGEST_QUERY_M2 = 25_000_000.0
LARGEST_PLACE_M2 = 2_000_000_000.0


def _piece(snapshot: Snapshot, name: str, question: str, ask: Callable[[], bytes]) -> bytes:
    """A piece kept from an earlier, unfinished fetch of the same question, else asked for now and kept."""
    content = snapshot.piece(name)
    if content is None or snapshot.piece(f"{name}.question") != question.encode():
        content = ask()
        snapshot.keep_piece(f"{name}.question", question.encode())
        snapshot.keep_piece(name, content)
    return content


def _boundary(study: Study, snapshot: Snapshot, files: dict[str, bytes]) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """The boundary, and what is to be said of how its name was found."""
    place = study.place
    if place.boundary_file is not None:
        return read_boundary(study), {}
    fallback = without_name(study)
    if not place.query:
        if fallback is None:
            raise SourceError(Sentence("error.place_is_empty_give_query"))
        return fallback, {}
    query = {"q": place.query, "format": "jsonv2", "polygon_geojson": "1", "limit": "10"}
    url = study.sources.nominatim_url.rstrip("/") + "/search"
    content = _piece(snapshot, "nominatim.json", place.query, lambda: Client.of(study).get(url, query, check=parse_nominatim))
    found = chosen_place(content, fallback)
    if found.outline is not None:
        files["nominatim.json"] = content
        return boundary_frame(found.outline, study.title, "nominatim"), {"boundary_object": found.told}
    # a name that is not found today may be found tomorrow
    snapshot.drop_piece("nominatim.json")
    if fallback is None:
        raise SourceError(Sentence("error.name_give_place_bbox_centre", query=place.query, reason=found.reason))
    return fallback, {"name_not_used": found.told | {"query": place.query}}


def _sub_queries(around: BaseGeometry) -> list[tuple[Polygon, float]]:
    """The place as simple polygons and their areas [km²], divided into squares where it is larger than one query should be."""
    import geopandas as gpd
    import numpy as np
    import shapely

    degrees = gpd.GeoSeries([around], crs=4326)
    metric = degrees.to_crs(metric_epsg(degrees))
    if metric.area.iloc[0] > LARGEST_PLACE_M2:
        raise SourceError(
            Sentence("error.place_covers_km_at_most", value=metric.area.iloc[0] / 1e6, largest_place_m2=LARGEST_PLACE_M2 / 1e6)
        )
    if metric.area.iloc[0] > LARGEST_QUERY_M2:
        side = LARGEST_QUERY_M2**0.5
        west, south, east, north = metric.total_bounds
        corners = [(x, y) for x in np.arange(west, east, side) for y in np.arange(south, north, side)]
        squares = gpd.GeoSeries([shapely.box(x, y, x + side, y + side) for x, y in corners], crs=metric.crs)
        metric = squares.intersection(metric.iloc[0])
    parts = metric[~metric.is_empty].explode(ignore_index=True)
    simple = gpd.GeoSeries([around_simply(part) for part in parts if part.geom_type == "Polygon"], crs=metric.crs)
    return list(zip(simple.to_crs(4326), simple.area / 1e6, strict=True))


def _fetch(study: Study, snapshot: Snapshot) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Files by name and what the manifest says of them, all in memory."""
    files: dict[str, bytes] = {}
    boundary, told = _boundary(study, snapshot, files)
    server = OverpassServer(Client.of(study), study.sources.overpass_url, study.sources.timeout_s)
    queries, stamps = [], []
    for number, (shape, area_km2) in enumerate(_sub_queries(ring(boundary, study.place.buffer_m))):
        name, query = f"overpass-{number:03d}.json", overpass_query(shape, study.sources.timeout_s, area_km2=area_km2)
        files[name] = _piece(snapshot, name, query, partial(server.ask, shape, area_km2))
        stamps.append(str(dict(check_overpass(files[name]).get("osm3s") or {}).get("timestamp_osm_base", "")))
        queries.append(query)
    files["boundary.geojson"] = boundary.to_json().encode()
    about = {
        "source": "osm",
        "licence": LICENCE,
        "attribution": ATTRIBUTION,
        "url": server.url,
        "query": queries,
        "place": _asked(study),
        # the oldest answer: nothing in the snapshot is older than that
        "timestamp_osm_base": min(stamps),
    }
    return files, about | told


def _asked(study: Study) -> dict[str, Any]:
    """What of the settings decides which objects are fetched."""
    place = study.place
    asked = place.model_dump(mode="json", include={"query", "bbox", "centre", "radius_m", "buffer_m"})
    return asked | {"boundary_file": checksum(place.boundary_file) if place.boundary_file and place.boundary_file.is_file() else None}


def _refuse_other_place(study: Study, snapshot: Snapshot, manifest: Mapping[str, Any]) -> None:
    frozen = manifest.get("place")
    if not isinstance(frozen, dict):
        return
    changed = [
        Sentence("error.one_instead_of_other", key=key, held=frozen.get(key), wanted=value)
        for key, value in _asked(study).items()
        if frozen.get(key) != value
    ]
    if changed:
        raise SourceError(Sentence("error.frozen_snapshot_was_fetched_for", folder=snapshot.folder, names=joined(changed, "; ")))


def _parse(study: Study, files: Mapping[str, bytes], about: Mapping[str, Any], origin: str) -> RawPlace:
    import geopandas as gpd

    try:
        boundary = gpd.GeoDataFrame.from_features(json.loads(files["boundary.geojson"])["features"], crs=4326)
    except (KeyError, ValueError, TypeError) as error:
        raise SourceError(Sentence("error.snapshot_holds_no_boundary_run", study=study.title, reason=error)) from None
    answers = [files[name] for name in sorted(files) if name.startswith("overpass")]
    if not any(next(overpass_elements(answer), None) for answer in answers):
        raise SourceError(Sentence("error.openstreetmap_holds_nothing_inside_boundary", study=study.title))
    layers, lost = read_answers(answers)
    if not layers["footprints"].intersects(boundary.geometry.iloc[0]).any():
        raise SourceError(Sentence("error.openstreetmap_has_no_buildings_inside", study=study.title))
    provenance = {key: value for key, value in about.items() if key != "query"}
    aside = rejected_near(lost, ring(boundary, study.place.buffer_m))
    return RawPlace(boundary=boundary, rejected=aside, provenance=provenance, origin=origin, **layers)


def read_live(study: Study, raw_root: Path, refresh: bool) -> RawPlace:
    """
    The raw place from its frozen snapshot, fetched and frozen first where there is none.

    Raises
    ------
    NetworkUnreachable
        If there is no snapshot and no server can be reached.
    ChecksumError
        If a frozen file has changed.
    SourceError
        If the place is not found, is empty, the servers keep failing, or the snapshot is of another place.
    """
    snapshot = Snapshot(raw_root / study.name)
    if snapshot.exists() and not refresh:
        manifest = snapshot.manifest()
        _refuse_other_place(study, snapshot, manifest)
        files = {record["name"]: snapshot.read(record["name"]) for record in manifest["files"]}
        return _parse(study, files, manifest, "snapshot")
    with snapshot.held():
        if refresh:
            snapshot.drop_pieces()
        files, about = _fetch(study, snapshot)
        try:
            place = _parse(study, files, about, "live")
        except SourceError:
            # an empty place stays empty: the next run must ask again
            snapshot.drop_pieces()
            raise
        snapshot.write(files, about)
    return replace(place, provenance={key: value for key, value in snapshot.manifest().items() if key != "query"})


SOURCES.add("osm", PlaceSource("osm", LICENCE, ATTRIBUTION, read_live))
