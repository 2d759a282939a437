"""
Finished steps on disk, each under the key of all that it was computed from and with a checksum of all that is kept of it.

Whatever is odd about a kept step, whether its table, its record or its place, means that it is computed anew.

Tables of nothing but single-precision numbers, which are the hours, are kept as plain arrays, column by column, and mapped into
memory instead of being read: what nobody looks at takes none, and the processes of a run share what they look at. They are pandas
tables and no `xarray.DataArray`: of 2,475 blocks with five pairs of package and supply both take 434 MB, thirty blocks by name take
2.2 ms of CPU from the table and 2.9 to 3.5 ms from the array, the sum of a pair's blocks 24 and 101 ms; only one whole pair (0.7 and
0.4 ms) or one block (0.5 and 0.4 ms) is quicker had from the array. That does not pay for a second kind of table in all rooms.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import shutil
import tempfile
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.errors import RunError
from ped_geo.language.sentences import Sentence

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
        self._mapped: list[weakref.ref[mmap.mmap]] = []

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
        step_folder = self.folder / step
        try:
            record = json.loads((step_folder / "step.json").read_text(encoding="utf-8"))
            recorded = record.pop("sha256")
            if recorded != _record_key(record) or record["key"] != key or (gives is not None and set(record["layers"]) != set(gives)):
                return None
            return {name: self._read(step_folder, name, kind) for name, kind in record["layers"].items()}
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
                kinds = {name: _write_frame(Path(beside), name, frame) for name, frame in layers.items()}
                # as it will be read: keys of attributes become words
                record = json.loads(json.dumps({"key": key, "layers": kinds}))
                (Path(beside) / "step.json").write_text(json.dumps(record | {"sha256": _record_key(record)}), encoding="utf-8")
                step_folder = self.folder / step
                if step_folder.is_dir() and not step_folder.is_symlink():
                    shutil.rmtree(step_folder)
                else:
                    step_folder.unlink(missing_ok=True)
                Path(beside).rename(step_folder)
                Path(beside).mkdir()
        except OSError as error:
            raise RunError(
                Sentence("error.cannot_be_written_free_space_choose", folder=self.folder, reason=error.strerror or error)
            ) from error

    def rest(self) -> None:
        """Give back the memory of mapped tables; what is looked at again is read again."""
        self._mapped = [one for one in self._mapped if one() is not None]
        for one in self._mapped if hasattr(mmap, "MADV_DONTNEED") else ():
            if (mapped := one()) is not None:
                mapped.madvise(mmap.MADV_DONTNEED)

    def _read(self, step_folder: Path, name: str, kind: Mapping[str, Any]) -> pd.DataFrame:
        if "array_sha256" not in kind:
            return _read_frame(step_folder / f"{name}.parquet", kind)
        import numpy as np
        import pandas as pd

        path = step_folder / f"{name}.npy"
        if _checksum(path) != kind["array_sha256"]:
            raise ValueError(f"{path} has changed since it was written")
        rows = _read_frame(step_folder / f"{name}.parquet", {**kind, "levels": None, "columns_name": None}).index
        if kind.get("range"):
            start, stop, step, called = kind["range"]
            rows = pd.RangeIndex(start, stop, step, name=called)
        # private pages: nothing that is done to the table reaches the file
        values = np.load(path, mmap_mode="c")
        self._mapped.append(weakref.ref(values._mmap))  # noqa: SLF001 numpy has no public name for it
        frame = pd.DataFrame(np.asarray(values).T, index=rows, columns=kind["labels"], copy=False)
        return _named_columns(frame, kind)

    def sweep(self, step: str = "") -> None:
        """Remove what killed processes left half-written, of one step or of all."""
        for left in self.folder.glob(f"{UNFINISHED}{step}.*" if step else f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)


def _record_key(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _write_frame(folder: Path, name: str, frame: pd.DataFrame) -> dict[str, Any]:
    import geopandas as gpd
    import pandas as pd

    kind: dict[str, Any] = {"geo": isinstance(frame, gpd.GeoDataFrame), "attrs": dict(frame.attrs), "levels": None}
    flat = frame.copy(deep=False)
    flat.attrs = {}
    if flat.columns.nlevels > 1:
        kind["levels"] = [str(name) for name in flat.columns.names]
        flat.columns = [json.dumps([str(part) for part in column]) for column in flat.columns]
    elif flat.columns.name is not None:
        kind["columns_name"] = str(flat.columns.name)
        flat.columns.name = None
    if _is_array(flat):
        import numpy as np

        kind["labels"] = flat.columns.tolist()
        values = np.ascontiguousarray(flat.to_numpy().T)
        with (folder / f"{name}.npy").open("wb") as file:
            # written by Python, which says that the disk is full; numpy counts what it could not write
            np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
            file.write(values.data)
        kind["array_sha256"] = _checksum(folder / f"{name}.npy")
        flat = flat.iloc[:, :0]
        if isinstance(rows := flat.index, pd.RangeIndex):
            # a file without columns has no rows from which a range could be told
            kind["range"] = [rows.start, rows.stop, rows.step, rows.name]
    path = folder / f"{name}.parquet"
    # columns of numbers that hardly repeat gain nothing from dictionaries and statistics
    flat.to_parquet(path, use_dictionary=False, write_statistics=False)
    kind["sha256"] = _checksum(path)
    return kind


def _is_array(frame: pd.DataFrame) -> bool:
    """Whether a table holds nothing but single-precision numbers under words."""
    return frame.size > 0 and set(frame.dtypes.map(str)) == {"float32"} and all(isinstance(label, str) for label in frame.columns)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_frame(path: Path, kind: Mapping[str, Any]) -> pd.DataFrame:
    import geopandas as gpd
    import pandas as pd

    if _checksum(path) != kind["sha256"]:
        raise ValueError(f"{path} has changed since it was written")
    frame: pd.DataFrame = gpd.read_parquet(path) if kind["geo"] else pd.read_parquet(path)
    return _named_columns(frame, kind)


def _named_columns(frame: pd.DataFrame, kind: Mapping[str, Any]) -> pd.DataFrame:
    """Give a table the names of its columns and its attributes, as they were kept beside it."""
    import pandas as pd

    if kind["levels"]:
        frame.columns = pd.MultiIndex.from_tuples([tuple(json.loads(column)) for column in frame.columns], names=kind["levels"])
    elif kind.get("columns_name"):
        frame.columns.name = kind["columns_name"]
    frame.attrs = dict(kind["attrs"])
    return frame
