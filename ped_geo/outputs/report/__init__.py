"""
The district report: the verdict on one page, maps, tables, charts, assumptions, sources; as PDF and HTML, in Polish and English.

One template makes the page; WeasyPrint sets it. Nothing is fetched: pictures are inside, and the page may load nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ped_geo.language import LANGUAGES, number, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.report.content import report_content
from ped_geo.outputs.report.pictures import report_pictures

__all__ = ["render_report", "write_report"]


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

    style = (place / "report.css").read_text(encoding="utf-8")
    return template.render(**report_content(results, lang), pictures=pictures, say=say, n=shown, lang=lang, style=style)


def write_report(results: Results, folder: Path) -> list[Path]:
    """
    Write ``<district>-report.pdf`` and ``.html`` in Polish, and ``<district>-report.en.pdf`` and ``.html`` in English.

    Returns
    -------
    list of Path
    """
    import weasyprint
    from weasyprint.urls import URLFetcher

    inside_only = URLFetcher(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)
    pictures = report_pictures(results)
    written = []
    for lang in LANGUAGES:
        stem = f"{results.study.name}-report" + ("" if lang == "pl" else f".{lang}")
        html = render_report(results, lang, pictures[lang])
        page = folder / f"{stem}.html"
        page.write_text(html, encoding="utf-8")
        document = folder / f"{stem}.pdf"
        weasyprint.HTML(string=html, url_fetcher=inside_only).write_pdf(document, pdf_variant="pdf/ua-1")
        written += [page, document]
    return written


OUTPUTS.add("report", Output("report", "maps", write_report, order=60))
