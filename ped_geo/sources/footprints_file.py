"""Footprints, and streets where there are any, from a GeoPackage, GeoJSON, Shapefile or GeoParquet of the user."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import given_boundary, ring
from ped_geo.sources._files import file_record, layer_names, one_line, read_layer, refuse_document_type
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["as_layer", "no_objects", "place_of_layers", "read_vector"]

LICENCE = "of the file's provider"
ID_COLUMNS = ("building_id", "@id", "osm_id", "id", "fid", "lokalny_id", "lokalnyId", "gml_id", "uID")
SQUARES = ("pedestrian",)
STREET_LAYERS = ("streets", "ways", "roads", "lines", "edges")
BUILDING_LAYERS = ("buildings", "footprints", "building", "OT_BUBD_A", "multipolygons")
# GDAL writes the tags that have no column of their own as "key"=>"value" pairs
HSTORE = re.compile(r'"([^"]+)"=>"((?:[^"\\]|\\.)*)"')
# how people spell OSM's keys where a format forbids colons
SPELLINGS = {
    "levels": "building:levels",
    "storeys": "building:levels",
    "building_levels": "building:levels",
    "building_min_level": "building:min_level",
    "roof_shape": "roof:shape",
    "roof_levels": "roof:levels",
    "roof_orientation": "roof:orientation",
    "roof_direction": "roof:direction",
    "roof_angle": "roof:angle",
    "height_m": "height",
    "year": "start_date",
    "addr_street": "addr:street",
    "addr_housenumber": "addr:housenumber",
}


def read_vector(path: Path, layers: tuple[str, ...]) -> gpd.GeoDataFrame:
    """
    The first of the named layers of a vector file, or its only one, with a CRS and coordinates that fit it.

    Raises
    ------
    SourceError
        If the file is missing or unreadable, has no geometry or no CRS, or holds coordinates outside the CRS.
    """
    import geopandas as gpd
    import pyogrio

    if not path.is_file():
        raise SourceError(f"{path} is not a file; check [sources] files.")
    try:
        if path.suffix in {".parquet", ".geoparquet"}:
            frame = gpd.read_parquet(path)
        else:
            options = {}
            if path.suffix.lower() in {".gml", ".xml"}:
                refuse_document_type(path)
                # neither fetch what the file names as its schema nor write notes beside it
                options = {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}
            else:
                names = layer_names(path)
                options = {"layer": next((name for name in layers if name in names), names[0])}
            frame = read_layer(path, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, ValueError, OSError) as error:
        raise SourceError(
            f"{path.name} cannot be read ({one_line(error)}); give GeoPackage, GeoJSON, Shapefile, GML or GeoParquet."
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SourceError(f"{path.name} has no geometry; give a layer of polygons.")
    if frame.crs is None:
        raise SourceError(f"{path.name} has no coordinate system; add one, for example the .prj file or a GeoPackage.")
    _check_bounds(frame, path.name)
    return frame


def _check_bounds(frame: gpd.GeoDataFrame, name: str) -> None:
    if frame.empty or not np.isfinite(frame.total_bounds).all():
        return
    west, south, east, north = frame.total_bounds
    if frame.crs.is_geographic and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise SourceError(
            f"{name} says {frame.crs.to_string()} but its coordinates reach {east:,.0f}, {north:,.0f}; they are metres: set the right system."
        )
    area = frame.crs.area_of_use
    if area is None:
        return
    a, b, c, d = frame.to_crs(4326).total_bounds
    if not np.isfinite([a, b, c, d]).all() or c < area.west - 5 or a > area.east + 5 or d < area.south - 5 or b > area.north + 5:
        raise SourceError(
            f"{name} lies at {a:.2f}, {b:.2f} by its coordinate system {frame.crs.to_string()}, outside that system's area "
            f"({area.west:.0f} to {area.east:.0f} E, {area.south:.0f} to {area.north:.0f} N); its axes may be swapped."
        )


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _tags(row: Mapping[str, Any]) -> str:
    tags: dict[str, str] = {}
    for key, value in row.items():
        if value is None or (isinstance(value, float) and np.isnan(value)) or str(value) in {"", "nan", "None", "<NA>"}:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if key == "other_tags":
            tags = {name: _unescaped(text) for name, text in HSTORE.findall(str(value))} | tags
        else:
            tags[SPELLINGS.get(str(key), str(key))] = str(value)
    return json.dumps(dict(sorted(tags.items())), ensure_ascii=False)


def as_layer(
    frame: gpd.GeoDataFrame,
    *,
    source: str,
    index: str,
    default: Mapping[str, str],
    translate: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> gpd.GeoDataFrame:
    """
    A vector frame as a raw layer: an id, the source and all columns as tags.

    Parameters
    ----------
    frame : GeoDataFrame
        As read.
    source : str
        Value of the ``source`` column.
    index : str
        Name of the index: ``building_id`` or ``way_id``.
    default : mapping
        Tags that every object has unless its columns say otherwise, such as ``building=yes``.
    translate : callable, optional
        Turns a row of a register's own columns into OSM keys.
    """
    import geopandas as gpd
    import pandas as pd

    ids = next((frame[name] for name in ID_COLUMNS if name in frame and frame[name].notna().all() and frame[name].is_unique), None)
    kinds = frame["osm_type"].astype(str) + "/" if "osm_type" in frame else None
    numbers = pd.Series(range(1, len(frame) + 1), index=frame.index) if ids is None else ids
    names = (kinds + numbers.astype(str)) if kinds is not None else numbers.astype(str)
    prefix = "" if names.str.contains("/").all() or not names.str.fullmatch(r"\d+").any() else f"{source}/"
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name)).drop(
        columns=[*(set(ID_COLUMNS) & set(frame.columns)), "osm_type"], errors="ignore"
    )
    records: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in attributes.to_dict("records")]
    rows = [translate(row) if translate else row for row in records]
    layer = gpd.GeoDataFrame(
        {"source": source, "tags": [_tags({**default, **{k: v for k, v in row.items() if _given(v)}}) for row in rows]},
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
        index=pd.Index(prefix + names.to_numpy(dtype="object"), dtype="str", name=index),
    )
    return layer[~layer.index.duplicated()].sort_index()


def _given(value: object) -> bool:
    return value is not None and str(value) not in {"", "nan", "None", "<NA>"}


def no_objects(crs: Any, index: str) -> gpd.GeoDataFrame:
    """An empty raw layer."""
    import geopandas as gpd
    import pandas as pd

    columns = {"source": pd.Series(dtype="str"), "tags": pd.Series(dtype="str")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs, index=pd.Index([], dtype="str", name=index))


def place_of_layers(
    study: Study,
    footprints: gpd.GeoDataFrame,
    ways: gpd.GeoDataFrame | None,
    provenance: Mapping[str, Any],
    *,
    areas: gpd.GeoDataFrame | None = None,
    origin: str = "file",
) -> RawPlace:
    """
    The raw place of footprints, streets and areas that are already raw layers.

    Raises
    ------
    SourceError
        If there are no footprints, or none inside the boundary.
    """
    import pandas as pd

    usable = footprints.geometry.notna() & ~footprints.geometry.is_empty & footprints.geom_type.isin(["Polygon", "MultiPolygon"])
    lost = pd.DataFrame({"object_id": footprints.index[~usable], "layer": "footprints", "reason": "no_geometry"}, dtype="str")
    footprints = footprints[usable].copy()
    if "tag_sources" not in footprints:
        footprints.insert(2, "tag_sources", "{}")
    footprints.geometry = footprints.geometry.force_2d()
    boundary = given_boundary(study, footprints)
    import geopandas as gpd

    around = gpd.GeoSeries([ring(boundary, study.place.buffer_m)], crs=4326).to_crs(footprints.crs).iloc[0]
    ways = no_objects(footprints.crs, "way_id") if ways is None else ways.to_crs(footprints.crs)
    areas = no_objects(footprints.crs, "area_id") if areas is None else areas.to_crs(footprints.crs)
    return RawPlace(
        boundary=boundary,
        footprints=footprints[footprints.intersects(around)],
        ways=ways[ways.intersects(around)],
        areas=areas[areas.intersects(around)],
        places=no_objects(footprints.crs, "place_id"),
        set_aside=lost,
        provenance=provenance,
        origin=origin,
    )


def _read(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    if not study.sources.files:
        raise SourceError("source 'footprints_file' needs a file in [sources] files.")
    path = study.sources.files[0]
    footprints = as_layer(read_vector(path, BUILDING_LAYERS), source="file", index="building_id", default={"building": "yes"})
    ways = _ways(study, path)
    files = [file_record(file) for file in (path, *study.sources.streets_files)]
    provenance = {"source": "file", "licence": LICENCE, "attribution": path.name, "files": files}
    return place_of_layers(study, footprints, ways, provenance)


def _ways(study: Study, path: Path) -> gpd.GeoDataFrame | None:
    if study.sources.streets_files:
        frame = read_vector(study.sources.streets_files[0], STREET_LAYERS)
    elif path.suffix == ".gpkg" and any(name in STREET_LAYERS for name in layer_names(path)):
        frame = read_vector(path, STREET_LAYERS)
    else:
        return None
    lines = frame[frame.geom_type.isin(["LineString", "MultiLineString"])].explode(ignore_index=True)
    if "area" not in lines and "highway" in lines:
        # squares of OpenStreetMap whose tag area=yes was lost on the way into the file
        lines = lines[~(lines.is_ring & lines["highway"].isin(SQUARES))]
    source = "way" if "osm_id" in lines else "file"
    return as_layer(lines, source=source, index="way_id", default={"highway": "residential"}).assign(source="file")


SOURCES.add("footprints_file", PlaceSource("footprints_file", LICENCE, "", _read))
