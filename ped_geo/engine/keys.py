"""Checksums of all that a result is computed from: code, libraries, settings and the content of tables."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, distribution, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = ["code_key", "frame_key", "package_key"]

# whose release may change a computed number
LIBRARIES = (
    "geopandas",
    "highspy",
    "momepy",
    "neatnet",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "pvlib",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scikit-learn",
    "scipy",
    "shapely",
    "tzdata",
    "tzfpy",
)
# whose release, or that of what they need, may change how a product is written; numbers and files alike stay as they are with any other
WRITERS = (
    "babel",
    "folium",
    "jinja2",
    "lxml",
    "matplotlib",
    "pyarrow",
    "weasyprint",
    "xlsxwriter",
    "xstatic-jquery",
    "xstatic-leaflet",
)

CODE = (".py", ".csv", ".ini", ".toml")


def _files(folder: Traversable, endings: str | tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from ((f"{entry.name}/{name}", content) for name, content in _files(entry, endings))
        elif entry.name.endswith(endings):
            yield entry.name, entry.read_bytes()


@cache
def code_key() -> str:
    """Checksum of the package's own code and tables and of the libraries' versions: a step computed by others is not used again."""
    return _with_files(json.dumps([platform.python_version(), *(version(name) for name in LIBRARIES)]), CODE)


@cache
def package_key() -> str:
    """Checksum of every file of the package, templates and scripts too, and of the releases of the libraries that compute and write."""
    return _with_files(json.dumps([platform.python_version(), sorted(_releases().items())]), "")


def _releases() -> dict[str, str]:
    """
    Release of each library that computes or writes, and of what they need.

    What merely lies beside them, such as the program that installed them, changes no product.
    """
    found: dict[str, str] = {}
    waiting = [*LIBRARIES, *WRITERS]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            known = distribution(name)
        except PackageNotFoundError:
            # asked for on other systems only
            continue
        found[name] = known.version
        waiting += [re.split(r"[^\w.-]", needed, maxsplit=1)[0] for needed in known.requires or () if "extra ==" not in needed]
    return found


def _with_files(beginning: str, endings: str | tuple[str, ...]) -> str:
    digest = hashlib.sha256(beginning.encode())
    for name, content in _files(resources.files("ped_geo"), endings):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def frame_key(frame: pd.DataFrame) -> str:
    """
    Checksum of all that a table holds: kind, coordinate system, attributes, names, index and values.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any table; where its values lie in memory does not matter.

    Returns
    -------
    str
        Hexadecimal SHA-256, the same in every process.

    Examples
    --------
    >>> import pandas as pd
    >>> frame_key(pd.DataFrame({"a": [1.0]})) == frame_key(pd.DataFrame({"a": [1.0]}))
    True
    >>> frame_key(pd.DataFrame({"a": [1.0]})) == frame_key(pd.DataFrame({"a": [1.0]}, index=["way/1"]))
    False
    """
    import geopandas as gpd

    digest = hashlib.sha256()
    crs = frame.crs.to_wkt() if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None else ""
    digest.update(_words([type(frame).__name__, frame.shape, crs, sorted(frame.attrs.items())]))
    for piece in (*_pieces(frame.index), *_pieces(frame.columns), *_values(frame)):
        digest.update(piece)
    return digest.hexdigest()


def _values(frame: pd.DataFrame) -> Iterable[Any]:
    import numpy as np

    kinds = set(frame.dtypes)
    if len(kinds) == 1 and getattr(next(iter(kinds)), "kind", "O") in "biufc" and isinstance(next(iter(kinds)), np.dtype):
        # a model of heights has thousands of columns
        yield _words([str(next(iter(kinds)))])
        yield np.ascontiguousarray(frame.to_numpy())
        return
    for position in range(frame.shape[1]):
        yield from _pieces(frame.iloc[:, position])


def _pieces(values: Any) -> Iterator[Any]:
    """What identifies one column or index: its type, its names and its values."""
    import numpy as np
    import pandas as pd
    import shapely

    yield _words([str(values.dtype), list(getattr(values, "names", [values.name]))])
    if str(values.dtype) == "geometry":
        shapes = [shape or b"" for shape in shapely.to_wkb(values.to_numpy())]
        yield np.array([len(shape) for shape in shapes], dtype="int64")
        yield b"".join(shapes)
    elif isinstance(values.dtype, np.dtype) and values.dtype.kind in "biufc":
        yield np.ascontiguousarray(values.to_numpy())
    elif isinstance(values.dtype, np.dtype) and values.dtype.kind in "mM":
        yield np.ascontiguousarray(values.to_numpy().view("int64"))
    elif isinstance(values, pd.MultiIndex):
        for level in range(values.nlevels):
            yield from _pieces(values.get_level_values(level))
    elif isinstance(values.dtype, pd.StringDtype) and values.dtype.storage == "pyarrow":
        yield from _texts(values.array)
    else:
        yield _words(values.tolist())


def _texts(column: Any) -> Iterator[Any]:
    """A column of texts as Arrow holds it: which are missing, how long each is, and all of them one after the other."""
    import numpy as np
    import pyarrow as pa

    held = pa.array(column)
    held = (held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held).cast(pa.large_string())
    _, ends, content = held.buffers()
    ends = np.frombuffer(ends, dtype="int64")[held.offset : held.offset + len(held) + 1] if len(held) else np.zeros(1, dtype="int64")
    yield held.is_null().to_numpy(zero_copy_only=False)
    yield np.diff(ends)
    yield content[int(ends[0]) : int(ends[-1])] if content is not None else b""


def _words(values: Any) -> bytes:
    return json.dumps(values, default=str).encode() + b"\0"
