"""Every parser on its examples, on what atheris once broke it with, and on nothing."""

from __future__ import annotations

import contextlib

import pytest

from ped_geo.errors import PedGeoError
from tests.fuzz.targets import FOUND, TARGETS, attempt

CASES = [(name, path) for name in TARGETS for path in sorted((FOUND / name).glob("*")) if path.is_file()]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_examples_of_a_fuzz_target_are_read(name, tmp_path):
    target, taken = TARGETS[name], 0
    for example in target.examples():
        attempt(target, example, tmp_path)
        path = tmp_path / f"x{target.ending}"
        with contextlib.suppress(PedGeoError):
            target.read(path)
            taken += 1
    # the frozen file that the record of a snapshot names is not there
    assert taken or name == "snapshot", "no example reaches the end of the parser"


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.parametrize("content", [b"", b"\0", b"\xff\xfe", b"[" * 100_000, b"<" * 1_000, b"1" * 20_000], ids=range(6))
def test_nothing_and_nonsense_are_told_plainly(name, content, tmp_path):
    attempt(TARGETS[name], content, tmp_path)


@pytest.mark.parametrize(("name", "path"), CASES, ids=[f"{name}-{path.name[:20]}" for name, path in CASES])
def test_what_once_broke_a_parser_does_so_no_more(name, path, tmp_path):
    attempt(TARGETS[name], path.read_bytes(), tmp_path)
