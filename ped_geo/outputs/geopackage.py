"""
One GeoPackage with styled, explained layers, and the same layers as GeoParquet.

QGIS applies the styles of the ``layer_styles`` table when a layer is opened; field descriptions in both languages stand in
``gpkg_data_columns``, coded domains in ``gpkg_data_column_constraints``.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ped_geo.engine.files import remove_product
from ped_geo.language import text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import UNDATED, date_stamp
from ped_geo.outputs.exchange import write_parquet
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.metadata import iso_record
from ped_geo.outputs.package_tables import documented_tables
from ped_geo.outputs.qml import LayerStyle, qml, sld
from ped_geo.outputs.tables import DocumentedLayer
from ped_geo.outputs.themes import Theme, documented_layers, themes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["styled_geopackage", "without_empty_words", "write_geopackage"]

STYLE_LETTERS = 30
"""Most letters of a style's name in the table that QGIS makes itself."""

KINDS = {"Polygon": "MultiPolygon", "MultiPolygon": "MultiPolygon", "LineString": "LineString", "Point": "Point"}


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geom_type.dropna())
    return KINDS[min(kinds)] if kinds else "MultiPolygon"


def without_empty_words(frame: pd.DataFrame) -> pd.DataFrame:
    """A table in which what is not known is missing, instead of an empty text."""
    changed = {
        name: frame[name].astype("object").where(frame[name].notna() & (frame[name] != ""), None)
        for name in frame.columns
        if frame[name].dtype.name in {"object", "string", "str"}
    }
    return frame.assign(**changed) if changed else frame


def _writable(frame: pd.DataFrame) -> pd.DataFrame:
    """Keys as columns, years as whole numbers, and no row number under the name of a key."""
    keyed = [name for name in frame.index.names if name]
    flat = frame.copy().reset_index(drop=not keyed)
    for name in flat.columns:
        kind = flat[name].dtype.name
        if kind == "category":
            flat[name] = flat[name].astype("object")
        elif str(name).endswith("_year") and kind.startswith("float"):
            flat[name] = flat[name].astype("Int64")
    return without_empty_words(flat)


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
    tables, asked = (documented_tables(results), themes(results)) if results.complete else ({}, [])
    styled_geopackage(path, layers, tables, asked, metadata=iso_record(results, path.name), stamp=date_stamp(results))
    parquet = [write_parquet(results, without_empty_words(layer.frame), folder, name) for name, (layer, _) in layers.items()]
    return [path, *parquet]


def styled_geopackage(
    path: Path,
    layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]],
    tables: Mapping[str, DocumentedLayer] | None = None,
    asked: Iterable[Theme] = (),
    *,
    metadata: str = "",
    stamp: str = UNDATED,
) -> None:
    """
    Write layers with their styles, tables without shapes, and the meaning of all columns.

    Parameters
    ----------
    path : Path
        The GeoPackage; what is there is replaced.
    layers : mapping
        Layer name → layer and style.
    tables : mapping, optional
        Table name → table.
    asked : iterable of Theme
        Questions whose styles stand beside that in which a layer opens.
    metadata : str
        ISO 19139 record of the whole file; empty for none.
    stamp : str
        Time that stands for the last change.
    """
    import pyogrio

    # a file that is there would be added to
    remove_product(path)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
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
    for name, table in (tables or {}).items():
        options = {"DESCRIPTION": text(f"layer.{name}", "en"), "IDENTIFIER": name}
        pyogrio.write_dataframe(_writable(table.frame), path, layer=name, driver="GPKG", append=True, layer_options=options)
    with sqlite3.connect(path) as base:
        _write_styles(base, layers, asked, stamp)
        _write_descriptions(base, {name: layer for name, (layer, _) in layers.items()} | dict(tables or {}))
        _index_keys(base, tables or {})
        if metadata:
            _write_metadata(base, metadata, stamp)
    base.close()


def _write_metadata(base: sqlite3.Connection, record: str, stamp: str) -> None:
    """The record by the GeoPackage metadata extension, for the file as a whole."""
    base.executescript(
        """
        CREATE TABLE gpkg_metadata(id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
            md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
        CREATE TABLE gpkg_metadata_reference(reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
            timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
            CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
            CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
        """
    )
    base.execute("INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'http://www.isotc211.org/2005/gmd', 'text/xml', ?)", (record,))
    base.execute("INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, ?, 1, NULL)", (stamp,))
    place = "http://www.geopackage.org/spec121/#extension_metadata"
    for table in ("gpkg_metadata", "gpkg_metadata_reference"):
        base.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_metadata', ?, 'read-write')", (table, place))


def _index_keys(base: sqlite3.Connection, tables: Mapping[str, DocumentedLayer]) -> None:
    """Indexes by which a form finds its rows at once."""
    for name, table in tables.items():
        for key in ("block_id", "group_id"):
            if key in table.frame.index.names:
                base.execute(f'CREATE INDEX "{name}_{key}" ON "{name}" ("{key}")')


def _write_styles(
    base: sqlite3.Connection, layers: Mapping[str, tuple[DocumentedLayer, LayerStyle]], asked: Iterable[Theme], stamp: str
) -> None:
    """The style in which each layer opens, and those of the questions that it answers."""
    base.execute(
        "CREATE TABLE layer_styles(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256), "
        "f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, "
        "description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
    )
    base.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
        (stamp,),
    )
    rows = []
    for name, (layer, style) in layers.items():
        title = " | ".join(text(f"layer.{name}", lang) for lang in ("pl", "en"))
        rows.append((name, style.name[:STYLE_LETTERS], qml(name, layer, style), sld(name, style), 1, title, stamp))
        # years of a roadmap differ in their rows, not in how they are drawn
        others = {theme.style: theme for theme in asked if theme.layer == name and theme.style != style}
        for number, theme in enumerate(others.values(), start=1):
            key = theme.key if len(theme.key) <= STYLE_LETTERS else f"{theme.key[: STYLE_LETTERS - 3]}_{number:02d}"
            drawn = qml(name, layer, theme.style, forms=False), sld(name, theme.style)
            rows.append((name, key, *drawn, 0, theme.title, stamp))
    base.executemany(
        "INSERT INTO layer_styles(f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, styleSLD, "
        "useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, ?, ?, ?, '', ?)",
        rows,
    )


def _write_descriptions(base: sqlite3.Connection, layers: Mapping[str, DocumentedLayer]) -> None:
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
    for name, layer in layers.items():
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
