"""What an earlier run left and today's run no longer makes goes, and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ped_geo.pipeline.run import report
from ped_geo.pipeline.stale import remove_stale, stale_products
from ped_geo.study import parse_study
from tests.whole_runs import NAME, ROOT, corner


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
    processed, maps = place(tmp_path, "conflation.csv", "kpis.csv", "x.html", "x-old.html")
    (processed / "notes.csv").write_text("mine")
    (maps / "y.html").write_text("another district")
    removed = remove_stale(processed / "manifest.json", (processed, maps), {processed / "kpis.csv", maps / "x.html"})
    assert {path.name for path in removed} == {"conflation.csv", "x-old.html"}
    assert sorted(path.name for path in processed.iterdir()) == ["kpis.csv", "manifest.json", "notes.csv"]
    assert sorted(path.name for path in maps.iterdir()) == ["x.html", "y.html"]


def test_a_product_that_somebody_changed_since_is_left_to_them(tmp_path):
    processed, maps = place(tmp_path, "conflation.csv")
    (processed / "conflation.csv").write_text("with my notes")
    assert remove_stale(processed / "manifest.json", (processed, maps), set()) == []
    assert (processed / "conflation.csv").read_text() == "with my notes"


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
    processed, maps = place(tmp_path, "conflation.csv", "rows.csv")
    (tmp_path / "elsewhere.csv").write_text("conflation.csv")
    (processed / "conflation.csv").unlink()
    (processed / "conflation.csv").symlink_to(tmp_path / "elsewhere.csv")
    (processed / "rows.csv").unlink()
    (processed / "rows.csv").mkdir()
    assert remove_stale(processed / "manifest.json", (processed, maps), set()) == []
    assert (tmp_path / "elsewhere.csv").is_file()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'{"outputs": 5}', b'{"outputs": [5, null, {}]}', b"[" * 100_000, None]
)
def test_a_damaged_manifest_removes_nothing(tmp_path, content):
    processed, maps = place(tmp_path, "conflation.csv")
    (processed / "manifest.json").unlink()
    if content is not None:
        (processed / "manifest.json").write_bytes(content)
    assert stale_products(processed / "manifest.json", (processed, maps), set()) == []
    assert (processed / "conflation.csv").is_file()


@pytest.mark.slow
def test_a_second_run_removes_what_the_first_listed_and_keeps_all_it_makes(tmp_path, without_pango):
    study = parse_study(corner(), name=NAME, folder=ROOT / "districts")
    first = report(study, tmp_path)
    processed = tmp_path / "data" / "processed" / study.name
    manifest = json.loads((processed / "manifest.json").read_text(encoding="utf-8"))
    (processed / "conflation.csv").write_text("of a source that was dropped")
    sha256 = hashlib.sha256((processed / "conflation.csv").read_bytes()).hexdigest()
    (processed / "manifest.json").write_text(
        json.dumps(
            manifest
            | {
                "made_from_sha256": "of the source that was dropped",
                "outputs": [*manifest["outputs"], {"name": "conflation.csv", "sha256": sha256}],
            }
        )
    )
    second = report(study, tmp_path)
    assert not (processed / "conflation.csv").exists()
    assert sorted(second.files) == sorted(first.files)
    assert all(path.is_file() for path in second.files)
    assert json.loads((processed / "manifest.json").read_text(encoding="utf-8"))["outputs"] == manifest["outputs"]
    # a third run finds all as it is, and puts right what somebody has changed
    times = {path: path.stat().st_mtime_ns for path in second.files}
    assert sorted(report(study, tmp_path).files) == sorted(second.files)
    assert {path: path.stat().st_mtime_ns for path in second.files} == times
    (processed / "kpis.csv").write_text("changed")
    assert sorted(report(study, tmp_path).files) == sorted(second.files)
    assert (processed / "kpis.csv").read_text(encoding="utf-8") != "changed"


@pytest.mark.slow
def test_steps_leave_what_they_take_unchanged_and_see_no_setting_that_they_do_not_name(tmp_path):
    """A step that changed a layer would change it for the next one in a row of steps, and not in a run side by side."""
    from ped_geo.engine import frame_key
    from ped_geo.pipeline import STEPS
    from ped_geo.pipeline.run import fetch, inputs

    study = parse_study(corner(), name=NAME, folder=ROOT / "districts")
    site, layers, _ = inputs(study, fetch(study, tmp_path), tmp_path, refresh=False)
    for step in STEPS:
        before = {name: frame_key(layers[name]) for name in step.needs}
        given = {"study": study, "site": site}
        made = step.compute(given, layers)
        assert {name: frame_key(layers[name]) for name in step.needs} == before, step.name
        assert set(step.settings) <= set(type(study).model_fields)
        layers |= made


def test_a_step_cannot_read_a_setting_that_is_not_in_its_key():
    from ped_geo.engine import step
    from ped_geo.study import Study

    @step(["found"], ["solar"])
    def odd(numbers, *, study):
        return numbers * study.finance.discount_rate

    with pytest.raises(AttributeError, match="finance"):
        odd.compute({"study": Study(name="x")}, {"numbers": 1})
