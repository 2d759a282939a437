"""
What makes the page of the report easy to read on a screen: a contents list with links, a main part, tables that scroll on their own.

The template stays free of it: headings and tables are found in the finished page, which is the template's own markup throughout.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ped_geo.language import text

__all__ = ["MARK", "with_column_scopes", "with_contents", "with_scrolling_tables"]

MARK: Final = "<!--contents-->"
"""Where the contents go."""
HEADING: Final = re.compile(r"<(h[23])([^>]*)>(.*?)</\1>", re.DOTALL)
LISTED: Final = re.compile(r"<h2([^>]*)>(.*?)</h2>", re.DOTALL)


def with_contents(page: str, lang: str) -> str:
    """
    A page whose chapters have anchors and stand in a list of links.

    Parameters
    ----------
    page : str
        HTML with `MARK`; chapters are its headings of the second level.
    lang : str
        ``pl`` or ``en``.

    Examples
    --------
    >>> with_contents("<!--contents--><h2>Place</h2>", "en")
    '<nav class="contents" aria-label="Contents"><ol><li><a href="#part-1">Place</a></li></ol></nav><h2 id="part-1">Place</h2>'
    """
    titles: list[str] = []

    def anchored(found: re.Match[str]) -> str:
        titles.append(found.group(2))
        return f'<h2 id="part-{len(titles)}"{found.group(1)}>{found.group(2)}</h2>'

    body = LISTED.sub(anchored, page)
    links = "".join(f'<li><a href="#part-{number}">{title}</a></li>' for number, title in enumerate(titles, start=1))
    return body.replace(MARK, f'<nav class="contents" aria-label="{text("report.contents", lang)}"><ol>{links}</ol></nav>', 1)


def with_scrolling_tables(page: str) -> str:
    """
    A page whose tables scroll on their own, by keyboard too, where the screen is narrower; each is named by the heading above it.

    Examples
    --------
    >>> with_scrolling_tables("<h3>Costs</h3><table></table>")
    '<h3>Costs</h3><div class="scroll" role="group" tabindex="0" aria-label="Costs"><table></table></div>'
    """
    parts, heading = [], ""
    for part in re.split(r"(<h[23][^>]*>.*?</h[23]>|<table\b|</table>)", page, flags=re.DOTALL):
        if part == "<table":
            parts.append(f'<div class="scroll" role="group" tabindex="0" aria-label="{heading}"><table')
        elif part == "</table>":
            parts.append("</table></div>")
        else:
            found = HEADING.fullmatch(part)
            heading = re.sub(r"<[^>]*>", "", found.group(3)).replace('"', "&quot;") if found else heading
            parts.append(part)
    return "".join(parts)


def with_column_scopes(_: Any, pdf: Any) -> None:
    """
    Give every heading of a table's column its scope, which WeasyPrint leaves out of the PDF and PDF/UA-1 asks for.

    Parameters
    ----------
    _ : weasyprint.Document
        Not used; WeasyPrint hands it over.
    pdf : pydyf.PDF
        Finished but for its trailer. All ``<th>`` of the report head columns.
    """
    import pydyf

    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            item["A"] = pydyf.Dictionary({**_attributes(item), "O": "/Table", "Scope": "/Column"})


def _attributes(item: Any) -> dict[str, Any]:
    """Attributes of a table that a cell of it has already."""
    had = item.get("A")
    return dict(had) if isinstance(had, dict) and had.get("O") == "/Table" else {}
