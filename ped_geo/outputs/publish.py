"""
What a portal takes as it is: layers without single households, metadata, a catalogue record, a dictionary, open styles and tiles.

Blocks in which fewer than `FEWEST_HOUSEHOLDS` dwellings lie keep their shape and lose their figures here, because a block of one house
tells of one household.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from ped_geo.language import text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import date_stamp
from ped_geo.outputs.escapes import safe_text
from ped_geo.outputs.figures import written_unit
from ped_geo.outputs.geopackage import styled_geopackage
from ped_geo.outputs.metadata import LAYERS_OF_OTHERS, Distribution, catalogue_record, iso_record
from ped_geo.outputs.qml import sld
from ped_geo.outputs.single_households import blanked
from ped_geo.outputs.source_words import value_words
from ped_geo.outputs.themes import documented_layers, themes
from ped_geo.outputs.tile_writer import write_tiles

if TYPE_CHECKING:
    from ped_geo.outputs.documented import DocumentedLayer
    from ped_geo.outputs.qml import LayerStyle

__all__ = ["public_layers", "write_publication"]

FEWEST_HOUSEHOLDS: Final = 3
"""Below it official statistics of Poland withhold a value (Act of 29 June 1995, art. 38)."""

OF_BLOCKS: Final = ("label", "street_name", "area_m2", "buildings", "footprint_area_m2", "geometry")
TILE_ZOOMS: Final = {"MINZOOM": "10", "MAXZOOM": "16"}
PRIVATE_LAYERS: Final = ("field_work",)
"""Lists of addresses, which are nobody else's affair."""

Layers = dict[str, "tuple[DocumentedLayer, LayerStyle]"]


def public_layers(results: Results) -> Layers:
    """
    Layers as they may be published.

    Returns
    -------
    dict
        Name → layer and style; addresses of buildings, and figures of blocks with few households, are missing.
    """
    found = {name: styled for name, styled in documented_layers(results).items() if name not in PRIVATE_LAYERS}
    few = few_households(results)
    for name in ("blocks", "roadmap_blocks"):
        if name in found:
            layer, style = found[name]
            rows = (
                few.reindex(layer.frame["block_id"]).to_numpy() if "block_id" in layer.frame else few.reindex(layer.frame.index).to_numpy()
            )
            kept = (*OF_BLOCKS, "block_id", "scenario", "year", "start", "end")
            hidden = {
                column: blanked(layer.frame[column], pd.Series(rows, index=layer.frame.index))
                for column in layer.frame
                if column not in kept
            }
            found[name] = replace(layer, frame=layer.frame.assign(**hidden)), style
    layer, style = found["buildings"]
    found["buildings"] = replace(layer, frame=layer.frame.drop(columns=[name for name in ("name", "owner") if name in layer.frame])), style
    return found


def few_households(results: Results) -> pd.Series:
    """Whether a block has dwellings, but fewer than `FEWEST_HOUSEHOLDS`."""
    blocks = results.layers["blocks"]
    return (blocks["dwellings"] > 0.0) & (blocks["dwellings"] < FEWEST_HOUSEHOLDS)


def dictionary_rows(layers: Layers) -> list[dict[str, Any]]:
    """Every published column: type, unit, names and meaning in both languages, and its codes."""
    rows = []
    for name, (layer, _) in layers.items():
        for column in layer.columns.values():
            if column.name not in layer.frame or column.dtype == "geometry":
                continue
            told = value_words(column, layer.frame[column.name])
            words = {lang: {value: said.split(" | ")[place] for value, said in told.items()} for place, lang in ((0, "pl"), (-1, "en"))}
            rows.append(
                {
                    "layer": name, "column": column.name, "type": column.dtype, "unit": written_unit(column.unit), "name_pl": column.label_pl,
                    "name_en": column.label_en, "meaning_pl": column.meaning_pl, "meaning_en": column.meaning_en,
                    "codes_pl": words["pl"], "codes_en": words["en"],
                }
            )  # fmt: skip
    return rows


def _dictionary(layers: Layers, folder: Path, name: str) -> list[Path]:
    rows = dictionary_rows(layers)
    table, tree = folder / f"{name}.dictionary.csv", folder / f"{name}.dictionary.json"
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(list(rows[0]))
    for row in rows:
        codes = {key: "; ".join(f"{code} = {words}" for code, words in row[key].items()) for key in ("codes_pl", "codes_en")}
        writer.writerow([safe_text(str(value)) for value in (row | codes).values()])
    # spreadsheets take a file without the mark for one of the old code pages
    table.write_text(written.getvalue(), encoding="utf-8-sig")
    tree.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [table, tree]


def _tiles(layers: Layers, path: Path) -> Path:
    """Blocks as vector tiles in one file."""
    layer, style = layers["blocks"]
    shown = [name for name in ("label", "block_type", style.column) if name in layer.frame]
    frame = layer.frame[[*shown, "geometry"]].to_crs(3857).reset_index()
    # the name of the file would stand in it otherwise
    options = {**TILE_ZOOMS, "NAME": "blocks", "DESCRIPTION": text("layer.blocks", "en")}
    write_tiles(frame, path, "blocks", options)
    return path


def write_publication(results: Results, folder: Path) -> list[Path]:
    """
    Write the folder ``publish``.

    Returns
    -------
    list of Path
        The GeoPackage first.
    """
    name, layers = results.study.name, public_layers(results)
    package = folder / f"{name}.public.gpkg"
    record = iso_record(results, package.name)
    asked = themes(results) if results.complete else []
    styled_geopackage(package, layers, asked=asked, metadata=record, stamp=date_stamp(results))
    metadata, catalogue = folder / f"{name}.iso19139.xml", folder / f"{name}.dcat.jsonld"
    metadata.write_text(record, encoding="utf-8")
    styles = []
    for theme in asked:
        path = folder / f"{name}.{theme.key}.sld"
        path.write_text(sld(theme.layer, theme.style), encoding="utf-8")
        styles.append(path)
    words, tiles = _dictionary(layers, folder, name), _tiles(layers, folder / f"{name}.blocks.pmtiles")
    files = [
        Distribution(package.name, "GPKG"),
        Distribution(tiles.name, "PMTILES"),
        *(Distribution(path.name, path.suffix[1:].upper()) for path in words),
    ]
    told = [(layer, layer in LAYERS_OF_OTHERS) for layer in layers]
    catalogue.write_text(catalogue_record(results, files, told), encoding="utf-8")
    return [package, metadata, catalogue, *words, tiles, *styles]


OUTPUTS.add("publish", Output("publish", "publish", write_publication, order=25))
