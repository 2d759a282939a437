"""
Finished steps on disk, each under the key of all that it was computed from and with a checksum of all that is kept of it.

Whatever is odd about a kept step, whether its table, its record or its place, means that it is computed anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import RunError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Store"]

UNFINISHED = ".writing-"
"""How the folder of a step begins that is being written."""


class Store:
    """
    Finished steps on disk.

    Parameters
    ----------
    folder : Path
        Holds one folder per finished step.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, step: str, key: str, gives: Collection[str] | None = None) -> dict[str, pd.DataFrame] | None:
        """
        Layers of a step stored under exactly this key.

        Parameters
        ----------
        step, key : str
            Name of the step and key of what it was computed from.
        gives : collection of str, optional
            The layers that the step gives.

        Returns
        -------
        dict of str to DataFrame or None
            None if there are none, if they are others than `gives`, or if anything is not as it was written.
        """
        place = self.folder / step
        try:
            record = json.loads((place / "step.json").read_text(encoding="utf-8"))
            told = record.pop("sha256")
            if told != _record_key(record) or record["key"] != key or (gives is not None and set(record["layers"]) != set(gives)):
                return None
            return {name: _read_frame(place / f"{name}.parquet", kind) for name, kind in record["layers"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, step: str, key: str, layers: Mapping[str, pd.DataFrame]) -> None:
        """
        Keep the layers of a finished step, whole or not at all.

        Raises
        ------
        RunError
            If the folder cannot be written or the disk is full.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{UNFINISHED}{step}.") as beside:
                kinds = {name: _write_frame(Path(beside) / f"{name}.parquet", frame) for name, frame in layers.items()}
                # as it will be read: keys of attributes become words
                record = json.loads(json.dumps({"key": key, "layers": kinds}))
                (Path(beside) / "step.json").write_text(json.dumps(record | {"sha256": _record_key(record)}), encoding="utf-8")
                place = self.folder / step
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)
                else:
                    place.unlink(missing_ok=True)
                Path(beside).rename(place)
                Path(beside).mkdir()
        except OSError as error:
            raise RunError(f"{self.folder} cannot be written ({error.strerror or error}); free space or choose another folder.") from error

    def sweep(self, step: str = "") -> None:
        """Remove what killed processes left half-written, of one step or of all."""
        for left in self.folder.glob(f"{UNFINISHED}{step}.*" if step else f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)


def _record_key(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _write_frame(path: Path, frame: pd.DataFrame) -> dict[str, Any]:
    import geopandas as gpd

    kind: dict[str, Any] = {"geo": isinstance(frame, gpd.GeoDataFrame), "attrs": dict(frame.attrs), "levels": None}
    flat = frame.copy(deep=False)
    flat.attrs = {}
    if flat.columns.nlevels > 1:
        kind["levels"] = [str(name) for name in flat.columns.names]
        flat.columns = [json.dumps([str(part) for part in column]) for column in flat.columns]
    elif flat.columns.name is not None:
        kind["columns_name"] = str(flat.columns.name)
        flat.columns.name = None
    # columns of numbers that hardly repeat gain nothing from dictionaries and statistics
    flat.to_parquet(path, use_dictionary=False, write_statistics=False)
    kind["sha256"] = _checksum(path)
    return kind


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_frame(path: Path, kind: Mapping[str, Any]) -> pd.DataFrame:
    import geopandas as gpd
    import pandas as pd

    if _checksum(path) != kind["sha256"]:
        raise ValueError(f"{path} has changed since it was written")
    frame: pd.DataFrame = gpd.read_parquet(path) if kind["geo"] else pd.read_parquet(path)
    if kind["levels"]:
        frame.columns = pd.MultiIndex.from_tuples([tuple(json.loads(column)) for column in frame.columns], names=kind["levels"])
    elif kind.get("columns_name"):
        frame.columns.name = kind["columns_name"]
    frame.attrs = dict(kind["attrs"])
    return frame
