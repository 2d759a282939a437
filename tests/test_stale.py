"""What an earlier run left and today's run no longer makes goes, and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ped_geo.pipeline.run import report
from ped_geo.pipeline.stale import remove_stale, stale_products
from ped_geo.study import parse_study

ESTATE = Path(__file__).resolve().parents[1] / "districts" / "sample-estate.toml"


def place(root: Path, *names: str) -> tuple[Path, Path]:
    """Folders of processed files and of maps, with files that hold their own names, and a manifest that lists them."""
    processed, maps = root / "data" / "processed" / "x", root / "maps"
    for folder in (processed, maps):
        folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for name in names:
        folder = maps if name.endswith(".html") else processed
        (folder / name).write_text(name)
        listed.append({"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest()})
    (processed / "manifest.json").write_text(json.dumps({"outputs": listed}))
    return processed, maps


def test_what_is_no_longer_made_goes_and_what_is_made_or_never_listed_stays(tmp_path):
    processed, maps = place(tmp_path, "joined.csv", "kpis.csv", "x.html", "x-old.html")
    (processed / "notes.csv").write_text("mine")
    (maps / "y.html").write_text("another district")
    removed = remove_stale(processed / "manifest.json", (processed, maps), {processed / "kpis.csv", maps / "x.html"})
    assert {path.name for path in removed} == {"joined.csv", "x-old.html"}
    assert sorted(path.name for path in processed.iterdir()) == ["kpis.csv", "manifest.json", "notes.csv"]
    assert sorted(path.name for path in maps.iterdir()) == ["x.html", "y.html"]


def test_a_product_that_somebody_changed_since_is_left_to_them(tmp_path):
    processed, maps = place(tmp_path, "joined.csv")
    (processed / "joined.csv").write_text("with my notes")
    assert remove_stale(processed / "manifest.json", (processed, maps), set()) == []
    assert (processed / "joined.csv").read_text() == "with my notes"


@pytest.mark.parametrize(
    "name",
    [
        "../../../victim",
        "..",
        ".",
        "",
        "/victim",
        "sub/victim",
        "..\\victim",
        "C:victim",
        ".lock",
        "vic\x00tim",
        "manifest.json",
        7,
        None,
        ["victim"],
    ],
)
def test_a_hostile_name_removes_nothing(tmp_path, name):
    processed, maps = place(tmp_path)
    sha256 = hashlib.sha256(b"victim").hexdigest()
    (processed / "sub").mkdir()
    victims = [tmp_path / "victim", processed / "sub" / "victim", processed / ".lock"]
    for victim in victims:
        victim.write_text("victim")
    text = json.dumps({"outputs": [{"name": str(tmp_path / "victim") if name == "/victim" else name, "sha256": sha256}]})
    (processed / "manifest.json").write_text(text)
    assert remove_stale(processed / "manifest.json", (processed, maps), set()) == []
    assert all(victim.read_text() == "victim" for victim in victims)
    assert (processed / "manifest.json").read_text() == text


def test_a_folder_and_a_link_with_a_listed_name_are_left(tmp_path):
    processed, maps = place(tmp_path, "joined.csv", "rows.csv")
    (tmp_path / "elsewhere.csv").write_text("joined.csv")
    (processed / "joined.csv").unlink()
    (processed / "joined.csv").symlink_to(tmp_path / "elsewhere.csv")
    (processed / "rows.csv").unlink()
    (processed / "rows.csv").mkdir()
    assert remove_stale(processed / "manifest.json", (processed, maps), set()) == []
    assert (tmp_path / "elsewhere.csv").is_file()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'{"outputs": 5}', b'{"outputs": [5, null, {}]}', b"[" * 100_000, None]
)
def test_a_damaged_manifest_removes_nothing(tmp_path, content):
    processed, maps = place(tmp_path, "joined.csv")
    (processed / "manifest.json").unlink()
    if content is not None:
        (processed / "manifest.json").write_bytes(content)
    assert stale_products(processed / "manifest.json", (processed, maps), set()) == []
    assert (processed / "joined.csv").is_file()


@pytest.mark.slow
def test_a_second_run_removes_what_the_first_listed_and_keeps_all_it_makes(tmp_path):
    study = parse_study(ESTATE.read_text(encoding="utf-8"), name="sample-estate", folder=ESTATE.parent)
    first = report(study, tmp_path)
    processed = tmp_path / "data" / "processed" / study.name
    manifest = json.loads((processed / "manifest.json").read_text(encoding="utf-8"))
    (processed / "joined.csv").write_text("of a source that was dropped")
    sha256 = hashlib.sha256((processed / "joined.csv").read_bytes()).hexdigest()
    (processed / "manifest.json").write_text(
        json.dumps(manifest | {"outputs": [*manifest["outputs"], {"name": "joined.csv", "sha256": sha256}]})
    )
    second = report(study, tmp_path)
    assert not (processed / "joined.csv").exists()
    assert sorted(second.files) == sorted(first.files)
    assert all(path.is_file() for path in second.files)
    assert json.loads((processed / "manifest.json").read_text(encoding="utf-8"))["outputs"] == manifest["outputs"]


@pytest.mark.slow
def test_every_step_reads_only_the_settings_that_are_in_its_key(tmp_path, monkeypatch):
    """A setting that a step reads and its key leaves out would give the result of before it was changed."""
    import dataclasses

    from ped_geo.pipeline import STEPS
    from ped_geo.pipeline.run import fetch, inputs
    from ped_geo.runner import run_steps
    from ped_geo.study import Study

    read: dict[str, set[str]] = {}
    now: list[str] = []
    plain = Study.__getattribute__

    def watched(self, name):
        if now and name in Study.model_fields:
            read.setdefault(now[-1], set()).add(name)
        return plain(self, name)

    def told(step):
        def run(study, site, layers):
            now.append(step.name)
            try:
                return step.run(study, site, layers)
            finally:
                now.pop()

        return dataclasses.replace(step, run=run)

    study = parse_study(ESTATE.read_text(encoding="utf-8"), name="sample-estate", folder=ESTATE.parent)
    place = fetch(study, tmp_path)
    site, layers, _ = inputs(study, place, tmp_path, refresh=False)
    monkeypatch.setattr(Study, "__getattribute__", watched)
    run_steps(tuple(told(step) for step in STEPS), study, site, layers, store=None)
    # these name a place or stand in every key
    everywhere = {"name", "title", "sample", "overrides", "variants", "country"}
    assert {step.name: read.get(step.name, set()) - everywhere - set(step.settings) for step in STEPS} == {
        step.name: set() for step in STEPS
    }
