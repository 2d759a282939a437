"""Footprints, and streets where there are any, from GeoPackages, GeoJSON, Shapefiles or GeoParquet of the user."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import assumptions, schema
from ped_geo.errors import SourceError
from ped_geo.language import LANGUAGES, text
from ped_geo.language.sentences import Sentence
from ped_geo.remarks import Remark
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._boundary import axes_swapped, given_boundary, ring
from ped_geo.sources._building_columns import KEYS, WORDS, building_word
from ped_geo.sources._columns import plain, said
from ped_geo.sources._files import file_record, file_records_of, whole_file
from ped_geo.sources._own_columns import OURS, is_own_product, mapped, tag_sources
from ped_geo.sources._shapefile import whole_name
from ped_geo.sources._vectors import HINTS, layers_of, read_vector
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "as_layer",
    "as_ways",
    "building_columns",
    "no_objects",
    "place_of_layers",
    "read_footprints",
    "read_streets",
    "read_vector",
    "unknown_words",
    "unread_columns",
]

LICENCE = "of the file's provider"
ID_COLUMNS = (
    "building_id",
    "@id",
    "osm_id",
    "id",
    "fid",
    "lokalny_id",
    "lokalnyId",
    "gml_id",
    "uID",
    "identificatie",
    "localId",
    "id_bud",
    "ID_BUD",
    "id_budynku",
    "ID_BUDYNKU",
)
# of the given ids; columns that hold the same everywhere are no ids
LEAST_DISTINCT = 0.5
SQUARES = ("pedestrian",)
STREET_LAYERS = ("streets", "ways", "roads", "lines", "edges")
BUILDING_LAYERS = ("buildings", "footprints", "building", "OT_BUBD_A", "EGB_Budynek", "multipolygons")
# GDAL writes the tags that have no column of their own as "key"=>"value" pairs
HSTORE = re.compile(r'"([^"]+)"=>"((?:[^"\\]|\\.)*)"')
# a moment of which the day is meant
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}.*")
NAMED = 8


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _tags(row: Mapping[str, Any], default: Mapping[str, str]) -> str:
    """
    Tags of a row: of several columns with the same meaning the first that says anything counts, OSM's own name before others.

    What says only that there is a building leaves the word to those that say which one, and a part of a building is not one by default.
    """
    tags: dict[str, str] = {}
    for key, value in sorted(row.items(), key=lambda item: item[0] not in KEYS):
        text = said(value)
        if not text:
            continue
        if key == "other_tags":
            tags |= {name: _unescaped(told) for name, told in HSTORE.findall(text) if name not in tags}
        else:
            name = WORDS.get(plain(key), key)
            told = building_word(text, key) if name == "building" else MOMENT.sub(r"\1", text)
            if name not in tags or (name, tags[name]) == ("building", "yes"):
                tags[name] = told
    is_part = tags.get("building:part", "no") != "no"
    for name, told in default.items():
        if not (name == "building" and is_part):
            tags.setdefault(name, told)
    return json.dumps(dict(sorted(tags.items())), ensure_ascii=False)


def _ids(frame: gpd.GeoDataFrame) -> list[str]:
    """
    An id for each row: of the first column with ids for all of them, else the row's number.

    Ids that stand again get a number behind them, so that no row is lost.
    """
    types = [f"{said(kind)}/" for kind in frame["osm_type"]] if "osm_type" in frame else [""] * len(frame)
    for column in ID_COLUMNS:
        told = [said(value) for value in frame[column]] if column in frame and frame[column].notna().all() else [""]
        if all(told) and len(set(told)) >= LEAST_DISTINCT * len(frame):
            break
    else:
        told = [str(number) for number in range(1, len(frame) + 1)]
    seen: dict[str, int] = {}
    names: dict[str, None] = {}
    for name in map("".join, zip(types, told, strict=True)):
        fresh = name
        while fresh in names:
            seen[name] = seen.get(name, 1) + 1
            fresh = f"{name}#{seen[name]}"
        names[fresh] = None
    return list(names)


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

    names = _ids(frame)
    prefix = "" if all("/" in name for name in names) or not any(name.isdecimal() for name in names) else f"{source}/"
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name)).drop(
        columns=[*(set(ID_COLUMNS) & set(frame.columns)), "osm_type"], errors="ignore"
    )
    records: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in attributes.to_dict("records")]
    rows = [translate(row) if translate else row for row in records]
    layer = gpd.GeoDataFrame(
        {"source": source, "tags": [_tags(row, default) for row in rows]}
        | ({"tag_sources": tag_sources(frame)} if is_own_product(frame) else {}),
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
        index=pd.Index([prefix + name for name in names], dtype="str", name=index),
    )
    return layer.sort_index()


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
    boundary: gpd.GeoDataFrame | None = None,
    origin: str = "file",
) -> RawPlace:
    """
    The raw place of footprints, streets and areas that are already raw layers.

    Raises
    ------
    SourceError
        If there are no footprints, or none inside the boundary, or if the axes of the streets are swapped.
    """
    import pandas as pd

    usable = footprints.geometry.notna() & ~footprints.geometry.is_empty & footprints.geom_type.isin(["Polygon", "MultiPolygon"])
    lost = pd.DataFrame({"object_id": footprints.index[~usable], "layer": "footprints", "reason": "no_geometry"}, dtype="str")
    footprints = footprints[usable].copy()
    if "tag_sources" not in footprints:
        footprints.insert(2, "tag_sources", "{}")
    footprints.geometry = footprints.geometry.force_2d()
    boundary = given_boundary(study, footprints, boundary)
    import geopandas as gpd

    around = gpd.GeoSeries([ring(boundary, study.place.buffer_m)], crs=4326).to_crs(footprints.crs).iloc[0]
    ways = no_objects(footprints.crs, "way_id") if ways is None else ways.to_crs(footprints.crs)
    drawn = ways.geom_type.isin(["LineString", "MultiLineString"]) & ~ways.geometry.is_empty
    no_lines = pd.DataFrame({"object_id": ways.index[~drawn], "layer": "ways", "reason": "no_geometry"}, dtype="str")
    ways = ways[drawn]
    near = ways[ways.intersects(around)]
    if len(ways) and near.empty and axes_swapped(boundary, ways):
        raise SourceError(Sentence("error.streets_axes_seem_to_be", study=study.title))
    areas = no_objects(footprints.crs, "area_id") if areas is None else areas.to_crs(footprints.crs)
    return RawPlace(
        boundary=boundary,
        footprints=footprints[footprints.intersects(around)],
        ways=near,
        areas=areas[areas.intersects(around)],
        points_of_interest=no_objects(footprints.crs, "place_id"),
        rejected=pd.concat([lost, no_lines], ignore_index=True),
        provenance=provenance,
        origin=origin,
        remarks=(Remark("streets_elsewhere", {"count": len(ways)}),) if len(ways) and near.empty else (),
    )


def _together(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """The rows of several files below each other, in the system of the first; with the remarks on all of them."""
    import pandas as pd

    notes = [note for frame in frames for note in frame.attrs.get("notes", [])]
    for frame in frames:
        frame.attrs = {}
    if len(frames) > 1:
        frames = [frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame for frame in frames]
        frames = [pd.concat([frame.to_crs(frames[0].crs) for frame in frames], ignore_index=True)]
    frames[0].attrs["notes"] = notes
    return frames[0]


def read_footprints(study: Study, layers: tuple[str, ...], source: str) -> gpd.GeoDataFrame:
    """
    The buildings of all ``[sources] files``, as they stand in the files.

    Raises
    ------
    SourceError
        If no file is named, or one cannot be read.
    """
    if not study.sources.files:
        raise SourceError(Sentence("error.source_needs_file_in_sources", source=source))
    return _together([_layer_of(study, path, layers) for path in study.sources.files])


def _layer_of(study: Study, path: Path, layers: tuple[str, ...]) -> gpd.GeoDataFrame:
    """The buildings of one file; of a drawing, the shapes of the named layer."""
    sources, stated = study.sources, study.sources.layer
    with whole_file(path) as file:
        names = list(layers_of(file)) if stated and file.is_file() else []
        drawing = names == ["entities"]
        if stated and names and not drawing and stated not in names:
            raise SourceError(Sentence("error.has_no_layer_which_sources", path=path.name, stated=stated, names=", ".join(names[:NAMED])))
        chosen = (stated,) if stated and not drawing else layers
        frame = read_vector(file, chosen, country=study.country, stated=sources.files_crs, encoding=sources.encoding)
    if stated and drawing:
        shapes = frame[frame["Layer"].astype("str") == stated]
        if shapes.empty:
            told = ", ".join(sorted(set(frame["Layer"].astype("str")))[:NAMED])
            raise SourceError(Sentence("error.has_nothing_in_layer_which", path=path.name, stated=stated, told=told))
        return shapes
    return frame


def _read(study: Study, _raw_root: Path, _refresh: bool) -> RawPlace:
    frame = read_footprints(study, BUILDING_LAYERS, "footprints_file")
    notes = frame.attrs.get("notes", [])
    frame, used = mapped(frame, study.sources, study.sources.files)
    withheld = _withheld(frame, study.sources.files)
    frame, read = _whole_names(frame, study.sources.files, used)
    ways, records = read_streets(study)
    if ways is None:
        ways = _streets_beside(study)
    footprints = as_layer(frame, source="file", index="building_id", default={"building": "yes"})
    files = [*(record for path in study.sources.files for record in file_records_of(path)), *records]
    names = ", ".join(path.name for path in study.sources.files)
    attribution = study.sources.attribution or " · ".join(f"{text('attribution.own', lang)} ({names})" for lang in reversed(LANGUAGES))
    provenance = {"source": "file", "licence": LICENCE, "attribution": attribution, "files": files, "notes": [*notes, *withheld, *read]}
    return place_of_layers(study, footprints, ways, provenance)


def _withheld(frame: gpd.GeoDataFrame, files: tuple[Path, ...]) -> list[dict[str, Any]]:
    """A remark on buildings of an earlier run of which no product tells what belongs to their one household."""
    if not is_own_product(frame) or "heated" not in frame:
        return []
    # every heated building of a run has a heat supply, and says whence it is known
    count = int((frame["heated"].fillna(value=False).astype(bool) & frame["heat_supply_source"].map(said).eq("")).sum())
    return [{"key": "households_withheld", "values": {"file": ", ".join(path.name for path in files), "count": count}}] if count else []


def _whole_names(
    frame: gpd.GeoDataFrame, files: tuple[Path, ...], mapping: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """The frame with names of columns that a shapefile cut, and remarks on the columns that are read and those that nothing reads."""
    known = {word: key for key, others in KEYS.items() for word in (key, *others)}
    columns = [str(name) for name in frame.columns.drop(frame.geometry.name)]
    whole = {name: whole_name(name, known) for name in columns}
    read = [*building_columns(), *(schema.columns("buildings") if is_own_product(frame) else ())]
    used = {name: WORDS[plain(whole[name])] for name in columns if plain(whole[name]) in WORDS and frame[name].notna().any()}
    # a name that is there already would stand twice
    frame = frame.rename(columns={old: new for old, new in whole.items() if new not in columns})
    return frame, [*_read_columns(files, used, mapping), *unread_columns(frame, ", ".join(path.name for path in files), read)]


def _read_columns(files: tuple[Path, ...], used: Mapping[str, str], mapping: Mapping[str, str]) -> list[dict[str, Any]]:
    """A remark on the columns of a file that are read under another name than their own."""
    ours = {key: name for name, key in OURS.items()} | {"building": "use"}
    told = dict(mapping) | {
        name: ours.get(key, key) for name, key in used.items() if name not in OURS.values() and name not in {*OURS, key}
    }
    if not told:
        return []
    values = {
        "file": ", ".join(path.name for path in files),
        "count": len(told),
        "columns": ", ".join(f"{a} → {b}" for a, b in told.items()),
    }
    return [{"key": "columns_read", "values": values}]


def building_columns() -> set[str]:
    """Columns of buildings that stages read, as people and registers spell them."""
    uses = {str(key) for key in assumptions.table("osm_building_uses")["key"]}
    return {*WORDS, *uses, "other_tags", "bbox", "area"}


def unread_columns(frame: gpd.GeoDataFrame, name: str, read: Iterable[str]) -> list[dict[str, Any]]:
    """A remark on the columns of a file, or a frame, of this name that say something but that nothing reads."""
    known = {plain(name) for name in (*read, *ID_COLUMNS, "osm_type")}
    unread = [name for name in frame.columns.drop(frame.geometry.name) if plain(str(name)) not in known and frame[name].notna().any()]
    if not unread:
        return []
    told = ", ".join(map(str, unread[:NAMED])) + (f" + {len(unread) - NAMED}" if len(unread) > NAMED else "")
    values = {"file": name, "count": len(unread), "columns": told}
    return [{"key": "columns_unread", "values": values}]


def unknown_words(vocabulary: str, words: Iterable[str], known: Iterable[str]) -> list[dict[str, Any]]:
    """A remark on the words of a column that a vocabulary lacks; objects with them are taken as untagged."""
    told, lower = list(words), {word.casefold() for word in known}
    strange = Counter(word[:60] for word in told if word and word.casefold() not in lower)
    if not strange:
        return []
    named = ", ".join(f"{word!r} ({count})" for word, count in strange.most_common(NAMED))
    return [{"key": "unknown_words", "values": {"vocabulary": vocabulary, "count": strange.total(), "of": len(told), "words": named}}]


def read_streets(
    study: Study, translate: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
) -> tuple[gpd.GeoDataFrame | None, list[dict[str, Any]]]:
    """
    The streets of all ``[sources] streets_files`` as raw layer ``ways``, None where there are none, and the records of the files.

    Parameters
    ----------
    study : Study
        Settings.
    translate : callable, optional
        Turns a row of a provider's own columns into OSM keys.

    Raises
    ------
    SourceError
        If one of the files cannot be read or holds no line.
    """
    paths = study.sources.streets_files
    if not paths:
        return None, []
    frames = [
        read_vector(path, STREET_LAYERS, geometry="LineString", country=study.country, stated=study.sources.files_crs) for path in paths
    ]
    for path, frame in zip(paths, frames, strict=True):
        if not frame.geom_type.isin(["LineString", "MultiLineString"]).any():
            raise SourceError(Sentence("error.holds_no_line_sources_streets_files", path=path.name))
    return as_ways(_together(frames), translate), [file_record(path) for path in paths]


def _streets_beside(study: Study) -> gpd.GeoDataFrame | None:
    """Streets that lie in the files of the buildings, in a layer named so."""
    found = []
    for path in study.sources.files:
        with whole_file(path) as file:
            kinds = layers_of(file)
            if len(kinds) > 1 and any(_names_streets(name) for name in kinds):
                frame = read_vector(
                    file, _street_layers(kinds), geometry="LineString", country=study.country, stated=study.sources.files_crs
                )
                found.append(frame)
    return as_ways(_together(found), None) if found else None


def _street_layers(names: Iterable[str]) -> tuple[str, ...]:
    exact = [name for name in names if name.casefold() in STREET_LAYERS]
    return tuple(sorted(exact, key=lambda name: STREET_LAYERS.index(name.casefold())) + [name for name in names if _names_streets(name)])


def _names_streets(name: str) -> bool:
    plainly = name.casefold()
    return plainly in STREET_LAYERS or any(hint in plainly for hint in HINTS["LineString"])


def as_ways(frame: gpd.GeoDataFrame, translate: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None) -> gpd.GeoDataFrame:
    """Lines of a frame as raw layer ``ways``, streets unless its columns say otherwise."""
    import pandas as pd

    shaped = frame.geometry.notna() & ~frame.geometry.is_empty
    lines = pd.concat([frame[shaped].explode(ignore_index=True), frame[~shaped]], ignore_index=True)
    if "area" not in lines and "highway" in lines:
        # squares of OpenStreetMap whose tag area=yes was lost on the way into the file
        lines = lines[~(lines.is_ring & lines["highway"].isin(SQUARES))]
    source = "way" if "osm_id" in lines else "file"
    default = {} if translate else {"highway": "residential"}
    return as_layer(lines, source=source, index="way_id", default=default, translate=translate).assign(source="file")


SOURCES.add(
    "footprints_file",
    PlaceSource(
        "footprints_file",
        LICENCE,
        "",
        _read,
        takes=("files", "streets_files", "layer", "id", "encoding", "attribution", "columns", "words"),
    ),
)
