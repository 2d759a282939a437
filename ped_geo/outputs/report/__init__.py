"""
The district report: the verdict on one page, maps, tables, charts, assumptions, sources; as PDF and HTML, in Polish and English.

One template makes the page; WeasyPrint sets it. Nothing is fetched: pictures are inside, and the page may load nothing else.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from ped_geo._version import __version__
from ped_geo.engine.forked import CAN_FORK, Forked
from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import data_date
from ped_geo.outputs.figures import FIGURES
from ped_geo.outputs.report.blocks import unit_words
from ped_geo.outputs.report.content import report_content
from ped_geo.outputs.report.pictures import report_pictures
from ped_geo.outputs.report.reading import with_column_scopes, with_contents, with_scrolling_tables

__all__ = ["can_set_pdf", "render_report", "set_page", "write_report"]


def render_report(results: Results, lang: str, pictures: Mapping[str, str]) -> str:
    """HTML text of the report in one language, with its pictures inside; all values are escaped by the template."""
    import jinja2

    place = resources.files("ped_geo.outputs.report")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((place / "report.html.j2").read_text(encoding="utf-8"))

    def say(key: str, **values: Any) -> str:
        return text(f"report.{key}", lang, **values)

    def shown(value: float | None, digits: int = 0) -> str:
        return number(value, lang, digits)

    def words(value: float | None, figure: str) -> str:
        return FIGURES[figure].words(value, lang)

    def label(figure: str) -> str:
        return FIGURES[figure].label(lang)

    def unit(figure: str) -> str:
        return unit_words(FIGURES[figure].unit, lang)

    def unit_of(unit: str) -> str:
        return unit_words(unit, lang)

    style = (place / "report.css").read_text(encoding="utf-8")
    page = template.render(
        **report_content(results, lang),
        pictures=pictures,
        say=say,
        n=shown,
        words=words,
        label=label,
        unit=unit,
        unit_of=unit_of,
        lang=lang,
        style=style,
        version=__version__,
        # a clock would make two runs differ; the document has the day of what it rests on
        dated=data_date(results) or results.study.sharing.law_on.isoformat(),
    )
    return with_contents(with_scrolling_tables(page), lang)


def write_report(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>-report.pdf`` and ``.html`` in Polish, and ``<district>-report.en.pdf`` and ``.html`` in English.

    Where `can_set_pdf` says no, the pages alone are written: they hold the same and can be printed.

    Returns
    -------
    list of Path
    """
    pictures = report_pictures(results)
    kinds = ("html", "pdf") if can_set_pdf() else ("html",)
    stems = {lang: folder / f"{results.study.name}-report{'' if lang == 'pl' else f'.{lang}'}" for lang in LANGUAGES}

    def write(lang: str) -> None:
        page = render_report(results, lang, pictures[lang])
        stems[lang].with_name(f"{stems[lang].name}.html").write_text(page, encoding="utf-8")
        if "pdf" in kinds:
            set_page(page, stems[lang].with_name(f"{stems[lang].name}.pdf"))

    side_by_side = {lang: Forked(partial(write, lang)) for lang in LANGUAGES} if CAN_FORK else {}
    try:
        left = [lang for lang in LANGUAGES if lang not in side_by_side or not side_by_side[lang].done_well()]
    finally:
        for working in side_by_side.values():
            working.end()
    for lang in left:
        write(lang)
    return [stem.with_name(f"{stem.name}.{kind}") for stem in stems.values() for kind in kinds]


def can_set_pdf() -> bool:
    """Whether this machine has Pango, the system library that sets the report as PDF; it comes in no Python package."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def set_page(page: str, document: Path) -> None:
    """Set a page as tagged PDF, with a fixed date, so that two runs give the same file; it may load nothing but what is inside it."""
    import weasyprint
    from weasyprint.urls import URLFetcher

    inside_only = URLFetcher(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)
    os.environ["SOURCE_DATE_EPOCH"] = "1704067200"
    # all boxes of a document live until it is written: looking for those that do not costs a tenth of the time and frees nothing
    gc.disable()
    try:
        weasyprint.HTML(string=page, url_fetcher=inside_only).write_pdf(document, finisher=with_column_scopes, pdf_variant="pdf/ua-1")
    finally:
        gc.enable()


OUTPUTS.add("report", Output("report", "maps", write_report, order=5))
