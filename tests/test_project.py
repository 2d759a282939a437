"""What surrounds the code: version, citation, changelog, templates and the workflow agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ped_geo import __version__

ROOT = Path(__file__).resolve().parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_one_version_stands_in_the_code_the_citation_and_the_changelog():
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert f"\nversion: {__version__}\n" in read("CITATION.cff")
    released = re.findall(r"^## (\d+\.\d+\.\d+) · (\d{4}-\d{2}-\d{2})$", read("CHANGELOG.md"), re.MULTILINE)
    assert released[0][0] == __version__
    assert f"\ndate-released: {released[0][1]}\n" in read("CITATION.cff")
    assert [day for _, day in released] == sorted((day for _, day in released), reverse=True)


def test_the_workflow_runs_what_a_clone_must_pass_on_every_python_that_is_promised():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    workflow = read(".github/workflows/ci.yml")
    assert re.findall(r'"(3\.\d+)"', workflow) == promised
    assert promised[0] == project["requires-python"].removeprefix(">=")
    assert "- run: .ci/run" in workflow


@pytest.mark.parametrize("name", ["README.md", "README.pl.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md"])
def test_what_a_page_of_the_project_links_to_is_there(name):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read(name)):
        assert (ROOT / target).exists(), target


def test_every_place_that_contributing_names_is_there():
    for path in re.findall(r"`((?:ped_geo|tests|\.ci)[\w/.]*)`", read("CONTRIBUTING.md")):
        assert (ROOT / path).exists(), path
