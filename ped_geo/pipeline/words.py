"""What a run found in plain words; what is wrong with an input; what this machine has."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path
from typing import Any

from ped_geo.language import number, text
from ped_geo.language.place import boundary_words, lost_notes, place_notes
from ped_geo.pipeline import STEPS
from ped_geo.pipeline.run import Run, fetch, inputs
from ped_geo.runner import run_steps
from ped_geo.study import Study

__all__ = ["check", "compare", "doctor", "summary"]


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
    from ped_geo.outputs.joined import joined_sentences
    from ped_geo.outputs.registers import register_sentences
    from ped_geo.outputs.tables import variant_name, weather_words
    from ped_geo.plausibility import sentences

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
    said += joined_sentences(results, lang) + register_sentences(results, lang)
    place = results.provenance.get("place", {})
    said += [boundary_words(place, str(layers["boundary"]["origin"].iloc[0]), lang), *place_notes(place, lang)]
    said += lost_notes(layers["set_aside"], lang)
    said.append(text("cli.weather", lang, source=weather_words(results.provenance["weather"])[lang]))
    remarks = [told for name in ("remarks", "doubts") for told in sentences(layers[name], lang)]
    said += [text("check.remarks", lang), *(f"  - {remark}" for remark in remarks)] if remarks else []
    said += [text("cli.files", lang), *(f"  {path}" for path in run.files if path.suffix != ".parquet")]
    return {
        "sentences": said,
        "study": study.name,
        "origin": results.origin,
        "sample_data": study.sample,
        "balance_kwh_m2a": {str(key): round(float(value), 3) for key, value in balance.items()},
        "remarks": remarks,
        "files": [str(path) for path in run.files],
    }


def check(study: Study, root: Path, lang: str) -> dict[str, Any]:
    """
    Look at a district's input in seconds: can it be had, can it be meant, does every step before the long ones pass.

    Parameters
    ----------
    study : Study
        Settings.
    root : Path
        Folder that holds ``data`` and ``maps``.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    dict
        ``sentences`` for people; ``study``, ``remarks`` for scripts.

    Raises
    ------
    PedGeoError
        With everything that is wrong.
    """
    from ped_geo.pipeline.preflight import preflight
    from ped_geo.plausibility import sentences

    preflight(study, root)
    place = fetch(study, root)
    site, layers, _ = inputs(study, place, root, refresh=False)
    quick = tuple(step for step in STEPS if step.name in {"buildings", "check", "streets", "blocks"})
    found = run_steps(quick, study, site, layers, input_key="check", store=None)
    area = float(found["blocks"]["area_m2"].sum()) / 1e6
    counts = {"count": number(len(layers["footprints"]), lang), "area": number(area, lang, 2)}
    remarks = sentences(found["remarks"], lang)
    said = [
        text("check.remarked" if remarks else "check.nothing", lang, title=study.title, **counts),
        *(f"- {remark}" for remark in remarks),
        boundary_words(place.provenance, str(place.boundary["origin"].iloc[0]), lang),
        *place_notes(place.provenance, lang),
        *lost_notes(place.set_aside, lang),
    ]
    return {"sentences": said, "study": study.name, "remarks": remarks}


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


def compare(first: str, second: str, variants: tuple[str, str], root: Path, lang: str) -> dict[str, Any]:
    """
    Write the comparison of two finished runs, or of two variants of one, and say what differs.

    Parameters
    ----------
    first, second : str
        Name of a folder in ``data/processed`` or a path; `second` is empty where variants are compared.
    variants : tuple of str
        Keys of two variants of the first run, or empty.
    root : Path
        Folder that holds ``data`` and ``maps``.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    dict
        ``sentences`` for people; ``paired``, ``unpaired``, ``balance_kwh_m2a`` and ``files`` for scripts.

    Raises
    ------
    PedGeoError
        If a run or a variant is missing, or the two have nothing in common.
    """
    import tempfile

    from ped_geo.outputs.comparison import compare_runs, compare_variants, read_run
    from ped_geo.outputs.web_map.difference import write_comparison
    from ped_geo.runner import replace_into
    from ped_geo.study import slug

    def folder(name: str) -> Path:
        return Path(name) if Path(name).is_dir() else root / "data" / "processed" / name

    one = read_run(folder(first))
    found = compare_runs(one, read_run(folder(second))) if second else compare_variants(one, *variants)
    stem = "compare-" + "-".join(slug(part) for part in ((one.name, found.second.name) if second else (one.name, *variants)))
    maps = root / "maps"
    maps.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=maps, prefix=".writing-") as beside:
        files = replace_into(Path(beside), maps, [path.name for path in write_comparison(found, Path(beside), stem)])
    paired = int(found.blocks["other"].ne("").sum())
    names = {"first": found.first.study.title, "second": found.second.study.title if second else " → ".join(variants)}
    said = [text("cli.compared", lang, **names, paired=number(paired, lang), left=number(len(found.blocks) - paired, lang))]
    said += [text("cli.compared_overlap", lang)] if found.by_overlap else []
    rows = found.table[(found.table["table"] == "kpi") & (found.table["item"] == "peb_nren_m2")]
    for row in rows.itertuples():
        values = {key: number(getattr(row, key), lang, 1) for key in ("first", "second", "difference")}
        said.append("  " + text("cli.compared_balance", lang, variant=row.variant, **values))
    said += [text("cli.files", lang), *(f"  {path}" for path in files)]
    return {
        "sentences": said,
        "paired": paired,
        "unpaired": len(found.blocks) - paired,
        "balance_kwh_m2a": dict(zip(rows["variant"].astype("str"), rows[["first", "second"]].to_numpy(dtype=float).tolist(), strict=True)),
        "files": [str(path) for path in files],
    }
