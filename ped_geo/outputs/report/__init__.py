"""
The district report: the verdict on one page, maps, tables, charts, assumptions, sources; as PDF and HTML, in Polish and English.

One template makes the page; WeasyPrint sets it. Nothing is fetched: pictures are inside, and the page may load nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from ped_geo.errors import RunError
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
    pictures = report_pictures(results)
    written: list[Path] = []
    setting: list[subprocess.Popen[bytes]] = []
    for lang in LANGUAGES:
        stem = f"{results.study.name}-report" + ("" if lang == "pl" else f".{lang}")
        page, document = folder / f"{stem}.html", folder / f"{stem}.pdf"
        page.write_text(render_report(results, lang, pictures[lang]), encoding="utf-8")
        command = [sys.executable, "-m", "ped_geo.outputs.report", str(page), str(document)]
        setting.append(subprocess.Popen(command, stderr=subprocess.PIPE, env=_environment()))  # noqa: S603 our own module
        written += [page, document]
    for process in setting:
        _, told = process.communicate()
        if process.returncode:
            reason = told.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise RunError(f"the report of {results.study.title} could not be set as PDF ({reason[0]}); run ped-geo doctor.")
    return written


def _environment() -> dict[str, str]:
    """Environment of this process, with this package first and a fixed date, so that two runs give the same file."""
    root = str(Path(__file__).resolve().parents[3])
    found = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, found])), "SOURCE_DATE_EPOCH": "1704067200"}


OUTPUTS.add("report", Output("report", "maps", write_report, order=5))
