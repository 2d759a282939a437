"""Errors speak the reader's language: every place that raises one names a sentence of the catalogue and fills its places."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from pathlib import Path

import pytest

from ped_geo.errors import PedGeoError, SourceError, StudyError
from ped_geo.language import catalogue
from ped_geo.language.sentences import Clause, Sentence, joined
from ped_geo.study import parse_study

PACKAGE = Path(__file__).resolve().parents[1] / "ped_geo"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
ERRORS = {
    "PedGeoError",
    "StudyError",
    "SourceError",
    "ChecksumError",
    "NetworkUnreachable",
    "LayerError",
    "RunError",
    "DamagedPackage",
    "_Retry",
}


def words_in(node):
    """Strings of more than one word that a message is made of, but for those that only part others or stand in lookups."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Sentence", "Clause"}:
        node = ast.List(elts=[keyword.value for keyword in node.keywords])
    for inner in ast.iter_child_nodes(node):
        yield from words_in(inner)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[a-z]{2,} \S*[a-z]{2,}", node.value):
        yield node.value


def raised():
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and node.exc is not None:
                for call in ast.walk(node.exc):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS:
                        yield f"{path.relative_to(PACKAGE)}:{node.lineno}", call


def problems():
    """What is gathered for an error: appended to a list of problems, or what one begins with."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            where = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"append", "extend"}:
                if getattr(node.func.value, "id", "") == "problems":
                    yield where, node
            elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(getattr(target, "id", "") == "problems" for target in targets):
                    yield where, node.value


def yielded():
    """What checks give one after the other, and lists of them."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Yield) and node.value is not None:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", ast.List(elts=[node.value])


def test_no_error_is_raised_in_english_alone():
    calls = list(raised())
    assert len(calls) > 300
    assert [(where, told) for where, call in [*calls, *problems(), *yielded()] for told in words_in(call)] == []


def test_every_sentence_fills_the_places_of_its_words():
    wrong, count = [], 0
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Sentence", "Clause"} and node.args):
                continue
            key = node.args[0]
            if not isinstance(key, ast.Constant):
                continue
            count += 1
            places = set(re.findall(r"\{(\w+)[^{}]*\}", catalogue()[key.value]["en"]))
            if places != {keyword.arg for keyword in node.keywords}:
                wrong.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", key.value, places))
    assert count > 400
    assert wrong == []


def test_no_sentence_of_an_error_waits_for_nobody():
    named = {
        node.value for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    made = ("error.month.", "error.rule.")
    assert [key for key in catalogue() if key.startswith("error.") and not key.startswith(made) and key not in named] == []


def test_settings_are_refused_in_both_languages_all_at_once(tmp_path):
    told = (
        "[place]\nepsg = 'x'\n[sources]\nosm_fil = 1\n[climat]\naltitude = 3\n[solar]\nflat_tilt = 99.5\n[assumptions]\n'pv.modul_wp' = 3\n"
    )
    with pytest.raises(StudyError) as refused:
        parse_study(told, name="x", folder=tmp_path, subject="x.toml")
    english, polish = str(refused.value).splitlines(), refused.value.told("pl").splitlines()
    assert len(english) == len(polish) == 6
    assert "[solar] flat_tilt is 99.5: input should be less than or equal to 60" in english[4] + english[3] + english[5]
    assert [line for line in polish if re.search(r"\b(is|not|must|should|problems|nearest|input)\b", line)] == []
    for lines in (english, polish):
        assert [name for name in ("osm_fil", "climat", "flat_tilt", "modul_wp", "epsg") if name not in " ".join(lines)] == []


def test_an_error_keeps_its_languages_between_processes():
    error = SourceError(Sentence("error.subject_problem", subject="a", problem=Sentence("error.column_is_missing", name="id")), ["b"])
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert isinstance(other, PedGeoError)
        assert (str(other), other.told("pl")) == (str(error), "a: brakuje kolumny „id”: b")


def test_numbers_and_clauses_follow_the_language():
    large = Sentence("error.place_covers_km_at_most", value=12345.6, largest_place_m2=2500)
    assert "12,346 km²" in large
    assert "12\u00a0346 km²" in large.told("pl")
    assert "2\u00a0500 km²" in large.told("pl")
    whole = StudyError(Sentence("error.init_needs_place_name_from"))
    assert not Clause("error.whole", told=whole).told("pl").endswith(".")
    both = joined([Sentence("error.column_is_missing", name=name) for name in "ab"], "; ")
    assert both.told("pl") == "brakuje kolumny „a”; brakuje kolumny „b”"
