"""
The steps in their order, from the sources to the products.

Read `STEPS` from top to bottom: it is the pipeline. Each step is a pure function of the layers it needs; running, keeping and
resuming are the business of `ped_geo.runner`.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ped_geo import __version__
from ped_geo.language import number, text
from ped_geo.runner import Progress, Silent, Step, Store, code_key, folder_lock, replace_into, run_steps
from ped_geo.site import Site
from ped_geo.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from ped_geo.balance import EnergyInputs
    from ped_geo.outputs import Results
    from ped_geo.sources import RawPlace

__all__ = ["STEPS", "Run", "check", "doctor", "fetch", "report", "summary"]

Layers = Mapping[str, "pd.DataFrame"]
ENERGY = (
    "buildings", "final_energy", "electricity_hourly", "supply_electricity_hourly", "pv_hourly", "heat_hourly", "hot_water_hourly",
)  # fmt: skip
RAW_LAYERS = ("boundary", "footprints", "ways", "areas", "places")


def _buildings(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.buildings import build_buildings

    drawn, aside = build_buildings(layers["footprints"], layers["boundary"], layers["areas"], layers["places"], study)
    return {"buildings_drawn": drawn, "set_aside": aside}


def _streets(_study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.streets import build_streets

    return {"streets": build_streets(layers["ways"], layers["boundary"])}


def _blocks(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo import blocks

    drawn = layers["buildings_drawn"]
    shapes = blocks.build_blocks(layers["streets"], layers["ways"], layers["boundary"], drawn, study)
    buildings = blocks.assign_blocks(drawn, shapes)
    told = blocks.describe_blocks(shapes, buildings, layers["streets"], layers["areas"])
    return {"blocks": told, "buildings": buildings, "adjacency": blocks.adjacency(told)}


def _roofs(study: Study, _site: Site, layers: Layers) -> Layers:
    import pandas as pd

    from ped_geo import roofs

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    planes = roofs.roof_planes(inside)
    if study.solar.facades:
        planes = pd.concat([planes, roofs.facade_planes(inside, study)[planes.columns]])
    return {"roof_planes": planes, "modules": roofs.module_layout(planes, inside, study)}


def _shading(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.shading import plane_horizons

    return {"horizons": plane_horizons(layers["roof_planes"], layers["buildings"], study)}


def _solar(study: Study, site: Site, layers: Layers) -> Layers:
    from ped_geo.solar import pv_yield, vertical_irradiance

    arrays, roofs, hourly = pv_yield(
        layers["modules"], layers["roof_planes"], layers["horizons"], layers["buildings"], layers["weather"], site, study
    )
    walls = vertical_irradiance(layers["weather"], site, albedo=study.assumed("climate.albedo"))
    return {"pv_arrays": arrays, "pv_buildings": roofs, "pv_hourly": hourly, "irradiance": walls}


def _envelope(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo import demand, retrofit

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    shell = demand.envelope(inside, study)
    states = retrofit.envelope_states(inside, shell, study)
    return {"envelope": shell, "elements": states, "packages_cost": retrofit.package_cost(inside, shell, states, study)}


def _demand(study: Study, site: Site, layers: Layers) -> Layers:
    from ped_geo.demand import build_need

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    names = ("need", "heat_hourly", "hot_water_hourly", "electricity_hourly")
    found = build_need(inside, layers["envelope"], layers["elements"], layers["weather"], layers["irradiance"], site, study)
    return dict(zip(names, found, strict=True))


def _supply(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo import supply

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    heat, water, weather = layers["heat_hourly"], layers["hot_water_hourly"], layers["weather"]
    final = supply.final_energy(layers["need"], inside, weather, study, elements=layers["elements"], heat_hourly=heat)
    return {"final_energy": final, "supply_electricity_hourly": supply.electricity_hourly(final, heat, water, inside, weather, study)}


def _money(study: Study, layers: Layers) -> pd.DataFrame:
    """Investment and grant of each block and variant."""
    import pandas as pd

    from ped_geo.finance import pv_economics

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    block = inside["block_id"]
    # the layout already leaves the room of arrays that are there today
    pv = pv_economics(layers["pv_buildings"].assign(existing_kwp=0.0), inside, study)[["investment_pln", "grant_pln"]].groupby(block).sum()
    parts = {}
    for variant in study.variants:
        works = layers["packages_cost"].xs(variant.package, level="package")[["investment_pln", "grant_pln"]].groupby(block).sum()
        parts[variant.key] = works.add(pv, fill_value=0.0) if variant.pv else works
    return pd.concat(parts, names=["variant", "block_id"]).swaplevel().sort_index()


def _balance(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.balance import block_balance

    return {"balance": block_balance(_energy_inputs(layers), study, money=_money(study, layers))}


def _energy_inputs(layers: Layers) -> EnergyInputs:
    from ped_geo.balance import EnergyInputs

    inside = layers["buildings"][layers["buildings"]["in_district"]]
    names = ("final_energy", "electricity_hourly", "supply_electricity_hourly", "pv_hourly", "heat_hourly", "hot_water_hourly")
    return EnergyInputs(inside, *(layers[name] for name in names))


def _districts(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.districts import find_candidates

    options = layers["balance"][["primary_energy_balance_kwh_a", "investment_pln"]].rename(
        columns={"primary_energy_balance_kwh_a": "balance_kwh_a"}
    )
    candidates, excluded = find_candidates(layers["blocks"], layers["adjacency"], options, study)
    return {"candidates": candidates, "excluded": excluded}


def _verdicts(study: Study, _site: Site, layers: Layers) -> Layers:
    from ped_geo.scenarios import scenario_balance
    from ped_geo.verdicts import verdict_table

    best = study.variants[-1].key
    held = sorted(set(layers["buildings"]["block_id"]) - {""})
    scopes = {"district": dict.fromkeys(held, best)}
    for name, row in layers["candidates"].iterrows():
        scopes[str(name)] = json.loads(row["choices"])
    judged = verdict_table(_energy_inputs(layers), study, scopes, blocks=layers["blocks"])
    return {"verdicts": judged, "scenarios": scenario_balance(layers["balance"], study)}


STEPS = (
    Step("buildings", ("footprints", "boundary", "areas", "places"), ("buildings_drawn", "set_aside"), _buildings, ("buildings",)),
    Step("streets", ("ways", "boundary"), ("streets",), _streets),
    Step("blocks", ("streets", "ways", "boundary", "buildings_drawn", "areas"), ("blocks", "buildings", "adjacency"), _blocks, ("blocks",)),
    Step("roofs", ("buildings",), ("roof_planes", "modules"), _roofs, ("solar",)),
    Step("shading", ("roof_planes", "buildings"), ("horizons",), _shading, ("solar",)),
    Step(
        "solar",
        ("modules", "roof_planes", "horizons", "buildings", "weather"),
        ("pv_arrays", "pv_buildings", "pv_hourly", "irradiance"),
        _solar,
        ("solar",),
    ),
    Step("envelope", ("buildings",), ("envelope", "elements", "packages_cost"), _envelope, ("demand", "retrofit", "finance")),
    Step(
        "demand",
        ("buildings", "envelope", "elements", "weather", "irradiance"),
        ("need", "heat_hourly", "hot_water_hourly", "electricity_hourly"),
        _demand,
        ("demand",),
    ),
    Step(
        "supply",
        ("buildings", "need", "elements", "weather", "heat_hourly", "hot_water_hourly"),
        ("final_energy", "supply_electricity_hourly"),
        _supply,
        ("supply",),
    ),
    Step("balance", (*ENERGY, "packages_cost", "pv_buildings"), ("balance",), _balance, ("balance", "finance")),
    Step("districts", ("blocks", "adjacency", "balance"), ("candidates", "excluded"), _districts, ("districts",)),
    Step("verdicts", (*ENERGY, "blocks", "balance", "candidates"), ("verdicts", "scenarios"), _verdicts, ("balance",)),
)


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


def _inputs(study: Study, place: RawPlace, root: Path, *, refresh: bool) -> tuple[Site, dict[str, pd.DataFrame], dict[str, Any]]:
    """Site, raw layers in the working CRS with the weather, and where they came from."""
    from ped_geo.crs import to_working_crs, working_epsg
    from ped_geo.sources.weather import load_weather

    middle = place.boundary.to_crs(4326).geometry.iloc[0].centroid
    site = Site(round(middle.y, 4), round(middle.x, 4), study.assumed("climate.altitude"))
    epsg = study.place.epsg or working_epsg(middle.x, middle.y, study.country)
    layers: dict[str, pd.DataFrame] = {name: to_working_crs(getattr(place, name), epsg, layer=name) for name in RAW_LAYERS}
    layers["weather"] = load_weather(study, site, root / "data" / "raw", refresh=refresh)
    weather = {key: value for key, value in layers["weather"].attrs.items() if key != "files"}
    return site, layers, {"place": dict(place.provenance), "weather": {**weather, "files": layers["weather"].attrs.get("files", [])}}


def _input_key(provenance: Mapping[str, Any], study: Study) -> str:
    """What identifies the inputs: the checksums of all files, the boundary settings and the weather's source."""
    sums = [record["sha256"] for part in ("place", "weather") for record in provenance[part].get("files", [])]
    return json.dumps(
        [sums, provenance["weather"].get("source", ""), study.place.model_dump(mode="json"), study.sources.weather], sort_keys=True
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

    progress = progress or Silent()
    total = len(STEPS) + 2
    progress.begin("fetch", 0, total)
    place = fetch(study, root, refresh=refresh)
    site, layers, provenance = _inputs(study, place, root, refresh=refresh)
    progress.end("fetch", kept=False)
    folder = root / "data" / "processed" / study.name
    with folder_lock(folder):
        _sweep(folder)
        found = run_steps(
            STEPS,
            study,
            site,
            layers,
            input_key=_input_key(provenance, study),
            store=Store(folder / ".steps"),
            progress=_Shifted(progress, total),
        )
        found["set_aside"] = _all_set_aside(place, found)
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
    with tempfile.TemporaryDirectory(dir=processed, prefix=".writing-") as text_folder:
        beside = {name: Path(text_folder) / name for name in made}
        for folder in beside.values():
            folder.mkdir()
        for output in sorted(OUTPUTS.load().values(), key=lambda item: (item.order, item.key)):
            made[output.place] += [path.name for path in output.write(results, beside[output.place])]
        _write_manifest(results, beside, made)
        made["processed"].append("manifest.json")
        return [
            *replace_into(beside["maps"], maps, made["maps"]),
            *replace_into(beside["processed"], processed, made["processed"]),
        ]


def _write_manifest(results: Results, beside: Mapping[str, Path], made: Mapping[str, list[str]]) -> None:
    from importlib.metadata import version

    from ped_geo.sources._files import file_record

    libraries = ("geopandas", "momepy", "numba", "numpy", "osmnx", "pandas", "pvlib", "pyogrio", "pyproj", "rasterio", "shapely")
    record = {
        "study": results.study.model_dump(mode="json", by_alias=True),
        "site": {"latitude": results.site.latitude, "longitude": results.site.longitude, "altitude_m": results.site.altitude_m},
        "crs": f"EPSG:{results.layers['blocks'].crs.to_epsg()}",
        "origin": results.origin,
        "sample_data": results.study.sample,
        "boundary_origin": str(results.layers["boundary"]["origin"].iloc[0]),
        "inputs": dict(results.provenance),
        "versions": {"ped_geo": __version__, "python": platform.python_version(), **{name: version(name) for name in libraries}},
        "commit": _commit(),
        "code_sha256": code_key(),
        "outputs": [file_record(beside[place] / name) for place, names in made.items() for name in names],
    }
    content = json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True, default=str)
    (beside["processed"] / "manifest.json").write_text(content + "\n", encoding="utf-8")


def _commit() -> str:
    """Commit of the checkout that the package runs from, "" where it is not one."""
    head = Path(__file__).resolve().parents[1] / ".git" / "HEAD"
    try:
        reference = head.read_text(encoding="utf-8").strip()
        if not reference.startswith("ref: "):
            return reference
        return (head.parent / reference.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def summary(run: Run, lang: str) -> dict[str, Any]:
    """
    What was found, in plain sentences and as numbers.

    Parameters
    ----------
    run : Run
        A finished run.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    dict
        ``sentences`` for people; ``study``, ``origin``, ``balance_kwh_m2a`` by variant and ``files`` for scripts.
    """
    from ped_geo.outputs.tables import variant_name

    results, study = run.results, run.results.study
    layers = results.layers
    area = float(layers["blocks"]["reference_area_m2"].sum())
    balance = layers["balance"].groupby(level="variant")["primary_energy_balance_kwh_a"].sum() / max(area, 1e-9)
    balance = balance.reindex([variant.key for variant in study.variants])
    best = str(balance.idxmax())
    named = {variant.key: variant_name(variant, lang) for variant in study.variants}
    need = layers["need"]["heat_need_kwh_a"].groupby(level="package").sum() / max(area, 1e-9)
    pv = layers["pv_buildings"]
    said = [text("cli.found", lang, title=study.title)]
    if study.sample:
        said.append(f"  {text('cli.sample', lang)}")
    inside = int(layers["buildings"]["in_district"].sum())
    counts = {"buildings": number(inside, lang), "blocks": number(len(layers["blocks"]), lang), "area": number(area, lang)}
    said.append("  " + text("cli.buildings", lang, **counts, aside=number(len(layers["set_aside"]), lang)))
    said.append(
        "  " + text("cli.pv", lang, kwp=number(pv["capacity_kwp"].sum(), lang), mwh=number(pv["annual_yield_kwh_a"].sum() / 1000.0, lang))
    )
    said.append("  " + text("cli.heat", lang, today=number(need.get("existing"), lang), advanced=number(need.get("advanced"), lang)))
    positive = [named[str(key)] for key, value in balance.items() if value >= 0]
    if positive:
        said.append("  " + text("cli.positive", lang, variant="; ".join(positive)))
    else:
        said.append("  " + text("cli.not_positive", lang, variant=named[best], gap=number(-float(balance[best]), lang)))
    said.append("  " + text("cli.candidates", lang, count=number(len(layers["candidates"]), lang)))
    said.append(text(f"cli.origin.{results.origin}", lang, folder=run.root / "data" / "raw" / study.name))
    said.append(text(f"cli.boundary.{layers['boundary']['origin'].iloc[0]}", lang))
    said.append(text("cli.weather", lang, source=results.provenance["weather"]["source"]))
    said += [text("cli.files", lang), *(f"  {path}" for path in run.files if path.suffix != ".parquet")]
    return {
        "sentences": said,
        "study": study.name,
        "origin": results.origin,
        "sample_data": study.sample,
        "balance_kwh_m2a": {str(key): round(float(value), 3) for key, value in balance.items()},
        "files": [str(path) for path in run.files],
    }


def check(study: Study, root: Path, lang: str) -> str:
    """
    Look at a district's input in seconds: can it be had, is it a place with buildings, does every step before the long ones pass.

    Returns
    -------
    str
        One sentence when nothing is wrong.

    Raises
    ------
    PedGeoError
        With everything that is wrong.
    """
    place = fetch(study, root)
    site, layers, _ = _inputs(study, place, root, refresh=False)
    quick = tuple(step for step in STEPS if step.name in {"buildings", "streets", "blocks"})
    found = run_steps(quick, study, site, layers, input_key="check", store=None)
    area = float(found["blocks"]["area_m2"].sum()) / 1e6
    return text("cli.checked", lang, title=study.title, count=number(len(layers["footprints"]), lang), area=number(area, lang, 2))


def doctor(root: Path) -> list[tuple[str, str, str]]:
    """
    What is installed, what is reachable and what is missing.

    Returns
    -------
    list of (name, state, detail)
        State is ``ok``, ``missing``, ``optional``, ``reachable`` or ``unreachable``.
    """
    from importlib.metadata import PackageNotFoundError, version

    from ped_geo.sources._http import reachable
    from ped_geo.study import Sources

    found = [("python", "ok", platform.python_version())]
    for name in ("geopandas", "momepy", "numba", "osmnx", "pvlib", "rasterio", "highspy", "weasyprint", "folium"):
        try:
            found.append((name, "ok", version(name)))
        except PackageNotFoundError:
            found.append((name, "missing", "make install"))
    for name in ("chromium", "qgis"):
        place = shutil.which(name)
        found.append((name, "ok" if place else "optional", place or f"make test-{name}"))
    found += [
        (folder, "ok" if (root / folder).is_dir() else "missing", str((root / folder).resolve()))
        for folder in ("districts", "data", "maps")
    ]
    addresses = Sources()
    for url in (addresses.overpass_url, addresses.nominatim_url, addresses.pvgis_url):
        found.append((url.split("/")[2], "reachable" if reachable(url) else "unreachable", url))
    return found
