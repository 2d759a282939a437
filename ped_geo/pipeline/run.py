"""One run: fetch, compute, write; products appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import __version__
from ped_geo._forked import CAN_FORK, Forked, processors
from ped_geo.pipeline import MODEL_LAYERS, RAW_LAYERS, STEPS
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.stale import MANIFEST, remove_stale
from ped_geo.runner import Progress, SideBySide, Silent, Store, code_key, folder_lock, plain_write_errors, replace_into, run_steps
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Output, Results
    from ped_geo.sources import RawPlace

__all__ = ["Run", "fetch", "inputs", "report"]

Layers = Mapping[str, "pd.DataFrame"]

WORKERS = 2
"""Steps at the same time: seldom are more than two ready, and each holds its own copy of what it changes."""

LIBRARIES = (
    *("ped_geo._numba_ready", "scipy.sparse.csgraph", "scipy.spatial"),
    *(f"ped_geo.{part}" for part in ("roofs", "shading", "solar", "demand", "retrofit", "supply", "finance", "balance", "districts")),
    *(f"ped_geo.{part}" for part in ("verdicts", "uncertainty", "kpis", "sharing")),
    *("matplotlib.backends.backend_agg", "weasyprint"),
)
"""What most steps, or both languages of the report, load."""


@dataclass(frozen=True)
class Run:
    """A finished run: its results and the files it wrote."""

    results: Results
    files: tuple[Path, ...]
    root: Path


def fetch(study: Study, root: Path, *, refresh: bool = False) -> RawPlace:
    """
    Fetch a place and freeze it in ``data/raw``; a place that needs no network is only read.

    Raises
    ------
    SourceError
        If the place cannot be had.
    """
    from ped_geo.sources import load_place

    return load_place(study, root / "data" / "raw", refresh=refresh)


def inputs(study: Study, place: RawPlace, root: Path, *, refresh: bool) -> tuple[Site, dict[str, pd.DataFrame], dict[str, Any]]:
    """Site, raw layers in the working CRS with the weather, and where they came from."""
    from ped_geo.crs import to_working_crs
    from ped_geo.pipeline.whereabouts import country_remarks, settled, site_of, weather_remarks, with_altitude, working_system
    from ped_geo.plausibility import remark_frame
    from ped_geo.sources._files import file_record
    from ped_geo.sources._surface_window import elevation_layers
    from ped_geo.sources.gugik_sheets import with_elevation_sheets
    from ped_geo.sources.registers import register_rows
    from ped_geo.sources.weather import load_weather

    study = settled(study, place)
    epsg = working_system(study, place)
    layers: dict[str, pd.DataFrame] = {name: to_working_crs(getattr(place, name), epsg, layer=name) for name in RAW_LAYERS}
    layers |= elevation_layers(with_elevation_sheets(study, place.boundary, root / "data" / "raw"), layers["footprints"])
    site = site_of(study, place, layers["terrain_model"])
    layers["weather"] = load_weather(study, site, root / "data" / "raw", refresh=refresh)
    site = with_altitude(site, layers["weather"])
    layers["told"] = remark_frame([*country_remarks(study, site), *weather_remarks(layers["weather"])])
    layers["registers"] = register_rows(study)
    weather = {key: value for key, value in layers["weather"].attrs.items() if key not in ("files", "remarks")}
    return (
        site,
        layers,
        {
            "place": dict(place.provenance),
            "weather": {**weather, "files": layers["weather"].attrs.get("files", [])},
            "registers": {"files": [file_record(register.file) for register in study.sources.registers]},
        },
    )


def _input_key(provenance: Mapping[str, Any], study: Study, layers: Layers) -> str:
    """What identifies the inputs: checksums of files and of the models' heights, the boundary settings and the weather's source."""
    sums = [record["sha256"] for part in ("place", "weather", "registers") for record in provenance[part].get("files", [])]
    heights = [_checksum(layers[name]) for name in MODEL_LAYERS]
    settings = [
        study.place.model_dump(mode="json"),
        study.sources.weather,
        *(item.model_dump(mode="json") for item in study.sources.registers),
    ]
    return json.dumps([sums, heights, provenance["weather"].get("source", ""), *settings], sort_keys=True)


def _checksum(heights: pd.DataFrame) -> str:
    """Of the window of a surface or terrain model that is used: its values and where they lie."""
    found = hashlib.sha256()
    for part in (heights.to_numpy(), heights.index.to_numpy(), heights.columns.to_numpy()):
        found.update(part.tobytes())
    return found.hexdigest()


def report(study: Study, root: Path, *, refresh: bool = False, progress: Progress | None = None) -> Run:
    """
    Go the whole way for one place.

    Parameters
    ----------
    study : Study
        Settings.
    root : Path
        Folder that holds ``data`` and ``maps``.
    refresh : bool
        Fetch again although there is a frozen snapshot.
    progress : Progress, optional
        Is told about each step.

    Returns
    -------
    Run

    Raises
    ------
    PedGeoError
        In one sentence; outputs of an earlier run stay whole.
    """
    from ped_geo.outputs import Results
    from ped_geo.pipeline.whereabouts import settled

    progress = progress or Silent()
    total = len(STEPS) + 2
    folder = root / "data" / "processed" / study.name
    preflight(study, root)
    progress.begin("fetch", 0, total)
    place = fetch(study, root, refresh=refresh)
    study = settled(study, place)
    site, layers, provenance = inputs(study, place, root, refresh=refresh)
    progress.end("fetch", kept=False)
    with folder_lock(folder):
        _sweep(folder)
        found = run_steps(
            STEPS,
            study,
            site,
            layers,
            input_key=_input_key(provenance, study, layers),
            store=Store(folder / ".steps"),
            progress=_Shifted(progress, total),
            side_by_side=SideBySide(min(processors(), WORKERS), LIBRARIES),
        )
        found["set_aside"] = _all_set_aside(place, found)
        found["joined"] = place.joined
        if len(found["register_report"]):
            provenance["registers"]["rows"] = (
                found["register_report"].groupby("file")["result"].value_counts().unstack(fill_value=0).T.to_dict()
            )
        results = Results(study, site, found, provenance, place.origin)
        progress.begin("outputs", total - 1, total)
        files = _write_outputs(results, root)
        progress.end("outputs", kept=False)
    return Run(results, tuple(files), root)


class _Shifted:
    """Progress of the steps, counted after the fetch and before the outputs."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total = progress, total

    def begin(self, name: str, index: int, total: int) -> None:
        del total
        self.progress.begin(name, index + 1, self.total)

    def end(self, name: str, *, kept: bool) -> None:
        self.progress.end(name, kept=kept)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left half-written."""
    for stale in (*folder.glob(".steps/.*"), *folder.glob(".writing-*")):
        shutil.rmtree(stale, ignore_errors=True)


def _all_set_aside(place: RawPlace, layers: Layers) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([place.set_aside, layers["set_aside"]], ignore_index=True)


def _write_outputs(results: Results, root: Path) -> list[Path]:
    """Write all products beside, then move each into its folder, the manifest last."""
    from ped_geo.outputs import OUTPUTS

    processed, maps = root / "data" / "processed" / results.study.name, root / "maps"
    made: dict[str, list[str]] = {"processed": [], "maps": []}
    with plain_write_errors(processed), tempfile.TemporaryDirectory(dir=processed, prefix=".writing-") as text_folder:
        beside = {name: Path(text_folder) / name for name in made}
        for folder in beside.values():
            folder.mkdir()
        for output, paths in _written(sorted(OUTPUTS.load().values(), key=lambda item: (item.order, item.key)), results, beside):
            made[output.place] += [path.name for path in paths]
        _write_manifest(results, beside, made)
        files = [*replace_into(beside["maps"], maps, made["maps"]), *replace_into(beside["processed"], processed, made["processed"])]
        # while the earlier manifest is still there: a run killed here is tidied up by the next one
        remove_stale(processed / MANIFEST, (processed, maps), files)
        return [*files, *replace_into(beside["processed"], processed, [MANIFEST])]


def _written(outputs: list[Output], results: Results, beside: Mapping[str, Path]) -> list[tuple[Output, list[Path]]]:
    """All outputs and their files; the first, which takes longest, is written while a copy of this process writes the others."""

    def write(some: list[Output]) -> list[tuple[Output, list[Path]]]:
        return [(output, output.write(results, beside[output.place])) for output in some]

    def write_others() -> None:
        names = [[path.name for path in paths] for _, paths in write(others)]
        listed.write_text(json.dumps(names), encoding="utf-8")

    longest, others, listed = outputs[:1], outputs[1:], beside["processed"].parent / "written.json"
    if not CAN_FORK:
        return write(outputs)
    with Forked(write_others) as working:
        found = write(longest)
        if not working.done_well():
            return found + write(others)
    names = json.loads(listed.read_text(encoding="utf-8"))
    return found + [(output, [beside[output.place] / name for name in some]) for output, some in zip(others, names, strict=True)]


def _write_manifest(results: Results, beside: Mapping[str, Path], made: Mapping[str, list[str]]) -> None:
    from importlib.metadata import version

    from ped_geo.plausibility import sentences
    from ped_geo.sources._files import file_record

    libraries = (
        "geopandas",
        "momepy",
        "numba",
        "numpy",
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
    record = {
        "study": results.study.model_dump(mode="json", by_alias=True),
        "site": {**asdict(results.site), "country": results.study.country},
        "crs": f"EPSG:{results.layers['blocks'].crs.to_epsg()}",
        "origin": results.origin,
        "sample_data": results.study.sample,
        "boundary_origin": str(results.layers["boundary"]["origin"].iloc[0]),
        "inputs": dict(results.provenance),
        "versions": {"ped_geo": __version__, "python": platform.python_version(), **{name: version(name) for name in libraries}},
        "commit": _commit(),
        "code_sha256": code_key(),
        "remarks": [told for name in ("remarks", "doubts") for told in sentences(results.layers[name], "en")],
        "outputs": [file_record(beside[place] / name) for place, names in made.items() for name in names],
    }
    content = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True, default=str)
    (beside["processed"] / MANIFEST).write_text(content + "\n", encoding="utf-8")


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
