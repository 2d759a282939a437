"""
Runs steps in their order: each step's result is kept, so that an interrupted run resumes where it stopped.

A step names the layers it needs and gives. Its result is stored under a key made of the settings, the code and the keys of
what it needs; it is used again only when all of them are the same. Results are written beside and renamed, so a kill at
any moment leaves whole steps or nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module, resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ped_geo._forked import CAN_FORK, Forked, first_done
from ped_geo.errors import RunError
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = [
    "Progress",
    "SideBySide",
    "Silent",
    "Step",
    "Store",
    "check_writable",
    "code_key",
    "folder_lock",
    "plain_write_errors",
    "replace_into",
    "run_steps",
]

Layers = Mapping[str, "pd.DataFrame"]
# whose release may change a computed number
LIBRARIES = (
    "geopandas",
    "momepy",
    "neatnet",
    "numba",
    "numpy",
    "pandas",
    "pvlib",
    "pyogrio",
    "pyproj",
    "rasterio",
    "scipy",
    "shapely",
    "tzdata",
    "tzfpy",
)


class Progress(Protocol):
    """What a run tells about itself; the command line draws it."""

    def begin(self, name: str, index: int, total: int) -> None:
        """A step starts: its name, its number from 0, how many there are."""

    def end(self, name: str, *, kept: bool) -> None:
        """A step is done; `kept` says that an earlier result was used."""


class Silent:
    """Progress that says nothing."""

    def begin(self, name: str, index: int, total: int) -> None:
        """Say nothing."""

    def end(self, name: str, *, kept: bool) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Step:
    """
    One step of the pipeline.

    Attributes
    ----------
    name : str
        The stage's name; the catalogue explains it under ``step.<name>``.
    needs : tuple of str
        Layers that go in.
    gives : tuple of str
        Layers that come out.
    run : callable
        ``run(study, site, layers)`` with the needed layers, returns the given ones.
    settings : tuple of str
        Sections of the study that change the result.
    """

    name: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    run: Callable[[Study, Site, Layers], Layers]
    settings: tuple[str, ...] = ()


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from ((f"{entry.name}/{name}", content) for name, content in _files(entry))
        elif entry.name.endswith((".py", ".csv", ".ini")):
            yield entry.name, entry.read_bytes()


@dataclass(frozen=True)
class SideBySide:
    """
    Steps at the same time, each in a process of its own.

    Attributes
    ----------
    workers : int
        At most so many.
    libraries : tuple of str
        Modules to load while the first steps run, so that not each later process loads them anew.
    """

    workers: int
    libraries: tuple[str, ...] = ()


@cache
def code_key() -> str:
    """Checksum of the package's own code and tables and of the libraries' versions: a step computed by others is not used again."""
    digest = hashlib.sha256(json.dumps([platform.python_version(), *(version(name) for name in LIBRARIES)]).encode())
    for name, content in _files(resources.files("ped_geo")):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


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

    def get(self, step: str, key: str) -> dict[str, pd.DataFrame] | None:
        """Layers of a step stored under exactly this key, None if there are none or their files are not what was written."""
        place = self.folder / step
        try:
            record = json.loads((place / "step.json").read_text(encoding="utf-8"))
            if record["key"] != key:
                return None
            return {name: _read_frame(place / f"{name}.parquet", kind) for name, kind in record["layers"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, step: str, key: str, layers: Layers) -> None:
        """
        Keep the layers of a finished step, whole or not at all.

        Raises
        ------
        RunError
            If the folder cannot be written or the disk is full.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=f".{step}-") as beside:
                kinds = {name: _write_frame(Path(beside) / f"{name}.parquet", frame) for name, frame in layers.items()}
                (Path(beside) / "step.json").write_text(json.dumps({"key": key, "layers": kinds}), encoding="utf-8")
                place = self.folder / step
                if place.is_dir():
                    shutil.rmtree(place)
                else:
                    place.unlink(missing_ok=True)
                Path(beside).rename(place)
                Path(beside).mkdir()
        except OSError as error:
            raise RunError(f"{self.folder} cannot be written ({error.strerror or error}); free space or choose another folder.") from error


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


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """
    Hold a folder for one run; the lock falls by itself when the process ends, however it ends.

    Raises
    ------
    RunError
        If another run holds it or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        raise RunError(f"{folder} cannot be written ({error.strerror or error}); give write access or choose another folder.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RunError(f"{folder} is held by another run of ped-geo; wait for it to end.") from None
        yield


def _step_key(step: Step, study: Study, site: Site, inputs: Mapping[str, str]) -> str:
    settings = study.model_dump(mode="json", by_alias=True)
    # variants and overridden assumptions reach many stages, so they count everywhere
    chosen = {section: settings[section] for section in (*step.settings, "assumptions", "variants", "country")}
    parts = [
        code_key(),
        step.name,
        chosen,
        [site.latitude, site.longitude, site.altitude_m, site.tz],
        [inputs[name] for name in step.needs],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Keep matrix products in one thread: split among several, their sums differ in the last digit from machine to machine."""
    import numpy as np  # noqa: F401
    import scipy.linalg  # noqa: F401  # both bring a BLAS, which can be limited once it is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def run_steps(
    steps: tuple[Step, ...],
    study: Study,
    site: Site,
    inputs: Layers,
    *,
    input_key: str,
    store: Store | None,
    progress: Progress | None = None,
    side_by_side: SideBySide | None = None,
) -> dict[str, pd.DataFrame]:
    """
    Run the steps in order, or take their kept results.

    Parameters
    ----------
    steps : tuple of Step
        In an order in which each finds what it needs.
    study : Study
        Settings.
    site : Site
        Where the sun is computed.
    inputs : mapping of str to DataFrame
        The layers of the sources.
    input_key : str
        Checksum of everything the inputs came from.
    store : Store or None
        Where finished steps are kept; None keeps nothing.
    progress : Progress, optional
        Is told about each step.
    side_by_side : SideBySide, optional
        How many steps may run at the same time; needs a store, through which they hand on their layers.

    Returns
    -------
    dict of str to DataFrame
        Inputs and all layers given by the steps.
    """
    done = _Layers(study, site, dict(inputs), {name: f"{name}:{input_key}" for name in inputs}, store)
    progress = progress or Silent()
    with _one_blas_thread():
        if store is None or side_by_side is None or side_by_side.workers < 2 or not CAN_FORK:
            for index, step in enumerate(steps):
                progress.begin(step.name, index, len(steps))
                progress.end(step.name, kept=done.take(step) or done.make(step))
        else:
            _run_side_by_side(steps, done, progress, side_by_side)
    return done.layers


@dataclass
class _Layers:
    """What has been computed so far, and under which keys."""

    study: Study
    site: Site
    layers: dict[str, pd.DataFrame]
    keys: dict[str, str]
    store: Store | None

    def key(self, step: Step) -> str:
        return _step_key(step, self.study, self.site, self.keys)

    def ready(self, step: Step) -> bool:
        return all(name in self.layers for name in step.needs)

    def take(self, step: Step) -> bool:
        """Take the kept result of a step; False if there is none."""
        found = self.store.get(step.name, self.key(step)) if self.store else None
        if found is not None:
            self._add(step, found)
        return found is not None

    def make(self, step: Step) -> bool:
        """Compute a step, keep and take its result; False, for it was not kept before."""
        made = self.compute(step)
        # what is handed on is what is kept: sums over another layout of memory differ in the last digit
        if not self.take(step):
            self._add(step, made)
        return False

    def compute(self, step: Step) -> dict[str, pd.DataFrame]:
        """Compute a step and keep its result."""
        made = step.run(self.study, self.site, {name: self.layers[name] for name in step.needs})
        found = {name: made[name] for name in step.gives}
        if self.store:
            self.store.put(step.name, self.key(step), found)
        return found

    def _add(self, step: Step, found: Mapping[str, pd.DataFrame]) -> None:
        key = self.key(step)
        self.layers.update(found)
        self.keys.update({name: f"{name}:{key}" for name in step.gives})


def _run_side_by_side(steps: tuple[Step, ...], done: _Layers, progress: Progress, how: SideBySide) -> None:
    """Begin each step as soon as all it needs is there and a worker is free; of several, the one that most others wait for."""
    waiting = _most_awaited_first(steps)
    running: dict[Forked, Step] = {}
    libraries, begun = how.libraries, 0
    try:
        while waiting or running:
            ready = [one for one in waiting if done.ready(one)] if len(running) < how.workers else []
            if ready:
                step = ready[0]
                waiting.remove(step)
                progress.begin(step.name, begun, len(steps))
                begun += 1
                if done.take(step):
                    progress.end(step.name, kept=True)
                else:
                    running[Forked(partial(done.compute, step))] = step
            else:
                for name in libraries:
                    # whoever needs it says why it cannot be loaded
                    with contextlib.suppress(ImportError, OSError):
                        import_module(name)
                libraries = ()
                ended = first_done(running)
                step = running.pop(ended)
                if not (ended.done_well() and done.take(step)):
                    done.make(step)
                progress.end(step.name, kept=False)
    finally:
        for working in running:
            working.end()


def _most_awaited_first(steps: tuple[Step, ...]) -> list[Step]:
    """Steps by the number of steps that cannot begin before them, directly or not; equal ones in their order."""
    behind: dict[str, set[str]] = {}
    for step in reversed(steps):
        after = [other for other in steps if set(other.needs) & set(step.gives)]
        behind[step.name] = {other.name for other in after}.union(*(behind.get(other.name, set()) for other in after))
    return sorted(steps, key=lambda step: -len(behind[step.name]))


@contextlib.contextmanager
def plain_write_errors(folder: Path) -> Iterator[None]:
    """
    Turn what the disk refuses while products are written into one sentence.

    Raises
    ------
    RunError
        If the folder cannot be written or the disk is full, whichever library noticed it.
    """
    import sqlite3

    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        yield
    except (OSError, sqlite3.Error, DataLayerError, DataSourceError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split()) or type(error).__name__
        raise RunError(
            f"{folder} cannot be written ({reason}); free space or give write access, then run the same command again: "
            "finished steps are kept, and the products of an earlier run are whole."
        ) from error


def check_writable(folders: Iterable[Path]) -> None:
    """
    Try to write where each folder is, or would be made, before any long work starts; nothing is left behind.

    Raises
    ------
    RunError
        With every folder that cannot be written.
    """
    problems = []
    for folder in folders:
        standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        try:
            with tempfile.TemporaryFile(dir=standing) as file:
                file.write(bytes(4096))
        except OSError as error:
            reason = error.strerror or error
            problems.append(f"{folder} cannot be written ({reason}); give write access, free space or choose another --root")
    if problems:
        raise RunError("the run's folders", problems)


def replace_into(beside: Path, place: Path, names: list[str]) -> list[Path]:
    """
    Move finished files into their folder, each whole, the manifest last.

    Raises
    ------
    RunError
        If the folder cannot be written.
    """
    with plain_write_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        for name in sorted(names, key=lambda item: (item == "manifest.json", item)):
            (beside / name).replace(place / name)
    return [place / name for name in names]
