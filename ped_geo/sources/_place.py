"""What a source is, and what it gives: the raw layers of one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo._registry import Registry
from ped_geo.study import Study

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ped_geo.remarks import Remark

__all__ = ["SOURCES", "PlaceSource", "RawPlace", "no_conflation"]


def no_conflation() -> pd.DataFrame:
    """Layer ``conflation`` of a place with one source."""
    import pandas as pd

    from ped_geo import schema

    kinds = {name: "float64" if column.dtype == "float" else "str" for name, column in schema.columns("conflation").items()}
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
    points_of_interest : GeoDataFrame
        Index ``place_id``; ``source``, ``tags``, points: amenities, shops, stops, generators.
    rejected : DataFrame
        ``object_id``, ``layer``, ``reason``: what could not be used, and why (``reason.<code>`` of the catalogue).
    provenance : mapping
        ``source``, ``licence``, ``attribution``, ``files`` (path, sha256, bytes) and what else is known.
    origin : str
        ``snapshot``, ``live``, ``file`` or ``sample``.
    surfaces : GeoDataFrame or None
        Roof surfaces of LoD2 models in a metric CRS: ``building_id``, ``ground_m`` [m above datum], polygons with Z.
    conflation : DataFrame
        How each object of a second source met the footprints: ``building_id``, ``other_id``, shares, ``state`` (``matched``,
        ``split``, ``left``), ``source``; empty where there is one source.
    remarks : tuple of Remark
        What is odd about the files of models: what of them was not used.
    """

    boundary: gpd.GeoDataFrame
    footprints: gpd.GeoDataFrame
    ways: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    points_of_interest: gpd.GeoDataFrame
    rejected: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "file"
    surfaces: gpd.GeoDataFrame | None = None
    conflation: pd.DataFrame = field(default_factory=no_conflation)
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
