"""
Vector tiles of a layer in one file, written by a process of its own.

GDAL writes tiles by way of its SQLite driver, which this process has put away: it must never open a file that came from somewhere. ::

    python -m ped_geo.outputs.tile_writer layer.parquet layer.pmtiles '{"MINZOOM": "9"}'
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["write_tiles"]


def write_tiles(frame: gpd.GeoDataFrame, path: Path, layer: str, options: Mapping[str, str]) -> None:
    """
    Write a frame as PMTiles.

    Parameters
    ----------
    frame : GeoDataFrame
        In EPSG:3857.
    path : Path
        File that is written.
    layer : str
        Its name in the tiles.
    options : mapping of str to str
        Of GDAL's driver, such as ``MINZOOM``.

    Raises
    ------
    OSError
        If the file cannot be written; with the last line of what GDAL says.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tiles.") as beside:
        told = Path(beside) / "layer.parquet"
        frame.to_parquet(told)
        command = [sys.executable, "-m", __name__, str(told), str(path), layer, json.dumps(dict(options))]
        # our own interpreter and module; the arguments are names of our own files
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def _write(told: str, path: str, layer: str, options: str) -> None:
    import geopandas as gpd
    import pyogrio

    pyogrio.write_dataframe(gpd.read_parquet(told), path, driver="PMTiles", layer=layer, dataset_options=json.loads(options))


if __name__ == "__main__":
    _write(*sys.argv[1:])
