"""Pages of the documentation are made from the code: nothing public is left out, and no page names what is not there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from ped_geo import schema
from ped_geo.pipeline import STEPS
from scripts import build_docs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "docs"
    build_docs.pages(folder)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}


def leaves(entries):
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else leaves(value)


def test_every_page_is_in_the_navigation_once(pages):
    listed = list(leaves(build_docs.navigation()))
    assert sorted(listed) == sorted(pages)


def test_every_public_name_has_an_entry_in_the_api(pages):
    everything = "\n".join(text for name, text in pages.items() if name.startswith("api/"))
    for path in sorted(build_docs.PACKAGE.glob("*/__init__.py")) + sorted(build_docs.PACKAGE.glob("[!_]*.py")):
        room = path.parent.name if path.name == "__init__.py" else path.stem
        public = [item for node in ast.parse(path.read_text(encoding="utf-8")).body for item in _exports(node)]
        # what a room hands on from a room below it stands on that room's page
        missing = [name for name in public if not re.search(rf"\.{name}`?$", everything, re.MULTILINE)]
        assert missing == [], room


def _exports(node):
    named = isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return [item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant)] if named else []


def test_every_layer_and_column_is_in_the_dictionary_and_every_stage_has_a_page(pages):
    text = pages["dictionary.md"]
    for layer in schema.layer_names():
        assert f"## {layer}\n" in text
        assert all(f"| `{name}` |" in text for name in schema.columns(layer))
    assert {f"stages/{step.name}.md" for step in STEPS} <= set(pages)


def test_links_between_pages_lead_somewhere(pages):
    for name, text in pages.items():
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+\.md)", text):
            path = (Path("/") / Path(name).parent / target).resolve().relative_to("/").as_posix()
            assert path in pages, (name, target)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_results_and_its_cells_are_python(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            compile("".join(cell["source"]), path.name, "exec")


def test_a_stage_page_says_what_the_stage_takes_and_gives(pages):
    page = pages["stages/streets.md"]
    assert "| takes | `ways` (of the sources), `boundary` (of the sources) |" in page
    assert "| gives | `streets` |" in page
    assert "[streets](../api/streets.md)" in page
