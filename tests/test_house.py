"""The rules of the house, held by tests: who may touch the disk, that numbers are cited and that words exist in both languages."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ped_geo import assumptions, schema
from ped_geo.language import catalogue

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ped_geo"
EDGES = (
    "sources",
    "outputs",
    "assumptions",
    "schema",
    "language",
    "countries",
    "engine",
    "_streams.py",
    "_compiled.py",
    "pipeline",
    "scan",
    "place.py",
    "cli.py",
    "progress.py",
    "__main__.py",
    "_registry.py",
)
STAGES = sorted(
    path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if not path.relative_to(PACKAGE).as_posix().startswith(EDGES)
)
TOUCHING_MODULES = set(
    ["requests", "urllib", "socket", "http", "sqlite3", "subprocess", "tempfile", "shutil", "os", "osmnx", "pyogrio", "rasterio", "io"]
)
TOUCHING_CALLS = set(
    [
        "open",
        "print",
        "input",
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "mkdir",
        "unlink",
        "to_csv",
        "to_parquet",
        "to_file",
        "read_csv",
        "read_file",
        "read_parquet",
        "savefig",
        "getenv",
    ]
)


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def called(tree: ast.AST) -> set[str]:
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_edges_touch_disk_network_or_terminal(stage):
    tree = ast.parse((PACKAGE / stage).read_text(encoding="utf-8"))
    assert not imported(tree) & TOUCHING_MODULES
    assert not called(tree) & TOUCHING_CALLS


@pytest.mark.parametrize("path", sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")))
def test_no_module_prints_but_the_command_line_and_none_catches_everything(path):
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    if path not in {"cli.py", "progress.py"}:
        assert "print" not in called(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert getattr(node.type, "id", "") not in {"Exception", "BaseException"}


@pytest.mark.parametrize("key", sorted(assumptions.scalars()))
def test_every_assumption_has_unit_source_confidence_range_and_words(key):
    row = assumptions.scalar(key)
    assert row.unit
    assert len(row.source) > 3
    assert "todo" not in row.source.lower()
    assert row.confidence in assumptions.CONFIDENCES
    assert row.low <= row.value <= row.high
    assert row.meaning_en
    assert row.meaning_pl
    assert row.meaning_pl != row.meaning_en


@pytest.mark.parametrize("name", assumptions.table_names())
def test_every_table_cites_a_source_and_a_confidence_for_each_row(name):
    table = assumptions.table(name)
    assert len(table)
    assert table["source"].notna().all()
    assert not table["source"].str.contains("todo", case=False).any()
    assert set(table["confidence"]) <= set(assumptions.CONFIDENCES)


@pytest.mark.parametrize("layer", schema.layer_names())
def test_every_column_is_explained_in_both_languages(layer):
    for column in schema.columns(layer).values():
        assert column.dtype in schema.DTYPES
        assert column.label_en, column.name
        assert column.label_pl, column.name
        assert column.meaning_en, column.name
        assert column.meaning_pl, column.name
        if column.dtype == "float":
            assert column.unit, column.name
        if column.dtype == "category":
            assert column.values, column.name


@pytest.mark.parametrize("layer", schema.layer_names())
def test_every_code_of_a_coded_column_has_words(layer):
    for column in schema.columns(layer).values():
        for value in column.values:
            assert f"code.{value}" in catalogue(), f"{layer}.{column.name}: {value}"


def test_every_rule_that_fills_a_gap_has_words():
    """What code writes as a source, ``inferred: <rule>``, is told in both languages wherever people read it."""
    rules = {
        node.value.removeprefix("inferred: ")
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("inferred: ")
    }
    assert len(rules) > 20
    assert {rule for rule in rules if rule and f"rule.{rule}" not in catalogue()} - {"<rule>"} == set()


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_exists_in_both_languages_with_the_same_places(key):
    words = catalogue()[key]
    assert words["en"]
    assert words["pl"]
    places = [sorted(re.findall(r"\{(\w+)[^{}]*\}", words[lang])) for lang in ("en", "pl")]
    assert set(places[0]) == set(places[1])


def test_schema_refuses_what_it_does_not_declare():
    layer = "buildings"
    with pytest.raises(schema.LayerError) as told:
        schema.check_layer(layer, pd.DataFrame({"surprise": [1]}, index=["a"]))
    assert "column 'surprise' is not declared" in str(told.value)
    assert "is missing" in str(told.value)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "constraints.txt", "pyproject.toml"])
def test_pinned_files_name_no_package_index(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"index-url|/simple\b", text)
    if name != "pyproject.toml":
        assert "http" not in text


def test_command_line_starts_without_the_heavy_libraries():
    code = "import sys, ped_geo.cli; print(sorted({'osmnx','momepy','pvlib','geopandas','numba','matplotlib'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.strip() == "[]"


def test_every_step_has_words_and_finds_what_it_needs():
    from ped_geo.pipeline import MODEL_LAYERS, RAW_LAYERS, STEPS

    known = {*RAW_LAYERS, *MODEL_LAYERS, "weather", "told", "registers", "population", "census", "timetable"}
    for step in STEPS:
        assert f"step.{step.name}" in catalogue()
        assert set(step.needs) <= known, step.name
        known |= set(step.gives)


def test_every_layer_of_a_run_is_declared_and_every_declared_one_is_given():
    """A layer that the schema does not know passes the door unseen; one that no step gives explains nothing."""
    from ped_geo.pipeline import MODEL_LAYERS, RAW_LAYERS, STEPS
    from ped_geo.schema import SAME_AS, between, layer_names

    given = {*RAW_LAYERS, *MODEL_LAYERS, "weather", "told", "registers", "population", "census", "timetable"}.union(
        *(step.gives for step in STEPS)
    )
    declared = {*layer_names(), *between()}
    assert {SAME_AS.get(name, name) for name in given} <= declared
    # what was joined is known before the steps, measures stand in the retrofit room's own table, scans and look-alikes go beyond one place
    beside = {"conflation", "correction_report", "measures", *(name for name in declared if name.startswith(("replica", "scan_")))}
    assert declared - {SAME_AS.get(name, name) for name in given} <= beside


# a room imports only from those before it; rooms of one line know nothing of each other
ORDER = """
language _version site _compiled _numba_ready _rows
    errors
    engine _streams
    _registry assumptions schema
    countries
    bounds flows settings district_files
    study typology crs addresses emissions
    remarks
    sources streets buildings
    access blocks roofs
    tiles block_corrections
    shading plausibility caveats
    solar demand green
    supply retrofit mobility
    networks
    balance registers
    storage
    finance
    accounts
    plans districts verdicts uncertainty scenarios sharing quarters public
    roadmap
    kpis scorecard
    figures
    outputs
    pipeline
    scan
    place
    command_words progress
    cli
    __main__
"""


def rooms_imported(path: Path) -> set[str]:
    """Rooms of the package that a module imports, those inside its functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "ped_geo":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ped_geo."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("ped_geo.")}
    return found


def test_every_room_has_its_place_in_the_order_and_imports_only_from_rooms_before_it():
    height = {room: line for line, rooms in enumerate(ORDER.split("\n")) for room in rooms.split()}
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert set(height) == rooms
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room != "__init__":
            wrong += [
                f"{path.relative_to(ROOT)} imports {other}" for other in rooms_imported(path) - {room} if height[other] >= height[room]
            ]
    assert not wrong


def modules_imported(path: Path, modules: set[str]) -> set[str]:
    """Modules of the package that a module imports, those inside its functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {whole if (whole := f"{node.module}.{alias.name}") in modules else node.module for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & modules


def test_no_module_leads_back_to_itself():
    import networkx as nx

    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in PACKAGE.rglob("*.py")}
    graph = nx.DiGraph((name, other) for name, path in paths.items() for other in modules_imported(path, set(paths)) - {name})
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


def test_a_public_class_has_a_name_of_its_own():
    places: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.slow
def test_every_assumption_is_read_by_a_calculation_and_every_indicator_is_a_number(tmp_path, monkeypatch):
    """An assumption that nothing reads may be overridden and changes nothing; an indicator that nothing feeds says nothing."""
    from ped_geo import assumptions
    from ped_geo.kpis import KPIS
    from ped_geo.pipeline import STEPS, run_steps
    from ped_geo.pipeline.run import fetch, inputs
    from ped_geo.study import parse_study

    estate = ROOT / "districts" / "sample-estate.toml"
    study = parse_study(estate.read_text(encoding="utf-8"), name="sample-estate", folder=estate.parent)
    read, plain = set(), assumptions.scalar
    monkeypatch.setattr(assumptions, "scalar", lambda key, country="": (read.add(key), plain(key, country))[1])
    site, layers, _ = inputs(study, fetch(study, tmp_path), tmp_path, refresh=False)
    layers = run_steps(STEPS, study, site, layers, store=None)
    for table in (layers["kpis"]["value"].unstack("kpi"), layers["block_kpis"]):
        assert set(KPIS.load()) - set(table.columns[np.isfinite(table).any()]) == set()
    # what the sample estate has no use for is named where it is read, in code or in a table that code reads
    named = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # keys that code puts together
    prefixes = ("supply.cop_", "storeys.", "check.weather_", "demand.small_need_")
    tables = [
        path
        for path in (*(PACKAGE / "assumptions" / "tables").glob("*.csv"), *(PACKAGE / "countries").glob("*/*.csv"))
        if path.stem not in {"physical_bounds", "assumption_order"}
    ]
    words = "\n".join(path.read_text(encoding="utf-8") for path in tables)
    unread = {key for key in assumptions.scalars() if key not in read | named and key not in words and not key.startswith(prefixes)}
    assert unread == set()


def code_lines(text: str) -> set[int]:
    """Lines that hold code: no comments, docstrings or blank lines."""
    lines: set[int] = set()
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in quiet:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def test_modules_and_functions_stay_small():
    """At most 400 lines of code in a module and 60 in a function, but for compiled kernels."""
    long = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines, name = code_lines(text), path.relative_to(ROOT).as_posix()
        if len(lines) > 400:
            long.append(f"{name}: {len(lines)}")
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)] if "kernel" not in path.stem else []
        sizes = {node.name: len(lines & set(range(node.lineno, (node.end_lineno or 0) + 1))) for node in functions}
        long += [f"{name}: {function}" for function, size in sizes.items() if size > 60]
    assert long == []


COUNTING = {
    "comparison.py": {"_paired": "share of a block's shape that lies in another"},
    "layout.py": {"*": "places on the page of the QGIS layout"},
    "qgis_project.py": {"*": "margin around the map"},
    "qml.py": {
        "_outline_symbol": "widths of lines",
        "_sld_symbol": "widths in pixels",
        "sld": "limits in the units of a layer's column, because its language cannot round",
    },
    "rasters.py": {"*": "classes of pixels"},
    "styles.py": {"*": "limits of classes and lengths of scale bars"},
    "report/candidates.py": {"groups_sentence": "how many candidates are advised"},
    "report/networks.py": {
        "_curve_words": "how many blocks lie beyond the edge of the chart",
        "draw_density": "drawing",
        "draw_network": "drawing",
    },
    "report/decision_details.py": {
        "_grants": "what the programmes that are not named pay together",
        "network_sentence": "whether a change is worth a word",
        "programme_name": "the rate of a programme in per cent",
    },
    "report/page_one.py": {
        "_next": "who owns most of a block",
        "_wins": "what the named measures save together",
    },
    "report/findings.py": {"*": "how many of the drawn values lie beyond a line, and which is highest"},
    "report/drawing.py": {"*": "drawing"},
    "report/pictures.py": {"*": "drawing"},
    "report/roadmap.py": {"_closed_sentences": "what the named works save together, beside the shortfall"},
    "report/roadmap_pictures.py": {"*": "drawing"},
    "themes.py": {"_form_layers": "a place without figures"},
    "web_map/__init__.py": {"render": "middle of the map"},
    "web_map/content.py": {"coded_rings": "outlines in whole micro-degrees"},
    "web_map/finding.py": {"estate_names": "where the name of an estate is written"},
    "web_map/pipes.py": {"coded_lines": "lines in whole micro-degrees"},
    "words.py": {"check": "area of the blocks, before any figures are made", "_form_summary": "a place without figures"},
    "book.py": {"*": "heights, widths and pages; the value that a formula has until a program computes it"},
    "block_variants.py": {"_totals": "the value that a formula has until a program computes it"},
}
"""Functions of outputs that may calculate, and what; all else is looked up in layers."""


SUMMING = {"sum", "mean", "median", "prod", "cumsum", "cumprod", "div", "mul", "truediv", "dot", "agg", "pct_change"}


def calculations(path: Path) -> set[tuple[str, str]]:
    """Function and text of each product, quotient, power, sum and mean in a module; paths and repeated text are none."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {inner: node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div | ast.Mult | ast.FloorDiv | ast.Pow | ast.MatMult):
            left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            joined = isinstance(node.op, ast.Div) and (
                isinstance(right, ast.JoinedStr)
                or (isinstance(right, ast.Constant) and isinstance(right.value, str))
                or ast.unparse(left).startswith(("folder", "root", "run.root", "resources.files("))
            )
            repeated = isinstance(left, ast.List) or (isinstance(left, ast.Constant) and isinstance(left.value, str))
            if not joined and not repeated:
                found.add((inside.get(node, ""), ast.unparse(node)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SUMMING:
            found.add((inside.get(node, ""), ast.unparse(node)))
    return found


def test_outputs_look_figures_up_and_calculate_none():
    """A number that a product works out itself is a second definition of it: it belongs into `ped_geo.figures`."""
    outputs = PACKAGE / "outputs"
    wrong, used = [], set()
    for path in [*sorted(outputs.rglob("*.py")), PACKAGE / "pipeline" / "words.py"]:
        name = path.relative_to(outputs).as_posix() if path.is_relative_to(outputs) else "words.py"
        allowed = COUNTING.get(name, {})
        for function, text in calculations(path):
            used |= {(name, function), (name, "*")}
            wrong += [f"{name}, {function}: {text}"] if function not in allowed and "*" not in allowed else []
    assert wrong == []
    assert {(name, function) for name, functions in COUNTING.items() for function in functions} <= used
