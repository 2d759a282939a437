"""Layers as files of their own: GeoParquet, and FlatGeobuf or GeoJSON for those who ask for them in ``[outputs] formats``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ped_geo._version import __version__
from ped_geo.language import plain, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import credit, data_date
from ped_geo.outputs.themes import documented_layers

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PARQUET_KEY", "write_exchange", "write_parquet"]

PARQUET_KEY: Final = b"ped_geo"
"""Of the file metadata that say whose layer a GeoParquet is."""

DRIVERS = {"flatgeobuf": ("fgb", "FlatGeobuf"), "geojson": ("geojson", "GeoJSON")}


def layer_record(results: Results, layer: str) -> dict[str, str]:
    """What a file that leaves its folder must tell: district, layer in both languages, source and state of the data."""
    place = results.provenance.get("place", {})
    words = {f"title_{lang}": f"{plain(results.study.title)}: {text(f'layer.{layer}', lang)}" for lang in ("pl", "en")}
    told = {"district": results.study.name, "layer": layer, **words, "source": credit(results, "en")}
    return told | {"licence": plain(str(place.get("licence", ""))), "data_date": data_date(results), "version": __version__}


def write_parquet(results: Results, frame: gpd.GeoDataFrame, folder: Path, layer: str) -> Path:
    """
    Write a layer as GeoParquet 1.1, ``<layer>.parquet`` in the folder of its district, which the file's metadata name under `PARQUET_KEY`.

    The name stays short, because the paths of those who read these files name the district already.

    Parameters
    ----------
    results : Results
        The run.
    frame : GeoDataFrame
        The layer.
    folder : Path
        Of the district.
    layer : str
        Its name.
    """
    import pyarrow.parquet

    path = folder / f"{layer}.parquet"
    frame.to_parquet(path, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)
    # geopandas has no way to add to the metadata of the file
    table = pyarrow.parquet.read_table(path)
    told = json.dumps(layer_record(results, layer), ensure_ascii=False, sort_keys=True).encode()
    pyarrow.parquet.write_table(table.replace_schema_metadata({**table.schema.metadata, PARQUET_KEY: told}), path, compression="zstd")
    return path


def write_exchange(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>.<layer>.fgb`` in the run's projected CRS, ``<district>.<layer>.geojson`` in degrees as RFC 7946 asks.

    Parameters
    ----------
    results : Results
        The run; its study names the formats.
    folder : Path
        Where the files go.

    Returns
    -------
    list of Path
        Empty where no format is asked for.
    """
    import pyogrio

    written = []
    for name in results.study.outputs.formats:
        ending, driver = DRIVERS[name]
        for layer, (themed, _) in documented_layers(results).items():
            path = folder / f"{results.study.name}.{layer}.{ending}"
            told = layer_record(results, layer)
            said = {"DESCRIPTION": " | ".join([told["title_pl"], told["title_en"], told["source"]])}
            options = said | ({"RFC7946": "YES"} if driver == "GeoJSON" else {"TITLE": told["title_en"]})
            frame = themed.frame.to_crs(4326) if driver == "GeoJSON" else themed.frame
            pyogrio.write_dataframe(frame.reset_index(), path, driver=driver, layer=layer, layer_options=options)
            written.append(path)
    return written


OUTPUTS.add("exchange", Output("exchange", "processed", write_exchange, order=45, needs_pack=False))
