"""
The command line: the only place that prints.

Exit codes, which every command's ``--help`` ends with: 0 done; 1 a district file, a setting or a table is wrong; 2 a source, an
input file, the network or the command line failed and nothing was written; 3 the output folder cannot be used; 130 stopped by the
user, finished steps are kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ped_geo._streams import open_streams
from ped_geo.command_words import MisusedCommand, command_line, usage_told
from ped_geo.district_files import starters
from ped_geo.engine.files import folder_lock, shown, stands
from ped_geo.errors import PedGeoError, RunError, StudyError
from ped_geo.language import LANGUAGES, money_of, number, plain, text
from ped_geo.language.sentences import Clause, Sentence
from ped_geo.progress import Bars, Tiles

if TYPE_CHECKING:
    from ped_geo.study import Study

__all__ = ["main"]

DEFAULT_DISTRICT = "zlotego-wieku"
SAMPLE_DISTRICT = "sample-estate"

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DistrictArgument = Annotated[str, typer.Argument(help="cli.help.district")]
RootOption = Annotated[Path, typer.Option("--root", help="cli.help.root")]
LangOption = Annotated[str, typer.Option("--lang", help="cli.help.lang")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="cli.help.quiet")]
JsonOption = Annotated[bool, typer.Option("--json", help="cli.help.json")]
ClusterOption = Annotated[str, typer.Option("--cluster", help="cli.help.cluster")]
RefreshOption = Annotated[bool, typer.Option("--refresh", help="cli.help.refresh")]


def asked_language(words: Sequence[str]) -> str:
    """
    Language of a command line before it is read: a help or a refusal may come first.

    Examples
    --------
    >>> asked_language(["check", "--lang", "pl"]), asked_language(["--help", "--lang=en"])
    ('pl', 'en')
    """
    chosen = [after for before, after in pairwise(words) if before == "--lang"]
    chosen += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return terminal_language(next((word for word in chosen if word in LANGUAGES), ""))


def terminal_language(choice: str) -> str:
    """``pl`` or ``en``: as chosen, else as the terminal's locale says."""
    if choice in {"pl", "en"}:
        return choice
    if choice:
        raise StudyError(Sentence("error.lang_is_must_be_pl", choice=choice))
    return "pl" if (next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "") or "").startswith("pl") else "en"


def read_study(district: str, root: Path) -> Study:
    """
    The study of a named district or of a .toml file.

    Raises
    ------
    StudyError
        If there is no such file, with the names there are; or with all problems of the file.
    """
    from ped_geo.study import parse_study

    path = Path(district) if district.lower().endswith(".toml") else root / "districts" / f"{district}.toml"
    if not stands(path) and district in {file.stem for file in starters().glob("*.toml")}:
        path = starters() / f"{district}.toml"
    if not (stands(path) and path.is_file()):
        raise StudyError(
            Sentence(
                "error.there_is_no_district_known",
                district=shown(district),
                nearest=_nearest(district, root),
                root=shown(root / "districts"),
                known=_known(root / "districts"),
                ready=_known(starters(), root / "districts"),
            )
        )
    try:
        # editors of Windows put a mark before the first letter
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(Sentence("error.is_not_utf_8_text", path=path, start=error.start)) from None
    except OSError as error:
        raise StudyError(Sentence("error.cannot_be_read_give_read", path=path, reason=error.strerror or error)) from None
    return parse_study(content, name=path.stem, folder=path.parent, subject=str(path))


def read_studies(districts: Sequence[str], root: Path) -> list[Study]:
    """
    The studies of several districts.

    Raises
    ------
    StudyError
        With everything that is wrong with any of them.
    """
    studies, wrong = [], []
    for district in districts:
        try:
            studies.append(read_study(district, root))
        except StudyError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise StudyError(Sentence("error.list_places"), [Clause("error.whole", told=error) for error in wrong])
    return studies


def _nearest(district: str, root: Path) -> str:
    """The district whose name a misspelt one is most like, in brackets; empty where none is near."""
    import difflib

    folders = [folder for folder in (root / "districts", starters()) if stands(folder)]
    close = difflib.get_close_matches(district, sorted({file.stem for folder in folders for file in folder.glob("*.toml")}), n=1)
    return Sentence("error.nearest", name=close[0]) if close else ""


def _known(folder: Path, but: Path | None = None) -> str:
    """Names of the district files in a folder, without those that stand in another one too."""
    names, others = ({file.stem for file in place.glob("*.toml")} if place and stands(place) else set() for place in (folder, but))
    return ", ".join(sorted(names - others)) or Sentence("error.none")


@contextmanager
def plain_errors(lang: str, *, debug: bool = False, as_json: bool = False) -> Iterator[None]:
    """Show an error as its message alone and end with its exit code; a traceback only when asked for."""
    try:
        yield
    except PedGeoError as error:
        if debug:
            raise
        if as_json:
            print(json.dumps({"error": error.told(lang), "exit_code": error.exit_code}, ensure_ascii=False))
        else:
            print(plain(f"ped-geo: {error.told(lang)}"), file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        told = text("cli.interrupted", lang)
        print(json.dumps({"error": told, "exit_code": INTERRUPTED}, ensure_ascii=False) if as_json else "", end="\n" if as_json else "")
        print(f"\n{told}", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@app.callback()
def program(context: typer.Context, lang: Annotated[str, typer.Option("--lang", help="cli.help.program_lang")] = "") -> None:
    """Take the language before the command as well as after it."""
    if lang:
        context.default_map = {str(command.name): {"lang": lang} for command in app.registered_commands}


@app.command("report")
def report_command(
    district: DistrictArgument = "",
    root: RootOption = Path(),
    lang: LangOption = "",
    refresh: RefreshOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="cli.help.debug")] = False,
    scan: Annotated[str, typer.Option("--from", help="cli.help.report.from")] = "",
    blocks: Annotated[str, typer.Option("--blocks", help="cli.help.report.blocks")] = "",
) -> None:
    """Go the whole way for one place, or for blocks of a finished scan: fetch, compute, map, report and files."""
    lang = terminal_language(lang)
    with plain_errors(lang, debug=debug, as_json=as_json):
        if bool(scan) != bool(blocks) or (scan and not district):
            raise StudyError(Sentence("error.report_of_blocks_needs_place_scan"))
        if scan:
            summary = _report_of_blocks(district, scan, blocks, root, lang, quiet=quiet or as_json)
        else:
            summary = _report(district, root, lang, refresh=refresh, quiet=quiet or as_json)
        _say(summary, quiet=quiet, as_json=as_json)


def _say(told: Mapping[str, Any], *, quiet: bool, as_json: bool) -> None:
    """Print what was found: one JSON object, its sentences, or nothing."""
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    elif not quiet:
        # a terminal obeys control characters, and words of the data come from anybody
        print(plain("\n".join(told["sentences"])))


@app.command("roadmap")
def roadmap_command(
    district: DistrictArgument = "",
    root: RootOption = Path(),
    lang: LangOption = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go the whole way for one place, keeping finished steps, and say what its roadmap to 2050 comes to."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        told = _report(district, root, lang, refresh=False, quiet=quiet or as_json, roadmap=True)
        _say(told, quiet=quiet, as_json=as_json)


def _report(district: str, root: Path, lang: str, *, refresh: bool, quiet: bool, roadmap: bool = False) -> dict[str, Any]:
    from ped_geo.errors import NetworkUnreachable
    from ped_geo.pipeline.run import report
    from ped_geo.pipeline.words import roadmap_summary, summary

    bars = Bars(lang, quiet=quiet)
    with bars.progress:
        try:
            run = report(read_study(district or DEFAULT_DISTRICT, root), root, refresh=refresh, progress=bars)
        except NetworkUnreachable:
            if district:
                raise
            if not quiet:
                bars.progress.console.print(text("cli.offline_sample", lang), markup=False)
            run = report(read_study(SAMPLE_DISTRICT, root), root, refresh=refresh, progress=bars)
    with money_of(run.results.study.country):
        return roadmap_summary(run, lang) if roadmap else summary(run, lang)


def _report_of_blocks(district: str, scan: str, blocks: str, root: Path, lang: str, *, quiet: bool) -> dict[str, Any]:
    from ped_geo.pipeline.words import summary
    from ped_geo.scan.inputs import studies_of
    from ped_geo.scan.report import report_of_blocks

    bars = Bars(lang, quiet=quiet)
    with bars.progress:
        (study,) = studies_of([district], lambda one: read_study(one, root))
        run = report_of_blocks(study, root, scan, blocks, progress=bars)
    with money_of(run.results.study.country):
        return summary(run, lang)


@app.command("scan")
def scan_command(
    places: Annotated[
        list[str],
        typer.Argument(help="cli.help.places"),
    ],
    root: RootOption = Path(),
    lang: LangOption = "",
    name: Annotated[str, typer.Option("--name", help="cli.help.scan_name")] = "",
    memory: Annotated[str, typer.Option("--memory", help="cli.help.memory")] = "4GB",
    cluster: Annotated[
        str,
        typer.Option("--cluster", help="cli.help.cluster"),
    ] = "",
    known: Annotated[Path | None, typer.Option("--known", help="cli.help.known")] = None,
    route: Annotated[
        str,
        typer.Option(
            "--route",
            help="cli.help.route",
        ),
    ] = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Rank every block of a city, or of several places at once; an interrupted scan goes on where it stopped."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.scan import scan
        from ped_geo.scan.city import write_city_report
        from ped_geo.scan.inputs import known_totals, memory_bytes, studies_of
        from ped_geo.scan.ranking import TOTALS
        from ped_geo.scan.words import scan_summary
        from ped_geo.study import slug

        studies = studies_of(places, lambda one: read_study(one, root))
        label = f"scan-{slug(name or studies[0].name)}"
        published = known_totals(known, [study.name for study in studies], list(TOTALS))
        progress = Tiles(lang, quiet=quiet or as_json)
        found = scan(
            studies, root, label, memory=memory_bytes(memory), workers=cluster or 0, known=published, route=route, progress=progress
        )
        folder = root / "data" / "processed" / label
        with folder_lock(folder):
            write_city_report(found, folder, label)
        _say(scan_summary(found, folder, lang), quiet=quiet, as_json=as_json)


@app.command("fetch")
def fetch_command(
    district: DistrictArgument = DEFAULT_DISTRICT,
    root: RootOption = Path(),
    lang: LangOption = "",
    refresh: RefreshOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the data of a place and freeze them as a snapshot."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.language.place import boundary_words, lost_notes, place_notes
        from ped_geo.pipeline.preflight import preflight
        from ped_geo.pipeline.run import fetch

        study = read_study(district, root)
        preflight(study, root)
        place = fetch(study, root, refresh=refresh)
        folder = root / "data" / "raw" / study.name
        told = [
            text("cli.fetched", lang, count=number(len(place.footprints), lang), folder=folder),
            boundary_words(place.provenance, str(place.boundary["origin"].iloc[0]), lang),
            *place_notes(place.provenance, lang),
            *lost_notes(place.rejected, lang),
        ]
        summary = {"sentences": told, "study": study.name, "origin": place.origin, "footprints": len(place.footprints)}
        _say(summary, quiet=quiet, as_json=as_json)


@app.command("check")
def check_command(
    district: DistrictArgument = DEFAULT_DISTRICT,
    root: RootOption = Path(),
    lang: LangOption = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    products: Annotated[bool, typer.Option("--products", help="cli.help.products")] = False,
) -> None:
    """Look at everything that could be wrong with a district's input and with its finished products, before any long work."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.pipeline.words import check, check_products

        told = check_products(district, root, lang) if products else check(read_study(district, root), root, lang)
        _say(told, quiet=quiet, as_json=as_json)


@app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(help="cli.help.first")],
    second: Annotated[str, typer.Argument(help="cli.help.second")] = "",
    variants: Annotated[tuple[str, str], typer.Option("--variants", help="cli.help.variants")] = ("", ""),
    root: RootOption = Path(),
    lang: LangOption = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two runs, or two variants of one: a map and a table."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.pipeline.words import compare

        if bool(second) == any(variants):
            raise StudyError(Sentence("error.compare_needs_either_second_run"))
        _say(compare(first, second, variants, root, lang), quiet=quiet, as_json=as_json)


@app.command("replicate")
def replicate_command(
    pilot: Annotated[str, typer.Argument(help="cli.help.pilot")],
    cities: Annotated[list[str], typer.Argument(help="cli.help.cities")],
    part: Annotated[str, typer.Option("--part", help="cli.help.pilot_part")] = "",
    variant: Annotated[str, typer.Option("--variant", help="cli.help.variant")] = "",
    root: RootOption = Path(),
    lang: LangOption = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say where the package of a pilot can be repeated: quarters like it, with what the package does there."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.pipeline.replication import replicate

        bars = Bars(lang, quiet=quiet or as_json)
        with bars.progress:
            first, *others = read_studies([pilot, *cities], root)
            told = replicate(
                first,
                others,
                root,
                lang,
                part=part,
                variant=variant,
                progress=bars,
            )
        _say(told, quiet=quiet, as_json=as_json)


@app.command("assess")
def assess_command(
    district: Annotated[str, typer.Argument(help="cli.help.finished")],
    part: Annotated[
        str,
        typer.Argument(help="cli.help.part"),
    ],
    root: RootOption = Path(),
    lang: LangOption = "",
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a group of blocks comes to that somebody drew or chose, from the finished steps of its district."""
    lang = terminal_language(lang)
    with plain_errors(lang, as_json=as_json):
        from ped_geo.pipeline.assess import assess

        bars = Bars(lang, quiet=quiet or as_json)
        with bars.progress:
            told = assess(read_study(district, root), root, lang, part, progress=bars)
        _say(told, quiet=quiet, as_json=as_json)


@app.command("init")
def init_command(
    place: Annotated[str, typer.Argument(help="cli.help.place")] = "",
    file: Annotated[Path | None, typer.Option("--from", help="cli.help.from")] = None,
    root: RootOption = Path(),
    lang: LangOption = "",
) -> None:
    """Write a small commented district file for a place name, or for a file of buildings."""
    lang = terminal_language(lang)
    with plain_errors(lang):
        from ped_geo.pipeline.proposal import named_district, proposed_district
        from ped_geo.study import slug

        if file is None and not place:
            raise StudyError(Sentence("error.init_needs_place_name_from"))
        path = root / "districts" / f"{slug(place or (file or Path()).stem)}.toml"
        if stands(path):
            raise StudyError(Sentence("cli.exists", path=path))
        content = named_district(place, root, lang) if file is None else proposed_district(file, path, lang, title=place)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise RunError(Sentence("error.cannot_be_written_give_write", path=shown(path), reason=error.strerror or error)) from None
        print(text("cli.written", lang, path=path))


@app.command("doctor")
def doctor_command(lang: LangOption = "", root: RootOption = Path(), as_json: JsonOption = False) -> None:
    """Say what is installed, what is reachable and what is missing."""
    lang = terminal_language(lang)
    from ped_geo.pipeline.words import doctor

    found = doctor(root)
    rows = [f"{text(f'cli.doctor.{state}', lang):<14}{name:<28}{detail}" for name, state, detail in found]
    states = [{"name": name, "state": state, "detail": detail} for name, state, detail in found]
    _say({"sentences": rows, "found": states}, quiet=False, as_json=as_json)


def main() -> None:
    """Run the command line; what is wrong with an option itself, or with the terminal, is told as plainly as the rest."""
    if sys.platform == "win32":
        print(f"ped-geo: {text('cli.windows', asked_language(sys.argv[1:]))}", file=sys.stderr)
        sys.exit(3)
    open_streams()
    lang = asked_language(sys.argv[1:])
    try:
        try:
            sys.exit(command_line(app, lang).main(standalone_mode=False))
        except MisusedCommand as error:
            print(*usage_told(error, lang), sep="\n", file=sys.stderr)
            sys.exit(error.exit_code)
        finally:
            sys.stdout.flush()
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        # an interrupt inside code that a library ran from C would have Python send itself the signal once more at its end
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    except PedGeoError as error:
        print(plain(f"ped-geo: {error.told(lang)}"), file=sys.stderr)
        sys.exit(error.exit_code)
