"""Products that an earlier run of a district left and the run of today no longer makes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from ped_geo.engine.files import remove_product
from ped_geo.sources._files import checksum

__all__ = ["MANIFEST", "UNFINISHED", "is_still", "listed_products", "remove_stale", "stale_products"]

MANIFEST: Final = "manifest.json"

UNFINISHED: Final = ".unfinished.json"
"""Stands beside the products while they are put in place, and names those of before and those to come."""


def listed_products(*records: Path) -> dict[str, set[str]]:
    """
    Checksums of each product that manifests list, by its name.

    Parameters
    ----------
    *records : Path
        Manifests; one that is missing or damaged lists nothing.
    """
    named: dict[str, set[str]] = {}
    for path in records:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        outputs = record.get("outputs") if isinstance(record, dict) else None
        for item in outputs if isinstance(outputs, list) else []:
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str) and _plain(name):
                named.setdefault(name, set()).add(str(item.get("sha256")))
    return named


def stale_products(manifest: Path, folders: Iterable[Path], made: Collection[Path]) -> list[Path]:
    """
    Files that an earlier manifest names, that are still as it says, and that are not made any more.

    Parameters
    ----------
    manifest : Path
        The earlier ``manifest.json``; what a run that was stopped among its products has noted beside it counts too.
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
    named = listed_products(manifest, manifest.with_name(UNFINISHED))
    kept = {*made, manifest}
    paths = [(folder / name, sums) for folder in folders for name, sums in named.items()]
    return [path for path, sums in paths if path not in kept and is_still(path, sums)]


def remove_stale(manifest: Path, folders: Iterable[Path], made: Collection[Path]) -> list[Path]:
    """Remove `stale_products`; to be called when the new products are in place and before the new manifest is."""
    stale = stale_products(manifest, folders, made)
    for path in stale:
        remove_product(path)
    return stale


def _plain(name: str) -> bool:
    """Whether a name means a visible file of the folder itself on every system."""
    return name.isprintable() and not name.startswith(".") and name != "" and not set(name) & set("/\\:")


def is_still(path: Path, sums: Collection[str]) -> bool:
    """Whether a path is a plain file with one of these checksums."""
    try:
        return path.is_file() and not path.is_symlink() and checksum(path) in sums
    except (OSError, ValueError):
        return False
