"""
One GeoPackage with styled, explained layers, and the same layers as GeoParquet.

QGIS applies the styles of the ``layer_styles`` table when a layer is opened; field descriptions in both languages stand in
``gpkg_data_columns``, coded domains in ``gpkg_data_column_constraints``.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.engine.files import remove_product
from ped_geo.language import text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.qml import LayerStyle, qml, sld
from ped_geo.outputs.tables import DocumentedLayer
from ped_geo.outputs.themes import documented_layers

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["styled_geopackage", "write_geopackage"]

FIXED_DATE = "2024-01-01T00:00:00.000Z"
KINDS = {"Polygon": "MultiPolygon", "MultiPolygon": "MultiPolygon", "LineString": "LineString", "Point": "Point"}


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geom_type.dropna())
    return KINDS[min(kinds)] if kinds else "MultiPolygon"


def _writable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    flat = frame.reset_index()
    for name in flat.columns:
        if flat[name].dtype.name in {"object", "string", "str"}:
            flat[name] = flat[name].astype("str")
    return flat


def write_geopackage(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.gpkg`` and one GeoParquet per layer.

    Parameters
    ----------
    results : Results
        The run.
    folder : Path
        Where the files go.

    Returns
    -------
    list of Path
        The GeoPackage first.
    """
    path = folder / f"{results.study.name}.gpkg"
    layers = documented_layers(results)
    styled_geopackage(path, layers)
    parquet = [folder / f"{name}.parquet" for name in layers]
    for target, (layer, _) in zip(parquet, layers.values(), strict=True):
        layer.frame.to_parquet(target, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)
    return [path, *parquet]


def styled_geopackage(path: Path, layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]]) -> None:
    """
    Write layers with their styles and the meaning of their columns.

    Parameters
    ----------
    path : Path
        The GeoPackage; what is there is replaced.
    layers : mapping
        Layer name → layer and style.
    """
    import pyogrio

    # a file that is there would be added to
    remove_product(path)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_DATE})
    for place, (name, (layer, _)) in enumerate(layers.items()):
        frame = _writable(layer.frame)
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            geometry_type=_geometry_type(layer.frame),
            promote_to_multi=True if _geometry_type(layer.frame) == "MultiPolygon" else None,
            append=place > 0,
            dataset_options=None if place else {"VERSION": "1.2"},
            layer_options={"GEOMETRY_NAME": "geom", "DESCRIPTION": text(f"layer.{name}", "en"), "IDENTIFIER": name},
        )
    with sqlite3.connect(path) as base:
        _write_styles(base, layers)
        _write_descriptions(base, layers)
    base.close()


def _write_styles(base: sqlite3.Connection, layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]]) -> None:
    base.execute(
        "CREATE TABLE layer_styles(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256), "
        "f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, "
        "description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
    )
    base.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
        (FIXED_DATE,),
    )
    for name, (layer, style) in layers.items():
        row = (name, style.name[:30], qml(layer, style), sld(name, style), text(f"layer.{name}", "pl"), FIXED_DATE)
        base.execute(
            "INSERT INTO layer_styles(f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, "
            "useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, ?, 1, ?, '', ?)",
            row,
        )


def _write_descriptions(base: sqlite3.Connection, layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]]) -> None:
    """Names and meanings in both languages, and coded domains, by the GeoPackage schema extension."""
    base.executescript(
        """
        CREATE TABLE gpkg_data_columns(table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
            mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name));
        CREATE TABLE gpkg_data_column_constraints(constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
            min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
            CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
        CREATE TABLE IF NOT EXISTS gpkg_extensions(table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
            scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
        """
    )
    place = "http://www.geopackage.org/spec121/#extension_schema"
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        base.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')", (table, place))
    done: set[str] = set()
    for name, (layer, _) in layers.items():
        for column in layer.columns.values():
            if column.name not in layer.frame or column.dtype == "geometry":
                continue
            domain = _domain_name(column.name) if column.values else None
            if domain and domain not in done:
                done.add(domain)
                for value in column.values:
                    words = f"{text(f'code.{value}', 'pl')} | {text(f'code.{value}', 'en')}"
                    base.execute(
                        "INSERT INTO gpkg_data_column_constraints(constraint_name, constraint_type, value, description) VALUES (?, 'enum', ?, ?)",
                        (domain, value, words),
                    )
            unit = f" [{written_unit(column.unit)}]" if written_unit(column.unit) else ""
            title = f"{column.label_pl}{unit} | {column.label_en}{unit}"
            meaning = f"{column.meaning_pl} | {column.meaning_en}"
            # `name` must be unique within a table, so it stays the column's own
            base.execute(
                "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)", (name, column.name, column.name, title, meaning, domain)
            )


def _domain_name(column: str) -> str:
    return "codes_" + re.sub(r"[^a-z0-9_]", "_", column.lower())


OUTPUTS.add("geopackage", Output("geopackage", "processed", write_geopackage, order=10, needs_pack=False))
