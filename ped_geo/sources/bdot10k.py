"""
Buildings (class BUBD), roads (SKJZ), watercourses (SW), water and green (PT) of Poland's topographic database BDOT10k, from GML or GeoPackage.

Both the old and the 2021 schema are read. Attributes are translated into OSM keys by ``assumptions/tables/bdot10k_*.csv``; storeys
become ``building:levels``.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import assumptions
from ped_geo.errors import SourceError
from ped_geo.sources import SOURCES, PlaceSource, RawPlace
from ped_geo.sources._files import file_record, layer_names
from ped_geo.sources._http import Client
from ped_geo.sources._snapshot import Snapshot
from ped_geo.sources.footprints_file import ID_COLUMNS, as_layer, place_of_layers, read_vector
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["building_tags", "cover_classes", "read_bdot10k", "road_tags", "watercourse_tags"]

LICENCE = "open data of GUGiK, free reuse with the source named"
ATTRIBUTION = "GUGiK, BDOT10k"
PACKAGE = "package.zip"
LARGEST_MEMBER = 8 << 30
ROAD_LAYERS = ("OT_SKJZ_L", "SKJZ_L", "streets", "lines")
LAYERS = ("OT_BUBD_A", "BUBD_A", "buildings", "BUBD")
# new names first, then those of the old schema and of common exports
STOREYS = ("liczba_kondygnacji", "liczbaKondygnacji", "LICZBA_KON", "kondygnacje")
GENERAL = ("funkcja_ogolna", "funkcjaOgolnaBudynku", "funOgolnaBudynku", "FUNOGBUD", "FUNKCJA_OG")
DETAILED = (
    "przewazajacaFunkcjaBudynku",
    "przewazajaca_funkcja",
    "funkcja_szczegolowa",
    "funkcjaSzczegolowaBudynku",
    "funSzczegolowaBudynku",
    "FUNSZCZEG",
)
CODE = ("x_kod", "X_KOD")
ROAD_CLASS = ("klasaDrogi", "klasa_drogi", "KLASA_DROG", "KLASADROGI")
PHASE = ("faza", "fazaIstnienia", "FAZAISTNIE", "kategoriaIstnienia", "katIstnienia")
HERITAGE = ("czy_zabytek", "zabytek", "ZABYTEK")
PHASES = {
    "under_construction": "construction",
    "w budowie": "construction",
    "destroyed": "destroyed",
    "zniszczony": "destroyed",
    "unoccupied": "abandoned",
    "nieczynny": "abandoned",
}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = row.get(name)
        if value is not None and str(value) not in {"", "nan", "None"}:
            return str(value)
    return ""


@cache
def _functions() -> dict[str, str]:
    table = assumptions.table("bdot10k_functions")
    return dict(zip(table["function"].str.casefold(), table["building"], strict=True))


def building_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one BDOT10k building.

    Parameters
    ----------
    row : mapping
        Attributes by their names in the old schema, the 2021 schema or an export.

    Examples
    --------
    >>> building_tags({"liczba_kondygnacji": 5, "funkcja_ogolna": "office_buildings", "faza": "in_use"})
    {'building': 'office', 'building:levels': '5'}
    """
    functions = _functions()
    words = [_first(row, names).casefold() for names in (DETAILED, GENERAL, CODE)]
    # classes of the old schema come as "1122.Dw" or "1122"
    words += [word.partition(".")[0] for word in words]
    tags = {"building": next((functions[word] for word in words if functions.get(word, "yes") != "yes"), "yes")}
    storeys = _first(row, STOREYS)
    if storeys:
        tags["building:levels"] = storeys.removesuffix(".0")
    phase = PHASES.get(_first(row, PHASE).casefold())
    if phase == "abandoned":
        tags["abandoned"] = "yes"
    elif phase:
        tags["building"] = phase
    if _first(row, HERITAGE).casefold() in {"1", "true", "tak", "yes"}:
        tags["heritage"] = "yes"
    return tags


@cache
def _roads() -> dict[str, str]:
    table = assumptions.table("bdot10k_roads")
    return dict(zip(table["road_class"].str.casefold(), table["highway"], strict=True))


def road_tags(row: Mapping[str, Any]) -> dict[str, str]:
    """
    OSM tags of one BDOT10k road (class SKJZ).

    Examples
    --------
    >>> road_tags({"klasaDrogi": "zbiorcza", "ulica": "Długa"})
    {'highway': 'tertiary', 'name': 'Długa'}
    """
    tags = {"highway": _roads().get(_first(row, ROAD_CLASS).casefold(), "residential")}
    name = _first(row, ("ulica", "nazwaUlicy", "ULICA", "nazwa"))
    return tags | ({"name": name} if name else {})


@cache
def cover_classes() -> dict[str, dict[str, str]]:
    """OSM tags of each class of land cover that is read, by its code."""
    table = assumptions.table("bdot10k_cover")
    return {str(name): {str(key): str(value)} for name, key, value in table[["class", "key", "value"]].to_numpy().tolist()}


def _ids(frame: gpd.GeoDataFrame) -> list[str]:
    return [name for name in ID_COLUMNS if name in frame]


@cache
def _watercourses() -> dict[str, dict[str, str]]:
    """Kinds of watercourse of each class, with their OSM value; "" is the kind of those that do not tell it."""
    table = assumptions.table("bdot10k_watercourses").fillna({"kind": ""})
    return {str(name): dict(zip(rows["kind"].str.casefold(), rows["waterway"], strict=True)) for name, rows in table.groupby("class")}


def watercourse_tags(row: Mapping[str, Any], code: str) -> dict[str, str]:
    """
    OSM tags of one BDOT10k watercourse.

    Parameters
    ----------
    row : mapping
        Attributes of the old or the 2021 schema.
    code : str
        Class: ``SWRS`` rivers and streams, ``SWKN`` canals, ``SWRM`` ditches.

    Examples
    --------
    >>> watercourse_tags({"x_kod": "SWRS01", "nazwa": "Rawa"}, "SWRS")
    {'waterway': 'river', 'name': 'Rawa'}
    """
    kinds = _watercourses()[code]
    tags = {"waterway": kinds.get(_first(row, (*CODE, "rodzaj", "RODZAJ")).casefold(), kinds[""])}
    name = _first(row, ("nazwa", "nazwaGeograficzna", "NAZWA"))
    return tags | ({"name": name} if name else {})


def _layers_of_classes(paths: tuple[Path, ...]) -> list[tuple[Path, str, str]]:
    """File, layer and class of all that is read besides buildings and roads; names of files, or of their layers, tell the class."""
    found, codes = [], (*cover_classes(), *_watercourses())
    for path in paths:
        layers = layer_names(path) if path.suffix.lower() == ".gpkg" and path.is_file() else []
        named = {name: code for code in codes for name in (path.name, *layers) if code in name.upper()}
        # a file of one class is named for it, a package has many layers
        chosen = {path.name: named[path.name]} if path.name in named else named
        if not chosen:
            raise SourceError(f"{path.name} holds no class of BDOT10k that is read besides BUBD: {', '.join(codes)}.")
        found += [(path, layer, code) for layer, code in sorted(chosen.items())]
    return found


def _joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    import pandas as pd

    return pd.concat([frame.to_crs(frames[0].crs) for frame in frames]) if frames else None


def _cover(layers: list[tuple[Path, str, str]]) -> gpd.GeoDataFrame | None:
    """Water and green."""
    found = []
    for path, layer, code in layers:
        if code not in cover_classes():
            continue
        frame = read_vector(path, (layer,))
        frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
        # what a class is says more than the columns of its rows
        area = as_layer(frame[[frame.geometry.name, *_ids(frame)]], source="bdot10k", index="area_id", default=cover_classes()[code])
        found.append(area.set_index(f"{code}/" + area.index).rename_axis("area_id"))
    return _joined(found)


def _lines(path: Path, layers: tuple[str, ...], translate: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> gpd.GeoDataFrame:
    lines = read_vector(path, layers, geometry="LineString")
    lines = lines[lines.geom_type.isin(["LineString", "MultiLineString"])].explode(ignore_index=True)
    return as_layer(lines, source="bdot10k", index="way_id", default={}, translate=translate)


def _ways(roads: tuple[Path, ...], layers: list[tuple[Path, str, str]]) -> gpd.GeoDataFrame | None:
    """Roads and watercourses."""
    found = [_lines(path, ROAD_LAYERS, road_tags) for path in roads]
    for path, layer, code in layers:
        if code in _watercourses():
            courses = _lines(path, (layer,), partial(watercourse_tags, code=code))
            found.append(courses.set_index(f"{code}/" + courses.index).rename_axis("way_id"))
    return _joined(found)


def read_bdot10k(study: Study, raw_root: Path, refresh: bool) -> RawPlace:
    """
    The raw place of a BDOT10k file, or of a county's package, which is fetched and frozen.

    Raises
    ------
    SourceError
        If no file is named, or it cannot be read, or holds no buildings.
    """
    if study.sources.files:
        return _read_files(study, study.sources.files[0], study.sources.streets_files[:1], study.sources.files[1:])
    if not study.sources.teryt:
        raise SourceError(
            "source 'bdot10k' needs a file in [sources] files, the GML or GeoPackage of class BUBD, or the county's teryt to fetch it."
        )
    snapshot = fetch_county(study, raw_root, refresh)
    with tempfile.TemporaryDirectory() as folder:
        content = snapshot.read(PACKAGE)
        buildings = unpack(content, "BUBD", Path(folder))
        if buildings is None:
            raise SourceError(f"{snapshot.folder / PACKAGE} holds no class BUBD; run with --refresh to fetch it again.")
        roads = unpack(content, "SKJZ", Path(folder))
        codes = (*cover_classes(), *_watercourses())
        cover = tuple(path for code in codes if (path := unpack(content, code, Path(folder))) is not None)
        place = _read_files(study, buildings, (roads,) if roads else (), cover)
    provenance = {key: value for key, value in snapshot.manifest().items() if key != "query"}
    return replace(place, provenance=provenance, origin="snapshot")


def fetch_county(study: Study, raw_root: Path, refresh: bool) -> Snapshot:
    """
    The frozen GeoPackage package of a county, fetched first where there is none.

    Raises
    ------
    SourceError
        If the geoportal cannot serve it; nothing is frozen then.
    """
    snapshot = Snapshot(raw_root / study.name / "bdot10k")
    teryt = study.sources.teryt
    url = f"{study.sources.geoportal_url.rstrip('/')}/bdot10k/schemat2021/GPKG/{teryt[:2]}/{teryt}_GPKG.zip"
    if snapshot.exists() and not refresh:
        if snapshot.manifest().get("url") != url:
            raise SourceError(f"the frozen snapshot {snapshot.folder} is not of county {teryt}; run with --refresh to fetch anew.")
        return snapshot
    with snapshot.held():
        content = Client.of(study).get(url, {}, check=_check_package)
        snapshot.write({PACKAGE: content}, {"source": "bdot10k", "licence": LICENCE, "attribution": ATTRIBUTION, "url": url})
    return snapshot


def _check_package(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise SourceError("it sent no whole ZIP package") from None
    if not any("BUBD" in name for name in names):
        raise SourceError("its package holds no buildings (class BUBD)")


def unpack(content: bytes, wanted: str, folder: Path) -> Path | None:
    """
    One GeoPackage or GML of a ZIP package, under a name of our own; None where no member's name holds `wanted`.

    Raises
    ------
    SourceError
        If the member is damaged or larger than a county can be.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        found = [
            item for item in package.infolist() if wanted in item.filename and item.filename.lower().endswith((".gpkg", ".gml", ".xml"))
        ]
        if not found:
            return None
        path, size = folder / f"{wanted}{Path(found[0].filename).suffix.lower()}", 0
        try:
            with package.open(found[0]) as packed, path.open("wb") as plain:
                while piece := packed.read(1 << 20):
                    size += plain.write(piece)
                    if size > LARGEST_MEMBER:
                        raise SourceError(f"{wanted} of the package unpacks to more than {LARGEST_MEMBER >> 30} GB and is refused.")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise SourceError(f"{wanted} of the package is damaged ({error}); run with --refresh to fetch it again.") from None
    return path


def _read_files(study: Study, path: Path, roads: tuple[Path, ...], cover: tuple[Path, ...]) -> RawPlace:
    frame = read_vector(path, LAYERS)
    footprints = as_layer(frame, source="bdot10k", index="building_id", default={}, translate=building_tags)
    layers = _layers_of_classes(cover)
    files = [file_record(file) for file in (path, *roads, *cover)]
    provenance = {"source": "bdot10k", "licence": LICENCE, "attribution": ATTRIBUTION, "files": files}
    return place_of_layers(study, footprints, _ways(roads, layers), provenance, areas=_cover(layers))


SOURCES.add("bdot10k", PlaceSource("bdot10k", LICENCE, ATTRIBUTION, read_bdot10k, takes=("files", "streets_files", "teryt")))
