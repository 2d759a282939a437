"""Vector files of the user: which layer of them is meant, with a coordinate system that fits its coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ped_geo.errors import SourceError
from ped_geo.language.sentences import Sentence
from ped_geo.sources._files import layer_kinds, one_line, read_geoparquet, read_layer
from ped_geo.sources._shapefile import code_page
from ped_geo.sources._tables import is_table, read_shape_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["HINTS", "layers_of", "meant_layer", "read_vector"]

FORMATS = "GeoPackage, GeoJSON, Shapefile, GML, FlatGeobuf, GeoParquet, DXF, an Esri file geodatabase or CSV with WKT"
# parts of names that people give to layers of each kind
HINTS = {
    "Polygon": ("bud", "build", "footprint", "pand", "gebouw", "gebäude", "gebaeude", "haus", "edif", "bati", "bâti", "byg", "rakennu"),
    "LineString": ("street", "road", "ulic", "drog", "jezdn", "straß", "strass", "straat", "wegen", "rue", "vej"),
}
OTHER_THINGS = ("parcel", "dzialk", "działk", "flurst", "perceel", "cadastralzoning")
UNTOLD_KINDS = ("", "unknown", "geometry", "geometrycollection")
WORDS = {"Polygon": "polygons", "LineString": "lines"}


SHORTEST_RING = 4
# how files begin that hold one layer only: GeoJSON, Shapefile, FlatGeobuf
ONE_LAYER = (b"{", b"\0\0\x27\x0a", b"fgb")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")


def layers_of(path: Path) -> dict[str, str]:
    """
    Layers of a file and the kinds of their shapes; nothing for a file that holds one layer only.

    Raises
    ------
    SourceError
        As `ped_geo.sources._files.layer_kinds`.
    """
    return {} if is_table(path) or _head(path).startswith((b"PAR1", *ONE_LAYER)) else layer_kinds(path)


def _fits(kind: str, geometry: str) -> bool:
    plain = kind.casefold()
    if geometry == "Polygon":
        return "polygon" in plain or "surface" in plain
    return "line" in plain or ("curve" in plain and "polygon" not in plain)


def meant_layer(path: Path, layers: tuple[str, ...], geometry: str) -> str | None:
    """
    The layer of a file that is meant: the only one, else one of the names, else the only one with such shapes, else the one named so.

    None stands for the only layer of a file.

    Parameters
    ----------
    path : Path
        File.
    layers : tuple of str
        Names, the best first; compared without case.
    geometry : str
        ``Polygon`` or ``LineString``.

    Raises
    ------
    SourceError
        If none or several may be meant.
    """
    if _head(path).startswith(ONE_LAYER):
        _no_other_thing(path, path.stem, geometry)
        return None
    kinds = layers_of(path)
    if not kinds:
        raise SourceError(Sentence("error.holds_no_layer_give_layer", path=path.name, words=WORDS[geometry]))
    names = {name.casefold(): name for name in reversed(kinds)}
    named = next((names[name.casefold()] for name in layers if name.casefold() in names), None)
    if named is not None or len(kinds) == 1:
        return _no_other_thing(path, named or next(iter(kinds)), geometry)
    fitting = [name for name, kind in kinds.items() if _fits(kind, geometry)]
    fitting = fitting or [name for name, kind in kinds.items() if kind and kind.casefold() in UNTOLD_KINDS]
    hinted = [name for name in fitting if any(hint in name.casefold() for hint in HINTS[geometry])]
    chosen = fitting if len(fitting) == 1 else hinted
    if len(chosen) == 1:
        return _no_other_thing(path, chosen[0], geometry)
    told = ", ".join(f"{name} ({kind or 'no shapes'})" for name, kind in list(kinds.items())[:8])
    problem = Sentence("error.several_layers", words=WORDS[geometry]) if fitting else Sentence("error.no_layer", words=WORDS[geometry])
    raise SourceError(Sentence("error.has_save_one_that_is", path=path.name, problem=problem, told=told))


def _no_other_thing(path: Path, layer: str, geometry: str) -> str:
    if geometry == "Polygon" and any(layer.casefold().startswith(word) for word in OTHER_THINGS):
        raise SourceError(Sentence("error.layer_holds_parcels_by_its", layer=layer, path=path.name))
    return layer


def read_vector(
    path: Path, layers: tuple[str, ...], *, geometry: str = "Polygon", country: str = "PL", stated: str = "", encoding: str = ""
) -> gpd.GeoDataFrame:
    """
    The layer of a vector file that is meant, with a CRS and coordinates that fit it.

    Parameters
    ----------
    path : Path
        File; its content tells the format.
    layers : tuple of str
        See `meant_layer`.
    geometry : str
        ``Polygon`` or ``LineString``: shapes of the layer where no name tells it.
    country : str
        Decides the code page of a shapefile or table that tells none.
    stated : str
        Coordinate system of files that name none, ``[sources] files_crs``.
    encoding : str
        Code page of the letters, whatever the file tells of it; "" for what it tells.

    Returns
    -------
    GeoDataFrame
        Its ``attrs["notes"]`` are remarks for people: ``key`` and ``values``.

    Raises
    ------
    SourceError
        If the file is missing or unreadable, has no geometry or no CRS, or holds coordinates outside the CRS.
    """
    import geopandas as gpd
    import pyogrio
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    if not path.is_file():
        raise SourceError(Sentence("error.is_not_file_check_sources", path=path))
    page = ""
    try:
        if _head(path).startswith(b"PAR1"):
            frame = read_geoparquet(path)
        elif is_table(path):
            _no_other_thing(path, path.stem, geometry)
            frame = read_shape_table(path, country)
        else:
            layer = meant_layer(path, layers, geometry)
            page = encoding or code_page(path, country, layer or "")
            options = {"layer": layer, "encoding": page}
            frame = read_layer(path, **{key: value for key, value in options.items() if value})
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, ValueError, OSError) as error:
        raise SourceError(Sentence("error.cannot_be_read_give", path=path.name, reason=one_line(error), formats=FORMATS)) from None
    if _head(path).split()[:2] == [b"0", b"SECTION"]:
        frame = _outlines(frame)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SourceError(Sentence("error.has_no_geometry_give_layer", path=path.name, words=WORDS[geometry]))
    if frame.crs is None:
        frame = frame.set_crs(_stated_system(stated, path))
    try:
        # a system of another planet can be read but not computed with
        Transformer.from_crs(frame.crs, 4326)
        _check_bounds(frame, path.name)
    except ProjError as error:
        raise SourceError(Sentence("error.has_coordinate_system_that_cannot", path=path.name, reason=one_line(error))) from None
    guessed = not encoding and page not in {"", "UTF-8"}
    frame.attrs["notes"] = [{"key": "code_page", "values": {"file": path.name, "code_page": page}}] if guessed else []
    return frame


def _outlines(drawing: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A drawing with its closed lines as polygons, which is how outlines are drawn in DXF; it has the names of layers and handles alone."""
    import shapely

    shapes = drawing.geometry.to_numpy()
    closed = (shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING) & shapely.is_closed(shapes)
    closed &= shapely.get_num_coordinates(shapes) >= SHORTEST_RING
    shapes[closed] = [shapely.Polygon(shapely.get_coordinates(line)) for line in shapes[closed]]
    return drawing.set_geometry(shapes, crs=drawing.crs)[
        [name for name in ("Layer", "EntityHandle", drawing.geometry.name) if name in drawing]
    ]


def _stated_system(stated: str, path: Path) -> pyproj.CRS:
    """The system that the district file states for files that name none."""
    import pyproj

    if not stated:
        raise SourceError(Sentence("error.names_no_coordinate_system_name", path=path.name))
    try:
        return pyproj.CRS.from_user_input(stated)
    except pyproj.exceptions.CRSError:
        raise SourceError(Sentence("error.sources_files_crs_is_no_known", stated=stated[:60])) from None


def _check_bounds(frame: gpd.GeoDataFrame, name: str) -> None:
    if frame.empty or not np.isfinite(frame.total_bounds).all():
        return
    west, south, east, north = frame.total_bounds
    if frame.crs.is_geographic and (west < -180 or east > 180) and -360 <= west <= east <= 360 and -90 <= south <= north <= 90:
        raise SourceError(Sentence("error.reaches_from_to_degrees_longitude", name=name, west=west, east=east))
    if frame.crs.is_geographic and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise SourceError(Sentence("error.says_but_its_coordinates_reach", name=name, crs=_named(frame.crs), east=east, north=north))
    area = frame.crs.area_of_use
    if area is None:
        return
    a, b, c, d = frame.to_crs(4326).total_bounds
    if not np.isfinite([a, b, c, d]).all() or c < area.west - 5 or a > area.east + 5 or d < area.south - 5 or b > area.north + 5:
        raise SourceError(
            Sentence(
                "error.lies_at_by_its_coordinate",
                name=name,
                a=a,
                b=b,
                crs=_named(frame.crs),
                west=area.west,
                east=area.east,
                south=area.south,
                north=area.north,
            )
        )


def _named(crs: Any) -> str:
    """Short name of a coordinate system, which some formats describe in full."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.name)[:60]
