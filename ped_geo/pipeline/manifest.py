"""What a run says of itself: settings, inputs, versions and the checksum of every product."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from ped_geo._version import __version__
from ped_geo.engine import code_key, frame_key, package_key
from ped_geo.outputs import Results
from ped_geo.outputs.credits import data_date
from ped_geo.pipeline.named_files import path_of_study
from ped_geo.pipeline.stale import MANIFEST

__all__ = ["manifest_record", "says", "write_manifest"]

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


def manifest_record(results: Results) -> dict[str, Any]:
    """
    All that the manifest says but for the products; two runs of which it is the same write the same products.

    Parameters
    ----------
    results : Results
        The run.
    """
    from importlib.metadata import version

    from ped_geo.remarks import sentences

    study = results.study
    return {
        "study": _with_paths_of_study(study.model_dump(by_alias=True), study.folder),
        "site": {**asdict(results.site), "country": results.study.country},
        "crs": f"EPSG:{results.layers['blocks'].crs.to_epsg()}",
        "origin": results.origin,
        "sample_data": study.sample,
        "boundary_origin": str(results.layers["boundary"]["origin"].iloc[0]),
        "data_date": data_date(results),
        "inputs": dict(results.provenance),
        "versions": {"ped_geo": __version__, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "commit": _commit(),
        "code_sha256": code_key(),
        "made_from_sha256": _made_from(results),
        "remarks": [
            sentence for name in ("remarks", "doubts") if name in results.layers for sentence in sentences(results.layers[name], "en")
        ],
    }


def _made_from(results: Results) -> str:
    """Checksum of all layers, of the settings as steps see them, and of what draws and sets the products."""
    layers = {name: frame_key(frame) for name, frame in results.layers.items()}
    # where the district file lies decides nothing
    settings = _with_paths_of_study(results.study.model_dump(by_alias=True), results.study.folder)
    parts = [package_key(), settings, results.site.content(), layers]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def write_manifest(record: Mapping[str, Any], beside: Mapping[str, Path], made: Mapping[str, list[str]]) -> None:
    """
    Write the manifest beside the processed products.

    Parameters
    ----------
    record : mapping
        As `manifest_record` gives it.
    beside : mapping of str to Path
        Folders in which the finished products lie: ``processed`` and ``maps``.
    made : mapping of str to list of str
        Names of the products in each.
    """
    from ped_geo.sources._files import file_record

    outputs = [file_record(beside[place] / name) for place, names in made.items() for name in names]
    (beside["processed"] / MANIFEST).write_text(_as_text({**record, "outputs": outputs}) + "\n", encoding="utf-8")


def says(manifest: Path, record: Mapping[str, Any]) -> bool:
    """Whether a manifest says the same as a record, whatever products it lists; one that is missing or damaged does not."""
    try:
        written = json.loads(manifest.read_text(encoding="utf-8"))
        return _as_text({**written, "outputs": []}) == _as_text({**record, "outputs": []})
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _as_text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True, default=str)


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
