"""
The file in which people correct buildings and blocks, with forms in both languages, and the report of what their rows changed.

The file lies among the products but is none of them: it is written where there is none, and whatever people put into it stays.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ped_geo import schema
from ped_geo.engine.files import replace_into
from ped_geo.figures import FIGURES
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import UNDATED
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.qml import LayerStyle, renderer
from ped_geo.outputs.tables import variant_name
from ped_geo.sources.corrections import FILE, LAYERS, CorrectionLayer

if TYPE_CHECKING:
    from pyproj import CRS

__all__ = [
    "correction_form",
    "correction_sentences",
    "correction_style",
    "place_corrections",
    "write_correction_report",
    "write_empty_corrections",
]

STYLES: Final = {
    "correct_buildings": LayerStyle("correct_buildings", colour="#d7191c", geometry="point"),
    "correct_blocks": LayerStyle("correct_blocks", colour="#7b3294", geometry="point"),
    "split_blocks": LayerStyle("split_blocks", colour="#7b3294", geometry="line", width_mm=0.8),
    "new_buildings": LayerStyle("new_buildings", colour="#fdae61", outline="#d7191c", width_mm=0.4),
}
LEVELS: Final = ("building", "block", "district")
CARRIERS: Final = ("heat", "space_heat", "electricity")
UNITS: Final = ("kWh", "MWh", "GJ")
DTYPES: Final = {"str": "str", "int": "int32", "float": "float64", "bool": "bool", "date": "datetime64[ms]"}


def correction_style(layer: str) -> LayerStyle | None:
    """How a layer of corrections is drawn; None for a table."""
    return STYLES.get(layer)


def _both(key: str) -> str:
    return " | ".join(dict.fromkeys(text(key, lang) for lang in LANGUAGES))


def _choices(column: str) -> tuple[tuple[str, str], ...]:
    """Codes that a column may hold and what they are called; none where any value may stand."""
    if column == "unit":
        return tuple((unit, unit) for unit in UNITS)
    declared = schema.columns("buildings").get(column)
    known = {"level": LEVELS, "carrier": CARRIERS}.get(column) or (tuple(declared.values) if declared is not None else ())
    prefix = "correction.code" if column in {"level", "carrier"} else "code"
    return tuple((code, _both(f"{prefix}.{code}")) for code in known)


def correction_form(layer: CorrectionLayer) -> list[Element]:
    """Elements of a QGIS layer: what each field is called in both languages, and lists of words to choose from."""
    fields, aliases = Element("fieldConfiguration"), Element("aliases")
    for place, (column, kind) in enumerate(layer.columns.items()):
        widget = SubElement(SubElement(fields, "field", {"name": column}), "editWidget", {"type": _widget(column, kind)})
        options = SubElement(SubElement(widget, "config"), "Option", {"type": "Map"})
        if choices := _choices(column):
            listed = SubElement(options, "Option", {"type": "List", "name": "map"})
            for code, words in choices:
                one = SubElement(listed, "Option", {"type": "Map"})
                SubElement(one, "Option", {"type": "QString", "name": words, "value": code})
        for name, value in _settings(kind).items():
            SubElement(options, "Option", {"type": "QString", "name": name, "value": value})
        # the number of the feature stands before all columns
        SubElement(aliases, "alias", {"index": str(place + 1), "field": column, "name": _both(f"correction.{column}")})
    return [fields, aliases]


def _widget(column: str, kind: str) -> str:
    if _choices(column):
        return "ValueMap"
    return {"bool": "CheckBox", "date": "DateTime"}.get(kind, "TextEdit")


def _settings(kind: str) -> dict[str, str]:
    return {"date": {"display_format": "yyyy-MM-dd", "field_format": "yyyy-MM-dd", "calendar_popup": "1", "allow_null": "1"}}.get(kind, {})


def _style_of(name: str, layer: CorrectionLayer) -> str:
    root = Element("qgis", {"version": "3.22.16-Białowieża", "styleCategories": "Symbology|Fields|Forms"})
    if (style := correction_style(name)) is not None:
        root.append(renderer(style))
    root.extend(correction_form(layer))
    indent(root, " ")
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def write_empty_corrections(path: Path, crs: CRS) -> None:
    """
    Write the file of corrections without a row.

    Parameters
    ----------
    path : Path
        GeoPackage; nothing may be there.
    crs : CRS
        System of the layers: that of the products.
    """
    import geopandas as gpd
    import pandas as pd
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": UNDATED})
    for place, (name, layer) in enumerate(LAYERS.items()):
        columns: dict[str, Any] = {column: pd.Series(dtype=DTYPES[kind]) for column, kind in layer.columns.items()}
        options = {"DESCRIPTION": text(f"correction.layer.{name}", "en"), "IDENTIFIER": name}
        frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs) if layer.geometry else pd.DataFrame(columns)
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            geometry_type=layer.geometry or None,
            append=place > 0,
            dataset_options=None if place else {"VERSION": "1.2"},
            layer_options=options | ({"GEOMETRY_NAME": "geom"} if layer.geometry else {}),
        )
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE TABLE layer_styles(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256), "
            "f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, "
            "description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
        )
        base.execute(
            "INSERT INTO gpkg_contents(table_name, data_type, identifier, last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (UNDATED,),
        )
        for name, layer in LAYERS.items():
            base.execute(
                "INSERT INTO layer_styles(f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
                "useAsDefault, description, owner, update_time) VALUES ('', '', ?, ?, ?, ?, 1, ?, '', ?)",
                (
                    name,
                    "geom" if layer.geometry else "",
                    name,
                    _style_of(name, layer),
                    text(f"correction.layer.{name}", "pl"),
                    UNDATED,
                ),
            )
    # the file counts its transactions, of which there are more or fewer after other work of the same process
    whole = path.with_name(f"{path.name}.whole")
    base.execute("VACUUM INTO ?", (str(whole),))
    base.close()
    whole.replace(path)


def place_corrections(results: Results, folder: Path) -> None:
    """Put the empty file of corrections among the products of a run, whole or not at all; one that is there stays as it is."""
    if folder.joinpath(FILE).exists() or not results.complete:
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".writing-{results.study.name}.") as beside:
        write_empty_corrections(Path(beside).joinpath(FILE), results.layers["blocks"].crs)
        replace_into(Path(beside), folder, [FILE])


def correction_sentences(results: Results, lang: str) -> list[str]:
    """What became of the corrections, and of the money of the recommended way; nothing without any."""
    report = results.layers.get("correction_report")
    if report is None or report.empty:
        return []
    used, unused = (len(report[(report["result"] == "matched") == matched]) for matched in (True, False))
    said = [text("correction.sentence", lang, used=number(used, lang), of=number(len(report), lang), rest=number(unused, lang))]
    if not used:
        return said
    names, row = {variant.key: variant_name(variant, lang) for variant in results.study.variants}, report.iloc[0]
    told: dict[str, str] = {f"way_{state}": names[row[f"way_{state}"]] for state in ("before", "after")}
    for name, figure in (("investment", FIGURES["investment"]), ("value", FIGURES["npv"])):
        told |= {f"{name}_{state}": figure.words(figure.told(row[f"place_{name}_{state}"]), lang) for state in ("before", "after")}
    key = "same_way" if row["way_before"] == row["way_after"] else "other_way"
    return [*said, text(f"correction.money.{key}", lang, **told)]


def write_correction_report(results: Results, folder: Path) -> list[Path]:
    """
    Write ``corrections.csv``: each row of the file of corrections, what it changed, or why it was rejected.

    Returns
    -------
    list of Path
        Nothing without corrections.
    """
    report = results.layers.get("correction_report")
    if report is None or report.empty:
        return []
    words = ["file", "level", "asked", "said", "building_id", "source", "before", "after"]
    path = folder / "corrections.csv"
    report.assign(**{word: report[word].map(safe_text) for word in words}).round(3).to_csv(path, index=False, lineterminator="\n")
    return [path]


OUTPUTS.add("corrections", Output("corrections", "processed", write_correction_report, order=60))
