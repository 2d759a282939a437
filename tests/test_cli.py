"""The command line for scripts and people: exit codes, silence, JSON and plain errors."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ped_geo.cli import main
from tests.whole_runs import MODULES, fresh

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("report", "fetch", "check", "compare", "init", "doctor")


def call(*words, **environment):
    ended = subprocess.run(
        [sys.executable, "-m", "ped_geo", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def root(tmp_path):
    """A corner of the sample estate and a place without network."""
    name = fresh(tmp_path) / "districts" / "bubenec.toml"
    name.write_text((ROOT / "districts" / name.name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_ends_with_the_exit_codes(command):
    code, out, _ = call(*filter(None, [command]), "--help", COLUMNS="400")
    assert code == 0
    assert "Exit codes: 0 done; 1 a district file" in " ".join(out.split())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_is_polish_by_option_and_by_locale(command):
    words = [*filter(None, [command]), "--help"]
    helps = [call(*words, LC_ALL="pl_PL.UTF-8", COLUMNS="400")[1], *([call(*words, "--lang", "pl", COLUMNS="400")[1]] if command else [])]
    for told in (" ".join(one.split()) for one in helps):
        assert "Kody wyjścia: 0 gotowe" in told
        assert "Opcje:" in told
        assert "--help Pokaż tę pomoc i zakończ." in told
        assert not re.search(r"\b(the|Usage|OPTIONS|default|required|Show)\b", told)


@pytest.mark.parametrize(
    ("words", "polish", "english"),
    [
        ((), "brakuje polecenia", "a command is missing"),
        (("raport",), "nie ma polecenia „raport”; najbliższe: report", "there is no command “raport”; nearest: report"),
        (("wxyz",), "nie ma polecenia „wxyz”", "there is no command “wxyz”"),
        (("check", "--refrsh"), "nie ma opcji „--refrsh”", "there is no option “--refrsh”"),
        (("fetch", "--refrsh"), "nie ma opcji „--refrsh”; najbliższe: --refresh", "there is no option “--refrsh”; nearest: --refresh"),
        (("compare",), "brakuje argumentu PRZEBIEG", "the argument RUN is missing"),
        (("check", "a", "b", "c"), "zbędne słowa: b c", "there are words too many: b c"),
        (("check", "--quiet=3"), "opcja --quiet nie przyjmuje wartości", "the option --quiet takes no value"),
        (("check", "--root"), "opcja --root wymaga wartości", "the option --root needs a value"),
        (("compare", "a", "--variants", "b"), "opcja --variants wymaga tylu wartości: 2", "the option --variants needs 2 values"),
    ],
)
def test_wrong_words_of_a_command_line_are_told_in_both_languages(words, polish, english, monkeypatch, capsys):
    # the program gives the streams of the process a face of its own
    monkeypatch.setattr("ped_geo.cli.open_streams", lambda: None)
    for lang, told, usage in (("pl", polish, "Użycie:"), ("en", english, "Usage:")):
        monkeypatch.setattr("sys.argv", ["ped-geo", "--lang", lang, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        err = capsys.readouterr().err
        assert ended.value.code == 2
        assert err.splitlines()[-1] == f"ped-geo: {told}"
        assert len(err.splitlines()) == 1 or err.startswith(f"{usage} ped-geo")


@pytest.mark.parametrize("name", ["README.md", "README.pl.md"])
def test_readmes_name_every_exit_code_and_the_options_for_scripts(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("`--quiet`", "`--json`", "`130`", "`0`", "`1`", "`2`", "`3`"):
        assert word in text, word


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["report", "nowhere"], 1, "there is no district 'nowhere'"),
        (["report", "sampel-estate"], 1, "there is no district 'sampel-estate' (nearest: sample-estate)"),
        (["report", "sample-estate", "--lang", "de"], 1, "--lang is 'de', must be pl or en."),
        (["check", "sample-estate", "--lang", "de"], 1, "--lang is 'de', must be pl or en."),
        (["report", "../../etc/passwd"], 1, "there is no district"),
        (["report", "--no-such-option"], 2, "there is no option"),
        (["init", "x", "--from", "nowhere.gpkg"], 2, "there is no file nowhere.gpkg; check the name"),
        (["--lang", "pl", "check", "nowhere"], 1, "nie ma obszaru „nowhere”"),
        (["scan", "nowhere", "sampel-estate", "none.osm.pbf"], 1, "the list of places has 3 problems:"),
        (["replicate", "nowhere", "sampel-estate"], 1, "(nearest: sample-estate)"),
        (["init", ""], 1, "init needs a place name, or --from"),
    ],
)
def test_wrong_words_end_with_their_code_and_one_plain_sentence(root, words, code, told):
    got, out, err = call(*words, *([] if "--no-such-option" in words else ["--root", str(root)]))
    assert got == code
    assert told in err
    assert out == ""


def test_errors_are_json_for_scripts(root):
    code, out, err = call("report", "nowhere", "--root", str(root), "--json")
    assert code == 1
    assert json.loads(out)["exit_code"] == 1
    assert "there is no district 'nowhere'" in json.loads(out)["error"]
    assert err == ""


def test_check_speaks_json_plain_words_or_nothing(root):
    code, out, err = call("check", "sample-estate", "--root", str(root), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["study"] == "sample-estate"
    assert call("check", "sample-estate", "--root", str(root), "--quiet") == (0, "", "")
    code, out, _ = call("check", "sample-estate", "--root", str(root), "--lang", "pl")
    assert code == 0
    assert "powierzchnia 0,09 km²" in out
    assert not (root / "data").exists(), "a check leaves nothing behind"


def test_district_file_that_is_no_text_no_toml_or_no_file_is_told(root):
    (root / "latin.toml").write_bytes("title = 'Łódź'".encode("iso-8859-2"))
    (root / "broken.toml").write_text("[place", encoding="utf-8")
    (root / "folder.toml").mkdir()
    for name, told in (("latin", "is not UTF-8 text"), ("broken", "is not valid TOML"), ("folder", "there is no district")):
        code, _, err = call("check", str(root / f"{name}.toml"), "--root", str(root))
        assert code == 1
        assert told in err


def test_place_name_of_dots_and_slashes_stays_inside_the_districts(root):
    code, out, _ = call("init", "../../../tmp/evil", "--root", str(root), "--lang", "en")
    assert code == 0
    assert out.strip() == f"Written: {root / 'districts' / 'tmp-evil.toml'}"
    assert not Path("/tmp/evil.toml").exists()


def test_init_into_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "districts").write_text("")
    code, _, err = call("init", "Osiedle X", "--root", str(tmp_path))
    assert code == 3
    assert "cannot be written" in err


@pytest.mark.slow
def test_report_says_what_how_much_and_how_long_and_json_is_one_object(root):
    code, out, err = call("report", "sample-estate", "--root", str(root), "--lang", "en", PYTHONPATH=MODULES)
    assert code == 0
    lines = err.splitlines()
    total = int(lines[0].split("/")[1].split("]")[0])
    # steps run side by side: each has one whole line, and the numbers rise
    assert [line.split("/")[0] for line in lines] == [f"[{number}" for number in range(1, total + 1)]
    assert all(re.fullmatch(r"\[\d+/\d+\] [A-Z][^\[]*: [\d,.]+ s", line) for line in lines)
    assert "Osiedle Wzorcowe" in out
    code, out, err = call("report", "sample-estate", "--root", str(root), "--json", PYTHONPATH=MODULES)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["study"] == "sample-estate"
    assert all(Path(name).is_file() for name in told["files"])
    assert call("report", "sample-estate", "--root", str(root), "--quiet", PYTHONPATH=MODULES)[1:] == ("", "")


# streams -------------------------------------------------------------------------------------------------------------


def shell(redirected, *words, **environment):
    """Exit code and what is left on both streams of a command whose streams a shell leads elsewhere."""
    ended = subprocess.run(
        ["bash", "-c", f'"$@" {redirected}; exit ${{PIPESTATUS[0]}}', "bash", sys.executable, "-m", "ped_geo", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in ended.stderr, ended.stderr
    assert b"Exception ignored" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


WORDS = [["--help"], ["check", "x", "--products", "--lang", "pl"], ["check", "x", "--products", "--json"]]


@pytest.fixture
def finished(root):
    """A root with a finished run of one file."""
    folder = root / "data" / "processed" / "x"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"")
    listed = [{"name": "a.csv", "sha256": hashlib.sha256(b"").hexdigest()}]
    (folder / "manifest.json").write_text(json.dumps({"outputs": listed}))
    return root


def with_root(words, root):
    return [*words, *([] if "--help" in words else ["--root", str(root)])]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_output_that_is_full_is_told_in_a_sentence(finished, words):
    code, _, err = shell(">/dev/full", *with_root(words, finished))
    assert code == 3
    told = (
        "wyników nie można wypisać (No space left on device); skieruj"
        if "pl" in words
        else "what was found cannot be printed (No space left on device); give the output"
    )
    assert err.strip().splitlines()[-1].startswith(f"ped-geo: {told}")


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
@pytest.mark.parametrize("redirected", [">&-", ">&- 2>&- <&-", "2>&-", "2>/dev/full", "| true", "2>&1 | true"])
def test_output_that_nobody_reads_is_no_error(finished, words, redirected):
    assert shell(redirected, *with_root(words, finished))[0] == 0


def test_errors_of_json_stay_off_a_closed_error_stream(root):
    code, out, _ = shell("2>&-", "report", "nowhere", "--root", str(root), "--json")
    assert code == 1
    assert json.loads(out)["exit_code"] == 1


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "iso-8859-1"},
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
        {"LC_ALL": "", "LANG": "C"},
    ],
    ids=str,
)
def test_a_terminal_without_our_letters_gets_plain_ones(finished, environment):
    code, out, err = shell("", "check", "x", "--products", "--root", str(finished), "--lang", "pl", **environment)
    assert (code, err) == (0, "")
    assert re.search(r"wszystkie pliki \(liczba: 1\) s[aą] zgodne z manifestem", out)
    code, out, _ = shell("", "check", "x", "--products", "--root", str(finished), "--lang", "pl", "--json", **environment)
    assert code == 0
    assert json.loads(out)["products"] == "complete"


# what nobody types ---------------------------------------------------------------------------------------------------

MANY = 5_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = " + "[" * MANY + "]" * MANY, "brackets are nested too deeply"),
        ("x = " + "{a = " * MANY + "1" + "}" * MANY, "brackets are nested too deeply"),
        ("[place]\nquery." + ".".join(["a"] * MANY) + " = 1", "[place] query is too long or too deep to show"),
        ("[place]\nepsg = " + "1" * MANY, "a number has more digits than the 64 bits"),
        ("[place]\nepsg = 0x" + "f" * MANY, "a number has more digits than the 64 bits"),
        ("[uncertainty]\nseed = 0x" + "f" * MANY, "a number has more digits than the 64 bits"),
        ("[solar]\nsetback_m = " + "1" * MANY + ".0", "[solar] setback_m is inf"),
        (f'[place]\nboundary_file = "{"a" * MANY}"', "is not a file; check the path"),
        (f'[sources]\nsurface_model = "{"a" * MANY}"', "is not a file; check the path"),
        (f'[[sources.registers]]\nfile = "{"a" * MANY}"\nkind = "public"', "is not a file; check the path"),
        ('[place]\nboundary_file = "a\\u0000b"', "holds the control character U+0000"),
    ],
    ids=range(11),
)
def test_settings_of_thousands_of_signs_are_told_in_a_short_sentence(root, text, told):
    (root / "districts" / "odd.toml").write_text(text, encoding="utf-8")
    for command in ("check", "fetch"):
        code, out, err = call(command, "odd", "--root", str(root))
        assert (code, out) == (1, "")
        assert told in err
        assert len(err) < 800


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["report", "a" * MANY], 1),
        (["check", "a" * MANY + ".toml"], 1),
        (["check", "x", "--root", "/" + "a" * MANY], 1),
        (["check", "a" * MANY, "--products"], 3),
        (["compare", "a" * MANY, "b"], 3),
        (["init", "Osiedle", "--root", "a" * MANY], 3),
    ],
    ids=range(6),
)
def test_names_of_thousands_of_letters_are_told_in_a_short_sentence(root, words, code):
    got, _, err = call(*words, *([] if "--root" in words else ["--root", str(root)]))
    assert got == code
    assert err.startswith("ped-geo: ")
    assert len(err) < 800


def test_control_characters_of_the_data_never_reach_the_terminal(capsys):
    """Neither in an error nor in a sentence; square brackets of a style stand as they were written."""
    import typer

    from ped_geo.cli import _say, plain_errors
    from ped_geo.errors import SourceError

    with pytest.raises(typer.Exit), plain_errors("en"):
        raise SourceError("way/1: height \x1b[31m12\x07\u202e is no number [bold]x[/bold]")
    _say({"sentences": ["Dom\x1b]0;mine\x07", "[red]ulica[/red]"]}, quiet=False, as_json=False)
    told = capsys.readouterr()
    assert not {"\x1b", "\x07", "\u202e"} & set(told.err)
    assert told.err.startswith("ped-geo: way/1: height ")
    assert told.err.endswith(" is no number [bold]x[/bold]\n")
    assert told.out == "Dom]0;mine\n[red]ulica[/red]\n"
