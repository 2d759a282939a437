"""Products that an earlier run of a district left and the run of today no longer makes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from ped_geo.sources._files import checksum

__all__ = ["MANIFEST", "remove_stale", "stale_products"]

MANIFEST: Final = "manifest.json"


def stale_products(manifest: Path, folders: Iterable[Path], made: Collection[Path]) -> list[Path]:
    """
    Files that an earlier manifest names, that are still as it says, and that are not made any more.

    Parameters
    ----------
    manifest : Path
        The earlier ``manifest.json``; one that is missing or damaged names nothing.
    folders : iterable of Path
        Where products lie; nothing outside of them is looked at.
    made : collection of Path
        Products of today's run.

    Returns
    -------
    list of Path
        Plain files directly in `folders`. A file whose checksum is not that of the manifest was changed by somebody or belongs
        to somebody else, and is none of them.
    """
    try:
        record = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    outputs = record.get("outputs") if isinstance(record, dict) else None
    named: dict[str, str] = {}
    for item in outputs if isinstance(outputs, list) else []:
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and _plain(name):
            named[name] = str(item.get("sha256"))
    kept = {*made, manifest}
    paths = [(folder / name, sha256) for folder in folders for name, sha256 in named.items()]
    return [path for path, sha256 in paths if path not in kept and _is_still(path, sha256)]


def remove_stale(manifest: Path, folders: Iterable[Path], made: Collection[Path]) -> list[Path]:
    """Remove `stale_products`; to be called when the new products are in place and before the new manifest is."""
    found = stale_products(manifest, folders, made)
    for path in found:
        path.unlink(missing_ok=True)
    return found


def _plain(name: str) -> bool:
    """Whether a name means a visible file of the folder itself on every system."""
    return name.isprintable() and not name.startswith(".") and name != "" and not set(name) & set("/\\:")


def _is_still(path: Path, sha256: str) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and checksum(path) == sha256
    except (OSError, ValueError):
        return False
