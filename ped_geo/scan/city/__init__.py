"""
The report of a scanned city, as PDF and HTML, in Polish and English: what the whole comes to, where it can be positive, where to begin.

It tells what the scan has found and computes nothing about energy; of single blocks the district report says more.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from ped_geo._version import __version__
from ped_geo.engine.files import plain_write_errors, replace_into
from ped_geo.language import LANGUAGES, money_of, text
from ped_geo.outputs.report import can_set_pdf, set_page
from ped_geo.outputs.report.reading import with_contents, with_scrolling_tables
from ped_geo.scan.city.content import city_content
from ped_geo.scan.city.pictures import city_pictures
from ped_geo.scan.city.replicas import city_replication

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ped_geo.scan.city.replicas import CityReplication
    from ped_geo.scan.finished import Scan

__all__ = ["render_city_report", "write_city_report"]

UNFINISHED = ".writing-report."


def render_city_report(found: Scan, name: str, lang: str, pictures: Mapping[str, str], replicas: CityReplication | None) -> str:
    """
    HTML text of the report in one language; all values are escaped by the template.

    Parameters
    ----------
    found : Scan
        The finished scan.
    name : str
        Of the scan.
    lang : str
        ``pl`` or ``en``.
    pictures : mapping of str to str
        Name → address with the picture inside, from `ped_geo.scan.city.pictures.city_pictures`.
    replicas : CityReplication or None
        Where the first group can be repeated.
    """
    import jinja2

    place = resources.files("ped_geo")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((place / "scan" / "city" / "page.html.j2").read_text(encoding="utf-8"))
    style = (place / "outputs" / "report" / "report.css").read_text(encoding="utf-8")
    style += (place / "scan" / "city" / "page.css").read_text(encoding="utf-8")

    def say(key: str, **values: Any) -> str:
        return text(f"city.{key}", lang, **values)

    with money_of(found.places[0].study.country):
        content = city_content(found, name, lang, replicas)
        page = template.render(**content, pictures=pictures, say=say, lang=lang, style=style, version=__version__)
        return with_contents(with_scrolling_tables(page), lang)


def _with_heat(found: Scan) -> Scan:
    """The places whose country has a pack; those left out are told as what gave nothing."""
    left = [place for place in found.places if not place.complete]
    if not left:
        return found
    names = [place.study.name for place in found.places if place.complete]
    blocks = found.blocks[found.blocks["place"].isin(names)]
    totals = found.totals[found.totals.index.get_level_values("place").isin(names)]
    return replace(found, blocks=blocks, totals=totals, places=tuple(place for place in found.places if place.complete), left=tuple(left))


def write_city_report(found: Scan, folder: Path, name: str) -> list[Path]:
    """
    Write ``<name>-report.pdf`` and ``.html`` in Polish, ``<name>-report.en.pdf`` and ``.html`` in English.

    Parameters
    ----------
    found : Scan
        The finished scan.
    folder : Path
        Of the scan.
    name : str
        Of the scan.

    Returns
    -------
    list of Path
        Pages alone where nothing sets PDF, see `ped_geo.outputs.report.can_set_pdf`; nothing where no place's country has a pack. Of several
        places those without are left out, and the report says so.

    Raises
    ------
    RunError
        If the disk refuses.
    """
    import tempfile
    from pathlib import Path

    found = _with_heat(found)
    if not found.places:
        return []
    replicas = city_replication(found)
    pictures = city_pictures(found, replicas)
    with plain_write_errors(folder), tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as made:
        names = []
        for lang in LANGUAGES:
            stem = f"{name}-report{'' if lang == 'pl' else f'.{lang}'}"
            page = render_city_report(found, name, lang, pictures[lang], replicas)
            (Path(made) / f"{stem}.html").write_text(page, encoding="utf-8")
            names.append(f"{stem}.html")
            if can_set_pdf():
                set_page(page, Path(made) / f"{stem}.pdf")
                names.append(f"{stem}.pdf")
        return replace_into(Path(made), folder, names)
