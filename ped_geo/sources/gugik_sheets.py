"""
Sheets of Poland's terrain and surface models (NMT, NMPT), found in the geoportal's index and frozen as GeoTIFF.

The index (WFS 2.0.0) has one layer for each year, ``SkorowidzNMT2023`` and so on; its features are sheets, with the place of the
file, the resolution and both reference systems. The newest sheets that know a place are taken, all of one horizontal system. Names
of layers and attributes come from documentation and are those that public programs ask for, not from answers seen here; only the
addresses of ``[sources]`` are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ped_geo.errors import NetworkUnreachable, SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import one_line
from ped_geo.sources._gdal import HEAD, offline, raster_driver
from ped_geo.sources._http import Client
from ped_geo.sources._providers import ELEVATIONS, ElevationSource
from ped_geo.sources._snapshot import Snapshot
from ped_geo.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from shapely import Polygon

__all__ = ["ATTRIBUTION", "Sheet", "chosen_sheets", "frozen_models", "lost_sheets", "sheets_of_answer"]

LICENCE: Final = "open data of GUGiK, free reuse with the source named"
ATTRIBUTION: Final = "GUGiK, NMT, NMPT"
PRODUCTS: Final = {"terrain_model": ("NMT", "terrain_index_url"), "surface_model": ("NMPT", "surface_index_url")}
SYSTEMS: Final = {"PL-1992": 2180, "PL-2000:S5": 2176, "PL-2000:S6": 2177, "PL-2000:S7": 2178, "PL-2000:S8": 2179}
DATUM, DATUM_EPSG = "PL-EVRF2007-NH", 9651
INDEX_EPSG: Final = 2180
# the index also lists point lists, "ASCII TBD" and "ASCII XYZ GRID", which are no rasters
GRIDS: Final = frozenset({"ARC/INFO ASCII GRID", "GEOTIFF", "TIFF"})
MOST_SHEETS: Final = 100
LARGEST_TOTAL = 2 << 30
"""Bytes of all sheets together, which are held in memory until they are frozen."""
LARGEST_SHEET: Final = 400_000_000
"""Pixels: no sheet of the finest model has so many."""


@dataclass(frozen=True)
class Sheet:
    """
    One sheet of the index.

    Attributes
    ----------
    name : str
        Its designation, for example ``M-34-64-D-b-3-1``.
    year : int
        Of the layer that it stands in.
    url : str
        Where its file is.
    epsg : int
        Horizontal system of the file.
    pixel_m : float
        Side of a pixel. [m]
    outline : Polygon
        In EPSG:2180, easting first.
    """

    name: str
    year: int
    url: str
    epsg: int
    pixel_m: float
    outline: Polygon


def frozen_models(study: Study, boundary: gpd.GeoDataFrame, raw_root: Path, refresh: bool) -> dict[str, Path]:
    """
    Folders of the frozen sheets of the terrain and the surface model, fetched first where there are none.

    Parameters
    ----------
    study : Study
        A model that it names itself is not asked for.
    boundary : GeoDataFrame
        The place; ``[solar] radius_m`` is added on all sides.
    raw_root : Path
        ``data/raw``.
    refresh : bool
        Fetch again although there is a snapshot.

    Raises
    ------
    SourceError
        If the geoportal cannot serve the sheets, or knows none here; nothing is frozen then.
    """
    area = boundary.to_crs(INDEX_EPSG).geometry.iloc[0].buffer(study.solar.radius_m).envelope
    return {
        field: _frozen_sheets(study, product, getattr(study.sources, setting), area, raw_root, refresh)
        for field, (product, setting) in PRODUCTS.items()
        if getattr(study.sources, field) is None
    }


def lost_sheets(study: Study, raw_root: Path) -> dict[str, str]:
    """Sheets of the frozen models that could not be had, by product and designation, and why."""
    lost: dict[str, str] = {}
    for field, (product, _) in PRODUCTS.items():
        snapshot = Snapshot(raw_root / study.name / product.lower())
        if getattr(study.sources, field) is None and snapshot.exists():
            lost |= {f"{product}: {name}": str(why) for name, why in dict(snapshot.manifest().get("lost_sheets") or {}).items()}
    return lost


def _frozen_sheets(study: Study, product: str, index: str, area: Polygon, raw_root: Path, refresh: bool) -> Path:
    snapshot = Snapshot(raw_root / study.name / product.lower())
    bounds = [round(value) for value in area.bounds]
    if refresh or not snapshot.exists():
        with snapshot.held():
            client = Client.of(study)
            sheets = chosen_sheets(_indexed(client, product, index, area, study), area)
            if not sheets:
                raise SourceError(Sentence("error.index_has_no_sheet_here", product=product, datum=DATUM, field=_field(product)))
            if len(sheets) > MOST_SHEETS:
                raise SourceError(
                    Sentence("error.sheets_would_be_needed_more", count=len(sheets), product=product, most_sheets=MOST_SHEETS)
                )
            files, lost = _fetched(client, product, sheets, snapshot)
            told = [{"name": sheet.name, "year": sheet.year, "url": sheet.url} for sheet in sheets if _dated(sheet) not in lost]
            about = {"source": product, "licence": LICENCE, "attribution": ATTRIBUTION, "url": index, "bounds": bounds, "sheets": told}
            snapshot.write(files, about | {"lost_sheets": lost})
    manifest = snapshot.manifest()
    if manifest.get("bounds") != bounds or manifest.get("url") != index:
        raise SourceError(Sentence("error.frozen_sheets_are_another_place", folder=snapshot.folder))
    for record in manifest["files"]:
        # compares the checksum
        snapshot.read(record["name"])
    return snapshot.folder


def _fetched(client: Client, product: str, sheets: list[Sheet], snapshot: Snapshot) -> tuple[dict[str, bytes], dict[str, str]]:
    """Files of all sheets that can be had, and why others cannot, by designation: one bad sheet costs its own ground only."""
    files: dict[str, bytes] = {}
    lost: dict[str, str] = {}
    for sheet in sheets:
        name = f"{_plain(sheet.name)}_{sheet.year}.tif"
        kept = snapshot.piece(name)
        if kept is None:
            try:
                kept = _geotiff(client.get(sheet.url, {}, check=partial(_check_grid, sheet.name)), sheet)
            except NetworkUnreachable:
                raise
            except SourceError as error:
                lost[_dated(sheet)] = Sentence("error.whole", told=error)
                continue
        files[name] = kept
        if sum(map(len, files.values())) > LARGEST_TOTAL:
            raise SourceError(Sentence("error.sheets_hold_more_than_mb", product=product, largest_total=LARGEST_TOTAL >> 20))
        snapshot.keep_piece(name, kept)
    if not files:
        raise SourceError(Sentence("error.none_sheets_can_be_used", count=len(sheets), product=product, first=next(iter(lost.values()))))
    return files, lost


def _dated(sheet: Sheet) -> str:
    return f"{sheet.name} ({sheet.year})"


def _field(product: str) -> str:
    return next(field for field, (name, _) in PRODUCTS.items() if name == product)


def _plain(name: str) -> str:
    """A designation as the name of a file."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip(".")[:60] or "sheet"


def _indexed(client: Client, product: str, index: str, area: Polygon, study: Study) -> Iterator[list[Sheet]]:
    """Sheets of each year's layer, the newest year first."""
    asked = {"SERVICE": "WFS", "VERSION": "2.0.0"}
    layers: dict[int, str] = {}

    def look(content: bytes) -> None:
        layers.update(_layers_of_years(content, product))

    client.get(index, asked | {"REQUEST": "GetCapabilities"}, check=look)
    west, south, east, north = (f"{value:.0f}" for value in area.bounds)
    for year, layer in sorted(layers.items(), reverse=True):
        system = f"urn:ogc:def:crs:EPSG::{INDEX_EPSG}"
        # the system's own order of axes: northing first
        box = {"TYPENAMES": layer, "SRSNAME": system, "BBOX": f"{south},{west},{north},{east},{system}"}
        content = client.get(index, asked | {"REQUEST": "GetFeature"} | box, check=_parsed)
        yield sheets_of_answer(content, year, area, allowed=study.sources.geoportal_url)


def _parsed(content: bytes) -> Any:
    """Root of an XML answer without a document type, so without entities."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root: Any = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(Sentence("error.it_sent_no_well_formed", reason=one_line(error))) from None
    if root.getroottree().docinfo.doctype:
        raise SourceError(Sentence("error.it_sent_xml_with_document"))
    name = etree.QName(root).localname
    if name not in {"WFS_Capabilities", "FeatureCollection"}:
        raise SourceError(Sentence("error.it_sent_instead_sheets", name=name, reason=one_line(" ".join(root.itertext()))[:120]))
    matched, held = root.get("numberMatched", ""), sum(1 for _ in root.iter("{*}member", "{*}featureMember"))
    if matched.isdigit() and int(matched) > held:
        raise SourceError(Sentence("error.it_sent_sheets", held=held, matched=matched))
    return root


def _layers_of_years(content: bytes, product: str) -> dict[int, str]:
    names = [str(element.text or "").strip() for element in _parsed(content).iter("{*}Name")]
    matches = [re.fullmatch(rf"(?:[\w.-]+:)?Skorowidz{product}(\d{{4}})", name) for name in names]
    found = {int(match[1]): match[0] for match in matches if match}
    if not found:
        raise SourceError(Sentence("error.it_lists_no_layer_skorowidz", product=product))
    return found


def sheets_of_answer(content: bytes, year: int, area: Polygon, *, allowed: str) -> list[Sheet]:
    """
    Sheets of one answer of the index that can be used here.

    Parameters
    ----------
    content : bytes
        WFS 2.0.0 feature collection.
    year : int
        Of the asked layer.
    area : Polygon
        Where heights are wanted, EPSG:2180, easting first.
    allowed : str
        Address under which files may lie, ``[sources] geoportal_url``.

    Returns
    -------
    list of Sheet
        In the national height system, grids of known systems, in the order of their designations. Outlines come northing first, as
        the system has it; where none would meet the area so, they are read easting first.
    """
    rows = [row for member in _parsed(content).iter("{*}member", "{*}featureMember") if (row := _row(member, year, allowed))]
    for turned in (True, False):
        sheets = [Sheet(*row[:5], _outline(row[5], turned=turned)) for row in rows]
        met = [sheet for sheet in sheets if sheet.outline.intersects(area)]
        if met:
            return sorted(met, key=lambda sheet: sheet.name)
    return []


def _row(member: Any, year: int, allowed: str) -> tuple[str, int, str, int, float, list[float]] | None:
    """Designation, year, address, system, resolution and outline of a feature; None where it is no grid that can be used."""
    told = {
        str(element.tag).rpartition("}")[2]: str(element.text or "").strip() for element in member.iter() if isinstance(element.tag, str)
    }
    url, form, system = told.get("url_do_pobrania", ""), told.get("format", ""), told.get("uklad_xy", "").replace(" ", "")
    resolution = re.match(r"\s*(\d+(?:[.,]\d+)?)\s*m", told.get("char_przestrz", ""))
    usable = " ".join(form.upper().split()) in GRIDS and told.get("uklad_h") == DATUM and system in SYSTEMS and resolution
    if not usable or resolution is None or not url.startswith(f"{allowed.rstrip('/')}/"):
        return None
    try:
        numbers = [float(part) for part in told.get("posList", "").split()]
    except ValueError:
        return None
    if len(numbers) < 8 or len(numbers) % 2:
        return None
    return told.get("godlo", ""), year, url, SYSTEMS[system], float(resolution[1].replace(",", ".")), numbers


def _outline(numbers: list[float], *, turned: bool) -> Polygon:
    import shapely

    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    return shapely.Polygon([(second, first) for first, second in pairs] if turned else pairs).buffer(0)


def chosen_sheets(years: Iterator[list[Sheet]], area: Polygon) -> list[Sheet]:
    """
    The newest sheets that cover an area, all of the horizontal system that covers most of it.

    Parameters
    ----------
    years : iterator of list of Sheet
        The newest first; no more are asked for than are needed.
    area : Polygon
        EPSG:2180.
    """
    kept: dict[int, list[Sheet]] = {}
    left: dict[int, Any] = {}
    for sheets in years:
        for sheet in sorted(sheets, key=lambda one: (one.pixel_m, one.name)):
            missing = left.get(sheet.epsg, area)
            if missing.intersection(sheet.outline).area > 1.0:
                kept.setdefault(sheet.epsg, []).append(sheet)
                left[sheet.epsg] = missing.difference(sheet.outline)
        if any(missing.area <= 1.0 for missing in left.values()):
            break
    return kept[min(left, key=lambda epsg: (left[epsg].area, epsg))] if kept else []


def _check_grid(name: str, content: bytes) -> None:
    """Refuse what is no raster of a sheet's size."""
    from rasterio.io import MemoryFile

    from ped_geo.sources.elevation import check_rows, raster_errors

    if not content:
        raise SourceError(Sentence("error.its_sheet_is_empty", name=name[:60]))
    try:
        driver = raster_driver(f"its sheet {name[:60]}", content[:HEAD])
        with offline(), MemoryFile(content) as memory, memory.open(driver=driver) as data:
            if data.width * data.height > LARGEST_SHEET:
                raise SourceError(Sentence("error.its_sheet_has_x_pixels", name=name[:60], width=data.width, height=data.height))
            check_rows(data)
    except raster_errors():
        raise SourceError(Sentence("error.its_sheet_is_no_whole", name=name[:60])) from None


def _geotiff(content: bytes, sheet: Sheet) -> bytes:
    """The same heights in a file that names both of its systems."""
    import pyproj
    import rasterio
    from rasterio.io import MemoryFile

    crs = rasterio.CRS.from_wkt(pyproj.CRS(f"EPSG:{sheet.epsg}+{DATUM_EPSG}").to_wkt())
    options = {"driver": "GTiff", "crs": crs, "dtype": "float32", "compress": "DEFLATE", "predictor": 3, "tiled": True}
    driver = raster_driver("the sheet", content[:HEAD])
    with offline(), MemoryFile(content) as memory, memory.open(driver=driver) as data, MemoryFile() as packed:
        profile = {"width": data.width, "height": data.height, "count": 1, "transform": data.transform, "nodata": data.nodata}
        with packed.open(**profile, **options) as out:
            for _, window in out.block_windows(1):
                out.write(data.read(1, window=window).astype("float32"), 1, window=window)
        return bytes(packed.read())


ELEVATIONS.add("gugik", ElevationSource("gugik", ATTRIBUTION, frozen_models, lost_sheets))
