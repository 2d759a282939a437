"""
Where the data come from: one provider, one file.

A source is a module of this package that registers a `PlaceSource`. Its `read` function gives the raw layers of a place as a
`RawPlace`, in the coordinates of the provider; nothing is interpreted here beyond translating the provider's own vocabulary
into OpenStreetMap's keys, which all later stages read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo._registry import Registry
from ped_geo.errors import SourceError
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.remarks import Remark

__all__ = ["SOURCES", "NetworkUnreachable", "PlaceSource", "RawPlace", "load_place"]


class NetworkUnreachable(SourceError):
    """No server answered at all: there is no network, or none to that address."""


def nothing_joined() -> pd.DataFrame:
    """Layer ``joined`` of a place with one source."""
    import pandas as pd

    from ped_geo import schema

    kinds = {name: "float64" if column.dtype == "float" else "str" for name, column in schema.columns("joined").items()}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True)
class RawPlace:
    """
    The raw layers of one place.

    Attributes
    ----------
    boundary : GeoDataFrame
        One row: ``name``, ``origin`` (``nominatim``, ``prg``, ``file``, ``bbox``, ``centre_radius`` or ``data_extent``), polygon.
    footprints : GeoDataFrame
        Index ``building_id``; ``source``, ``tags`` (JSON, OSM keys), ``tag_sources`` (JSON), polygons. Holds a ring around
        the boundary, and building parts.
    ways : GeoDataFrame
        Index ``way_id``; ``source``, ``tags``, lines: highways, railways, waterways, walls.
    areas : GeoDataFrame
        Index ``area_id``; ``source``, ``tags``, polygons: car parks, land use, leisure, water.
    places : GeoDataFrame
        Index ``place_id``; ``source``, ``tags``, points: amenities, shops, stops, generators.
    set_aside : DataFrame
        ``object_id``, ``layer``, ``reason``: what could not be used, and why (``reason.<code>`` of the catalogue).
    provenance : mapping
        ``source``, ``licence``, ``attribution``, ``files`` (path, sha256, bytes) and what else is known.
    origin : str
        ``snapshot``, ``live``, ``file`` or ``sample``.
    surfaces : GeoDataFrame or None
        Roof surfaces of LoD2 models in a metric CRS: ``building_id``, ``ground_m`` [m above datum], polygons with Z.
    joined : DataFrame
        How each object of a second source met the footprints: ``building_id``, ``other_id``, shares, ``state`` (``matched``,
        ``split``, ``left``), ``source``; empty where there is one source.
    remarks : tuple of Remark
        What is odd about the files of models: what of them was not used.
    """

    boundary: gpd.GeoDataFrame
    footprints: gpd.GeoDataFrame
    ways: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    set_aside: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "file"
    surfaces: gpd.GeoDataFrame | None = None
    joined: pd.DataFrame = field(default_factory=nothing_joined)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class PlaceSource:
    """
    One provider of buildings and streets.

    Attributes
    ----------
    key : str
        Name in ``[sources] buildings``.
    licence, attribution : str
        Carried to every product.
    read : callable
        ``read(study, raw_root, refresh) -> RawPlace``.
    takes : tuple of str
        Settings of ``[sources]`` that it uses besides those that every source does: ``files``, ``streets_files``, ``teryt``.
    """

    key: str
    licence: str
    attribution: str
    read: Callable[[Study, Path, bool], RawPlace]
    takes: tuple[str, ...] = ()


SOURCES: Registry[PlaceSource] = Registry("ped_geo.sources", "source")


def load_place(study: Study, raw_root: Path, *, refresh: bool = False) -> RawPlace:
    """
    The raw layers of a study's place, from its source, with what building and surface models add.

    Parameters
    ----------
    study : Study
        Says the source and its files.
    raw_root : Path
        ``data/raw``: where frozen snapshots live.
    refresh : bool
        Fetch again although there is a snapshot.

    Returns
    -------
    RawPlace

    Raises
    ------
    SourceError
        If the source cannot serve the place; nothing is written then.
    """
    source = SOURCES[study.sources.buildings]
    if not study.place.prg or study.place.boundary_file:
        return _refined(study, source.read(study, raw_root, refresh), raw_root, refresh)
    from ped_geo.sources.prg import ATTRIBUTION, prg_boundary

    path, about = prg_boundary(study, raw_root, refresh)
    bounded = study.model_copy(update={"place": study.place.model_copy(update={"boundary_file": path, "boundary_feature": ""})})
    place = _refined(bounded, source.read(bounded, raw_root, refresh), raw_root, refresh)
    told = place.provenance
    credit = "; ".join(filter(None, [str(told.get("attribution", "")), ATTRIBUTION]))
    provenance = {**told, "attribution": credit, "boundary": about, "files": [*told.get("files", []), *about["files"]]}
    return replace(place, boundary=place.boundary.assign(origin="prg"), provenance=provenance)


def _refined(study: Study, place: RawPlace, raw_root: Path, refresh: bool) -> RawPlace:
    """The place with what building models and elevation models add, the latter fetched where the study asks for it."""
    from ped_geo.sources._refinement import refine
    from ped_geo.sources.gugik_sheets import ATTRIBUTION, lost_sheets, with_elevation_sheets

    found = refine(with_elevation_sheets(study, place.boundary, raw_root, refresh=refresh), place)
    if not study.sources.elevation:
        return found
    credit = "; ".join(filter(None, [str(found.provenance.get("attribution", "")), ATTRIBUTION]))
    lost = lost_sheets(study, raw_root)
    return replace(found, provenance={**found.provenance, "attribution": credit} | ({"lost_sheets": lost} if lost else {}))
