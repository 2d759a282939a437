"""A scan gives what district runs give, whatever its tiles, however often it is killed; a tile that raises costs itself alone."""

import hashlib
import html
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pypdf import PdfReader

from benchmarks.city import write_city
from ped_geo.engine import Store
from ped_geo.errors import RunError, StudyError
from ped_geo.language import text
from ped_geo.outputs.report import can_set_pdf
from ped_geo.pipeline import FORM_STEPS, STEPS, run_steps
from ped_geo.pipeline.run import fetch, inputs
from ped_geo.pipeline.whereabouts import settled
from ped_geo.scan import scan
from ped_geo.scan.city import write_city_report
from ped_geo.scan.city.council_map import council_map, council_map_content
from ped_geo.scan.city.pictures import COLOURS
from ped_geo.scan.inputs import known_totals, memory_bytes, studies_of
from ped_geo.scan.place import TilePart
from ped_geo.scan.ranking import TOTALS, place_blocks, ranked
from ped_geo.scan.report import results_of_blocks
from ped_geo.scan.routes import asked_blocks, refuse_strange
from ped_geo.scan.run import most_buildings
from ped_geo.scan.words import scan_summary
from ped_geo.scan.workers import Job, run_jobs
from ped_geo.study import Study, parse_study
from tests.scan.many_blocks import many_blocks

ROOT = Path(__file__).resolve().parents[2]


def study_of(path, name=""):
    return parse_study(path.read_text(encoding="utf-8"), name=name or path.stem, folder=path.parent)


def parts(folder):
    """Every block of a finished scan, by place, without the tile it was computed with."""
    files = sorted((folder / "blocks").rglob("*.parquet"))
    return pd.concat([gpd.read_parquet(file) for file in files]).drop(columns="tile").sort_index()


def _district_steps():
    """The district's own steps up to the recommended way, without those that no block of a scan shows."""
    spared = {"surroundings", "caveats", "access", "green", "mobility", "irradiation", "summer", "plausibility"}
    until = [step.name for step in STEPS].index("recommendation") + 1
    return tuple(step for step in STEPS if step in STEPS[:until] or step.name == "block_types" if step.name not in spared)


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """A generated village, and its scan in one piece with a heat network for all of it."""
    folder = tmp_path_factory.mktemp("village")
    study = study_of(write_city(folder / "city", 60, seed=4))
    return study, scan([study], folder / "one", "scan-x", in_tile=100_000, workers=1, route="1000"), folder


@pytest.mark.slow
def test_blocks_come_out_as_in_a_district_run(village, tmp_path):
    """The district's own steps in their own order, up to the recommended way, without tiles."""
    study, found, _ = village
    study = settled(study, place := fetch(study, tmp_path))
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    layers = run_steps(_district_steps(), study, site, layers, store=Store(tmp_path / "steps"))
    district = ranked([place_blocks(layers, dict.fromkeys(map(str, layers["blocks"].index), "tile-00000"), study)])
    pd.testing.assert_frame_equal(pd.DataFrame(district), pd.DataFrame(found.blocks), check_exact=True)
    _networks_as_in_the_district(layers, found)


@pytest.mark.slow
def test_a_report_of_blocks_has_the_needs_and_balances_of_the_scan(village):
    study, found, folder = village
    root, names = folder / "one", list(found.blocks.loc[found.blocks["buildings"] > 0, "block_id"].iloc[:2])
    results = results_of_blocks(study, root, "scan-x", ",".join(names))
    (tile,) = (root / "data/processed/scan-x/.scan" / study.name / "tiles").iterdir()
    for part, layers in (("first", ["need"]), ("second", ["balance", "variant_costs"])):
        kept = Store(tile).get(part, json.loads((tile / part / "step.json").read_text(encoding="utf-8"))["key"])
        for layer in layers:
            own = results.layers[layer]
            # a library adds up the buildings of two blocks in another order than those of four
            pd.testing.assert_frame_equal(own.sort_index(), kept[layer].loc[own.index, list(own)].sort_index(), rtol=1e-13)
    assert set(results.layers["balance"].index.unique("block_id")) == set(names)
    assert "of_scan" in set(results.layers["remarks"]["key"])
    assert 0 < len(results.layers["heat_network"]) < len(found.routes.pipes)
    assert results.layers["boundary"].area.sum() == pytest.approx(results.layers["blocks"].area.sum())
    with pytest.raises(StudyError, match="no block or candidate 'nowhere'"):
        results_of_blocks(study, root, "scan-x", f"{names[0]},nowhere")
    with pytest.raises(StudyError, match="'scan-y' is no finished scan"):
        results_of_blocks(study, root, "scan-y", names[0])


def _balance_of(blocks, column):
    """Mean over the heated floor, by hand."""
    kept = blocks[blocks[column].notna() & (blocks["reference_area_m2"] > 0)]
    return (kept[column] * kept["reference_area_m2"]).sum() / kept["reference_area_m2"].sum()


@pytest.mark.slow
def test_the_report_of_a_city_tells_the_numbers_of_the_ranking_in_both_languages(village, tmp_path):
    _, found, _ = village
    # what a crowd may write stays words
    found = replace(found, blocks=found.blocks.assign(label=[f"<script>alert({n})</script>" for n in range(len(found.blocks))]))
    files = {file.name: file for file in write_city_report(found, tmp_path, "scan-x")}
    best, floor = found.blocks["best_balance_kwh_m2a"], found.blocks["reference_area_m2"]
    alone = found.blocks["positive"] & best.notna()
    told = {
        "en": (f"{abs(_balance_of(found.blocks, 'way_balance_kwh_m2a')):,.1f}", f"Of {best.notna().sum()} heated blocks {alone.sum()} can"),
        "pl": (f"{abs(_balance_of(found.blocks, 'way_balance_kwh_m2a')):,.1f}".replace(".", ","), f"dodatni bilans: {alone.sum()} ("),
    }
    for lang, ending in (("pl", ""), ("en", ".en")):
        page = files[f"scan-x-report{ending}.html"].read_text(encoding="utf-8")
        words = re.sub(r"<[^>]+>", " ", page.split("<!--contents-->")[0])
        for words_there in told[lang]:
            assert words_there in words
        assert f"{100 * floor[alone].sum() / floor[best.notna()].sum():.0f}%" in words
        assert "<script" not in page
        assert "&lt;script&gt;alert(0)" in page
        assert not [word for word in ("http://", "https://", "@import", "url(") if word in page]
        assert f'lang="{lang}"' in page
        if can_set_pdf():
            pages = PdfReader(files[f"scan-x-report{ending}.pdf"]).pages
            assert len(pages) == 10


def _networks_as_in_the_district(layers, found):
    """All blocks asked for at once get the pipes, the cost and the density of the district's own heat network."""
    networks, pipes = found.routes.networks, found.routes.pipes
    assert len(networks) == 1
    own, level = layers["heat_network"], layers["heat_levels"].loc[("high_temperature", "existing")]
    assert len(own) > 50
    shared = [name for name in own if name != "geometry"]
    mine = pd.DataFrame(pipes[shared]).set_axis(own.index)
    pd.testing.assert_frame_equal(mine, pd.DataFrame(own[shared]), check_exact=True)
    assert pipes.to_crs(own.crs).geometry.reset_index(drop=True).hausdorff_distance(own.geometry.reset_index(drop=True)).max() < 0.001
    row = networks.iloc[0]
    for name in ("length_m", "linear_density_mwh_m_a", "investment", "distribution_cost_per_mwh", "dn_most", "connections"):
        assert row[name] == level[name]
    density = layers["heat_density"].xs("existing", level="package").xs(1.0, level="connection_rate")
    assert row["linear_density_estimated_mwh_m_a"] == pytest.approx(density["heat_mwh_a"].sum() / density["trench_estimated_m"].sum())


@pytest.mark.slow
def test_networks_stand_in_layer_table_and_page_alike_and_blocks_are_found_by_number_and_name(village):
    study, found, folder = village
    products = folder / "one" / "data/processed/scan-x"
    pipes = gpd.read_file(products / "scan-x.gpkg", layer="pipes")
    table = pd.read_csv(products / "scan-x-networks.csv", encoding="utf-8-sig")
    assert pipes["length_m"].sum() == pytest.approx(table["length_m"].sum())
    assert pipes["investment"].sum() == pytest.approx(table["investment"].sum())
    assert table["linear_density_mwh_m_a"].tolist() == pytest.approx((table["delivered_mwh_a"] / table["length_m"]).tolist())
    told = council_map_content(found, "scan-x")
    assert len(told["pipes"]["lines"]) == len(pipes)
    assert sorted(told["pipes"]["dn"]) == sorted(pipes["dn"])
    assert told["networks"]["en"]["rows"][0][3] == f"{table['length_m'].iloc[0]:,.0f}"
    page = (products / "scan-x.html").read_text(encoding="utf-8")
    for words in ("Sieci ciepłownicze wskazanych kwartałów", "Heat networks of the blocks that were asked for"):
        assert words in page
    first = found.blocks["block_id"].iloc[0]
    assert list(asked_blocks("1", found.blocks, found.candidates)) == [f"{study.name}/{first}"]
    assert list(asked_blocks(str(first), found.blocks, found.candidates)) == [f"{study.name}/{first}"]


def test_what_cannot_be_routed_is_refused_before_the_work_with_all_that_is_wrong():
    places = {"a": pd.Index(["block-1", "block-2"]), "b": pd.Index(["block-1"])}
    for good in ("", "12", "block-2", "a/block-1, b/block-1", "least-cost-0123abcd", "b/largest-area-0123abcd"):
        refuse_strange(good, places)
    with pytest.raises(StudyError) as told:
        refuse_strange("block-1,nowhere,<script>", places)
    assert all(word in str(told.value) for word in ("write a/block-1", "'nowhere'", "'<script>'"))
    for bad in ("0", "99999999999999999999", " , "):
        with pytest.raises(StudyError, match="--route"):
            refuse_strange(bad, places)
    blocks = pd.DataFrame({"block_id": ["block-1"], "place": ["a"], "reason": ["scan_short"]}, index=["a/block-1"])
    groups = pd.DataFrame({"place": ["a"], "blocks": ["block-1"]}, index=["a/least-cost-0123abcd"])
    assert list(asked_blocks("least-cost-0123abcd", blocks, groups)) == ["a/block-1"]
    with pytest.raises(StudyError, match="candidates are a/least-cost-0123abcd"):
        asked_blocks("least-cost-ffffffff", blocks, groups)


@pytest.mark.slow
def test_tiles_change_no_digit_of_any_block(village, tmp_path):
    study, whole, folder = village
    cut = scan([study], tmp_path, "scan-x", in_tile=25, workers=2)
    assert whole.tiles == 1
    assert cut.tiles > 1
    one, other = parts(folder / "one" / "data/processed/scan-x"), parts(tmp_path / "data/processed/scan-x")
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True)
    for layer in ("roadmap", "roadmap_types"):
        pd.testing.assert_frame_equal(getattr(whole, layer), getattr(cut, layer), check_exact=True)
    assert (whole.candidates.drop(columns="choices") == cut.candidates.drop(columns="choices")).all().all() or whole.candidates.empty


@pytest.mark.slow
def test_parts_files_and_manifest_agree(village):
    _, found, folder = village
    products = folder / "one" / "data/processed/scan-x"
    manifest = json.loads((products / "manifest.json").read_text(encoding="utf-8"))
    listed = {part["file"]: part for part in manifest["parts"]}
    files = {str(path.relative_to(products)): path for path in (products / "blocks").rglob("*.parquet")}
    assert set(listed) == set(files)
    for name, path in files.items():
        part = gpd.read_parquet(path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[name]["sha256"]
        assert listed[name]["bbox"] == pytest.approx(list(part.total_bounds))
        assert len(part) == listed[name]["blocks"]
        # a part is found by its box without being read whole
        west, south, east, north = part.total_bounds
        assert len(gpd.read_parquet(path, bbox=(west, south, east, north))) == len(part)
        assert gpd.read_parquet(path, bbox=(west - 2, south - 2, west - 1, south - 1)).empty
    assert sum(part["buildings"] for part in listed.values()) == found.blocks["buildings"].sum()
    assert len(gpd.read_file(products / "scan-x.gpkg", layer="blocks")) == len(found.blocks)
    assert len(found.blocks.columns) <= 40
    ranking = pd.read_csv(products / "scan-x-ranking.csv")
    assert ranking["rank"].tolist() == list(range(1, len(ranking) + 1))
    best = ranking["best_balance_kwh_m2a"].where(ranking["reason"] == "scan_positive").dropna()
    assert best.is_monotonic_decreasing
    # types of blocks are led to 2050: floor and tonnes of 2025 are those of the blocks, and no type is a block's name
    kinds = pd.read_csv(products / "scan-x-roadmap-types.csv")
    years = pd.read_csv(products / "scan-x-roadmap.csv").set_index(["scenario", "year"])
    assert set(years.index.get_level_values("scenario")) == {"reference", "contract", "vision2050", "late"}
    floor = found.blocks["reference_area_m2"].sum()
    told = years.loc[("vision2050", 2025), ["area_untouched_m2", "area_usual_m2", "area_further_m2"]].sum()
    assert told == pytest.approx(floor, rel=1e-6)
    assert not set(kinds["block_type"]) & set(found.blocks["block_id"])
    assert 0 < years.loc[("vision2050", 2050), "co2_t_a"] < years.loc[("vision2050", 2018), "co2_t_a"]
    assert len(council_map_content(found, "scan-x")["rings"]) == len(found.blocks)


@pytest.mark.slow
def test_the_map_of_a_city_tells_the_numbers_of_the_ranking_and_the_sentences_of_the_report(village):
    _, found, folder = village
    products = folder / "one" / "data/processed/scan-x"
    ranking = pd.read_csv(products / "scan-x-ranking.csv", encoding="utf-8-sig").set_index("scan_id")
    told = council_map_content(found, "scan-x")
    assert told["table"]["id"] == list(ranking.index)
    assert told["table"]["reason"] == ranking["reason"].tolist()
    for name, column in told["columns"].items():
        own = ranking["pv_yield_kwh_a"] / ranking["area_m2"] if name == "pv_yield_kwh_m2" else ranking[name]
        half = 0.5 * 10.0 ** -column["digits"] + 1e-9
        for value, exact in zip(column["values"], own * (100.0 if name == "known_share" else 1.0), strict=True):
            assert (value is None) == pd.isna(exact)
            assert value is None or abs(value - exact) <= half
    themes = {theme["key"]: theme for theme in told["themes"]}
    assert set(themes) == {"reason", "best", "type", "pv", "density", "known"}
    for tone, best in zip(themes["best"]["tone"], ranking["best_balance_kwh_m2a"].round(), strict=True):
        # three classes of deficits, three of surpluses, and one without a value
        assert tone == 6 if pd.isna(best) else (tone >= 3) == (best >= 0)
    write_city_report(found, products, "scan-x")
    for lang, ending in (("pl", ""), ("en", ".en")):
        report = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (products / f"scan-x-report{ending}.html").read_text(encoding="utf-8")))
        for _, sentence in told["said"][lang]["page_one"]:
            assert re.sub(r"\s+", " ", sentence) in html.unescape(report)
    streets = set(found.places[0].layers["buildings"]["street"].dropna()) - {""}
    assert {street for street, _ in told["addresses"]} == streets


@pytest.mark.slow
@pytest.mark.qgis
def test_the_project_of_a_scan_opens_in_qgis_with_every_theme_and_page(village, tmp_path):
    _, found, folder = village
    products = folder / "one" / "data/processed/scan-x"
    # squares of another office, in another reference system
    west, south, east, north = found.blocks.to_crs(2180).total_bounds
    corners = [(x, y) for x in np.arange(west, east, 150.0) for y in np.arange(south, north, 150.0)]
    squares = gpd.GeoDataFrame(geometry=[shapely.box(x, y, x + 150.0, y + 150.0) for x, y in corners], crs=2180)
    squares.to_file(tmp_path / "squares.gpkg")
    command = ["/usr/bin/python3", str(Path(__file__).with_name("qgis_scan_check.py")), str(products / "scan-x.qgz")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "PROJ", "GDAL"))}
    ended = subprocess.run(
        [*command, str(tmp_path), str(tmp_path / "squares.gpkg")],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "QT_QPA_PLATFORM": "offscreen"},
        timeout=300,
    )
    line = next((line for line in ended.stdout.splitlines() if line.startswith("JSON:")), None)
    assert line, ended.stderr[-2000:]
    seen = json.loads(line.removeprefix("JSON:"))
    metres = found.places[0].layers["blocks"].crs
    assert seen["read"]
    assert seen["crs"] == [True, f"EPSG:{metres.to_epsg()}"]
    assert all(layer["valid"] and layer["crs_valid"] for layer in seen["layers"].values())
    counts = {
        "scan_base_candidates": len(found.candidates),
        "scan_base_networks": len(found.routes.networks),
        "scan_base_pipes": len(found.routes.pipes),
    }
    themes = ["reason", "best", "pv", "density", "known", "type"] + (["groups"] if len(found.candidates) else [])
    counts |= {f"theme_layer_{key}": len(found.candidates if key == "groups" else found.blocks) for key in themes}
    assert {name: seen["layers"][name]["count"] for name in counts if counts[name]} == {
        name: count for name, count in counts.items() if count
    }
    assert len(seen["themes"]) == len(themes)
    colours = {theme: set(drawn["colours"]) for theme, drawn in seen["themes"].items()}
    for theme, drawn in seen["themes"].items():
        assert drawn["errors"] == [], theme
    here = {COLOURS[reason] for reason in found.blocks["reason"]}
    assert here <= next(tones for theme, tones in colours.items() if theme.endswith("Reason of the place in the ranking"))
    # each block is drawn in the class of its value
    said = {f"{text(f'code.{key}', 'pl')} | {text(f'code.{key}', 'en')}": key for key in COLOURS}
    assert {name: said[words] for name, words in seen["layers"]["theme_layer_reason"]["drawn"].items()} == found.blocks["reason"].to_dict()
    assert all(seen["layers"]["theme_layer_best"]["drawn"].values())
    pages = len(themes) + 1
    assert len(seen["layouts"]) == 2 * pages
    assert seen["page"]["result"] == 0
    assert seen["page"]["inside"]
    own = found.blocks.to_crs(2180)
    assert seen["pairs"] == pytest.approx(len(gpd.overlay(own[["geometry"]], squares, keep_geom_type=True)), abs=3)
    assert seen["pairs"] > len(own)


@pytest.mark.slow
@pytest.mark.chromium
def test_a_map_of_eight_thousand_blocks_is_small_and_quick_and_free_of_faults(village, tmp_path):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    many = many_blocks(village[1], 8000)
    hostile = "<img src=x onerror=window.BAD=1>'\"</script>"
    many.blocks.iloc[0, many.blocks.columns.get_loc("label")] = f"1. {hostile}"
    path = tmp_path / "map.html"
    path.write_text(council_map(many, "scan-x"), encoding="utf-8")
    assert path.stat().st_size < 25e6
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for looks in ({}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}):
            context = chromium.new_context(offline=True, **looks)
            page, told = context.new_page(), []
            page.on("console", lambda message, told=told: told.append(message.text))
            page.on("pageerror", lambda error, told=told: told.append(str(error)))
            clock = context.new_cdp_session(page)
            clock.send("Performance.enable")
            page.goto(path.as_uri())
            page.wait_for_function("window.PED_STATE !== undefined")
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seconds = {one["name"]: one["value"] for one in clock.send("Performance.getMetrics")["metrics"]}
            assert seconds["ProcessTime"] < 3.0
            assert page.evaluate(
                "() => [...document.querySelectorAll('canvas')].some(one => one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(byte => byte))"
            )
            assert Axe().run(page).response["violations"] == []
            page.fill("#ped-search", "1 img")
            page.press("#ped-search", "Enter")
            assert hostile in page.inner_text("#ped-card h2")
            page.click("#ped-en")
            assert "Place 1 of 8," in page.inner_text("#ped-card")
            assert Axe().run(page).response["violations"] == []
            page.click("#ped-view")
            assert page.locator("#ped-table tbody tr").count() == 100
            assert Axe().run(page).response["violations"] == []
            assert page.evaluate("window.BAD") is None
            assert told == []
            context.close()
        chromium.close()


@pytest.mark.slow
def test_a_scan_that_is_killed_twenty_times_goes_on_and_ends_with_the_same_bytes(village, tmp_path):
    study, _, folder = village
    district = next((folder / "city").glob("*.toml"))
    scan([study], tmp_path / "whole", "scan-x", in_tile=25, workers=2)
    whole = _bytes_of(tmp_path / "whole/data/processed/scan-x")
    code = (
        "import sys; from pathlib import Path; from ped_geo.scan import scan; from ped_geo.study import parse_study; path = Path(sys.argv[1]);"
        "study = parse_study(path.read_text(encoding='utf-8'), name=path.stem, folder=path.parent);"
        "scan([study], Path(sys.argv[2]), 'scan-x', in_tile=25, workers=2)"
    )
    command = [sys.executable, "-c", code, str(district), str(tmp_path / "killed")]
    told = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    moments, killed = random.Random(7), 0
    while killed < 20:
        process = subprocess.Popen(command, **told)
        try:
            assert process.wait(timeout=moments.uniform(1.0, 12.0)) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
        else:
            # quicker than its moment: the next one begins anew, so that every kill meets work
            assert _bytes_of(tmp_path / "killed/data/processed/scan-x") == whole
            shutil.rmtree(tmp_path / "killed")
    subprocess.run(command, check=True, **told)
    assert _bytes_of(tmp_path / "killed/data/processed/scan-x") == whole


def _bytes_of(folder):
    """Checksum of every product of a scan."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".scan" not in file.parts
    }


@pytest.fixture
def cluster(tmp_path):
    """A scheduler with two workers of one thread, each a process of its own; (address, processes of the workers)."""
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    told = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    running = [subprocess.Popen(scheduler, cwd=tmp_path, **quiet)]
    try:
        while not told.exists() or not told.read_text(encoding="utf-8").strip():
            time.sleep(0.1)
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        place = ["--host", "127.0.0.1", "--no-dashboard", "--local-directory", str(tmp_path / "workers")]
        workers = [
            subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-nanny", *place], cwd=tmp_path, **quiet) for _ in range(2)
        ]
        running += workers
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2)
        yield address, workers
    finally:
        for process in running[::-1]:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_workers_of_a_cluster_give_the_same_bytes_though_one_is_killed(village, cluster, tmp_path):
    study, _, _ = village
    address, workers = cluster
    scan([study], tmp_path / "here", "scan-x", in_tile=25, workers=4)
    tiles = tmp_path / "there" / "data/processed/scan-x/.scan" / study.name / "tiles"

    def kill_one():
        while not list(tiles.glob("*/first/step.json")):
            time.sleep(0.05)
        workers[0].send_signal(signal.SIGKILL)

    killing = threading.Thread(target=kill_one)
    killing.start()
    found = scan([study], tmp_path / "there", "scan-x", in_tile=25, workers=address)
    killing.join()
    assert workers[0].wait() == -signal.SIGKILL
    assert found.failed == {}
    assert found.tiles > 1
    one, other = (_bytes_of(tmp_path / place / "data/processed/scan-x") for place in ("here", "there"))
    assert one == other


@pytest.mark.slow
def test_a_cluster_that_cannot_do_the_work_is_refused_before_it_begins(village, cluster, tmp_path):
    study, _, _ = village
    address, _ = cluster
    with pytest.raises(RunError, match=r"tcp://127\.0\.0\.1:9: no scheduler answers there"):
        scan([study], tmp_path, "scan-x", in_tile=25, workers="tcp://127.0.0.1:9")
    workers = [sys.executable, "-m", "dask", "worker", address, "--nthreads", "3", "--no-nanny", "--no-dashboard"]
    # in a folder that holds another program of this name
    (tmp_path / "ped_geo").mkdir()
    third = subprocess.Popen(
        workers, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    try:
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(3)
        with pytest.raises(StudyError, match="has 3 threads, must have 1"):
            scan([study], tmp_path, "scan-x", in_tile=25, workers=address)
    finally:
        third.kill()
        third.wait()


def test_a_tile_that_raises_is_told_and_the_others_go_on(tmp_path):
    def well(name):
        (tmp_path / name).write_text("done", encoding="utf-8")

    def badly():
        raise LookupError("no such roof")

    ended = []
    jobs = [
        Job("a", lambda: SimpleNamespace(run=lambda: well("a")), tmp_path / "a.txt"),
        Job("b", lambda: SimpleNamespace(run=badly), tmp_path / "b.txt"),
        Job("c", lambda: SimpleNamespace(run=lambda: os.kill(os.getpid(), signal.SIGKILL)), tmp_path / "c.txt"),
        Job("d", lambda: SimpleNamespace(run=lambda: well("d")), tmp_path / "d.txt"),
    ]
    failed = run_jobs(2, jobs, ended.append)
    assert failed["b"] == "LookupError: no such roof"
    assert "killed" in failed["c"]
    assert set(failed) == {"b", "c"}
    assert sorted(ended) == ["a", "b", "c", "d"]
    assert (tmp_path / "a").exists()
    assert (tmp_path / "d").exists()
    # the words of the tile that raised stay for whoever looks into it
    assert "Traceback" in (tmp_path / "b.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_blocks_of_a_failed_tile_are_missing_and_told(village, tmp_path, monkeypatch):
    study, whole, _ = village
    plain = TilePart.run

    def some_raise(self):
        if self.folder.name == "tile-00000":
            raise ValueError("a roof of no area")
        plain(self)

    monkeypatch.setattr(TilePart, "run", some_raise)
    study = study.model_copy(update={"demand": study.demand.model_copy(update={"method": "hourly"})})
    found = scan([study], tmp_path, "scan-x", in_tile=25, workers=2)
    assert found.failed == {f"{study.name}/tile-00000": "ValueError: a roof of no area"}
    manifest = json.loads((tmp_path / "data/processed/scan-x/manifest.json").read_text(encoding="utf-8"))
    told = manifest["places"][0]["failed"][0]
    assert told["reason"] == "ValueError: a roof of no area"
    assert sorted([*told["blocks"], *found.blocks["block_id"]]) == sorted(whole.blocks["block_id"])
    assert told["bbox"][0] < told["bbox"][2]
    # the simple method is shown beside that of EN ISO 52016-1, which another scan of the same blocks used
    method, differences = found.methods[study.name]
    today, largest = differences.loc["existing"], found.blocks.groupby("tile")["buildings"].sum().idxmax()
    mine = found.blocks[found.blocks["tile"] == largest]
    assert method == "hourly"
    assert today["simple_kwh_a"] == pytest.approx(mine["heat_need_kwh_a"].sum(), rel=1e-9)
    assert today["exact_kwh_a"] == pytest.approx(whole.blocks.loc[mine.index, "heat_need_kwh_a"].sum(), rel=1e-9)
    assert not whole.methods
    page = (tmp_path / "data/processed/scan-x/scan-x.html").read_text(encoding="utf-8")
    change = 100.0 * (today["exact_kwh_a"] / today["simple_kwh_a"] - 1.0)
    for lang, words in (("en", f"today {change:+.1f}%"), ("pl", f"stan dzisiejszy {change:+.1f}%".replace(".", ","))):
        assert words in page, lang
        assert [one for one in scan_summary(found, tmp_path, lang)["sentences"] if words in one], lang


@pytest.mark.slow
def test_a_place_in_a_country_without_a_pack_is_ranked_by_photovoltaics_and_says_what_is_missing(village, tmp_path):
    """Form and photovoltaics are those of a district run of the form steps; nothing that asks for heat or prices is told."""
    study = village[0].model_copy(update={"country": "LI", "title": "<b>Vaduz</b>"})
    found = scan([study], tmp_path, "scan-li", in_tile=25, workers=1)
    assert found.tiles > 1
    study = settled(study, place := fetch(study, tmp_path))
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    layers = run_steps(FORM_STEPS, study, site, layers, store=None)
    inside = layers["buildings"][layers["buildings"]["in_district"]]
    modules = layers["pv_buildings"].reindex(inside.index)["annual_yield_kwh_a"].fillna(0.0).groupby(inside["block_id"].astype("str")).sum()
    own = found.blocks.set_index("block_id")
    for block, value in modules.items():
        assert own.loc[block, "pv_yield_kwh_a"] == pytest.approx(value, rel=1e-12)
    built = found.blocks[found.blocks["buildings"] > 0]
    assert (built["reason"] == "scan_form").all()
    assert (built["pv_yield_kwh_a"] / built["area_m2"]).is_monotonic_decreasing
    assert (
        found.blocks[["heat_need_kwh_a", "balance_today_kwh_a", "best_balance_kwh_m2a", "investment", "co2_today_kg_a"]].isna().all().all()
    )
    assert set(found.totals.index.get_level_values("figure")) & {"heat_need_kwh_a", "balance_today_kwh_a", "co2_today_kg_a"} == set()
    assert found.candidates.empty
    products = tmp_path / "data/processed/scan-li"
    assert write_city_report(found, products, "scan-li") == []
    told = council_map_content(found, "scan-li")
    assert [theme["key"] for theme in told["themes"]] == ["pv"]
    for lang, missing in (("en", "heat, balance, money"), ("pl", "nie obliczono ciepła, bilansu, kosztów")):
        assert any(missing in sentence for _, sentence in told["said"][lang]["page_one"])
        assert any(missing in sentence for sentence in scan_summary(found, products, lang)["sentences"])
    assert "<b>" not in (products / "scan-li.html").read_text(encoding="utf-8").split("var PED=")[1]
    with pytest.raises(StudyError, match="without a pack"):
        scan([study], tmp_path, "scan-li", in_tile=25, workers=1, route="3")
    with pytest.raises(StudyError, match="without a pack"):
        results_of_blocks(study, tmp_path, "scan-li", str(found.blocks["block_id"].iloc[0]))


def test_memory_chooses_the_tile_and_too_little_is_refused():
    assert memory_bytes("4GB") == 4_000_000_000
    assert most_buildings(2_000_000_000, 1) > most_buildings(2_000_000_000, 2)
    with pytest.raises(StudyError, match="must be a number with a unit"):
        memory_bytes("much")
    with pytest.raises(StudyError, match="500MB or more"):
        memory_bytes("1MB")
    with pytest.raises(StudyError, match="fewer processors"):
        most_buildings(600_000_000, 2)


def test_files_of_a_city_become_places_and_what_is_wrong_is_told_at_once(tmp_path):
    for name in ("gliwice.osm.pbf", "houses.parquet"):
        (tmp_path / name).touch()
    studies = studies_of([str(tmp_path / "gliwice.osm.pbf"), str(tmp_path / "houses.parquet"), "tychy"], lambda name: Study(name=name))
    assert [study.name for study in studies] == ["gliwice", "houses", "tychy"]
    assert [study.sources.buildings for study in studies] == ["osm_file", "footprints_file", "osm"]
    with pytest.raises(StudyError) as told:
        studies_of(["a", "a", str(tmp_path / "none.pbf")], lambda name: Study(name=name))
    assert "there is no file" in str(told.value)
    assert "two places are called 'a'" in str(told.value)


def test_published_totals_are_read_and_strange_rows_refused(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text("place,figure,value,source\nkrakow,dwellings,458246,GUS 2023\n", encoding="utf-8")
    assert known_totals(path, ["krakow"], list(TOTALS))["value"].tolist() == [458246.0]
    path.write_text("place,figure,value,source\nkrakow,cats,1,me\nparis,dwellings,many,me\n", encoding="utf-8")
    with pytest.raises(StudyError) as told:
        known_totals(path, ["krakow"], list(TOTALS))
    assert all(word in str(told.value) for word in ("figure 'cats'", "place 'paris'", "value 'many'"))


CORNERS = {"hoyerswerda": (14.2520, 51.4370), "bienczyce": (20.0080, 50.0815), "swietochlowice": (18.9150, 50.3140)}
"""Middles of corners of the real inputs: longitude, latitude."""


@pytest.mark.slow
def test_the_real_inputs_are_scanned_in_one_list_and_equal_their_district_runs(shared_data, tmp_path):
    studies = []
    for name, centre in CORNERS.items():
        study = study_of(ROOT / "tests" / "real" / f"{name}.toml")
        studies.append(
            study.model_copy(update={"place": study.place.model_copy(update={"bbox": None, "centre": centre, "radius_m": 150.0})})
        )
    found = scan(studies, tmp_path, "scan-x", in_tile=40)
    assert found.failed == {}
    assert set(found.blocks["place"]) == set(CORNERS)
    assert set(found.blocks["currency"]) == {"EUR", "PLN"}
    assert found.tiles > len(CORNERS)
    # one of them as a district run, in the order of the district's own steps
    study = studies[0]
    study = settled(study, place := fetch(study, tmp_path))
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    layers = run_steps(_district_steps(), study, site, layers, store=Store(tmp_path / "steps"))
    district = ranked([place_blocks(layers, dict.fromkeys(map(str, layers["blocks"].index), ""), study)])
    told = [name for name in district if name not in {"tile", "rank"}]
    mine = found.blocks[found.blocks["place"] == study.name]
    pd.testing.assert_frame_equal(pd.DataFrame(mine[told]).sort_index(), pd.DataFrame(district[told]).sort_index(), check_exact=True)
