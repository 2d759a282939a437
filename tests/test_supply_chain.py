"""Whose code runs, under which licences, and whom a run speaks to."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ped_geo.sources._http import USER_AGENT
from ped_geo.study import Sources
from tests.whole_runs import fresh

ROOT = Path(__file__).resolve().parents[1]
FREE = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|HPND|Unlicense")


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def listed():
    with (ROOT / "docs" / "licences.csv").open(encoding="utf-8") as file:
        return {row["package"]: row for row in csv.DictReader(file)}


def test_list_of_licences_names_exactly_the_packages_and_versions_of_the_lock_file(listed):
    locked = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE
    ):
        locked.setdefault(name, []).append(version)
    assert {name: row["version"].split(" / ") for name, row in listed.items()} == locked
    assert locked == script("list_licences").pinned()


def test_every_dependency_has_a_licence_that_lets_the_product_be_given_away(listed):
    wrong = {name: row["licence"] for name, row in listed.items() if not FREE.search(row["licence"])}
    assert not wrong


def test_list_of_licences_says_what_the_installed_packages_say(listed):
    told = script("list_licences")
    for name, row in listed.items():
        try:
            assert told.licence(name) == row["licence"], name
        except told.PackageNotFoundError:
            continue


def test_every_direct_dependency_is_locked_and_needed_by_the_product(listed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower() for line in project["dependencies"]}
    assert direct <= {name for name, row in listed.items() if row["needed_by"] == "product"}


def pins(name):
    """Each pinned line of a lock file with its environment marker."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {re.sub(r"\s*\\$", "", line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}


def test_what_a_run_needs_is_locked_apart_from_the_tools_of_tests_in_the_same_versions():
    run, develop = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run < develop == {line.strip() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    tools = re.compile(r"(pytest|mypy|ruff|coverage|hypothesis|playwright|openpyxl|pypdf)\b")
    assert not [line for line in run if tools.match(line)]


def test_make_installs_the_lock_files_without_resolving_anything_anew():
    # pip asks for the newest coverage[toml] although the lock names one, and no hash covers what came out since
    told = subprocess.run(["make", "-n", "-B", "lint"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    commands = [line for line in told.splitlines() if "-r requirements" in line]
    assert len(commands) == 2
    assert all("--no-deps" in line and "--require-hashes" in line for line in commands)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_file_has_a_checksum(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        assert "--hash=sha256:" in entry, entry[:80]


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode != 0,
    reason="cutting a process off the network is not allowed here",
)
def test_audit_without_network_is_a_plain_sentence_and_no_failure():
    command = ["unshare", "-rn", sys.executable, str(ROOT / "scripts" / "audit_dependencies.py")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "nothing was audited" in ended.stdout
    assert ended.stdout.count("\n") == 1


def test_requests_name_the_program_its_version_and_where_to_complain():
    from ped_geo import __version__

    assert USER_AGENT.startswith(f"ped_geo/{__version__} (")
    assert "https://" in USER_AGENT


def test_addresses_of_the_settings_are_the_only_ones_in_the_code():
    known = {urlsplit(str(field.default)).netloc for field in Sources.model_fields.values() if str(field.default).startswith("http")}
    spoken = set()
    for path in (ROOT / "ped_geo" / "sources").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"(get|post|request|urlopen)\(.*https?://", line):
                spoken |= {urlsplit(url).netloc for url in re.findall(r"https?://[^\s\"')]+", line)}
    assert spoken <= known
    national = {"opendata.geoportal.gov.pl", "mapy.geoportal.gov.pl"}
    assert known == national | {"overpass-api.de", "nominatim.openstreetmap.org", "re.jrc.ec.europa.eu"}


GUARD = """
import json, socket, sys
asked = []
def listen(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        asked.append([event, str(arguments[:2])])
    elif event == "socket.connect" and arguments[0].family != socket.AF_UNIX:
        asked.append([event, str(arguments[1])])
    elif event in ("urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect"):
        asked.append([event, str(arguments[:2])])
sys.addaudithook(listen)
"""


@pytest.mark.slow
def test_whole_run_of_the_sample_estate_asks_no_host_at_all(tmp_path):
    fresh(tmp_path)
    code = GUARD + textwrap.dedent(
        f"""
        sys.argv = ["ped-geo", "report", "sample-estate", "--root", {str(tmp_path)!r}, "-q"]
        from ped_geo.cli import main
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code
        print(json.dumps(asked))
        import pyproj
        print(pyproj.network.is_network_enabled())
        """
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["[]", "False"], "a run whose sources are all local spoke to a host, or projections may"
    assert (tmp_path / "maps" / "sample-estate.html").is_file()


def test_guard_of_the_network_would_notice_a_request():
    code = (
        GUARD
        + "\nimport requests\ntry:\n    requests.get('http://127.0.0.1:9/', timeout=1)\nexcept OSError:\n    pass\nprint(len(asked) > 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "True"
