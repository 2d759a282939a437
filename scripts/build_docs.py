"""
Builds the documentation site into build/site, offline; a warning is an error.

Pages that say what the code says are made here from the code: the data dictionary from the schema, the stages from their declarations,
the API from docstrings, notebooks from their cells. ``--pages`` stops before mkdocs, which is a tool of the group ``docs``.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
PACKAGE = ROOT / "ped_geo"
sys.path.insert(0, str(ROOT))

COPIED = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "CODE_OF_CONDUCT.md",
    "districts/README.md": "settings.md",
}
PLANNERS = ("guide/first-report.md", "guide/own-data.md", "guide/corrections.md", "guide/verdict.md")
POLISH = ("pl/pierwszy-raport.md", "pl/wlasne-dane.md", "pl/poprawki.md", "pl/jak-czytac-ocene.md")
METHODS = ("stages/index.md", "validation.md", "odds.md", "heat.md", "block-types.md", "scan.md")
DOERS = ("guide/extending.md", "contributing.md", "CODE_OF_CONDUCT.md", "changelog.md")
NOTEBOOKS = ("pv-of-my-buildings", "a-quarter-in-detail", "a-city-ranked")


def cell(text: str) -> str:
    """Text of a cell of a table: a bar would end it, an angle bracket would be markup."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def dictionary() -> str:
    """Every layer and column that leaves a stage, in both languages."""
    from ped_geo import schema

    parts = [
        "# Data dictionary\n",
        "Layers of products, with their columns, units and meaning; made from `ped_geo/schema`. `¤` is the currency of the country.\n",
    ]
    for layer in schema.layer_names():
        rows = [
            f"| `{column.name}` | {column.dtype} | {cell(column.unit)} | {cell(column.meaning_en)} | {cell(column.meaning_pl)} |"
            for column in schema.columns(layer).values()
        ]
        parts.append(
            "\n".join([f"## {layer}\n", "| column | type | unit | meaning | znaczenie |", "| --- | --- | --- | --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def stages() -> dict[str, str]:
    """One page for each stage: what it does, takes, gives and reads."""
    from ped_geo.language import text
    from ped_geo.pipeline import STEPS

    givers = {name: step.name for step in STEPS for name in step.gives}
    pages, listed = {}, ["# Stages\n", "The pipeline from top to bottom; each is a function of layers that gives layers.\n"]
    for step in STEPS:
        words = (step.run.__doc__ or "").strip().splitlines()[0]
        listed.append(f"1. [{step.name}]({step.name}.md): {cell(words)}")
        takes = [f"[`{name}`]({givers[name]}.md)" if name in givers else f"`{name}` (of the sources)" for name in step.needs]
        pages[f"stages/{step.name}.md"] = "\n".join(
            [
                f"# {step.name}\n",
                f"{cell(words)}\n",
                f"In runs: “{text(f'step.{step.name}', 'en')}”, po polsku „{text(f'step.{step.name}', 'pl')}”.\n",
                "| | |",
                "| --- | --- |",
                f"| takes | {', '.join(takes) or '–'} |",
                f"| gives | {', '.join(f'`{name}`' for name in step.gives)} |",
                f"| reads of a district file | {', '.join(f'`[{name}]`' for name in step.settings) or 'variants, assumptions and country alone'} |",
                f"| code | `{step.run.__module__}.{step.run.__name__}` |",
                "",
                "Columns stand in the [data dictionary](../dictionary.md), equations and references in the API of the room that it calls: "
                + ", ".join(f"[{room}](../api/{room}.md)" for room in called(step.run.__module__, step.run.__name__))
                + ".\n",
            ]
        )
    pages["stages/index.md"] = "\n".join([*listed, ""])
    return pages


def called(module: str, function: str) -> list[str]:
    """Rooms that a stage imports."""
    tree = ast.parse((ROOT / Path(*module.split(".")).with_suffix(".py")).read_text(encoding="utf-8"))
    body = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    found: dict[str, None] = {}
    for node in ast.walk(body):
        if isinstance(node, ast.ImportFrom) and node.module == "ped_geo":
            found |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ped_geo."):
            found[str(node.module).split(".")[1]] = None
    return [room for room in found if room in public_names()] or ["pipeline"]


@cache
def public_names() -> dict[str, list[str]]:
    """Full public names by room: of a package those that it names itself, else those of its modules."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        module = ".".join(("ped_geo", *parts)).removesuffix(".__init__")
        room = parts[0]
        if room != "__init__" and not any(part.startswith("_") and part != "__init__" for part in parts):
            rooms.setdefault(room, []).extend(f"{module}.{name}" for name in exported(path))
    return {room: names for room, names in rooms.items() if names}


def exported(path: Path) -> list[str]:
    """Names in ``__all__`` of a module that it defines itself, so that each name has one page."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    listed: list[str] = []
    defined: set[str] = set()
    together: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            together |= {
                name.id for target in targets if isinstance(target, ast.Tuple) for name in ast.walk(target) if isinstance(name, ast.Name)
            }
            defined |= names
            if "__all__" in names and node.value is not None:
                listed = [str(item.value) for item in ast.walk(node.value) if isinstance(item, ast.Constant)]
    return [name for name in listed if name in defined or name in together or name in _of_private(tree)]


def _of_private(tree: ast.Module) -> dict[str, str]:
    """Names that a room takes from its own private modules, which have no page, and those modules."""
    private = [node for node in tree.body if isinstance(node, ast.ImportFrom) and "._" in str(node.module)]
    return {alias.name: str(node.module) for node in private for alias in node.names}


def api() -> dict[str, str]:
    """One page for each room, with every public name from its docstring."""
    pages = {}
    for room, names in public_names().items():
        pages[f"api/{room}.md"] = "\n".join([f"# ped_geo.{room}\n", *map(entry, names)])
    return pages


def entry(name: str) -> str:
    """Entry of a public name: its docstring, or, of constants that are assigned together and have none, the name alone."""
    module, _, plain = name.rpartition(".")
    path = ROOT / Path(*module.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    tuples = [
        target for node in ast.parse(text).body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Tuple)
    ]
    constant = any(isinstance(part, ast.Name) and part.id == plain for target in tuples for part in target.elts)
    return f"## `{name}`\n\nA constant.\n" if constant else f"::: {name}\n"


def notebook_page(path: Path) -> str:
    """A notebook's cells as a page."""
    parts = []
    for one in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        text = "".join(one["source"])
        parts.append(text if one["cell_type"] == "markdown" else f"```python\n{text}\n```")
    return "\n\n".join([*parts, f"The notebook is `examples/{path.name}`; it runs without network.\n"])


def navigation() -> list[Any]:
    """Order of the pages; titles are those of the pages."""
    rooms = list(public_names())
    from ped_geo.pipeline import STEPS

    return [
        {"ped_geo": "index.md"},
        {"For planners": list(PLANNERS)},
        {"Po polsku": list(POLISH)},
        {"Methods": [*METHODS[1:], {"Stages": [METHODS[0], *(f"stages/{step.name}.md" for step in STEPS)]}]},
        {"Data": ["dictionary.md", "settings.md"]},
        {"Python": [*(f"notebooks/{name}.md" for name in NOTEBOOKS), {"API": ["api/place.md", *(f"api/{room}.md" for room in rooms if room != "place")]}]},
        {"Project": list(DOERS)},
    ]  # fmt: skip


def pages(target: Path) -> None:
    """Write all pages below a folder, which is made anew."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(ROOT / "docs", target)
    for source, name in COPIED.items():
        # a link of the repository is one of the site
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        (target / name).write_text(text, encoding="utf-8")
    made = {"dictionary.md": dictionary(), **stages(), **api()}
    made |= {f"notebooks/{name}.md": notebook_page(ROOT / "examples" / f"{name}.ipynb") for name in NOTEBOOKS}
    for name, text in made.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")


def main() -> int:
    """Write the pages, and build the site of them."""
    pages(BUILD / "docs")
    # JSON is YAML, so no library writes it
    settings = {"INHERIT": "../mkdocs.yml", "docs_dir": "docs", "site_dir": "site", "nav": navigation()}
    (BUILD / "mkdocs.yml").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    if "--pages" in sys.argv:
        return 0
    return subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(BUILD / "mkdocs.yml")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
