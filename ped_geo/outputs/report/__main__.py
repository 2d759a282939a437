"""``python -m ped_geo.outputs.report PAGE.html DOCUMENT.pdf``: set one page as PDF; both languages are set side by side."""

from __future__ import annotations

import sys
from pathlib import Path


def main(page: str, document: str) -> None:
    """Set `page` as a tagged PDF; it may load nothing but the pictures inside it."""
    import weasyprint
    from weasyprint.urls import URLFetcher

    inside_only = URLFetcher(allowed_protocols=["data"], allow_redirects=False, fail_on_errors=True)
    weasyprint.HTML(string=Path(page).read_text(encoding="utf-8"), url_fetcher=inside_only).write_pdf(document, pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    main(*sys.argv[1:3])
