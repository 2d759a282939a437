"""``README.txt`` of a district's folder: which file to open, and why tables as text are not for a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ped_geo.language import LANGUAGES, plain, text
from ped_geo.outputs import OUTPUTS, Output, Results
from ped_geo.outputs.credits import UNDATED

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_guide"]


def write_guide(results: Results, folder: Path) -> list[Path]:
    """
    Write ``README.txt`` in both languages.

    Tables stay with commas and points, as programs read them everywhere; a Polish spreadsheet takes points for dates, so the guide sends
    people to the workbook. Tables that people fill in have semicolons (`ped_geo.outputs.data_request`).

    Parameters
    ----------
    results : Results
        The run.
    folder : Path
        Of the district.

    Returns
    -------
    list of Path
    """
    # a country without a pack gets neither the project nor tables
    keys = ["workbook", *(["qgis"] if results.complete else []), "geopackage", *(["csv", "fill_in"] if results.complete else []), "parquet"]
    parts = []
    for lang in LANGUAGES:
        lines = [text(f"guide.{key}", lang, name=results.study.name) for key in keys]
        dates = text("publish.dates", lang, none=UNDATED[:10])
        parts.append("\n\n".join([plain(results.study.title), *lines, dates]))
    path = folder / "README.txt"
    # editors of Windows take a file without the mark for one of the old code pages
    path.write_text("\n\n\n".join(parts) + "\n", encoding="utf-8-sig", newline="\r\n")
    return [path]


OUTPUTS.add("folder_guide", Output("folder_guide", "processed", write_guide, order=64, needs_pack=False))
