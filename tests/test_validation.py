"""The page of validation is what the functions of the tests find, to the last byte."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation.md"


def rows():
    lines = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip("| ") for cell in line] for line in lines if len(line) == 5 and line[-1].strip(" |") not in {"verdict", "---"}]


def test_only_rooms_lie_outside_and_the_head_counts_them():
    """What the conventional coefficients of the standard do to the cases of ASHRAE 140 is told; nothing else may be off."""
    outside = [row for row in rows() if row[-1].startswith("**outside**")]
    assert all(row[0].startswith("case ") and "inner coefficients" not in row[0] for row in outside)
    assert all(float(row[-1].split(", ")[1].strip("%+")) < 25 for row in outside)
    assert f"**{len(rows()) - len(outside)} of {len(rows())} comparisons hold**, {len(outside)} lie outside." in PAGE.read_text(
        encoding="utf-8"
    )


@pytest.mark.shared
@pytest.mark.slow
def test_the_page_is_made_anew_byte_for_byte(shared_data, monkeypatch):
    from scripts import write_validation

    monkeypatch.setattr(write_validation, "TABLES", shared_data / "cities" / "tabula")
    assert write_validation.page() == PAGE.read_text(encoding="utf-8")
