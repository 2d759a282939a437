"""
OpenStreetMap from a local file: ``.osm``, ``.osm.gz``, ``.osm.bz2``, ``.osm.pbf`` or a saved Overpass answer (``.json``), read by GDAL's OSM driver.

Live answers of Overpass are written as OSM XML and read here too, so that every way in gives the same layers.
"""

from __future__ import annotations

import bz2
import gzip
import json
import tempfile
import zlib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import given_boundary, ring
from ped_geo.sources._files import file_record, one_line, read_layer
from ped_geo.sources._overpass import check_overpass, overpass_to_xml
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["ATTRIBUTION", "LICENCE", "OsmLayers", "read_osm", "read_place"]

LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
BUILDING_KEYS = ("building", "building:part")
WAY_KEYS = ("highway", "railway", "waterway", "barrier", "natural")
AREA_KEYS = ("amenity", "landuse", "leisure", "natural", "parking", "shop", "power")
PLACE_KEYS = ("amenity", "shop", "public_transport", "highway", "railway", "power", "leisure", "office", "healthcare", "tourism", "natural")

SMALL_FILE = 4 * 1024 * 1024
# OSM XML packs about fifteen to one
LARGEST_RATIO = 200

OsmLayers = dict[str, "gpd.GeoDataFrame"]


def _plain_file(path: Path, folder: Path) -> Path:
    """The file itself, or in `folder` its unpacked copy, or an Overpass answer as XML."""
    if path.suffix == ".json":
        written = folder / f"{path.stem}.osm"
        try:
            written.write_bytes(overpass_to_xml(check_overpass(path.read_bytes())["elements"]))
        except SourceError as error:
            raise SourceError(f"{path.name} is not a whole Overpass answer: {error}; fetch it again.") from None
        return written
    openers: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(path.suffix)
    if opener is None:
        return path
    unpacked, size = folder / path.stem, 0
    try:
        with opener(path, "rb") as packed, unpacked.open("wb") as plain:
            while piece := packed.read(1 << 20):
                size += plain.write(piece)
                if size > LARGEST_RATIO * max(path.stat().st_size, 1 << 20):
                    raise SourceError(f"{path.name} unpacks to more than {LARGEST_RATIO} times its size and is refused; export it again.")
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} is not a whole {path.suffix} file ({error}); fetch or copy it again.") from None
    return unpacked


def _buildings_of_xml(path: Path) -> set[str]:
    """
    Ids of all ways and relations tagged as building, so that none gets lost on the way to a polygon.

    Raises
    ------
    SourceError
        If the file is not OSM XML, or declares a document type: OSM XML has none, so nobody needs entities.
    """
    found: set[str] = set()
    other_relations: set[str] = set()
    current = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current
        if name in {"node", "way", "relation"}:
            current = "" if name == "node" else f"{name}/{attributes.get('id')}"
        elif name == "tag" and current and attributes.get("k") in BUILDING_KEYS:
            found.add(current)
        elif name == "tag" and current.startswith("relation") and attributes.get("k") == "type" and attributes.get("v") != "multipolygon":
            other_relations.add(current)

    def first(name: str, _: dict[str, str]) -> None:
        if name != "osm":
            raise SourceError(f"{path.name} starts with <{name[:40]}>, not <osm>; give OpenStreetMap data.")
        parser.StartElementHandler = start

    def doctype(*_: object) -> None:
        raise SourceError(f"{path.name} declares a document type; OSM XML has none, so the file is refused. Export it again.")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = first, doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SourceError(
            f"{path.name} cannot be read as OpenStreetMap data ({one_line(error)}); give an .osm, .osm.gz or .osm.pbf file."
        ) from None
    return found - other_relations


def _read_layer(path: Path, layer: str) -> gpd.GeoDataFrame:
    import pyogrio

    options = {"CONFIG_FILE": str(resources.files("ped_geo.sources") / "osmconf.ini"), "INTERLEAVED_READING": "NO", "fid_as_index": True}
    if path.stat().st_size < SMALL_FILE:
        # MB; the driver would clear its usual 100 MB for each layer
        options["MAX_TMPFILE_SIZE"] = "10"
    problem = ""
    # unsorted files need the slower index
    for indexing in ("YES", "NO"):
        try:
            return read_layer(path, layer=layer, USE_CUSTOM_INDEXING=indexing, **options)
        except (pyogrio.errors.FeatureError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            problem = one_line(error)
    raise SourceError(f"{path.name} cannot be read as OpenStreetMap data ({problem}); give an .osm, .osm.gz or .osm.pbf file.")


def _with_ids(frame: gpd.GeoDataFrame, kind: str, name: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    if frame.empty:
        columns = {"source": pd.Series(dtype="str"), "tags": pd.Series(dtype="str")}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=4326), index=pd.Index([], dtype="str", name=name))
    # the driver's own row number is the id; its columns osm_id and osm_way_id can be written over by tags of those names
    number = frame.index.astype("str")
    prefix = np.where(frame["osm_id"].notna(), "relation/", "way/") if name == "building_id" else f"{kind}/"
    out = frame[["all_tags", "geometry"]].rename(columns={"all_tags": "tags"})
    out["tags"] = [_json_tags(tags) for tags in frame["all_tags"]]
    out.insert(0, "source", "osm")
    out.index = pd.Index(prefix + number, name=name, dtype="str")
    return out[~out.index.duplicated()].sort_index()


def _json_tags(tags: object) -> str:
    if isinstance(tags, str):
        try:
            tags = json.loads(tags)
        except (ValueError, RecursionError):
            tags = {}
    if not isinstance(tags, dict):
        tags = {}
    return json.dumps({str(key): str(value) for key, value in sorted(tags.items())}, ensure_ascii=False)


def _having(frame: gpd.GeoDataFrame, keys: tuple[str, ...]) -> gpd.GeoDataFrame:
    import numpy as np

    return frame[np.array([any(key in json.loads(tags) for key in keys) for tags in frame["tags"]], dtype=bool)]


def read_osm(path: Path) -> tuple[OsmLayers, pd.DataFrame]:
    """
    All layers of an OSM file.

    Parameters
    ----------
    path : Path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.

    Returns
    -------
    layers : dict of str to GeoDataFrame
        ``footprints``, ``ways``, ``areas``, ``places`` in EPSG:4326, indexed ``way/1``, ``relation/2``, ``node/3``.
    set_aside : DataFrame
        Objects without a usable geometry, with the reason.

    Raises
    ------
    SourceError
        If the file is missing, damaged or no OSM file.
    """
    import pandas as pd
    import shapely

    if not path.is_file():
        raise SourceError(f"{path} is not a file; check [sources] files.")
    with tempfile.TemporaryDirectory() as folder:
        plain = _plain_file(path, Path(folder))
        tagged = set() if plain.suffix == ".pbf" else _buildings_of_xml(plain)
        polygons = _with_ids(_read_layer(plain, "multipolygons"), "way", "building_id")
        lines = _with_ids(_read_layer(plain, "lines"), "way", "way_id")
        points = _with_ids(_read_layer(plain, "points"), "node", "place_id")
    # OpenStreetMap keeps seven decimals; a .pbf gives points with more digits than they have
    points.geometry = shapely.transform(points.geometry.to_numpy(), lambda xy: xy.round(7))
    usable = polygons.geometry.notna() & ~polygons.geometry.is_empty
    lost = [_set_aside(polygons.index[~usable], "footprints", "no_geometry")]
    open_ways = _having(lines, BUILDING_KEYS).index
    lost.append(_set_aside(open_ways, "footprints", "not_closed"))
    lost.append(_set_aside(sorted(tagged - {*polygons.index, *open_ways}), "footprints", "incomplete"))
    polygons = polygons[usable]
    polygons.geometry = polygons.geometry.map(
        lambda shape: shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape
    )
    footprints = _having(polygons, BUILDING_KEYS)
    footprints.insert(2, "tag_sources", "{}")
    rest = polygons.drop(index=footprints.index)
    layers = {
        "footprints": footprints,
        "ways": _having(lines, WAY_KEYS),
        "areas": _having(rest, AREA_KEYS).rename_axis("area_id"),
        "places": _having(points, PLACE_KEYS),
    }
    return layers, pd.concat(lost, ignore_index=True)


def _set_aside(ids: Any, layer: str, reason: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"object_id": list(ids), "layer": layer, "reason": reason}, dtype="str")


def read_place(study: Study, path: Path, *, origin: str = "file") -> RawPlace:
    """
    The raw place of one OSM file: the boundary of the study, or the extent of the file's buildings.

    Parameters
    ----------
    study : Study
        Its ``[place]`` gives the boundary.
    path : Path
        OSM file.
    origin : str
        What the place is to be called in the products.

    Raises
    ------
    SourceError
        If the file holds no buildings, or none inside the boundary.
    """
    layers, lost = read_osm(path)
    boundary = given_boundary(study, layers["footprints"])
    around = ring(boundary, study.place.buffer_m)
    inside = {name: frame[frame.intersects(around)] for name, frame in layers.items()}
    provenance = {"source": "osm", "licence": LICENCE, "attribution": ATTRIBUTION, "files": [file_record(path)]}
    return RawPlace(boundary=boundary, set_aside=lost, provenance=provenance, origin=origin, **inside)


def _read(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    if len(study.sources.files) != 1:
        raise SourceError(f"source 'osm_file' needs one file in [sources] files, got {len(study.sources.files)}.")
    return read_place(study, study.sources.files[0])


SOURCES.add("osm_file", PlaceSource("osm_file", LICENCE, ATTRIBUTION, _read, takes=("files",)))
