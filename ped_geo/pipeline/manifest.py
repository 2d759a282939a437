"""What a run says of itself: settings, inputs, versions and the checksum of every product."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from ped_geo._version import __version__
from ped_geo.engine import code_key
from ped_geo.outputs import Results
from ped_geo.pipeline.named_files import path_of_study
from ped_geo.pipeline.stale import MANIFEST

__all__ = ["write_manifest"]

LIBRARIES = (
    "geopandas",
    "momepy",
    "numba",
    "numpy",
    "osmium",
    "osmnx",
    "pandas",
    "pvlib",
    "pyogrio",
    "pyproj",
    "rasterio",
    "shapely",
    "tzdata",
    "tzfpy",
)


def write_manifest(results: Results, beside: Mapping[str, Path], made: Mapping[str, list[str]]) -> None:
    """
    Write the manifest beside the processed products.

    Parameters
    ----------
    results : Results
        The run.
    beside : mapping of str to Path
        Folders in which the finished products lie: ``processed`` and ``maps``.
    made : mapping of str to list of str
        Names of the products in each.
    """
    from importlib.metadata import version

    from ped_geo.remarks import sentences
    from ped_geo.sources._files import file_record

    study = results.study
    record = {
        "study": _with_paths_of_study(study.model_dump(by_alias=True), study.folder),
        "site": {**asdict(results.site), "country": results.study.country},
        "crs": f"EPSG:{results.layers['blocks'].crs.to_epsg()}",
        "origin": results.origin,
        "sample_data": study.sample,
        "boundary_origin": str(results.layers["boundary"]["origin"].iloc[0]),
        "inputs": dict(results.provenance),
        "versions": {"ped_geo": __version__, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "commit": _commit(),
        "code_sha256": code_key(),
        "remarks": [
            sentence for name in ("remarks", "doubts") if name in results.layers for sentence in sentences(results.layers[name], "en")
        ],
        "outputs": [file_record(beside[place] / name) for place, names in made.items() for name in names],
    }
    content = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True, default=str)
    (beside["processed"] / MANIFEST).write_text(content + "\n", encoding="utf-8")


def _with_paths_of_study(value: Any, folder: Path) -> Any:
    if isinstance(value, PurePath):
        return path_of_study(value, folder)
    if isinstance(value, dict):
        return {key: _with_paths_of_study(item, folder) for key, item in value.items()}
    return [_with_paths_of_study(item, folder) for item in value] if isinstance(value, list | tuple) else value


def _commit() -> str:
    """Commit of the checkout that the package runs from, "" where it is not one."""
    head = Path(__file__).resolve().parents[2] / ".git" / "HEAD"
    try:
        reference = head.read_text(encoding="utf-8").strip()
        if not reference.startswith("ref: "):
            return reference
        return (head.parent / reference.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
