"""What a run found in plain words; what is wrong with an input; what this machine has."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path
from typing import Any, Final

from ped_geo.engine.files import plain_write_errors, replace_into, shown, stands
from ped_geo.errors import RunError
from ped_geo.language import money_of, number, text
from ped_geo.language.place import boundary_words, lost_notes, place_notes
from ped_geo.pipeline import STEPS, run_steps
from ped_geo.pipeline.products import ProductSet, product_set
from ped_geo.pipeline.run import Run, fetch, inputs
from ped_geo.study import Study

__all__ = ["check", "check_products", "compare", "doctor", "roadmap_summary", "summary"]

SHOWN_FILES: Final = 8
"""Names of files that a sentence lists."""


def roadmap_summary(run: Run, lang: str) -> dict[str, Any]:
    """
    What the roadmap of a run comes to, in plain sentences.

    Parameters
    ----------
    run : Run
        A finished run.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    dict
        ``sentences`` for people; ``study``, ``actions`` (title and years) and ``files`` for scripts.
    """
    from ped_geo.outputs.report.roadmap import roadmap_page

    page = roadmap_page(run.results, lang) if run.results.complete else None
    answer = {"study": run.results.study.name, "files": [shown(path) for path in run.files]}
    if page is None:
        return {"sentences": [text("cli.no_roadmap", lang)], "actions": [], **answer}
    actions = [{"title": row["title"], "years": row["years"]} for row in page["actions"]]
    lines = [f"  {row['years']:<10} {row['title']}" for row in actions]
    return {"sentences": [*page["sentences"], *page["more"], f"{text('report.roadmap.plan', lang)}:", *lines], "actions": actions, **answer}


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
    from ped_geo.outputs.conflation import conflation_sentences
    from ped_geo.outputs.corrections import correction_sentences
    from ped_geo.outputs.figures import is_heated
    from ped_geo.outputs.registers import register_sentences
    from ped_geo.outputs.report.page_one import page_one
    from ped_geo.outputs.tables import site_words, weather_words
    from ped_geo.remarks import sentences

    results, study = run.results, run.results.study
    layers = results.layers
    if not results.complete:
        return _form_summary(run, lang)
    figures = results.figures
    balance = {variant.key: figures.value("balance", variant.key) for variant in study.variants}
    best = max(balance, key=balance.__getitem__) if is_heated(results) else ""
    said = [text("cli.found", lang, title=study.title)]
    if study.sample:
        said.append(f"  {text('cli.sample', lang)}")
    said += [f"  {head}: {sentence}" for head, sentence in page_one(results, lang)]
    counts = {key: figures.words(figure, lang) for key, figure in (("buildings", "buildings"), ("blocks", "block_count"), ("area", "area"))}
    said.append("  " + text("cli.buildings", lang, **counts, aside=number(len(layers["rejected"]), lang)))
    said.append("  " + text("cli.pv", lang, kwp=figures.words("kwp", lang), mwh=figures.words("roof_pv", lang)))
    heat = {key: figures.words(figure, lang) for key, figure in (("today", "heat_existing"), ("advanced", "heat_advanced"))}
    said += ["  " + text("cli.heat", lang, **heat)] if best else []
    said.append(text(f"cli.origin.{results.origin}", lang, folder=run.root / "data" / "raw" / study.name))
    said += conflation_sentences(results, lang) + register_sentences(results, lang) + correction_sentences(results, lang)
    place = results.provenance.get("place", {})
    said += [boundary_words(place, str(layers["boundary"]["origin"].iloc[0]), lang), *place_notes(place, lang)]
    said += lost_notes(layers["rejected"], lang)
    said.append(text("cli.weather", lang, source=weather_words(results.provenance["weather"])[lang]))
    said.append(site_words(results, lang))
    remarks = [told for name in ("remarks", "doubts") for told in sentences(layers[name], lang)]
    said += [text("check.remarks", lang), *(f"  - {remark}" for remark in remarks)] if remarks else []
    if not any(path.suffix == ".pdf" for path in run.files):
        said.append(text("cli.no_pdf", lang))
    said += [text("cli.files", lang), *(f"  {path}" for path in run.files if path.suffix != ".parquet")]
    return {
        "sentences": said,
        "study": study.name,
        "origin": results.origin,
        "sample_data": study.sample,
        "balance_kwh_m2a": {key: round(value, 3) if best else None for key, value in balance.items()},
        "remarks": remarks,
        "files": [str(path) for path in run.files],
    }


def _form_summary(run: Run, lang: str) -> dict[str, Any]:
    """What was found where the country has no pack: form and PV, and what is missing."""
    from ped_geo.outputs.tables import site_words, weather_words
    from ped_geo.remarks import sentences

    results, layers = run.results, run.results.layers
    pv, inside = layers["pv_buildings"], int(layers["buildings"]["in_district"].sum())
    counts = {"buildings": inside, "blocks": len(layers["blocks"]), "aside": len(layers["rejected"])}
    remarks = sentences(layers["remarks"], lang)
    yields = {"kwp": number(pv["capacity_kwp"].sum(), lang), "mwh": number(pv["annual_yield_kwh_a"].sum() / 1000.0, lang)}
    said = [
        text("cli.form", lang, title=results.study.title),
        "  " + text("cli.form_counts", lang, **{name: number(count, lang) for name, count in counts.items()}),
        "  " + text("cli.pv", lang, **yields),
        text("cli.weather", lang, source=weather_words(results.provenance["weather"])[lang]),
        site_words(results, lang),
        text("check.remarks", lang),
        *(f"  - {remark}" for remark in remarks),
        text("cli.files", lang),
        *(f"  {path}" for path in run.files if path.suffix != ".parquet"),
    ]
    return {
        "sentences": said,
        "study": results.study.name,
        "origin": results.origin,
        "sample_data": results.study.sample,
        "balance_kwh_m2a": {},
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
    from ped_geo.figures import FIGURES
    from ped_geo.pipeline.preflight import preflight
    from ped_geo.pipeline.whereabouts import settled
    from ped_geo.remarks import sentences
    from ped_geo.sources.corrections import with_corrections

    study = with_corrections(study, root)
    preflight(study, root)
    made = product_set(root / "data" / "processed" / study.name, root / "maps")
    place = fetch(study, root)
    study = settled(study, place)
    site, layers, _ = inputs(study, place, root, refresh=False)
    quick = tuple(step for step in STEPS if step.name in {"buildings", "check", "streets", "blocks"})
    found = run_steps(quick, study, site, layers, store=None)
    land = FIGURES["land"]
    area = land.words(land.told(float(found["blocks"]["area_m2"].sum())), lang)
    counts = {"count": number(len(layers["footprints"]), lang), "area": area}
    remarks = sentences(found["remarks"], lang)
    said = [
        text("check.remarked" if remarks else "check.nothing", lang, title=study.title, **counts),
        *(f"- {remark}" for remark in remarks),
        boundary_words(place.provenance, str(place.boundary["origin"].iloc[0]), lang),
        *place_notes(place.provenance, lang),
        *lost_notes(place.rejected, lang),
        *([_products_sentence(made, lang)] if made.state != "none" else []),
    ]
    return {"sentences": said, "study": study.name, "remarks": remarks, "products": made.state}


def check_products(name: str, root: Path, lang: str) -> dict[str, Any]:
    """
    Compare the products of a finished run with the checksums of its manifest.

    Parameters
    ----------
    name : str
        Name of a folder in ``data/processed``, or a path to one.
    root : Path
        Folder that holds ``data`` and ``maps``.
    lang : str
        ``pl`` or ``en``.

    Returns
    -------
    dict
        ``sentences`` for people; ``study``, ``products`` and ``count`` for scripts.

    Raises
    ------
    RunError
        If there are none, if a run was stopped while it put them in place, or if files have changed or are missing.
    """
    folder = _finished_folder(name, root)
    inside = folder.absolute().parent.name == "processed" and folder.absolute().parents[1].name == "data"
    products = product_set(folder, (folder.absolute().parents[2] if inside else root) / "maps")
    said = _products_sentence(products, lang)
    if products.state != "complete":
        raise RunError(said)
    return {"sentences": [said], "study": folder.name, "products": products.state, "count": products.count}


def _products_sentence(found: ProductSet, lang: str) -> str:
    counts = {"count": found.count, "changed": len(found.changed), "missing": len(found.missing)}
    shown_counts = {key: number(value, lang) for key, value in counts.items()}
    names = [*found.changed, *found.missing]
    objects = ", ".join(names[:SHOWN_FILES]) + (", ..." if len(names) > SHOWN_FILES else "")
    return text(f"check.products.{found.state}", lang, folder=shown(found.folder), objects=objects, **shown_counts)


def _finished_folder(name: str, root: Path) -> Path:
    """Folder of a run that is named or whose path is given."""
    return Path(name) if stands(Path(name)) and Path(name).is_dir() else root / "data" / "processed" / name


def doctor(root: Path) -> list[tuple[str, str, str]]:
    """
    What is installed, what is reachable and what is missing.

    Returns
    -------
    list of (name, state, detail)
        State is ``ok``, ``missing``, ``optional``, ``reachable`` or ``unreachable``.
    """
    from importlib.metadata import PackageNotFoundError, version

    from ped_geo.outputs.report import can_set_pdf
    from ped_geo.sources._http import reachable
    from ped_geo.study import Sources

    findings = [("python", "ok", platform.python_version())]
    for name in ("geopandas", "momepy", "numba", "osmnx", "pvlib", "rasterio", "highspy", "weasyprint", "folium"):
        try:
            findings.append((name, "ok", version(name)))
        except PackageNotFoundError:
            findings.append((name, "missing", "make install"))
    findings.append(("pango", "ok", "PDF") if can_set_pdf() else ("pango", "optional", text("cli.no_pdf", "en")))
    for name in ("chromium", "qgis"):
        program = shutil.which(name)
        findings.append((name, "ok" if program else "optional", program or f"make test-{name}"))
    findings += [
        (folder, "ok" if (root / folder).is_dir() else "missing", str((root / folder).resolve()))
        for folder in ("districts", "data", "maps")
    ]
    addresses = Sources()
    for url in (addresses.overpass_url, addresses.nominatim_url, addresses.pvgis_url):
        findings.append((url.split("/")[2], "reachable" if reachable(url) else "unreachable", url))
    return findings


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
    from ped_geo.outputs.comparison_words import comparison_sentences
    from ped_geo.outputs.web_map.difference import write_comparison
    from ped_geo.study import slug

    one = read_run(_finished_folder(first, root))
    comparison = compare_runs(one, read_run(_finished_folder(second, root))) if second else compare_variants(one, *variants)
    stem = "compare-" + "-".join(slug(part) for part in ((one.name, comparison.second.name) if second else (one.name, *variants)))
    maps = root / "maps"
    with plain_write_errors(maps), money_of(one.study.country):
        maps.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=maps, prefix=".writing-") as beside:
            files = replace_into(Path(beside), maps, [path.name for path in write_comparison(comparison, Path(beside), stem)])
    paired = len(comparison.blocks[comparison.blocks["other"] != ""])
    rows = comparison.table[(comparison.table["table"] == "kpi") & (comparison.table["item"] == "peb_nren_m2")]
    said = comparison_sentences(comparison, lang)
    said += [text("cli.files", lang), *(f"  {path}" for path in files)]
    return {
        "sentences": said,
        "paired": paired,
        "unpaired": len(comparison.blocks) - paired,
        "balance_kwh_m2a": dict(zip(rows["variant"].astype("str"), rows[["first", "second"]].to_numpy(dtype=float).tolist(), strict=True)),
        "files": [str(path) for path in files],
    }
