"""One run: fetch, compute, write; products appear whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo.countries import has_pack
from ped_geo.engine import Progress, SideBySide, Silent, Step, Store
from ped_geo.engine.files import folder_lock, plain_write_errors
from ped_geo.engine.forked import processors
from ped_geo.language import money_of
from ped_geo.pipeline import FORM_STEPS, PASSING, RAW_LAYERS, STEPS, run_steps
from ped_geo.pipeline.corrections import correction_report, uncorrected_steps
from ped_geo.pipeline.manifest import manifest_record, says, write_manifest
from ped_geo.pipeline.named_files import file_records
from ped_geo.pipeline.preflight import preflight
from ped_geo.pipeline.products import PUBLISH, put_in_place, whole_products, write_products
from ped_geo.pipeline.stale import MANIFEST
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.outputs import Output, Results
    from ped_geo.sources import RawPlace

__all__ = ["Run", "compute", "fetch", "inputs", "kept_outputs", "report", "write_outputs"]

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


def inputs(
    study: Study, place: RawPlace, root: Path, *, refresh: bool, weather: pd.DataFrame | None = None
) -> tuple[Site, dict[str, pd.DataFrame], dict[str, Any]]:
    """Site, raw layers in the working CRS with the weather, which may be given as a frame, and where they came from."""
    from ped_geo.crs import to_working_crs
    from ped_geo.pipeline.whereabouts import (
        country_remarks,
        refuse_swapped_axes,
        settled,
        site_of,
        weather_remarks,
        with_altitude,
        working_system,
    )
    from ped_geo.remarks import remark_frame, source_remarks
    from ped_geo.sources._files import file_record
    from ped_geo.sources._providers import with_elevation
    from ped_geo.sources._surface_window import elevation_layers
    from ped_geo.sources.census import census_rows
    from ped_geo.sources.corrections import correction_rows, with_new_buildings
    from ped_geo.sources.frames import weather_of_frame
    from ped_geo.sources.population import population_cells
    from ped_geo.sources.registers import register_rows, with_rows
    from ped_geo.sources.timetable import timetable_rows
    from ped_geo.sources.weather import load_weather

    refuse_swapped_axes(study, place)
    study = settled(study, place)
    epsg = working_system(study, place)
    layers: dict[str, pd.DataFrame] = {name: to_working_crs(getattr(place, name), epsg, layer=name) for name in RAW_LAYERS}
    layers |= elevation_layers(with_elevation(study, place.boundary, root / "data" / "raw"), layers["footprints"])
    site = site_of(study, place, layers["terrain_model"])
    raw = root / "data" / "raw"
    layers["weather"] = load_weather(study, site, raw, refresh=refresh) if weather is None else weather_of_frame(weather, site)
    site = with_altitude(site, layers["weather"])
    layers["told"] = remark_frame(
        [*place.remarks, *source_remarks(place.provenance), *country_remarks(study, site), *weather_remarks(layers["weather"])]
    )
    layers["registers"] = with_rows(register_rows(study), correction_rows(study, layers["footprints"]))
    layers["footprints"] = with_new_buildings(study, layers["footprints"])
    layers["population"] = population_cells(study, epsg)
    layers["census"] = census_rows(study)
    layers["timetable"] = timetable_rows(study, layers["boundary"])
    attributes = {key: value for key, value in layers["weather"].attrs.items() if key != "remarks"}
    # what the weather is, without where it was read and why it was not another
    layers["weather"].attrs = {key: value for key, value in attributes.items() if key not in {"files", "instead_of"}}
    return (
        site,
        layers,
        {
            "place": dict(place.provenance),
            "weather": {"files": [], **attributes},
            "registers": {"files": [file_record(register.file) for register in study.sources.registers]},
            "files": file_records(study),
        },
    )


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
        Fetch again although there is a frozen snapshot, and write the products again although they are those of this run.
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
    progress = progress or Silent()
    folder = root / "data" / "processed" / study.name
    fetched = _fetched(study, root, refresh=refresh, progress=progress)
    with folder_lock(folder):
        results = _computed(fetched, root, progress)
        progress.begin("outputs", fetched.total - 1, fetched.total)
        kept = [] if refresh else kept_outputs(results, root)
        files = kept or write_outputs(results, root)
        progress.end("outputs", kept=bool(kept))
    return Run(results, tuple(files), root)


def compute(study: Study, root: Path, *, progress: Progress | None = None, passing: Collection[str] = PASSING) -> Results:
    """
    Results of one place, its kept steps where there are some; its products stay as they are.

    Parameters
    ----------
    study : Study
        Settings.
    root : Path
        Folder that holds ``data`` and ``maps``.
    progress : Progress, optional
        Is told about each step.
    passing : collection of str
        Layers that are let go after the last step that needs them.

    Raises
    ------
    PedGeoError
        In one sentence.
    """
    progress = progress or Silent()
    fetched = _fetched(study, root, refresh=False, progress=progress)
    with folder_lock(root / "data" / "processed" / study.name):
        return _computed(fetched, root, progress, passing)


@dataclass(frozen=True)
class _Fetched:
    """A place whose data are there, before any step."""

    study: Study
    place: RawPlace
    site: Site
    layers: dict[str, pd.DataFrame]
    provenance: dict[str, Any]
    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        """Steps, the fetch before and the products after them."""
        return len(self.steps) + 2


def _fetched(study: Study, root: Path, *, refresh: bool, progress: Progress) -> _Fetched:
    from ped_geo.pipeline.whereabouts import settled
    from ped_geo.sources.corrections import with_corrections

    study = with_corrections(study, root)
    preflight(study, root)
    progress.begin("fetch", 0, len(STEPS) + 2)
    place = fetch(study, root, refresh=refresh)
    study = settled(study, place)
    site, layers, provenance = inputs(study, place, root, refresh=refresh)
    progress.end("fetch", kept=False)
    return _Fetched(study, place, site, layers, provenance, STEPS if has_pack(study.country) else FORM_STEPS)


def _computed(fetched: _Fetched, root: Path, progress: Progress, passing: Collection[str] = PASSING) -> Results:
    """All steps of a place, under the lock of its folder."""
    from ped_geo.outputs import Results

    study, provenance = fetched.study, fetched.provenance
    folder = root / "data" / "processed" / study.name
    store = Store(folder / ".steps")
    store.sweep()
    _sweep(study.name, (folder, folder / PUBLISH, root / "maps"))
    uncorrected = uncorrected_steps(store.folder, fetched.layers["registers"])
    made = run_steps(
        fetched.steps,
        study,
        fetched.site,
        fetched.layers,
        store=store,
        progress=_Shifted(progress, fetched.total),
        side_by_side=SideBySide(min(processors(), WORKERS), LIBRARIES),
        passing=passing,
    )
    made["rejected"] = _all_rejected(fetched.place, made)
    made["conflation"] = fetched.place.conflation
    made["correction_report"] = correction_report(study, fetched.site, fetched.layers, made, uncorrected)
    if len(made["register_report"]):
        provenance["registers"]["rows"] = made["register_report"].groupby("file")["result"].value_counts().unstack(fill_value=0).T.to_dict()
    return Results(study, fetched.site, made, provenance, fetched.place.origin)


class _Shifted:
    """Progress of the steps, counted after the fetch and before the outputs."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total = progress, total

    def begin(self, name: str, index: int, total: int) -> None:
        del total
        self.progress.begin(name, index + 1, self.total)

    def end(self, name: str, *, kept: bool) -> None:
        self.progress.end(name, kept=kept)


def _sweep(name: str, folders: Iterable[Path]) -> None:
    """Remove what a killed run of this district left half-written among its products and among the maps of all districts."""
    for stale in (left for folder in folders for left in folder.glob(f"{_unfinished(name)}*")):
        shutil.rmtree(stale, ignore_errors=True)


def _all_rejected(place: RawPlace, layers: Layers) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([place.rejected, layers["rejected"]], ignore_index=True)


def _folders(results: Results, root: Path) -> dict[str, Path]:
    processed = root / "data" / "processed" / results.study.name
    return {"maps": root / "maps", "processed": processed, "publish": processed / PUBLISH}


def _outputs(results: Results) -> list[Output]:
    from ped_geo.outputs import OUTPUTS

    outputs = [item for item in OUTPUTS.load().values() if results.complete or not item.needs_pack]
    return sorted(outputs, key=lambda item: (item.order, item.key))


def kept_outputs(results: Results, root: Path) -> list[Path]:
    """
    Products of an earlier run that are whole and were made from the same; none where one of them has to be written.

    Fonts of the system are not looked at: ``--refresh`` writes all products anew.
    """
    from ped_geo.outputs.corrections import place_corrections
    from ped_geo.outputs.report import can_set_pdf

    # of an output that another package brings, only its release is known and not its code
    if any(not item.write.__module__.startswith("ped_geo.") for item in _outputs(results)):
        return []
    folders = _folders(results, root)
    with money_of(results.study.country):
        if not says(folders["processed"] / MANIFEST, manifest_record(results)):
            return []
        files = whole_products(folders)
        # Pango may have been installed since
        if not files or not (any(path.suffix == ".pdf" for path in files) or not can_set_pdf()):
            return []
        place_corrections(results, folders["processed"])
        return files


def write_outputs(results: Results, root: Path) -> list[Path]:
    """Write all products beside the folders that they are then moved into, which may lie on different disks."""
    from ped_geo.outputs.corrections import place_corrections

    name = results.study.name
    folders = _folders(results, root)
    with contextlib.ExitStack() as stack:
        stack.enter_context(money_of(results.study.country))
        beside = {}
        for place, folder in folders.items():
            stack.enter_context(plain_write_errors(folder))
            folder.mkdir(parents=True, exist_ok=True)
            beside[place] = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix=_unfinished(name))))
        made = write_products(_outputs(results), results, beside)
        write_manifest(manifest_record(results), beside, made)
        files = put_in_place(beside, folders, made)
        place_corrections(results, folders["processed"])
        return files


def _unfinished(name: str) -> str:
    """How folders begin in which products of a district are written; no name of a district holds a dot."""
    return f".writing-{name}."
