"""The layers once more as FlatGeobuf or GeoJSON, for those who ask for them in ``[outputs] formats``."""

from __future__ import annotations

from pathlib import Path

from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.themes import documented_layers

__all__ = ["write_exchange"]

DRIVERS = {"flatgeobuf": ("fgb", "FlatGeobuf"), "geojson": ("geojson", "GeoJSON")}


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
        options = {"RFC7946": "YES"} if driver == "GeoJSON" else {}
        for layer, (themed, _) in documented_layers(results).items():
            path = folder / f"{results.study.name}.{layer}.{ending}"
            frame = themed.frame.to_crs(4326) if driver == "GeoJSON" else themed.frame
            pyogrio.write_dataframe(frame.reset_index(), path, driver=driver, layer=layer, layer_options=options)
            written.append(path)
    return written


OUTPUTS.add("exchange", Output("exchange", "processed", write_exchange, order=45, needs_pack=False))
