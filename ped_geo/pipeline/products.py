"""
Products are written beside their folders, put in place together, and can be checked by whoever reads them.

Maps of all districts share a folder, so a set cannot be exchanged by one rename. While its files are moved it has no manifest: a set
without one is unfinished, whatever stopped the run.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ped_geo.engine.files import SQLITE_SIDES, plain_write_errors, replace_into, stands
from ped_geo.engine.forked import CAN_FORK, Forked
from ped_geo.errors import RunError
from ped_geo.language.sentences import Sentence
from ped_geo.pipeline.stale import MANIFEST, UNFINISHED, is_still, listed_products, remove_stale

if TYPE_CHECKING:
    from ped_geo.outputs import Output, Results

__all__ = ["PUBLISH", "ProductSet", "product_set", "put_in_place", "whole_products", "write_products"]


PUBLISH: Final = "publish"
"""Folder among the products that a portal takes as it is."""


def write_products(outputs: list[Output], results: Results, beside: Mapping[str, Path]) -> dict[str, list[str]]:
    """
    Write all outputs; the first, which takes longest, while a copy of this process writes the others.

    Parameters
    ----------
    outputs : list of Output
        In their order.
    results : Results
        The run.
    beside : mapping of str to Path
        Empty folders: ``processed`` and ``maps``.

    Returns
    -------
    dict of str to list of str
        Names of the files in each folder.
    """
    others = {place: folder / "others" for place, folder in beside.items()}
    listed = beside["processed"] / "others.json"

    def write(some: list[Output], folders: Mapping[str, Path]) -> list[tuple[str, str]]:
        return [(output.place, path.name) for output in some for path in output.write(results, folders[output.place])]

    def write_others() -> None:
        listed.write_text(json.dumps(write(outputs[1:], others)), encoding="utf-8")

    _empty(others)
    if not CAN_FORK:
        written = write(outputs[:1], beside)
        write_others()
    else:
        with Forked(write_others) as working:
            written = write(outputs[:1], beside)
            if not working.done_well():
                # nothing of a copy that died is whole for certain, and writers append to what they find
                _empty(others)
                write_others()
    made: dict[str, list[str]] = {place: [] for place in beside}
    for place, name in written:
        made[place].append(name)
    for place, name in json.loads(listed.read_text(encoding="utf-8")):
        (others[place] / name).replace(beside[place] / name)
        made[place].append(name)
    return made


def _empty(folders: Mapping[str, Path]) -> None:
    for folder in folders.values():
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()


def put_in_place(beside: Mapping[str, Path], folders: Mapping[str, Path], made: Mapping[str, list[str]]) -> list[Path]:
    """
    Move finished products and their manifest into their folders; what an earlier run made and this one does not goes.

    Parameters
    ----------
    beside, folders : mapping of str to Path
        Where the files are and where they go: ``processed`` and ``maps``, each pair on one disk.
    made : mapping of str to list of str
        Names of the products in each.

    Returns
    -------
    list of Path
        The products, the manifest last.

    Raises
    ------
    RunError
        If a folder stands where a product goes, or the disk refuses.
    """
    processed = folders["processed"]
    manifest, unfinished = processed / MANIFEST, processed / UNFINISHED
    targets = [folders[place] / name for place, names in made.items() for name in names]
    barred = [path for path in (manifest, unfinished, *targets) if path.is_dir() and not path.is_symlink()]
    if barred:
        raise RunError(Sentence("error.run_s_folders"), [Sentence("error.is_folder_where_file_products", path=path) for path in barred])
    known = [listed_products(path).items() for path in (manifest, unfinished, beside["processed"] / MANIFEST)]
    outputs = [{"name": name, "sha256": one} for part in known for name, sums in part for one in sorted(sums)]
    (beside["processed"] / UNFINISHED).write_text(json.dumps({"outputs": outputs}), encoding="utf-8")
    replace_into(beside["processed"], processed, [UNFINISHED])
    with plain_write_errors(processed, left="until then the products are unfinished"):
        manifest.unlink(missing_ok=True)
        files = [path for place, names in made.items() for path in replace_into(beside[place], folders[place], names)]
        remove_stale(manifest, folders.values(), files)
        files += replace_into(beside["processed"], processed, [MANIFEST])
        unfinished.unlink()
    return files


def whole_products(folders: Mapping[str, Path]) -> list[Path]:
    """
    The products that stand, the manifest last, if each is as the manifest says and no program holds changes of it; else none.

    Parameters
    ----------
    folders : mapping of str to Path
        Where products lie; the manifest in ``processed``.
    """
    manifest = folders["processed"] / MANIFEST
    files = []
    for name, sums in listed_products(manifest).items():
        path = next((folder / name for folder in folders.values() if is_still(folder / name, sums)), None)
        if path is None or any(path.with_name(f"{name}{side}").exists() for side in SQLITE_SIDES):
            return []
        files.append(path)
    return [*files, manifest] if files else []


@dataclass(frozen=True)
class ProductSet:
    """
    What a reader has before him.

    Attributes
    ----------
    folder : Path
        Of the manifest.
    state : str
        ``none``: no run was here; ``complete``: all files are as the manifest says; ``unfinished``: a run was stopped while it put
        its files in place; ``altered``: files have changed or are missing.
    count : int
        Files that the manifest lists.
    changed, missing : tuple of str
        Their names.
    """

    folder: Path
    state: Literal["none", "complete", "unfinished", "altered"]
    count: int = 0
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def product_set(processed: Path, maps: Path) -> ProductSet:
    """
    Compare products with the checksums of their manifest.

    Parameters
    ----------
    processed : Path
        Folder of the manifest.
    maps : Path
        Folder of maps and reports.

    Raises
    ------
    RunError
        If a folder cannot be read.
    """
    if not (stands(processed) and processed.is_dir()):
        return ProductSet(processed, "none")
    try:
        return _compared(processed, maps)
    except OSError as error:
        raise RunError(Sentence("error.cannot_be_read_give_read_access", processed=processed, reason=error.strerror or error)) from None


def _compared(processed: Path, maps: Path) -> ProductSet:
    manifest = processed / MANIFEST
    if not manifest.is_file():
        visible = any(not path.name.startswith(".") for path in processed.iterdir())
        return ProductSet(processed, "unfinished" if visible or (processed / UNFINISHED).is_file() else "none")
    listed = listed_products(manifest)
    changed: list[str] = [] if listed else [MANIFEST]
    missing: list[str] = []
    for name, sums in sorted(listed.items()):
        places = [folder / name for folder in (processed, maps, processed / PUBLISH)]
        if not any(is_still(path, sums) for path in places):
            (changed if any(path.exists() for path in places) else missing).append(name)
    return ProductSet(processed, "altered" if changed or missing else "complete", len(listed), tuple(changed), tuple(missing))
